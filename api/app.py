"""The HTTP interface: ``create_app`` joins routes, handlers and the database for as long as it serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from api.database import Database
from api.problems import answer_refusals
from api.provision import ready_database
from api.routes import agreed, authoring, contracts, health, invoices, readings, review, savings, usage
from api.scheduler import start
from api.settings import Settings, from_environment


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
        access = await run_in_threadpool(reached.__enter__)
        try:
            app.state.access = access
            app.state.database = Database(
                access.app, pool_size=settings.pool_size, pool_timeout_s=settings.pool_timeout_s
            )
            ticking = start(app.state.database, settings.tick_s) if settings.tick_s else None
            try:
                yield
            finally:
                if ticking is not None:
                    await run_in_threadpool(ticking.shutdown)
                await run_in_threadpool(app.state.database.close)
        finally:
            await run_in_threadpool(reached.__exit__, None, None, None)

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
