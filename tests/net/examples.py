"""Examples of the documentation: what was asked over HTTP in the net and what was answered, one of each operation."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from httpx2 import Response

from api.http.interface.describe import EXAMPLES
from quantities.document import read

_LARGE = 4000  # of a larger one nobody reads the end
_TOO_LARGE = 100_000  # the schema of a contract, which is its own example


class RecordedExamples:
    """The best example of each operation so far: the one that says most, unless it is large; else the smallest."""

    def __init__(self, interface: Mapping[str, Any]) -> None:
        self.by_operation: dict[str, dict[str, Any]] = {}
        self._operations = [
            (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)) + r"\Z"), method, operation)
            for path, methods in interface["paths"].items()
            for method, operation in methods.items()
        ]
        self._operations.sort(key=lambda known: known[0].pattern.count("?P<"))  # a fixed path before a parameter

    def keep(self, method: str, address: str, asked: Mapping[str, Any], answer: Response) -> None:
        if not answer.is_success or "preference-applied" in answer.headers:  # an operation is shown where it is read
            return
        path, query = urlsplit(address).path, urlsplit(address).query
        for pattern, known_method, operation in self._operations:
            matched = pattern.match(path)
            if matched and known_method == method.lower():
                example = {
                    "parameters": {name: unquote(value) for name, value in matched.groupdict().items()}
                    | dict(parse_qsl(query)),
                    "status": answer.status_code,
                    "request": _request(operation, asked),
                    "answer": _answer(answer),
                }
                self._keep_better(operation["operationId"], example)
                return

    def _keep_better(self, operation: str, example: dict[str, Any]) -> None:
        kept = self.by_operation.setdefault(operation, example)
        if (example["request"] is None) != (kept["request"] is None):  # of an optional body, the one that has it
            self.by_operation[operation] = max(kept, example, key=lambda one: one["request"] is not None)
            return
        size, kept_size = len(json.dumps(example)), len(json.dumps(kept))
        if kept_size < size <= _LARGE or size < kept_size > _LARGE:
            self.by_operation[operation] = example

    def compare(self, written: Callable[[Any], str], *, update: bool) -> None:
        """Write the examples, or compare them to the byte."""
        now = written(dict(sorted(self.by_operation.items()))).replace('"INCIDENT"', f'"{UUID(int=0)}"')
        if update:
            EXAMPLES.write_text(now, encoding="utf-8")
        if EXAMPLES.read_text(encoding="utf-8") != now:
            pytest.fail("the examples of the documentation are not what is answered now: make golden", pytrace=False)


def _request(operation: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any] | None:
    media_types = list(operation.get("requestBody", {}).get("content", {}))
    if not media_types:
        return None
    if "json" in asked:
        return {"media_type": "application/json", "body": asked["json"]}
    if "data" in asked:
        return {"media_type": media_types[0], "body": asked["data"]}
    content = asked.get("content", b"")
    text = content if isinstance(content, str) else content.decode()
    if not text:
        return None
    return {"media_type": media_types[0], "body": text if media_types[0].startswith("text/") else read(text)}


def _answer(answer: Response) -> dict[str, Any] | None:
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if len(answer.content) > _TOO_LARGE:
        return None
    if media_type == "application/json":
        return {"media_type": media_type, "body": answer.json()}
    if media_type == "text/csv":
        return {"media_type": media_type, "body": answer.text}
    return None
