"""A number may be written with one slip: what is matched all the same, and what waits because of it.

Each row: the documents that Werk owes (number, gross, open), what it pays, what it writes, and what comes of it: the
document that the payment is for, or the reason for which it waits.
"""

from datetime import date
from decimal import Decimal

import pytest

from billing.bank.matching.books import BookedDocument, bank_books
from billing.bank.matching.decision import MatchedDocuments, MatchRule, QueuedEntry, QueueReason, ShortReason
from billing.bank.matching.matching import decide
from billing.bank.statements.entry import BankEntry, BankParty
from contracts.cash_discount import CashDiscount

BILLED, PAID = date(2026, 5, 1), date(2026, 6, 15)
LATE = (CashDiscount(days=10, percent=Decimal(2)),)


def owed(
    number: str,
    amount: str,
    *,
    customer: str = "Werk",
    supplier: str = "Nord",
    steps: tuple[CashDiscount, ...] = (),
    is_paid: bool = False,
) -> BookedDocument:
    """A document of an amount, of which all is open or nothing."""
    gross = Decimal(amount)
    return BookedDocument(
        number, supplier, customer, "EUR", gross, gross, Decimal(0) if is_paid else gross, BILLED, steps=steps
    )


def outcome(amount: str, text: str, *documents: BookedDocument) -> str:
    """The number of the document that Werk pays with an amount, or the reason for which that waits."""
    entry = BankEntry("line 1", "DE02", PAID, PAID, Decimal(amount), "EUR", text=text, party=BankParty(name="Werk"))
    decision = decide(entry, bank_books(documents))
    if isinstance(decision, QueuedEntry):
        return str(decision.reason)
    assert isinstance(decision, MatchedDocuments)
    assert sum(part.amount for part in decision.amounts) + decision.on_account == entry.amount
    (part,) = decision.amounts
    return f"{part.document} {decision.rule} {decision.short_reason or ''}".strip()


EVERY_MONTH = owed("2026-000154", "1190"), owed("2026-000340", "1190")


class TestANumberThatIsNoneOfOurs:
    """It names the payer's document one slip away from it, of those that come to the amount."""

    @pytest.mark.parametrize("written", ["2026-000155", "2026-000145", "2026-0001544", "2026/000754"])
    def test_one_of_several_of_the_amount(self, written: str) -> None:
        assert outcome("1190", f"RG {written}", *EVERY_MONTH) == f"2026-000154 {MatchRule.MISTYPED}"

    def test_as_near_to_another_it_waits(self) -> None:
        near = owed("2026-000156", "1190")
        assert outcome("1190", "RG 2026-000155", *EVERY_MONTH, near) == QueueReason.SEVERAL_SOLUTIONS

    @pytest.mark.parametrize("is_paid", [False, True])
    def test_the_number_of_another_customers_document_waits(self, *, is_paid: bool) -> None:
        """A slip leads there by chance, and from there to a document of the payer's by chance as well."""
        others = owed("2026-000155", "77", customer="Andere", is_paid=is_paid)
        assert outcome("1190", "RG 2026-000155", *EVERY_MONTH, others) == QueueReason.SEVERAL_SOLUTIONS

    def test_with_another_amount_it_waits(self) -> None:
        assert outcome("1000", "RG 2026-000155", *EVERY_MONTH) == QueueReason.UNKNOWN_NUMBER


class TestAPart:
    """Another document, one slip away from the named one, is doubted where the amount is a part of it as well."""

    NAMED = owed("2026-000154", "1190")

    @pytest.mark.parametrize(
        ("near", "comes_of_it"),
        [
            pytest.param("800", QueueReason.SIMILAR_NUMBER, id="of both it is a part"),
            pytest.param("500.01", QueueReason.SIMILAR_NUMBER, id="a cent is open after it"),
            pytest.param("499.99", f"2026-000154 {MatchRule.NUMBER} {ShortReason.PART}", id="the other is less"),
            pytest.param("-600", f"2026-000154 {MatchRule.NUMBER} {ShortReason.PART}", id="a credit note"),
        ],
    )
    def test_part(self, near: str, comes_of_it: str) -> None:
        assert outcome("500", "2026-000154", self.NAMED, owed("2026-000155", near)) == comes_of_it

    @pytest.mark.parametrize("supplier", ["Nord", "Süd"])
    def test_all_of_another_waits(self, supplier: str) -> None:
        near = owed("2026-000155", "500", supplier=supplier)
        assert outcome("500", "2026-000154", self.NAMED, near) == QueueReason.SIMILAR_NUMBER


class TestMore:
    """What is more than the named one is doubted where it is more than the other as well."""

    @pytest.mark.parametrize(
        ("near", "comes_of_it"),
        [
            pytest.param("600", QueueReason.SIMILAR_NUMBER, id="more than both"),
            pytest.param("900", f"2026-000154 {MatchRule.NUMBER}", id="a part of the other"),
        ],
    )
    def test_more(self, near: str, comes_of_it: str) -> None:
        assert outcome("700", "2026-000154", owed("2026-000154", "650"), owed("2026-000155", near)) == comes_of_it


class TestALateDiscount:
    """An amount that is the document's, less a cash discount that is past, says which one as the whole amount does."""

    NAMED = owed("2026-000154", "1000", steps=LATE)

    @pytest.mark.parametrize(
        ("near", "comes_of_it"),
        [
            pytest.param(
                owed("2026-000155", "3000"), f"2026-000154 {MatchRule.NUMBER} {ShortReason.LATE_DISCOUNT}", id="larger"
            ),
            pytest.param(owed("2026-000155", "1000", steps=LATE), QueueReason.SIMILAR_NUMBER, id="the same of both"),
            pytest.param(owed("2026-000155", "980", supplier="Süd"), QueueReason.SIMILAR_NUMBER, id="all of the other"),
        ],
    )
    def test_late(self, near: BookedDocument, comes_of_it: str) -> None:
        assert outcome("980", "2026-000154", self.NAMED, near) == comes_of_it
