"""What a person may mistype of a question about use is refused before a database is reached."""

import pytest
from typer.testing import CliRunner

from api.cli.main import app

DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")


@pytest.mark.parametrize(("words", "reason"), [
    pytest.param(("usage", "kwh", "--from", "January", "--to", "2026-01-31"), "January is no day", id="no day"),
    pytest.param(("states", "state", "--from", "2026-01-01", "--to", "tomorrow"), "tomorrow is no day", id="no last day"),
    pytest.param(("usage", "kwh", *DAYS, "--every", "week"), "week is none of", id="no granularity"),
    pytest.param(("usage", "kwh", *DAYS, "--edges", "sharp"), "sharp is none of", id="no rule of edges"),
])  # fmt: skip
def test_a_mistyped_word_is_refused(words: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")  # whoever asks for one is refused
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert reason in done.output
