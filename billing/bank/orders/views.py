"""What is told of orders to banks, their files and mandates, as JSON."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from billing.bank.mandates.mandate import DebitScheme, SequenceType, masked
from billing.bank.mandates.store import KnownMandate, MandateState
from billing.bank.order_files.prepare import PreparedOrders
from billing.bank.order_files.store import KnownOrderFile
from billing.bank.orders.payment_to_make import BankOrderState
from billing.bank.orders.recorded import ReportApplied
from billing.bank.orders.state import BankOrderHappening
from billing.bank.orders.store import KnownBankOrder
from quantities.money import Amount


class BankOrderEventOut(BaseModel):
    """What happened to an order to a bank."""

    model_config = ConfigDict(frozen=True)

    kind: BankOrderHappening
    at: datetime
    file: int | None
    entry: int | None
    payment: int | None
    amount: Amount | None
    detail: str
    by: str | None


class BankOrderOut(BaseModel):
    """What a bank is asked for: a debit of a customer, or a payment; of the account its ends alone."""

    model_config = ConfigDict(frozen=True)

    order: int
    reference: str
    purpose: str
    document: str
    supplier: str
    party: str
    currency: str
    amount: Amount | None
    scheme: DebitScheme | None
    sequence: SequenceType | None
    due_on: date
    day: date | None
    account: str
    holder: str
    state: BankOrderState
    held: str
    waits: bool
    file: int | None
    payment: int | None
    entry: int | None
    events: tuple[BankOrderEventOut, ...]


class OrderFileOut(BaseModel):
    """A file of orders: prepared by one person, taken by another, or cancelled."""

    model_config = ConfigDict(frozen=True)

    file: int
    message_id: str
    kind: str
    form: str
    supplier: str
    account: str
    currency: str
    count: int
    amount: Amount
    sha256: str
    checked: str
    state: str
    orders: tuple[int, ...]
    prepared_by: str
    prepared_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    cancelled_by: str | None
    cancelled_why: str | None


class HeldOrderOut(BaseModel):
    """An order that is not put into a file, and why."""

    model_config = ConfigDict(frozen=True)

    order: int
    why: str


class WrittenOtherwiseOut(BaseModel):
    """A name that has characters which banks do not take, and how it is written."""

    model_config = ConfigDict(frozen=True)

    name: str
    written: str


class PreparedOrdersOut(BaseModel):
    """What came of preparing files: which were made, and which orders are in none."""

    model_config = ConfigDict(frozen=True)

    files: tuple[OrderFileOut, ...]
    held: tuple[HeldOrderOut, ...]
    withdrawn: tuple[HeldOrderOut, ...]
    later: int
    otherwise: tuple[WrittenOtherwiseOut, ...]


class StatusReportOut(BaseModel):
    """What a report of a bank came to: orders that it refuses, and references that are none of ours."""

    model_config = ConfigDict(frozen=True)

    refused: tuple[int, ...]
    unknown: tuple[str, ...]


class MandateOut(BaseModel):
    """A mandate for direct debits; of the account its ends alone in a list."""

    model_config = ConfigDict(frozen=True)

    mandate: int
    reference: str
    supplier: str
    customer: str
    scheme: DebitScheme
    creditor_id: str
    signed_on: date
    account: str
    bic: str
    holder: str
    is_one_off: bool
    is_last: bool
    versions: int
    state: MandateState
    last_on: date | None
    dormant_on: date
    revoked_on: date | None
    revoked_why: str | None


def bank_order_out(known: KnownBankOrder) -> BankOrderOut:
    """Tell of an order."""
    return BankOrderOut(
        order=known.id,
        reference=known.reference,
        purpose=known.purpose,
        document=known.document,
        supplier=known.supplier,
        party=known.party,
        currency=known.currency,
        amount=known.amount,
        scheme=known.scheme,
        sequence=known.sequence,
        due_on=known.due_on,
        day=known.day,
        account=masked(known.account),
        holder=known.holder,
        state=known.state,
        held=known.held,
        waits=known.waits,
        file=known.file,
        payment=known.payment,
        entry=known.entry,
        events=tuple(
            BankOrderEventOut(
                kind=event.kind,
                at=event.at,
                file=event.file,
                entry=event.entry,
                payment=event.payment,
                amount=event.amount,
                detail=event.detail,
                by=event.by,
            )
            for event in known.events
        ),
    )


def order_file_out(known: KnownOrderFile) -> OrderFileOut:
    """Tell of a file."""
    return OrderFileOut(
        file=known.id,
        message_id=known.message_id,
        kind=known.kind,
        form=known.form,
        supplier=known.supplier,
        account=known.account,
        currency=known.currency,
        count=known.count,
        amount=known.amount,
        sha256=known.sha256,
        checked=known.checked,
        state=known.state,
        orders=known.orders,
        prepared_by=known.prepared_by,
        prepared_at=known.prepared_at,
        taken_by=known.taken_by,
        taken_at=known.taken_at,
        cancelled_by=known.cancelled_by,
        cancelled_why=known.cancelled_why,
    )


def prepared_orders_out(prepared: PreparedOrders) -> PreparedOrdersOut:
    """Tell what came of preparing."""
    return PreparedOrdersOut(
        files=tuple(order_file_out(file) for file in prepared.files),
        held=tuple(HeldOrderOut(order=order, why=why) for order, why in prepared.held),
        withdrawn=tuple(HeldOrderOut(order=order, why=why) for order, why in prepared.withdrawn),
        later=prepared.later,
        otherwise=tuple(WrittenOtherwiseOut(name=name, written=written) for name, written in prepared.otherwise),
    )


def status_report_out(applied: ReportApplied) -> StatusReportOut:
    """Tell what a report came to."""
    return StatusReportOut(refused=applied.refused, unknown=applied.unknown)


def mandate_out(known: KnownMandate, *, whole: bool) -> MandateOut:
    """Tell of a mandate; its account whole, or its ends alone."""
    return MandateOut(
        mandate=known.id,
        reference=known.version.reference,
        supplier=known.supplier,
        customer=known.customer,
        scheme=known.scheme,
        creditor_id=known.version.creditor_id,
        signed_on=known.signed_on,
        account=known.version.account if whole else masked(known.version.account),
        bic=known.version.bic,
        holder=known.version.holder,
        is_one_off=known.is_one_off,
        is_last=known.is_last,
        versions=known.versions,
        state=known.state,
        last_on=known.last_on,
        dormant_on=known.dormant_on,
        revoked_on=known.revoked_on,
        revoked_why=known.revoked_why,
    )
