"""The embedded server outlives its last user for a stated while, and stops by itself whatever is killed meanwhile."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from api.server.embedded import EmbeddedServer
from tests.api.server.test_embedded import ROOT, SMALL, asked, postmaster, processes_of
from tests.conftest import private_home

KEEP_S = 1.0


def kept_server(home: Path, keep_s: float = KEEP_S) -> EmbeddedServer:
    return EmbeddedServer(home=home, settings=SMALL, durable=False, keep_s=keep_s)


def keepers_of(home: Path) -> list[int]:
    numbers = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if os.fsencode(home) in words and any(word.endswith(b"keeper.py") for word in words):
                numbers.append(int(process.name))
    return sorted(numbers)


def waits_for(condition: Callable[[], bool], within_s: float = 10) -> float:
    """Seconds until it holds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_s, "it never came"
        time.sleep(0.01)
    return time.monotonic() - started


def kill_all_keepers(home: Path) -> None:
    """Until none is left: who waits may have taken over meanwhile, and have begun another."""
    while numbers := keepers_of(home):
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)


def nothing_is_left(home: Path) -> bool:
    return processes_of(home) == [] and keepers_of(home) == []


@pytest.fixture(scope="module")
def house() -> Iterator[Path]:
    """A folder in which a server was made, once for all: that takes seconds."""
    folder = private_home()
    with kept_server(folder / "a home", keep_s=0):
        pass
    yield folder / "a home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home(house: Path) -> Iterator[Path]:
    """A home where no server runs, before and after."""
    waits_for(lambda: nothing_is_left(house))
    yield house
    kept_server(house).stop()


@pytest.fixture
def kept(home: Path) -> Path:
    """A home whose server has just been left by its last user."""
    with kept_server(home):
        waits_for(lambda: len(keepers_of(home)) == 2)
    return home


def test_it_runs_on_for_the_next_user_and_stops_by_itself(kept: Path) -> None:
    with kept_server(kept) as server:
        number = postmaster(kept)
        time.sleep(1.5 * KEEP_S)
        assert postmaster(kept) == number, "it is in use"
        assert len(keepers_of(kept)) == 2, "it has no second keeper beside the one that waits"
    assert server.is_running
    seconds = waits_for(lambda: nothing_is_left(kept))
    assert KEEP_S * 0.8 < seconds < KEEP_S * 3
    with kept_server(kept) as server:
        assert asked(server, "select 1") == 1


def test_without_a_while_to_keep_it_the_last_user_stops_it(kept: Path) -> None:
    with kept_server(kept, keep_s=0):
        pass
    assert processes_of(kept) == []
    waits_for(lambda: nothing_is_left(kept))


def test_stopped_by_command_it_stops_at_once(kept: Path) -> None:
    assert kept_server(kept).stop()
    assert processes_of(kept) == []
    waits_for(lambda: nothing_is_left(kept))


@pytest.mark.parametrize("which", [
    pytest.param([0], id="the keeper"),
    pytest.param([1], id="the one that waits to take over"),
])  # fmt: skip
def test_a_killed_keeper_is_replaced(kept: Path, which: list[int]) -> None:
    keepers = keepers_of(kept)
    for at in which:
        os.kill(keepers[at], signal.SIGKILL)
    waits_for(lambda: len(keepers_of(kept)) == 2 and keepers_of(kept) != keepers)
    waits_for(lambda: nothing_is_left(kept))


def test_where_both_keepers_are_killed_the_next_user_brings_new_ones(kept: Path) -> None:
    kill_all_keepers(kept)
    with kept_server(kept) as server:
        waits_for(lambda: len(keepers_of(kept)) == 2)
    assert server.is_running
    waits_for(lambda: nothing_is_left(kept))


def test_whoever_leaves_a_server_without_keeper_stops_it(home: Path) -> None:
    with kept_server(home):
        waits_for(lambda: len(keepers_of(home)) == 2)
        kill_all_keepers(home)
    assert nothing_is_left(home)


def test_a_killed_server_takes_its_keeper_along_and_is_started_again(kept: Path) -> None:
    os.kill(postmaster(kept), signal.SIGKILL)
    waits_for(lambda: nothing_is_left(kept))
    with kept_server(kept) as server:
        assert asked(server, "select 1") == 1


def test_a_killed_user_does_not_keep_it_running(home: Path) -> None:
    with a_user(home, seconds=60) as user:
        user.kill()
        user.communicate()
        assert processes_of(home)
        waits_for(lambda: nothing_is_left(home))


USER = """
import random, sys, time
from pathlib import Path
from api.server.embedded import EmbeddedServer
home, seconds, keep_s, turns = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
import psycopg
for turn in range(turns):
    with EmbeddedServer(home=home, settings={"shared_buffers": "32MB"}, durable=False, keep_s=keep_s) as server:
        url = server.url("postgres", "postgres")
        with psycopg.connect(host=str(url.query["host"]), dbname=url.database, user=url.username) as connection:
            connection.execute("select 1")
        print("in", flush=True)
        time.sleep(seconds)
    time.sleep(random.uniform(0.5, 1.5) * keep_s)
"""


@contextlib.contextmanager
def a_user(home: Path, *, seconds: float, keep_s: float = KEEP_S, turns: int = 1) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has just entered."""
    words = [str(home), str(seconds), str(keep_s), str(turns)]
    with subprocess.Popen(
        [sys.executable, "-c", USER, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as user:
        assert user.stdout
        assert user.stderr
        assert user.stdout.readline() == "in\n", user.stderr.read()
        yield user


@pytest.mark.long
def test_who_comes_in_the_moment_that_it_stops_finds_a_server(home: Path) -> None:
    """Three users come and go, each about as long after another as the server is kept."""
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(a_user(home, seconds=0, keep_s=0.1, turns=12)) for _ in range(3)]
        for user in users:
            _, refused = user.communicate(timeout=60)
            assert (user.returncode, refused) == (0, "")
    waits_for(lambda: nothing_is_left(home))


@pytest.mark.long
def test_whatever_is_killed_nothing_is_damaged_and_nothing_stays() -> None:
    # A home of its own, durable from the start: without synchronous commit a killed server may lose its last commit.
    folder, choice = private_home(), random.Random(7)
    home = folder / "a home"
    with EmbeddedServer(home=home, settings=SMALL, keep_s=KEEP_S) as server:
        asked(server, "create table kept as select 7 as n; select 1")
    for _ in range(25):
        with a_user(home, seconds=60, keep_s=0.5) as user:
            victims = [user.pid, postmaster(home), *keepers_of(home)]
            time.sleep(choice.uniform(0, 0.3))
            with contextlib.suppress(ProcessLookupError):
                os.kill(choice.choice(victims), signal.SIGKILL)
            user.kill()
        time.sleep(choice.uniform(0, 0.8))
    with kept_server(home, keep_s=0.5) as server:
        assert asked(server, "select n from kept") == 7
        with pytest.raises(psycopg.OperationalError):
            asked(server, "select 1", role="nobody")
    waits_for(lambda: nothing_is_left(home))
    shutil.rmtree(folder)


def test_a_deleted_folder_leaves_no_keeper(kept: Path) -> None:
    number = postmaster(kept)
    shutil.rmtree(kept)
    waits_for(lambda: keepers_of(kept) == [])
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, signal.SIGQUIT)  # it would see by itself, within a minute, that its folder is gone
    waits_for(lambda: nothing_is_left(kept))
