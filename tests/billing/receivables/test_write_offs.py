"""Write-offs: prepared by one, released by another, in the program and in the database whatever asks it."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.people import create_identity
from api.server.database import SYSTEM, Access, Acting, ContradictsStored, Database, PersonNeeded, act
from api.server.embedded import EmbeddedServer
from api.server.provision import administering
from billing.receivables.allocating import AllocationOfNothing, AmountNotRounded, MoreThanOpen
from billing.receivables.payment_query import WriteOffQuery, WriteOffState
from billing.receivables.standing import PaymentState
from billing.receivables.write_offs import UnknownWriteOff, WriteOffReleased, waiting_write_offs, write_offs
from contracts.release.store import OwnWork
from tests.billing.receivables.books import FURTHER, books, further, opened
from tests.build import NOON, acts
from tests.conftest import application_pool, world_copy

FIRST = "2026-000001"


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)
    further(access, FURTHER)


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    with world_copy(server, "documents to write off", _fill, request.node.nodeid) as (access, _):
        yield access


@pytest.fixture
def database(access: Access) -> Iterator[Database]:
    with application_pool(access) as pool:
        yield pool


def limited(access: Access, amount: str, currency: str = "EUR") -> None:
    with administering(access.administrator) as connection:
        connection.execute(text("set session_replication_role = replica"))
        connection.execute(
            text("""insert into four_eyes_limit (tenant, operation, amount, currency, reason, by, at, released_by, released_at)
                    values (1, 'write_off', :amount, :currency, 'small', 'anna', now(), 'bert', now())"""),
            {"amount": Decimal(amount), "currency": currency},
        )


class TestTwoPeople:
    def test_it_counts_once_another_has_released_it(self, database: Database) -> None:
        with books(database) as book:
            waits = book.writes_off("178.50")
            assert waits.released_by is None
            assert book.stands().state is PaymentState.ISSUED
            assert [one.id for one in waiting_write_offs(book.session)] == [waits.id]
            with pytest.raises(OwnWork):
                book.releases(waits.id, by="anna")
            released = book.releases(waits.id)
            assert (released.released_by, str(released.counts_on)) == ("bert", "2026-02-05")
            assert (book.stands().state, book.stands().written_off) == (PaymentState.WRITTEN_OFF, Decimal("178.50"))
            with pytest.raises(WriteOffReleased):
                book.releases(waits.id)
            assert waiting_write_offs(book.session) == []

    def test_of_a_part_the_rest_is_still_to_be_paid(self, database: Database) -> None:
        with books(database) as book:
            book.releases(book.writes_off("78.50").id)
            assert (book.stands().state, book.stands().open) == (PaymentState.PARTLY_PAID, Decimal("100.00"))
            book.pays("100.00", (FIRST, "100.00"))
            assert book.stands().state is PaymentState.WRITTEN_OFF

    def test_what_is_paid_meanwhile_is_not_written_off(self, database: Database) -> None:
        with books(database) as book:
            waits = book.writes_off("178.50")
            book.pays("1.00", (FIRST, "1.00"))
            with pytest.raises(MoreThanOpen):
                book.releases(waits.id)

    def test_it_is_taken_back_by_two_where_the_money_comes_after_all(self, database: Database) -> None:
        with books(database) as book:
            book.releases(book.writes_off("178.50").id)
            with pytest.raises(MoreThanOpen):
                book.pays("178.50", (FIRST, "178.50"))
            with pytest.raises(MoreThanOpen):
                book.writes_off("-178.51")
            back = book.writes_off("-178.50")
            assert book.stands().state is PaymentState.WRITTEN_OFF
            book.releases(back.id)
            book.pays("178.50", (FIRST, "178.50"))
            assert book.stands().state is PaymentState.PAID

    def test_a_credit_note_that_nobody_claims(self, database: Database) -> None:
        with books(database) as book:
            book.releases(book.writes_off("-47.60", "X-3").id)
            assert book.stands("X-3").state is PaymentState.WRITTEN_OFF

    @pytest.mark.parametrize(("amount", "refusal"), [
        ("178.51", MoreThanOpen), ("0", AllocationOfNothing), ("1.001", AmountNotRounded), ("-1", MoreThanOpen),
    ])  # fmt: skip
    def test_of_no_amount_that_cannot_be(self, database: Database, amount: str, refusal: type[Exception]) -> None:
        with books(database) as book, pytest.raises(refusal):
            book.writes_off(amount)

    def test_of_nothing_that_there_is_not(self, database: Database) -> None:
        with books(database) as book, pytest.raises(UnknownWriteOff):
            book.releases(99)

    def test_a_customer_sees_none_that_waits(self, database: Database) -> None:
        with books(database) as book:
            book.writes_off("1.00")
            released = book.releases(book.writes_off("2.00").id)
            seen = write_offs(book.session, WriteOffQuery(state=WriteOffState.ANY), as_customer=True)
            assert [one.id for one in seen.rows] == [released.id]


class TestALimit:
    def test_lets_one_write_off_so_much_of_a_document_in_all(self, access: Access, database: Database) -> None:
        """Up to 10: 6 and 4 are small, a cent more is not, however it is cut."""
        limited(access, "10")
        with books(database) as book:
            assert book.writes_off("6.00").released_by == "anna"
            assert book.writes_off("4.00").released_by == "anna"
            assert book.writes_off("0.01").released_by is None
            assert book.writes_off("10.00", "X-1").released_by == "anna"

    def test_in_another_currency_lets_nobody(self, access: Access, database: Database) -> None:
        limited(access, "10", "USD")
        with books(database) as book:
            assert book.writes_off("1.00").released_by is None

    def test_lets_nobody_take_back_what_two_have_written_off(self, access: Access, database: Database) -> None:
        limited(access, "10")
        with books(database) as book:
            book.releases(book.writes_off("50.00").id)
            assert book.writes_off("-5.00").released_by is None

    def test_no_limit_and_no_second_person_where_four_eyes_are_off(self, access: Access, database: Database) -> None:
        with administering(access.administrator) as connection:
            connection.execute(text("update tenant set four_eyes_off = '{}' where id = 1"))
        with books(database) as book:
            assert book.writes_off("178.50").released_by == "anna"


PREPARED = """insert into write_off (invoice_id, customer_id, amount, reason, prepared_by, prepared_at{})
              select id, customer_id, 50, 'r', 'x', now(){} from invoice where number = '2026-000001'"""
RELEASED = "update write_off set released_by = 'bert', released_at = now(), counts_on = '2026-02-05'"


class TestTheDatabaseItself:
    """Statements of SQL that the program would refuse; the names that they state are not believed."""

    def test_one_person_releases_nothing_of_its_own(self, database: Database) -> None:
        with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"), books(database) as book:
            book.session.execute(text(PREPARED.format("", "")))
            book.session.execute(text(RELEASED))

    def test_nor_at_once(self, database: Database) -> None:
        both = PREPARED.format(", released_by, released_at, counts_on", ", 'bert', now(), '2026-02-05'")
        with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"), books(database) as book:
            book.session.execute(text(both))

    def test_a_program_releases_nothing(self, database: Database) -> None:
        with books(database) as book:
            book.writes_off("50.00")
        with pytest.raises(ContradictsStored, match="somebody_acts"), database.transaction(1) as session:
            session.execute(text(RELEASED))
        with pytest.raises(PersonNeeded), database.transaction(1) as session:
            act(session, SYSTEM)
            program = NewIdentity("robot", Role.FINANCE, IdentityKind.PROGRAM)
            act(session, Acting(create_identity(session, program, at=NOON).id, Role.FINANCE.value))
            session.execute(text(RELEASED))

    def test_what_is_released_never_changes(self, database: Database) -> None:
        with books(database) as book:
            book.releases(book.writes_off("50.00").id)
        with pytest.raises(ContradictsStored, match="released_never_changes"), books(database) as book:
            acts(book.session, "carl")
            book.session.execute(text(RELEASED))

    @pytest.mark.parametrize("role", [Role.CONTRACT_MANAGER, Role.CUSTOMER, Role.AUDITOR])
    def test_who_may_not_writes_nothing(self, database: Database, role: Role) -> None:
        with database.transaction(1) as session:
            act(session, SYSTEM)
            party = "Blechwerke" if role is Role.CUSTOMER else None
            number = create_identity(session, NewIdentity("Karl", role, party=party), at=NOON).id
            key = (
                session.execute(text("select id from party where name = 'Blechwerke'")).scalar_one() if party else None
            )
        with (
            pytest.raises(Exception, match=r"row-level security|permission denied"),
            database.transaction(1, key, acting=Acting(number, role.value)) as session,
        ):
            session.execute(text(PREPARED.format("", "")))
