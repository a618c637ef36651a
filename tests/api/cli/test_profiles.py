"""How a file was read, what is asked, and profiles, as a person types and sees them."""

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from api.cli.main import main
from api.server.embedded import EmbeddedServer
from metering import ingest
from metering.ingest.how_read import Answer, Aspect, OpenQuestion
from metering.ingest.raw_columns import RawColumns
from tests.api.cli.test_commands import Desk, prepared_by, set_environment
from tests.conftest import world_copy
from tests.metering.deliveries.test_how_read import FLEET, NEM12


def _declare(folder: Path) -> None:
    desk = Desk(folder)
    desk.types("fleet", "apply", desk.file("fleet.yaml", FLEET))


@pytest.fixture
def desk(
    server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    prepare = partial(prepared_by, _declare)
    with world_copy(server, "a desk with an interval and a counter", prepare, request.node.nodeid) as (access, _):
        set_environment(access, tmp_path, monkeypatch)
        (tmp_path / "april.csv").write_bytes(NEM12)
        yield Desk(tmp_path)


def test_the_receipt_and_the_batch_show_how_a_file_was_read(desk: Desk) -> None:
    path = str(desk.folder / "april.csv")
    shown = desk.types("ingest", path, "--unit", "kWh", "--idempotency-key", "one")
    for row in (
        ("what", "column", "taken as", "on whose word", "where"),
        ("zone", "UTC+10 all year (market time)", "stated", "the format"),
        ("unit", "kWh, where none is written", "said", "--unit kWh"),
    ):
        assert any(all(cell in line for cell in row) for line in shown.splitlines()), row
    again = desk.types("ingest", path, "--unit", "kWh", "--idempotency-key", "one")
    assert shown.splitlines()[1:] == again.splitlines()[1:], "the receipt of a repeated request says it too"
    assert shown.splitlines()[1:] == desk.types("batch", "1").splitlines()[1:]
    facts = desk.asks("batch", "1")
    assert {"aspect": "unit", "taken": "kWh, where none is written", "basis": "said", "where": "--unit kWh", "column": ""} in facts["how_read"]  # fmt: skip


def test_a_profile_is_set_listed_shown_and_used(desk: Desk) -> None:
    path = str(desk.folder / "april.csv")
    desk.types("ingest", path, "--unit", "kWh", "--save-profile", "My portal")
    assert "--profile 'My portal'" in desk.types("profile", "set", "My portal", "--zone", "UTC", "--keep-totals")
    listed = desk.types("profile", "list")
    assert "My portal" in listed
    assert "--zone UTC --keep-totals" in listed
    shown = desk.asks("profile", "show", "My portal")
    assert [version["options"] for version in shown["versions"]] == [
        {"zone": "UTC", "keep_totals": True}, {"unit": "kWh"},
    ]  # fmt: skip
    receipt = desk.asks("ingest", path, "--profile", "My portal", "--no-keep-totals")
    assert receipt["profile"] == {"name": "My portal", "version": 2}


def test_another_word_about_the_file_is_another_request(desk: Desk) -> None:
    keyed = ("ingest", str(desk.folder / "april.csv"), "--idempotency-key", "one", "--unit", "kWh")
    desk.types(*keyed)
    for more in (("--decimal", "comma"), ("--save-profile", "x"), ("--not-available", "Bad"), ("--column", "a=b")):
        with pytest.raises(Exception, match="other parameters"):
            desk.types(*keyed, *more)


def asking(*_: object) -> RawColumns:
    questions = (
        OpenQuestion(
            Aspect.SEPARATORS,
            "every value of 'Verbrauch [kWh]' can be read in two ways",
            (Answer("decimal", "comma", "4.078 is 4078"), Answer("decimal", "point", "4.078 is 4.078")),
        ),
        OpenQuestion(Aspect.STAMP, "start or end", (Answer("column", "end=Datum Zeit", "the end"),)),
        OpenQuestion(Aspect.VALUE, "a row is as large as all others", (Answer("keep_totals", "", "it is a reading"),)),
    )
    return RawColumns({}, np.zeros(0, np.int64), questions=questions)


def test_what_is_asked_can_be_copied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ingest.FORMATS, "nem12", ingest.Format(asking, (), lambda _: True))
    words = ["usufruct", "ingest", str(desk.folder / "april.csv")]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 3
    paragraphs = capsys.readouterr().err.strip().split("\n\n")
    assert paragraphs[1].splitlines() == [
        "separators: every value of 'Verbrauch [kWh]' can be read in two ways",
        "    --decimal comma  4.078 is 4078",
        "    --decimal point  4.078 is 4.078",
    ]
    assert paragraphs[2].splitlines()[1] == "    --column 'end=Datum Zeit'  the end"
    assert paragraphs[3].splitlines()[1] == "    --keep-totals  it is a reading"
    monkeypatch.setattr(sys, "argv", [*words, "--json"])
    with pytest.raises(SystemExit):
        main()
    problem = json.loads(capsys.readouterr().out)
    assert [question["aspect"] for question in problem["questions"]] == ["separators", "stamp", "value"]
