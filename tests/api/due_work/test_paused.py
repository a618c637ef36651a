"""What is held back: of a kind, of a contract, or all; by one person for a week, longer by two; caught up in order."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from api.access import identities
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.due_work.tick import look
from api.operations.people import enrol
from api.server.database import Access, Acting, ContradictsStored, Database
from billing.due.pauses import store as pauses
from billing.due.pauses.store import KnownPause, PauseAsked, PauseDone, PauseOver, UnknownPausedContract
from contracts.release.store import OwnWork, releasing
from tests.api.due_work.office import AUTOMATIC, House, instant
from tests.billing.scene import Scene
from tests.build import acts


@pytest.fixture
def house(access: Access, database: Database) -> House:
    scene = Scene(access, database).declared(AUTOMATIC, AUTOMATIC.replace("C-1", "C-2"))
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 40\n2026-03-05 10 20")
    return House(scene, instant("2026-01-15 06:00"))


def paused(house: House, asked: PauseAsked, by: str = "anna") -> KnownPause:
    with house.scene.database.transaction(1) as session:
        return pauses.pause(session, asked, releasing(session, acts(session, by), house.now))


def ended(house: House, number: int) -> None:
    with house.scene.database.transaction(1) as session:
        pauses.end_pause(session, number, releasing(session, acts(session, "anna"), house.now))


@pytest.mark.parametrize(("kind", "contract", "issued"), [
    pytest.param(None, None, [], id="all of it"),
    pytest.param("bill", None, [], id="bills"),
    pytest.param("issue", None, [], id="documents, whatever they are of"),
    pytest.param("correct", None, ["C-1", "C-2"], id="corrections alone"),
    pytest.param(None, "C-1", ["C-2"], id="one contract"),
    pytest.param("issue", "C-1", ["C-2"], id="documents of one contract"),
    pytest.param("deliver", "C-1", ["C-1", "C-2"], id="what is sent of it"),
])  # fmt: skip
def test_what_is_held_back_is_not_done_and_all_else_is(
    house: House, kind: str | None, contract: str | None, issued: list[str]
) -> None:
    house.now = instant("2026-02-02 06:00")
    paused(house, PauseAsked("a look", kind, contract))
    house.ticks()
    assert [of for of, _ in house.issued()] == issued


def test_what_was_held_back_is_caught_up_in_order(house: House) -> None:
    house.now = instant("2026-02-01 06:00")
    pause = paused(house, PauseAsked("a look", "issue", "C-1"))
    with house.scene.database.transaction(1) as session:
        pauses.release_pause(session, pause.number, releasing(session, acts(session, "bert"), house.now))
    for day in ("2026-02-02", "2026-03-02", "2026-04-02"):
        house.ticks(f"{day} 06:00")
    assert [of for of, _ in house.issued()] == ["C-2"] * 3
    ended(house, pause.number)
    house.ticks("2026-04-03 06:00")
    assert house.issued()[3:] == [("C-1", f"2026-0{month}-01") for month in (1, 2, 3)]


def test_a_run_of_a_person_over_everything_leaves_it(house: House) -> None:
    house.now = instant("2026-02-02 06:00")
    paused(house, PauseAsked("a look", "bill", "C-1"))
    house.scene.bills("2026-02-02")
    assert house.issued() == [("C-2", "2026-01-01")]


def test_it_is_seen_in_a_look_that_nothing_of_it_is_due(house: House) -> None:
    """Else each tick would begin a run that finds nothing."""
    house.ticks("2026-02-02 06:00")
    house.now = instant("2026-03-02 06:00")
    paused(house, PauseAsked("a look"))
    assert look(house.scene.database, house.now) == []


class TestHowLong:
    def test_alone_for_a_week_at_most(self, house: House) -> None:
        pause = paused(house, PauseAsked("a look", until=house.now + timedelta(days=30)))
        assert pause.ends_at == house.now + timedelta(days=7)
        house.ticks("2026-02-02 06:00")
        assert len(house.issued()) == 2

    def test_as_long_as_it_says_once_another_has_released_it(self, house: House) -> None:
        pause = paused(house, PauseAsked("a look"))
        with house.scene.database.transaction(1) as session:
            done = pauses.release_pause(session, pause.number, releasing(session, acts(session, "bert"), house.now))
        assert done.ends_at is None
        house.ticks("2026-02-02 06:00")
        assert house.issued() == []

    def test_nobody_releases_their_own(self, house: House) -> None:
        pause = paused(house, PauseAsked("a look"))
        with pytest.raises(OwnWork), house.scene.database.transaction(1) as session:
            pauses.release_pause(session, pause.number, releasing(session, acts(session, "anna"), house.now))

    def test_the_database_holds_to_it(self, house: House) -> None:
        """One who writes the row with no operation between changes nothing of it."""
        with house.scene.database.transaction(1) as session:
            anna = number_of(session, "Ines")
        with house.scene.database.transaction(1, acting=Acting(anna, "owner")) as session:
            pause = pauses.pause(session, PauseAsked("a look"), releasing(session, "Ines", house.now))
        with (
            pytest.raises(ContradictsStored),
            house.scene.database.transaction(1, acting=Acting(anna, "owner")) as session,
        ):
            session.execute(
                text("update due_pause set released_by = 'bert', released_at = now() where id = :number"),
                {"number": pause.number},
            )

    def test_it_ends_by_itself_when_it_says(self, house: House) -> None:
        house.now = instant("2026-02-02 06:00")
        paused(house, PauseAsked("a look", until=instant("2026-02-02 07:00")))
        house.ticks("2026-02-02 06:59")
        assert house.issued() == []
        house.ticks("2026-02-02 07:00")
        assert len(house.issued()) == 2


def number_of(session: Session, name: str) -> int:
    enrol(session, NewIdentity(name, Role.OWNER), at=instant("2026-01-01 00:00"))
    return identities.find(session, name).id


class TestRefused:
    def test_a_contract_that_there_is_not(self, house: House) -> None:
        with pytest.raises(UnknownPausedContract):
            paused(house, PauseAsked("a look", contract="C-9"))

    def test_an_end_that_is_past(self, house: House) -> None:
        with pytest.raises(PauseOver):
            paused(house, PauseAsked("a look", until=house.now))

    def test_what_is_ended_is_ended_once(self, house: House) -> None:
        pause = paused(house, PauseAsked("a look"))
        ended(house, pause.number)
        with pytest.raises(PauseDone):
            ended(house, pause.number)


def test_contracts_that_are_billed_together_wait_together(access: Access, database: Database) -> None:
    together = AUTOMATIC.replace("settings: {", "settings: {document: consolidated, ")
    scene = Scene(access, database).declared(together, together.replace("C-1", "C-2"))
    scene.delivers("2026-01-05 10 60")
    house = House(scene, instant("2026-02-02 06:00"))
    pause = paused(house, PauseAsked("a look", contract="C-1"))
    house.ticks()
    assert house.issued() == []
    ended(house, pause.number)
    house.ticks("2026-02-02 07:00")
    assert len({invoice.row.within_id for invoice in scene.invoices()}) == 1


def test_one_tenants_pause_is_no_other_tenants(house: House) -> None:
    other = Scene(house.scene.access, house.scene.database, tenant=2).declared(AUTOMATIC)
    other.delivers("2026-01-05 10 10")
    house.now = instant("2026-02-02 06:00")
    paused(house, PauseAsked("a look"))
    house.ticks()
    assert (house.issued(), len(other.invoices())) == ([], 1)
