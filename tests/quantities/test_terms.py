"""Terms: what was computed of them is kept with them, and never with a copy that says something else."""

from functools import cached_property

from hypothesis import given
from hypothesis import strategies as st

from quantities.terms import Terms


class Fee(Terms):
    months: int
    label: str = ""

    @cached_property
    def years(self) -> int:
        return self.months // 12


@given(months=st.integers(0, 100), other=st.integers(0, 100), deep=st.booleans())
def test_a_copy_computes_anew(*, months: int, other: int, deep: bool) -> None:
    fee = Fee(months=months)
    assert fee.years == months // 12

    copied = fee.model_copy(update={"months": other}, deep=deep)

    assert copied.years == other // 12
    assert fee.years == months // 12


def test_what_is_kept_is_no_part_of_the_terms() -> None:
    fee, same = Fee(months=30, label="a"), Fee(months=30, label="a")
    written = fee.model_dump_json()
    assert fee.years == 2

    assert fee == same
    assert hash(fee) == hash(same)
    assert (fee.model_dump_json(), repr(fee)) == (written, repr(same))
