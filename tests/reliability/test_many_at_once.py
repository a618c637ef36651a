"""Sixty and more at once on one lock: every request is answered within its bound, and nobody else waits for them.

Before, a request took one thread to work and another one to answer: forty that waited for a lock left none to whoever
held it, and the whole process hung for good, every tenant and ``/health`` with it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from api.access.roles import Role
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT, Scene
from tests.build import a_key
from tests.conftest import fresh_database
from tests.reliability.load import NOON, Answers, Place, writing
from tests.reliability.serving import served

BOUND_S = 10 + 5 + 5  # for a turn, for a lock, and the work itself on a slow machine
DRAFTS = 60
SHORT_S, LONG_S = 2, 60


@dataclass
class Scenery(Place):
    """A served database with a key for each of two tenants, and drafts that somebody has looked at."""

    database: Database
    drafts: list[str]


@pytest.fixture(scope="module")
def place(server: EmbeddedServer) -> Iterator[Scenery]:
    with fresh_database(server, __name__) as access:
        database = Database(access.app)
        fee, _, _ = CONTRACT.partition("  - name: energy")
        scene = Scene(access, database).declared_often(fee, [f"C-{number}" for number in range(DRAFTS)])
        drafts = [draft.name for draft in scene.looks("2026-02-01").drafts]
        keys = [a_key(access, tenant, Role.OWNER, "feed", NOON) for tenant in (1, 2)]
        with served(access) as address:
            yield Scenery(address, keys[0], keys[1], database, drafts)
        database.close()


@pytest.mark.parametrize("seconds", [
    pytest.param(SHORT_S, id="short"), pytest.param(LONG_S, id="long", marks=pytest.mark.long),
])  # fmt: skip
def test_200_writers_on_one_register_hang_neither_each_other_nor_health_nor_another_tenant(
    place: Scenery, seconds: float
) -> None:
    before = _readings(place)
    answers, watch = asyncio.run(writing(place, 200, seconds))

    stored = answers.statuses.count(201)
    print(
        f"\n{stored} stored, {answers.statuses.count(503)} asked to come again, the slowest answer {answers.slowest_s:.2f} s; "
        f"/health at most {max(watch.health_s):.3f} s, another tenant at most {max(watch.other_tenant_s):.3f} s"
    )
    assert set(answers.statuses) <= {201, 503}
    assert (answers.unhinted, stored > 0) == (0, True)
    assert answers.slowest_s < BOUND_S
    assert max(watch.health_s) < 2
    assert max(watch.other_tenant_s) < BOUND_S
    assert stored == _readings(place) - before, "what was acknowledged is stored, and nothing else"


def _readings(place: Scenery) -> int:
    with place.database.transaction(1) as session:
        return int(session.execute(text("select count(*) from reading")).scalar_one())


#: By name, a write: its path, what is sent, and what of it there is afterwards.
WRITES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a delivery": (
        "/v1/readings?register=hours",
        {"content": "time,value\n2026-01-07T10:00Z,5\n"},
        "select count(*) from batch where source = 'POST /v1/readings' and idempotency_key like 'once%'",
    ),
    "a contract": (
        "/v1/contracts",
        {"content": CONTRACT.replace("C-1", "ONCE-1")},
        "select count(*) from contract_version v join contract c on (c.tenant, c.id) = (v.tenant, v.contract_id) where reference = 'ONCE-1'",
    ),
    "an index value": (
        "/v1/indices",
        {"content": 'index: ONCE\nvalues: [{month: 2026-01, value: "1", published: 2026-02-01}]\n'},
        "select count(*) from index_value v join index_series s on (s.tenant, s.id) = (v.tenant, v.series_id) where name = 'ONCE'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("count", [
    pytest.param(100, id="short"), pytest.param(1000, id="long", marks=pytest.mark.long),
])  # fmt: skip
def test_many_requests_with_one_key_have_one_effect(place: Scenery, write: str, count: int) -> None:
    """While the first is under way, the others are told so at once; afterwards they are answered as it was."""
    path, sent, effect = WRITES[write]
    sent = {"content": sent["content"].replace("ONCE", f"ONCE{count}")}
    effect = effect.replace("ONCE", f"ONCE{count}")
    headers = {"Idempotency-Key": f"once {count} {write}"}

    async def all_at_once() -> tuple[Answers, list[httpx2.Response]]:
        answers = Answers()
        async with place.client() as client:
            received = await asyncio.gather(*(answers.ask(client, path, headers=headers, **sent) for _ in range(count)))
            received.append(await answers.ask(client, path, headers=headers, **sent))  # when all are answered
            return answers, received

    before = _count(place, effect)
    answers, received = asyncio.run(all_at_once())
    print(f"\n{write}: {dict(Counter(answers.statuses))}, the slowest answer {answers.slowest_s:.2f} s")
    assert set(answers.statuses) <= {201, 409, 503}
    assert {answer.json()["type"] for answer in received if answer.status_code == 409} <= {"/problems/still-under-way"}
    assert answers.slowest_s < BOUND_S
    done = [answer for answer in received if answer.status_code == 201]
    assert done[-1] is received[-1]
    if write == "a delivery":
        assert [answer.json()["repeated"] for answer in done].count(False) == 1
        assert len({answer.json()["batch"] for answer in done}) == 1
    else:
        assert ["idempotent-replayed" in answer.headers for answer in done].count(False) == 1
        assert len({answer.content for answer in done}) == 1
    assert _count(place, effect) == before + 1


def _count(place: Scenery, query: str) -> int:
    with place.database.transaction(1) as session:
        return int(session.execute(text(query)).scalar_one())


def test_60_drafts_of_one_issuer_issued_at_once_are_numbered_without_gap(place: Scenery) -> None:
    assert len(place.drafts) == DRAFTS

    async def all_at_once() -> Answers:
        answers = Answers()
        async with place.client() as client:
            await asyncio.gather(*(answers.ask(client, f"/v1/invoices/{draft}/issue") for draft in place.drafts))
        return answers

    answers = asyncio.run(all_at_once())
    assert set(answers.statuses) <= {200, 503}
    assert answers.slowest_s < BOUND_S
    with place.database.transaction(1) as session:
        issued = "select sequence from invoice order by sequence"
        numbers = list(session.execute(text(issued)).scalars())
    assert numbers == list(range(1, answers.statuses.count(200) + 1))
