"""Says in a PDF's metadata that it is a Factur-X: by an incremental update, which leaves all that is there as it is.

What typst has laid out keeps its tags, and its claims of PDF/A-3 and PDF/UA-1. A library that writes the file anew
takes several times as long as laying it out, and pypdf 7 drops the claim of PDF/UA.

Source: ISO 32000-1, 7.5.6 (incremental updates) and 14.4 (file identifiers); Factur-X 1.0, 6.3 (XMP); ISO 19005-3,
6.6.2.3 (extension schemas).
"""

import re
from hashlib import sha256
from typing import Final

_FX: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
#: Name of each property, its value, and its description.
_PROPERTIES: Final = (
    ("DocumentType", "INVOICE", "The type of the hybrid document"),
    ("DocumentFileName", "factur-x.xml", "The name of the embedded XML document"),
    ("Version", "1.0", "The version of the standard that the embedded XML document is of"),
    ("ConformanceLevel", "EN 16931", "The conformance level of the embedded XML document"),
)
_STATED: Final = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_FX}">'
    + "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in _PROPERTIES)
    + "</rdf:Description>"
)
_DESCRIBED: Final = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{_FX}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    "<pdfaSchema:property><rdf:Seq>"
    + "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
        for name, _, description in _PROPERTIES
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)
#: Where each goes into the metadata as typst writes them: there is one list of extension schemas, and there may be one.
_PLACES: Final = (
    ("</rdf:Bag></pdfaExtension:schemas>", _DESCRIBED),
    ("</rdf:RDF>", _STATED),
)
_TRAILER: Final = re.compile(
    rb"trailer\n<</Size (\d+)/Root (\d+ 0 R)/Info (\d+ 0 R)/ID\[(\(.*\))\(.*\)\]>>\nstartxref\n(\d+)\n%%EOF\s*\Z"
)
_ID_LENGTH: Final = 16


class UnknownLayoutOfPdf(ValueError):
    """A PDF is not laid out as the compiler's version that we use does it."""


def as_facturx(pdf: bytes) -> bytes:
    """Say of a PDF/A-3 with a ``factur-x.xml`` of the profile EN 16931 that it is a Factur-X.

    Args:
        pdf: as typst writes it: its last table of references is no stream, its metadata are not compressed.

    Returns:
        All bytes of it, and behind them its metadata anew; the same for the same bytes.

    Raises:
        UnknownLayoutOfPdf: another program wrote it, or a version of typst that writes it otherwise.
    """
    trailer = _TRAILER.search(pdf, max(0, len(pdf) - 1000))
    if trailer is None:
        raise UnknownLayoutOfPdf("the trailer of the PDF is not where typst writes it")
    size, root, info, first_id, before = trailer.groups()
    number = _number_of_metadata(pdf, root)
    metadata = _extended(_stream(pdf, number)).encode()
    place = len(pdf) + 1
    update_id = sha256(pdf).hexdigest()[: 2 * _ID_LENGTH].encode()
    written = b"%d 0 obj\n<</Length %d/Type/Metadata/Subtype/XML>>\nstream\n%b\nendstream\nendobj\n"
    updated = written % (number, len(metadata), metadata)
    # the free head of the table is repeated: some readers take the first number of the newest table for an offset
    table = b"xref\n0 1\n0000000000 65535 f \n%d 1\n%010d 00000 n \n" % (number, place)
    end = b"trailer\n<</Size %b/Root %b/Info %b/Prev %b/ID[%b<%b>]>>\nstartxref\n%d\n%%%%EOF\n"
    return b"".join(
        (
            pdf,
            b"\n",
            updated,
            table,
            end % (size, root, info, before, first_id, update_id, place + len(updated)),
        )
    )


def _number_of_metadata(pdf: bytes, root: bytes) -> int:
    """Look up the object that the catalogue names as the metadata."""
    catalogue = pdf.rpartition(b"\n%b obj\n<</Type/Catalog" % root.removesuffix(b" R"))[2]
    metadata = re.match(rb"[^\n]*?/Metadata (\d+) 0 R", catalogue)
    if metadata is None:
        raise UnknownLayoutOfPdf("the catalogue of the PDF names no metadata")
    return int(metadata.group(1))


def _stream(pdf: bytes, number: int) -> str:
    """Read the metadata, which are a text in UTF-8."""
    start = pdf.rfind(b"\n%d 0 obj\n<<" % number)
    head = re.compile(rb"\n\d+ 0 obj\n<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n").match(pdf, start)
    if start < 0 or head is None:
        raise UnknownLayoutOfPdf("the metadata of the PDF are not a plain stream")
    return pdf[head.end() : head.end() + int(head.group(1))].decode()


def _extended(metadata: str) -> str:
    for place, text in _PLACES:
        if metadata.count(place) != 1:
            raise UnknownLayoutOfPdf(f"the metadata of the PDF have no single {place}")
        metadata = metadata.replace(place, text + place)
    return metadata
