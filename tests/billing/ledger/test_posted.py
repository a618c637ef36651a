"""Facts of the database as entries: each once, in the books of whom it is of, on the day on which it happened."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from api.server.database import Access, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from billing.ledger.books.store import BooksAreOpen, open_books
from billing.ledger.posting.store import Posted, post_due
from billing.ledger.tables import LedgerBooksRow, LedgerDueRow, LedgerEntryRow, LedgerMonthRow, LedgerPostingRow
from billing.receivables.store import reverse_payment
from tests.billing.receivables.books import FURTHER, Books, books, further, opened
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import voids
from tests.build import acts
from tests.conftest import application_pool, world_copy

FIRST = "2026-000001"  # 178.50 EUR of Blechwerke, issued on 1 February 2026


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)
    further(access, FURTHER)


@pytest.fixture
def database(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    copied = world_copy(server, "documents of two customers", _fill, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield pool


def opens(session: Session, currency: str = "EUR", first: str = "2026-01-01") -> None:
    open_books(
        session, "Nordluft", "skr03", currency, date.fromisoformat(first), zone="Europe/Berlin", by="anna",
        at=on("2026-02-05"),
    )  # fmt: skip


def posts(book: Books) -> Posted:
    return post_due(book.session, book.at)


def journal(session: Session) -> list[tuple[str, str, dict[str, str]]]:
    """Each entry: its day, its cause, and its sums by account."""
    entries = []
    for entry in session.exec(select(LedgerEntryRow).order_by(col(LedgerEntryRow.number))):
        rows = session.exec(
            select(LedgerPostingRow).where(LedgerPostingRow.entry_id == entry.id).order_by(col(LedgerPostingRow.pos))
        ).all()
        sums: dict[str, Decimal] = {}
        for row in rows:
            sums[row.account] = sums.get(row.account, Decimal(0)) + row.functional
        entries.append(
            (str(entry.posted_on), entry.cause, {account: f"{amount:.2f}" for account, amount in sums.items()})
        )
    return entries


def of_document(entries: Sequence[tuple[str, str, dict[str, str]]]) -> tuple[str, str, dict[str, str]]:
    return entries[0]


class TestBooksAreOpened:
    def test_once(self, database: Database) -> None:
        with books(database) as book:
            opens(book.session)
            with pytest.raises(BooksAreOpen):
                opens(book.session)

    def test_and_all_that_happened_is_posted_once(self, database: Database) -> None:
        with books(database) as book:
            opens(book.session)
            assert posts(book).entries == 2 + len(FURTHER)
            assert posts(book) == Posted()
            assert journal(book.session)[0] == (
                "2026-02-01", "document", {"1400": "178.50", "8400": "-150.00", "1776": "-28.50"},
            )  # fmt: skip

    def test_what_was_before_stands_against_the_opening_balance(self, database: Database) -> None:
        with books(database) as book:
            book.pays("100.00", (FIRST, "100.00"))
            opens(book.session, first="2026-03-01")
            posts(book)
            entries = journal(book.session)
            assert entries[0] == ("2026-03-01", "document", {"1400": "178.50", "9000": "-178.50"})
            assert entries[-1] == ("2026-03-01", "payment", {"1400": "-100.00", "9000": "100.00"})

    def test_without_books_nothing_is_noted(self, database: Database) -> None:
        with books(database) as book:
            book.pays("100.00", (FIRST, "100.00"))
            assert book.session.exec(select(LedgerDueRow)).all() == []
            assert posts(book) == Posted()


class TestPayments:
    @pytest.fixture
    def book(self, database: Database) -> Iterator[Books]:
        with books(database) as book:
            opens(book.session)
            posts(book)
            yield book

    def test_what_is_left_is_on_account_until_it_is_allocated(self, book: Books) -> None:
        book.pays("200.00", (FIRST, "100.00"))
        posts(book)
        assert journal(book.session)[-1] == (
            "2026-02-05", "payment", {"1200": "200.00", "1400": "-100.00", "1705": "-100.00"},
        )  # fmt: skip

    def test_a_cash_discount_takes_its_tax_along(self, book: Books) -> None:
        book.pays("174.93", (FIRST, "174.93", "3.57"))
        posts(book)
        assert journal(book.session)[-1][2] == {
            "1200": "174.93", "1400": "-178.50", "8736": "3.00", "1776": "0.57",
        }  # fmt: skip

    def test_a_reversal_is_the_same_with_the_other_sign(self, book: Books) -> None:
        paid = book.pays("174.93", (FIRST, "174.93", "3.57"))
        reverse_payment(book.session, paid.id, reference="returned", on=None, by="anna", at=book.at)
        posts(book)
        there, back = journal(book.session)[-2:]
        assert {account: -Decimal(amount) for account, amount in there[2].items()} == {
            account: Decimal(amount) for account, amount in back[2].items()
        }

    def test_a_write_off_is_posted_once_it_is_released(self, book: Books) -> None:
        written = book.writes_off("119.00")
        assert posts(book).entries == 0
        book.releases(written.id)
        assert posts(book).entries == 1
        assert journal(book.session)[-1][2] == {"2406": "100.00", "1776": "19.00", "1400": "-119.00"}

    def test_credit_notes_are_set_off_without_money(self, book: Books) -> None:
        book.pays("0", (FIRST, "47.60"), ("X-3", "-47.60"))
        assert posts(book).entries == 1
        assert journal(book.session)[-1][2] == {"1400": "0.00"}


class TestTheDatabaseKeepsTheLedger:
    @pytest.fixture
    def book(self, database: Database) -> Iterator[Books]:
        with books(database) as book:
            opens(book.session)
            posts(book)
            yield book

    @pytest.mark.parametrize(
        "change",
        ["update ledger_entry set words = ''", "delete from ledger_posting", "update ledger_posting set amount = 0"],
    )
    def test_nothing_of_it_changes(self, book: Books, change: str) -> None:
        with pytest.raises(Exception, match=r"permission denied|never changes"):
            book.session.execute(text(change))

    def test_an_entry_that_does_not_add_up_is_not_committed(self, database: Database) -> None:
        with books(database) as book:
            opens(book.session)
            posts(book)
        with pytest.raises(ContradictsStored, match="entry_adds_up"), books(database) as book:
            self.adds(book.session, "100.01", "-100.00")

    def test_nothing_joins_an_entry_later(self, book: Books) -> None:
        with pytest.raises(IntegrityError, match=r"has \d postings"):
            book.session.execute(text(
                "insert into ledger_posting (entry_id, pos, account, role, amount, functional, tag, line, charge, dimensions)"
                " select id, 9, '1200', 'bank', 0, 1, '', 0, '', '{}' from ledger_entry where number = 1"
            ))  # fmt: skip

    def test_nothing_is_posted_in_a_closed_month(self, book: Books) -> None:
        self.closes(book.session, "2026-01-01", "2026-02-01")
        with pytest.raises(IntegrityError, match="month that is closed"):
            self.adds(book.session, "1.00", "-1.00")

    def test_a_late_fact_is_posted_in_the_open_month_with_its_own_day(self, book: Books) -> None:
        self.closes(book.session, "2026-01-01", "2026-02-01")
        book.pays("100.00", (FIRST, "100.00"))
        posts(book)
        newest = book.session.exec(select(LedgerEntryRow).order_by(col(LedgerEntryRow.number).desc())).first()
        assert newest is not None
        assert (newest.posted_on, newest.happened_on) == (date(2026, 3, 1), date(2026, 2, 5))

    def test_months_are_closed_one_after_another(self, book: Books) -> None:
        with pytest.raises(IntegrityError, match="not the next month"), book.session.begin_nested():
            self.closes(book.session, "2026-02-01")

    @staticmethod
    def closes(session: Session, *months: str) -> None:
        acts(session, "anna")
        kept = session.exec(select(LedgerBooksRow)).one()
        for month in months:
            session.add(
                LedgerMonthRow(
                    issuer_id=kept.issuer_id, month=date.fromisoformat(month), last_number=kept.last_number,
                    closed_by="anna", closed_at=on("2026-03-02"),
                )
            )  # fmt: skip
            session.flush()

    @staticmethod
    def adds(session: Session, debit: str, credit: str) -> None:
        session.execute(text(
            "insert into ledger_entry (issuer_id, number, cause, fact_id, posted_on, happened_on, currency, rate, words,"
            " postings, recorded_at) select issuer_id, 1000, 'accrual', 1, '2026-02-10', '2026-02-10', 'EUR', 1, '', 2,"
            " now() from ledger_books"
        ))  # fmt: skip
        for pos, amount in ((1, debit), (2, credit)):
            session.execute(text(
                "insert into ledger_posting (entry_id, pos, account, role, amount, functional, tag, line, charge, dimensions)"
                " select id, :pos, '1200', 'bank', :amount, :amount, '', 0, '', '{}' from ledger_entry where number = 1000"
            ), {"pos": pos, "amount": amount})  # fmt: skip


class TestInCombination:
    """With what else happens to documents: void, billed together, another tenant's."""

    @pytest.fixture
    def scene(self, access: Access, database: Database) -> Scene:
        return Scene(access, database)

    @pytest.fixture
    def database(self, access: Access) -> Iterator[Database]:
        with application_pool(access) as pool:
            yield pool

    def opened_and_posted(self, scene: Scene, *, tenant: int = 1, opening: bool = False) -> Posted:
        with scene.database.transaction(tenant) as session:
            acts(session, "anna")
            if opening:
                opens(session)
            return post_due(session, on("2026-02-05"))

    def journal(self, scene: Scene) -> list[tuple[str, str, dict[str, str]]]:
        with scene.database.transaction(1) as session:
            acts(session, "anna")
            return journal(session)

    def test_what_is_void_is_taken_back_and_what_replaces_it_posted(self, scene: Scene) -> None:
        scene.declared(CONTRACT).delivers("2026-01-05 10 100")
        self.opened_and_posted(scene, opening=True)
        scene.bills("2026-02-01")
        assert self.opened_and_posted(scene) == Posted(entries=1)
        voids(scene, FIRST)
        scene.bills("2026-02-02")
        assert self.opened_and_posted(scene).entries == 2
        first, back, anew = self.journal(scene)
        assert [one[1] for one in (first, back, anew)] == ["document", "void", "document"]
        assert {account: -Decimal(amount) for account, amount in first[2].items()} == {
            account: Decimal(amount) for account, amount in back[2].items()
        }
        assert anew[2] == first[2]

    def test_what_is_billed_together_is_one_entry(self, scene: Scene) -> None:
        together = CONTRACT.replace(
            'settings: {least_coverage: "0"}', 'settings: {least_coverage: "0", document: consolidated}'
        )
        scene.declared(together, together.replace("C-1", "C-2"))
        scene.delivers("2026-01-05 10 100")
        self.opened_and_posted(scene, opening=True)
        scene.bills("2026-02-01")
        assert self.opened_and_posted(scene) == Posted(entries=1)
        ((_, cause, sums),) = self.journal(scene)
        assert (cause, sums) == ("document", {"1400": "357.00", "8400": "-300.00", "1776": "-57.00"})

    def test_another_tenant_without_books_has_nothing_noted(self, scene: Scene, access: Access) -> None:
        scene.declared(CONTRACT).delivers("2026-01-05 10 100")
        self.opened_and_posted(scene, opening=True)
        other = Scene(access, scene.database, tenant=2).declared(CONTRACT)
        other.delivers("2026-01-05 10 100")
        other.bills("2026-02-01")
        assert self.opened_and_posted(scene, tenant=2) == Posted()
        assert self.opened_and_posted(scene) == Posted()
