"""A line opened down to its readings: clause, arithmetic, conversion, and each reading with its file and line."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from billing.invoices import store
from billing.invoices.invoice import Line
from contracts import store as contracts
from metering.deliveries.opened import OpenedReading, Opening, open_readings
from quantities.errors import NotFound


class UnknownLine(NotFound):
    """An invoice has lines from 1 on."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line is what it is.

    Attributes:
        invoice: its number, or ``draft-ID``.
        pos: the line.
        line: itself, its proof included.
        clause: the charge as the contract version has it.
        version: the version's number.
        watermark: up to which batch the invoice knows.
        readings: those of the line's use, in order of time; of an adjustment those that changed; for a cumulative
            register the boundary reads.
        events: exchanges, resets and rollovers between them.
        count: how many readings there are, where ``readings`` was cut short.
    """

    invoice: str
    pos: int
    line: Line
    clause: dict[str, Any]
    version: int
    watermark: int
    readings: tuple[OpenedReading, ...]
    events: tuple[dict[str, Any], ...]
    count: int


def explain(session: Session, number: str, pos: int, most: int = 1000, supplier: str | None = None) -> Explanation:
    """Open a line.

    Args:
        session: states the tenant, and the party where a customer asks.
        number: the invoice's, or ``draft-ID``.
        pos: the line, from 1.
        most: how many readings at most.
        supplier: whose invoice, where several suppliers have one of that number.

    Raises:
        UnknownInvoice: none of that number is visible here.
        WhichSupplier: several suppliers have one, and none is named.
        UnknownLine: it has no such line.
    """
    billed = store.find(session, number, supplier)
    if not 1 <= pos <= len(billed.lines):
        raise UnknownLine(f"{number} has lines 1 to {len(billed.lines)}", found=pos, expected=len(billed.lines))
    line = billed.lines[pos - 1]
    version_id, changed, known = billed.row.version_id, None, 0
    if line.corrects is not None:
        (original,) = store.billed(session, [line.corrects.invoice])
        version_id = original.row.version_id
        changed = [change["batch"] for change in line.proof["changes"] if "batch" in change]
        known = min(changed, default=1) - 1
    version = contracts.by_id(session, int(line.proof.get("version", version_id)))
    clause = next(each for each in version.contract.charges if each.name == line.charge)
    usage = line.proof.get("usage", {})
    of = usage.get("of", [usage] if usage else [])
    asked = [Opening(**{name: each[name] for name in ("register", "series", "start", "end")}) for each in of]
    opened = [open_readings(session, each, billed.row.watermark, changed, known, most) for each in asked]
    readings = tuple(reading for of_one, _, _ in opened for reading in of_one)
    events = tuple(event for _, of_one, _ in opened for event in of_one)
    how_many = sum(count for _, _, count in opened)
    return Explanation(
        number,
        pos,
        line,
        clause.model_dump(mode="json"),
        version.number,
        billed.row.watermark,
        readings[:most],
        events,
        how_many,
    )
