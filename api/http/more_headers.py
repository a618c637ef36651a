"""Headers that an answer gets whatever becomes of the request: known before its work, and sent with a refusal too."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class MoreHeaders:
    """Adds what is in ``request.state.more_headers`` to each answer, as names and values in bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and add the headers as the answer begins."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = scope.get("state", {}).get("more_headers", ())
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await self.app(scope, receive, sent)
