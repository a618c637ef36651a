"""Whole documents as text, refreshed by ``make golden`` and read as a diff; and stored terms that must load for ever."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.server.database import Access, Database
from billing.documents.views import invoice_out
from billing.exports import EXPORTERS
from billing.invoices import store
from contracts.rules import ChargeRule
from tests.billing.scene import CONTRACT, Scene

GOLDEN = Path(__file__).parents[2] / "golden"


def compare(name: str, found: str, *, update: bool) -> None:
    path = GOLDEN / name
    if update:
        path.write_text(found, encoding="utf-8", newline="")
    assert path.read_bytes().decode() == found


def test_an_invoice_with_an_adjustment(access: Access, database: Database, pytestconfig: pytest.Config) -> None:
    update = bool(pytestconfig.getoption("--update-golden"))
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 60\n2026-01-05 11 60", source="january.csv")
    scene.delivers("2026-02-05 10 40.5", source="february.csv")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 10", by="jonas", reason="meter test of 10 February", source="test.csv")
    scene.bills("2026-03-01")
    with database.transaction(1) as session:
        shown = invoice_out(store.find(session, "2026-000002"))
        written = {
            name: export().render(store.billed(session, store.ids_of(session))).decode()
            for name, export in EXPORTERS.items()
        }
    stable = json.loads(shown.model_dump_json())
    stable["inputs"]["tzdata"] = "of the day"
    compare("invoice.json", json.dumps(stable, indent=1, ensure_ascii=False) + "\n", update=update)
    compare("invoice.html", scene.page("2026-000002"), update=update)
    for name, text in written.items():
        compare(f"{name}.csv", text, update=update)
    assert Decimal(shown.gross) == sum((line.net for line in shown.lines), Decimal(0)) + shown.vat


@pytest.mark.parametrize("path", sorted((GOLDEN / "terms").glob("*.json")), ids=lambda path: path.stem)
def test_stored_terms_of_past_releases_load_as_they_were(path: Path) -> None:
    """Never refreshed: what a release has stored, every later one reads; what is new since has its stated default."""
    rule: TypeAdapter[ChargeRule] = TypeAdapter(ChargeRule)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert_within(stored, json.loads(rule.dump_json(rule.validate_python(stored))))


def assert_within(stored: Any, loaded: Any) -> None:
    """Everything that is stored is loaded as it was."""
    if isinstance(stored, dict):
        assert stored.keys() <= loaded.keys()
        for name, value in stored.items():
            assert_within(value, loaded[name])
    elif isinstance(stored, list):
        assert len(stored) == len(loaded)
        for was, now in zip(stored, loaded, strict=True):
            assert_within(was, now)
    else:
        assert stored == loaded
