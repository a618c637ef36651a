"""Avoided energy: which rows count, which do not, and what those that count come to."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from savings.avoided import Avoided, CountedRow, Extrapolation, Mask, RowStatus, avoided, expected_under
from savings.baseline import Baseline, fit
from savings.methods.caltrack import CaltrackDaily
from savings.model import DriverMissing, LinearModel
from savings.rows import TEMPERATURE, Interval, Row, rows_of
from savings.statistics.change_point import Form
from savings.statistics.uncertainty import Variant, fractional_uncertainty
from tests.build import fewer_examples
from tests.savings.samples import baseline_of, day, energy_of, series, weather, year

#: E = 2 · T, seen between 20 and 70 °F.
DOUBLE = baseline_of(LinearModel(form=Form.TWO, intercept=Decimal(0), slope=Decimal(2)), {TEMPERATURE: ("20", "70")})


class TestTheStatusOfARow:
    @pytest.mark.parametrize(
        ("row", "status", "avoided_energy", "why"),
        [
            pytest.param(day("90", "50"), "in_range", "10", "", id="100 expected, 90 measured"),
            pytest.param(day("110", "50"), "in_range", "-10", "", id="below zero too"),
            pytest.param(day("0", "70"), "in_range", "140", "", id="at the edge; gas may use nothing"),
            pytest.param(
                day("90", "75"), "caveat", "60", "temperature 10.0 % of its range beyond it", id="5 beyond of 50"
            ),
            pytest.param(
                day("90", "75.01"), "declined", "0", "temperature 10.0 % of its range beyond it", id="more than a tenth"
            ),
            pytest.param(
                day("90", "10"), "declined", "0", "temperature 20.0 % of its range beyond it", id="below the range"
            ),
            pytest.param(day(None, "50"), "missing", "0", "energy", id="no energy"),
            pytest.param(day("90"), "missing", "0", "temperature", id="no temperature"),
            pytest.param(day("90", "50", "2026-03-04"), "masked", "0", "strike", id="masked"),
            pytest.param(day("90", "50", "2026-03-05"), "in_range", "10", "", id="the day after the mask"),
        ],
    )
    def test_of_each(self, row: Row, status: str, avoided_energy: str, why: str) -> None:
        mask = Mask.model_validate({"first": "2026-03-03", "after_last": "2026-03-05", "reason": "strike"})
        (counted,) = avoided(DOUBLE, [row], [mask]).rows
        assert (counted.status, counted.avoided, counted.why) == (status, Decimal(avoided_energy), why)

    def test_a_mask_goes_before_all_else(self) -> None:
        mask = Mask.model_validate({"first": "2026-03-02", "after_last": "2026-03-03", "reason": "meter failed"})
        assert avoided(DOUBLE, [day(None)], [mask]).rows[0].status is RowStatus.MASKED

    def test_electricity_that_reads_nothing_was_not_measured(self) -> None:
        electricity = baseline_of(DOUBLE.model, method=CaltrackDaily())
        assert avoided(electricity, [day("0", "50")]).rows[0].why == "no energy at all"

    @pytest.mark.parametrize(
        ("declined", "status"), [("0", "declined"), ("0.0999", "declined"), ("0.1", "caveat"), ("2", "caveat")]
    )
    def test_how_far_beyond_is_agreed(self, declined: str, status: str) -> None:
        limits = Extrapolation(declined=Decimal(declined))
        assert avoided(DOUBLE, [day("90", "75")], limits=limits).rows[0].status == status


class TestSums:
    def test_of_the_rows_that_count_alone(self) -> None:
        """Expected 100 + 150 of counted rows, measured 90 + 100; of four unmasked rows two count."""
        mask = Mask.model_validate({"first": "2026-03-09", "after_last": "2026-03-10", "reason": "r"})
        rows = [day("90", "50"), day("100", "75"), day("7", "99"), day(None, "50"), day("1", "50", "2026-03-09")]
        result = avoided(DOUBLE, rows, [mask])
        assert [result.expected, result.measured, result.energy] == [250, 190, 60]
        assert result.coverage == Decimal("0.5")
        assert result.counts_by_status == dict.fromkeys(RowStatus, 1)

    @pytest.mark.parametrize(
        ("statuses", "coverage"),
        [
            pytest.param([], "1", id="no row"),
            pytest.param(["masked"], "1", id="all are masked"),
            pytest.param(["missing"], "0", id="none counts"),
            pytest.param(["in_range", "missing", "declined", "caveat"], "0.5", id="two of four"),
        ],
    )
    def test_coverage(self, statuses: list[str], coverage: str) -> None:
        assert Avoided(tuple(CountedRow(day(), RowStatus(status)) for status in statuses)).coverage == Decimal(coverage)

    @fewer_examples(4)
    @given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 200)), st.integers(0, 90)), max_size=12))
    def test_each_row_has_one_status_and_the_avoided_energies_add_up(self, days: list[tuple[int | None, int]]) -> None:
        rows = [day(None if used is None else str(used), str(degrees)) for used, degrees in days]
        result = avoided(DOUBLE, rows)
        assert [counted.row for counted in result.rows] == rows
        assert sum(result.counts_by_status.values()) == len(rows)
        assert result.energy == sum(counted.avoided for counted in result.rows)
        by_hand = sum(2 * degrees - used for used, degrees in days if used is not None and 15 <= degrees <= 75)
        assert result.energy == by_hand


class TestATypicalYear:
    def test_is_expected_without_being_measured(self) -> None:
        """2 · 30 + 2 · 95: a range does not matter here."""
        assert expected_under(DOUBLE, [day(None, "30"), day(None, "95")]) == 250

    def test_is_wholly_known(self) -> None:
        with pytest.raises(DriverMissing, match="temperature"):
            expected_under(DOUBLE, [day(None, "30"), day(None)])


class TestAFittedYearAndTheNext:
    ENERGY = energy_of(Form.FIVE, 60, 1.3, 2.1, 44, 61)

    def baseline(self) -> Baseline:
        return fit(CaltrackDaily(), series(self.ENERGY), {TEMPERATURE: weather()}, "UTC", year(0))[0]

    def second_year(self, energy: object) -> tuple[Row, ...]:
        return rows_of(Interval.DAY, "UTC", series(energy, many=730), {TEMPERATURE: weather()}, within=year(1))

    def test_a_tenth_less_is_a_tenth_avoided(self) -> None:
        result = avoided(
            self.baseline(), self.second_year(np.concatenate([self.ENERGY[:365], self.ENERGY[365:] * 0.9]))
        )
        assert float(result.energy) == pytest.approx(self.ENERGY[365:].sum() / 10, rel=1e-9)
        assert result.coverage == 1

    def test_masked_days_are_left_out_of_both_sides_and_counted(self) -> None:
        rows = self.second_year(self.ENERGY)
        first = rows[0].local.date()
        result = avoided(self.baseline(), rows, [Mask(first=first, after_last=first + timedelta(10), reason="strike")])
        assert result.counts_by_status[RowStatus.MASKED] == 10
        assert result.measured == sum((row.energy or Decimal(0) for row in rows[10:]), Decimal(0))
        assert result.coverage == 1

    def test_an_electricity_meter_that_stood_still_was_not_measured(self) -> None:
        stopped = self.ENERGY.copy()
        stopped[365:375] = 0.0
        result = avoided(self.baseline(), self.second_year(stopped))
        assert [row.why for row in result.rows if row.status is RowStatus.MISSING] == ["no energy at all"] * 10
        assert float(result.energy) == pytest.approx(0, abs=1e-6)

    def test_a_gap_is_no_smaller_saving_but_less_coverage(self) -> None:
        result = avoided(
            self.baseline(), self.second_year([None if n % 4 == 0 else used for n, used in enumerate(self.ENERGY)])
        )
        assert result.counts_by_status[RowStatus.MISSING] == 91
        assert float(result.coverage) == pytest.approx(274 / 365)
        assert float(result.energy) == pytest.approx(0, abs=1e-6)

    @settings(max_examples=20)
    @given(st.integers(0, 10_000))
    def test_a_control_saves_nothing_beyond_its_uncertainty(self, seed: int) -> None:
        """One building measured twice: each of 20 tries may be of the tenth that 90 % leaves out; at 99.99 % none is."""
        energy = self.ENERGY + np.random.default_rng(seed).normal(0, 6, 730)
        drivers = {TEMPERATURE: weather()}
        baseline, _, _ = fit(CaltrackDaily(), series(energy, many=730), drivers, "UTC", year(0))
        result = avoided(baseline, self.second_year(energy))
        uncertainty = fractional_uncertainty(
            Variant.ASHRAE14,
            cv_rmse=float(baseline.figures.cv_rmse_n_p_1 or 0),
            saved=float(result.energy / result.expected),
            n=365,
            m=365,
            p=3,
            rho=float(baseline.figures.autocorrelation or 0),
            confidence=0.9999,
        )
        assert uncertainty.fraction > 1  # the saving is smaller than it may be wrong
