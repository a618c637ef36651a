"""The letterhead of an invoice: who writes to whom, and the facts that an accounts department asks for first."""

from collections.abc import Iterator

from billing.documents.invoice.parties import (
    address_lines,
    bank_lines,
    contact_lines,
    number_lines,
    register_lines,
)
from billing.documents.invoice.pictures import InvoicePictures
from billing.documents.invoice.speech import SELF_BILLED, Speech
from billing.documents.invoice.titles import kind_of, title_of
from billing.documents.look.page import Letterhead
from billing.documents.model.business_document import BusinessDocument, PrecedingDocument
from billing.documents.model.business_party import BusinessParty


def letterhead_of(document: BusinessDocument, speech: Speech, pictures: InvoicePictures) -> Letterhead:
    """Write the letterhead: of a self-billed document the customer writes, and who supplies it is written to."""
    sides = (document.seller, document.buyer)
    writer, reader = reversed(sides) if document.document_type in SELF_BILLED else sides
    home = writer.address.country
    return Letterhead(
        language=document.language.value,
        title=title_of(document, speech),
        issuer=writer.name,
        issuer_lines=(*address_lines(writer.address, speech, of=reader.address.country), *contact_lines(writer)),
        return_line=" · ".join((writer.name, *address_lines(writer.address, speech, of=reader.address.country))),
        recipient=(reader.name, *address_lines(reader.address, speech, of=home)),
        recipient_lines=_reader_lines(reader, speech),
        facts=tuple(_facts(document, speech)),
        foot=_foot(document, writer, speech),
        page_words=speech.text("Page {page} of {pages}", page="{page}", pages="{pages}"),
        mark=speech.text("DRAFT") if document.state == "draft" else "",
        notices=tuple(_notices(document, speech)),
        logo=pictures.logos.get(writer.logo) if writer.logo else None,
    )


def _reader_lines(reader: BusinessParty, speech: Speech) -> tuple[str, ...]:
    numbers = [speech.text("Your number with us: {number}", number=own.value) for own in reader.identifiers]
    attention = [speech.text("Attention: {name}", name=reader.contact.name)] if reader.contact.name else []
    return (*attention, *number_lines(reader, speech), *numbers)


def _foot(document: BusinessDocument, writer: BusinessParty, speech: Speech) -> tuple[tuple[str, ...], ...]:
    bank = () if document.document_type in SELF_BILLED else tuple(bank_lines(document, speech))
    columns = (register_lines(writer, speech), number_lines(writer, speech), bank)
    return tuple(column for column in columns if column)


def _facts(document: BusinessDocument, speech: Speech) -> Iterator[tuple[str, str]]:
    words, references = speech.words, document.references
    yield speech.text("Number"), document.number
    if document.issued_on is not None:
        yield speech.text("Date of issue"), words.day(document.issued_on)
    yield speech.text("Service period"), words.days(document.period_from, document.period_to)
    billed = (document.billed_from or document.period_from, document.billed_to or document.period_to)
    if billed != (document.period_from, document.period_to):
        yield speech.text("Billing period"), words.days(*billed)
    if document.tax_point is not None:
        yield speech.text("Tax point"), words.day(document.tax_point)
    if document.due_on is not None:
        yield speech.text("Due date"), words.day(document.due_on)
    named = [
        (speech.text("Your order"), references.order),
        (speech.text("Your reference"), references.buyer_reference),
        (speech.text("Contract"), references.contract),
        (speech.text("Project"), references.project),
        (speech.text("Our order"), references.sales_order),
        (speech.text("Your cost centre"), references.cost_centre),
    ]
    yield from ((name, value) for name, value in named if value)
    yield from (_preceding(earlier, speech) for earlier in document.preceding)
    if document.document_type in SELF_BILLED:
        yield speech.text("Supplier"), document.seller.name
        yield speech.text("Customer"), document.buyer.name
    elif document.made_out_by:
        yield speech.text("Made out by"), document.made_out_by
    yield from _place(document, speech)


def _preceding(earlier: PrecedingDocument, speech: Speech) -> tuple[str, str]:
    name = speech.text("Prepaid by") if earlier.is_prepayment else speech.text("Corrects")
    issued = f" ({speech.words.day(earlier.issued_on)})" if earlier.issued_on is not None else ""
    cleared = f", {earlier.clearance}" if earlier.clearance else ""
    return name, f"{earlier.number}{issued}{cleared}"


def _place(document: BusinessDocument, speech: Speech) -> Iterator[tuple[str, str]]:
    delivery = document.delivery
    lines = address_lines(delivery.address, speech, of=document.buyer.address.country) if delivery.address else ()
    place = ", ".join(filter(None, (delivery.name, *lines)))
    if place:
        yield speech.text("Place of supply"), place


def _notices(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    if document.state == "draft":
        yield speech.text("Draft: this is no invoice, and nothing of it is owed yet.")
    if document.state == "void":
        day = speech.words.day(document.voided_on) if document.voided_on is not None else ""
        sentence = speech.text("VOID since {day}: nothing of this document is owed.", day=day)
        yield sentence if day else speech.text("VOID: nothing of this document is owed.")
        if document.voided_because:
            yield document.voided_because
    if document.document_type in SELF_BILLED and document.state != "draft":
        yield speech.text(
            "Self-billing: {customer} makes out this document in the name of {supplier}.",
            customer=document.buyer.name,
            supplier=document.seller.name,
        )
    if document.seller.address.country == "CN":
        yield speech.text(
            "This {kind} is no fapiao: the fapiao is made out by the tax platform and follows it.",
            kind=kind_of(document, speech),
        )
