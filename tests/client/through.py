"""Requests of the scenarios, sent by the generated client's function of their operation.

A request is put into the function's own types and sent by it into the application. The answer is taken out of the
function's own type again, and must be what was answered. What cannot be said with the client must have been refused.
"""

import asyncio
import contextlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import ModuleType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote, urlsplit

import httpx
from fastapi.testclient import TestClient
from make_client import INTERFACE
from usufruct_client import File, Patience, Refusal, Usufruct

from quantities.document import read
from quantities.errors import UsufructError
from tests.client.made import operations, plain

_ONCE = Patience(tries=1)
#: What an operation is asked with beside its parameters, by the name of its header.
_OF_HEADERS = {"idempotency-key": "idempotency_key", "if-match": "if_match"}


class Inexpressible(Exception):
    """The client's types have no room for what is asked."""


class ThroughClient:
    """Asks an application by the generated client, in the words of a ``TestClient``."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def request(self, method: str, path: str, *, key: str, **asked: Any) -> Any:
        """Ask, by the client where it can say that; the answer is the application's own."""
        into = Into(self._client)
        usufruct = Usufruct("http://testserver", key, patience=_ONCE, transport=into)
        operation, values = self._find(method, path)
        try:
            function, arguments = _call(operation, values, path, asked)
        except Inexpressible as why:
            headers = {"Authorization": f"Bearer {key}"} | asked.pop("headers", {})
            answer = self._client.request(method, path, headers=headers, **asked)
            assert not answer.is_success or operation is None, f"the client cannot say what is answered well: {why}"
            return answer
        try:
            answered = function(usufruct, **arguments)
        except Refusal as refusal:
            if into.answer.headers["content-type"] == "application/problem+json":
                assert refusal.problem.to_dict() == into.answer.json()
            assert refusal.status == into.answer.status_code
        else:
            _compare(answered, into.answer)
        return into.answer

    def _find(self, method: str, path: str) -> tuple[ModuleType | None, dict[str, str]]:
        for pattern, known_method, operation in _routes():
            matched = re.fullmatch(pattern, urlsplit(path).path)
            if matched and known_method == method.lower():
                return operations()[operation], {name: unquote(value) for name, value in matched.groupdict().items()}
        return None, {}


class Into(httpx.BaseTransport):
    """Carries what the client sends into the application, and keeps what that answers."""

    answer: Any

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        left_out = ("host", "accept-encoding", "connection", "user-agent", "content-length")
        headers = [(name, value) for name, value in request.headers.multi_items() if name not in left_out]
        self.answer = self._client.request(request.method, str(request.url), headers=headers, content=request.read())
        headers = [item for item in self.answer.headers.multi_items() if item[0] != "content-encoding"]
        return httpx.Response(self.answer.status_code, headers=headers, content=self.answer.content)


class IntoAwaited(httpx.AsyncBaseTransport):
    """The same for what is awaited."""

    def __init__(self, client: TestClient) -> None:
        self._into = Into(client)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await asyncio.to_thread(self._into.handle_request, request)


@cache
def _routes() -> list[tuple[str, str, str]]:
    """The pattern, method and name of each operation, a fixed path before one with a parameter."""
    routes = [
        (re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)), method, operation["operationId"])
        for path, methods in json.loads(INTERFACE.read_text(encoding="utf-8"))["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(routes, key=lambda route: route[0].count("?P<"))


def _call(
    operation: ModuleType | None, values: Mapping[str, str], path: str, asked: Mapping[str, Any]
) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The function that asks this, and its arguments."""
    if operation is None:
        raise Inexpressible(f"{path} is no operation")
    headers = {name.lower(): value for name, value in asked.get("headers", {}).items()}
    function = operation.begin if headers.pop("prefer", None) == "respond-async" else operation.sync
    hints = _hints(function)
    arguments = {name: _value(value, hints, name) for name, value in values.items()}
    given = dict[str, list[str]]()
    for name, value in _query(path, asked.get("params")):
        given.setdefault(name, []).append(value)
    for name, texts in given.items():
        python_name = name if name in hints else f"{name}_"
        arguments[python_name] = _value(texts if len(texts) > 1 else texts[0], hints, python_name)
    media_type = headers.pop("content-type", None)
    if "body" in hints and (body := _body(asked, media_type, hints["body"])) is not None:
        arguments["body"] = body
    elif asked.keys() & {"json", "content", "data"}:
        raise Inexpressible("a body")
    for name, value in headers.items():
        if name not in _OF_HEADERS:
            raise Inexpressible(f"the header {name}")
        arguments[_OF_HEADERS[name]] = value
    missing = [name for name, one in inspect.signature(function).parameters.items() if one.default is one.empty]
    if set(missing) - arguments.keys() - {"client"}:
        raise Inexpressible(f"without {missing}")
    return function, arguments


@cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(function)


def _query(path: str, params: Any) -> list[tuple[str, str]]:
    return httpx.QueryParams(urlsplit(path).query).multi_items() + httpx.QueryParams(params).multi_items()


def _value(text: str | list[str], hints: Mapping[str, Any], name: str) -> Any:
    """A parameter in its own type.

    Raises:
        Inexpressible: it has no such type.
    """
    if name not in hints:
        raise Inexpressible(f"the parameter {name}")
    kinds = get_args(hints[name]) if get_origin(hints[name]) in (Union, UnionType) else (hints[name],)
    for kind in sorted(kinds, key=lambda kind: kind is str):  # a text is whatever is nothing else
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return _read(text, kind)
    raise Inexpressible(f"{name} = {text}")


def _read(text: str | list[str], kind: Any) -> Any:
    if get_origin(kind) is list:
        return [_read(item, get_args(kind)[0]) for item in ([text] if isinstance(text, str) else text)]
    if not isinstance(text, str):
        raise TypeError(text)
    if kind is bool:
        return {"true": True, "false": False}[text]
    if kind is date or (kind is datetime and "T" in text):
        return kind.fromisoformat(text)
    if kind in (int, str) or (isinstance(kind, type) and issubclass(kind, Enum)):
        return kind(text)
    raise TypeError(text)


def _body(asked: Mapping[str, Any], media_type: str | None, hint: Any) -> Any:
    """What is sent, in the type that the operation takes; a document that is whole as its model; None: nothing."""
    if "content" in asked:
        content = asked["content"]
        if media_type is None and (model := _document(content, hint)) is not None:
            return model
        if File not in get_args(hint) and hint is not File:
            raise Inexpressible("a file")
        return File(content, media_type)
    stated = asked.get("json", asked.get("data"))
    if stated is None:
        return None
    model = model_of(stated, hint)
    if model is None and File in get_args(hint):  # a document of texts alone, as YAML is read: whole numbers too
        return File(json.dumps(stated), "application/json")
    if model is None:
        raise Inexpressible("what is stated")
    return model


def _document(content: str | bytes, hint: Any) -> Any:
    """A document as its model, where it has all that its model has."""
    try:
        stated = read(content if isinstance(content, str) else content.decode())
    except (UsufructError, UnicodeDecodeError):
        return None
    return model_of(stated, hint)


def model_of(stated: Any, hint: Any) -> Any:
    """What is stated as the first of an operation's models that says all of it; None: none has room for it."""
    models = list[Any]()
    for kind in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            if get_origin(kind) is list and isinstance(stated, list):
                models.append([get_args(kind)[0].from_dict(item) for item in stated])
            elif hasattr(kind, "from_dict") and isinstance(stated, dict):
                models.append(kind.from_dict(stated))
    whole = [model for model in models if _same_instants(plain(model)) == _same_instants(stated)]
    assert whole or not models, "what is sent is what was stated"
    return whole[0] if whole else None


def _same_instants(stated: Any) -> Any:
    """A document with its instants as they are written by the client: with seconds, and in UTC with a Z."""
    if isinstance(stated, dict):
        return {name: _same_instants(value) for name, value in stated.items()}
    if isinstance(stated, list):
        return [_same_instants(item) for item in stated]
    if isinstance(stated, str) and re.match(r"\d{4}-\d\d-\d\dT", stated):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(stated).isoformat().replace("+00:00", "Z")
    return stated


def _compare(answered: Any, answer: Any) -> None:
    """What the function returned is what was answered."""
    if isinstance(answered, bytes):
        assert answered == answer.content
    elif isinstance(answered, str):
        assert answered == answer.text
    elif answered is None or isinstance(answered, NoneType):
        assert answer.content in (b"", b"null")
    else:
        assert plain(answered) == answer.json()
