"""Division: the documents that one piece of work comes to.

    what is billed, and what corrects it → the price | prepayments | damages | deposits | one for each that is corrected
    each again for the supplier itself, and for each owner in whose name it sells

Damages and deposits stand on documents of their own: they are outside the scope of VAT, and such lines share an
invoice with no other (EN 16931 BR-O-11). A prepayment is claimed by a document of its own, which the final one names
(BT-3 386). How what is issued is corrected is the law of the issuer. The lines themselves, and their order,
stay as they are.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import TypeAlias

from billing.invoices.invoice import Line
from billing.records.document_type import CorrectionManner, DocumentRules, DocumentType
from billing.tax.tax import UNTAXED
from contracts.rated_line import Nature
from quantities.values import value_class


@value_class(frozen=True, slots=True)
class Paper:
    """A document that is to be.

    Attributes:
        document_type: what it is.
        series: the letters of its series; empty for the issuer's own.
        lines: in order; of one that came to nothing none.
        seller: in whose name it is issued; empty for the contract's supplier.
    """

    document_type: DocumentType
    series: str
    lines: tuple[Line, ...]
    seller: str = ""


class DocumentPlace(IntEnum):
    """On which document a line stands, in the order in which they are numbered."""

    PRICE = 0
    PREPAYMENT = 1
    DAMAGES = 2
    DEPOSIT = 3
    TAKEN_BACK = 4
    BILLED_ANEW = 5


#: Where what is billed of a nature stands.
PLACE_OF_NATURE: Mapping[Nature, DocumentPlace] = {
    Nature.CONSIDERATION: DocumentPlace.PRICE,
    Nature.PREPAYMENT: DocumentPlace.PREPAYMENT,
    Nature.DAMAGES: DocumentPlace.DAMAGES,
    Nature.DEPOSIT: DocumentPlace.DEPOSIT,
}
#: The place, and the seller; of a document that corrects alone, the number that it corrects, and the nature of what
#: bears no tax.
_Key: TypeAlias = tuple[DocumentPlace, str, str, str]


def divide(lines: Sequence[Line], rules: DocumentRules | None) -> tuple[Paper, ...]:
    """Divide the lines of a piece of work into documents.

    Args:
        lines: all of it, in order.
        rules: of the issuer; None of what a release has issued that put everything on one document.

    Returns:
        At least one, the first of which is the document of the work itself; without lines, where there are none.
    """
    if rules is None or not lines:
        only = DocumentType.INVOICE if any(line.corrects is None for line in lines) else _correcting(lines)
        return (Paper(only if lines else DocumentType.INVOICE, "", tuple(lines)),)
    by_place: dict[_Key, list[Line]] = {}
    for line in lines:
        by_place.setdefault(_key(line, rules.of(line.seller).correction), []).append(line)
    return tuple(_paper(key, by_place[key], rules.of(key[1])) for key in sorted(by_place))


def _key(line: Line, manner: CorrectionManner) -> _Key:
    kind = line.nature.kind
    if kind is Nature.PREPAYMENT and line.net < 0:
        kind = Nature.CONSIDERATION  # what is drawn of a prepayment stands on the invoice of what is drawn
    if line.corrects is None or not line.corrects.number:  # nothing was issued that it would correct
        return PLACE_OF_NATURE[kind], line.seller, "", ""
    if is_joined(line.net, manner):
        return (DocumentPlace.PRICE if kind is Nature.PREPAYMENT else PLACE_OF_NATURE[kind]), line.seller, "", ""
    place = DocumentPlace.TAKEN_BACK
    if manner.takes_back_whole and not _takes_back(line):
        place = DocumentPlace.BILLED_ANEW
    return place, line.seller, line.corrects.number, kind.value if kind in UNTAXED else ""


def is_joined(net: Decimal, manner: CorrectionManner) -> bool:
    """Tell whether a line that corrects stands on the next invoice: of red letters what is owed beyond, or any."""
    if manner is CorrectionManner.RED_LETTER:
        return net >= 0
    return manner is CorrectionManner.ADJUSTMENT_LINE


def _takes_back(line: Line) -> bool:
    return line.proof.adjusts is not None and bool(line.proof.adjusts.takes_back)


def _paper(key: _Key, lines: Sequence[Line], rules: DocumentRules) -> Paper:
    place, letters = key[0], rules.series
    if all((line.corrects is not None and line.corrects.number) or line.proof.draw is not None for line in lines):
        document_type = _correcting(lines)
    elif place in (DocumentPlace.DAMAGES, DocumentPlace.DEPOSIT) and _net(lines) < 0:
        document_type, letters = DocumentType.CREDIT_NOTE, {}  # it gives back nothing that is billed
    else:
        document_type = DocumentType.PREPAYMENT if place is DocumentPlace.PREPAYMENT else DocumentType.INVOICE
    return Paper(document_type, letters.get(document_type.in_words, ""), tuple(lines), key[1])


def _correcting(lines: Sequence[Line]) -> DocumentType:
    return DocumentType.CREDIT_NOTE if _net(lines) < 0 else DocumentType.CORRECTED


def _net(lines: Sequence[Line]) -> Decimal:
    return sum((line.net for line in lines), Decimal(0))
