"""The client that is made of docs/openapi.json: everything is in it, nothing is warned of, and nothing is lost in it."""

import json
import pkgutil
import re
from pathlib import Path
from typing import Any, get_type_hints

import httpx
import pytest
import usufruct_client.models
from make_client import INTERFACE, PACKAGE, Warned, generate

from api.http.interface.describe import EXAMPLES
from tests.client.made import operations, plain
from tests.client.through import model_of

DOCUMENT: dict[str, Any] = json.loads(INTERFACE.read_text(encoding="utf-8"))
RECORDED: dict[str, Any] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
_OF_HEADERS = {"prefer", "content-type", "idempotency-key", "if-match", "if-none-match"}


def described() -> dict[str, Any]:
    return {
        operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
    }


def test_each_operation_has_its_functions() -> None:
    assert operations().keys() == described().keys()
    for name, operation in described().items():
        functions = {"sync", "sync_detailed", "asyncio", "asyncio_detailed"}
        parameters = {parameter["name"] for parameter in operation.get("parameters", [])}
        rows = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
        functions |= {"every", "async_every"} if "after" in parameters and rows.get("type") == "array" else set()
        functions |= {"begin", "finished", "async_begin", "async_finished"} if "prefer" in parameters else set()
        public = {
            known
            for known, one in vars(operations()[name]).items()
            if getattr(one, "__module__", "") == operations()[name].__name__
        }
        assert functions == {known for known in public if not known.startswith("_")}, name


def test_each_header_is_one_that_the_functions_know() -> None:
    """The template gives each function what these say in its own way; of another it would say nothing."""
    headers = {
        parameter["name"].lower()
        for operation in described().values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "header"
    }
    assert headers <= _OF_HEADERS


def test_what_the_generator_cannot_read_is_refused(tmp_path: Path) -> None:
    """The interface itself is made without a warning, or no test of this folder would have begun."""
    answer = {"description": "Made.", "content": {"application/x-unheard-of": {"schema": {"type": "string"}}}}
    operation = {"operationId": "get_it", "tags": ["things"], "summary": "Get it", "responses": {"200": answer}}
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/it": {"get": operation}}}
    (tmp_path / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Warned, match="application/x-unheard-of"):
        generate(tmp_path / "openapi.json", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["openapi.json"]


@pytest.mark.parametrize(
    "operation",
    [name for name, one in RECORDED.items() if (one["answer"] or {}).get("media_type") == "application/json"],
)
def test_an_answer_is_the_same_after_its_model(operation: str) -> None:
    example = RECORDED[operation]
    answer = httpx.Response(example["status"], json=example["answer"]["body"])
    parsed = operations()[operation]._parse(answer)
    assert (json.loads(parsed) if isinstance(parsed, bytes) else plain(parsed)) == example["answer"]["body"]


@pytest.mark.parametrize(
    "operation", [name for name, one in RECORDED.items() if isinstance((one["request"] or {}).get("body"), dict | list)]
)
def test_a_body_is_the_same_after_its_model(operation: str) -> None:
    model = model_of(RECORDED[operation]["request"]["body"], get_type_hints(operations()[operation].sync)["body"])
    assert model is not None


def test_no_amount_is_a_float() -> None:
    assert [
        path.name
        for part in ("models", "api")
        for path in (PACKAGE / part).rglob("*.py")
        if re.search(r"\bfloat\b", path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.long
def test_each_model_can_be_had_by_its_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(usufruct_client.models.__path__)}
    named = {
        getattr(usufruct_client.models, name).__module__.rpartition(".")[2] for name in usufruct_client.models.__all__
    }
    assert named == modules
    with pytest.raises(AttributeError):
        usufruct_client.models.__getattr__("NoSuchModel")
