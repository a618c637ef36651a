"""Ended methods are removed at the gateways that keep them: claimed, asked outside any transaction, recorded."""

import logging
from collections.abc import Callable

from api.collecting.runner import CollectingRules, TenantWork, due_tenants, for_each_tenant
from api.server.database import Database
from billing.payments.gateway import GatewayFailed, GatewayOutcomeUnknown, GatewayRefused
from billing.payments.gateway_records import WholeGateway
from billing.payments.methods.removal.store import LEASE, ClaimedRemoval, claim_removal, record_removal
from billing.payments.methods.state import MethodRemoval

log = logging.getLogger(__name__)

_DUE = "select t.id, t.name from method_removals_due(%(now)s) d join tenant t on t.id = d.tenant order by t.id"


def remove_everyone(database: Database, rules: CollectingRules, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Have what was ended forgotten by gateways, of all tenants; where nothing is due, it costs one query.

    Returns:
        For how many tenants it could not be done.
    """
    works = due_tenants(database, rules, _DUE)
    complaint = "methods of tenant %s could not be removed"
    return for_each_tenant(works, lambda work: remove_ended(work, abandoned), abandoned, complaint)


def remove_ended(work: TenantWork, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Have the ended methods of a tenant removed that are due.

    Returns:
        How many were looked at.
    """
    looked_at = 0
    while not abandoned():
        with work.database.transaction(work.tenant) as session:
            claimed = claim_removal(session, work.tenant, work.clock())
        if claimed is None:
            break
        outcome, detail = _removed(work, claimed)
        with work.database.transaction(work.tenant) as session:
            record_removal(session, claimed, outcome, detail, work.clock())
        looked_at += 1
    return looked_at


def _removed(work: TenantWork, claimed: ClaimedRemoval) -> tuple[MethodRemoval, str]:
    """Ask, in its time; what nobody foresaw is an outcome that nobody knows."""
    if work.clock() - claimed.at > LEASE / 2:  # it was stopped, and another may have claimed it since
        return MethodRemoval.UNKNOWN, "its time was up before it was asked"
    try:
        _ask(work.gateway(claimed.account), claimed)
    except GatewayFailed as failure:
        # of an attempt before it nobody knows more than they did
        return MethodRemoval.UNKNOWN if claimed.is_lookup else MethodRemoval.DUE, str(failure)
    except GatewayRefused as refusal:
        return MethodRemoval.REFUSED, " ".join(filter(None, (refusal.code, str(refusal))))
    except GatewayOutcomeUnknown as unknown:
        return MethodRemoval.UNKNOWN, str(unknown)
    except Exception as fault:
        log.exception("method %s could not be removed", claimed.key)
        return MethodRemoval.UNKNOWN, f"unforeseen: {type(fault).__name__}"
    return MethodRemoval.DONE, ""


def _ask(gateway: WholeGateway, claimed: ClaimedRemoval) -> None:
    """Have a method forgotten, unless an attempt before has come to that."""
    known = gateway.saved_method(claimed.method) if claimed.is_lookup else None
    if not claimed.is_lookup or (known is not None and known.is_active):
        gateway.remove_method(claimed.call, claimed.method)
