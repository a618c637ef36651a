"""Kinds of documents in FA(3) (RodzajFaktury), and what those refer to that correct or settle others."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from billing.clearance.ksef.elements import day, element, optional, token
from billing.clearance.refusals import CorrectionOnInvoice
from billing.documents.model.business_document import BusinessDocument, PrecedingDocument
from billing.records.document_type import DocumentType


class KsefKind(StrEnum):
    """``VAT`` an invoice, ``KOR`` its correction, ``ZAL`` a prepayment, ``ROZ`` what settles prepayments.

    ``KOR_ZAL`` and ``KOR_ROZ`` correct the latter two.
    """

    INVOICE = "VAT"
    CORRECTION = "KOR"
    PREPAYMENT = "ZAL"
    SETTLEMENT = "ROZ"
    CORRECTED_PREPAYMENT = "KOR_ZAL"
    CORRECTED_SETTLEMENT = "KOR_ROZ"

    @property
    def corrects(self) -> bool:
        """Whether it states differences to an earlier document."""
        return self.value.startswith("KOR")


@dataclass(frozen=True, slots=True)
class CitedInKsef:
    """What KSeF says of an earlier document.

    Attributes:
        number: that KSeF gave.
        kind: as it was cleared.
    """

    number: str
    kind: KsefKind = KsefKind.INVOICE


_CORRECTING = {DocumentType.CREDIT_NOTE, DocumentType.CORRECTED, DocumentType.SELF_BILLED_CREDIT_NOTE}
_CORRECTED_AS = {
    KsefKind.PREPAYMENT: KsefKind.CORRECTED_PREPAYMENT,
    KsefKind.SETTLEMENT: KsefKind.CORRECTED_SETTLEMENT,
}


def corrected(document: BusinessDocument) -> tuple[PrecedingDocument, ...]:
    """Name the documents that it corrects, without those whose prepayment it settles."""
    return tuple(one for one in document.preceding if not one.is_prepayment)


def kind_of(document: BusinessDocument, cited: Mapping[str, CitedInKsef]) -> KsefKind:
    """Find what a document is in FA(3).

    Args:
        document: of a Polish seller.
        cited: what KSeF says of earlier documents, by our number.

    Raises:
        CorrectionOnInvoice: a line of an invoice corrects an earlier document, which FA(3) wants on one of its own.
    """
    if document.document_type in _CORRECTING and corrected(document):
        kinds = {cited[one.number].kind for one in corrected(document) if one.number in cited}
        (kind,) = kinds if len(kinds) == 1 else (KsefKind.INVOICE,)
        return _CORRECTED_AS.get(kind, KsefKind.CORRECTION)
    for line in document.lines:
        if line.corrects or document.document_type in _CORRECTING:
            detail = (
                f"line {line.pos} of {document.number} corrects {line.corrects or 'a document that it does not name'}"
            )
            raise CorrectionOnInvoice(
                detail,
                place=f"lines[{line.pos}].corrects",
                found=line.corrects or document.document_type.in_words,
                expected="a correction that names the document it corrects, and an invoice that corrects none",
            )
    if document.document_type is DocumentType.PREPAYMENT:
        return KsefKind.PREPAYMENT
    return KsefKind.SETTLEMENT if document.preceding else KsefKind.INVOICE


def correction(document: BusinessDocument, cited: Mapping[str, CitedInKsef]) -> Iterator[etree._Element]:
    """Write why and what a correction corrects: each document with its number in KSeF, or that it has none.

    It counts in the books on its own day of issue (TypKorekty 2), unless what it corrects came out too low (1).
    """
    reasons = [sentence for line in document.lines for sentence in line.why]
    reason = token("; ".join(dict.fromkeys(reasons)))
    why = optional("PrzyczynaKorekty", reason)
    if why is not None:
        yield why
    yield element("TypKorekty", "2" if document.totals.net < 0 else "1")
    for one in corrected(document):
        known = cited.get(one.number)
        number = known.number if known is not None else one.clearance
        marks = [element("NrKSeFN", "1")]
        if number:
            marks = [element("NrKSeF", "1"), element("NrKSeFFaKorygowanej", number)]
        issued = one.issued_on or document.issued_on
        on = None if issued is None else element("DataWystFaKorygowanej", day(issued))
        yield element("DaneFaKorygowanej", on, element("NrFaKorygowanej", token(one.number)), *marks)


def prepayments(document: BusinessDocument, cited: Mapping[str, CitedInKsef]) -> Iterator[etree._Element]:
    """Write the documents of the prepayments that are settled, by their numbers in KSeF where they have one."""
    for one in document.preceding:
        if not one.is_prepayment:
            continue
        known = cited.get(one.number)
        number = known.number if known is not None else one.clearance
        if number:
            yield element("FakturaZaliczkowa", element("NrKSeFFaZaliczkowej", number))
        else:
            outside = element("NrKSeFZN", "1"), element("NrFaZaliczkowej", token(one.number))
            yield element("FakturaZaliczkowa", *outside)
