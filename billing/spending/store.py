"""Rows ⇄ values of what is spent: what is billed of it, what was known at a look, which thresholds are reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, text
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from billing.advances.store import ClaimingContract
from billing.due.pauses.store import is_held_back
from billing.spending.alert_query import AlertQuery, AlertState
from billing.spending.measured import SPENT, SpentLine, ThresholdReading, percent_of
from billing.spending.tables import SpendingAlertRow, SpendingLookRow
from contracts.contract import Contract
from contracts.delivery_terms import DeliveryWay
from contracts.spending_terms import ToldBy
from contracts.tables import ContractRow
from metering.fleet.store import registers
from metering.log.list_page import Listing
from metering.tables import within_tenant
from quantities.errors import NotFound
from quantities.listing import ListPage


class UnknownAlert(NotFound):
    """There is no alert of that number here."""


class MailState(StrEnum):
    """Where the mail about an alert stands; ``unknown`` is not sent again by itself."""

    NONE = "none"
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


def due_contracts(session: Session, now: datetime, at_most: int) -> Sequence[int]:
    """Name the contracts whose spending is to be looked at, the longest due first."""
    row = SpendingLookRow
    due = select(row.contract_id).where(col(row.next_at) <= now)
    due = due.where(~is_held_back(col(row.tenant), ["spend"], col(row.contract_id), now))
    return session.exec(due.order_by(col(row.next_at), col(row.contract_id)).limit(at_most)).all()


def fingerprint(session: Session, of: ClaimingContract, known: int, watermark: int) -> tuple[str, bool]:
    """Write down what a look would know besides readings: another text, and there is something to look at.

    Args:
        session: states the tenant.
        of: the contract.
        known: the watermark of the last look.
        watermark: that of now.

    Returns:
        The text; and whether readings of its registers are new.
    """
    contract_id = of.newest.contract_id
    keys = {key for version in of.versions for key in version.contract.registers}
    series = [one for register in registers(session, keys).values() for one in register.all_series]
    asked = {"contract": contract_id, "series": series, "known": known, "watermark": watermark}
    touched, documents, voided, payments = session.execute(_KNOWN, asked).one()
    versions = ",".join(str(version.id) for version in of.versions)
    return f"{of.today} {versions} {documents} {voided} {payments}", bool(touched)


# text: four looks by indexes in one statement
_KNOWN = text(
    """
    select exists (select from batch_touch
                   where series = any(:series) and batch > :known and batch <= :watermark),
           (select coalesce(max(id), 0) from invoice where contract_id = :contract),
           (select count(*) from invoice where contract_id = :contract and counts_until is not null),
           (select coalesce(max(a.id), 0) from payment_allocation a
            join invoice i on i.tenant = a.tenant and i.id = a.invoice_id
            where i.contract_id = :contract and i.kind = 'advance')
    """
)


def billed_lines(session: Session, contract_id: int, first: date, after_last: date) -> list[SpentLine]:
    """Add up what documents that count bill for services that begin on some days, by charge, day and unit."""
    asked = {"contract": contract_id, "first": first, "after_last": after_last, "natures": [one.value for one in SPENT]}
    return [SpentLine(*row) for row in session.execute(_BILLED, asked)]


# text: sums over lines, found by the documents of a contract
_BILLED = text(
    """
    select l.charge, l.service_first, l.unit, sum(l.quantity), sum(l.net)
    from invoice i join invoice_line l on l.tenant = i.tenant and l.invoice_id = i.id
    where i.contract_id = :contract and i.number is not null and i.counts_until is null and i.kind <> 'advance'
      and l.nature = any(:natures) and l.service_first >= :first and l.service_first < :after_last
    group by l.charge, l.service_first, l.unit
    """
)


def note_readings(
    session: Session, of: ClaimingContract, read: Sequence[ThresholdReading], watermark: int
) -> list[int]:
    """Note thresholds that are reached for the first time in their window, and bring noted ones up to date.

    Returns:
        The keys of those noted now, in order.
    """
    firsts = {one.window.first for one in read}
    known = {
        (row.threshold_name, row.first): row
        for row in session.exec(
            select(SpendingAlertRow).where(
                SpendingAlertRow.contract_id == of.newest.contract_id, col(SpendingAlertRow.first).in_(firsts)
            )
        )
    }
    fired: list[int] = []
    for one in read:
        row = known.get((one.threshold.name, one.window.first))
        if row is not None:
            if row.now_reading != one.reading:
                row.now_reading, row.looked_at = one.reading, of.at
        elif one.is_reached:
            new = _row(of, one, watermark)
            session.add(new)
            session.flush()
            fired.append(new.id)
    session.flush()
    return fired


def _row(of: ClaimingContract, one: ThresholdReading, watermark: int) -> SpendingAlertRow:
    contract = of.version.contract
    mail_to = mail_addresses(contract) if ToldBy.MAIL in one.threshold.tell else ()
    return SpendingAlertRow(
        contract_id=of.newest.contract_id,
        customer_id=of.version.customer_id,
        kind=one.threshold.kind,
        threshold_name=one.threshold.name,
        charge=one.threshold.charge,
        per=one.window.per.value,
        first=one.window.first,
        after_last=one.window.after_last,
        unit=one.threshold.unit or contract.currency,
        threshold=one.threshold.value,
        reading=one.reading,
        now_reading=one.reading,
        watermark=watermark,
        is_late=one.window.after_last <= of.today,
        fired_at=of.at,
        looked_at=of.at,
        mail_to=list(mail_to),
        mail_state=(MailState.DUE if mail_to else MailState.NONE).value,
        mail_next_at=of.at if mail_to else None,
    )


def mail_addresses(contract: Contract) -> tuple[str, ...]:
    """Name the addresses to which a customer's documents are mailed; none where they leave by another way."""
    delivery = contract.invoicing.delivery
    if delivery is None or delivery.way not in {DeliveryWay.MAIL, DeliveryWay.LINK}:
        return ()
    return delivery.to


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """A threshold that was reached.

    Attributes:
        id: its key.
        contract: by reference.
        kind: ``alert`` or ``cap``.
        threshold_name: what it is.
        charge: of which; empty of all.
        per: over which window.
        first: the first day of the window.
        after_last: the day after the last one.
        unit: of what follows: of an amount the currency.
        threshold: that was reached.
        reading: as it was then.
        now_reading: as it was at the last look.
        is_late: whether the window had ended by then.
        fired_at: when.
        looked_at: when the reading moved last.
        mail_state: where the mail about it stands.
        mail_to: its addresses.
        mail_detail: why it was not sent.
    """

    id: int
    contract: str
    kind: str
    threshold_name: str
    charge: str
    per: str
    first: date
    after_last: date
    unit: str
    threshold: Decimal
    reading: Decimal
    now_reading: Decimal
    is_late: bool
    fired_at: datetime
    looked_at: datetime
    mail_state: str
    mail_to: tuple[str, ...]
    mail_detail: str

    @property
    def state(self) -> AlertState:
        """Whether the threshold is still reached."""
        return AlertState.REACHED if self.now_reading >= self.threshold else AlertState.BELOW_AGAIN

    @property
    def percent(self) -> Decimal:
        """How far the reading of now has come, in percent of the threshold."""
        return percent_of(self.now_reading, self.threshold)


def _in_state(state: AlertState) -> ColumnElement[bool]:
    is_reached = col(SpendingAlertRow.now_reading) >= col(SpendingAlertRow.threshold)
    return is_reached if state is AlertState.REACHED else ~is_reached


_LISTING = Listing(
    statement=columns(col(SpendingAlertRow.id)),
    key=col(SpendingAlertRow.id),
    sorts={"alert": col(SpendingAlertRow.id)},
    filters={
        "state": _in_state,
        "contract": lambda reference: (
            col(SpendingAlertRow.contract_id)
            == select(ContractRow.id).where(ContractRow.reference == reference).scalar_subquery()
        ),
    },
    named="alert",
)


def listed(session: Session, query: AlertQuery) -> ListPage[KnownAlert]:
    """List alerts in pages, oldest first.

    Raises:
        UnknownSort, UnknownPage: there is no such order, or place in it.
    """
    page = _LISTING.page(session, query)
    return page.of(tuple(_known(session, [row.id for row in page.rows])))


def find(session: Session, alert: int) -> KnownAlert:
    """Find an alert.

    Raises:
        UnknownAlert: there is none of that number.
    """
    known = _known(session, [alert])
    if not known:
        raise UnknownAlert(f"there is no alert {alert} here", found=alert)
    return known[0]


def _known(session: Session, keys: Sequence[int]) -> list[KnownAlert]:
    row = SpendingAlertRow
    chosen = (
        select(row, col(ContractRow.reference))
        .join(ContractRow, within_tenant(ContractRow.id, row.contract_id))
        .where(col(row.id).in_(keys))
        .order_by(col(row.id))
    )
    own = [name for name in KnownAlert.__dataclass_fields__ if name not in {"contract", "mail_to"}]
    return [
        KnownAlert(contract=reference, mail_to=tuple(one.mail_to), **{name: getattr(one, name) for name in own})
        for one, reference in session.exec(chosen)
    ]
