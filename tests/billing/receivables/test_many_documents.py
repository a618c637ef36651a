"""More documents at once than a statement of PostgreSQL has parameters (65,535): an invoice run bills so many a day."""

from collections.abc import Iterator

import pytest

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.disputes.store import of_contracts
from billing.receivables.issued import by_key
from billing.receivables.standings import allocations, settlements
from billing.receivables.store import party_names
from tests.billing.receivables.books import books, opened
from tests.conftest import application_pool, world_copy

MANY = range(1, 70_001)


def _fill(access: Access) -> None:
    with application_pool(access) as pool:
        opened(access, pool)


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[Database]:
    with world_copy(server, "a document among many", _fill, "many") as (access, _), application_pool(access) as pool:
        yield pool


def test_what_was_settled_of_them_is_read(database: Database) -> None:
    with books(database, "2026-02-25") as book:
        book.pays("178.50", ("2026-000001", "178.50"))
        (key,) = settlements(book.session, MANY)
        assert settlements(book.session, MANY) == settlements(book.session, [key])
        assert allocations(book.session, MANY) == allocations(book.session, [key])
        assert by_key(book.session, MANY)[key].number == "2026-000001"


def test_who_owes_them_is_named_and_what_is_disputed_of_their_contracts(database: Database) -> None:
    with books(database, "2026-02-25") as book:
        assert "Blechwerke" in party_names(book.session, set(MANY)).values()
        assert of_contracts(book.session, MANY) == []
