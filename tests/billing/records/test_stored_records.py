"""Stored records: those of every release load, and are brought to the newest form.

tests/golden/records/N/ holds records as a release with schema N wrote them, by kind and by what they are. A folder that
is there is never written again, for it is what customers have: a new schema adds its own. The newest has the same
records as all before it, upgraded.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from billing.documents.views import LineOut
from billing.records.changes import BatchChange, DisputeChange, FactChange, IndexChange, VersionChange
from billing.records.draft import DraftContent
from billing.records.held import HoldReason
from billing.records.inputs import InvoiceInputs, RatingInputs
from billing.records.proof import LineProof
from billing.records.record import SCHEMA, StoredRecord, read, shown, written, written_as_text
from billing.records.statement import StatementContent
from billing.tables import DraftRow, DueRow, InvoiceLineRow, InvoiceRow, RatingRow, RecordColumn, StatementRow
from metering.records.document import NewerSchema

GOLDEN = Path(__file__).parents[2] / "golden" / "records"
KINDS: dict[str, type[StoredRecord]] = {
    "draft_content": DraftContent,
    "hold_reason": HoldReason,
    "invoice_inputs": InvoiceInputs,
    "line_proof": LineProof,
    "rating_inputs": RatingInputs,
    "statement_content": StatementContent,
}
NEWEST = max(GOLDEN.iterdir(), key=lambda folder: int(folder.name))


def golden(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    path = folder / f"{name}.json"  # ratings have records of their own since schema 2
    loaded: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return loaded


RECORDS = [
    pytest.param(KINDS[name], stored, golden(NEWEST, name)[what], id=f"{folder.name}-{name}-{what}")
    for folder in sorted(GOLDEN.iterdir())
    for name in KINDS
    for what, stored in golden(folder, name).items()
]


@pytest.mark.parametrize(("kind", "stored", "newest"), RECORDS)
class TestARecordOfAnyRelease:
    def test_is_upgraded_to_the_newest_form(
        self, kind: type[StoredRecord], stored: dict[str, Any], newest: dict[str, Any]
    ) -> None:
        assert written(read(kind, stored)) == newest

    def test_equals_the_same_record_written_today(
        self, kind: type[StoredRecord], stored: dict[str, Any], newest: dict[str, Any]
    ) -> None:
        assert read(kind, stored) == read(kind, newest) == read(kind, json.loads(written_as_text(read(kind, stored))))

    def test_is_shown_without_a_schema_number_and_as_the_database_orders_keys(
        self, kind: type[StoredRecord], stored: dict[str, Any], newest: dict[str, Any]
    ) -> None:
        record = shown(read(kind, stored))
        assert record == {name: value for name, value in newest.items() if name != "schema"}
        assert list(record) == sorted(record, key=lambda name: (len(name), name))


def test_the_newest_folder_is_of_the_newest_schema() -> None:
    assert NEWEST.name == str(SCHEMA)
    assert all(record["schema"] == SCHEMA for name in KINDS for record in golden(NEWEST, name).values())


def test_every_column_of_records_has_its_golden_file() -> None:
    columns = [
        column.type.kind
        for row in (DraftRow, DueRow, InvoiceRow, InvoiceLineRow, RatingRow, StatementRow)
        for column in row.__table__.columns  # type: ignore[union-attr]
        if isinstance(column.type, RecordColumn)
    ]
    assert set(columns) == set(KINDS.values())


def test_every_kind_of_change_is_told_from_the_others() -> None:
    proofs = [LineProof.model_validate(proof) for proof in golden(NEWEST, "line_proof").values()]
    changes = {type(change) for proof in proofs for change in proof.changes or ()}
    assert changes == {BatchChange, VersionChange, IndexChange, DisputeChange, FactChange}


@pytest.mark.parametrize(
    "proof", [pytest.param(golden(NEWEST, "line_proof")[name], id=name) for name in golden(NEWEST, "line_proof")]
)
def test_a_line_over_http_shows_what_called_for_its_correction(proof: dict[str, Any]) -> None:
    changes = list(LineProof.model_validate(proof).changes or ())
    annotation: Any = LineOut.model_fields["changes"].annotation
    adapter = TypeAdapter(annotation)
    assert [shown(change) for change in changes] == adapter.dump_python(adapter.validate_python(changes))


def test_a_record_of_a_newer_release_is_refused() -> None:
    with pytest.raises(NewerSchema, match="schema 3"):
        read(HoldReason, {"schema": 3, "code": "too-new", "detail": "from tomorrow"})


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param({"code": "held"}, id="a key is missing"),
        pytest.param({"code": "held", "detail": "why", "more": "?"}, id="an unknown key"),
        pytest.param({"schema": 1, "code": 7, "detail": "why"}, id="another type"),
    ],
)
def test_what_is_no_record_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(HoldReason, stored)


def test_a_record_never_changes() -> None:
    reason = HoldReason(code="held", detail="why")
    with pytest.raises(ValidationError):
        reason.code = "other"  # type: ignore[misc]
