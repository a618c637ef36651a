"""Payouts by a bank: stated as payments to make, and followed until the bank has booked them, or a person says so."""

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session, col, select

from billing.bank.orders.payment_to_make import (
    AccountToPay,
    AddressToPay,
    BankOrderState,
    PaymentMade,
    PaymentPurpose,
    PaymentsByBank,
    PaymentToMake,
)
from billing.due.pauses.store import is_held_back
from billing.payouts.making import WAITS_FOR_RELEASE
from billing.payouts.standings import locked_account, standing_of
from billing.payouts.state import PayeePayoutState, PayoutHappening, PayoutNotSo
from billing.payouts.store import add_payout_event, payout_happens, payout_row
from billing.payouts.tables import PayoutRow
from billing.receivables.store import party_names
from contracts.party_profiles.store import in_force, recorded_profiles
from contracts.sharing.payout_terms import PaidOutBy
from quantities.errors import Invalid
from quantities.number import plain

_H, _S = PayoutHappening, PayeePayoutState
_TEXT_MAX = 140


class PaidOutAhead(Invalid):
    """The payee cannot have been paid on that day."""


def due_by_bank(session: Session, now: datetime) -> list[int]:
    """List the payouts that a bank is to make and was not asked for yet, the oldest first; none in a pause of them."""
    row = PayoutRow
    due = select(row.id).where(row.by == PaidOutBy.BANK.value, col(row.state).in_([_S.DUE.value, _S.HELD.value]))
    asked = due.where(
        (col(row.state) == _S.DUE.value) | col(row.released_at).is_not(None) | (col(row.held) != WAITS_FOR_RELEASE)
    )
    asked = asked.where(~is_held_back(col(row.tenant), ["pay out"], None, now))
    return list(session.exec(asked.order_by(col(row.id))))


def key_of(number: int) -> str:
    """Name a payout as our bank is asked for it."""
    return f"payout {number}"


def ordered_of_bank(session: Session, came_back: Collection[str]) -> list[int]:
    """List the payouts that a bank was asked for and has not booked, or that came back since; the oldest first.

    Args:
        session: states the tenant.
        came_back: the keys of payments that the bank has given back, ever.
    """
    row = PayoutRow
    returned = [int(number) for key in came_back if (number := key.removeprefix(key_of(0)[:-1])).isdecimal()]
    ordered = select(row.id).where(
        row.by == PaidOutBy.BANK.value,
        (col(row.state) == _S.ORDERED.value) | ((col(row.state) == _S.PAID.value) & col(row.id).in_(returned)),
    )
    return list(session.exec(ordered.order_by(col(row.id))))


def payment_of(session: Session, row: PayoutRow, today: date) -> PaymentToMake | None:
    """State a payout as a payment that a bank is to make; None where nobody has told an account of the payee."""
    names = party_names(session, {row.issuer_id, row.payee_id})
    payee = names[row.payee_id]
    recorded = in_force(recorded_profiles(session, payee), today)
    bank = None if recorded is None else recorded.profile.bank_for(row.currency)
    if recorded is None or bank is None:
        return None
    profile = recorded.profile
    account = AccountToPay(bank.holder or profile.full_name or payee, bank.account, bank.bic or "", bank.bank or "")
    address = AddressToPay(town=profile.city or "", post_code=profile.post_code or "", lines=profile.address)
    return PaymentToMake(
        key=key_of(row.id),
        purpose=PaymentPurpose.PAYOUT,
        supplier=names[row.issuer_id],
        payee=payee,
        account=account,
        currency=row.currency,
        amount=row.amount,
        pay_on=today,
        address=address,
        text=key_of(row.id)[:_TEXT_MAX],
    )


def ask_bank(session: Session, key: int, bank: PaymentsByBank, now: datetime) -> None:
    """Ask our bank for a payout that is due: it is put into its next file.

    What is owed no more is withdrawn; what nobody has told an account for is held.

    Args:
        session: states the tenant, as the product itself.
        key: of the payout.
        bank: takes it, in the same transaction.
        now: the instant.
    """
    row = payout_row(session, key)
    if row.state not in {_S.DUE, _S.HELD} or row.by != PaidOutBy.BANK:
        return
    stands = standing_of(session, locked_account(session, row.account_id), now)
    payment = payment_of(session, row, stands.today)
    if stands.balance.payable < 0:
        short = f"{plain(-stands.balance.payable)} {row.currency} less is owed by now"
        payout_happens(session, row, _H.WITHDRAWN, at=now, detail=short)
    elif payment is None:
        held = f"nobody has told an account of {stands.owed.payee} for {row.currency}: `usufruct party profile`"
        if row.held != held:
            payout_happens(session, row, _H.HELD, at=now, detail=held)
    else:
        row.external = f"order {bank.ask(payment)}"
        payout_happens(session, row, _H.ORDERED, at=now, detail=row.external)
    session.flush()


def follow_bank(session: Session, key: int, made: PaymentMade | None, now: datetime) -> None:
    """Let a payout follow what our bank says of it: booked, refused, or come back."""
    row = payout_row(session, key)
    if made is None or row.by != PaidOutBy.BANK:
        return
    if made.state is BankOrderState.DONE and row.state != _S.PAID:
        row.paid_on = made.booked_on or now.date()
        payout_happens(session, row, _H.PAID, at=now, detail=f"order {made.order}")
    elif made.state in {BankOrderState.RETURNED, BankOrderState.REFUSED} and row.state in {_S.ORDERED, _S.PAID}:
        payout_happens(session, row, _H.FAILED, at=now, detail=made.held or made.state.value)
    elif made.state is BankOrderState.WITHDRAWN and row.state == _S.ORDERED:
        payout_happens(session, row, _H.WITHDRAWN, at=now, detail=made.held)
    session.flush()


def record_paid(session: Session, key: int, on: date, reference: str, *, by: str, at: datetime) -> None:
    """Record that a bank has paid a payout, by its statement or by hand.

    Raises:
        UnknownPayout: there is none of that number.
        PayoutNotSo: it is none of a bank, waits for somebody, is paid, or ended.
        PaidOutAhead: the day cannot be.
    """
    row = _of_bank(session, key, {_S.DUE, _S.ORDERED})
    today = standing_of(session, locked_account(session, row.account_id), at).today
    if not row.made_on <= on <= today:
        detail = f"payout {key} was made on {row.made_on}, and today is {today}"
        raise PaidOutAhead(detail, place="/on", found=str(on), expected=f"{row.made_on} to {today}")
    row.paid_on, row.external = on, reference
    payout_happens(session, row, _H.PAID, at=at, detail=reference, by=by)
    session.flush()


def record_failed(session: Session, key: int, reason: str, *, by: str, at: datetime) -> None:
    """Record that a bank did not pay a payout, or that it came back: what it had is owed again.

    Raises:
        UnknownPayout: there is none of that number.
        PayoutNotSo: it is none of a bank, or a bank was not asked for it.
    """
    row = _of_bank(session, key, {_S.ORDERED, _S.PAID})
    payout_happens(session, row, _H.FAILED, at=at, detail=reason, by=by)
    add_payout_event(session, row, _H.NOTED, at=at, detail="it is owed again, and the next payout has it")
    session.flush()


def _of_bank(session: Session, key: int, states: set[PayeePayoutState]) -> PayoutRow:
    row = payout_row(session, key)
    if row.by != PaidOutBy.BANK or row.state not in states:
        detail = f"payout {key} is paid by a {row.by}, and is {row.state}"
        expected = f"one by a bank that is {' or '.join(sorted(states))}"
        raise PayoutNotSo(detail, found=row.state, expected=expected)
    return row
