"""``invoice validate`` ends with 1 where a binding rule is broken, and with 0 where only warnings are left."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from api.operations import originals
from api.operations.originals import BrokenRuleOut, ValidationOut
from api.server.database import Access, Database
from contracts.invoicing import InvoiceForm
from tests.api.cli.test_commands import set_environment
from tests.billing.clearance.states import POLISH
from tests.billing.scene import CONTRACT, Scene


@pytest.fixture
def typed(access: Access, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    set_environment(access, tmp_path, monkeypatch)
    return CliRunner()


def validates(typed: CliRunner, scene: Scene) -> Result:
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    drafts = json.loads(typed.invoke(app, ["bill", "--until", "2026-02-02", "--json"]).output)["invoices"]
    return typed.invoke(app, ["invoice", "validate", drafts[0]["number"]])


def after_review(terms: str, form: str) -> str:
    return terms.replace(
        'settings: {least_coverage: "0"}',
        f'settings: {{least_coverage: "0", issue: after_review}}\ninvoicing: {{form: {form}}}',
    )


@pytest.mark.parametrize(("terms", "form", "code", "said"), [
    pytest.param(CONTRACT, "ubl", 1, "BR-CO-26", id="errors of a norm"),
    pytest.param(POLISH.replace(", address: [ul. Krótka 2]", ""), "ksef", 1, "postal-address-missing", id="errors of a state"),
    pytest.param(POLISH, "ksef", 0, "ksef: 0 errors, 0 warnings", id="none of a state"),
    pytest.param(CONTRACT, "pdf", 0, "pdf: 0 errors, 0 warnings", id="no rules"),
])  # fmt: skip
def test_a_draft(
    access: Access, database: Database, typed: CliRunner, terms: str, form: str, code: int, said: str
) -> None:
    done = validates(typed, Scene(access, database).declared(after_review(terms, form)))

    assert said in " ".join(done.output.split())
    assert done.exit_code == code


@pytest.mark.parametrize(("errors", "warnings", "code", "said"), [
    (0, 1, 0, "ubl: 0 errors, 1 warning"), (1, 0, 1, "ubl: 1 error, 0 warnings"), (2, 1, 1, "ubl: 2 errors, 1 warning"),
])  # fmt: skip
def test_warnings_alone_end_with_nought(
    access: Access,
    database: Database,
    typed: CliRunner,
    monkeypatch: pytest.MonkeyPatch,
    errors: int,
    warnings: int,
    code: int,
    said: str,
) -> None:
    rule = BrokenRuleOut(rule="BR-1", why="x")
    report = ValidationOut(
        form=InvoiceForm.UBL, rules=[], errors=[rule] * errors, warnings=[rule] * warnings, archived=False
    )
    monkeypatch.setattr(originals, "validate_invoice", lambda *_, **__: report)

    for words in (["2026-000001"], ["2026-000001", "--json"]):
        done = typed.invoke(app, ["invoice", "validate", *words])
        assert done.exit_code == code
        assert "--json" in words or said in done.output
