"""Originals over HTTP: the exact bytes, and headers that say what they are."""

from base64 import b64encode
from typing import Any

from fastapi import Response

from api.http.interface.problem import problems
from billing.archive.original import PDF, XML
from billing.archive.store import ArchivedFile
from contracts.invoicing import InvoiceForm

_OF_AN_ORIGINAL = ("Repr-Digest", "Document-Form", "Document-Original", "Retained-Until")
ORIGINAL: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in (XML, PDF)},
        "description": "The exact bytes. Of an e-invoice the XML is the original, and wins over every picture of it.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in _OF_AN_ORIGINAL},
    },
    **problems(409),
}


def original_answer(kept: ArchivedFile) -> Response:
    """Answer an original, with its digest, its form, what of it counts, and until when it is kept."""
    headers = {
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(kept.sha256)).decode()}:",
        "Document-Form": kept.form.value,
        "Document-Original": "pdf" if kept.form is InvoiceForm.PDF else "xml",
        "Retained-Until": kept.retained_until.isoformat(),
    }
    return Response(kept.content, media_type=kept.media_type, headers=headers)
