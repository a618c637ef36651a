"""Documents as their readers get them, loaded: a stored document, the facts that it is made of, and what it says.

Nothing is read that may change later without being decided: the same issued document says the same for ever.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select as columns
from sqlmodel import Session, col

from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.facts import DocumentFacts, FiguresKey, StatementOfWindow
from billing.documents.model.of_invoice import document_of_invoice
from billing.documents.model.of_payee_document import document_of_payee
from billing.invoices import store as invoices
from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.payees.documents import store as payee_documents
from billing.records.proof import RegisterProof
from billing.tables import PayeeDocumentRow, StatementRow
from contracts import store as contracts
from contracts.contract import Contract
from metering.consumption.counter_figures import CounterFigures, CounterQuery
from metering.consumption.store import counter_figures
from metering.fleet import store as fleet
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister
from quantities.period import Period, zone


def business_document(session: Session, stored: StoredInvoice) -> BusinessDocument:
    """Make what an invoice says: issued, void or a draft, of one contract or of several, in whosever name.

    A few statements for all of its lines.

    Args:
        session: states the tenant; it must see all that the document rests on, whoever asked for it.
        stored: with its lines; of a draft while it is opened.
    """
    versions = _versions(session, stored)
    usages = list(_usages(stored))
    registers = fleet.registers(session, {register.register_key for _, _, register in usages})
    facts = DocumentFacts(
        contracts=versions,
        registers=registers,
        figures=_figures(session, usages, registers),
        sites=fleet.sites_of_assets(session, {name for contract in versions.values() for name in contract.assets}),
        issued_on=invoices.days_of_issue(session, stored.row.issuer_id, {*stored.names, *stored.row.inputs.prepaid_by}),
        statements=_statements(session, stored, versions),
    )
    return document_of_invoice(stored, facts)


def payee_business_document(session: Session, row: PayeeDocumentRow) -> BusinessDocument:
    """Make what a document between the supplier and a payee says.

    Args:
        session: states the tenant, and the party where a payee asks, which sees all documents of its own.
        row: of the document.
    """
    content = row.content
    named = (*content.corrected, content.takes_back, content.replaces)
    numbers = {number for number in named if number is not None}
    return document_of_payee(row, payee_documents.days_of_issue(session, row.issuer_id, numbers))


def _versions(session: Session, stored: StoredInvoice) -> dict[int, Contract]:
    keys = {part.row.version_id for part in stored.parts}
    keys |= {line.proof.version_id for line in stored.lines if line.proof.version_id is not None}
    return {key: version.contract for key, version in contracts.by_ids(session, sorted(keys)).items()}


def _statements(
    session: Session, stored: StoredInvoice, versions: Mapping[int, Contract]
) -> dict[int, list[StatementOfWindow]]:
    """Find the statements of the contracts that state savings; none is looked for of any other."""
    stating = {part.row.contract_id for part in stored.parts if versions[part.row.version_id].statement is not None}
    if not stating:
        return {}
    chosen = columns(
        col(StatementRow.contract_id),
        col(StatementRow.id),
        col(StatementRow.first),
        col(StatementRow.after_last),
        col(StatementRow.prepared_at),
    ).where(col(StatementRow.contract_id).in_(stating))
    known: dict[int, list[StatementOfWindow]] = {}
    versions_of: Counter[tuple[int, date, date]] = Counter()
    for contract_id, number, first, after_last, prepared_at in session.execute(chosen.order_by(col(StatementRow.id))):
        versions_of[contract_id, first, after_last] += 1
        version = versions_of[contract_id, first, after_last]
        known.setdefault(contract_id, []).append(StatementOfWindow(number, version, first, after_last, prepared_at))
    return known


def _usages(stored: StoredInvoice) -> Iterator[tuple[StoredInvoice, Line, RegisterProof]]:
    for part in stored.parts:
        for line in part.lines:
            for register in () if line.proof.usage is None else line.proof.usage.registers:
                yield part, line, register


def _figures(
    session: Session,
    usages: Iterable[tuple[StoredInvoice, Line, RegisterProof]],
    registers: dict[str, StoredRegister],
) -> dict[FiguresKey, CounterFigures]:
    """Find the figures of counters, those of one watermark at once."""
    by_watermark: dict[int, dict[FiguresKey, CounterQuery]] = {}
    for part, line, register in usages:
        if registers[register.register_key].register.kind is RegisterKind.CUMULATIVE:
            key = FiguresKey.of(register, part.row.watermark)
            by_watermark.setdefault(key.watermark, {})[key] = _query(part, line, register)
    return {
        key: figures
        for watermark, queries in by_watermark.items()
        for key, figures in zip(queries, counter_figures(session, list(queries.values()), watermark), strict=True)
        if figures is not None
    }


def _query(part: StoredInvoice, line: Line, register: RegisterProof) -> CounterQuery:
    days = Period.of_days(line.service_first, line.service_after_last, zone(part.row.inputs.zone))
    extent = Period(datetime.fromisoformat(register.start), datetime.fromisoformat(register.end))
    return CounterQuery(register.series, extent, days, Decimal(register.total))
