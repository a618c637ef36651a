"""Refusals at the doors that nobody provokes from outside at will, each brought about by a call."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any, NoReturn, cast
from uuid import UUID

import anyio
import h11
import pytest
from sqlalchemy import make_url, text

from api.access.client_credentials import scope_within
from api.access.login import KeyFile
from api.cli import context
from api.collecting.setup import GatewayAccount
from api.http import observed
from api.http.rates import Rates
from api.http.routes import health
from api.http.threads import Threads
from api.http.work_route import WorkRoute
from api.long_work import store as long_work
from api.operations import dunning, opened_links, payouts, people
from api.operations.gateway_events import read_told
from api.server import embedded
from api.server.backups import making, restoring
from api.server.backups.programs import running
from api.server.connection import BoundedConnection
from api.server.database import Database
from api.server.embedded import EmbeddedServer
from api.server.provision import Shape, _make_roles, newest_revision
from api.webhooks import signing
from api.webhooks import store as webhooks
from billing.delivery.links import LinkTarget
from billing.payments.stripe import StripeGateway
from metering.limits import FILE_BYTES_MAX
from quantities.errors import UsufructError
from tests.api.problem_pages.house import NOW, House

ANYBODY: Any = SimpleNamespace(tenant=1, identity=1, permissions=frozenset({"usage:read"}))
OLDER = Shape(found="of last year", needed="of this year")


@contextmanager
def instead(place: object, name: str, stand_in: object) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(place, name, stand_in)
        yield


def raises(error: UsufructError) -> NoReturn:
    raise error


def told_by_nobody(house: House) -> object:
    gateway = StripeGateway("sk_test", ["whsec_of_somebody"], address="http://127.0.0.1:9")
    return read_told(GatewayAccount("cards", "Nordluft", "Nordluft", gateway), b"{}", "t=1,v1=00", NOW)


def with_a_key_file(house: House, change: Callable[[Path], object]) -> None:
    """A key is kept, something else changes its file, and it is read again."""
    file = KeyFile(house.desk.folder / "kept keys", "localhost:5432/usufruct", 1)
    file.write("usu_key")
    (path,) = (house.desk.folder / "kept keys").iterdir()
    change(path)
    file.read()


def of_a_huge_file(house: House) -> None:
    path = house.desk.folder / "huge.csv"
    path.touch()
    os.truncate(path, FILE_BYTES_MAX + 1)
    context.file(path)


def of_who_leaves(house: House) -> None:
    async def disconnected() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def in_the_queue(*_: object) -> None:
        await asyncio.sleep(60)

    serving = SimpleNamespace(threads=SimpleNamespace(work=in_the_queue))
    left = SimpleNamespace(serving=serving, caller=ANYBODY, receive=disconnected, cancel_statement=lambda: None)
    route = WorkRoute._on_one_thread(cast("Any", None), lambda call: None)
    asyncio.run(cast("Any", route(call=left)))


def of_a_server_that_ends(house: House) -> None:
    async def cancelled(*_: object) -> None:
        raise asyncio.CancelledError

    async def asked() -> None:
        scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": [], "scheme": "http", "client": None}
        await observed.Observed(cast("Any", cancelled))(scope, cast("Any", None), cast("Any", None))

    with instead(observed, "refusal", raises):
        asyncio.run(asked())


def of_a_slow_client(house: House) -> None:
    waiting = SimpleNamespace(
        conn=SimpleNamespace(their_state=h11.SEND_BODY),
        transport=SimpleNamespace(is_closing=lambda: False),
        flow=SimpleNamespace(read_paused=False),
        loop=SimpleNamespace(time=lambda: 100),
        _receive_s=10,
        _received=0,
        _since=0,
        _refuse=raises,
    )
    BoundedConnection._see_whether_it_comes(cast("Any", waiting))


def of_no_request(house: House) -> None:
    BoundedConnection.send_400_response(cast("Any", SimpleNamespace(_refuse=raises)), "no request")


def of_a_run_that_is_stopped(house: House) -> object:
    ending = house.world.app.state.resources.ending
    ending.set()
    try:
        return house.world.ask("anna", "POST", "/v1/bill?issue=true").json()
    finally:
        ending.clear()


def of_many_requests(house: House) -> None:
    rates = Rates(1)
    for _ in range(2):
        rates.count(ANYBODY)


def of_busy_threads(house: House) -> None:
    async def asked() -> None:
        threads = Threads(1, 0.01)
        await threads.work(lambda: anyio.from_thread.run(threads.work, int))

    anyio.run(asked)


def of_another_revision(house: House) -> object:
    with instead(health, "shape", lambda access: OLDER):
        return house.world.client.get("/ready").json()


def of_something_unforeseen(house: House) -> object:
    def fails(access: object) -> NoReturn:
        raise ZeroDivisionError

    with instead(health, "shape", fails):
        return house.world.client.get("/ready").json()


def of_many_operations(house: House) -> object:
    with instead(long_work, "OPEN_MAX", 0):
        return house.world.ask("anna", "POST", "/v1/replay", headers={"Prefer": "respond-async"}).json()


class EveryKey(set[object]):
    def __contains__(self, key: object) -> bool:
        return True


def of_two_at_once(house: House) -> object:
    with instead(house.world.app.state.resources.under_way, "_keys", EveryKey()):
        return house.world.ask("anna", "POST", "/v1/replay", headers={"Idempotency-Key": "one"}).json()


def of_an_operation(house: House, asked: int) -> object:
    """An operation that nobody takes up: its answer is asked for, it is cancelled, and cancelled once more."""
    with instead(type(house.world.app.state.resources.long_work), "wake", lambda runner, tenant: None):
        waiting = house.world.done("anna", "POST", "/v1/replay", headers={"Prefer": "respond-async"})
        steps = ("GET", "answer"), ("POST", "cancel"), ("POST", "cancel")
        at = f"/v1/operations/{waiting['operation']}"
        answers = [house.world.ask("anna", method, f"{at}/{step}").json() for method, step in steps]
    return answers[asked]


def of_many_webhooks(house: House) -> object:
    with instead(webhooks, "WEBHOOKS_MAX", 0):
        return house.world.ask("anna", "POST", "/v1/webhooks", json={"url": "https://erp.example.com/hooks"}).json()


def of_a_backup_of_another_revision(house: House) -> None:
    with instead(making, "shape", lambda access: OLDER):
        making.back_up(house.world.access, house.desk.folder / "early.backup")


def of_a_dump_that_fails(house: House) -> None:
    with running("pg_dump", 18, make_url("postgresql://nobody@127.0.0.1:9/none"), stream="stdout") as dump:
        dump.read()


def of_an_address_on_two_lines(house: House) -> None:
    address = make_url("postgresql://127.0.0.1/none").set(password="one\ntwo")
    with running("pg_dump", 18, address, stream="stdout"):
        pass


def restored(house: House, revision: str) -> None:
    manifest = SimpleNamespace(revision=revision, postgresql=1)
    with instead(restoring, "_opened", lambda path: nullcontext((None, manifest))):
        restoring.restore(house.world.access, Path("of-friday.backup"))


def compared(house: House) -> None:
    manifest = SimpleNamespace(tables={}, sequences={}, roles={})
    restoring._compare(house.world.access, cast("Any", manifest))


def compared_roles(house: House) -> None:
    manifest = SimpleNamespace(roles={"usufruct_app": SimpleNamespace(model_dump=lambda: {"login": False})})
    restoring._compare_roles(house.world.access, cast("Any", manifest))


def executed(house: House, *statements: str) -> None:
    with closing(Database(house.world.access.app)) as database, database.transaction(1) as session:
        for statement in statements:
            session.execute(text(statement))


def raised(house: House, code: str, constraint: str = "") -> None:
    """The database itself says so."""
    executed(house, f"do $$ begin raise 'no' using errcode = '{code}', constraint = '{constraint}'; end $$")


def of_a_foreign_folder(house: House) -> None:
    with instead(os, "geteuid", lambda: house.desk.folder.stat().st_uid + 1):
        EmbeddedServer(house.desk.folder)._make_home()


def of_a_closed_folder(house: House) -> None:
    closed = house.desk.folder / "closed"
    closed.mkdir(mode=0o700)
    with instead(EmbeddedServer, "_account", SimpleNamespace(pw_uid=0)):
        EmbeddedServer(closed / "usufruct")._make_home()


def of_nobody(house: House) -> None:
    with instead(os, "geteuid", lambda: 2**32 - 2):
        embedded._own_name()


def of_no_server(house: House) -> None:
    with instead(embedded, "find_spec", lambda name: None):
        embedded.binaries()


def of_a_server_that_fails(house: House) -> None:
    def fails(*_: object) -> CompletedProcess[str]:
        return CompletedProcess("initdb", 1, "initdb 18", "no room")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(EmbeddedServer, "_call", fails)
        patched.setattr(EmbeddedServer, "_make_own", lambda server, folder: None)
        patched.setattr(EmbeddedServer, "_reachable_programs", house.desk.folder)
        EmbeddedServer(house.desk.folder)._create()


def of_an_old_server(house: House) -> None:
    _make_roles(cast("Any", SimpleNamespace(scalar=lambda statement: "140012")), password=None)


def of_what_is_on_its_way(house: House) -> None:
    delivery = SimpleNamespace(state=webhooks.DeliveryState.WAITING)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(webhooks, "find", lambda session, name: None)
        patched.setattr(webhooks, "_delivery", lambda session, name, notification: delivery)
        webhooks.replay(cast("Any", None), "wh_1", UUID(int=1), NOW)


def of_a_link_to(what: LinkTarget, voided_on: date | None) -> None:
    """A document that its customer opens by a link, in a house that makes no picture of it."""
    stored = SimpleNamespace(row=SimpleNamespace(voided_on=voided_on))
    known = SimpleNamespace(document="2026-000001", supplier="Nordluft", of_payee=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.operations.opened_links.invoices.find", lambda *_: stored)
        patched.setattr(opened_links, "DOCUMENTS", SimpleNamespace(invoice={}))
        opened_links._opened(cast("Any", None), cast("Any", known), what, NOW, "")


def of_two_currencies(house: House) -> None:
    known = [SimpleNamespace(id=key, issuer_id=1, currency=currency) for key, currency in enumerate(("EUR", "PLN"))]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("billing.payouts.store.accounts_of", lambda *_: known)
        patched.setattr("api.operations.payouts.party_names", lambda *_: {1: "Nordluft"})
        payouts.make_payout(cast("Any", None), "factory", "CHF", who="anna", at=NOW)


def of_what_is_not_late(house: House) -> None:
    """A document whose next letter a person orders, and of whose account nothing is written."""
    row = SimpleNamespace(issuer_id=1, customer_id=2, currency="EUR", invoice_id=3, held="")
    session = SimpleNamespace(flush=lambda: None, refresh=lambda row: None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.operations.dunning.listed.dunning_row", lambda *_: row)
        patched.setattr("api.operations.dunning.dun_account", lambda *_: SimpleNamespace(letters=()))
        dunning.send_next_step(cast("Any", session), "2026-000001", None, who="finance", at=NOW)


#: By name: what raises it, or is answered so.
DOUBLES_OF_API: Mapping[str, Callable[[House], object]] = {
    "backup-from-newer": lambda house: restored(house, "of next year"),
    "client-gone": of_who_leaves,
    "which-payout-currency": of_two_currencies,
    "contradicts-stored": lambda house: executed(
        house, *["insert into party (tenant, name) values (1, 'Nordluft')"] * 2
    ),
    "damaged-key-file": lambda house: with_a_key_file(house, lambda path: path.write_text("{", encoding="utf-8")),
    "database-not-empty": lambda house: restored(house, newest_revision()),
    "ended-midway": of_a_server_that_ends,
    "exposed-key-file": lambda house: with_a_key_file(house, lambda path: path.chmod(0o644)),
    "file-too-large": of_a_huge_file,
    "foreign-folder": of_a_foreign_folder,
    "held-by-another": lambda house: raised(house, "55P03"),
    "link-to-void-document": lambda house: of_a_link_to(LinkTarget.PAGE, date(2026, 2, 2)),
    "no-account": of_nobody,
    "no-http": of_no_request,
    "no-binaries": of_no_server,
    "not-from-gateway": told_by_nobody,
    "not-ready": of_another_revision,
    "nothing-late": of_what_is_not_late,
    "nothing-to-back-up": of_a_backup_of_another_revision,
    "person-needed": lambda house: raised(house, "23514", "a_person_releases"),
    "program-failed": of_a_dump_that_fails,
    "restored-otherwise": compared,
    "operation-ended": lambda house: of_an_operation(house, 2),
    "operation-runs": lambda house: of_an_operation(house, 0),
    "roles-differ": compared_roles,
    "scope-beyond-key": lambda house: scope_within(ANYBODY, ["invoices:issue"]),
    "server-failed": of_a_server_that_fails,
    "server-too-old": of_an_old_server,
    "still-under-way": of_two_at_once,
    "still-waiting": of_what_is_on_its_way,
    "stopped-midway": of_a_run_that_is_stopped,
    "too-slow": of_a_slow_client,
    "too-busy": of_busy_threads,
    "too-many-operations": of_many_operations,
    "too-many-webhooks": of_many_webhooks,
    "too-many-requests": of_many_requests,
    "took-too-long": lambda house: executed(house, "set local statement_timeout = 1", "select pg_sleep(5)"),
    "unfit-overlap": lambda house: people.rotate_key(
        cast("Any", None), "usu_12345678", overlap=timedelta(hours=-1), at=NOW
    ),
    "unfit-secret": lambda house: signing.read("secret"),
    "unforeseen": of_something_unforeseen,
    "unreachable-folder": of_a_closed_folder,
    "unspeakable-address": of_an_address_on_two_lines,
}
