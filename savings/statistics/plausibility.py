"""Wrong units, noticed: temperatures of another unit, a counter given as energy, a thousand times the energy."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from quantities.arithmetic import added, quotient
from quantities.number import plain, trimmed
from savings.finding import BaselineFinding, disqualified
from savings.rows import Interval, Row

#: No place on earth had a day, or an hour, above this mean (56.7 °C was measured once).
_HOTTEST_CELSIUS = Decimal(57)
_COLDEST_CELSIUS = Decimal(-90)
#: In °F, a year whose warmest day stays below 45 °F (7 °C): only ice caps have one, and every place has it in °C.
_COOLEST_SUMMER_FAHRENHEIT, _A_YEAR = Decimal(45), 300
#: How many rows must never fall for it to be no accident, and which share of the steps must rise.
_NEVER_FALLING: Mapping[Interval, int] = {Interval.HOUR: 168, Interval.DAY: 28, Interval.BILLING: 10}
_A_THOUSAND = (Decimal(300), Decimal(3000))


def check_values(rows: Sequence[Row], interval: Interval, degrees: str | None) -> Iterator[BaselineFinding]:
    """Findings about the units of rows.

    Args:
        rows: in order of time.
        interval: the length of a row.
        degrees: the unit of their temperatures, into which they were converted from the unit that was stated.
    """
    yield from _temperature(rows, degrees)
    yield from _running_counter([row.energy for row in rows if row.energy is not None], interval)


def _temperature(rows: Sequence[Row], degrees: str | None) -> Iterator[BaselineFinding]:
    known = [mean for row in rows for mean in row.temperatures if mean is not None]
    if not known or degrees not in ("degC", "degF"):
        return
    warmest, coldest = (
        mean if degrees == "degC" else quotient((mean - 32) * 5, Decimal(9)) for mean in (max(known), min(known))
    )
    if warmest > _HOTTEST_CELSIUS or coldest < _COLDEST_CELSIUS:
        shown = warmest if warmest > _HOTTEST_CELSIUS else coldest
        detail = "no such temperature occurs outdoors: given in °F, and stated as °C?"
        yield disqualified("temperature_unit", detail, f"{shown:.1f} °C", "-90 to 57 °C")
    elif _days(rows) >= _A_YEAR and warmest * 9 / 5 + 32 < _COOLEST_SUMMER_FAHRENHEIT:
        detail = "a year without a warmer day: given in °C, and stated as °F?"
        yield disqualified("temperature_unit", detail, f"{warmest:.1f} °C", "above 7.2 °C once a year")


def _days(rows: Sequence[Row]) -> int:
    return (rows[-1].period.end - rows[0].period.start).days if rows else 0


def _running_counter(energies: Sequence[Decimal], interval: Interval) -> Iterator[BaselineFinding]:
    """A register's reads given as energy: they never fall, and hardly ever stand still."""
    if len(energies) < _NEVER_FALLING[interval]:
        return
    steps = [later - earlier for earlier, later in pairwise(energies)]
    if min(steps) >= 0 and sum(step > 0 for step in steps) * 2 > len(steps):
        rise = f"{plain(trimmed(energies[0]))} to {plain(trimmed(energies[-1]))}"
        yield disqualified("running_counter", "the energy never falls: reads of a counter, given as energy?", rise)


def check_energy(
    energies: Sequence[tuple[Decimal, Decimal]], measured: Decimal, expected: Decimal
) -> Iterator[BaselineFinding]:
    """A disqualification if energy is in another unit than the baseline's, all of it or some rows.

    Args:
        energies: the measured and the expected energy of each row that has both, whether it counts or not.
        measured: the sum of the rows that count.
        expected: the sum of the same rows.
    """
    of_all = list(check_scale(measured, expected))
    yield from of_all or _rows_of_another_scale(energies)


def _rows_of_another_scale(energies: Sequence[tuple[Decimal, Decimal]]) -> Iterator[BaselineFinding]:
    """Rows with hundreds of times what the baseline expects of them, and of all rows on average.

    Next to nothing is expected of some rows, and next to nothing is used on some days: neither is told by one row.
    """
    if not energies:
        return
    mean = quotient(added(expected for _, expected in energies), Decimal(len(energies)))
    low, _ = _A_THOUSAND
    if mean <= 0 or not any(measured >= (low - 1) * max(expected, mean) for measured, expected in energies):
        return  # nearly always: a product is quicker than a quotient, and tells as well that nothing comes near
    times = [quotient(measured, max(expected, mean)) for measured, expected in energies]
    many = sum(ratio >= low for ratio in times)
    if many:
        detail = (
            f"{many} rows of {len(energies)}, measured over expected energy: some time in another unit, as Wh for kWh?"
        )
        yield disqualified("energy_unit", detail, f"{max(times):.6g}", "about 1")


def check_scale(measured: Decimal, expected: Decimal) -> Iterator[BaselineFinding]:
    """A disqualification if the energy is about a thousand times what the baseline expects, or a thousandth of it."""
    if measured <= 0 or expected <= 0:
        return
    times = quotient(measured, expected)
    low, high = _A_THOUSAND
    if times >= low or (times and low <= quotient(expected, measured) <= high):
        detail = (
            "measured energy over expected energy: in another unit than the baseline's, as Wh for kWh or kWh for MWh?"
        )
        yield disqualified("energy_unit", detail, f"{times:.6g}", "about 1")
