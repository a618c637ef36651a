"""Factors as they were recorded: for as long as a computation of then lasts, and for nothing else."""

from fractions import Fraction

import pytest

from quantities.conversion import as_recorded, conversion


class TestRecordedFactors:
    def test_hold_inside_and_no_longer(self) -> None:
        with as_recorded({("kWh", "MWh"): Fraction(1, 900)}):
            assert conversion("kWh", "MWh") == Fraction(1, 900)
        assert conversion("kWh", "MWh") == Fraction(1, 1000)

    def test_leave_every_other_conversion_as_it_is(self) -> None:
        with as_recorded({("kWh", "MWh"): Fraction(1, 900)}):
            assert (conversion("MWh", "kWh"), conversion("MJ", "kWh")) == (Fraction(1000), Fraction(5, 18))

    def test_end_with_a_fault_too(self) -> None:
        with pytest.raises(ZeroDivisionError), as_recorded({("kWh", "MWh"): Fraction(1, 900)}):
            raise ZeroDivisionError
        assert conversion("kWh", "MWh") == Fraction(1, 1000)
