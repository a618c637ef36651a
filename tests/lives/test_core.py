"""Random contracts with random uses come to the same, line by line, by the product's rules and by the oracle's.

    pytest tests/lives/test_core.py --lives 1000 --life-seed 5    a thousand lives, of the seeds from 5 on
    pytest tests/lives/test_core.py --lives 1 --life-seed 31      the life of the seed 31 again

A failure names its seed and shows the life without what does not matter. No database: what it takes is
`tests/lives/core.py`, whose `Repertoire` leaves out what is listed as a known difference.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.lives import core
from tests.lives.charges import KINDS, PREPAYMENT_KINDS, SAVINGS_KINDS
from tests.lives.core import Life, Repertoire

_FEW, _MANY, _CHUNKS = 100, 10_000, 10
#: What may be paid before, and what takes something off it.
PAID = (
    "fixed_fee", "per_unit", "graduated", "one_off", "percentage_of", "minimum_spend", "maximum_spend", "availability", "discount"
)  # fmt: skip
#: What has a pool by machine, or instalments, and what is computed from it.
POOLED = (
    "per_unit",
    "per_unit",
    "graduated",
    "graduated",
    "package",
    "shift",
    "fixed_fee",
    "minimum_spend",
    "discount",
)
REPERTOIRES = {
    "whole periods": Repertoire(inside=False),
    "amendments within periods": Repertoire(),
    "prepayments": Repertoire(kinds=(*PREPAYMENT_KINDS * 4, *PAID)),
    "pools and instalments": Repertoire(
        kinds=POOLED,
        pools=True,
        amendments=("machines", "machines", "pool", "neutral", "prices", "settings", "add", "drop"),
    ),
    "savings": Repertoire(kinds=(*SAVINGS_KINDS, "fixed_fee", "maximum_spend", "discount"), inside=False),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" not in metafunc.fixturenames:
        return
    few = metafunc.function.__name__.endswith("few")
    stated = metafunc.config.getoption("--lives")
    number = stated if stated is not None else _FEW if few else _MANY
    first, chunks = metafunc.config.getoption("--life-seed"), 1 if few else _CHUNKS
    parts = [range(first + at, first + number, chunks) for at in range(min(chunks, number))]
    metafunc.parametrize("seeds", parts, ids=[f"{part[0]}, {part.step} apart" for part in parts])


def comes_to_the_same(seeds: range, repertoire: Repertoire) -> None:
    for seed in seeds:
        life = core.life_of(seed, repertoire)
        off = core.compare(life)
        if off is not None:
            life = core.smaller(life, differs_in(off.charge))
            smallest = core.compare(life)
            assert smallest is not None
            pytest.fail(f"--lives 1 --life-seed {seed}\n{core.shown(life, smallest)}", pytrace=False)


def differs_in(charge: str) -> Callable[[Life], bool]:
    def fails(life: Life) -> bool:
        off = core.compare(life)
        return off is not None and off.charge == charge

    return fails


@pytest.mark.parametrize("name", REPERTOIRES)
def test_every_charge_comes_to_what_the_oracle_says_few(seeds: range, name: str) -> None:
    share = {
        "whole periods": 2,
        "amendments within periods": 4,
        "savings": 4,
        "prepayments": 2,
        "pools and instalments": 4,
    }[name]
    comes_to_the_same(seeds[::share], replace(REPERTOIRES[name], periods=8))


@pytest.mark.long
@pytest.mark.parametrize("name", REPERTOIRES)
def test_every_charge_comes_to_what_the_oracle_says_many(seeds: range, name: str) -> None:
    comes_to_the_same(seeds, REPERTOIRES[name])


def test_every_kind_of_rule_is_drawn() -> None:
    drawn = {
        charge["rule"]["kind"]
        for repertoire in REPERTOIRES.values()
        for seed in range(60)
        for charge in core.life_of(seed, repertoire).versions[0]["charges"]
    }

    assert drawn == {*KINDS, *SAVINGS_KINDS, *PREPAYMENT_KINDS}
