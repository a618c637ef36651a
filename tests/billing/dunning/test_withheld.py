"""A document of which its customer withholds a tax is late for what it says is to be paid, and for no more."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from api.server.database import Access
from api.server.embedded import EmbeddedServer
from tests.billing.dunning.desk import DUNNED, Desk, opened
from tests.conftest import application_pool, world_copy

#: 150.00 net, 178.50 gross; 15.00 are withheld, and 163.50 are to be paid.
WITHHELD = DUNNED.replace("charges:", "tax: {withholding: [{percent: '10', law: Law, first: 2026-01-01}]}\ncharges:")


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Desk]:
    def build(access: Access) -> None:
        opened(access, WITHHELD)

    copied = world_copy(server, "a document that is dunned and withheld of", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Desk(pool, access)


def test_who_pays_what_it_says_is_never_reminded(desk: Desk) -> None:
    desk.pays("163.50", on_day="2026-03-03")
    assert desk.duns_daily("2026-04-10") == []


def test_interest_is_of_what_was_to_be_paid(desk: Desk) -> None:
    """163.50 × 10.27 % × 20 / 365 = 0.92, and 40.00 with it; of 178.50 it would be 1.00."""
    assert [kind for _, kind in desk.duns_daily("2026-03-23")] == ["reminder", "notice"]
    (listed,) = desk.letter(2).content.documents
    assert (listed.gross, listed.open) == (Decimal("178.50"), Decimal("163.50"))
    assert (listed.fee, listed.interest) == (Decimal("40.00"), Decimal("0.92"))
