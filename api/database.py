"""The database's door: engine and transactions, each of one tenant and, where one is stated, of one party.

``app.tenant`` and ``app.party`` are set for the transaction, never for the connection, which the pool hands on. They
guard against forgetting. They do not guard against SQL injection, which could set them as we do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from api.embedded import SUPERUSER, EmbeddedServer, default_home
from api.settings import Settings
from metering.errors import Conflict, Invalid, Unavailable, UsufructError


class ContradictsStored(Conflict):
    """What was sent contradicts a row that is stored already."""


class NotStorable(Invalid):
    """Text has no zero bytes and no half characters, and numbers have the size of their column."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, or has no room for another request now."""


#: Refused by psycopg itself (a zero byte), untranslatable, not in the repertoire, out of range, a date too far.
_NOT_STORABLE = {None, "22P05", "22021", "22003", "22008"}


class NoAdministrator(Unavailable):
    """This takes DATABASE_ADMIN_URL, the address of a role that may."""


class StatedSession(Session):
    """A session that states its tenant and its party at the start of each of its transactions."""


@event.listens_for(StatedSession, "after_begin")
def _state_tenant_and_party(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    stated = {name: str(session.info.get(name) or "") for name in ("tenant", "party")}
    connection.execute(
        text("select set_config('app.tenant', :tenant, true), set_config('app.party', :party, true)"), stated
    )


@dataclass(frozen=True, slots=True)
class Access:
    """The addresses of one database: the application's, and the one that may change its shape, if that is known."""

    app: URL
    admin: URL | None

    @property
    def administrator(self) -> URL:
        """The address of this database for whoever may change its shape, its tenants and its keys.

        Raises:
            NoAdministrator: none is named.
        """
        if self.admin is None:
            raise NoAdministrator
        return self.admin.set(database=self.app.database)


@contextmanager
def reach(settings: Settings) -> Iterator[Access]:
    """Make sure that there is a server, the embedded one unless another is named; inside, it runs.

    Raises:
        Unavailable: the embedded server does not start (``api/embedded.py`` names the reasons).
    """
    named = settings.app_address()
    if named is not None:
        yield Access(named, settings.admin_address())
        return
    with EmbeddedServer(home=settings.home or default_home()) as server:
        yield Access(server.url(settings.database), server.url(settings.database, SUPERUSER))


class Database:
    """A pool of connections to one database, as the application."""

    def __init__(self, address: URL, *, pool_size: int = 5, pool_timeout_s: float = 5.0) -> None:
        self.engine = create_engine(
            address, pool_size=pool_size, max_overflow=0, pool_timeout=pool_timeout_s, pool_pre_ping=True
        )

    def close(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()

    @contextmanager
    def transaction(self, tenant: int | None = None, party: int | None = None) -> Iterator[Session]:
        """Do work in one transaction: committed when the block ends, rolled back when it raises.

        Args:
            tenant: whose rows are seen and written; without one, only the three tables that have no tenant's policy.
            party: narrows the tenant's rows to those of one party.

        Raises:
            NotStorable: a text or a number is none that PostgreSQL can keep.
            ContradictsStored: a key or a check of the database refused the work, at a statement or at the commit.
            DatabaseUnavailable: the database is gone, or no connection was free in time. Nothing was committed, unless
                the connection broke during the commit itself: then an idempotency key tells.
        """
        try:
            with StatedSession(self.engine, info={"tenant": tenant, "party": party}, expire_on_commit=False) as session:
                yield session
                session.commit()
        except PoolTimeout as error:
            raise DatabaseUnavailable from error
        except UnicodeEncodeError as error:
            raise NotStorable from error
        except (DBAPIError, psycopg.Error) as error:  # the second from a COPY, which is below SQLAlchemy
            refused = _refusal(error.orig if isinstance(error, DBAPIError) else error)
            if refused is None:
                raise
            raise refused from error


def _refusal(error: BaseException | None) -> UsufructError | None:
    """Say what the database refused; of the row nothing, for it may hold what the caller must not see."""
    match error:
        case psycopg.IntegrityError():
            return ContradictsStored(f"the constraint {error.diag.constraint_name or 'of the table'} refuses it")
        case psycopg.DataError() if error.sqlstate in _NOT_STORABLE:
            return NotStorable()
        case psycopg.OperationalError() | psycopg.InterfaceError():  # gone, shut down, out of room, deadlocked
            return DatabaseUnavailable()
        case _:
            return None
