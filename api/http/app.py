"""The HTTP interface: ``create_app`` joins the routes, the error handlers and the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from api.access.guesses import Guesses
from api.access.openid_keys import IssuerKeys
from api.access.ways_in import WaysIn
from api.collecting.accounts_file import gateways_set_up
from api.collecting.runner import CollectingRules
from api.delivering.sender import DeliveryRules
from api.delivering.setup import ways_set_up
from api.http import documentation
from api.http.compression import PackedAnswers
from api.http.dependencies import KnownCallers, Resources
from api.http.interface.describe import TAGS, describe_operations
from api.http.interface.headers import HEADERS
from api.http.methods import AllowedMethods, HeadAsGet
from api.http.more_headers import MoreHeaders
from api.http.observed import observe
from api.http.permissions import describe_permissions
from api.http.problems import answer_refusals
from api.http.rates import Rates
from api.http.repeats import UnderWay
from api.http.routes import (
    audit,
    bank,
    bank_orders,
    baselines,
    clearance,
    collecting,
    contracts,
    credit_notes,
    deliveries,
    disputes,
    due_work,
    dunning,
    entry,
    events,
    four_eyes,
    gateway_events,
    grants,
    health,
    indices,
    invoices,
    metrics,
    oauth,
    opened,
    openid,
    operations,
    parties,
    pay_pages,
    payee_deliveries,
    payees,
    payouts,
    people,
    previews,
    problems,
    profiles,
    readings,
    receivables,
    sessions,
    signatures,
    spending,
    statements,
    taxes,
    usage,
    voiding,
    waiting,
    webhooks,
)
from api.http.routes import (
    readings_review as review,
)
from api.http.security import document_credentials
from api.http.things import join_writes_and_reads
from api.http.threads import Threads
from api.long_work.runner import AT_ONCE, LongWorkRunner
from api.operations.billing import collect_rarely
from api.operations.webhook_delivery import SendingRules
from api.repeats.held_keys import HeldKeys
from api.server.database import LOOKUP, REQUEST, Access, Database
from api.server.embedded import kept_alive
from api.server.ending import ending_when_told
from api.server.metrics import in_use
from api.server.provision import ready_database
from api.server.scheduler import CONNECTIONS, start
from api.server.settings import Settings, from_environment
from api.server.watched_gauges import WatchedGauges
from metering.fleet.register_lookup import RegisterCache

_LOOKUPS = 4  # looking a key up takes a millisecond or two
_SIGNED = 4  # tokens of outside issuers that are verified at once; one of a slow issuer takes seconds


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application.

    Args:
        settings: the environment's unless given.

    Returns:
        An application that opens its database when it starts to serve and closes it when it stops.
    """
    settings = settings or from_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reached = ready_database(settings)
        access = await run_sync(reached.__enter__)
        try:
            watching = Database(access.app, pool_size=1, patience=LOOKUP)
            app.state.resources = serving = _resources(access, settings, watching)
            collect_rarely()
            # of their own, so that no request waits for a tick
            ticks = Database(access.app, pool_size=CONNECTIONS, ksef=settings.ksef)
            sending = SendingRules(loopback=settings.webhook_loopback)
            delivering = DeliveryRules(serving.delivery_setup)
            collecting = CollectingRules(serving.gateways)
            ticking = (
                start(ticks, settings.tick_s, serving.ending, sending, delivering, collecting)
                if settings.tick_s
                else None
            )
            try:
                with kept_alive(access.server):
                    yield
            finally:
                for call in list(serving.at_work):  # for which the server has waited as long as it may
                    await run_sync(call.give_up)
                if ticking is not None:
                    await run_sync(ticking.end)
                await run_sync(serving.long_work.close)
                await run_sync(serving.held_keys.close)
                await run_sync(serving.watched.close)
                for database in (serving.database, serving.lookup_database, watching, ticks):
                    await run_sync(database.close)
        finally:
            await run_sync(reached.__exit__, None, None, None)

    app = FastAPIOffline(
        docs_url=None,  # ours (documentation.py); here are the files that it is made of
        redoc_url=None,
        title="Usufruct",
        summary="Equipment-as-a-service billing and energy performance contracting: every cent proves itself.",
        version=version("usufruct"),
        lifespan=lifespan,
        openapi_tags=TAGS,
        redirect_slashes=False,  # a redirection would lead to the host that the request states
        separate_input_output_schemas=False,  # a schema has one name, whichever way it travels
    )
    app.add_middleware(MoreHeaders)
    answer_refusals(app)
    routers = [
        module.router
        for module in (
            health,
            metrics,
            problems,
            readings,
            events,
            profiles,
            usage,
            voiding,
            review,
            previews,
            contracts,
            indices,
            taxes,
            parties,
            credit_notes,
            disputes,
            due_work,
            four_eyes,
            baselines,
            statements,
            invoices,
            receivables,
            bank,
            gateway_events,
            collecting,
            dunning,
            bank_orders,
            clearance,
            deliveries,
            opened,
            pay_pages,
            payees,
            payee_deliveries,
            payouts,
            signatures,
            spending,
            people,
            grants,
            operations,
            audit,
            oauth,
            sessions,
            openid,
            waiting,
            webhooks,
        )
    ]
    for router in (*routers, documentation.router, entry.router):
        # As they are: FastAPI takes the parameters of a route apart when it is declared, and again for each application
        # that includes its router, at the first request, which takes a quarter of a second for all of them.
        app.router.routes.extend(router.routes)
    join_writes_and_reads(routers)
    app.state.allowed_methods = AllowedMethods(routers)
    _add_middleware(app, settings)
    describe_operations(app, routers)
    describe_permissions(app, routers)
    document_credentials(app)
    observe(app)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Wrap the routes; what is added last is asked first."""
    app.add_middleware(PackedAnswers)
    app.add_middleware(HeadAsGet)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=False,  # a page of another site comes by a key, never by somebody's cookie
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Prefer"],
            expose_headers=["Allow", *HEADERS],
        )


def _resources(access: Access, settings: Settings, watching: Database) -> Resources:
    """Open as many connections as there are threads, so that a request with a thread never waits for a connection."""
    lookup_database = Database(
        access.app,
        pool_size=_LOOKUPS + _SIGNED,
        pool_timeout_s=settings.pool_timeout_s,
        patience=LOOKUP,
        in_use=in_use("lookups", _LOOKUPS + _SIGNED),
    )
    return Resources(
        access=access,
        database=Database(
            access.app,
            pool_size=settings.pool_size,
            pool_timeout_s=settings.pool_timeout_s,
            patience=REQUEST,
            in_use=in_use("requests", settings.pool_size),
            ksef=settings.ksef,
        ),
        threads=Threads(settings.pool_size, settings.pool_timeout_s),
        lookup_database=lookup_database,
        lookup_threads=Threads(_LOOKUPS, settings.pool_timeout_s),
        issuer_threads=Threads(_SIGNED, settings.pool_timeout_s),
        registers=RegisterCache(),
        callers=KnownCallers(),
        ways_in=WaysIn(lookup_database, IssuerKeys(loopback=settings.openid_loopback)),
        guesses=Guesses(),
        under_way=UnderWay(),
        rates=Rates(settings.requests_per_minute),
        watched=WatchedGauges(watching, by_tenant=settings.metrics_by_tenant),
        scrape_threads=Threads(1, settings.pool_timeout_s),
        metrics_token=settings.metrics_token,
        ending=ending_when_told(),
        webhook_loopback=settings.webhook_loopback,
        delivery_setup=ways_set_up(settings),
        gateways=gateways_set_up(settings),
        held_keys=HeldKeys(Database(access.app, pool_size=1)),
        # a connection for each work, and one to say how far it is
        long_work=LongWorkRunner(Database(access.app, pool_size=2 * AT_ONCE)),
    )
