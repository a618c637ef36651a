"""Nobody else reads the server's files, and no password stands in an error, a log, or the arguments of a process."""

import contextlib
import io
import logging
import os
import stat
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.cli.main import main
from api.http.app import create_app
from api.server.database import Access
from api.server.embedded import SUPERUSER, EmbeddedServer
from api.server.provision import administering, upgrade
from api.server.settings import InvalidEnvironment, Settings, from_environment
from tests.api.server.test_workers import children, free_port, running, until

PASSWORD = "Geheim99"
#: Nobody is there, nobody of that name, no such scheme, no port, brackets that do not close, a password as a port.
ADDRESSES = {
    "nobody there": f"postgresql://usufruct_app:{PASSWORD}@127.0.0.1:9/usufruct",
    "no such host": f"postgresql://usufruct_app:{PASSWORD}@nowhere.invalid/usufruct",
    "another scheme": f"mysql://usufruct_app:{PASSWORD}@127.0.0.1/usufruct",
    "no port": f"postgresql://usufruct_app:{PASSWORD}@127.0.0.1:x/usufruct",
    "no bracket": f"postgresql://usufruct_app:{PASSWORD}@[::1/usufruct",
    "the host forgotten": f"postgresql://usufruct_app:{PASSWORD}/usufruct",
    "no address": PASSWORD,
}


def test_the_files_of_the_server_are_its_users_alone(server: EmbeddedServer) -> None:
    """Its folder may be passed through, where PostgreSQL runs as another account; nothing in it is read by others."""
    modes = {
        path.relative_to(server.home): stat.S_IMODE(path.lstat().st_mode)
        for path in server.home.rglob("*")
        if not path.is_symlink() and not path.is_relative_to(server.programs)
        and not path.relative_to(server.home).parts[0].startswith("pginstall")  # the copied programs
    }  # fmt: skip
    assert {
        Path("postgresql.log"),
        Path("users.lock"),
        Path("socket"),
        Path("cluster/data/pg_hba.conf"),
    } <= modes.keys()
    assert {str(path): oct(mode) for path, mode in modes.items() if mode & 0o077} == {}
    assert not stat.S_IMODE(server.home.stat().st_mode) & 0o066


def test_a_log_that_others_could_read_is_closed_at_the_next_start(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    os.umask(os.umask(0o022))
    with EmbeddedServer(home=home, durable=False) as server:
        server.log.chmod(0o644)
        server.stop()
    with EmbeddedServer(home=home, durable=False) as server:
        assert stat.S_IMODE(server.log.stat().st_mode) == 0o600


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
@pytest.mark.parametrize(
    "command", [("db", "status"), ("db", "upgrade"), ("fleet", "show", "--json"), ("serve",)], ids=" ".join
)
def test_no_command_says_the_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, address: str, command: tuple[str, ...]
) -> None:
    for name in ("DATABASE_URL", "DATABASE_ADMIN_URL"):
        monkeypatch.setenv(name, address)
    monkeypatch.setattr(sys, "argv", ["usufruct", *command])
    caplog.set_level(logging.DEBUG)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code
    assert PASSWORD not in out.getvalue() + caplog.text


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_neither_do_the_settings_nor_what_is_raised_about_them(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    try:
        assert PASSWORD not in repr(from_environment())
    except InvalidEnvironment as refusal:
        assert PASSWORD not in f"{refusal}{refusal.members}{refusal.__cause__!r}"


def test_neither_does_the_application(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings.model_validate({"database_url": ADDRESSES["nobody there"], "tick_s": 0})
    with pytest.raises(Exception) as refusal, TestClient(create_app(settings)) as client:
        client.get("/ready").raise_for_status()
    assert PASSWORD not in f"{refusal.value}{caplog.text}"


def test_postgresql_is_given_the_hash_of_the_password(access: Access, server: EmbeddedServer) -> None:
    """The statement that makes the role may stand in the server's log; nobody can connect with what stands there."""
    with administering(access.administrator) as admin:
        admin.execute(text("drop role if exists usufruct_secret"))
        admin.execute(text("set log_statement = 'all'"))
    before = server.log.stat().st_size
    admin_url = access.administrator.set(query={**access.administrator.query, "options": "-c log_statement=all"})
    upgrade(Access(access.app.set(password=PASSWORD), admin_url))
    written = server.log.read_bytes()[before:].decode()
    assert "create role" in written
    assert PASSWORD not in written


def test_no_process_of_the_server_has_a_secret_among_its_arguments(server: EmbeddedServer) -> None:
    assert all(b"password" not in arguments for arguments in cmdlines().values())
    assert server.url("usufruct", SUPERUSER).password is None


@pytest.mark.long
def test_neither_have_the_workers_of_a_server_nor_of_a_run(access: Access) -> None:
    address = access.app.set(password=PASSWORD).render_as_string(hide_password=False)
    with running(access, free_port(), DATABASE_URL=address) as process:
        until(lambda: len(children(process)) == 2)
        assert all(PASSWORD.encode() not in arguments for arguments in cmdlines().values())


def cmdlines() -> dict[str, bytes]:
    lines = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines[path.parent.name] = path.read_bytes()
    return lines
