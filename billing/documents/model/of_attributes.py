"""Properties of what a line supplies (BG-32), in the words of the document's language: ready for any syntax."""

from collections.abc import Iterator, Mapping, Sequence

from billing.documents.model.business_line import BoundaryRead, ItemAttribute, ReadsOfRegister
from billing.documents.model.conversion_words import conversion_words
from billing.documents.words.words import Words
from billing.records.proof import ConversionProof
from quantities.gas import STATES
from quantities.quantity import QuantityKind, unit

#: Units without a code of their own in Rec 20: what they are stands beside the code that they borrow.
_COAL = frozenset({"kgce", "tce"})
#: The names of dimensions that have business terms of their own, in each way in which they are written.
COST_CENTRE = frozenset({"cost_centre", "cost centre", "cost_center", "cost center"})
ORDER_LINE = frozenset({"order_line", "order line"})


def attributes_of(
    of_unit: str,
    reads: Sequence[ReadsOfRegister],
    conversion: ConversionProof | None,
    dimensions: Mapping[str, str],
    words: Words,
    zone: str,
) -> tuple[ItemAttribute, ...]:
    """List the attributes of a line.

    Args:
        of_unit: of its quantity.
        reads: of its registers; of several, each name bears the register's meter.
        conversion: of its use.
        dimensions: of its charge; those with a business term of their own are left out.
        words: of the document's language.
        zone: for the local times of reads.
    """
    listed = [*_of_unit(of_unit, conversion, words)]
    for one in reads:
        of_which = f", {one.meter} {one.register_key}" if len(reads) > 1 else ""
        listed += [ItemAttribute(f"{name}{of_which}", value) for name, value in _of_register(one, words, zone)]
    listed += [ItemAttribute(name, text) for name, text in dimensions.items() if name not in COST_CENTRE | ORDER_LINE]
    return tuple(listed)


def _of_unit(of_unit: str, conversion: ConversionProof | None, words: Words) -> Iterator[ItemAttribute]:
    listed = unit(of_unit)
    if listed.kind is QuantityKind.MACHINE_TIME:
        yield ItemAttribute(words.text("Counted"), words.text("machine time"))
    if listed.symbol in _COAL:
        yield ItemAttribute(words.text("Counted"), words.text("coal equivalent (29.3076 MJ/kg)"))
    if conversion is not None and conversion.states is not None:
        yield ItemAttribute(words.text("Reference states"), conversion.states)
    elif listed.state is not None:
        yield ItemAttribute(words.text("Reference state"), str(STATES[listed.state]))


def _of_register(reads: ReadsOfRegister, words: Words, zone: str) -> Iterator[tuple[str, str]]:
    yield words.text("Meter"), reads.meter
    if reads.opening is not None and reads.closing is not None:
        yield words.text("Opening read"), _read(reads.opening, words, zone)
        yield words.text("Closing read"), _read(reads.closing, words, zone)
    if reads.multiplier != 1:
        yield words.text("Multiplier"), words.number(reads.multiplier)
    if reads.conversion is not None:
        yield words.text("Conversion"), conversion_words(reads.conversion, words)
    for what_happened in reads.exchanges:
        yield words.text("Exchange, reset or rollover"), what_happened
    if reads.expected is not None and reads.read < reads.expected:
        facts = {"read": reads.read, "expected": reads.expected}
        yield words.text("Intervals read"), words.text("{read} of {expected}", **facts)
    if reads.estimated:
        yield words.text("Estimated"), words.text("{estimated} of {read}", estimated=reads.estimated, read=reads.read)


def _read(read: BoundaryRead, words: Words, zone: str) -> str:
    facts = {"value": words.number(read.value), "at": words.instant(read.at, zone)}
    if read.estimated:
        return words.text("{value} ({at}, estimated)", **facts)
    return words.text("{value} ({at})", **facts)
