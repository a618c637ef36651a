"""A document as FA(3), the structured invoice of Poland: XML by its public schema, edition 1-0E of 25 June 2025.

The state's number is not in it: KSeF gives it to the file. Source: Ustawa o VAT Art. 106e to 106j; the ministry's
information sheet on the logical structure FA(3).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from lxml import etree

from billing.clearance.ksef import kinds, parties, payment, rows
from billing.clearance.ksef.elements import NAMESPACE, amount, day, element, token
from billing.clearance.ksef.kinds import CitedInKsef, KsefKind
from billing.clearance.ksef.schema import refuse_what_fails
from billing.clearance.ksef.taxes import sums
from billing.clearance.refusals import ExemptionUnnamed
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_type import DocumentType
from billing.tax.tax import TaxCategory
from quantities.period import utc

_SELF_BILLED = {DocumentType.SELF_BILLED, DocumentType.SELF_BILLED_CREDIT_NOTE}
_YES, _NO = "1", "2"
_FOOT_MAX = 3500
_FEET_MAX = 3


def fa3(document: BusinessDocument, made_at: datetime, cited: Mapping[str, CitedInKsef]) -> bytes:
    """Write a document as FA(3), and hold it against the schema.

    Args:
        document: issued, of a seller in Poland; amounts with the signs of an invoice.
        made_at: the instant that the file states as its own.
        cited: what KSeF says of the documents that this one corrects or settles, by our number; of others it is said
            that they were issued outside of KSeF.

    Returns:
        UTF-8 without a byte order mark, as KSeF wants it.

    Raises:
        SellerNumberInvalid, BuyerNumberInvalid, PostalAddressMissing, TaxRateUnclassed, TaxNotInZloty,
            ExemptionUnnamed, CorrectionOnInvoice: what FA(3) asks for is missing.
        FileFailsSchema: the schema refuses it for another reason.
    """
    kind = kinds.kind_of(document, cited)
    root = element(
        "Faktura",
        _head(made_at),
        parties.seller(document),
        parties.buyer(document),
        *parties.paid_instead(document),
        element("Fa", *_body(document, kind, cited)),
        _foot(document),
    )
    etree.cleanup_namespaces(root, top_nsmap={None: NAMESPACE})
    file: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    refuse_what_fails(file, document.number)
    return file


def _head(made_at: datetime) -> etree._Element:
    form = element("KodFormularza", "FA")
    form.set("kodSystemowy", "FA (3)")
    form.set("wersjaSchemy", "1-0E")
    return element(
        "Naglowek",
        form,
        element("WariantFormularza", "3"),
        element("DataWytworzeniaFa", utc(made_at).strftime("%Y-%m-%dT%H:%M:%SZ")),
        element("SystemInfo", "Usufruct"),
    )


def _body(
    document: BusinessDocument, kind: KsefKind, cited: Mapping[str, CitedInKsef]
) -> Iterator[etree._Element | None]:
    yield element("KodWaluty", document.currency)
    if document.issued_on is not None:
        yield element("P_1", day(document.issued_on))
    yield element("P_2", token(document.number))
    if kind is not KsefKind.PREPAYMENT:
        yield element(
            "OkresFa", element("P_6_Od", day(document.period_from)), element("P_6_Do", day(document.period_to))
        )
    yield from sums(document)
    yield element("P_15", amount(document.totals.gross))
    yield _annotations(document)
    yield element("RodzajFaktury", kind.value)
    if kind.corrects:
        yield from kinds.correction(document, cited)
    yield from rows.additional(document)
    yield from kinds.prepayments(document, cited)
    if kind is not KsefKind.PREPAYMENT:
        yield from rows.rows(document)
    yield payment.settlement(document)
    yield payment.terms(document)
    yield payment.conditions(document)
    if kind is KsefKind.PREPAYMENT:
        yield rows.order(document)


def _annotations(document: BusinessDocument) -> etree._Element:
    """Write what a Polish invoice states of special schemes: none but self-billing, reverse charge and exemption."""
    reverse = any(group.category is TaxCategory.REVERSE_CHARGE for group in document.taxes)
    marks = (
        element("P_16", _NO),
        element("P_17", _YES if document.document_type in _SELF_BILLED else _NO),
        element("P_18", _YES if reverse else _NO),
        element("P_18A", _NO),
        element("Zwolnienie", *_exemption(document)),
        element("NoweSrodkiTransportu", element("P_22N", "1")),
        element("P_23", _NO),
        element("PMarzy", element("P_PMarzyN", "1")),
    )
    return element("Adnotacje", *marks)


def _exemption(document: BusinessDocument) -> Iterator[etree._Element]:
    exempt = [group for group in document.taxes if group.category is TaxCategory.EXEMPT]
    if not exempt:
        yield element("P_19N", "1")
        return
    reason = next((group.reason for group in exempt if group.reason), "")
    if not reason:
        detail = f"{document.number} is exempt, and does not say by which provision"
        exempted = str(sum((group.taxable for group in exempt), Decimal(0)))
        raise ExemptionUnnamed(detail, place="taxes.reason", found=exempted, expected="a provision of law")
    yield element("P_19", "1")
    yield element("P_19C", token(reason))


def _foot(document: BusinessDocument) -> etree._Element | None:
    texts = [document.seller.register_note, *(note.text for note in document.notes)]
    written = [" ".join(text.split())[:_FOOT_MAX] for text in texts if text.strip()][:_FEET_MAX]
    if not written:
        return None
    return element("Stopka", *(element("Informacje", element("StopkaFaktury", text)) for text in written))
