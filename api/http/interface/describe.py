"""The OpenAPI document of the application: what FastAPI reads from the routes, and what only we know of them."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from api.http.interface.documents import body_of, document_of, schemas_of
from api.http.interface.headers import HEADERS, add_headers
from api.http.interface.problem import MEDIA_TYPE, Problem, problems, refusals_of
from api.http.permissions import routes_of
from api.http.work_route import WorkRoute

EXAMPLES = Path(__file__).with_name("examples.json")
_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
TAGS = [
    {"name": "health", "description": "Whether the process lives, and whether it can serve."},
    {"name": "problems", "description": "What each refusal means, what to do, and an example that provokes it."},
    {"name": "metering", "description": "The fleet, its readings, and how files of readings are read."},
    {"name": "usage", "description": "What registers counted, by local time and bands; states of machines."},
    {"name": "review", "description": "Deliveries, findings, and what people correct by hand."},
    {
        "name": "events",
        "description": "Usage events as the clients of OpenMeter and Lago post them, and what they count.",
    },
    {"name": "contracts", "description": "Contracts, their versions, prices, indices and disputes."},
    {"name": "savings", "description": "Baselines, savings, and the statements in which they are agreed."},
    {"name": "billing", "description": "Drafts, invoices, their lines explained and replayed, and exports."},
    {"name": "receivables", "description": "Documents sent and paid, write-offs, accounts and their statements."},
    {"name": "payouts", "description": "What payees are owed and paid, and their accounts at gateways."},
    {"name": "collecting", "description": "Orders to gateways, links to pay by, saved methods, refunds, fees."},
    {"name": "dunning", "description": "What is late: steps, letters, pauses, and services that may be stopped."},
    {"name": "work", "description": "What falls due and when, what failed and is tried again, and what is held back."},
    {
        "name": "bank",
        "description": "Files of banks, what waits of them, who pays for whom; orders to banks, and mandates.",
    },
    {"name": "spending", "description": "Prepaid credit of contracts, topped up, and thresholds that were reached."},
    {"name": "clearance", "description": "What states say of documents: KSeF in Poland, fapiao in China."},
    {"name": "operations", "description": "Work that takes long: how far it is, and what it was answered."},
    {"name": "signatures", "description": "Who has signed a contract or a statement."},
    {"name": "four eyes", "description": "Whether what one person prepares another must release."},
    {"name": "waiting", "description": "What waits for a second person, or for a decision."},
    {"name": "webhooks", "description": "What happens, told to endpoints of one's own."},
    {"name": "people", "description": "Who may call, by which key, token or session."},
    {"name": "audit", "description": "Who did what, and the proof that the record is whole."},
]


def describe_operations(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Complete the document of an application by the bodies, refusals and examples of its operations."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), list(routes_of(routers)))
        return app.openapi_schema or plain()

    app.openapi = described  # type: ignore[method-assign]


def _complete(document: dict[str, Any], routes: Sequence[APIRoute]) -> None:
    parsed = [(route.unique_id, document_of(route)) for route in routes]
    schemas, defined = schemas_of((name, kind) for name, kind in parsed if kind not in (None, bytes))
    components = {
        **schemas_of([("problem", Problem)])[1],
        **defined,
        **document["components"]["schemas"],
    }
    for route, operation in _operations(document, routes):
        operation["summary"] = route.name.replace("_", " ").capitalize()
        if isinstance(route, WorkRoute) and route.takes.document is not None:
            operation["requestBody"] = body_of(route, schemas.get(route.unique_id))
        _add_refusals(route, operation)
        add_headers(route, operation)
        _add_examples(operation)
    document["components"]["headers"] = HEADERS
    schemas_sorted = sorted(_referred(document["paths"], components).items())
    document["components"]["schemas"] = {name: _amounts_as_text(schema) for name, schema in schemas_sorted}


def _amounts_as_text(schema: Any) -> Any:
    """A schema in which a decimal is a text alone: a client that is made of a number too makes a float of money."""
    if isinstance(schema, list):
        return [_amounts_as_text(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _amounts_as_text(part) for name, part in schema.items()}
    choices = parts.get("anyOf")
    if isinstance(choices, list) and {"number", "string"} <= {choice.get("type") for choice in choices}:
        left = [choice for choice in choices if choice.get("type") != "number"]
        del parts["anyOf"]
        parts |= left[0] if len(left) == 1 else {"anyOf": left}
    return parts


def _referred(paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas that operations refer to, and those that these refer to; not what FastAPI answers on its own."""
    referred, waiting = dict[str, Any](), {*_REFERENCE.findall(json.dumps(paths))}
    while waiting:
        name = waiting.pop()
        referred[name] = schemas[name]
        waiting |= {*_REFERENCE.findall(json.dumps(schemas[name]))} - referred.keys()
    return referred


def _operations(document: dict[str, Any], routes: Sequence[APIRoute]) -> Iterator[tuple[APIRoute, dict[str, Any]]]:
    for route in routes:
        for method in route.methods or ():
            yield route, document["paths"][route.path_format][method.lower()]


def _add_refusals(route: APIRoute, operation: dict[str, Any]) -> None:
    answers: dict[str, Any] = operation["responses"]
    method = next(iter(route.methods or ()))
    said = {str(status) for status in route.responses}
    possible = {str(status): answer for status, answer in problems(*refusals_of(route, method)).items()}
    answers |= {status: answer for status, answer in possible.items() if status not in said}
    for answer in answers.values():
        content = answer.get("content", {})
        if MEDIA_TYPE in content:  # FastAPI says that a declared model is sent as JSON besides
            content.pop("application/json", None)
    operation["responses"] = dict(sorted(answers.items()))


@cache
def _examples() -> dict[str, Any]:
    return json.loads(EXAMPLES.read_text(encoding="utf-8")) if EXAMPLES.exists() else {}


def _add_examples(operation: dict[str, Any]) -> None:
    """Give an operation the example that was recorded of it: a request, and what was answered."""
    example = _examples().get(operation["operationId"])
    if example is None:
        return
    for parameter in operation.get("parameters", []):
        if parameter["name"] in example["parameters"]:
            parameter["example"] = example["parameters"][parameter["name"]]
    for part, content in (("request", operation.get("requestBody")), ("answer", _answer(operation, example))):
        said = example.get(part)
        if content is not None and said is not None:
            content["content"][said["media_type"]]["example"] = said["body"]


def _answer(operation: dict[str, Any], example: dict[str, Any]) -> dict[str, Any] | None:
    answer: dict[str, Any] = operation["responses"][str(example["status"])]
    return answer if "content" in answer else None
