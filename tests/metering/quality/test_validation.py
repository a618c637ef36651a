"""Each check by its rule: what it asks about, and what it leaves in peace."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from metering.consumption.use import EventKind, RegisterEvent
from metering.fleet.meter import Register
from metering.log.reading import Quality, Reading
from metering.quality.validation.context import CheckContext, ReadingFinding
from quantities.document import FaultyDocument, parse
from quantities.period import Period, zone

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
UTC_ZONE = zone("Etc/UTC")


def hourly(*values: str, quality: Quality = Quality.VALID) -> list[Reading]:
    """One reading an hour from midnight; a dash is a missing one."""
    return [
        Reading(1, MIDNIGHT + HOUR * n, MIDNIGHT + HOUR * (n + 1), Decimal(value), quality)
        for n, value in enumerate(values)
        if value != "-"
    ]


def instants(*values: str) -> list[Reading]:
    return [
        Reading(1, MIDNIGHT + HOUR * n, MIDNIGHT + HOUR * n, Decimal(value))
        for n, value in enumerate(values)
        if value != "-"
    ]


def asked(
    check: dict[str, object],
    readings: Sequence[Reading],
    *,
    kind: str = "interval",
    others: dict[str | None, str] | None = None,
    events: Sequence[RegisterEvent] = (),
) -> list[ReadingFinding]:
    """The findings of one check over one day; ``others`` is what other registers counted over any period."""
    unit = {"interval": "kWh", "cumulative": "machine_hour", "instantaneous": "kW"}[kind]
    register = parse(
        Register,
        {"key": "k", "kind": kind, "unit": unit, "resolution": "0.001", "checks": [check]}
        | ({"interval_minutes": "60"} if kind == "interval" else {}),
    )
    day = MIDNIGHT.date()

    def uses(key: str | None, periods: Sequence[Period]) -> list[Decimal | None]:
        known = (others or {}).get(key)
        if known is None and key is None:
            return [
                sum(
                    (reading.value for reading in readings if reading.start in period and reading.value is not None),
                    Decimal(0),
                )
                for period in periods
            ]
        return [None if known is None else Decimal(known)] * len(periods)

    context = CheckContext(
        readings=readings,
        days=[(day, Period.of_days(day, day + timedelta(days=1), UTC_ZONE))],
        zone=UTC_ZONE,
        cumulative=kind == "cumulative",
        extended=kind == "interval",
        interval=register.interval,
        multiplier=Decimal(1),
        received_at=MIDNIGHT + 3 * HOUR,
        uses=uses,
        events=events,
    )
    return list(register.checks[0].findings(context))


def hours(findings: Sequence[ReadingFinding]) -> list[int]:
    return [(finding.start - MIDNIGHT) // HOUR for finding in findings]


@pytest.mark.parametrize(("check", "values", "at"), [
    # physical limit: no more than rated power × hours
    pytest.param({"kind": "limit", "highest": "100"}, ["99", "100", "100.001", "5"], [2], id="limit: above it"),
    pytest.param({"kind": "limit", "highest": "100", "lowest": "10"}, ["10", "9.9", "50"], [1], id="limit: below the least"),
    # (highest − third highest) ÷ third highest > 1.8: (29 − 10) ÷ 10 = 1.9
    pytest.param({"kind": "spike"}, ["10", "10", "29", "10"], [2], id="spike: 1.9 times above the third"),
    pytest.param({"kind": "spike"}, ["10", "10", "28", "10"], [], id="spike: 1.8 times is not above"),
    pytest.param({"kind": "spike", "ratio": "0.5"}, ["10", "12", "16", "10"], [2], id="spike: by another ratio"),
    pytest.param({"kind": "spike"}, ["0", "0", "29", "0"], [], id="spike: over nothing there is no ratio"),
    # at least three equal readings; zeros are lawful while the machine may be off
    pytest.param({"kind": "frozen"}, ["5", "5", "5", "6"], [0], id="frozen: three equal"),
    pytest.param({"kind": "frozen"}, ["5", "5", "6", "5"], [], id="frozen: two are none"),
    pytest.param({"kind": "frozen"}, ["0", "0", "0", "0"], [], id="frozen: zeros are lawful"),
    pytest.param({"kind": "frozen", "zeros": "true"}, ["0", "0", "0", "1"], [0], id="frozen: unless they are not"),
    pytest.param({"kind": "frozen", "times": "5"}, ["5", "5", "5", "5", "6"], [], id="frozen: by another count"),
    pytest.param({"kind": "gap"}, ["1", "-", "-", "2"], [1], id="gap: from the end of one to the start of the next"),
    pytest.param({"kind": "gap"}, ["1", "1", "2"], [], id="gap: none"),
    pytest.param({"kind": "gap", "longest_minutes": "120"}, ["1", "-", "-", "2"], [], id="gap: not longer than allowed"),
    pytest.param({"kind": "step", "ratio": "2"}, ["10", "30", "10", "31"], [3], id="step: more than twice as much again"),
    # the batch reached us at 03:00; an hour's grace
    pytest.param({"kind": "future"}, ["1", "1", "1", "1", "1", "1"], [4, 5], id="future: what ends after 04:00"),
    pytest.param({"kind": "future", "minutes": "0"}, ["1", "1", "1", "1"], [3], id="future: no grace"),
    pytest.param({"kind": "aligned"}, ["1", "1"], [], id="aligned: full hours"),
    pytest.param({"kind": "step", "ratio": "2"}, ["30", "10", "0", "50"], [], id="step: from nothing there is no ratio"),
])  # fmt: skip
def test_checks_of_intervals(check: dict[str, object], values: list[str], at: list[int]) -> None:
    assert at == hours(asked(check, hourly(*values)))


@pytest.mark.parametrize(("check", "values", "at"), [
    pytest.param({"kind": "beyond_clock"}, ["100", "101", "102.1", "103"], [2], id="1.1 hours in one"),
    pytest.param({"kind": "beyond_clock", "tolerance_percent": "10"}, ["100", "101", "102.1", "103"], [], id="within a tolerance"),
    pytest.param({"kind": "limit", "highest": "0.5"}, ["100", "100.5", "101.1"], [2], id="a counter's rise an hour"),
    pytest.param({"kind": "limit", "highest": "0.5"}, ["100", "-", "101"], [], id="over two hours twice as much"),
    pytest.param({"kind": "gap", "longest_minutes": "90"}, ["100", "-", "101"], [0], id="two reads too far apart"),
    pytest.param({"kind": "gap"}, ["100", "-", "101"], [], id="a counter has no intervals to miss"),
])  # fmt: skip
def test_checks_of_counters(check: dict[str, object], values: list[str], at: list[int]) -> None:
    assert at == hours(asked(check, instants(*values), kind="cumulative"))


@pytest.mark.parametrize(("check", "values", "gained", "at"), [
    # the device is exchanged at 1 h; its closing read is 100.4 or 101, the new one opens at 500 or 7
    pytest.param({"kind": "limit", "highest": "0.5"}, ["100", "500", "500.5"], "-399.6", [], id="0.4 until the closing read"),
    pytest.param({"kind": "limit", "highest": "0.5"}, ["100", "500", "500.5"], "-399", [1], id="1 until the closing read"),
    pytest.param({"kind": "limit", "highest": "0.5"}, ["100", "7", "7.5"], "94", [1], id="likewise where the new device stands lower"),
    pytest.param({"kind": "limit", "highest": "0.5"}, ["100", "7", "7.6"], "93.4", [2], id="0.6 by the new device"),
    pytest.param({"kind": "beyond_clock"}, ["100", "-", "500.6"], "-399", [], id="an event between two reads: 1.6 in two hours"),
])  # fmt: skip
def test_a_counters_rise_is_counted_across_an_exchange(
    check: dict[str, object], values: list[str], gained: str, at: list[int]
) -> None:
    events = [RegisterEvent(MIDNIGHT + HOUR, EventKind.EXCHANGE, Decimal(gained))]
    assert at == hours(asked(check, instants(*values), kind="cumulative", events=events))


def test_a_level_is_within_its_limits_at_any_time() -> None:
    assert hours(
        asked({"kind": "limit", "highest": "100", "lowest": "-5"}, instants("100", "-6", "0"), kind="instantaneous")
    ) == [1]


@pytest.mark.parametrize(("check", "values", "others", "expected"), [
    # Σ intervals against the counter's rise: 10 against 10.2 is 1.96 %
    pytest.param({"kind": "sum_check", "register": "r"}, ["4", "6"], {"r": "10.2"}, [("10", "10.2 by r, within 1 %")], id="sum check: 2 % off"),
    pytest.param({"kind": "sum_check", "register": "r", "tolerance_percent": "2"}, ["4", "6"], {"r": "10.2"}, [], id="sum check: within 2 %"),
    pytest.param({"kind": "sum_check", "register": "r"}, ["4", "6"], {}, [], id="sum check: the counter was not read"),
    pytest.param({"kind": "agreement", "register": "plc"}, ["4", "6"], {"plc": "9.7"}, [("10", "9.7 by plc, within 2 %")], id="two sources disagree"),
    pytest.param({"kind": "stopped", "register": "run"}, ["0", "3"], {"run": "0"}, [("3", "at most 0 while run rests")], id="kWh while stopped"),
    pytest.param({"kind": "stopped", "register": "run", "at_rest": "3"}, ["0", "3"], {"run": "0"}, [], id="no more than at rest"),
    pytest.param({"kind": "stopped", "register": "run"}, ["0", "3"], {"run": "0.5"}, [], id="it ran"),
    pytest.param({"kind": "stopped", "register": "run"}, ["0", "3"], {}, [], id="nobody knows whether it ran"),
    pytest.param({"kind": "running", "register": "run"}, ["0", "3"], {"run": "0.5"}, [("0", "something, for run says 0.5")], id="no kWh while running"),
    # 60 parts an hour for 2 hours are 120
    pytest.param({"kind": "cadence", "register": "run", "highest": "60"}, ["100", "21"], {"run": "2"}, [("121", "at most 120 in 2")], id="parts beyond cadence"),
    pytest.param({"kind": "cadence", "register": "run", "highest": "60"}, ["100", "20"], {"run": "2"}, [], id="parts at cadence"),
    # the mean of three like days is 10; a fifth to three times of it are lawful
    pytest.param({"kind": "history"}, ["1"], {None: "31"}, [], id="history: its like is as high"),
])  # fmt: skip
def test_checks_against_another_register(
    check: dict[str, object], values: list[str], others: dict[str | None, str], expected: list[tuple[str, str]]
) -> None:
    assert expected == [(finding.found, finding.expected) for finding in asked(check, hourly(*values), others=others)]


def test_a_day_far_from_its_like() -> None:
    register = parse(
        Register,
        {
            "key": "k",
            "kind": "interval",
            "unit": "kWh",
            "resolution": "1",
            "interval_minutes": "60",
            "checks": [{"kind": "history"}],
        },
    )
    day = MIDNIGHT.date()
    whole = Period.of_days(day, day + timedelta(days=1), UTC_ZONE)

    def expectations(today: str, *before: str | None) -> list[str]:
        def uses(key: str | None, periods: Sequence[Period]) -> list[Decimal | None]:
            assert [timedelta(days=7 * n) for n in range(4)] == [periods[0].start - period.start for period in periods]
            return [Decimal(today), *(None if number is None else Decimal(number) for number in before)]

        context = CheckContext(
            readings=hourly(today),
            days=[(day, whole)],
            zone=UTC_ZONE,
            cumulative=False,
            extended=True,
            interval=HOUR,
            multiplier=Decimal(1),
            received_at=MIDNIGHT,
            uses=uses,
        )
        return [finding.expected for finding in register.checks[0].findings(context)]

    assert expectations("31", "10", "10", "10") == ["2 to 30"]
    assert expectations("1", "10", "10", "10") == ["2 to 30"]
    assert expectations("30", "10", "10", "10") == []
    assert expectations("999", "10", None, "10") == [], "of a week without readings nothing is known"


def test_a_clock_that_drifts() -> None:
    drifted = Reading(1, MIDNIGHT + HOUR + timedelta(seconds=7), MIDNIGHT + 2 * HOUR + timedelta(seconds=7), Decimal(1))
    (finding,) = asked({"kind": "aligned"}, [*hourly("1"), drifted])
    assert drifted.start == finding.start


@pytest.mark.parametrize("quality", [Quality.VERIFIED, Quality.MANUALLY_EDITED, Quality.ESTIMATED_INTERPOLATION])
def test_what_a_person_has_verified_and_what_is_an_estimate_is_not_asked_about(quality: Quality) -> None:
    assert asked({"kind": "limit", "highest": "1"}, hourly("5", quality=quality)) == []


@pytest.mark.parametrize("check", [
    {"kind": "spikes"}, {"kind": "spike", "ratio": "0"}, {"kind": "sum_check"}, {"kind": "frozen", "times": "1"}, {"kind": "limit", "highest": 5.0}, {"kind": "cadence", "register": "r"}, {},
])  # fmt: skip
def test_a_check_that_cannot_be_is_a_fault(check: dict[str, object]) -> None:
    with pytest.raises(FaultyDocument) as refusal:
        parse(Register, {"key": "k", "kind": "interval", "unit": "kWh", "resolution": "1", "checks": [check]})
    assert all(fault.path.startswith("/checks/0") for fault in refusal.value.faults)
