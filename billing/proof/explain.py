"""A line opened down to its readings: clause, arithmetic, conversion, and each reading with its file and line."""

from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from billing.invoices import store
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice, member_of_line
from billing.proof.account import LineAccount, RatedFrom, line_account
from billing.records.changes import BatchChange
from billing.records.proof import LateProof
from contracts import store as contracts
from metering.deliveries.opened import EvidenceQuery, EvidenceReading, evidence_readings
from metering.events.opened import EvidenceEvent, evidence_events
from quantities.errors import NotFound


class UnknownLine(NotFound):
    """The invoice has no line of that number."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line is what it is.

    Attributes:
        invoice: its number, or the name of a draft.
        pos: the line.
        line: itself, its proof included.
        clause: the charge as the contract version has it.
        version: the version's number.
        watermark: up to which batch the invoice knows.
        readings: those of the line's use, in order of time; of an adjustment those that changed; for a cumulative
            register the boundary reads.
        events: exchanges, resets and rollovers between them.
        count: how many readings there are, where ``readings`` was cut short.
        usage_events: those that clients of other engines posted, behind the readings that are sums of them.
        account: of a line that depends on the periods before it, how it follows from them; None of any other.
    """

    invoice: str
    pos: int
    line: Line
    clause: dict[str, Any]  # of any form: each rule has its own terms
    version: int
    watermark: int
    readings: tuple[EvidenceReading, ...]
    events: tuple[dict[str, Any], ...]  # as metering/ describes them
    count: int
    usage_events: tuple[EvidenceEvent, ...] = ()
    account: LineAccount | None = None

    @property
    def for_customer(self) -> "Explanation":
        """The same as the customer sees it: without those who share the price."""
        proof = self.line.proof.model_copy(update={"sharing": None})
        shared = {"waterfall", *(["payees"] if self.clause.get("payees") else ())}
        clause = {name: value for name, value in self.clause.items() if name not in shared}
        return replace(self, line=replace(self.line, payees={}, proof=proof), clause=clause)


def explain(session: Session, invoice: StoredInvoice, position: int, most: int = 1000) -> Explanation:
    """Open a line; of a credit note by hand, the line that it gives back.

    Args:
        session: states the tenant, and the party where a customer asks.
        invoice: issued or a draft.
        position: of the line, from 1.
        most: how many readings are listed at most.

    Raises:
        UnknownLine: the invoice has no such line.
    """
    row, lines = invoice.row, invoice.lines
    number = invoice.name
    if not 1 <= position <= len(lines):
        raise UnknownLine(f"{number} has lines 1 to {len(lines)}", found=position, expected=len(lines))
    if invoice.members:
        member, own = member_of_line(invoice, position)
        return replace(explain(session, member, own, most), pos=position)
    line = lines[position - 1]
    if row.inputs.credit is not None and line.proof.credit is not None:
        (credited,) = store.billed(session, [row.inputs.credit.document])
        explained = explain(session, credited, line.proof.credit.line - credited.before, most)
        return replace(explained, invoice=number, pos=position, line=line)
    if line.proof.late is not None:
        return _of_late(session, invoice, position, line.proof.late)
    if row.inputs.advance is not None or line.proof.draw is not None:
        return _of_claim(session, invoice, position)
    version_id, changed, known, original = row.version_id, None, 0, invoice
    if line.corrects is not None:
        (original,) = store.billed(session, [line.corrects.invoice])
        version_id = original.row.version_id
        changed = [change.batch for change in line.proof.changes or () if isinstance(change, BatchChange)]
        known = min(changed, default=1) - 1
    version = contracts.by_id(session, line.proof.version_id or version_id)
    clause = next(charge for charge in version.contract.charges if charge.name == line.charge)
    registers = line.proof.usage.registers if line.proof.usage is not None else ()
    queries = [
        EvidenceQuery(register.register_key, register.series, register.start, register.end) for register in registers
    ]
    opened = [evidence_readings(session, query, row.watermark, changed, known, most) for query in queries]
    readings = tuple(reading for of_query, _, _ in opened for reading in of_query)
    posted = [evidence_events(session, query, row.watermark, changed or (), most) for query in queries]
    rated = _rated_from(session, invoice, line, original)
    return Explanation(
        invoice=number,
        pos=position,
        line=line,
        clause=clause.model_dump(mode="json"),
        version=version.number,
        watermark=row.watermark,
        readings=readings[:most],
        events=tuple(event for _, of_query, _ in opened for event in of_query),
        count=sum(count for _, _, count in opened),
        usage_events=tuple(event for of_query in posted for event in of_query)[:most],
        account=line_account(line, rated.contracts.get(version.id, version.contract), rated),
    )


def _of_late(session: Session, invoice: StoredInvoice, position: int, late: LateProof) -> Explanation:
    """Open a line that is claimed of a delay: the terms of the late document, and the rates, days and amounts."""
    record = invoice.row.inputs.late
    claims = () if record is None else record.claims
    terms = next((claim.terms for claim in claims if claim.number == late.number), None)
    interest = {} if terms is None or late.claims == "fee" else terms.model_dump(mode="json")
    rule = {"kind": f"late_payment_{late.claims}", "due_on": str(late.due_on), **interest}
    return Explanation(
        invoice=invoice.name,
        pos=position,
        line=invoice.lines[position - 1],
        clause={"name": late.number, "rule": rule},
        version=contracts.by_id(session, invoice.row.version_id).number,
        watermark=invoice.row.watermark,
        readings=(),
        events=(),
        count=0,
    )


def _of_claim(session: Session, invoice: StoredInvoice, position: int) -> Explanation:
    """Open a line that claims something before it is supplied, or draws on it: no readings, but the sum."""
    line = invoice.lines[position - 1]
    version = contracts.by_id(session, line.proof.version_id or invoice.row.version_id)
    clause = next((charge for charge in version.contract.charges if charge.name == line.charge), None)
    return Explanation(
        invoice=invoice.name,
        pos=position,
        line=line,
        clause={} if clause is None else clause.model_dump(mode="json"),
        version=version.number,
        watermark=invoice.row.watermark,
        readings=(),
        events=(),
        count=0,
    )


def _rated_from(session: Session, invoice: StoredInvoice, line: Line, original: StoredInvoice) -> RatedFrom:
    """Find what a line was rated from: the rating of its period that its document settles."""
    (rating,) = [rating for rating in invoice.ratings if rating.invoice_id == original.work]
    segments = rating.inputs.segments
    return RatedFrom(
        segments=segments,
        opening=rating.inputs.opening,
        index_values=rating.inputs.index_values,
        lines=[other for other in invoice.lines if other.corrects == line.corrects],
        contracts={
            segment.version_id: segment.terms(contracts.by_id(session, segment.version_id).contract)
            for segment in segments
        },
    )
