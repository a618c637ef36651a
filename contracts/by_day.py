"""A use told by local days: what each day has, and a quantity that is priced day by day.

quantity of each day → priced by itself → units and fees of each tier added up, in full or as shares of the period
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import UnpricedUse, Usage, in_unit, require_parts
from metering.usage.measure import Part
from quantities.arithmetic import added, quotient
from quantities.conversion import conversion
from quantities.exact import rounded, scaled, total
from quantities.number import plain, trimmed


class EachDay(StrEnum):
    """What a day costs: its ``share`` of a price that is for a period, or the ``full`` price, which is for a day."""

    SHARE = "share"
    FULL = "full"


def billed_days(usage: Usage) -> Iterator[date]:
    """List the billed days, without those of suspensions."""
    for number in range((usage.period.after_last - usage.period.first).days):
        day = usage.period.first + timedelta(days=number)
        if not any(first <= day < after_last for first, after_last in usage.life.paused):
            yield day


def parts_by_day(usage: Usage) -> Mapping[date, Sequence[Part]]:
    """Divide the parts of a use by the local day that each is labelled with.

    Raises:
        UnpricedUse: there is a use, and it is not told by days; or a part is of a day that is not billed.
    """
    require_parts(usage, "days")
    days: dict[date, list[Part]] = {}
    for part in usage.parts:
        day = _day(part)
        if day is None or not usage.has(day):
            stated = part.labels.get("day", "no day")
            raise UnpricedUse(f"use of {stated} is not of the billed days", found=stated, expected=str(usage.period))
        days.setdefault(day, []).append(part)
    return days


def _day(part: Part) -> date | None:
    try:
        return date.fromisoformat(part.labels.get("day", ""))
    except ValueError:
        return None


def price_by_day(
    price: Callable[[Decimal], Sequence[RatedLine]], usage: Usage, unit: str, each_day: EachDay
) -> tuple[RatedLine, ...]:
    """Price the quantity of each day by itself.

    Args:
        price: of a quantity in ``unit``.
        usage: its parts are quantities by day; those of one day add up. A billed day without any has 0.
        unit: of the price.
        each_day: whether a day is due in full, or for the share of the period that it is.

    Returns:
        A line for each part that a day has reached: the sum over these days.

    Raises:
        IncompatibleUnit: ``usage`` measures something else.
        NegativeUse: the quantity of a day is below zero.
        UnpricedUse: it is not told by days.
    """
    in_unit(usage, unit)
    by_day, factor = parts_by_day(usage), conversion(usage.unit, unit)
    whole = usage.period.days_of_whole if each_day is EachDay.SHARE else 1
    of_part: dict[int, list[RatedLine]] = {}
    for day in billed_days(usage):
        quantity = rounded(scaled(total(part.exactly for part in by_day.get(day, ())), factor))
        for line in price(in_unit(Usage(quantity, unit), unit)):
            of_part.setdefault(line.part, []).append(line)
    return tuple(_over_days(lines, whole) for _, lines in sorted(of_part.items()))


def _over_days(lines: Sequence[RatedLine], whole: int) -> RatedLine:
    """Add up one part of several days, of which each is one of so many; where its price differs, the amounts."""
    last, of = lines[-1], "" if whole == 1 else f", of {whole} of the period"
    if any(line.unit_price != last.unit_price for line in lines):
        amount = added(line.amount for line in lines)
        calculation = f"{plain(trimmed(amount))} on {len(lines)} days{of}"
        return lump(last.part, quotient(amount, Decimal(whole)), last.label, calculation)
    quantity = added(line.quantity for line in lines)
    calculation = f"{plain(trimmed(quantity))} on {len(lines)} days{of}"
    return replace(last, quantity=quotient(quantity, Decimal(whole)), calculation=calculation)
