"""A ZUGFeRD is read by programs that others wrote, claims what it is, and is the same each time."""

from io import BytesIO
from typing import Any

import pytest
from facturx import get_facturx_xml_from_pdf
from lxml import etree
from pypdf import PdfReader

from billing.documents.einvoice.einvoice import write_xml
from billing.documents.einvoice.facturx_metadata import UnknownLayoutOfPdf, as_facturx
from billing.documents.einvoice.zugferd import with_xml_within
from billing.documents.invoice_pdf import InvoicePdf
from contracts.invoicing import InvoiceForm
from tests.billing.documents.einvoice.reading import totals_of_cii
from tests.billing.documents.model.made import INVOICE

XML = write_xml(INVOICE, InvoiceForm.ZUGFERD)
PDF = with_xml_within(INVOICE, XML)
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def catalogue() -> Any:
    return PdfReader(BytesIO(PDF), strict=True).trailer["/Root"]


def metadata() -> etree._Element:
    return etree.fromstring(catalogue()["/Metadata"].get_data())


def test_its_xml_is_read_by_another_program_which_holds_it_to_its_schema() -> None:
    name, xml = get_facturx_xml_from_pdf(PDF, check_xsd=True)
    assert (name, xml) == ("factur-x.xml", XML)
    assert totals_of_cii(xml)["gross"] == INVOICE.totals.gross


def test_the_xml_is_the_invoice_as_well_as_the_page_is() -> None:
    (attached,) = PdfReader(BytesIO(PDF)).attachment_list
    assert (attached.associated_file_relationship, attached.name) == ("/Alternative", "factur-x.xml")
    (associated,) = catalogue()["/AF"]
    assert associated.get_object()["/EF"]["/F"]["/Subtype"] == "/text/xml"


def test_it_says_that_it_is_a_factur_x_of_the_profile_of_the_norm() -> None:
    stated = {node.tag.removeprefix(FX): node.text for node in metadata().iter() if str(node.tag).startswith(FX)}
    assert stated == {
        "DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0", "ConformanceLevel": "EN 16931",
    }  # fmt: skip


def test_each_property_of_its_own_is_described_as_pdf_a_asks() -> None:
    described = metadata().iter("{http://www.aiim.org/pdfa/ns/schema#}namespaceURI")
    (schema,) = [node.getparent() for node in described if f"{{{node.text}}}" == FX]
    names = {node.text for node in schema.iter("{http://www.aiim.org/pdfa/ns/property#}name")}
    assert names == {"DocumentType", "DocumentFileName", "Version", "ConformanceLevel"}


def test_it_stays_pdf_a_3b_and_pdf_ua_1_with_its_tags() -> None:
    claims = {
        (prefix, local): [node.text for node in metadata().iter(f"{{http://www.aiim.org/{prefix}/ns/id/}}{local}")]
        for prefix, local in (("pdfa", "part"), ("pdfa", "conformance"), ("pdfua", "part"))
    }
    assert claims == {("pdfa", "part"): ["3"], ("pdfa", "conformance"): ["B"], ("pdfua", "part"): ["1"]}
    assert catalogue()["/MarkInfo"]["/Marked"]


def test_it_is_the_same_each_time_and_of_another_xml_another() -> None:
    assert with_xml_within(INVOICE, XML) == PDF
    other = with_xml_within(INVOICE, XML.replace(b">486.27<", b">486.28<"))
    ids = [PdfReader(BytesIO(pdf)).trailer["/ID"] for pdf in (PDF, other)]
    assert ids[0] != ids[1]


def test_a_file_that_the_compiler_did_not_write_is_not_updated_blindly() -> None:
    plain = InvoicePdf().render(INVOICE)
    assert as_facturx(plain).startswith(plain)
    for other in (
        as_facturx(plain),
        plain.replace(b"/Metadata", b"/Metadatb"),
        plain.replace(b"</rdf:RDF>", b"</rdf:RDG>"),
        b"",
    ):
        with pytest.raises(UnknownLayoutOfPdf):
            as_facturx(other)
