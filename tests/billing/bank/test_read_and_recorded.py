"""Files read into a real database: what is recorded, what waits, what two at once and a second time may do."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.operations import bank
from api.server.database import Access, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from billing.bank.entries.store import BankEntryQuery, EntryState, StatementReadOtherwise, UnknownBankEntry
from billing.bank.matching import store as matching
from billing.bank.matching.books import BankBooks, ConfirmedPayer, PayerKind
from billing.bank.matching.store import BankEntrySettled, EntryIsNoReceipt, MatchAsked, NothingMatched
from billing.bank.payers.store import PayerAliasDone, PayerAliasFaulty, PayerAliasKnown, UnknownPayerAlias
from billing.bank.statements.entry import BankEntry, StatementDoesNotAddUp, StatementValueInvalid
from billing.bank.views import BankEntryOut, BankFileOut
from billing.documents.model.payment_reference import payment_reference
from billing.receivables.allocating import MoreThanOpen
from billing.receivables.issued import document
from billing.receivables.standings import standings_now
from billing.receivables.store import payment as payment_of
from contracts.release.store import OwnWork
from tests.billing.receivables.books import Books, opened
from tests.billing.scene import on
from tests.build import acts
from tests.conftest import application_pool, world_copy

FIRST, SECOND = "2026-000001", "2026-000002"  # 178.50 EUR each, of Blechwerke and of Gießerei
HEADER = "account,booked_on,amount,currency,payer,payer_account,text,reference,end_to_end,before_charges,return_reason,bank_id\n"
AT = on("2026-03-03")


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)


@pytest.fixture
def database(server: EmbeddedServer) -> Iterator[Database]:
    with world_copy(server, "two documents for banks", _fill, "banks") as (access, _), application_pool(access) as pool:
        yield pool


@contextmanager
def office(database: Database, who: str = "anna", tenant: int = 1) -> Iterator[Session]:
    with database.transaction(tenant) as session:
        acts(session, who)
        yield session


def line(
    amount: str,
    text_: str = "",
    *,
    payer: str = "",
    account: str = "",
    reference: str = "",
    e2e: str = "",
    before: str = "",
    back: str = "",
    id_: str = "",
    on_: str = "2026-02-20",
    ours: str = "DE02",
    currency: str = "EUR",
) -> str:
    payer = payer or {FIRST: "Blechwerke", SECOND: "Gießerei"}.get(text_, "")  # two alike, of strangers, would wait
    return f"{ours},{on_},{amount},{currency},{payer},{account},{text_},{reference},{e2e},{before},{back},{id_}\n"


def reads(session: Session, *lines: str) -> BankFileOut:
    return bank.read_bank_file(session, (HEADER + "".join(lines)).encode(), None, who="anna", at=AT)


def open_of(session: Session, number: str = FIRST) -> Decimal:
    row = document(session, number)
    return standings_now(session, [row], AT)[row.id].open


def queue(session: Session) -> list[BankEntryOut]:
    return list(bank.list_bank_entries(session, BankEntryQuery(state=EntryState.QUEUED)).rows)


def count(session: Session, table: str) -> int:
    return int(session.execute(text(f"select count(*) from {table}")).scalar_one())


class TestAFile:
    def test_pays_documents_by_reference_by_number_and_by_the_only_amount(self, database: Database) -> None:
        with office(database) as session:
            done = reads(
                session,
                line("178.50", reference=payment_reference(FIRST), id_="T1"),
                line("178.50", "x", payer="GIESSEREI", id_="T2"),
            )
            assert (done.added, done.matched, done.queued) == (2, 2, 0)
            assert [one.rule for one in done.listed] == ["reference", "amount"]
            assert open_of(session) == open_of(session, SECOND) == 0
            assert done.listed[0].payment is not None
            paid = payment_of(session, done.listed[0].payment)
            assert (paid.reference, paid.received_on, paid.recorded_by) == (
                f"T1 (bank entry {done.listed[0].entry})",
                date(2026, 2, 20),
                "anna",
            )

    def test_a_second_time_and_within_another_file_adds_nothing(self, database: Database) -> None:
        first, second = line("100.00", FIRST, payer="Blechwerke"), line("10.00", "?")
        with office(database) as session:
            assert reads(session, first, second).added == 2
            again = reads(session, first, second)
            assert (again.is_new, again.added) == (False, 0)
            longer = reads(session, line("5.00", "new"), first, second)
            assert (longer.is_new, longer.added, longer.entries) == (True, 1, 3)
            assert (count(session, "payment"), open_of(session)) == (1, Decimal("78.50"))

    def test_two_entries_alike_are_two(self, database: Database) -> None:
        with office(database) as session:
            assert (
                reads(
                    session, line("50.00", FIRST, payer="Blechwerke"), line("50.00", FIRST, payer="Blechwerke")
                ).matched
                == 2
            )
            assert open_of(session) == Decimal("78.50")

    def test_a_sum_that_waits_is_replaced_by_its_payments(self, database: Database) -> None:
        from tests.billing.bank.test_camt import amt, booking, camt, payment

        parts = "".join(
            payment(amount=amt("178.50"), text=number, name=name)
            for number, name in ((FIRST, "Blechwerke"), (SECOND, "Gießerei"))
        )
        whole = camt(booking("357.00"), version="052.001.08", balances="")
        detail = camt(booking("357.00", parts), version="054.001.08", balances="")
        with office(database) as session:
            assert bank.read_bank_file(session, whole, None, who="anna", at=on("2026-03-03")).queued == 1
            assert bank.read_bank_file(session, detail, None, who="anna", at=on("2026-03-03")).matched == 2
            assert queue(session) == []
            assert bank.read_bank_file(session, detail + b"\n", None, who="anna", at=on("2026-03-03")).added == 0
            assert open_of(session) == open_of(session, SECOND) == 0

    def test_of_another_form_for_the_same_days_is_refused(self, database: Database) -> None:
        from tests.billing.bank.test_camt import OURS, booking, camt, payment

        with office(database) as session:
            bank.read_bank_file(session, camt(booking("100.00", payment())), None, who="anna", at=on("2026-03-03"))
            with pytest.raises(StatementReadOtherwise):
                reads(session, line("100.00", ours=OURS, on_="2026-03-02"))

    def test_that_is_refused_stores_nothing(self, database: Database) -> None:
        with pytest.raises(StatementValueInvalid), office(database) as session:
            reads(session, line("178.50", FIRST), line("1e2"))
        with office(database) as session:
            assert count(session, "bank_entry") == count(session, "payment") == 0

    def test_in_another_currency_waits(self, database: Database) -> None:
        with office(database) as session:
            (entry,) = reads(session, line("178.50", currency="USD", reference=payment_reference(FIRST))).listed
            assert (entry.state, entry.reason) == (EntryState.QUEUED, "another_currency")

    def test_is_of_one_tenant(self, database: Database) -> None:
        with office(database) as session:
            one = reads(session, line("178.50", FIRST, id_="T1"))
        with office(database, tenant=2) as session:
            other = reads(session, line("178.50", FIRST, id_="T1"))
            assert (other.is_new, other.added, other.queued) == (True, 1, 1)
            with pytest.raises(UnknownBankEntry):
                bank.ignore_bank_entry(session, one.listed[0].entry + 1000, "no", who="anna", at=AT)


class TestAReturn:
    def test_opens_the_document_again_and_keeps_the_charges(self, database: Database) -> None:
        with office(database) as session:
            reads(session, line("178.50", FIRST, payer="Blechwerke", e2e="E1"))
            (back,) = reads(session, line("-181.50", before="-178.50", e2e="E1", back="AC04", on_="2026-02-22")).listed
            assert (back.state, back.charges, back.return_reason) == (EntryState.RETURNED, Decimal("3.00"), "AC04")
            assert open_of(session) == Decimal("178.50")
            assert reads(session, line("178.50", FIRST, payer="Blechwerke", on_="2026-02-23")).matched == 1
            assert open_of(session) == 0

    def test_in_the_same_file_counts_at_once(self, database: Database) -> None:
        with office(database) as session:
            three = [
                line("178.50", FIRST, e2e="E1"),
                line("-178.50", e2e="E1", back="AM04"),
                line("178.50", FIRST, e2e="E2"),
            ]
            assert [one.state for one in reads(session, *three).listed] == [
                EntryState.MATCHED,
                EntryState.RETURNED,
                EntryState.MATCHED,
            ]
            assert open_of(session) == 0

    def test_twice_waits(self, database: Database) -> None:
        with office(database) as session:
            three = [
                line("178.50", FIRST, e2e="E1"),
                line("-178.50", e2e="E1", back="AM04"),
                line("-178.50", "2", e2e="E1", back="AM04"),
            ]
            assert reads(session, *three).listed[2].reason == "return_of_unknown"


class TestTheQueue:
    def test_is_settled_by_a_person_with_parts_rests_and_reasons(self, database: Database) -> None:
        with office(database) as session:
            both, part, third = reads(session, line("357.00", "a"), line("20.00", "b"), line("7.00", "c")).listed
            asked = MatchAsked(both.entry, ((FIRST, Decimal("100.00")),))
            assert bank.match_bank_entry(session, asked, who="anna", at=AT).state is EntryState.MATCHED
            assert open_of(session) == Decimal("78.50")
            assert both.payment is None
            bank.match_bank_entry(session, MatchAsked(part.entry, ((FIRST, None),)), who="anna", at=AT)
            assert open_of(session) == Decimal("58.50")
            bank.ignore_bank_entry(session, third.entry, "interest", who="anna", at=AT)
            assert queue(session) == []
            with pytest.raises(BankEntrySettled):
                bank.match_bank_entry(session, asked, who="anna", at=AT)
            assert bank.match_bank_entry(
                session, MatchAsked(third.entry, customer="Gießerei"), who="anna", at=AT
            ).payment

    def test_refuses_what_cannot_be(self, database: Database) -> None:
        with office(database) as session:
            (entry,) = reads(session, line("500.00", "a")).listed
            with pytest.raises(NothingMatched):
                bank.match_bank_entry(session, MatchAsked(entry.entry), who="anna", at=AT)
            with pytest.raises(MoreThanOpen):
                bank.match_bank_entry(session, MatchAsked(entry.entry, ((FIRST, Decimal(200)),)), who="anna", at=AT)
            paid = Books(session, AT).pays("178.50", (FIRST, "178.50"))
            with pytest.raises(EntryIsNoReceipt):
                bank.return_bank_entry(session, entry.entry, paid.id, who="anna", at=AT)

    def test_takes_a_return_from_a_person(self, database: Database) -> None:
        with office(database) as session:
            paid = Books(session, AT).pays("178.50", (FIRST, "178.50"), received="2026-02-10")
            (entry,) = reads(session, line("-180.00", "R", back="MD06")).listed
            assert entry.reason == "return_of_unknown"
            done = bank.return_bank_entry(session, entry.entry, paid.id, who="anna", at=AT)
            assert (done.state, done.charges, open_of(session)) == (
                EntryState.RETURNED,
                Decimal("1.50"),
                Decimal("178.50"),
            )


class TestAnAlias:
    def test_counts_once_another_has_released_it_and_settles_what_waits(self, database: Database) -> None:
        payer = ConfirmedPayer(PayerKind.CUSTOMER, account="DE 09", customer="Blechwerke")
        with office(database) as session:
            (entry,) = reads(session, line("178.50", "-", payer="Konzern", account="DE09")).listed
            assert entry.state is EntryState.QUEUED
            alias = bank.prepare_payer_alias(session, payer, who="anna", at=AT)
            assert queue(session) != []
            with pytest.raises(OwnWork):
                bank.release_payer_alias(session, alias.alias, who="anna", at=AT)
            with pytest.raises(PayerAliasKnown):
                bank.prepare_payer_alias(session, payer, who="anna", at=AT)
        with office(database, "bert") as session:
            assert bank.release_payer_alias(session, alias.alias, who="bert", at=AT).released_by == "bert"
            assert (queue(session), open_of(session)) == ([], Decimal(0))
            with pytest.raises(PayerAliasDone):
                bank.release_payer_alias(session, alias.alias, who="bert", at=AT)

    def test_is_not_released_by_one_in_the_database_either(self, database: Database) -> None:
        with office(database) as session:
            payer = ConfirmedPayer(PayerKind.OWN, account="DE10")
            alias = bank.prepare_payer_alias(session, payer, who="anna", at=AT)
        with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"), office(database) as session:
            session.execute(
                text("update payer_alias set released_by = 'bert', released_at = now() where id = :id"),
                {"id": alias.alias},
            )

    @pytest.mark.parametrize(
        ("kind", "state"),
        [(PayerKind.OWN, "no_payment"), (PayerKind.GATEWAY, "payout"), (PayerKind.OTHER, "no_payment")],
    )
    def test_of_no_customer_pays_no_documents(self, database: Database, kind: PayerKind, state: str) -> None:
        with office(database) as session:
            alias = bank.prepare_payer_alias(session, ConfirmedPayer(kind, name="Stripe"), who="anna", at=AT)
        with office(database, "bert") as session:
            bank.release_payer_alias(session, alias.alias, who="bert", at=AT)
            assert (
                reads(session, line("178.50", payer="STRIPE", reference=payment_reference(FIRST))).listed[0].state
                == state
            )
            bank.withdraw_payer_alias(session, alias.alias, who="bert", at=AT)
            assert (
                reads(session, line("178.50", payer="STRIPE", id_="2", reference=payment_reference(FIRST)))
                .listed[0]
                .state
                is EntryState.MATCHED
            )
            assert [one.withdrawn_by for one in bank.list_payer_aliases(session)] == ["bert"]

    def test_is_refused_where_it_says_nothing(self, database: Database) -> None:
        with office(database) as session:
            for payer in (
                ConfirmedPayer(PayerKind.OWN),
                ConfirmedPayer(PayerKind.CUSTOMER, name="A"),
                ConfirmedPayer(PayerKind.OWN, "DE1", "B"),
            ):
                with pytest.raises(PayerAliasFaulty):
                    bank.prepare_payer_alias(session, payer, who="anna", at=AT)
            with pytest.raises(UnknownPayerAlias):
                bank.prepare_payer_alias(
                    session, ConfirmedPayer(PayerKind.CUSTOMER, name="A", customer="Nobody"), who="anna", at=AT
                )


ADVICE = "reference,customer,paid_on,currency,total,document,amount,discount\nAV1,Blechwerke,2026-02-19,EUR,100.00,2026-000001,100.00,0\n"


class TestAnAdvice:
    def test_before_the_payment_or_after_it(self, database: Database) -> None:
        with office(database) as session:
            assert bank.read_bank_advices(session, ADVICE.encode(), who="anna", at=AT).added == 1
            assert bank.read_bank_advices(session, ADVICE.encode(), who="anna", at=AT).added == 0
            (entry,) = reads(session, line("100.00", "AV1")).listed
            assert (entry.rule, open_of(session)) == ("advice", Decimal("78.50"))
            assert reads(session, line("100.00", "AV1", id_="2")).queued == 1
            later = ADVICE.replace("AV1", "AV2").replace("100.00", "78.50")
            assert reads(session, line("78.50", "AV2")).queued == 1
            assert bank.read_bank_advices(session, later.encode(), who="anna", at=AT).matched == 1
            assert open_of(session) == 0

    @pytest.mark.parametrize(("was", "is_", "error"), [
        ("EUR,100.00", "EUR,100.01", StatementDoesNotAddUp), ("2026-02-19", "2026-02-30", StatementValueInvalid),
        ("Blechwerke", "Blechwerk", StatementValueInvalid), ("EUR", "EU", StatementValueInvalid),
    ])  # fmt: skip
    def test_is_refused_where_it_cannot_be(
        self, database: Database, was: str, is_: str, error: type[Exception]
    ) -> None:
        with office(database) as session, pytest.raises(error):
            bank.read_bank_advices(session, ADVICE.replace(was, is_, 1).encode(), who="anna", at=AT)


class TestTwoAtOnce:
    def test_that_read_one_file_record_each_payment_once(self, database: Database) -> None:
        content, done, gate = (
            (line("178.50", FIRST, id_="T1"), line("178.50", SECOND, id_="T2")),
            list[BankFileOut](),
            threading.Barrier(2),
        )

        def read() -> None:
            with office(database) as session:
                gate.wait()
                done.append(reads(session, *content))

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(one.added for one in done) == [0, 2]
        with office(database) as session:
            assert (count(session, "payment"), count(session, "bank_entry"), open_of(session)) == (2, 2, Decimal(0))

    def test_that_read_overlapping_files_the_other_way_round(self, database: Database) -> None:
        one, two, gate = line("178.50", FIRST, id_="T1"), line("178.50", SECOND, id_="T2"), threading.Barrier(2)
        failed = list[BaseException]()

        def read(*lines: str) -> None:
            try:
                with office(database) as session:
                    gate.wait()
                    reads(session, *lines)
            except BaseException as error:  # noqa: BLE001 told below
                failed.append(error)

        threads = [threading.Thread(target=read, args=lines) for lines in ((one, two), (two, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert failed == []
        with office(database) as session:
            assert (count(session, "payment"), count(session, "bank_entry")) == (2, 2)

    def test_a_document_that_is_paid_meanwhile_waits(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between what was read and what is recorded another transaction settles the document."""
        load = matching.load_books

        def then_it_is_settled(session: Session, entries: Sequence[BankEntry]) -> BankBooks:
            known = load(session, entries)
            with office(database, "bert") as other:
                Books(other, AT).pays("178.50", (FIRST, "178.50"))
            return known

        monkeypatch.setattr(matching, "load_books", then_it_is_settled)
        with office(database) as session:
            (entry,) = reads(session, line("178.50", FIRST)).listed
            assert (entry.state, entry.reason, entry.candidates) == (EntryState.QUEUED, "changed_meanwhile", (FIRST,))
            assert count(session, "bank_match") == 0
