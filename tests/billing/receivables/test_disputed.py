"""What is disputed of a document stands apart: it is open, and not overdue, until the dispute is settled."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.disputes.store import accept, raise_, settle
from billing.invoices.invoice_query import InvoiceQuery
from billing.invoices.listed import listed, totals
from billing.receivables.accounts import StatementAsked, account_statement
from billing.receivables.standing import PaymentState
from tests.billing.receivables.books import Books, books, opened
from tests.billing.scene import on
from tests.build import acts
from tests.conftest import application_pool, world_copy

FIRST = "2026-000001"  # a fee of 100.00 and energy of 50.00, with 19 % VAT


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)


@pytest.fixture
def database(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    copied = world_copy(server, "documents to dispute", _fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield pool


def disputes(book: Books, charge: str, day: str, *, accepted: bool = False) -> int:
    return raise_(
        book.session,
        "C-1",
        charge,
        date(2026, 1, 1),
        date(2026, 2, 1),
        reason="doubted",
        by=acts(book.session, "anna"),
        at=on(day),
        accepted=accepted,
    ).id


class TestADisputedCharge:
    @pytest.mark.parametrize("by", ["customer", "supplier"])
    def test_is_apart_with_its_tax_whether_or_not_it_is_accepted(self, database: Database, by: str) -> None:
        with books(database, "2026-02-10") as book:
            disputes(book, "fee", "2026-02-10", accepted=by == "supplier")
            stands = book.stands()
            assert (stands.open, stands.disputed, stands.undisputed) == (
                Decimal("178.50"), Decimal("119.00"), Decimal("59.50"),
            )  # fmt: skip

    def test_is_not_overdue_and_the_rest_is(self, database: Database) -> None:
        with books(database, "2026-03-10") as book:
            disputes(book, "fee", "2026-02-10")
            assert book.stands().state is PaymentState.OVERDUE
            stated = account_statement(book.session, StatementAsked("Blechwerke"), book.at)
            assert (stated.balance.overdue, stated.balance.disputed) == (Decimal("59.50"), Decimal("119.00"))
            book.pays("59.50", (FIRST, "59.50"))
            assert (book.stands().state, book.stands().disputed) == (PaymentState.PARTLY_PAID, Decimal("119.00"))

    def test_is_overdue_again_from_the_day_on_which_it_is_due_after_all(self, database: Database) -> None:
        with books(database, "2026-03-10") as book:
            number = disputes(book, "fee", "2026-02-10")
            disputes(book, "energy", "2026-02-10")
            assert (book.stands().state, book.stands().disputed) == (PaymentState.ISSUED, Decimal("178.50"))
            accept(book.session, number, by=acts(book.session, "bert"), at=on("2026-03-10"))
            settle(book.session, number, due=True, by=acts(book.session, "bert"), at=on("2026-03-12"))
            assert book.stands().state is PaymentState.ISSUED  # as it stood on the 10th
            later = Books(book.session, on("2026-03-12"))
            assert (later.stands().state, later.stands().disputed) == (PaymentState.OVERDUE, Decimal("59.50"))


class TestTheList:
    """The list says of each document what its page says, by SQL of all at once."""

    def test_has_those_of_each_state_and_no_other(self, database: Database) -> None:
        with books(database, "2026-03-10") as book:
            disputes(book, "fee", "2026-02-10")
            disputes(book, "energy", "2026-02-10")
            book.pays("19.00", ("2026-000002", "19.00"), customer="Gießerei")
            self._compared(book, {FIRST: PaymentState.ISSUED, "2026-000002": PaymentState.OVERDUE})
            book.pays("159.50", ("2026-000002", "159.50"), customer="Gießerei")
            self._compared(book, {FIRST: PaymentState.ISSUED, "2026-000002": PaymentState.PAID})
            book.releases(book.writes_off("178.50").id)
            self._compared(book, {FIRST: PaymentState.WRITTEN_OFF, "2026-000002": PaymentState.PAID})

    @pytest.mark.parametrize(("instant", "state"), [
        ("2026-03-03T22:59:00+00:00", PaymentState.ISSUED),  # 23:59 in Berlin, on the day on which it is due
        ("2026-03-03T23:01:00+00:00", PaymentState.OVERDUE),
    ])  # fmt: skip
    def test_is_overdue_by_the_day_of_the_supplier(self, database: Database, instant: str, state: PaymentState) -> None:
        with books(database) as book:
            self._compared(Books(book.session, datetime.fromisoformat(instant)), {FIRST: state, "2026-000002": state})

    def test_adds_up_what_is_open(self, database: Database) -> None:
        with books(database) as book:
            book.pays("174.93", (FIRST, "174.93", "3.57"))
            book.releases(book.writes_off("19.00", "2026-000002").id)
            (total,) = totals(book.session, InvoiceQuery(), book.at)
            assert (total.gross, total.open) == (Decimal("357.00"), Decimal("159.50"))

    @staticmethod
    def _compared(book: Books, expected: dict[str, PaymentState]) -> None:
        assert {number: book.stands(number).state for number in expected} == expected
        for state in PaymentState:
            found = listed(book.session, InvoiceQuery(payment=state), book.at)
            assert [one.name for one in found.rows] == [
                number for number, stands in expected.items() if stands is state
            ]
