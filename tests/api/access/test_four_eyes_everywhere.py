"""Every route and every command that may write is an operation on money with its rule, or says why it moves none.

A new one without its row fails here. So does a row whose operation the database does not enforce.
"""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from sqlalchemy import text

import api.http.routes
from api.access.roles import Permission
from api.cli.main import app as command_line
from api.http.dependencies import Needs
from api.http.permissions import routes_of
from api.server.database import Database
from metering.tenants.money import RULES, MoneyOperation

M = MoneyOperation
READS = "it stores nothing"
RATES = "it bills what two have agreed, from what is stored"
NOT_BILLED = "what no bill rests on counts at once; the bill that will rest on it is looked at"
REFUSED_ALONE = "what would change billed readings is refused, unless a meter's own program posts it"
TELLS = "it tells what its maker may read anyway, and moves no money"
COLLECTS = "what is owed stays so, and no more than that is taken"
BY_RELEASED_TERMS = "what is claimed for delay is by terms that two have released; it is given up as any document is"
CLEARED = "what a state says of documents changes nothing that is owed"
OWED_AS_BEFORE = "what it had is owed to the payee as before, and the next payout has it"
BY_THE_BANK = "the bank's own statement is the other witness of it"
CONNECTED = "the payee itself tells the gateway where its money goes"
CAUGHT_UP = "it does what two have agreed, as it would have been done by itself"
INTERPRETS = "it says how later files are read; what they correct of billed readings waits"

ROUTES: dict[str, tuple[MoneyOperation | str, ...]] = {
    "POST /v1/baselines": (READS,),
    "POST /v1/savings": (READS,),
    "POST /v1/savings/planned": (READS,),
    "POST /v1/savings/portfolio": (READS,),
    "POST /v1/contracts": (M.VERSION,),
    "POST /v1/contracts/bulk": (M.VERSION,),
    "POST /v1/contracts/release": (M.VERSION,),
    "POST /v1/contracts/{reference}/release": (M.VERSION,),
    "POST /v1/contracts/check": (READS,),
    "POST /v1/price": (READS,),
    "POST /v1/contracts/price": (READS,),
    "POST /v1/contracts/diff": (READS,),
    "POST /v1/contracts/simulate": (READS,),
    "POST /v1/contracts/relief": (READS,),
    "POST /v1/contracts/shadow": (READS,),
    "POST /v1/contracts/{reference}/disputes": (M.DISPUTE_ACCEPTED,),
    "POST /v1/disputes/{number}/accept": (M.DISPUTE_ACCEPTED,),
    "POST /v1/disputes/{number}/settle": (M.DISPUTE_DUE, M.DISPUTE_WAIVED),
    "GET /v1/grants": (READS,),
    "GET /v1/four-eyes": (READS,),
    "POST /v1/four-eyes/switches": (M.FOUR_EYES_SWITCH,),
    "POST /v1/four-eyes/switches/{number}/release": (M.FOUR_EYES_SWITCH,),
    "POST /v1/four-eyes/limits": (M.FOUR_EYES_LIMIT,),
    "POST /v1/four-eyes/limits/{number}/release": (M.FOUR_EYES_LIMIT,),
    "POST /v1/four-eyes/switches/{number}/take-back": ("nobody gains by it",),
    "POST /v1/four-eyes/limits/{number}/take-back": ("nobody gains by it",),
    "POST /v1/indices": (M.INDEX_VALUE, M.INDEX_LINKS),
    "POST /v1/indices/{name}/release": (M.INDEX_VALUE, M.INDEX_LINKS),
    "POST /v1/taxes": (M.TAX_LAW,),
    "POST /v1/taxes/{country}/release": (M.TAX_LAW,),
    "PUT /v1/parties/{name}/profile": (M.PARTY_PROFILE,),
    "POST /v1/parties/{name}/profile/release": (M.PARTY_PROFILE,),
    "POST /v1/parties/{name}/profile/withdraw": ("nobody gains by it",),
    "PUT /v1/parties/{name}/logo": ("a document bears it once a profile names it, which two release",),
    "POST /v1/invoices/{number}/credits": (M.CREDIT_NOTE,),
    "POST /v1/credits/{credit}/release": (M.CREDIT_NOTE,),
    "POST /v1/credits/{credit}/withdraw": ("nobody gains by it",),
    "POST /v1/contracts/{reference}/top-ups": ("it claims by terms that two released, and is credit once it is paid",),
    "POST /v1/invoices/{number}/void": (M.DOCUMENT_VOIDED,),
    "GET /v1/invoices/{number}/void": (READS,),
    "POST /v1/invoices/{number}/void/release": (M.DOCUMENT_VOIDED,),
    "POST /v1/invoices/{number}/void/withdraw": ("nobody gains by it",),
    "POST /v1/bill": (RATES,),
    "POST /v1/invoices/{number}/issue": (RATES,),
    "POST /v1/replay": (READS,),
    "POST /v1/invoices/{number}/sendings": ("that a document was sent changes nothing that is owed",),
    "POST /v1/invoices/{number}/deliveries": ("that a document was sent changes nothing that is owed",),
    "POST /v1/invoices/{number}/deliveries/{delivery}/again": (
        "that a document was sent changes nothing that is owed",
    ),
    "POST /v1/invoices/{number}/deliveries/{delivery}/settle": (
        "that a document was sent changes nothing that is owed",
    ),
    "POST /v1/deliveries/answers": ("that a document was sent changes nothing that is owed",),
    "POST /v1/invoices/{number}/links": ("that a document was sent changes nothing that is owed",),
    "GET /v1/invoices/{number}/links": (READS,),
    "DELETE /v1/invoices/{number}/links/{link}": ("nobody gains by it",),
    "POST /v1/payee-documents/{number}/deliveries": ("that a document was sent changes nothing that is owed",),
    "POST /v1/payee-documents/{number}/deliveries/{delivery}/again": (
        "that a document was sent changes nothing that is owed",
    ),
    "POST /v1/payee-documents/{number}/deliveries/{delivery}/settle": (
        "that a document was sent changes nothing that is owed",
    ),
    "POST /v1/payee-documents/{number}/links": ("that a document was sent changes nothing that is owed",),
    "GET /v1/payee-documents/{number}/links": (READS,),
    "DELETE /v1/payee-documents/{number}/links/{link}": ("nobody gains by it",),
    "POST /v1/clearances/{authority}/files": (CLEARED,),
    "POST /v1/clearances/{authority}/files/{file}/withdraw": (CLEARED,),
    "POST /v1/clearances/{authority}/answers": (CLEARED,),
    "POST /v1/clearances/fapiao/reds": (CLEARED,),
    "POST /v1/clearances/fapiao/reds/{red}/steps": (CLEARED,),
    "GET /v1/dunning": (READS,),
    "GET /v1/dunning/due": (READS,),
    "GET /v1/invoices/{number}/dunning": (READS,),
    "POST /v1/invoices/{number}/dunning/next": (BY_RELEASED_TERMS,),
    "GET /v1/dunning/pauses": (READS,),
    "POST /v1/dunning/pauses": ("nothing that is owed changes",),
    "POST /v1/dunning/pauses/{number}/end": ("nothing that is owed changes",),
    "POST /v1/bank/files": (M.PAYMENT_RECORDED,),
    "GET /v1/bank/entries": (READS,),
    "POST /v1/bank/entries/{number}/match": (M.PAYMENT_RECORDED,),
    "POST /v1/bank/entries/{number}/return": (M.PAYMENT_RECORDED,),
    "POST /v1/bank/entries/{number}/orders": (M.PAYMENT_RECORDED,),
    "POST /v1/bank/entries/{number}/ignore": ("what is no payment is owed as before",),
    "POST /v1/bank/advices": (M.PAYMENT_RECORDED,),
    "GET /v1/bank/payers": (READS,),
    "POST /v1/work/pauses": (M.WORK_PAUSED,),
    "POST /v1/work/pauses/{number}/release": (M.WORK_PAUSED,),
    "POST /v1/work/pauses/{number}/end": (CAUGHT_UP,),
    "POST /v1/work/{number}/again": (CAUGHT_UP,),
    "POST /v1/bank/payers": (M.PAYER_ALIAS,),
    "POST /v1/bank/payers/{number}/release": (M.PAYER_ALIAS,),
    "POST /v1/bank/payers/{number}/withdraw": ("nobody gains by it",),
    "POST /pay/{token}": (COLLECTS,),
    "POST /v1/gateway-orders/{order}/again": (COLLECTS,),
    "POST /v1/gateway-orders/{order}/withdraw": (COLLECTS,),
    "POST /v1/invoices/{number}/pay-links": (COLLECTS,),
    "DELETE /v1/invoices/{number}/pay-links/{link}": (COLLECTS,),
    "POST /v1/contracts/{reference}/method-links": (COLLECTS,),
    "DELETE /v1/contracts/{reference}/method-links/{link}": (COLLECTS,),
    "POST /v1/saved-methods/{method}/end": (COLLECTS,),
    "POST /v1/payments/{number}/refunds": (M.REFUND,),
    "GET /v1/refunds": (READS,),
    "POST /v1/refunds/{refund}/release": (M.REFUND,),
    "POST /v1/refunds/{refund}/withdraw": ("nobody gains by it",),
    "GET /v1/gateway-balance": (READS,),
    "GET /v1/gateway-payouts": (READS,),
    "GET /v1/bank/orders": (READS,),
    "GET /v1/bank/orders/{number}": (READS,),
    "POST /v1/bank/refunds": (M.BANK_FILE,),
    "POST /v1/bank/orders/{number}/withdraw": ("nobody gains by it",),
    "POST /v1/bank/orders/{number}/again": (M.BANK_FILE,),
    "POST /v1/bank/orders/{number}/notice": ("a debit is collected by the file, which two take",),
    "POST /v1/bank/order-files": (M.BANK_FILE,),
    "GET /v1/bank/order-files": (READS,),
    "GET /v1/bank/order-files/{number}": (READS,),
    "POST /v1/bank/order-files/{number}/take": (M.BANK_FILE,),
    "GET /v1/bank/order-files/{number}/content": (READS,),
    "POST /v1/bank/order-files/{number}/cancel": ("its orders are due again, and another file is taken by two",),
    "POST /v1/bank/order-reports": ("what a bank refuses is owed as before",),
    "GET /v1/bank/mandates": (READS,),
    "GET /v1/bank/mandates/{number}": (READS,),
    "POST /v1/bank/mandates": (M.MANDATE,),
    "POST /v1/bank/mandates/{number}/amend": (M.MANDATE,),
    "POST /v1/bank/mandates/{number}/revoke": ("nobody gains by it",),
    "POST /v1/bank/mandates/{number}/end": ("nobody gains by it",),
    "POST /v1/payments": (M.PAYMENT_RECORDED,),
    "POST /v1/payments/{number}/allocations": (M.PAYMENT_RECORDED,),
    "POST /v1/payments/{number}/reverse": (M.PAYMENT_RECORDED,),
    "POST /v1/invoices/{number}/write-offs": (M.WRITE_OFF,),
    "POST /v1/write-offs/{number}/release": (M.WRITE_OFF,),
    "POST /v1/payees/{payee}/payouts": (M.PAYOUT,),
    "POST /v1/payouts/{number}/release": (M.PAYOUT,),
    "POST /v1/payouts/{number}/withdraw": (OWED_AS_BEFORE,),
    "POST /v1/payouts/{number}/again": ("it was released, or the contract says so, and is asked for once more",),
    "POST /v1/payouts/{number}/paid": (BY_THE_BANK,),
    "POST /v1/payouts/{number}/failed": (BY_THE_BANK,),
    "POST /v1/payees/{payee}/connection": (CONNECTED,),
    "GET /v1/payees/{payee}/connection": (READS,),
    "PUT /v1/profiles/{name}": (INTERPRETS,),
    "POST /api/v1/events": (REFUSED_ALONE, NOT_BILLED),
    "POST /api/v1/events/batch": (REFUSED_ALONE, NOT_BILLED),
    "PUT /v1/event-meters/{name}": (REFUSED_ALONE, NOT_BILLED),
    "POST /v1/events/match": (REFUSED_ALONE, NOT_BILLED),
    "PUT /v1/fleet": (M.METER_APPROVAL,),
    "POST /v1/readings": (M.BILLED_READINGS, NOT_BILLED),
    "POST /v1/registers/{key}/exchanges": (M.BILLED_READINGS, NOT_BILLED),
    "POST /v1/registers/{key}/resets": (M.BILLED_READINGS, NOT_BILLED),
    "POST /v1/registers/{key}/withdrawals": (M.BILLED_READINGS, NOT_BILLED),
    "POST /v1/registers/{key}/estimates": (M.BILLED_READINGS, NOT_BILLED),
    "POST /v1/registers/{key}/checks": ("what is in question holds a bill, and changes none",),
    "POST /v1/registers/{key}/edits": (M.EDIT,),
    "POST /v1/edits/{number}/release": (M.EDIT, M.BILLED_READINGS, M.METER_APPROVAL),
    "POST /v1/contracts/{reference}/statements": (M.STATEMENT_SUBMITTED,),
    "POST /v1/statements/{number}/replay": (READS,),
    "POST /v1/statements/{number}/steps": (M.STATEMENT_SUBMITTED, M.STATEMENT_VERIFIED, M.STATEMENT_ANSWERED),
    "GET /v1/contracts/schema": (READS,),
    "POST /v1/users": (M.IDENTITY, M.KEY),
    "POST /v1/users/{name}/disable": (M.IDENTITY,),
    "POST /v1/users/{name}/release": (M.IDENTITY, M.KEY),
    "POST /v1/keys": (M.KEY,),
    "POST /v1/keys/{key_id}/revoke": ("nobody gains by it",),
    "POST /v1/keys/{key_id}/release": (M.KEY,),
    "POST /v1/keys/{key_id}/rotate": (M.KEY,),
    "PUT /v1/openid": ("who is trusted says who comes only where a person has bound a subject",),
    "DELETE /v1/openid": ("nobody gains by it",),
    "POST /v1/openid/subjects": (M.KEY,),
    "DELETE /v1/openid/subjects": ("nobody gains by it",),
    "POST /v1/grants": ("a third party reads",),
    "POST /v1/operations/{number}/cancel": ("nobody gains by it",),
    "POST /v1/grants/{number}/revoke": ("nobody gains by it",),
    "POST /v1/contracts/{reference}/signatures": ("a signature changes nothing of the contract",),
    "POST /v1/statements/{number}/signatures": ("a signature changes nothing of the statement",),
    "POST /v1/webhooks": (TELLS,),
    "PATCH /v1/webhooks/{webhook}": (TELLS,),
    "DELETE /v1/webhooks/{webhook}": ("nobody gains by it",),
    "POST /v1/webhooks/{webhook}/rotate": (TELLS,),
    "POST /v1/webhooks/{webhook}/deliveries/replay": (TELLS,),
    "POST /v1/webhooks/{webhook}/deliveries/{notification}/replay": (TELLS,),
    "POST /v1/gateway-events/{account}": ("the gateway says it, and it is read there before it counts",),
    "POST /oauth/token": ("it is its bearer's, by the key",),
    "POST /session": ("it is its bearer's, by the key",),
    "DELETE /session": ("nobody gains by it",),
}
COMMANDS: dict[str, tuple[MoneyOperation | str, ...]] = {
    "bill": (RATES,),
    "check": ("what is in question holds a bill, and changes none",),
    "contract apply": (M.VERSION,),
    "contract check": (READS,),
    "contract release": (M.VERSION,),
    "contract shadow": (READS,),
    "contract simulate": (READS,),
    "credit prepare": (M.CREDIT_NOTE,),
    "credit release": (M.CREDIT_NOTE,),
    "credit withdraw": ("nobody gains by it",),
    "prepaid top-up": ("it claims by terms that two released, and is credit once it is paid",),
    "invoice void": (M.DOCUMENT_VOIDED,),
    "invoice void-release": (M.DOCUMENT_VOIDED,),
    "invoice void-withdraw": ("nobody gains by it",),
    "dispute accept": (M.DISPUTE_ACCEPTED,),
    "dispute decline": (M.DISPUTE_DUE,),
    "dispute raise": (M.DISPUTE_ACCEPTED,),
    "dispute settle": (M.DISPUTE_DUE, M.DISPUTE_WAIVED),
    "edit release": (M.EDIT, M.BILLED_READINGS, M.METER_APPROVAL),
    "edit set": (M.EDIT,),
    "edit verify": (M.EDIT,),
    "event match": (REFUSED_ALONE, NOT_BILLED),
    "event meter": (REFUSED_ALONE, NOT_BILLED),
    "estimate": (M.BILLED_READINGS, NOT_BILLED),
    "exchange": (M.BILLED_READINGS, NOT_BILLED),
    "fleet apply": (M.METER_APPROVAL,),
    "party apply": (M.PARTY_PROFILE,),
    "party logo": ("a document bears it once a profile names it, which two release",),
    "party release": (M.PARTY_PROFILE,),
    "party withdraw": ("nobody gains by it",),
    "index record": (M.INDEX_VALUE, M.INDEX_LINKS),
    "tax record": (M.TAX_LAW,),
    "tax release": (M.TAX_LAW,),
    "index release": (M.INDEX_VALUE, M.INDEX_LINKS),
    "ingest": (M.BILLED_READINGS, NOT_BILLED),
    "invoice issue": (RATES,),
    "invoice send": ("that a document was sent changes nothing that is owed",),
    "invoice send-again": ("that a document was sent changes nothing that is owed",),
    "invoice settle": ("that a document was sent changes nothing that is owed",),
    "invoice link": ("that a document was sent changes nothing that is owed",),
    "invoice links": (READS,),
    "invoice link-revoke": ("nobody gains by it",),
    "payee send": ("that a document was sent changes nothing that is owed",),
    "payee send-again": ("that a document was sent changes nothing that is owed",),
    "payee settle": ("that a document was sent changes nothing that is owed",),
    "payee link": ("that a document was sent changes nothing that is owed",),
    "payee links": (READS,),
    "payee link-revoke": ("nobody gains by it",),
    "clearance export": (CLEARED,),
    "clearance withdraw": (CLEARED,),
    "clearance import": (CLEARED,),
    "clearance red": (CLEARED,),
    "clearance red-step": (CLEARED,),
    "invoice sent": ("that a document was sent changes nothing that is owed",),
    "payment record": (M.PAYMENT_RECORDED,),
    "dunning list": (READS,),
    "dunning show": (READS,),
    "dunning due": (READS,),
    "dunning send": (BY_RELEASED_TERMS,),
    "dunning pause": ("nothing that is owed changes",),
    "dunning resume": ("nothing that is owed changes",),
    "dunning pauses": (READS,),
    "bank read": (M.PAYMENT_RECORDED,),
    "bank match": (M.PAYMENT_RECORDED,),
    "bank return": (M.PAYMENT_RECORDED,),
    "bank booked": (M.PAYMENT_RECORDED,),
    "bank ignore": ("what is no payment is owed as before",),
    "bank advice": (M.PAYMENT_RECORDED,),
    "bank aliases": (READS,),
    "bank queue": (READS,),
    "bank entries": (READS,),
    "work pause": (M.WORK_PAUSED,),
    "work release": (M.WORK_PAUSED,),
    "work resume": (CAUGHT_UP,),
    "work again": (CAUGHT_UP,),
    "bank alias": (M.PAYER_ALIAS,),
    "bank alias-release": (M.PAYER_ALIAS,),
    "bank alias-withdraw": ("nobody gains by it",),
    "payment link": (COLLECTS,),
    "payment link-revoke": (COLLECTS,),
    "payment refund": (M.REFUND,),
    "payment refunds": (READS,),
    "payment refund-release": (M.REFUND,),
    "payment refund-withdraw": ("nobody gains by it",),
    "gateway link": (COLLECTS,),
    "gateway link-revoke": (COLLECTS,),
    "gateway again": (COLLECTS,),
    "gateway withdraw": (COLLECTS,),
    "gateway end-method": (COLLECTS,),
    "gateway balance": (READS,),
    "gateway payouts": (READS,),
    "bank order list": (READS,),
    "bank order show": (READS,),
    "bank order refund": (M.BANK_FILE,),
    "bank order withdraw": ("nobody gains by it",),
    "bank order again": (M.BANK_FILE,),
    "bank order notice": ("a debit is collected by the file, which two take",),
    "bank order prepare": (M.BANK_FILE,),
    "bank order files": (READS,),
    "bank order take": (M.BANK_FILE,),
    "bank order content": (READS,),
    "bank order cancel": ("its orders are due again, and another file is taken by two",),
    "bank order report": ("what a bank refuses is owed as before",),
    "bank mandate list": (READS,),
    "bank mandate show": (READS,),
    "bank mandate record": (M.MANDATE,),
    "bank mandate amend": (M.MANDATE,),
    "bank mandate revoke": ("nobody gains by it",),
    "bank mandate end": ("nobody gains by it",),
    "payment allocate": (M.PAYMENT_RECORDED,),
    "payment reverse": (M.PAYMENT_RECORDED,),
    "write-off prepare": (M.WRITE_OFF,),
    "write-off release": (M.WRITE_OFF,),
    "payout make": (M.PAYOUT,),
    "payout release": (M.PAYOUT,),
    "payout withdraw": (OWED_AS_BEFORE,),
    "payout again": ("it was released, or the contract says so, and is asked for once more",),
    "payout paid": (BY_THE_BANK,),
    "payout failed": (BY_THE_BANK,),
    "payout connect": (CONNECTED,),
    "payout connection": (READS,),
    "grant give": ("a third party reads",),
    "grant list": (READS,),
    "grant revoke": ("nobody gains by it",),
    "contract sign": ("a signature changes nothing of the contract",),
    "statement sign": ("a signature changes nothing of the statement",),
    "key create": (M.KEY,),
    "key revoke": ("nobody gains by it",),
    "key release": (M.KEY,),
    "key rotate": (M.KEY,),
    "profile set": (INTERPRETS,),
    "replay": (READS,),
    "reset": (M.BILLED_READINGS, NOT_BILLED),
    "statement prepare": (M.STATEMENT_SUBMITTED,),
    "statement replay": (READS,),
    "statement take": (M.STATEMENT_SUBMITTED, M.STATEMENT_VERIFIED, M.STATEMENT_ANSWERED),
    "tenant four-eyes": (M.FOUR_EYES_SWITCH,),
    "tenant limit": (M.FOUR_EYES_LIMIT,),
    "tenant release-limit": (M.FOUR_EYES_LIMIT,),
    "tenant take-back-limit": ("nobody gains by it",),
    "tenant take-back-switch": ("nobody gains by it",),
    "tenant release-switch": (M.FOUR_EYES_SWITCH,),
    "user create": (M.IDENTITY, M.KEY),
    "user disable": (M.IDENTITY,),
    "user release": (M.IDENTITY, M.KEY),
    "user erase": ("what was done stays by number",),
    "user bind": (M.KEY,),
    "user unbind": ("nobody gains by it",),
    "openid add": ("who is trusted says who comes only where a person has bound a subject",),
    "openid remove": ("nobody gains by it",),
    "audit prune": ("what is past its retention moves no money",),
    "webhook create": (TELLS,),
    "webhook change": (TELLS,),
    "webhook delete": ("nobody gains by it",),
    "webhook rotate": (TELLS,),
    "webhook replay": (TELLS,),
    "withdraw": (M.BILLED_READINGS, NOT_BILLED),
}
#: Their functions are called by commands of other files as well, and ask for the permission themselves.
SHARING = {"api.cli.deliveries", "api.cli.payee_deliveries"}
#: Commands that ask for no permission: they store nothing of a tenant, or are about who sits there, or the server.
UNASKED = {
    "backup", "restore",
    "baseline fit", "baseline normalize", "baseline planned", "baseline portfolio", "baseline savings", "contract diff", "contract new",
    "contract schema", "operation answer", "operation cancel", "operation list", "operation show", "db status", "db stop", "db upgrade", "demo", "login", "logout", "price", "serve", "settings", "tenant create", "tenant list",
    "problem", "trigger", "user recover", "version", "waiting", "whoami", "worker",
}  # fmt: skip


def routes() -> Iterator[tuple[str, set[Permission]]]:
    modules = [
        importlib.import_module(f"api.http.routes.{module.name}")
        for module in pkgutil.iter_modules(api.http.routes.__path__)
    ]
    for route in routes_of([module.router for module in modules]):
        needs = [needed.call for needed in route.dependant.dependencies if isinstance(needed.call, Needs)]
        yield f"{min(route.methods or ())} {route.path}", {of for need in needs for of in need.any_of}


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(group, "commands"):
        yield before.strip(), group.callback
        return
    for name, command in group.commands.items():
        yield from commands(command, f"{before} {name}")


def asked_by(callback: Any) -> set[str]:
    """The permissions that a command's source names, or that of a function of the commands that it calls."""
    module = inspect.getmodule(callback)
    (function,) = (
        node for node in ast.walk(ast.parse(inspect.getsource(module or callback)))
        if isinstance(node, ast.FunctionDef) and node.name == callback.__name__
    )  # fmt: skip
    names = {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and "Permission" in ast.unparse(node)
    }
    called = {
        node.func.id for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    shared = [getattr(module, name, None) for name in sorted(called - {callback.__name__})]
    own = {str(Permission[name]) for name in names if name in Permission.__members__}
    return own.union(*(asked_by(one) for one in shared if inspect.isfunction(one) and one.__module__ in SHARING))


def writes(permissions: set[Any]) -> bool:
    return any(not str(permission).endswith(":read") for permission in permissions)


def test_every_route_that_may_write_has_its_row() -> None:
    anybodys = {name for name, permissions in routes() if not permissions and not name.startswith("GET ")}
    assert {name for name, permissions in routes() if writes(permissions)} | anybodys == set(ROUTES)


def test_every_command_that_may_write_has_its_row() -> None:
    asked = {name: asked_by(callback) for name, callback in commands(typer.main.get_command(command_line)) if callback}
    assert {name for name, permissions in asked.items() if writes(permissions)} == set(COMMANDS)
    assert {name for name, permissions in asked.items() if not permissions} == UNASKED


@pytest.mark.parametrize("table", [ROUTES, COMMANDS])
def test_each_operation_is_reached_and_each_reason_is_one(table: dict[str, tuple[MoneyOperation | str, ...]]) -> None:
    rows = [row for of in table.values() for row in of]
    assert {row for row in rows if isinstance(row, M)} >= set(M)
    assert all(len(row) > len("it reads") for row in rows if not isinstance(row, M))


class TestTheRules:
    def test_each_operation_has_one(self) -> None:
        assert RULES.keys() == set(M)

    @pytest.mark.parametrize("operation", M)
    def test_the_database_has_its_columns_and_its_trigger(self, database: Database, operation: MoneyOperation) -> None:
        rule = RULES[operation]
        with database.transaction(1) as session:
            columns = set(session.execute(
                text("select column_name from information_schema.columns where table_name = :table"), {"table": rule.table}
            ).scalars())  # fmt: skip
            source = session.execute(
                text("""select prosrc from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid
                        where t.tgname = :trigger and c.relname = :on and t.tgenabled = 'O'"""),
                {"trigger": rule.trigger, "on": rule.on or rule.table},
            ).scalar_one()
        assert {rule.first, rule.second} <= columns
        assert not rule.needs_two or rule.refusal in source or "releases_people" in source
        assert rule.needs_two is bool(rule.refusal)

    def test_a_limit_is_of_an_operation_of_which_the_amount_is_known(self, database: Database) -> None:
        with database.transaction(1) as session:
            check = session.execute(
                text(
                    "select pg_get_constraintdef(oid) from pg_constraint where conname = 'ck_four_eyes_limit_operation_has_an_amount'"
                )
            ).scalar_one()
        assert [operation for operation in M if f"'{operation}'" in check] == [o for o in M if RULES[o].has_amount]
