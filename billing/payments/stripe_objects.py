"""What Stripe's objects mean, as the port says it. They come as plain mappings in the form of the pinned version.

No object is believed to be ours because of where it was found: our reference stands in its metadata, or it is none.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from billing.payments.gateway import (
    BalanceEntry,
    BalanceKind,
    Chargeback,
    ConnectedAccount,
    GatewayCall,
    GatewayMovement,
    MovementState,
    OrderedMovement,
    PaymentRail,
    SavedMethod,
)
from billing.payments.gateway_records import GatewayPayout, PayoutState
from billing.payments.stripe_amounts import read_amount

#: An object of Stripe's, its fields by their names.
StripeFields: TypeAlias = Mapping[str, Any]

#: Under these names our reference stands in the metadata.
ORDER, ATTEMPT, DOCUMENT, MOVEMENT = "usufruct_order", "usufruct_attempt", "usufruct_document", "usufruct_movement"
RAILS = {PaymentRail.CARD: "card", PaymentRail.SEPA_CORE: "sepa_debit"}
_RAIL_OF = {name: rail for rail, name in RAILS.items()}
#: What an issuer or a bank says that may be otherwise on another day. Whatever is not named here is for a person.
RETRY_LATER = frozenset({
    "approve_with_id", "balance_insufficient", "card_velocity_exceeded", "do_not_honor", "generic_could_not_process",
    "generic_decline", "insufficient_funds", "issuer_not_available", "processing_error", "reenter_transaction",
    "try_again_later", "withdrawal_count_limit_exceeded",
})  # fmt: skip
_STATES_OF_INTENT = {
    "succeeded": MovementState.DONE,
    "processing": MovementState.PROCESSING,
    "canceled": MovementState.FAILED,
    # With nobody there, a method that was not taken is the end of it.
    "requires_payment_method": MovementState.FAILED,
}
_STATES_OF_REFUND = {
    "succeeded": MovementState.DONE,
    "pending": MovementState.PROCESSING,
    "requires_action": MovementState.WAITS,
    "failed": MovementState.FAILED,
    "canceled": MovementState.FAILED,
}
_PAYOUT_STATES = {"paid": PayoutState.PAID, "failed": PayoutState.FAILED, "canceled": PayoutState.FAILED}
#: By the reporting category, which groups what the types of many years tell apart.
_BALANCE_KINDS = {
    "charge": BalanceKind.PAYMENT,
    "refund": BalanceKind.REFUND,
    "dispute": BalanceKind.CHARGEBACK,
    "dispute_reversal": BalanceKind.CHARGEBACK_WON,
    "transfer": BalanceKind.TRANSFER,
    "transfer_reversal": BalanceKind.TAKE_BACK,
    "fee": BalanceKind.FEE,
    "payout": BalanceKind.PAYOUT,
    "payout_reversal": BalanceKind.PAYOUT_FAILED,
}
#: The bank asks and takes nothing, or was kept from taking.
_NOTHING_TAKEN = ("warning_", "prevented")


def metadata_of(call: GatewayCall, movement: OrderedMovement) -> dict[str, str]:
    """What is kept with an object for us to find it by."""
    known = {ORDER: call.order, ATTEMPT: str(call.attempt), MOVEMENT: movement.value}
    return known | ({DOCUMENT: call.document} if call.document else {})


def movement_named(fields: StripeFields) -> str:
    """Of which kind the order was that an object was made for; empty of one that is none of ours."""
    return str((fields.get("metadata") or {}).get(MOVEMENT, ""))


def is_of(fields: StripeFields, order: str) -> bool:
    """Whether an object was made for an order."""
    return (fields.get("metadata") or {}).get(ORDER) == order


def payment(intent: StripeFields, disputes: Iterable[StripeFields] = ()) -> GatewayMovement:
    """Read a PaymentIntent whose ``latest_charge.balance_transaction`` is expanded.

    Args:
        intent: of a charge, or of what was paid in a session.
        disputes: all of it.
    """
    charge = _expanded(intent.get("latest_charge"))
    entry = _expanded(charge.get("balance_transaction"))
    error = intent.get("last_payment_error") or {}
    state = _STATES_OF_INTENT.get(intent["status"], MovementState.WAITS)
    is_failed = state is MovementState.FAILED
    code = str(error.get("decline_code") or error.get("code") or intent.get("cancellation_reason") or "")
    taken, asked_about = chargebacks(disputes)
    return GatewayMovement(
        movement=OrderedMovement.CHARGE,
        id=intent["id"],
        call=_call(intent),
        state=state,
        amount=read_amount(intent["amount"], intent["currency"]),
        received=read_amount(intent.get("amount_received") or 0, intent["currency"]),
        refunded=read_amount(charge.get("amount_refunded") or 0, intent["currency"]),
        fee=read_amount(entry["fee"], entry["currency"]) if entry else None,
        payment=intent["id"],
        saved=_used(intent, charge),
        failure_code=code if is_failed else "",
        failure=str(error.get("message") or code) if is_failed else "",
        may_retry_later=is_failed and may_retry_later(code, str(error.get("advice_code") or "")),
        chargebacks=taken,
        inquiries=asked_about,
        at=_instant(entry.get("created") or charge.get("created") or intent.get("canceled_at") or intent["created"]),
    )


def session(fields: StripeFields, paid: GatewayMovement | None, saved: SavedMethod | None) -> GatewayMovement:
    """Read a Checkout session.

    Args:
        fields: the session.
        paid: what was paid in it, as ``payment`` reads it; a session that is open may have failed attempts, and waits.
        saved: the method that was saved in it.
    """
    is_over = fields["status"] == "complete"
    of_payment = paid if is_over and paid is not None else None
    if of_payment is not None:
        state = of_payment.state
    elif is_over:
        state = MovementState.DONE
    else:
        state = MovementState.EXPIRED if fields["status"] == "expired" else MovementState.WAITS
    total = fields.get("amount_total")
    is_paid_for = fields["mode"] == "payment" and total is not None
    return GatewayMovement(
        movement=OrderedMovement.SESSION,
        id=fields["id"],
        call=_call(fields),
        state=state,
        amount=read_amount(int(total or 0), fields["currency"]) if is_paid_for else None,
        received=of_payment.received if of_payment else None,
        refunded=of_payment.refunded if of_payment else None,
        fee=of_payment.fee if of_payment else None,
        payment=of_payment.payment if of_payment else "",
        url=str(fields.get("url") or "") if state is MovementState.WAITS else "",
        saved=saved if is_over else None,
        failure_code=of_payment.failure_code if of_payment else "",
        failure=of_payment.failure if of_payment else "",
        may_retry_later=bool(of_payment and of_payment.may_retry_later),
        chargebacks=of_payment.chargebacks if of_payment else (),
        inquiries=of_payment.inquiries if of_payment else (),
        at=of_payment.at if of_payment else _instant(fields["created"]),
    )


def refund(fields: StripeFields) -> GatewayMovement:
    """Read a refund. One that has succeeded may fail later, when the customer's bank sends it back."""
    state = _STATES_OF_REFUND.get(str(fields["status"]), MovementState.WAITS)
    code = str(fields.get("failure_reason") or "") if state is MovementState.FAILED else ""
    amount = read_amount(fields["amount"], fields["currency"])
    return GatewayMovement(
        movement=OrderedMovement.REFUND,
        id=fields["id"],
        call=_call(fields),
        state=state,
        amount=amount,
        refunded=amount if state is MovementState.DONE else None,
        payment=_name(fields.get("payment_intent")) or _name(fields.get("charge")),
        failure_code=code,
        failure=code.replace("_", " "),
        at=_instant(fields["created"]),
    )


def transfer(fields: StripeFields) -> GatewayMovement:
    """Read a transfer, which is done as soon as it is made; ``refunded`` is what was taken back of it."""
    amount = read_amount(fields["amount"], fields["currency"])
    return GatewayMovement(
        movement=OrderedMovement.TRANSFER,
        id=fields["id"],
        call=_call(fields),
        state=MovementState.DONE,
        amount=amount,
        received=amount,
        refunded=read_amount(fields["amount_reversed"], fields["currency"]),
        at=_instant(fields["created"]),
    )


def taken_back(fields: StripeFields) -> GatewayMovement:
    """Read a reversal of a transfer; ``payment`` is the transfer."""
    amount = read_amount(fields["amount"], fields["currency"])
    return GatewayMovement(
        movement=OrderedMovement.TAKE_BACK,
        id=fields["id"],
        call=_call(fields),
        state=MovementState.DONE,
        amount=amount,
        received=amount,
        payment=_name(fields["transfer"]),
        at=_instant(fields["created"]),
    )


def chargebacks(disputes: Iterable[StripeFields]) -> tuple[tuple[Chargeback, ...], tuple[Chargeback, ...]]:
    """Read disputes, the oldest first: by which money was taken, and by which a bank only asks."""
    taken: list[Chargeback] = []
    asked_about: list[Chargeback] = []
    for fields in sorted(disputes, key=lambda dispute: (dispute["created"], dispute["id"])):
        due_by = (fields.get("evidence_details") or {}).get("due_by")
        entry = Chargeback(
            id=fields["id"],
            amount=read_amount(fields["amount"], fields["currency"]),
            reason=fields["reason"],
            answer_by=_instant(due_by) if due_by and fields["status"].endswith("needs_response") else None,
            is_lost=fields["status"] == "lost",
            is_won=fields["status"] == "won",
        )
        (asked_about if fields["status"].startswith(_NOTHING_TAKEN) else taken).append(entry)
    return tuple(taken), tuple(asked_about)


def saved_method(method: StripeFields, mandate: StripeFields, customer: str = "") -> SavedMethod | None:
    """Read a payment method with its mandate, which is empty of a card.

    Args:
        method: the payment method.
        mandate: of it.
        customer: whose it was, where it was removed and does not say so any more.

    Returns:
        None where it is of no rail that the port has.
    """
    rail = _RAIL_OF.get(method["type"])
    if rail is None:
        return None
    owner = _name(method.get("customer"))
    return SavedMethod(
        customer=owner or customer,
        method=method["id"],
        rail=rail,
        mandate=_mandate_reference(mandate),
        words=_words(rail, method.get(method["type"]) or {}),
        is_active=bool(owner) and mandate.get("status", "active") != "inactive",
    )


def connected_account(fields: StripeFields) -> ConnectedAccount:
    """Read a connected account: what it may, and what Stripe still wants to know of it."""
    requirements = fields.get("requirements") or {}
    missing = dict.fromkeys([*(requirements.get("past_due") or ()), *(requirements.get("currently_due") or ())])
    deadline = requirements.get("current_deadline")
    return ConnectedAccount(
        id=fields["id"],
        may_receive=(fields.get("capabilities") or {}).get("transfers") == "active",
        is_paid_out=bool(fields.get("payouts_enabled")),
        missing=tuple(missing),
        asked_by=_instant(deadline) if deadline else None,
        held_because=str(requirements.get("disabled_reason") or ""),
    )


def balance_entry(fields: StripeFields, payout: str) -> BalanceEntry:
    """Read a balance transaction."""
    kind = _BALANCE_KINDS.get(fields["reporting_category"], BalanceKind.OTHER)
    return BalanceEntry(
        id=fields["id"],
        kind=kind,
        gross=read_amount(fields["amount"], fields["currency"]),
        fee=read_amount(fields["fee"], fields["currency"]),
        source=_name(fields.get("source")),
        payout=_name(fields.get("source")) if kind is BalanceKind.PAYOUT else payout,
        at=_instant(fields["created"]),
        kind_words=fields["type"],
    )


def payout(fields: StripeFields) -> GatewayPayout:
    """Read a payout; its day is one of UTC, as Stripe states it."""
    trace = fields.get("trace_id") or {}
    return GatewayPayout(
        id=fields["id"],
        state=_PAYOUT_STATES.get(fields["status"], PayoutState.ON_ITS_WAY),
        amount=read_amount(fields["amount"], fields["currency"]),
        arrives_on=_instant(fields["arrival_date"]).date(),
        bank_reference=str(trace.get("value") or ""),
        failure=str(fields.get("failure_message") or fields.get("failure_code") or ""),
    )


def may_retry_later(code: str, advice: str) -> bool:
    """Whether another attempt on another day may do; the card network's own advice against it counts more."""
    return code in RETRY_LATER and advice not in {"do_not_try_again", "confirm_card_data"}


def mandate_of_charge(intent: StripeFields) -> str:
    """Stripe's name of the mandate that a payment was taken by; empty of a card."""
    details = _expanded(intent.get("latest_charge")).get("payment_method_details") or {}
    return _name((details.get("sepa_debit") or {}).get("mandate"))


def saves_method(intent: StripeFields) -> bool:
    """Whether what was paid by is kept for later charges; a debit that is under way has its mandate already."""
    return intent.get("setup_future_usage") == "off_session" and intent["status"] in {"succeeded", "processing"}


def _used(intent: StripeFields, charge: StripeFields) -> SavedMethod | None:
    details, customer = charge.get("payment_method_details") or {}, _name(intent.get("customer"))
    rail, method = _RAIL_OF.get(details.get("type", "")), _name(intent.get("payment_method"))
    if rail is None or not customer or not method:
        return None
    return SavedMethod(customer, method, rail, words=_words(rail, details.get(details["type"]) or {}))


def _words(rail: PaymentRail, details: StripeFields) -> str:
    thing = "card" if rail is PaymentRail.CARD else "bank account"
    return f"{thing} ending in {details.get('last4') or '????'}"


def _mandate_reference(mandate: StripeFields) -> str:
    details = (mandate.get("payment_method_details") or {}).get("sepa_debit") or {}
    return str(details.get("reference") or "")


def _call(fields: StripeFields) -> GatewayCall | None:
    metadata = fields.get("metadata") or {}
    attempt = str(metadata.get(ATTEMPT, ""))
    if not metadata.get(ORDER) or not (attempt.isascii() and attempt.isdigit()):
        return None
    return GatewayCall(str(metadata[ORDER]), int(attempt), str(metadata.get(DOCUMENT, "")))


def _expanded(field: object) -> StripeFields:
    return field if isinstance(field, Mapping) else {}


def _name(field: object) -> str:
    """The id of what a field names, expanded or not."""
    return str(field["id"]) if isinstance(field, Mapping) else str(field or "")


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
