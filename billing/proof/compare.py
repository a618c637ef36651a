"""Proof: an invoice recomputed from its inputs record, and what differs named line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.invoices.invoice import Line
from quantities.number import plain


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
    both = zip(stored, recomputed, strict=False)
    discrepancies = [
        Discrepancy(invoice, pos, was.charge, *difference)
        for pos, (was, now) in enumerate(both, start=1)
        if (difference := _difference(was, now)) is not None
    ]
    shared = min(len(stored), len(recomputed))
    discrepancies += [
        Discrepancy(invoice, pos, line.charge, "the line", was, now)
        for lines, was, now in ((stored, "there", "absent"), (recomputed, "absent", "there"))
        for pos, line in enumerate(lines[shared:], start=shared + 1)
    ]
    return tuple(discrepancies)


def impossible(invoice: str, stored: Sequence[Line], reason: str) -> tuple[Discrepancy, ...]:
    """Name the lines that rest on readings, of an invoice that cannot be computed any more."""
    return tuple(
        Discrepancy(invoice, pos, line.charge, "the use", "counted", f"nothing: {reason}")
        for pos, line in enumerate(stored, start=1)
        if line.proof.usage is not None
    )


def _difference(was: Line, now: Line) -> tuple[str, str, str] | None:
    for name in ("count", "total", "quantity"):
        before, after = (getattr(line.proof.usage, name, None) for line in (was, now))
        if str(before) != str(after):
            return f"the {name} of the readings", str(before), str(after)
    for name in ("charge", "part", "quantity", "unit", "unit_price", "net", "tax_point", "tax"):
        before, after = getattr(was, name), getattr(now, name)
        if before != after:
            return name, _text(before), _text(after)
    return None


def _text(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)
