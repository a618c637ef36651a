"""Documents that are dunned, listed: where each stands, which steps fall due, and which services may be stopped."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, select

from billing.dunning.dunning_query import DunningQuery, DunningState
from billing.dunning.known.store import KnownDunning, known_dunning
from billing.dunning.steps import DunningLook, due_day, look, step_at
from billing.dunning.tables import DunningRow, DunningStepRow
from billing.receivables.issued import document
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.tables import InvoiceRow
from contracts import store as contracts
from contracts.dunning_terms import DunningKind
from contracts.tables import ContractRow, PartyRow
from metering.log.list_page import Listing
from quantities.errors import NotFound
from quantities.listing import ListPage
from quantities.period import zone


class NotDunned(NotFound):
    """The document's contract says nothing of late payment."""


@dataclass(frozen=True, slots=True)
class ListedDunning:
    """A document's dunning: what is known of it, where it stands today, and all its steps, withdrawn ones too."""

    known: KnownDunning
    standing: PaymentStanding
    steps: tuple[DunningStepRow, ...]


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step that falls due on a day, as things stand."""

    known: KnownDunning
    on: date
    kind: DunningKind


@dataclass(frozen=True, slots=True)
class KnownService:
    """A contract, since when its service may be stopped, and for which documents; without any it goes on."""

    contract: str
    since: datetime | None
    documents: tuple[str, ...]


def dunning_row(session: Session, number: str, supplier: str | None) -> DunningRow:
    """Find the row of an issued document.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        NotDunned: its contract has no steps.
    """
    invoice = document(session, number, supplier)
    row = session.exec(select(DunningRow).where(DunningRow.invoice_id == invoice.id)).one_or_none()
    if row is None:
        detail = f"{number} was issued by a contract that has no steps of dunning, or claims nothing"
        raise NotDunned(detail, found=number, expected="`invoicing: {dunning: {steps: …}}` of the contract")
    return row


def dunning_of(session: Session, number: str, supplier: str | None, now: datetime) -> ListedDunning:
    """Read the dunning of a document.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, NotDunned: as ``dunning_row``.
    """
    (listed,) = _listed(session, [dunning_row(session, number, supplier)], now)
    return listed


def dunning_listed(session: Session, query: DunningQuery, now: datetime) -> ListPage[ListedDunning]:
    """List documents in pages, those issued first first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_listed(session, [row[0] for row in page.rows], now)))


def _listed(session: Session, rows: Sequence[DunningRow], now: datetime) -> list[ListedDunning]:
    known = known_dunning(session, rows, now)
    stands = standings_now(session, [one.invoice for one in known], now)
    steps: dict[int, list[DunningStepRow]] = defaultdict(list)
    row = DunningStepRow
    chosen = select(row).where(col(row.invoice_id).in_([one.invoice.id for one in known])).order_by(col(row.id))
    for step in session.exec(chosen.execution_options(populate_existing=True)):
        steps[step.invoice_id].append(step)
    return [ListedDunning(one, stands[one.invoice.id], tuple(steps[one.invoice.id])) for one in known]


def due_steps(session: Session, until: date, now: datetime) -> list[DueStep]:
    """List the steps that fall due by a day as things stand: of each document the next one, the earliest first."""
    row = DunningRow
    end = datetime.combine(until + timedelta(days=1), time(12), zone("UTC"))  # no zone's day begins later
    chosen = select(row).where(col(row.next_at).is_not(None), col(row.next_at) < end).order_by(col(row.id))
    due = list[DueStep]()
    for known in known_dunning(session, session.exec(chosen).all(), now):
        seen = look(known.late, known.terms, known.today)
        on = _due_on(known, seen)
        if on is None or on > until:
            continue
        place = len(known.late.steps) - len(seen.withdrawn)
        due.append(DueStep(known, on, step_at(known.terms, place).kind))
    return sorted(due, key=lambda one: (one.on, one.known.row.id))


def _due_on(known: KnownDunning, seen: DunningLook) -> date | None:
    """Name the day of the next step, which the next look is often before: on the day after the issue, or a charge."""
    if seen.step is not None or seen.next_on is None:
        return None if seen.step is None else known.today
    standing = [step for step in known.late.steps if step not in seen.withdrawn]
    place = len(standing)
    if place >= len(known.terms.steps):
        return seen.next_on
    return max(seen.next_on, due_day(known.late, standing, known.terms, place))


def service_of(session: Session, reference: str) -> KnownService:
    """Say whether the service of a contract may be stopped.

    Raises:
        UnknownContract: there is none of that reference here.
    """
    contracts.latest(session, reference)
    of_contract = select(ContractRow.id).where(ContractRow.reference == reference).scalar_subquery()
    row, bill = DunningRow, InvoiceRow
    within = select(col(bill.within_id)).where(bill.contract_id == of_contract, col(bill.within_id).is_not(None))
    own = select(col(bill.id)).where(bill.contract_id == of_contract)
    stopped = select(row, bill).where(
        col(row.stopped_at).is_not(None),
        bill.id == row.invoice_id,
        bill.tenant == row.tenant,
        col(row.invoice_id).in_(own) | col(row.invoice_id).in_(within),
    )
    rows = session.exec(stopped.order_by(col(row.id))).all()
    since = min((one.stopped_at for one, _ in rows if one.stopped_at is not None), default=None)
    return KnownService(reference, since, tuple(invoice.number or "" for _, invoice in rows))


def _in_state(state: DunningState) -> ColumnElement[bool]:
    begun = select(DunningStepRow.id).where(
        DunningStepRow.invoice_id == DunningRow.invoice_id, col(DunningStepRow.withdrawn_id).is_(None)
    )
    conditions: Mapping[DunningState, ColumnElement[bool]] = {
        DunningState.BEGUN: begun.correlate(DunningRow).exists(),
        DunningState.HELD: col(DunningRow.held) != "",
        DunningState.STOPPED: col(DunningRow.stopped_at).is_not(None),
    }
    return conditions.get(state, true())


def _of_customer(name: str) -> ColumnElement[bool]:
    if not name:
        return true()
    return col(DunningRow.customer_id) == select(PartyRow.id).where(PartyRow.name == name).scalar_subquery()


_STATEMENT: Any = select(DunningRow)
_LISTING = Listing(
    statement=_STATEMENT,
    key=col(DunningRow.id),
    sorts={"dunning": col(DunningRow.id)},
    filters={"state": _in_state, "customer": _of_customer},
    named="dunning",
)
