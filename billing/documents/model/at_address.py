"""Addresses in a document, as whoever reads it can open them: behind the address at which customers reach us."""

from dataclasses import replace

from billing.documents.model.business_document import BusinessDocument, DocumentAttachment
from billing.documents.model.business_line import BusinessLine


def at_address(document: BusinessDocument, public_url: str) -> BusinessDocument:
    """Put the public address before each path of a document: of its attachments and its proofs.

    Args:
        document: as its model is made, with paths behind the address of the product.
        public_url: as ``https://billing.example``; empty where nobody knows one. Then an attachment that is a path
            alone is left out, for the address of an attachment is absolute (BT-124; XRechnung BR-TMP-2).
    """
    if not public_url:
        return replace(document, attachments=tuple(file for file in document.attachments if not _is_path(file.address)))
    base = public_url.rstrip("/")
    return replace(
        document,
        attachments=tuple(_attachment_at(file, base) for file in document.attachments),
        lines=tuple(_line_at(line, base) for line in document.lines),
        proof_address=_at(document.proof_address, base),
    )


def _attachment_at(file: DocumentAttachment, base: str) -> DocumentAttachment:
    return replace(file, address=_at(file.address, base))


def _line_at(line: BusinessLine, base: str) -> BusinessLine:
    return replace(line, proof_address=_at(line.proof_address, base))


def _at(address: str, base: str) -> str:
    return base + address if _is_path(address) else address


def _is_path(address: str) -> bool:
    return address.startswith("/")
