"""A profile of a source: what is said about its files is said once, by version, and each batch names the version."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.access.roles import Role
from api.server.embedded import EmbeddedServer
from tests.metering.deliveries.test_how_read import FLEET, NEM12, send, statements
from tests.scenarios.world import World, a_world_copied, leave

GERMAN = b"Datum;Verbrauch\n2026-01-05T10:00Z;1,5\n"
COLUMNS: dict[str, Any] = {
    "column": ["time=Datum", "value=Verbrauch"],
    "register": "kwh",
    "unit": "kWh",
    "decimal": "comma",
}
KEPT = {
    "column": {"time": "Datum", "value": "Verbrauch"}, "register": "kwh", "unit": "kWh", "decimal": "comma",
}  # fmt: skip


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "an interval and a counter", leave, request.node.nodeid, FLEET) as world:
        yield world


def keep(world: World, name: str, who: str = "maker", *, after: int | None = None, **options: Any) -> Any:
    return world.ask(who, "PUT", f"/v1/profiles/{name}", json={"options": options, "after": after})


def said(profile: Any) -> dict[str, Any]:
    return {name: value for name, value in profile["options"].items() if value not in (None, [], {})}


def test_what_was_said_once_is_kept_and_reads_the_next_file(world: World) -> None:
    first = send(world, GERMAN, save_profile="Portal", zone="UTC", **COLUMNS)
    assert (first.status_code, first.json()["profile"]) == (201, None)
    kept = world.done("finance", "GET", "/v1/profiles/Portal")
    assert said(kept) == KEPT | {"zone": "UTC"}
    assert (kept["version"], kept["recorded_by"]) == (1, "maker")

    second = send(world, GERMAN.replace(b"-05T", b"-06T"), profile="Portal").json()
    assert (second["stored"], second["profile"]) == (1, {"name": "Portal", "version": 1})
    batch = world.done("maker", "GET", f"/v1/batches/{second['batch']}")
    assert (batch["profile"], batch["how_read"]) == (second["profile"], second["how_read"])


def test_a_delivery_counts_before_the_profile_and_each_is_named_where_it_said_something(world: World) -> None:
    assert keep(world, "Netz", unit="MWh", register="kwh").json()["version"] == 1
    assert keep(world, "Netz", unit="MWh", register="kwh", format="nem12").json()["version"] == 2
    read = statements(send(world, NEM12, profile="Netz", unit="kWh").json())
    assert read["register"] == ("kwh", "said", "profile Netz, version 2")
    assert read["table"] == ("format nem12", "said", "profile Netz, version 2")
    assert read["unit"] == ("kWh, where none is written", "said", "--unit kWh")


def test_a_request_that_was_answered_keeps_its_answer_when_the_profile_changes(world: World) -> None:
    keep(world, "Netz", register="kwh")
    first = send(world, NEM12, "one", profile="Netz").json()
    keep(world, "Netz", register="counter", decimal="comma")
    assert send(world, NEM12, "one", profile="Netz").json() == first | {"repeated": True}
    assert world.done("maker", "GET", f"/v1/batches/{first['batch']}")["profile"] == {"name": "Netz", "version": 1}


def test_versions_are_added_and_never_changed(world: World) -> None:
    keep(world, "Netz", decimal="comma")
    assert keep(world, "Netz", decimal="comma").json()["version"] == 1, "the same said again is no other version"
    keep(world, "Netz", zone="UTC")
    keep(world, "Abo", unit="kWh")
    shown = world.done("finance", "GET", "/v1/profiles/Netz")
    assert [(version["version"], said(version)) for version in shown["versions"]] == [
        (2, {"zone": "UTC"}), (1, {"decimal": "comma"}),
    ]  # fmt: skip
    listed = world.done("finance", "GET", "/v1/profiles")
    assert [(profile["name"], profile["version"]) for profile in listed] == [("Abo", 1), ("Netz", 2)]


def test_who_made_it_from_an_older_version_is_refused(world: World) -> None:
    assert keep(world, "Netz", after=0, decimal="comma").status_code == 200
    refused = keep(world, "Netz", after=0, decimal="point")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/profile-changed")
    assert (refused.json()["expected"], "by maker" in refused.json()["detail"]) == (1, True)
    assert keep(world, "Netz", after=1, decimal="point").json()["version"] == 2


def test_two_at_once_make_two_versions(world: World) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda unit: keep(world, "Netz", unit=unit), ("kWh", "MWh", "Wh", "GJ")))
    assert sorted(answer.json()["version"] for answer in answers) == [1, 2, 3, 4]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda line: keep(world, "Netz", after=4, header_line=line), (1, 2, 3, 4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_an_unknown_name_is_answered_with_the_nearest_and_another_tenants_is_unknown(world: World) -> None:
    keep(world, "Portal Stadtwerke", decimal="comma")
    refused = send(world, NEM12, profile="Portal Stadwerke").json()
    assert (refused["type"], refused["expected"]) == ("/problems/unknown-profile", ["Portal Stadtwerke"])
    assert world.ask("stranger", "GET", "/v1/profiles/Portal Stadtwerke").status_code == 404
    assert keep(world, "Portal Stadtwerke", "stranger", decimal="point").json()["version"] == 1
    assert said(world.done("maker", "GET", "/v1/profiles/Portal Stadtwerke")) == {"decimal": "comma"}


def test_who_may_what(world: World) -> None:
    world.key("customer", Role.CUSTOMER, party="Blechwerke")
    assert keep(world, "Netz", "finance", decimal="comma").status_code == 403
    assert world.ask("customer", "GET", "/v1/profiles").status_code == 403
    assert world.done("finance", "GET", "/v1/profiles") == []


def test_nothing_is_kept_of_a_file_that_was_not_read(world: World) -> None:
    assert send(world, b"Datum;V\nx;y\n", save_profile="Netz", **COLUMNS).status_code == 422
    unknown = send(world, GERMAN.replace(b"1,5", b"viel"), save_profile="Netz", **COLUMNS)
    assert unknown.json()["refused"] == 1
    assert world.done("maker", "GET", "/v1/profiles") == []


def test_what_no_profile_can_be_is_refused_by_name(world: World) -> None:
    for name, options, problem in (
        ("Netz", {}, "empty-profile"),
        ("Netz", {"zone": "Mars"}, "unknown-zone"),
        ("Netz", {"column": {"time": "\x00"}}, "unfit-option"),
        ("x" * 101, {"decimal": "comma"}, "unfit-profile-name"),
        ("Netz", {"decimals": "comma"}, "invalid-request"),
    ):
        assert keep(world, name, **options).json()["type"] == f"/problems/{problem}", (name, options)
