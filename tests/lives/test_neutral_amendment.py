"""A property over all kinds of rules: an amendment that says what is said already changes no line and nothing carried.

It comes into force on any day, beside whatever other amendments there are. Seeds and options as in test_core.py.
"""

from dataclasses import replace

import pytest

from billing.invoices.invoice import Line
from tests.lives import core
from tests.lives.choices import Dice
from tests.lives.core import Repertoire
from tests.lives.test_core import REPERTOIRES, pytest_generate_tests

__all__ = ["pytest_generate_tests"]


def without_version(line: Line) -> Line:
    return replace(line, proof=line.proof.model_copy(update={"version_id": None}))


def changes_nothing(seeds: range, repertoire: Repertoire) -> None:
    for seed in seeds:
        life = core.life_of(seed, repertoire)
        amended = core.with_a_neutral_amendment(Dice(seed), life)
        for was, now in zip(core.rated(life), core.rated(amended), strict=True):
            told = f"--lives 1 --life-seed {seed}, in force from {amended.versions}"
            if isinstance(was, str) or isinstance(now, str):
                assert was == now, told
                continue
            assert [without_version(line) for line in now[0]] == [without_version(line) for line in was[0]], told
            assert now[1] == was[1], told


@pytest.mark.parametrize("name", REPERTOIRES)
def test_a_neutral_amendment_changes_nothing_few(seeds: range, name: str) -> None:
    changes_nothing(seeds[::4], replace(REPERTOIRES[name], inside=True, periods=6))


@pytest.mark.long
@pytest.mark.parametrize("name", REPERTOIRES)
def test_a_neutral_amendment_changes_nothing_many(seeds: range, name: str) -> None:
    changes_nothing(seeds, replace(REPERTOIRES[name], inside=True))
