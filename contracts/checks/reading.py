"""A contract's document, read: the contract, or of a faulty one what is left of it, so that its rest is checked too."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.checks.salvage import named_in, replaced, salvage
from contracts.contract import Contract
from quantities.document import Fault, FaultyDocument, parse


@dataclass(frozen=True, slots=True)
class ReadContract:
    """What a document says.

    Attributes:
        contract: the contract; of a faulty document, what is left of it; None where nothing is.
        faults: those that are known without a database.
        places: where the charges of what is left stand in the document; None where nothing was left out.
        named: the registers and assets that parts which are not left name, each with its place in the document.
    """

    contract: Contract | None
    faults: tuple[Fault, ...] = ()
    places: Mapping[int, int] | None = None
    named: tuple[tuple[str, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the document has no fault by itself."""
        return self.places is None and self.contract is not None

    def all_faults(self, further: Iterable[Fault]) -> tuple[Fault, ...]:
        """Add the faults of its contract to those that are known, at their places in the document."""
        places = self.places
        return (*self.faults, *(further if places is None else (replaced(fault, places) for fault in further)))


def read_contract(document: Any) -> ReadContract:
    """Read a contract's document; a ``Contract`` is read already."""
    if isinstance(document, Contract):
        return ReadContract(document)
    try:
        return ReadContract(parse(Contract, document))
    except FaultyDocument as refusal:
        faults = refusal.faults
    rest, places = salvage(document, faults)
    known = {fault.path for fault in faults}
    try:
        left = ReadContract(parse(Contract, rest), faults, places)
    except FaultyDocument as further:
        in_place = (replaced(fault, places) for fault in further.faults)
        more = (fault for fault in in_place if fault.path not in known and fault.code != "too_short")
        return ReadContract(None, (*faults, *more), places, _named(document, None, known))
    return replace(left, named=_named(document, rest, known))


def _named(document: Any, rest: Any, known: Collection[str]) -> tuple[tuple[str, str], ...]:
    """What the parts of a document that are not left name, but for names that are at fault already."""
    return tuple((path, name) for path, name in named_in(document, rest) if path not in known)
