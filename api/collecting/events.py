"""What gateways tell is handled by fetching the thing; and their accounts are read for what nobody told."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from api.collecting.runner import TenantWork
from billing.payments.events.store import (
    ClaimedEvent,
    balance_read,
    claim_event,
    claim_poll,
    end_event,
    events_read,
    handle,
    known_order,
    order_of,
    put_off_event,
    record_events,
)
from billing.payments.gateway import GatewayFailed, GatewayOutcomeUnknown, GatewayRefused, GatewayThing
from billing.payments.gateway_records import WholeGateway
from billing.payments.methods.store import know_method
from billing.payments.orders.recorded import GatewayWord

log = logging.getLogger(__name__)

_AT_ONCE = 100
_One = TypeVar("_One")


def handle_events(work: TenantWork, abandoned: Callable[[], bool] = lambda: False) -> int:
    """Handle the events that are due of a tenant.

    Returns:
        How many.
    """
    handled = 0
    while not abandoned():
        with work.database.transaction(work.tenant) as session:
            event = claim_event(session, work.clock())
            order = None if event is None else known_order(session, event)
        if event is None:
            break
        try:
            _handled(work, event, order)
        except (GatewayFailed, GatewayOutcomeUnknown, GatewayRefused) as failure:
            _put_off(work, event, str(failure))
        except Exception as fault:
            log.exception("gateway event %s could not be handled", event.key)
            _put_off(work, event, f"unforeseen: {type(fault).__name__}")
        handled += 1
    return handled


def _handled(work: TenantWork, event: ClaimedEvent, order: tuple[int, int] | None) -> None:
    gateway = work.gateway(event.account)
    if event.thing is GatewayThing.MANDATE:
        _method_handled(work, event, gateway)
        return
    movement = gateway.fetch(event.thing, event.thing_id, event.connected)
    if movement is not None and order is None:
        with work.database.transaction(work.tenant) as session:
            order = order_of(session, event, movement)
        if order is not None:  # the look was numbered after the first one: once more, so that it knows what it says
            movement = gateway.fetch(event.thing, event.thing_id, event.connected)
    with work.database.transaction(work.tenant) as session:
        if movement is None:
            end_event(session, event, "ignored", "the gateway has no such thing")
        elif order is None:
            end_event(session, event, "ignored", "it is no order of ours")
        else:
            handle(session, event, order[0], GatewayWord(gateway.name, order[1], movement), work.clock())


def _method_handled(work: TenantWork, event: ClaimedEvent, gateway: WholeGateway) -> None:
    saved = None if event.connected else gateway.saved_method(event.thing_id)
    with work.database.transaction(work.tenant) as session:
        is_ours = not event.connected and know_method(session, event.account, event.thing_id, saved, work.clock())
        end_event(session, event, *(("done", "") if is_ours else ("ignored", "it is no method of ours")))


def _put_off(work: TenantWork, event: ClaimedEvent, detail: str) -> None:
    with work.database.transaction(work.tenant) as session:
        put_off_event(session, event, detail, work.clock())


def poll_tenant(work: TenantWork) -> int:
    """Read the accounts of a tenant that were not read within the hour: what has happened, and what moved the balance.

    Returns:
        How many events and entries are new.
    """
    return sum(_polled(work, account) for account in work.setup.accounts)


def _polled(work: TenantWork, account: str) -> int:
    with work.database.transaction(work.tenant) as session:
        claimed = claim_poll(session, account, work.clock())
    if claimed is None:
        return 0
    gateway, new = work.gateway(account), 0
    try:
        for events in _in_batches(gateway.events_since(claimed.events_from)):
            with work.database.transaction(work.tenant) as session:
                new += record_events(session, account, events, work.clock())
                events_read(session, account, max(event.at for event in events))
        for entries in _in_batches(gateway.balance_since(claimed.balance_from)):
            with work.database.transaction(work.tenant) as session:
                new += balance_read(session, account, entries)
    except (GatewayFailed, GatewayOutcomeUnknown, GatewayRefused) as failure:
        log.info("gateway account %s could not be read: %s", account, failure)
    return new


def _in_batches(things: Iterable[_One]) -> Iterator[list[_One]]:
    remaining = iter(things)
    while batch := list(islice(remaining, _AT_ONCE)):
        yield batch
