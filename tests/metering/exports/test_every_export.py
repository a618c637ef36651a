"""Each export comes to what somebody else computed of it, or is refused with what to type next: never to another total.

A file is sent thrice: with nothing said; with what a person who knows the system says; and told otherwise, where that is
lawful, so that what is said truly decides. ``cases.py`` has what is declared and said of each.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.server.embedded import EmbeddedServer
from tests.conftest import fresh_database
from tests.metering.exports.cases import EXPORTS, Export, Otherwise
from tests.metering.exports.scene import HERE, expected, of_its_own_tenant, send
from tests.metering.exports.waits import waiting
from tests.scenarios.world import World

#: Those that tests of their own see to.
ELSEWHERE = {"13", "14", "15", "16", "17", "21", "22"}
STORED = (200, 201)


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    """One database for all files; each is sent to a tenant of its own."""
    with fresh_database(server, "every export") as access:
        world = World(access)
        world.now = datetime(2026, 11, 1, 8, tzinfo=UTC)
        with world.client:
            yield world


#: The exports that the ordinary run reads, one of each form; the long one reads all.
ORDINARY = frozenset(
    [
        "02",
        "04",
        "05",
        "05b",
        "09",
        "19",
        "23",
        "24",
        "25",
        "26",
        "29b",
        "31",
        "33",
        "34",
        "35",
        "40",
        "44",
        "47",
        "49",
    ]  # by the number in their names
)


def exports(check: str, ordinary: frozenset[str] = ORDINARY) -> list[Any]:
    return [
        pytest.param(export, id=export.name, marks=[*marks_of(export, ordinary), *waiting(check, export.name)])
        for export in EXPORTS
    ]


def marks_of(export: Export, ordinary: frozenset[str]) -> list[Any]:
    return [] if export.name.partition("-")[0] in ordinary else [pytest.mark.long]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def readings(world: World, who: str, key: str, register: dict[str, Any]) -> list[dict[str, Any]]:
    """All readings of a register, also those that lie a day and more beside what is expected."""
    around = timedelta(days=400)
    asked = {"from": (utc(register["first"]) - around).isoformat(), "to": (utc(register["last"]) + around).isoformat()}
    return list(world.done(who, "GET", f"/v1/registers/{key}/readings", params=asked))


def local_days(register: dict[str, Any]) -> dict[str, str]:
    zone = ZoneInfo(register["zone"])
    first, last = (utc(register[name]).astimezone(zone).date() for name in ("first", "last"))
    return {"from": first.isoformat(), "to": last.isoformat()}


def total(world: World, who: str, export: Export, of: str) -> Decimal | None:
    """What is counted of a register over the days of its file; None if nothing is stored."""
    register, key = expected(export.name)[of], export.key(of)
    if not readings(world, who, key, register):
        return None
    days = {"from": "2023-06-01", "to": "2026-11-30", "every": "whole"}
    (whole,) = world.done(who, "GET", f"/v1/registers/{key}/usage", params=days)
    return Decimal(whole["quantity"])


def see_days(rows: list[dict[str, Any]], register: dict[str, Any], factor: Decimal) -> None:
    """The use by local day, as the sums of the intervals that start in it."""
    zone, by_day = ZoneInfo(register["zone"]), Counter[str]()
    for row in rows:
        day = utc(row["start"]).astimezone(zone).date().isoformat()
        by_day[day] += Decimal(row["value"]) * factor  # type: ignore[assignment] # a Counter of Decimals adds up as well
    assert {day: Decimal(use) for day, use in register["by_local_day"].items()} == dict(by_day)


def see_register(world: World, who: str, export: Export, of: str) -> None:
    register, key = expected(export.name)[of], export.key(of)
    counted = [row for row in readings(world, who, key, register) if row["quality"] != "no_data"]
    assert len(counted) == register.get("rows_in_file", register["rows"]) - export.refused, of
    assert (utc(counted[0]["start"]), utc(counted[-1]["start"])) in bounds(export, register), of
    factor = Decimal(export.declared[of].get("multiplier", "1"))
    values = [Decimal(row["value"]) * factor for row in counted]
    if register["kind"] == "level":
        assert (sum(values), min(values), max(values)) == tuple(
            Decimal(register[name]) for name in ("sum_of_rows", "min", "max")
        ), of
    elif register["kind"] == "state":
        see_states(world, who, key, register)
    else:
        assert total(world, who, export, of) == Decimal(export.totals.get(of, register["total"])), of
    if register["kind"] == "counter":
        assert (values[0], values[-1]) == (Decimal(register["first_value"]), Decimal(register["last_value"])), of
    if register["kind"] == "interval":
        assert utc(counted[-1]["end"]) == utc(register["last_end"]), of
    if "by_local_day" in register and of not in export.totals:
        see_days(counted, register, factor)
    if "energy" in register:
        assert total(world, who, export, of) == Decimal(register["energy"]), of


def bounds(export: Export, register: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    """The first and last start. Mean levels are stamped at their ends: said so, they hold from the start of the interval."""
    named = [("first", "last"), ("first_interval_start", "last_interval_start")]
    shared = (
        [one for one in expected(export.name).values() if "first_interval_start" in one] if "stamp" in register else []
    )
    return [(utc(one[first]), utc(one[last])) for one in (register, *shared) for first, last in named if first in one]


def see_states(world: World, who: str, key: str, register: dict[str, Any]) -> None:
    """``expected/`` counts to the last observation; here the last state goes on, no longer than a state is valid."""
    (part,) = world.done(who, "GET", f"/v1/registers/{key}/states", params=local_days(register) | {"every": "whole"})
    lasted = {state["state"]: Decimal(state["lasted"]) for state in part["states"] if Decimal(state["lasted"])}
    wanted = {
        name: Decimal(s) for name, s in register["seconds_by_state"].items() if name not in ("unknown", "no rows")
    }
    state, since = register["open_state"]
    open_for = Decimal((utc(part["period_to"]) - utc(since)) // timedelta(milliseconds=1)) / 1000
    holds = (
        min(open_for, Decimal(600)) if "sampled" in register or "unknown" in register["seconds_by_state"] else open_for
    )
    assert lasted == wanted | {state: wanted.get(state, Decimal(0)) + holds}


def comes_to_what_is_expected(world: World, who: str, export: Export) -> None:
    for of in export.declared:
        see_register(world, who, export, of)


def names_what_to_type(answer: Any) -> None:
    """A refusal says what the matter is and what is to be said; each question has the answers that there are."""
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    for question in problem.get("questions", ()):
        assert question["aspect"]
        assert question["why"]
        assert all(option["option"] and option["value"] and option["means"] for option in question["answers"])
        assert len(question["answers"]) >= 1, question
        assert all(f"--{option['option'].replace('_', '-')}" in problem["detail"] for option in question["answers"])
    verdicts = problem.get("verdicts", ())
    assert all(verdict["code"] and verdict["expected"] for verdict in verdicts)
    assert problem.get("questions") or verdicts or problem.get("expected"), problem


def see_nothing_stored(world: World, who: str, export: Export) -> None:
    stored = [of for of in export.declared if readings(world, who, export.key(of), expected(export.name)[of])]
    assert not stored


def answered_by_what_is_said(questions: Sequence[Any], export: Export) -> None:
    """Nothing is asked that the meaning of the file does not leave open: who knows the system says each of it."""
    said = {option for one in export.said for option in one}
    said |= {"unit", "unit_of"} if said & {"unit", "unit_of"} else set()  # of one column, or of all
    for question in questions:
        if question["aspect"] == "register" and "register" in said:
            continue  # which of two columns names the meters does not matter where all rows are of one
        assert said & {answer["option"].replace("-", "_") for answer in question["answers"]}, question


@pytest.mark.parametrize("export", exports("nothing said"))
def test_with_nothing_said_it_is_read_right_or_asks(world: World, export: Export) -> None:
    who = of_its_own_tenant(world, export.fleet)
    answer = send(world, export.name, who)
    if answer.status_code in STORED:
        assert not answer.json()["refused"]
        comes_to_what_is_expected(world, who, export)
        return
    names_what_to_type(answer)
    if not export.no_reader:
        answered_by_what_is_said(answer.json().get("questions", ()), export)
    see_nothing_stored(world, who, export)


@pytest.mark.parametrize("export", exports("only the register said", frozenset({"02", "25", "31"})))
def test_with_only_a_register_said_it_is_read_right_or_asks(world: World, export: Export) -> None:
    who, of = of_its_own_tenant(world, export.fleet), next(iter(export.declared))
    answer = send(world, export.name, who, register=export.key(of))
    if answer.status_code in STORED:
        see_register(world, who, export, of)
        return
    names_what_to_type(answer)
    see_nothing_stored(world, who, export)


@pytest.mark.parametrize("export", exports("said"))
def test_said_by_who_knows_the_system_it_comes_to_what_somebody_else_computed(world: World, export: Export) -> None:
    who = of_its_own_tenant(world, export.fleet)
    for said in export.said:
        answer = send(world, export.name, who, **said)
        if export.no_reader:
            names_what_to_type(answer)
            assert "IEC 62056-21" in answer.json()["detail"]
            return
        assert answer.status_code in STORED, answer.text
    comes_to_what_is_expected(world, who, export)


OTHERWISE = [
    pytest.param(
        export,
        otherwise,
        id=f"{export.name}: {otherwise.why}",
        marks=[*marks_of(export, frozenset({"02", "49"})), *waiting("otherwise", export.name)],
    )
    for export in EXPORTS
    for otherwise in export.otherwise
]


@pytest.mark.parametrize(("export", "otherwise"), OTHERWISE)
def test_told_otherwise_it_comes_to_what_it_then_means(world: World, export: Export, otherwise: Otherwise) -> None:
    who = of_its_own_tenant(world, export.fleet)
    answer = send(world, export.name, who, **otherwise.said)
    assert answer.status_code in STORED, answer.text
    assert {of: total(world, who, export, of) for of in otherwise.totals} == {
        of: Decimal(use) for of, use in otherwise.totals.items()
    }
    for of, first in otherwise.first.items():
        assert utc(readings(world, who, export.key(of), expected(export.name)[of])[0]["start"]) == utc(first)


def test_no_export_is_left_out() -> None:
    files = {re.match(r"\d+b?", path.name)[0] for path in (HERE / "files").iterdir()}  # type: ignore[index]
    assert {re.match(r"\d+b?", export.name)[0] for export in EXPORTS} | ELSEWHERE == files  # type: ignore[index]
    for export in EXPORTS:
        if not export.no_reader:
            assert {*export.declared, *export.left_out} == {*expected(export.name)}, export.name
