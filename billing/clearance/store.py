"""Rows ⇄ values of clearances: found by document, file, number; and the steps of each, which are only added."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, func, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.clearance.clearance_query import ClearanceQuery
from billing.clearance.ksef.codes import KsefFile
from billing.clearance.life import Authority, ClearanceStatus, moved
from billing.clearance.refusals import CorrectedNotCleared
from billing.documents.model.business_document import BusinessDocument
from billing.tables import ClearanceDocumentRow, ClearanceEventRow, ClearanceFileRow, ClearanceRow
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.errors import NotFound
from quantities.listing import ListPage


class UnknownClearance(NotFound):
    """Nothing of that number or serial was asked for here."""


class UnknownClearanceFile(NotFound):
    """There is no file of that number here."""


@dataclass(frozen=True, slots=True)
class ClearanceStep:
    """A step as it was recorded, with the state's own words where it refused."""

    step: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KnownClearance:
    """What a state says of documents of ours.

    Attributes:
        row: its columns.
        documents: our numbers, each with the positions of its lines.
        steps: in order; empty for who may not see them.
        sha256: of the file by which it was asked for, in hexadecimal; empty for who may not see it.
    """

    row: ClearanceRow
    documents: Mapping[str, tuple[int, ...]]
    steps: tuple[ClearanceStep, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who records a step, and when."""

    by: str
    at: datetime


def lock_clearances(session: Session, authority: Authority) -> None:
    """Wait for whoever asks the same authority in the same tenant: so each document is asked for once."""
    session.execute(_LOCK, {"authority": authority.value})


# text: a lock by the name of what it is of
_LOCK = text(
    "select pg_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || ' clearance ' || :authority, 0))"
)


def save_file(
    session: Session, authority: Authority, direction: str, file: tuple[str, str, bytes], recorder: Recorder
) -> int:
    """Keep a file: its name, media type and bytes.

    Args:
        session: states the tenant.
        authority: whose.
        direction: ``out`` or ``in``.
        file: name, media type, bytes.
        recorder: who made or read it.

    Returns:
        Its key.
    """
    name, media_type, content = file
    row = ClearanceFileRow(
        authority=authority.value,
        direction=direction,
        name=name,
        media_type=media_type,
        content=content,
        sha256=sha256(content).digest(),
        recorded_by=recorder.by,
        recorded_at=recorder.at,
    )
    session.add(row)
    session.flush()
    return row.id


def find_file(session: Session, authority: Authority, key: int) -> ClearanceFileRow:
    """Find a file by its number.

    Raises:
        UnknownClearanceFile: there is none.
    """
    row = session.exec(
        select(ClearanceFileRow).where(ClearanceFileRow.id == key, ClearanceFileRow.authority == authority.value)
    ).first()
    if row is None:
        detail = f"{authority.value} has no file {key} here"
        raise UnknownClearanceFile(
            detail, place="file", found=str(key), expected="the number of a file of this authority"
        )
    return row


def made_file(session: Session, authority: Authority, key: int) -> tuple[ClearanceFileRow, tuple[str, ...]]:
    """Find a file that was made for a state, with the statuses of what it asks for, each once, by name.

    Raises:
        UnknownClearanceFile: there is none, or the state answered with it.
    """
    row = find_file(session, authority, key)
    if row.direction != "out":
        detail = f"file {key} is an answer of {authority.value}"
        expected = "the number of a file that was made for it"
        raise UnknownClearanceFile(detail, place="file", found=str(key), expected=expected)
    statuses = session.exec(select(ClearanceRow.status).where(ClearanceRow.file_id == key)).all()
    return row, tuple(sorted(set(statuses)))


def files_asked(session: Session, authority: Authority) -> list[int]:
    """List the files to which the state has not answered, the oldest first."""
    asked = ClearanceRow.authority == authority.value, ClearanceRow.status == ClearanceStatus.ASKED.value
    keys = session.exec(select(ClearanceRow.file_id).where(*asked, col(ClearanceRow.file_id).is_not(None)).distinct())
    return sorted(key for key in keys if key is not None)


def record_step(
    session: Session,
    row: ClearanceRow,
    step: ClearanceStatus,
    recorder: Recorder,
    *,
    reason: str = "",
    file_id: int | None = None,
) -> None:
    """Move a clearance by a step, and keep the step.

    Raises:
        ClearanceMoveRefused: it does not follow.
    """
    row.status = moved(ClearanceStatus(row.status), step).value
    session.add(row)
    session.flush()
    add_event(session, row.id, step.value, recorder, reason=reason, file_id=file_id)


def add_event(
    session: Session,
    clearance_id: int,
    step: str,
    recorder: Recorder,
    *,
    reason: str = "",
    file_id: int | None = None,
    confirmation_id: int | None = None,
) -> None:
    """Keep a step."""
    session.add(
        ClearanceEventRow(
            clearance_id=clearance_id,
            confirmation_id=confirmation_id,
            step=step,
            reason=reason,
            file_id=file_id,
            recorded_by=recorder.by,
            recorded_at=recorder.at,
        )
    )
    session.flush()


def withdraw_file(session: Session, authority: Authority, key: int, recorder: Recorder) -> list[KnownClearance]:
    """Say that a file was not handed in: all that it asks for is asked for anew by the next one.

    Raises:
        UnknownClearanceFile: there is none.
        ClearanceMoveRefused: the state has answered to something in it.
    """
    lock_clearances(session, authority)
    find_file(session, authority, key)
    of_file = select(ClearanceRow).where(ClearanceRow.file_id == key).with_for_update()
    rows = session.exec(of_file.order_by(col(ClearanceRow.id))).all()
    for row in rows:
        record_step(session, row, ClearanceStatus.WITHDRAWN, recorder)
    return known(session, rows)


def of_invoices(session: Session, invoice_ids: Collection[int], *, inside: bool = True) -> list[KnownClearance]:
    """List the clearances of invoices, oldest first.

    Args:
        session: states the tenant, and the party where a customer asks.
        invoice_ids: of the invoices.
        inside: with steps and files, which are the supplier's alone.
    """
    return _of(session, col(ClearanceDocumentRow.invoice_id).in_(sorted(invoice_ids)), inside=inside)


def of_payee_documents(session: Session, keys: Collection[int]) -> list[KnownClearance]:
    """List the clearances of documents between the supplier and payees, oldest first."""
    return _of(session, col(ClearanceDocumentRow.payee_document_id).in_(sorted(keys)), inside=True)


def _of(session: Session, condition: object, *, inside: bool) -> list[KnownClearance]:
    chosen = select(ClearanceRow).where(
        col(ClearanceRow.id).in_(columns(col(ClearanceDocumentRow.clearance_id)).where(condition))  # type: ignore[arg-type]
    )
    return known(session, session.exec(chosen.order_by(col(ClearanceRow.id))).all(), inside=inside)


def listed_clearances(session: Session, authority: Authority, query: ClearanceQuery) -> ListPage[KnownClearance]:
    """List the clearances of an authority in pages, the oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query, col(ClearanceRow.authority) == authority.value)
    return page.of(tuple(known(session, [row[0] for row in page.rows])))


def _in_status(status: ClearanceStatus) -> ColumnElement[bool]:
    return col(ClearanceRow.status) == status.value


_STATEMENT: Any = select(ClearanceRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(ClearanceRow.id),
    sorts={"clearance": col(ClearanceRow.id)},
    filters={"status": _in_status},
    named="clearance",
)


def known(session: Session, rows: Sequence[ClearanceRow], *, inside: bool = True) -> list[KnownClearance]:
    """Put clearances together with their documents; and with steps and files, for whoever is inside."""
    keys = [row.id for row in rows]
    documents: dict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
    row_of = ClearanceDocumentRow
    for one in session.exec(select(row_of).where(col(row_of.clearance_id).in_(keys)).order_by(col(row_of.number))):
        documents[one.clearance_id][one.number] = tuple(one.lines)
    if not inside:
        return [KnownClearance(row, documents[row.id]) for row in rows]
    steps: dict[int, list[ClearanceStep]] = defaultdict(list)
    event = ClearanceEventRow
    own = select(event).where(col(event.clearance_id).in_(keys), col(event.confirmation_id).is_(None))
    for of_clearance in session.exec(own.order_by(col(event.id))):
        step = ClearanceStep(of_clearance.step, of_clearance.reason, of_clearance.recorded_by, of_clearance.recorded_at)
        steps[of_clearance.clearance_id].append(step)
    file = ClearanceFileRow
    of_rows = columns(col(file.id), col(file.sha256)).where(col(file.id).in_([row.file_id for row in rows]))
    digests = {key: digest.hex() for key, digest in session.execute(of_rows)}
    return [
        KnownClearance(row, documents[row.id], tuple(steps[row.id]), digests.get(row.file_id or 0, "")) for row in rows
    ]


def numbers_of(session: Session, issuer_id: int, numbers: Collection[str]) -> dict[str, list[ClearanceRow]]:
    """Find the clearances with a number of an issuer's documents, by our number; oldest first.

    Args:
        session: states the tenant.
        issuer_id: whose documents.
        numbers: ours.
    """
    if not numbers:
        return {}
    document = ClearanceDocumentRow
    chosen = (
        select(ClearanceRow, document.number)
        .join(document, within_tenant(document.clearance_id, ClearanceRow.id))
        .where(ClearanceRow.issuer_id == issuer_id, col(document.number).in_(sorted(numbers)))
        .where(col(ClearanceRow.number).is_not(None))
        .order_by(col(ClearanceRow.id))
    )
    numbered: dict[str, list[ClearanceRow]] = defaultdict(list)
    for row, number in session.exec(chosen):
        numbered[number].append(row)
    return dict(numbered)


def with_clearances(session: Session, document: BusinessDocument, issuer_id: int) -> BusinessDocument:
    """Give the documents that a document corrects or settles the numbers that a state gave them.

    Args:
        session: states the tenant.
        document: of any country; where no state clears, it stays as it is.
        issuer_id: whose document it is.
    """
    numbered = numbers_of(session, issuer_id, [one.number for one in document.preceding])
    if not numbered:
        return document
    cited = {number: ", ".join(row.number or "" for row in rows) for number, rows in numbered.items()}
    preceding = (replace(one, clearance=cited.get(one.number, one.clearance)) for one in document.preceding)
    return replace(document, preceding=tuple(preceding))


def refuse_what_waits(session: Session, document: BusinessDocument, issuer_id: int) -> None:
    """Refuse a document whose earlier ones a state was asked about and has not numbered.

    Raises:
        CorrectedNotCleared: it names the first of them.
    """
    numbers = [one.number for one in document.preceding]
    row = ClearanceDocumentRow
    waiting = (
        columns(col(row.number))
        .join(ClearanceRow, within_tenant(ClearanceRow.id, row.clearance_id))
        .where(col(ClearanceRow.issuer_id) == issuer_id, col(row.number).in_(numbers))
        .where(col(ClearanceRow.status) == ClearanceStatus.ASKED.value)
    )
    first = session.execute(waiting.order_by(col(row.number)).limit(1)).scalar()
    if first is not None:
        detail = f"{document.number} refers to {first}, which has no number of the state yet"
        raise CorrectedNotCleared(detail, place="preceding", found=first, expected="the state's answer to it")


def ksef_file_of(
    session: Session, issued_on: date, *, invoice_id: int | None = None, payee_document_id: int | None = None
) -> KsefFile | None:
    """Say how the codes of a document name its file in KSeF (``ksef_codes``); None where none was made.

    Args:
        session: states the tenant.
        issued_on: its day of issue, P_1.
        invoice_id: of a customer's document.
        payee_document_id: of one between the supplier and a payee.
    """
    newest = _newest_in_ksef(session, invoice_id, payee_document_id)
    if newest is None:
        return None
    row, file = newest
    return KsefFile(row.seller, issued_on, file.sha256, row.number or "", offline=row.hand_in_by is not None)


def cleared_file_of(
    session: Session, *, invoice_id: int | None = None, payee_document_id: int | None = None
) -> ClearanceFileRow | None:
    """Find the file that KSeF has given its number to: the original of a document; None while there is no number."""
    newest = _newest_in_ksef(session, invoice_id, payee_document_id)
    return None if newest is None or newest[0].number is None else newest[1]


def _newest_in_ksef(
    session: Session, invoice_id: int | None, payee_document_id: int | None
) -> tuple[ClearanceRow, ClearanceFileRow] | None:
    column, key = (
        (ClearanceDocumentRow.payee_document_id, payee_document_id)
        if invoice_id is None
        else (ClearanceDocumentRow.invoice_id, invoice_id)
    )
    of_document = (
        select(ClearanceRow, ClearanceFileRow)
        .join(ClearanceDocumentRow, within_tenant(ClearanceDocumentRow.clearance_id, ClearanceRow.id))
        .join(ClearanceFileRow, within_tenant(ClearanceFileRow.id, ClearanceRow.file_id))
        .where(col(ClearanceRow.authority) == Authority.KSEF.value, col(column) == key)
        .where(col(ClearanceRow.status).in_([one.value for one in ClearanceStatus if one.holds_document]))
    )
    return session.exec(of_document.order_by(col(ClearanceRow.id).desc()).limit(1)).first()


def used_in_month(session: Session, issuer_id: int, seller: str, month: str) -> tuple[Decimal, Decimal | None]:
    """Say what of a month's quota is used by what holds its documents, and which quota was stated last.

    Args:
        session: states the tenant.
        issuer_id: the seller's key.
        seller: its number at the authority.
        month: as 2026-04.
    """
    of_month = columns(func.coalesce(func.sum(col(ClearanceRow.net)), Decimal(0))).where(
        col(ClearanceRow.authority) == Authority.FAPIAO.value, col(ClearanceRow.issuer_id) == issuer_id,
        col(ClearanceRow.seller) == seller, col(ClearanceRow.month) == month,
        col(ClearanceRow.status).in_([one.value for one in ClearanceStatus if one.holds_document]),
    )  # fmt: skip
    stated = columns(col(ClearanceRow.quota)).where(
        col(ClearanceRow.issuer_id) == issuer_id, col(ClearanceRow.seller) == seller, col(ClearanceRow.month) == month,
        col(ClearanceRow.quota).is_not(None),
    )  # fmt: skip
    used = session.execute(of_month).scalar_one()
    return used, session.execute(stated.order_by(col(ClearanceRow.id).desc()).limit(1)).scalar()
