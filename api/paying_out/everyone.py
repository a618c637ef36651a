"""Payouts are made for all tenants: what the scheduler calls. What is asked of gateways by them, collecting does."""

import logging
from collections.abc import Callable
from functools import partial

from sqlmodel import Session

from api.collecting.runner import CollectingRules, TenantWork
from api.paying_out.by_bank import pay_out_by_bank
from api.paying_out.connecting import connect_payees
from api.server.database import Database
from billing.bank.orders.payment_to_make import PaymentsByBank
from billing.bank.orders.store import OrderActor, SessionPayments
from billing.payouts.making import make_due
from quantities.period import utc

log = logging.getLogger(__name__)

_DUE = "select t.id, t.name from payouts_due(%(now)s) d join tenant t on t.id = d.tenant order by t.id"


def pay_out_everyone(database: Database, rules: CollectingRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Make the payouts that are due, of all tenants; where nothing is due, it costs one query.

    Returns:
        For how many tenants it could not be done.
    """
    failed = 0
    for tenant, name in database.look_up(_DUE, {"now": utc(rules.clock())}):
        if abandoned():
            break
        work = TenantWork(database, tenant, rules.setup.of_tenant(name), rules.clock)
        try:
            make_payouts(work, abandoned)
            pay_out_by_bank(work, partial(_bank_of, work), abandoned)
            connect_payees(work, abandoned)
        except Exception:
            log.exception("payees of tenant %s could not be paid", tenant)
            failed += 1
    return failed


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
