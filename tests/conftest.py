"""One real PostgreSQL for the whole run, and a database of its own, copied from a template, for whoever asks."""

import atexit
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import TypeVar, cast

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.dialects import registry
from sqlalchemy.pool import NullPool

from api.server.database import Access, Database
from api.server.embedded import SUPERUSER, EmbeddedServer, written_settings
from api.server.provision import OWNER, administering, upgrade
from tests import connections, drawing
from tests.spares import Spare

registry.register("postgresql.psycopg", "tests.dialect", "SharedDialect")

# As a run that bills does (api/operations/billing.py): looking for cycles among two million objects that stay, of the
# program and of all tests, took a seventh of the time. What is imported and collected stays, and none is looked for.
gc.set_threshold(20_000, 20, 20)
gc.disable()

HOME = connections.HOME
TESTS = Path(__file__).parent
BEGUN_FIRST = ("api/cli/test_cli.py", "lives", "net", "reliability", "test_docs.py", "upgrade")
TEMPLATE, WITH_TENANTS = "usufruct_template", "usufruct_with_tenants"
_ROOM = 4 << 30
Made = TypeVar("Made")
_running = pytest.StashKey[EmbeddedServer]()

# How hard each property is tried. `quick` takes the same examples every time, so that a red run says something of the
# tree and of nothing else. `long` (`--hypothesis-profile=long`) looks for new ones, and prints what runs a failure again.
# Neither asks how long an example takes: the cores are shared.
_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("quick", _ANY_SPEED, max_examples=100, derandomize=True)
settings.register_profile("long", _ANY_SPEED, max_examples=1000)
settings.load_profile("quick")
drawing.by_seed_alone()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden documents, to be read as a diff")
    parser.addoption("--lives", type=int, help="how many random lives are lived; 4, and in the long form 2000")
    parser.addoption(
        "--life-seed", type=int, default=1, help="the seed of the first life; each further one has the next"
    )
    parser.addoption(
        "--kills", type=int, default=200, help="how many processes that move money are killed in the long form"
    )
    parser.addoption("--kill-seed", type=int, default=1, help="the seed of the first kill at a random instant")
    parser.addoption("--without", default="", help="what of tests/lives/repertoire.py lives do without, by commas")


def private_home() -> Path:
    """A folder for a server that a test may use up; as root, PostgreSQL's own account must be able to pass.

    A process that is killed leaves a folder in memory as it leaves one on a disk, and nothing waits there for a disk.
    """
    home = Path(tempfile.mkdtemp(prefix="usufruct-test-", dir=memory()))
    home.chmod(0o711)
    return home


def memory() -> Path | None:
    """A folder in memory, where there is one with room: a database is copied there in 10 ms, on a disk in 280."""
    shared = Path("/dev/shm")  # noqa: S108 the folder within it is private
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free >= _ROOM
    return shared if roomy else None


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    home = private_home()
    settings = written_settings() | {"shared_buffers": "256MB", "autovacuum": "off", "full_page_writes": "off"}
    server = EmbeddedServer(home=home, settings=settings, durable=False).__enter__()
    config.stash[_running] = server
    upgrade(access_to(server, TEMPLATE))
    _copy(server, TEMPLATE, WITH_TENANTS)
    with administering(access_to(server, WITH_TENANTS).administrator) as connection:
        connection.execute(text("insert into tenant (name) values ('Nordluft'), ('Südpresse')"))
    os.environ[HOME] = str(home)  # the workers read it
    os.environ["USUFRUCT_KEEP_SERVER_S"] = "0"  # a command of a test leaves no server behind


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()


def pytest_pycollect_makeitem(collector: pytest.Collector, obj: object) -> list[pytest.Item] | None:
    """No items of what is long as a whole, where nothing long is asked for: thousands are made only to be left out."""
    marks = getattr(obj, "pytestmark", []) if isinstance(obj, type | FunctionType) else []
    is_long = any(mark.name == "long" for mark in marks)
    return [] if is_long and collector.config.option.markexpr == "not long" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that at the end no worker is alone with it."""
    items.sort(key=lambda item: not item.path.relative_to(TESTS).as_posix().startswith(BEGUN_FIRST))


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_running, None)
    if server is not None:
        server.__exit__(None, None, None)
        shutil.rmtree(server.home, ignore_errors=True)


def access_to(server: EmbeddedServer, database: str) -> Access:
    return Access(server.url(database), server.url(database, SUPERUSER))


@pytest.fixture(scope="session")
def server() -> EmbeddedServer:
    """The run's server; it runs already."""
    return EmbeddedServer(home=Path(os.environ[HOME]))


@contextmanager
def fresh_database(server: EmbeddedServer, test: str) -> Iterator[Access]:
    """A database at the newest revision, with the tenants 1 (Nordluft) and 2 (Südpresse), for one test alone.

    It may have been another test's before, and is emptied since (``tests.spares``).
    """
    with _used_again(server, WITH_TENANTS, _name("test", test)) as name:
        yield access_to(server, name)


#: Databases of this process that are as their template is, the one that waits longest first.
_spares: list[Spare] = []
_SPARES = 4
_numbers = itertools.count(1)


@contextmanager
def _used_again(server: EmbeddedServer, template: str, name: str) -> Iterator[str]:
    """A copy of a template, of this name or of the test's that had it before."""
    spare = next((each for each in _spares if each.template == template), None)
    if spare is None:
        name = f"{name}_{next(_numbers)}"  # one of the test's own name may be in use by another test
        _copy(server, template, name)
        spare = Spare(template, name, server.url(name, SUPERUSER))
        atexit.register(spare.close)
    else:
        _spares.remove(spare)
    try:
        yield spare.name
    finally:
        if spare.is_fresh_again():
            _spares.append(spare)
            gone = _spares.pop(0) if len(_spares) > _SPARES else None
        else:
            gone = spare
        if gone is not None:
            gone.close()
            atexit.unregister(gone.close)
            _drop(server, gone.name)


#: By name: what filling it returned. A worker is a process, and has its own.
_worlds: dict[str, object] = {}


@contextmanager
def world_copy(
    server: EmbeddedServer, world: str, build: Callable[[Access], Made], test: str
) -> Iterator[tuple[Access, Made]]:
    """A database of its own for one test, copied from one that is dear to fill, or set back to that (``tests.spares``).

    Args:
        server: the run's.
        world: names what ``build`` fills, in the whole of the tests.
        build: is called once in each process, with a fresh database, and closes its connections. What it returns is
            handed to each test, which leaves it as it is.
        test: names the copy, where one is made.
    """
    template, copy = _name("world", world), _name("copy", test)
    if world not in _worlds:
        _copy(server, WITH_TENANTS, template)
        try:
            _worlds[world] = build(access_to(server, template))
        except BaseException:
            _drop(server, template)
            raise
    with _used_again(server, template, copy) as name:
        yield access_to(server, name), cast("Made", _worlds[world])


def _name(kind: str, text: str) -> str:
    return f"{kind}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{abs(hash(text))}"


def _copy(server: EmbeddedServer, template: str, name: str) -> None:
    connections.close_all(template)  # it is copied only while nobody is connected
    _administrator(server.url("postgres", SUPERUSER)).execute(
        text(f"create database {name} template {template} owner {OWNER} strategy file_copy")
    )


def _drop(server: EmbeddedServer, name: str) -> None:
    connections.close_all(name)
    _administrator(server.url("postgres", SUPERUSER)).execute(text(f"drop database if exists {name} with (force)"))


@cache
def _administrator(address: URL) -> Connection:
    """One connection for all of a process's databases: opening one takes longer than copying a database."""
    connection = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
    atexit.register(connection.close)
    return connection


@contextmanager
def application_pool(access: Access) -> Iterator[Database]:
    """The application's pool on a database, closed afterwards."""
    with closing(Database(access.app, pool_size=20)) as pool:
        yield pool


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    """A fresh database for one test."""
    with fresh_database(server, request.node.nodeid) as access:
        yield access


@pytest.fixture
def database(access: Access) -> Iterator[Database]:
    """The application's pool on a fresh database."""
    with application_pool(access) as pool:
        yield pool
