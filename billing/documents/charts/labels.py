"""Labels of a chart's axes: which days are named, and how a language writes a day and a month in short."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_skeleton, format_time

from billing.documents.words.words import Words
from quantities.number import plain

_LABELS_MAX = 7


def label_of(at: date, words: Words) -> str:
    """Write a day, or the time of day of an interval, as short as an axis needs it: 1. März, Mar 1, 3月1日, 14:30."""
    if isinstance(at, datetime):
        return format_time(at, "HH:mm", locale=words.locale)
    return format_skeleton("MMMd", at, locale=words.locale)


def month_label(month: date, words: Words, *, with_year: bool) -> str:
    """Write a month: Mär, Mär 2026."""
    return format_skeleton("yMMM" if with_year else "MMM", month, locale=words.locale)


def labelled(instants: Sequence[date]) -> list[int]:
    """Which places get a label: each, or the firsts of months where there are more than two, or every so many.

    Args:
        instants: days in order, or local times of intervals in order.
    """
    times = [(at, time) for at, time in enumerate(instants) if isinstance(time, datetime) and not time.minute]
    for hours in (1, 2, 3, 4, 6, 12):
        at_hours = [at for at, time in times if not time.hour % hours]
        if 1 < len(at_hours) <= _LABELS_MAX:
            return at_hours
    firsts = [at for at, day in enumerate(instants) if not isinstance(day, datetime) and day.day == 1]
    if len(instants) > 2 * 31 and len(firsts) > 1:
        return firsts[:: -(-len(firsts) // _LABELS_MAX)]
    return list(range(0, len(instants), -(-len(instants) // _LABELS_MAX) or 1))


def widest_number(numbers: Sequence[Decimal]) -> int:
    """How many characters the longest label of an axis over these numbers has, with its marks and a sign."""
    digits = max((len(plain(abs(number)).partition(".")[0]) for number in numbers), default=1)
    is_fine = all(abs(number) < 5 for number in numbers)  # noqa: PLR2004 below it, the axis has decimals
    return digits + digits // 3 + (3 if is_fine else 0) + any(number < 0 for number in numbers)


def lookup(labels: Mapping[str, str]) -> str:
    """An expression of Vega that turns the value of an axis into its label."""
    return f"{json.dumps(labels, ensure_ascii=False)}[datum.value]"
