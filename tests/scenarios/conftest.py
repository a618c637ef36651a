"""Every scenario asks by the generated client."""

import pytest

import tests.client.made  # noqa: F401 makes what is imported next
from tests.client.through import ThroughClient
from tests.scenarios.world import World


@pytest.fixture(autouse=True)
def by_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "asked_through", ThroughClient)
