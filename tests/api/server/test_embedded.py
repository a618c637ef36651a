"""The embedded server: created, started, adopted and stopped, whatever was left behind."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.server.embedded import SUPERUSER, EmbeddedServer, ForeignFolder, ServerFailed, binaries, default_home
from tests.conftest import private_home

ROOT = Path(__file__).parents[3]
AS_ROOT = os.geteuid() == 0
SMALL = {"shared_buffers": "32MB", "jit": "off"}


def a_server(home: Path, *, durable: bool = False) -> EmbeddedServer:
    return EmbeddedServer(home=home, settings=SMALL, durable=durable)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the test's own, with a blank in its path; whatever server is left in it is stopped."""
    folder = private_home()
    try:
        yield folder / "a home"
    finally:
        with contextlib.suppress(Exception):
            a_server(folder / "a home").stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    """A folder in which a server was made and stopped, once for all: that takes longer than most of what is tried."""
    folder = private_home()
    with a_server(folder / "made", durable=True):
        pass
    yield folder / "made"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def made(home: Path, made_once: Path) -> Path:
    """A home of the test's own in which a server was made before, as the last user leaves it; it is durable."""
    subprocess.run(["cp", "-a", str(made_once), str(home)], check=True)  # as root, the data belong to another account
    return home


def asked(server: EmbeddedServer, question: str, role: str = SUPERUSER) -> object:
    url = server.url("postgres", role)
    with psycopg.connect(
        host=str(url.query["host"]), dbname=url.database, user=url.username, autocommit=True
    ) as connection:
        for statement in question.split("; "):
            cursor = connection.execute(statement.encode())
        row = cursor.fetchone()
        return row and row[0]


def postmaster(home: Path) -> int:
    return int((home / "cluster/data/postmaster.pid").read_text().split()[0])


def processes_of(home: Path) -> list[str]:
    """What of PostgreSQL runs on this folder, read from the process table and not from our locks."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(home) in line and "postgres" in line and "pytest" not in line:
                found.append(line)
    return found


def test_created_once_started_each_time_and_stopped_by_the_last_user(home: Path) -> None:
    with a_server(home) as first:
        assert str(asked(first, "show server_version")).split(".")[0] == "18"
        asked_first = asked(first, "select system_identifier from pg_control_system()")
        one = postmaster(home)
        with a_server(home) as second:
            assert one == postmaster(home)
            assert asked_first == asked(second, "select system_identifier from pg_control_system()")
        assert first.is_running, "one user is left"
    assert not a_server(home).is_running
    assert processes_of(home) == []
    with a_server(home) as again:
        assert asked_first == asked(again, "select system_identifier from pg_control_system()")


def test_what_is_written_at_creation(home: Path) -> None:
    with EmbeddedServer(home=home) as server:
        settings = {
            name: asked(server, f"show {name}")
            for name in ("random_page_cost", "jit", "listen_addresses", "timezone", "fsync", "data_checksums")
        }
        assert settings == {
            "random_page_cost": "1.1",
            "jit": "off",
            "listen_addresses": "",
            "timezone": "UTC",
            "fsync": "on",
            "data_checksums": "on",
        }
        assert (
            asked(server, "select datcollate from pg_database where datname = 'postgres'"),
            asked(server, "select datlocale from pg_database where datname = 'postgres'"),
            asked(server, "show server_encoding"),
        ) == ("C", "C.UTF-8", "UTF8")  # fmt: skip


def test_no_setting_opens_the_network(home: Path) -> None:
    with EmbeddedServer(
        home=home, settings={"listen_addresses": "'*'", "unix_socket_permissions": "0777"}, durable=False
    ) as server:
        assert (asked(server, "show listen_addresses"), asked(server, "show unix_socket_permissions")) == ("", "0700")


def test_the_callers_environment_does_not_reach_the_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "LC_ALL": "xx_YY.UTF-8",
        "PGDATA": "/nonexistent",
        "PGPORT": "1",
        "TZ": "Nowhere/Land",
    }.items():
        monkeypatch.setenv(name, value)
    with a_server(home) as server:
        assert server.is_running


@pytest.mark.parametrize("name", [
    "x" * 120, "a, comma", pytest.param('o\'clock "quoted" \\ 100% Süd', id="what else a path may hold"),
])  # fmt: skip
def test_any_path_will_do(home: Path, name: str) -> None:
    with a_server(home.parent / name) as server:
        assert asked(server, "select 1") == 1
        socket = Path(str(server.url("x").query["host"]))
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    if len(name) > 100 or "," in name:
        shutil.rmtree(socket)
        assert home.parent not in socket.parents


def test_no_folder_but_its_own_is_touched(home: Path) -> None:
    os.umask(os.umask(0o022))
    watched = [*home.parents, binaries().parent, *binaries().parents]
    before = [(folder, folder.stat().st_mode, folder.stat().st_uid) for folder in watched]
    with a_server(home):
        pass
    assert before == [(folder, folder.stat().st_mode, folder.stat().st_uid) for folder in watched]
    assert stat.S_IMODE((home / "cluster").stat().st_mode) == 0o700


def test_the_owner_alone_becomes_somebody(made: Path) -> None:
    with a_server(made) as server:
        assert asked(server, "select distinct auth_method from pg_hba_file_rules") == "peer"
        assert asked(server, "select count(*) from pg_hba_file_rules where auth_method = 'trust'") == 0
        asked(server, "create role somebody superuser login; select 1")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            asked(server, "select 1", role="somebody")


@pytest.mark.skipif(not AS_ROOT, reason="takes another account to try")
def test_another_account_does_not_even_reach_the_socket(made: Path) -> None:
    with a_server(made) as server:
        url = server.url("postgres", SUPERUSER)
        tried = subprocess.run([str(binaries() / "psql"), "-h", str(url.query["host"]), "-U", SUPERUSER, "postgres"], user="nobody", group="nogroup", extra_groups=[], capture_output=True, text=True, check=False, cwd="/")  # fmt: skip
    assert "Permission denied" in tried.stderr
    assert tried.returncode


@pytest.mark.skipif(not AS_ROOT, reason="takes another account to try")
def test_a_folder_of_another_account_is_refused_and_left_to_it(home: Path) -> None:
    home.mkdir()
    os.chown(home, 65534, 65534)
    with pytest.raises(ForeignFolder), a_server(home):
        pass
    assert (home.stat().st_uid, list(home.iterdir())) == (65534, [])


def test_as_root_it_lives_where_its_account_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert Path("/var/lib/usufruct" if AS_ROOT else "/somewhere/usufruct") == default_home()


def test_a_killed_server_is_started_again(made: Path) -> None:
    with a_server(made, durable=True) as server:
        asked(server, "create table kept as select 7 as n; select 1")
        os.kill(postmaster(made), signal.SIGKILL)
        with a_server(made) as again:
            assert asked(again, "select n from kept") == 7
    assert processes_of(made) == []


def test_a_process_number_that_another_process_bears_now_is_not_believed(made: Path) -> None:
    """What a restarted container leaves: postmaster.pid names a process that lives and is not PostgreSQL."""
    with a_server(made):
        owner = (made / "cluster").stat().st_uid
        pid_file, socket_lock = made / "cluster/data/postmaster.pid", made / "socket/.s.PGSQL.5432.lock"
        left = pid_file.read_text(), socket_lock.read_text()
    stranger = subprocess.Popen(["/bin/sleep", "60"], user=owner if AS_ROOT else None)
    try:
        for path, text in zip((pid_file, socket_lock), left, strict=True):
            path.write_text("\n".join([str(stranger.pid), *text.splitlines()[1:], ""]))
            os.chown(path, owner, -1)
        with a_server(made) as server:
            assert asked(server, "select 1") == 1
        assert stranger.poll() is None, "and it is left alone"
    finally:
        stranger.kill()
        stranger.wait()


def test_a_half_made_data_folder_is_made_anew(home: Path) -> None:
    with a_server(home):
        pass
    (home / "cluster/data").rename(home / "cluster/data.new")
    with a_server(home) as server:
        assert server.is_running
    assert not (home / "cluster/data.new").exists()


def test_a_server_that_does_not_start_says_why(made: Path) -> None:
    with a_server(made):
        pass
    with (made / "cluster/data/postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(ServerFailed, match="no_such_setting"), a_server(made):
        pass
    assert processes_of(made) == []


def test_stopped_by_command_whoever_uses_it(made: Path) -> None:
    with a_server(made):
        assert a_server(made).stop()
        assert not a_server(made).stop(), "there is none any more"
        assert processes_of(made) == []
    assert not a_server(made.parent / "never").stop()


CLIENT = """
import sys, time
from pathlib import Path
from api.server.embedded import EmbeddedServer
with EmbeddedServer(home=Path(sys.argv[1]), settings={"shared_buffers": "32MB"}, durable=False):
    print("in", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def a_client(home: Path, seconds: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(home), str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def entered(client: "subprocess.Popen[str]") -> bool:
    assert client.stdout
    assert client.stderr
    return client.stdout.readline() == "in\n" or pytest.fail(client.stderr.read())


def test_many_processes_share_one_server_and_the_last_stops_it(home: Path) -> None:
    clients = [a_client(home, seconds) for seconds in (0.2, 0.4, 0.6, 0.8)]
    assert all(entered(client) for client in clients)
    numbers = {line for line in processes_of(home) if "-D" in line}
    assert len(numbers) == 1
    for client in clients:
        client.communicate(timeout=20)
    assert processes_of(home) == []


def test_a_killed_client_does_not_keep_the_server_running(made: Path) -> None:
    killed = a_client(made, 60)
    assert entered(killed)
    killed.kill()
    killed.communicate()
    assert processes_of(made), "nobody was there to stop it"
    with a_server(made):
        pass
    assert processes_of(made) == []


@pytest.mark.long
def test_a_client_that_is_told_to_end_while_the_server_recovers_leaves_it_to_the_next(made: Path) -> None:
    with a_server(made, durable=True) as server:
        asked(server, "create table filler as select generate_series(1, 300000) n; select 1")
        os.kill(postmaster(made), signal.SIGKILL)
    hasty = a_client(made, 0)
    time.sleep(0.3)
    hasty.kill()
    hasty.communicate()
    with a_server(made) as server:
        assert asked(server, "select count(*) from filler") == 300_000
