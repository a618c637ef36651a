"""Any stored fact changed after billing is either without effect, or the sweep names the ratings that it concerns.

    pytest tests/billing/sources/test_any_fact.py                       some forty changes, one of each kind at least
    pytest tests/billing/sources/test_any_fact.py -m long -s            two thousand, and how many looks were idle
    CHANGES=500 CHANGE_SEED=7 pytest … -m long                          five hundred, of the seeds from 7 on

A failure names its seed.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlalchemy import text

from api.server.embedded import EmbeddedServer
from billing.sources.sweep import sweep
from quantities.errors import UsufructError
from tests.billing.sources.changes import CHANGES, Desk, drawn, seeds_of_each_kind
from tests.billing.sources.world import LATER, World
from tests.conftest import fresh_database

_FEW = 20
_MANY, _FIRST_SEED = int(os.environ.get("CHANGES", "2000")), int(os.environ.get("CHANGE_SEED", "1"))


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> Iterator[World]:
    with fresh_database(server, "any fact") as access:
        built = World(access)
        try:
            yield built
        finally:
            built.close()


@dataclass
class Tally:
    """What came of changes.

    Attributes:
        kinds: how many were made of each kind, without those that were refused.
        refused: how many of each kind an operation refused.
        differing: how many ratings come to something else, by the source that is named.
        looks: how many ratings were marked.
        idle: how many of these come to the same.
        faults: changes of which no rating is named, or another source; each with its seed.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    looks: int = 0
    idle: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        share = f"{self.idle / self.looks:.0%}" if self.looks else "none"
        return (
            f"{sum(self.kinds.values())} changes, {sum(self.refused.values())} refused; {sum(self.differing.values())} "
            f"ratings differ {dict(self.differing)}; {self.looks} looks, {self.idle} idle: {share}"
        )


def changed(world: World, seeds: Iterable[int], *, everywhere_each: int | None = None) -> Tally:
    """Change a fact for each seed, and hold what is owed then against what the sweep marks.

    Args:
        world: is as it was afterwards.
        seeds: one for each change.
        everywhere_each: after each so many changes, rate the contracts anew that the change cannot concern as well.
    """
    tally = Tally()
    for seed in seeds:
        kind, name = drawn(seed), drawn(seed).__name__
        with world.trying() as session:
            try:
                change = kind(Desk(world, session, Random(seed)))
                session.flush()
            except UsufructError:
                tally.refused[name] += 1
                continue
            tally.kinds[name] += 1
            marked = set(sweep(session, LATER))
            sources = dict(session.execute(text("select rating_id, sources from stale")).all())
            is_everywhere = everywhere_each is not None and seed % everywhere_each == 0
            now = world.rated_again(session, None if is_everywhere else change.references)
            differing = {key for key, outcome in now.items() if outcome != world.as_billed[key]}
            tally.looks += len(marked)
            tally.idle += len(marked - differing)
            tally.differing[change.source.value] += len(differing)
            missed = sorted(differing - {key for key in marked if change.source.value in sources[key]})
            if missed:
                tally.faults.append(f"seed {seed}, {change.what}: ratings {missed} differ, marked are {sources}")
                continue
            for reference in world.partly(differing, marked):
                all_, of_marked = world.corrections(session, reference), world.corrections(session, reference, marked)
                if all_ != of_marked:
                    tally.faults.append(
                        f"seed {seed}, {change.what}: {reference} is corrected by {of_marked}, owed {all_}"
                    )
    return tally


def test_a_fact_changed_after_billing_is_without_effect_or_named_few(world: World) -> None:
    tally = changed(world, [*seeds_of_each_kind(1), *range(1000, 1000 + _FEW)])
    print(tally)
    assert tally.faults == []
    assert {kind.__name__ for kind, _ in CHANGES} == tally.kinds.keys() | tally.refused.keys()


@pytest.mark.long
def test_a_fact_changed_after_billing_is_without_effect_or_named_many(world: World) -> None:
    begun = time.perf_counter()
    tally = changed(world, range(_FIRST_SEED, _FIRST_SEED + _MANY), everywhere_each=4)
    print(f"{tally}, in {time.perf_counter() - begun:.0f} s")
    print(f"made {dict(tally.kinds)}, refused {dict(tally.refused)}")
    assert tally.faults == []
