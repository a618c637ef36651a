"""Payouts are made of what is payable: the account of a payee is locked, so of two workers the second sees nothing.

A payout, its lines and the order to the gateway come into being together. Nothing is paid while less than nothing is
payable: that is carried, or taken back of earlier transfers where the contract says so.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session, col, select

from billing.due.pauses.store import is_held_back
from billing.payments.gateway import OrderedMovement
from billing.payments.orders.asked.store import again, withdraw
from billing.payments.tables import GatewayOrderRow
from billing.payouts.payable import PlannedLine, lines_to_take_back
from billing.payouts.payout_days import is_payout_day, latest_payout_day, next_payout_day
from billing.payouts.standings import PayeeStanding, locked_account, standing_of
from billing.payouts.state import PayeePayoutState, PayoutHappening, PayoutNotSo
from billing.payouts.store import add_payout_event, payout_happens, payout_row
from billing.payouts.tables import PayoutAccountRow, PayoutRow
from billing.payouts.transfers.claims import left_of
from billing.payouts.transfers.recorded import TAKE_BACK, new_payout, write_lines
from contracts.release.store import OwnWork, Releasing
from contracts.sharing.payout_terms import BelowZero, PaidOutBy, PayoutTerms
from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict
from quantities.money import Money
from quantities.number import plain
from quantities.period import zone

_NOTHING = Decimal(0)
_H, _S = PayoutHappening, PayeePayoutState
WAITS_FOR_RELEASE = "it waits for its release"


class NothingPayable(Conflict):
    """Nothing is payable to the payee now."""


class PayoutNotOwed(Conflict):
    """Less is owed by now than the payout comes to."""


class PayoutReleased(Conflict):
    """The payout does not wait for a release."""


@dataclass(frozen=True, slots=True)
class MadePayouts:
    """What was made of an account: the numbers of payouts, and of what is taken back."""

    payouts: tuple[int, ...] = ()


def make_due(session: Session, now: datetime) -> MadePayouts | None:
    """Make the payouts of the account that is due longest and that nobody else holds; None where none is.

    Args:
        session: states the tenant, as the product itself; it is committed before anybody is asked for money.
        now: the instant.
    """
    row = PayoutAccountRow
    due = select(row).where(col(row.next_at).is_not(None), col(row.next_at) <= now)
    due = due.where(~is_held_back(col(row.tenant), ["pay out"], None, now))
    oldest = due.order_by(col(row.next_at), col(row.id)).limit(1).with_for_update(skip_locked=True)
    account = session.exec(oldest.execution_options(populate_existing=True)).first()
    if account is None:
        return None
    stands = standing_of(session, account, now)
    terms = stands.owed.terms
    if terms is None:
        account.next_at = None
        session.flush()
        return MadePayouts()
    is_due = _is_due(account, terms, stands.today)
    made = _made(session, account, stands, terms, now, by=None) if is_due and not account.held else MadePayouts()
    _look_again(account, terms, stands)
    session.flush()
    return made


def _is_due(account: PayoutAccountRow, terms: PayoutTerms, today: date) -> bool:
    """Say whether a payout day has come since the last that was looked at: one that was missed is caught up once."""
    if account.looked_on is None:
        return is_payout_day(terms, today)
    return latest_payout_day(terms, today) > account.looked_on


def _look_again(account: PayoutAccountRow, terms: PayoutTerms, stands: PayeeStanding) -> None:
    account.looked_on = max(stands.today, account.looked_on or stands.today)
    day = next_payout_day(terms, account.looked_on)
    account.next_at = datetime.combine(day, time.min, zone(stands.owed.zone))


def make_now(session: Session, key: int, *, by: str, at: datetime) -> MadePayouts:
    """Make the payouts of an account at once, whatever the day, and however little it is.

    Args:
        session: states the tenant, and who acts.
        key: of the account.
        by: who has it made.
        at: the instant.

    Raises:
        NothingPayable: there is nothing to be paid.
    """
    account = locked_account(session, key)
    stands = standing_of(session, account, at)
    terms, payable = stands.owed.terms, stands.balance.payable
    if terms is None or payable <= 0:
        detail = f"{plain(payable)} {account.currency} is payable to {stands.owed.payee}"
        raise NothingPayable(detail, found=plain(payable), expected="more than nothing")
    account.held = ""
    return MadePayouts((_pay(session, account, stands, terms, at, by=by),))


def _made(
    session: Session,
    account: PayoutAccountRow,
    stands: PayeeStanding,
    terms: PayoutTerms,
    now: datetime,
    by: str | None,
) -> MadePayouts:
    payable = stands.balance.payable
    if payable > 0 and payable >= terms.least:
        return MadePayouts((_pay(session, account, stands, terms, now, by=by),))
    if payable < 0 and terms.below_zero is BelowZero.TAKEN_BACK and terms.by is PaidOutBy.GATEWAY:
        return MadePayouts(_take_back(session, account, stands, now))
    return MadePayouts()


def _pay(
    session: Session,
    account: PayoutAccountRow,
    stands: PayeeStanding,
    terms: PayoutTerms,
    now: datetime,
    by: str | None,
) -> int:
    row = PayoutRow(
        account_id=account.id,
        issuer_id=account.issuer_id,
        payee_id=account.payee_id,
        kind="payout",
        by=terms.by.value,
        currency=account.currency,
        amount=stands.balance.payable,
        made_on=stands.today,
        state=_S.HELD.value,
        held=WAITS_FOR_RELEASE,
        prepared_by=by,
        prepared_at=now,
    )
    write_lines(session, row, stands.balance.lines)
    add_payout_event(session, row, _H.MADE, at=now, by=by)
    if not keeps_four_eyes(session) or _is_small(session, row):
        payout_happens(session, row, _H.RELEASED, at=now, by=by)
        _order(session, row, now, by=by)
    session.flush()
    return row.id


# text: a function of the database, which the trigger on payouts asks as well
_IS_SMALL = text("select payout_is_small(p) from payout p where p.id = :number")


def _is_small(session: Session, row: PayoutRow) -> bool:
    return bool(session.execute(_IS_SMALL, {"number": row.id}).scalar_one())


def release_payout(session: Session, key: int, releasing: Releasing) -> None:
    """Let a payout go that waits for a release.

    Args:
        session: states the tenant, and who acts.
        key: its number.
        releasing: who acts, and whether one is enough.

    Raises:
        UnknownPayout: there is none of that number.
        PayoutReleased: it does not wait for one.
        OwnWork: the same person has prepared it.
        PayoutNotOwed: less is owed by now.
    """
    row = payout_row(session, key)
    if row.state != _S.HELD or row.released_by is not None or row.order_id is not None:
        detail = f"payout {key} is {row.state}, and does not wait for a release"
        raise PayoutReleased(detail, found=row.state, expected="held until somebody releases it")
    if releasing.by is None or releasing.at is None:
        raise OwnWork("nobody is stated who acts", found=None, expected="a person")
    if not _is_small(session, row):
        releasing.check(row.prepared_by or "")
    _refuse_not_owed(session, row, releasing.at)
    row.released_by, row.released_at = releasing.by, releasing.at
    payout_happens(session, row, _H.RELEASED, at=releasing.at, by=releasing.by)
    session.flush()
    _order(session, row, releasing.at, by=releasing.by)
    session.flush()


def _refuse_not_owed(session: Session, row: PayoutRow, now: datetime) -> None:
    payable = standing_of(session, locked_account(session, row.account_id), now).balance.payable
    if payable < 0:
        detail = f"{plain(-payable)} {row.currency} less is owed by now than payout {row.id} and earlier ones come to"
        raise PayoutNotOwed(detail, found=plain(payable), expected="withdraw it: the next one is made of what is owed")


def _order(session: Session, row: PayoutRow, now: datetime, *, by: str | None) -> None:
    """Order a payout of the gateway, where it is paid by it; our bank is asked at the next turn, whatever the day."""
    if row.by != PaidOutBy.GATEWAY:
        locked_account(session, row.account_id).next_at = now
        return
    is_payout, of_id = row.kind != TAKE_BACK, None
    if not is_payout:
        of_id = session.exec(select(PayoutRow.order_id).where(PayoutRow.id == row.of_id)).one()
    order = GatewayOrderRow(
        movement=(OrderedMovement.TRANSFER if is_payout else OrderedMovement.TAKE_BACK).value,
        issuer_id=row.issuer_id,
        party_id=row.payee_id,
        currency=row.currency,
        asked=row.amount,
        of_id=of_id,
        next_at=now,
        asked_by=by,
        asked_at=now,
    )
    session.add(order)
    session.flush()
    row.order_id = order.id
    payout_happens(session, row, _H.ORDERED, at=now, by=by)


def _take_back(session: Session, account: PayoutAccountRow, stands: PayeeStanding, now: datetime) -> tuple[int, ...]:
    """Take back what a payee has too much, of the newest transfers first, as far as they go."""
    too_much, of_rows, amounts = -stands.balance.payable, [], []
    paid = select(PayoutRow).where(
        PayoutRow.account_id == account.id, PayoutRow.kind == "payout", PayoutRow.state == _S.PAID.value
    )
    newest_first = paid.where(col(PayoutRow.order_id).is_not(None)).order_by(col(PayoutRow.id).desc())
    for row in session.exec(newest_first):
        if not too_much:
            break  # what is left of an older one is not asked for: a payee has years of them
        part = min(too_much, left_of(session, row))
        if part > 0:
            of_rows.append(row)
            amounts.append(part)
            too_much -= part
    made = []
    lines: list[tuple[PlannedLine, ...]] = lines_to_take_back(stands.balance.lines, amounts)
    for row, amount, of_it in zip(of_rows, amounts, lines, strict=True):
        back = new_payout(session, row, amount, of_it, state=_S.DUE, at=now)
        add_payout_event(session, back, _H.MADE, at=now, detail=f"of {Money(amount, row.currency)} too much")
        _order(session, back, now, by=None)
        made.append(back.id)
    session.flush()
    return tuple(made)


def withdraw_payout(session: Session, key: int, *, reason: str, by: str, at: datetime) -> None:
    """Withdraw a payout of which no money is on its way: what it had is owed as before.

    Raises:
        UnknownPayout: there is none of that number.
        PayoutNotSo, OrderNotSo: it is under way, paid, or ended.
    """
    order = payout_row(session, key, for_update=False).order_id
    if order is not None:  # an order first, and then its payout, as a claim does
        withdraw(session, order, reason=reason, by=by, at=at)
        return
    payout_happens(session, payout_row(session, key), _H.WITHDRAWN, at=at, detail=reason, by=by)
    session.flush()


def ask_payout_again(session: Session, key: int, *, reason: str, by: str, at: datetime) -> None:
    """Have a payout that the gateway refused asked for once more.

    Raises:
        UnknownPayout: there is none of that number.
        PayoutNotSo: it is not by a gateway, or not asked for.
        OrderNotSo: it is under way, or done.
    """
    row = payout_row(session, key, for_update=False)
    if row.order_id is None or row.state != _S.HELD:
        detail = f"payout {key} is {row.state}, and not one that a gateway refused"
        raise PayoutNotSo(detail, found=row.state, expected="a payout that a gateway refused")
    again(session, row.order_id, reason=reason, by=by, at=at)
