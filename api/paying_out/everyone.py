"""Payouts are made for all tenants: what the scheduler calls. What is asked of gateways by them, collecting does."""

import logging
from collections.abc import Callable
from functools import partial

from sqlmodel import Session

from api.collecting.runner import CollectingRules, TenantWork, due_tenants, for_each_tenant
from api.paying_out.by_bank import pay_out_by_bank
from api.paying_out.connecting import connect_payees
from api.server.database import Database
from billing.bank.orders.payment_to_make import PaymentsByBank
from billing.bank.orders.store import OrderActor, SessionPayments
from billing.payouts.making import make_due

log = logging.getLogger(__name__)

_DUE = "select t.id, t.name from payouts_due(%(now)s) d join tenant t on t.id = d.tenant order by t.id"


def pay_out_everyone(database: Database, rules: CollectingRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Make the payouts that are due, of all tenants; where nothing is due, it costs one query.

    Returns:
        For how many tenants it could not be done.
    """

    def work_on(work: TenantWork) -> None:
        make_payouts(work, abandoned)
        pay_out_by_bank(work, partial(_bank_of, work), abandoned)
        connect_payees(work, abandoned)

    works = due_tenants(database, rules, _DUE)
    return for_each_tenant(works, work_on, abandoned, "payees of tenant %s could not be paid")


def _bank_of(work: TenantWork, session: Session) -> PaymentsByBank:
    """Order payments of our bank, which a person puts into a file."""
    return SessionPayments(session, OrderActor(None, work.clock()))


def make_payouts(work: TenantWork, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Make the payouts that are due of a tenant, each account in a transaction of its own.

    Returns:
        How many accounts were looked at.
    """
    looked_at = 0
    while not abandoned():
        with work.database.transaction(work.tenant) as session:
            made = make_due(session, work.clock())
        if made is None:
            break
        looked_at += 1
    return looked_at
