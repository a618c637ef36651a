"""What can still be checked of a document that has faults."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from quantities.document import Fault


def salvage(document: Any, faults: Iterable[Fault]) -> tuple[Any, dict[int, int]]:
    """Leave out of a contract's document what has faults, so that the rest of it can be checked too.

    Returns:
        The document without faulty charges, uses and optional parts, what is indispensable replaced by what is never at
        fault; and for each charge that is left its place in the whole.
    """
    if not isinstance(document, dict):
        return None, {}
    steps = {tuple(fault.path.strip("/").split("/")[:2]) for fault in faults}
    kept = {name: value for name, value in document.items() if (name,) not in {step[:1] for step in steps}}
    places: dict[int, int] = {}
    lost: set[object] = set()  # uses that are left out, and with them whoever names them
    for name in ("usages", "savings", "charges"):
        every = document.get(name)
        if not isinstance(every, list) or (name,) in steps:
            continue
        left = [
            (at, each)
            for at, each in enumerate(every)
            if (name, str(at)) not in steps and not (name == "charges" and _names_any(each, lost))
        ]
        if name != "charges":
            of_left = [each for _, each in left]
            lost |= {str(each.get("name")) for each in every if isinstance(each, dict) and each not in of_left}
        kept[name] = [each for _, each in left]
        if name == "charges":
            places = {new: at for new, (at, _) in enumerate(left)}
    for name, stand_in in _STAND_INS.items():
        kept.setdefault(name, stand_in)
    return kept, places


def _names_any(charge: Any, lost: set[object]) -> bool:
    if not isinstance(charge, dict):
        return False
    beside = charge.get("beside")
    named = [charge.get("usage"), *(beside.values() if isinstance(beside, dict) else ())]
    return any(each in lost for each in named if isinstance(each, str))


def replaced(fault: Fault, places: Mapping[int, int]) -> Fault:
    """Say a fault's place in the whole document."""
    head, _, rest = fault.path.removeprefix("/charges/").partition("/")
    if not fault.path.startswith("/charges/") or not head.isdecimal():
        return fault
    return replace(fault, path=f"/charges/{places.get(int(head), int(head))}" + (f"/{rest}" if rest else ""))


#: What a contract cannot do without, in forms that have no fault.
_STAND_INS: Mapping[str, Any] = {
    "contract": "-",
    "supplier": {"name": "-", "country": "DE"},
    "customer": {"name": "-", "country": "DE"},
    "currency": "EUR",
    "zone": "Etc/UTC",
    "starts": "2026-01-01",
}
