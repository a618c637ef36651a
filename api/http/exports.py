"""Exports over HTTP: each one that is registered has an address of its own, with its options as query parameters."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from api.access.roles import Permission
from api.http.dependencies import StatedCall, needs
from api.http.later import LATER, Later, answer_later
from api.http.media import schema_of_media
from api.http.paging import asked
from api.long_work.operation_query import OperationKind
from api.long_work.store import NewOperation
from api.operations import invoices
from billing.exports.export import Export


def serve_export(router: APIRouter, kind: type[Export]) -> None:
    """Serve an export at ``/exports/NAME``.

    Args:
        router: of ``WorkRoute``.
        kind: the export.
    """

    def export(
        call: Annotated[StatedCall, needs(Permission.EXPORTS_READ)],
        document: Annotated[Any, asked(kind)],
        request: Request,
        later: Later,
    ) -> Response:
        if later:
            stated = {"what": kind.name, "options": dict(request.query_params)}
            return answer_later(call, NewOperation(OperationKind.EXPORT, stated))
        return Response(invoices.export_invoices(call.session, document), media_type=kind.media_type)

    media = kind.media_type.partition(";")[0]
    router.add_api_route(
        f"/exports/{kind.name}",
        export,
        name=f"export_{kind.name}",
        description=kind.__doc__,
        response_class=Response,
        responses={200: {"content": {media: schema_of_media(media)}}, **LATER},
    )
