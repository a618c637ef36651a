"""The days on which a contract covers a register, and the same as instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.contract import Contract
from contracts.coverage import DayRange, covered_days, covered_periods, in_force_on
from quantities.document import parse
from quantities.period import Period, zone

START = date(2026, 1, 1)
#: A contract over each choice of the registers a and b.
CONTRACTS = {
    registers: parse(
        Contract,
        {
            "contract": "C-1",
            "supplier": {"name": "S", "country": "DE"},
            "customer": {"name": "K", "country": "DE"},
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": START.isoformat(),
            "charges": [
                {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "1"}},
                *(
                    {"name": key, "register": key, "rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}}
                    for key in registers
                ),
            ],
        },
    )
    for registers in ("", "a", "b", "ab")
}


@dataclass(frozen=True)
class Recorded:
    number: int
    contract: Contract
    released_by: str | None


def day(offset: int) -> date:
    return START + timedelta(days=offset)


def version(
    number: int, registers: str, effective: int = 0, ends: int | None = None, *, released: bool = True, **more: Any
) -> Recorded:
    terms = {"in_force_from": day(effective), "ends": None if ends is None else day(ends), **more}
    return Recorded(number, CONTRACTS[registers].model_copy(update=terms), "bert" if released else None)


def days(versions: Sequence[Recorded], register: str = "a") -> list[tuple[int, int | None]]:
    return [
        ((covered.first - START).days, None if covered.after_last is None else (covered.after_last - START).days)
        for covered in covered_days(versions, register)
    ]


@pytest.mark.parametrize(("versions", "covered"), [
    pytest.param([], [], id="no version"),
    pytest.param([version(1, "a")], [(0, None)], id="without end"),
    pytest.param([version(1, "a", ends=50)], [(0, 50)], id="until its end"),
    pytest.param([version(1, "b")], [], id="another register"),
    pytest.param([version(1, "a", released=False)], [], id="not released"),
    pytest.param([version(1, ""), version(2, "a", 31)], [(31, None)], id="from an amendment on"),
    pytest.param([version(1, "a"), version(2, "b", 31)], [(0, 31)], id="until an amendment"),
    pytest.param([version(1, "a"), version(2, "ab", 31)], [(0, None)], id="an amendment that keeps it divides nothing"),
    pytest.param([version(1, "a"), version(2, "", 31), version(3, "a", 59)], [(0, 31), (59, None)], id="taken out for a while"),
    pytest.param([version(1, ""), version(2, "a")], [(0, None)], id="the newest of one day counts"),
    pytest.param([version(1, "a"), version(2, "")], [], id="and takes it out for all days"),
    pytest.param([version(1, "", released=False), version(2, "a", 31)], [(31, None)], id="nothing is in force before the first released one"),
    pytest.param([version(1, "a", ends=50), version(2, "a", 31)], [(0, None)], id="an amendment takes the end away"),
    pytest.param([version(1, "a"), version(2, "a", 31, ends=50)], [(0, 50)], id="an amendment ends it early"),
    pytest.param([version(1, ""), version(2, "a", 31), version(3, "a", 31, ends=20)], [], id="it had ended before it named the register"),
    pytest.param([version(1, "a"), version(2, "a", 31, ends=50, released=False)], [(0, None)], id="an end that waits ends nothing"),
])  # fmt: skip
def test_covered_days(versions: list[Recorded], covered: list[tuple[int, int | None]]) -> None:
    assert covered == days(versions)
    assert covered == days(versions[::-1]), "in whatever order they come"


VERSIONS = st.lists(
    st.tuples(
        st.sampled_from(sorted(CONTRACTS)),
        st.integers(0, 12),
        st.one_of(st.none(), st.integers(1, 15)),
        st.booleans(),
    ),
    max_size=6,
).map(
    lambda drawn: [
        version(number, registers, effective, ends, released=released)
        for number, (registers, effective, ends, released) in enumerate(drawn, 1)
    ]
)


class TestEveryDay:
    """ "… is covered if the released version in force on it names the register, and if it lies in the contract's life …"."""

    @given(VERSIONS, st.sampled_from("ab"))
    def test_is_covered_exactly_if_the_definition_says_so(self, versions: list[Recorded], register: str) -> None:
        ranges = covered_days(versions, register)
        for on in [*(day(offset) for offset in range(-2, 20)), date.min, date.max]:
            assert any(on in covered for covered in ranges) is by_definition(versions, register, on)

    @given(VERSIONS, st.sampled_from("ab"))
    def test_is_in_one_range_and_ranges_are_in_order_with_a_gap_between(
        self, versions: list[Recorded], register: str
    ) -> None:
        ranges = covered_days(versions, register)
        assert all(covered.after_last is None or covered.first < covered.after_last for covered in ranges)
        assert all(
            before.after_last is not None and before.after_last < after.first for before, after in pairwise(ranges)
        )

    @given(VERSIONS, st.integers(-2, 20))
    def test_has_the_newest_effective_version_in_force(self, versions: list[Recorded], offset: int) -> None:
        in_force = None
        for recorded in versions:
            if recorded.contract.effective <= day(offset) and (
                in_force is None or recorded.contract.effective >= in_force.contract.effective
            ):
                in_force = recorded
        assert in_force is in_force_on(versions, day(offset))


def by_definition(versions: list[Recorded], register: str, on: date) -> bool:
    released = [recorded for recorded in versions if recorded.released_by is not None]
    begun = sorted(
        (recorded.contract.effective, recorded.number) for recorded in released if recorded.contract.effective <= on
    )
    if not begun:
        return False
    (in_force,) = (recorded.contract for recorded in released if recorded.number == begun[-1][1])
    life = released[-1].contract
    return register in in_force.registers and life.starts <= on and (life.until is None or on < life.until)


BERLIN, TOKYO = zone("Europe/Berlin"), zone("Asia/Tokyo")
END = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(("ranges", "periods"), [
    pytest.param([], [], id="no days"),
    pytest.param([("2026-05-01", "2026-06-01")], ["2026-04-30T22/2026-05-31T22"], id="from midnight to midnight"),
    pytest.param([("2026-05-01", None)], ["2026-04-30T22/2026-07-01T00"], id="without end"),
    pytest.param([("2026-05-01", "9999-12-31")], ["2026-04-30T22/2026-07-01T00"], id="until the end of time"),
    pytest.param([("1800-01-01", "2026-05-01")], ["1900-01-01T23/2026-04-30T22"], id="since before there were readings"),
    pytest.param([("1800-01-01", "1801-01-01")], [], id="until before there were readings"),
    pytest.param([("2026-07-02", None), ("9999-12-30", "9999-12-31")], [], id="after what is asked"),
    pytest.param([("2026-05-01", "2026-05-03"), ("2026-05-03", "2026-05-04")], ["2026-04-30T22/2026-05-03T22"], id="two that follow on each other"),
    pytest.param([("2026-05-04", "2026-05-05"), ("2026-05-01", "2026-05-03")], ["2026-04-30T22/2026-05-02T22", "2026-05-03T22/2026-05-04T22"], id="in order of time"),
    pytest.param([("2026-05-01", None), ("2026-05-03", "2026-05-04")], ["2026-04-30T22/2026-07-01T00"], id="one in another"),
])  # fmt: skip
def test_covered_periods(ranges: list[tuple[str, str | None]], periods: list[str]) -> None:
    read = [
        (DayRange(date.fromisoformat(first), date.fromisoformat(after_last) if after_last else None), BERLIN)
        for first, after_last in ranges
    ]
    hours = [f"{period.start:%Y-%m-%dT%H}/{period.end:%Y-%m-%dT%H}" for period in covered_periods(read, END)]
    assert periods == hours


RANGES = st.lists(
    st.builds(
        lambda first, length, where: (DayRange(day(first), None if length is None else day(first + length)), where),
        st.integers(0, 12),
        st.one_of(st.none(), st.integers(1, 5)),
        st.sampled_from([BERLIN, TOKYO]),
    ),
    max_size=5,
)


@given(RANGES, st.integers(0, 500), st.integers(0, 500))
def test_every_instant_is_covered_exactly_if_its_day_is_in_the_zone_of_a_contract(
    ranges: list[Any], hours: int, hours_to_end: int
) -> None:
    origin = datetime(2025, 12, 30, tzinfo=UTC)
    instant, end = origin + timedelta(hours=hours), origin + timedelta(hours=hours_to_end)
    periods: tuple[Period, ...] = covered_periods(ranges, end)
    expected = instant < end and any(instant.astimezone(where).date() in covered for covered, where in ranges)
    assert any(instant in period for period in periods) is expected
    assert all(before.end < after.start for before, after in pairwise(periods))
