"""What a route depends on: who calls, and the caller's transaction, committed before the answer is sent."""

import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Annotated, Any, Self, TypeVar

import psycopg
from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer
from pydantic import SecretStr
from sqlmodel import Session
from starlette.types import Message

from api.access.caller import Caller
from api.access.guesses import Guesses
from api.access.keys import BEARER, caller_in, hashed
from api.access.roles import Permission
from api.access.ways_in import Credential, Way, WaysIn
from api.audit.note import AuditNote, note
from api.collecting.setup import GatewaysSetUp
from api.delivering.setup import WaysSetUp
from api.http.conditions import NO_CONDITIONS, Conditions
from api.http.credentials import READ_ONLY, address_of, credential_of, refuse_forged
from api.http.noted import noted, writes_nothing
from api.http.preferences import prefers_later
from api.http.rates import EventRates, LinkRates, Rates
from api.http.repeats import UnderWay, answer_once_in_many
from api.http.threads import Threads
from api.long_work.runner import LongWorkRunner
from api.refusals import Unauthenticated
from api.repeats.held_keys import HeldKeys
from api.repeats.store import KeyedRequest
from api.server.database import Access, Database, Question, answers
from api.server.log_context import note_caller
from api.server.watched_gauges import WatchedGauges
from metering.fleet.register_lookup import CHANGES, KnownRegisters, RegisterCache
from quantities.errors import Unavailable

_PAYING = 4  # so many pages of gateways are opened at once
_PAYING_WAITS_S = 10.0  # and more wait for so long


class ClientGone(Unavailable):
    """The client left before its answer; nothing was done."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The database and the threads of an application, for as long as it serves.

    Attributes:
        access: the addresses of the database.
        database: the connections for requests.
        threads: the threads that requests are worked on.
        lookup_database: separate connections, for looking keys up and for ``/ready``.
        lookup_threads: separate threads, for the same.
        issuer_threads: separate threads again, for tokens of outside issuers, which may be slow to name their keys.
        registers: what this process knows of the tenants' registers.
        callers: those whose keys this process has let in.
        ways_in: looks credentials up, on the separate connections.
        guesses: the credentials that have spoken for nobody lately.
        under_way: the requests with an idempotency key that are worked on.
        rates: how many requests each identity has sent in this minute.
        watched: what waits in the database, as metrics; on a connection of its own.
        scrape_threads: a thread of its own, for whoever reads the metrics.
        metrics_token: what that one shows.
        ending: set once the process is told to end.
        at_work: the requests that are worked on.
        webhook_loopback: whether webhooks may send to this machine.
        delivery_setup: the ways by which documents leave the house.
        gateways: the accounts by which money is collected.
        pay_threads: threads of their own, for whoever waits for a gateway to open a page.
        link_rates: how many documents each address has opened by links in this minute.
        gateways: the gateway accounts by which money is collected.
        event_rates: how much gateways, or others in their name, have sent in this minute.
        held_keys: the idempotency keys of what is done in many transactions.
    long_work: does the operations that requests ask for.
    """

    access: Access
    database: Database
    threads: Threads
    lookup_database: Database
    lookup_threads: Threads
    issuer_threads: Threads
    registers: RegisterCache
    callers: "KnownCallers"
    ways_in: WaysIn
    guesses: Guesses
    under_way: UnderWay
    rates: Rates
    watched: WatchedGauges
    scrape_threads: Threads
    metrics_token: SecretStr | None
    ending: threading.Event
    held_keys: HeldKeys
    long_work: LongWorkRunner
    webhook_loopback: bool = False
    delivery_setup: WaysSetUp = field(default_factory=WaysSetUp)
    gateways: GatewaysSetUp = field(default_factory=GatewaysSetUp)
    pay_threads: Threads = field(default_factory=lambda: Threads(_PAYING, _PAYING_WAITS_S))
    link_rates: LinkRates = field(default_factory=LinkRates)
    event_rates: EventRates = field(default_factory=EventRates)
    at_work: "set[StatedCall]" = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class KeyAtRoute:
    """A key by its hash, at one route: whom the route has let in once, it lets in while the key is valid."""

    route: str
    key_sha256: bytes


class KnownCallers:
    """Whom routes have let in. That a key is still valid has to be asked all the same, at each request."""

    def __init__(self) -> None:
        self._callers: dict[KeyAtRoute, Caller] = {}

    def of(self, key: KeyAtRoute) -> Caller | None:
        """Whom the route has let in with this key."""
        return self._callers.get(key)

    def keep(self, key: KeyAtRoute, caller: Caller) -> None:
        """Keep whom the route has let in."""
        if len(self._callers) >= _CALLERS_MAX:
            self._callers.clear()
        self._callers[key] = caller

    def forget(self, key: KeyAtRoute) -> None:
        """Forget a caller."""
        self._callers.pop(key, None)


_CALLERS_MAX = 10_000


async def resources(request: Request) -> Resources:
    """Give a route the database and the threads that this application serves with."""
    serving = getattr(request.app.state, "resources", None)
    if not isinstance(serving, Resources):
        raise TypeError("the application serves before it has started")
    return serving


def clock() -> datetime:
    """Read the clock, here at the door; everything below gets the instant as an argument."""
    return datetime.now(UTC)


Looked = TypeVar("Looked")
ResourcesDep = Annotated[Resources, Depends(resources)]
#: For the documentation: the key itself is looked up before the body is read.
_Bearer = Annotated[object, Depends(HTTPBearer(auto_error=False, description="A key made by `usufruct key create`."))]


@dataclass(eq=False)
class StatedCall:
    """A request with its caller, its instant, and a transaction of the caller's tenant and party.

    The transaction begins when ``session`` is used for the first time. It ends with the ``with`` block around the
    request's work, on the same thread. ``unproven`` is the key of a caller of whom is only known that it was let in
    before: whether the key is still valid is asked as the transaction begins, and with it for the registers.
    ``noted`` is what the audit has of the request, if it writes. ``keyed`` is the request by its idempotency key, if it
    has one and writes; ``conditions`` are those on which it asks, and ``is_read`` whether it is a GET.
    """

    caller: Caller
    now: datetime
    serving: Resources
    receive: Callable[[], Awaitable[Message]]
    unproven: KeyAtRoute | None = None
    noted: AuditNote | None = None
    keyed: KeyedRequest | None = None
    conditions: Conditions = NO_CONDITIONS
    is_read: bool = False
    is_for_later: bool = False
    _open: ExitStack = field(default_factory=ExitStack, init=False)
    _session: Session | None = field(default=None, init=False)
    _connection: "psycopg.Connection[object] | None" = field(default=None, init=False)
    _connection_lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    gone: bool = field(default=False, init=False)  # whether the client has left
    _afterwards: list[Callable[[], None]] = field(default_factory=list, init=False)

    @property
    def session(self) -> Session:
        """The transaction: everything that the request writes is committed with it, or nothing.

        Raises:
            DatabaseUnavailable: the database is gone.
            Unauthenticated: the key is revoked by now.
        """
        if self._session is None:
            key, questions = self.unproven, list[Question]()
            if key is not None:
                questions = [(BEARER, {"key_sha256": key.key_sha256}), (CHANGES, {})]
            at_once = self.noted if self.noted is not None and self.noted.is_delivery else None
            session = self._open.enter_context(
                self.serving.database.transaction(
                    self.caller.tenant, self.caller.party, questions, acting=self.caller.acting, noted=at_once
                )
            )
            if self.noted is not None and at_once is None:
                self.noted.always = True
                note(session, self.noted)
            self._connection = session.connection().connection.driver_connection
            if key is not None:
                self._prove(key, answers(session)[0])
            self._session = session
        return self._session

    def _prove(self, key: KeyAtRoute, rows: list[tuple[Any, ...]]) -> None:
        """See that the key still speaks for the caller.

        Raises:
            Unauthenticated: it does not.
        """
        self.serving.callers.forget(key)
        if caller_in(rows, self.now) != self.caller:
            raise Unauthenticated("the key speaks for somebody else by now")
        self.serving.callers.keep(key, self.caller)

    def note_now(self) -> None:
        """Leave the entry of the request in a transaction of its own, before work that is done in many."""
        noted, self.noted = self.noted, None
        if noted is None:
            return
        with self.serving.database.transaction(
            self.caller.tenant, self.caller.party, acting=self.caller.acting, noted=noted
        ) as session:
            session.connection()

    def once_in_many(self, asked: KeyedRequest, work: Callable[[], Response]) -> Response:
        """Do work in many transactions unless it was done; the errors are those of ``answer_once``."""
        caller, database = self.caller, self.serving.database
        transaction = partial(database.transaction, caller.tenant, caller.party, acting=caller.acting)
        with self.serving.held_keys.holding(caller.tenant, caller.acting.identity, asked):
            return answer_once_in_many(transaction, asked, self.now, work)

    def afterwards(self, call: Callable[[], None]) -> None:
        """Call something once the request's transaction is committed, and only then."""
        self._afterwards.append(call)

    @property
    def registers(self) -> KnownRegisters:
        """What this process knows of the tenant's registers, as its fleet is now."""
        if self.unproven is None:
            return self.serving.registers.of(self.session, self.caller.tenant)
        return self.serving.registers.as_of(answers(self.session)[1], self.caller.tenant)

    def __enter__(self) -> Self:
        """Begin; the transaction waits until it is needed.

        Raises:
            ClientGone: the client has left while the request waited for its turn.
        """
        if self.gone:
            raise ClientGone
        self.serving.at_work.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back where the work raised or the client has left.

        Raises:
            ClientGone: the client has left.
            UsufructError: the database refuses the commit (``Database.transaction`` lists the errors).
        """
        self.serving.at_work.discard(self)
        with self._connection_lock:  # from here on another request may have the connection
            self._connection = None
        with self._open:
            if self.gone:
                raise ClientGone from error
            if error is not None:
                raise error
        for call in self._afterwards:
            call()

    def is_abandoned(self) -> bool:
        """Whether work in portions is to stop after the one under way: the client has left, or the process ends."""
        return self.gone or self.serving.ending.is_set()

    def brings(self, body: bytes) -> None:
        """Note what was sent."""
        if self.noted is not None:
            self.noted.body = body

    def give_up(self) -> None:
        """Let its work be rolled back, whatever it is at; called from another thread."""
        self.gone = True
        self.cancel_statement()

    def cancel_statement(self) -> None:
        """Cancel the statement that is running, so that the transaction rolls back; called from another thread."""
        with self._connection_lock:
            if self._connection is not None:
                with suppress(psycopg.Error):
                    self._connection.cancel_safe(timeout=2)


def now_of(request: Request) -> datetime:
    """The instant of a request, by the clock that the application has."""
    instant: datetime = request.app.dependency_overrides.get(clock, clock)()
    return instant


async def look_up_caller(request: Request) -> None:
    """Look up who shows the credential of a request; keep the caller and the instant in the request's state.

    Raises:
        Unauthenticated: the request shows none, or one that speaks for nobody.
        TooManyGuesses: too many that speak for nobody have come from its address.
        NotFromHere: it comes by a cookie, writes, and may come from a page of somebody else.
        IssuerUnreachable: it shows a token whose issuer's keys cannot be had now.
    """
    credential, serving = credential_of(request), await resources(request)
    now = request.state.now = now_of(request)
    known = await looked_up(request, credential, lambda: serving.ways_in.who(credential, now))
    if known.session_number is not None:
        refuse_forged(request, serving.ways_in.signer.csrf_token(known.session_number))
    request.state.caller, request.state.session_number = known.caller, known.session_number
    note_caller(known.caller.tenant, known.caller.key)


async def looked_up(request: Request, credential: Credential, look_up: Callable[[], Looked]) -> Looked:
    """Look a credential up on the threads that are kept for it, unless too many from its address spoke for nobody.

    Raises:
        Unauthenticated: it speaks for nobody, which is written down.
        TooManyGuesses: too many have.
    """
    serving, now, address = await resources(request), now_of(request), address_of(request)
    serving.guesses.admit(address, credential.shown, now)
    threads = serving.issuer_threads if credential.way is Way.SIGNED else serving.lookup_threads
    try:
        known = await threads.work(look_up)
    except Unauthenticated as error:
        serving.guesses.note(address, credential.way, credential.shown, error, now)
        raise
    serving.guesses.let_in(credential.shown)
    return known


async def recalled_call(request: Request, route: str) -> StatedCall | None:
    """The call of one whom the route has let in with the same key before; None: the key has to be looked up.

    The work has to begin with ``StatedCall.registers``: only there it is seen whether the key is still valid.

    Only keys, and tokens that were had for them, are asked about with the work.

    Raises:
        Unauthenticated: the request shows no credential.
    """
    serving, credential = await resources(request), credential_of(request)
    if credential.way is not Way.BEARER:
        return None
    key = request.state.key = KeyAtRoute(route, hashed(credential.shown))
    caller = serving.callers.of(key)
    if caller is None:
        return None
    now = now_of(request)
    note_caller(caller.tenant, caller.key)
    return StatedCall(caller, now, serving, request.receive, unproven=key, noted=noted(request, caller, now, route, ()))


@dataclass(frozen=True, slots=True)
class Needs:
    """Lets in who may do one of some things, and refuses all others; the documentation reads what it needs.

    Of no things, it lets in everybody who is somebody.
    """

    any_of: tuple[Permission, ...]

    async def __call__(self, request: Request, serving: ResourcesDep, _: _Bearer) -> StatedCall:
        """Make the call of a caller who may.

        Raises:
            Forbidden: the caller may not.
        """
        caller: Caller = request.state.caller
        if self.any_of:
            caller.needs(*self.any_of)
        key: KeyAtRoute | None = getattr(request.state, "key", None)
        if key is not None:
            serving.callers.keep(key, caller)
        asked = noted(request, caller, request.state.now, request.scope["route"].path, self.any_of)
        writes = not writes_nothing(f"{request.method} {request.scope['route'].path}", self.any_of)
        is_for_later = prefers_later(request.headers.get("prefer", ""))
        writes = writes or is_for_later
        repeated = getattr(request.state, "keyed", None) if writes else None
        return StatedCall(
            caller,
            request.state.now,
            serving,
            request.receive,
            noted=asked,
            keyed=repeated,
            conditions=Conditions.of(request),
            is_read=request.method in READ_ONLY,
            is_for_later=is_for_later,
        )


def needs(*any_of: Permission) -> Any:
    """Let a route in who may do one of some things."""
    return Depends(Needs(any_of))
