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
_A_FILE_GOES_ON = "a file whose request says Prefer: respond-async goes on as an operation; no other is answered so"
ACCEPTED: Mapping[str, str] = {
    "POST /v1/readings 202: anything may be answered, object was": _A_FILE_GOES_ON,
    **{
        f"POST /v1/readings 202/{field}: removed": _A_FILE_GOES_ON
        for field in (
            "batch",
            "end",
            "id",
            "kind",
            "prepared_at",
            "prepared_by",
            "reason",
            "register_key",
            "released_at",
            "released_by",
            "start",
            "value",
        )
    },
    "POST /v1/contracts/bulk 202/kind: ingest may be answered": "files of readings go on as operations; this one does not",
    "POST /v1/four-eyes/limits body/amount: anything is no more accepted, string is": "a number is accepted as before, but "
    "no more described: a client made of it would make a float of money",
    "POST /v1/contracts/diff body/now/supplier/vat_id: pattern is ^[0-9A-Z][0-9A-Za-z+*]{3,17}$": "numbers of other "
    "countries are taken besides those that were",
    "GET /v1/four-eyes 200/limits/*/operation: tax_law may be answered": "an operation on money more",
    "POST /v1/contracts 201/terms/charges/*/nature: prepayment may be answered": "a nature more",
    "POST /v1/contracts 201/terms/settings/arithmetic: 4 may be answered": "an arithmetic more",
    "POST /v1/contracts 201/terms/charges/*/rule: Drawdown may be answered": "a rule more",
    "GET /v1/four-eyes 200/limits/*/operation: credit_note, payment_recorded, write_off may be answered": "operations on "
    "money more",
    "GET /v1/whoami 200/permissions/*: credits:prepare, credits:read, credits:release, payees:read, receivables:read, "
    "receivables:write, write_offs:release may be answered": "permissions more",
    "POST /v1/contracts 201/state: waiting may be answered": "a contract that nobody has released said that it runs",
    **{
        f"GET /v1/invoices/totals query {name}: removed": "it was taken and meant nothing, for a sum has no pages"
        for name in ("limit", "after", "sort", "total")
    },
    "POST /v1/invoices/{number}/credits 201/state: void may be answered": "a credit note that was not sent may be void",
    "GET /v1/four-eyes 200/limits/*/operation: document_voided may be answered": "an operation on money more",
    "POST /v1/bill 200/invoices/*/payment/state: void may be answered": "a document that was not sent may be void",
    "GET /v1/whoami 200/permissions/*: invoices:void, payee_documents:read may be answered": "permissions more",
    "GET /v1/whoami 200/permissions/*: clearances:read, clearances:write may be answered": "permissions more",
    "GET /v1/webhooks 200/*/types/*: document.voided may be answered": "a type more",
    "GET /v1/whoami 200/permissions/*: payees:read, taxes:read, taxes:release, taxes:write may be answered": "permissions more",
    "GET /v1/four-eyes 200/limits/*/operation: payment_recorded, write_off may be answered": "operations on money more",
    "GET /v1/whoami 200/permissions/*: receivables:read, receivables:write, write_offs:release may be answered": "permissions "
    "more",
    "GET /v1/whoami 200/permissions/*: work:read, work:write may be answered": "permissions more",
    "GET /v1/four-eyes 200/limits/*/operation: work_paused may be answered": "an operation on money more",
    "GET /v1/webhooks 200/*/types/*: finding.open may be answered": "a type more",
    "GET /v1/four-eyes 200/limits/*/operation: payer_alias may be answered": "an operation on money more",
    "GET /v1/four-eyes 200/limits/*/operation: payout may be answered": "an operation on money more",
    "GET /v1/whoami 200/permissions/*: payouts:read, payouts:release, payouts:write may be answered": "permissions more",
    "GET /v1/four-eyes 200/limits/*/operation: refund may be answered": "an operation on money more",
    "GET /v1/whoami 200/permissions/*: refunds:release may be answered": "a permission more",
    "GET /v1/webhooks 200/*/types/*: document.paid may be answered": "it was said to join when payments do",
}
#: The schema of a contract is docs/contract.schema.json, and its own example.
#: Asked well in tests/api/webhooks alone, where somebody listens.
_NEEDS_AN_ENDPOINT = {"replay_one_delivery"}
#: Asked well in tests/billing/payouts, tests/billing/payments and tests/api/collecting alone, where a gateway is set up.
_NEEDS_A_GATEWAY = {
    "ask_payout_again", "tell_gateway_event", "make_method_link", "open_gateway_page", "revoke_method_link",
}  # fmt: skip
#: Asked well in tests/billing/bank/orders alone, where a supplier has a creditor identifier and orders to its bank.
_NEEDS_A_BANK = {
    "amend_mandate", "cancel_order_file", "end_mandate", "get_bank_order", "get_mandate", "get_order_file",
    "get_order_file_content", "notice_bank_order", "order_bank_again", "prepare_order_files", "read_bank_report",
    "book_bank_orders", "record_mandate", "refund_by_bank", "revoke_mandate", "take_order_file", "withdraw_bank_order",
}  # fmt: skip
#: Asked well in tests/billing/clearance alone, where suppliers are in Poland and China.
_NEEDS_A_STATE = {"get_clearance_file", "withdraw_clearance_file", "ask_red", "step_red"}
#: Asked well in tests/billing/dunning alone, where documents are late; a page and a PDF are no example.
_NEEDS_WHAT_IS_LATE = {"get_dunning", "send_next_step", "get_dunning_letter"}
_PAGES_OF_WHAT_IS_LATE = {"get_dunning_letter_html", "get_dunning_letter_pdf"}
#: Asked well in tests/scenarios/test_an_accepted_invoice.py alone, where all is told that these forms ask of parties.
_NEEDS_PROFILES = {
    f"get_{document}{form}" for document in ("", "payee_document_") for form in ("xrechnung", "xrechnung_cii", "peppol")
}
#: The list of problems is of every refusal: too long for an example, and at /problems itself.
_WITHOUT_EXAMPLE = {"get_contract_schema", "list_problems"}

#: What is answered as an array and has no pages, and why.
WHOLE = {
    "GET /v1/invoices/totals": "a row for each currency",
    "POST /v1/usage": "as many rows as registers, at most 1000, and parts of the days that are asked for",
    "GET /v1/registers/{key}/usage": "as many rows as parts of the days that are asked for, at most ten years",
    "GET /v1/registers/{key}/states": "as many rows as parts of the days that are asked for, at most ten years",
    "GET /v1/invoices/{number}/sendings": "one row each time that a document was sent, which is once or twice",
    "GET /v1/dunning/due": "the next step of each document that falls due by a day that is asked for",
    "GET /v1/dunning/pauses": "made by a person each",
    "GET /v1/invoices/{number}/deliveries": "one row for each way and address, which are one or two",
    "GET /v1/invoices/{number}/links": "one row for each link that somebody made, which are few",
    "GET /v1/payee-documents/{number}/deliveries": "one row for each way and address, which are one or two",
    "GET /v1/payee-documents/{number}/links": "one row for each link that somebody made, which are few",
    "GET /v1/invoices/{number}/pay-links": "one row for each link that somebody made, which are few",
    "GET /v1/contracts/{reference}/method-links": "one row for each link that somebody made, which are few",
    "GET /v1/work/pauses": "as many rows as there are pauses that somebody has asked for",
    "GET /v1/bank/payers": "as many rows as accounts and names that somebody has told apart",
    "GET /v1/bank/mandates": "as many rows as customers whose accounts are debited",
    "GET /v1/bank/order-files": "one row for each file that a person took to a bank, which are a few a month",
    "GET /v1/invoices/{number}/clearances": "one row each time that a state was asked about a document",
    "POST /v1/contracts/diff": "what differs between two documents that are sent",
    "POST /v1/contracts/simulate": "the periods of the contract that is sent, over the days that are asked for",
    "POST /v1/contracts/shadow": "the lines of the invoices that are sent",
    "GET /v1/events/unmatched": "a summary, the most frequent groups first: as many of them as `most` says",
}
#: Read by a customer in a browser: what cannot be paid now, and why, is said as a page.
REFUSING_PAGES = {"GET /pay/{token}", "POST /pay/{token}"}


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
            "POST /v1/credits/{credit}/release",
            "POST /v1/credits/{credit}/withdraw",
            "POST /v1/events/match",
            "POST /v1/four-eyes/limits/{number}/take-back",
            "POST /v1/four-eyes/switches/{number}/take-back",
            "POST /v1/four-eyes/limits/{number}/release",
            "POST /v1/four-eyes/switches/{number}/release",
            "POST /v1/grants/{number}/revoke",
            "POST /v1/indices/{name}/release",
            "POST /v1/taxes/{country}/release",
            "POST /v1/invoices/{number}/issue",
            "POST /v1/invoices/{number}/void/release",
            "POST /v1/invoices/{number}/void/withdraw",
            "POST /v1/write-offs/{number}/release",
            "POST /v1/work/{number}/again",
            "POST /v1/work/pauses/{number}/end",
            "POST /v1/work/pauses/{number}/release",
            "POST /v1/bank/payers/{number}/release",
            "POST /v1/dunning/pauses/{number}/end",
            "POST /v1/invoices/{number}/dunning/next",
            "POST /v1/bank/payers/{number}/withdraw",
            "POST /v1/bank/order-files/{number}/take",
            "POST /v1/bank/mandates/{number}/end",
            "POST /pay/{token}",
            "POST /v1/payees/{payee}/connection",
            "POST /v1/payouts/{number}/release",
            "POST /v1/refunds/{refund}/release",
            "POST /v1/refunds/{refund}/withdraw",
            "POST /v1/clearances/{authority}/files/{file}/withdraw",
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

    def test_each_list_has_pages_or_a_reason_to_have_none(self, document: dict[str, Any]) -> None:
        whole = set()
        for name, operation in operations(document):
            asked = {parameter["name"] for parameter in operation.get("parameters", ())}
            schemas = [content["schema"] for status, _, content in contents(operation) if status == "200"]
            if any(schema.get("type") == "array" for schema in schemas) and not {"limit", "after"} <= asked:
                whole.add(name)
        assert whole == WHOLE.keys()

    def test_each_refusal_is_a_problem(self, document: dict[str, Any]) -> None:
        refusals = {
            (status, media_type, content["schema"].get("$ref", "").rpartition("/")[2])
            for name, operation in operations(document)
            for status, media_type, content in contents(operation)
            if status.startswith(("4", "5")) and name != "POST /oauth/token"
            if not (name in REFUSING_PAGES and media_type == "text/html")
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
            "410",
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


class TestHeaders:
    def test_every_write_takes_a_key_and_every_read_a_tag(self, document: dict[str, Any]) -> None:
        without = set()
        for name, operation in operations(document):
            taken = {
                parameter["name"].lower()
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "header"
            }
            if ("if-none-match" if name.startswith("GET ") else "idempotency-key") not in taken:
                without.add(name)
        assert without == {
            # known to nobody, or of no caller
            "GET /d/{token}", "GET /d/{token}/original", "GET /d/{token}/pdf", "GET /health", "GET /problems", "GET /problems/{name}", "GET /ready", "POST /oauth/token", "POST /session",
            "GET /pay/done", "GET /pay/left", "GET /pay/{token}", "POST /pay/{token}",
            "POST /v1/gateway-events/{account}",
            # computed, and nothing is kept
            "POST /v1/audit/verify", "POST /v1/baselines", "POST /v1/contracts/check", "POST /v1/contracts/diff",
            "POST /v1/contracts/price", "POST /v1/contracts/relief", "POST /v1/contracts/shadow", "POST /v1/contracts/simulate",
            "POST /v1/price",
            "POST /v1/savings", "POST /v1/savings/planned", "POST /v1/savings/portfolio",
            "POST /v1/statements/{number}/replay", "POST /v1/usage",
        }  # fmt: skip

    def test_what_is_read_by_itself_is_written_on_a_condition(self, document: dict[str, Any]) -> None:
        on_condition = {
            name
            for name, operation in operations(document)
            if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ()))
        }
        assert {"PUT /v1/fleet", "PUT /v1/profiles/{name}", "POST /v1/contracts/{reference}/release"} <= on_condition
        assert {"POST /v1/contracts", "POST /v1/bill", "POST /v1/readings", "POST /v1/users"} & on_condition == set()

    def test_each_header_that_is_answered_is_described_and_each_description_used(
        self, document: dict[str, Any]
    ) -> None:
        named = set(re.findall(r'"#/components/headers/([^"]+)"', json.dumps(document)))
        assert named == document["components"]["headers"].keys()

    def test_the_answers_that_the_net_holds_have_no_other_headers(self, document: dict[str, Any]) -> None:
        known = {name.lower() for name in document["components"]["headers"]}
        seen = set[str]()
        for kept in NET.glob("*/*.json"):
            for answer in json.loads(kept.read_text(encoding="utf-8")).values():
                seen |= set(answer.get("headers", ())) if isinstance(answer, dict) else set()
        assert seen - known <= {
            "content-type",
            "allow",
            "cache-control",
            "content-security-policy",
            "set-cookie",
            "pragma",
            "x-robots-tag",
        }

    @pytest.mark.parametrize(("operation", "status", "expected"), [
        ("GET /v1/invoices", "200", {"ETag", "Link", "X-Total-Count", "RateLimit", "RateLimit-Policy"}),
        ("GET /v1/invoices", "304", {"ETag", "RateLimit", "RateLimit-Policy"}),
        ("POST /v1/bill", "202", {"Location", "Preference-Applied", "Retry-After", "Idempotent-Replayed", "RateLimit", "RateLimit-Policy"}),
        ("POST /v1/contracts", "201", {"Idempotent-Replayed", "RateLimit", "RateLimit-Policy"}),
        ("POST /v1/contracts", "503", {"Retry-After"}),
        ("POST /v1/contracts", "429", {"Retry-After"}),
        ("GET /v1/contracts", "401", {"WWW-Authenticate"}),
        ("GET /health", "200", set()),
    ])  # fmt: skip
    def test_an_answer_has(self, document: dict[str, Any], operation: str, status: str, expected: set[str]) -> None:
        said = dict(operations(document))[operation]["responses"][status]["headers"]
        assert set(said) == expected | ({"X-Request-ID"} if status < "400" else set())


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
        late = _NEEDS_WHAT_IS_LATE | _PAGES_OF_WHAT_IS_LATE
        elsewhere = _NEEDS_AN_ENDPOINT | _NEEDS_A_STATE | _NEEDS_PROFILES | _NEEDS_A_GATEWAY | _NEEDS_A_BANK | late
        assert recorded.keys() == named - elsewhere
        answered, asked = set(), set()
        for _, operation in operations(document):
            parts = [(where, media, "example" in content) for where, media, content in contents(operation)]
            if any(where[0] == "2" and media in ("application/json", "text/csv") for where, media, _ in parts):
                answered.add((operation["operationId"], any(shown for where, _, shown in parts if where[0] == "2")))
            if "requestBody" in operation:
                asked.add((operation["operationId"], any(shown for where, _, shown in parts if where == "body")))
        assert {name for name, has_example in asked if not has_example} <= elsewhere
        without = elsewhere & {name for name, _ in answered} - {"get_clearance_file"}  # a file has none
        without |= _WITHOUT_EXAMPLE
        assert {name for name, has_example in answered if not has_example} == without

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
