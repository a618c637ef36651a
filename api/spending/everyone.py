"""Spending is looked at for all tenants, and alerts are mailed: what the scheduler calls."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from api.delivering.mail_way import MailWay
from api.delivering.setup import WaysSetUp
from api.server.database import Database
from billing.delivery.way import OutcomeUnknown, SendingFailed, SendingRefused
from billing.spending.claims import MailOutcome, claim_mail, record_mail
from billing.spending.look import look_at, put_off
from billing.spending.store import MailState, due_contracts
from contracts.delivery_terms import DeliveryWay
from quantities.period import utc

log = logging.getLogger(__name__)

_DUE = "select tenant from spending_due(%(now)s)"
#: Contracts of one tenant before the next has its turn.
_TURN = 100


@dataclass(frozen=True, slots=True)
class SpendingRules:
    """How spending is looked at.

    Attributes:
        ways: by which mails leave the house; where no server of mails is set, they wait.
        clock: tells the instant.
    """

    ways: WaysSetUp
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


def spend_everyone(database: Database, rules: SpendingRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Look at what is due of all tenants, and mail what customers are to be told; with nothing due, one query.

    Returns:
        For how many tenants it could not be done.
    """
    failed = 0
    for (tenant,) in database.look_up(_DUE, {"now": utc(rules.clock())}):
        if abandoned():
            break
        try:
            look_at_tenant(database, tenant, rules, abandoned)
            mail_alerts(database, tenant, rules, abandoned)
        except Exception:
            log.exception("the spending of tenant %s could not be looked at", tenant)
            failed += 1
    return failed


def look_at_tenant(
    database: Database, tenant: int, rules: SpendingRules, abandoned: Callable[[], bool] = lambda: False
) -> int:
    """Look at the contracts of a tenant that are due, each in its own transaction: one at fault holds up no other.

    Returns:
        How many were looked at.
    """
    looked_at = 0
    with database.transaction(tenant) as session:
        due = due_contracts(session, rules.clock(), _TURN)
    for contract_id in due:
        if abandoned():
            break
        try:
            with database.transaction(tenant) as session:
                looked_at += look_at(session, contract_id, rules.clock()) is not None
        except Exception as fault:
            log.exception("the spending of contract %s of tenant %s could not be looked at", contract_id, tenant)
            with database.transaction(tenant) as session:
                put_off(session, contract_id, rules.clock(), f"{type(fault).__name__}: {fault}")
    return looked_at


def mail_alerts(
    database: Database, tenant: int, rules: SpendingRules, abandoned: Callable[[], bool] = lambda: False
) -> int:
    """Mail what customers of a tenant are to be told; each attempt is on record before it begins.

    Returns:
        How many attempts were made.
    """
    way = rules.ways.ways.get(DeliveryWay.MAIL)
    attempts = 0
    while isinstance(way, MailWay) and not abandoned():
        with database.transaction(tenant) as session:
            claimed = claim_mail(session, rules.clock(), domain=rules.ways.mail_domain)
        if claimed is None:
            break
        attempts += 1
        try:
            receipt = way.hand_over(claimed.message(way.sender), claimed.to, claimed.key)
            outcome = MailOutcome(MailState.SENT, receipt.detail)
        except SendingFailed as fault:
            outcome = MailOutcome(MailState.DUE, str(fault))
        except SendingRefused as fault:
            outcome = MailOutcome(MailState.FAILED, str(fault))
        except OutcomeUnknown as fault:
            outcome = MailOutcome(MailState.UNKNOWN, str(fault))
        with database.transaction(tenant) as session:
            record_mail(session, claimed, outcome, rules.clock())
    return attempts
