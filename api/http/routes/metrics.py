"""What an operator watches, for Prometheus; not a part of the documented interface."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.http.dependencies import ResourcesDep
from api.server.metrics_readers import refuse_reader

router = APIRouter()

#: Said by a proxy, each by some.
_OF_A_PROXY = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.get("/metrics", include_in_schema=False)
async def get_metrics(request: Request, serving: ResourcesDep) -> Response:
    """Tell what an operator watches; waits for no thread and no connection of requests."""
    refuse_reader(
        serving.metrics_token,
        request.headers.get("authorization"),
        request.client.host if request.client else None,
        forwarded=any(name in request.headers for name in _OF_A_PROXY),
    )
    told = await serving.scrape_threads.work(serving.watched.exposition)
    return Response(told, media_type=CONTENT_TYPE_LATEST)
