"""Orders that are due are asked of gateways: claimed, called outside any transaction, and recorded, one by one.

As many processes as one likes do it side by side: what one holds the others pass over.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from api.collecting.setup import GatewaysSetUp, TenantGateways
from api.server.database import Database
from billing.payments.gateway import (
    ChargeAsked,
    Gateway,
    GatewayFailed,
    GatewayMovement,
    GatewayOutcomeUnknown,
    GatewayRefused,
    GatewayThing,
    OrderedMovement,
    RefundAsked,
    SessionAsked,
    TakeBackAsked,
    TransferAsked,
)
from billing.payments.gateway_records import WholeGateway
from billing.payments.orders.claims import (
    LEASE,
    CallAsked,
    CallOutcome,
    Claimed,
    ClaimedCall,
    ClaimedLookAt,
    ClaimedSearch,
    claim,
    claim_one,
    know_customer,
    record_look,
    record_outcome,
    record_search,
)
from billing.payments.orders.state import OrderHappening
from quantities.period import utc

log = logging.getLogger(__name__)

_DUE = "select t.id, t.name from collections_due(%(now)s) d join tenant t on t.id = d.tenant order by t.id"


@dataclass(frozen=True, slots=True)
class CollectingRules:
    """How money is collected.

    Attributes:
        setup: the gateway accounts.
        clock: tells the instant.
    """

    setup: GatewaysSetUp
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class TenantWork:
    """Whose orders and events are worked on, by which gateways, and by which clock."""

    database: Database
    tenant: int
    setup: TenantGateways
    clock: Callable[[], datetime]

    def gateway(self, account: str) -> WholeGateway:
        """The gateway of an account.

        Raises:
            GatewayFailed: the account is not set up any more: nothing is done.
        """
        known = self.setup.accounts.get(account)
        if known is None:
            raise GatewayFailed(f"the gateway account {account} is not set up here")
        return known.gateway


def due_tenants(database: Database, rules: CollectingRules, statement: str = _DUE) -> list[TenantWork]:
    """Name the tenants of which something is due: one query; by itself, an order or an event."""
    due = database.look_up(statement, {"now": utc(rules.clock())})
    return [TenantWork(database, tenant, rules.setup.of_tenant(name), rules.clock) for tenant, name in due]


def for_each_tenant(
    works: Iterable[TenantWork],
    work_on: Callable[[TenantWork], object],
    abandoned: Callable[[], bool],
    complaint: str,
) -> int:
    """Work on one tenant after another; one that fails is logged, and holds no other back.

    Args:
        works: whose.
        work_on: what is done.
        abandoned: says when to end.
        complaint: what the log says of a tenant, with a place for its number.

    Returns:
        For how many it could not be done.
    """
    failed = 0
    for work in works:
        if abandoned():
            break
        try:
            work_on(work)
        except Exception:
            log.exception(complaint, work.tenant)
            failed += 1
    return failed


def collect_tenant(work: TenantWork, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Ask for what is due of a tenant.

    Returns:
        How many orders were looked at.
    """
    looked_at = 0
    while not abandoned():
        with work.database.transaction(work.tenant) as session:
            claimed = claim(session, work.clock(), work.setup)
        if claimed is None:
            break
        _done(work, claimed)
        looked_at += 1
    return looked_at


def collect_one(work: TenantWork, key: int) -> None:
    """Ask for one order at once, if it is due and nobody else does."""
    with work.database.transaction(work.tenant) as session:
        claimed = claim_one(session, key, work.clock(), work.setup)
    if claimed is not None:
        _done(work, claimed)


def _done(work: TenantWork, claimed: Claimed) -> None:
    match claimed:
        case ClaimedCall():
            _call(work, claimed)
        case ClaimedSearch():
            movements = _searched(work, claimed)
            with work.database.transaction(work.tenant) as session:
                repeated = record_search(session, claimed, movements, work.setup, now=work.clock())
            if repeated is not None:
                _call(work, repeated)
        case ClaimedLookAt():
            movement = _looked_at(work, claimed)
            with work.database.transaction(work.tenant) as session:
                record_look(session, claimed, movement, work.setup, now=work.clock())


def _call(work: TenantWork, claimed: ClaimedCall) -> None:
    outcome = _attempted(work, claimed)
    with work.database.transaction(work.tenant) as session:
        record_outcome(session, claimed, outcome, work.setup, now=work.clock())


def _attempted(work: TenantWork, claimed: ClaimedCall) -> CallOutcome:
    """Make a call, in its time; what nobody foresaw is an outcome that nobody knows."""
    if work.clock() - claimed.at > LEASE / 2:  # it was stopped, and the others may take it for lost soon
        return CallOutcome(OrderHappening.LOST, detail="its time was up before it was asked")
    try:
        return CallOutcome(None, _answered(work.gateway(claimed.account), _with_customer(work, claimed), claimed))
    except GatewayFailed as failure:
        return CallOutcome(OrderHappening.NEVER_MADE, detail=str(failure))
    except GatewayRefused as refusal:
        detail = " ".join(filter(None, (refusal.code, str(refusal))))
        return CallOutcome(OrderHappening.REFUSED, detail=detail, may_retry_later=refusal.may_retry_later)
    except GatewayOutcomeUnknown as unknown:
        return CallOutcome(OrderHappening.LOST, detail=str(unknown))
    except Exception as fault:
        log.exception("order %s ended in what nobody foresaw", claimed.order)
        return CallOutcome(OrderHappening.LOST, detail=f"unforeseen: {type(fault).__name__}")


def _answered(gateway: WholeGateway, asked: CallAsked, claimed: ClaimedCall) -> GatewayMovement:
    """Ask, and of a call that was made before read how what it made stands now: the answer may be that of the first.

    Raises:
        GatewayOutcomeUnknown: it cannot be read; the next look finds it.
    """
    answer = _asked(gateway, asked)
    thing = _THINGS.get(answer.movement)
    if thing is None or not claimed.is_repeated:
        return answer
    try:
        now = gateway.fetch(thing, answer.id)
    except (GatewayFailed, GatewayRefused) as failure:
        raise GatewayOutcomeUnknown(f"{answer.id} was made, and cannot be read: {failure}") from failure
    if now is None:
        raise GatewayOutcomeUnknown(f"{answer.id} was made, and is not there")
    return now


#: As what each is read; what was taken back has no state that changes.
_THINGS = {
    OrderedMovement.CHARGE: GatewayThing.PAYMENT,
    OrderedMovement.SESSION: GatewayThing.SESSION,
    OrderedMovement.REFUND: GatewayThing.REFUND,
    OrderedMovement.TRANSFER: GatewayThing.TRANSFER,
}


def _with_customer(work: TenantWork, claimed: ClaimedCall) -> CallAsked:
    if claimed.customer is None or not isinstance(claimed.asked, SessionAsked):
        return claimed.asked
    gateway, customer = work.gateway(claimed.account), claimed.customer
    try:
        made = "" if customer.since is None else gateway.find_customer(customer.call.order, customer.since)
        made = made or gateway.save_customer(customer.call, customer.name, {})
    except (GatewayOutcomeUnknown, GatewayRefused) as failure:  # of the order itself nothing was asked yet
        raise GatewayFailed(f"the customer is not known there: {failure}") from failure
    with work.database.transaction(work.tenant) as session:
        return replace(claimed.asked, customer=know_customer(session, customer.key, made))


def _asked(gateway: Gateway, asked: CallAsked) -> GatewayMovement:
    match asked:
        case ChargeAsked():
            return gateway.charge(asked)
        case SessionAsked():
            return gateway.open_session(asked)
        case RefundAsked():
            return gateway.refund(asked)
        case TransferAsked():
            return gateway.transfer(asked)
        case TakeBackAsked():
            return gateway.take_back(asked)


def _searched(work: TenantWork, search: ClaimedSearch) -> tuple[GatewayMovement, ...] | None:
    try:
        return work.gateway(search.account).find(search.movement, search.reference, search.customer)
    except (GatewayFailed, GatewayOutcomeUnknown, GatewayRefused) as failure:
        log.info("order %s: %s", search.order, failure)
    except Exception:
        log.exception("order %s could not be looked for", search.order)
    return None


def _looked_at(work: TenantWork, claimed: ClaimedLookAt) -> GatewayMovement | None:
    try:
        gateway = work.gateway(claimed.account)
        if claimed.closes and claimed.thing is GatewayThing.SESSION:
            return gateway.close_session(claimed.thing_id)
        return gateway.fetch(claimed.thing, claimed.thing_id)
    except (GatewayFailed, GatewayOutcomeUnknown, GatewayRefused) as failure:
        log.info("order %s: %s", claimed.order, failure)
    except Exception:
        log.exception("order %s could not be looked at", claimed.order)
    return None
