"""Proof: an invoice recomputed from its inputs record, and what differs named line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.invoice import Line
from metering.number import plain


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A line that no longer proves.

    Attributes:
        invoice: its number.
        pos: the line.
        charge: what it charges.
        what: the first thing that differs.
        stored: as it was issued.
        recomputed: as it comes out now.
    """

    invoice: str
    pos: int
    charge: str
    what: str
    stored: str
    recomputed: str

    def __str__(self) -> str:
        return (
            f"invoice {self.invoice}, line {self.pos} ({self.charge}): {self.what} was {self.stored} and recomputes to "
            f"{self.recomputed}"
        )


def compare(invoice: str, stored: Sequence[Line], recomputed: Sequence[Line]) -> tuple[Discrepancy, ...]:
    """Compare an issued invoice with its recomputation, first by what was used, then by amounts.

    A reading that is gone changes count and sum even where rounding hides it from the amount.
    """
    found = []
    for pos in range(1, max(len(stored), len(recomputed)) + 1):
        was = stored[pos - 1] if pos <= len(stored) else None
        now = recomputed[pos - 1] if pos <= len(recomputed) else None
        difference = _difference(was, now)
        if difference is not None:
            charge = (was or now).charge if was or now else ""  # type: ignore[union-attr]
            found.append(Discrepancy(invoice, pos, charge, *difference))
    return tuple(found)


def _difference(was: Line | None, now: Line | None) -> tuple[str, str, str] | None:
    if was is None or now is None:
        return "the line", "absent" if was is None else "there", "there" if was is None else "absent"
    for name in ("count", "total", "quantity"):
        before, after = (_usage(line).get(name) for line in (was, now))
        if str(before) != str(after):
            return f"the {name} of the readings", str(before), str(after)
    for name in ("charge", "part", "quantity", "unit", "unit_price", "net", "tax_point", "tax"):
        before, after = getattr(was, name), getattr(now, name)
        if before != after:
            return name, _text(before), _text(after)
    return None


def _usage(line: Line) -> Mapping[str, Any]:
    usage = line.proof.get("usage", {})
    return usage if isinstance(usage, Mapping) else {}


def _text(value: object) -> str:
    return plain(value) if hasattr(value, "as_tuple") else str(value)  # type: ignore[arg-type]
