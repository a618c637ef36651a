"""What a contract over savings has besides: baselines agreed on paper, carriers joined by factors, and charges over them.

A day is expected to use between 1 and 25, and is read as at most 40: nothing is so far off that its unit is in question.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from tests.lives import charges as charge_kinds
from tests.lives.charges import Place
from tests.lives.choices import Choices, number

Document = dict[str, Any]
JOINED = "all carriers"
#: By its name a carrier's saving: its register and unit; a heat value, and factors into coal, as they are published.
CARRIERS: Mapping[str, Document] = {
    "saved": {"register": "electricity", "unit": "kWh", "factor": ("0.1229", "kgce", "kWh")},
    "gas saved": {"register": "gas", "unit": "m3", "heat": ("35.544", "MJ", "m3"), "factor": ("0.03412", "kgce", "MJ")},
    "heat saved": {"register": "heat", "unit": "GJ", "factor": ("34.12", "kgce", "GJ")},
}
_KINDS = ("savings_share", "savings_guarantee")
#: Short ones more often: what a life saves in a window is billed when that closes.
_WINDOWS = ("period", "month", "month", "two_months", "quarter", "year")


def savings(choices: Choices, document: Document, *, carriers: bool) -> Document:
    """The savings of a contract, the use that joins them, and its charges with those over savings before them.

    Args:
        choices: where they come from.
        document: the contract as it is without them.
        carriers: whether several carriers may be saved and joined.
    """
    names = ["saved"]
    if carriers and choices.chance(75):
        names += [name for name in ("gas saved", "heat saved") if choices.chance(70)]
    added: Document = {"savings": [a_plan(choices, document, name) for name in names]}
    uses = [("saved", "kWh")]
    if len(names) > 1:
        unit = choices.among(["kWh", "GJ", "tce"])
        joined = [a_carrier(choices, document, name) for name in names]
        added["usages"] = [{"name": JOINED, "unit": unit, "joined": joined}]
        uses = [(JOINED, unit), *(uses if choices.chance(40) else [])]
    over = [a_charge(choices, document, f"s{at}", name, unit) for at, (name, unit) in enumerate(uses)]
    return added | {"charges": [*over, *document["charges"]]}


def a_plan(choices: Choices, document: Document, name: str) -> Document:
    parties, carrier = [document["supplier"]["name"], document["customer"]["name"]], CARRIERS[name]
    baseline: Document = {
        "kind": "agreed",
        "unit": carrier["unit"],
        "zone": document["zone"],
        "first": document["starts"],
        "source": {"document": "audit", "clause": "annex 3", "on": "2025-11-30", "parties": parties},
        "uncertainty": {"none_agreed": True},
    }
    option: Document = {"kind": "whole_facility", "registers": [carrier["register"]], "baseline": baseline}
    if choices.chance(10):
        baseline["after_last"] = _day(document, 70)
    with_coefficients(choices, option)
    return {
        "name": name,
        "option": option,
        "places": choices.integer(0, 3),
        "least_coverage": choices.among(["0.01", "0.01", "0.01", "0.1", "0.6"]),
        "signatures": [{"party": party, "person": "Ada", "on": "2025-12-01"} for party in parties],
    }


def with_coefficients(choices: Choices, option: Document) -> None:
    """Write another paper: a table by month, a constant, or a constant and so much for each unit of output."""
    baseline = option["baseline"]
    baseline.pop("drivers", None)
    option.pop("further", None)
    if choices.chance(50):
        baseline["model"] = {"kind": "months", "energies": [number(choices, 31, 700, 2) for _ in range(12)]}
        return
    baseline["model"] = {"kind": "linear", "form": "mean", "intercept": number(choices, 1, 5, 3)}
    if choices.chance(60):
        baseline["drivers"], option["further"] = {"output": "sum"}, {"output": "output"}
        baseline["model"]["drivers"] = {"output": f"0.{choices.integer(1, 499):03}"}


def another_paper(choices: Choices, document: Document) -> Document:
    """The fields of an amendment by which the parties agree other coefficients for one of the savings."""
    plans = deepcopy(document.get("savings", []))
    if plans:
        with_coefficients(choices, choices.among(plans)["option"])
    return {"savings": plans, "reason": "the audit was checked once more"}


def a_carrier(choices: Choices, document: Document, name: str) -> Document:
    """A carrier with its factors, one of which may change within a month of the contract."""
    carrier: Document = {"saving": name}
    for field, term in (("factors", "factor"), ("heat_values", "heat")):
        if term not in CARRIERS[name]:
            continue
        value, unit, per = CARRIERS[name][term]
        carrier[field] = [
            {"value": value, "unit": unit, "per": per, "first": _day(document, -40), "source": "GB/T 2589"}
        ]
        if choices.chance(50):
            other = {"value": f"{value}5", "first": _day(document, choices.integer(1, 80)), "source": "an addendum"}
            carrier[field].append(carrier[field][0] | other)
    return carrier


def a_charge(choices: Choices, document: Document, name: str, use: str, unit: str) -> Document:
    """A share or a guarantee over a saving, or over all of them joined."""
    starts, ends = (date.fromisoformat(document[edge]) for edge in ("starts", "ends"))
    while True:
        charge = charge_kinds.a_charge(choices, choices.among(_KINDS), Place(starts, ends, windows=_WINDOWS), name)
        if not waits_for_a_price(charge) and "index" not in charge:
            break
    charge["usage"] = use
    charge["rule"]["unit"] = unit
    if use == JOINED and "valuation" in charge["rule"]:
        charge["rule"]["valuation"]["unit"] = unit
    return charge


def waits_for_a_price(charge: Document) -> bool:
    """Tell whether a saving is valued at a published series: lives publish indices, and no prices of energy."""
    bands = charge["rule"].get("valuation", {}).get("bands", {})
    return any("series" in price for price in bands.values())


def _day(document: Document, after: int) -> str:
    return (date.fromisoformat(document["starts"]) + timedelta(after)).isoformat()
