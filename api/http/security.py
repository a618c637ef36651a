"""How the documentation says in which ways a caller may come: one of four, wherever a route takes a caller at all."""

from typing import Any

from fastapi import FastAPI

from api.http.credentials import CSRF_HEADER, READ_ONLY

_SCHEMES: dict[str, dict[str, Any]] = {
    "Key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key made by `usufruct key create`.",
    },
    "ClientCredentials": {
        "type": "oauth2",
        "description": "A token for ten minutes, had for a key at `POST /oauth/token`: the client is the key's id, its "
        "secret the key.",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}}},
    },
    "OpenID": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of an OpenID issuer that the tenant trusts (`PUT /v1/openid`), of a subject that is "
        "bound to somebody.",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "usufruct_session",
        "description": "Opened by `POST /session`; over https its name begins with `__Host-`. What writes needs the "
        f"header `{CSRF_HEADER}` besides, as `GET /session` tells it.",
    },
    "CsrfToken": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
}


def document_credentials(app: FastAPI) -> None:
    """Let an application's documentation name every way in, where FastAPI knows of bearers alone."""
    documented = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = documented()
            described["components"]["securitySchemes"] = _SCHEMES
            for methods in described["paths"].values():
                for method, operation in methods.items():
                    if "security" in operation:
                        operation["security"] = _ways(method.upper())
        return app.openapi_schema or documented()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it


def _ways(method: str) -> list[dict[str, list[str]]]:
    by_cookie: dict[str, list[str]] = {"Session": []} if method in READ_ONLY else {"Session": [], "CsrfToken": []}
    return [{"Key": []}, {"ClientCredentials": []}, {"OpenID": []}, by_cookie]
