"""Random lives against a real database: whatever happens, in whatever order, in the end each cent that is owed is billed.

    pytest tests/lives -m long --lives 100 --life-seed 7    a hundred lives, of the seeds from 7 on
    pytest tests/lives -m long --lives 1 --life-seed 31     the life of the seed 31 again
    pytest tests/lives --without "dispute,link"     without some of what may happen
    pytest tests/lives/test_lives.py -m long -k saves --lives 50    fifty lives over baselines on paper and joined carriers

A failure names its seed, and shows the fewest steps that were found to fail alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest

from api.server.embedded import EmbeddedServer
from tests.conftest import fresh_database
from tests.lives.repertoire import DEFAULT, ON_PAPER
from tests.lives.run import Lives, lives_on
from tests.lives.tally import TallyOfLives

_FEW, _MANY, _CHUNKS = 4, 2000, 100
#: A life of the few is shorter, for all of them are to take seconds; its seed draws another life than in the long form.
_FEW_STEPS, _MANY_STEPS, _MANY_THAT_SAVE = 10, 15, 100
_CHECKS = ("oracle",)
#: In the long form a fresh database is told everything at once as well: line by line it takes as long as the oracle.
_ALL_CHECKS = ("oracle", "fresh")


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[Lives]:
    with fresh_database(server, "lives") as access, lives_on(access) as opened:
        yield opened


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    if "seeds" not in metafunc.fixturenames:
        return
    first = option("--life-seed")
    for name, otherwise, chunks in (("few", _FEW, 2), ("many", _MANY, _CHUNKS)):
        if metafunc.function.__name__.endswith(name):
            number = otherwise if option("--lives") is None else option("--lives")
            parts = [range(first + at, first + number, chunks) for at in range(min(chunks, number))]
            metafunc.parametrize("seeds", parts, ids=[f"{part[0]}, {part.step} apart" for part in parts])


def billed_what_is_owed(lives: Lives, seeds: range, without: str, steps: int, checks: Sequence[str] = _CHECKS) -> None:
    repertoire = replace(DEFAULT, steps=steps).without(name.strip() for name in without.split(",") if name.strip())
    tally = TallyOfLives()
    for seed in seeds:
        outcome = lives.drawn(seed, repertoire, checks)
        if outcome.faults:
            pytest.fail(f"--lives 1 --life-seed {seed}\n{lives.smallest(outcome, checks)}", pytrace=False)
        tally.add(outcome.life)
    assert tally.faults() == []


def test_each_life_is_billed_what_it_owes_few(lives: Lives, seeds: range, pytestconfig: pytest.Config) -> None:
    billed_what_is_owed(lives, seeds, pytestconfig.getoption("--without"), _FEW_STEPS)


@pytest.mark.long
def test_each_life_is_billed_what_it_owes_many(lives: Lives, seeds: range, pytestconfig: pytest.Config) -> None:
    billed_what_is_owed(lives, seeds, pytestconfig.getoption("--without"), _MANY_STEPS, _ALL_CHECKS)


def each_that_saves(lives: Lives, seeds: Iterable[int], steps: int) -> TallyOfLives:
    tally = TallyOfLives()
    for seed in seeds:
        outcome = lives.drawn(seed, replace(ON_PAPER, steps=steps), _CHECKS)
        if outcome.faults:
            pytest.fail(f"--lives 1 --life-seed {seed}\n{lives.smallest(outcome, _CHECKS)}", pytrace=False)
        tally.add(outcome.life)
    assert tally.faults() == []
    return tally


@pytest.mark.parametrize("seed", [pytest.param(2, id="one carrier"), pytest.param(8, id="carriers, a factor changes")])
def test_a_life_that_saves_is_billed_what_it_owes(lives: Lives, seed: int) -> None:
    """Over baselines agreed on paper."""
    assert each_that_saves(lives, [seed], _FEW_STEPS).billed


@pytest.mark.long
def test_each_life_that_saves_is_billed_what_it_owes(lives: Lives, pytestconfig: pytest.Config) -> None:
    """`--lives` of them, or a hundred."""
    first, number = pytestconfig.getoption("--life-seed"), pytestconfig.getoption("--lives") or _MANY_THAT_SAVE
    each_that_saves(lives, range(first, first + number), _FEW_STEPS)
