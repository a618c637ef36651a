"""A PDF is PDF/A-3b and PDF/UA-1, the same bytes each time, and prints every letter or says which it cannot.

The compiler itself checks both standards while it writes. No validator of PDF/A (veraPDF) comes by the registries of
this project: what is tested here are the things that ISO 19005-3 asks for and that can be read off a file, not all of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from billing.documents.invoice.pictures import InvoicePictures
from billing.documents.invoice_pdf import InvoicePdf
from billing.documents.look import fonts as fonts_module
from billing.documents.look.fonts import MissingFont, fonts
from billing.documents.look.pdf import UnprintablePicture, UnprintableSign
from billing.documents.model.business_document import BusinessDocument
from contracts.invoicing import Language
from contracts.logos.logo import Logo
from tests.billing.documents.model.made import BUYER, FEE, INVOICE, SELLER, invoice
from tests.billing.documents.model.made_more import ALL
from tests.billing.documents.reading import squeezed, text_of_pdf

XMP = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


def reader(document: BusinessDocument) -> PdfReader:
    return PdfReader(BytesIO(InvoicePdf().render(document)))


def root_of(pdf: PdfReader) -> Any:
    return pdf.trailer["/Root"]


def objects(pdf: PdfReader) -> Iterator[Any]:
    for number in range(1, int(str(pdf.trailer["/Size"]))):
        yield pdf.get_object(IndirectObject(number, 0, pdf))


@pytest.fixture(scope="module")
def chinese() -> PdfReader:
    return reader(ALL["chinese"])


class TestPdfA:
    """ISO 19005-3, level b; ISO 14289-1."""

    def test_says_what_it_is(self, chinese: PdfReader) -> None:
        tree = etree.fromstring(root_of(chinese)["/Metadata"].get_data())
        facts = {
            name: [node.text for node in tree.iter(f"{{{XMP[space]}}}{name}")]
            for space, name in (("pdfaid", "part"), ("pdfaid", "conformance"), ("xmp", "CreateDate"))
        }
        assert facts == {"part": ["3"], "conformance": ["B"], "CreateDate": ["2026-04-02T00:00:00+00:00"]}
        assert [node.text for node in tree.iter(f"{{{XMP['pdfuaid']}}}part")] == ["1"]

    def test_names_the_colours_of_its_output(self, chinese: PdfReader) -> None:
        (intent,) = root_of(chinese)["/OutputIntents"]
        assert intent.get_object()["/S"] == "/GTS_PDFA1"
        assert len(intent.get_object()["/DestOutputProfile"].get_data()) > 400

    def test_embeds_of_each_font_the_signs_it_uses(self, chinese: PdfReader) -> None:
        described = [
            it for it in objects(chinese) if isinstance(it, DictionaryObject) and it.get("/Type") == "/FontDescriptor"
        ]
        assert {str(it["/FontName"]).partition("+")[2] for it in described} == {"Arimo-Regular", "NotoSansSC-Regular"}
        for it in described:
            name = str(it["/FontName"])
            assert len(name.partition("+")[0]) == 7, "a subset has six letters before its name"
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & {*it.keys()}
        assert sum(len(it.get_data()) for it in objects(chinese) if "/Length1" in getattr(it, "keys", dict)()) < 200_000

    def test_is_not_encrypted_runs_nothing_and_fetches_nothing(self, chinese: PdfReader) -> None:
        assert not chinese.is_encrypted
        keys = {key for it in objects(chinese) if isinstance(it, DictionaryObject) for key in it}
        assert not keys & {"/JavaScript", "/JS", "/AA", "/OpenAction", "/Launch", "/URI", "/F"}

    def test_is_tagged_in_its_language_with_a_title(self, chinese: PdfReader) -> None:
        root = root_of(chinese)
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "zh"
        assert chinese.metadata is not None
        assert chinese.metadata.title == "账单 2026-000011"
        assert "/StructTreeRoot" in root


class TestTheSameBytes:
    @pytest.mark.parametrize("name", ["invoice", "swiss", "draft"])
    def test_each_time(self, name: str) -> None:
        first, again = (InvoicePdf().render(ALL[name]) for _ in range(2))
        assert first == again

    def test_and_others_of_other_data(self) -> None:
        assert InvoicePdf().render(INVOICE) != InvoicePdf().render(invoice(number="2026-000002"))


class TestEverySign:
    NAMES = (
        "苏州精密冲压有限公司",
        "Łódź Żółć Świętej",
        "Завод «Прогресс»",
        "Ελληνική Εταιρεία",
        "Şişli Ğ İ",
        "Nőtlen Ş Ț ă",
    )

    @pytest.mark.parametrize("language", Language)
    def test_of_a_name_is_printed_in_every_language(self, language: Language) -> None:
        lines = tuple(replace(FEE, pos=pos, name=name) for pos, name in enumerate(self.NAMES, start=1))
        text = squeezed(text_of_pdf(InvoicePdf().render(invoice(lines=lines, language=language))))
        assert [name for name in self.NAMES if squeezed(name) not in text] == []

    @pytest.mark.parametrize("sign", ["😀", "ก", "\u0b95"])
    def test_that_no_font_has_is_named_and_never_a_box(self, sign: str) -> None:
        with pytest.raises(UnprintableSign) as refused:
            InvoicePdf().render(invoice(buyer=replace(BUYER, name=f"Firma {sign}")))
        assert refused.value.members["found"] == sign

    def test_without_its_font_is_refused_by_the_package_that_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fonts_module, "FAMILIES", (("Noto Sans SC", "no_such_package", "fonts"),))
        fonts.cache_clear()
        with pytest.raises(MissingFont, match="no_such_package"):
            fonts()
        fonts.cache_clear()


class TestALogo:
    PICTURE = Logo(
        "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0h2v1H0z"/></svg>'
    )

    def test_stands_on_the_document(self) -> None:
        branded = invoice(seller=replace(SELLER, logo=self.PICTURE.sha256))
        pictures = InvoicePictures(logos={self.PICTURE.sha256: self.PICTURE})
        assert len(InvoicePdf().render(branded, pictures)) != len(InvoicePdf().render(branded))

    def test_that_is_broken_is_named(self) -> None:
        branded = invoice(seller=replace(SELLER, logo="0"))
        with pytest.raises(UnprintablePicture):
            InvoicePdf().render(branded, InvoicePictures(logos={"0": Logo("image/png", b"no picture")}))
