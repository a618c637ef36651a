"""Holds a document that its customer takes through a state to what that state asks for, before it has a number."""

from datetime import datetime

from billing.clearance.duty import NoDuty, duty_of, why_not_cleared
from billing.clearance.fapiao.split import fapiao_of, seller_number
from billing.clearance.ksef.fa3 import fa3
from billing.clearance.life import Authority
from billing.documents.model.business_document import BusinessDocument
from billing.records.document_type import DocumentType

_TAKES_BACK = (DocumentType.CREDIT_NOTE, DocumentType.SELF_BILLED_CREDIT_NOTE)


def require_clearable(document: BusinessDocument, now: datetime) -> None:
    """Refuse a document that its state could not clear.

    What it corrects need not have the state's number yet: it may come until this one is asked for. What the state does
    not clear, as what comes to nothing, is not held for it; but a seller of another country has no such documents.

    Args:
        document: as if it were issued, in a form of ``contracts.invoicing.STATE_FORMS``.
        now: the instant.

    Raises:
        UsufructError: as ``fa3`` and ``fapiao_of``.
    """
    authority = Authority(document.form.value)
    if why_not_cleared(document, duty_of(authority)) not in {None, NoDuty.SELLER_ABROAD}:
        return
    if authority is Authority.KSEF:
        fa3(document, now, {})
    elif document.document_type in _TAKES_BACK:
        seller_number(document.seller)
    else:
        fapiao_of([document])
