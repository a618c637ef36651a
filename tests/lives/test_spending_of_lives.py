"""Random lives whose use is billed on account and whose credit is topped up: in the end all is owed, to the cent.

What is claimed and what is drawn of it come to nothing, so that the oracle, which knows nothing of either, is the judge.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from api.server.embedded import EmbeddedServer
from tests.conftest import fresh_database
from tests.lives.repertoire import DEFAULT
from tests.lives.run import Lives, Outcome, lives_on
from tests.lives.spending import SpendingLife

_STEPS, _MANY = 8, 40


@pytest.fixture(scope="module")
def lives(server: EmbeddedServer) -> Iterator[Lives]:
    with fresh_database(server, "spending lives") as access, lives_on(access) as opened:
        yield opened


def see_that_all_is_owed(lives: Lives, seeds: Sequence[int], steps: int) -> None:
    claimed = 0
    for seed in seeds:
        script = lives.drawn(seed, replace(DEFAULT, steps=steps)).script
        known = lives.life()
        life = SpendingLife(known.database, known.interruption, known.tenant, seed=seed)
        for step in script:
            life.take(step)
        outcome = lives.finished(Outcome(seed, script, life), ("oracle",))
        faults = life.faults_in_the_end()
        if faults:
            outcome.faults["spending"] = faults
        if outcome.faults:
            pytest.fail(str(outcome), pytrace=False)
        claimed += life.claimed
    assert claimed  # or nothing was tried


@pytest.mark.parametrize("seed", [7])
def test_what_is_claimed_is_settled_few(lives: Lives, seed: int) -> None:
    see_that_all_is_owed(lives, [seed], _STEPS)


@pytest.mark.long
@pytest.mark.parametrize("first", [6000, 7000])
def test_what_is_claimed_is_settled_many(lives: Lives, first: int, pytestconfig: pytest.Config) -> None:
    number = pytestconfig.getoption("--lives") or _MANY
    see_that_all_is_owed(lives, range(first, first + number), 15)
