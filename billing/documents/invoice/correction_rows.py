"""Corrections, by the document that they correct: what was billed, what is owed, and why; not pairs of lines."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from billing.documents.invoice.content import PrintedRow, RowKind
from billing.documents.invoice.line_details import days_of, details_of, price_of
from billing.documents.invoice.speech import Speech
from billing.documents.model.business_document import BusinessDocument, CorrectionOfDocument
from billing.documents.model.business_line import BusinessLine


def correction_rows(lines: Sequence[BusinessLine], document: BusinessDocument, speech: Speech) -> Iterator[PrintedRow]:
    """Lay out those of some lines that correct earlier documents: a group a document, a row a charge and its days."""
    for correction in document.corrections:
        members = [line for line in lines if line.pos in correction.lines]
        if not members:
            continue  # of a consolidated document: another contract's
        why = (correction.why,) if correction.why else ()
        yield PrintedRow(RowKind.GROUP, _heading(correction, speech), details=why)
        yield from (_row(same, document, speech) for same in _by_charge(members))
        net = sum((line.net for line in members), Decimal(0))
        name = speech.text("Subtotal correction of {number}", number=correction.number)
        yield PrintedRow(RowKind.SUBTOTAL, name, net=speech.amount(net))


def _heading(correction: CorrectionOfDocument, speech: Speech) -> str:
    if correction.issued_on is None:
        return speech.text("Correction of {number}", number=correction.number)
    day = speech.words.day(correction.issued_on)
    return speech.text("Correction of {number} of {day}", number=correction.number, day=day)


def _by_charge(lines: Sequence[BusinessLine]) -> list[list[BusinessLine]]:
    """Put together what corrects the same charge of the same days: what is taken back, and what comes in its place."""
    groups: dict[object, list[BusinessLine]] = {}
    for line in lines:
        key = (line.name, line.assets, line.service_from, line.service_to)
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def _row(lines: Sequence[BusinessLine], document: BusinessDocument, speech: Speech) -> PrintedRow:
    first, last = lines[0], lines[-1]
    net = sum((line.net for line in lines), Decimal(0))
    details = [_billed_and_owed(lines, net, speech)]
    if len(lines) == 1:
        details += [sentence for sentence in details_of(first, document, speech) if sentence != days_of(first, speech)]
        quantity, price = speech.quantity(first.quantity, first.unit), price_of(first, speech)
    else:
        details += _versions(lines, speech)
        quantity = price = ""
    name = f"{first.name}, {days_of(first, speech)}"
    pos = str(first.pos) if first is last else f"{first.pos}–{last.pos}"
    return PrintedRow(
        RowKind.LINE, name, pos, tuple(filter(None, details)), quantity=quantity, price=price, net=speech.amount(net)
    )


def _versions(lines: Sequence[BusinessLine], speech: Speech) -> Iterator[str]:
    """Write the lines that are put together, so that each can be held against the e-invoice."""
    for line in lines:
        part = f"{line.description}: " if line.description else ""
        calculation = f"{speech.quantity(line.quantity, line.unit)} × {price_of(line, speech)}"
        yield f"{line.pos}: {part}{calculation} = {speech.money(line.net)}"


def _billed_and_owed(lines: Sequence[BusinessLine], net: Decimal, speech: Speech) -> str:
    """Say what was billed and what is owed, where the lines say it and it comes to their sum."""
    for billed, owed in (_of_all(lines), _sums(lines)):
        if billed is not None and owed is not None and owed - billed == net:
            return speech.text(
                "billed {billed}, owed {owed}", billed=speech.unturned(billed), owed=speech.unturned(owed)
            )
    return ""


def _of_all(lines: Sequence[BusinessLine]) -> tuple[Decimal | None, Decimal | None]:
    """What all lines say alike."""
    pairs = {(line.billed, line.owed) for line in lines}
    return pairs.pop() if len(pairs) == 1 else (None, None)


def _sums(lines: Sequence[BusinessLine]) -> tuple[Decimal | None, Decimal | None]:
    billed = [line.billed for line in lines if line.billed is not None]
    owed = [line.owed for line in lines if line.owed is not None]
    if len(billed) < len(lines) or len(owed) < len(lines):
        return None, None
    return sum(billed, Decimal(0)), sum(owed, Decimal(0))
