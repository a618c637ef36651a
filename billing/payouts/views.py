"""Views: what HTTP answers with and the commands print as JSON, of payouts, standings of payees, and their accounts."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from billing.payouts.payable import PayablePartKind
from billing.payouts.state import PayeePayoutState, PayoutHappening
from contracts.sharing.payout_terms import PaidOutBy
from quantities.money import Amount

if TYPE_CHECKING:  # loading them would cost a command that only lists
    from billing.payouts.connections.store import PayeeConnection
    from billing.payouts.standings import PayeeStanding
    from billing.payouts.store import KnownPayout


class PayoutLineOut(BaseModel):
    """What a payout has of a document; below zero it was taken off."""

    kind: PayablePartKind
    document: str
    amount: Amount


class PayoutEventOut(BaseModel):
    """What happened to a payout; `by` is null where the product itself did it."""

    kind: PayoutHappening
    at: datetime
    detail: str
    by: str | None


class PayoutOut(BaseModel):
    """A payout with its lines, and all that happened to it; a payee sees no events.

    Attributes:
        kind: `payout`, or `take_back` of an earlier one, which `of` names.
        amount: paid, or taken back; above zero.
        made_on: the day in the supplier's books by which it was worked out.
        order: the number of the order to the gateway.
        held: what it waits for.
        external: the gateway's name of it, or the bank's reference.
        prepared_by: who made it; null: the contract says so.
    """

    payout: int
    kind: str
    supplier: str
    payee: str
    by: PaidOutBy
    currency: str
    amount: Amount
    made_on: date
    of: int | None
    order: int | None
    state: PayeePayoutState
    held: str
    external: str
    paid_on: date | None
    prepared_by: str | None
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    lines: list[PayoutLineOut]
    events: list[PayoutEventOut]


def payout_out(known: "KnownPayout") -> PayoutOut:
    """Show a payout."""
    return PayoutOut(
        payout=known.id,
        kind=known.kind,
        supplier=known.supplier,
        payee=known.payee,
        by=known.by,
        currency=known.currency,
        amount=known.amount,
        made_on=known.made_on,
        of=known.of,
        order=known.order,
        state=known.state,
        held=known.held,
        external=known.external,
        paid_on=known.paid_on,
        prepared_by=known.prepared_by,
        prepared_at=known.prepared_at,
        released_by=known.released_by,
        released_at=known.released_at,
        lines=[PayoutLineOut(kind=line.kind, document=line.number, amount=line.amount) for line in known.lines],
        events=[
            PayoutEventOut(kind=event.kind, at=event.at, detail=event.detail, by=event.by) for event in known.events
        ],
    )


class PayablePartOut(BaseModel):
    """Where a part of what a payee is owed stands; a commission and a fee are below zero.

    Attributes:
        amount: owed as a whole, once the customer has paid all of it.
        earned: owed by now.
        waiting: of that, what waits its days.
        reserved: of that, what is kept.
        paid: what payouts have of it.
        payable: what a payout made now would have of it.
    """

    kind: PayablePartKind
    document: str
    amount: Amount
    earned: Amount
    waiting: Amount
    reserved: Amount
    paid: Amount
    payable: Amount


class PayeeStandingOut(BaseModel):
    """What a supplier owes a payee in one currency today, and what of it can be paid; below zero it is carried.

    Attributes:
        by: by what it is paid.
        least: what is less waits for more.
        next_on: the next day on which payouts are made; null where none is by itself.
        held: why none is made by itself.
    """

    supplier: str
    payee: str
    currency: str
    today: date
    by: PaidOutBy | None
    least: Amount | None
    next_on: date | None
    held: str
    earned: Amount
    waiting: Amount
    reserved: Amount
    paid: Amount
    payable: Amount
    parts: list[PayablePartOut]


def payee_standing_out(stands: "PayeeStanding", currency: str, next_on: date | None, held: str) -> PayeeStandingOut:
    """Show where a payee stands."""
    terms, balance = stands.owed.terms, stands.balance
    return PayeeStandingOut(
        supplier=stands.owed.supplier,
        payee=stands.owed.payee,
        currency=currency,
        today=stands.today,
        by=None if terms is None else terms.by,
        least=None if terms is None else terms.least,
        next_on=next_on,
        held=held,
        earned=balance.earned,
        waiting=balance.waiting,
        reserved=balance.reserved,
        paid=balance.paid,
        payable=balance.payable,
        parts=[
            PayablePartOut(
                kind=one.key.kind,
                document=one.number,
                amount=one.amount,
                earned=one.earned,
                waiting=one.waiting,
                reserved=one.reserved,
                paid=one.paid,
                payable=one.payable,
            )
            for one in stands.positions
        ],
    )


class PayeeConnectionOut(BaseModel):
    """The account of a payee at a gateway, as it was last read.

    Attributes:
        account: our name of the gateway account that pays it.
        external: the gateway's name of it; empty until it is made.
        missing: what the gateway asks for, in its own words.
        link: where the payee says what is missing; used once, until `link_until`.
    """

    payee: str
    account: str
    external: str
    may_receive: bool
    is_paid_out: bool
    missing: list[str]
    asked_until: datetime | None
    held: str
    link: str
    link_until: datetime | None
    looked_at: datetime | None


def payee_connection_out(known: "PayeeConnection") -> PayeeConnectionOut:
    """Show the account of a payee at a gateway."""
    return PayeeConnectionOut(
        payee=known.payee,
        account=known.account,
        external=known.external,
        may_receive=known.may_receive,
        is_paid_out=known.is_paid_out,
        missing=list(known.missing),
        asked_until=known.asked_until,
        held=known.held,
        link=known.link,
        link_until=known.link_until,
        looked_at=known.looked_at,
    )
