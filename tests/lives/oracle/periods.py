"""A contract's life and its billing periods, cut at anchors.

Written from docs/algorithms.md (periods, parts of a period, part of which whole) and docs/settings.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tests.lives.oracle.clock import day_of
from tests.lives.oracle.windows import MONTHS, WEEKDAYS, add_months

WEEKS = {"week": 1, "two_weeks": 2, "four_weeks": 4}
COUNTED_FROM_A_MONTH = {"quarter", "half_year", "year"}


@dataclass(frozen=True)
class BillingPeriod:
    """Days that are billed together, and the whole period that they are part of."""

    first: date
    after_last: date
    whole_first: date
    whole_after_last: date


def until(document: Mapping[str, Any]) -> date | None:
    """The day after a contract's last one; None while nothing ends it."""
    if not document.get("ends"):
        return None
    ends, extension = day_of(document["ends"]), document.get("extension")
    if not extension:
        return ends
    if not extension.get("notice"):
        return None
    noticed = day_of(extension["notice"]) + timedelta(int(extension.get("notice_days", 0)))
    count = 0
    while add_months(ends, count * int(extension["months"])) < noticed:
        count += 1
    return add_months(ends, count * int(extension["months"]))


def billing_periods(document: Mapping[str, Any], horizon: date) -> list[BillingPeriod]:
    """The periods of a contract's life that begin no later than a day, and one more, in order."""
    billing = document.get("billing") or {}
    starts, ends = day_of(document["starts"]), until(document)
    last = horizon + timedelta(1200)
    anchors = all_anchors(billing, starts, last)
    if billing.get("every") == "custom":
        starts, ends = max(starts, anchors[0]), min(ends or anchors[-1], anchors[-1])
    stop = min(ends or last, last)
    if starts >= stop:
        return []
    edges = [starts, *(anchor for anchor in anchors if starts < anchor < stop), stop]
    periods = [
        BillingPeriod(
            first=first,
            after_last=after_last,
            whole_first=max(anchor for anchor in anchors if anchor <= first),
            whole_after_last=min(anchor for anchor in anchors if anchor > first),
        )
        for first, after_last in pairwise(edges)
    ]
    leading, trailing = starts not in anchors, stop not in anchors
    if leading and billing.get("leading_part_of") == "counted_back" and billing.get("every") != "custom":
        part = periods[0]
        begin = counted_back(part.whole_after_last, billing.get("every", "month"))
        periods[0] = BillingPeriod(part.first, part.after_last, begin, part.whole_after_last)
    if leading and billing.get("leading") == "joined" and len(periods) > 1:
        part, following = periods[:2]
        periods[:2] = [BillingPeriod(part.first, following.after_last, part.first, following.whole_after_last)]
    if trailing and billing.get("trailing") == "joined" and len(periods) > 1:
        before, part = periods[-2:]
        periods[-2:] = [BillingPeriod(before.first, part.after_last, before.whole_first, part.after_last)]
    begun = [period for period in periods if period.first <= horizon]
    return periods[: len(begun) + 1]


def counted_back(after_last: date, every: str) -> date:
    return after_last - timedelta(weeks=WEEKS[every]) if every in WEEKS else add_months(after_last, -MONTHS[every])


def all_anchors(billing: Mapping[str, Any], starts: date, last: date) -> list[date]:
    """Every day on which a whole period begins, from before the start until after a day.

    Weeks and months are counted from the last anchor on the start or before it, quarters and longer ones from the month
    that `year_begins` names.
    """
    every = billing.get("every", "month")
    if every == "custom":
        return [day_of(day) for day in billing["calendar"]]
    if every in WEEKS:
        weekday = WEEKDAYS.index(billing.get("anchor_weekday", "mon"))
        step = timedelta(weeks=WEEKS[every])
        anchor = starts - timedelta((starts.weekday() - weekday) % 7)
        anchors = []
        while anchor <= last + step:
            anchors.append(anchor)
            anchor += step
        return anchors
    day = int(billing.get("anchor_day", 1))
    first = add_months(starts, 0, day)
    if first > starts:
        first = add_months(first, -1, day)
    if billing.get("year_begins") and every in COUNTED_FROM_A_MONTH:
        first = add_months(date(starts.year - 1, int(billing["year_begins"]), 1), 0, day)
    anchors = [add_months(first, -MONTHS[every], day)]
    while anchors[-1] <= last:
        anchors.append(add_months(first, (len(anchors) - 1) * MONTHS[every], day))
    return anchors
