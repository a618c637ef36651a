"""Documents that are due are sent: claimed, sent outside any transaction, and recorded; one after the other.

As many processes as one likes do it side by side: what one holds the others pass over.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api.delivering.setup import WaysSetUp
from api.server.database import Database
from api.webhooks.backoff import wait_after
from billing.delivery.claims import (
    LEASE,
    ClaimedQuestion,
    ClaimedSending,
    ClaimPassed,
    SendingOutcome,
    claim,
    claim_one,
    record_outcome,
    record_status,
)
from billing.delivery.outgoing import Outgoing, PayLinkInMail
from billing.delivery.state import DeliveryHappening
from billing.delivery.way import AskedStatus, OutcomeUnknown, SendingFailed, SendingRefused
from quantities.period import utc

log = logging.getLogger(__name__)

#: Deliveries of one tenant before the next has its turn.
_TURN = 10
_DUE = "select tenant from deliveries_due(%(now)s)"


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How documents are sent.

    Attributes:
        setup: the ways.
        clock: tells the instant.
        jitter: from 0 to 1, drawn at each attempt that failed.
    """

    setup: WaysSetUp
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = random.random


def deliver_everyone(database: Database, rules: DeliveryRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Send what is due, of all tenants, and ask what became of what was sent: what the scheduler calls.

    They take turns, so that the ten thousand of one do not keep the one of another waiting, nor does a server that
    takes its time for each. Where nothing is due, it costs one query.

    Returns:
        Of how many tenants it could not be done.
    """
    failed: set[int] = set()
    has_more = True
    while has_more and not abandoned():
        has_more = False
        for tenant in sorted(_due(database, rules) - failed):
            if abandoned():
                break
            try:
                has_more |= _takes_turn(database, tenant, rules, abandoned, _TURN)[0] == _TURN
            except Exception:
                log.exception("documents of tenant %s could not be sent", tenant)
                failed.add(tenant)
    return len(failed)


def _due(database: Database, rules: DeliveryRules) -> set[int]:
    return {tenant for (tenant,) in database.look_up(_DUE, {"now": utc(rules.clock())})}


def deliver_tenant(
    database: Database, tenant: int, rules: DeliveryRules, abandoned: Callable[[], bool] = lambda: False
) -> int:
    """Send what is due of a tenant.

    Returns:
        How many attempts were made.
    """
    return _takes_turn(database, tenant, rules, abandoned)[1]


def _takes_turn(
    database: Database, tenant: int, rules: DeliveryRules, abandoned: Callable[[], bool], at_most: int | None = None
) -> tuple[int, int]:
    """Claim what is due of a tenant, and do it, one after the other; say how many claims, and how many attempts."""
    claims, attempts = 0, 0
    while not abandoned() and claims != at_most:
        with database.transaction(tenant) as session:
            claimed = claim(session, rules.clock(), rules.setup)
        if claimed is None:
            break
        claims += 1
        attempts += _done(database, tenant, rules, claimed)
    return claims, attempts


def deliver_one(database: Database, tenant: int, key: int, rules: DeliveryRules) -> None:
    """Send one delivery at once, if it is due and nobody else sends it."""
    with database.transaction(tenant) as session:
        claimed = claim_one(session, key, rules.clock(), rules.setup)
    if claimed is not None:
        _done(database, tenant, rules, claimed)


def _done(
    database: Database, tenant: int, rules: DeliveryRules, claimed: ClaimedSending | ClaimedQuestion | ClaimPassed
) -> bool:
    """Do what is claimed, and record what came of it; say whether an attempt was made."""
    match claimed:
        case ClaimedSending():
            outcome = _attempted(rules, claimed)
            wait = wait_after(claimed.tries, rules.jitter())
            is_askable = claimed.way in rules.setup.askable
            with database.transaction(tenant) as session:
                record_outcome(session, claimed, outcome, now=rules.clock(), wait=wait, is_askable=is_askable)
            return True
        case ClaimedQuestion():
            status = _asked(rules, claimed)
            with database.transaction(tenant) as session:
                record_status(session, claimed, status, now=rules.clock())
    return False


def _attempted(rules: DeliveryRules, claimed: ClaimedSending) -> SendingOutcome:
    if rules.clock() - claimed.attempt.at > LEASE / 2:  # it was stopped, and the others may take it for lost soon
        return SendingOutcome(DeliveryHappening.FAILED, detail="its time was up before it was begun")
    try:
        outgoing = _with_link(rules.setup, claimed)
        receipt = rules.setup.ways[claimed.way].send(outgoing, claimed.to, claimed.attempt)
    except SendingFailed as failure:
        return SendingOutcome(DeliveryHappening.FAILED, detail=str(failure))
    except SendingRefused as refusal:
        return SendingOutcome(DeliveryHappening.REFUSED, detail=str(refusal))
    except OutcomeUnknown as unknown:
        return SendingOutcome(DeliveryHappening.LOST, detail=str(unknown))
    except Exception as fault:
        log.exception("delivery %s ended in what nobody foresaw", claimed.attempt.delivery)
        return SendingOutcome(DeliveryHappening.LOST, detail=f"unforeseen: {type(fault).__name__}")
    return SendingOutcome(DeliveryHappening.SENT, receipt)


def _with_link(setup: WaysSetUp, claimed: ClaimedSending) -> Outgoing:
    outgoing = claimed.outgoing
    if claimed.link_ends_at is None:
        return outgoing
    last = claimed.link_ends_at - timedelta(microseconds=1)  # it ends as a day does
    ends_on = last.astimezone(ZoneInfo(outgoing.zone)).date()
    if claimed.token:
        outgoing = replace(outgoing, link=setup.link(claimed.token), link_ends_on=ends_on)
    if claimed.pay_tokens:
        links = tuple(PayLinkInMail(one.number, setup.pay_link(one.token)) for one in claimed.pay_tokens)
        outgoing = replace(outgoing, pay_links=links, pay_links_end_on=ends_on)
    return outgoing


def _asked(rules: DeliveryRules, question: ClaimedQuestion) -> AskedStatus | None:
    try:
        return rules.setup.askable_ways[question.way].ask(question.attempt)
    except SendingFailed as failure:
        log.info("delivery %s: %s", question.attempt.delivery, failure)
        return None
    except Exception:
        log.exception("delivery %s could not be asked about", question.attempt.delivery)
        return None
