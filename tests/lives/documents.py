"""Whole documents for lives: a fleet with a register of every kind, contracts over it, and what amendments make of them.

Everything drawn is plain data: strings, whole numbers, lists and dictionaries, as a document has them.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zlib import crc32

from hypothesis import strategies as st

from contracts.contract import Contract
from quantities.document import parse
from tests.lives import charges as charge_kinds
from tests.lives import on_account, on_paper, prepaying, sharing
from tests.lives.charges import KINDS, PRICED, Place, of_one_kind
from tests.lives.choices import Dice
from tests.lives.facts import RegisterFact
from tests.lives.repertoire import CHANGES, Repertoire

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Document: TypeAlias = dict[str, Any]

#: Zones with odd clocks: half an hour of summer time, a day that never was, quarters of an hour.
ODD_ZONES = ("Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Chatham", "America/New_York")
CURRENCIES = ("EUR", "JPY", "KWD", "USD")

#: Of a register that counts whole local days; one of them has an hour less, or more.
A_DAY = 1440
STATES = {
    1: ("running", "", True), 2: ("idle", "", False), 3: ("down", "", False), 4: ("down", "fault", False),
    5: ("down", "force majeure", False),
}  # fmt: skip
REGISTERS = {
    register.key: register
    for register in (
        RegisterFact("kwh", "interval", "kWh", interval_minutes=15),
        RegisterFact("kwh2", "interval", "kWh", multiplier=Decimal(40), interval_minutes=15),
        RegisterFact("kvarh", "interval", "kvarh", interval_minutes=60),
        RegisterFact("runtime", "interval", "machine_hour", interval_minutes=60),
        RegisterFact("total", "cumulative", "kWh", modulus=Decimal(10000)),
        RegisterFact("hours", "cumulative", "machine_hour"),
        RegisterFact("made", "cumulative", "part", multiplier=Decimal(2)),
        RegisterFact("power", "instantaneous", "kW"),
        RegisterFact("line", "instantaneous", "kW", between="linear"),
        RegisterFact("gauge", "instantaneous", "kW", between="linear", holds_minutes=60 * 24 * 7),
        RegisterFact("parts", "event", "part"),
        RegisterFact("pieces", "event", "part", dimensions=("material", "shift")),
        RegisterFact("amounts", "event", "one"),
        RegisterFact("cycles", "event", "cycle"),
        RegisterFact("services", "event", "each", dimensions=("service",)),
        RegisterFact("faults", "event", "each", dimensions=("zone", "category")),
        RegisterFact("states", "state", "h", states=STATES),
        RegisterFact("electricity", "interval", "kWh", interval_minutes=A_DAY),
        RegisterFact("gas", "interval", "m3", interval_minutes=A_DAY),
        RegisterFact("heat", "interval", "GJ", interval_minutes=A_DAY),
        RegisterFact("output", "interval", "part", interval_minutes=A_DAY),
    )
}
#: What each dimension may say.
LABELS = {
    "material": charge_kinds.MATERIALS, "shift": charge_kinds.SHIFTS, "service": charge_kinds.SERVICES,
    "zone": charge_kinds.ZONES, "category": charge_kinds.CATEGORIES,
}  # fmt: skip
#: The registers that tell a source of the charges' generator.
TELLING = {
    "energy": ("kwh", "kwh2", "total", "power", "line", "gauge"), "units": ("parts", "made"), "hours": ("hours", "runtime"),
    "cycles": ("cycles",), "reactive": ("kvarh",), "amounts": ("amounts",), "pieces": ("pieces",),
    "faults": ("faults",), "services": ("services",), "states": ("states",),
}  # fmt: skip
#: By a name of the repertoire, the registers that a life then has.
MATTER_OF = {
    "interval": ("kwh", "kwh2", "kvarh", "runtime"), "counter": ("total", "hours", "made"), "level hold": ("power",),
    "level linear": ("line", "gauge"), "event": ("parts", "pieces", "amounts", "cycles", "services", "faults"),
    "state": ("states",),
}  # fmt: skip
#: Kinds that look at other days than those of the period, whatever their settings.
OVER_LONGER_WINDOWS = frozenset({"commitment", "take_or_pay", "prepaid", "severity", "downtime_damages", "service_events", "demand", "lease_rent", "energy_guarantee"})  # fmt: skip
#: Kinds whose use is asked for by blocks or bands: not of counters and lines, which know none.
BY_BLOCKS = frozenset({"demand", "time_of_use"})
#: Registers that know neither.
UNDIVIDED = ("total", "hours", "made", "line", "gauge")
INDICES = ("CPI", "steel")
_TRIES = 60
#: About how many days a billing period has.
LENGTHS = {"week": 7, "two_weeks": 14, "four_weeks": 28, "month": 30}


def registers_of(repertoire: Repertoire) -> list[str]:
    """Name the registers that a life may price."""
    return [key for matter, keys in MATTER_OF.items() if matter in repertoire for key in keys]


def fleet(zone: str) -> Document:
    """Declare every register, all of one meter."""
    return {
        "sites": [
            {"name": "Werk", "zone": zone, "assets": [
                {"name": on_account.MACHINES[0], "meters": [
                    {"name": "M", "registers": [_declared(register) for register in REGISTERS.values()]}
                ]},
                *({"name": name} for name in on_account.MACHINES[1:]),
            ]}
        ]
    }  # fmt: skip


def _declared(register: RegisterFact) -> Document:
    said: Document = {
        "key": register.key, "kind": register.kind, "unit": register.unit, "resolution": "0.1",
        "multiplier": str(register.multiplier), "between": register.between, "dimensions": list(register.dimensions),
    }  # fmt: skip
    if register.kind in ("state", "event"):
        said["resolution"] = "1"
    if register.interval_minutes is not None:
        said["interval_minutes"] = str(register.interval_minutes)
    if register.holds_minutes is not None:
        said["holds_minutes"] = str(register.holds_minutes)
    if register.modulus is not None:
        said["modulus"] = str(register.modulus)
    if register.states:
        said["states"] = [
            {"code": str(code), "name": name, "used": "true" if used else "false"} | ({"cause": cause} if cause else {})
            for code, (name, cause, used) in register.states.items()
        ]
    return said


#: Numbers with right check digits: the treatment of a supply across a border rests on them.
VAT_IDS = {
    "AT": "ATU13585627", "DE": "DE129273398", "ES": "ESB58378431", "FR": "FR40303265045", "IT": "IT00743110157",
    "RO": "RO18547290", "SK": "SK2022749619",
}  # fmt: skip
#: Who supplies, by country: in each, what is issued is corrected in a manner of its own (law of 2026).
ISSUERS: Mapping[str, Document] = {
    "DE": {"name": "Nordluft", "country": "DE", "vat_id": VAT_IDS["DE"]},
    "FR": {"name": "Ventoux", "country": "FR", "vat_id": VAT_IDS["FR"]},
    "ES": {"name": "Levante", "country": "ES", "vat_id": VAT_IDS["ES"]},
    "RO": {"name": "Crivat", "country": "RO", "vat_id": VAT_IDS["RO"]},
    "SK": {"name": "Tatry", "country": "SK", "vat_id": VAT_IDS["SK"]},
}


def a_contract(draw: Draw, repertoire: Repertoire, reference: str, zone: str, starts: date, currency: str) -> Document:
    """Draw a contract of three to six billing periods, over whatever the repertoire allows."""
    every = draw(
        st.sampled_from(["month", "month", "week", "two_weeks", "four_weeks"] if "weeks" in repertoire else ["month"])
    )
    length = LENGTHS[every]
    billing: Document = {"every": every}
    if every == "month":
        billing["anchor_day"] = str(draw(st.sampled_from([1, 1, 15, 31]))) if "parts" in repertoire else "1"
    else:
        billing["anchor_weekday"] = draw(st.sampled_from(["mon", "wed"]))
    if "parts" in repertoire and every in ("month", "week"):
        starts += timedelta(days=draw(st.integers(0, 20)))
        billing["leading"] = draw(st.sampled_from(["alone", "joined"]))
        billing["trailing"] = draw(st.sampled_from(["alone", "joined"]))
        billing["leading_part_of"] = draw(st.sampled_from(["anchors", "counted_back"]))
        ends = starts + timedelta(days=draw(st.integers(3 * length, 6 * length)))
    elif every == "month":
        ends = (starts + timedelta(days=draw(st.integers(4, 6)) * 31)).replace(day=1)
    else:
        starts -= timedelta(days=(starts.weekday() - {"mon": 0, "wed": 2}[billing["anchor_weekday"]]) % 7)
        ends = starts + timedelta(days=length * draw(st.integers(4, 7)))
    span = starts, ends
    charges: list[Document] = []
    for at in range(draw(st.integers(1, 4))):
        charges.append(a_charge(draw, repertoire, f"c{at}", charges, span))
    charges = of_one_kind(charges)
    together = on_account.uses_of(charges)
    number = reference.removeprefix("C-")
    around = prepaying.AROUND_A_CHANGE.get(starts.replace(day=1).isoformat()) if "rates change" in repertoire else None
    countries = [*ISSUERS, *([around] * 3 if around else [])] if "issuers" in repertoire else ["DE"]
    country = draw(st.sampled_from(countries))
    document = {
        "contract": reference,
        "supplier": ISSUERS[country],
        "customer": {"name": f"Kunde {number}", "country": country},
        "currency": currency,
        "zone": zone,
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "billing": billing,
        "settings": some_settings(draw, repertoire),
        "charges": charges,
    }
    if any((charge.get("included") or {}).get("each") for charge in charges):
        document |= {"assets": on_account.machines(Dice(draw(st.integers(0, 2**32 - 1)))), "usages": together}
    if "reduced rates" in repertoire and draw(st.integers(0, 2)) == 2:
        document["tax"] = {"rate": "reduced"}
    if "prepayments" in repertoire and draw(st.integers(0, 2)) == 0:
        dice = Dice(draw(st.integers(0, 2**32 - 1)))
        for at in range(dice.among([1, 1, 2])):
            charges += prepaying.pair(dice, f"p{at}", document, charges)
        document["charges"] = of_one_kind(charges)
    document |= sharing.agreed(document, self_billed="self billed" in repertoire)
    if "on paper" in repertoire:
        seed = draw(st.integers(0, 2**32 - 1))
        document |= said(on_paper.savings(Dice(seed), document, carriers="carriers" in repertoire))
    return document


def registers_in(document: Mapping[str, Any]) -> set[str]:
    """Name the registers that the charges, the named uses and the savings of a contract look at."""
    charges, options = document["charges"], [plan["option"] for plan in document.get("savings", ())]
    keys = {key for charge in charges for key in (charge.get("register"), *charge.get("beside", {}).values())}
    keys |= {key for option in options for key in (*option["registers"], *option.get("further", {}).values())}
    keys |= {key for use in document.get("usages", ()) for key in use.get("registers", ())}
    return keys & {*REGISTERS}


def some_settings(draw: Draw, repertoire: Repertoire) -> Document:
    """Draw settings, most of them as they are by default."""
    said: Document = {
        "rounding": draw(st.sampled_from(["half_up", "half_up", "half_even", "half_down", "up", "down"])),
        "on_change": draw(st.sampled_from(["continue", "restart", "whole"])),
        "zero_lines": draw(st.sampled_from(["true", "false"])),
        "discounts": draw(st.sampled_from(["multiply", "add"])),
        "issue": draw(st.sampled_from(["automatically", "after_review"])),
    }
    # A day of a life is read once or not at all: of its quarters of an hour 0.0104, of its hours 0.0417.
    parts = ["0", "0", "0.002", "0.004", "0.01", "0.02", "1"] if "coverage" in repertoire else ["0"]
    said["least_coverage"] = draw(st.sampled_from(parts)) if len(parts) > 1 else parts[0]
    edges = ["last_read", "last_read", *repertoire.among(("interpolated", "exact"))]
    said["edges"] = draw(st.sampled_from(edges))
    if draw(st.integers(0, 3)) == 3:
        said["quantity_places"] = str(draw(st.integers(0, 3)))
    if draw(st.integers(0, 3)) == 3:
        said["bill_after_days"] = str(draw(st.integers(0, 10)))
    return said


def kinds_of(repertoire: Repertoire, others: Sequence[Document]) -> list[str]:
    """Name the kinds that a charge beside some others may be of."""
    told = {source for source, keys in TELLING.items() if set(keys) & set(registers_of(repertoire))}
    kinds = [kind for kind in KINDS if not PRICED[kind] or set(PRICED[kind]) & told]
    if not {"states", "cycles", "reactive"} <= told:
        kinds = [
            kind
            for kind in kinds
            if kind not in ("availability", "lost_yield", "downtime_damages", "severity", "minimum_spend", "demand")
        ]
    if "over amounts" not in repertoire or not others:
        kinds = [kind for kind in kinds if kind not in charge_kinds.OVER_AMOUNTS]
    if "windows" not in repertoire:
        kinds = [kind for kind in kinds if kind not in OVER_LONGER_WINDOWS]
    if "on account" in repertoire:  # of so many kinds those that it is of would be rare
        kinds += [kind for kind in on_account.AT_PRICES if kind in kinds] * 3
    return [kind for kind in kinds if repertoire.kinds is None or kind in repertoire.kinds] or ["fixed_fee"]


def a_charge(
    draw: Draw,
    repertoire: Repertoire,
    name: str,
    others: Sequence[Document],
    span: tuple[date, date],
    like: Document | None = None,
) -> Document:
    """Draw a charge.

    Args:
        draw: by Hypothesis.
        repertoire: what may be drawn.
        name: the charge's.
        others: charges that it may be computed from.
        span: the contract's life.
        like: of the same kind, of the same use in the same unit; of any, unless it is named.
    """
    kind = None if like is None else like["rule"]["kind"]
    kind = kind or draw(st.sampled_from(kinds_of(repertoire, others)))
    allowed = registers_of(repertoire)
    if kind in BY_BLOCKS:
        allowed = [key for key in allowed if key not in UNDIVIDED] or allowed
    uses = {}
    own = {like["register"]} if like is not None and "register" in like else set()
    for source, keys in TELLING.items():
        fitting = [key for key in keys if key in own] or [key for key in keys if key in allowed]
        if fitting:
            uses[source] = ("register", draw(st.sampled_from(fitting)))
    windows = charge_kinds.WINDOWS if "windows" in repertoire else ("period",)
    place = Place(*span, uses, [str(other["name"]) for other in others], INDICES, windows)
    # A charge is hundreds of draws, more than Hypothesis grants a life; so only the seed of its dice is drawn.
    first = draw(st.integers(0, 2**32 - 1))
    tried = (charge_kinds.a_charge(Dice(first + at), kind, place, name) for at in range(_TRIES))
    charge = next(
        (
            one
            for one in tried
            if _is_told(one, uses)
            and ("bands of counters" in repertoire or not _divides_a_counter(one))
            and not on_paper.waits_for_a_price(one)
            and (like is None or _is_like(one, like))
        ),
        like,
    )
    if charge is None:
        charge = {"name": name, "rule": {"kind": "fixed_fee", "amount": "100.00"}}
    if split := charge_kinds.a_split(Dice(first), charge):
        charge["split"] = split
    if like is not None or "machines" in repertoire or "on account" in repertoire:
        charge = on_account.added(Dice(first + _TRIES), charge, place, like)
        if like is None:
            charge = on_account.as_allowed(
                charge, pools="machines" in repertoire, instalments="on account" in repertoire
            )
    document: Document = said(_as_allowed(charge, repertoire))
    over_amounts = document["rule"]["kind"] in charge_kinds.OVER_AMOUNTS
    if "rates by charge" in repertoire and not over_amounts and Dice(crc32(name.encode()) + first).chance(20):
        document["tax"] = {"rate": "reduced"}
    if "shared" not in repertoire:
        return document
    return sharing.shared(document, over_amounts=over_amounts)


def _as_allowed(charge: Document, repertoire: Repertoire) -> Document:
    """Leave out of a charge what a life is to do without."""
    for name, of in (
        ("index", charge),
        ("included", charge),
        ("sliding", charge["rule"]),
        ("in advance", charge["rule"]),
    ):
        if name not in repertoire:
            of.pop(name.replace(" ", "_"), None)
    return charge


def _is_told(charge: Document, uses: Mapping[str, tuple[str, str]]) -> bool:
    """Tell whether there is a register for each use that a charge looks at."""
    told = {register for _, register in uses.values()}
    return all(key is None or key in told for key in (charge.get("register"), *charge.get("beside", {}).values()))


def _divides_a_counter(charge: Document) -> bool:
    """Tell whether a charge asks for bands of a register that knows none."""
    return "calendar" in charge["rule"] and charge.get("register") in UNDIVIDED


def _is_like(charge: Document, other: Document) -> bool:
    """Tell whether a charge prices the same use in the same unit as another one."""
    return charge.get("register") == other.get("register") and charge["rule"].get("unit") == other["rule"].get("unit")


def said(value: Any) -> Any:
    """Write a document's numbers and truths as strings, as its readers take them from every format."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {name: said(inner) for name, inner in value.items()}
    return [said(inner) for inner in value] if isinstance(value, list | tuple) else value


#: Changes that are drawn by dice alone.
_ON_PAPER_AND_MACHINES: Mapping[str, Callable[[Dice, Document], Document]] = {
    "another paper": on_paper.another_paper, "machines change": on_account.other_machines,
}  # fmt: skip


def a_change(draw: Draw, repertoire: Repertoire, document: Document, change: str) -> Document:
    """Draw what an amendment makes of a document; the day from which it is in force is the caller's.

    Returns:
        The fields of the new document that differ.
    """
    at = draw(st.integers(0, len(document["charges"]) - 1))
    if change in ("terms", "rule", "unit", "rename", "drop", "add"):
        charges = _changed_charges(draw, repertoire, document, change, at)
        return {"charges": of_one_kind(charges)}
    first, end = date.fromisoformat(document["starts"]), date.fromisoformat(document["ends"])
    if change in _ON_PAPER_AND_MACHINES:
        return said(_ON_PAPER_AND_MACHINES[change](Dice(draw(st.integers(0, 2**32 - 1))), document))  # type: ignore[no-any-return]
    fields: Document
    match change:
        case "prolong":
            fields = {"ends": (end + timedelta(days=draw(st.integers(1, 70)))).isoformat()}
        case "end early":
            days = [first + timedelta(days=at) for at in range(1, max(2, (end - first).days))]
            if "inside" not in repertoire:
                edges = {period.after_last for period in parse(Contract, dict(document)).periods()}
                days = [day for day in days if day in edges] or [end]
            fields = {"ends": draw(st.sampled_from(days)).isoformat()}
        case "country":
            country = draw(st.sampled_from(["DE", "FR", "AT", "IT"]))
            vat_id = {} if country == "DE" else {"vat_id": VAT_IDS[country]}
            fields = {"customer": {"name": document["customer"]["name"], "country": country} | vat_id}
        case "vat id":
            fields = {"customer": document["customer"] | {"vat_id": VAT_IDS[document["customer"]["country"]]}}
        case "suspend":
            pause = first + timedelta(days=draw(st.integers(0, 100)))
            after_last = pause + timedelta(days=draw(st.integers(1, 20)))
            fields = {"suspensions": [{"first": pause.isoformat(), "after_last": after_last.isoformat()}]}
        case "settings":
            kept = {"edges": document["settings"]["edges"]}
            fields = {"settings": some_settings(draw, repertoire) | kept}
        case _:
            fields = {"reason": f"an address, {draw(st.integers(1, 999))}"}
    return fields


def _changed_charges(draw: Draw, repertoire: Repertoire, document: Document, change: str, at: int) -> list[Document]:
    charges: list[Document] = deepcopy(document["charges"])
    charge, before = charges[at], charges[:at]
    if prepaying.is_prepaid(charge) and change in ("terms", "rule", "unit", "drop"):
        dice = Dice(draw(st.integers(0, 2**32 - 1)))
        without = prepaying.without_pair(charges, charge)
        return without if change == "drop" and without else prepaying.with_another_amount(dice, charges, charge)
    span = date.fromisoformat(document["starts"]), date.fromisoformat(document["ends"])
    match change:
        case "terms":
            charges[at] = a_charge(draw, repertoire, charge["name"], before, span, charge)
            if charge["rule"]["kind"] == "lease_rent":  # another amount would be another lease
                charges[at]["rule"] |= {"financed": charge["rule"]["financed"]}
        case "rule":
            anew = a_charge(draw, repertoire, charge["name"], before, span)
            charges[at] = anew if document.get("assets") else on_account.as_allowed(anew, pools=False, instalments=True)
        case "unit":
            charges[at] = in_another_unit(draw, charge)
        case "rename":
            continues = {"continues": charge["name"]} if draw(st.booleans()) else {}
            charges[at] = charge | {"name": f"{charge['name']}x"} | continues
        case "drop" if len(charges) > 1:
            del charges[at]
        case "add":
            if "prepayments" in repertoire and not draw(st.integers(0, 4)):
                dice = Dice(draw(st.integers(0, 2**32 - 1)))
                return [*charges, *prepaying.pair(dice, f"q{len(charges)}", document, charges)]
            added = a_charge(draw, repertoire, f"d{len(charges)}", charges, span)
            charges.append(
                added if document.get("assets") else on_account.as_allowed(added, pools=False, instalments=True)
            )
    return charges


def in_another_unit(draw: Draw, charge: Document) -> Document:
    """Price the same use by another unit of its kind where there is one; bounds and prices stay as figures."""
    rule = charge["rule"]
    units = next((units for units in charge_kinds.SOURCES.values() if rule.get("unit") in units), ())
    return charge | {"rule": rule | {"unit": draw(st.sampled_from(units))}} if units else charge


def changes_of(repertoire: Repertoire) -> list[str]:
    """Name the changes that an amendment may make."""
    return repertoire.among([*(change for change in CHANGES if change != "twice a day"), "another paper"])


def names_of(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name every charge that some documents have."""
    return sorted({charge["name"] for document in documents for charge in document["charges"]})
