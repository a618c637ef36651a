"""What is open of a document is what the document says is to be paid (BT-115), not its gross total."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.receivables.accounts import StatementAsked, account_statement
from billing.receivables.allocating import MoreThanOpen
from billing.receivables.standing import PaymentState
from billing.receivables.standings import open_documents
from tests.billing.receivables.books import TERMS, books, opened
from tests.conftest import application_pool, world_copy

NUMBER = "2026-000001"
#: 150.00 net, 178.50 gross; the customer keeps 10 % of the net amount for its own state.
WITHHELD = TERMS.replace("charges:", "tax: {withholding: [{percent: '10', law: Law, first: 2026-01-01}]}\ncharges:")


@pytest.fixture
def database(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    def fill(access: Access) -> None:
        with application_pool(access) as pool:
            opened(access, pool, WITHHELD)

    copied = world_copy(server, "a document of which some is withheld", fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield pool


class TestOfADocumentOfWhichTaxIsWithheld:
    """178.50 gross, 15.00 withheld, 163.50 to be paid."""

    def test_the_rest_alone_is_open(self, database: Database) -> None:
        with books(database, "2026-02-25") as book:
            assert (book.stands().payable, book.stands().open) == (Decimal("163.50"), Decimal("163.50"))
            with pytest.raises(MoreThanOpen):
                book.pays("178.50", (NUMBER, "178.50"))

    def test_whoever_pays_what_it_says_owes_nothing_and_is_never_late(self, database: Database) -> None:
        with books(database, "2026-02-25") as book:
            book.pays("163.50", (NUMBER, "163.50"))
        with books(database, "2026-09-01") as book:
            assert (book.stands().state, book.stands().open) == (PaymentState.PAID, Decimal(0))
            assert NUMBER not in [row.number for row in open_documents(book.session)]

    def test_a_cash_discount_is_of_the_gross_total_as_the_document_says(self, database: Database) -> None:
        with books(database, "2026-02-05") as book:
            book.pays("159.93", (NUMBER, "159.93", "3.57"))
            assert (book.stands().state, book.stands().open) == (PaymentState.PAID, Decimal(0))

    def test_the_account_comes_to_what_is_to_be_paid(self, database: Database) -> None:
        with books(database, "2026-02-25") as book:
            asked = StatementAsked(customer="Blechwerke", first=date(2026, 2, 1), last=date(2026, 2, 25))
            statement = account_statement(book.session, asked, book.at)
            assert statement.entries.closing == statement.balance.balance == Decimal("163.50")
            (listed,) = statement.open_documents
            assert (listed.gross, listed.standing.open) == (Decimal("178.50"), Decimal("163.50"))
