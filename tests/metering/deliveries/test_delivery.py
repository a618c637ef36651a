"""What a delivery changes: equal adds nothing, other corrects, overlapping is refused."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.deliveries import delivery
from metering.deliveries.delivery import LogDelta
from metering.deliveries.falls import explain_falls
from metering.log.reading import Quality, Reading
from quantities.period import Period
from tests.build import NOON, QUARTER, columns, rows


def compare(new: list[Reading], stored: list[Reading], replaces: Period | None = None) -> LogDelta:
    return delivery.compare(columns(new), columns(stored), replaces)


def an_interval(at: int, quarters: int = 1, value: str | None = "1", line: int = 1, batch: int = 2) -> Reading:
    end = NOON + (at + quarters) * QUARTER
    return a_reading(NOON + at * QUARTER, end, value, batch=batch, line=line)


def a_reading(
    start: datetime,
    end: datetime,
    value: str | None,
    quality: Quality = Quality.VALID,
    *,
    batch: int = 2,
    line: int = 1,
) -> Reading:
    return Reading(1, start, end, None if value is None else Decimal(value), quality, batch=batch, line=line)


def written_by(delta: LogDelta) -> list[tuple[int, str | None]]:
    return [
        ((reading.start - NOON) // QUARTER, None if reading.value is None else str(reading.value))
        for reading in rows(delta.readings)
    ]


STORED = [an_interval(0, value="10", batch=1), an_interval(1, value="11", batch=1), an_interval(2, value=None, batch=1)]


@pytest.mark.parametrize(("new", "written", "corrected", "unchanged"), [
    pytest.param([an_interval(0, value="10")], [], 0, 1, id="equal adds nothing"),
    pytest.param([an_interval(0, value="10.0")], [], 0, 1, id="equal in other digits too"),
    pytest.param([an_interval(0, value="12")], [(0, "12")], 1, 0, id="other corrects"),
    pytest.param([an_interval(3, value="5")], [(3, "5")], 0, 0, id="new is new"),
    pytest.param([an_interval(0, value=None)], [(0, None)], 1, 0, id="none withdraws"),
    pytest.param([an_interval(2, value=None)], [], 0, 1, id="withdrawn twice is once"),
    pytest.param([an_interval(5, value=None)], [], 0, 1, id="nothing is there to withdraw"),
    pytest.param([an_interval(2, value="7")], [(2, "7")], 0, 0, id="what was withdrawn comes back"),
])  # fmt: skip
def test_against_the_log(
    new: list[Reading], written: list[tuple[int, str | None]], corrected: int, unchanged: int
) -> None:
    delta = compare(new, STORED)
    assert (written, corrected, unchanged, ()) == (
        written_by(delta),
        delta.corrected.sum(),
        delta.unchanged,
        delta.verdicts,
    )


def test_another_quality_is_another_reading() -> None:
    new = a_reading(NOON, NOON + QUARTER, "10", Quality.ESTIMATED_INTERPOLATION)
    assert compare([new], STORED).corrected.sum() == 1


@pytest.mark.parametrize("new", [
    pytest.param(a_reading(NOON, NOON + 3 * QUARTER / 2, "1"), id="another extent from the same start"),
    pytest.param(a_reading(NOON - QUARTER, NOON + QUARTER, "1"), id="from before into a stored one"),
    pytest.param(a_reading(NOON + QUARTER / 2, NOON + QUARTER, "1"), id="inside a stored one"),
])  # fmt: skip
def test_what_overlaps_a_live_reading_of_another_extent_is_refused(new: Reading) -> None:
    delta = compare([new], STORED)
    assert ([verdict.code for verdict in delta.verdicts], written_by(delta)) == (["overlapping_interval"], [])


def test_what_overlaps_a_withdrawn_one_is_not() -> None:
    assert compare([an_interval(2, 2)], STORED).verdicts == ()


def test_rows_of_one_delivery_do_not_overlap_each_other_either() -> None:
    delta = compare([an_interval(10, 2, line=1), an_interval(11, 2, line=2)], [])
    assert [(verdict.line, verdict.code) for verdict in delta.verdicts] == [(2, "overlapping_interval")]


def test_a_replacement_withdraws_what_it_does_not_restate() -> None:
    hour = Period(NOON, NOON + 4 * QUARTER)
    delta = compare([an_interval(0, 4, "20")], STORED, hour)
    assert written_by(delta) == [(0, "20"), (1, None)]
    assert (delta.corrected.sum(), delta.verdicts) == (2, ())


def test_a_replacement_keeps_to_its_range() -> None:
    delta = compare([an_interval(8, line=7)], STORED, Period(NOON, NOON + QUARTER))
    assert [(verdict.line, verdict.code) for verdict in delta.verdicts] == [(7, "outside_replacement")]
    assert written_by(delta) == [], "more likely the wrong range than a wish to withdraw it"


def test_touches_are_runs_and_say_what_they_corrected() -> None:
    days = 96
    delta = compare([an_interval(0, value="9"), an_interval(1, value="9"), an_interval(5 * days)], STORED)
    assert [(NOON, NOON + 2 * QUARTER, 2), (NOON + 5 * days * QUARTER, NOON + (5 * days + 1) * QUARTER, 0)] == [
        (changed.start, changed.end, changed.corrected) for changed in delta.changed_ranges()
    ]


@given(st.dictionaries(st.integers(0, 20), st.decimals(0, 99, places=1), max_size=15), st.data())
def test_splitting_a_delivery_does_not_matter(values: dict[int, Decimal], data: st.DataObject) -> None:
    readings = [an_interval(at, value=str(value)) for at, value in values.items()]
    order = data.draw(st.permutations(readings))
    cut = data.draw(st.integers(0, len(readings)))
    whole = rows(compare(readings, STORED).readings)
    first = rows(compare(order[:cut], STORED).readings)
    log = {reading.start: reading for reading in STORED} | {reading.start: reading for reading in first}
    second = rows(compare(order[cut:], list(log.values())).readings)
    assert whole == sorted((*first, *second), key=lambda reading: reading.start)


class TestAnEstimateGivesWay:
    """… is replaced, never added to, by the actual."""

    HOUR = a_reading(NOON, NOON + 4 * QUARTER, "40", Quality.ESTIMATED_REFERENCE_DAY, batch=1, line=0)

    def test_to_a_reading_of_its_extent(self) -> None:
        delta = compare([an_interval(0, 4, "38")], [self.HOUR])
        assert (written_by(delta), delta.corrected.tolist()) == ([(0, "38")], [True])

    def test_to_one_that_overlaps_it_from_another_start(self) -> None:
        delta = compare([an_interval(1, value="9")], [self.HOUR])
        assert (written_by(delta), delta.corrected.tolist()) == ([(0, None), (1, "9")], [True, False])

    def test_to_the_quarters_of_its_hour(self) -> None:
        delta = compare([an_interval(at, value="9") for at in range(4)], [self.HOUR])
        assert written_by(delta) == [(0, "9"), (1, "9"), (2, "9"), (3, "9")]
        assert delta.corrected.tolist() == [True, False, False, False]

    def test_but_not_to_another_estimate(self) -> None:
        other = a_reading(NOON + QUARTER, NOON + 2 * QUARTER, "9", Quality.ESTIMATED_INTERPOLATION)
        assert [verdict.code for verdict in compare([other], [self.HOUR]).verdicts] == ["overlapping_interval"]

    def test_and_an_estimate_does_not_cross_an_actual(self) -> None:
        assert [verdict.code for verdict in compare([self.HOUR], [an_interval(1)]).verdicts] == ["overlapping_interval"]


class TestATotal:
    """A row whose extent covers several readings of the log is named as their total."""

    def test_is_told_from_a_reading_that_only_overlaps(self) -> None:
        (verdict,) = compare([an_interval(0, 3)], [an_interval(0), an_interval(1), an_interval(4)]).verdicts
        assert (verdict.code, verdict.found) == ("looks_like_total", str(Period(NOON, NOON + 3 * QUARTER)))
        assert verdict.expected == (
            f"a reading of its own, but its extent covers 2 readings of the log, {Period(NOON, NOON + 2 * QUARTER)}; "
            "withdraw them first if it takes their place"
        )

    @pytest.mark.parametrize("stored", [
        pytest.param([an_interval(0), an_interval(3)], id="one reading"),
        pytest.param([an_interval(-1, 2), an_interval(2, 2)], id="two that reach beyond it"),
        pytest.param([an_interval(0), an_interval(1, value=None)], id="one is withdrawn"),
    ])  # fmt: skip
    def test_of_one_reading_is_none(self, stored: list[Reading]) -> None:
        (verdict,) = compare([an_interval(0, 3)], stored).verdicts
        assert verdict.code == "overlapping_interval"


EXTENTS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(0, 3), st.sampled_from([Quality.VALID, Quality.ESTIMATED_INTERPOLATION])),
    max_size=10,
)  # fmt: skip


@given(EXTENTS, EXTENTS)
def test_whatever_comes_the_log_overlaps_nowhere_and_every_row_is_accounted_for(
    earlier: list[tuple[int, int, int, Quality]], later: list[tuple[int, int, int, Quality]]
) -> None:
    log: dict[datetime, Reading] = {}
    for extents in (earlier, later):
        new = {
            at: a_reading(
                NOON + at * QUARTER, NOON + (at + quarters) * QUARTER, str(value), quality, batch=0, line=at + 1
            )
            for at, quarters, value, quality in extents
        }
        delta = compare(list(new.values()), sorted(log.values(), key=lambda reading: reading.start))
        changed = rows(delta.readings)
        withdrawn = [reading for reading in changed if reading.value is None]
        assert len(new) == len(changed) - len(withdrawn) + delta.unchanged + len(delta.verdicts)
        assert all(log[reading.start].quality.estimated for reading in withdrawn)
        log |= {reading.start: reading for reading in changed}
        live = sorted(
            (reading for reading in log.values() if reading.value is not None), key=lambda reading: reading.start
        )
        assert all(one.end <= other.start for one, other in pairwise(live))


def reads(*values: str) -> list[Reading]:
    return [Reading(1, NOON + at * QUARTER, NOON + at * QUARTER, Decimal(value)) for at, value in enumerate(values)]


class TestAFallingRegister:
    """… is a rollover only if near its modulus, an exchange or reset only if declared, otherwise a question for a person."""

    def test_a_rollover_near_the_modulus_gains_it(self) -> None:
        falls = explain_falls(reads("9990", "5", "20"), [NOON + QUARTER], {}, Decimal(10_000))
        assert ({NOON + QUARTER: Decimal(10_000)}, {}) == (falls.rollovers, falls.refused)

    @pytest.mark.parametrize(("values", "modulus"), [
        pytest.param(("5000", "5"), 10_000, id="far from the modulus"),
        pytest.param(("9990", "2000"), 10_000, id="too far beyond it"),
        pytest.param(("9990", "5"), None, id="no modulus"),
    ])  # fmt: skip
    def test_any_other_fall_is_refused(self, values: tuple[str, str], modulus: int | None) -> None:
        falls = explain_falls(reads(*values), [NOON + QUARTER], {}, None if modulus is None else Decimal(modulus))
        assert (list(falls.refused), falls.rollovers) == ([NOON + QUARTER], {})

    def test_a_declared_exchange_explains_it(self) -> None:
        falls = explain_falls(reads("5000", "5"), [NOON + QUARTER], {NOON + QUARTER / 2: None}, None)
        assert (falls.rollovers, falls.refused) == ({}, {})

    def test_a_late_read_above_the_one_that_follows_is_the_one_refused(self) -> None:
        late: list[datetime] = [NOON + QUARTER]
        assert late == list(explain_falls(reads("10", "50", "20"), late, {}, None).refused)
