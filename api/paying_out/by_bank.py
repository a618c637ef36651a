"""Payouts by a bank are asked of it as they are due, and follow what it says of them."""

from collections.abc import Callable

from sqlmodel import Session

from api.collecting.runner import TenantWork
from billing.bank.orders.payment_to_make import PaymentsByBank
from billing.payouts.by_bank.store import ask_bank, due_by_bank, follow_bank, key_of, ordered_of_bank

#: Who takes payments for our bank, within a transaction.
BankOfSession = Callable[[Session], PaymentsByBank]


def pay_out_by_bank(work: TenantWork, bank_of: BankOfSession, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Ask our bank for payouts of a tenant that are due, and read what became of others; each in its transaction.

    Args:
        work: of the tenant.
        bank_of: takes them.
        abandoned: says whether to end early.

    Returns:
        How many were looked at.
    """
    with work.database.transaction(work.tenant) as session:
        due = due_by_bank(session, work.clock())
        ordered = ordered_of_bank(session, bank_of(session).came_back())
    for key in due:
        if abandoned():
            break
        with work.database.transaction(work.tenant) as session:
            ask_bank(session, key, bank_of(session), work.clock())
    for key in ordered:
        if abandoned():
            break
        with work.database.transaction(work.tenant) as session:
            follow_bank(session, key, bank_of(session).made(key_of(key)), work.clock())
    return len(due) + len(ordered)
