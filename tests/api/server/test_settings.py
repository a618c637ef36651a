"""The settings: every fault of the environment at once, each shown with its meaning, and no secret among them."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

import api.cli
from api.cli.context import workplace
from api.cli.main import app
from api.server.database import Access, ksef_of
from api.server.settings import (
    OF_COMMANDS,
    InvalidEnvironment,
    Settings,
    from_environment,
    read_environment,
    variable,
)
from api.server.settings_page import listed_settings, settings_page
from api.server.starting import CannotStart, Listening, settings_to_start

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/operating/settings.md"
SECRET = "a secret of forty characters, or nearly so"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith(("USUFRUCT_", "DATABASE_")):
            monkeypatch.delenv(name)


def given(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("environment", "fault"), [
    pytest.param({"USUFRUCT_POOL_SIZE": "0"}, "USUFRUCT_POOL_SIZE: Input should be greater than 0", id="out of range"),
    pytest.param({"USUFRUCT_LOG": "xml"}, "USUFRUCT_LOG: Input should be 'json' or 'plain'", id="none of the choices"),
    pytest.param({"USUFRUCT_METRICS_TOKEN": "guess"}, "USUFRUCT_METRICS_TOKEN: a token has at least 16 characters", id="easy to guess"),
    pytest.param({"USUFRUCT_POOLSIZE": "9"}, "USUFRUCT_POOLSIZE: no such setting; is USUFRUCT_POOL_SIZE meant?", id="misspelt"),
    pytest.param({"usufruct_hom": "x"}, "usufruct_hom: no such setting; is USUFRUCT_HOME meant?", id="in whatever case"),
    pytest.param({"USUFRUCT_COLOUR": "red"}, "USUFRUCT_COLOUR: no such setting", id="like none"),
    pytest.param({"DATABASE_ADMIN_URL": "postgresql://a@h/d"}, "DATABASE_ADMIN_URL: stands without DATABASE_URL, so that the embedded server would be used", id="an administrator of nothing"),
])  # fmt: skip
def test_each_fault_is_named(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], fault: str) -> None:
    given(monkeypatch, environment)
    with pytest.raises(InvalidEnvironment) as refused:
        from_environment()
    assert refused.value.members["faults"] == [fault]


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given(
        monkeypatch,
        {"DATABASE_URL": "mysql://h/d", "USUFRUCT_TICK_S": "soon", "USUFRUCT_TICKS": "1", "USUFRUCT_STOP_S": "0"},
    )
    with pytest.raises(InvalidEnvironment) as refused:
        from_environment()
    named = [fault.partition(":")[0] for fault in refused.value.members["faults"]]  # type: ignore[attr-defined]
    assert named == ["DATABASE_URL", "USUFRUCT_TICK_S", "USUFRUCT_STOP_S", "USUFRUCT_TICKS"]


@pytest.mark.parametrize("name", ["USUFRUCT_TENANT", "DATABASE_URLS", "PATH"])
def test_what_commands_and_others_read_is_no_fault(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    from_environment()


class TestBeforeAnythingStarts:
    def test_a_port_in_use_is_named_with_whatever_else_is_wrong(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        given(monkeypatch, {"USUFRUCT_HOME": str(tmp_path / "file" / "home"), "USUFRUCT_HOMES": "x"})
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(CannotStart) as refused:
                settings_to_start(
                    [Listening("--port", "127.0.0.1", port), Listening("--metrics", "nowhere.invalid", 1)]
                )
        assert refused.value.members["faults"] == [
            "USUFRUCT_HOMES: no such setting; is USUFRUCT_HOME meant?",
            f"USUFRUCT_HOME: {tmp_path / 'file'} is no folder",
            f"--port: port {port} of 127.0.0.1 is in use",
            "--metrics: the host nowhere.invalid is not known",
        ]

    def test_a_folder_that_cannot_be_written_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given(monkeypatch, {"USUFRUCT_HOME": "/proc/1/usufruct"})
        monkeypatch.setattr("os.access", lambda path, mode: str(path) != "/proc/1")  # the superuser may write anywhere
        with pytest.raises(CannotStart, match="USUFRUCT_HOME: /proc/1 cannot be written to"):
            settings_to_start()

    def test_where_a_server_is_named_the_folder_is_not_asked_about(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        given(monkeypatch, {"USUFRUCT_HOME": str(tmp_path / "file"), "DATABASE_URL": "postgresql://a@h/d"})
        assert settings_to_start([Listening("--port", "127.0.0.1", 0)]).home == tmp_path / "file"

    def test_nothing_has_started(self, tmp_path: Path) -> None:
        environment = {**os.environ, "USUFRUCT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        program = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", "70000"]
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (3, "")
        assert "--port: 70000 is no port; there are 0 to 65535" in done.stderr.replace("\n", " ")
        assert not (tmp_path / "home").exists()


class TestTheyAreShown:
    def test_each_with_its_meaning(self) -> None:
        listed = list(listed_settings(Settings.model_construct()))
        assert [setting.variable for setting in listed] == [variable(field) for field in Settings.model_fields]
        assert all(setting.meaning.endswith(".") for setting in listed)

    @pytest.mark.parametrize("address", [
        "postgresql://usufruct_app:Geheim99@h/d", "postgres://u@h/d?password=Geheim99", "postgresql://u@h/d?sslpassword=Geheim99&sslmode=require",
    ])  # fmt: skip
    def test_and_no_secret(self, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
        given(monkeypatch, {"DATABASE_URL": address, "DATABASE_ADMIN_URL": address, "USUFRUCT_METRICS_TOKEN": SECRET})
        for options in ([], ["--json"]):
            shown = CliRunner().invoke(app, ["settings", *options], catch_exceptions=False).output
            assert "Geheim99" not in shown
            assert SECRET not in shown.replace("\n", "")
        told = {row["variable"]: row["value"] for row in json.loads(shown)}
        assert told["USUFRUCT_METRICS_TOKEN"] == "***"
        assert told["DATABASE_URL"].startswith("postgresql+psycopg://u")

    def test_the_page_is_what_the_program_says(self, pytestconfig: pytest.Config) -> None:
        if pytestconfig.getoption("--update-golden"):
            PAGE.write_text(settings_page(), encoding="utf-8")
        assert PAGE.read_text(encoding="utf-8") == settings_page()


@pytest.mark.parametrize("name", ["USUFRUCT_ADDRESS", "USUFRUCT_KEY", "USUFRUCT_LISTEN_SECRET", "USUFRUCT_TENANT"])
def test_what_a_client_or_a_command_reads_is_no_unknown_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "something")
    assert not [fault for fault in read_environment()[1] if name in fault]
    assert f"| `{name}` | {OF_COMMANDS[name]} |" in PAGE.read_text(encoding="utf-8")


def test_every_variable_that_a_command_takes_is_on_the_page() -> None:
    """Those that typer reads stand in the source as ``envvar="…"``."""
    named = {
        name
        for path in Path(api.cli.__path__[0]).glob("*.py")
        for name in re.findall(r'envvar="(\w+)"', path.read_text())
    }
    assert "USUFRUCT_TENANT" in named
    assert all(f"| `{name}` |" in PAGE.read_text(encoding="utf-8") for name in named)


def test_a_command_hands_its_ksef_on(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", access.app.render_as_string(hide_password=False))
    monkeypatch.setenv("USUFRUCT_KSEF", "test")
    with workplace("Nordluft") as place, place.database.transaction(1) as session:
        assert ksef_of(session) == "test"
    monkeypatch.setenv("USUFRUCT_KSEF", "tests")
    with pytest.raises(InvalidEnvironment, match="USUFRUCT_KSEF"), workplace("Nordluft"):
        pass
