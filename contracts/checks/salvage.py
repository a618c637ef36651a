"""What is left of a faulty document once its faulty parts are left out, so that the rest can be checked as well."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from quantities.document import Fault


def salvage(document: Any, faults: Iterable[Fault]) -> tuple[Any, dict[int, int]]:
    """Leave the faulty parts out of a contract's document.

    Returns:
        The document without faulty charges, uses and optional fields, and without charges that name a use left out;
        faulty required fields hold placeholders. The map gives each kept charge's original index.
    """
    if not isinstance(document, dict):
        return None, {}
    steps = {tuple(fault.path.strip("/").split("/")[:2]) for fault in faults}
    kept = {name: value for name, value in document.items() if (name,) not in {step[:1] for step in steps}}
    places: dict[int, int] = {}
    lost: set[object] = set()  # names of uses that are left out
    for name in ("usages", "savings", "charges"):
        entries = document.get(name)
        if not isinstance(entries, list) or (name,) in steps:
            continue
        left = [
            (at, entry)
            for at, entry in enumerate(entries)
            if (name, str(at)) not in steps and not (name == "charges" and _names_any(entry, lost))
        ]
        kept[name] = [entry for _, entry in left]
        if name == "charges":
            places = {new: at for new, (at, _) in enumerate(left)}
            kept |= _without_names(kept, [entry for entry in entries if entry not in kept[name]])
        else:
            lost |= {str(entry.get("name")) for entry in entries if isinstance(entry, dict) and entry not in kept[name]}
    for name, placeholder in _PLACEHOLDERS.items():
        kept.setdefault(name, placeholder)
    return kept, places


def _without_names(kept: Mapping[str, Any], charges: Iterable[Any]) -> dict[str, Any]:
    """What is said of the documents by charge, without the charges that are left out."""
    gone = {charge.get("name") for charge in charges if isinstance(charge, dict)}
    invoicing = kept.get("invoicing")
    if not gone or not isinstance(invoicing, dict):
        return {}
    of_charges = {
        field: {name: text for name, text in by_charge.items() if name not in gone}
        for field, by_charge in invoicing.items()
        if isinstance(by_charge, dict)
    }
    return {"invoicing": invoicing | of_charges}


def named_in(document: Any, besides: Any = None) -> Iterator[tuple[str, str]]:
    """List the registers that the charges and uses of a document name, and its assets, each with its place.

    Args:
        document: as it was read.
        besides: what is left of it, which is looked at otherwise; by default nothing.
    """
    if not isinstance(document, dict):
        return
    left = {id(part) for name in ("charges", "usages") for _, part in _entries(besides or {}, name)}
    document = {name: part for name, part in document.items() if name != "assets" or name not in (besides or {})}
    yield from ((f"/assets/{at}", name) for at, name in _entries(document, "assets") if isinstance(name, str))
    for at, charge in _entries(document, "charges"):
        if id(charge) not in left and isinstance(charge, dict) and isinstance(charge.get("register"), str):
            yield f"/charges/{at}/register", charge["register"]
    for at, use in _entries(document, "usages"):
        if id(use) not in left and isinstance(use, dict):
            keys = _entries(use, "registers")
            yield from ((f"/usages/{at}/registers/{number}", key) for number, key in keys if isinstance(key, str))


def _entries(part: Mapping[str, Any], name: str) -> list[tuple[int, Any]]:
    entries = part.get(name)
    return [*enumerate(entries)] if isinstance(entries, list) else []


def _names_any(charge: Any, lost: set[object]) -> bool:
    if not isinstance(charge, dict):
        return False
    beside, split = charge.get("beside"), charge.get("split")
    named = [charge.get("usage"), *(beside.values() if isinstance(beside, dict) else ())]
    if isinstance(split, dict):
        parts = split.get("parts")
        uses = [part.get("uses") for part in (parts if isinstance(parts, list) else ()) if isinstance(part, dict)]
        named += [split.get("groups_of"), split.get("whole")]
        named += [use for of_part in uses if isinstance(of_part, list) for use in of_part]
    return any(name in lost for name in named if isinstance(name, str))


def replaced(fault: Fault, places: Mapping[int, int]) -> Fault:
    """Give a fault of the rest its place in the whole document."""
    head, _, rest = fault.path.removeprefix("/charges/").partition("/")
    if not fault.path.startswith("/charges/") or not head.isdecimal():
        return fault
    return replace(fault, path=f"/charges/{places.get(int(head), int(head))}" + (f"/{rest}" if rest else ""))


#: Faultless values of the required fields.
_PLACEHOLDERS: Mapping[str, Any] = {
    "contract": "-",
    "supplier": {"name": "-", "country": "DE"},
    "customer": {"name": "-", "country": "DE"},
    "currency": "EUR",
    "zone": "Etc/UTC",
    "starts": "2026-01-01",
}
