"""Payments: what they take off documents, what is refused and by which name, and what two at once may do."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.server.database import Access, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from billing.invoices.store import UnknownInvoice
from billing.receivables.accounts import StatementAsked, account_statement, accounts
from billing.receivables.allocating import (
    AllocatedAmount,
    AllocationOfNothing,
    AllocationOfOtherSign,
    AmountNotRounded,
    DiscountLeavesOpen,
    DiscountTooLarge,
    DiscountTooLate,
    DocumentNamedTwice,
    MoreThanOpen,
    MoreThanReceived,
    NothingOnAccount,
)
from billing.receivables.issued import DayAhead, DocumentNotIssued, UnknownAccount
from billing.receivables.standing import PaymentState
from billing.receivables.store import (
    AllocationInAnotherCurrency,
    AllocationOfAnotherAccount,
    DayBeforeIssue,
    DayBeforePayment,
    PaymentReversed,
    ReferenceTaken,
    UnknownPayment,
    allocate_payment,
    payment,
    record_sending,
    reverse_payment,
    sendings,
)
from quantities.errors import UsufructError
from tests.billing.receivables.books import FURTHER, Books, books, further, opened
from tests.billing.scene import on
from tests.build import acts
from tests.conftest import application_pool, world_copy

FIRST, SECOND = "2026-000001", "2026-000002"  # 178.50 EUR each, of Blechwerke and of Gießerei


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)
    further(access, FURTHER)


@pytest.fixture
def database(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    copied = world_copy(server, "documents of two customers", _fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield pool


def sent(book: Books, number: str = FIRST, day: str | None = None) -> None:
    sent_on = None if day is None else date.fromisoformat(day)
    record_sending(
        book.session, number, None, sent_on=sent_on, how="mail", note="", by=acts(book.session, "anna"), at=book.at
    )


class TestTheLifeOfADocument:
    def test_issued_sent_partly_paid_and_paid(self, database: Database) -> None:
        with books(database, "2026-02-25") as book:
            assert (book.stands().state, book.stands().open) == (PaymentState.ISSUED, Decimal("178.50"))
            sent(book)
            assert book.stands().state is PaymentState.SENT
            book.pays("100.00", (FIRST, "100.00"))
            assert (book.stands().state, book.stands().open) == (PaymentState.PARTLY_PAID, Decimal("78.50"))
            book.pays("78.50", (FIRST, "78.50"))
            assert (book.stands().state, book.stands().open) == (PaymentState.PAID, Decimal(0))
            assert book.stands(SECOND).state is PaymentState.ISSUED

    def test_it_is_overdue_from_the_day_after_it_is_due(self, database: Database) -> None:
        with books(database, "2026-03-03") as book:
            assert book.stands().due_on == date(2026, 3, 3)
            assert book.stands().state is PaymentState.ISSUED
        with books(database, "2026-03-04") as book:
            book.pays("100.00", (FIRST, "100.00"))
            assert (book.stands().state, book.stands().days_late) == (PaymentState.OVERDUE, 1)
            book.pays("78.50", (FIRST, "78.50"))
            assert book.stands().state is PaymentState.PAID

    def test_a_credit_note_is_never_overdue(self, database: Database) -> None:
        with books(database, "2026-06-01") as book:
            assert (book.stands("X-3").state, book.stands("X-3").days_late) == (PaymentState.ISSUED, 0)

    def test_a_document_may_be_sent_more_than_once_and_counts_as_sent_from_the_first_day(
        self, database: Database
    ) -> None:
        with books(database) as book:
            sent(book, day="2026-02-04")
            sent(book, day="2026-02-02")
            assert [one.sent_on.day for one in sendings(book.session, FIRST, None)] == [4, 2]
            assert book.stands().sent_on == date(2026, 2, 2)
            with pytest.raises(DayAhead):
                sent(book, day="2026-02-06")
            with pytest.raises(DayBeforeIssue):
                sent(book, day="2026-01-31")

    def test_a_payment_that_is_reversed_was_never_made(self, database: Database) -> None:
        with books(database, "2026-02-05") as book:
            paid = book.pays("174.93", (FIRST, "174.93", "3.57"))
            assert book.stands().state is PaymentState.PAID
        with books(database, "2026-03-10") as book:
            reversal = reverse_payment(
                book.session, paid.id, reference="returned", on=None, by=acts(book.session, "anna"), at=book.at
            )
            assert (reversal.amount, reversal.reverses) == (Decimal("-174.93"), paid.id)
            assert (book.stands().open, book.stands().discount) == (Decimal("178.50"), Decimal(0))
            assert book.stands().state is PaymentState.OVERDUE
            assert payment(book.session, paid.id).reversed_by == reversal.id
            for number in (paid.id, reversal.id):
                with pytest.raises(PaymentReversed):
                    reverse_payment(book.session, number, reference=f"again {number}", on=None, by="anna", at=book.at)
                with pytest.raises(PaymentReversed):
                    allocate_payment(book.session, number, [AllocatedAmount(FIRST, Decimal(1))], by="anna", at=book.at)

    def test_each_day_has_its_state_whatever_came_later(self, database: Database) -> None:
        with books(database, "2026-03-20") as book:
            book.pays("178.50", (FIRST, "178.50"), received="2026-03-15")
        for day, open_ in (("2026-03-14", "178.50"), ("2026-03-15", "0")):
            with books(database, "2026-03-20") as book:
                asked = StatementAsked("Blechwerke", last=date.fromisoformat(day))
                stated = account_statement(book.session, asked, book.at)
                still = [one.standing.open for one in stated.open_documents if one.number == FIRST]
                assert still == ([Decimal(open_)] if Decimal(open_) else [])


class TestOnePaymentOverManyDocuments:
    def test_parts_and_what_is_left_stays_on_account_and_is_allocated_later(self, database: Database) -> None:
        with books(database) as book:
            paid = book.pays("200.00", (FIRST, "78.50"), ("X-1", "100.00"))
            assert paid.remainder == Decimal("21.50")
            later = allocate_payment(
                book.session, paid.id, [AllocatedAmount("X-1", Decimal("19.00"))], by="anna", at=book.at
            )
            assert (later.remainder, book.stands("X-1").state) == (Decimal("2.50"), PaymentState.PAID)
            (account,) = [one for one in accounts(book.session, book.at) if one.customer == "Blechwerke"]
            assert account.balance.on_account == Decimal("2.50")

    def test_a_credit_note_is_set_off_at_a_payment(self, database: Database) -> None:
        """178.50 less the credit note of 47.60: 130.90 settle both."""
        with books(database) as book:
            book.pays("130.90", (FIRST, "178.50"), ("X-3", "-47.60"))
            assert book.stands().state is book.stands("X-3").state is PaymentState.PAID

    def test_documents_are_set_off_without_any_money(self, database: Database) -> None:
        with books(database) as book:
            book.pays("0", ("X-1", "119.00"), ("X-5", "-119.00"))
            assert book.stands("X-1").state is PaymentState.PAID
            assert book.stands("X-5").open == Decimal("-119.00")

    def test_a_credit_note_is_paid_back(self, database: Database) -> None:
        with books(database) as book:
            book.pays("-47.60", ("X-3", "-47.60"))
            assert book.stands("X-3").state is PaymentState.PAID

    def test_what_is_on_account_is_paid_back_once(self, database: Database) -> None:
        with books(database) as book:
            paid = book.pays("50.00")
            book.pays("-30.00", reference="back")
            with pytest.raises(NothingOnAccount):
                book.pays("-30.00", reference="back again")
            with pytest.raises(NothingOnAccount):
                allocate_payment(
                    book.session, paid.id, [AllocatedAmount(FIRST, Decimal("50.00"))], by="anna", at=book.at
                )
            allocate_payment(book.session, paid.id, [AllocatedAmount(FIRST, Decimal("20.00"))], by="anna", at=book.at)


class TestWhatIsRefused:
    @pytest.mark.parametrize(("amount", "to", "refusal"), [
        pytest.param("178.51", [(FIRST, "178.51")], MoreThanOpen, id="more than is open"),
        pytest.param("10.00", [(FIRST, "10.01")], MoreThanReceived, id="more than was received"),
        pytest.param("10.00", [(FIRST, "5.00"), ("X-1", "5.01")], MoreThanReceived, id="in all more than was received"),
        pytest.param("0", [("X-1", "10.00"), ("X-3", "-9.00")], MoreThanReceived, id="a set-off that does not add up"),
        pytest.param("0", [("X-1", "9.00"), ("X-3", "-10.00")], MoreThanReceived, id="nor so"),
        pytest.param("10.00", [("X-3", "-5.00")], MoreThanReceived, id="more would be on account than was received"),
        pytest.param("10.00", [("X-3", "10.00")], AllocationOfOtherSign, id="a credit note as if it were a bill"),
        pytest.param("-10.00", [(FIRST, "-10.00")], AllocationOfOtherSign, id="paid back on a bill"),
        pytest.param("10.00", [(FIRST, "0")], AllocationOfNothing, id="nothing"),
        pytest.param("10.00", [(FIRST, "5"), (FIRST, "5")], DocumentNamedTwice, id="one twice"),
        pytest.param("10.005", [], AmountNotRounded, id="half a cent"),
        pytest.param("10.00", [(FIRST, "1.005")], AmountNotRounded, id="half a cent of a document"),
        pytest.param("10.00", [(SECOND, "10.00")], AllocationOfAnotherAccount, id="of another customer"),
        pytest.param("10.00", [("2026-000099", "10.00")], UnknownInvoice, id="of nobody"),
        pytest.param("10.00", [("draft-0123456789ab", "10.00")], DocumentNotIssued, id="a draft"),
        pytest.param("-10.00", [], NothingOnAccount, id="paid back though nothing is on account"),
    ])  # fmt: skip
    def test_by_its_name_and_nothing_is_left(
        self, database: Database, amount: str, to: list[tuple[str, ...]], refusal: type[UsufructError]
    ) -> None:
        with books(database) as book:
            with pytest.raises(refusal):
                book.pays(amount, *to)
            assert book.session.execute(text("select count(*) from payment")).scalar_one() == 0

    def test_another_currency(self, database: Database) -> None:
        with books(database) as book, pytest.raises(AllocationInAnotherCurrency) as refused:
            book.pays("10.00", (FIRST, "10.00"), currency="USD")
        assert (refused.value.members["found"], refused.value.members["expected"]) == ("EUR", "USD")

    def test_a_day_ahead_in_the_books_of_the_supplier(self, database: Database) -> None:
        with books(database) as book, pytest.raises(DayAhead):
            book.pays("10.00", received="2026-02-06")

    def test_nobody_and_nothing(self, database: Database) -> None:
        with books(database) as book:
            with pytest.raises(UnknownAccount):
                book.pays("10.00", customer="Nobody")
            with pytest.raises(UnknownPayment):
                allocate_payment(book.session, 99, [AllocatedAmount(FIRST, Decimal(1))], by="anna", at=book.at)

    def test_a_reversal_before_what_it_reverses(self, database: Database) -> None:
        with books(database) as book:
            paid = book.pays("10.00", (FIRST, "10.00"), received="2026-02-04")
            with pytest.raises(DayBeforePayment):
                reverse_payment(book.session, paid.id, reference="r", on=date(2026, 2, 3), by="anna", at=book.at)


class TestTheSamePaymentTwice:
    def test_is_one(self, database: Database) -> None:
        with books(database) as book:
            first = book.pays("200.00", (FIRST, "78.50"), reference="17")
            allocate_payment(book.session, first.id, [AllocatedAmount("X-1", Decimal("19.00"))], by="anna", at=book.at)
            again = book.pays("200.00", (FIRST, "78.50"), reference="17")
            assert (again.id, again.remainder) == (first.id, Decimal("102.50"))
            assert book.session.execute(text("select count(*) from payment")).scalar_one() == 1

    @pytest.mark.parametrize("other", [
        {"amount": "201.00"}, {"received": "2026-02-04"}, {"payer": "Blech Holding"}, {"to": [(FIRST, "78.00")]},
        {"customer": "Gießerei", "to": []},
    ])  # fmt: skip
    def test_of_other_content_is_refused(self, database: Database, other: dict[str, Any]) -> None:
        with books(database) as book:
            book.pays("200.00", (FIRST, "78.50"), reference="17")
            given = {"amount": "200.00", "to": [(FIRST, "78.50")], "reference": "17"} | other
            with pytest.raises(ReferenceTaken):
                book.pays(given.pop("amount"), *given.pop("to"), **given)

    def test_a_reversal_has_a_reference_of_its_own(self, database: Database) -> None:
        with books(database) as book:
            paid = book.pays("10.00", reference="17")
            with pytest.raises(ReferenceTaken):
                reverse_payment(book.session, paid.id, reference="17", on=None, by="anna", at=book.at)


class TestCashDiscount:
    """2 % within 10 days of 1 February, 1 % within 20; of 178.50 that is 3.57 and 1.785, which is 1.79."""

    @pytest.mark.parametrize(("day", "paid", "discount"), [
        ("2026-02-11", "174.93", "3.57"), ("2026-02-12", "176.71", "1.79"), ("2026-02-21", "176.71", "1.79"),
    ])  # fmt: skip
    def test_is_taken_up_to_its_last_day(self, database: Database, day: str, paid: str, discount: str) -> None:
        with books(database, day) as book:
            book.pays(paid, (FIRST, paid, discount))
            stands = book.stands()
            assert (stands.state, stands.paid, stands.discount) == (PaymentState.PAID, Decimal(paid), Decimal(discount))

    def test_has_its_part_before_tax_and_its_tax(self, database: Database) -> None:
        """3.57 of 150.00 net and 28.50 VAT: 3.00 and 0.57."""
        with books(database) as book:
            (allocation,) = book.pays("174.93", (FIRST, "174.93", "3.57")).allocations
            (share,) = allocation.shares
            assert (share.rate_percent, share.taxable, share.tax) == (Decimal(19), Decimal("3.00"), Decimal("0.57"))

    @pytest.mark.parametrize(("day", "to", "refusal"), [
        pytest.param("2026-02-12", (FIRST, "174.93", "3.57"), DiscountTooLarge, id="the next step is lower"),
        pytest.param("2026-02-22", (FIRST, "176.71", "1.79"), DiscountTooLate, id="too late"),
        pytest.param("2026-02-11", (FIRST, "174.92", "3.58"), DiscountTooLarge, id="a cent too much"),
        pytest.param("2026-02-11", (FIRST, "100.00", "3.57"), DiscountLeavesOpen, id="a part stays open"),
        pytest.param("2026-02-11", ("X-3", "-46.60", "-1.00"), DiscountTooLarge, id="of a credit note"),
    ])  # fmt: skip
    def test_is_refused(self, database: Database, day: str, to: tuple[str, ...], refusal: type[UsufructError]) -> None:
        with books(database, day) as book, pytest.raises(refusal):
            book.pays(to[1], to)

    def test_what_is_taken_too_late_is_a_short_payment(self, database: Database) -> None:
        with books(database, "2026-02-22") as book:
            book.pays("174.93", (FIRST, "174.93"))
            assert (book.stands().state, book.stands().open) == (PaymentState.PARTLY_PAID, Decimal("3.57"))

    def test_it_counts_by_the_day_of_the_payment_also_where_it_is_allocated_later(self, database: Database) -> None:
        with books(database, "2026-02-11") as book:
            paid = book.pays("174.93")
        with books(database, "2026-03-30") as book:
            allocate_payment(
                book.session,
                paid.id,
                [AllocatedAmount(FIRST, Decimal("174.93"), Decimal("3.57"))],
                by="anna",
                at=book.at,
            )
            assert book.stands().state is PaymentState.PAID

    def test_it_may_be_recorded_after_the_money(self, database: Database) -> None:
        with books(database, "2026-02-11") as book:
            paid = book.pays("174.93", (FIRST, "174.93"))
            allocate_payment(
                book.session, paid.id, [AllocatedAmount(FIRST, Decimal(0), Decimal("3.57"))], by="anna", at=book.at
            )
            assert book.stands().state is PaymentState.PAID


class TestTwoAtOnce:
    def test_never_pay_more_than_is_open(self, database: Database) -> None:
        """Both have read that 178.50 is open before either commits; one of them is refused."""
        begun, outcomes = threading.Barrier(2, timeout=20), list[str]()

        def pay(reference: str) -> None:
            with database.transaction(1) as session:
                acts(session, "anna")
                book = Books(session, on("2026-02-05"))
                assert book.stands().open == Decimal("178.50")
                begun.wait()
                try:
                    book.pays("100.00", (FIRST, "100.00"), reference=reference)
                    outcomes.append("paid")
                except MoreThanOpen:
                    outcomes.append("refused")
                    raise

        with ThreadPoolExecutor(2) as threads:
            done = [threads.submit(pay, reference) for reference in ("a", "b")]
            failures = [one.exception() for one in done]
        assert sorted(outcomes) == ["paid", "refused"]
        assert [type(one) for one in failures if one is not None] == [MoreThanOpen]
        with books(database) as book:
            assert book.stands().open == Decimal("78.50")

    def test_with_one_reference_are_one(self, database: Database) -> None:
        begun, numbers = threading.Barrier(2, timeout=20), list[int]()

        def pay() -> None:
            with database.transaction(1) as session:
                acts(session, "anna")
                begun.wait()
                numbers.append(Books(session, on("2026-02-05")).pays("50.00", (FIRST, "50.00"), reference="17").id)

        with ThreadPoolExecutor(2) as threads:
            for one in [threads.submit(pay) for _ in range(2)]:
                one.result()
        assert len(set(numbers)) == 1
        with books(database) as book:
            assert book.stands().paid == Decimal("50.00")


class TestTheDatabaseItself:
    """Whatever writes the rows: a statement of SQL that the program would refuse."""

    @contextmanager
    def _allocated(self, database: Database, amount: str, number: str = FIRST) -> Iterator[None]:
        with pytest.raises((ContradictsStored, IntegrityError)), books(database) as book:
            paid = book.pays("1000.00")
            book.session.execute(
                text("""insert into payment_allocation (payment_id, invoice_id, customer_id, amount, discount, counts_on,
                                                        is_first, recorded_by, recorded_at)
                        select :payment, id, customer_id, :amount, 0, issued_on, false, 'x', now()
                        from invoice where number = :number"""),
                {"payment": paid.id, "amount": Decimal(amount), "number": number},
            )
        yield

    @pytest.mark.parametrize(
        ("amount", "number"), [("178.51", FIRST), ("-0.01", FIRST), ("0.01", "X-3"), ("-47.61", "X-3")]
    )
    def test_takes_no_more_than_is_open(self, database: Database, amount: str, number: str) -> None:
        with self._allocated(database, amount, number), books(database) as book:
            assert book.session.execute(text("select count(*) from payment_allocation")).scalar_one() == 0

    @pytest.mark.parametrize("change", [
        "update payment set amount = 1", "delete from payment", "update payment_allocation set amount = 1",
        "delete from payment_allocation", "update sending set how = 'hand'", "delete from sending",
        "delete from write_off", "update write_off set amount = 1", "update receivables_account set currency = 'USD'",
    ])  # fmt: skip
    def test_changes_no_fact(self, database: Database, change: str) -> None:
        with books(database) as book:
            book.pays("10.00", (FIRST, "10.00"))
        with pytest.raises(Exception, match="permission denied"), books(database) as book:
            book.session.execute(text(change))

    def test_tells_of_a_document_that_is_paid_once(self, database: Database) -> None:
        told = text("select facts ->> 'number' from notification where type = 'document.paid' order by nth")
        with books(database) as book:
            book.pays("100.00", (FIRST, "100.00"))
            assert book.session.execute(told).scalars().all() == []
            book.pays("126.10", (FIRST, "78.50"), ("X-3", "-47.60"), ("X-1", "95.20"))
            assert sorted(book.session.execute(told).scalars()) == [FIRST, "X-3"]


class TestWalls:
    def test_another_tenant_sees_and_pays_nothing(self, database: Database) -> None:
        with books(database) as book:
            paid = book.pays("10.00", (FIRST, "10.00"))
        with books(database, tenant=2) as book:
            assert accounts(book.session, book.at) == []
            with pytest.raises(UnknownPayment):
                payment(book.session, paid.id)
            with pytest.raises(UnknownAccount):
                book.pays("10.00", (FIRST, "10.00"))

    def test_a_killed_transaction_leaves_nothing(self, database: Database) -> None:
        with pytest.raises(KeyboardInterrupt), books(database) as book:
            book.pays("178.50", (FIRST, "178.50"))
            raise KeyboardInterrupt
        with books(database) as book:
            assert book.stands().state is PaymentState.ISSUED
            assert book.session.execute(text("select count(*) from receivables_account")).scalar_one() == 0
