"""Rows ⇄ values of what is asked of a state: all that is due, once, whoever asks at the same time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select as columns
from sqlalchemy import text
from sqlmodel import Session, col, select

from billing.clearance import store
from billing.clearance.asking.due_documents import (
    DueDocument,
    ExemptDocument,
    HeldDocument,
    for_fapiao,
    for_ksef,
    held,
    is_red,
    sifted,
    together,
)
from billing.clearance.duty import duty_of
from billing.clearance.fapiao import store as reds
from billing.clearance.ksef.kinds import CitedInKsef, KsefKind
from billing.clearance.life import Authority, ClearanceStatus
from billing.clearance.port import ClearancePort, FapiaoFiles, KsefFiles, ToClear
from billing.clearance.refusals import QuotaExceeded
from billing.clearance.store import Recorder
from billing.documents.model.load import business_document, payee_business_document
from billing.invoices.store import billed
from billing.tables import ClearanceDocumentRow, ClearanceRow, PayeeDocumentRow
from metering.tables import within_tenant
from quantities.errors import UsufructError
from quantities.number import plain

#: By which an authority is reached.
PORTS: Mapping[Authority, ClearancePort] = {Authority.KSEF: KsefFiles(), Authority.FAPIAO: FapiaoFiles()}
_BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class AskedFile:
    """A file that was made, with our documents in it."""

    key: int
    name: str
    media_type: str
    sha256: str
    documents: tuple[str, ...]


@dataclass(slots=True)
class AskedOfState:
    """What came of asking.

    Attributes:
        files: that were made, to be handed in.
        held: documents that are due and cannot be written.
        exempt: documents that the state does not clear.
    """

    files: list[AskedFile] = field(default_factory=list)
    held: list[HeldDocument] = field(default_factory=list)
    exempt: list[ExemptDocument] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asking:
    """How a state is asked.

    Attributes:
        offline: of KSeF: the documents are issued offline and handed in by the next working day.
        by_customer: of China: documents to one customer become one fapiao.
        quota: of China: what the month allows the seller in all, without tax; without it the one stated last.
    """

    offline: bool = False
    by_customer: bool = False
    quota: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    due: tuple[DueDocument, ...]
    wanted: ToClear
    confirmation: int | None = None


def ask(session: Session, authority: Authority, asking: Asking, recorder: Recorder) -> AskedOfState:
    """Make the files of all documents that are due; what cannot be written is held, and the rest goes out.

    Args:
        session: states the tenant.
        authority: that clears.
        asking: how it is asked.
        recorder: who asks, and when.

    Raises:
        QuotaExceeded: the month's quota of a seller does not suffice for all of it.
    """
    store.lock_clearances(session, authority)
    outcome = AskedOfState()
    due, outcome.exempt = sifted(_due(session, authority), duty_of(authority))
    if authority is Authority.KSEF:
        written = list(_for_ksef(session, due, asking, recorder.at, outcome))
    else:
        written = [*_for_fapiao(due, asking, outcome), *_red(session, due, recorder.at, outcome)]
        _refuse_beyond_quota(session, written, asking.quota, recorder.at)
    rows = [_save(session, authority, one, asking, recorder) for one in written]
    batch = [(row.id, one.wanted) for row, one in zip(rows, written, strict=True)]
    by_key = {row.id: row for row in rows}
    for file in PORTS[authority].submit(batch, recorder.at):
        key = store.save_file(session, authority, "out", (file.name, file.media_type, file.content), recorder)
        for of_file in file.keys:
            by_key[of_file].file_id = key
            session.add(by_key[of_file])
        session.flush()
        for of_file in file.keys:
            store.add_event(session, of_file, ClearanceStatus.ASKED.value, recorder, file_id=key)
        numbers = [one.number for k, wanted in batch if k in file.keys for one in wanted.documents]
        digest = store.find_file(session, authority, key).sha256.hex()
        outcome.files.append(AskedFile(key, file.name, file.media_type, digest, tuple(dict.fromkeys(numbers))))
    return outcome


def _due(session: Session, authority: Authority) -> Iterator[DueDocument]:
    """Read what of a country's sellers is not asked for yet, or not all of it, oldest first."""
    duty = duty_of(authority)
    asked = {"country": duty.country, "since": duty.since}
    stored = billed(session, session.execute(_INVOICES, asked).scalars())
    held_lines = _held_lines(session, col(ClearanceDocumentRow.invoice_id), [one.row.id for one in stored])
    for one in stored:
        document = store.with_clearances(session, business_document(session, one), one.row.issuer_id)
        lines = held_lines.get(one.row.id, frozenset())
        yield DueDocument(document, one.row.issuer_id, one.row.customer_id, invoice_id=one.row.id, held_lines=lines)
    keys = list(session.execute(_DOCUMENTS_OF_PAYEES, asked).scalars())
    held_lines = _held_lines(session, col(ClearanceDocumentRow.payee_document_id), keys)
    rows = select(PayeeDocumentRow).where(col(PayeeDocumentRow.id).in_(keys)).order_by(col(PayeeDocumentRow.id))
    for row in session.exec(rows):
        document = store.with_clearances(session, payee_business_document(session, row), row.issuer_id)
        lines = held_lines.get(row.id, frozenset())
        yield DueDocument(document, row.issuer_id, row.payee_id, payee_document_id=row.id, held_lines=lines)


def _held_lines(session: Session, column: Any, keys: Sequence[int]) -> dict[int, frozenset[int]]:
    """The positions of lines that a clearance holds, by the key of their document."""
    chosen = (
        columns(column, col(ClearanceDocumentRow.lines))
        .join(ClearanceRow, within_tenant(ClearanceRow.id, ClearanceDocumentRow.clearance_id))
        .where(
            column.in_(keys), col(ClearanceRow.status).in_([one.value for one in ClearanceStatus if one.holds_document])
        )
    )
    held_lines: dict[int, frozenset[int]] = {}
    for key, lines in session.execute(chosen):
        held_lines[key] = held_lines.get(key, frozenset()) | frozenset(lines)
    return held_lines


# text: the country stands within the record of what a document was made of; what was refused or withdrawn is looked at
# again, for a part of a document may be held by another clearance
_INVOICES = text(
    """
    select i.id from invoice i
    where i.number is not null and i.voided_on is null and i.within_id is null and not i.came_to_nothing
      and i.issued_on >= :since and i.inputs -> 'supplier' ->> 'country' = :country
      and (not exists (select from clearance_document d where d.tenant = i.tenant and d.invoice_id = i.id)
        or exists (
            select from clearance_document d join clearance c on c.tenant = d.tenant and c.id = d.clearance_id
            where d.tenant = i.tenant and d.invoice_id = i.id and c.status in ('refused', 'withdrawn')))
    order by i.id
    """
)
# text: the same of what is between the supplier and payees
_DOCUMENTS_OF_PAYEES = text(
    """
    select i.id from payee_document i
    where i.voided_on is null and i.issued_on >= :since and i.content -> 'seller' ->> 'country' = :country
      and (not exists (select from clearance_document d where d.tenant = i.tenant and d.payee_document_id = i.id)
        or exists (
            select from clearance_document d join clearance c on c.tenant = d.tenant and c.id = d.clearance_id
            where d.tenant = i.tenant and d.payee_document_id = i.id and c.status in ('refused', 'withdrawn')))
    order by i.id
    """
)


def _for_ksef(
    session: Session, due: Iterable[DueDocument], asking: Asking, made_at: datetime, outcome: AskedOfState
) -> Iterator[_Written]:
    for one in due:
        if one.held_lines:
            continue
        document = one.document
        numbered = store.numbers_of(session, one.issuer_id, [before.number for before in document.preceding])
        cited = {number: CitedInKsef(row.number or "", KsefKind(row.kind)) for number, (*_, row) in numbered.items()}
        try:
            store.refuse_what_waits(session, document, one.issuer_id)
            yield _Written((one,), for_ksef(document, made_at, cited, offline=asking.offline))
        except UsufructError as refusal:
            outcome.held.append(held(document.number, refusal))


def _for_fapiao(due: Iterable[DueDocument], asking: Asking, outcome: AskedOfState) -> Iterator[_Written]:
    blue = []
    for one in due:
        if is_red(one.document):
            continue
        try:
            wanted = for_fapiao([one])
        except UsufructError as refusal:
            outcome.held.append(held(one.document.number, refusal))
        else:
            blue += [one] if wanted else []
    for group in together(blue, by_customer=asking.by_customer):
        for part in for_fapiao(group):
            yield _Written(tuple(group), part)


def _red(session: Session, due: Iterable[DueDocument], now: datetime, outcome: AskedOfState) -> Iterator[_Written]:
    for one in due:
        if not is_red(one.document) or one.invoice_id is None:
            continue
        try:
            for key, wanted in reds.red_fapiao_of(session, one.document, one.invoice_id, now):
                yield _Written((one,), wanted, key)
        except UsufructError as refusal:
            outcome.held.append(held(one.document.number, refusal))


def _refuse_beyond_quota(session: Session, written: Sequence[_Written], quota: Decimal | None, at: datetime) -> None:
    month = _month(at)
    for issuer_id, seller in dict.fromkeys((one.due[0].issuer_id, one.wanted.seller) for one in written):
        used, stated = store.used_in_month(session, issuer_id, seller, month)
        allowed = stated if quota is None else quota
        asked = sum((one.wanted.net for one in written if one.wanted.seller == seller), Decimal(0))
        if allowed is not None and used + asked > allowed:
            detail = f"{plain(asked)} are asked for in {month}; {plain(used)} of {plain(allowed)} are used"
            expected = f"{plain(allowed - used)} at most"
            raise QuotaExceeded(detail, place="quota", found=plain(asked), expected=expected)


def _month(at: datetime) -> str:
    return f"{at.astimezone(_BEIJING):%Y-%m}"


def _save(
    session: Session, authority: Authority, written: _Written, asking: Asking, recorder: Recorder
) -> ClearanceRow:
    wanted, first = written.wanted, written.due[0]
    row = ClearanceRow(
        authority=authority.value,
        kind=wanted.kind,
        status=ClearanceStatus.ASKED.value,
        issuer_id=first.issuer_id,
        customer_id=first.customer_id,
        seller=wanted.seller,
        currency=first.document.currency,
        net=wanted.net,
        tax=wanted.tax,
        month=_month(recorder.at),
        quota=asking.quota if authority is Authority.FAPIAO else None,
        hand_in_by=wanted.hand_in_by,
        asked_by=recorder.by,
        asked_at=recorder.at,
    )
    session.add(row)
    session.flush()
    by_number = {one.document.number: one for one in written.due}
    for covered in wanted.documents:
        due = by_number[covered.number]
        session.add(
            ClearanceDocumentRow(
                clearance_id=row.id,
                number=covered.number,
                customer_id=due.customer_id,
                invoice_id=due.invoice_id,
                payee_document_id=due.payee_document_id,
                lines=list(covered.lines),
            )
        )
    session.flush()
    if written.confirmation is not None:
        reds.use(session, written.confirmation, row.id)
    return row
