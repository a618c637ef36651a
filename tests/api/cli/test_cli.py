"""The command line: quick to answer, JSON for programs, an exit code that means something."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import private_home

USUFRUCT = Path(sys.executable).with_name("usufruct")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = private_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def usufruct(*arguments: str, home: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(USUFRUCT), *arguments], capture_output=True, text=True, check=False, timeout=60,
                          env=dict(os.environ) | {"USUFRUCT_HOME": str(home)} | environment)  # fmt: skip


def test_help_starts_without_the_heavy_libraries(home: Path) -> None:
    heavy = "{'sqlalchemy', 'fastapi', 'pint', 'pyarrow', 'alembic', 'psycopg'}"
    found = subprocess.run(
        [sys.executable, "-c", f"import api.cli.main, sys; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"

    started = time.perf_counter()
    answer = usufruct("--help", home=home)
    print(f"usufruct --help: {time.perf_counter() - started:.2f} s")
    assert answer.returncode == 0
    assert "demo" in answer.stdout


def test_the_embedded_database_from_nothing(home: Path) -> None:
    before = usufruct("db", "status", "--json", home=home)
    assert (before.returncode, json.loads(before.stdout)["type"]) == (6, "/problems/database-unavailable")

    assert "at revision" in usufruct("db", "upgrade", home=home).stdout
    status = usufruct("db", "status", "--json", home=home)
    facts = json.loads(status.stdout)
    assert (status.returncode, facts["current"], facts["advice"]) == (0, True, [])
    assert facts["revision"] == facts["needed"]
    assert "no server was running" in usufruct("db", "stop", home=home).stdout


def test_the_demo_ends_with_a_clear_message(home: Path) -> None:
    answer = usufruct("demo", home=home)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "9 of 9 invoices recompute to the same cent" in answer.stdout


@pytest.mark.parametrize(("arguments", "environment", "code", "said"), [
    pytest.param(["nonsense"], {}, 2, "No such command", id="no such command"),
    pytest.param(["db", "status"], {"DATABASE_URL": "mysql://host/db"}, 3, "DATABASE_URL", id="a wrong variable"),
    pytest.param(["db", "status"], {"DATABASE_URL": "postgres://a@127.0.0.1:9/b"}, 6, "cannot be reached", id="nobody there"),
    pytest.param(["db", "upgrade"], {"DATABASE_URL": "postgres://a@127.0.0.1:9/b"}, 6, "DATABASE_ADMIN_URL", id="nobody who may"),
])  # fmt: skip
def test_exit_codes(home: Path, arguments: list[str], environment: dict[str, str], code: int, said: str) -> None:
    answer = usufruct(*arguments, home=home, **environment)
    assert code == answer.returncode
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_version(home: Path) -> None:
    assert {"version"} == json.loads(usufruct("version", "--json", home=home).stdout).keys()
