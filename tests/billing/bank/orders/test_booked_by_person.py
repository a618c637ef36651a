"""A sum in a statement that names nothing is what a person says: a file, several, or some orders; to the cent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import text

from api.operations.bank import book_bank_orders
from api.operations.bank_orders import refund_by_bank
from api.server.embedded import EmbeddedServer
from billing.bank.entries.store import UnknownBankEntry
from billing.bank.matching.ordered.store import BookingDiffers, NoOrderNamed, OrdersBookedAsked, OrdersNotOutstanding
from billing.bank.matching.store import BankEntrySettled
from billing.bank.order_files.store import UnknownOrderFile
from billing.bank.orders.store import BankRefundWanted, OrderActor, SessionPayments, UnknownBankOrder
from billing.bank.views import BankEntryOut
from billing.receivables.standing import PaymentState
from tests.billing.bank.orders.clerk import Clerk, detail, entry, statement
from tests.billing.bank.orders.test_payments import PAYOUT, _fill
from tests.conftest import application_pool, world_copy


@pytest.fixture
def clerk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Clerk]:
    copied = world_copy(server, "credit notes for a bank", _fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Clerk(pool)


def gives_back(clerk: Clerk, number: str) -> int:
    with clerk.at_work() as session:
        return refund_by_bank(session, BankRefundWanted(number), who="anna", at=clerk.now).order


def pays(clerk: Clerk, key: str, amount: str) -> int:
    with clerk.at_work() as session:
        payment = replace(PAYOUT, key=key, amount=Decimal(amount))
        return SessionPayments(session, OrderActor("anna", clerk.now)).ask(payment)


def reads_a_sum(clerk: Clerk, amount: str, bank_id: str = "B1", **booked: str) -> int:
    """A sum that names nothing: it waits."""
    read = clerk.on("2026-02-23").reads(statement(entry(amount, bank_id, **booked), day="2026-02-22"))
    (one,) = read.listed
    assert one.state == "queued"
    return one.entry


def books(clerk: Clerk, number: int, **named: tuple[int, ...]) -> BankEntryOut:
    with clerk.at_work() as session:
        return book_bank_orders(session, OrdersBookedAsked(number, **named), who="anna", at=clerk.now)


class TestAWholeFile:
    def test_each_of_its_orders_is_booked_and_its_document_settled(self, clerk: Clerk) -> None:
        gives_back(clerk, "X-3"), gives_back(clerk, "X-5")
        file, _ = clerk.taken()
        waiting = reads_a_sum(clerk, "-285.60")
        booked = books(clerk, waiting, files=(file.file,))
        assert (booked.state, booked.payment, booked.settled_by) == ("ordered", None, "anna")
        assert {order.state.value for order in clerk.orders() if order.file == file.file} == {"done"}
        assert clerk.stands("X-3").state is PaymentState.PAID
        assert clerk.stands("X-5").state is PaymentState.PAID

    def test_one_of_them_that_comes_back_is_found_by_its_own_reference(self, clerk: Clerk) -> None:
        first, _ = gives_back(clerk, "X-3"), gives_back(clerk, "X-5")
        file, _raw = clerk.taken()
        books(clerk, reads_a_sum(clerk, "-285.60"), files=(file.file,))
        (order,) = (one for one in clerk.orders() if one.order == first)
        back = statement(entry("47.60", "B2", details=detail("47.60", order.reference, back="AC04")), day="2026-02-23")
        assert clerk.reads(back).listed[0].state == "returned"
        assert clerk.stands("X-3").open == Decimal("-47.60")

    def test_what_the_bank_has_refused_of_it_is_not_in_the_sum(self, clerk: Clerk) -> None:
        first, _ = gives_back(clerk, "X-3"), gives_back(clerk, "X-5")
        file, _raw = clerk.taken()
        books(clerk, reads_a_sum(clerk, "-47.60"), orders=(first,))
        assert books(clerk, reads_a_sum(clerk, "-238.00", "B2"), files=(file.file,)).state == "matched"

    def test_a_payout_becomes_no_payment_of_a_customer(self, clerk: Clerk) -> None:
        pays(clerk, "payout 12", "12.34")
        file, _ = clerk.taken()
        assert books(clerk, reads_a_sum(clerk, "-12.34"), files=(file.file,)).state == "ordered"
        assert clerk.states()[-1] == "done"


class TestASplitSum:
    def test_several_files_in_one_sum(self, clerk: Clerk) -> None:
        gives_back(clerk, "X-3")
        one, _ = clerk.taken()
        gives_back(clerk, "X-5")
        another, _ = clerk.taken()
        waiting = reads_a_sum(clerk, "-285.60")
        with pytest.raises(BookingDiffers, match=r"-47\.60 EUR on DE.* has booked -285\.60 EUR"):
            books(clerk, waiting, files=(one.file,))
        assert books(clerk, waiting, files=(one.file, another.file)).state == "ordered"

    def test_a_file_and_an_order_of_it_count_once(self, clerk: Clerk) -> None:
        first = gives_back(clerk, "X-3")
        file, _ = clerk.taken()
        assert books(clerk, reads_a_sum(clerk, "-47.60"), files=(file.file, file.file), orders=(first,)).payment

    def test_a_file_in_two_sums(self, clerk: Clerk) -> None:
        first, second = gives_back(clerk, "X-3"), gives_back(clerk, "X-5")
        clerk.taken()
        books(clerk, reads_a_sum(clerk, "-47.60"), orders=(first,))
        books(clerk, reads_a_sum(clerk, "-238.00", "B2"), orders=(second,))
        assert clerk.stands("X-5").state is PaymentState.PAID


class TestRefused:
    @pytest.mark.parametrize("amount", ["-47.59", "-47.61", "47.60"])
    def test_another_sum_by_a_cent_or_its_sign(self, clerk: Clerk, amount: str) -> None:
        gives_back(clerk, "X-3")
        file, _ = clerk.taken()
        with pytest.raises(BookingDiffers):
            books(clerk, reads_a_sum(clerk, amount), files=(file.file,))
        assert clerk.states()[-1] == "taken"

    def test_another_currency(self, clerk: Clerk) -> None:
        gives_back(clerk, "X-3")
        file, _ = clerk.taken()
        with pytest.raises(BookingDiffers, match=r"-47\.60 USD"):
            books(clerk, reads_a_sum(clerk, "-47.60", currency="USD"), files=(file.file,))

    def test_a_file_that_nobody_took_or_that_is_booked(self, clerk: Clerk) -> None:
        order = gives_back(clerk, "X-3")
        (file,) = clerk.prepares().files
        waiting = reads_a_sum(clerk, "-47.60")
        for named in ({"files": (file.file,)}, {"orders": (order,)}):
            with pytest.raises(OrdersNotOutstanding):
                books(clerk, waiting, **named)
        clerk.on("2026-02-20").takes(file.file)
        clerk.on("2026-02-23")
        books(clerk, waiting, files=(file.file,))
        with pytest.raises(OrdersNotOutstanding):
            books(clerk, reads_a_sum(clerk, "-47.60", "B2"), files=(file.file,))

    def test_an_entry_that_is_settled_or_unknown_and_what_is_unknown(self, clerk: Clerk) -> None:
        gives_back(clerk, "X-3")
        file, _ = clerk.taken()
        waiting = reads_a_sum(clerk, "-47.60")
        with pytest.raises(NoOrderNamed):
            books(clerk, waiting)
        with pytest.raises(UnknownOrderFile):
            books(clerk, waiting, files=(99,))
        with pytest.raises(UnknownBankOrder):
            books(clerk, waiting, orders=(99,))
        with pytest.raises(UnknownBankEntry):
            books(clerk, waiting + 99, files=(file.file,))
        books(clerk, waiting, files=(file.file,))
        with pytest.raises(BankEntrySettled):
            books(clerk, waiting, files=(file.file,))

    def test_nothing_of_it_is_kept_where_one_order_cannot_be_booked(self, clerk: Clerk) -> None:
        gives_back(clerk, "X-3"), gives_back(clerk, "X-5")
        file, _ = clerk.taken()
        waiting = reads_a_sum(clerk, "-285.60")
        with pytest.raises(UnknownBankOrder):
            books(clerk, waiting, files=(file.file,), orders=(99,))
        with clerk.at_work() as session:
            assert (
                session.execute(text("select state from bank_entry where id = :id"), {"id": waiting}).scalar_one()
                == "queued"
            )
        assert clerk.stands("X-3").open == Decimal("-47.60")

    def test_another_tenants_file_is_none(self, clerk: Clerk) -> None:
        gives_back(clerk, "X-3")
        file, _ = clerk.taken()
        waiting = reads_a_sum(clerk, "-47.60")
        with clerk.at_work() as session:
            session.execute(text("select set_config('app.tenant', '2', true)"))
            with pytest.raises(UnknownBankEntry):
                book_bank_orders(session, OrdersBookedAsked(waiting, (file.file,)), who="anna", at=clerk.now)
            session.rollback()


def test_two_at_once_book_it_once(clerk: Clerk) -> None:
    gives_back(clerk, "X-3")
    file, _ = clerk.taken()
    first, second, barrier = reads_a_sum(clerk, "-47.60"), reads_a_sum(clerk, "-47.60", "B2"), Barrier(2)

    def both(number: int) -> str:
        barrier.wait()
        try:
            return books(clerk, number, files=(file.file,)).state
        except OrdersNotOutstanding:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(both, (first, second))) == ["matched", "refused"]
    with clerk.at_work() as session:
        made = "select count(*) from payment where amount = -47.60"
        assert session.execute(text(made)).scalar_one() == 1
