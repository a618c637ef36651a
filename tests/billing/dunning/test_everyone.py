"""By schedule: of all tenants whatever is due, and what is refused of one account holds no other."""

from collections.abc import Iterator

import pytest

from api.dunning.everyone import DunningRules, dun_everyone
from api.operations.dunning import send_next_step
from api.server.embedded import EmbeddedServer
from billing.due.pauses.store import PauseAsked, end_pause, pause
from billing.dunning import store
from contracts.release.store import releasing
from quantities.errors import Conflict
from tests.billing.dunning.desk import NUMBER, Desk, opened
from tests.build import acts
from tests.conftest import application_pool, world_copy


class RefusedHere(Conflict):
    """It is refused in this test."""


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Desk]:
    copied = world_copy(server, "a document that is dunned", opened, request.node.nodeid)
    with copied as (access, _), application_pool(access) as pool:
        yield Desk(pool, access)


def test_what_is_due_is_looked_at_once(desk: Desk) -> None:
    desk.at("2026-03-13")
    rules = DunningRules(lambda: desk.now)
    assert dun_everyone(desk.database, rules) == 0
    assert desk.steps() == [("reminder", "2026-03-13")]
    assert dun_everyone(desk.database, rules) == 0
    assert len(desk.steps()) == 1


def test_what_is_refused_is_held_with_its_reason_and_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise RefusedHere("no font has a sign of it")

    desk.at("2026-03-13")
    rules = DunningRules(lambda: desk.now)
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_letter", refused)
        assert dun_everyone(desk.database, rules) == 0
    assert (desk.row().held, desk.steps()) == ("no font has a sign of it", [])
    assert dun_everyone(desk.database, rules) == 0
    assert desk.steps() == []
    desk.at("2026-03-14")
    assert dun_everyone(desk.database, rules) == 0
    assert (desk.row().held, desk.steps()) == ("", [("reminder", "2026-03-14")])


@pytest.mark.parametrize(("kind", "contract"), [("dun", None), (None, "C-1"), ("dun", "C-1")])
def test_what_is_paused_is_not_looked_at_until_the_pause_ends(
    desk: Desk, kind: str | None, contract: str | None
) -> None:
    desk.at("2026-03-13")
    rules = DunningRules(lambda: desk.now)
    with desk.database.transaction(1) as session:
        paused = pause(
            session, PauseAsked("a look", kind, contract), releasing(session, acts(session, "anna"), desk.now)
        )
    assert dun_everyone(desk.database, rules) == 0
    assert desk.steps() == []
    with desk.database.transaction(1) as session:
        end_pause(session, paused.number, releasing(session, acts(session, "anna"), desk.now))
    assert dun_everyone(desk.database, rules) == 0
    assert desk.steps() == [("reminder", "2026-03-13")]


def test_a_step_that_somebody_orders_is_taken_in_a_pause(desk: Desk) -> None:
    desk.at("2026-03-13")
    with desk.database.transaction(1) as session:
        pause(session, PauseAsked("a look"), releasing(session, acts(session, "anna"), desk.now))
    with desk.database.transaction(1) as session:
        send_next_step(session, NUMBER, None, who=acts(session, "bert"), at=desk.now)
    assert desk.steps() == [("reminder", "2026-03-13")]
