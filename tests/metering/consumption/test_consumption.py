"""Use from readings: counters between their edges, levels over time, states as long as they last; exact over any partition."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.consumption.level import ComesToNothing, durations, level_use, mean, state_use
from metering.consumption.use import (
    Boundary,
    BoundaryRule,
    EventKind,
    NoReadAtEdge,
    NothingRead,
    RegisterEvent,
    Use,
    cumulative_use,
    share_across,
)
from metering.fleet.meter import Between, MachineState, Register, RegisterKind
from metering.log.reading import Quality, Reading
from quantities.period import Period

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = Period(MIDNIGHT, MIDNIGHT + 24 * HOUR)


def at(hour: str) -> datetime:
    return MIDNIGHT + timedelta(seconds=int(Decimal(hour) * 3600))


def reads(text: str, quality: Quality = Quality.VALID) -> list[Reading]:
    """``"0=100 24=130"``: at hour 0 it showed 100, at hour 24 it showed 130."""
    pairs = [part.split("=") for part in text.split()]
    return [Reading(1, at(hour), at(hour), Decimal(value), quality, 1) for hour, value in pairs]


def counted(
    text: str, period: Period = DAY, edges: BoundaryRule = BoundaryRule.LAST_READ, events: Sequence[RegisterEvent] = ()
) -> Use:
    known = reads(text)

    def around(edge: datetime) -> Boundary:
        before = [reading for reading in known if reading.start <= edge]
        after = [reading for reading in known if reading.start > edge]
        return Boundary(before[-1] if before else None, after[0] if after else None)

    return cumulative_use(period, around(period.start), around(period.end), events, Decimal(1), edges)


@pytest.mark.parametrize(("text", "edges", "used", "estimated"), [
    pytest.param("0=100 24=130", "last_read", "30", 0, id="read at both edges"),
    pytest.param("-2=99 22=120 26=124", "last_read", "21", 0, id="as last read before each edge"),
    pytest.param("6=100 24=130", "last_read", "30", 0, id="begins within the period"),
    pytest.param("0=100 24=130", "interpolated", "30", 0, id="read at both edges, nothing to interpolate"),
    pytest.param("-2=99 2=103 22=120 26=124", "interpolated", "21", 2, id="101 at the start, 122 at the end"),
    pytest.param("0=100 22=120 26=124", "interpolated", "22", 1, id="one edge"),
    pytest.param("-1=100 2=100.000001 24=101", "interpolated", "0.999999666666667", 1, id="a share that does not end, to 15 places"),
    pytest.param("0=100 12=110 24=130", "exact", "30", 0, id="exact, and there"),
    pytest.param("-100=50 100=250", "interpolated", "24", 2, id="no read within the period at all"),
])  # fmt: skip
def test_a_counter_between_its_edges(text: str, edges: str, used: str, estimated: int) -> None:
    use = counted(text, edges=BoundaryRule(edges))
    assert (Decimal(used), estimated) == (use.quantity, use.estimated)


@pytest.mark.parametrize(("text", "edges", "refusal"), [
    pytest.param("6=100", "last_read", NothingRead, id="one read is no use"),
    pytest.param("-6=100", "last_read", NothingRead, id="none since before"),
    pytest.param("", "last_read", NothingRead, id="none at all"),
    pytest.param("0=100 23=120", "interpolated", NoReadAtEdge, id="none yet beyond the end: it waits"),
    pytest.param("2=100 25=120", "interpolated", NoReadAtEdge, id="none before the start"),
    pytest.param("0=100 23=120", "exact", NoReadAtEdge, id="none at the end"),
    pytest.param("-1=100 24=120", "exact", NoReadAtEdge, id="none at the start"),
])  # fmt: skip
def test_what_cannot_be_counted_is_no_zero(text: str, edges: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        counted(text, edges=BoundaryRule(edges))


@pytest.mark.parametrize(("edges", "used"), [
    # 9,990 → 30 with a modulus of 10,000 is 40 in 4 hours, half of it before midnight
    ("last_read", "40"), ("interpolated", "20"),
])  # fmt: skip
def test_a_rollover_across_an_edge(edges: str, used: str) -> None:
    rollover = RegisterEvent(at("2"), EventKind.ROLLOVER, Decimal(10_000))
    period = Period(MIDNIGHT, at("2"))
    assert Decimal(used) == counted("-2=9990 2=30 4=50", period, BoundaryRule(edges), [rollover]).quantity


def test_an_exchange_counts_closing_minus_opening() -> None:
    """The old device closed at 150, the new one opened at 7: 50 by the old, 23 by the new."""
    exchange = RegisterEvent(at("12"), EventKind.EXCHANGE, Decimal(150) - 7)
    assert Decimal(73) == counted("0=100 10=140 14=9 24=30", events=[exchange]).quantity


@pytest.mark.parametrize(("multiplier", "used"), [
    pytest.param("40", "1200", id="current transformer 200:5"), pytest.param("96", "2880", id="200:5 with a voltage transformer 2.4:1"), pytest.param("0.01", "0.3", id="a hundred pulses a unit"),
])  # fmt: skip
def test_figures_times_the_multiplier_are_use(multiplier: str, used: str) -> None:
    opening, closing = reads("0=100 24=130")
    use = cumulative_use(DAY, Boundary(opening, None), Boundary(closing, None), (), Decimal(multiplier))
    assert (Decimal(used), Decimal(30)) == (use.quantity, use.total)


@pytest.mark.parametrize(("modulus", "used"), [
    # 2,147,483,640 → 12: with 2³¹, the highest value plus one, 20; with 2³¹ − 1 each turn would lose a unit
    pytest.param(2**31, 20, id="a counter that runs to 2³¹ − 1"), pytest.param(10**10, 7_852_516_372, id="ten dials"),
])  # fmt: skip
def test_the_modulus_is_the_highest_value_plus_one(modulus: int, used: int) -> None:
    rollover = RegisterEvent(at("24"), EventKind.ROLLOVER, Decimal(modulus))
    assert Decimal(used) == counted("0=2147483640 24=12", events=[rollover]).quantity


def test_what_a_counters_use_rests_on_reaches_to_every_read_that_would_change_it() -> None:
    use = counted("-2=99 2=103 22=120 26=124", edges=BoundaryRule.INTERPOLATED)
    assert (at("-2"), at("26"), 4) == (use.first, use.last - timedelta(microseconds=1), use.count)


RISES = st.lists(st.tuples(st.integers(1, 10), st.decimals(0, 50, places=2)), min_size=3, max_size=12)
CUTS = st.lists(st.integers(1, 23), max_size=5, unique=True)


@given(RISES, CUTS, st.sampled_from([BoundaryRule.LAST_READ, BoundaryRule.INTERPOLATED]))
def test_use_over_a_period_is_the_sum_over_any_partition(
    rises: list[tuple[int, Decimal]], cuts: list[int], edges: BoundaryRule
) -> None:
    hour, value, texts = Decimal(-1), Decimal(0), ["-1=0"]
    for step, rise in rises:
        hour, value = hour + step, value + rise
        texts.append(f"{hour}={value}")
    texts.append(f"{max(hour + 1, Decimal(25))}={value + 1}")
    text = " ".join(texts)
    whole = counted(text, edges=edges).quantity if edges is BoundaryRule.INTERPOLATED or hour >= 0 else None
    parts = []
    for part in DAY.split(*(MIDNIGHT + HOUR * cut for cut in cuts)):
        try:
            parts.append(counted(text, part, edges).quantity)
        except NothingRead:
            parts.append(Decimal(0))  # nothing was read in it, so its use is in a later part
    if whole is not None:
        assert whole == sum(parts, Decimal(0))


@pytest.mark.parametrize(("edges", "share"), [("last_read", "0"), ("interpolated", "7.5")])
def test_an_interval_across_an_edge(edges: str, share: str) -> None:
    """10 over the hour from 23:15 on; three quarters of it are behind midnight."""
    across = Reading(1, MIDNIGHT - HOUR / 4, MIDNIGHT + HOUR * 3 / 4, Decimal(10))
    assert Decimal(share) == share_across(MIDNIGHT, across, BoundaryRule(edges))


def test_an_interval_across_an_edge_is_not_cut_where_the_contract_wants_whole_ones() -> None:
    across = Reading(1, MIDNIGHT - HOUR / 4, MIDNIGHT + HOUR * 3 / 4, Decimal(10))
    with pytest.raises(NoReadAtEdge, match="reaches across"):
        share_across(MIDNIGHT, across, BoundaryRule.EXACT)


def a_level(unit: str = "kW", between: str = "hold", holds: int | None = None, **more: Any) -> Register:
    terms = {"resolution": Decimal("0.1"), "between": Between(between), "holds_minutes": holds} | more
    return Register(key="p", kind=RegisterKind.INSTANTANEOUS, unit=unit, **terms)


@pytest.mark.parametrize(("text", "register", "used", "average"), [
    pytest.param("0=10 24=10", a_level(), "240", "10", id="10 kW for a day are 240 kWh"),
    pytest.param("0=10 12=20", a_level(), "360", "15", id="10 kW, then 20 kW until the end"),
    pytest.param("-5=10 12=20", a_level(), "360", "15", id="what stood before the period stands in it"),
    pytest.param("0=10 24=20", a_level(between="linear"), "360", "15", id="linear: the mean of both"),
    pytest.param("-12=0 36=48", a_level(between="linear"), "576", "24", id="linear across both edges: 12 to 36"),
    pytest.param("0=10 12=20", a_level(holds=60), "30", "15", id="a level that holds an hour is not known for longer"),
    pytest.param("0=10 1=20 12=40", a_level(between="linear", holds=120), "15", "15", id="linear only over what holds"),
    pytest.param("0=3600 1=0 24=0", a_level(unit="W"), "3600", "150", id="W come to Wh"),
    pytest.param("0=6 24=6", a_level(unit="m3/h"), "144", "6", id="a flow comes to a volume"),
    pytest.param("0=-10 24=-10", a_level(), "-240", "-10", id="power that flows back"),
])  # fmt: skip
def test_a_level_over_a_day(text: str, register: Register, used: str, average: str) -> None:
    known = reads(text)
    assert Decimal(used) == level_use(DAY, known, register).quantity
    assert Decimal(average) == mean(DAY, known, register)


def test_a_level_is_integrated_and_never_summed() -> None:
    """1 kW read every minute is 24 kWh a day, not 1,440."""
    known = [
        Reading(1, MIDNIGHT + timedelta(minutes=n), MIDNIGHT + timedelta(minutes=n), Decimal(1)) for n in range(1441)
    ]
    use = level_use(DAY, known, a_level())
    assert (Decimal(24), 1440) == (use.quantity, use.count)


def test_a_temperature_has_a_mean_and_comes_to_nothing() -> None:
    known = reads("0=10 12=20")
    assert Decimal(15) == mean(DAY, known, a_level(unit="degC"))
    with pytest.raises(ComesToNothing):
        level_use(DAY, known, a_level(unit="degC"))


@pytest.mark.parametrize("text", ["", "30=5"])
def test_a_level_of_which_nothing_is_known_is_no_zero(text: str) -> None:
    with pytest.raises(NothingRead):
        level_use(DAY, reads(text), a_level())


STATES = Register(
    key="s", kind=RegisterKind.STATE, unit="machine_hour", resolution=Decimal(1),
    states=(MachineState(code=6, name="RUN", used=True), MachineState(code=4, name="IDLE"), MachineState(code=2, name="DOWN", cause="jam"), MachineState(code=3, name="DOWN", cause="no material")),
)  # fmt: skip


def test_a_state_lasts_until_the_next_by_state_and_cause() -> None:
    known = reads("-1=6 3=2 4=6 10=3 11.5=4 20=6")
    assert Decimal(13) == state_use(DAY, known, STATES).quantity  # 3 + 6 + 4
    lasted = {(state.name, state.cause): time for state, time in durations(DAY, known, STATES).items()}
    assert lasted == {
        ("RUN", None): 13,
        ("DOWN", "jam"): 1,
        ("DOWN", "no material"): Decimal("1.5"),
        ("IDLE", None): Decimal("8.5"),
    }
    assert Decimal(24) == sum(lasted.values())


def test_a_state_that_is_not_heard_of_again_holds_only_so_long() -> None:
    limited = STATES.model_copy(update={"holds_minutes": 90})
    assert Decimal("1.5") == state_use(DAY, reads("3=6"), limited).quantity


@given(RISES, CUTS)
def test_a_levels_use_is_the_sum_over_any_partition(rises: list[tuple[int, Decimal]], cuts: list[int]) -> None:
    hour, texts = Decimal(-1), ["-1=3"]
    for step, value in rises:
        hour += step
        texts.append(f"{hour}={value}")
    known = reads(" ".join(texts))

    def around(period: Period) -> list[Reading]:
        before = [reading for reading in known if reading.start <= period.start][-1:]
        inside = [reading for reading in known if period.start < reading.start < period.end]
        return before + inside + [reading for reading in known if reading.start >= period.end][:1]

    for between in ("hold", "linear"):
        register = a_level(between=between)
        whole = level_use(DAY, around(DAY), register).quantity
        parts = [
            level_part(part, around(part), register) for part in DAY.split(*(MIDNIGHT + HOUR * cut for cut in cuts))
        ]
        assert abs(whole - sum(parts, Decimal(0))) < Decimal("1e-13"), "each part is rounded at 15 places"


def level_part(period: Period, known: list[Reading], register: Register) -> Decimal:
    try:
        return level_use(period, known, register).quantity
    except NothingRead:
        return Decimal(0)
