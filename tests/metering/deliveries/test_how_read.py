"""How a file was read stands in its receipt, is stored with its batch, and is shown again for ever, over HTTP."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from api.server.embedded import EmbeddedServer
from metering import ingest
from metering.ingest.how_read import Answer, Aspect, OpenQuestion
from metering.ingest.raw_columns import RawColumns
from tests.metering.ingest.test_mscons import COUNTER, NOON, PLACE, a_read, interchange, message
from tests.metering.ingest.test_nem12 import E1, END, HEAD, day, file
from tests.scenarios.world import World, a_world_copied, leave
from tests.upgrade.dump import administrator

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", aliases: [NMI1/E1]}
              - {key: counter, kind: cumulative, unit: kWh, resolution: "0.1", aliases: ["DE1/1-0:1.8.0"]}
"""
NEM12 = file(HEAD, E1, day(), END)
SHOWN_LATER = ("how_read", "dialect", "exchanges", "profile", "resets", "withdrawn", "verdicts")


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "an interval and a counter", leave, request.node.nodeid, FLEET) as world:
        yield world


def send(world: World, content: bytes, key: str = "", **said: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return world.ask("maker", "POST", "/v1/readings", params=said, content=content, headers=headers)


def statements(facts: Any) -> dict[str, tuple[str, str, str]]:
    return {read["aspect"]: (read["taken"], read["basis"], read["where"]) for read in facts["how_read"]}


def test_what_a_format_defines_is_stated_by_it_and_stored_with_the_batch(world: World) -> None:
    receipt = send(world, NEM12, "one").json()
    read = statements(receipt)
    assert read["table"] == ("format nem12", "stated", "the first bytes")
    assert read["zone"] == ("UTC+10 all year (market time)", "stated", "the format")
    assert read["stamp"] == ("start of the interval", "stated", "the format")
    assert set(read) >= {"register", "time", "zone", "stamp", "value", "unit", "quantity_kind"}

    again = send(world, NEM12, "one").json()
    assert again == receipt | {"repeated": True}, "the receipt of a repeated request says it too"
    batch = world.done("finance", "GET", f"/v1/batches/{receipt['batch']}")
    assert {name: batch[name] for name in SHOWN_LATER} == {name: receipt[name] for name in SHOWN_LATER}
    assert "how_read" not in world.done("finance", "GET", "/v1/batches")[0]
    assert world.ask("stranger", "GET", f"/v1/batches/{receipt['batch']}").status_code == 404


def test_what_was_said_is_said_and_another_word_is_another_request(world: World) -> None:
    receipt = send(world, NEM12, "one", register="kwh", unit="kWh", format="nem12").json()
    read = statements(receipt)
    assert read["register"] == ("kwh", "said", "--register kwh")
    assert read["table"] == ("format nem12", "said", "--format nem12")
    assert read["unit"] == ("kWh, where none is written", "said", "--unit kWh")
    for another in ({"unit": "MWh"}, {"unit": "kWh", "decimal": "comma"}, {"unit": "kWh", "keep_totals": "true"}):
        refused = send(world, NEM12, "one", register="kwh", format="nem12", **another)
        assert refused.json()["type"] == "/problems/key-used-otherwise", another


def test_a_kind_of_content_says_the_format(world: World) -> None:
    headers = {"Content-Type": "application/x-ndjson"}
    row = b'{"time": "2026-01-05T10:00Z", "value": "1", "register": "kwh"}\n'
    receipt = world.ask("maker", "POST", "/v1/readings", content=row, headers=headers).json()
    assert statements(receipt)["table"] == ("format ndjson", "said", "Content-Type")


def test_exchanges_that_a_file_declared_stand_in_its_receipt_and_with_its_batch(world: World) -> None:
    reads = (("OLD", "90", 0), ("OLD", "95", 1), ("NEW", "0", 1), ("NEW", "3", 2))
    segments = [
        segment
        for device, value, days in reads
        for segment in (PLACE, f"RFF+MG:{device}", *COUNTER, *a_read(value, NOON + timedelta(days=days)))
    ]
    content = interchange(message(*segments))
    receipt = send(world, content).json()
    (exchange,) = receipt["exchanges"]
    assert (exchange["register_key"], exchange["closing"], exchange["opening"], exchange["serial"]) == (
        "counter", "95", "0", "NEW",
    )  # fmt: skip
    assert world.done("maker", "GET", f"/v1/batches/{exchange['batch']}")["kind"] == "exchange"
    assert world.done("maker", "GET", f"/v1/batches/{receipt['batch']}")["exchanges"] == [exchange]
    assert send(world, content).json()["exchanges"] == [], "it is declared once"


def test_a_batch_of_an_earlier_release_or_of_no_file_is_shown_without(world: World) -> None:
    number = send(world, NEM12, "one").json()["batch"]
    with administrator(world.access) as connection:
        connection.execute("update batch set how_read = null")
    assert world.done("maker", "GET", f"/v1/batches/{number}")["how_read"] == []
    assert send(world, NEM12, "one").json()["how_read"] == []
    withdrawal = {"start": "2026-01-01T00:00Z", "end": "2026-12-01T00:00Z", "reason": "test"}
    withdrawn = world.done("maker", "POST", "/v1/registers/kwh/withdrawals", json=withdrawal)
    shown = world.done("maker", "GET", f"/v1/batches/{withdrawn['batch']}")
    assert (shown["how_read"], shown["dialect"], shown["profile"]) == ([], {}, None)


def test_a_refused_file_keeps_how_it_was_read_too(world: World) -> None:
    refused = send(world, file(HEAD, E1.replace("NMI1", "NMI9"), day(), END), "one")
    assert refused.status_code == 422
    assert statements(refused.json())["zone"][1] == "stated"
    assert send(world, file(HEAD, E1.replace("NMI1", "NMI9"), day(), END), "one").json()["how_read"]


def asking(raw: bytes, *_: object) -> RawColumns:
    """A file that does not say two things."""
    answers = (Answer("decimal", "comma", "4.078 is 4078"), Answer("decimal", "point", "4.078 is 4.078"))
    questions = (
        OpenQuestion(Aspect.SEPARATORS, "every value of 'Verbrauch' can be read in two ways", answers),
        OpenQuestion(Aspect.STAMP, "start or end", (Answer("column", "end=Datum Zeit", "the end"),)),
    )
    return RawColumns({}, np.zeros(0, np.int64), questions=questions)


def test_all_that_a_file_does_not_say_is_asked_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ingest.FORMATS, "csv", ingest.Format(asking, (), bool))
    refused = send(world, b"x")
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    problem = refused.json()
    assert problem["type"] == "/problems/unsaid"
    assert [(question["aspect"], len(question["answers"])) for question in problem["questions"]] == [
        ("separators", 2), ("stamp", 1),
    ]  # fmt: skip
    assert problem["questions"][0]["answers"][0] == {"option": "decimal", "value": "comma", "means": "4.078 is 4078"}
    assert world.done("maker", "GET", "/v1/batches") == [], "nothing is recorded until it is said"


WRONG = (
    ("decimal", "komma", "unknown-decimal-mark"), ("zone", "Mars", "unknown-zone"), ("encoding", "x", "unknown-encoding"),
    ("unit", "kwhh", "unknown-unit"), ("unit_of", "A=", "not-a-pair"), ("header_line", "0", "impossible-header-line"),
    ("profile", "nobody", "unknown-profile"), ("save_profile", "nothing", "empty-profile"),
)  # fmt: skip


def test_a_wrong_option_is_refused_by_name(world: World) -> None:
    for option, wrong, problem in WRONG:
        assert send(world, NEM12, **{option: wrong}).json()["type"] == f"/problems/{problem}", option
    assert world.done("maker", "GET", "/v1/batches") == []
