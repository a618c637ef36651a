"""What is due to be asked of a gateway, claimed by one worker at a time; and what came of each call.

A claim is a transaction of its own: it writes that the attempt begins, with its key and its amount, and is committed
before the gateway is asked. The outcome is another one. Whoever is killed between leaves an attempt of which nobody
knows the outcome: the gateway is looked through for it first. Where it has nothing of it, the same call is made once
more under the same key and for the same amount, while the gateway still knows its keys; after that nothing can have
come of it, and a new attempt begins.

Locks: the order, and then its account. Whoever makes a document void, pays it or disputes it holds the account as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from billing.due.pauses.store import is_document_held_back
from billing.invoices.issuer import zone_of_issuer
from billing.payments.gateway import (
    ChargeAsked,
    GatewayCall,
    GatewayLimits,
    GatewayMovement,
    GatewayThing,
    MovementState,
    OrderedMovement,
    PaymentRail,
    RefundAsked,
    SessionAsked,
    TakeBackAsked,
    TransferAsked,
)
from billing.payments.methods.store import active_method, gateway_customer, saved_method
from billing.payments.orders.recorded import (
    GatewayWord,
    apply,
    begin_look,
    look_at_what_is_given_back,
    refused,
)
from billing.payments.orders.state import OF_PAYEES, PAID, OrderHappening, OrderState, may_happen
from billing.payments.orders.store import add_event, first_page_asked, happens, locked, times_never_made
from billing.payments.tables import GatewayCustomerRow, GatewayOrderRow
from billing.payouts.transfers.claims import account_of_payee, asked_of_payee, why_not_wanted, why_payee_waits
from billing.receivables.issued import account_of, by_key
from billing.receivables.standing import PaymentStanding
from billing.receivables.standings import standings_now
from billing.receivables.store import lock_account, party_names
from billing.tables import InvoiceRow
from billing.voiding.store import is_asked
from contracts.collection_terms import BY_GATEWAY, CollectedOn
from quantities.money import Money

#: Whoever claims has so long to say what came of it. A call ends long before: its time is bounded (api/collecting/).
LEASE = timedelta(minutes=10)
#: What may not be asked for now is looked at again after this.
HELD_FOR = timedelta(minutes=15)
#: What is disputed as a whole is looked at again after this.
DISPUTED_FOR = timedelta(days=1)
#: A gateway is looked through so soon after an answer was lost; at once it may still be at it.
LOOKED_FOR_AFTER = timedelta(minutes=1)
_LOOKED_FOR_AT_LEAST = timedelta(hours=6)
#: A gateway that does nothing, as while it is busy, is asked so often; then a person is.
_BUSY_AT_MOST = 12
_BUSY_FIRST, _BUSY_LONGEST = timedelta(minutes=1), timedelta(hours=6)
_H, _S = OrderHappening, OrderState


class GatewaySetup(Protocol):
    """What a claim needs to know of the gateway accounts of a tenant."""

    def account_of(self, supplier: str) -> str:
        """Our name of the account of a supplier; empty where it has none."""

    def why_not(self, supplier: str) -> str:
        """Why nothing is collected for a supplier now, in words; empty where it is."""

    def gateway_of(self, account: str) -> str:
        """The name of the gateway of an account, as ``stripe``."""

    def limits_of(self, account: str) -> GatewayLimits:
        """What holds of the gateway of an account."""

    @property
    def paid_url(self) -> str:
        """Where customers are sent who have paid."""

    @property
    def left_url(self) -> str:
        """Where customers are sent who went back without."""


CallAsked: TypeAlias = ChargeAsked | SessionAsked | RefundAsked | TransferAsked | TakeBackAsked


@dataclass(frozen=True, slots=True)
class CustomerAsked:
    """A customer that the gateway does not know yet: it is made before the page is opened.

    Attributes:
        key: our number of it.
        call: by which it is made.
        name: of it.
        since: from when on one may have been made of which no answer came, and is to be looked for; None: none was
            asked for before.
    """

    key: int
    call: GatewayCall
    name: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """A call that is to be made now: its attempt is on record.

    Attributes:
        order: its number.
        look: the number under which its answer is recorded.
        account: our name of the gateway account.
        asked: for what.
        at: when the claim was made.
        is_repeated: whether the same was asked before, under the same key, and nobody knows what came of it.
        customer: who is made known to the gateway first.
    """

    order: int
    look: int
    account: str
    asked: CallAsked
    at: datetime
    is_repeated: bool = False
    customer: CustomerAsked | None = None


@dataclass(frozen=True, slots=True)
class ClaimedSearch:
    """An order that the gateway is to be looked through for: nobody knows what came of its last attempt."""

    order: int
    attempt: int
    look: int
    account: str
    movement: OrderedMovement
    reference: str
    customer: str


@dataclass(frozen=True, slots=True)
class ClaimedLookAt:
    """A thing of the gateway that is to be read as it stands now; a page that nobody needs is closed instead."""

    order: int
    look: int
    account: str
    thing: GatewayThing
    thing_id: str
    closes: bool = False


@dataclass(frozen=True, slots=True)
class OrderPassed:
    """What was looked at needs nothing now; there may be more."""


Claimed = ClaimedCall | ClaimedSearch | ClaimedLookAt | OrderPassed


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What came of a call: what the gateway said, or that nothing was done, or that nobody knows.

    Attributes:
        happening: ``never_made``: nothing was done, and it may be asked again. ``refused``: nothing was done.
            ``lost``: nobody knows. None: ``movement`` says it.
        movement: what the gateway said.
        detail: in words.
        may_retry_later: whether another day may do, of what was refused.
    """

    happening: OrderHappening | None
    movement: GatewayMovement | None = None
    detail: str = ""
    may_retry_later: bool = False


def claim(session: Session, now: datetime, setup: GatewaySetup) -> Claimed | None:
    """Claim the order that is due longest and that nobody else holds; None where none is.

    Args:
        session: states the tenant, as the product itself; it is committed before anything of it is done.
        now: the instant.
        setup: the gateway accounts.
    """
    held_back = is_document_held_back(GatewayOrderRow.tenant, ["collect"], GatewayOrderRow.invoice_id, now)
    due = _due(now).where((col(GatewayOrderRow.state) != _S.DUE) | ~held_back)  # what was begun is ended
    due = due.order_by(col(GatewayOrderRow.next_at), col(GatewayOrderRow.id)).limit(1)
    return _claimed(session, due, now, setup)


def claim_one(session: Session, key: int, now: datetime, setup: GatewaySetup) -> Claimed | None:
    """Claim one order, if it is due and nobody else holds it."""
    return _claimed(session, _due(now).where(GatewayOrderRow.id == key), now, setup)


def _due(now: datetime) -> SelectOfScalar[GatewayOrderRow]:
    return select(GatewayOrderRow).where(
        col(GatewayOrderRow.next_at).is_not(None),
        col(GatewayOrderRow.next_at) <= now,
    )


def _claimed(
    session: Session, due: SelectOfScalar[GatewayOrderRow], now: datetime, setup: GatewaySetup
) -> Claimed | None:
    unheld = due.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    row = session.exec(unheld).first()
    if row is None:
        return None
    if row.state == _S.DUE:
        return _to_begin(session, row, now, setup)
    if row.state in {_S.SENDING, _S.UNKNOWN}:
        return _to_search(session, row, now)
    return _to_look_at(session, row, now)


def _to_search(session: Session, row: GatewayOrderRow, now: datetime) -> ClaimedSearch:
    look = begin_look(row)
    row.next_at = now + LEASE
    if row.state == _S.SENDING:
        detail = "whoever asked ended before it was known what came of it"
        happens(session, row, _H.LOST, at=now, detail=detail)
    session.flush()
    return ClaimedSearch(
        order=row.id,
        attempt=row.attempts,
        look=look,
        account=row.account,
        movement=OrderedMovement(row.movement),
        reference=row.reference,
        customer=_customer_of(session, row),
    )


def _customer_of(session: Session, row: GatewayOrderRow) -> str:
    if row.movement in OF_PAYEES:
        return account_of_payee(session, row)
    if row.method_id is not None:
        return saved_method(session, row.method_id).customer
    return gateway_customer(session, row.account, row.party_id).external


def _to_look_at(session: Session, row: GatewayOrderRow, now: datetime) -> Claimed:
    thing, name = GatewayThing.PAYMENT, row.payment_external or row.external
    if row.movement == OrderedMovement.REFUND:
        thing, name = GatewayThing.REFUND, row.external
    elif row.movement in OF_PAYEES:
        thing, name = GatewayThing.TRANSFER, row.external if row.movement == OrderedMovement.TRANSFER else ""
    elif row.movement == OrderedMovement.SESSION and row.state == _S.WAITS:
        thing, name = GatewayThing.SESSION, row.external
    if not name:
        row.next_at = None
        session.flush()
        return OrderPassed()
    row.next_at = now + LEASE
    closes = thing is GatewayThing.SESSION and not _is_wanted(session, row, now)
    look = begin_look(row)
    session.flush()
    return ClaimedLookAt(row.id, look, row.account, thing, name, closes)


def _is_wanted(session: Session, row: GatewayOrderRow, now: datetime) -> bool:
    if row.invoice_id is None:
        return True
    invoice = _invoice(session, row.invoice_id)
    if is_asked(session, invoice):
        return False
    return _may_be_taken(row, standings_now(session, [invoice], now)[invoice.id]) == row.amount


def _may_be_taken(row: GatewayOrderRow, stands: PaymentStanding) -> Decimal:
    """Work out what an order takes of its document: what is open and undisputed, and no more than was asked for."""
    return stands.undisputed if row.asked is None else min(row.asked, stands.undisputed)


def _invoice(session: Session, key: int) -> InvoiceRow:
    """Read a document once its account is locked."""
    invoice = by_key(session, [key])[key]
    lock_account(session, account_of(invoice))
    session.refresh(invoice)
    return invoice


def _to_begin(session: Session, row: GatewayOrderRow, now: datetime, setup: GatewaySetup) -> Claimed:
    if row.movement == OrderedMovement.REFUND:
        return _to_give_back(session, row, now, setup)
    if row.movement in OF_PAYEES:
        return _to_pay_out(session, row, now, setup)
    if row.invoice_id is None:
        return _to_save(session, row, now, setup)
    return _to_collect(session, row, _invoice(session, row.invoice_id), now, setup)


def _to_collect(
    session: Session, row: GatewayOrderRow, invoice: InvoiceRow, now: datetime, setup: GatewaySetup
) -> Claimed:
    stands = standings_now(session, [invoice], now)[invoice.id]
    if stands.open <= 0:  # of a void document nothing is
        why = "is void" if stands.is_void else "is settled"
        return _ended(session, row, f"{invoice.number} {why}", now)
    begins, supplier = _begins(row, invoice), invoice.inputs.supplier.name
    if begins is not None and now < begins:
        row.next_at = begins
        session.flush()
        return OrderPassed()
    held, until = _why_not_now(session, invoice, stands, setup), HELD_FOR
    if not held and stands.undisputed <= 0:
        held, until = f"all that is open of {invoice.number} is disputed", DISPUTED_FOR
    row.account = setup.account_of(supplier)
    method = active_method(session, row, row.account) if row.movement == OrderedMovement.CHARGE else None
    if not held and row.movement == OrderedMovement.CHARGE and method is None:
        rail = "card" if row.rail == PaymentRail.CARD else "account for direct debit"
        held = f"{invoice.inputs.customer.name} has saved no {rail}: `usufruct payment link {invoice.number}`"
    if held:
        row.held, row.waits, row.next_at = held, until is HELD_FOR, now + until
        session.flush()
        return OrderPassed()
    amount = _may_be_taken(row, stands)
    row.method_id = None if method is None else method.id
    if row.movement == OrderedMovement.SESSION:
        row.expires_at = now + timedelta(hours=setup.limits_of(row.account).session_h)
    _begin(session, row, amount, now)
    return _call_of(session, row, now, setup)


def _to_save(session: Session, row: GatewayOrderRow, now: datetime, setup: GatewaySetup) -> Claimed:
    """Begin a page in which nothing is paid and a method is saved."""
    supplier = party_names(session, {row.issuer_id})[row.issuer_id]
    held = setup.why_not(supplier)
    if held:
        row.held, row.waits, row.next_at = held, True, now + HELD_FOR
        session.flush()
        return OrderPassed()
    row.account = setup.account_of(supplier)
    row.expires_at = now + timedelta(hours=setup.limits_of(row.account).session_h)
    _begin(session, row, None, now)
    return _call_of(session, row, now, setup)


def _why_not_now(session: Session, invoice: InvoiceRow, stands: PaymentStanding, setup: GatewaySetup) -> str:
    if is_asked(session, invoice):
        return f"somebody has asked for {invoice.number} to be void"
    return setup.why_not(invoice.inputs.supplier.name)


def _begins(row: GatewayOrderRow, invoice: InvoiceRow) -> datetime | None:
    """Say when the order of a contract may begin: as the day does on which the document is due; None: at once."""
    terms = None if invoice.inputs.invoicing is None else invoice.inputs.invoicing.terms.collection
    if row.asked_by is not None or row.attempts or row.movement != OrderedMovement.CHARGE or terms is None:
        return None
    if terms.on is CollectedOn.ISSUE or invoice.due_on is None:
        return None
    zone = ZoneInfo(zone_of_issuer(invoice.inputs.supplier) or invoice.inputs.zone)
    return datetime.combine(invoice.due_on, time.min, zone)


def _ended(session: Session, row: GatewayOrderRow, detail: str, now: datetime) -> OrderPassed:
    happens(session, row, _H.WITHDRAWN, at=now, detail=detail)
    row.next_at = None
    session.flush()
    return OrderPassed()


def _customer_asked(
    session: Session, known: GatewayCustomerRow, name: str, now: datetime, limits: GatewayLimits
) -> CustomerAsked:
    """Begin to make a customer known; the key is that of the last attempt while the gateway remembers it."""
    remembered = timedelta(hours=limits.remembers_keys_h)
    since = None if known.key_began_at is None else first_page_asked(session, known.account, known.party_id)
    if known.key_began_at is None or now - known.key_began_at > remembered:
        known.attempts, known.key_began_at = known.attempts + 1, now
    return CustomerAsked(known.id, GatewayCall(known.reference, known.attempts), name, since)


def _to_give_back(session: Session, row: GatewayOrderRow, now: datetime, setup: GatewaySetup) -> Claimed:
    payment = locked(session, row.of_id or 0, for_update=False)
    supplier = party_names(session, {row.issuer_id})[row.issuer_id]
    held = setup.why_not(supplier)
    if held:
        row.held, row.waits, row.next_at = held, True, now + HELD_FOR
        session.flush()
        return OrderPassed()
    if payment.state not in PAID or row.asked is None:
        return _ended(session, row, f"order {payment.id} is {payment.state}: there is nothing to give back", now)
    row.account = payment.account
    _begin(session, row, row.asked, now)
    return _call_of(session, row, now, setup)


def _to_pay_out(session: Session, row: GatewayOrderRow, now: datetime, setup: GatewaySetup) -> Claimed:
    supplier = party_names(session, {row.issuer_id})[row.issuer_id]
    account = setup.account_of(supplier)
    asked = row.asked or Decimal(0)
    ended = why_not_wanted(session, row, now)
    if ended:
        return _ended(session, row, ended, now)
    held = setup.why_not(supplier) or why_payee_waits(session, row, account, now)
    if held:
        row.held, row.waits, row.next_at = held, True, now + HELD_FOR
        session.flush()
        return OrderPassed()
    row.account = account
    _begin(session, row, asked, now)
    return _call_of(session, row, now, setup)


def _begin(session: Session, row: GatewayOrderRow, amount: Decimal | None, now: datetime) -> None:
    """Write that an attempt begins, with its amount: the same for as long as its key is. None: nothing is paid."""
    row.attempts, row.tries, row.amount = row.attempts + 1, row.tries + 1, amount
    row.began_at = row.key_began_at = now
    row.next_at = now + LEASE
    happens(session, row, _H.CLAIMED, at=now)
    session.flush()


def _call_of(
    session: Session,
    row: GatewayOrderRow,
    now: datetime,
    setup: GatewaySetup,
    *,
    is_repeated: bool = False,
) -> ClaimedCall:
    """Write out the call of the last attempt: from what is on record alone, so that it is the same each time."""
    number, terms, customer = "", None, None
    if row.invoice_id is not None:
        invoice = by_key(session, [row.invoice_id])[row.invoice_id]
        number = invoice.number or ""
        terms = None if invoice.inputs.invoicing is None else invoice.inputs.invoicing.terms.collection
    call = GatewayCall(row.reference, row.attempts, number)
    amount = Money(row.amount or Decimal(0), row.currency)
    asked: CallAsked
    if row.movement in OF_PAYEES:
        asked = asked_of_payee(session, row, call, amount)
    elif row.movement == OrderedMovement.CHARGE:
        asked = ChargeAsked(call, amount, saved_method(session, row.method_id or 0))
    elif row.movement == OrderedMovement.REFUND:
        payment = locked(session, row.of_id or 0, for_update=False)
        asked = RefundAsked(call, amount, payment.payment_external or payment.external)
    else:
        name = party_names(session, {row.party_id})[row.party_id]
        known = gateway_customer(session, row.account, row.party_id)
        if not known.external:
            customer = _customer_asked(session, known, name, now, setup.limits_of(row.account))
        asked = SessionAsked(
            call=call,
            amount=None if row.amount is None else amount,
            customer=known.external,
            customer_name=name,
            rails=tuple(PaymentRail) if row.rail is None else (PaymentRail(row.rail),),
            success_url=setup.paid_url,
            cancel_url=setup.left_url,
            ends_at=row.expires_at or now,
            saves_method=row.amount is None or (terms is not None and terms.by in BY_GATEWAY),
        )
    look = begin_look(row)
    session.flush()
    return ClaimedCall(
        order=row.id, look=look, account=row.account, asked=asked, at=now, is_repeated=is_repeated, customer=customer
    )


def know_customer(session: Session, key: int, external: str) -> str:
    """Write what the gateway calls a customer, and say it: the first name that it said stays."""
    row = session.exec(
        select(GatewayCustomerRow)
        .where(GatewayCustomerRow.id == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.external = row.external or external
    session.flush()
    return row.external


def record_outcome(
    session: Session, claimed: ClaimedCall, outcome: CallOutcome, setup: GatewaySetup, *, now: datetime
) -> OrderState:
    """Record what came of a call, and say where its order stands.

    What the gateway says counts whoever is slower than its lease. That nothing was done, or that nobody knows, counts
    only while the attempt is under way; and of a call that was repeated, that nothing was done now says nothing of
    what the first one did.

    Args:
        session: states the tenant, as the product itself.
        claimed: the call.
        outcome: of it.
        setup: the gateway accounts.
        now: the instant.
    """
    row = locked(session, claimed.order)
    if outcome.movement is not None:
        apply(session, row, GatewayWord(setup.gateway_of(claimed.account), claimed.look, outcome.movement), now)
        return OrderState(row.state)
    is_last = row.attempts == claimed.asked.call.attempt and row.state in {_S.SENDING, _S.UNKNOWN}
    happening, before = outcome.happening or _H.LOST, row.state
    if not is_last or row.looked >= claimed.look:
        add_event(session, row, _H.NOTED, at=now, detail=outcome.detail, attempt=claimed.asked.call.attempt)
    elif happening is _H.LOST or (claimed.is_repeated and happening is _H.NEVER_MADE):
        _lost(session, row, outcome.detail, now)
    elif happening is _H.NEVER_MADE:
        _put_off(session, row, outcome.detail, now)
    else:
        refused(session, row, outcome.detail, may_retry_later=outcome.may_retry_later, now=now)
    if row.state != before:
        look_at_what_is_given_back(session, row, now)
    session.flush()
    return OrderState(row.state)


def _lost(session: Session, row: GatewayOrderRow, detail: str, now: datetime) -> None:
    if may_happen(OrderState(row.state), _H.LOST):
        happens(session, row, _H.LOST, at=now, detail=detail)
    else:
        add_event(session, row, _H.NOTED, at=now, detail=detail)
    row.next_at = _searched_next(row, now)


def _searched_next(row: GatewayOrderRow, now: datetime) -> datetime:
    ago = now - (row.key_began_at or now)
    return now + min(max(LOOKED_FOR_AFTER, ago / 2), _LOOKED_FOR_AT_LEAST)


def _put_off(session: Session, row: GatewayOrderRow, detail: str, now: datetime) -> None:
    """Nothing was done, and it may be asked again: later each time, and at last by a person."""
    busy = times_never_made(session, row)
    if busy >= _BUSY_AT_MOST:
        happens(session, row, _H.REFUSED, at=now, detail=f"given up after {busy + 1} attempts: {detail}")
        row.next_at = None
        return
    happens(session, row, _H.NEVER_MADE, at=now, detail=detail)
    row.tries -= 1  # it was no try of the customer's card
    row.next_at = now + min(_BUSY_FIRST * 2**busy, _BUSY_LONGEST)


def record_search(
    session: Session,
    searched: ClaimedSearch,
    movements: Sequence[GatewayMovement] | None,
    setup: GatewaySetup,
    *,
    now: datetime,
) -> ClaimedCall | None:
    """Record what the gateway has of an order of which nobody knows what came.

    Args:
        session: states the tenant, as the product itself.
        searched: which order.
        movements: all that it has of it, the oldest first; None where it did not answer.
        setup: the gateway accounts.
        now: the instant.

    Returns:
        The same call once more, where the gateway has nothing of the attempt and still knows its keys; it is to be made
        once the session is committed. None otherwise.
    """
    row = locked(session, searched.order)
    if row.attempts != searched.attempt or row.state != _S.UNKNOWN or row.looked >= searched.look:
        return None  # somebody knows by now
    if movements is None:
        row.next_at = _searched_next(row, now)
        session.flush()
        return None
    of_attempt = [one for one in movements if _may_be_of(one, searched.attempt)]
    for place, movement in enumerate(of_attempt):
        look = searched.look if place == len(of_attempt) - 1 else row.looked + 1
        if row.looked < look <= searched.look:
            apply(session, row, GatewayWord(setup.gateway_of(row.account), look, movement), now)
    if row.state != _S.UNKNOWN:
        return None
    remembered = timedelta(hours=setup.limits_of(row.account).remembers_keys_h)
    if _may_close_soon(row, setup, now):
        row.next_at = max(now, row.expires_at or now) + LOOKED_FOR_AFTER
        add_event(session, row, _H.NOTED, at=now, detail="the gateway has nothing of it, and its page would close soon")
        session.flush()
        return None
    if now - (row.key_began_at or now) < remembered and not _is_closed(row, now):
        row.next_at = now + LEASE
        add_event(session, row, _H.NOTED, at=now, detail="the gateway has nothing of it: the same is asked once more")
        return _call_of(session, row, now, setup, is_repeated=True)
    detail = "the gateway has nothing of it, and its page has closed or its key is forgotten"
    happens(session, row, _H.NEVER_MADE, at=now, detail=detail)
    row.next_at = now
    look_at_what_is_given_back(session, row, now)
    session.flush()
    return None


def _may_close_soon(row: GatewayOrderRow, setup: GatewaySetup, now: datetime) -> bool:
    """Whether a page is too near its end for the same one to be asked for once more: a gateway refuses such a one.

    That it refuses says nothing of the first call: until the page has closed, somebody may pay in it.
    """
    if row.movement != OrderedMovement.SESSION or row.expires_at is None or _is_closed(row, now):
        return False
    least = timedelta(minutes=setup.limits_of(row.account).session_least_min) + LEASE / 2
    return row.expires_at - now < least


def _is_closed(row: GatewayOrderRow, now: datetime) -> bool:
    return row.movement == OrderedMovement.SESSION and row.expires_at is not None and row.expires_at <= now


def _may_be_of(movement: GatewayMovement, attempt: int) -> bool:
    """Whether a movement may be what came of an attempt: of an older one only what has brought money, or may."""
    if movement.call is None:
        return False
    brings = {MovementState.DONE, MovementState.PROCESSING}
    return movement.call.attempt == attempt or movement.state in brings


def record_look(
    session: Session,
    looked_at: ClaimedLookAt,
    movement: GatewayMovement | None,
    setup: GatewaySetup,
    *,
    now: datetime,
) -> OrderState:
    """Record how a thing of the gateway stands; None where it did not answer, and is looked at again."""
    row = locked(session, looked_at.order)
    if movement is None:
        row.next_at = now + HELD_FOR if row.next_at is not None else None
        session.flush()
    else:
        apply(session, row, GatewayWord(setup.gateway_of(row.account), looked_at.look, movement), now)
    return OrderState(row.state)
