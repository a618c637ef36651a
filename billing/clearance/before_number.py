"""Holds a document that its customer takes through a state to what that state asks for, before it has a number."""

from dataclasses import replace
from datetime import datetime

from billing.clearance.duty import NoDuty, duty_of, why_not_cleared
from billing.clearance.fapiao.split import fapiao_of, seller_number
from billing.clearance.ksef.fa3 import fa3
from billing.clearance.life import Authority
from billing.clearance.refusals import FormOfOtherState
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_type import DocumentType
from contracts.invoicing import InvoiceForm

STATE_FORMS = {InvoiceForm.KSEF: Authority.KSEF, InvoiceForm.FAPIAO: Authority.FAPIAO}
#: Why a state clears nothing of a side, with the field that says so.
_OF_SIDES = {
    NoDuty.SELLER_ABROAD: "seller.country",
    NoDuty.BUYER_ABROAD: "buyer.country",
    NoDuty.CONSUMER: "buyer.vat_id",
}
_TAKES_BACK = (DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE)


def require_clearable(document: BusinessDocument, now: datetime) -> None:
    """Refuse a document that its state could not clear.

    What it corrects need not have the state's number yet: it may come until this one is asked for. What the state does
    not clear, as what comes to nothing, is not held for it; but sides of whom it clears nothing have no such documents:
    their original would never be there.

    Args:
        document: as if it were issued, in a form of ``STATE_FORMS``.
        now: the instant.

    Raises:
        FormOfOtherState: of these sides the state clears nothing.
        UsufructError: as ``fa3`` and ``fapiao_of``.
    """
    authority = STATE_FORMS[document.form]
    # the last day of its period stands for a day of issue that is not known; it is issued today at the earliest
    issued_on = max(filter(None, (document.issued_on, now.date())))
    reason = why_not_cleared(replace(document, issued_on=issued_on), duty_of(authority))
    if reason is not None and reason not in _OF_SIDES:
        return
    if authority is Authority.KSEF:
        fa3(document, now, {})
    elif document.document_type in _TAKES_BACK:
        seller_number(document.seller)
    else:
        fapiao_of([document])
    if reason is not None:
        place = _OF_SIDES[reason]
        detail = f"{authority.value} does not clear it: {reason.value}"
        party = document.buyer.name if place.startswith("buyer") else document.seller.name
        raise FormOfOtherState(detail, place=place, found=party, expected=f"another form than {document.form.value}")
