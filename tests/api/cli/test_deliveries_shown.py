"""Of a delivery is shown by what name the receiver can look for it, and how somebody has settled it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.server.database import Access, Database
from billing.delivery.state import DeliveryHappening
from billing.delivery.way import OutcomeUnknown, SendingRefused
from tests.api.cli.test_commands import set_environment
from tests.billing.delivery.post import JANUARY, Post, raising
from tests.billing.scene import CONTRACT, Scene


@pytest.fixture
def post(access: Access, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140")
    scene.bills("2026-02-01")
    set_environment(access, tmp_path, monkeypatch)
    return Post(scene)


def types(*words: str) -> str:
    done = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize("answer", [OutcomeUnknown("cut off"), SendingRefused("550 no such user")])
def test_waiting_and_the_list_name_the_message_and_the_note(post: Post, answer: Exception) -> None:
    post.way.answers = [raising(answer)]
    key = post.asks().id
    post.delivers()
    (message,) = post.way.keys

    assert message in types("waiting", "--kind", "delivery", "--json")
    assert f"delivery {key}: Message-ID {message}" in types("invoice", "deliveries", JANUARY)

    post.settles(key, DeliveryHappening.GIVEN_UP)
    assert f"delivery {key}: settled as given up by carla: asked them" in types("invoice", "deliveries", JANUARY)
