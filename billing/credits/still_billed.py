"""What of a line is still billed, and which lines count as one where an amendment or a dispute has cut their days.

A credit note's line has a key of its own: a part below zero, by the number of the credit and that of the line that it
gives back. The parts of rules are above: those of groups follow from names, and may be any number.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.invoices.store import InvoiceKind, StoredInvoice
from quantities.arithmetic import added

#: How many lines of a document have a number apart from those of the next credit.
_LINES = 100_000


def part_of_credit(n: int, line: int) -> int:
    """Number the part of a line of the n-th credit of a contract, which gives back of a line of its document."""
    return -(_LINES * n + line)


def part_reduced(line: Line) -> int:
    """Name the part of the charge that a line is of, or that it gives back of."""
    return line.part if line.proof.credit is None else line.proof.credit.part


def of_same_charge(line: Line, other: Line) -> bool:
    """Tell whether two lines are of one part of one charge, whether one of them gives back of it or not."""
    return line.charge == other.charge and part_reduced(line) == part_reduced(other)


def joined_days(lines: Iterable[Line], line: Line) -> tuple[date, date]:
    """Join the days of a line with those of all that meet them, and of those that meet these."""
    first, after_last = line.service_first, line.service_after_last
    days = [(other.service_first, other.service_after_last) for other in lines]
    while True:
        met = [(start, end) for start, end in days if start < after_last and first < end]
        wider = min([first, *(start for start, _ in met)]), max([after_last, *(end for _, end in met)])
        if wider == (first, after_last):
            return wider
        first, after_last = wider


def lines_of_period(work: int, documents: Iterable[StoredInvoice]) -> Iterator[Line]:
    """List all that was billed for a period: by its documents, by what corrects them, and by what gives back of them.

    Args:
        work: the key of the period's first document.
        documents: of the contract.
    """
    for document in documents:
        for line in document.lines:
            if work == _work_of(line, document):
                yield line


def _work_of(line: Line, document: StoredInvoice) -> int:
    """Name the piece of work of which a line is billed: its own, one that it corrects, a claim that it draws on."""
    if line.proof.draw is not None:
        return line.proof.draw.document
    return document.work if line.corrects is None else line.corrects.invoice


def still_billed(line: Line, work: int, documents: Iterable[StoredInvoice]) -> Decimal:
    """Sum what is billed of a line: the line, its adjustments, and what was given back of it.

    Only in the name of the line's own seller: what another sells by now is not the first one's to give back.

    Args:
        line: of a document of the period, or one that corrects it.
        work: the key of the period's first document.
        documents: of the contract.
    """
    of_period = (other for other in lines_of_period(work, documents) if other.seller == line.seller)
    alike = [other for other in of_period if of_same_charge(line, other)]
    first, after_last = joined_days(alike, line)
    return added(other.net for other in alike if first <= other.service_first < after_last)


def credit_notes(documents: Iterable[StoredInvoice]) -> list[StoredInvoice]:
    """Choose the documents that are credit notes by hand."""
    return [document for document in documents if document.row.kind == InvoiceKind.CREDIT]
