"""Rows ⇄ values of pauses: made by a person with a reason, until a day or until they are ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, col, select

from billing.dunning.tables import DunningPauseRow, DunningRow
from billing.receivables.issued import UnknownAccount, by_key, document, today_of
from billing.receivables.store import party_names
from contracts.tables import PartyRow
from metering.tables import STATED_IDENTITY
from quantities.errors import Conflict, Invalid, NotFound


class UnknownDunningPause(NotFound):
    """There is no pause of that number here."""


class PauseEnded(Conflict):
    """The pause has ended already."""


class PauseDaysReversed(Invalid):
    """The pause would end before it begins."""


@dataclass(frozen=True, slots=True)
class NewPause:
    """A pause as a person asks for it.

    Attributes:
        customer: of all that it owes, by name; empty where a document is named.
        document: of this one alone, by its number; empty of all.
        supplier: whose document, where several have one of that number.
        until: the last day; None: until it is ended.
        defers: whether what is owed is put off, and bears no interest meanwhile.
        reason: why.
    """

    customer: str
    document: str
    supplier: str | None
    until: date | None
    defers: bool
    reason: str


@dataclass(frozen=True, slots=True)
class KnownDunningPause:
    """A pause as it stands.

    Attributes:
        id: its number.
        customer: whose, by name.
        document: of this one alone; empty of all that the customer owes.
        defers: whether what is owed is put off.
        reason: why.
        first: the first day.
        until: the last one; None: until it is ended.
        made_by: by whom.
        made_at: when.
        ended_on: from when on it does not count; None while it does.
        ended_by: by whom.
    """

    id: int
    customer: str
    document: str
    defers: bool
    reason: str
    first: date
    until: date | None
    made_by: str
    made_at: datetime
    ended_on: date | None
    ended_by: str | None


def pause(session: Session, new: NewPause, *, by: str, at: datetime) -> KnownDunningPause:
    """Keep letters back, or put off what is owed, from today on in the supplier's books.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        UnknownAccount: there is no such customer.
        PauseDaysReversed: its last day has passed.
    """
    invoice = document(session, new.document, new.supplier) if new.document else None
    customer_id = _customer(session, new.customer) if invoice is None else invoice.customer_id
    today = at.date() if invoice is None else today_of(invoice, at)
    if new.until is not None and new.until < today:
        detail = f"{new.until} is before {today}, the day in the supplier's books"
        raise PauseDaysReversed(detail, place="/until", found=str(new.until), expected=f"{today} or later")
    row = DunningPauseRow(
        customer_id=customer_id,
        invoice_id=None if invoice is None else invoice.id,
        defers=new.defers,
        reason=new.reason,
        first=today,
        until=new.until,
        made_by=by,
        made_at=at,
    )
    session.add(row)
    session.flush()
    _look_again(session, row, at)
    return _known(session, [row])[0]


def end_pause(session: Session, key: int, *, by: str, at: datetime) -> KnownDunningPause:
    """End a pause: what it kept back is looked at at once.

    Raises:
        UnknownDunningPause: there is none of that number.
        PauseEnded: it has ended.
    """
    chosen = select(DunningPauseRow).where(DunningPauseRow.id == key).with_for_update()
    row = session.exec(chosen.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise UnknownDunningPause(f"there is no pause {key} here", found=key)
    if row.ended_on is not None:
        detail = f"pause {key} was ended on {row.ended_on} by {row.ended_by}"
        raise PauseEnded(detail, found=key, expected="a pause that goes on")
    invoice = None if row.invoice_id is None else by_key(session, [row.invoice_id])[row.invoice_id]
    row.ended_on, row.ended_by, row.ended_at = at.date() if invoice is None else today_of(invoice, at), by, at
    # text: who acts, as the database knows it
    row.ended_identity = text(STATED_IDENTITY)  # type: ignore[assignment]
    session.flush()
    _look_again(session, row, at)
    return _known(session, [row])[0]


def _look_again(session: Session, pause_: DunningPauseRow, at: datetime) -> None:
    """Have what a pause is of looked at at once."""
    row = DunningRow
    chosen = select(row).where(row.customer_id == pause_.customer_id)
    if pause_.invoice_id is not None:
        chosen = chosen.where(row.invoice_id == pause_.invoice_id)
    for one in session.exec(chosen.order_by(col(row.id)).with_for_update()):
        one.next_at = at
    session.flush()


def pauses(session: Session, customer: str | None = None) -> list[KnownDunningPause]:
    """List pauses, those of one customer or all, the first made first."""
    row = DunningPauseRow
    chosen = select(row)
    if customer is not None:
        chosen = chosen.where(row.customer_id == _customer(session, customer))
    return _known(session, session.exec(chosen.order_by(col(row.id))).all())


def _customer(session: Session, name: str) -> int:
    key = session.exec(select(PartyRow.id).where(PartyRow.name == name)).first()
    if key is None:
        raise UnknownAccount(f"there is no party {name!r} here", found=name, expected="a customer of a contract")
    return key


def _known(session: Session, rows: Sequence[DunningPauseRow]) -> list[KnownDunningPause]:
    names: Mapping[int, str] = party_names(session, {row.customer_id for row in rows})
    documents = by_key(session, {row.invoice_id for row in rows if row.invoice_id is not None})
    return [
        KnownDunningPause(
            id=row.id,
            customer=names.get(row.customer_id, ""),
            document="" if row.invoice_id is None else documents[row.invoice_id].number or "",
            defers=row.defers,
            reason=row.reason,
            first=row.first,
            until=row.until,
            made_by=row.made_by,
            made_at=row.made_at,
            ended_on=row.ended_on,
            ended_by=row.ended_by,
        )
        for row in rows
    ]
