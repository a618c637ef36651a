"""Random lives whose documents are void in the end, and billed anew: what was void was never owed, to the cent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from api.server.embedded import EmbeddedServer
from tests.conftest import fresh_database
from tests.lives import ending
from tests.lives.repertoire import DEFAULT
from tests.lives.run import Lives, Outcome, lives_on

_STEPS, _MANY = 12, 60


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[Lives]:
    with fresh_database(server, "void lives") as access, lives_on(access) as opened:
        yield opened


def see_that_all_is_owed(lives: Lives, seeds: Sequence[int]) -> None:
    """Live to the end, void the newest documents and some older ones, on which something may rely, and live on."""
    void = 0
    for seed in seeds:
        script = lives.drawn(seed, replace(DEFAULT, steps=_STEPS)).script
        life = lives.life()
        for step in script:
            life.take(step)
        ending.finish(life)
        for which in (0, 1, 4, 2, 0, 7)[seed % 3 :]:
            life.take(("void", {"which": which}))
            if which == 2:
                life.take(("bill", {"days": 1}))
        outcome = lives.finished(Outcome(seed, script, life), ("oracle",))
        void += sum(1 for invoice in life.rated() if invoice.row.voided_on is not None)
        if outcome.faults:
            pytest.fail(str(outcome), pytrace=False)
    assert void  # or nothing was tried


@pytest.mark.parametrize("seed", [3000, pytest.param(3101, marks=pytest.mark.long)])
def test_what_is_void_is_billed_anew_few(lives: Lives, seed: int) -> None:
    see_that_all_is_owed(lives, [seed])


@pytest.mark.long
@pytest.mark.parametrize("first", [4000, 5000])
def test_what_is_void_is_billed_anew_many(lives: Lives, first: int) -> None:
    see_that_all_is_owed(lives, range(first, first + _MANY))
