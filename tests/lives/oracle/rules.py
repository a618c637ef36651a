"""What the days of one charge cost, recomputed from all its days since the contract began.

The oracle's pricing: written from docs/pricing.md, docs/settings.md and docs/contract.schema.json alone. It shares no code
with the product and carries no state: `rate` gets every stretch of days from the contract's start and computes anew.
Numbers are fractions of whole numbers, days are local days of the contract's zone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import takewhile
from math import ceil, floor, isqrt
from typing import Any

from tests.lives.oracle.indexing import CannotRate, moved
from tests.lives.oracle.units import convert
from tests.lives.oracle.windows import MONTHS, days_between, full_months, half_up, share, share_360, window


def no_index(_index: str, _month: str) -> Fraction | None:
    return None


ZERO = Fraction(0)


@dataclass(frozen=True)
class Use:
    """What was used in a stretch.

    Attributes:
        quantity: in `unit`; None where only parts are counted.
        unit: of `quantity` and of every part.
        parts: use by labels (dimensions, band, state, cause, hour), or single events; empty where the rule asks for none.
        covered: of a saving, and of each that is joined: the days that count, all days, and the part that must count.
    """

    quantity: Fraction | None
    unit: str
    parts: tuple[tuple[Fraction, dict[str, str]], ...] = ()
    covered: tuple[tuple[int, int, Fraction], ...] = ()


@dataclass(frozen=True)
class Stretch:
    """Days of one billing period under one version of the contract, for one charge.

    Attributes:
        first: the first billed day.
        after_last: the day after the last billed one.
        whole_first: the first day of the whole period that the days are part of.
        whole_after_last: the day after the last one of that whole period.
        document: the version's whole document.
        charge: the charge in it.
        starts: the contract's first day, by the newest version.
        ends: the day after its last one, by the newest version; None: open.
        suspensions: first day and day after the last one of every suspension, by the newest version.
        use: what the charge prices.
        auxiliary: other uses, by the name that the rule has for them.
        registers: how many registers the use adds up.
        machines: of all days of the charge in the billing period, known when the first of them is rated: for how many
            machines something is included on them.
        amounts: unrounded, by charge, of the charges that this one is computed from, in this stretch.
        rests: by charge and kind, what is left of each of them, and what a percentage is taken of.
        index: the value of an index for a month ("2026-03"); None where there is none.
        sums_until: the day on which sums of the period restart next; None where they go on until it ends.
        besides: of the last stretch of a period, what was invoiced of the period besides what its lines come to.
    """

    first: date
    after_last: date
    whole_first: date
    whole_after_last: date
    document: Mapping[str, Any]
    charge: Mapping[str, Any]
    starts: date
    ends: date | None = None
    suspensions: tuple[tuple[date, date], ...] = ()
    use: Use | None = None
    auxiliary: Mapping[str, Use] = field(default_factory=dict)
    registers: int = 1
    machines: tuple[tuple[date, date, int], ...] = ()
    amounts: Mapping[str, Fraction] = field(default_factory=dict)
    rests: Mapping[str, Mapping[str, tuple[Fraction, Fraction]]] = field(default_factory=dict)
    index: Callable[[str, str], Fraction | None] = no_index
    sums_until: date | None = None
    besides: Fraction = ZERO


@dataclass(frozen=True)
class RatedLine:
    """A line of a charge, unrounded.

    Attributes:
        part: its place among the charge's lines, from 0.
        amount: what is due; below zero what is given back.
        nature: price, damages, deposit, tax or what else the charge says.
        of: the charge whose amount this line changes, of a shared discount.
        quantity: what the line counts.
        zero: the line is shown though it is of nothing.
    """

    part: int
    amount: Fraction
    nature: str
    of: str = ""
    quantity: Fraction = Fraction(1)
    zero: bool = False


#: Parts of a charge by their place: what each counts and what it comes to.
Priced = dict[int, tuple[Fraction, Fraction]]

HUNDRED = Fraction(100)

#: What an amount is, unless the charge says otherwise; all others are a consideration. The pages do not list it.
NATURES = {
    "availability": "price_reduction",
    "discount": "price_reduction",
    "drawdown": "prepayment",
    "maximum_spend": "price_reduction",
    "deduction": "price_reduction",
    "savings_cap": "price_reduction",
    "lost_yield": "damages",
    "downtime_damages": "damages",
    "early_exit": "damages",
    "savings_guarantee": "price_reduction",
    "energy_guarantee": "price_reduction",
}

#: Which charges are computed from the amounts of others, and in which stage; a stage sees the amounts of those before it.
STAGES = {
    "percentage_of": 1,
    "minimum_spend": 2,
    "maximum_spend": 2,
    "savings_cap": 2,
    "availability": 3,
    "lost_yield": 3,
    "downtime_damages": 3,
    "deduction": 3,
    "discount": 4,
    "drawdown": 5,
}
OVER_AMOUNTS = frozenset(
    {"percentage_of", "minimum_spend", "maximum_spend", "savings_cap", "availability", "discount", "drawdown"}
)


@dataclass(frozen=True)
class Asked:
    """How a use is to be counted, and into which parts it is divided.

    Attributes:
        how: sum, or demand: the highest average power over a block, per hour of its unit.
        by: the dimensions that label the parts.
        calendar: the calendar whose bands label the parts (`band`); of a demand each band has its own peak.
        hourly: whether hours of the local clock are parts (`hour`).
        events: whether single readings are parts, in their order, labelled with their dimensions.
        states: whether the parts are the times in each state (`state`, and `cause` where one is told), in hours.
        block_minutes: of a demand.
        sliding: of a demand, whether a block may begin at any interval.
        daily: whether local days are parts (`day`): of each its highest power, or its mean level.
    """

    how: str = "sum"
    by: tuple[str, ...] = ()
    calendar: Mapping[str, Any] | None = None
    hourly: bool = False
    events: bool = False
    states: bool = False
    block_minutes: int = 15
    sliding: bool = False
    daily: bool = False


#: Of these what is used after a price has moved is priced by it; a fixed fee too, where it is due by days.
PRICED_BY_DAYS = frozenset({"per_unit", "graduated", "volume", "package", "stairstep", "overtime", "shift"})
NO_USE = frozenset(
    {
        "fixed_fee",
        "one_off",
        "buy_out",
        "holdover",
        "early_exit",
        "downtime_damages",
        "percentage_of",
        "minimum_spend",
        "maximum_spend",
        "availability",
        "discount",
        "drawdown",
        "savings_cap",
        "lease_rent",
    }
)


#: Peaks that are priced each by itself, and the windows in which they are.
EACH = {"each_day": "day", "each_week": "week", "each_month": "month"}


def measure(charge: Mapping[str, Any]) -> Asked | None:
    """What of its use a charge prices; None for a rule that counts nothing."""
    rule = charge["rule"]
    kind = rule["kind"]
    if kind in NO_USE:
        return None
    if kind == "demand":
        minutes = int(rule.get("block_minutes") or 15)
        return Asked(
            "demand",
            calendar=rule.get("calendar"),
            block_minutes=minutes,
            sliding=yes(rule.get("sliding", False)),
            daily=rule.get("peak", "own") in EACH,
        )
    if rule.get("each_day"):
        return Asked("mean" if rule["each_day"] == "share" else "sum", daily=True)
    if kind in ("time_of_use", "commitment"):
        return Asked(calendar=rule.get("calendar"), hourly=yes(rule.get("each_hour", False)))
    return Asked(events=kind in ("percentage", "deduction"), by=told_apart_by(rule))


def told_apart_by(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """The dimensions that label the parts of what a rule prices."""
    if rule["kind"] == "matrix":
        return tuple(sorted({name for entry in rule["entries"] for name in entry["when"]}))
    known = {"deduction": ("zone", "category"), "service_events": ("service",)}
    return known.get(rule["kind"], tuple(rule.get("by") or ()))


def auxiliary(charge: Mapping[str, Any]) -> dict[str, Asked]:
    """What of the uses beside it a charge takes into account, by the rule's names for them."""
    return {name: Asked(states=name == "states") for name in charge.get("beside") or {}}


def stage(charge: Mapping[str, Any]) -> int:
    """Where a charge is computed: 0 prices, 1 percentages of them, 2 minimum and maximum, 3 malus and damages, 4 discount."""
    return STAGES.get(charge["rule"]["kind"], 0)


def over_amounts(charge: Mapping[str, Any]) -> bool:
    """Whether a charge is computed from the amounts of other charges."""
    return charge["rule"]["kind"] in OVER_AMOUNTS


def in_advance(charge: Mapping[str, Any]) -> bool:
    """Whether the charge of a period is billed with the period before."""
    return yes(charge["rule"].get("in_advance", False))


def yes(value: Any) -> bool:
    return value is True or value == "true"


def a_day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def number(rule: Mapping[str, Any], name: str, otherwise: Any = 0) -> Fraction:
    value = rule.get(name)
    return Fraction(otherwise if value is None else value)


# Days and windows


def period(stretch: Stretch) -> tuple[date, date]:
    return stretch.whole_first, stretch.whole_after_last


def period_first(history: Sequence[Stretch], stretch: Stretch) -> date:
    """The first billed day of the billing period that a stretch is in."""
    return next(other.first for other in history if other.whole_first == stretch.whole_first)


def left_out(stretch: Stretch) -> tuple[tuple[date, date], ...]:
    return () if yes(stretch.charge.get("while_suspended", False)) else stretch.suspensions


def bounds(history: Sequence[Stretch], stretch: Stretch, per: str) -> tuple[date, date]:
    """The whole window of the billing period that a stretch is in: the window of the period's first billed day."""
    if per == "period":
        return period(stretch)
    if per == "contract":
        return stretch.starts, date.max
    return window(period_first(history, stretch), per, stretch.document.get("billing") or {}, stretch.starts)


def in_window(history: Sequence[Stretch], per: str) -> int:
    """The place in the history at which the sums of the last stretch's window begin."""
    whole = bounds(history, history[-1], per)
    first = len(history) - 1
    while first and bounds(history, history[first - 1], per) == whole and goes_on(history, first, per):
        first -= 1
    if per == "period":
        for place in range(first + 1, len(history)):
            if restarts(history, place):
                first = place
    return first


#: Windows, by their length.
LENGTHS = ("period", "week", "month", "two_months", "quarter", "half_year", "year", "contract")

#: The window over which a rule adds up where it names none; else it is the billing period.
WINDOWS = dict.fromkeys(
    (
        "take_or_pay", "downtime_damages", "lost_yield", "service_events", "savings_cap", "savings_guarantee",
        "savings_share", "trusteeship_fee", "energy_guarantee",
    ),
    "year",
) | {"severity": "half_year"}  # fmt: skip


def windows(rule: Mapping[str, Any]) -> set[str]:
    """The windows over which a rule adds up."""
    names = [rule.get("per"), rule.get("reset"), rule.get("peak") if rule.get("peak") not in EACH else None]
    names += [terms.get("per", "period") for terms in rule.get("committed") or ()]
    return {str(name) for name in names if name} or {WINDOWS.get(rule["kind"], "period")}


def goes_on(history: Sequence[Stretch], place: int, per: str) -> bool:
    """Whether a window that an amendment changes goes on in the new one: where both begin on the same day.

    The sums of another window are not those of the new one, which begins with the amendment. A window that ends within a
    billing period closes with the period: until then it has not ended. Sums of the period end where they restart.
    """
    earlier, first = history[place - 1], bounds(history, history[-1], per)[0]
    if not is_told_alike(earlier.charge["rule"], history[-1].charge["rule"]):
        return False
    known = windows(earlier.charge["rule"])
    old = [bounds(history, earlier, other) for other in known if other != "period" or not restarts(history, place)]
    is_open = period(earlier) == period(history[place])
    return per in known or any(begins == first and (is_open or ends > history[place].first) for begins, ends in old)


def is_told_alike(earlier: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Whether what was used before is told as a rule needs it: not day by day; by its groups; with what chose a tier.

    What is committed in money is no quantity, nor the other way about.
    """
    if earlier.get("committed") and rule.get("committed") and in_money(earlier) != in_money(rule):
        return False
    by_groups = not rule.get("by") or earlier.get("by") == rule["by"]
    return not earlier.get("each_day") and by_groups and bool(earlier.get("tier_unit")) >= bool(rule.get("tier_unit"))


def in_money(rule: Mapping[str, Any]) -> bool:
    """Whether a commitment is to amounts; all of a rule are, or none."""
    return rule["committed"][0].get("amount") is not None


def restarts(history: Sequence[Stretch], place: int) -> bool:
    """Whether sums over a period begin again where the version of a stretch comes into force within one.

    Days after a move of the price are a stretch of their own, under the same version: nothing begins again.
    """
    document = history[place].document
    return (
        document is not history[place - 1].document and (document.get("settings") or {}).get("on_change") == "restart"
    )


def ends_period(stretch: Stretch) -> bool:
    return stretch.after_last in (stretch.whole_after_last, stretch.ends)


def closes(history: Sequence[Stretch], per: str) -> bool:
    """Whether the window ends with the last stretch."""
    now = history[-1]
    if per == "period" and now.sums_until is not None:
        return now.after_last == now.sums_until
    if not ends_period(now):
        return False
    return per == "period" or now.after_last == now.ends or now.after_last >= bounds(history, now, per)[1]


def sums_from(history: Sequence[Stretch]) -> date:
    """The first day of what is added up over the period: of the period, or that of the last restart in it."""
    restarted = [place for place in range(1, len(history)) if restarts_within(history, place)]
    of_period = [history[place].first for place in restarted if period(history[place]) == period(history[-1])]
    return max(of_period, default=history[-1].whole_first)


def window_part(history: Sequence[Stretch], per: str, proration: str) -> Fraction:
    """What part of its whole window the contract has: by days of the contract's life, without suspensions."""
    now = history[-1]
    first, after_last = bounds(history, now, per)
    if per == "contract":
        if now.ends is None:
            return Fraction(1)
        first, after_last = now.starts, now.ends
    if per == "period":
        begins = max(first, now.starts, sums_from(history))
        ends = min(after_last, now.ends or after_last, now.sums_until or after_last)
    else:
        begins, ends = max(first, now.starts), min(after_last, now.ends or after_last)
    days = days_between(begins, ends, left_out(now))
    if proration == "thirty_360":
        return share_360(days, begins, ends, (first, after_last))
    return share(days, (after_last - first).days, proration)


def stretch_part(
    history: Sequence[Stretch], proration: str, places: int | None = None, *, at: Stretch | None = None
) -> Fraction:
    """What part of its whole period a stretch is: the part of the days so far, less that of the days before it."""
    now = history[-1] if at is None else at
    whole = (now.whole_after_last - now.whole_first).days
    of_period = [one for one in history if period(one) == period(now) and one.first < now.first]
    before = sum(days_between(one.first, one.after_last, left_out(now)) for one in of_period)
    days = days_between(now.first, now.after_last, left_out(now))
    if proration == "thirty_360":
        part = share_360(days, now.first, now.after_last, period(now))
        return part if places is None else half_up(part, places)

    def rounded(many: int) -> Fraction:
        part = share(many, whole, proration)
        return part if places is None else half_up(part, places)

    return rounded(before + days) - (rounded(before) if before else ZERO)


# Use


def rule_of(history: Sequence[Stretch]) -> dict[str, Any]:
    """The rule of the last stretch with its prices as they are on its first day, or on that of the billing period."""
    now = history[-1]
    day = now.first if priced_by_days(now.charge) else period_first(history, now)
    return dict(moved(now.charge["rule"], now.charge.get("index"), day, now.index))


def used(stretch: Stretch) -> Fraction:
    """What was used in a stretch, in the unit of its rule, before what is included."""
    if stretch.use is None:
        raise CannotRate("there is no use")
    if stretch.charge["rule"].get("band") is not None:
        return labelled(stretch.use, stretch.charge["rule"]["unit"], band=stretch.charge["rule"]["band"])
    if stretch.use.quantity is None:
        raise CannotRate("there is no use")
    quantity = convert(stretch.use.quantity, stretch.use.unit, stretch.charge["rule"].get("unit", stretch.use.unit))
    places = (stretch.document.get("settings") or {}).get("quantity_places")
    if places is not None and stretch.use.unit != unit_of(stretch):  # what is counted in its unit is as it was read
        quantity = half_up(quantity, int(places))
    if quantity < 0:
        raise CannotRate("the use is below zero")
    return quantity


def priced_by_days(charge: Mapping[str, Any]) -> bool:
    """Whether a price that moves within a period holds for the days from then on; of others, from the next period on."""
    rule = charge["rule"]
    if rule["kind"] == "fixed_fee":
        return rule.get("proration", "calendar_days") == "calendar_days" and rule.get("share_places") is None
    return rule["kind"] in PRICED_BY_DAYS


def unit_of(stretch: Stretch) -> str:
    return str(stretch.charge["rule"].get("unit", stretch.use.unit if stretch.use else ""))


def priced_use(history: Sequence[Stretch]) -> Fraction:
    """What of the last stretch's use is priced: less what is left of the included quantity."""
    now = history[-1]
    included = now.charge.get("included")
    quantity = used(now)
    if not included:
        return quantity
    unit = unit_of(now)
    pool = before = limit = free = ZERO  # `free`: what of the window is not priced so far
    kept: list[tuple[Fraction, int]] = []  # what windows before have left, oldest first, and for how many it is good
    good, most = 1, None
    seen: tuple[date, date] | None = None
    for place in range(len(history)):
        terms = history[place].charge.get("included")
        if not terms:
            kept, seen, before, pool, free = [], None, ZERO, ZERO, ZERO
            continue
        whole = bounds(history, history[place], terms.get("per", "period"))
        if begins_again(history, place):  # what is included in a period is there again
            kept, before, seen, free = [], ZERO, whole, ZERO
        if seen is not None and not pool_goes_on(history, place, seen, whole):  # what the last window left, of its own
            rest = min(limit, max(ZERO, pool - max(ZERO, before - there(kept))))
            kept, before, free = without(kept, before), ZERO, ZERO
            rest = rest if most is None else min(rest, max(ZERO, most - there(kept)))
            kept.append((rest, good))
        seen = whole
        pool = included_in(history[: place + 1], terms, unit)
        limit = convert(number(terms, "carry_forward"), terms["unit"], unit)
        good = int(terms.get("carry_forward_windows", 1))
        stated = terms.get("carry_forward_most")
        most = None if stated is None else convert(Fraction(stated), terms["unit"], unit)
        here = convert(used(history[place]), unit_of(history[place]), unit)
        of_these = min(here, pool + there(kept) - free)
        if not terms.get("each"):
            of_these = min(here, max(ZERO, pool + there(kept) - before))
        if place == len(history) - 1:
            break
        before += here
        free = free + of_these if terms.get("each") else before
    return quantity - of_these


def there(kept: Sequence[tuple[Fraction, int]]) -> Fraction:
    return sum((quantity for quantity, _ in kept), ZERO)


def without(kept: Sequence[tuple[Fraction, int]], use: Fraction) -> list[tuple[Fraction, int]]:
    """What windows have left once another one has used so much, the oldest first, and has ended."""
    rest = []
    for quantity, windows in kept:
        taken = min(quantity, use)
        use -= taken
        if windows > 1:
            rest.append((quantity - taken, windows - 1))
    return rest


def begins_again(history: Sequence[Stretch], place: int) -> bool:
    """Whether the included quantity of a stretch is one of the period, whose sums restart with it."""
    return restarts_within(history, place) and pool_per(history[place]) == "period"


def pool_goes_on(history: Sequence[Stretch], place: int, seen: tuple[date, date], whole: tuple[date, date]) -> bool:
    """Whether what is included in the window of a stretch is that of the window seen before.

    A window that is changed and begins on the same day goes on, unless it has ended, as sums of the period have where
    they restart.
    """
    if restarts_within(history, place) and pool_per(history[place - 1]) == "period":
        return pool_per(history[place]) == "period"  # it is there again
    is_open = bool(place) and period(history[place - 1]) == period(history[place])
    return whole == seen or (seen[0] == whole[0] and (is_open or seen[1] > history[place].first))


def pool_per(stretch: Stretch) -> str:
    """The window of an included quantity; none without one."""
    terms = stretch.charge.get("included")
    return str(terms.get("per", "period")) if terms else ""


def restarts_within(history: Sequence[Stretch], place: int) -> bool:
    """Whether a version in force from a day within a billing period restarts its sums with a stretch."""
    return bool(place) and period(history[place - 1]) == period(history[place]) and restarts(history, place)


def machine_days(history: Sequence[Stretch], per: str) -> Fraction:
    """The days of machines in the window of the last stretch, of all its days: those there now are taken to stay.

    Of the days before its billing period those count on which something was included for each machine.
    """
    now = history[-1]
    first, after_last = bounds(history, now, per)
    whole = first
    if per == "period":
        first = max(first, sums_from(history))
        after_last = min(after_last, now.sums_until or after_last)
    first, after_last = max(first, now.starts), min(after_last, now.ends or after_last)
    spans: list[tuple[date, date, int]] = []
    counted = {period(now)}
    for one in history[:-1]:
        if period(one) not in counted and bounds(history, one, per)[0] == whole and one.machines:
            counted.add(period(one))
            spans += one.machines
    spans += now.machines
    spans.append((now.machines[-1][1], after_last, now.machines[-1][2]))
    days = ZERO
    for begins, ends, machines in spans:
        begins, ends = max(begins, first), min(ends, after_last)  # noqa: PLW2901 within the window
        if begins < ends:
            days += machines * days_between(begins, ends, left_out(now))
    return days


def included_in(history: Sequence[Stretch], terms: Mapping[str, Any], unit: str) -> Fraction:
    now = history[-1]
    if terms.get("each"):
        first, after_last = bounds(history, now, terms.get("per", "period"))
        share_of_window = machine_days(history, terms.get("per", "period")) / (after_last - first).days
        return convert(number(terms, "quantity"), terms["unit"], unit) * share_of_window
    registers = now.registers if yes(terms.get("each_register", False)) else 1
    part = window_part(history, terms.get("per", "period"), terms.get("proration", "calendar_days"))
    return convert(number(terms, "quantity"), terms["unit"], unit) * registers * part


def sums(history: Sequence[Stretch], per: str) -> tuple[Fraction, Fraction]:
    """What is priced of the window: without the last stretch, and with it."""
    unit = unit_of(history[-1])
    quantities = [
        convert(priced_use(history[: place + 1]), unit_of(history[place]), unit)
        for place in range(in_window(history, per), len(history))
    ]
    return sum(quantities[:-1], ZERO), sum(quantities, ZERO)


def labelled(use: Use | None, unit: str, **labels: str) -> Fraction:
    """The sum of the parts that have these labels."""
    if use is None:
        return ZERO
    return sum(
        (convert(quantity, use.unit, unit) for quantity, has in use.parts if labels.items() <= has.items()), ZERO
    )


def difference(before: Priced, after: Priced) -> Priced:
    """What a window costs so far, less what it cost before."""
    places = sorted(set(before) | set(after))
    nothing = (ZERO, ZERO)
    return {
        place: (
            after.get(place, nothing)[0] - before.get(place, nothing)[0],
            after.get(place, nothing)[1] - before.get(place, nothing)[1],
        )
        for place in places
    }


def by_quantity(history: Sequence[Stretch], price: Callable[[dict[str, Any], Fraction], Priced]) -> Priced:
    """A rule over the sum of a window: what all costs so far, less what it cost before, at the prices of now."""
    rule = rule_of(history)
    per = rule.get("per", "period")
    if rule.get("by"):
        return by_group(history, price)
    before, after = sums(history, per)
    earlier = history[in_window(history, per) : -1]
    is_first = all(one.charge["rule"].get("by") and not groups([one], one.charge["rule"]) for one in earlier)
    return difference({} if is_first else price(rule, before), price(rule, after))


def by_group(history: Sequence[Stretch], price: Callable[[dict[str, Any], Fraction], Priced]) -> Priced:
    """Each group of use by itself: what all of it costs so far, less what it cost before."""
    rule = rule_of(history)
    of_window = history[in_window(history, rule.get("per", "period")) :]
    before, after = groups(of_window[:-1], rule), groups(of_window, rule)
    priced: Priced = {}
    for name in groups(of_window[-1:], rule):
        first = int.from_bytes(name.encode()) * 10_000  # a place that no other group moves
        was = price(rule, before[name]) if name in before else {}
        for place, of_part in difference(was, price(rule, after[name])).items():
            priced[first + place] = of_part
    return priced


def groups(stretches: Sequence[Stretch], rule: Mapping[str, Any]) -> dict[str, Fraction]:
    """What each group has used: what rows say of the dimensions, or that they say nothing."""
    sums: dict[str, Fraction] = {}
    for stretch in stretches:
        use = stretch.use
        assert use is not None
        parts = use.parts or (((use.quantity, {}),) if use.quantity else ())
        for quantity, labels in parts:
            name = "; ".join(f"{dimension}: {labels.get(dimension, '')}" for dimension in rule["by"])
            sums[name] = sums.get(name, ZERO) + convert(quantity, use.unit, rule["unit"])
    return sums


# Prices of a period


def fixed_fee(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    places = None if rule.get("share_places") is None else int(rule["share_places"])
    part = stretch_part(history, rule.get("proration", "calendar_days"), places)
    return {0: (part, number(rule, "amount") * part)}


def one_off(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    due = falls_due(history[-1], a_day(rule["on"]))
    return {0: (Fraction(due), number(rule, "amount") * due)}


def falls_due(stretch: Stretch, day: date) -> bool:
    """Whether what is dated a day is billed with a stretch: on that day, or with the contract's first days."""
    return stretch.first <= max(day, stretch.starts) < stretch.after_last


def after_months(schedule: Sequence[Mapping[str, Any]], months: int) -> Fraction:
    reached = [entry for entry in schedule if int(entry["from_month"]) <= months]
    return Fraction(reached[-1]["amount"]) if reached else ZERO


def buy_out(history: Sequence[Stretch]) -> Priced:
    now, rule = history[-1], rule_of(history)
    if rule.get("on") is None or not now.first <= a_day(rule["on"]) < now.after_last:
        return {}
    return {0: (Fraction(1), after_months(rule["schedule"], full_months(now.starts, a_day(rule["on"]))))}


def holdover(history: Sequence[Stretch]) -> Priced:
    now, rule = history[-1], rule_of(history)
    first = max(now.first, a_day(rule["term_ends"]))
    after_last = min(now.after_last, a_day(rule["returned"]) if rule.get("returned") else now.after_last)
    days = Fraction(days_between(first, max(first, after_last), left_out(now)))
    return {0: (days, days * number(rule, "day_rate") * number(rule, "percent", 125) / 100)}


def early_exit(history: Sequence[Stretch]) -> Priced:
    now, rule = history[-1], rule_of(history)
    if rule.get("exits") is None or not now.first < a_day(rule["exits"]) <= now.after_last:
        return {}
    exits = a_day(rule["exits"])
    if exits >= a_day(rule["term_ends"]):  # it is not early
        return {}
    missing = full_months(exits, a_day(rule["term_ends"]))
    if rule.get("months_at_most") is not None:
        missing = min(missing, int(rule["months_at_most"]))
    written_off = after_months(rule["unamortised"], full_months(now.starts, exits))
    return {0: (Fraction(1), written_off), 1: (Fraction(missing), missing * number(rule, "lost_profit_a_month"))}


# Prices of use


def of_fifteen_places(quantity: Fraction) -> Fraction:
    """A quantity has fifteen places, half to even: what is behind them rounds nothing."""
    return Fraction(round(quantity * 10**15), 10**15)


def per_unit(rule: dict[str, Any], quantity: Fraction) -> Priced:
    times = quantity / number(rule, "units", 1)
    times = times if rule.get("places") is None else half_up(of_fifteen_places(times), int(rule["places"]))
    return {0: (times, times * number(rule, "unit_price"))}


def tier_amount(tier: Mapping[str, Any], quantity: Fraction) -> Fraction:
    times = ceil(quantity / Fraction(tier["block"])) if tier.get("block") is not None else quantity
    amount = times * Fraction(tier["unit_price"])
    return amount if tier.get("amount_cap") is None else min(amount, Fraction(tier["amount_cap"]))


def graduated(rule: dict[str, Any], quantity: Fraction) -> Priced:
    """Two parts a tier: its units, and its flat fee."""
    priced: Priced = {}
    lower = ZERO
    quantity = within(rule, rule["tiers"], quantity)
    for place, tier in enumerate(rule["tiers"]):
        upper = quantity if tier.get("up_to") is None else min(quantity, Fraction(tier["up_to"]))
        if place and quantity <= lower:
            break
        priced[2 * place] = (upper - lower, tier_amount(tier, upper - lower))
        if quantity or yes(rule.get("flat_fee_at_zero", True)):
            priced[2 * place + 1] = (Fraction(1), number(tier, "flat_fee"))
        lower = upper if tier.get("up_to") is None else Fraction(tier["up_to"])
    return priced


def reached(steps: Sequence[Mapping[str, Any]], quantity: Fraction) -> int:
    """The place of the step that a quantity reaches; a bound belongs to its step."""
    return next(
        place for place, step in enumerate(steps) if step.get("up_to") is None or quantity <= Fraction(step["up_to"])
    )


def within(rule: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], quantity: Fraction) -> Fraction:
    """How much of a quantity is priced by tiers: of more than the last of them ends with, nothing or all is refused."""
    last = steps[-1].get("up_to")
    if last is None or quantity <= Fraction(last):
        return quantity
    if rule.get("above_last") != "free":
        raise CannotRate(f"{quantity} are above {last}")
    return Fraction(last)


def volume(rule: dict[str, Any], quantity: Fraction) -> Priced:
    quantity = within(rule, rule["tiers"], quantity)
    return at_tier(rule, reached(rule["tiers"], quantity), quantity)


def volume_of_another(history: Sequence[Stretch]) -> Priced:
    """All units at the price of the tier that another quantity of the window reaches."""
    rule = rule_of(history)
    per = rule.get("per", "period")
    start, (before, after) = in_window(history, per), sums(history, per)
    chose = [
        convert(stretch.auxiliary["tier"].quantity or ZERO, stretch.auxiliary["tier"].unit, rule["tier_unit"])
        for stretch in history[start:]
    ]

    def price(quantity: Fraction, chosen_by: Fraction) -> Priced:
        place = reached(rule["tiers"], within(rule, rule["tiers"], chosen_by))
        return at_tier(rule, place, quantity)

    was = price(before, sum(chose[:-1], ZERO)) if len(chose) > 1 else {}
    return difference(was, price(after, sum(chose, ZERO)))


def at_tier(rule: Mapping[str, Any], place: int, quantity: Fraction) -> Priced:
    tier = rule["tiers"][place]
    flat = bool(quantity) or yes(rule.get("flat_fee_at_zero", True))
    return {
        2 * place: (quantity, tier_amount(tier, quantity)),
        2 * place + 1: (Fraction(flat), number(tier, "flat_fee") * flat),
    }


def package(rule: dict[str, Any], quantity: Fraction) -> Priced:
    free, size, first = number(rule, "free_units"), number(rule, "size"), yes(rule.get("round_first", False))
    packages = (quantity if first else max(ZERO, quantity - free)) / size
    begun = rule.get("begun", "up")
    count = Fraction(ceil(packages) if begun == "up" else floor(packages) if begun == "down" else half_up(packages, 0))
    count = max(ZERO, count - free / size) if first else count
    return {0: (count, count * number(rule, "package_price"))}


def stairstep(rule: dict[str, Any], quantity: Fraction) -> Priced:
    due = bool(quantity) or yes(rule.get("at_zero", True))
    place = reached(rule["steps"], within(rule, rule["steps"], quantity) if due else quantity)
    return {place: (Fraction(due), due * Fraction(rule["steps"][place]["amount"]))}


def overtime(rule: dict[str, Any], quantity: Fraction) -> Priced:
    price = number(rule, "fee") / number(rule, "fee_is_for") * number(rule, "factor", 1)
    price = price if rule.get("rate_places") is None else half_up(price, int(rule["rate_places"]))
    beyond = max(ZERO, quantity - number(rule, "included", rule["fee_is_for"]))
    return {0: (beyond, beyond * price)}


def shift(rule: dict[str, Any], quantity: Fraction) -> Priced:
    factor = Fraction(rule["steps"][reached(rule["steps"], within(rule, rule["steps"], quantity))]["factor"])
    return {0: (factor, number(rule, "fee") * factor)}


def severity(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    per = rule.get("reset", "half_year")
    ratio = number(rule, "agreed_ratio")
    start = in_window(history, per)
    while start:  # the last window before this one that had cycles
        earlier = history[:start]
        start = in_window(earlier, per)
        hours = sum((used(stretch) for stretch in earlier[start:]), ZERO)
        cycles = sum((stretch.auxiliary["cycles"].quantity or ZERO for stretch in earlier[start:]), ZERO)
        if cycles:
            ratio = half_up(hours / cycles, int(rule.get("ratio_places", 2)))
            break
    factor = [step for step in rule["table"] if Fraction(step["from_ratio"]) <= ratio][-1]["factor"]
    quantity = priced_use(history)
    return {0: (quantity, quantity * number(rule, "unit_price") * Fraction(factor))}


def age(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    months = full_months(a_day(rule["in_service"]), period_first(history, history[-1]))
    band = next(
        band for band in rule["bands"] if band.get("up_to_months") is None or months < int(band["up_to_months"])
    )
    quantity = priced_use(history)
    return {0: (quantity, quantity * Fraction(band["unit_price"]))}


def time_of_use(history: Sequence[Stretch]) -> Priced:
    rule, use = rule_of(history), history[-1].use
    calendar = rule["calendar"]
    names = list(dict.fromkeys([*(band["name"] for band in calendar["bands"]), calendar["otherwise"]]))
    quantities = [labelled(use, rule["unit"], band=name) for name in names]
    return {
        place: (q, q * Fraction(rule["unit_prices"][name]))
        for place, (name, q) in enumerate(zip(names, quantities, strict=True))
    }


def matrix(history: Sequence[Stretch]) -> Priced:
    rule, use = rule_of(history), history[-1].use
    priced: Priced = {}
    for quantity, labels in use.parts if use else ():
        units = convert(quantity, use.unit, rule["unit"]) if use else ZERO
        fitting = [place for place, entry in enumerate(rule["entries"]) if entry["when"].items() <= labels.items()]
        if fitting:
            place = max(fitting, key=lambda place: len(rule["entries"][place]["when"]))
            price = Fraction(rule["entries"][place]["unit_price"])
        elif rule.get("otherwise") is not None:
            place, price = len(rule["entries"]), Fraction(rule["otherwise"])
        else:
            raise CannotRate(f"no entry covers {labels}")
        before = priced.get(place, (ZERO, ZERO))
        priced[place] = (before[0] + units, before[1] + units * price)
    return priced


def percentage(history: Sequence[Stretch]) -> Priced:
    rule, start = rule_of(history), in_window(history, "period")
    events = [[quantity for quantity, _ in stretch.use.parts] for stretch in history[start:] if stretch.use]
    before = [amount for amounts in events[:-1] for amount in amounts]
    return difference(percentages(rule, before) if events[:-1] else {}, percentages(rule, [*before, *events[-1]]))


def percentages(rule: dict[str, Any], events: Sequence[Fraction]) -> Priced:
    charged: list[Fraction] = []
    free_events, free_amount = rule.get("free_events"), rule.get("free_amount")
    free_left = free_amount is not None or free_events is not None
    sum_free = ZERO
    for place, amount in enumerate(events):
        if free_left and free_events is not None and place >= int(free_events):
            free_left = False
        if free_left and free_amount is not None and sum_free + amount > Fraction(free_amount):
            free_left = False
            charged.append(amount - (Fraction(free_amount) - sum_free))
            continue
        if free_left:
            sum_free += amount
        else:
            charged.append(amount)
    fees = len(charged) * number(rule, "fee_per_event")
    if rule.get("tiers"):
        tiers = [
            {
                "unit_price": Fraction(tier["percent"]) / 100,
                "up_to": tier.get("up_to"),
                "flat_fee": tier.get("flat_fee", 0),
            }
            for tier in rule["tiers"]
        ]
        return {
            **graduated(rule | {"tiers": tiers, "flat_fee_at_zero": True}, sum(charged, ZERO)),
            100: (Fraction(len(charged)), fees),
        }
    total = ZERO
    for amount in charged:
        cost = amount * number(rule, "percent") / 100
        cost = cost if rule.get("minimum") is None else max(cost, Fraction(rule["minimum"]))
        total += cost if rule.get("maximum") is None else min(cost, Fraction(rule["maximum"]))
    return {0: (sum(charged, ZERO), total), 100: (Fraction(len(charged)), fees)}


def pass_through(history: Sequence[Stretch]) -> Priced:
    rule, start = rule_of(history), in_window(history, "period")

    def cost(stretches: Sequence[Stretch]) -> Priced:
        spent = sum((stretch.use.quantity or ZERO for stretch in stretches if stretch.use), ZERO)
        amount = spent * (100 + number(rule, "markup_percent")) / 100
        return {0: (spent, amount if rule.get("at_most") is None else min(amount, Fraction(rule["at_most"])))}

    return difference(cost(history[start:-1]), cost(history[start:]))


def service_events(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    start = in_window(history, rule.get("per", "year"))
    known = {coverage["service"] for coverage in rule["coverage"]}
    if unknown := {labels.get("service") for _, labels in history[-1].use.parts if history[-1].use} - known:  # type: ignore[union-attr]
        raise CannotRate(f"no coverage of {unknown}")

    def cost(stretches: Sequence[Stretch]) -> Priced:
        priced: Priced = {}
        for place, coverage in enumerate(rule["coverage"]):
            given = sum((labelled(stretch.use, "each", service=coverage["service"]) for stretch in stretches), ZERO)
            beyond = max(ZERO, given - Fraction(coverage["covered"])) if coverage.get("covered") is not None else ZERO
            priced[place] = (beyond, beyond * number(coverage, "unit_price"))
        return priced

    return difference(cost(history[start:-1]), cost(history[start:]))


def of_each_window(history: Sequence[Stretch]) -> Priced:
    """The peaks of the days, weeks or months of the last stretch, each for the part of its window that is billed."""
    now, rule = history[-1], rule_of(history)
    per, band = EACH[rule["peak"]], rule.get("band")
    days = [now.first + timedelta(number) for number in range((now.after_last - now.first).days)]
    windows: dict[tuple[date, date], list[date]] = {}
    for day in days:
        if days_between(day, day + timedelta(1), left_out(now)):
            whole = (day, day + timedelta(1)) if per == "day" else window(day, per, billing_of(now), now.starts)
            windows.setdefault(whole, []).append(day)
    total_of = ZERO
    for (first, after_last), inside in windows.items():
        peak = number(rule, "minimum")
        for power, labels in now.use.parts if now.use else ():
            if date.fromisoformat(labels["day"]) in inside and band in (None, labels.get("band")):
                peak = max(peak, convert(power, now.use.unit, rule["unit"]))  # type: ignore[union-attr]
        part = share(len(inside), (after_last - first).days, rule.get("proration", "calendar_days"))
        total_of += peak * part
    return {0: (total_of, total_of * number(rule, "unit_price"))}


def billing_of(stretch: Stretch) -> Mapping[str, Any]:
    return stretch.document.get("billing") or {}


def by_day(history: Sequence[Stretch], price: Callable[[dict[str, Any], Fraction], Priced]) -> Priced:
    """The quantity of every day by itself, each in full or for its share of the period."""
    now, rule = history[-1], rule_of(history)
    priced: Priced = {}
    for number_of in range((now.after_last - now.first).days):
        day = now.first + timedelta(number_of)
        if not days_between(day, day + timedelta(1), left_out(now)):
            continue
        level = labelled(now.use, rule["unit"], day=day.isoformat())
        for place, (quantity, amount) in price(rule, level).items():
            before = priced.get(place, (ZERO, ZERO))
            priced[place] = (before[0] + quantity, before[1] + amount)
    whole = (now.whole_after_last - now.whole_first).days if rule["each_day"] == "share" else 1
    return {place: (quantity / whole, amount / whole) for place, (quantity, amount) in priced.items()}


def demand(history: Sequence[Stretch]) -> Priced:
    """Part 0: this period; part 1: earlier periods of the year, for which a higher peak is billed too."""
    rule = rule_of(history)
    if rule.get("peak", "own") in EACH:
        return of_each_window(history)
    unit, price = rule["unit"], number(rule, "unit_price")
    proration = rule.get("proration", "calendar_days")
    by_period: dict[tuple[date, date], list[Stretch]] = {}
    for stretch in history:
        by_period.setdefault(period(stretch), []).append(stretch)
    start = in_window(history, "period")
    last = list(history[start:])

    def peak(stretches: Sequence[Stretch]) -> Fraction:
        """The highest, each as the terms of its days measured it."""
        return max(
            (convert(used(stretch), unit_of(stretch), unit) * raised(stretch) for stretch in stretches), default=ZERO
        )

    def floor_of(whole: tuple[date, date]) -> Fraction:
        least = number(rule, "minimum")
        if rule.get("ratchet"):
            ratchet = rule["ratchet"]
            known = last_in_a_row(history, lambda one: bool(rule_of([one]).get("ratchet")))  # others remember no peak
            kept = {other: [one for one in known if period(one) == other] for other in by_period}
            earlier = [found for other, found in kept.items() if found and other < whole]
            earlier = earlier[-int(ratchet.get("periods", 11)) :]
            least = max([least, *(peak(stretches) * Fraction(ratchet["percent"]) / 100 for stretches in earlier)])
        return least

    def parts(stretches: Sequence[Stretch]) -> Fraction:
        return sum((stretch_part(history, proration, at=stretch) for stretch in stretches), ZERO)

    here = period(history[-1])
    if rule.get("peak", "own") == "own":
        high, before = (max(peak(some), floor_of(here)) for some in (last, last[:-1]))
        more = (high - before) * price * parts(last[:-1])
        return {0: (high, high * price * parts(last[-1:])), 2: (high - before, more)}
    year = bounds(history, history[-1], "year")
    by_year = last_in_a_row(history, lambda one: rule_of([one]).get("peak") == "year")  # others know of no year
    of_year = [stretch for stretch in by_year if bounds(history, stretch, "year") == year]

    def least(stretch: Stretch) -> Fraction:
        """The minimum that a period had itself, in the unit of now."""
        return convert(number(rule_of([stretch]), "minimum"), unit_of(stretch), unit)

    high, before = peak(of_year), peak(of_year[:-1])
    now = max(high, least(history[-1]))
    more = ZERO
    for one in of_year[:-1]:
        part = stretch_part(history, rule_of([one]).get("proration", "calendar_days"), at=one)
        more += (max(high, least(one)) - max(before, least(one))) * part
    return {0: (now, now * price * stretch_part(history, proration)), 1: (more, more * price)}


def last_in_a_row(history: Sequence[Stretch], holds: Callable[[Stretch], bool]) -> list[Stretch]:
    """The stretches at the end of which something holds, back to the last one of which it does not."""
    return list(reversed(list(takewhile(holds, reversed(history)))))


def raised(stretch: Stretch) -> Fraction:
    """By how much a demand is raised for its power factor."""
    rule = rule_of([stretch])
    if not rule.get("power_factor"):
        return Fraction(1)
    terms = rule["power_factor"]
    active, reactive = (stretch.auxiliary[name].quantity or ZERO for name in ("active", "reactive"))
    if not active and not reactive:
        return Fraction(1)
    places = int(terms.get("places", 4))
    squared = active**2 / (active**2 + reactive**2)  # of the factor, which is the nearest number of so many places
    factor = Fraction((isqrt(floor(4 * 10 ** (2 * places) * squared)) + 1) // 2, 10**places)
    at_least = number(terms, "at_least", "0.9")
    if factor >= at_least:
        return Fraction(1)
    if not factor:
        raise CannotRate("the power factor is zero")
    return at_least / factor


# Commitments


def commitment(history: Sequence[Stretch]) -> Priced:
    """Parts: 0 up to the first commitment, 1 above it, from 2 on what is missing to each commitment.

    Commitments of an amount are counted in money: what was used is worth its price at the time.
    """
    rule = rule_of(history)
    over = number(rule, "overage_factor", 1)
    committed = rule["committed"]
    if yes(rule.get("each_hour", False)):
        return each_hour(history, rule)
    price = Fraction(1) if in_money(rule) else number(rule, "unit_price")
    limit = committed_in(history, 0)
    start = in_window(history, committed[0].get("per", "period"))
    after = worth(history, start, unit_of(history[-1]))
    before = worth(history[:-1], start, unit_of(history[-1])) if start < len(history) - 1 else ZERO
    cost: list[Priced] = [
        {
            0: (min(used, limit), min(used, limit) * price),
            1: (max(ZERO, used - limit), max(ZERO, used - limit) * price * over),
        }
        for used in (before, after)
    ]
    priced = difference(*cost)
    for place in range(len(committed)):
        missing = missing_to(history, place)
        priced[2 + place] = (missing, missing * price)
    return priced


def worth(history: Sequence[Stretch], start: int, unit: str) -> Fraction:
    """What was used from a place in the history on: a quantity in a unit, or money at the prices of the time."""
    total_of = ZERO
    for end in range(start + 1, len(history) + 1):
        rule, quantity = rule_of(history[:end]), priced_use(history[:end])
        if in_money(rule):
            total_of += quantity * number(rule, "unit_price")
        else:
            total_of += convert(quantity, unit_of(history[end - 1]), unit)
    return total_of


def committed_in(history: Sequence[Stretch], place: int) -> Fraction:
    """A commitment of the last stretch's window."""
    terms = rule_of(history)["committed"][place]
    per = terms.get("per", "period")
    if terms.get("capacity"):
        return capacity(history, terms["capacity"], per)
    whole = number(terms, "quantity" if terms.get("quantity") is not None else "amount")
    return whole * window_part(history, per, terms.get("proration", "calendar_days"))


def missing_to(history: Sequence[Stretch], place: int) -> Fraction:
    """What is billed as missing to a commitment when its window ends: less what shorter windows made up."""
    committed = rule_of(history)["committed"]
    per = committed[place].get("per", "period")
    if committed[place].get("true_up") in (False, "false") or not closes(history, per):
        return ZERO
    start, unit = in_window(history, per), unit_of(history[-1])
    made_up = sum((made_up_in(history[:end], per, unit) for end in range(start + 1, len(history) + 1)), ZERO)
    return max(ZERO, committed_in(history, place) - worth(history, start, unit) - made_up)


def made_up_in(history: Sequence[Stretch], per: str, unit: str) -> Fraction:
    """What the last stretch makes up for commitments of shorter windows than one, by the terms of its days."""
    rule, own_unit, made_up = rule_of(history), unit_of(history[-1]), ZERO
    for place, terms in enumerate(rule["committed"]):
        if LENGTHS.index(terms.get("per", "period")) < LENGTHS.index(per):
            missing = missing_to(history, place)
            made_up += missing if in_money(rule) else convert(missing, own_unit, unit)
    return made_up


def capacity(history: Sequence[Stretch], terms: Mapping[str, Any], per: str) -> Fraction:
    now = history[-1]
    first, after_last = bounds(history, now, per)
    first = max(first, now.starts)
    after_last = min(after_last, now.ends or after_last)
    if per == "period":
        first, after_last = max(first, sums_from(history)), min(after_last, now.sums_until or after_last)
    if terms.get("in_service") is not None:
        first = max(first, a_day(terms["in_service"]))
    if terms.get("years") is not None:
        begin = a_day(terms["in_service"]) if terms.get("in_service") is not None else first
        after_last = min(after_last, add_years(begin, int(terms["years"])))
    days = days_between(first, max(first, after_last), left_out(now))
    return number(terms, "a_day") * days * number(terms, "percent", 100) / 100


def add_years(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def each_hour(history: Sequence[Stretch], rule: Mapping[str, Any]) -> Priced:
    """Every hour by itself; the parts of the use are hours."""
    now, price, over, terms = (
        history[-1],
        number(rule, "unit_price"),
        number(rule, "overage_factor", 1),
        rule["committed"][0],
    )
    limit = number(terms, "quantity") if terms.get("quantity") is not None else number(terms, "amount") / price
    hours = [convert(quantity, now.use.unit, rule["unit"]) for quantity, _ in now.use.parts] if now.use else []
    within, beyond = (
        sum((min(hour, limit) for hour in hours), ZERO),
        sum((max(ZERO, hour - limit) for hour in hours), ZERO),
    )
    priced = {0: (within, within * price), 1: (beyond, beyond * price * over)}
    if terms.get("true_up") not in (False, "false"):
        missing = sum((max(ZERO, limit - hour) for hour in hours), ZERO)
        priced[2] = (missing, missing * price)
    return priced


@dataclass
class Lot:
    """What a window has left for later ones: use that was paid and not taken, or taken beyond the obligation."""

    window: int
    quantity: Fraction
    price: Fraction


def draw(lots: Sequence[Lot], wanted: Fraction) -> tuple[Fraction, Fraction]:
    """Take a quantity from lots, the oldest first: how much they had, and what was paid for it."""
    drawn = worth = ZERO
    for lot in lots:
        part = min(lot.quantity, wanted - drawn)
        lot.quantity -= part
        drawn, worth = drawn + part, worth + part * lot.price
    return drawn, worth


def take_or_pay(history: Sequence[Stretch]) -> Priced:
    """Parts: 0 taken; when the year ends, 1 not taken, 2 made up, 3 beyond the band, at what is dearer there."""
    rule = rule_of(history)
    per = rule.get("per", "year")
    a_year = 12 // MONTHS[per]
    not_taken: list[Lot] = []
    ahead: list[Lot] = []
    lines: Priced = {}
    number_of = -1
    for end in range(1, len(history) + 1):
        known = history[:end]
        number_of += in_window(known, per) == end - 1
        if not closes(known, per):
            continue
        terms = rule_of(known)
        price, taken = number(terms, "unit_price"), sums(known, per)[1]
        ramp, year = [Fraction(percent) / 100 for percent in terms.get("ramp") or ()], number_of // a_year
        annual = number(terms, "annual_quantity") * (ramp[year] if year < len(ramp) else 1)
        annual *= window_part(known, per, terms.get("proration", "calendar_days"))
        owed = annual * number(terms, "take_percent") / 100
        make_up, carry = (int(terms.get(name) or 0) * a_year for name in ("make_up_years", "carry_forward_years"))
        lowered, _ = draw([lot for lot in ahead if lot.window + carry >= number_of], max(ZERO, owed - taken))
        missing, over = max(ZERO, owed - taken - lowered), max(ZERO, taken - owed)
        made_up, worth = draw([lot for lot in not_taken if lot.window + make_up >= number_of], over)
        lines = {1: (missing, missing * price), 2: (made_up, -worth)}
        if terms.get("excess_percent") is not None:
            beyond = max(ZERO, taken - annual * number(terms, "excess_percent") / 100)
            lines[3] = (beyond, beyond * (number(terms, "excess_unit_price", price) - price))
        not_taken.append(
            Lot(number_of, bounded(missing, not_taken, terms.get("make_up_most"), number_of - make_up), price)
        )
        more = bounded(over - made_up, ahead, terms.get("carry_forward_most"), number_of - carry)
        ahead.append(Lot(number_of, more, price))
    quantity = priced_use(history)
    return {0: (quantity, quantity * number(rule, "unit_price"))} | (lines if closes(history, per) else {})


def bounded(quantity: Fraction, lots: Sequence["Lot"], most: str | None, dead: int) -> Fraction:
    """What of a new lot is kept, where only so much is, beside the lots that a later window may use."""
    if most is None:
        return quantity
    return min(quantity, max(ZERO, Fraction(most) - sum((lot.quantity for lot in lots if lot.window > dead), ZERO)))


def prepaid(history: Sequence[Stretch]) -> list[RatedLine]:
    """Lines: 0 use that no block of units covers, then what each block of money pays of it, and blocks that are bought."""
    # Of blocks that were drawn on or could have been: what is left of them stays, whatever size a later version states.
    left: dict[str, Fraction] = {}
    lines: list[RatedLine] = []
    of_money: set[str] = set()
    for place, now in enumerate(history):
        rule = rule_of(history[: place + 1])
        price, rest = number(rule, "unit_price"), priced_use(history[: place + 1])
        first, after_last = period_first(history, now), now.after_last
        usable = [
            block
            for block in rule["blocks"]
            if a_day(block["bought"]) < after_last and (block.get("expires") is None or first < a_day(block["expires"]))
        ]
        usable.sort(
            key=lambda block: (
                int(block.get("priority", 0)),
                a_day(block["expires"]) if block.get("expires") else date.max,
                a_day(block["bought"]),
            )
        )
        if place and unit_of(now) != unit_of(history[place - 1]):
            left = {
                name: rest_of if name in of_money else convert(rest_of, unit_of(history[place - 1]), unit_of(now))
                for name, rest_of in left.items()
            }
        of_money = {block["name"] for block in rule["blocks"] if block.get("units") is None}
        charged = ZERO
        paid: list[RatedLine] = []
        for block in usable:
            if block.get("units") is not None:
                has = left.get(block["name"], Fraction(block["units"]))
                part = min(rest, has)
                left[block["name"]] = has - part
            else:
                has = left.get(block["name"], Fraction(block["amount"]))
                part = min(rest, has / price) if price else rest
                left[block["name"]] = has - part * price
                charged += part
                paid.append(RatedLine(1 + rule["blocks"].index(block), -part * price, "deposit"))
            rest -= part
        charged += rest
        lines = [RatedLine(0, charged * price, "consideration", quantity=charged), *paid]
        for number_of, block in enumerate(rule["blocks"]):
            gone = block.get("expires") is not None and a_day(block["expires"]) <= now.starts
            if falls_due(now, a_day(block["bought"])) and not (gone and a_day(block["bought"]) < now.starts):
                cost = block["cost"] if block.get("cost") is not None else block.get("amount") or 0
                nature = "consideration" if block.get("units") is not None else "deposit"
                lines.append(RatedLine(1001 + number_of, Fraction(cost), nature))
    return lines


# Over the amounts of other charges


def total(stretches: Sequence[Stretch]) -> Fraction:
    return sum((amount for stretch in stretches for amount in stretch.amounts.values()), ZERO)


def percentage_of(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    amount = total(history[-1:])
    return {0: (amount, amount * number(rule, "percent") / 100)}


def minimum_spend(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    per = rule.get("per", "period")
    if not closes(history, per):
        return {}
    stretches = history[in_window(history, per) :]
    least = number(rule, "amount") * window_part(history, per, rule.get("proration", "calendar_days"))
    if rule.get("lowered_by"):
        names = set(rule["lowered_by"])
        states = [
            part
            for stretch in stretches
            for part in (stretch.auxiliary["states"].parts if "states" in stretch.auxiliary else ())
        ]
        known = sum((hours for hours, _ in states), ZERO)
        down = sum((hours for hours, labels in states if {labels.get("state"), labels.get("cause")} & names), ZERO)
        least *= 1 - down / known if known else 1
    missing = max(ZERO, least - total(stretches))
    return {0: (Fraction(1), missing)}


def maximum_spend(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    per = rule.get("per", "period")
    most = number(rule, "amount") * window_part(history, per, rule.get("proration", "calendar_days"))
    stretches = history[in_window(history, per) :]
    beyond = [max(ZERO, total(some) - most) for some in (stretches[:-1], stretches)]
    return {0: (Fraction(1), beyond[0] - beyond[1])}


def time_of_states(stretches: Sequence[Stretch], downtime: Mapping[str, Any]) -> tuple[Fraction, Fraction]:
    """Known hours and hours down, without what is excused; hours count by the terms that were in force on them."""
    known = down = ZERO
    for stretch in stretches:
        downtime, use = rule_of([stretch]).get("downtime", downtime), stretch.auxiliary["states"]
        for quantity, labels in use.parts:
            hours = convert(quantity, use.unit, "h")
            is_down = labels.get("state") in downtime["states"]
            excused = is_down and labels.get("cause") in (downtime.get("excused") or ())
            if excused and downtime.get("excused_as") == "left_out":
                continue
            known += hours
            down += hours if is_down and not excused else ZERO
    return known, down


def available(stretches: Sequence[Stretch], downtime: Mapping[str, Any]) -> Fraction:
    known, down = time_of_states(stretches, downtime)
    if not known:
        raise CannotRate("no state is known")
    return half_up((known - down) / known * 100, int(downtime.get("places", 4)))


def malus_percent(malus: Mapping[str, Any], percent: Fraction) -> Fraction:
    if malus["kind"] == "linear":
        if malus.get("nothing_below") is not None and percent < Fraction(malus["nothing_below"]):
            return HUNDRED
        return min(HUNDRED, max(ZERO, Fraction(malus["guarantee"]) - percent) * Fraction(malus["factor"]))
    off, step = ZERO, number(malus, "step", "0.1")
    marks = malus["bands"]
    for place, band in enumerate(marks):
        lower = Fraction(marks[place + 1]["below"]) if place + 1 < len(marks) else ZERO
        steps = max(ZERO, Fraction(band["below"]) - max(percent, lower)) / step
        part = malus.get("part_of_step", "full")
        steps = Fraction(ceil(steps) if part == "full" else floor(steps) if part == "none" else steps)
        off += steps * Fraction(band["percent"])
    return min(HUNDRED, off)


def availability(history: Sequence[Stretch]) -> list[RatedLine]:
    rule = rule_of(history)
    per = rule.get("per", "period")
    if not closes(history, per):
        return []
    stretches = history[in_window(history, per) :]
    percent = available(stretches, rule["downtime"])
    lines = []
    if rule.get("malus"):
        off = malus_percent(rule["malus"], percent)
        if rule.get("at_most_percent") is not None:
            off = min(off, Fraction(rule["at_most_percent"]))
        lines.append(RatedLine(0, -off * max(ZERO, total(stretches)) / 100, "price_reduction", quantity=off))
    if rule.get("bonus"):
        bonus = rule["bonus"]
        points = max(ZERO, percent - Fraction(bonus["above"])) / (100 if bonus.get("per") == "fraction" else 1)
        amount = points * Fraction(bonus["amount"])
        amount = amount if bonus.get("at_most") is None else min(amount, Fraction(bonus["at_most"]))
        lines.append(RatedLine(1, amount, "consideration", quantity=points))
    return lines


def lost_yield(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    per = rule.get("per", "year")
    if not closes(history, per):
        return {}
    percent = available(history[in_window(history, per) :], rule["downtime"])
    made, guarantee = sums(history, per)[1], number(rule, "guarantee")
    if percent >= guarantee:
        return {}
    if not percent:
        raise CannotRate("nothing was available")
    lost = made * guarantee / percent - made
    return {0: (lost, -lost * number(rule, "unit_price"))}


def downtime_damages(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    per = rule.get("per", "year")
    allowed = number(rule, "allowed_days") * window_part(history, per, rule.get("proration", "calendar_days"))
    a_day_more = number(rule, "a_day") / number(rule, "divisor", 1)
    for factor in rule.get("factors") or ():
        a_day_more *= Fraction(factor)

    def damages(stretches: Sequence[Stretch]) -> Priced:
        days = time_of_states(stretches, rule["downtime"])[1] / number(rule, "hours_a_day", 24)
        beyond = max(ZERO, days - allowed)
        amount = beyond * a_day_more
        return {0: (beyond, -(amount if rule.get("at_most") is None else min(amount, Fraction(rule["at_most"]))))}

    stretches = history[in_window(history, per) :]
    return difference(damages(stretches[:-1]), damages(stretches))


def deduction(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    charge, most = number(rule, "unitary_charge"), number(rule, "at_most", rule["unitary_charge"])
    repeated = rule.get("repeated")

    def cost(stretches: Sequence[Stretch]) -> Priced:
        seen: dict[str, int] = {}
        weights: dict[str, Fraction] = {}
        for stretch in stretches:
            for quantity, labels in stretch.use.parts if stretch.use else ():
                zone, category = labels.get("zone", ""), labels.get("category", "")
                if zone not in rule["zones"] or category not in rule["categories"]:
                    raise CannotRate(f"no weight of {zone} and {category}")
                seen[zone] = seen.get(zone, 0) + 1
                weight = quantity * Fraction(rule["zones"][zone]) * Fraction(rule["categories"][category])
                if repeated and seen[zone] >= int(repeated["from_event"]):
                    weight *= Fraction(repeated["factor"])
                weights[zone] = weights.get(zone, ZERO) + weight
        priced: Priced = {}
        left = most
        for place, zone in enumerate(sorted(rule["zones"])):
            off = min(left, charge * weights.get(zone, ZERO) / int(rule["operating_periods"]))
            priced[place], left = (Fraction(seen.get(zone, 0)), -off), left - off
        return priced

    stretches = history[in_window(history, "period") :]
    return difference(cost(stretches[:-1]), cost(stretches))


def discount(history: Sequence[Stretch]) -> list[RatedLine]:
    """A line for every charge: a percentage of it, or its share of an amount."""
    now, rule = history[-1], rule_of(history)
    first = a_day(rule["first"]) if rule.get("first") is not None else now.starts
    after_last = a_day(rule["after_last"]) if rule.get("after_last") is not None else date.max
    if not first <= period_first(history, now) < after_last:
        return []
    rests = {(name, kind): rest for name, kinds in now.rests.items() for kind, rest in kinds.items() if rest[0] > 0}
    if rule.get("percent") is not None:
        off = {key: min(left, base * Fraction(rule["percent"]) / 100) for key, (left, base) in rests.items()}
    else:
        due = number(rule, "amount") * stretch_part(history, rule.get("proration", "calendar_days"))
        there = sum((left for left, _ in rests.values()), ZERO)
        off = {key: min(due, there) * left / there for key, (left, _) in rests.items()}
    return [
        RatedLine(place, -amount, "price_reduction" if kind == "price" else kind, of=name)
        for place, ((name, kind), amount) in enumerate(off.items())
    ]


def drawdown(history: Sequence[Stretch]) -> list[RatedLine]:
    """A line for every charge that something is set against, and one for what is given back at the end."""
    return drawn(history)[0]


def drawn(history: Sequence[Stretch]) -> tuple[list[RatedLine], Fraction | None]:
    """What the last days draw, and what is then left; None before it is claimed. The amounts are what is billed."""
    left: Fraction | None = None
    amount, claimed = ZERO, date.min
    lines: list[RatedLine] = []
    for place, now in enumerate(history):
        rule, lines = now.charge["rule"], []
        if a_day(rule["claimed"]) >= now.after_last:
            continue
        if left and claimed != a_day(rule["claimed"]):
            raise CannotRate(f"{left} are left of what was claimed on {claimed}")
        if not left and claimed != a_day(rule["claimed"]):  # another claim
            left, amount = None, ZERO
        left = (ZERO if left is None else left) + number(rule, "amount") - amount
        if left < 0:
            raise CannotRate(f"{-left} more are drawn than were claimed")
        amount, claimed = number(rule, "amount"), a_day(rule["claimed"])
        rest = min(left, max(ZERO, sum(now.amounts.values(), ZERO)))
        for part, (name, owed) in enumerate(now.amounts.items()):
            off = min(rest, max(ZERO, owed))
            if off:
                lines.append(RatedLine(part, -off, "prepayment", of=name))
                rest, left = rest - off, left - off
        if left and closes(history[: place + 1], "contract"):
            lines.append(RatedLine(1000, -left, "prepayment"))
            left = ZERO
    return lines, left


QUANTITIES: dict[str, Callable[[dict[str, Any], Fraction], Priced]] = {
    "per_unit": per_unit,
    "graduated": graduated,
    "volume": volume,
    "package": package,
    "stairstep": stairstep,
    "overtime": overtime,
    "shift": shift,
}
STRETCHES: dict[str, Callable[[Sequence[Stretch]], Priced | list[RatedLine]]] = {
    "fixed_fee": fixed_fee,
    "percentage": percentage,
    "percentage_of": percentage_of,
    "matrix": matrix,
    "time_of_use": time_of_use,
    "demand": demand,
    "commitment": commitment,
    "take_or_pay": take_or_pay,
    "prepaid": prepaid,
    "minimum_spend": minimum_spend,
    "maximum_spend": maximum_spend,
    "availability": availability,
    "lost_yield": lost_yield,
    "downtime_damages": downtime_damages,
    "deduction": deduction,
    "severity": severity,
    "age": age,
    "one_off": one_off,
    "buy_out": buy_out,
    "holdover": holdover,
    "early_exit": early_exit,
    "service_events": service_events,
    "discount": discount,
    "drawdown": drawdown,
    "pass_through": pass_through,
}


def adds_up_alike(earlier: str, kind: str) -> bool:
    """Whether a rule goes on from another one under its name: all over a quantity do, any other begins anew."""
    return earlier == kind or {earlier, kind} <= PRICED_BY_DAYS


def rate(history: Sequence[Stretch]) -> list[RatedLine]:
    """The lines of the last stretch; `history` has the charge's stretches since the contract's start, in order.

    Raises:
        CannotRate: what the price needs is not there.
    """
    now = history[-1]
    kind = now.charge["rule"]["kind"]
    first = len(history)
    while first and adds_up_alike(history[first - 1].charge["rule"]["kind"], kind):
        first -= 1
    history = history[first:]
    from tests.lives.oracle import savings_rules  # it needs the windows above

    if now.charge["rule"].get("each_day"):
        lines: Priced | list[RatedLine] = by_day(history, QUANTITIES[kind])
    elif kind == "volume" and now.charge["rule"].get("tier_unit"):
        lines = volume_of_another(history)
    elif kind in QUANTITIES:
        lines = by_quantity(history, QUANTITIES[kind])
    elif kind in STRETCHES:
        lines = STRETCHES[kind](history)
    else:
        lines = getattr(savings_rules, kind)(history)
    if isinstance(lines, dict):
        nature = NATURES.get(kind, "consideration")
        lines = [
            RatedLine(part, amount, nature, quantity=quantity, zero=not quantity)
            for part, (quantity, amount) in sorted(lines.items())
        ]
    from tests.lives.oracle.kinds import PRICE, kind_seen  # it needs the lines above

    stated, over = now.charge.get("nature"), PRICE
    if over_amounts(now.charge) and kind not in ("percentage_of", "drawdown"):
        over = kind_seen(now.document, now.charge)

    def natured(line: RatedLine) -> RatedLine:
        if line.of and line.nature in ("damages", "deposit"):
            return line
        return replace(line, nature=stated or (line.nature if over == PRICE else over))

    return [natured(line) for line in lines]
