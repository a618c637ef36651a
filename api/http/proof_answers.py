"""Proofs over HTTP: a bundle as a file to keep."""

from typing import Any

from fastapi import Response

from api.http.interface.problem import problems
from api.http.media import schema_of_media
from billing.proof.bundle.store import ProofBundle

_ZIP = "application/zip"
PROOF: dict[int | str, dict[str, Any]] = {200: {"content": {_ZIP: schema_of_media(_ZIP)}}, **problems(409)}


def proof_answer(bundle: ProofBundle) -> Response:
    """Answer a bundle, named by the number of its document."""
    disposition = f'attachment; filename="proof-{bundle.number}.zip"'
    return Response(bundle.content, media_type=_ZIP, headers={"Content-Disposition": disposition})
