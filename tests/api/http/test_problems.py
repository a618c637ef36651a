import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.problems import MEDIA_TYPE, answer_refusals
from api.refusals import Forbidden, Stale, TooLarge, TooMany, Unauthenticated
from quantities.errors import Conflict, Invalid, NotFound, Unavailable, UsufructError, slug, title
from quantities.number import DecimalString


class VATIdInvalid(Invalid):
    """A VAT id has the form of its country.

    More that is no title.
    """


class WithoutDocstring(Invalid):
    pass


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI()
    answer_refusals(app)
    kinds = (
        Invalid,
        NotFound,
        Conflict,
        Unavailable,
        Unauthenticated,
        Forbidden,
        Stale,
        TooLarge,
        TooMany,
        UsufructError,
        VATIdInvalid,
    )

    @app.get("/raise/{name}")
    def raise_it(name: str) -> None:
        raise next(kind for kind in kinds if kind.__name__ == name)(
            "as it was", found=Decimal("1E+2"), expected=["a", "b"]
        )

    @app.get("/unforeseen")
    def unforeseen() -> None:
        raise RuntimeError("the password is hunter2")

    @app.post("/amounts")
    def amounts(amount: DecimalString, count: int) -> None: ...

    with TestClient(app, raise_server_exceptions=False) as found:
        yield found


@pytest.mark.parametrize(("kind", "status"), [
    ("Invalid", 422), ("NotFound", 404), ("Conflict", 409), ("Unavailable", 503), ("Unauthenticated", 401), ("Forbidden", 403),
    ("Stale", 412), ("TooLarge", 413), ("TooMany", 429), ("UsufructError", 400), ("VATIdInvalid", 422),
])  # fmt: skip
def test_every_kind_has_its_status_and_the_shape_of_rfc_9457(client: TestClient, kind: str, status: int) -> None:
    answer = client.get(f"/raise/{kind}")

    assert (status, MEDIA_TYPE) == (answer.status_code, answer.headers["content-type"])
    body = answer.json()
    assert {"type", "title", "status", "detail", "found", "expected"} == body.keys()
    assert (status, "as it was", "1E+2", ["a", "b"]) == (
        body["status"],
        body["detail"],
        body["found"],
        body["expected"],
    )


def test_type_and_title() -> None:
    assert (slug(VATIdInvalid), title(VATIdInvalid)) == ("vat-id-invalid", "A VAT id has the form of its country.")
    assert (slug(WithoutDocstring), title(WithoutDocstring)) == ("without-docstring", "Without docstring")
    assert str(VATIdInvalid()) == "A VAT id has the form of its country."


def test_a_caller_who_may_come_back_is_told_when(client: TestClient) -> None:
    assert "Retry-After" in client.get("/raise/Unavailable").headers
    assert client.get("/raise/Unauthenticated").headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    pytest.param("GET", "/nowhere", None, 404, id="no such path"),
    pytest.param("DELETE", "/amounts", None, 405, id="no such method"),
    pytest.param("POST", "/amounts", b"{", 422, id="no parameters"),
])  # fmt: skip
def test_the_frameworks_own_refusals_have_the_same_shape(
    client: TestClient, method: str, path: str, body: bytes | None, status: int
) -> None:
    answer = client.request(method, path, content=body)
    assert (status, MEDIA_TYPE) == (answer.status_code, answer.headers["content-type"])
    assert {"type", "title", "status", "detail"} <= answer.json().keys()


def test_all_faults_of_a_request_come_at_once(client: TestClient) -> None:
    answer = client.post("/amounts", params={"amount": "1e3", "count": "many"})
    assert [(fault["path"], fault["code"], fault["found"]) for fault in answer.json()["faults"]] == [
        ("/query/amount", "not-a-number", "1e3"),
        ("/query/count", "int_parsing", "many"),
    ]


def test_the_unforeseen_says_its_number_and_nothing_else(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/unforeseen")
    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert "hunter2" not in json.dumps(answer.json())
    assert answer.json()["incident"] in caplog.text
    assert "hunter2" in caplog.text
