"""What a version would reprice of what is billed, before it counts: document by document, and nothing is saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from billing.corrections.store import CorrectionContext, Reasons, rerate
from billing.disputes import store as dispute_store
from billing.invoices import store
from billing.invoices.document_tax import totals_of
from billing.invoices.invoice import Line
from billing.invoices.made_out import MakingOut
from billing.invoices.store import StoredInvoice
from billing.rated import store as rated
from billing.rating.store import as_billed
from billing.sources.recorder import RecordedLookup
from billing.tables import RatingRow
from billing.tax.store import law_book
from contracts import store as contracts
from contracts.indexation import store as index_store
from contracts.store import Version
from metering.log.transaction import watermark as take_watermark
from quantities.errors import UsufructError


@dataclass(frozen=True, slots=True)
class Repriced:
    """A document that a version would reprice.

    Attributes:
        number: of the document; of a period that came to nothing, its first day.
        first: the first day that it bills.
        after_last: the day after the last one.
        currency: of the amounts.
        net: what is owed for it with the version, less what is owed without.
        gross: the same with taxes.
    """

    number: str
    first: date
    after_last: date
    currency: str
    net: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Repricing:
    """What a version would reprice.

    Attributes:
        documents: those that come to another amount, oldest period first.
        fault: why some of it cannot be rated with the version; empty where all can. It would be held.
    """

    documents: tuple[Repriced, ...] = ()
    fault: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether it leaves all that is billed as it is."""
        return not self.documents and not self.fault


def repricing(session: Session, version: Version, now: datetime) -> Repricing:
    """Rate what is billed of a contract with and without a version that is recorded, and save nothing.

    Args:
        session: states the tenant.
        version: of the contract, as if it were released; it need not be.
        now: the instant.

    Returns:
        The documents of periods that come to another amount; what waits to be corrected for other reasons is on both
        sides.
    """
    released = contracts.of_contracts(session, [version.contract_id]).get(version.contract_id, ())
    without = tuple(known for known in released if known.id != version.id)
    with_it = tuple(sorted((*without, version), key=lambda known: known.number))
    billed = store.billed(session, store.ids_of_contract(session, version.contract_id))
    if not without or not billed:
        return Repricing()
    newest = rated.newest(session, [version.contract_id]).get(version.contract_id, {})  # none: claims alone are billed
    before, after = (context_of(session, known, take_watermark(session), now) for known in (without, with_it))
    reasons = _concerned(billed, newest, before, after)
    try:
        owed_before = owed(session, billed, newest, reasons, before)
        owed_after = owed(session, billed, newest, reasons, after)
    except UsufructError as fault:
        return Repricing(fault=str(fault))
    return Repricing(repriced(billed, owed_before, owed_after))


def repriced(
    billed: Sequence[StoredInvoice], before: Mapping[int, Sequence[Line]], after: Mapping[int, Sequence[Line]]
) -> tuple[Repriced, ...]:
    """List the documents that come to another amount, by what is to be adjusted of each before and after."""
    documents = (document for invoice in billed for document in _repriced(invoice, before, after))
    return tuple(sorted(filter(_moves, documents), key=lambda document: (document.first, document.number)))


def context_of(session: Session, versions: tuple[Version, ...], watermark: int, now: datetime) -> CorrectionContext:
    """Load what is known of a contract besides its documents; readings count up to the watermark."""
    disputes = tuple(dispute_store.of_contracts(session, [versions[-1].contract_id]))
    lookup = index_store.lookup(session, index_store.indices_of(known.contract for known in versions))
    return CorrectionContext(versions, disputes, lookup, watermark, now, law_book(session), making_out=MakingOut(now))


def _concerned(
    billed: Sequence[StoredInvoice],
    newest: Mapping[int, RatingRow],
    before: CorrectionContext,
    after: CorrectionContext,
) -> dict[int, Reasons]:
    """Name the invoices of periods for which other versions count, or another life, than without the version."""
    reasons: dict[int, Reasons] = {}
    for invoice in billed:
        last = newest.get(invoice.row.id)
        if last is None:
            continue
        due = after.due(after.versions[-1].contract)
        lookup = RecordedLookup(after.lookup)
        until = as_billed(invoice, after.versions, lookup, rated_until=last.after_last, due=due).until
        if contracts.token(before.versions, until) != contracts.token(after.versions, until):
            reasons[invoice.row.id] = Reasons(first=invoice.row.first)
    return reasons


def owed(
    session: Session,
    billed: Sequence[StoredInvoice],
    newest: Mapping[int, RatingRow],
    reasons: Mapping[int, Reasons],
    context: CorrectionContext,
) -> dict[int, list[Line]]:
    """Find what is still to be adjusted of each document, by its key."""
    lines: dict[int, list[Line]] = {}
    for line in rerate(session, billed, newest, reasons, context).lines:
        if line.corrects is not None:
            lines.setdefault(line.corrects.invoice, []).append(line)
    return lines


def _repriced(
    invoice: StoredInvoice, before: Mapping[int, Sequence[Line]], after: Mapping[int, Sequence[Line]]
) -> Iterator[Repriced]:
    """Say what each document of a period comes to: a line names the one that it is to correct."""
    row = invoice.row
    both = [lines.get(row.id, ()) for lines in (before, after)]
    for number in dict.fromkeys(_corrected(line) for lines in both for line in lines):
        of_document = ([line for line in lines if _corrected(line) == number] for lines in both)
        was, now = (totals_of(lines, row.currency, row.inputs.tax) for lines in of_document)
        yield Repriced(
            number or f"from {row.first}",
            row.first,
            row.after_last,
            row.currency,
            now.net - was.net,
            now.payable - was.payable,
        )


def _corrected(line: Line) -> str:
    return "" if line.corrects is None else line.corrects.number


def _moves(repriced: Repriced) -> bool:
    return bool(repriced.net or repriced.gross)
