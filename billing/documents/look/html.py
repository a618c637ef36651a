"""A page: one file, no script, nothing fetched; its one style is the same for every document."""

from base64 import b64encode
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from billing.documents.look.page import Letterhead
from contracts.logos.logo import Logo
from quantities.unseen import as_seen

#: The content of the one ``<style>`` of every page; a page's policy names its hash.
STYLE: Final = resources.files("billing.documents.look").joinpath("look.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("billing", "documents"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["zip"] = zip
    environment.filters["address"] = _address
    return environment


def _address(logo: Logo) -> str:
    """A logo as an address of its own: a browser runs no script of a picture that it shows so."""
    return f"data:{logo.media_type};base64,{b64encode(logo.content).decode()}"


def write_page(template: str, head: Letterhead | None, content: object, *, style: str = STYLE) -> bytes:
    """Lay a document out as a page.

    Args:
        template: its place below billing/documents, as ``invoice/invoice.html.j2``; it extends ``look/base.html.j2``.
        head: as ``head`` of the template; None of one that has none.
        content: as ``it`` of the template; all its texts are escaped.
        style: the whole content of its one ``<style>``.

    Returns:
        HTML in UTF-8, the same for the same values, without signs that nobody sees.

    Raises:
        UndefinedError: the template names what the content has not.
    """
    return as_seen(_templates().get_template(template).render(head=head, it=content, style=style)).encode()
