"""Links under which what a mail is about is paid: made as it leaves, so that nothing that is kept has their tokens.

A document has one where its contract is paid so. A letter about late documents has one for each of them, as far as
something is still asked for, and one for what it claims of their delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from billing.delivery.documents.store import DeliveredDocument
from billing.dunning.letter import WrittenLetter
from billing.dunning.letters.store import CORRECTION
from billing.payments.links import make_of_mail
from billing.receivables.issued import by_key
from billing.receivables.standings import standings_now
from billing.tables import InvoiceRow
from contracts.collection_terms import CollectedBy


@dataclass(frozen=True, slots=True)
class PayToken:
    """A token of a link under which a document is paid; its hash alone is stored.

    Attributes:
        number: of the document.
        token: of the link.
        ends_at: when it expires.
    """

    number: str
    token: str
    ends_at: datetime


def make_pay_tokens(
    session: Session, delivered: DeliveredDocument, *, days: int, zone: str, at: datetime
) -> tuple[PayToken, ...]:
    """Make the links that a mail has; each opens to the end of the local day that the mail names.

    Args:
        session: states the tenant; the account of the document is locked.
        delivered: what the mail is about.
        days: for how many they open.
        zone: whose local days the mail means.
        at: now.
    """
    if delivered.payee_document is not None:
        return ()
    letter = delivered.letter
    paid = _of_document(delivered.invoice) if letter is None else _of_letter(session, letter, at)
    made = []
    for invoice in paid:
        token, ends_at = make_of_mail(session, invoice.id, invoice.customer_id, days=days, zone=zone, at=at)
        made.append(PayToken(invoice.number or "", token, ends_at))
    return tuple(made)


def _of_document(invoice: InvoiceRow) -> Sequence[InvoiceRow]:
    return [invoice] if _is_paid_by_link(invoice) and invoice.payable > 0 else []


def _of_letter(session: Session, letter: WrittenLetter, at: datetime) -> Sequence[InvoiceRow]:
    """Choose what is paid of a letter: what was settled, disputed or void since it was written has no link."""
    if letter.kind == CORRECTION:
        return []
    keys = [document.invoice for document in letter.content.documents]
    late = by_key(session, keys)
    chosen = [late[key] for key in keys if _is_paid_by_link(late[key])]
    if chosen and letter.claim_id is not None:
        chosen += by_key(session, [letter.claim_id]).values()
    stands = standings_now(session, chosen, at)
    return [document for document in chosen if stands[document.id].undisputed > 0]


def _is_paid_by_link(invoice: InvoiceRow) -> bool:
    invoicing = invoice.inputs.invoicing
    terms = None if invoicing is None else invoicing.terms.collection
    return terms is not None and terms.by is CollectedBy.PAY_LINK
