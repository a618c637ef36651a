"""A name is what one reads: a document with signs that nobody sees is refused, and none of them is printed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.documents.charts.usage_chart import UsageRow, usage_chart
from billing.documents.einvoice.einvoice import write_xml
from billing.documents.invoice_html import InvoiceHtml
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.words.words import words_in
from contracts.invoicing import InvoiceForm, Language
from quantities.document import FaultyDocument, read
from quantities.unseen import as_seen
from tests.billing.documents.model.made import FEE, SELLER, invoice
from tests.billing.documents.reading import squeezed, text_of_pdf

BACKWARDS, NO_WIDTH, SOFT = "\u202e", "\u200b", "\u00ad"


@pytest.mark.parametrize(("written", "path", "sign"), [
    pytest.param(r'supplier: {name: "Nordluft \u202EHbmG"}', "/supplier/name", "U+202E", id="turns what follows"),
    pytest.param('charges: [{name: "Nord\u200bluft"}]', "/charges/0/name", "U+200B", id="a blank of no width"),
    pytest.param(r'{"a": "x\u0007"}', "/a", "U+0007", id="a control character, as JSON writes it"),
    pytest.param("a/b: {soft\u00adhyphen: 1}", "/a~1b/softhyphen", "U+00AD", id="within a key"),
    pytest.param('a: "Nord\u200dluft"', "/a", "U+200D", id="a joiner between Latin letters"),
    pytest.param(r'a: "x\uFEFF"', "/a", "U+FEFF", id="a mark of the byte order"),
])  # fmt: skip
def test_a_document_with_one_is_refused_with_its_place(written: str, path: str, sign: str) -> None:
    with pytest.raises(FaultyDocument) as refused:
        read(written)
    (fault,) = refused.value.faults
    assert (fault.path, fault.code, fault.found) == (path, "unseen-sign", sign)


@pytest.mark.parametrize("text", [
    pytest.param("Müller & Söhne – „Kälte“ 10 µm² №7", id="German"),
    pytest.param("压缩空气，一月", id="Chinese"),
    pytest.param("می\u200cخواهم", id="Persian, with the joiner it is written with"),
    pytest.param("one\n\tand two\n", id="several lines"),
    pytest.param("e\u0301 \u00a0 \U0001f469\u200d\U0001f527", id="combined, kept together"),
])  # fmt: skip
def test_what_people_write_stands_as_it_is(text: str) -> None:
    assert as_seen(text) == text
    assert read(f'a: "{text}"'.replace("\n", "\\n").replace("\t", "\\t")) == {"a": text}


def test_no_document_shows_one_that_was_stored_before_they_were_refused() -> None:
    """Backwards, the number of an account is another one."""
    hidden = f"Nord{NO_WIDTH}luft{SOFT} {BACKWARDS}321"
    document = invoice(seller=replace(SELLER, name=hidden), lines=(replace(FEE, name=f"fee{BACKWARDS}"),))
    page, pdf = InvoiceHtml().render(document).decode(), text_of_pdf(InvoicePdf().render(document))
    for text in (page, pdf, *(write_xml(document, form).decode() for form in (InvoiceForm.UBL, InvoiceForm.CII))):
        assert "Nordluft321" in squeezed(text)
        assert not {BACKWARDS, NO_WIDTH, SOFT} & set(text)


def test_a_chart_of_a_name_with_one_is_drawn() -> None:
    """The renderer would end the process, and with it the work of everybody."""
    rows = [UsageRow(date(2026, 1, 1), Decimal(1))]
    drawn = usage_chart(rows, unit="kWh", words=words_in(Language.ENGLISH), of=f"Press\x01{BACKWARDS} 1")
    assert "Press 1: Usage by day, kWh" in drawn
    assert not {"\x01", BACKWARDS} & set(drawn)
