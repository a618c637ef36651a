"""Of a document that is late a person sees its steps as a table, and when it is looked at next."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.server.database import Access, Database
from tests.api.cli.test_commands import set_environment
from tests.billing.dunning.desk import NUMBER, Desk, opened


def test_its_steps_are_a_table(
    access: Access, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(access)
    Desk(database, access).at("2026-03-13").duns()
    set_environment(access, tmp_path, monkeypatch)
    done = CliRunner().invoke(app, ["dunning", "show", NUMBER], catch_exceptions=False)
    shown = [" ".join(line.split()) for line in done.output.splitlines()]
    assert shown[-3:] == [
        "looked at next: 2026-03-22T23:00+00:00",
        "step kind on letter withdrawn by",
        "1 reminder 2026-03-13 D-1",
    ]
