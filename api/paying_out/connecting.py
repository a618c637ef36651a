"""Accounts of payees at gateways are made once, and read while something is asked of them."""

import logging
from collections.abc import Callable
from typing import Protocol

from api.collecting.runner import TenantWork
from billing.payments.gateway import (
    ConnectedAccount,
    Gateway,
    GatewayFailed,
    GatewayOutcomeUnknown,
    GatewayRefused,
)
from billing.payments.gateway_records import GatewayRecords
from billing.payouts.connections.store import ClaimedConnection, claim_connection, connection_failed, record_connection

log = logging.getLogger(__name__)


class _GatewayOfPayees(Gateway, GatewayRecords, Protocol):
    """Both halves of the port: an account that nobody knows the outcome of is looked for."""


def connect_payees(work: TenantWork, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Make and read the accounts that are due of a tenant.

    Returns:
        How many.
    """
    done = 0
    while not abandoned():
        with work.database.transaction(work.tenant) as session:
            claimed = claim_connection(session, work.clock(), work.setup)
        if claimed is None:
            break
        _connect(work, claimed)
        done += 1
    return done


def _connect(work: TenantWork, claimed: ClaimedConnection) -> None:
    detail, is_refused = "", False
    try:
        gateway = work.gateway(claimed.account)
        read = _read(gateway, claimed)
        link = gateway.onboarding_url(read.id, work.setup.payee_back_url) if claimed.wants_link else ""
    except GatewayRefused as refusal:
        detail, is_refused = str(refusal), True
    except (GatewayFailed, GatewayOutcomeUnknown) as failure:
        detail = str(failure)
    except Exception as fault:
        log.exception("account %s of a payee ended in what nobody foresaw", claimed.key)
        detail = f"unforeseen: {type(fault).__name__}"
    with work.database.transaction(work.tenant) as session:
        if detail:
            connection_failed(session, claimed, detail, is_refused=is_refused, now=work.clock())
        else:
            record_connection(session, claimed, read, link, work.clock())


def _read(gateway: _GatewayOfPayees, claimed: ClaimedConnection) -> ConnectedAccount:
    """Read an account as it stands now; one that may have been made is looked for, before it is made."""
    if claimed.external:
        return gateway.account(claimed.external)
    if claimed.since is not None:
        known = gateway.find_account(claimed.call.order, claimed.since)
        if known is not None:
            return known
    return gateway.connect(claimed.call, claimed.name, claimed.country)
