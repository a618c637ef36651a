"""The pages as they are served: to nobody in particular, in the form that is asked for, with nothing fetched from elsewhere."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.page_security import page_policy
from api.http.preferences import preferred_media_type
from api.problem_pages.layout import STYLE
from api.problem_pages.page import ROOMS, problem_pages
from api.server.settings import Settings


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Nothing is opened: a page needs no database, so that it is answered when there is none."""
    return TestClient(create_app(Settings(tick_s=0)))


def links(page: str) -> Iterator[str]:
    yield from re.findall(r'(?:href|src|url|action)\s*[=(]\s*"?([^")>]+)', page)


@pytest.mark.parametrize(("accept", "media_type"), [
    pytest.param(None, "text/html; charset=utf-8", id="whatever it is"),
    pytest.param("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", id="a browser"),
    pytest.param("application/json", "application/json", id="a program"),
    pytest.param("application/problem+json, application/json;q=0.5", "application/json", id="one that knows problems"),
    pytest.param("text/markdown", "text/markdown; charset=utf-8", id="a terminal"),
    pytest.param("text/plain", "text/plain; charset=utf-8", id="as plain text"),
    pytest.param("image/png", "text/html; charset=utf-8", id="what there is not"),
])  # fmt: skip
@pytest.mark.parametrize("path", ["/problems?room=quantities&limit=1000", "/problems/unknown-unit"])
def test_each_asks_for_its_own_form(client: TestClient, path: str, accept: str | None, media_type: str) -> None:
    answer = client.get(path, headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert "unknown-unit" in answer.text
    assert "The unit is unknown." in answer.text


@pytest.mark.parametrize(("accept", "chosen"), [
    ("", "a/a"), ("b/b", "b/b"), ("b/b;q=0.2, a/a;q=0.1", "b/b"), ("b/*", "b/b"), ("a/a;q=0, */*", "b/b"), ("b/b;q=high", "a/a"),
])  # fmt: skip
def test_of_what_is_accepted_the_dearest_is_chosen(accept: str, chosen: str) -> None:
    assert preferred_media_type(accept, ("a/a", "b/b")) == chosen


def test_a_page_runs_and_fetches_nothing(client: TestClient) -> None:
    answer = client.get("/problems/unsaid")
    assert answer.headers["content-security-policy"] == page_policy(STYLE)["Content-Security-Policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f"<style>{STYLE}</style>" in answer.text
    assert "<script" not in answer.text
    assert list(links(answer.text)) == ["/problems"]
    assert {link.partition("/problems")[0] for link in links(client.get("/problems").text)} == {""}


def whole(client: TestClient, path: str = "/problems") -> list[dict[str, str]]:
    """All pages of the list, as their links lead."""
    listed: list[dict[str, str]] = []
    while path:
        answer = client.get(path, headers={"Accept": "application/json"})
        listed += answer.json()
        assert len(answer.content) < 64_000
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        path = link.group(1) if link else ""
    return listed


@pytest.mark.parametrize("accept", ["text/html", "text/markdown"])
def test_people_see_the_rooms_and_of_one_its_problems(client: TestClient, accept: str) -> None:
    index = client.get("/problems", headers={"Accept": accept})
    assert len(index.content) < 8_000
    assert all(f"/problems?room={room}" in index.text for room in ROOMS)
    of_one = client.get("/problems?room=metering", headers={"Accept": accept}).text
    names = {page.name: page.room for page in problem_pages().values()}
    assert all(
        (f"<code>{name}</code>" in of_one or f"`{name}`" in of_one) is (room == "metering")
        for name, room in names.items()
    )


def test_of_a_room_alone_and_of_no_other(client: TestClient) -> None:
    assert {one["room"] for one in whole(client, "/problems?room=metering")} == {"metering"}
    assert client.get("/problems?room=kitchen", headers={"Accept": "application/json"}).status_code == 422


def test_every_name_leads_to_a_page_and_any_other_to_a_refusal_that_has_one(client: TestClient) -> None:
    listed = whole(client)
    assert [problem["name"] for problem in listed] == sorted(problem_pages())
    assert {client.get(problem["type"]).status_code for problem in listed[::20]} == {200}  # a page is as any other
    refused = client.get("/problems/unknown-units")
    assert (refused.status_code, refused.json()["place"]) == (404, "/path/name")
    assert "unknown-unit" in refused.json()["expected"]
    assert client.get(refused.json()["type"]).status_code == 200
