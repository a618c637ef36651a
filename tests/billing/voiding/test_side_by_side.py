"""Two at once, and a kill: one wins, and nothing of the other is left behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from api.operations.voiding import release_void
from api.server.database import Access, Database
from billing.invoices.store import DocumentVoid
from billing.receivables.store import record_sending
from billing.voiding.reliance import DocumentSent
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import asked, counting, documents
from tests.build import acts

JANUARY = "2026-000001"
AT = on("2026-02-02")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    asked(scene, JANUARY)
    with scene.database.transaction(1) as session:
        for name in ("anna", "bert", "dora"):
            acts(session, name)
    return scene


def at_once(*acting: Callable[[], object]) -> list[object]:
    """What each came to: what it returned, or how it was refused."""
    barrier = Barrier(len(acting))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Exception as refusal:  # noqa: BLE001 whatever it is, it is compared
            return type(refusal)

    with ThreadPoolExecutor(len(acting)) as pool:
        return list(pool.map(run, acting))


def releasing_by(scene: Scene, name: str) -> Callable[[], object]:
    def act() -> object:
        with scene.database.transaction(1) as session:
            return release_void(session, JANUARY, None, who=acts(session, name), at=AT).state

    return act


def sending(scene: Scene) -> Callable[[], object]:
    def act() -> object:
        with scene.database.transaction(1) as session:
            by = acts(session, "anna")
            return record_sending(session, JANUARY, None, sent_on=None, how="mail", note="", by=by, at=AT).how

    return act


def test_of_two_who_release_one_does(scene: Scene) -> None:
    outcomes = at_once(releasing_by(scene, "bert"), releasing_by(scene, "dora"))
    assert sorted(map(str, outcomes)) == sorted(map(str, ["released", DocumentVoid]))
    scene.bills("2026-02-03")
    assert counting(scene) == [("2026-000002", "158.00")]


@pytest.mark.parametrize("_", range(3))
def test_of_a_release_and_a_sending_one_wins(scene: Scene, _: int) -> None:
    release, sent = at_once(releasing_by(scene, "bert"), sending(scene))
    assert (release, sent) in [("released", DocumentVoid), (DocumentSent, "mail")]
    assert documents(scene)[0][2] is (sent == "mail")


def test_of_a_release_and_a_run_nothing_is_billed_twice(scene: Scene) -> None:
    release, _ = at_once(releasing_by(scene, "bert"), lambda: scene.bills("2026-02-03"))
    assert release == "released"
    scene.bills("2026-02-03")
    assert counting(scene) == [("2026-000002", "158.00")]
    assert scene.replays() == []


def test_a_sending_that_is_not_committed_is_waited_for(scene: Scene) -> None:
    """The database itself: a statement of SQL takes no lock of an account, and its trigger one of the document."""
    with ThreadPoolExecutor(1) as pool:
        with scene.database.transaction(1) as session:
            acts(session, "anna")
            session.execute(
                text("""
                insert into sending (invoice_id, customer_id, sent_on, how, note, recorded_by, recorded_at)
                select id, customer_id, issued_on, 'mail', '', 'x', now() from invoice""")
            )
            release = pool.submit(releasing_by(scene, "bert"))
            with pytest.raises(TimeoutError):
                release.result(timeout=1)
        with pytest.raises(Exception, match="void_before_it_is_sent"):
            release.result(timeout=30)
    assert documents(scene) == [(JANUARY, "158.00", True)]


def test_what_is_killed_before_it_is_committed_was_never_there(scene: Scene) -> None:
    with pytest.raises(Exception, match="cannot be reached"), scene.database.transaction(1) as session:
        release_void(session, JANUARY, None, who=acts(session, "bert"), at=AT)
        own = session.execute(text("select pg_backend_pid()")).scalar_one()
        scene.as_superuser(f"select pg_terminate_backend({own})")
        session.execute(text("select 1"))
    assert documents(scene) == [(JANUARY, "158.00", True)]
    assert scene.bills("2026-02-03").invoices == []
    assert releasing_by(scene, "bert")() == "released"
    scene.bills("2026-02-03")
    assert counting(scene) == [("2026-000002", "158.00")]
