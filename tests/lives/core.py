"""Lives without a database: random contracts with random uses, rated period by period by the product and by the oracle.

The product carries what each charge closes with; the oracle has every stretch since the start. A life is plain values, made
from a seed alone, so that a failure has one seed, and `smaller` leaves out of a failing life what does not matter.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import groupby, islice, pairwise
from typing import Any

from billing.counting.assembly import BilledUsage
from billing.invoices.invoice import Line
from billing.rating.rating import Rating, rate_segments
from billing.rating.segments import billed_elsewhere, segments
from billing.tax.decision import Decision
from billing.tax.tax import Tax, TaxCategory
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue
from contracts.rated_usage import Usage
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.usage.measure import Part
from quantities.errors import UsufructError
from tests.lives import charges as drawn
from tests.lives import on_account as by_machine
from tests.lives.charges import Place
from tests.lives.choices import Choices, Dice, number
from tests.lives.oracle import dividing, on_account, rules
from tests.lives.oracle.indexing import CannotRate
from tests.lives.oracle.kinds import charge_of
from tests.lives.oracle.last_place import SoFar, nets
from tests.lives.oracle.natures import Billed, Ledger, besides, net_prices
from tests.lives.oracle.owed import in_order, machines_of, mode_of
from tests.lives.oracle.rules import RatedLine, Stretch, Use
from tests.lives.oracle.windows import add_months

TAX = Decision(Tax(TaxCategory.STANDARD, Decimal(19)), "", "")
INDICES = ("CPI", "steel")
RECORDED = datetime(2025, 1, 1, tzinfo=UTC)
#: Quotients have some thirty digits in the product and all in the oracle: on the edge of rounding it may go either way.
EDGE = Fraction(1, 10**12)

#: What was used: by the first day of a stretch and the name of the use, a quantity, its unit, and parts with labels.
Told = dict[tuple[date, str], tuple[str, str, list[tuple[str, dict[str, str]]]]]


@dataclass(frozen=True)
class Repertoire:
    """Which lives are drawn.

    Attributes:
        kinds: of rules.
        inside: whether amendments may come into force within a billing period; else at its first day only.
        amendments: what an amendment may do: neutral, prices, settings, add, drop; terms, unit and rule, of which a charge
            may carry on what it cannot, the last under its name or a new one.
        suspensions: whether there are some.
        indices: whether prices move.
        included: whether charges have included quantities.
        restarts: whether sums over a period may begin again at a change.
        periods: how many are rated at most.
        pools: whether there are pools by machine, of machines that come and go, and instalments.
        listed: whether combinations are drawn of which it is known that product and specification differ.
    """

    kinds: tuple[str, ...] = drawn.KINDS
    inside: bool = True
    amendments: tuple[str, ...] = ("neutral", "prices", "settings", "add", "drop")
    suspensions: bool = True
    indices: bool = True
    included: bool = True
    restarts: bool = True
    periods: int = 14
    listed: bool = False
    pools: bool = False


@dataclass(frozen=True)
class Life:
    """A contract's versions, what was used, and the values of the indices.

    Attributes:
        versions: whole documents, each in force from its day on; the first from the start.
        used: by day and name of use.
        values: of indices, by index and month.
        periods: how many periods are rated.
    """

    versions: tuple[dict[str, Any], ...]
    used: Told
    values: dict[tuple[str, str], Decimal]
    periods: int


@dataclass(frozen=True)
class Off:
    """Where both differ.

    Attributes:
        first: of the stretch.
        charge: its name.
        product: its nets by nature, or why it cannot be rated.
        oracle: the same.
    """

    first: date
    charge: str
    product: Any
    oracle: Any


def a_life(choices: Choices, repertoire: Repertoire = Repertoire()) -> Life:
    """Draw a life."""
    starts = date(2026, choices.integer(1, 12), choices.among([1, 15, 28, 17]) if choices.chance(40) else 1)
    savings = bool({*repertoire.kinds} & {*drawn.SAVINGS_KINDS})
    billing = _billing(choices, starts)
    ends = starts + timedelta(choices.integer(40, 500)) if choices.chance(40) else None
    last = starts + timedelta(400)
    place = Place(starts, last, indices=INDICES if repertoire.indices else (), windows=_windows(billing))
    document: dict[str, Any] = {
        "contract": "C-1",
        "supplier": {"name": "Nordluft", "country": "DE"},
        "customer": {"name": "Blechwerke", "country": "DE"},
        "currency": choices.among(["EUR", "EUR", "JPY", "KWD"]),
        "zone": "Europe/Berlin",
        "starts": starts.isoformat(),
        "billing": billing,
        "charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "1"}}],
    }
    if savings:
        document["savings"] = [drawn.PLAN]
    if ends is not None:
        document["ends"] = ends.isoformat()
    if repertoire.suspensions and choices.chance(25):
        first = starts + timedelta(choices.integer(0, 200))
        document["suspensions"] = [
            {"first": first.isoformat(), "after_last": (first + timedelta(choices.integer(1, 40))).isoformat()}
        ]
    most = min(
        repertoire.periods,
        {"year": 3, "half_year": 5, "quarter": 9, "two_months": 12}.get(billing["every"], repertoire.periods),
    )
    periods = list(islice(Contract.model_validate_json(json.dumps(document)).periods(), most))
    joined = "joined" in (
        billing.get("leading"),
        billing.get("trailing"),
    )  # days before and after a change in one may be in two windows
    days = (
        {
            _amended_on(choices, periods, inside=repertoire.inside and (repertoire.listed or not joined))
            for _ in range(choices.integer(0, 3))
        }
        if repertoire.amendments
        else set()
    )
    days = {day for day in days if starts < day < periods[-1].after_last}
    document["settings"] = _settings(choices, repertoire)
    document["charges"] = drawn.of_one_kind(
        _kept(drawn.a_list_of_charges(choices, place, repertoire.kinds, 4), repertoire)
    )
    if repertoire.pools:
        document["assets"] = by_machine.machines(choices)
        document["charges"] = [by_machine.added(choices, charge, place) for charge in document["charges"]]
    versions = [document]
    for day in sorted(days):
        versions.append(_amended(choices, versions[-1], day, place, repertoire))
    life = Life(tuple(versions), {}, _index_values(choices, starts), len(periods))
    used: Told = {}
    for stretch, version in stretches(life):
        for charge in version["charges"]:
            _draw_uses(choices, stretch, charge, used)
    return replace(life, used=used)


def _kept(charges: list[dict[str, Any]], repertoire: Repertoire) -> list[dict[str, Any]]:
    """Charges without what the repertoire leaves out."""
    for charge in charges:
        if not repertoire.indices:
            charge.pop("index", None)
        if not repertoire.included:
            charge.pop("included", None)
    return charges


def _billing(choices: Choices, starts: date) -> dict[str, Any]:
    if choices.chance(40):
        return {"every": "month", "anchor_day": starts.day}
    billing: dict[str, Any] = {
        "every": choices.among(["month", "month", "quarter", "two_months", "week", "four_weeks", "half_year", "year"])
    }
    if choices.chance(30):
        billing["anchor_day"] = choices.among([1, 15, 31])
    if choices.chance(30):
        billing["anchor_weekday"] = choices.among(["mon", "thu", "sun"])
    if choices.chance(30):
        billing["year_begins"] = choices.integer(1, 12)
    if choices.chance(20):
        billing["leading"] = "joined"
    if choices.chance(20):
        billing["trailing"] = "joined"
    if choices.chance(20):
        billing["leading_part_of"] = "counted_back"
    return billing


def _windows(billing: Mapping[str, Any]) -> tuple[str, ...]:
    """The windows that are made of whole periods."""
    all_of = ("month", "two_months", "quarter", "half_year", "year")
    every = billing["every"]
    if every not in all_of:
        return ("period", "contract") if every == "four_weeks" else ("period", "week", "contract")
    multiples = {
        "month": all_of,
        "two_months": ("two_months", "half_year", "year"),
        "quarter": all_of[2:],
        "half_year": all_of[3:],
        "year": all_of[4:],
    }
    return ("period", *multiples[every], "contract")


def _settings(choices: Choices, repertoire: Repertoire) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if choices.chance(40):
        settings["rounding"] = choices.among(["half_up", "half_even", "half_down", "up", "down"])
    if choices.chance(25):
        settings["quantity_places"] = choices.integer(0, 3)
    if choices.chance(20):
        settings["zero_lines"] = False
    if choices.chance(20):
        settings["discounts"] = "add"
    if repertoire.restarts and choices.chance(50):
        settings["on_change"] = choices.among(["restart", "restart", "whole"])
    return settings


def _amended_on(choices: Choices, periods: Sequence[BillingPeriod], *, inside: bool) -> date:
    period = choices.among(periods)
    if inside and choices.chance(70):
        return period.first + timedelta(choices.integer(0, (period.after_last - period.first).days - 1))
    return period.first


def _amended(
    choices: Choices, before: dict[str, Any], day: date, place: Place, repertoire: Repertoire
) -> dict[str, Any]:
    """Another version: what changes is drawn."""
    document = json.loads(json.dumps(before)) | {"in_force_from": day.isoformat()}
    what = choices.among(repertoire.amendments)
    charges = document["charges"]
    at = choices.integer(0, len(charges) - 1)
    charge = charges[at]
    kind = charge["rule"]["kind"]
    if what == "settings":
        document["settings"] = _settings(choices, repertoire)
    elif what in ("machines", "pool"):
        document |= by_machine.amended(choices, charges, what)
    elif what == "prices":
        _other_prices(choices, charge["rule"], set(drawn.PRICES.get(kind, ())))
    elif what == "terms":
        names = tuple(other["name"] for other in charges[:at])
        anew = drawn.a_charge(choices, kind, replace(place, before=names), charge["name"])
        if anew.get("register") == charge.get("register"):
            charges[at] = _kept([anew], repertoire)[0]
    elif what == "rule":
        names = tuple(other["name"] for other in charges[:at])
        anew = drawn.a_charge(choices, choices.among(repertoire.kinds), replace(place, before=names), charge["name"])
        renamed = {"name": f"{charge['name']}x", "continues": charge["name"]} if choices.chance(20) else {}
        charges[at] = _kept([anew], repertoire)[0] | renamed
        _let_go(charges, {charge["name"]} & {*renamed.values()})
    elif what == "unit" and charge["rule"].get("unit") in ("kWh", "MWh"):
        charge["rule"]["unit"] = "MWh" if charge["rule"]["unit"] == "kWh" else "kWh"
    elif what == "add":
        count = len(charges) + 1
        simple = [kind for kind in repertoire.kinds if kind not in drawn.OVER_AMOUNTS] or list(repertoire.kinds)
        anew = drawn.a_charge(choices, choices.among(simple), place, f"added {day} {count}")
        document["charges"] = _kept([anew], repertoire) + charges
    elif what == "drop" and len(charges) > 1:
        _let_go(charges, {charges.pop(at)["name"]})
    document["charges"] = drawn.of_one_kind(document["charges"])
    return document  # type: ignore[no-any-return]


def _let_go(charges: list[dict[str, Any]], gone: Collection[str]) -> None:
    """Compute charges over amounts from those that are still there."""
    for charge in charges:
        if isinstance(charge["rule"].get("of"), list):  # of a guarantee it says what is promised: energy or value
            charge["rule"]["of"] = [name for name in charge["rule"]["of"] if name not in gone]


def _other_prices(choices: Choices, part: Any, names: set[str]) -> None:
    """Other numbers in the place of some prices of a rule."""
    if isinstance(part, list):
        for inner in part:
            _other_prices(choices, inner, names)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in names and isinstance(value, str):
                if choices.chance(70):
                    part[name] = number(choices, 1, 40, 3)
            else:
                _other_prices(
                    choices, value, names | set(value) if name in names and isinstance(value, dict) else names
                )


def _index_values(choices: Choices, starts: date) -> dict[tuple[str, str], Decimal]:
    first = add_months(starts.replace(day=1), -24)
    values: dict[tuple[str, str], Decimal] = {}
    for index in INDICES:
        value = 100
        for month in range(84):
            value += choices.integer(-2, 3)
            values[index, add_months(first, month).isoformat()[:7]] = (
                Decimal(value) + Decimal(choices.integer(0, 9)) / 10
            )
    return values


def _draw_uses(choices: Choices, stretch: BillingPeriod, charge: Mapping[str, Any], used: Told) -> None:
    days = (stretch.after_last - stretch.first).days
    asked = rules.measure(charge)
    named = charge.get("register")
    if charge.get("usage") == "saved":
        used[stretch.first, charge["name"]] = _a_saving(choices, stretch, -300)
        if charge["rule"]["kind"] == "trusteeship_fee":
            used[stretch.first, f"{charge['name']} expected"] = _a_saving(choices, stretch, 0)
    if asked is not None and named is not None:
        key = (stretch.first, charge["name"])
        used[key] = _a_use(choices, charge["rule"], asked, named, stretch)
    for name in charge.get("beside") or {}:
        told = _a_saving(choices, stretch, -300) if name == "saving" else _beside(choices, name, days)
        used[stretch.first, f"{charge['name']} {name}"] = told


def _a_use(
    choices: Choices, rule: Mapping[str, Any], asked: rules.Asked, named: str, stretch: BillingPeriod
) -> tuple[str, str, list[tuple[str, dict[str, str]]]]:
    days = (stretch.after_last - stretch.first).days
    unit = choices.among({"energy": ("kWh", "kWh", "MWh")}.get(named) or drawn.SOURCES[named])
    if asked.how == "demand":
        unit = choices.among(("kW", "MW"))
    scale = 1 if unit in ("MWh", "MW") else 1000 if choices.chance(10) else 150
    parts = _by_day(choices, stretch, asked, scale) if asked.daily else _parts(choices, rule, asked, scale)
    if asked.how == "demand":
        parts = parts if parts or asked.daily else [(number(choices, 0, scale * (1 + days // 20), 3), {})]
        highest = max((Decimal(part) for part, _ in parts), default=Decimal(0))
        return str(highest), unit, parts if asked.calendar or asked.daily else []
    if parts or asked != rules.Asked():
        return str(sum((Decimal(part) for part, _ in parts), Decimal(0))), unit, parts
    return "0" if choices.chance(10) else number(choices, 0, scale * (1 + days // 20), 3), unit, parts


def _by_day(
    choices: Choices, stretch: BillingPeriod, asked: rules.Asked, scale: int
) -> list[tuple[str, dict[str, str]]]:
    """A level or a peak of most days, of each band if bands are asked for."""
    bands: list[dict[str, str]] = [{"band": band} for band in drawn.BANDS] if asked.calendar else [{}]
    days = [stretch.first + timedelta(number) for number in range((stretch.after_last - stretch.first).days)]
    return [
        (number(choices, 0, scale, 3), {"day": day.isoformat()} | labels)
        for day in days
        for labels in bands
        if choices.chance(90)
    ]


def _parts(
    choices: Choices, rule: Mapping[str, Any], asked: rules.Asked, scale: int
) -> list[tuple[str, dict[str, str]]]:
    """The parts in which a use is told apart; none where the rule asks for its sum."""
    if asked.calendar:
        return [(number(choices, 0, scale, 3), {"band": band}) for band in drawn.BANDS if choices.chance(85)]
    if asked.hourly:
        return [(number(choices, 0, 20, 2), {"hour": str(hour)}) for hour in range(choices.integer(0, 8))]
    if rule["kind"] == "deduction":
        return [
            (
                number(choices, 0, 3, 2),
                {"zone": choices.among(drawn.ZONES), "category": choices.among(drawn.CATEGORIES)},
            )
            for _ in range(choices.integer(0, 5))
        ]
    if asked.events:
        return [(number(choices, 0, 900, 2), {}) for _ in range(choices.integer(0, 5))]
    if rule["kind"] == "service_events":
        return [(str(choices.integer(0, 3)), {"service": service}) for service in drawn.SERVICES if choices.chance(60)]
    materials = drawn.MATERIALS if asked.by else ()
    pairs = [{"material": material, "shift": shift} for material in materials for shift in drawn.SHIFTS]
    return [
        (number(choices, 0, 80, 1), {name: value for name, value in pair.items() if name in asked.by})
        for pair in pairs
        if choices.chance(60)
    ]


def _a_saving(choices: Choices, stretch: BillingPeriod, low: int) -> tuple[str, str, list[tuple[str, dict[str, str]]]]:
    """What was saved of each band and month; sometimes less than nothing."""
    parts: list[tuple[str, dict[str, str]]] = []
    month = stretch.first.replace(day=1)
    while month < stretch.after_last:
        bands = drawn.BANDS if choices.chance(60) else ("all",)
        parts += [(number(choices, low, 900, 1), {"band": band, "month": month.isoformat()[:7]}) for band in bands]
        month = add_months(month, 1)
    if len(parts) > 1 and low < 0 and choices.chance(10):  # moved from one band to another: a value, and no energy
        parts[-1] = str(-sum((Decimal(part) for part, _ in parts[:-1]), Decimal(0))), parts[-1][1]
    return str(sum((Decimal(part) for part, _ in parts), Decimal(0))), "kWh", parts


def _beside(choices: Choices, name: str, days: int) -> tuple[str, str, list[tuple[str, dict[str, str]]]]:
    if name == "states":
        parts = []
        for state in drawn.STATES:
            for cause in drawn.CAUSES if state == "down" else ("",):
                if choices.chance(75):
                    hours = number(choices, 0, days * (4 if state == "down" else 12), 2)
                    parts.append((hours, {"state": state} | ({"cause": cause} if cause else {})))
        return str(sum((Decimal(hours) for hours, _ in parts), Decimal(0))), "h", parts
    if name == "bills":
        return number(choices, 0, 900, 2), "one", []
    if name == "tier":
        return number(choices, 0, 300, 3), choices.among(("kWh", "kWh", "MWh")), []
    if name == "output":
        return number(choices, 0, 300, 0), "part", []
    if name == "cycles":
        return number(choices, 0, 60, 0), "cycle", []
    return number(choices, 0 if name == "reactive" else 1, 500, 2), "kvarh" if name == "reactive" else "kWh", []


# Both ratings


@lru_cache(maxsize=8)
def _parsed(document: str) -> Contract:
    return Contract.model_validate_json(document)


def stretches(life: Life) -> Iterator[tuple[BillingPeriod, dict[str, Any]]]:
    """The days of every period under one version, in order."""
    contract = _parsed(json.dumps(life.versions[0]))
    until = [date.fromisoformat(version["in_force_from"]) for version in life.versions[1:]] + [None]
    for period in islice(contract.periods(), life.periods):
        first = date.min
        for version, after_last in zip(life.versions, until, strict=True):
            met = period.meet(first, after_last)
            if met is not None:
                yield met, version
            first = after_last or date.max


def compare(life: Life, *, to_the_last_digit: bool = False) -> Off | None:
    """Rate a life by both; the first difference, in the order of periods, days and charges.

    Unless it is to the last digit, an amount that the oracle has within 10⁻¹² of an edge may be rounded to either side.
    """
    states: Mapping[str, Any] = {}
    history: dict[str, list[Stretch]] = {}
    whole: list[tuple[BillingPeriod, dict[str, Any]]] = []
    parts = list(stretches(life))
    for at, (stretch, version) in enumerate(parts):
        whole.append((stretch, version))
        if at + 1 < len(parts) and parts[at + 1][0].whole_first == stretch.whole_first:
            continue
        product, states, refused = _by_product(life, whole, states)
        try:
            by_oracle = _by_oracle(life, whole, history)
        except CannotRate as reason:
            return None if refused else Off(whole[0][0].first, "", "rated", str(reason))
        if refused:
            return Off(whole[0][0].first, "", refused, "rated")
        for (first, name), owed in by_oracle.items():
            rated = product.get((first, name), {})
            if rated != owed.nets and (to_the_last_digit or not _at_an_edge(rated, owed)):
                return Off(first, name, rated, owed.nets)
        for first, name in product.keys() - by_oracle.keys():
            return Off(first, name, product[first, name], {})
        whole = []
    return None


#: By nature, what the lines come to, without those of nothing, in the order of amounts: the order of parts is not agreed.
Nets = dict[str, list[Decimal]]


@dataclass(frozen=True)
class OracleLines:
    """What the oracle has for a charge over some days: as it is, and a hair less and more."""

    nets: Nets
    low: Nets
    high: Nets


def _nets(lines: Sequence[RatedLine], terms: Mapping[str, Any], so_far: SoFar, side: Fraction | int = 0) -> Nets:
    moved = [replace(line, amount=line.amount + side) for line in lines] if side else lines
    of_nature: Nets = {}
    mode = mode_of(terms)
    for line, net in zip(moved, nets(moved, terms["currency"], mode, so_far), strict=True):
        if net:
            of_nature.setdefault(line.nature, []).append(net)
    return {nature: sorted(amounts) for nature, amounts in of_nature.items()}


def _at_an_edge(rated: Nets, owed: OracleLines) -> bool:
    """Whether a hair more or less of each line comes to what was rated."""
    low, high = owed.low, owed.high
    for nature in rated.keys() | low.keys() | high.keys():
        sides = [sorted(some.get(nature, [])) for some in (low, rated, high)]
        most = max(len(side) for side in sides)
        filled = [sorted([*side, *[Decimal(0)] * (most - len(side))]) for side in sides]
        if not all(below <= net <= above for below, net, above in zip(*filled, strict=True)):
            return False
    return True


def rated(life: Life) -> Iterator[tuple[tuple[Line, ...], Mapping[str, Any]] | str]:
    """Rate a life by the product alone: the lines of every period and what it carries on, or why it cannot be rated."""
    states: Mapping[str, Any] = {}
    for _, some in groupby(stretches(life), key=lambda stretch: stretch[0].whole_first):
        try:
            rating = _rating(life, list(some), states)
        except UsufructError as reason:
            yield f"{type(reason).__name__}: {reason}"
            return
        states = json.loads(json.dumps(rating.closing))
        yield rating.lines, states


def with_a_neutral_amendment(choices: Choices, life: Life) -> Life:
    """A life with one amendment more, which says what is said already, in force from any day on."""
    at = choices.integer(0, len(life.versions) - 1)
    version = life.versions[at]
    later = [date.fromisoformat(other["in_force_from"]) for other in life.versions[at + 1 :]]
    periods = list(islice(_parsed(json.dumps(version)).periods(), life.periods))
    first = date.fromisoformat(version.get("in_force_from", version["starts"]))
    days = (min(later, default=periods[-1].after_last) - first).days
    day = first + timedelta(choices.integer(0, max(0, days - 1)))
    others = {"in_force_from": day.isoformat(), "reason": "an address"}
    customer = {"customer": version["customer"] | {"address": ["Werft 1", "24103 Kiel"]}} if choices.chance(50) else {}
    neutral = version | others | customer
    return replace(life, versions=(*life.versions[: at + 1], neutral, *life.versions[at + 1 :]))


def _by_product(
    life: Life, whole: Sequence[tuple[BillingPeriod, dict[str, Any]]], states: Mapping[str, Any]
) -> tuple[dict[tuple[date, str], Any], Mapping[str, Any], str]:
    try:
        rating = _rating(life, whole, states)
    except UsufructError as reason:
        return {}, states, f"{type(reason).__name__}: {reason}"
    nets_of: dict[tuple[date, str], dict[str, list[Decimal]]] = {}
    for line in rating.lines:
        if line.net:
            nets_of.setdefault((line.service_first, line.charge), {}).setdefault(str(line.nature), []).append(line.net)
    for natures in nets_of.values():
        for of_nature in natures.values():
            of_nature.sort()
    return nets_of, json.loads(json.dumps(rating.closing)), ""


def _rating(life: Life, whole: Sequence[tuple[BillingPeriod, dict[str, Any]]], states: Mapping[str, Any]) -> Rating:
    versions = [
        Version(at, 1, 1, 1, at, RECORDED, "anna", _parsed(json.dumps(version)))
        for at, version in enumerate(life.versions, start=1)
    ]
    period = replace(whole[0][0], after_last=whole[-1][0].after_last)

    def lookup(index: str, month: str) -> IndexValue | None:
        value = life.values.get((index, month))
        return None if value is None else IndexValue(index, month, value)

    lines: list[Line] = []
    # Two documents bill a period. Here no price moves within one, as that of a fee would that was billed on another document.
    moves = any(charge.index and charge.rule.billed_in_advance for one in versions for charge in one.contract.charges)
    for advances in [(False, True)] if moves else [(True,), (False,)]:
        divided = [one for advance in advances for one in segments(versions, period, None, advance=advance)]
        elsewhere = [] if moves else list(billed_elsewhere(versions, period, advance=advances[0]))
        counted = [
            {
                charge.name: BilledUsage(_usage_of(life, segment.period, whole, charge.name), ())
                for charge in segment.contract.charges
                if charge.name in segment.charges
            }
            for segment in divided
        ]
        rating = rate_segments(divided, counted, states, lookup, lambda *_: TAX, elsewhere=elsewhere)
        lines, states = [*lines, *rating.lines], rating.closing
    return Rating(tuple(lines), states, ())


def _usage_of(
    life: Life, days: BillingPeriod, whole: Sequence[tuple[BillingPeriod, dict[str, Any]]], name: str
) -> Usage:
    """What was used over some days, told stretch by stretch."""
    told = _together(life, days.first, days.after_last, whole, name)
    usage = _usage(told.own) if told.own is not None else Usage()
    return replace(usage, auxiliary_usage={other: _usage(beside) for other, beside in told.beside.items()})


@dataclass(frozen=True)
class ToldTogether:
    """A use, and those beside it, of several stretches in a row."""

    own: tuple[str, str, list[tuple[str, dict[str, str]]]] | None
    beside: Mapping[str, tuple[str, str, list[tuple[str, dict[str, str]]]]]


def _together(
    life: Life, first: date, after_last: date, whole: Sequence[tuple[BillingPeriod, dict[str, Any]]], name: str
) -> ToldTogether:
    """Add up what was told of some days: sums, events one after the other; of a demand the highest."""
    within = [
        (stretch, charge)
        for stretch, version in whole
        for charge in version["charges"]
        if charge["name"] == name and first <= stretch.first < after_last
    ]
    is_peak = any(charge["rule"]["kind"] == "demand" for _, charge in within)
    own = [life.used[stretch.first, name] for stretch, _ in within if (stretch.first, name) in life.used]
    others = dict.fromkeys(other for _, charge in within for other in _told_beside(charge))
    beside = {
        other: _added(beside_of, is_peak=False)
        for other in others
        if (
            beside_of := [
                life.used[key] for stretch, _ in within if (key := (stretch.first, f"{name} {other}")) in life.used
            ]
        )
    }
    return ToldTogether(_added(own, is_peak=is_peak) if own else None, beside)


def _added(
    told: Sequence[tuple[str, str, list[tuple[str, dict[str, str]]]]], *, is_peak: bool
) -> tuple[str, str, list[tuple[str, dict[str, str]]]]:
    quantities = [Decimal(quantity) for quantity, _, _ in told]
    parts = [part for _, _, found in told for part in found]
    if is_peak:
        bands = {tuple(labels.items()): labels for _, labels in parts}
        highest = {
            key: max(Decimal(quantity) for quantity, labels in parts if tuple(labels.items()) == key) for key in bands
        }
        return str(max(quantities)), told[0][1], [(str(highest[key]), labels) for key, labels in bands.items()]
    return str(sum(quantities, Decimal(0))), told[0][1], parts


def _told_beside(charge: Mapping[str, Any]) -> list[str]:
    return [*(charge.get("beside") or {}), *(["expected"] if charge["rule"]["kind"] == "trusteeship_fee" else [])]


def _usage(told: tuple[str, str, list[tuple[str, dict[str, str]]]]) -> Usage:
    quantity, unit, parts = told
    return Usage(
        quantity=Decimal(quantity), unit=unit, parts=tuple(Part(Decimal(part), labels) for part, labels in parts)
    )


def _use(told: tuple[str, str, list[tuple[str, dict[str, str]]]]) -> Use:
    quantity, unit, parts = told
    return Use(Fraction(quantity), unit, tuple((Fraction(part), labels) for part, labels in parts))


def _by_oracle(
    life: Life, whole: Sequence[tuple[BillingPeriod, dict[str, Any]]], history: dict[str, list[Stretch]]
) -> dict[tuple[date, str], OracleLines]:
    def index(name: str, month: str) -> Fraction | None:
        value = life.values.get((name, month))
        return None if value is None else Fraction(value)

    documents = [version for _, version in whole]
    divided = dividing.runs(documents)
    bounded = dividing.bounds(documents, divided)
    ledger = Ledger()
    result: dict[tuple[date, str], OracleLines] = {}
    so_far: dict[str, SoFar] = {}
    billed: list[Billed] = []
    for run in in_order(documents, divided):
        version, name = documents[run.last], run.name
        charge = charge_of(version, name)
        assert charge is not None
        first, after_last = whole[run.first][0].first, whole[run.last][0].after_last
        cuts = {whole[place][0].first for place in bounded.get(name, ()) if run.first < place <= run.last}
        is_cut = rules.priced_by_days(charge) and (charge.get("register") or charge.get("usage")) is not None
        days = [first, *(sorted(cuts) if is_cut else ()), after_last]
        restart = dividing.restart_after(documents, divided, run)
        seen = ledger.seen(version, charge, (first, after_last))
        rests = ledger.rests(version, charge, (first, after_last))
        if charge["rule"]["kind"] == "drawdown":
            seen = net_prices(version, charge, (first, after_last), billed)
        for low, high in pairwise(days):
            told = _together(life, low, high, whole, name)
            history.setdefault(name, []).append(
                Stretch(
                    first=low,
                    after_last=high,
                    whole_first=whole[0][0].whole_first,
                    whole_after_last=whole[0][0].whole_after_last,
                    document=version,
                    charge=charge,
                    starts=date.fromisoformat(version["starts"]),
                    ends=date.fromisoformat(version["ends"]) if "ends" in version else None,
                    suspensions=tuple(
                        (date.fromisoformat(pause["first"]), date.fromisoformat(pause["after_last"]))
                        for pause in version.get("suspensions", ())
                    ),
                    use=None if told.own is None else _use(told.own),
                    auxiliary={other: _use(beside) for other, beside in told.beside.items()},
                    amounts=seen,
                    rests=rests,
                    index=index,
                    sums_until=None if restart is None else whole[restart][0].first,
                    machines=machines_of(
                        documents, [(stretch.first, stretch.after_last) for stretch, _ in whole], divided, charge
                    ),
                )
            )
            lines = on_account.billed(history[name])
            ledger.enter(charge, (low, high), lines, rests)
            own = so_far.setdefault(name, SoFar()).at((rules.rule_of(history[name]), mode_of(version)))
            less, more, once = (SoFar(own.price, dict(own.parts)) for _ in range(3))
            of_days = nets(lines, version["currency"], mode_of(version), once)
            billed.append(Billed(charge, lines, of_days, rests, (low, high)))
            result[low, name] = OracleLines(
                _nets(lines, version, own), _nets(lines, version, less, -EDGE), _nets(lines, version, more, EDGE)
            )
    _see_that_all_is_drawn(documents[-1], history)
    for name in {one.charge["name"] for one in billed if one.charge["rule"].get("until_repaid")}:
        of_charge = history[name]
        of_charge[-1] = replace(of_charge[-1], besides=besides(name, billed, documents[-1]["currency"]))
    return result


def _see_that_all_is_drawn(document: Mapping[str, Any], history: Mapping[str, list[Stretch]]) -> None:
    """What is left of a prepayment is not left behind by a version without the charge that draws on it."""
    names = {charge["name"] for charge in document["charges"]}
    for name, of_charge in history.items():
        if name not in names and of_charge[-1].charge["rule"]["kind"] == "drawdown" and rules.drawn(of_charge)[1]:
            raise CannotRate(f"{name} is gone, and something is left of it")


# A failing life made smaller


def smaller(life: Life, fails: Callable[[Life], bool]) -> Life:
    """Leave out versions, charges, periods and settings, as long as it fails."""
    changed = True
    while changed:
        changed = False
        for candidate in _smaller_ones(life):
            try:
                if candidate is not life and fails(candidate):
                    life, changed = candidate, True
                    break
            except Exception:  # noqa: BLE001, S112 - not a life any more
                continue
    return life


def _smaller_ones(life: Life) -> Iterator[Life]:
    for at in range(1, len(life.versions)):
        yield replace(life, versions=life.versions[:at] + life.versions[at + 1 :])
    if life.periods > 1:
        yield replace(life, periods=life.periods // 2)
        yield replace(life, periods=life.periods - 1)
    for name in dict.fromkeys(charge["name"] for version in life.versions for charge in version["charges"]):
        versions = tuple(
            version | {"charges": [charge for charge in version["charges"] if charge["name"] != name]}
            for version in life.versions
        )
        yield replace(life, versions=versions)
    for part in ("suspensions", "settings", "assets"):
        if any(part in version for version in life.versions):
            yield replace(
                life,
                versions=tuple(
                    {name: value for name, value in version.items() if name != part} for version in life.versions
                ),
            )
    yield from _fewer_settings(life)


def _fewer_settings(life: Life) -> Iterator[Life]:
    charges = [charge for version in life.versions for charge in version["charges"]]
    for part in ("rule", "included", "index"):
        for name in dict.fromkeys(name for charge in charges for name in charge.get(part) or {}):
            yield _without_all(life, part, name)
    for name in ("included", "index", "nature", "while_suspended", "instalments"):
        yield _without_all(life, "", name)
    for at in range(len(life.versions)):
        for name in life.versions[at].get("settings") or {}:
            yield _without(life, at, ("settings",), name)


def _without_all(life: Life, part: str, name: str) -> Life:
    """All charges of all versions without a setting."""
    versions = json.loads(json.dumps(life.versions))
    for version in versions:
        for charge in version["charges"]:
            (charge.get(part, {}) if part else charge).pop(name, None)
    return life if versions == json.loads(json.dumps(life.versions)) else replace(life, versions=tuple(versions))


def _without(life: Life, at: int, path: tuple[Any, ...], name: str) -> Life:
    document = json.loads(json.dumps(life.versions[at]))
    part = document
    for step in path:
        part = part[step]
    del part[name]
    return replace(life, versions=(*life.versions[:at], document, *life.versions[at + 1 :]))


def life_of(seed: int, repertoire: Repertoire = Repertoire()) -> Life:
    """The life of a seed."""
    return a_life(Dice(seed), repertoire)


def shown(life: Life, off: Off) -> str:
    """A failing life for its reader: what differs, the versions, and what was used."""
    rows = [f"{off.charge} from {off.first}: product {off.product}, oracle {off.oracle}"]
    for version in life.versions:
        rest = {
            name: value for name, value in version.items() if name not in ("supplier", "customer", "zone", "contract")
        }
        rows.append(json.dumps(rest))
    days = {stretch.first for stretch, _ in stretches(life)}
    names = {charge["name"] for version in life.versions for charge in version["charges"]}
    for (first, name), told in life.used.items():
        if (
            first in days
            and any(name == charge or name.startswith(f"{charge} ") for charge in names)
            and first <= off.first
        ):
            rows.append(f"  {first} {name}: {told}")
    return "\n".join(rows)
