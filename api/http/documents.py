"""Documents over HTTP: each one that is registered has an address of its own, with its options as query parameters."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.http.interface.problem import problems
from api.http.media import schema_of_media
from api.http.page_security import page_policy
from billing.documents.document import Document
from quantities.document import parse


def serve_document(
    router: APIRouter, path: str, kind: type[Document], write: Callable[..., bytes], *, name: str = ""
) -> None:
    """Serve a document.

    Args:
        router: of ``WorkRoute``.
        path: of what the document is of; the document's own address is appended.
        kind: the document.
        write: takes the path's and the query's parameters and a ``document``, which has its options already.
        name: of the operation; made of the address, where it is empty.
    """

    def asked(**options: Any) -> Document:
        return parse(kind, options)

    def endpoint(**arguments: Any) -> Response:
        policy = page_policy(kind.style) if kind.style else None
        return Response(write(**arguments), media_type=kind.media_type, headers=policy)

    signature = inspect.signature(write)
    document = signature.parameters["document"].replace(annotation=Annotated[Any, Depends(asked)])
    asked.__signature__ = inspect.signature(kind)  # type: ignore[attr-defined]
    endpoint.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=list((signature.parameters | {"document": document}).values())
    )
    address, media = kind.address or kind.name, kind.media_type.partition(";")[0]
    router.add_api_route(
        f"{path}/{address}",
        endpoint,
        name=(name or f"get_{address.partition('.')[0]}").replace("-", "_"),
        description=kind.__doc__,
        response_class=Response,
        responses={200: {"content": {media: schema_of_media(media)}}, **problems(409)},
    )
