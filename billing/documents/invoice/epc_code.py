"""The EPC QR code, by which a customer's bank fills in a transfer in euro.

Source: EPC069-12, Quick Response Code: Guidelines to Enable Data Capture for the Initiation of a SEPA Credit Transfer,
version 002.
"""

from decimal import Decimal

from billing.documents.invoice.qr import drawing_of, qr_code
from billing.documents.invoice.speech import CREDITS, SELF_BILLED, Speech
from billing.documents.look.page import Drawing
from billing.documents.model.business_document import BusinessDocument
from quantities.number import plain, trimmed

#: What the guidelines allow of a name and of a remittance text.
_NAME_LONGEST = 70
_REFERENCE_LONGEST = 35
_TEXT_LONGEST = 140
_AMOUNT_HIGHEST = 999_999_999
#: A name with a sign of another alphabet is written in UTF-8, which every reader knows: the first of its eight sets.
_UTF_8 = "1"
_CENT = Decimal("0.01")


def epc_code(document: BusinessDocument, speech: Speech) -> Drawing | None:
    """The code of a document; None where nothing is transferred in euro to an IBAN by who reads it."""
    content = epc_content(document)
    if content is None:
        return None
    alternative = speech.text(
        "QR code of a SEPA transfer of {amount} to {account}, reference {reference}",
        amount=speech.money(document.totals.payable),
        account=document.payment.accounts[0].account,
        reference=document.payment.reference,
    )
    return drawing_of(qr_code(content), alternative, speech.text("Scan to pay (SEPA transfer)"), 30)


def epc_content(document: BusinessDocument) -> str | None:
    """What the code of a document says, a line a field; None as of ``epc_code``."""
    payment, amount = document.payment, document.totals.payable
    if document.document_type in CREDITS | SELF_BILLED or document.state != "issued":
        return None
    if document.currency != "EUR" or payment.means != "58" or not payment.accounts:
        return None
    if not 0 < amount <= _AMOUNT_HIGHEST:
        return None
    account = payment.accounts[0]
    reference = payment.reference.replace(" ", "")
    structured = reference.startswith("RF") and len(reference) <= _REFERENCE_LONGEST
    fields = (
        *("BCD", "002", _UTF_8, "SCT", account.bic),
        " ".join((account.holder or document.seller.name).split())[:_NAME_LONGEST],
        account.account,
        f"EUR{plain(trimmed(amount.quantize(_CENT)))}",
        "",  # its purpose
        *((reference,) if structured else ("", (payment.reference or document.number)[:_TEXT_LONGEST].rstrip())),
    )
    return "\n".join(fields)
