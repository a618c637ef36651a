"""Replay of a value that another series has: it is found again along the links of then, and multiplied again.

A series on a new base goes on from the one on the old base; two links lead there, by two factors.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import create_engine

from api.server.database import Database
from api.server.embedded import EmbeddedServer
from contracts.indexation.lookup import IndexValue
from contracts.indexation.series import Index
from contracts.indexation.store import as_answered, record, release
from contracts.release.store import releasing
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from tests.billing.proof.test_replay_of_everything import World
from tests.billing.scene import FLEET, Scene, agreed, on
from tests.build import acts
from tests.conftest import fresh_database

SERIES = (
    """
index: Wages 2015
values: [{month: 2025-10, value: "120", published: 2025-11-12}, {month: 2026-01, value: "126", published: 2026-02-01}]
""",
    'index: Wages 2020\nlinks: [{index: Wages 2015, factor: "0.9"}]',
    'index: Wages\nlinks: [{index: Wages 2020, factor: "1.1"}]',
)
TERMS = """
contract: C-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
charges:
  - name: fee
    rule: {kind: fixed_fee, amount: "100.00"}
    index:
      clause: {kind: following, terms: [{index: Wages, base_month: 2025-10}], lag_months: "1", every: month, first_review: 2026-02-01}
"""  # fmt: skip
VALUE = "the value of Wages for 2026-01"


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with fresh_database(server, __name__) as access:
        database, superuser = Database(access.app), create_engine(access.administrator)
        try:
            scene = Scene(access, database)
            with database.transaction(1) as session:
                declare(session, parse(Fleet, read(FLEET)))
                for series in SERIES:
                    record(
                        session,
                        parse(Index, read(series)),
                        recorded_by=acts(session, "anna"),
                        recorded_at=on("2025-12-01"),
                    )
                for index in ("Wages 2015", "Wages 2020", "Wages"):
                    release(session, index, releasing(session, acts(session, "bert"), on("2025-12-01")))
                agreed(session, TERMS)
            scene.bills("2026-02-01")
            scene.bills("2026-03-01")
            yield World(scene, superuser, scene.invoices())
        finally:
            database.close()
            superuser.dispose()


def named(world: World, *statements: str) -> list[tuple[str, str, str]]:
    key = world.keys()["C-1 period"]
    return [(each.what, each.stored, each.recomputed) for each in world.named(key, *statements) if each.pos == 0]


def of_rating(world: World, change: str) -> str:
    return f"update rating set inputs = {change} where document_id = {world.keys()['C-1 period']}"


def test_the_value_times_both_factors_is_recorded_and_proves(world: World) -> None:
    """126 × 0.9 × 1.1: two links on, and the row is the one of the series that has the month."""
    (rating,) = world.invoices[-1].ratings
    values = {value.month: str(value.value) for value in rating.inputs.index_values if value.index == "Wages"}
    assert values == {"2025-10": "118.8", "2026-01": "124.74"}
    assert [str(line.net) for line in world.invoices[-1].lines] == ["105.00"]
    assert world.scene.replays() == []


class TestALinkedValue:
    @pytest.mark.parametrize(("change", "difference"), [
        pytest.param(
            "jsonb_set(inputs, '{index,1,value}', '\"124.7400001\"')", (VALUE, "124.7400001", "124.74"),
            id="less than the factor of the price shows",
        ),
        pytest.param(
            "jsonb_set(inputs, '{index,1,value}', '\"126\"')", (VALUE, "126", "124.74"), id="as published, not linked"
        ),
    ])  # fmt: skip
    def test_that_is_changed_in_the_rating_is_named(
        self, world: World, change: str, difference: tuple[str, str, str]
    ) -> None:
        assert named(world, of_rating(world, change)) == [difference]

    def test_that_is_changed_where_it_is_published_is_named(self, world: World) -> None:
        statement = "update index_value set value = 127 where month = '2026-01'"
        assert named(world, statement) == [(VALUE, "124.74", "125.73")]

    @pytest.mark.parametrize("series", ["Wages", "Wages 2020"])
    def test_of_which_the_recorded_factor_is_changed_is_named(self, world: World, series: str) -> None:
        of_series = f"(select id from index_series where name = '{series}')"
        statement = f"update rating_source set token = token || '1' where about = 'links' and subject = {of_series}"
        assert [what for what, _, _ in named(world, statement)] == ["the value of Wages for 2025-10"]

    def test_of_which_the_recorded_link_is_gone_is_named(self, world: World) -> None:
        statement = "delete from rating_source where about = 'links'"
        assert named(world, statement) == [("the value of Wages for 2025-10", "118.8", "None")]

    def test_is_by_the_links_of_then(self, world: World) -> None:
        """A link that is changed since calls for a correction; what was issued was right by the link of then."""
        assert named(world, "update index_series set links = '[]'") == []

    def test_of_a_rating_that_did_not_record_its_links_is_not_recomputed(self, world: World) -> None:
        """As an older release wrote it: the month of the series that has it, and no table of the code."""
        older = "delete from rating_source where about = 'links' or source in ('tax', 'zones', 'holidays', 'units')"
        assert named(world, older) == []


def test_a_value_of_another_row_than_the_rating_was_answered_is_named(world: World) -> None:
    """A revision that was recorded later, taken for the one that counted then."""
    columns = "series_id, month, value, provisional, published_on, recorded_by, recorded_at, released_by, released_at"
    later = f"insert into index_value ({columns}) select {columns} from index_value where month = '2026-01'"
    newest = "(select to_jsonb(max(id)) from index_value)"
    change = of_rating(world, f"jsonb_set(inputs, '{{index,1,id}}', {newest})")
    assert [what for what, _, _ in named(world, later, change)] == [VALUE]


def test_links_are_read_in_their_order_whatever_their_names() -> None:
    value = IndexValue("C", "2026-01", Decimal(10), id=7)
    answers = {(1, "2026-01"): "0", (1, "links"): "B 1×2 C×0.5", (2, "2026-01"): "0", (2, "links"): ""}
    find = as_answered({"A": 1, "B 1": 2, "C": 3}, {7: value}, {**answers, (3, "2026-01"): "7"})
    assert find("A", "2026-01") == IndexValue("A", "2026-01", Decimal("5.0"), id=7)
    assert find("B 1", "2026-01") is None
