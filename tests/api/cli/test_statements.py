"""The statement commands as a person types them: a quarter of savings prepared, signed, billed, reported and replayed."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from api.cli.main import app
from api.demo import office
from api.demo.documents import document
from quantities.document import read
from tests.api.cli.test_commands import Desk, access, desk
from tests.billing.statements.test_savings import terms

__all__ = ["access", "desk"]  # the fixtures, of this test as well

FIRST, AFTER_LAST = date(2020, 1, 1), date(2020, 4, 1)


def test_a_quarter_of_savings(desk: Desk, tmp_path: Path) -> None:
    signatories = {"Nordluft": ["Emil Kurz"], "Hanse": ["Dora Meier"]}
    contract = read(terms()) | {"statement": {"per": "quarter", "signatories": signatories}}
    baseline = contract["savings"][0]["option"]["baseline"]
    contract["savings"][0]["option"]["baseline"] = "baseline.json"  # beside the contract's own file
    desk.file("baseline.json", yaml.safe_dump(baseline, allow_unicode=True))
    desk.types("fleet", "apply", desk.file("fleet.yaml", document("fleet").decode()))
    desk.types("contract", "apply", desk.file("savings.yaml", yaml.safe_dump(contract, allow_unicode=True)))
    desk.types("ingest", desk.file("office.csv", office.energy(FIRST, AFTER_LAST).decode()))
    desk.types("ingest", desk.file("weather.csv", office.weather(FIRST, AFTER_LAST).decode()))
    held = desk.asks("bill", "--issue", "--until", "2020-04-01T12:00Z")["held"]
    assert held["S-1"] == "S-1: no statement of 2020-01-01/2020-04-01 is prepared"
    assert "no statement is prepared" in desk.types("statement", "list", "S-1")

    made = desk.asks("statement", "prepare", "S-1", "--on", "2020-03-01")
    number = str(made["id"])
    assert "saved, expected" in desk.types("statement", "report", number)
    desk.types("statement", "take", number, "submitted", "--person", "Emil Kurz", "--paper")
    taken = desk.asks("statement", "take", number, "agreed", "--person", "Dora Meier", "--paper")
    assert [(each["step"], each["person"]) for each in taken["steps"]] == [
        ("submitted", "Emil Kurz"),
        ("agreed", "Dora Meier"),
    ]
    assert "agreed" in desk.types("statement", "list", "S-1")
    assert desk.asks("bill", "--issue", "--until", "2020-04-01T12:00Z")["held"] == {}
    pdf = tmp_path / "report.pdf"
    desk.types("statement", "report", number, "--pdf", str(pdf))
    assert pdf.read_bytes()[:5] == b"%PDF-"
    assert "recomputes to the kWh" in desk.types("statement", "replay", number)


@pytest.mark.parametrize("step", ["signed", "draft"])
def test_a_step_that_is_none(desk: Desk, step: str) -> None:
    done = desk.runner.invoke(app, ["statement", "take", "1", step, "--person", "x"])
    assert done.exit_code == 2
