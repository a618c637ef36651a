"""Payments by a bank: a refund of a credit note, and what another room asks for under a key of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.operations.bank_orders import (
    amend_mandate,
    end_mandate,
    get_mandate,
    list_mandates,
    order_bank_again,
    prepare_order_files,
    refund_by_bank,
    revoke_mandate,
    withdraw_bank_order,
)
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from billing.bank.mandates.mandate import DebitScheme
from billing.bank.mandates.store import (
    AmendedMandate,
    MandateEnded,
    MandateFaulty,
    MandateState,
    MandateTaken,
    NoCreditorIdentifier,
    UnknownMandate,
)
from billing.bank.order_files.prepare import FileAsked, NothingToPrepare
from billing.bank.order_files.store import OrdersChanged
from billing.bank.orders.payment_to_make import AccountToPay, BankOrderState, PaymentPurpose, PaymentToMake
from billing.bank.orders.state import BankOrderNotSo
from billing.bank.orders.store import (
    BankRefundWanted,
    NoAccountToPay,
    OrderActor,
    PaymentAskedOtherwise,
    PaymentNotPossible,
    RefundNotOpen,
    SessionPayments,
)
from billing.receivables.standing import PaymentState
from contracts.party_profiles.store import prepare as prepare_profile
from contracts.party_profiles.store import release as release_profile
from contracts.release.store import releasing
from tests.billing.bank.orders.clerk import OURS, THEIRS, Clerk, detail, entry, opened, statement
from tests.billing.bank.orders.oracle import debits_of, payments_of
from tests.billing.receivables.books import further
from tests.billing.scene import Scene
from tests.build import acts
from tests.conftest import application_pool, world_copy
from tests.contracts.party_profiles.told import profile, tells

#: Credit notes of 47.60 and of 238.00 EUR.
NOTES = {"X-3": "-40.00", "X-5": "-200.00"}
PAYOUT = PaymentToMake(
    "payout 12", PaymentPurpose.PAYOUT, "Nordluft", "Blechwerke", AccountToPay("Blechwerke", THEIRS), "EUR", Decimal("12.34"),
    date(2026, 2, 20), reference="RF18539007547034",
)  # fmt: skip


def _fill(access: Access) -> None:
    opened(access)
    further(access, NOTES)
    with application_pool(access) as database:
        tells(
            Scene(access, database),
            profile("Blechwerke", "2026-01-02", city="Lyon", banks=[{"account": THEIRS, "bic": "PSSTFRPPXXX"}]),
        )


@pytest.fixture
def clerk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Clerk]:
    copied = world_copy(server, "credit notes for a bank", _fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Clerk(pool)


def refunds(clerk: Clerk, number: str = "X-3", amount: str | None = None) -> int:
    wanted = BankRefundWanted(number, None, None if amount is None else Decimal(amount))
    with clerk.at_work() as session:
        return refund_by_bank(session, wanted, who="anna", at=clerk.now).order


def asks(clerk: Clerk, payment: PaymentToMake = PAYOUT) -> int:
    with clerk.at_work() as session:
        return SessionPayments(session, OrderActor("anna", clerk.now)).ask(payment)


class TestARefund:
    def test_is_paid_to_the_account_of_the_profile_and_settles_its_credit_note(self, clerk: Clerk) -> None:
        refunds(clerk)
        file, raw = clerk.taken()
        (paid,) = payments_of(raw)
        assert (paid.amount, paid.account, paid.town, paid.text) == (Decimal("47.60"), THEIRS, "Lyon", "Nordluft X-3")
        read = clerk.passes(days=3).reads(
            statement(entry("-47.60", "B1", batch=f"<MsgId>{file.message_id}</MsgId>"), day="2026-02-22")
        )
        assert (read.listed[0].state, clerk.stands("X-3").state) == ("ordered", PaymentState.PAID)

    def test_that_comes_back_is_owed_again(self, clerk: Clerk) -> None:
        refunds(clerk)
        clerk.taken()
        order = clerk.orders()[-1]
        told = statement(entry("-47.60", "B1", details=detail("47.60", order.reference)), day="2026-02-22")
        assert clerk.passes(days=3).reads(told).listed[0].state == "matched"
        back = statement(entry("47.60", "B2", details=detail("47.60", order.reference, back="AC04")), day="2026-02-23")
        assert clerk.reads(back).listed[0].state == "returned"
        assert (clerk.orders()[-1].state, clerk.stands("X-3").open) == ("returned", Decimal("-47.60"))
        assert clerk.orders()[-1].waits

    def test_once_and_of_no_more_than_is_open(self, clerk: Clerk) -> None:
        with pytest.raises(RefundNotOpen, match=r"47\.60 EUR is open of X-3"):
            refunds(clerk, amount="47.61")
        with pytest.raises(RefundNotOpen):
            refunds(clerk, "2026-000001")
        order = refunds(clerk, amount="7.60")
        with pytest.raises(RefundNotOpen, match=f"order {order} gives X-3 back"):
            refunds(clerk)
        with clerk.at_work() as session:
            withdraw_bank_order(session, order, "set off", who="anna", at=clerk.now)
        assert clerk.orders()[-1].state is BankOrderState.WITHDRAWN
        refunds(clerk)

    def test_of_a_customer_whose_profile_has_no_account_is_refused(self, clerk: Clerk) -> None:
        with clerk.at_work() as session:
            told = profile("Blechwerke", "2026-02-01", city="Lyon")
            number = prepare_profile(session, told, by=acts(session, "carla"), at=clerk.now).id
        with clerk.at_work("bert") as session:
            release_profile(session, "Blechwerke", number, releasing(session, "bert", clerk.now))
        with pytest.raises(NoAccountToPay):
            refunds(clerk)


class TestAPaymentOfAnotherRoom:
    def test_is_made_once_under_its_key_and_told_as_it_stands(self, clerk: Clerk) -> None:
        order = asks(clerk)
        assert asks(clerk) == order
        with pytest.raises(PaymentAskedOtherwise):
            asks(clerk, replace(PAYOUT, amount=Decimal("12.35")))
        file, raw = clerk.taken()
        assert [(one.amount, one.reference) for one in payments_of(raw)] == [(Decimal("12.34"), "RF18539007547034")]
        clerk.passes(days=3).reads(
            statement(entry("-12.34", "B1", batch=f"<PmtInfId>{file.message_id}-1</PmtInfId>"), day="2026-02-20")
        )
        with clerk.at_work() as session:
            payments = SessionPayments(session, OrderActor("anna", clerk.now))
            made = payments.made("payout 12")
            assert made is not None
            assert (made.order, made.state, made.booked_on) == (order, BankOrderState.DONE, date(2026, 2, 20))
            assert payments.made("payout 13") is None
            with pytest.raises(BankOrderNotSo):
                payments.withdraw("payout 12", "too late")
        assert clerk.orders()[-1].payment is None

    def test_that_cannot_be_is_refused(self, clerk: Clerk) -> None:
        for wrong in (replace(PAYOUT, amount=Decimal(0)), replace(PAYOUT, payee="Nobody")):
            with pytest.raises(PaymentNotPossible):
                asks(clerk, wrong)

    def test_each_currency_is_a_file_of_its_own_and_yuan_a_table(self, clerk: Clerk) -> None:
        asks(clerk)
        asks(clerk, replace(PAYOUT, key="payout 13", currency="JPY", amount=Decimal(5000)))
        chinese = AccountToPay("王小明", "6217009876543210", bank="招商银行")
        asks(clerk, replace(PAYOUT, key="payout 14", currency="CNY", account=chinese, reference="", text="分成"))
        prepared = clerk.prepares()
        assert [(one.form, one.currency, one.count) for one in prepared.files] == [
            ("cnaps", "CNY", 1), ("pain.001.001.09", "EUR", 1), ("pain.001.001.09", "JPY", 1),
        ]  # fmt: skip
        assert "王小明" in clerk.takes(prepared.files[0].file).decode("gb18030")
        (yen,) = payments_of(clerk.takes(prepared.files[2].file))
        assert yen.written == "5000"


class TestMandates:
    def test_its_account_is_whole_to_whoever_opens_it_and_its_ends_alone_in_a_list(self, clerk: Clerk) -> None:
        number = clerk.signs().mandate
        with clerk.at_work() as session:
            assert [one.account for one in list_mandates(session, None, at=clerk.now)] == [
                "FR14*******************2606"
            ]
            assert get_mandate(session, number, at=clerk.now).account == THEIRS

    @pytest.mark.parametrize(("fields", "refusal"), [
        pytest.param({"account": "FR1420041010050500013M02607"}, MandateFaulty, id="no IBAN"),
        pytest.param({"reference": "M_1"}, MandateFaulty, id="a reference that banks do not take"),
        pytest.param({"bic": "COBA"}, MandateFaulty, id="no BIC"),
        pytest.param({"signed_on": date(2026, 2, 21)}, MandateFaulty, id="signed tomorrow"),
        pytest.param({"customer": "Nobody"}, UnknownMandate, id="of nobody"),
        pytest.param({"supplier": "Blechwerke"}, NoCreditorIdentifier, id="no creditor identifier"),
    ])  # fmt: skip
    def test_that_cannot_be_is_refused(self, clerk: Clerk, fields: dict[str, Any], refusal: type[Exception]) -> None:
        with pytest.raises(refusal):
            clerk.signs(**fields)

    def test_an_amended_one_is_told_once_and_with_the_first_debit_not_at_all(self, clerk: Clerk) -> None:
        first = clerk.signs().mandate
        with pytest.raises(MandateTaken):
            clerk.signs()
        with clerk.at_work() as session:
            amended = amend_mandate(session, first, AmendedMandate(reference="M-2"), who="anna", at=clerk.now)
        assert (amended.versions, amended.reference) == (2, "M-2")
        with pytest.raises(MandateTaken):
            clerk.signs(reference="M-2")
        clerk.sends()
        file, raw = clerk.taken()
        assert debits_of(raw)[0].amended == ()
        clerk.cancels(file.file)
        file, raw = clerk.taken()
        batch = f"<MsgId>{file.message_id}</MsgId>"
        clerk.on("2026-03-05").reads(statement(entry("178.50", "B1", batch=batch), day="2026-03-03"))
        with clerk.at_work() as session:
            amend_mandate(session, first, AmendedMandate(account=OURS), who="anna", at=clerk.now)
            with pytest.raises(MandateFaulty):
                amend_mandate(session, first, AmendedMandate(account=OURS), who="anna", at=clerk.now)
        order = clerk.orders()[0]
        back = statement(
            entry("-178.50", "B2", details=detail("178.50", order.reference, back="AC04")), day="2026-03-06"
        )
        clerk.on("2026-03-07").reads(back)
        told = []
        for _ in range(2):  # cancelled in between: what nobody sent was told to nobody
            if clerk.orders()[-1].state is BankOrderState.RETURNED:
                with clerk.at_work() as session:
                    order_bank_again(session, order.order, "another account", who="anna", at=clerk.now)
            file, raw = clerk.taken()
            told.append((debits_of(raw)[0].amended, debits_of(raw)[0].account))
            clerk.cancels(file.file)
        assert told == [((("OrgnlDbtrAcct", "SMNDA"),), OURS)] * 2

    def test_dormant_revoked_used_up_and_of_another_scheme_none_is_used(self, clerk: Clerk) -> None:
        clerk.sends(day="2026-02-20")
        clerk.signs(scheme=DebitScheme.B2B, reference="B-1")
        dormant = clerk.signs("2026-02-20", signed_on=date(2023, 2, 20), reference="D-1")
        assert dormant.state is MandateState.DORMANT
        assert clerk.prepares().files == ()
        number = clerk.signs(signed_on=date(2023, 2, 21), reference="D-2").mandate
        (file,) = clerk.prepares().files
        with clerk.at_work() as session:
            assert revoke_mandate(session, number, "the customer said so", who="anna", at=clerk.now).state == "revoked"
            with pytest.raises(MandateEnded):
                end_mandate(session, number, at=clerk.now)
        with pytest.raises(OrdersChanged, match="mandate D-2 is revoked"):
            clerk.takes(file.file)
        clerk.cancels(file.file)
        assert clerk.prepares().files == ()
        clerk.signs(reference="ONCE", is_one_off=True)
        assert debits_of(clerk.taken()[1])[0].sequence == "OOFF"

    def test_the_last_debit_says_so(self, clerk: Clerk) -> None:
        number = clerk.signs().mandate
        with clerk.at_work() as session:
            end_mandate(session, number, at=clerk.now)
        assert debits_of(clerk.sends().taken()[1])[0].sequence == "FNAL"
        with clerk.at_work() as session:
            assert get_mandate(session, number, at=clerk.now).state is MandateState.USED_UP


def test_nothing_due_is_told(clerk: Clerk) -> None:
    with pytest.raises(NothingToPrepare), clerk.at_work() as session:
        prepare_order_files(session, FileAsked("Gießerei"), who="anna", at=clerk.now)
