"""Stored documents: those of every release load, and are written as they were read.

tests/golden/metering_records/N/ holds documents as a release with schema N wrote them, by kind and by what they are. A
folder that is there is never written again, for it is what customers have: a new schema adds its own.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.records.document import DOCUMENT_SCHEMA, NewerSchema, StoredDocument, read_document, write_document
from metering.records.file_reading import FileReading, storable_dialect, storable_statements
from metering.records.sender_options import SenderOptions
from metering.tables import BatchRow, DocumentColumn, ReadingProfileRow

GOLDEN = Path(__file__).parents[2] / "golden" / "metering_records"
KINDS: dict[str, type[StoredDocument]] = {"file_reading": FileReading, "sender_options": SenderOptions}
DOCUMENTS = [
    pytest.param(KINDS[path.stem], stored, id=f"{path.parent.name}-{path.stem}-{what}")
    for path in sorted(GOLDEN.glob("*/*.json"))
    for what, stored in json.loads(path.read_text(encoding="utf-8")).items()
]


@pytest.mark.parametrize(("kind", "stored"), DOCUMENTS)
def test_a_document_of_any_release_is_read_and_written_alike(
    kind: type[StoredDocument], stored: dict[str, Any]
) -> None:
    assert write_document(read_document(kind, stored)) == stored


def test_the_newest_folder_is_of_the_newest_schema_and_every_column_of_documents_has_its_file() -> None:
    newest = GOLDEN / str(DOCUMENT_SCHEMA)
    assert {path.stem for path in newest.iterdir()} == set(KINDS)
    columns = [
        column.type.kind
        for row in (BatchRow, ReadingProfileRow)
        for column in row.__table__.columns  # type: ignore[union-attr]
        if isinstance(column.type, DocumentColumn)
    ]
    assert set(columns) == set(KINDS.values())


def test_texts_of_a_file_are_kept_as_the_database_can_store_them() -> None:
    odd = HowRead(Aspect.VALUE, "x" * 501, Basis.STATED, "line\x00 1", "half a \ud800 character")
    (kept,) = storable_statements((odd,))
    assert (kept.taken, kept.where, kept.column) == ("x" * 499 + "…", "line␀ 1", "half a ? character")
    assert len(storable_statements((odd,) * 1001)) == 1000
    assert storable_dialect({"header": "a\x00"}) == {"header": "a␀"}


@pytest.mark.parametrize(
    ("stored", "refusal"),
    [
        pytest.param({"schema": 2, "decimal": "comma"}, NewerSchema, id="of a newer release"),
        pytest.param({"schema": 1, "decimals": "comma"}, ValidationError, id="an unknown key"),
        pytest.param({"schema": 1, "header_line": "nine"}, ValidationError, id="another type"),
    ],
)
def test_what_is_no_document_is_refused(stored: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read_document(SenderOptions, stored)
