"""The page at /docs: Swagger's reader of the interface, of this server's files alone and without a script inside.

So its policy needs no exception for scripts; of styles it does, for the reader writes some into its elements.
"""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Usufruct: the interface</title>
<link rel="icon" href="static-offline-docs/favicon.png">
<link rel="stylesheet" href="static-offline-docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="static-offline-docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  showCommonExtensions: true,
  showExtensions: true
});
"""


@router.get("/docs", response_class=HTMLResponse)
async def show_documentation() -> str:
    """Show the interface's documentation."""
    return _PAGE


@router.get("/docs/start.js", response_class=Response)
async def start_documentation() -> Response:
    """Give the page its script."""
    return Response(_START, media_type="text/javascript")
