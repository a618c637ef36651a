"""Replay of the archive: each stored original held against its digest, its document, and what was sent of it.

    bytes        the SHA-256 beside them is theirs
    document     number, day, currency and totals that an e-invoice says are those of the document
    report       it is of the same form, and has no errors
    sent         each attempt to send it wrote down the hash of what leaves: a stored original has it

The bytes are not made again: a later release may write a document otherwise, and what is stored wins.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.archive.facts import facts_of
from billing.proof.compare import Compared, Discrepancy, first_of_head
from billing.records.document_file import ValidationRecord
from billing.tables import (
    ClearanceDocumentRow,
    ClearanceFileRow,
    ClearanceRow,
    DeliveryEventRow,
    DeliveryRow,
    DocumentFileRow,
    InvoiceRow,
    PayeeDocumentRow,
)
from contracts.invoicing import InvoiceForm
from metering.tables import within_tenant

_BYTES = "the SHA-256 of its original"
_WITHOUT_XML = frozenset({InvoiceForm.PDF.value})


@dataclass(frozen=True, slots=True)
class _StoredFile:
    """A file that is the original of a document, or was handed in for it, with what stands beside it."""

    form: str
    sha256: str
    content: bytes
    report: ValidationRecord | None = None


def replay_originals(session: Session, invoice_ids: Iterable[int]) -> list[Discrepancy]:
    """Hold the stored originals of issued documents, and of payees' that came of them, against what they are of.

    Args:
        session: states the tenant.
        invoice_ids: of the customers' documents.

    Returns:
        Of each document the first thing that differs; nothing of one whose original nobody has asked for yet.
    """
    keys = sorted(set(invoice_ids))
    documents = session.exec(select(InvoiceRow).where(col(InvoiceRow.id).in_(keys)).order_by(col(InvoiceRow.id))).all()
    of_keys = col(InvoiceRow.id).in_(keys) | col(InvoiceRow.within_id).in_(keys)  # a payee's is of one contract's work
    works = {
        key for pair in session.exec(select(InvoiceRow.id, InvoiceRow.of_id).where(of_keys)) for key in pair if key
    }
    chosen = select(PayeeDocumentRow).where(col(PayeeDocumentRow.invoice_id).in_(works))
    of_payees = session.exec(chosen.order_by(col(PayeeDocumentRow.id))).all()
    return [*_replayed(session, "invoice_id", documents), *_replayed(session, "payee_document_id", of_payees)]


def _replayed(
    session: Session, column: str, documents: Sequence[InvoiceRow] | Sequence[PayeeDocumentRow]
) -> Iterator[Discrepancy]:
    """Hold the originals of documents against these; ``column`` is the one by which a row is of one of them."""
    keys = [row.id for row in documents]
    files, sent = _files(session, column, keys), _sent(session, column, keys)
    for row in documents:
        compared = _compared(row, files.get(row.id, []), sent.get(row.id, []))
        yield from first_of_head(row.number or "", compared)


def _compared(
    row: InvoiceRow | PayeeDocumentRow, files: Collection[_StoredFile], attempts: Collection[tuple[int, int, str]]
) -> Iterator[Compared]:
    for file in files:
        yield _BYTES, file.sha256, sha256(file.content).hexdigest()
        if file.report is not None:
            yield "the form of its report", file.report.form, file.form
            yield "the errors of its report", len(file.report.errors), 0
        if file.form not in _WITHOUT_XML:
            yield from _compared_facts(row, file)
    hashes = {file.sha256 for file in files}
    for delivery, attempt, digest in attempts:
        what = f"the original that delivery {delivery} sent at attempt {attempt}"
        yield what, digest, digest if digest in hashes else "none that is stored"


def _compared_facts(row: InvoiceRow | PayeeDocumentRow, file: _StoredFile) -> Iterator[Compared]:
    facts = facts_of(file.content)
    document = {
        "number": row.number,
        "issued_on": row.issued_on,
        "currency": row.currency,
        "net": abs(row.net),
        "gross": abs(row.gross),
    }
    yield f"whether its {file.form} can be read", True, bool(facts)
    for name, written in facts.items():
        yield f"the {name.replace('_', ' ')} in its {file.form}", written, document[name]


def _files(session: Session, column: str, keys: Collection[int]) -> Mapping[int, list[_StoredFile]]:
    """Read what is stored of documents: originals of ours, and files that a state has cleared or is asked to."""
    files: dict[int, list[_StoredFile]] = defaultdict(list)
    archived = select(DocumentFileRow).where(_of(DocumentFileRow, column).in_(keys))
    for row in session.exec(archived.order_by(col(DocumentFileRow.id))):
        files[getattr(row, column)].append(_StoredFile(row.form, row.sha256, row.content, row.report))
    handed_in = (
        columns(_of(ClearanceDocumentRow, column), ClearanceFileRow)
        .join(ClearanceRow, within_tenant(ClearanceRow.id, ClearanceDocumentRow.clearance_id))
        .join(ClearanceFileRow, within_tenant(ClearanceFileRow.id, ClearanceRow.file_id))
        .where(_of(ClearanceDocumentRow, column).in_(keys), col(ClearanceRow.authority) == InvoiceForm.KSEF.value)
        .order_by(col(ClearanceFileRow.id))
    )
    for key, row in session.execute(handed_in):
        files[key].append(_StoredFile(InvoiceForm.KSEF.value, row.sha256.hex(), row.content))
    return files


def _of(table: type[Any], column: str) -> Any:
    return col(getattr(table, column))


def _sent(session: Session, column: str, keys: Collection[int]) -> Mapping[int, list[tuple[int, int, str]]]:
    """Read of each document what attempts to send it wrote down: the delivery, the attempt, the hash."""
    event, sent = DeliveryEventRow, defaultdict[int, list[tuple[int, int, str]]](list)
    of = _of(DeliveryRow, column)
    chosen = (
        columns(of, col(event.delivery_id), col(event.attempt), col(event.original_sha256))
        .join(DeliveryRow, within_tenant(DeliveryRow.id, event.delivery_id))
        .where(of.in_(keys), col(event.original_sha256).is_not(None))
        .order_by(col(event.id))
    )
    for key, delivery, attempt, digest in session.execute(chosen):
        sent[key].append((delivery, attempt, digest or ""))
    return sent
