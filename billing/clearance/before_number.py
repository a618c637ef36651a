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

_TAKES_BACK = (DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE)


def require_clearable(document: BusinessDocument, now: datetime) -> None:
    """Refuse a document that its state could not clear.

    What it corrects need not have the state's number yet: it may come until this one is asked for. What the state does
    not clear, as what goes to a consumer or comes to nothing, is not held for it: a PDF is its original. But a seller
    of another country has no such documents at all.

    Args:
        document: as if it were issued, in a form of ``contracts.invoicing.STATE_FORMS``.
        now: the instant.

    Raises:
        FormOfOtherState: of this seller the state clears nothing.
        UsufructError: as ``fa3`` and ``fapiao_of``.
    """
    authority = Authority(document.form.value)
    # the last day of its period stands for a day of issue that is not known; it is issued today at the earliest
    issued_on = max(filter(None, (document.issued_on, now.date())))
    reason = why_not_cleared(replace(document, issued_on=issued_on), duty_of(authority))
    if reason is NoDuty.SELLER_ABROAD:
        detail = f"{authority.value} does not clear it: {reason.value}"
        expected = f"another form than {document.form.value}"
        raise FormOfOtherState(detail, place="seller.country", found=document.seller.name, expected=expected)
    if reason is not None:
        return
    if authority is Authority.KSEF:
        fa3(document, now, {})
    elif document.document_type in _TAKES_BACK:
        seller_number(document.seller)
    else:
        fapiao_of([document])
