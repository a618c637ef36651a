"""Random documents in every form: no rule has anything to say of them, and their totals are read back to the cent."""

import pytest
from hypothesis import HealthCheck, given, seed, settings

from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import E_INVOICE_FORMS
from tests.billing.documents.einvoice.test_kinds_by_form import faultless
from tests.billing.documents.random_documents import documents

ANY_SPEED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@seed(21)
@settings(ANY_SPEED, max_examples=10)
@given(documents())
def test_ten_documents_in_every_form(document: BusinessDocument) -> None:
    for form in E_INVOICE_FORMS:
        faultless(document, form)


@pytest.mark.long
@seed(2026)
@settings(ANY_SPEED, max_examples=1000)
@given(documents())
def test_a_thousand_documents_in_every_form(document: BusinessDocument) -> None:
    for form in E_INVOICE_FORMS:
        faultless(document, form)
