"""The ranges of a baseline's drivers, and how far a row is beyond them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from quantities.arithmetic import quotient
from quantities.terms import Terms
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE, Row, values_by_driver
from savings.statistics.frozen_statistic import Statistic

_ZERO = Decimal(0)


class Range(Terms):
    """The smallest and the largest value of a driver in the baseline."""

    least: Statistic
    most: Statistic


def ranges_of(rows: Sequence[Row]) -> dict[str, Range]:
    """The range of each driver over rows, by name."""
    return {name: Range(least=min(values), most=max(values)) for name, values in values_by_driver(rows).items()}


def a_day(rules: RowRules, row: Row) -> Row:
    """The row with what is added up over its days as the mean of a day, so that periods of other lengths compare."""
    if not rules.summed:
        return row
    sums = {name: row.drivers.get(name) for name in rules.summed}
    means = {name: None if value is None else quotient(value, Decimal(row.days)) for name, value in sums.items()}
    return replace(row, drivers={**row.drivers, **means})


def furthest_beyond(ranges: Mapping[str, Range], needs: Collection[str], row: Row) -> tuple[str, Decimal]:
    """The driver of a row that is furthest outside its range, and how far, as a fraction of the range's width.

    Args:
        ranges: by the driver's name; a driver without one is never outside.
        needs: the drivers that the baseline predicts from.
        row: with its degree-days, and sums as the mean of a day.

    Returns:
        The driver's name and the fraction; an empty name and zero if every driver is within its range.
    """
    furthest = ("", _ZERO)
    for name in sorted(ranges.keys() & set(needs)):
        seen = ranges[name]
        values = row.temperatures if name == TEMPERATURE else (row.drivers.get(name),)
        width = seen.most - seen.least
        for value in values:
            if value is None:
                continue
            excess = max(seen.least - value, value - seen.most, _ZERO)
            if not excess:
                continue
            share = quotient(excess, width) if width else Decimal(bool(excess))
            if share > furthest[1]:
                furthest = (name, share)
    return furthest
