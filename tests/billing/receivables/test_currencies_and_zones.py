"""Currencies without and with three places, and suppliers whose day is another one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.receivables.allocating import AmountNotRounded, MoreThanOpen
from billing.receivables.issued import DayAhead
from billing.receivables.standing import PaymentState
from tests.billing.receivables.books import TERMS, Books, books
from tests.billing.scene import Scene
from tests.build import acts

FIRST = "2026-000001"


@pytest.mark.parametrize(("currency", "fee", "gross", "discount", "finer"), [
    ("JPY", "10025", "11989", "240", "0.1"),  # with 50 of energy; 2 % of 11989 is 239.78
    ("KWD", "100.005", "178.506", "3.570", "0.0001"),  # 3.57012
])  # fmt: skip
def test_a_currency_of_its_own_minor_unit(
    access: Access, database: Database, currency: str, fee: str, gross: str, discount: str, finer: str
) -> None:
    terms = TERMS.replace("currency: EUR", f"currency: {currency}").replace('"100.00"', f'"{fee}"')
    scene = Scene(access, database).declared(terms)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    with books(database) as book:
        assert book.stands().open == Decimal(gross)
        with pytest.raises(AmountNotRounded):
            book.pays(finer, currency=currency)
        with pytest.raises(MoreThanOpen):
            book.pays(str(Decimal(gross) + 1), (FIRST, str(Decimal(gross) + 1)), currency=currency)
        paid = Decimal(gross) - Decimal(discount)
        payment = book.pays(str(paid), (FIRST, str(paid), discount), currency=currency)
        (share,) = payment.allocations[0].shares
        assert share.taxable + share.tax == Decimal(discount)
        assert book.stands().state is PaymentState.PAID


def test_a_supplier_in_auckland_is_a_day_ahead(access: Access, database: Database) -> None:
    """Half past eleven in UTC is half past midnight of the next day there: its day decides what is late and what is ahead."""
    terms = TERMS.replace("{name: Nordluft, country: DE}", "{name: Nordluft, country: DE, zone: Pacific/Auckland}")
    scene = Scene(access, database).declared(terms)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    with database.transaction(1) as session:
        acts(session, "anna")
        book = Books(session, datetime(2026, 3, 3, 10, 30, tzinfo=UTC))
        due = book.stands().due_on
        assert (due, book.stands().state) == (date(2026, 3, 3), PaymentState.ISSUED)
        with pytest.raises(DayAhead):
            book.pays("1.00", received="2026-03-04")
        later = Books(session, datetime(2026, 3, 3, 11, 30, tzinfo=UTC))
        assert later.stands().state is PaymentState.OVERDUE
        assert later.pays("1.00", received="2026-03-04").received_on == date(2026, 3, 4)
