"""An amendment after which a random contract could not go on, whatever is used, is refused when it is recorded.

    pytest tests/lives/test_refused_amendments.py --lives 1000 --life-seed 5    a thousand contracts, of the seeds from 5 on

A rating opens what the charges have carried; recording has only terms and dates to tell it by. No database.
"""

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from contracts.carried_state import UnopenedState
from contracts.checks.amending import faults_of_amending
from contracts.contract import Contract
from quantities.document import FaultyDocument, parse
from tests.lives import core
from tests.lives.charges import KINDS, SAVINGS_KINDS

#: Rules that carry something for long, and some that carry nothing.
CARRYING = ("lease_rent", "take_or_pay", "maximum_spend", "demand", "commitment", "prepaid", "graduated", "volume", "severity", "discount", "fixed_fee")  # fmt: skip
AMENDMENTS = ("terms", "rule", "unit", "settings", "drop")
_FEW = 100


def repertoire(kinds: Sequence[str]) -> core.Repertoire:
    return core.Repertoire(kinds=tuple(kinds), amendments=AMENDMENTS, listed=True)


REPERTOIRES = {
    "all kinds": repertoire(KINDS),
    "kinds that carry": repertoire(CARRYING),
    "savings": repertoire((*SAVINGS_KINDS, "lease_rent", "fixed_fee")),
}
REFUSALS = {refusal.__name__ for refusal in UnopenedState.__subclasses__()}


def versions_of(life: core.Life) -> list[Contract]:
    return [parse(Contract, json.loads(json.dumps(version))) for version in life.versions]


def is_refused(versions: Sequence[Contract]) -> bool:
    """Whether one of the amendments is refused, each checked against those before it."""
    return any(
        fault.code in ("state-not-opened", "cycle")
        for at, amended in enumerate(versions)
        for fault in faults_of_amending(versions[:at], amended)
    )


def is_held(life: core.Life) -> bool:
    """Whether a period cannot be rated because a charge cannot open what it carries, or is computed from itself."""
    try:
        return any(isinstance(rated, str) and rated.partition(":")[0] in REFUSALS for rated in core.rated(life))
    except RecursionError:
        return True


@pytest.mark.parametrize("name", REPERTOIRES)
def test_what_would_be_held_is_refused(name: str, pytestconfig: pytest.Config) -> None:
    stated, first = pytestconfig.getoption("--lives"), pytestconfig.getoption("--life-seed")
    number = _FEW if stated is None else stated
    seen = Counter[bool]()
    for seed in range(first, first + number):
        life = core.life_of(seed, REPERTOIRES[name])
        try:
            versions = versions_of(life)
        except FaultyDocument:
            continue  # another rule under the name has left another charge without what it is computed from
        held = is_held(life)
        seen[held] += 1
        if held and not is_refused(versions):
            pytest.fail(f"--lives 1 --life-seed {seed}", pytrace=False)
    assert number < _FEW or min(seen[True], seen[False]) > number // 20
