"""Notifications sent to webhooks: what is due is claimed, sent outside any transaction, and recorded.

Each webhook that is due has a lane: a thread that sends one of its notifications after the other, the oldest first.
Those that answered well the last time and those that did not have threads of their own, so that a receiver that hangs
keeps the others waiting for nothing but its first time; and billing never waits for any.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from api.server.database import Database
from api.webhooks import claims, outbox, signing
from api.webhooks.address import UnfitWebhookAddress, WebhookAddress
from api.webhooks.backoff import wait_after
from api.webhooks.claims import ClaimedDelivery
from api.webhooks.sending import SEND_S, SendFailure, SendOutcome, send
from metering.tenants.store import tenants
from quantities.period import utc

log = logging.getLogger(__name__)

#: Notifications are kept for so long, for whoever asks what it has missed.
KEPT = timedelta(days=90)
_WELL_THREADS, _FAILING_THREADS = 16, 8
#: A lane gives its thread back after so long, so that others have their turn.
_LANE_S = 30.0
_CONNECTIONS = 4
_DUE = "select tenant, webhook, is_failing from webhooks_due(%(now)s)"


@dataclass(frozen=True, slots=True)
class SendingRules:
    """How notifications are sent.

    Attributes:
        loopback: whether this machine is asked.
        within_s: how long an attempt may take.
        clock: tells the instant.
        jitter: from 0 to 1, drawn at each attempt that failed.
    """

    loopback: bool = False
    within_s: float = SEND_S
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = random.random


class WebhookSender:
    """Sends what is due, of all tenants; as many of them side by side, in as many processes, as one likes."""

    def __init__(self, database: Database, rules: SendingRules | None = None) -> None:
        """Open a few connections of its own, so that whatever else the process does has none less."""
        self._database = Database(database.engine.url, pool_size=_CONNECTIONS, pool_timeout_s=60)
        self._rules = rules or SendingRules()
        self._pools = {
            is_failing: ThreadPoolExecutor(threads, f"webhooks-{is_failing}")
            for is_failing, threads in ((False, _WELL_THREADS), (True, _FAILING_THREADS))
        }
        self._lanes: dict[tuple[int, str], Future[int]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def close(self) -> None:
        """End: what is under way is sent and recorded, and nothing more is begun."""
        self._ended.set()
        for pool in self._pools.values():
            pool.shutdown()
        self._database.close()

    def look(self, among: Collection[int] | None = None) -> list[Future[int]]:
        """Settle what has happened and begin to send what is due: what the scheduler calls.

        Where there is nothing to do, it costs one query.

        Args:
            among: the tenants that are told of; None: all.

        Returns:
            For each webhook to which something is due, how many attempts are made; known when they are.
        """
        due = self._due(among)
        unsettled = [tenant for tenant, webhook, _ in due if webhook is None]
        if sum(self._settle(tenant) for tenant in unsettled):
            due = self._due(among)
        lanes = [self._lane(tenant, webhook, is_failing=failing) for tenant, webhook, failing in due if webhook]
        return [lane for lane in lanes if lane is not None]

    def drain(self) -> None:
        """Look, and wait until what is due now is sent, or has failed."""
        while sum(lane.result() for lane in self.look()):
            pass  # none is made where nobody answers for a webhook to which something is due

    def _due(self, among: Collection[int] | None) -> list[tuple[int, str | None, bool]]:
        rows = self._database.look_up(_DUE, {"now": utc(self._rules.clock())})
        return [(row[0], row[1], row[2]) for row in rows if among is None or row[0] in among]

    def _settle(self, tenant: int) -> bool:
        settled = 0
        try:
            while not self._ended.is_set():
                with self._database.transaction(tenant) as session:
                    portion = outbox.settle_portion(session, self._rules.clock())
                settled += portion
                if portion < outbox.PORTION:
                    break
        except Exception:
            log.exception("what happened at tenant %s could not be settled", tenant)
        return settled > 0

    def _lane(self, tenant: int, webhook: str, *, is_failing: bool) -> Future[int] | None:
        """Begin to send to a webhook, unless that is under way; None where nothing is begun any more."""
        with self._lock:
            if (tenant, webhook) not in self._lanes and not self._ended.is_set():
                self._lanes[tenant, webhook] = self._pools[is_failing].submit(self._send_all, tenant, webhook)
            return self._lanes.get((tenant, webhook))

    def _send_all(self, tenant: int, webhook: str) -> int:
        """Send to one webhook until nothing is due, something fails, or it has had its turn; say how many attempts."""
        attempts = 0
        try:
            until = time.monotonic() + _LANE_S
            done: tuple[ClaimedDelivery, SendOutcome] | None = None
            while True:
                has_ended = self._ended.is_set() or time.monotonic() > until
                claimed = self._record_and_claim(tenant, webhook, done, claims_more=not has_ended)
                if claimed is None:
                    break
                attempts += 1
                done = (claimed, self._attempt(claimed))
        except Exception:
            log.exception("webhook %s of tenant %s could not be served", webhook, tenant)
        finally:
            with self._lock:
                del self._lanes[tenant, webhook]
        return attempts

    def _record_and_claim(
        self, tenant: int, webhook: str, done: tuple[ClaimedDelivery, SendOutcome] | None, *, claims_more: bool
    ) -> ClaimedDelivery | None:
        now = self._rules.clock()
        with self._database.transaction(tenant) as session:
            if done is not None:
                claimed, outcome = done
                claims_more = claims_more and outcome.failure is None  # a receiver that fails is left alone for now
                pause = None if outcome.is_gone else wait_after(claimed.attempt, self._rules.jitter(), outcome.wait)
                failure = None if outcome.failure is None else outcome.failure.value
                claims.record(session, claimed, now=now, status=outcome.status, failure=failure, wait=pause)
                if outcome.is_gone:
                    claims.disable_gone(session, webhook, now)
            return claims.claim(session, webhook, now) if claims_more else None

    def _attempt(self, claimed: ClaimedDelivery) -> SendOutcome:
        rules, now = self._rules, self._rules.clock()
        try:
            address = WebhookAddress.of(claimed.url, loopback=rules.loopback)
        except UnfitWebhookAddress:  # the setting is another one by now
            return SendOutcome(failure=SendFailure.NOT_ASKED)
        body = claimed.notification.body
        signed = signing.headers(claimed.notification.id, body, claimed.signed_by, now)
        return send(address, signed, body, now=now, loopback=rules.loopback, within_s=rules.within_s)


def prune_notifications(database: Database, now: datetime) -> int:
    """Remove what is older than ``KEPT``, of every tenant: what the scheduler calls once a day.

    Returns:
        Of how many tenants it could not be removed.
    """
    failed = 0
    with database.transaction() as session:
        everyone = sorted(tenants(session).values())
    for tenant in everyone:
        try:
            with database.transaction(tenant) as session:
                outbox.prune(session, now - KEPT)
        except Exception:
            log.exception("notifications of tenant %s could not be removed", tenant)
            failed += 1
    return failed
