"""How registers came to a use, in words: reads, multiplier, exchanges, coverage, what is estimated; and all of them."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import compress

from billing.documents.invoice.speech import Speech
from billing.documents.look.page import Column, PageTable
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BoundaryRead, BusinessLine, ReadsOfRegister
from billing.documents.model.conversion_words import conversion_words, factors_words
from billing.documents.words.units import quantity_in_words
from billing.documents.words.words import Words
from quantities.number import trimmed

#: Of a line with more registers than these, the list of meters has the reads.
_FEW = 3
_TENTH = Decimal("0.1")


def read_sentences(line: BusinessLine, speech: Speech) -> Iterator[str]:
    """Say how the registers of a line came to its use; of many, that the list of meters has them."""
    if len(line.reads) > _FEW:
        yield speech.text("{count} registers: see the list of meters.", count=len(line.reads))
        return
    for register in line.reads:
        yield f"{_name(register, speech)}: {_figures(register, speech)}"
        if register.conversion is not None:
            yield speech.text(
                "Conversion: {calculation}", calculation=conversion_words(register.conversion, speech.words)
            )
        yield from register.exchanges
        yield coverage(register, speech)


def coverage(register: ReadsOfRegister, speech: Speech) -> str:
    """Say what a use rests on, and how much of it is estimated."""
    words = speech.words
    read = words.number(Decimal(register.read))
    if register.expected is None:
        basis = speech.text("{read} readings", read=read)
    else:
        covered = _share(register.read, register.expected)
        basis = speech.text(
            "{read} of {expected} readings ({share})",
            read=read,
            expected=words.number(Decimal(register.expected)),
            share=speech.percent(covered),
        )
    if not register.estimated:
        return speech.text("{basis}, none estimated", basis=basis)
    return speech.text(
        "{basis}, {estimated} of them estimated ({share})",
        basis=basis,
        estimated=words.number(Decimal(register.estimated)),
        share=speech.percent(_share(register.estimated, register.read)),
    )


def meter_list(document: BusinessDocument, speech: Speech) -> PageTable | None:
    """All registers that the document's lines rest on, each once, with their reads; None where there are none."""
    registers = list(dict.fromkeys(register for line in document.lines for register in line.reads))
    if not registers:
        return None
    columns = (
        Column(speech.text("Meter"), share=5),
        Column(speech.text("Opening read"), is_number=True, share=4),
        Column(speech.text("Closing read"), is_number=True, share=4),
        Column(speech.text("Factor"), is_number=True),
        Column(speech.text("Use"), is_number=True, share=5),
        Column(speech.text("Basis"), share=5),
    )
    rows = tuple(dict.fromkeys(_row(register, speech) for register in registers))
    has_reads = any(register.opening for register in registers)
    has_factor = any(register.multiplier != 1 for register in registers)
    shown = (True, has_reads, has_reads, has_factor, True, True)  # a column in which nothing stands says nothing
    kept = tuple(tuple(compress(row, shown)) for row in rows)
    return PageTable(speech.text("List of meters"), tuple(compress(columns, shown)), kept)


def _row(register: ReadsOfRegister, speech: Speech) -> tuple[str, ...]:
    names = (register.meter, register.register_key, register.asset, register.site)
    days = [] if register.first is None or register.last is None else [speech.words.days(register.first, register.last)]
    return (
        "\n".join((", ".join(dict.fromkeys(filter(None, names))), *days)),
        _read_cell(register.opening, speech),
        _read_cell(register.closing, speech),
        speech.words.number(register.multiplier),
        use_words(register, speech.words),
        "; ".join((*register.exchanges, coverage(register, speech))),
    )


def use_words(register: ReadsOfRegister, words: Words) -> str:
    """Write a use, and below it how it was converted into what is billed."""
    use = quantity_in_words(words, register.shown_quantity, register.unit)
    use = words.text("{use} on average", use=use) if register.is_mean else use
    if register.conversion is None:
        return use
    billed = quantity_in_words(words, register.conversion.result, register.conversion.to)
    return f"{use}\n{factors_words(register.conversion, words)}\n= {billed}"


def _name(register: ReadsOfRegister, speech: Speech) -> str:
    if register.asset:
        return speech.text("Meter {meter} ({asset})", meter=register.meter, asset=register.asset)
    return speech.text("Meter {meter}", meter=register.meter)


def _figures(register: ReadsOfRegister, speech: Speech) -> str:
    words = speech.words
    use = quantity_in_words(words, register.shown_quantity, register.unit)
    if register.opening is None or register.closing is None:
        if register.is_mean:
            return speech.text("{use} on average", use=use)
        return use if register.multiplier == 1 else f"{use} ({_factor(register, speech)})"
    reads = f"{_read(register.opening, speech)} → {_read(register.closing, speech)}"
    factor = "" if register.multiplier == 1 else f", {_factor(register, speech)}"
    return f"{reads}{factor} = {use}"


def _factor(register: ReadsOfRegister, speech: Speech) -> str:
    return speech.text("factor {factor}", factor=speech.words.number(register.multiplier))


def _read(read: BoundaryRead, speech: Speech) -> str:
    value, at = speech.words.number(read.value), speech.instant(read.at)
    if read.estimated:
        return speech.text("{value} ({at}, estimated)", value=value, at=at)
    return f"{value} ({at})"


def _read_cell(read: BoundaryRead | None, speech: Speech) -> str:
    """Write a read in two lines or three; a register that is no counter has none."""
    if read is None:
        return "–"
    estimated = [speech.text("estimated")] if read.estimated else []
    return "\n".join((speech.words.number(read.value), speech.instant(read.at), *estimated))


def _share(part: int, whole: int) -> Decimal:
    """So many percent, to a tenth; all of it where there is nothing to divide by."""
    if not whole:
        return Decimal(100) if part else Decimal(0)
    return trimmed((Decimal(part * 100) / whole).quantize(_TENTH, ROUND_HALF_UP))
