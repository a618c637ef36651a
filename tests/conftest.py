"""One real PostgreSQL for the whole run, and a database of its own, copied from a template, for whoever asks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import text

from api.server.database import Access, Database
from api.server.embedded import SUPERUSER, EmbeddedServer, written_settings
from api.server.provision import OWNER, administering, upgrade

HOME = "USUFRUCT_TEST_SERVER"
TEMPLATE = "usufruct_template"
_ROOM = 4 << 30
_running = pytest.StashKey[EmbeddedServer]()

# How hard each property is tried. `quick` takes the same examples every time, so that a red run says something of the
# tree and of nothing else. `long` (`--hypothesis-profile=long`) looks for new ones, and prints what runs a failure again.
# Neither asks how long an example takes: the cores are shared.
_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("quick", _ANY_SPEED, max_examples=100, derandomize=True)
settings.register_profile("long", _ANY_SPEED, max_examples=1000)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden documents, to be read as a diff")
    parser.addoption("--lives", type=int, help="how many random lives are lived; 20, and in the long form 2000")
    parser.addoption(
        "--life-seed", type=int, default=1, help="the seed of the first life; each further one has the next"
    )
    parser.addoption("--without", default="", help="what of tests/lives/repertoire.py lives do without, by commas")


def private_home(within: Path | None = None) -> Path:
    """A folder for a server that a test may use up; as root, PostgreSQL's own account must be able to pass."""
    home = Path(tempfile.mkdtemp(prefix="usufruct-test-", dir=within))
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
    home = private_home(memory())
    settings = written_settings() | {"shared_buffers": "256MB"}
    server = EmbeddedServer(home=home, settings=settings, durable=False).__enter__()
    config.stash[_running] = server
    upgrade(access_to(server, TEMPLATE))
    os.environ[HOME] = str(home)  # the workers read it
    os.environ["USUFRUCT_KEEP_SERVER_S"] = "0"  # a command of a test leaves no server behind


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
    """A database at the newest revision, with the tenants 1 (Nordluft) and 2 (Südpresse); dropped afterwards."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{abs(hash(test))}"
    with administering(server.url("postgres", SUPERUSER)) as connection:
        connection.execute(text(f"create database {name} template {TEMPLATE} owner {OWNER} strategy file_copy"))
    made = access_to(server, name)
    with administering(made.administrator) as connection:
        connection.execute(text("insert into tenant (name) values ('Nordluft'), ('Südpresse')"))
    try:
        yield made
    finally:
        with administering(server.url("postgres", SUPERUSER)) as connection:
            connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    """A fresh database for one test."""
    with fresh_database(server, request.node.nodeid) as access:
        yield access


@pytest.fixture
def database(access: Access) -> Iterator[Database]:
    """The application's pool on a fresh database."""
    pool = Database(access.app, pool_size=20)
    try:
        yield pool
    finally:
        pool.close()
