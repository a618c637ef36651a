"""What was saved by days over a baseline on paper, and what savings of several carriers are together: docs/savings.md.

    saved of a month = Σ expected − Σ measured, both over the days that count and each rounded
    joined           = Σ over carriers of saved × heat value × factor, each as they are on the day

A day counts if each register of it was read, and the baseline is agreed for it. Where a factor changes within a month
what is saved before and after is rounded apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.lives.oracle.clock import day_of, midnight
from tests.lives.oracle.flows import Log, NotCounted
from tests.lives.oracle.rules import Stretch, Use, closes, in_window, rule_of
from tests.lives.oracle.savings_rules import window_first
from tests.lives.oracle.units import convert
from tests.lives.oracle.windows import add_months, half_up

#: What of a month of a table was used up to a day has so many places.
_PLACES_OF_TABLES = 15


def plan_of(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """How a saving is measured; None where the name is not that of a saving."""
    return next((plan for plan in document.get("savings") or () if plan["name"] == name), None)


def joining(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The named use that joins savings; None where the name is not of one."""
    uses: list[Mapping[str, Any]] = [named for named in document.get("usages") or () if named.get("joined")]
    return next((named for named in uses if named["name"] == name), None)


def saved(log: Log, document: Mapping[str, Any], plan: Mapping[str, Any], begin: datetime, end: datetime) -> Use:
    """The saving of some days, by month; with how many of its days count."""
    zone, baseline = ZoneInfo(document["zone"]), plan["option"]["baseline"]
    changes, places = factor_days(document, plan["name"]), int(plan.get("places", 0))
    sums: dict[tuple[str, str], list[Fraction]] = {}
    first, after_last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(number) for number in range((after_last - first).days)]
    counted = 0
    for day in days:
        span = midnight(day, zone), midnight(day + timedelta(1), zone)
        measured = energy_of(log, plan["option"]["registers"], span, baseline["unit"])
        expected = expectation(log, plan["option"], day, span)
        if measured is None or expected is None:
            continue
        counted += 1
        since = max((str(change) for change in changes if day.replace(day=1) < change <= day), default="")
        of_month = sums.setdefault((day.isoformat()[:7], since), [Fraction(0), Fraction(0)])
        of_month[0] += expected
        of_month[1] += measured
    parts = tuple(
        (half_up(expected, places) - half_up(measured, places), {"band": "all", "month": month, "since": since})
        for (month, since), (expected, measured) in sorted(sums.items())
    )
    covered = (counted, len(days), Fraction(plan.get("least_coverage", "0.9")))
    return Use(sum((quantity for quantity, _ in parts), Fraction(0)), baseline["unit"], parts, (covered,))


def energy_of(log: Log, keys: Sequence[str], span: tuple[datetime, datetime], unit: str) -> Fraction | None:
    """What registers counted in a day; None where one of them was not read."""
    total = Fraction(0)
    for key in keys:
        register = log.registers[key]
        values = [row.value for row in log.known(key) if span[0] <= row.start < span[1] and row.value is not None]
        if not values:
            return None
        counted = sum((Fraction(value) for value in values), Fraction(0)) * Fraction(register.multiplier)
        total += convert(counted, register.unit, unit)
    return total


def expectation(log: Log, option: Mapping[str, Any], day: date, span: tuple[datetime, datetime]) -> Fraction | None:
    """What the paper says of a day: a month's part, or a constant and so much for each unit of the drivers."""
    baseline = option["baseline"]
    after_last = baseline.get("after_last")
    if day < day_of(baseline["first"]) or (after_last and day >= day_of(after_last)):
        return None
    model = baseline["model"]
    if model["kind"] == "months":
        return until(model["energies"], day, day.day) - until(model["energies"], day, day.day - 1)
    expected = Fraction(model["intercept"])
    for name, slope in (model.get("drivers") or {}).items():
        key = option["further"][name]
        driver = energy_of(log, [key], span, log.registers[key].unit)
        if driver is None:
            return None
        expected += Fraction(slope) * driver
    return expected


def until(energies: Sequence[str], day: date, days: int) -> Fraction:
    """What a table says of the first days of a day's month."""
    first = day.replace(day=1)
    of_month = (add_months(first, 1) - first).days
    return half_up(Fraction(energies[day.month - 1]) * days / of_month, _PLACES_OF_TABLES)


def factor_days(document: Mapping[str, Any], saving: str) -> set[date]:
    """The days on which a factor changes by which a saving is joined with others, in any use."""
    carriers = [carrier for named in document.get("usages") or () for carrier in named.get("joined") or ()]
    return {
        day_of(factor["first"]) for carrier in carriers if carrier["saving"] == saving for factor in factors_of(carrier)
    }


def factors_of(carrier: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from carrier.get("heat_values") or ()
    yield from carrier["factors"]


def joined(log: Log, document: Mapping[str, Any], named: Mapping[str, Any], begin: datetime, end: datetime) -> Use:
    """The savings of carriers in one unit, by carrier and month; each is covered by itself."""
    parts: list[tuple[Fraction, dict[str, str]]] = []
    covered: tuple[tuple[int, int, Fraction], ...] = ()
    for carrier in named["joined"]:
        plan = plan_of(document, carrier["saving"])
        assert plan is not None
        use = saved(log, document, plan, begin, end)
        covered += use.covered
        for quantity, labels in use.parts:
            day, unit, energy = day_of(labels["since"] or f"{labels['month']}-01"), use.unit, quantity
            for series in (carrier.get("heat_values") or (), carrier["factors"]):
                valid = [factor for factor in series if day_of(factor["first"]) <= day]
                if valid:
                    energy = convert(energy, unit, valid[-1]["per"]) * Fraction(valid[-1]["value"])
                    unit = valid[-1]["unit"]
            parts.append((convert(energy, unit, named["unit"]), {**labels, "carrier": carrier["saving"]}))
    return Use(sum((energy for energy, _ in parts), Fraction(0)), named["unit"], tuple(parts), covered)


def see_that_it_is_covered(history: Sequence[Stretch]) -> None:
    """Enough of the days must count of what the last stretch settles: what is on account is not settled yet.

    Raises:
        NotCounted: of one of the carriers too few do.
    """
    now = history[-1]
    if now.use is None or not now.use.covered:
        return
    per = rule_of(history).get("per", "year")
    if not settles(history, per):
        return
    stretches: list[Stretch] = []
    for end in range(in_window(history, per) + 1, len(history) + 1):
        stretches.append(history[end - 1])
        if end < len(history) and settles(history[:end], per):
            stretches = []
    for number, (_, _, least) in enumerate(now.use.covered):
        of_carrier = [stretch.use.covered[number] for stretch in stretches if stretch.use and stretch.use.covered]
        counted, days = sum(of[0] for of in of_carrier), sum(of[1] for of in of_carrier)
        if counted < least * days:
            raise NotCounted(f"{counted} of {days} days count")


def settles(history: Sequence[Stretch], per: str) -> bool:
    """Whether the last stretch bills what was measured: a share does at once, unless something is billed on account."""
    rule = rule_of(history)
    if rule["kind"] == "savings_share" and not rule.get("on_account"):
        return True
    if rule.get("deemed_from") and window_first(history, per) >= day_of(rule["deemed_from"]):
        return False
    return closes(history, per)
