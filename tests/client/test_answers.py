"""What the client's functions return and raise: rows of all pages, the answer of long work, and refusals with their reason."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from usufruct_client import CutShort, File, Refusal, Usufruct, a_file
from usufruct_client.api.billing import issue_invoice, list_invoices, replay_invoices
from usufruct_client.api.contracts import record_contract
from usufruct_client.api.metering import store_readings
from usufruct_client.api.operations import cancel_operation
from usufruct_client.models import OperationState, RefusedFileOut

import tests.client.made  # noqa: F401 makes what is imported next
from api.server.embedded import EmbeddedServer
from tests.api.http.test_every_request import served
from tests.client.through import Into, IntoAwaited
from tests.scenarios.test_http import bill_january
from tests.scenarios.world import World, a_world_copied
from tests.test_docs import README, files_of_the_readme


@pytest.fixture
def billed(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[World]:
    with a_world_copied(server, "January of two contracts billed", bill_january, request.node.nodeid) as world:
        yield world


def usufruct(world: World, who: str) -> Usufruct:
    return Usufruct("http://testserver", world.keys[who], transport=Into(world.client))


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_every_row_of_all_pages(billed: World, limit: int) -> None:
    heads = list_invoices.every(usufruct(billed, "finance"), limit=limit)
    assert [head.number for head in heads] == ["2026-000001", "2026-000002"]


def test_a_refused_page_is_raised(billed: World) -> None:
    with pytest.raises(Refusal) as refused:
        list(list_invoices.every(usufruct(billed, "finance"), limit=100_000))
    assert (refused.value.status, refused.value.faults[0].path) == (422, "/query/limit")


def test_long_work_is_followed_to_its_answer(billed: World) -> None:
    replayed = replay_invoices.finished(usufruct(billed, "finance"))
    assert (replayed.replayed, replayed.unproven) == (2, [])


def test_long_work_that_is_cancelled_has_no_answer(billed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.long_work.runner.LongWorkRunner.wake", lambda *_: None)
    finance = usufruct(billed, "finance")
    operation = replay_invoices.begin(finance)
    assert operation.state is OperationState.WAITING
    assert cancel_operation.sync(finance, operation.operation).state is OperationState.CANCELLED

    def cancel(_: float) -> None:
        cancel_operation.sync(usufruct(billed, "finance"), operation.operation + 1)

    monkeypatch.setattr("usufruct_client.client.time.sleep", cancel)
    with pytest.raises(CutShort, match="operation 2 is cancelled"):
        replay_invoices.finished(finance)


def test_what_is_awaited_lists_and_follows_as_well(billed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> tuple[list[str], OperationState, int]:
        async with Usufruct(
            "http://testserver", billed.keys["finance"], async_transport=IntoAwaited(billed.client)
        ) as finance:
            numbers = [head.number async for head in list_invoices.async_every(finance, limit=1)]
            begun = await replay_invoices.async_begin(finance)
            replayed = await replay_invoices.async_finished(finance)
            return numbers, begun.state, replayed.replayed

    numbers, state, replayed = asyncio.run(ask())
    assert (numbers, replayed) == (["2026-000001", "2026-000002"], 2)
    assert state in OperationState


def test_a_refusal_says_what_why_and_under_which_number(billed: World) -> None:
    with pytest.raises(Refusal) as refused:
        issue_invoice.sync(usufruct(billed, "stranger"), "2026-000001")
    problem = refused.value
    assert (problem.status, problem.type) == (404, "/problems/unknown-invoice")
    assert problem.title
    assert str(problem).startswith(problem.title)
    assert problem.request_id == problem.problem["request_id"]
    assert problem.retry_after_s is None


def test_a_file_that_leaves_a_question_open_is_refused_with_the_question(billed: World) -> None:
    with pytest.raises(Refusal) as refused:
        store_readings.sync(usufruct(billed, "maker"), body=File("when,a,b\n2026-01-07T10:00Z,1,2\n"), register="kwh")
    assert isinstance(refused.value.document, RefusedFileOut)
    assert refused.value.document.questions


def test_a_document_goes_as_it_is_written(billed: World, tmp_path: Path) -> None:
    (tmp_path / "cooling.yaml").write_text("contract: C-9\n", encoding="utf-8")
    body = a_file(tmp_path / "cooling.yaml")
    assert body.mime_type == "application/yaml"
    with pytest.raises(Refusal) as refused:
        record_contract.sync(usufruct(billed, "maker"), body=body)
    assert "/supplier" in [fault.path for fault in refused.value.faults]


def test_an_address_and_a_key_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USUFRUCT_KEY", raising=False)
    with pytest.raises(ValueError, match="USUFRUCT_KEY"):
        Usufruct("http://testserver")


def fill_as_the_readme_does(world: World, folder: Path) -> None:
    files_of_the_readme(folder)
    world.done("maker", "PUT", "/v1/fleet", content=(folder / "fleet.yaml").read_text(encoding="utf-8"))
    world.done("maker", "POST", "/v1/contracts", content=(folder / "cooling.yaml").read_text(encoding="utf-8"))
    world.done("finance", "POST", "/v1/contracts/COOL-1/release")


def test_the_readmes_ten_lines(
    billed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """250 + 10 × 95 + 2.1005 × 80."""
    fill_as_the_readme_does(billed, tmp_path)
    (program,) = README.split("```python\n")[1:]
    lines = program.split("```")[0]
    assert len(lines.splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USUFRUCT_KEY", billed.keys["maker"])
    with served(billed) as address:
        monkeypatch.setenv("USUFRUCT_ADDRESS", address)
        exec(compile(lines, "README.md", "exec"), {})  # noqa: S102 it is ours
    assert capsys.readouterr().out.splitlines() == ["KALTWERK-2026-000001 Molkerei Nord eG 1368.04 EUR"]
