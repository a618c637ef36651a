"""A row that is the total of others has a verdict that says of which, unless it is told to be a reading.

Unless a case says otherwise the register has hours, in Berlin.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import ingest
from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, Parsed, RegisterLookup, TargetRegister
from metering.ingest.totals import without_totals
from metering.log.columns import DAY_US, VALUE, Readings, sort_order
from quantities.period import zone
from tests.build import fewer_examples, rows

HOUR_US = 3_600_000_000
BERLIN = zone("Europe/Berlin")
FIRST = datetime.fromisoformat("2026-03-27")


def a_register(key: str, kind: str = "interval", **more: Any) -> Register:
    terms = {"unit": "kWh", "resolution": Decimal("0.1"), "interval_minutes": 60 if kind == "interval" else None} | more
    return Register(key=key, kind=RegisterKind(kind), **terms)


REGISTERS = [
    a_register("k"), a_register("other"), a_register("count", "cumulative"), a_register("power", "instantaneous", unit="kW"),
    a_register("parts", "event", unit="part", resolution=Decimal(1)), a_register("orders", dimensions=("order",)),
]  # fmt: skip
TARGETS = RegisterLookup({register.key: TargetRegister(register, BERLIN) for register in REGISTERS})


def parsed(lines: Sequence[str], *, register: str = "k", header: str = "time,value", **options: Any) -> Parsed:
    raw = "\n".join([header, *lines]).encode()
    return ingest.parse(raw, TARGETS, IngestOptions(register=register, **options), "csv")


def totals(lines: Sequence[str], **more: Any) -> list[int]:
    """The rows taken for totals, by their position among the rows from 0 on."""
    return [verdict.line - 2 for verdict in parsed(lines, **more).verdicts if verdict.code == "looks_like_total"]


def at(text: str) -> datetime:
    """A local time."""
    return datetime.fromisoformat(text)


def hours(first: datetime, values: Sequence[str | int], step: int = 60) -> list[str]:
    return [f"{first + timedelta(minutes=step * number)},{value}" for number, value in enumerate(values)]


def day(date: int, values: Sequence[int]) -> list[str]:
    return hours(at(f"2026-03-{date:02d}"), values)


def dated(date: int, value: int) -> str:
    return f"2026-03-{date:02d},{value}"


MORNING = [0, 0, 0, 0, 0, 1, 4, 7]


@pytest.mark.parametrize(("lines", "places"), [
    pytest.param([*day(1, MORNING), dated(1, 12)], [8], id="a day's total below its hours has the date alone"),
    pytest.param([dated(1, 12), *day(1, MORNING)], [0], id="or above them"),
    pytest.param([*day(1, MORNING), dated(1, 12), *day(2, [3, 2, 1]), dated(2, 6)], [8, 12], id="of several days"),
    pytest.param([*day(1, MORNING), dated(1, 12), *day(2, [3, 2, 1]), dated(2, 6), dated(2, 18)], [8, 12, 13], id="and of the file below them"),
    pytest.param([*day(1, MORNING), dated(2, 12)], [8], id="the last row is as large as all others"),
    pytest.param([dated(1, 12), *day(2, MORNING)], [0], id="or the first"),
    pytest.param([*hours(at("2026-03-01T08:00"), [1, 2, 3]), dated(1, 6), *hours(at("2026-03-02T08:00"), [2, 2, 4]), dated(2, 8)], [3, 7], id="nobody works at midnight, and the totals stand below"),
    pytest.param([dated(1, 6), *hours(at("2026-03-01T08:00"), [1, 2, 3]), dated(2, 8), *hours(at("2026-03-02T08:00"), [2, 2, 4])], [0, 4], id="or above"),
    pytest.param([*reversed(day(1, MORNING)), dated(1, 12)], [8], id="the latest first"),
    pytest.param([f"2026-{month:02d}-{date:02d},{date}" for month in (1, 2) for date in range(1, 6)] + ["2026-01-01,15", "2026-02-01,15"], [10, 11], id="of months, of days"),
    pytest.param([*day(1, [0, 0, 5, 0]), dated(1, 5)], [4], id="of one hour: another row has its start"),
])  # fmt: skip
def test_a_row_as_large_as_others_together_that_its_place_betrays(lines: list[str], places: list[int]) -> None:
    assert totals(lines) == places
    assert totals(lines, keep_totals=True) == []
    read = parsed(lines)
    assert len(read.readings) == len(lines) - len(places)


@pytest.mark.parametrize(("lines", "register"), [
    pytest.param(day(1, [5, 5, 5, 5]), "k", id="a flat load"),
    pytest.param(day(1, [5, 5]), "k", id="two rows"),
    pytest.param(day(1, [1, 2, 3]), "k", id="three rows"),
    pytest.param(day(1, [0] * 24), "k", id="zeros"),
    pytest.param(day(1, [0, 0, 0, 0, 0, 4, 4]), "k", id="two hours of use"),
    pytest.param(day(1, [1, 1, 1, 9, 2, 2, 2]), "k", id="a peak as large as the others together"),
    pytest.param([*day(1, [1, 2, 3, 6]), *day(2, [1, 2, 3, 7])], "k", id="one of two days ends with a peak"),
    pytest.param([*day(1, [3, 1, 1, 1, 50, 60]), dated(1, 4)], "k", id="a row that contradicts another, and is less than a third"),
    pytest.param(day(1, [1, 2, 3, 6]), "count", id="figures of a counter"),
    pytest.param(day(1, [1, 2, 3, 6]), "power", id="levels"),
])  # fmt: skip
def test_an_honest_load_has_none(lines: list[str], register: str) -> None:
    assert totals(lines, register=register) == []


def test_a_row_whose_extent_covers_others_is_one_whatever_its_value() -> None:
    lines = [f"2026-03-01 {hour:02d}:00,2026-03-01 {hour + 1:02d}:00,{hour}" for hour in (0, 1, 3)]
    read = parsed(["2026-03-01 00:00,2026-03-02 00:00,17.5", *lines], header="time,end,value")
    (verdict,) = read.verdicts
    assert (verdict.line, verdict.code, verdict.found) == (2, "looks_like_total", "17.5 from 2026-02-28T23:00:00+00:00")
    assert (
        verdict.expected
        == "a reading of its own, but its extent covers 3 others, lines 3 to 5; --keep-totals if it is one"
    )
    assert len(read.readings) == 3


def test_the_verdict_says_of_which_rows() -> None:
    (verdict,) = parsed([*day(1, MORNING), dated(1, 12)]).verdicts
    assert verdict.expected == "a reading of its own, but it is as large as 8 others, lines 2 to 9, together; --keep-totals if it is one"  # fmt: skip


def test_each_series_has_totals_of_its_own() -> None:
    """… of registers and of dimensions; the other series' rows are none of their parts."""
    lines = [f"{register},{row}" for row in day(1, [1, 2, 3]) for register in ("k", "other")]
    raw = "\n".join(["register,time,value", *lines, "other,2026-03-01,6", "k,2026-03-01,12"]).encode()
    verdicts = ingest.parse(raw, TARGETS, IngestOptions(), "csv").verdicts
    assert [(verdict.line, verdict.code) for verdict in verdicts] == [(8, "looks_like_total"), (9, "contradicts_line")]
    of_orders = [f"{row},{order}" for row in day(1, [1, 2, 3]) for order in "AB"] + ["2026-03-01,6,A"]
    assert totals(of_orders, register="orders", header="time,value,order") == [6]


def test_a_day_of_twenty_three_hours_has_a_total_too() -> None:
    """… and so has one of twenty-five, whose hour from 2 to 3 is there twice."""
    short = [row for row in day(29, range(1, 25)) if " 02:" not in row]
    assert totals([*short, dated(29, 300 - 3)]) == [23]
    long = [f"2026-10-25 {hour:02d}:00,{hour + 1}" for hour in sorted([*range(24), 2])]
    assert totals([*long, "2026-10-25,303"]) == [25]


DAYS = st.lists(st.lists(st.integers(1, 10**6), min_size=4, max_size=24), min_size=1, max_size=5)


@fewer_examples(2)
@given(DAYS, st.data())
def test_no_honest_load_has_a_total_and_an_inserted_one_is_always_named(loads: list[list[int]], data: st.DataObject) -> None:  # fmt: skip
    """Honest: no hour is as large as half of its day, or as half of the file. Inserted: of a day, or of the file."""
    loads = [load for load in loads if 2 * max(load) < sum(load)] or [[5, 5, 5, 5]]
    of_days = [
        hours(FIRST + timedelta(days=number), [f"{value / Decimal(10):f}" for value in load])
        for number, load in enumerate(loads)
    ]
    of_days = [[row for row in rows_ if not row.startswith("2026-03-29 02:")] for rows_ in of_days]
    honest = [row for of_day in of_days for row in of_day]
    assert totals(honest) == []
    if data.draw(st.booleans()):
        number = data.draw(st.integers(0, len(of_days) - 1))
        total = (
            f"{(FIRST + timedelta(days=number)).date()},{sum(Decimal(row.split(',')[1]) for row in of_days[number])}"
        )
        place = data.draw(st.sampled_from([0, len(of_days[number])]))
        of_days[number].insert(place, total)
        expected = sum(map(len, of_days[:number])) + place
    else:
        last = data.draw(st.booleans())
        expected = len(honest) if last else 0
        stamp = (FIRST + timedelta(days=len(of_days) if last else -1)).date()
        of_days.insert(expected and len(of_days), [f"{stamp},{sum(Decimal(row.split(',')[1]) for row in honest)}"])
    lines = [row for of_day in of_days for row in of_day]
    assert totals(lines) == [expected]
    assert sum(row.value or 0 for row in rows(parsed(lines).readings)) == sum(
        Decimal(row.split(",")[1]) for row in honest
    )


#: Some hours of some days in tenths, and where a row of each day has the sum of the others, if one has.
LOADS = st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=6), min_size=2, max_size=4)
WHERE = st.sampled_from(["nowhere", "first", "last"])
ODD = st.sampled_from(["nothing", "nothing", "below zero", "longer", "again", "elsewhere"])


def with_sum(load: list[int], where: str) -> list[int]:
    return {"nowhere": load, "first": [sum(load), *load], "last": [*load, sum(load)]}[where]


@given(LOADS, WHERE, WHERE, ODD, st.integers(0, 9))
def test_where_the_search_is_left_out_it_finds_no_total(
    loads: list[list[int]], of_day: str, of_file: str, odd: str, place: int
) -> None:
    place %= len(loads[0])
    if odd == "below zero":
        loads[0][place] *= -1
    whole = [sum(map(sum, loads))]
    days = [with_sum(load, of_day) for load in loads]
    days[0][:0] = whole if of_file == "first" else []
    days[-1] += whole if of_file == "last" else []
    rows_ = [(number * 24 + hour, value) for number, load in enumerate(days) for hour, value in enumerate(load)]
    start = np.array([DAY_US * 20_500 + hour * HOUR_US for hour, _ in rows_], np.int64)
    end, line = start + HOUR_US, np.arange(len(rows_))
    if odd == "longer":
        end[place] += 3 * HOUR_US
    if odd == "again":
        start[place + 1] = start[place]
    if odd == "elsewhere":
        line[[place, -1]] = line[[-1, place]]
    nothing = np.zeros(len(rows_), np.int64)
    read = Readings(nothing, start, end, pa.array([Decimal(value) / 10 for _, value in rows_], VALUE), nothing, line)
    read = read.at(sort_order(read.series, read.start, read.line))

    kept, verdicts = without_totals(read, [TARGETS.find(["k"])["k"]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("metering.ingest.totals._may_have_totals", lambda _: True)
        kept_by_search, verdicts_of_search = without_totals(read, [TARGETS.find(["k"])["k"]])

    assert verdicts == verdicts_of_search
    assert kept.line.tolist() == kept_by_search.line.tolist()
