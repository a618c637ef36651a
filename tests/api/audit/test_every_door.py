"""Every write and every export leaves an entry, by whichever door; what looks, computes or is refused leaves none."""

import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlmodel import Session

import api.http.routes
import api.server.database as doors
from api.access.roles import Permission, Role
from api.audit.note import WRITES_NOTHING, commit
from api.cli.main import app as command_line
from api.http.dependencies import Needs
from api.http.noted import COMPUTES, writes_nothing
from api.http.permissions import routes_of
from api.http.work_route import WorkRoute
from api.operations.billing import tick
from api.server.database import Access, Database, as_product
from api.server.embedded import EmbeddedServer
from tests.api.access.matrix import MATRIX
from tests.api.access.test_matrix import answer, fill
from tests.api.audit.scene import entries, seals, verified
from tests.api.cli.test_commands import Desk, agree, prepared_by, set_environment
from tests.billing.scene import CONTRACT
from tests.conftest import application_pool, world_copy
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, interface, leave

READINGS = '{"readings": [{"register": "kwh", "time": "2026-01-05T10:00:00Z", "value": "60"}]}'
INDEX = 'index: CPI\nvalues: [{month: 2026-01, value: "123.4", published: 2026-02-12}]\n'

#: Routes with a writing method that leave no entry; why.
LEAVE_NONE = {
    "POST /v1/baselines": "fits a model to what the request brings",
    "POST /v1/savings": "computes a saving of what the request brings",
    "POST /v1/savings/planned": "computes the uncertainty of a plan",
    "POST /v1/savings/portfolio": "computes the uncertainty of many sites",
    "POST /v1/contracts/check": COMPUTES["POST /v1/contracts/check"],
    "POST /v1/contracts/price": "prices a contract that the request brings",
    "POST /v1/price": "prices what the request brings",
    "POST /v1/contracts/diff": "compares two contracts that the request brings",
    "POST /v1/contracts/simulate": "bills a contract without storing anything",
    "POST /v1/contracts/relief": "bills a contract with a relief and without, and stores nothing",
    "POST /v1/contracts/shadow": "holds a simulation against what was billed elsewhere",
    "POST /v1/usage": "asks for use; the question is too long for a path",
    "POST /v1/replay": "recomputes what was issued",
    "POST /v1/statements/{number}/replay": "recomputes a statement",
    "POST /v1/audit/verify": "recomputes the chain",
}

#: Routes that let somebody in, whom they know by then alone: what came in is on the record by its credential.
SIGN_IN = {"POST /oauth/token", "POST /session"}
#: Routes at which nobody of ours acts: an event is on the record itself, with when it came; a click leaves an entry
#: of the tenant whose link it is, whatever came of it (tests/api/http/test_pay_pages.py).
TOLD = {"POST /v1/gateway-events/{account}", "POST /pay/{token}"}

#: Commands that write, or may, and leave their entry otherwise or none; why. Others do all in ``place.transaction``.
OTHERWISE = {
    "demo": "fills a database of its own",
    "login": "writes a file",
    "logout": "deletes a file",
    "settings": "looks",
    "backup": "leaves one in the chain of each tenant", "restore": "brings chains back as they were",
    "serve": "each request leaves its own",
    "worker": "leaves an entry where it issues",
    "db status": "looks", "db upgrade": "changes the shape, which migrations record", "db stop": "stops a server",
    "tenant list": "looks",
    "tenant create": "makes the tenant, who before has no chain",
    "trigger": "fills a tenant of its own",
}  # fmt: skip


def routes() -> Iterator[tuple[str, APIRoute]]:
    """Each method of each route of the application."""
    routers = [
        import_module(f"api.http.routes.{module.name}").router
        for module in pkgutil.iter_modules(api.http.routes.__path__)
    ]
    for route in routes_of(routers):
        for method in route.methods or ():
            yield f"{method} {route.path}", route


def needs_of(route: APIRoute) -> frozenset[Permission]:
    calls = (dependency.call for dependency in route.dependant.dependencies)
    return frozenset(permission for call in calls if isinstance(call, Needs) for permission in call.any_of)


def commands(group: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    group = group or typer.main.get_command(command_line)
    if not hasattr(group, "commands"):
        yield before.strip(), group
        return
    for name, command in group.commands.items():
        yield from commands(command, f"{before} {name}")


def test_every_route_that_may_write_leaves_an_entry_or_is_listed_with_a_reason() -> None:
    listed = dict(routes())
    described = {f"{method.upper()} {path}" for path, methods in interface()["paths"].items() for method in methods}
    assert described == listed.keys(), "the walk found the routes"
    writing = {name: route for name, route in listed.items() if not name.startswith("GET ")}
    assert {name for name, route in writing.items() if writes_nothing(name, needs_of(route))} == LEAVE_NONE.keys()
    assert {name for name, route in writing.items() if not isinstance(route, WorkRoute)} == SIGN_IN | TOLD
    assert {name for name, route in writing.items() if not needs_of(route)} == SIGN_IN | TOLD | {
        "DELETE /session",
        "POST /v1/openid/subjects",
        "POST /v1/operations/{number}/cancel",
    }
    assert all(LEAVE_NONE.values())


def test_every_command_that_may_write_leaves_an_entry_or_is_listed_with_a_reason() -> None:
    bare = {}
    for name, command in commands():
        source = _source_with_helpers(inspect.unwrap(command.callback))
        needs = {Permission[word] for word in re.findall(r"Permission\.([A-Z_]+)", source)}
        reads_alone = bool(needs) and WRITES_NOTHING.issuperset(needs)
        leaves = any(
            f"place.{how}()" in source
            for how in ("transaction", "changing_people", "administrators_transaction", "note_now")
        )
        reaches = "workplace(" in source or "from_environment" in source or "settings_to_start" in source
        if "administering(" in source or (reaches and not leaves and not reads_alone):
            bare[name] = needs
    assert bare.keys() == OTHERWISE.keys()


def _source_with_helpers(function: Any) -> str:
    """The source of a command and of the functions of its module that it calls."""
    module, own = inspect.getmodule(function), inspect.getsource(function)
    called = (getattr(module, name, None) for name in set(re.findall(r"\b(_\w+)\(", own)))
    return own + "".join(inspect.getsource(helper) for helper in called if inspect.isfunction(helper))


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


@pytest.fixture
def office(world: World) -> Iterator[Database]:
    with application_pool(world.access) as database:
        yield database


def operations(database: Database, after: int = 0) -> list[tuple[str | None, str, str]]:
    return [(entry.name, entry.entry.operation, entry.entry.object) for entry in entries(database)[after:]]


class TestOverHttp:
    def test_each_write_leaves_one_with_its_caller(self, world: World, office: Database) -> None:
        before = operations(office)
        assert ("maker", "PUT /v1/fleet", "2 registers more") in before
        assert ("finance", "POST /v1/contracts/{reference}/release", "reference=C-1, version 1") in before
        world.done("maker", "POST", "/v1/readings", content=READINGS, headers={"Content-Type": "application/json"})
        later = READINGS.replace("T10", "T11")
        world.done("maker", "POST", "/v1/readings", content=later, headers={"Content-Type": "application/json"})
        world.done("maker", "POST", "/v1/indices", content=INDEX)
        world.done("finance", "POST", "/v1/indices/CPI/release")
        dispute = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "stood still"}
        world.ask("maker", "POST", "/v1/contracts/C-1/disputes", json=dispute)
        world.done("finance", "POST", "/v1/bill?issue=true")
        shown = operations(office, len(before))
        assert shown[:4] == [
            ("maker", "POST /v1/readings", "readings"),
            ("maker", "POST /v1/readings", "readings"),
            ("maker", "POST /v1/indices", "index CPI 2026-01 to 2026-01"),
            ("finance", "POST /v1/indices/{name}/release", "name=CPI"),
        ]
        assert shown[-1] == ("finance", "POST /v1/bill", "issue")
        last = entries(office)[-1].entry
        assert (last.door, last.address, last.at) == ("http", "testclient", world.now)
        assert last.key is not None
        assert world.keys["finance"].startswith(last.key)
        seals(office)
        assert verified(office)[1] == []

    def test_the_body_is_hashed(self, world: World, office: Database) -> None:
        from hashlib import sha256

        for content in (READINGS, READINGS.replace("T10", "T11")):  # looked up first, and then recalled
            world.done("maker", "POST", "/v1/readings", content=content, headers={"Content-Type": "application/json"})
            assert entries(office)[-1].entry.body_sha256 == sha256(content.encode()).digest()

    def test_an_export_leaves_one_although_it_writes_nothing(self, world: World, office: Database) -> None:
        assert world.ask("finance", "GET", "/v1/exports/invoices").status_code == 200
        assert operations(office)[-1] == ("finance", "GET /v1/exports/invoices", "")

    def test_each_look_of_a_third_party_leaves_one(self, world: World, office: Database) -> None:
        world.key("outsider", Role.THIRD_PARTY, party="Blechwerke")
        path = "/v1/registers/kwh/usage?from=2026-01-01&to=2026-01-31"
        answer = world.ask("outsider", "GET", path)
        assert answer.status_code in (200, 404, 422), answer.text
        shown = operations(office)[-1]
        expected = ("outsider", "GET /v1/registers/{key}/usage", "key=kwh")
        assert (shown == expected) is (answer.status_code == 200)

    @pytest.mark.parametrize(("who", "method", "path", "content"), [
        pytest.param("maker", "GET", "/v1/contracts", None, id="a look"),
        pytest.param("maker", "GET", "/v1/audit", None, id="a look at the audit"),
        pytest.param("maker", "POST", "/v1/contracts/check", CONTRACT, id="a check"),
        pytest.param("maker", "POST", "/v1/bill", None, id="drafts"),
        pytest.param("finance", "POST", "/v1/replay", None, id="a replay"),
        pytest.param("maker", "POST", "/v1/indices", "index: [", id="a document with faults"),
        pytest.param("maker", "POST", "/v1/readings", "not readings", id="an unreadable file"),
        pytest.param("blechwerke", "PUT", "/v1/fleet", "sites: []", id="what the role may not"),
        pytest.param("maker", "POST", "/v1/contracts/C-1/release", None, id="what four eyes refuse"),
        pytest.param("maker", "POST", "/v1/disputes/99/accept", None, id="what is not there"),
    ])  # fmt: skip
    def test_what_looks_computes_or_is_refused_leaves_none(
        self, world: World, office: Database, who: str, method: str, path: str, content: str | None
    ) -> None:
        before = len(entries(office))
        world.ask(who, method, path, content=content)
        assert len(entries(office)) == before

    def test_the_chain_is_read_over_http(self, world: World, office: Database) -> None:
        seals(office)
        first = world.ask("maker", "GET", "/v1/audit?limit=2")
        following = first.links["next"]["url"]
        positions = [row["position"] for row in [*first.json(), *world.done("maker", "GET", f"{following}")]]
        count = len(entries(office))
        assert positions == list(range(count, count - 4, -1))
        anchor = world.done("maker", "GET", "/v1/audit/anchor")
        assert world.done("maker", "POST", "/v1/audit/verify", json=anchor) == {"sealed": count, "faults": []}
        wrong = anchor | {"hash": "0" * 64}
        (fault,) = world.done("maker", "POST", "/v1/audit/verify", json=wrong)["faults"]
        assert (fault["kind"], fault["position"]) == ("other chain", count)

    @pytest.mark.parametrize(("role", "status"), [
        (Role.OWNER, 200), (Role.AUDITOR, 200), (Role.FINANCE, 403), (Role.CONTRACT_MANAGER, 403), (Role.METER, 403),
    ])  # fmt: skip
    def test_who_may_read_it(self, world: World, role: Role, status: int) -> None:
        world.key("reader", role)
        for path in ("/v1/audit", "/v1/audit/anchor"):
            assert world.ask("reader", "GET", path).status_code == status
        assert world.ask("reader", "POST", "/v1/audit/verify").status_code == status

    def test_another_tenant_sees_nothing_of_it(self, world: World) -> None:
        assert world.done("stranger", "GET", "/v1/audit") == []
        assert world.done("stranger", "GET", "/v1/audit/anchor")["position"] == 0


class TestAtTheCommandLine:
    @pytest.fixture
    def access(self, server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
        prepare = partial(prepared_by, agree)
        with world_copy(server, "a desk of one person", prepare, request.node.nodeid) as (access, _):
            yield access

    @pytest.fixture
    def desk(self, access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
        set_environment(access, tmp_path, monkeypatch)
        return Desk(tmp_path)

    def test_each_write_leaves_one_and_no_look_does(self, desk: Desk, access: Access) -> None:
        with application_pool(access) as database:
            before = len(entries(database))
            assert [row[1:] for row in operations(database)] == [
                ("tenant four-eyes", "state=off, switch 1 off"),
                ("fleet apply", "path=fleet.yaml, 2 registers more"),
                ("contract apply", "paths=contract.yaml, contract C-1 version 1"),
            ]
            desk.file("i.yaml", INDEX)
            desk.types("index", "record", str(desk.folder / "i.yaml"))
            desk.types("index", "show", "CPI")
            desk.types("contract", "list")
            desk.types("bill")
            desk.types("bill", "--issue", "--until", "2026-02-01")
            desk.types("export", "invoices")
            desk.types("audit", "list")
            desk.types("user", "create", "Anna Petersen", "--role", "finance")
            desk.types("user", "disable", "Anna Petersen")
            shown = operations(database, before)
            assert [row[1] for row in shown] == ["index record", "bill", "export", "user create", "user disable"]
            assert shown[0][2].endswith("=i.yaml, index CPI 2026-01 to 2026-01")
            assert shown[3][2].partition(", key usu_")[0] == shown[4][2]
            assert re.fullmatch(r"identity \d+", shown[4][2])
            entry = entries(database)[before].entry
            from hashlib import sha256

            assert entry.body_sha256 == sha256(INDEX.encode()).digest()
            assert entry.door == "command line"
            assert "/" in (entry.address or "")

    def test_no_name_of_a_person_is_in_an_entry(self, desk: Desk, access: Access) -> None:
        desk.types("user", "create", "Anna Petersen", "--role", "finance")
        desk.types("key", "create", "Anna Petersen")
        desk.types("user", "disable", "anna petersen")
        desk.types("user", "erase", "Anna Petersen")
        with application_pool(access) as database, database.transaction(1) as session:
            assert session.execute(text("select count(*) from audit_entry e where e::text ~* 'anna'")).scalar() == 0

    def test_a_command_that_is_refused_leaves_none(self, desk: Desk, access: Access) -> None:
        with application_pool(access) as database:
            before = len(entries(database))
            assert desk.runner.invoke(command_line, ["withdraw", "nowhere", "--from", "2026-01-01", "--to", "2026-01-31",
                                                     "--reason", "x"]).exit_code != 0  # fmt: skip
            assert len(entries(database)) == before

    def test_it_is_verified_against_an_anchor_in_a_file(self, desk: Desk, access: Access) -> None:
        with application_pool(access) as database:
            seals(database)
        kept = desk.file("anchor.json", json.dumps(desk.asks("audit", "anchor")))
        assert "the chain is whole" in desk.types("audit", "verify", "--anchor", kept)
        with application_pool(access) as database, database.transaction(1) as session:
            assert session.execute(text("select count(*) from audit_seal")).scalar() == 3


class TestTheSchedule:
    def test_what_it_issues_leaves_one_of_nobody(self, world: World, office: Database) -> None:
        automatic = CONTRACT.replace("contract: C-1", "contract: C-9").replace(
            'coverage: "0"', 'coverage: "0", issue: automatically'
        )
        world.done("maker", "POST", "/v1/contracts", content=automatic)
        world.done("finance", "POST", "/v1/contracts/C-9/release")
        before = len(entries(office))
        tick(office, world.now.replace(year=2026, month=2, day=2))
        tick(office, world.now.replace(year=2026, month=2, day=2))
        issued = world.done("maker", "GET", "/v1/invoices")
        shown = [(entry.name, entry.entry.door, entry.entry.operation) for entry in entries(office)[before:]]
        assert shown == ([(None, "schedule", "bill")] if issued else [])


@contextmanager
def _every_commit_seen() -> Iterator[list[str]]:
    """Transactions in which somebody acted, wrote, and left no entry; by their last statement."""
    unnoted: list[str] = []
    committed = commit

    def seen(session: Session) -> None:
        acting = session.info.get("acting")
        if acting is None or acting.identity is None or not session.in_transaction():
            committed(session)
            return
        session.flush()
        with as_product(session):  # not everybody sees the audit
            written = session.execute(
                text("""select pg_current_xact_id_if_assigned() is not null, exists (
                            select from audit_entry where xact = pg_current_xact_id_if_assigned()::text::bigint)""")
            ).one()
        pending = "audit note" in session.info
        if written[0] and not written[1] and not pending:
            unnoted.append(str(inspect.stack()[2].function))
        committed(session)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(doors, "commit", seen)
        yield unnoted


@pytest.mark.long
def test_nobody_writes_without_an_entry_in_the_whole_story_of_the_workshop(access: Access, tmp_path: Path) -> None:
    from tests.net import workshop
    from tests.net.doors import Desk as Keyboard
    from tests.net.doors import Golden, working_in

    with working_in(tmp_path, access) as environment, _every_commit_seen() as unnoted:
        environment.setenv("USUFRUCT_TENANT", "Nordluft")
        workshop.tell(Keyboard(tmp_path, Golden("workshop")), access)
    assert unnoted == []


class TestWhatItWasDoneTo:
    """An entry says to what something was done, or what was made: by number, reference or month."""

    def test_each_writing_route_names_it(self, server: EmbeddedServer) -> None:
        nameless, named = [], set()
        with (
            a_world_copied(server, "everybody, and one of each thing", fill, "what it was done to") as world,
            application_pool(world.access) as office,
        ):
            for operation, row in MATRIX.items():
                if operation.startswith("GET ") or row.done >= 400:
                    continue
                before = len(entries(office))
                answer(world, "O" if row.roles == "*" or "O" in row.roles else row.roles[0], operation, row)
                for _, noted, thing in operations(office, before):
                    named.add(noted)
                    nameless += [noted] if not thing else []
        assert nameless == []
        assert len(named) > 20

    @pytest.mark.parametrize(("who", "path", "body", "thing"), [
        ("maker", "/v1/contracts", CONTRACT.replace("C-1", "C-9"), "contract C-9 version 1"),
        ("maker", "/v1/indices", INDEX, "index CPI 2026-01 to 2026-01"),
        ("maker", "/v1/four-eyes/switches", {"off": True, "reason": "alone"}, "switch 1 off"),
        ("maker", "/v1/users", {"name": "Eva Lang", "role": "finance"}, r"identity \d+, key usu_\S{8}"),
        ("maker", "/v1/keys", {"name": "finance"}, r"identity \d+, key usu_\S{8}"),
        ("maker", "/v1/readings", READINGS, "readings"),
        ("maker", "/v1/contracts/C-1/disputes",
         {"charge": "fee", "first": "2025-12-01", "after_last": "2026-01-01", "reason": "x"}, ""),
    ])  # fmt: skip
    def test_what_is_made_is_named_and_nobody_is(
        self, world: World, office: Database, who: str, path: str, body: Any, thing: str
    ) -> None:
        before = len(entries(office))
        content = {"json": body} if isinstance(body, dict) else {"content": body}
        answered = world.ask(
            who, "POST", path, **content, headers={"Content-Type": "application/json"} if body is READINGS else {}
        )
        shown = [named for _, _, named in operations(office, before)]
        assert answered.is_success is bool(thing), answered.text
        assert [bool(re.fullmatch(thing, one)) for one in shown] == ([True] if thing else []), shown
