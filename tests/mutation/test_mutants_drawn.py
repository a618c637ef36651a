"""Which mutants are drawn, and where each is looked at."""

from collections import Counter

import pytest

from tests.mutation.drawing import MODULES, ROOT, changes, drawn
from tests.mutation.run import kinds_of, room_tests

SOURCE = '''"""At most 1 of 2."""
from contracts import Rule
import math

Price: TypeAlias = Annotated[Decimal, 3]
ZERO = Decimal(0)

@dataclass(slots=True)
class Fee(Rule):
    """Not more than 4."""
    places: Annotated[int, Field(ge=5)] = 6

    def rate(self, amount: Literal[7]) -> Literal[8]:
        return amount if amount > ZERO else None
'''


def test_a_mutant_changes_what_is_computed_and_not_what_is_only_read() -> None:
    lines = Counter(place[0][0] for place, *_ in changes(SOURCE))

    # The number of ZERO and the default of places by one up or down; the condition, and each other comparison for >.
    assert lines == {6: 2, 11: 2, 14: 1 + 5}


def test_a_seed_draws_the_same_mutants_again_and_each_of_another_place() -> None:
    mutants = drawn(7, 12)

    assert drawn(7, 12) == mutants
    assert drawn(8, 12) != mutants
    assert len({mutant.module for mutant in mutants}) == 12
    for mutant in mutants:
        text = (ROOT / mutant.module).read_text(encoding="utf-8")
        assert mutant.source(text) != text


@pytest.mark.parametrize("pattern", MODULES)
def test_each_module_of_rating_and_corrections_is_there(pattern: str) -> None:
    assert list(ROOT.glob(pattern))


def test_a_mutant_of_a_rule_gets_lives_of_its_kind_and_the_tests_of_its_room() -> None:
    assert "demand" in kinds_of("contracts/pricing/demand.py")
    assert "graduated" not in kinds_of("contracts/pricing/demand.py")
    assert "availability" in kinds_of("contracts/pricing/malus.py")
    assert kinds_of("billing/rating/rating.py") == []
    assert list(room_tests("contracts/pricing/demand.py")) == ["tests/contracts/pricing", "tests/contracts"]
    assert list(room_tests("contracts/natures.py")) == ["tests/contracts/test_natures.py", "tests/contracts"]
