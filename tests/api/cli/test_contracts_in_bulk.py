"""Many contracts at once, from files and folders and over HTTP: all or none, with the place of each that is refused."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from api.cli.context import UnreadablePath
from api.cli.main import app
from api.operations import contracts_in_bulk as in_bulk
from api.operations.contracts_in_bulk import ContractsRefused, ContractsWouldReprice, NoContractRecorded, documents_of
from api.server.database import Access
from api.server.embedded import EmbeddedServer
from tests.api.cli.test_commands import Desk, agree, files, prepared_by, set_environment
from tests.billing.scene import CONTRACT
from tests.conftest import world_copy
from tests.scenarios.world import TWO_CONTRACTS, World, a_world_copied, leave


def contract(reference: str, **parts: Any) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(CONTRACT)
    return document | {"contract": reference, "starts": "2026-01-01"} | parts


def lines(*documents: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in documents)


UNKNOWN = {"assets": ["Pres"]}


@pytest.fixture
def access(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Access]:
    with world_copy(server, "a desk of one person", partial(prepared_by, agree), request.node.nodeid) as (access, _):
        yield access


@pytest.fixture
def desk(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    set_environment(access, tmp_path, monkeypatch)
    return files(tmp_path)


def recorded(desk: Desk) -> list[tuple[str, int]]:
    return [(one["contract"], one["version"]) for one in desk.asks("contract", "list")]


class TestFilesAndFolders:
    def test_a_file_of_lines_a_list_and_a_folder_are_recorded_together(self, desk: Desk) -> None:
        folder = desk.folder / "many"
        folder.mkdir()
        of_lines = desk.file("a.jsonl", lines(contract("L-1"), contract("L-2")))
        of_list = desk.file("b.json", json.dumps([contract("M-1"), contract("M-2")]))
        desk.file("many/n.yaml", yaml.safe_dump(contract("N-1")))
        desk.file("many/note.txt", "nothing to record")
        done = desk.asks("contract", "apply", of_lines, of_list, str(folder))
        assert [(one["contract"], one["place"]) for one in done["contracts"]] == [
            ("L-1", f"{of_lines}:1"),
            ("L-2", f"{of_lines}:2"),
            ("M-1", f"{of_list}/0"),
            ("M-2", f"{of_list}/1"),
            ("N-1", f"{folder}/n.yaml"),
        ]
        assert (done["new"], done["unchanged"], done["waiting"], done["refused"]) == (5, 0, 0, 0)
        again = desk.asks("contract", "apply", of_lines, of_list, str(folder))
        assert (again["new"], again["unchanged"]) == (0, 5)

    def test_one_fault_refuses_all_with_every_place(self, desk: Desk) -> None:
        path = desk.file(
            "a.jsonl",
            lines(contract("L-1"), contract("L-2", **UNKNOWN)) + "{rubbish\n" + lines(contract("L-4", zone="Mars")),
        )
        refused = desk.runner.invoke(app, ["contract", "apply", path])
        assert isinstance(refused.exception, ContractsRefused)
        text = str(refused.exception)
        assert "3 of 4 contracts are refused" in text
        assert all(f"{path}:{line}: " in text for line in (2, 3, 4))
        assert "did you mean Press?" in text
        assert recorded(desk) == [("C-1", 1)]

    def test_the_good_ones_are_recorded_where_that_is_said(self, desk: Desk) -> None:
        path = desk.file("a.jsonl", lines(contract("L-1"), contract("L-2", **UNKNOWN), contract("L-3")))
        done = desk.asks("contract", "apply", path, "--keep-going")
        assert [one["place"] for one in done["refusals"]] == [f"{path}:2"]
        assert [fault["code"] for fault in done["refusals"][0]["faults"]] == ["unknown-asset"]
        assert recorded(desk) == [("C-1", 1), ("L-1", 1), ("L-3", 1)]

    def test_where_none_is_good_that_is_refused(self, desk: Desk) -> None:
        path = desk.file("a.jsonl", lines(contract("L-2", **UNKNOWN)))
        assert isinstance(
            desk.runner.invoke(app, ["contract", "apply", path, "--keep-going"]).exception, NoContractRecorded
        )

    def test_a_baseline_in_the_folder_is_no_contract(self, desk: Desk) -> None:
        (desk.folder / "many").mkdir()
        desk.file(
            "many/a.yaml", yaml.safe_dump(contract("N-1", savings=[{"name": "s", "option": {"baseline": "a.json"}}]))
        )
        desk.file("many/a.json", "{}")
        desk.file("many/b.json", json.dumps(contract("N-2")))
        done = desk.asks("contract", "apply", str(desk.folder / "many"), "--keep-going")
        assert [one["contract"] for one in done["contracts"]] == ["N-2"]
        assert [one["place"] for one in done["refusals"]] == [str(desk.folder / "many/a.yaml")]

    def test_a_folder_without_a_contract_is_refused(self, desk: Desk) -> None:
        (desk.folder / "none").mkdir()
        assert isinstance(
            desk.runner.invoke(app, ["contract", "apply", str(desk.folder / "none")]).exception, UnreadablePath
        )

    def test_a_contract_and_its_amendment_are_two_versions(self, desk: Desk) -> None:
        dearer = contract(
            "L-1", in_force_from="2026-03-01", charges=[{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "110"}}]
        )
        done = desk.asks("contract", "apply", desk.file("a.jsonl", lines(contract("L-1"), contract("L-2"), dearer)))
        assert [(one["contract"], one["version"]) for one in done["contracts"]] == [("L-1", 1), ("L-2", 1), ("L-1", 2)]


class TestWhatIsBilled:
    """An amendment of billed days is asked about, as one alone is; new contracts reprice nothing."""

    @pytest.fixture
    def path(self, desk: Desk) -> str:
        desk.types("ingest", desk.file("a.csv", "time,value\n2026-01-05T10:00Z,60\n"), "--register", "kwh")
        desk.types("bill", "--issue", "--until", "2026-02-02")
        dearer = CONTRACT.replace('unit_price: "0.50"', 'unit_price: "0.60"') + "in_force_from: 2026-01-01\n"
        desk.file("dearer.yaml", dearer)
        return desk.file("new.jsonl", lines(contract("L-1", assets=["Press"])))

    def test_is_refused_to_a_program_until_it_says_yes(self, desk: Desk, path: str) -> None:
        both = [path, str(desk.folder / "dearer.yaml")]
        refused = desk.runner.invoke(app, ["contract", "apply", *both])
        assert isinstance(refused.exception, ContractsWouldReprice)
        assert "net +6.00, gross +7.14" in str(refused.exception)
        assert recorded(desk) == [("C-1", 1)]
        done = desk.asks("contract", "apply", *both, "--yes")
        assert [len(one.get("reprices", ())) for one in done["contracts"]] == [0, 1]
        assert recorded(desk) == [("C-1", 2), ("L-1", 1)]

    def test_is_left_out_where_the_good_ones_are_recorded(self, desk: Desk, path: str) -> None:
        done = desk.asks("contract", "apply", str(desk.folder / "dearer.yaml"), path, "--keep-going")
        assert [one["type"] for one in done["refusals"]] == ["/problems/would-reprice"]
        assert recorded(desk) == [("C-1", 1), ("L-1", 1)]


@pytest.fixture
def world(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, TWO_CONTRACTS, leave, request.node.nodeid) as world:
        yield world


class TestOverHttp:
    def test_many_wait_for_another_person_and_the_next_tenant_has_none(self, world: World) -> None:
        done = world.done("maker", "POST", "/v1/contracts/bulk", content=lines(contract("L-1"), contract("L-2")))
        assert (done["new"], done["waiting"]) == (2, 2)
        assert world.ask("maker", "POST", "/v1/contracts/L-1/release").json()["type"] == "/problems/own-work"
        assert world.done("finance", "POST", "/v1/contracts/L-1/release")["released_by"] == "finance"
        assert world.done("stranger", "GET", "/v1/contracts") == []
        assert world.ask("finance", "POST", "/v1/contracts/bulk", content="[]").status_code == 403

    def test_many_are_released_by_another_person_all_or_none(self, world: World) -> None:
        dearer = contract(
            "L-2", in_force_from="2026-03-01", charges=[{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "110"}}]
        )
        world.done(
            "maker",
            "POST",
            "/v1/contracts/bulk",
            content=lines(contract("L-1"), contract("L-2"), contract("L-3"), dearer),
        )
        world.done("finance", "POST", "/v1/contracts/L-2/release", json={"version": 1})

        def release(who: str, **asked: Any) -> Any:
            return world.ask(who, "POST", "/v1/contracts/release", json=asked)

        def released() -> list[tuple[str, int, str | None]]:
            every = world.done("maker", "GET", "/v1/contracts", params={"begins": "L"})
            return [(one["contract"], one["version"], one["released_by"]) for one in every]

        own = release("maker", contracts=["L-1", "L-2"])
        assert [(one["place"], one["type"]) for one in own.json()["refusals"]] == [
            ("L-1", "/problems/own-work"),
            ("L-2", "/problems/own-work"),
        ]
        assert release("maker", waiting=True).json()["new"] == 0
        mixed = release("finance", contracts=["L-1", "C-1", "none"])
        assert [one["type"] for one in mixed.json()["refusals"]] == [
            "/problems/already-released",
            "/problems/unknown-contract",
        ]
        assert released() == [("L-1", 1, None), ("L-2", 2, None), ("L-3", 1, None)]
        some = world.ask(
            "finance",
            "POST",
            "/v1/contracts/release",
            params={"keep_going": "true"},
            json={"contracts": ["L-1", "C-1"]},
        )
        assert (some.json()["new"], some.json()["refused"]) == (1, 1)
        assert release("finance", waiting=True).json()["new"] == 2
        assert released() == [("L-1", 1, "finance"), ("L-2", 2, "finance"), ("L-3", 1, "finance")]
        assert [release("finance", **asked).status_code for asked in ({}, {"waiting": True, "contracts": ["L-1"]})] == [
            422,
            422,
        ]

    def test_a_zero_byte_is_the_fault_of_its_contract_alone(self, world: World) -> None:
        body = lines(contract("L-1", reason="\\u0000"), contract("L-2", customer={"name": "B\x00", "country": "DE"}))
        done = world.done("maker", "POST", "/v1/contracts/bulk", params={"keep_going": "true"}, content=body)
        assert [(one["place"], one["type"]) for one in done["refusals"]] == [("line 2", "/problems/not-storable")]

    def test_one_fault_refuses_all_and_the_good_ones_are_recorded_where_that_is_asked(self, world: World) -> None:
        body = lines(contract("L-1"), contract("L-2", **UNKNOWN))
        refused = world.ask("maker", "POST", "/v1/contracts/bulk", content=body)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/contracts-refused")
        assert [one["place"] for one in refused.json()["refusals"]] == ["line 2"]
        assert world.ask("maker", "GET", "/v1/contracts/L-1").status_code == 404
        done = world.done("maker", "POST", "/v1/contracts/bulk", params={"keep_going": "true"}, content=body)
        assert (done["new"], done["refused"]) == (1, 1)
        only = world.ask(
            "maker",
            "POST",
            "/v1/contracts/bulk",
            params={"keep_going": "true"},
            content=lines(contract("L-2", **UNKNOWN)),
        )
        assert (only.status_code, only.json()["type"]) == (422, "/problems/no-contract-recorded")

    def test_a_fault_in_a_later_chunk_leaves_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(in_bulk, "CHUNK", 2)
        body = lines(*(contract(f"L-{number}") for number in range(5)), contract("L-9", **UNKNOWN))
        assert world.ask("maker", "POST", "/v1/contracts/bulk", content=body).status_code == 422
        assert [one["contract"] for one in world.done("maker", "GET", "/v1/contracts")] == ["C-1", "C-2"]


@pytest.fixture(scope="module")
def many(server: EmbeddedServer) -> Iterator[World]:
    def fill(world: World) -> None:
        adler = {"customer": {"name": "Adler", "country": "DE"}}
        documents = [contract(f"L-{number:02}", **(adler if number % 2 else {})) for number in range(9)]
        world.done("maker", "POST", "/v1/contracts/bulk", content=lines(*documents))

    with a_world_copied(server, "a list of contracts", fill, "a list") as world:
        yield world


class TestAList:
    """In pages: each contract and register once, in the order of their names, whatever the size of a page."""

    @staticmethod
    def pages(world: World, path: str, **asked: Any) -> list[list[Any]]:
        answer = world.ask("maker", "GET", path, params=asked)
        pages = [answer.json()]
        while "next" in answer.links:
            answer = world.ask("maker", "GET", answer.links["next"]["url"])
            pages.append(answer.json())
        return pages

    @given(limit=st.integers(1, 12))
    def test_of_contracts_is_read_page_by_page(self, many: World, limit: int) -> None:
        pages = self.pages(many, "/v1/contracts", limit=limit)
        names = [one["contract"] for page in pages for one in page]
        assert names == ["C-1", "C-2", *(f"L-{number:02}" for number in range(9))]
        assert all(len(page) == limit for page in pages[:-1])

    @pytest.mark.parametrize(("asked", "names"), [
        ({"begins": "L-0"}, [f"L-{number:02}" for number in range(9)]), ({"begins": "C"}, ["C-1", "C-2"]), ({"begins": "%"}, []),
        ({"customer_begins": "Adl"}, ["L-01", "L-03", "L-05", "L-07"]), ({"customer": "Adl"}, []), ({"customer": "Adler"}, ["L-01", "L-03", "L-05", "L-07"]),
        ({"customer": "Adler", "begins": "L-0", "after": "L-03"}, ["L-05", "L-07"]), ({"supplier": "Nord"}, []), ({"supplier_begins": "Nord", "begins": "C"}, ["C-1", "C-2"]),
        ({"customer": "Nobody"}, []), ({"after": "L-08"}, []),
    ])  # fmt: skip
    def test_of_contracts_is_searched(self, many: World, asked: dict[str, str], names: list[str]) -> None:
        assert [one["contract"] for page in self.pages(many, "/v1/contracts", **asked) for one in page] == names

    def test_of_a_customer_has_what_is_released_to_it(self, many: World) -> None:
        assert [one["contract"] for one in many.done("blechwerke", "GET", "/v1/contracts")] == ["C-1"]
        assert many.done("blechwerke", "GET", "/v1/contracts", params={"customer_begins": "Gieß"}) == []

    @pytest.mark.parametrize(("asked", "keys"), [
        ({}, ["hours", "kwh"]), ({"limit": 1}, ["hours", "kwh"]), ({"begins": "k"}, ["kwh"]), ({"asset": "Press"}, ["hours", "kwh"]), ({"asset": "Pres"}, []),
        ({"site": "Werk", "after": "hours"}, ["kwh"]), ({"site": "Nowhere"}, []),
    ])  # fmt: skip
    def test_of_registers_is_read_and_searched(self, many: World, asked: dict[str, Any], keys: list[str]) -> None:
        rows = [one for page in self.pages(many, "/v1/registers", **asked) for one in page]
        assert [one["key"] for one in rows] == keys
        assert all(one["asset"] == "Press" and one["declared"]["key"] == one["key"] for one in rows)


@given(st.lists(st.sampled_from(["{}", '{"a": 1}', "rubbish: [", "", "  "])))
def test_each_line_that_says_something_has_its_number(parts: list[str]) -> None:
    places = [placed.place for placed in documents_of("\n".join(parts).encode(), "f")]
    assert places == [f"f:{number}" for number, part in enumerate(parts, start=1) if part.strip()]
