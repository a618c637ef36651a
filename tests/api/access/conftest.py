from collections.abc import Iterator

import pytest

from api.server.embedded import EmbeddedServer
from tests.api.access.ways import Ways, the_ways


@pytest.fixture(scope="session")
def opened(server: EmbeddedServer) -> Iterator[Ways]:
    with the_ways(server, "the ways in") as ways:
        yield ways


@pytest.fixture
def ways(opened: Ways) -> Ways:
    """Everybody's ways in; no guess and no issuer's key is known yet, and the issuers answer as they should."""
    opened.forgets()
    return opened
