"""Every list over HTTP: its pages put together are the whole, in every order, and are counted."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.billing.scene import CONTRACT
from tests.scenarios.world import World, a_world_copied

#: What is asked of each list: its path, its orders, and whether it holds more than one row here.
LISTS = {
    "/v1/invoices": ("created", "issued_on", "period_from"),
    "/v1/contracts": ("contract",),
    "/v1/registers": ("key",),
    "/v1/batches": ("batch", "recorded_at"),
    "/v1/findings": ("start",),
    "/v1/edits": ("edit",),
    "/v1/disputes?state=any": ("dispute",),
    "/v1/contracts/C-1/disputes": ("dispute",),
    "/v1/contracts/C-1/statements": ("first",),
    "/v1/contracts/C-1/signatures": ("signature",),
    "/v1/users": ("name", "created_at"),
    "/v1/keys": ("name", "created_at"),
    "/v1/grants": ("grant",),
    "/v1/audit": ("at",),
    "/v1/profiles": ("name",),
    "/v1/indices": ("index",),
    "/v1/unbilled": ("register",),
    "/v1/openid": ("issuer",),
    "/v1/openid/subjects": ("name",),
    "/v1/operations": ("operation",),
    "/v1/contracts/C-1": ("version", "effective"),
    "/v1/indices/CPI 1": ("month", "recorded_at"),
    "/v1/registers/kwh/readings?history=true&from=2026-01-05&to=2026-01-10": ("start",),
    "/v1/webhooks": ("created_at",),
    "/v1/event-meters": ("name",),
    "/v1/bank/entries": ("entry",),
    "/v1/gateway-orders": ("order",),
    "/v1/saved-methods": ("method",),
    "/v1/refunds": ("refund",),
    "/v1/gateway-balance": ("entry", "at"),
    "/v1/gateway-payouts": ("payout",),
    "/v1/dunning?state=any": ("dunning",),
    "/v1/due": ("on",),
    "/v1/work": ("work",),
    "/v1/bank/orders": ("order",),
    "/v1/payouts": ("payout", "made_on"),
    "/v1/payouts-due": ("account",),
    "/v1/prepaid": ("contract",),
    "/v1/alerts": ("alert",),
}
#: Lists that are empty here.
EMPTY = {
    "/v1/contracts/C-1/statements",
    "/v1/contracts/C-1/signatures",
    "/v1/grants",
    "/v1/openid/subjects",
    "/v1/bank/entries",
    "/v1/gateway-orders",
    "/v1/saved-methods",
    "/v1/refunds",
    "/v1/gateway-balance",
    "/v1/gateway-payouts",
    "/v1/dunning?state=any",
    "/v1/bank/orders",
    "/v1/payouts",
    "/v1/payouts-due",
    "/v1/prepaid",
    "/v1/alerts",
}
FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1", modulus: "10000"}
              - {key: spare.b, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", checks: [{kind: limit, highest: "60"}]}
              - {key: Spare.a, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
"""


def fill(world: World) -> None:
    for at, register in enumerate(("kwh", "spare.b", "Spare.a", "kwh")):
        world.now += timedelta(minutes=1)
        rows = "".join(f"2026-01-{day:02}T1{at}:00+01:00,{60 + 10 * (day % 3)}\n" for day in (5, 6, 7))
        given = {"register": register, "source": f"file {at % 2}.csv"}
        world.done("maker", "POST", "/v1/readings", params=given, content="time,value\n" + rows)
    for day in (8, 9, 10):
        world.now += timedelta(minutes=1)
        content = f"time,value\n2026-01-{day:02}T10:00+01:00,90\n2026-01-{day:02}T11:30,1\n"
        world.ask("maker", "POST", "/v1/readings?register=kwh&source=c.csv", content=content)
        hour = {"start": f"2026-01-{day:02}T09:00:00Z", "end": f"2026-01-{day:02}T10:00:00Z"}
        edited = {**hour, "kind": "verify", "reason": "meter test"}
        world.done("maker", "POST", "/v1/registers/kwh/edits", json=edited)
    for number in (1, 2, 3):
        world.done("finance", "POST", f"/v1/edits/{number}/release")
        world.done("maker", "PUT", f"/v1/profiles/source {number}", json={"options": {"decimal": "comma"}})
        values = [{"month": f"2026-0{month}", "value": f"10{number}", "published": "2026-04-01"} for month in (1, 2, 3)]
        world.done("maker", "POST", "/v1/indices", json={"index": f"CPI {number}", "values": values})
        world.done("maker", "POST", "/v1/webhooks", json={"url": f"https://hooks{number}.example"})
        metered = {"client": "openmeter", "event_type": f"t{number}", "aggregation": "count", "unit": "part"}
        world.done("maker", "PUT", f"/v1/event-meters/m{number}", json=metered)
        world.done("maker", "PUT", "/v1/openid", json={"issuer": f"https://id{number}.example", "audience": "u"})
        world.done("maker", "POST", "/v1/users", json={"name": f"Clerk {number}", "role": "contract_manager"})
    world.key("meter", Role.METER)
    world.now += timedelta(days=62)
    assert len(world.done("finance", "POST", "/v1/bill?issue=true")["invoices"]) >= 2
    for first in ("2026-01-01", "2026-01-05", "2026-01-09"):
        last = f"{first[:-1]}{int(first[-1]) + 1}" if first[-1] != "9" else "2026-01-10"
        disputed = {"charge": "fee", "first": "2026-01-01", "after_last": "2026-02-01", "reason": f"{first} {last}"}
        world.ask("blechwerke", "POST", "/v1/contracts/C-1/disputes", json=disputed)
    for month in ("03", "05"):
        amended = CONTRACT + f"in_force_from: 2026-{month}-01\n"
        world.done("maker", "POST", "/v1/contracts", content=amended)
    for _ in range(3):
        assert world.ask("maker", "POST", "/v1/replay", headers={"Prefer": "respond-async"}).status_code == 202


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with a_world_copied(server, "a world of which each list has rows", fill, "lists", FLEET) as world:
        yield world


def pages(world: World, path: str, limit: int) -> list[Any]:
    """All pages, put together, as their links lead."""
    rows: list[Any] = []
    next_path: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while next_path:
        answer = world.ask("maker", "GET", next_path)
        assert answer.status_code == 200, answer.text
        rows += answer.json()
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        assert (link is None) or len(answer.json()) == limit
        assert len(rows) <= 2000, "a page leads to itself"
        next_path = link and link.group(1)
    return rows


def whole(world: World, path: str) -> list[Any]:
    rows = pages(world, path, 1000)
    if path.startswith("/v1/operations"):  # they go on while they are looked at
        return [row["operation"] for row in rows]
    return rows


@pytest.mark.parametrize("path", LISTS)
def test_pages_are_the_list_in_every_order(world: World, path: str) -> None:
    given = "&" if "?" in path else "?"
    default = whole(world, path)
    assert (len(default) > 1) is (path not in EMPTY), default
    for sort in LISTS[path]:
        ascending, descending = (whole(world, f"{path}{given}sort={sign}{sort}") for sign in ("", "-"))
        assert ascending == descending[::-1]
        assert sorted(map(str, ascending)) == sorted(map(str, default))
        for limit in (1, 2) if len(default) < 9 else (7,):
            paged = pages(world, f"{path}{given}sort=-{sort}", limit)
            assert [row["operation"] for row in paged] == descending if "operations" in path else paged == descending


@pytest.mark.parametrize("path", LISTS)
def test_rows_are_counted_where_that_is_asked(world: World, path: str) -> None:
    given = "&" if "?" in path else "?"
    answer = world.ask("maker", "GET", f"{path}{given}limit=1&total=true")
    assert int(answer.headers["x-total-count"]) == len(whole(world, path))
    assert "x-total-count" not in world.ask("maker", "GET", path).headers


@pytest.mark.parametrize("path", LISTS)
def test_what_no_list_has_is_refused(world: World, path: str) -> None:
    given = "&" if "?" in path else "?"
    for wrong in ("limit=0", "limit=10001", "sort=nothing", "limit=x"):
        assert world.ask("maker", "GET", f"{path}{given}{wrong}").status_code == 422
    if path not in EMPTY and LISTS[path][0] not in {"contract", "key", "name", "index", "register", "issuer"}:
        for wrong in ("after=nowhere", "after=W10", "after=%00", "after=99999999999999999999999"):
            assert world.ask("maker", "GET", f"{path}{given}{wrong}").status_code == 422


@pytest.mark.parametrize(("path", "fits"), [
    ("/v1/batches?source=file 0.csv", lambda row: row["source"] == "file 0.csv"),
    ("/v1/batches?refused=true", lambda row: row["refused"] > 0),
    ("/v1/batches?from=2025-12-02&to=2025-12-01T08:03Z", lambda row: False),
    ("/v1/batches?from=2025-12-01&to=2025-12-01&kind=import", lambda row: row["kind"] == "import"),
    ("/v1/findings?register=spare.b&from=2026-01-07&to=2026-01-07", lambda row: row["start"].startswith("2026-01-07")),
    ("/v1/edits?kind=verify&released=true", lambda row: row["released_by"] is not None),
    ("/v1/edits?waiting=true", lambda row: row["released_by"] is None),
    ("/v1/users?role=finance", lambda row: row["role"] == "finance"),
    ("/v1/users?party=Blechwerke", lambda row: row["party"] == "Blechwerke"),
    ("/v1/users?active=true", lambda row: row["disabled_at"] is None),
    ("/v1/keys?name=maker&active=true", lambda row: row["name"] == "maker" and row["revoked_at"] is None),
    ("/v1/contracts?supplier=Nordluft&customer_begins=Gie", lambda row: row["terms"]["customer"]["name"] == "Gießerei"),
    ("/v1/contracts?waiting=true", lambda row: row["released_by"] is None),
    ("/v1/registers?begins=s", lambda row: row["key"].startswith("s")),
    ("/v1/profiles?begins=source 1", lambda row: row["name"] == "source 1"),
    ("/v1/disputes?contract=C-1", lambda row: row["state"] == "raised"),
    ("/v1/disputes?state=waived", lambda row: row["state"] == "waived"),
    ("/v1/operations?kind=bill", lambda row: False),
    ("/v1/contracts?state=running", lambda row: row["state"] == "running"),
    ("/v1/contracts?state=quoted", lambda row: False),
    ("/v1/contracts?kind=graduated", lambda row: True),
    ("/v1/contracts?kind=per_unit", lambda row: False),
    ("/v1/contracts?in_force_on=2026-01-01", lambda row: True),
    ("/v1/contracts?in_force_on=2025-12-31", lambda row: False),
    ("/v1/contracts/C-1?waiting=true", lambda row: row["released_by"] is None),
    ("/v1/contracts/C-1?effective_by=2026-04-30", lambda row: row["effective"] <= "2026-04-30"),
    ("/v1/indices/CPI 1?month_from=2026-02&month_to=2026-02", lambda row: row["month"] == "2026-02"),
    ("/v1/indices/CPI 1?waiting=false", lambda row: row["released_by"] is not None),
    ("/v1/webhooks?enabled=false", lambda row: row["disabled_at"] is not None),
    ("/v1/event-meters?client=lago", lambda row: row["client"] == "lago"),
])  # fmt: skip
def test_a_filter_lets_through_what_it_says(world: World, path: str, fits: Any) -> None:
    bare = path.partition("?")[0] + ("?state=any" if "disputes" in path else "")
    assert pages(world, path, 1) == pages(world, path, 1000) == [row for row in pages(world, bare, 1000) if fits(row)]


def test_readings_are_a_page_of_many_unless_it_says_otherwise(world: World) -> None:
    path = "/v1/registers/kwh/readings?from=2026-01-05&to=2026-01-10"
    now = world.ask("maker", "GET", path)
    assert "link" not in now.headers
    assert {row["current"] for row in now.json()} == {True}
    assert pages(world, path, 2) == now.json()
    assert world.ask("maker", "GET", f"{path}&limit=10001").status_code == 422
    as_then = world.ask("maker", "GET", f"{path}&as_of=1&total=true")
    assert int(as_then.headers["x-total-count"]) == len(as_then.json()) < len(now.json())


def test_what_is_no_kind_no_state_and_no_day_is_refused(world: World) -> None:
    for wrong in ("kind=fixed fee", "state=on", "in_force_on=86400", "in_force_on=2026-01-01T00:00Z"):
        assert world.ask("maker", "GET", f"/v1/contracts?{wrong}").status_code == 422, wrong


def test_the_old_names_of_batches_go_on(world: World) -> None:
    rows = [row["id"] for row in world.done("maker", "GET", "/v1/batches")]
    assert [row["id"] for row in world.done("maker", "GET", f"/v1/batches?most=2&before={rows[1]}")] == rows[2:4]
    assert [row["id"] for row in pages(world, f"/v1/batches?most=2&before={rows[1]}", 2)] == rows[2:]
