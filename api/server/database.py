"""The database's door: engine and transactions, each of one tenant and, where they are stated, of who acts in it.

``app.tenant``, ``app.party``, ``app.identity`` and the others of ``Acting`` are set for the transaction, never for the
connection, which the pool hands on. They guard against forgetting. They do not guard against SQL injection, which
could set them as we do.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import psycopg
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from api.audit.note import AuditNote, commit, opening
from api.server.embedded import SUPERUSER, EmbeddedServer, default_home
from api.server.settings import Settings
from metering.log import transaction as transaction  # noqa: PLC0414 before the first engine, whose connections learn from it
from quantities.errors import Conflict, Invalid, Unavailable, UsufructError


class ContradictsStored(Conflict):
    """The request contradicts a row that is already stored."""


class PersonNeeded(Conflict):
    """A person of the supplier must do this."""


class NotStorable(Invalid):
    """The request has a text or a number that cannot be stored."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, or has no free connection now."""


class HeldByAnother(Unavailable):
    """Other work holds a row or a key that this work needs."""


class TookTooLong(Unavailable):
    """The work took longer than is allowed."""


_CONNECT_S = 5
#: What triggers refuse to whoever is no person, or not the right one.
_A_PERSONS = {"a_person_prepares", "a_person_releases", "a_person_ends"}
#: Refused by psycopg itself (a zero byte), untranslatable, not in the repertoire, out of range, a date too far.
_NOT_STORABLE = {None, "22P05", "22021", "22003", "22008"}


class NoAdministrator(Unavailable):
    """DATABASE_ADMIN_URL is not set, and this needs an administrator."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a kind of work may wait and take, in seconds; PostgreSQL itself ends what goes beyond.

    Attributes:
        lock_s: for a row, a table or a key that another holds.
        statement_s: for one statement, its waiting included.
        idle_s: between two statements of a transaction, while the program computes.
    """

    lock_s: float
    statement_s: float
    idle_s: float


#: Somebody waits for the answer, and behind it others wait for the thread.
REQUEST = Patience(lock_s=5, statement_s=120, idle_s=300)
#: Looking a key up, or saying whether a request would be served.
LOOKUP = Patience(lock_s=2, statement_s=5, idle_s=10)
#: A command or a run: nobody is in its way, and a file of a gigabyte is parsed within its transaction.
WORK = Patience(lock_s=60, statement_s=3600, idle_s=3600)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts in a transaction, besides the tenant and the party.

    Attributes:
        identity: the number of whoever it is; None: the product itself, by its schedule.
        role: what it is to the tenant; ``system``: the product itself.
        contract: the only one that it sees; None: each that its role sees.
    """

    identity: int | None = None
    role: str = "system"
    contract: int | None = None


#: The product itself: what falls due, and what no door is asked for.
SYSTEM = Acting()
#: The product itself where it works for one party.
OF_A_PARTY = Acting(role="customer")
OF_A_PAYEE = Acting(role="payee")


class StatedSession(Session):
    """A session that states tenant, party, who acts and patience at the start of each of its transactions."""


@event.listens_for(StatedSession, "after_begin")
def _state(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    driver = _driver(connection.connection.driver_connection)
    info = session.info | {"noted": None} if transaction.nested else session.info
    with driver.pipeline():  # with BEGIN, which the driver sends before it: one way for all
        _send_state(driver, info)
        asked = [driver.execute(query, given, prepare=True) for query, given in session.info.pop("questions", ())]
    session.info["answers"] = [cursor.fetchall() for cursor in asked]


#: What a transaction becomes in the database, by the role of who acts; of all others it stays the application itself.
_BECOMES = {"auditor": "usufruct_reader"} | dict.fromkeys(
    ("customer", "payee", "verifier", "lender", "third_party"), "usufruct_guest"
)
#: Of whom the database states besides which machines, or what of a contract, they see.
_STATED_BESIDES = {"verifier", "lender", "third_party"}
_STATE_GUEST = "select state_guest()"


def _send_state(driver: "psycopg.Connection[Any]", info: Mapping[str, Any]) -> None:
    acting: Acting = info.get("acting", SYSTEM)
    patience: Patience = info["patience"]
    stated = {name: str(info.get(name) or "") for name in ("tenant", "party")}
    stated |= _stated_of(acting)
    stated |= {name: f"{getattr(patience, name) * 1000:.0f}" for name in ("lock_s", "statement_s", "idle_s")}  # in ms
    noted: AuditNote | None = info.get("noted")
    query, given = (_STATE, stated) if noted is None else opening(_STATE, stated, noted)
    with driver.cursor() as cursor:
        cursor.execute(query, given, prepare=True)
        if acting.role in _STATED_BESIDES:
            cursor.execute(_STATE_GUEST, prepare=True)


def _stated_of(acting: Acting) -> dict[str, str]:
    identity, contract = str(acting.identity or ""), str(acting.contract or "")
    becomes = _BECOMES.get(acting.role, "none")
    return {"identity": identity, "role": acting.role, "contract": contract, "becomes": becomes}


def act(session: Session, acting: Acting) -> None:
    """Let somebody else act in the rest of a transaction, as where two people are shown at one desk."""
    session.info["acting"] = acting  # of the transactions that follow as well
    # text: no select() that would be clearer
    session.execute(
        text("""select set_config('app.identity', :identity, true), set_config('app.role', :role, true),
                       set_config('app.contract', :contract, true), set_config('app.becomes', :becomes, true),
                       set_config('role', :becomes, true)"""),
        _stated_of(acting),
    )
    if acting.role in _STATED_BESIDES:
        session.execute(text(_STATE_GUEST))  # text: as at the beginning


@contextmanager
def as_product(session: Session) -> Iterator[None]:
    """Inside, the product itself works for whoever acts: what it makes on the way is not theirs to write.

    Who acts stays stated, so that what is recorded is recorded as theirs.
    """
    with _as_other(session, SYSTEM):
        yield


@contextmanager
def as_product_of_party(session: Session) -> Iterator[None]:
    """Inside, the product itself looks at what is of the transaction's party, as that party's customer sees it.

    Raises:
        ValueError: the transaction states no party.
    """
    if session.info.get("party") is None:
        raise ValueError("the transaction states no party")
    with _as_other(session, OF_A_PARTY):
        yield


@contextmanager
def _as_other(session: Session, other: Acting) -> Iterator[None]:
    before: Acting = session.info.get("acting", SYSTEM)
    act(session, replace(other, identity=before.identity))
    try:
        yield
    finally:
        session.info["acting"] = before
        if _driver(session.connection().connection.driver_connection).info.transaction_status is _IN_TRANSACTION:
            act(session, before)


_IN_TRANSACTION = psycopg.pq.TransactionStatus.INTRANS


#: A query with parameters in the style of psycopg, and the parameters.
Question: TypeAlias = tuple[str, Mapping[str, object]]


def answers(session: Session) -> list[list[tuple[Any, ...]]]:
    """The rows of each question with which a session's transaction began; it begins now if it has not."""
    session.connection()
    rows: list[list[tuple[Any, ...]]] = session.info["answers"]
    return rows


_STATE = """
    select set_config('app.tenant', %(tenant)s, true), set_config('app.party', %(party)s, true),
           set_config('app.identity', %(identity)s, true), set_config('app.role', %(role)s, true),
           set_config('app.contract', %(contract)s, true), set_config('app.becomes', %(becomes)s, true),
           set_config('lock_timeout', %(lock_s)s, true), set_config('statement_timeout', %(statement_s)s, true),
           set_config('idle_in_transaction_session_timeout', %(idle_s)s, true),
           set_config('role', %(becomes)s, true)"""


def _driver(connection: object) -> "psycopg.Connection[Any]":
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"the database is reached by psycopg, not by {type(connection).__name__}")
    return connection


@dataclass(frozen=True, slots=True)
class Access:
    """How a database is reached.

    Attributes:
        app: the application's address.
        admin: the address of who may change its shape, if that is known.
        server: the embedded server that it is on; None for a server that was named.
    """

    app: URL
    admin: URL | None
    server: EmbeddedServer | None = None

    @property
    def administrator(self) -> URL:
        """The address of this database for whoever may change its shape, its tenants and its keys.

        Raises:
            NoAdministrator: none is named.
        """
        if self.admin is None:
            raise NoAdministrator(place="DATABASE_ADMIN_URL", found="not set", expected="an administrator's address")
        return self.admin.set(database=self.app.database)


@contextmanager
def reach(settings: Settings) -> Iterator[Access]:
    """Make sure that there is a server, the embedded one unless another is named; inside, it runs.

    Raises:
        Unavailable: the embedded server does not start (``api/server/embedded.py`` names the reasons).
    """
    named = settings.app_address()
    if named is not None:
        yield Access(named, settings.admin_address())
        return
    with EmbeddedServer(home=settings.home or default_home(), keep_s=settings.keep_server_s) as server:
        yield Access(server.url(settings.database), server.url(settings.database, SUPERUSER), server)


#: The KSeF of the law; the others are for trying one out.
PRODUCTION = "production"


def ksef_of(session: Session) -> str:
    """Say by which KSeF documents are cleared here, as the settings have it."""
    return str(session.info.get("ksef", PRODUCTION))


class InUse(Protocol):
    """Is told when work on a connection begins and ends, as a gauge is."""

    def inc(self) -> None:
        """It begins."""

    def dec(self) -> None:
        """It has ended."""


class Database:
    """A pool of connections to one database, as the application; ``patience`` is that of all its transactions.

    ``ksef`` is which KSeF documents are cleared by, ``production``, ``demo`` or ``test``: ``ksef_of`` gives it to what
    draws their codes.
    """

    def __init__(
        self,
        address: URL,
        *,
        pool_size: int = 5,
        pool_timeout_s: float = 5.0,
        patience: Patience = WORK,
        in_use: InUse | None = None,
        ksef: str = PRODUCTION,
    ) -> None:
        self.patience, self._in_use, self._ksef = patience, in_use, ksef
        self.engine = create_engine(
            address,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout_s,
            connect_args={"connect_timeout": _CONNECT_S},
            hide_parameters=True,  # a statement that fails may be logged; what it would have written may be personal
        )
        event.listen(self.engine, "checkout", _see_that_it_lives)
        event.listen(self.engine, "checkin", _note_its_use)

    def close(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()

    @contextmanager
    def transaction(
        self,
        tenant: int | None = None,
        party: int | None = None,
        questions: Iterable[Question] = (),
        *,
        acting: Acting = SYSTEM,
        noted: AuditNote | None = None,
    ) -> Iterator[Session]:
        """Do work in one transaction: committed when the block ends, rolled back when it raises.

        Args:
            tenant: whose rows are seen and written; without one, only the four tables that have no tenant's policy.
            party: narrows the tenant's rows to those of one party; the product itself then acts as its customer.
            questions: asked on the way on which the transaction begins; ``answers`` gives their rows.
            acting: who it is that works; what is recorded is recorded as theirs.
            noted: leaves an entry in the audit, if the transaction begins and is committed.

        Raises:
            HeldByAnother: what it needs was held by another for too long.
            TookTooLong: one of its statements, or the program between two, took too long.
            NotStorable: a text or a number is none that PostgreSQL can keep.
            ContradictsStored: a key or a check of the database refused the work, at a statement or at the commit.
            DatabaseUnavailable: the database is gone, or no connection was free in time. Nothing was committed, unless
                the connection broke during the commit itself: then an idempotency key tells.
        """
        if party is not None and acting is SYSTEM:
            acting = OF_A_PARTY
        info = {
            "tenant": tenant,
            "party": party,
            "acting": acting,
            "patience": self.patience,
            "questions": questions,
            "noted": noted,
            "ksef": self._ksef,
        }
        with self._used(), _refused(), StatedSession(self.engine, info=info, expire_on_commit=False) as session:
            yield session
            commit(session)
            session.info.pop("noted", None)

    def look_up(self, query: str, asked: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The rows of one statement that states no tenant, in a transaction of its own; all of it on one way.

        Args:
            query: with parameters in the style of psycopg.
            asked: the parameters.

        Raises:
            as ``transaction``.
        """
        with self._used(), _refused(), closing(self.engine.raw_connection()) as pooled:
            driver = _driver(pooled.driver_connection)
            with driver.pipeline():
                _send_state(driver, {"patience": self.patience})
                cursor = driver.execute(query, asked, prepare=True)
                driver.commit()
            return cursor.fetchall()

    @contextmanager
    def _used(self) -> Iterator[None]:
        if self._in_use is None:
            yield
            return
        self._in_use.inc()
        try:
            yield
        finally:
            self._in_use.dec()


#: A connection that lay unused for so long, in seconds, is asked whether it still lives before it is used.
_UNUSED_S = 1.0


def _see_that_it_lives(connection: object, record: ConnectionPoolEntry, proxy: object) -> None:
    """Let the pool replace its connections where one broke while nobody used it."""
    driver = _driver(connection)
    if not driver.closed and time.monotonic() - record.info.get("used", math.inf) < _UNUSED_S:
        return
    try:
        driver.autocommit = True
        driver.execute("")
        driver.autocommit = False
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _note_its_use(connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


@contextmanager
def _refused() -> Iterator[None]:
    """Turn what the driver, the pool and the database raise into refusals."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable from error
    except UnicodeEncodeError as error:
        raise NotStorable from error
    except (DBAPIError, psycopg.Error) as error:  # the second from below SQLAlchemy
        refused = _refusal(error.orig if isinstance(error, DBAPIError) else error)
        if refused is None:
            raise
        raise refused from error


def _refusal(error: BaseException | None) -> UsufructError | None:
    """Say what the database refused; of the row nothing, for it may hold what the caller must not see."""
    match error:
        case psycopg.Error(sqlstate="55P03"):
            return HeldByAnother()
        case psycopg.Error(sqlstate="57014" | "25P03"):  # a statement was cancelled, a transaction idled
            return TookTooLong()
        case psycopg.IntegrityError():
            return _contradiction(error.diag.constraint_name or "of the table")
        case psycopg.DataError() if error.sqlstate in _NOT_STORABLE:
            return NotStorable()
        case psycopg.OperationalError() | psycopg.InterfaceError():  # gone, shut down, out of room, deadlocked
            return DatabaseUnavailable()
        case _:
            return None


def _contradiction(constraint: str) -> UsufructError:
    if constraint in _A_PERSONS:
        return PersonNeeded("no program and no account of the machine does; and who may act, an owner decides")
    return ContradictsStored(f"the constraint {constraint} refuses it")
