"""The corrections of a document, by the document that they correct: with a subtotal, and one sentence why."""

from collections.abc import Sequence
from decimal import Decimal

from billing.documents.model.business_document import CorrectionOfDocument
from billing.documents.model.business_line import BusinessLine
from billing.documents.model.reasons import one_sentence
from billing.documents.words.words import Words


def corrections_of(lines: Sequence[BusinessLine], words: Words) -> tuple[CorrectionOfDocument, ...]:
    """Group the lines that correct something, in the order of the first of each document."""
    by_number: dict[str, list[BusinessLine]] = {}
    for line in lines:
        if line.corrects:
            by_number.setdefault(line.corrects, []).append(line)
    return tuple(
        CorrectionOfDocument(
            number=number,
            issued_on=of_document[0].corrects_on,
            lines=tuple(line.pos for line in of_document),
            net=sum((line.net for line in of_document), Decimal(0)),
            why=one_sentence((reason for line in of_document for reason in line.why), words),
        )
        for number, of_document in by_number.items()
    )
