"""Books in another currency than the documents: what is translated when, and which difference is of which month."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.ledger.books.store import all_books
from billing.ledger.posting.store import post_due
from billing.ledger.rates.store import ExchangeRateMissing, rate_of, record_rates
from billing.ledger.revaluation.store import revalue
from billing.ledger.tables import LedgerDueRow
from tests.billing.ledger.test_posted import FIRST, journal, opens
from tests.billing.receivables.books import books, further, opened
from tests.billing.scene import on
from tests.build import acts
from tests.conftest import application_pool, world_copy

NUMBER = "X-1000"  # 840.34 and its VAT: 1,000.00 EUR, on 1 February


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)
    further(access, {NUMBER: "840.34"})


@pytest.fixture
def database(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    copied = world_copy(server, "a document of 1,000", _fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield pool


def rates(session: Session, **by_day: str) -> None:
    """Francs for one euro, by day as d0201; released by another person."""
    acts(session, "anna")
    of_days = [("CHF", "EUR", date(2026, int(day[1:3]), int(day[3:])), Decimal(rate)) for day, rate in by_day.items()]
    rows = record_rates(session, of_days, source="a bank", by="anna", at=on("2026-02-01"))
    acts(session, "bert")
    for row in rows:
        row.released_by, row.released_at = "bert", on("2026-02-01")
    session.flush()
    acts(session, "anna")


class TestRates:
    def test_one_counts_on_its_day_and_ten_more_in_either_direction(self, database: Database) -> None:
        with books(database) as book:
            rates(book.session, d0201="0.80")
            assert rate_of(book.session, "CHF", "EUR", date(2026, 2, 1)).value == Decimal("0.80")
            assert rate_of(book.session, "EUR", "CHF", date(2026, 2, 10)).value == Decimal("1.25")
            for day in (date(2026, 1, 31), date(2026, 2, 11)):
                with pytest.raises(ExchangeRateMissing):
                    rate_of(book.session, "CHF", "EUR", day)

    def test_one_that_waits_for_another_person_does_not_count(self, database: Database) -> None:
        with books(database) as book:
            record_rates(book.session, [("CHF", "EUR", date(2026, 2, 1), Decimal(1))], source="", by="anna", at=book.at)
            with pytest.raises(ExchangeRateMissing):
                rate_of(book.session, "CHF", "EUR", date(2026, 2, 1))

    def test_what_misses_a_rate_waits_for_it(self, database: Database) -> None:
        with books(database) as book:
            opens(book.session, "CHF")
            assert post_due(book.session, book.at).held == 3
            held = book.session.exec(select(LedgerDueRow)).first()
            assert held is not None
            assert "no rate of EUR in CHF" in held.held
            rates(book.session, d0201="0.90")
            assert post_due(book.session, book.at).entries == 3


class TestDifferencesOfExchange:
    """Billed at 0.90, 0.92 at the month's end, paid at 0.95."""

    def test_20_are_unrealised_and_30_realised(self, database: Database) -> None:
        with books(database, "2026-03-10") as book:
            rates(book.session, d0201="0.90", d0228="0.92", d0310="0.95")
            book.session.execute(text("delete from ledger_due"))
            opens(book.session, "CHF")
            post_due(book.session, book.at)
            (own,) = all_books(book.session)
            assert revalue(book.session, own, date(2026, 2, 1), book.at) == 1
            valued = journal(book.session)[-1]
            assert valued[:2] == ("2026-02-28", "revaluation")
            # 178.50 twice and 1,000.00: 3.57 each, and 20.00
            assert valued[2] == {"1400": "27.14", "2661": "-27.14"}
            book.pays("1000.00", (NUMBER, "1000.00"))
            post_due(book.session, book.at)
            assert journal(book.session)[-1][2] == {"1200": "950.00", "1400": "-920.00", "2660": "-30.00"}

    def test_a_part_leaves_in_proportion_and_the_last_with_the_rest(self, database: Database) -> None:
        with books(database, "2026-02-05") as book:
            rates(book.session, d0201="0.9123", d0205="0.9123")
            opens(book.session, "CHF")
            post_due(book.session, book.at)
            for amount in ("59.50", "59.50", "59.50"):
                book.pays(amount, (FIRST, amount), reference=f"{amount} {len(journal(book.session))}")
                post_due(book.session, book.at)
            left = sum(Decimal(one[2]["1400"]) for one in journal(book.session) if one[1] == "payment")
            (billed,) = [one for one in journal(book.session) if one[2].get("1400") == "162.85"][:1]
            assert left == -Decimal(billed[2]["1400"])
