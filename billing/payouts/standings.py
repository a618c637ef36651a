"""Where a payee stands in one currency: what it is owed, and what payouts have of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from billing.payouts.owed.store import OwedToPayee, owed_to, today_for
from billing.payouts.payable import PartPosition, PayeeBalance, balance, positions
from billing.payouts.store import paid_of_parts
from billing.payouts.tables import PayoutAccountRow


@dataclass(frozen=True, slots=True)
class PayeeStanding:
    """Where a payee stands on a day.

    Attributes:
        owed: what it is owed, and by which terms it is paid.
        today: the day in the supplier's books.
        positions: of each part.
        balance: of all of them.
    """

    owed: OwedToPayee
    today: date
    positions: tuple[PartPosition, ...]
    balance: PayeeBalance


def standing_of(session: Session, account: PayoutAccountRow, now: datetime) -> PayeeStanding:
    """Say where a payee stands now.

    Args:
        session: states the tenant.
        account: whose; locked by whoever makes a payout of it.
        now: the instant.
    """
    owed = owed_to(session, account)
    today = today_for(owed, now)
    known = tuple(positions(owed.parts, paid_of_parts(session, account.id), today, account.currency))
    return PayeeStanding(owed, today, known, balance(known))


def locked_account(session: Session, key: int) -> PayoutAccountRow:
    """Lock the account of a payee until the transaction ends: whoever makes, releases or orders a payout holds it."""
    chosen = select(PayoutAccountRow).where(PayoutAccountRow.id == key).with_for_update()
    return session.exec(chosen.execution_options(populate_existing=True)).one()
