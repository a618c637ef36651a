"""A letter about late documents as it is sent: its PDF, and beside it the document that claims for the delay."""

from datetime import datetime

from sqlmodel import Session

from api.delivering.originals import archived_file
from api.operations.letters import letter_of_dunning
from billing.delivery.outgoing import Outgoing, OutgoingFile, outgoing_file
from billing.documents.dunning_letter import LetterPdf, letter_title
from billing.documents.words.words import words_in
from billing.dunning.letter import WrittenLetter, letter_name
from contracts.delivery_terms import DeliveryWay, is_address
from contracts.invoicing import InvoiceForm


def leaving_letter(session: Session, letter: WrittenLetter, at: datetime, public_url: str = "") -> Outgoing:
    """Write a letter as it leaves the house; what claims for the delay goes with it, out of the archive.

    Raises:
        MissingFont, UnprintableSign: it cannot be laid out.
    """
    name = letter_name(letter.id)
    known = letter_of_dunning(session, letter)
    content = letter.content
    profile = known.profiles.get(content.supplier.name)
    contact = None if profile is None else profile.contact
    reply_to = "" if contact is None else contact.email or ""
    return Outgoing(
        number=name,
        seller=content.supplier.name,
        buyer=content.customer.name,
        language=known.language,
        form=InvoiceForm.PDF,
        original=outgoing_file(name, "application/pdf", LetterPdf().render(letter, known)),
        pictures=_claim(session, letter, at, public_url),
        reply_to=reply_to if is_address(DeliveryWay.MAIL, reply_to) else "",
        zone=content.zone,
        letter=letter_title(letter, words_in(known.language)),
        corrects_letter=letter.kind == "correction",
    )


def _claim(session: Session, letter: WrittenLetter, at: datetime, public_url: str) -> tuple[OutgoingFile, ...]:
    if letter.claim_id is None:
        return ()
    number, original = archived_file(session, letter.claim_id, at, public_url)
    return (outgoing_file(number, original.media_type, original.content),)
