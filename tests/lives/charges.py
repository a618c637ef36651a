"""Random charges of every rule kind, valid by construction: parts of a contract's document, plain JSON values.

    dice = Dice(7)                                    # or Drawn(draw) within a Hypothesis strategy
    charge = a_charge(dice, "graduated", Place(starts=date(2026, 1, 1), after_last=date(2027, 1, 1)))

`needs(charge)` says which uses it names; a place says by which names the registers or named uses go. Charges over the
amounts of others name charges that come before them in the list; `a_list_of_charges` makes whole lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.lives.choices import Choices, number

#: The plan of a contract whose charges price a saving: stipulated, so that it needs no baseline.
PLAN: dict[str, Any] = {
    "name": "saved",
    "option": {
        "kind": "key_parameter",
        "registers": ["units"],
        "parameter_unit": "part",
        "before": "41.5",
        "after": "16.25",
        "energy_unit": "kWh",
        "basis": "audit of 2024",
    },
    "signatures": [
        {"party": "Nordluft", "person": "Ada", "on": "2025-12-01"},
        {"party": "Blechwerke", "person": "Bo", "on": "2025-12-01"},
    ],
}
#: What kind of use a rule prices, and in which units it may be told.
SOURCES: dict[str, tuple[str, ...]] = {
    "energy": ("kWh", "MWh"),  # a sum; also read as a demand, by bands or by hours
    "power": ("kW", "MW"),  # what a demand of the energy is told in
    "units": ("part",),  # a sum
    "hours": ("machine_hour",),  # a sum
    "cycles": ("cycle",),  # a sum
    "levels": ("kW", "MW"),  # a level, told by days
    "reactive": ("kvarh",),  # a sum
    "amounts": ("one",),  # events, each an amount of money
    "pieces": ("part",),  # rows with the dimensions material and shift
    "faults": ("each",),  # events with the dimensions zone and category
    "services": ("each",),  # events with the dimension service
    "states": ("h",),  # states of a machine, with causes
}
MATERIALS, SHIFTS = ("steel", "brass", "stainless"), ("day", "night")
ZONES, CATEGORIES = ("ward", "office", "hall"), ("major", "minor")
SERVICES = ("visit", "wear part", "call-out")
STATES, CAUSES = ("running", "idle", "down"), ("", "fault", "force majeure")

#: Which source a kind prices; none for a rule that counts nothing.
PRICED: dict[str, tuple[str, ...]] = {
    "per_unit": ("energy", "units", "hours"),
    "graduated": ("energy", "units", "hours"),
    "volume": ("energy", "units", "hours"),
    "package": ("energy", "units", "hours"),
    "stairstep": ("energy", "units", "hours"),
    "overtime": ("hours", "energy"),
    "shift": ("hours",),
    "commitment": ("energy", "units", "hours"),
    "take_or_pay": ("energy", "units"),
    "prepaid": ("energy", "units"),
    "age": ("hours",),
    "severity": ("hours",),
    "lost_yield": ("energy", "units"),
    "energy_guarantee": ("energy",),
    "time_of_use": ("energy",),
    "demand": ("energy",),
    "matrix": ("pieces",),
    "percentage": ("amounts",),
    "pass_through": ("amounts",),
    "deduction": ("faults",),
    "service_events": ("services",),
    "fixed_fee": (),
    "one_off": (),
    "buy_out": (),
    "holdover": (),
    "early_exit": (),
    "downtime_damages": (),
    "lease_rent": (),
    "percentage_of": (),
    "minimum_spend": (),
    "maximum_spend": (),
    "availability": (),
    "discount": (),
}
KINDS = tuple(PRICED)
#: The kinds of docs/savings.md that price a saving; only contracts with a plan of the name `saved` can have them.
SAVINGS_KINDS = ("savings_share", "savings_guarantee", "savings_cap", "trusteeship_fee")
#: Of contracts some of which is paid before.
PREPAYMENT_KINDS = ("drawdown",)
OVER_AMOUNTS = (
    "savings_cap", "percentage_of", "minimum_spend", "maximum_spend", "availability", "discount", "drawdown"
)  # fmt: skip
#: Rules over a sum of use: they may have an included quantity.
SUMS = ("per_unit", "graduated", "volume", "package", "stairstep", "overtime", "shift", "commitment", "take_or_pay", "prepaid", "age", "severity", "lost_yield")  # fmt: skip
#: Kinds whose amounts are damages.
DAMAGES = frozenset({"early_exit", "lost_yield", "downtime_damages"})
#: Kinds that may price a level day by day.
BY_DAY = ("graduated", "volume", "stairstep")
WITH_WINDOWS = ("per_unit", "graduated", "volume", "package", "stairstep", "overtime", "shift")
#: The names of the prices that an index can move, by kind.
PRICES: dict[str, tuple[str, ...]] = {
    "per_unit": ("unit_price",),
    "graduated": ("unit_price", "flat_fee", "amount_cap"),
    "volume": ("unit_price", "flat_fee", "amount_cap"),
    "package": ("package_price",),
    "stairstep": ("amount",),
    "overtime": ("fee",),
    "shift": ("fee",),
    "commitment": ("unit_price", "amount"),
    "take_or_pay": ("unit_price", "excess_unit_price"),
    "prepaid": ("unit_price", "cost"),
    "age": ("unit_price",),
    "severity": ("unit_price",),
    "lost_yield": ("unit_price",),
    "time_of_use": ("unit_prices",),
    "demand": ("unit_price",),
    "matrix": ("unit_price", "otherwise"),
    "percentage": ("fee_per_event", "minimum", "maximum"),
    "deduction": ("unitary_charge", "at_most"),
    "service_events": ("unit_price",),
    "fixed_fee": ("amount",),
    "one_off": ("amount",),
    "buy_out": ("amount",),
    "holdover": ("day_rate",),
    "early_exit": ("amount", "lost_profit_a_month"),
    "downtime_damages": ("a_day", "at_most"),
    "minimum_spend": ("amount",),
    "maximum_spend": ("amount",),
    "savings_guarantee": ("price",),
    "energy_guarantee": ("price", "at_most"),
    "savings_share": ("at_most",),
    "trusteeship_fee": ("operation_fee",),
}
WINDOWS = ("period", "month", "two_months", "quarter", "half_year", "year", "contract")
CALENDAR: dict[str, Any] = {
    "bands": [
        {"name": "day", "days": ["mon", "tue", "wed", "thu", "fri"], "hours": [{"start": "08:00", "end": "20:00"}]},
        {"name": "evening", "hours": [{"start": "20:00", "end": "23:00"}]},
    ],
    "otherwise": "night",
}
BANDS = ("day", "evening", "night")


#: Windows that are not the billing period where none is named: the name of the setting, and the window.
_USUAL_WINDOWS = {
    "lost_yield": ("per", "year"),
    "downtime_damages": ("per", "year"),
    "service_events": ("per", "year"),
    "severity": ("reset", "half_year"),
    "savings_share": ("per", "year"),
    "savings_guarantee": ("per", "year"),
    "savings_cap": ("per", "year"),
    "trusteeship_fee": ("per", "year"),
    "energy_guarantee": ("per", "year"),
}


@dataclass(frozen=True)
class Place:
    """Where a charge is to stand.

    Attributes:
        starts: the contract's first day.
        after_last: the day after the last one that is looked at: dates in rules lie around these days.
        uses: by source, the name of the register or named use that tells it, and whether it is a `register` or a
            `usage`; a source that is missing is a register of its own name.
        before: the names of the charges that a charge over amounts may name.
        indices: the names of indices that have values in all months from two years before the start.
        windows: the windows that may be drawn.
        places: of prices.
    """

    starts: date
    after_last: date
    uses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    before: Sequence[str] = ()
    indices: Sequence[str] = ("CPI", "steel")
    windows: Sequence[str] = WINDOWS
    places: int = 4

    def named(self, source: str) -> tuple[str, str]:
        return self.uses.get(source, ("register", source))

    def tells(self, source: str) -> bool:
        """Whether a source is told: all are, where none is named."""
        return not self.uses or source in self.uses

    def a_day(self, choices: Choices, margin: int = 20) -> str:
        """A day of the contract, or a little before or after it."""
        days = (self.after_last - self.starts).days
        return (self.starts + timedelta(choices.integer(-margin, days + margin))).isoformat()


def of_one_kind(charges: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out of the charges that a sum is of those of another kind than the first: they do not mix."""
    kinds: dict[str, str] = {}
    sums = []
    for charge in charges:
        rule, nature = charge["rule"], charge.get("nature") or ("damages" if charge["rule"]["kind"] in DAMAGES else "")
        of = [name for name in rule.get("of") or () if kinds.get(name, "prepayment") != "prepayment"]
        if "of" in rule and rule["kind"] in OVER_AMOUNTS:  # nothing is computed from what is only paid before
            charge = charge | {"rule": rule | {"of": of}}  # noqa: PLW2901 the same charge, over fewer
            rule = charge["rule"]
        if rule["kind"] == "drawdown":  # it is set against prices that are billed in arrears
            ahead = {other["name"] for other in charges if other["rule"].get("in_advance")}
            priced = [name for name in of if kinds[name] == "price" and name not in ahead]
            drawing = charge | {"rule": rule | {"of": priced}}
            sums.append({field: value for field, value in drawing.items() if field != "nature"})
            kinds[charge["name"]] = "prepayment"
            continue
        if of and rule["kind"] != "discount":
            of = [name for name in of if kinds[name] == kinds[of[0]]]
            charge = charge | {"rule": rule | {"of": of}}  # noqa: PLW2901 the same charge, over fewer
        if of and not nature and rule["kind"] != "percentage_of":
            seen = {kinds[name] for name in of}
            nature = seen.pop() if len(seen) == 1 else ""
        kinds[charge["name"]] = nature if nature in ("damages", "deposit", "prepayment") else "price"
        sums.append(charge)
    return sums


def a_charge(choices: Choices, kind: str, place: Place, name: str | None = None) -> dict[str, Any]:
    """A charge of a kind, with all of its settings drawn; without a name it has that of its kind."""
    source, told = _source(choices, kind, place)
    unit = choices.among(SOURCES[source]) if source else ""
    rule: dict[str, Any] = {"kind": kind, **told}
    if kind in OVER_AMOUNTS and place.before and choices.chance(60):
        rule["of"] = sorted({choices.among(place.before) for _ in range(choices.integer(1, 3))})
    if unit and kind not in ("percentage", "pass_through", "deduction", "service_events"):
        rule["unit"] = unit
    if kind in WITH_WINDOWS and not rule.get("each_day") and choices.chance(60):
        rule["per"] = choices.among(place.windows)
    charge: dict[str, Any] = {"name": name or kind, "rule": rule}
    if kind in SAVINGS_KINDS and kind != "savings_cap":
        charge["usage"] = "saved"
    if source:
        how, used = place.named(source)
        charge[how] = used
    _TERMS[kind](choices, place, rule)
    name_of, usual = _USUAL_WINDOWS.get(kind, ("per", "period"))
    if rule.get(name_of, usual) not in place.windows and kind != "take_or_pay":
        rule[name_of] = choices.among([window for window in place.windows if window != "contract"])
    beside = _beside(choices, kind, rule)
    if beside:
        charge["beside"] = {told: place.named(other)[1] for told, other in beside.items()}
    return charge | _beyond_its_rule(choices, kind, rule, unit, place)


def _source(choices: Choices, kind: str, place: Place) -> tuple[str, dict[str, Any]]:
    """Which source a charge prices, and as what: now and then by groups, or a level day by day."""
    priced = PRICED.get(kind, ())
    source = choices.among(priced) if priced else ""
    if kind in WITH_WINDOWS and "units" in priced and place.tells("pieces") and choices.chance(15):
        return "pieces", {"by": choices.among([["material"], ["shift"], ["shift", "material"]])}
    if kind in BY_DAY and place.tells("levels") and choices.chance(15):
        return "levels", {"each_day": "share"}
    if kind in WITH_WINDOWS and place.tells("levels") and choices.chance(10):
        return source, {"each_day": "full"}
    return source, {}


def _beyond_its_rule(choices: Choices, kind: str, rule: Mapping[str, Any], unit: str, place: Place) -> dict[str, Any]:
    """What a charge has whatever its rule is."""
    settings: dict[str, Any] = {}
    if (
        kind in SUMS
        and not {"by", "each_day", "each_hour"} & rule.keys()
        and "calendar" not in rule
        and choices.chance(30)
    ):
        settings["included"] = an_included(choices, unit, place)
    if kind in PRICES and choices.chance(30):
        settings["index"] = an_index(choices, kind, place)
    if choices.chance(10):
        settings["nature"] = choices.among(["consideration", "price_reduction", "damages", "deposit"])
    if choices.chance(20):
        settings["while_suspended"] = True
    return settings


def a_split(choices: Choices, charge: Mapping[str, Any]) -> dict[str, Any] | None:
    """Now and then, those who bear a charge over the sum of a register, by what it counts: both alike, or the owner.

    What a charge comes to is not another amount because it is split, so whoever says what is owed need not know of it.
    """
    rule, register = charge["rule"], charge.get("register")
    is_sum = rule["kind"] in SUMS and not {"by", "each_day", "each_hour", "calendar"} & rule.keys()
    if not is_sum or register is None or "unit" not in rule or not choices.chance(30):
        return None
    parts = [{"name": name, "uses": [register], "weight": number(choices, 1, 9, 1)} for name in ("b", "a")]
    owner = {"owner": {"name": "works"}} if choices.chance(50) else {}
    return {"unit": rule["unit"], "parts": parts[: choices.integer(1, 2)], **owner}


def a_list_of_charges(choices: Choices, place: Place, kinds: Sequence[str], most: int = 6) -> list[dict[str, Any]]:
    """Charges of drawn kinds, those over amounts behind what they name; names are the kind and a number."""
    drawn = [choices.among(kinds) for _ in range(choices.integer(1, most))]
    order = {
        "savings_cap": 2,
        "percentage_of": 1,
        "minimum_spend": 2,
        "maximum_spend": 2,
        "availability": 3,
        "discount": 4,
        "drawdown": 5,
    }
    adjusting = ("lost_yield", "downtime_damages", "deduction")
    drawn.sort(key=lambda kind: order.get(kind, 3 if kind in adjusting else 0) + (kind in OVER_AMOUNTS) / 2)
    charges: list[dict[str, Any]] = []
    for count, kind in enumerate(drawn):
        before = tuple(charge["name"] for charge in charges)
        at = Place(place.starts, place.after_last, place.uses, before, place.indices, place.windows, place.places)
        charges.append(a_charge(choices, kind, at, f"{kind} {count + 1}"))
    return charges


_TOLD = {
    "states": "states",
    "cycles": "cycles",
    "active": "energy",
    "reactive": "reactive",
    "bills": "amounts",
    "tier": "energy",
    "output": "units",
    "saving": "saved",
}


def needs(charge: Mapping[str, Any]) -> dict[str, str]:
    """By the name of each use that a charge names, what is asked of it: see SOURCES; the rule tells how it is divided."""
    kind = charge["rule"]["kind"]
    named = {}
    counted = charge.get("usage") or charge.get("register")
    if counted:
        unit = charge["rule"].get("unit")
        fitting = [source for source in PRICED.get(kind, ()) if unit is None or unit in SOURCES[source]]
        divided = (
            "pieces" if charge["rule"].get("by") else "levels" if charge["rule"].get("each_day") == "share" else ""
        )
        named[counted] = divided or (fitting[0] if fitting else "saved")
    for told, used in (charge.get("beside") or {}).items():
        named[used] = _TOLD[told]
    return named


def an_included(choices: Choices, unit: str, place: Place) -> dict[str, Any]:
    """An included quantity in the rule's unit, or another of its kind."""
    included: dict[str, Any] = {"quantity": number(choices, 0, 120, 3), "unit": unit}
    if unit in SOURCES["energy"]:
        included["unit"] = choices.among(SOURCES["energy"])
    if choices.chance(50):
        included["per"] = choices.among(place.windows)
    if choices.chance(40):
        included["carry_forward"] = number(choices, 0, 80, 3)
        if choices.chance(50) and float(included["carry_forward"]):
            included["carry_forward_windows"] = choices.integer(2, 4)
        if choices.chance(40) and float(included["carry_forward"]):
            included["carry_forward_most"] = number(choices, 0, 120, 2)
    if choices.chance(30):
        included["each_register"] = True
    if choices.chance(40):
        included["proration"] = a_proration(choices)
    return included


def a_proration(choices: Choices) -> str:
    return choices.among(["calendar_days", "thirty_days", "thirty_360", "none"])


def an_index(choices: Choices, kind: str, place: Place) -> dict[str, Any]:
    """How the prices move: by an index, by two, or by steps."""
    indexed: dict[str, Any] = {"clause": a_clause(choices, place)}
    if choices.chance(30):
        indexed["only"] = [choices.among(PRICES[kind])]
        if kind in ("graduated", "volume", "matrix", "prepaid", "commitment", "early_exit") and choices.chance(80):
            indexed["only"] = [PRICES[kind][0]]
    if choices.chance(40):
        indexed["price_places"] = choices.integer(0, 6)
    return indexed


def a_clause(choices: Choices, place: Place) -> dict[str, Any]:
    if choices.chance(30) or not place.indices:
        days = sorted({place.a_day(choices) for _ in range(choices.integer(1, 3))})
        steps = [{"first": day, "percent": number(choices, -20, 30, 2)} for day in days]
        return {"kind": "stepped", "steps": steps} | _factor_places(choices)
    clause: dict[str, Any] = {"kind": "following", "first_review": place.a_day(choices, 40)}
    names = list(dict.fromkeys(choices.among(place.indices) for _ in range(choices.integer(1, 2))))
    fixed = choices.among([0, 10, 25]) if choices.chance(50) else 0
    weights = [100 - fixed] if len(names) == 1 else [40, 60 - fixed]
    if fixed:
        clause["fixed"] = f"0.{fixed}"
    clause["terms"] = []
    for name, weight in zip(names, weights, strict=True):
        base: dict[str, Any] = {"base": number(choices, 80, 120, 1)}
        if choices.chance(30):
            base = {"base_month": (place.starts - timedelta(choices.integer(1, 300))).isoformat()[:7]}
        clause["terms"].append({"index": name, "weight": "1" if weight == 100 else f"0.{weight}"} | base)
    clause["every"] = choices.among(["month", "two_months", "quarter", "half_year", "year"])
    if choices.chance(50):
        clause["lag_months"] = choices.integer(0, 6)
    if choices.chance(30):
        what = choices.among(["percent", "points"]) if len(names) == 1 else "percent"
        clause["threshold"] = {what: number(choices, 1, 5, 1)}
    return clause | _bounds_of_reviews(choices) | _factor_places(choices)


def _bounds_of_reviews(choices: Choices) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    if choices.chance(30):
        bounds["at_most_percent"] = number(choices, 0, 5, 1)
    if choices.chance(30):
        bounds["at_least_percent"] = number(choices, -5, 0, 1)
    if choices.chance(20):
        bounds["ceiling"] = f"1.{choices.integer(0, 20):02}"
    if choices.chance(20):
        bounds["floor"] = f"0.{choices.integer(80, 99):02}"
    return bounds


def _factor_places(choices: Choices) -> dict[str, Any]:
    return {"factor_places": choices.integer(1, 8)} if choices.chance(40) else {}


def _beside(choices: Choices, kind: str, rule: Mapping[str, Any]) -> dict[str, str]:
    """Which sources a rule takes into account, by its own names for them."""
    if kind in ("availability", "lost_yield", "downtime_damages") or rule.get("lowered_by"):
        return {"states": "states"}
    if kind == "severity":
        return {"cycles": "cycles"}
    if kind == "savings_cap":
        return {"saving": "saved"}
    by_term = {
        "tier_unit": {"tier": "energy"},
        "power_factor": {"active": "energy", "reactive": "reactive"},
        "guaranteed_a_unit": {"output": "units"},
        "under_run_percent": {"bills": "amounts"},
    }
    return next((sources for term, sources in by_term.items() if rule.get(term)), {})


def a_price(choices: Choices, place: Place, high: int = 30) -> str:
    return number(choices, 0, high, place.places)


def rising(choices: Choices, count: int, low: int = 5, step: int = 60, places: int = 2) -> list[str]:
    """So many bounds, each above the one before."""
    bounds: list[str] = []
    lowest = low
    for _ in range(count):
        bounds.append(number(choices, lowest, lowest + step, places))
        lowest = int(float(bounds[-1])) + 1
    return bounds


def tiers(choices: Choices, place: Place) -> list[dict[str, Any]]:
    bounds: list[str | None] = [*rising(choices, choices.integer(0, 3)), None]
    drawn = []
    for bound in bounds:
        tier: dict[str, Any] = {"unit_price": a_price(choices, place)}
        if bound is not None:
            tier["up_to"] = bound
        if choices.chance(30):
            tier["flat_fee"] = number(choices, 0, 50, 2)
        if choices.chance(20):
            tier["block"] = number(choices, 1, 20, 1)
        if choices.chance(15):
            tier["amount_cap"] = number(choices, 0, 400, 2)
        drawn.append(tier)
    return drawn


def maybe_bounded(choices: Choices, rule: dict[str, Any], steps: list[dict[str, Any]], most: int = 400) -> None:
    """Sometimes a last tier with a bound, and what is above it: mostly free, for what is refused ends a life."""
    if choices.chance(15):
        last = int(float(steps[-2]["up_to"])) + 1 if len(steps) > 1 else 1
        steps[-1]["up_to"] = number(choices, last, last + most, 2)
        rule["above_last"] = "free" if choices.chance(85) else "refused"


def _fixed_fee(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["amount"] = number(choices, 0, 1000, 2)
    if choices.chance(50):
        rule["proration"] = a_proration(choices)
    if choices.chance(25):
        rule["share_places"] = choices.integer(0, 6)
    if choices.chance(25):
        rule["in_advance"] = True


def _per_unit(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["unit_price"] = a_price(choices, place)
    if choices.chance(30):
        rule["units"] = number(choices, 1, 12, 1)
    if choices.chance(30):
        rule["places"] = choices.integer(0, 3)


def _tiered(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["tiers"] = tiers(choices, place)
    if choices.chance(30):
        rule["flat_fee_at_zero"] = False
    maybe_bounded(choices, rule, rule["tiers"])
    alone = not {"by", "each_day"} & rule.keys()
    if rule["kind"] == "volume" and alone and place.tells("energy") and choices.chance(20):
        rule["tier_unit"] = choices.among(SOURCES["energy"])
        if rule.get("above_last") == "free":
            rule.pop("above_last")
            rule["tiers"][-1].pop("up_to")


def _package(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"size": number(choices, 1, 50, 1), "package_price": a_price(choices, place)}
    if choices.chance(50):
        rule["free_units"] = number(choices, 0, 100, 1)
    if choices.chance(50):
        rule["begun"] = choices.among(["up", "down", "half_up"])
    if choices.chance(30):
        rule["round_first"] = True


def _stairstep(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    bounds: list[str | None] = [*rising(choices, choices.integer(0, 3)), None]
    rule["steps"] = [({"up_to": bound} if bound else {}) | {"amount": number(choices, 0, 500, 2)} for bound in bounds]
    if choices.chance(30):
        rule["at_zero"] = False
    maybe_bounded(choices, rule, rule["steps"])


def _overtime(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"fee": number(choices, 1, 6000, 2), "fee_is_for": number(choices, 1, 200, 1)}
    if choices.chance(50):
        rule["included"] = number(choices, 0, 300, 1)
    if choices.chance(30):
        rule["factor"] = number(choices, 1, 2, 2)
    if choices.chance(40):
        rule["rate_places"] = choices.integer(0, 4)


def _shift(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["fee"] = number(choices, 0, 1500, 2)
    bounds: list[str | None] = [*rising(choices, choices.integer(0, 2), 20), None]
    rule["steps"] = [
        ({"up_to": bound} if bound else {}) | {"factor": number(choices, 1 + at, 2 + at, 2)}
        for at, bound in enumerate(bounds)
    ]
    maybe_bounded(choices, rule, rule["steps"])


def a_capacity(choices: Choices, place: Place) -> dict[str, Any]:
    capacity: dict[str, Any] = {"a_day": number(choices, 1, 10, 2)}
    if choices.chance(50):
        capacity["percent"] = number(choices, 1, 100, 1)
    if choices.chance(40):
        capacity["in_service"] = place.a_day(choices)
        if choices.chance(50):
            capacity["years"] = choices.integer(1, 3)
    return capacity


def _commitment(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["unit_price"] = number(choices, 1, 30, place.places)
    if choices.chance(60):
        rule["overage_factor"] = number(choices, 0, 2, 2)
    at = sorted({choices.integer(0, len(place.windows) - 1) for _ in range(choices.integer(1, 3))})
    what = choices.among(["quantity", "amount", "quantity", "capacity"])
    rule["committed"] = []
    for position in at:
        committed: dict[str, Any] = {"per": place.windows[position]}
        if what == "capacity":
            committed["capacity"] = a_capacity(choices, place)
        else:
            committed[what] = number(choices, 0, 200 * (1 + position), 2)
            if choices.chance(40):
                committed["proration"] = a_proration(choices)
        if choices.chance(25):
            committed["true_up"] = False
        rule["committed"].append(committed)
    if rule["unit"] in SOURCES["energy"] and what != "capacity" and choices.chance(25):
        if choices.chance(50):
            rule["each_hour"] = True
            rule["committed"] = rule["committed"][:1]
        else:
            rule |= {"calendar": CALENDAR, "band": choices.among(BANDS)}


def _take_or_pay(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {
        "unit_price": a_price(choices, place),
        "annual_quantity": number(choices, 1, 2000, 1),
        "take_percent": number(choices, 1, 100, 1),
    }
    if choices.chance(50):
        rule["excess_percent"] = number(choices, 100, 150, 1)
        if choices.chance(70):
            rule["excess_unit_price"] = a_price(choices, place)
    if choices.chance(30):
        rule["ramp"] = [number(choices, 1, 100, 1) for _ in range(choices.integer(1, 3))]
    if choices.chance(60):
        rule["make_up_years"] = choices.integer(0, 3)
        if choices.chance(40):
            rule["make_up_most"] = number(choices, 0, 200, 2)
    if choices.chance(40):
        rule["carry_forward_years"] = choices.integer(0, 3)
        if choices.chance(40):
            rule["carry_forward_most"] = number(choices, 0, 200, 2)
    if choices.chance(60):
        rule["per"] = choices.among(
            [per for per in ("year", "half_year", "quarter") if per in place.windows] or ["year"]
        )
    if choices.chance(30):
        rule["proration"] = a_proration(choices)


def _prepaid(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unit_price": a_price(choices, place), "blocks": []}
    for count in range(choices.integer(1, 4)):
        block: dict[str, Any] = {"name": f"block {count + 1}", "bought": place.a_day(choices)}
        if choices.chance(60):
            block |= {"units": number(choices, 1, 500, 2), "cost": number(choices, 0, 500, 2)}
        else:
            block["amount"] = number(choices, 1, 2000, 2)
            if choices.chance(30):
                block["cost"] = number(choices, 0, 2000, 2)
        if choices.chance(50):
            block["expires"] = (date.fromisoformat(block["bought"]) + timedelta(choices.integer(1, 200))).isoformat()
        if choices.chance(40):
            block["priority"] = choices.integer(0, 3)
        rule["blocks"].append(block)


def _age(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["in_service"] = (place.starts - timedelta(choices.integer(0, 1500))).isoformat()
    months = sorted({choices.integer(1, 60) for _ in range(choices.integer(0, 2))})
    rule["bands"] = [{"up_to_months": month, "unit_price": a_price(choices, place)} for month in months]
    rule["bands"].append({"unit_price": a_price(choices, place)})


def _severity(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unit_price": a_price(choices, place), "agreed_ratio": number(choices, 1, 4, 2)}
    ratios = ["0", *rising(choices, choices.integer(0, 3), 1, 2)]
    rule["table"] = [
        {"from_ratio": ratio, "factor": f"{choices.integer(0, 2)}.{choices.integer(1, 99):02}"} for ratio in ratios
    ]
    if choices.chance(60):
        rule["reset"] = choices.among([window for window in place.windows if window != "contract"])
    if choices.chance(30):
        rule["ratio_places"] = choices.integer(0, 4)


def a_downtime(choices: Choices) -> dict[str, Any]:
    downtime: dict[str, Any] = {"states": ["down"]}
    if choices.chance(30):
        downtime["states"] = ["down", "idle"]
    if choices.chance(50):
        downtime["excused"] = ["force majeure"]
        downtime["excused_as"] = choices.among(["available", "left_out"])
    if choices.chance(30):
        downtime["places"] = choices.integer(0, 4)
    return downtime


def _lost_yield(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {
        "unit_price": number(choices, 1, 30, place.places),
        "guarantee": number(choices, 50, 100, 1),
        "downtime": a_downtime(choices),
    }
    if choices.chance(60):
        rule["per"] = choices.among(place.windows)


def _time_of_use(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"calendar": CALENDAR, "unit_prices": {band: a_price(choices, place) for band in BANDS}}


def _demand(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unit": choices.among(SOURCES["power"]), "unit_price": a_price(choices, place)}
    if choices.chance(30):
        rule["block_minutes"] = choices.among([15, 30, 60, 120])
    if choices.chance(20):
        rule["sliding"] = True
    if choices.chance(20):
        rule |= {"calendar": CALENDAR, "band": choices.among(BANDS)}
    if choices.chance(30):
        rule["minimum"] = number(choices, 0, 50, 2)
    if choices.chance(30):
        rule["peak"] = choices.among(["year", "year", "each_day", "each_week", "each_month"])
    elif choices.chance(50):
        rule["ratchet"] = {"percent": number(choices, 1, 100, 1)} | (
            {"periods": choices.integer(1, 12)} if choices.chance(50) else {}
        )
    by_windows = rule.get("peak", "own") not in ("own", "year")
    if not by_windows and choices.chance(25):
        rule["power_factor"] = {"at_least": f"0.{choices.integer(50, 99)}"} | (
            {"places": choices.integer(1, 4)} if choices.chance(50) else {}
        )
    if choices.chance(40):
        rule["proration"] = choices.among(["calendar_days", "none"]) if by_windows else a_proration(choices)


def _matrix(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    material, shift = choices.among(MATERIALS), choices.among(SHIFTS)
    entries: list[dict[str, str]] = [{"material": material}, {"material": material, "shift": shift}]
    if choices.chance(50):
        entries.append({"shift": shift})
    if choices.chance(50):
        entries.append({"material": next(other for other in MATERIALS if other != material)})
    if {"shift": shift} in entries:  # where two fit alike, one names both
        entries = [when for when in entries if len(when) == 1] + [
            {"material": when["material"], "shift": shift} for when in entries if "material" in when and len(when) == 1
        ]
    if choices.chance(50):
        entries.reverse()
    rule["entries"] = [{"when": when, "unit_price": a_price(choices, place)} for when in entries]
    if choices.chance(90):
        rule["otherwise"] = a_price(choices, place)


def _percentage(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    if choices.chance(40):
        bounds: list[str | None] = [*rising(choices, choices.integer(0, 2), 100, 2000), None]
        rule["tiers"] = [
            ({"up_to": bound} if bound else {}) | {"percent": number(choices, 0, 20, 2)} for bound in bounds
        ]
        for tier in rule["tiers"]:
            if choices.chance(30):
                tier["flat_fee"] = number(choices, 0, 20, 2)
        maybe_bounded(choices, rule, rule["tiers"], 3000)
    else:
        rule["percent"] = number(choices, 0, 20, 2)
        if choices.chance(40):
            rule["minimum"] = number(choices, 0, 5, 2)
        if choices.chance(40):
            rule["maximum"] = number(choices, 5, 50, 2)
    if choices.chance(40):
        rule["fee_per_event"] = number(choices, 0, 2, 3)
    if choices.chance(30):
        rule["free_events"] = choices.integer(0, 4)
    if choices.chance(30):
        rule["free_amount"] = number(choices, 0, 1000, 2)


def _pass_through(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    if choices.chance(70):
        rule["markup_percent"] = number(choices, 0, 20, 2)
    if choices.chance(30):
        rule["at_most"] = number(choices, 0, 3000, 2)


def _deduction(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unitary_charge": number(choices, 1, 6000, 2), "operating_periods": choices.integer(1, 90)}
    rule["zones"] = {zone: number(choices, 0, 1, 2) for zone in ZONES}
    rule["categories"] = {category: number(choices, 0, 1, 2) for category in CATEGORIES}
    if choices.chance(50):
        rule["repeated"] = {"from_event": choices.integer(2, 4), "factor": f"1.{choices.integer(1, 99):02}"}
    if choices.chance(30):
        rule["at_most"] = number(choices, 0, 6000, 2)


def _service_events(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["coverage"] = []
    for service in SERVICES:
        coverage: dict[str, Any] = {"service": service}
        if choices.chance(70):
            coverage |= {"covered": str(choices.integer(0, 4)), "unit_price": number(choices, 0, 900, 2)}
        rule["coverage"].append(coverage)
    if choices.chance(60):
        rule["per"] = choices.among(place.windows)


def _one_off(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"amount": number(choices, -3000, 3000, 2), "on": place.a_day(choices)}


def _schedule(choices: Choices) -> list[dict[str, Any]]:
    months = sorted({choices.integer(0, 24) for _ in range(choices.integer(1, 3))})
    return [{"from_month": month, "amount": number(choices, 0, 20000, 2)} for month in months]


def _buy_out(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["schedule"] = _schedule(choices)
    if choices.chance(80):
        rule["on"] = place.a_day(choices)


def _holdover(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    ends = place.a_day(choices)
    rule |= {"day_rate": number(choices, 0, 200, 2), "term_ends": ends}
    if choices.chance(50):
        rule["percent"] = number(choices, 1, 200, 1)
    if choices.chance(50):
        rule["returned"] = (date.fromisoformat(ends) + timedelta(choices.integer(0, 60))).isoformat()


def _early_exit(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {
        "term_ends": (place.starts + timedelta(choices.integer(300, 1500))).isoformat(),
        "unamortised": _schedule(choices),
    }
    if choices.chance(70):
        rule["exits"] = place.a_day(choices)
    if choices.chance(70):
        rule["lost_profit_a_month"] = number(choices, 0, 500, 2)
    if choices.chance(50):
        rule["months_at_most"] = choices.integer(0, 12)


def _downtime_damages(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {
        "downtime": a_downtime(choices),
        "allowed_days": number(choices, 0, 6, 1),
        "a_day": number(choices, 0, 5000, 2),
    }
    if choices.chance(50):
        rule["hours_a_day"] = choices.among(["8", "24", "7.5"])
    if choices.chance(40):
        rule["factors"] = [number(choices, 0, 2, 2) for _ in range(choices.integer(1, 2))]
    if choices.chance(40):
        rule["divisor"] = number(choices, 1, 300, 0)
    if choices.chance(30):
        rule["at_most"] = number(choices, 0, 20000, 2)
    if choices.chance(60):
        rule["per"] = choices.among(place.windows)
    if choices.chance(30):
        rule["proration"] = a_proration(choices)


def _lease_rent(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {
        "financed": number(choices, 1000, 90000, 2),
        "percent_a_year": number(choices, 1, 12, 2),
        "instalments": choices.integer(2, 24),
    }
    if choices.chance(30):
        rule["periods_a_year"] = choices.among([12, 4, 52])


def _percentage_of(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["percent"] = number(choices, 0, 30, 2)


def _bound(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["amount"] = number(choices, 0, 3000, 2)
    if choices.chance(60):
        rule["per"] = choices.among(place.windows)
    if choices.chance(50):
        rule["proration"] = a_proration(choices)
    if rule["kind"] == "minimum_spend" and choices.chance(30):
        rule["lowered_by"] = choices.among([["fault"], ["down"], ["fault", "force majeure"]])


def _availability(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["downtime"] = a_downtime(choices)
    has_malus = choices.chance(80)
    if has_malus:
        rule["malus"] = a_malus(choices)
    if not has_malus or choices.chance(50):
        rule["bonus"] = {"above": number(choices, 80, 99, 1), "amount": number(choices, 1, 500, 2)}
        if choices.chance(40):
            rule["bonus"]["per"] = choices.among(["point", "fraction"])
        if choices.chance(30):
            rule["bonus"]["at_most"] = number(choices, 0, 1000, 2)
    if choices.chance(30):
        rule["at_most_percent"] = number(choices, 0, 100, 1)
    if choices.chance(50):
        rule["per"] = choices.among(place.windows)


def a_malus(choices: Choices) -> dict[str, Any]:
    if choices.chance(50):
        malus: dict[str, Any] = {
            "kind": "linear",
            "guarantee": number(choices, 80, 100, 1),
            "factor": number(choices, 1, 3, 2),
        }
        return malus | ({"nothing_below": number(choices, 0, 80, 1)} if choices.chance(50) else {})
    marks = sorted({choices.integer(60, 99) for _ in range(choices.integer(1, 3))}, reverse=True)
    malus = {
        "kind": "progressive",
        "bands": [{"below": str(mark), "percent": number(choices, 0, 2, 2)} for mark in marks],
    }
    if choices.chance(60):
        malus["step"] = choices.among(["0.1", "0.5", "1", "0.3"])
    if choices.chance(60):
        malus["part_of_step"] = choices.among(["full", "part", "none"])
    return malus


def _discount(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    if choices.chance(50):
        rule["percent"] = number(choices, 1, 100, 1)
    else:
        rule["amount"] = number(choices, 1, 300, 2)
        if choices.chance(40):
            rule["proration"] = a_proration(choices)
    if choices.chance(30):
        rule["first"] = place.a_day(choices)
    if choices.chance(30):
        rule["after_last"] = place.a_day(choices)


def _drawdown(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"amount": number(choices, 1, 6000, 0), "claimed": place.a_day(choices)}


def a_valuation(choices: Choices, place: Place) -> dict[str, Any]:
    """Prices of a saving, by band or of all of it."""
    bands: dict[str, Any] = {}
    for band in choices.among([("all",), (*BANDS, "all")]):
        price: dict[str, Any] = {}
        if choices.chance(70) or not place.indices:
            price["price"] = number(choices, 0, 3, 4)
        else:
            price["series"] = choices.among(place.indices)
        if choices.chance(30):
            price["base"] = {"price": number(choices, 0, 3, 4)} | (
                {"percent": number(choices, 0, 5, 1)} if choices.chance(50) else {}
            )
        if choices.chance(30):
            price["floor"] = number(choices, 0, 1, 2)
        if choices.chance(30):
            price["ceiling"] = number(choices, 1, 3, 2)
        if choices.chance(20):
            price["tax_percent"] = number(choices, 0, 25, 0)
        bands[band] = price
    return {"kind": "at_prices", "unit": choices.among(("kWh", "MWh")), "bands": bands} | (
        {"places": choices.integer(0, 4)} if choices.chance(30) else {}
    )


def _by_year(choices: Choices, low: int, high: int) -> list[str]:
    return [number(choices, low, high, 1) for _ in range(choices.integer(1, 3))]


def _savings_window(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    if choices.chance(50):
        rule["per"] = choices.among(place.windows)


def _savings_share(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unit": "kWh", "valuation": a_valuation(choices, place)}
    bounds: list[str | None] = [*rising(choices, choices.integer(0, 2), 100, 3000), None]
    if len(bounds) > 1 and choices.chance(40):
        rule["tranches_of"] = "value"
    rule["tranches"] = [
        ({"up_to": bound} if bound else {}) | {"percent": _by_year(choices, 0, 100)} for bound in bounds
    ]
    _savings_window(choices, place, rule)
    if choices.chance(50):
        rule["losses"] = choices.among(["credited", "carried", "forgiven"])
    if len(bounds) == 1 and choices.chance(50):
        most = 2000 if choices.chance(40) else 20000
        rule["until_repaid"] = {"investment": number(choices, 100, most, 2), "percent": number(choices, 0, 100, 1)}
    if choices.chance(30):
        rule["at_most"] = number(choices, 0, 9000, 2)
    if choices.chance(30):
        rule["on_account"] = {"amount": _by_year(choices, 0, 900)}


def _savings_guarantee(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unit": "kWh", "guaranteed": _by_year(choices, 0, 9000)}
    if choices.chance(50):
        rule |= {"of": "value", "valuation": a_valuation(choices, place)}
    else:
        rule["price"] = number(choices, 1, 3, 4)
    _savings_window(choices, place, rule)
    if choices.chance(25):
        rule["cumulative"] = True
    elif choices.chance(60):
        rule["excess"] = choices.among(["customer", "repays", "carried"])
    if choices.chance(40):
        rule["dead_band_percent"] = number(choices, 0, 20, 1)
        rule["dead_band"] = choices.among(["gates", "forgives"])
    if choices.chance(30):
        rule["at_most"] = number(choices, 0, 5000, 2)
    if choices.chance(40):
        rule["bonus_percent"] = number(choices, 0, 60, 1)
    if choices.chance(20):
        rule["deemed_from"] = place.a_day(choices)


def _energy_guarantee(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    _savings_window(choices, place, rule)
    if choices.chance(40):
        rule |= {"guaranteed_a_unit": _by_year(choices, 0, 5), "output_unit": "part"}
    else:
        rule["guaranteed"] = _by_year(choices, 0, 900)
    rule["price"] = number(choices, 1, 3, 4)
    if choices.chance(40):
        rule["dead_band_percent"] = number(choices, 0, 20, 1)
        rule["dead_band"] = choices.among(["gates", "forgives"])
    if choices.chance(30):
        rule["at_most"] = number(choices, 0, 500, 2)
    if choices.chance(40):
        rule["bonus_percent"] = number(choices, 0, 60, 1)


def _savings_cap(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule["valuation"] = a_valuation(choices, place)
    _savings_window(choices, place, rule)


def _trusteeship_fee(choices: Choices, place: Place, rule: dict[str, Any]) -> None:
    rule |= {"unit": "kWh", "valuation": a_valuation(choices, place)}
    _savings_window(choices, place, rule)
    if choices.chance(60):
        rule["discount_percent"] = number(choices, 0, 50, 1)
    if choices.chance(60):
        rule["operation_fee"] = number(choices, 0, 5000, 2)
    if choices.chance(30):
        rule |= {"agreed_energy": number(choices, 1000, 9000, 0), "within_percent": number(choices, 1, 60, 1)}
    if choices.chance(30):
        rule["under_run_percent"] = number(choices, 1, 100, 1)
    if choices.chance(30):
        rule["on_account"] = {"amount": _by_year(choices, 0, 900)}


_TERMS = {
    "savings_share": _savings_share,
    "savings_guarantee": _savings_guarantee,
    "savings_cap": _savings_cap,
    "energy_guarantee": _energy_guarantee,
    "trusteeship_fee": _trusteeship_fee,
    "fixed_fee": _fixed_fee,
    "per_unit": _per_unit,
    "graduated": _tiered,
    "volume": _tiered,
    "package": _package,
    "stairstep": _stairstep,
    "overtime": _overtime,
    "shift": _shift,
    "commitment": _commitment,
    "take_or_pay": _take_or_pay,
    "prepaid": _prepaid,
    "age": _age,
    "severity": _severity,
    "lost_yield": _lost_yield,
    "time_of_use": _time_of_use,
    "demand": _demand,
    "matrix": _matrix,
    "percentage": _percentage,
    "pass_through": _pass_through,
    "deduction": _deduction,
    "service_events": _service_events,
    "one_off": _one_off,
    "buy_out": _buy_out,
    "holdover": _holdover,
    "early_exit": _early_exit,
    "downtime_damages": _downtime_damages,
    "lease_rent": _lease_rent,
    "percentage_of": _percentage_of,
    "minimum_spend": _bound,
    "maximum_spend": _bound,
    "availability": _availability,
    "discount": _discount,
    "drawdown": _drawdown,
}
