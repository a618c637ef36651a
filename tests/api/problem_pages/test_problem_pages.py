"""Every refusal has a page, whose example is asked here of a real house: it is refused so, and names what is at fault."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from api.cli.refused import exit_code
from api.problem_pages.page import FAULTS, FOLDER, ROOMS, ProblemPage
from api.refusals import problem_of, status_of
from api.server.embedded import EmbeddedServer
from quantities.document import FaultyDocument
from quantities.errors import UsufructError, page_address, slug, title
from tests.api.problem_pages.asking import Answer, Asking, shown
from tests.api.problem_pages.codes import SHARED, codes_of, library_codes
from tests.api.problem_pages.doubles import DOUBLES
from tests.api.problem_pages.house import House, build
from tests.api.problem_pages.kinds import kinds_of
from tests.api.problem_pages.scoring import Score, naming
from tests.api.problem_pages.written import Written, WrittenFault, written_faults, written_pages
from tests.conftest import world_copy
from tests.net.doors import canonical, masked, working_in

#: Refusals whose page is not written yet; whoever writes one takes it out.
YET_TO_WRITE = Path(__file__).with_name("yet_to_write.txt")


@pytest.fixture
def asking(server: EmbeddedServer, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asking]:
    copied = world_copy(server, "a house of refusals", build, request.node.nodeid)
    with copied as (access, keys), working_in(tmp_path, access) as environment:
        environment.setenv("USUFRUCT_TENANT", "Nordluft")
        house = House(access, tmp_path)
        house.world.keys |= keys
        with house.world.client:
            yield Asking(house, tmp_path)


@pytest.mark.parametrize("room", ROOMS)
def test_each_example_is_refused_as_its_page_says(room: str, asking: Asking, pytestconfig: pytest.Config) -> None:
    written, score = written_pages(room), Score()
    answers = {name: answered(name, page, asking, score) for name, page in written.items()}
    pages = [page_of(kind, room, written.get(slug(kind)), answers.get(slug(kind), "")) for kind in kinds_of(room)]
    generated = as_generated(pages, FOLDER / f"{room}.json", pytestconfig)
    print(f"{room}: {score}")
    assert not [*score.mistaken, *score.unnamed], "\n".join([*score.mistaken, *score.unnamed, f"{room}: {score}"])
    assert generated, "make golden"


@pytest.mark.parametrize("room", ROOMS)
def test_each_code_of_a_fault_is_answered_as_its_page_says(
    room: str, asking: Asking, pytestconfig: pytest.Config
) -> None:
    """A fault says what it is and where; what was found there and what would be right, only where that says more."""
    written, score = written_faults(room), Score()
    answers = {code: answered(code, page, asking, score) for code, page in written.items()}
    pages = [page_of_fault(code, room, written[code], answers[code]) for code in sorted(written)]
    generated = as_generated(pages, FOLDER / f"{FAULTS}{room}.json", pytestconfig)
    print(f"{room}: {score}")
    unsaid = [part for part in score.unnamed if part.endswith((": fault", ": place"))]
    assert not [*score.mistaken, *unsaid], "\n".join([*score.mistaken, *unsaid, f"{room}: {score}"])
    assert generated, "make golden"


def as_generated(pages: Sequence[ProblemPage], generated: Path, config: pytest.Config) -> bool:
    """Whether the pages are those of the file, which is written anew where that is asked for."""
    now = "[\n" + ",\n".join(canonical(page.model_dump(mode="json")) for page in pages) + "\n]\n"
    if config.getoption("--update-golden"):
        generated.write_text(now, encoding="utf-8")
    return generated.exists() and generated.read_text(encoding="utf-8") == now


def answered(name: str, page: Written, asking: Asking, score: Score) -> str:
    """Ask an example, see that it is refused so, and count what the answer names; the answer as its page shows it."""
    for step in page.before:
        done = asking.ask(step)
        if done.is_done == step.refused:
            score.mistaken.append(f"{name}: {step.request or step.command}\n{done.shown}")
            return ""
    answer = from_within(name, asking) if page.provoked_by is None else asking.ask(page.provoked_by)
    problem = naming(answer.facts, name)
    if problem is None:
        score.mistaken.append(f"{name} is not what is answered:\n{answer.shown}")
    else:
        score.count(name, problem, page)
        if isinstance(answer.facts, list) or "type" not in answer.facts:  # it stands among what is not refused
            first, *_ = answer.shown.splitlines()
            return f"{first}\n\n…\n{masked(canonical(problem))}\n…"
    return answer.shown


def from_within(name: str, asking: Asking) -> Answer:
    """The problem that a double is refused with, or that the double was answered over HTTP."""
    try:
        facts = DOUBLES[name](asking.house)
    except UsufructError as refused:
        facts = problem_of(refused)
    return Answer(facts, masked(canonical(facts)), is_done=False)


def page_of(kind: type[UsufructError], room: str, written: Written | None, answer: str) -> ProblemPage:
    meaning = (vars(kind).get("__doc__") or "").strip().partition("\n")[2]
    return _page(slug(kind), kind, written, answer, room=room, title=title(kind), meaning=" ".join(meaning.split()))


def page_of_fault(code: str, room: str, written: WrittenFault, answer: str) -> ProblemPage:
    within = "It is the code of a fault within a document or a request, which is refused with all of its faults."
    return _page(code, FaultyDocument, written, answer, room=room, title=written.says, meaning=within)


def _page(name: str, kind: type[UsufructError], written: Written | None, answer: str, **described: str) -> ProblemPage:
    example = written.provoked_by if written else None
    return ProblemPage(
        name=name,
        type=page_address(name),
        status=status_of(kind),
        exit_code=exit_code(kind),
        to_do=written.do.strip() if written else "",
        before=tuple(map(shown, written.before)) if written else (),
        example=shown(example) if example else "",
        answer=answer if example else "",
        from_within=written.from_within if written else "",
        **described,
    )


def test_each_refusal_has_a_page_but_those_that_are_listed() -> None:
    known = {room: {slug(kind) for kind in kinds_of(room)} for room in ROOMS}
    written = {room: set(written_pages(room)) for room in ROOMS}
    assert {room: names - known[room] for room, names in written.items() if names - known[room]} == {}, "of no refusal"
    missing = sorted(name for room in ROOMS for name in known[room] - written[room])
    assert missing == YET_TO_WRITE.read_text(encoding="utf-8").splitlines()


def test_each_code_of_a_fault_has_one_page() -> None:
    """A code that is also the name of a refusal means the same, and has the refusal's page."""
    named = {slug(kind) for room in ROOMS for kind in kinds_of(room)}
    codes = {room: codes_of(room) for room in ROOMS} | {"quantities": codes_of("quantities") | library_codes()}
    answered_with = set[str]().union(*codes.values())
    written = [code for room in ROOMS for code in written_faults(room)]
    assert answered_with & named == SHARED
    assert sorted(written) == sorted(answered_with - named)
    assert {code: room for room in ROOMS for code in written_faults(room) if code not in codes[room]} == {}


def test_those_from_within_are_few_and_have_a_double_each() -> None:
    from_within = {
        name
        for room in ROOMS
        for name, page in (*written_pages(room).items(), *written_faults(room).items())
        if page.from_within
    }
    assert from_within == set(DOUBLES)
