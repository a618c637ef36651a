"""A tick with nothing due is one look: few statements, each part of it by an index, whatever lies in the tables."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from api.due_work.kinds import BY_NAME, KINDS, DueKind, Lane, look_statement
from api.due_work.tick import Ticker, look
from api.server.database import Access, Database
from tests.api.due_work.office import AUTOMATIC, House, instant
from tests.billing.scene import Scene

DUE = import_module("migrations.versions.0051_due_work").DUE
#: Of each kind the indexes by which it is looked for; a table that has a row a tenant, or a row a gateway account, has none.
INDEXES = {
    "plan": {"ix_due_tenant_due_at_planning"},
    "bill": {"ix_due_by_itself"},
    "correct": {"ix_due_by_itself", "ix_fact_touch_unswept", "ix_rating_unswept", "ix_batch_touch_tenant_batch"},
    "deliver": {"ix_delivery_next_at"},
    "collect": {"ix_gateway_order_next_at", "ix_gateway_event_next_at"},
    "poll": set[str](),
    "webhooks": {"ix_notification_unsettled", "ix_webhook_delivery_waiting"},
    "operations": {"ix_operation_open"},
    "seal": {"pk_audit_entry", "pk_audit_seal"},
}


@pytest.fixture
def house(access: Access, database: Database) -> House:
    scene = Scene(access, database).declared(AUTOMATIC)
    scene.delivers("2026-01-05 10 60")
    return House(scene, instant("2026-02-02 06:00"))


def idle(house: House) -> None:
    for _ in range(5):
        house.ticks()
    assert look(house.scene.database, house.now) == []


def test_a_tick_with_nothing_due_costs_one_look(house: House) -> None:
    idle(house)
    statements = list[str]()
    database = house.scene.database
    with house.ticker(works=dict.fromkeys({kind.work for kind in KINDS}, lambda among: 0)) as ticker:
        ticker.tick_through()  # what is done anyway, as often as it says
        real = database.look_up

        def counted(query: str, asked: Mapping[str, object]) -> list[tuple[Any, ...]]:
            statements.append(query)
            return real(query, asked)

        database.look_up = counted  # type: ignore[method-assign]
        event.listen(Engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        turns = ticker.tick_through()
        del database.look_up
    assert turns == 0
    assert statements == [look_statement(KINDS)]


@pytest.mark.parametrize("kind", DUE)
def test_each_kind_is_looked_for_by_its_indexes(house: House, kind: str) -> None:
    asked = re.sub(r"\bone\b", "1", DUE[kind]).replace("prints", "'{}'::jsonb")
    asked = re.sub(r"(?<![\w.])instant\b", "timestamptz '2026-02-02 06:00Z'", asked)
    house.scene.as_superuser("analyze")
    with house.scene.database.transaction(1) as session:
        session.execute(text("set local enable_seqscan = off"))
        session.execute(text("set local enable_bitmapscan = off"))
        session.execute(text("set local enable_sort = off"))
        plan = "\n".join(session.execute(text(f"explain {asked}".replace(":", "\\:"))).scalars())
    named = set(re.findall(r"Index (?:Only )?Scan (?:Backward )?using (\w+)", plan))
    assert named >= INDEXES[kind], plan


def test_what_is_due_is_seen_with_its_kind_its_count_and_since_when(house: House) -> None:
    seen = {one.kind: one for one in look(house.scene.database, instant("2026-01-10 06:00"))}
    assert seen["plan"].many == 1
    house.ticks("2026-01-10 06:00")
    seen = {one.kind: one for one in look(house.scene.database, instant("2026-02-10 06:00"))}
    assert (seen["plan"].many, seen["plan"].earliest) == (1, instant("2026-01-31 23:00"))


def test_a_kind_that_somebody_adds_joins_by_its_row(house: House) -> None:
    """Its own statement says what is due, and its work is called for the tenants of which something is."""
    lending = DueKind(
        "lend", Lane.MONEY, "says", "lend", look="select 1 as tenant, 3 as many, %(now)s::timestamptz as earliest"
    )
    called = []

    def lend(among: object) -> int:
        called.append(among)
        return 0

    with_it = (*KINDS, lending)
    ticker = Ticker(house.scene.database, {"lend": lend}, clock=lambda: house.now, kinds=with_it)
    ticker.tick_through()
    ticker.close()
    assert called == [{1}]


def test_a_kind_waits_for_what_comes_before_it(house: House) -> None:
    lending = DueKind(
        "lend", Lane.MONEY, "says", "lend", after=("plan", "bill"),
        look="select 1 as tenant, 3 as many, %(now)s::timestamptz as earliest",
    )  # fmt: skip
    called = []

    def lend(among: object) -> int:
        called.append(among)
        return 0

    ticker = Ticker(house.scene.database, {"lend": lend}, clock=lambda: house.now, kinds=(*KINDS, lending))
    ticker.tick_through()
    assert called == [], "a bill is due, whoever makes it"
    house.ticks()
    ticker.tick_through()
    ticker.close()
    assert called == [{1}]


def test_kinds_are_in_the_order_of_business() -> None:
    order = [name for name in BY_NAME if name in {"bill", "correct", "deliver", "collect"}]
    assert order == ["bill", "correct", "deliver", "collect"]
