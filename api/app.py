"""The HTTP interface: ``create_app`` joins routes, handlers and the database for as long as it serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from anyio.to_thread import run_sync
from fastapi import FastAPI

from api.database import AT_THE_DOOR, REQUEST, Access, Database
from api.dependencies import House
from api.embedded import kept_alive
from api.problems import answer_refusals
from api.provision import ready_database
from api.routes import agreed, authoring, contracts, health, invoices, readings, review, savings, usage
from api.scheduler import start
from api.settings import Settings, from_environment
from api.threads import Threads
from api.working import collect_rarely

_DOOR = 4  # looking a key up takes a millisecond or two
_SCHEDULER = 2  # connections that a tick may have at once


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application.

    Args:
        settings: the environment's unless given.

    Returns:
        An application that reaches its database when it starts to serve and leaves it when it stops.
    """
    settings = settings or from_environment()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reached = ready_database(settings)
        access = await run_sync(reached.__enter__)
        try:
            app.state.house = house = _house(access, settings)
            collect_rarely()
            own = Database(access.app, pool_size=_SCHEDULER)  # a tick is work, and not in a request's way
            ticking = start(own, settings.tick_s) if settings.tick_s else None
            try:
                with kept_alive(access.server):
                    yield
            finally:
                if ticking is not None:
                    await run_sync(ticking.shutdown)
                for database in (house.database, house.door, own):
                    await run_sync(database.close)
        finally:
            await run_sync(reached.__exit__, None, None, None)

    app = FastAPI(
        title="Usufruct",
        summary="Equipment-as-a-service billing and energy performance contracting: every cent proves itself.",
        version=version("usufruct"),
        lifespan=lifespan,
    )
    answer_refusals(app)
    for routes in (health, readings, usage, review, authoring, contracts, agreed, savings, invoices):
        app.include_router(routes.router)
    return app


def _house(access: Access, settings: Settings) -> House:
    """Give requests as many threads as connections; whoever holds one waits for nobody to get the other."""
    return House(
        access,
        Database(access.app, pool_size=settings.pool_size, pool_timeout_s=settings.pool_timeout_s, patience=REQUEST),
        Threads(settings.pool_size, settings.pool_timeout_s),
        Database(access.app, pool_size=_DOOR, pool_timeout_s=settings.pool_timeout_s, patience=AT_THE_DOOR),
        Threads(_DOOR, settings.pool_timeout_s),
    )
