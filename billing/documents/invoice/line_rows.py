"""The table of lines: by contract, by what they correct, by site and asset, each with what it comes to."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from billing.documents.invoice.content import PrintedRow, RowKind
from billing.documents.invoice.correction_rows import correction_rows
from billing.documents.invoice.line_details import details_of, price_of
from billing.documents.invoice.speech import Speech
from billing.documents.model.business_document import BusinessDocument, ConsolidatedPart
from billing.documents.model.business_line import BusinessLine

#: What lines have in common: its name, empty of those that belong to none.
Key = Callable[[BusinessLine], str]


def rows_of(document: BusinessDocument, speech: Speech) -> tuple[PrintedRow, ...]:
    """Lay out all lines: what is billed, then what is corrected; of a consolidated document contract by contract."""
    if not document.parts:
        return tuple(_rows(document.lines, document, speech))
    return tuple(row for part in document.parts for row in _part_rows(part, document, speech))


def _part_rows(part: ConsolidatedPart, document: BusinessDocument, speech: Speech) -> Iterator[PrintedRow]:
    lines = [line for line in document.lines if line.pos in part.lines]
    name = speech.text("Contract {contract}", contract=part.contract)
    yield PrintedRow(RowKind.GROUP, name, details=(speech.words.days(part.period_from, part.period_to),))
    yield from _rows(lines, document, speech)
    yield _subtotal(name, part.net, speech)


def _rows(lines: Sequence[BusinessLine], document: BusinessDocument, speech: Speech) -> Iterator[PrintedRow]:
    corrected = {pos for correction in document.corrections for pos in correction.lines}
    billed = [line for line in lines if line.pos not in corrected]
    yield from _grouped(billed, (_sites, _assets), document, speech)
    yield from correction_rows(lines, document, speech)


def _grouped(
    lines: Sequence[BusinessLine], keys: Sequence[Key], document: BusinessDocument, speech: Speech
) -> Iterator[PrintedRow]:
    """Lay out lines by the first key, and those of each of its groups by the next; one group needs no heading."""
    if not keys:
        before = [None, *lines]
        for line, earlier in zip(lines, before, strict=False):
            shows_reads = earlier is None or line.reads != earlier.reads  # parts of one charge rest on the same
            yield _line_row(line, details_of(line, document, speech, with_reads=shows_reads), speech)
        return
    groups: dict[str, list[BusinessLine]] = {}
    for line in lines:
        groups.setdefault(keys[0](line), []).append(line)
    for name, members in groups.items():
        if len(groups) == 1:
            yield from _grouped(members, keys[1:], document, speech)
            continue
        shown = name or speech.text("General")
        yield PrintedRow(RowKind.GROUP, shown)
        yield from _grouped(members, keys[1:], document, speech)
        if len(members) > 1:
            yield _subtotal(shown, sum((line.net for line in members), Decimal(0)), speech)


def _line_row(line: BusinessLine, details: tuple[str, ...], speech: Speech) -> PrintedRow:
    return PrintedRow(
        RowKind.LINE,
        line.name,
        pos=str(line.pos),
        details=details,
        quantity=speech.quantity(line.quantity, line.unit),
        price=price_of(line, speech),
        net=speech.amount(line.net),
    )


def _subtotal(name: str, net: Decimal, speech: Speech) -> PrintedRow:
    return PrintedRow(RowKind.SUBTOTAL, speech.text("Subtotal {name}", name=name), net=speech.amount(net))


def _sites(line: BusinessLine) -> str:
    return ", ".join(line.sites)


def _assets(line: BusinessLine) -> str:
    return ", ".join(line.assets)
