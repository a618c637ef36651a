"""What /openapi.json says: complete, readable, true, and never less than it said before."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api.http.interface.describe import EXAMPLES, TAGS
from tests.api.http.compatibility import Comparison
from tests.scenarios.world import interface

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "docs" / "openapi.json"
NET = ROOT / "tests" / "golden" / "net"
#: Changes that break a client and are made all the same, each with its reason; empty again after a release.
ACCEPTED: Mapping[str, str] = {}
#: The schema of a contract is docs/contract.schema.json, and its own example.
#: Asked well in tests/api/webhooks alone, where somebody listens.
_NEEDS_AN_ENDPOINT = {"replay_one_delivery"}
_WITHOUT_EXAMPLE = {"get_contract_schema"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return interface()


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Everything that an operation takes and answers: where, the media type, what is said of it."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "body", media_type, content
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            yield status, media_type, content


class TestNames:
    def test_each_operation_has_a_name_of_its_own_that_reads_as_words(self, document: dict[str, Any]) -> None:
        names = [operation["operationId"] for _, operation in operations(document)]
        assert len(names) == len(set(names))
        assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []

    def test_each_schema_has_one_name_and_none_is_mangled_or_doubled(self, document: dict[str, Any]) -> None:
        names = set(document["components"]["schemas"])
        assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)] == []
        assert names & {"HTTPValidationError", "ValidationError"} == set()
        assert {name for name in names if name.removesuffix("Input") in names - {name}} == set()

    def test_each_tag_is_described(self, document: dict[str, Any]) -> None:
        described = [tag["name"] for tag in TAGS]
        assert {tag for _, operation in operations(document) for tag in operation["tags"]} == set(described)
        assert document["tags"] == TAGS


class TestBodiesAndAnswers:
    def test_each_write_says_what_it_takes(self, document: dict[str, Any]) -> None:
        without = {name for name, operation in operations(document) if "requestBody" not in operation}
        assert {name for name in without if not name.startswith(("GET ", "DELETE "))} == {
            "POST /v1/bill",
            "POST /v1/replay",
            "POST /v1/disputes/{number}/accept",
            "POST /v1/events/match",
            "POST /v1/four-eyes/limits/{number}/take-back",
            "POST /v1/four-eyes/switches/{number}/take-back",
            "POST /v1/four-eyes/limits/{number}/release",
            "POST /v1/four-eyes/switches/{number}/release",
            "POST /v1/grants/{number}/revoke",
            "POST /v1/indices/{name}/release",
            "POST /v1/invoices/{number}/issue",
            "POST /v1/keys/{key_id}/release",
            "POST /v1/keys/{key_id}/revoke",
            "POST /v1/operations/{number}/cancel",
            "POST /v1/webhooks/{webhook}/deliveries/replay",
            "POST /v1/webhooks/{webhook}/deliveries/{notification}/replay",
            "POST /v1/webhooks/{webhook}/rotate",
            "POST /v1/statements/{number}/replay",
            "POST /v1/users/{name}/disable",
            "POST /v1/users/{name}/release",
        }

    def test_each_of_them_has_a_schema(self, document: dict[str, Any]) -> None:
        bare = [
            (name, where, media_type)
            for name, operation in operations(document)
            for where, media_type, content in contents(operation)
            if not content.get("schema")
        ]
        assert bare == []

    def test_each_refusal_is_a_problem(self, document: dict[str, Any]) -> None:
        refusals = {
            (status, media_type, content["schema"].get("$ref", "").rpartition("/")[2])
            for name, operation in operations(document)
            for status, media_type, content in contents(operation)
            if status.startswith(("4", "5")) and name != "POST /oauth/token"
        }
        assert {(media_type, schema) for _, media_type, schema in refusals} == {
            ("application/problem+json", "Problem"),
            ("application/problem+json", "RefusedFileOut"),  # with what is asked about a file
        }
        assert {status for status, _, _ in refusals} == {
            "401",
            "403",
            "404",
            "409",
            "412",
            "413",
            "415",
            "422",
            "429",
            "503",
        }

    def test_each_reference_leads_somewhere(self, document: dict[str, Any]) -> None:
        named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
        assert named == document["components"]["schemas"].keys()


class TestWhatIsAnswered:
    """Every answer that the golden files of the net hold, which is what the product said, is a documented one."""

    def test_each_status_is_documented(self, document: dict[str, Any]) -> None:
        patterns = [
            (re.compile(method_and_path_pattern(name)), operation["responses"])
            for name, operation in operations(document)
        ]
        patterns.sort(key=lambda known: known[0].pattern.count("[^/"))
        undocumented = set()
        for asked, status in statuses_of_the_net():
            responses = next((responses for pattern, responses in patterns if pattern.match(asked)), None)
            # 500 is a fault of ours, and nothing that a client may count on
            if responses is not None and status != 500 and str(status) not in responses:
                undocumented.add((asked, status))
        assert undocumented == set()


def method_and_path_pattern(name: str) -> str:
    return re.sub(r"\\\{\w+\\\}", r"[^/ ?]+", re.escape(name)) + r"[ ?]|" + re.escape(name) + "$"


def statuses_of_the_net() -> Iterator[tuple[str, int]]:
    for path in sorted(NET.glob("*/*.json")):
        for asked, answer in json.loads(path.read_text(encoding="utf-8")).items():
            if not re.match(r"(GET|POST|PUT|DELETE) /", asked) or not isinstance(answer, dict):
                continue
            for one in [answer, *answer.values()]:
                if isinstance(one, dict) and isinstance(one.get("status"), int) and "headers" in one:
                    yield asked, one["status"]


class TestExamples:
    """They are recorded from the net's workshop: what was asked there, and what was answered."""

    def test_each_operation_has_one(self, document: dict[str, Any]) -> None:
        recorded = json.loads(EXAMPLES.read_text(encoding="utf-8"))
        named = {operation["operationId"] for _, operation in operations(document)}
        assert recorded.keys() == named - _NEEDS_AN_ENDPOINT
        answered, asked = set(), set()
        for _, operation in operations(document):
            parts = [(where, media, "example" in content) for where, media, content in contents(operation)]
            if any(where[0] == "2" and media in ("application/json", "text/csv") for where, media, _ in parts):
                answered.add((operation["operationId"], any(shown for where, _, shown in parts if where[0] == "2")))
            if "requestBody" in operation:
                asked.add((operation["operationId"], any(shown for where, _, shown in parts if where == "body")))
        assert {name for name, has_example in asked if not has_example} == set()
        assert {name for name, has_example in answered if not has_example} == _WITHOUT_EXAMPLE | _NEEDS_AN_ENDPOINT

    def test_each_is_valid_by_its_schema(self, document: dict[str, Any]) -> None:
        faults: list[Any] = []
        for name, operation in operations(document):
            for where, media_type, content in contents(operation):
                if "example" in content:
                    schema = content["schema"] | {"components": document["components"]}
                    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                    faults += [
                        (name, where, media_type, str(fault.message)[:200], list(fault.instance_path))
                        for fault in validator.iter_errors(content["example"])
                    ]
            for parameter in operation.get("parameters", []):
                if "example" in parameter and "string" in json.dumps(parameter["schema"]):
                    validator = jsonschema_rs.Draft202012Validator(
                        parameter["schema"] | {"components": document["components"]}
                    )
                    faults += [
                        (name, parameter["name"], str(fault.message))
                        for fault in validator.iter_errors(parameter["example"])
                    ]
        assert faults == []


class TestCompatibility:
    def test_the_committed_document_is_what_is_served_and_breaks_no_client(
        self, document: dict[str, Any], pytestconfig: pytest.Config
    ) -> None:
        written = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        if COMMITTED.exists():
            committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
            breaks = [broken for broken in Comparison(committed, document).breaks() if broken not in ACCEPTED]
            assert breaks == [], "clients that were made from docs/openapi.json break"
        if pytestconfig.getoption("--update-golden"):
            COMMITTED.write_text(written, encoding="utf-8")
        assert COMMITTED.read_text(encoding="utf-8") == written, "docs/openapi.json is old: make golden"
