"""Where an amendment within a billing period divides a charge: docs/algorithms.md (change in mid-period).

A charge goes on undivided over every version that says the same of it: of its price and its use, of the charges whose
amounts it sees, of rounding, zone, life, and of what its tax depends on: what is a price until a change and a deposit from then
on is no line of both.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.lives.oracle import formulas
from tests.lives.oracle.kinds import charge_of, kind_seen
from tests.lives.oracle.last_place import as_numbers
from tests.lives.oracle.rules import in_advance, over_amounts, stage

#: What is said of a charge without deciding its amount.
ENTRIES = ("continues", "tax_code", "revenue_account", "allocation", "payees", "dimensions")
SETTINGS = {
    "rounding": "half_up", "quantity_places": None, "zero_lines": "true", "edges": "last_read", "on_change": "continue",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A charge over versions in a row that say the same of it: the places of the first and the last of them."""

    name: str
    first: int
    last: int


def runs(documents: Sequence[Mapping[str, Any]]) -> list[Run]:
    """The runs of every charge over the versions in force, one after the other."""
    found: list[Run] = []
    for name in dict.fromkeys(charge["name"] for document in documents for charge in document["charges"]):
        said = [own_terms(document, name) for document in documents]
        if (documents[-1].get("settings") or {}).get("on_change") == "whole":
            said = [None if terms is None else "" for terms in said]
        for place, terms in enumerate(said):
            if terms is None:
                continue
            if place and said[place - 1] == terms:
                found[-1] = Run(name, found[-1].first, place)
            else:
                found.append(Run(name, place, place))
    return found


def own_terms(document: Mapping[str, Any], name: str) -> str | None:
    """Everything that a version says of a charge, as one text; None where it has none of that name."""
    charge = charge_of(document, name)
    if charge is None:
        return None
    settings = document.get("settings") or {}
    said = {
        "charge": {field: value for field, value in charge.items() if field not in ENTRIES},
        "uses": list(uses(document, charge)),
        "seen": [(other, own_terms(document, other) if in_advance(one) else None) for other, one in seen(document, charge)],
        "machines": machines(document, charge),
        "kind seen": kind_seen(document, charge) if over_amounts(charge) else "",
        "discounts": settings.get("discounts", "multiply") if charge["rule"]["kind"] == "discount" else "",
        "settings": {field: settings.get(field, otherwise) for field, otherwise in SETTINGS.items()},
        "parties": [
            (document[side]["country"], document[side].get("vat_id")) for side in ("supplier", "customer")
        ],
        "whole": [document.get(field) for field in ("currency", "zone", "starts", "billing", "tax")],
    }  # fmt: skip
    return json.dumps(as_numbers(said), sort_keys=True, default=str)


def machines(document: Mapping[str, Any], charge: Mapping[str, Any]) -> int:
    """For how many machines a charge includes a quantity: for all of the contract's, or for those that count its use."""
    each = (charge.get("included") or {}).get("each")
    if each == "asset":
        return len(set(document.get("assets") or ()))
    named = charge.get("register") or charge.get("usage")
    counting = [len(use.get("registers") or ()) for use in document.get("usages") or () if use["name"] == named]
    return max([1, *counting]) if each == "register" else 1


def uses(document: Mapping[str, Any], charge: Mapping[str, Any]) -> Iterator[Any]:
    """The named uses and savings that a charge's uses are made of."""
    waiting = [charge.get("register") or charge.get("usage"), *(charge.get("beside") or {}).values()]
    known = set()
    while waiting:
        name = waiting.pop()
        if name is None or name in known:
            continue
        known.add(name)
        for use in [*(document.get("usages") or ()), *(document.get("savings") or ())]:
            if use["name"] == name:
                yield use
                waiting += formulas.names_in(use["formula"]) if use.get("formula") else []
                waiting += [carrier["saving"] for carrier in use.get("joined") or ()]


def seen(document: Mapping[str, Any], charge: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The charges whose amounts one is computed from: those that it names, or all that are computed before it."""
    if not over_amounts(charge):
        return []
    ordered = sorted(document["charges"], key=lambda other: (stage(other), over_amounts(other)))
    before = ordered[: [other["name"] for other in ordered].index(charge["name"])]
    of = charge["rule"].get("of")
    return [(other["name"], other) for other in before if not of or other["name"] in of]


def bounds(documents: Sequence[Mapping[str, Any]], divided: Sequence[Run]) -> dict[str, set[int]]:
    """By charge, the versions with which a charge over its amount begins or ends within the period.

    What is used is counted on either side of such a day.
    """
    found: dict[str, set[int]] = {}
    for run in divided:
        document = documents[run.last]
        charge = charge_of(document, run.name)
        if charge is None:
            continue
        for name, _ in seen(document, charge):
            found.setdefault(name, set()).update({run.first, run.last + 1} - {0, len(documents)})
    return found


def restart_after(documents: Sequence[Mapping[str, Any]], divided: Sequence[Run], run: Run) -> int | None:
    """The version with which the sums of a charge over the period restart next, after those of a run."""
    own = charge_of(documents[run.last], run.name) or {}
    names = {run.name, own.get("continues")}
    later = []
    for other in divided:
        goes_on_from = (charge_of(documents[other.last], other.name) or {}).get("continues")
        settings = documents[other.last].get("settings") or {}
        is_of = other.name in names or goes_on_from == run.name
        if is_of and other.first > run.first and settings.get("on_change") == "restart":
            later.append(other.first)
    return min(later, default=None)


def share(first: date, after_last: date, of_first: date, of_after_last: date) -> tuple[int, int]:
    """How many of some days are among others, and how many there are."""
    met = (min(after_last, of_after_last) - max(first, of_first)).days
    return max(0, met), (of_after_last - of_first).days
