"""Money moves by two: the ways in which one person alone could move it, each refused by the database itself.

Written down before any of them was closed:

     1  take another name from the environment (LOGNAME), and release one's own (tests/api/access/test_login.py)
     2  put a temporary table ``tenant`` before the real one, in which four eyes are off (test_four_eyes.py)
     3  release one's own version, value of an index or edit, one by one or in bulk
     4  waive a charge: of a dispute that one accepted, raised oneself, or found waiting
     5  withdraw readings that are billed
     6  correct them by a file, with a reason of one's own
     7  exchange or reset the counter, with invented reads
     8  estimate what is missing of a time that is billed
     9  declare the fleet again: another multiplier, unit or modulus, another site; another approval of a meter
    10  prepare a statement as somebody else (``prepared_by`` was free text), and submit it
    11  verify what one has prepared or submitted
    12  sign for the customer (``person`` was free text)
    13  link an index to another one (``update index_series set links``)
    14  make a second person, and release as that one
    15  make a second key of a colleague, and act as that one
    16  make a program that delivers as a meter, whose corrections count at once
    17  disable the other owner, so that nobody else is left to be asked
    18  enable somebody who is disabled, or a key that is revoked
    19  switch four eyes off
    20  set a limit below which one is enough
    21  act as nobody (``app.identity`` not stated), or as somebody who is disabled or waits for a release
    22  write to the database what only a release may: who accepted, who countersigned, another role

Each is tried here in a transaction that states the person, as the application's own role, past all that the program
refuses earlier; how the doors answer is in tests/api/access/test_money_at_the_doors.py.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session

from api.access.roles import Role
from api.server.database import Access, Acting, Database, act
from api.server.embedded import EmbeddedServer
from metering.deliveries import store as deliveries
from metering.deliveries.receipt import Sender
from metering.quality.estimation.store import estimate
from quantities.period import Period
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import a_key, meters
from tests.conftest import fresh_database

MACHINE = '  - {name: machine, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}}\n'
INDICES = """insert into index_series (name, title, source, base, kind, links) values
             ('CPI', '', '', '', 'index', '[]'), ('PPI', '', '', '', 'index', '[]')"""


def build(access: Access) -> None:
    """Anna and Bert are owners, Carla is of the finance department; January is billed, and all three could act."""
    with closing(Database(access.app)) as database:
        with database.transaction(1) as session:
            meters(session)
        for name, role in (("anna", Role.OWNER), ("bert", Role.OWNER), ("carla", Role.FINANCE), ("dora", Role.OWNER)):
            a_key(access, 1, role, name)
        scene = Scene(access, database).declared(CONTRACT + MACHINE)
        a_key(access, 1, Role.CUSTOMER, "kern", party="Blechwerke")
        scene.as_superuser("update identity set disabled_at = now() where name = 'dora'")
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 70\n2026-01-05 13 80")
        scene.delivers("2026-01-01 00 100\n2026-01-20 00 160\n2026-02-01 00 190", register="hours")
        scene.bills("2026-02-02")
        with database.transaction(1) as session:
            session.execute(text(INDICES))


@dataclass
class Room:
    """The database in which one person is alone; what is done there is undone after the test."""

    session: Session

    def does(self, who: str | None, *work: str | Callable[[Session], Any]) -> None:
        """Let somebody do something as if in a transaction of its own, past the program; ``None``: nobody is stated."""
        number = None if who is None else self.value(f"select id from identity where name = '{who}'")
        with self.session.begin_nested():
            act(self.session, Acting(number, Role.OWNER.value))
            for step in work:
                self.session.execute(text(step)) if isinstance(step, str) else step(self.session)
            self.session.flush()
            self.session.execute(text("set constraints all immediate"))  # as at the commit
        self.session.execute(text("set constraints all deferred"))

    def refuses(self, constraint: str, who: str | None, *work: str | Callable[[Session], Any]) -> None:
        with pytest.raises((IntegrityError, psycopg.IntegrityError)) as refused:
            self.does(who, *work)
        refusal = refused.value.orig if isinstance(refused.value, IntegrityError) else refused.value
        assert isinstance(refusal, psycopg.IntegrityError)
        assert refusal.diag.constraint_name == constraint, refusal

    def denies(self, who: str, statement: str) -> None:
        """The application has no such right at all."""
        with pytest.raises(ProgrammingError, match="permission denied"):
            self.does(who, statement)

    def value(self, query: str) -> Any:
        return self.session.execute(text(query)).scalar_one_or_none()


@pytest.fixture(scope="module")
def filled(server: EmbeddedServer) -> Iterator[Database]:
    with fresh_database(server, "one person alone") as access:
        build(access)
        with closing(Database(access.app)) as database:
            yield database


@pytest.fixture
def room(filled: Database) -> Iterator[Room]:
    with filled.transaction(1) as session:
        yield Room(session)
        session.rollback()


DISABLED_BERT = "update identity set disabled_at = now() where name = 'bert'"
JANUARY_5 = Period(on("2026-01-05"), on("2026-01-06"))
FEBRUARY = Period(on("2026-02-05"), on("2026-02-06"))


def sender(by: str = "anna") -> Sender:
    return Sender("by hand", by, on("2026-03-01"), "because")


def withdrawn(session: Session) -> None:
    deliveries.withdraw(session, sender(), "kwh", JANUARY_5)


def exchanged(serial: str | None) -> Callable[[Session], object]:
    reads: dict[str, Any] = {"closing": 170, "opening": 0}
    return lambda session: deliveries.exchange(session, sender(), "hours", on("2026-01-25"), serial=serial, **reads)


def estimated(session: Session) -> None:
    estimate(session, sender(), "kwh", Period(on("2026-01-05"), on("2026-01-05").replace(hour=13)))


#: As plainly as it can be written: a batch, its range, and a row of the log; it lies about what it corrects.
CORRECTED = (
    """create temporary table mine on commit drop as
       select s.id as series, open_batch() as batch from series s join register r on r.id = s.register_id where r.key = 'kwh'""",
    """insert into batch (id, kind, source, recorded_by, recorded_at, payload_sha256, stored, corrected, unchanged, refused)
       select batch, 'import', 'x', 'the meter', now(), '', 1, 0, 0, 0 from mine""",
    """insert into batch_touch (series, batch, start, "end", corrected)
       select series, batch, '2026-01-05 09:00Z', '2026-01-05 10:00Z', 0 from mine""",
    "grant select on mine to usufruct_load",
    "set local role usufruct_load",
    """insert into public.reading (series, start, "end", batch, line, quality, value)
       select series, '2026-01-05 09:00Z', '2026-01-05 10:00Z', batch, 1, 0, 1 from mine""",
    "set local role none",
)


class TestBilledReadings:
    """5, 6, 7, 8: what a bill rests on is corrected by its meter, or by two."""

    @pytest.mark.parametrize("who", ["anna", "carla", None, "dora"])
    @pytest.mark.parametrize("work", [
        pytest.param((withdrawn,), id="withdrawn"),
        pytest.param((exchanged("S2"),), id="exchanged"),
        pytest.param((exchanged(None),), id="reset"),
        pytest.param((estimated,), id="estimated"),
    ])  # fmt: skip
    def test_nobody_corrects_them_alone(self, room: Room, who: str | None, work: tuple[Any, ...]) -> None:
        room.refuses("billed_is_corrected_by_two", who, *work)
        assert room.value("select count(*) from batch where kind not in ('import')") == 0

    def test_not_by_plain_statements_that_lie_about_it_either(self, room: Room) -> None:
        room.refuses("billed_is_corrected_by_two", "anna", *CORRECTED)

    def test_not_by_stating_another_tenant_before_the_commit(self, room: Room) -> None:
        room.refuses("billed_is_corrected_by_two", "anna", withdrawn, "select set_config('app.tenant', '', true)")

    def test_a_meter_corrects_itself_at_once(self, room: Room) -> None:
        room.does(None, meters, withdrawn)
        assert room.value("select count(*) from batch where kind = 'withdrawal'") == 1

    def test_what_no_bill_rests_on_waits_for_nobody(self, room: Room) -> None:
        room.does("anna", lambda session: deliveries.withdraw(session, sender(), "kwh", FEBRUARY))

    def test_where_four_eyes_are_off_one_is_enough(self, room: Room) -> None:
        room.does("bert", DISABLED_BERT)
        room.does("anna", SWITCHED, withdrawn)


class TestTheFleet:
    """9: what a register counts is declared once."""

    @pytest.mark.parametrize("statement", [
        "update register set multiplier = 2", "update register set unit = 'MWh'", "update register set modulus = 100",
        "update register set interval_minutes = 15", "update register set traits = '{\"signed\": true}'",
        "update register set kind = 'event'", "update site set zone = 'Asia/Tokyo'", "update series set dimensions = '{\"a\": \"b\"}' where id = 1",
    ])  # fmt: skip
    def test_nobody_declares_it_otherwise(self, room: Room, statement: str) -> None:
        room.refuses("declared_once", "anna", statement)

    def test_nobody_approves_a_meter_alone_on_which_bills_rest(self, room: Room) -> None:
        room.refuses("two_pairs_of_eyes", "anna", "update meter set approved_until = '2026-01-02'")

    def test_names_checks_and_profiles_are_no_counting(self, room: Room) -> None:
        room.does("anna", """update register set traits = '{"checks": []}', aliases = '{x}' where key = 'kwh'""")


ACCEPTED = "update dispute set accepted_by = 'x', accepted_at = now()"
FIRST = "update dispute set waiver_by = 'x', waiver_at = now()"
WAIVED = "update dispute set outcome = 'waived', settled_by = 'x', settled_at = now(), accepted_by = coalesce(accepted_by, 'x'), accepted_at = coalesce(accepted_at, now())"
RAISED = """insert into dispute (contract_id, customer_id, charge, first, after_last, reason, raised_by, raised_at)
            select id, customer_id, 'fee', '2026-01-01', '2026-02-01', 'x', 'x', now() from contract"""


class TestDisputes:
    """4, 22: a waiver is two people's of the supplier."""

    def test_who_accepted_it_does_not_waive_it(self, room: Room) -> None:
        room.does("anna", RAISED, ACCEPTED)
        room.refuses("two_pairs_of_eyes", "anna", WAIVED)
        room.does("bert", WAIVED)

    def test_who_waived_it_first_does_not_waive_it_again(self, room: Room) -> None:
        room.does("anna", RAISED, FIRST)
        room.refuses("two_pairs_of_eyes", "anna", WAIVED)
        room.refuses("settled_never_changes", "bert", FIRST)
        room.does("bert", WAIVED)

    def test_one_who_raises_it_accepts_it_and_waives_it_is_one(self, room: Room) -> None:
        room.refuses("two_pairs_of_eyes", "anna", RAISED, ACCEPTED, FIRST, WAIVED)

    @pytest.mark.parametrize(
        ("who", "constraint"), [(None, "somebody_acts"), ("dora", "somebody_acts"), ("kern", "a_person_releases")]
    )
    def test_only_a_person_of_the_supplier_is_the_second(self, room: Room, who: str | None, constraint: str) -> None:
        room.does("anna", RAISED, ACCEPTED)
        room.refuses(constraint, who, WAIVED)

    def test_nobody_is_not_the_first(self, room: Room) -> None:
        room.does(None, RAISED, ACCEPTED)
        room.refuses("two_pairs_of_eyes", "anna", WAIVED)

    def test_nobody_writes_who_the_first_was(self, room: Room) -> None:
        bert = room.value("select id from identity where name = 'bert'")
        room.refuses(
            "two_pairs_of_eyes", "anna",
            RAISED.replace("raised_at)", "raised_at, accepted_by, accepted_at, accepted_identity)").replace("now() from", f"now(), 'bert', now(), {bert} from"),
            WAIVED,
        )  # fmt: skip
        room.denies("anna", f"update dispute set accepted_identity = {bert}")

    def test_what_is_due_is_one_persons_word(self, room: Room) -> None:
        room.does("anna", RAISED, ACCEPTED, "update dispute set outcome = 'due', settled_by = 'x', settled_at = now()")

    def test_a_small_one_is_one_persons_below_the_limit_that_two_set(self, room: Room) -> None:
        limit = "insert into four_eyes_limit (operation, amount, currency, reason, by, at) values ('dispute_waived', {}, 'EUR', 'x', 'x', now())"
        released = "update four_eyes_limit set released_by = 'x', released_at = now() where released_at is null"
        room.does("anna", RAISED, ACCEPTED, limit.format("99.99"))
        room.does("bert", released)
        room.refuses("two_pairs_of_eyes", "anna", WAIVED)  # the fee of January is 100
        room.does("anna", limit.format("100"))
        room.refuses("two_pairs_of_eyes", "anna", WAIVED)  # it waits
        room.does("bert", released)
        room.does("anna", WAIVED)

    def test_what_is_not_billed_yet_has_no_amount(self, room: Room) -> None:
        room.does(
            "anna",
            "insert into four_eyes_limit (operation, amount, currency, reason, by, at) values ('dispute_waived', 1000, 'EUR', 'x', 'x', now())",
        )
        room.does("bert", "update four_eyes_limit set released_by = 'x', released_at = now()")
        room.does("anna", RAISED.replace("2026-02-01", "2026-02-02"), ACCEPTED)
        room.refuses("two_pairs_of_eyes", "anna", WAIVED)


STATED = """insert into statement (contract_id, customer_id, version_id, first, after_last, watermark, prepared_by, prepared_at, content)
            select contract_id, customer_id, id, '2026-01-01', '2027-01-01', 1, 'bert', now(), '{}' from contract_version"""


def step(name: str, person: str, more: str = "", value: str = "") -> str:
    return f"""insert into statement_step (statement_id, customer_id, step, party, person, recorded_by, at, charges, note{more})
               select id, customer_id, '{name}', 'x', '{person}', 'x', now(), '{{}}', ''{value} from statement"""


PAPER = (", on_paper", ", true")
CONFIRMED = "update statement_step set countersigned_by = 'x', countersigned_at = now() where countersigned_by is null and on_paper"


class TestStatements:
    """10, 11, 12, 22: who signs, signs for himself; on paper two enter it."""

    def test_who_prepares_it_does_not_submit_it_whatever_name_is_written(self, room: Room) -> None:
        room.does("anna", STATED)
        assert room.value("select prepared_by from statement") == "anna"
        room.refuses("two_pairs_of_eyes", "anna", step("submitted", "anna"))
        room.does("bert", step("submitted", "bert"))

    @pytest.mark.parametrize("who", ["anna", "bert"])
    def test_who_prepared_or_submitted_it_does_not_verify_it(self, room: Room, who: str) -> None:
        room.does("anna", STATED)
        room.does("bert", step("submitted", "bert"))
        room.refuses("two_pairs_of_eyes", who, step("verified", who))
        room.does("carla", step("verified", "carla"))

    @pytest.mark.parametrize("name", ["agreed", "disputed"])
    @pytest.mark.parametrize(("who", "person"), [("bert", "kern"), ("bert", "bert"), ("carla", "kern")])
    def test_nobody_of_the_supplier_answers_for_the_customer(
        self, room: Room, name: str, who: str, person: str
    ) -> None:
        room.does("anna", STATED)
        room.refuses("signs_for_oneself", who, step(name, person))

    def test_the_customer_answers_in_its_own_name_and_submits_nothing(self, room: Room) -> None:
        room.does("anna", STATED)
        room.refuses("signs_for_oneself", "kern", step("agreed", "bert"))
        room.refuses("signs_for_oneself", "kern", step("submitted", "kern"))
        room.refuses("signs_for_oneself", "kern", step("agreed", "kern", *PAPER))
        room.does("kern", step("agreed", "kern"))

    def test_what_is_on_paper_counts_once_another_has_confirmed_it(self, room: Room) -> None:
        room.does("anna", STATED)
        room.does(
            "bert", step("agreed", "Frau Kern", ", on_paper, countersigned_by, countersigned_at", ", true, 'x', now()")
        )
        assert room.value("select countersigned_by from statement_step") is None
        room.refuses("two_pairs_of_eyes", "bert", CONFIRMED)
        room.refuses("two_pairs_of_eyes", "kern", CONFIRMED)
        room.refuses("somebody_acts", None, CONFIRMED)
        room.does("carla", CONFIRMED)
        room.refuses("released_never_changes", "anna", CONFIRMED.replace("countersigned_by is null and ", ""))

    def test_what_was_not_on_paper_is_not_confirmed(self, room: Room) -> None:
        room.does("anna", STATED)
        room.does("kern", step("agreed", "kern"))
        room.refuses(
            "released_never_changes", "bert", CONFIRMED.replace("countersigned_by is null and on_paper", "true")
        )


LINKED = 'update index_series set new_links = \'[{"index": "PPI", "factor": "2"}]\', linked_by = \'x\', linked_at = now() where name = \'CPI\''
RELEASED = "update index_series set links = new_links, new_links = null where new_links is not null"


class TestLinks:
    """13: an index is linked to another one by two."""

    def test_nobody_links_alone(self, room: Room) -> None:
        room.refuses(
            "two_pairs_of_eyes",
            "anna",
            'update index_series set links = \'[{"index": "PPI", "factor": "2"}]\' where name = \'CPI\'',
        )
        room.refuses("two_pairs_of_eyes", "anna", LINKED, RELEASED)
        room.refuses(
            "two_pairs_of_eyes",
            "anna",
            INDICES.replace("'PPI', '', '', '', 'index', '[]'", "'EPI', '', '', '', 'index', '[{}]'").replace(
                "'CPI'", "'GPI'"
            ),
        )
        room.does("anna", LINKED)
        room.refuses("two_pairs_of_eyes", "anna", RELEASED)
        room.refuses("somebody_acts", None, RELEASED)
        room.does("carla", RELEASED)

    def test_another_releases_what_waits_and_nothing_else(self, room: Room) -> None:
        room.does("anna", LINKED)
        room.refuses(
            "two_pairs_of_eyes",
            "carla",
            'update index_series set links = \'[{"index": "PPI", "factor": "3"}]\', new_links = null where name = \'CPI\'',
        )


def new(name: str, role: str, kind: str = "person", party: str = "null") -> str:
    return f"""insert into identity (kind, name, role, party, created_at, released_at, created_identity)
               values ('{kind}', '{name}', '{role}', {party}, now(), now(), 1)"""


RELEASE = "update identity set released_at = now() where name = 'eve'"


class TestPeople:
    """14, 15, 16, 17, 18, 21, 22: who could move money is made by two, once there are two."""

    @pytest.mark.parametrize(("role", "kind"), [
        ("owner", "person"), ("contract_manager", "person"), ("finance", "person"), ("meter", "program"), ("owner", "program"),
    ])  # fmt: skip
    def test_whom_one_makes_another_releases(self, room: Room, role: str, kind: str) -> None:
        room.does("anna", new("eve", role, kind))
        assert room.value("select disabled_at = created_at and released_at is null from identity where name = 'eve'")
        room.refuses("two_pairs_of_eyes", "anna", RELEASE)
        room.refuses("a_person_releases", "carla", RELEASE)
        room.refuses("somebody_acts", "eve", RELEASE)
        room.refuses("somebody_acts", None, RELEASE)
        room.refuses("released_never_changes", "anna", "update identity set disabled_at = null where name = 'eve'")
        room.does("bert", RELEASE)
        assert room.value("select disabled_at is null from identity where name = 'eve'")

    def test_a_customers_person_made_by_the_supplier_waits_too(self, room: Room) -> None:
        room.does("anna", new("eve", "customer", party="(select id from party where name = 'Blechwerke')"))
        room.refuses("two_pairs_of_eyes", "anna", RELEASE)

    def test_who_only_reads_waits_for_nobody(self, room: Room) -> None:
        room.does("anna", new("eve", "auditor"))
        assert room.value("select disabled_at is null from identity where name = 'eve'")

    def test_who_waits_is_nobody(self, room: Room) -> None:
        room.does("anna", new("eve", "owner"), RAISED, ACCEPTED)
        room.refuses("somebody_acts", "eve", WAIVED)

    def test_a_program_made_by_oneself_is_no_meter(self, room: Room) -> None:
        room.does("anna", new("eve", "meter", "program"))
        room.refuses("billed_is_corrected_by_two", "eve", withdrawn)

    def test_an_account_that_tells_nobody_from_another_makes_nobody(self, room: Room) -> None:
        room.does(None, new("root", "owner", "account"))
        room.refuses("a_person_prepares", "root", new("eve", "owner"))

    @pytest.mark.parametrize("whose", ["bert", "carla"])
    def test_a_key_that_one_makes_for_another_works_once_a_third_has_released_it(self, room: Room, whose: str) -> None:
        made = f"""insert into credential (key_sha256, id, identity, created_at, released_at)
                   select '\\x00', 'usu_eve', id, now(), now() from identity where name = '{whose}'"""
        valid = "select revoked_at is null from bearer_of('\\x00')"
        release = "update credential set released_at = now() where id = 'usu_eve'"
        room.does("anna", made)
        assert room.value(valid) is False
        room.refuses("two_pairs_of_eyes", "anna", release)
        room.refuses("released_never_changes", "anna", "update credential set revoked_at = null where id = 'usu_eve'")
        room.does("bert", release)
        assert room.value(valid) is True

    def test_a_key_of_ones_own_is_ones_own(self, room: Room) -> None:
        room.does(
            "anna",
            """insert into credential (key_sha256, id, identity, created_at)
                             select '\\x00', 'usu_own', id, now() from identity where name = 'anna'""",
        )
        assert room.value("select revoked_at is null from bearer_of('\\x00')") is True

    def test_of_two_owners_neither_disables_the_other(self, room: Room) -> None:
        for who in ("anna", "carla", None):
            room.refuses("two_stay", who, DISABLED_BERT)
        room.does("bert", DISABLED_BERT)

    def test_who_is_disabled_stays_so(self, room: Room) -> None:
        room.refuses("released_never_changes", "anna", "update identity set disabled_at = null where name = 'dora'")
        room.does("anna", "update credential set revoked_at = now() where id = (select max(id) from credential)")
        room.refuses(
            "released_never_changes", "anna", "update credential set revoked_at = null where revoked_at is not null"
        )

    @pytest.mark.parametrize(
        "column", ["role = 'owner'", "name = 'x'", "kind = 'person'", "party = null", "created_identity = 1"]
    )
    def test_what_somebody_is_never_changes(self, room: Room, column: str) -> None:
        room.denies("anna", f"update identity set {column}")


SWITCHED = "insert into four_eyes_change (switched_off, by, at, reason) values (true, 'bert', now(), 'x')"
LIMITED = "insert into four_eyes_limit (operation, amount, currency, reason, by, at) values ('dispute_waived', 1000, 'EUR', 'x', 'bert', now())"


class TestTheRuleItself:
    """19, 20: four eyes are switched and limited by two where there are two."""

    @pytest.mark.parametrize(("table", "asked"), [("four_eyes_change", SWITCHED), ("four_eyes_limit", LIMITED)])
    def test_one_asks_and_another_owner_releases(self, room: Room, table: str, asked: str) -> None:
        released = f"update {table} set released_by = 'x', released_at = now()"
        room.does("anna", asked)
        assert room.value(f"select by from {table}") == "anna"
        for who, constraint in (
            ("anna", "two_pairs_of_eyes"),
            ("carla", "a_person_releases"),
            (None, "somebody_acts"),
            ("dora", "somebody_acts"),
        ):
            room.refuses(constraint, who, released)
        assert room.value("select four_eyes_off from tenant where id = 1") is None
        room.does("bert", released)
        room.refuses("released_never_changes", "anna", released)
        assert (room.value("select four_eyes_off->>'by' from tenant where id = 1") == "anna") is (
            table == "four_eyes_change"
        )

    @pytest.mark.parametrize(("table", "asked"), [("four_eyes_change", SWITCHED), ("four_eyes_limit", LIMITED)])
    def test_who_asked_takes_it_back_for_good(self, room: Room, table: str, asked: str) -> None:
        taken_back = f"update {table} set taken_back_at = now()"
        room.does("anna", asked)
        for who in ("bert", "carla", None):
            room.refuses("taken_back_by_its_own", who, taken_back)
        room.refuses("taken_back_by_its_own", "anna", f"{taken_back}, released_by = 'x', released_at = now()")
        room.does("anna", taken_back)
        for statement in (
            f"update {table} set taken_back_at = null",
            f"update {table} set released_by = 'x', released_at = now()",
        ):
            room.refuses("released_never_changes", "bert", statement)
        assert room.value("select four_eyes_off from tenant where id = 1") is None

    def test_nobody_and_no_account_asks(self, room: Room) -> None:
        room.does(None, new("root", "owner", "account"))
        room.refuses("somebody_acts", None, SWITCHED)
        room.refuses("a_person_prepares", "root", SWITCHED)

    @pytest.mark.parametrize("statement", [
        "update tenant set four_eyes_off = '{}'",
        "insert into four_eyes_change (switched_off, by, at, reason, released_by, released_at) values (true, 'x', now(), 'x', 'x', now())",
        "update four_eyes_limit set amount = 9", "delete from four_eyes_change", "delete from four_eyes_limit",
    ])  # fmt: skip
    def test_nobody_writes_past_it(self, room: Room, statement: str) -> None:
        room.denies("anna", statement)

    def test_where_there_is_one_owner_it_takes_effect_at_once(self, room: Room) -> None:
        room.does("bert", DISABLED_BERT)
        room.does("anna", SWITCHED)
        assert room.value("select four_eyes_off->>'reason' from tenant where id = 1") == "x"
