"""What the page and the PDF of an invoice say, in one piece: both are laid out from this."""

from collections.abc import Iterator

from billing.documents.invoice.content import InvoiceContent
from billing.documents.invoice.head import letterhead_of
from billing.documents.invoice.line_rows import rows_of
from billing.documents.invoice.parties import address_lines
from billing.documents.invoice.payment import payment_box
from billing.documents.invoice.pictures import InvoicePictures
from billing.documents.invoice.register_words import meter_list
from billing.documents.invoice.speech import Speech, speech_of
from billing.documents.invoice.sums import sums_of, tax_remarks
from billing.documents.invoice.swiss_code import swiss_payment
from billing.documents.invoice.swiss_part import swiss_part
from billing.documents.look.page import Column, Letterhead, PageTable
from billing.documents.model.business_document import BusinessDocument


def laid_out(document: BusinessDocument, pictures: InvoicePictures) -> tuple[Letterhead, InvoiceContent]:
    """Write all that a document says, in its language; nothing of it is asked from anywhere else."""
    speech = speech_of(document)
    swiss = swiss_payment(document)
    meters = meter_list(document, speech)
    content = InvoiceContent(
        opening=tuple(_opening(document, speech)),
        columns=_columns(document, speech),
        rows=rows_of(document, speech),
        sums=sums_of(document, speech),
        remarks=tuple(_remarks(document, speech)),
        payment=payment_box(document, speech, pictures),
        closing=tuple(_closing(document, speech)),
        chart_title=speech.text("Use in the service period"),
        charts=pictures.charts,
        annexes=tuple(table for table in (meters, _proofs(document, speech)) if table is not None),
        annex_note=speech.text("Times are local times of {zone}.", zone=document.zone) if meters is not None else "",
        swiss=swiss_part(swiss, speech) if swiss is not None else None,
    )
    return letterhead_of(document, speech, pictures), content


def _columns(document: BusinessDocument, speech: Speech) -> tuple[str, str, str, str, str]:
    currency = document.currency
    return (
        speech.text("Item"),
        speech.text("Description"),
        speech.text("Quantity"),
        f"{speech.text('Unit price')} {currency}",
        f"{speech.text('Net')} {currency}",
    )


def _opening(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    yield from (note.text for note in document.notes)
    if document.document_type.name == "PREPAYMENT":
        yield speech.text("This amount is claimed in advance; the final invoice takes it off.")


def _remarks(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    yield from tax_remarks(document, speech)
    agent = document.representative
    if agent is not None:
        where = ", ".join((agent.name, *address_lines(agent.address, speech)))
        yield speech.text("Tax representative: {party}, VAT ID {number}", party=where, number=agent.vat_id)
    for charge, first, last, net, dispute in document.held_apart:
        yield speech.text(
            "Not billed while it is disputed: {charge}, {days}, net {net} (dispute {dispute})",
            charge=charge,
            days=speech.words.days(first, last),
            net=speech.money(net),
            dispute=dispute,
        )
    for file in (file for file in document.attachments if file.address != document.proof_address):
        yield speech.text("Attached: {reference} {description}", reference=file.reference, description=file.description)


def _closing(document: BusinessDocument, speech: Speech) -> Iterator[str]:
    rests_on_readings = document.version and not document.claims_delay
    if proof := _where(document.proof_address, document.proof_command):
        if rests_on_readings:
            yield speech.text("Every line opens down to its meter readings: {address}", address=proof)
        else:  # of a payee, or of what is late: its lines are shares, or days and rates, and a reading is none of its
            yield speech.text("Proof of this document: {address}", address=proof)
    if rests_on_readings:
        yield speech.text(
            "Computed from the readings up to batch {batch} and version {version} of the contract.",
            batch=document.watermark,
            version=document.version,
        )


def _where(address: str, command: str) -> str:
    """Say where a proof is: an address that can be opened, else the command that shows it."""
    return command if address.startswith("/") else address


def _proofs(document: BusinessDocument, speech: Speech) -> PageTable | None:
    """Where each line is proved; None where no line says so."""
    proofs = ((line, _where(line.proof_address, line.proof_command)) for line in document.lines)
    rows = tuple((str(line.pos), line.name, proof) for line, proof in proofs if proof)
    if not rows:
        return None
    columns = (
        Column(speech.text("Item")),
        Column(speech.text("Description"), share=1),
        Column(speech.text("Proof"), share=1),
    )
    return PageTable(speech.text("Proof of each line"), columns, rows)
