"""Issued invoices against what a contract would have billed: line by line, with the reason of each difference."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.previews.simulate import Simulated
from quantities.document import Fault, FaultyDocument
from quantities.number import NotANumber, exact, plain, trimmed

_COLUMNS = ("period_from", "charge", "net")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Issued:
    """A line that was issued by whatever billed before.

    Attributes:
        first: the first day of its period.
        charge: what the contract calls it.
        net: its amount.
        quantity: in the contract's unit, where the file says it.
    """

    first: date
    charge: str
    net: Decimal
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A charge of a period: what was issued, what this contract bills, and why they differ."""

    first: date
    charge: str
    issued: Decimal | None
    owed: Decimal | None
    reason: str

    @property
    def difference(self) -> Decimal:
        """What this contract bills more."""
        return (self.owed or Decimal(0)) - (self.issued or Decimal(0))


def read_issued(raw: bytes) -> tuple[Issued, ...]:
    """Read issued lines: CSV with the columns ``period_from``, ``charge``, ``net`` and, where known, ``quantity``.

    Raises:
        FaultyDocument: a column is missing, or rows cannot be read; all of them at once, each with its line.
    """
    text = raw.decode("utf-8-sig", errors="replace")
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = csv.DictReader(io.StringIO(text), dialect=dialect)
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        expected = ", ".join((*_COLUMNS, "quantity"))
        raise FaultyDocument([Fault("", "missing-column", f"no column {', '.join(missing)}", expected=expected)])
    lines, faults = [], []
    for row in rows:
        try:
            quantity = (row.get("quantity") or "").strip()
            lines.append(
                Issued(
                    date.fromisoformat(row["period_from"].strip()),
                    row["charge"].strip(),
                    exact(row["net"].strip()),
                    exact(quantity) if quantity else None,
                )
            )
        except (NotANumber, ValueError, AttributeError) as error:
            faults.append(Fault(f"/line/{rows.line_num}", "unreadable-row", str(error), str(dict(row))[:100]))
    if faults:
        raise FaultyDocument(faults)
    return tuple(lines)


def compare(issued: Sequence[Issued], simulated: Sequence[Simulated]) -> tuple[Compared, ...]:
    """Compare, by period and charge, in the order of time and of the contract; what was only issued comes last."""
    was: dict[tuple[date, str], list[Issued]] = {}
    for line in issued:
        was.setdefault((line.first, line.charge), []).append(line)
    compared = []
    for period in simulated:
        by_charge: dict[str, list[Line]] = {}
        for owed_line in period.lines:
            by_charge.setdefault(owed_line.charge, []).append(owed_line)
        only_issued = [charge for first, charge in was if first == period.period.first]
        for charge in dict.fromkeys([*by_charge, *only_issued]):
            known = was.pop((period.period.first, charge), None)
            compared.append(_compared(period, charge, known, by_charge.get(charge)))
    compared += [
        Compared(first, charge, _sum(lines), None, "no billing period of this contract begins on that day")
        for (first, charge), lines in was.items()
    ]
    return tuple(compared)


def _compared(period: Simulated, charge: str, issued: list[Issued] | None, owed: list[Line] | None) -> Compared:
    first, was = period.period.first, _sum(issued)
    now = None if owed is None else sum((line.net for line in owed), Decimal(0))
    if period.held:
        return Compared(first, charge, was, None, f"it cannot be billed: {period.held}")
    if now is None:
        return Compared(first, charge, was, None, "this contract has no such charge in the period")
    if was is None or issued is None:
        return Compared(first, charge, None, now, "it was not issued")
    return Compared(first, charge, was, now, _reason(issued, owed or [], was, now))


def _reason(issued: list[Issued], owed: list[Line], was: Decimal, now: Decimal) -> str:
    if was == now:
        return ""
    known = [line.quantity for line in issued if line.quantity is not None]
    before = sum(known, Decimal(0)) if known else None
    used = sum((line.quantity for line in owed), Decimal(0))
    if before is not None and before != used:
        return f"the quantity: {plain(trimmed(used))} {owed[0].unit}, issued {plain(trimmed(before))}"
    if abs(now - was) <= _CENT * max(1, len(owed)):
        return f"rounding: {'; '.join(str(line.proof.sum) for line in owed)}"
    sums = "; ".join(str(line.proof.sum) for line in owed)
    return f"the price: {sums}" if before is not None else f"the quantity or the price: {sums}"


def _sum(issued: list[Issued] | None) -> Decimal | None:
    return None if issued is None else sum((line.net for line in issued), Decimal(0))
