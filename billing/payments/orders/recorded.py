"""What a gateway says of an order, made a fact of ours: where the order stands, and which payment counts.

By an answer, an event or a look, all of it comes through ``apply``. The gateway's word is the whole of what it knows by
then: so what counts is worked out anew each time (what was received, less what was taken back), and compared with the
payment on record. The same word twice changes nothing. Each look has a number, given as it begins: one that began
before the last that was recorded knows nothing newer, and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, select

from billing.payments.gateway import Chargeback, GatewayMovement, MovementState, OrderedMovement
from billing.payments.methods.store import remember
from billing.payments.orders.state import HAPPENING_OF, OF_PAYEES, PAID, OrderHappening, OrderState, may_happen
from billing.payments.orders.store import add_event, happens
from billing.payments.tables import GatewayOrderRow
from billing.payouts.transfers.recorded import taken_back_by_hand
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.issued import AccountKey, by_key, today_of, today_of_account
from billing.receivables.standings import standings_now
from billing.receivables.store import (
    NewPayment,
    lock_account,
    on_account,
    party_names,
    payment,
    record_payment,
    reverse_payment,
)
from billing.tables import InvoiceRow
from quantities.errors import Conflict, UsufructError
from quantities.number import plain

_NOTHING = Decimal(0)
_TO_NOTHING: tuple[AllocatedAmount, ...] = ()
#: After how many days a charge that failed is tried again; after the last of these a person is asked.
TRIED_AGAIN_AFTER_DAYS = (1, 3, 5, 7)
#: What is open at a gateway is looked at so long after it began, and then less and less often.
LOOKED_AT_AFTER, LOOKED_AT_AT_LEAST = timedelta(minutes=15), timedelta(hours=6)
#: What could not be recorded is tried again after this; a person is asked meanwhile.
RECORDED_AGAIN_AFTER = timedelta(hours=1)
_REFERENCE_MAX = 200
_H, _S = OrderHappening, OrderState
_FAILED_FROM = frozenset({_S.SENDING, _S.UNKNOWN, _S.PROCESSING})
#: A customer may have money on another day, and so may our balance at the gateway.
_PUT_OFF = frozenset({OrderedMovement.CHARGE, OrderedMovement.TRANSFER})
#: Said of a refund once and for as long as it stands so: whatever is on account later, it is in the books already.
_LESS_OF_WHAT_WAS_PAID = "nothing is on account of which it could be given back: it is less of what was paid"
#: A refund that is so may have been made already: what the gateway gave back may be it.
_MAY_BE_GIVEN_BACK = ("sending", "unknown", "processing")


class GatewayCurrencyDiffers(Conflict):
    """Money came in another currency than the order is in."""


@dataclass(frozen=True, slots=True)
class GatewayWord:
    """What a gateway said, and when we asked.

    Attributes:
        gateway: its name, as ``stripe``: what the references of payments begin with.
        look: the number of the look, or of the call, that it is the answer to.
        movement: what it said.
    """

    gateway: str
    look: int
    movement: GatewayMovement


def begin_look(row: GatewayOrderRow) -> int:
    """Number a look at the gateway; it is committed before the gateway is asked."""
    row.looks += 1
    return row.looks


def apply(session: Session, row: GatewayOrderRow, word: GatewayWord, now: datetime) -> None:
    """Record what a gateway says of an order that is locked.

    Args:
        session: states the tenant, as the product itself.
        row: the order.
        word: what the gateway says.
        now: the instant.
    """
    if _is_another_payment(row, word.movement):
        _keep_apart(session, row, word, now)
        return
    if word.look <= row.looked:
        return  # a later look is on record: it knew all that this one knows
    row.looked = word.look
    before = (row.state, row.payment_id)
    _know(session, row, word.movement, now)
    if word.movement.state is MovementState.FAILED:
        _failed(session, row, word.movement, now)
    else:
        _went_on(session, row, word.movement, now)
    is_on_record = row.state in PAID or (row.state == _S.REFUSED and row.payment_id)  # it failed after it was done
    if row.movement in OF_PAYEES:
        taken_back_by_hand(session, row, word.movement, now)
    elif is_on_record and word.movement.state in _ENDED:
        _booked_or_waits(session, row, word, now)
    if (row.state, row.payment_id) != before:
        look_at_what_is_given_back(session, row, now)
    session.flush()


def _is_another_payment(row: GatewayOrderRow, movement: GatewayMovement) -> bool:
    names = (row.payment_external, movement.payment)
    return row.state in PAID and all(names) and names[0] != names[1]


def _keep_apart(session: Session, row: GatewayOrderRow, word: GatewayWord, now: datetime) -> None:
    """Money that came a second time under one order: it is on account, and a person gives it back."""
    movement = word.movement
    if movement.state is not MovementState.DONE or movement.received is None:
        return
    reference = f"{word.gateway} {movement.payment}"
    amount = movement.received.amount - (_NOTHING if movement.refunded is None else movement.refunded.amount)
    if amount <= 0:
        return
    recorded, is_new = record_payment(
        session, _new_payment(session, row, amount, reference, movement, now), by=word.gateway, at=now
    )
    if is_new:
        detail = f"{plain(amount)} {row.currency} came a second time: it is on account"
        add_event(session, row, _H.NOTED, at=now, detail=detail, external=movement.payment, payment=recorded.id)
        row.held, row.waits = detail, True
        session.flush()


def _know(session: Session, row: GatewayOrderRow, movement: GatewayMovement, now: datetime) -> None:
    """Keep the gateway's names of it, and the method that was saved."""
    is_current = movement.call is None or movement.call.attempt >= row.attempts
    if is_current or movement.state is MovementState.DONE:
        is_inside = row.movement == OrderedMovement.SESSION and movement.movement is not OrderedMovement.SESSION
        row.external = row.external if is_inside and row.external else movement.id
        if movement.fee is not None and movement.fee.currency == row.currency:
            row.fee = movement.fee.amount
        if row.movement != OrderedMovement.REFUND:  # of a refund it is the payment's own order that is known by that
            row.payment_external = movement.payment or row.payment_external
    if movement.state is MovementState.WAITS and is_current:
        row.url = movement.url or row.url
    saved = movement.saved
    if saved is not None and saved.method and saved.is_active and row.account and movement.state in _KEEPS:
        remember(session, row, saved, now)


_KEEPS = frozenset({MovementState.DONE, MovementState.PROCESSING})
#: Words that say how much is ours; of money that is on record no other one does.
_ENDED = frozenset({MovementState.DONE, MovementState.FAILED})


def _failed(session: Session, row: GatewayOrderRow, movement: GatewayMovement, now: datetime) -> None:
    if movement.call is not None and movement.call.attempt < row.attempts:
        return  # an attempt of before: what came of it is on record
    detail = " ".join(filter(None, (movement.failure_code, movement.failure)))
    if row.state == _S.DONE:  # also of a debit: the bank of the customer did not pay after all
        happens(session, row, _H.UNDONE, at=now, detail=detail, external=movement.id)
        row.next_at = None
        return
    is_page = row.movement == OrderedMovement.SESSION
    if is_page and movement.movement is not OrderedMovement.SESSION and row.state != _S.PROCESSING:
        return  # a card was declined in the page, which is open: the customer takes another one
    if row.state not in _FAILED_FROM and row.state != _S.WAITS:
        return
    refused(session, row, detail, may_retry_later=movement.may_retry_later, external=movement.id, now=now)


def refused(
    session: Session, row: GatewayOrderRow, detail: str, *, may_retry_later: bool, now: datetime, external: str = ""
) -> None:
    """Put off what failed until another day, where that may do and days are left; else a person is asked."""
    may_be_put_off = may_retry_later and row.movement in _PUT_OFF and row.state in _FAILED_FROM
    if may_be_put_off and row.tries <= len(TRIED_AGAIN_AFTER_DAYS):
        happens(session, row, _H.PUT_OFF, at=now, detail=detail, external=external)
        row.next_at = now + timedelta(days=TRIED_AGAIN_AFTER_DAYS[row.tries - 1])
    else:
        happens(session, row, _H.REFUSED, at=now, detail=detail, external=external)
        row.next_at = None


def _went_on(session: Session, row: GatewayOrderRow, movement: GatewayMovement, now: datetime) -> None:
    is_older = movement.call is not None and movement.call.attempt < row.attempts
    happening = HAPPENING_OF[movement.state]
    may_be_old = happening is _H.DONE or (happening is _H.MOVING and row.state == _S.DUE)
    if may_happen(OrderState(row.state), happening) and (may_be_old or not is_older):
        happens(session, row, happening, at=now, external=movement.id)
    row.next_at = _looked_at_next(row, now)


def _looked_at_next(row: GatewayOrderRow, now: datetime) -> datetime | None:
    if row.state in {_S.DUE, _S.SENDING, _S.UNKNOWN}:
        return row.next_at
    if row.state not in {_S.WAITS, _S.PROCESSING}:
        return None
    ago = now - (row.key_began_at or now)
    later = now + min(max(LOOKED_AT_AFTER, ago / 2), LOOKED_AT_AT_LEAST)
    if row.state == _S.WAITS and row.expires_at is not None and row.expires_at > now:
        return min(later, row.expires_at + timedelta(minutes=1))
    return later


def _booked_or_waits(session: Session, row: GatewayOrderRow, word: GatewayWord, now: datetime) -> None:
    """Record the payment that counts; where that is refused, a person is asked, and it is tried again."""
    try:
        with session.begin_nested():
            if row.movement == OrderedMovement.REFUND:
                _book_refund(session, row, word, now)
            else:
                _book(session, row, word, now)
    except UsufructError as refusal:
        session.refresh(row)
        row.held, row.waits = f"the payment is not on record: {refusal}", True
        row.next_at = now + RECORDED_AGAIN_AFTER
        add_event(session, row, _H.NOTED, at=now, detail=row.held)


def _book(session: Session, row: GatewayOrderRow, word: GatewayWord, now: datetime) -> None:
    movement = word.movement
    lost = [taken for taken in movement.chargebacks if not taken.is_won]
    happening = _H.CHARGED_BACK if lost else _H.WON
    if may_happen(OrderState(row.state), happening):
        named = ", ".join(f"{taken.id} {taken.reason}" for taken in lost or movement.chargebacks)
        happens(session, row, happening, at=now, detail=named, external=movement.payment)
    counts, recorded = _what_counts(session, row, movement, lost), _recorded_amount(session, row)
    if counts == recorded:
        return
    words = _why(movement, lost, is_first=not row.revision)
    by = word.gateway
    if row.payment_id is not None:
        reference = _reference(row, word, f"back, {words}")
        back = reverse_payment(session, row.payment_id, reference=reference, on=None, by=by, at=now)
        add_event(session, row, _H.NOTED, at=now, detail=f"taken back: {words}", payment=back.id)
        row.payment_id = None
    if counts > 0:
        new = _new_payment(session, row, counts, _reference(row, word, words), movement, now)
        row.payment_id = record_payment(session, new, by=by, at=now)[0].id
        left = counts - sum((one.amount for one in new.allocations), _NOTHING)
        detail = f"{plain(left)} {row.currency} of it is on account: the document was settled otherwise" if left else ""
        row.held = detail
        add_event(session, row, _H.NOTED, at=now, detail=detail or words or "paid", payment=row.payment_id)
    row.revision += 1
    session.flush()


def _what_counts(session: Session, row: GatewayOrderRow, movement: GatewayMovement, lost: list[Chargeback]) -> Decimal:
    """Work out what is ours of a payment: received, less what was given back by hand, and what was taken back."""
    received = movement.received or movement.amount
    if received is None or movement.state is MovementState.FAILED:
        return _NOTHING
    if received.currency != row.currency:
        detail = f"{received} came for an order in {row.currency}"
        raise GatewayCurrencyDiffers(detail, found=received.currency, expected=row.currency)
    given_back = _NOTHING if movement.refunded is None else movement.refunded.amount
    besides = max(_NOTHING, given_back - _given_back_by_orders(session, row))
    taken = sum((one.amount.amount for one in lost), _NOTHING)
    return max(_NOTHING, received.amount - besides - taken)


def _given_back_by_orders(session: Session, row: GatewayOrderRow) -> Decimal:
    """Add up the refunds of a payment that stand in the books by themselves, or may do so soon."""
    refund = GatewayOrderRow
    of_it = select(refund).where(refund.of_id == row.id, refund.movement == OrderedMovement.REFUND.value)
    return sum(
        (
            one.amount or _NOTHING
            for one in session.exec(of_it)
            if one.state in _MAY_BE_GIVEN_BACK or (one.state == _S.DONE and one.payment_id is not None)
        ),
        _NOTHING,
    )


def _recorded_amount(session: Session, row: GatewayOrderRow) -> Decimal:
    return _NOTHING if row.payment_id is None else payment(session, row.payment_id).amount


def _why(movement: GatewayMovement, lost: list[Chargeback], *, is_first: bool) -> str:
    """Say why another amount counts than did before; nothing of a payment that came whole."""
    if movement.state is MovementState.FAILED:
        return "it failed after all"
    if lost:
        return f"less {' '.join(taken.id for taken in lost)}"
    if movement.refunded is not None and movement.refunded.amount:
        return "less what was given back"
    return "" if is_first else "won"


def _reference(row: GatewayOrderRow, word: GatewayWord, words: str) -> str:
    """Name a payment: by the gateway's name of it, and from the second one on also by which it is."""
    first = f"{word.gateway} {row.payment_external or row.external}"
    if not row.revision and not words.startswith("back"):
        return first[:_REFERENCE_MAX]
    return f"{first} ({row.revision + 1}: {words})"[:_REFERENCE_MAX]


def _new_payment(
    session: Session, row: GatewayOrderRow, amount: Decimal, reference: str, movement: GatewayMovement, now: datetime
) -> NewPayment:
    key = AccountKey(row.issuer_id, row.party_id, row.currency)
    lock_account(session, key)
    names = party_names(session, {row.issuer_id, row.party_id})
    today = today_of_account(session, key, now)
    received_on, allocations = today, _TO_NOTHING
    if row.invoice_id is not None:
        invoice = by_key(session, [row.invoice_id])[row.invoice_id]
        session.refresh(invoice)
        came = today_of(invoice, movement.at or now)
        received_on = min(max(came, invoice.issued_on or came), today)
        allocations = _to_document(session, invoice, amount, now)
    return NewPayment(
        customer=names[row.party_id],
        supplier=names[row.issuer_id],
        currency=row.currency,
        amount=amount,
        received_on=received_on,
        reference=reference,
        allocations=allocations,
    )


def _to_document(session: Session, invoice: InvoiceRow, amount: Decimal, now: datetime) -> tuple[AllocatedAmount, ...]:
    """Allocate what is open of a document; of one above zero from above, of a credit note from below."""
    stands = standings_now(session, [invoice], now)[invoice.id]
    if stands.is_void or stands.open * amount <= 0:
        return ()
    part = min(amount, stands.open) if amount > 0 else max(amount, stands.open)
    return (AllocatedAmount(invoice.number or "", part),)


def _book_refund(session: Session, row: GatewayOrderRow, word: GatewayWord, now: datetime) -> None:
    """Record what was given back: to the credit note, or from what is on account; else as less of what was paid."""
    if row.state == _S.REFUSED and row.payment_id is not None:
        reference = _reference(row, word, "back")
        back = reverse_payment(session, row.payment_id, reference=reference, on=None, by=word.gateway, at=now)
        add_event(session, row, _H.NOTED, at=now, detail="it came back", payment=back.id)
        row.payment_id, row.revision = None, row.revision + 1
        return
    if row.payment_id is not None or row.state != _S.DONE or row.held == _LESS_OF_WHAT_WAS_PAID:
        return
    amount = -(row.amount or _NOTHING)
    new = _new_payment(session, row, amount, _reference(row, word, ""), word.movement, now)
    allocated = sum((one.amount for one in new.allocations), _NOTHING)
    account = lock_account(session, AccountKey(row.issuer_id, row.party_id, row.currency))
    if allocated - amount > on_account(session, account):
        row.held = _LESS_OF_WHAT_WAS_PAID
        add_event(session, row, _H.NOTED, at=now, detail=row.held)
        return
    row.payment_id = record_payment(session, new, by=word.gateway, at=now)[0].id
    row.revision += 1
    add_event(session, row, _H.NOTED, at=now, detail="given back", payment=row.payment_id)


def look_at_what_is_given_back(session: Session, row: GatewayOrderRow, now: datetime) -> None:
    """Have the payment that a refund is of looked at: whether the refund is in the books by itself has changed.

    While it was under way it may have been what the gateway says was given back, and was not taken off the payment too;
    a refund that ended with nothing was not it, and somebody else may have given back as much.
    """
    if row.movement != OrderedMovement.REFUND:
        return
    of_it = select(GatewayOrderRow).where(
        col(GatewayOrderRow.id) == row.of_id, col(GatewayOrderRow.state).in_(list(PAID))
    )
    given_back = session.exec(of_it.with_for_update()).first()
    if given_back is not None:
        given_back.next_at = now
