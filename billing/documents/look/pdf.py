"""A document as PDF, laid out by typst: PDF/A-3b (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), the same bytes each time.

The compiler checks both standards itself and refuses what breaks them: a sign without a font, a picture without words.
"""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time
from importlib import resources
from typing import Final

import typst

from billing.documents.look.fonts import fonts
from billing.documents.look.page import Letterhead
from contracts.logos.logo import Logo
from quantities.errors import Invalid
from quantities.unseen import as_seen

_ROOT: Final = resources.files("billing.documents")
_UNPRINTABLE: Final = re.compile(r"the text (.+?) could not be displayed|the disallowed codepoint (.+)")
_PICTURE: Final = re.compile(r"\b(?:image|SVG|PNG|JPEG)\b")
#: As many as have laid out documents at once, in threads of this process.
_IDLE: Final[deque[typst.Compiler]] = deque()
_FORMATS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


class UnprintableSign(Invalid):
    """A text has a sign that no font of the documents has."""


class UnprintablePicture(Invalid):
    """A picture of the document cannot be laid out."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file within a PDF (ISO 32000-2, 14.13, associated files).

    Attributes:
        name: as a reader sees it.
        text: its content, written in UTF-8.
        media_type: of it.
        relationship: to the page, as typst has it: ``alternative``, ``data``, ``source`` or ``supplement``.
        description: in a few words.
    """

    name: str
    text: str
    media_type: str
    relationship: str
    description: str


def write_pdf(
    template: str, head: Letterhead, content: object, on: date | datetime, attached: AttachedFile | None = None
) -> bytes:
    """Lay a document out as PDF/A-3b and PDF/UA-1.

    Args:
        template: its place below billing/documents, as ``invoice/invoice.typ``; it has a function ``laid-out``.
        head: as ``head`` of the function.
        content: as its ``content``: dataclasses of texts, whole numbers, truths, logos, and tuples of them.
        on: when the file says that it was made: the day of issue, never the hour of the machine.
        attached: a file to put into it.

    Returns:
        PDF, the same bytes for the same values. Fonts are embedded, of each only the signs used.

    Raises:
        MissingFont: a font is not installed.
        UnprintableSign: no font has a sign of a text; ``found`` is the text that has it.
        UnprintablePicture: a logo or a chart is broken, or of a kind that PDF/A does not take.
    """
    at = on if isinstance(on, datetime) else datetime.combine(on, time(), UTC)
    try:
        with _compiler() as compiler:
            laid = compiler.compile(
                _source(template, {"head": head, "content": content, "attached": attached}),
                format="pdf",
                pdf_standards=["a-3b", "ua-1"],  # of PDF/A-3 the level b, which is what Factur-X wants
                timestamp=int(at.timestamp()),
            )
    except typst.TypstError as error:
        raise _refusal(error) from error
    if not isinstance(laid, bytes):
        raise TypeError("a PDF is one file")
    return laid


def _source(template: str, values: Mapping[str, object]) -> bytes:
    """Write a document's source: its template, with its values as JSON in a text.

    Inputs of the compiler would serve as well, but the whole library is made anew, and hashed, where one of them is
    another, and nothing that was loaded before is known any more: 2 ms of a document's 30.
    """
    written = as_seen(json.dumps(values, default=_plain, ensure_ascii=False))
    text = written.replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "/{template}": laid-out\n#laid-out(..json(bytes("{text}")))'.encode()


@contextmanager
def _compiler() -> Iterator[typst.Compiler]:
    """A compiler, which works on one document at a time: an idle one, which keeps the templates, or one more."""
    try:
        compiler = _IDLE.pop()
    except IndexError:
        compiler = typst.Compiler(root=str(_ROOT), font_paths=fonts(), ignore_system_fonts=True)
    try:
        yield compiler
    finally:
        _IDLE.append(compiler)


def _refusal(error: typst.TypstError) -> Exception:
    missing = _UNPRINTABLE.search(str(error))
    if missing is None:
        return UnprintablePicture(str(error), found=str(error)) if _PICTURE.search(str(error)) else error
    text = (missing[1] or missing[2]).strip('`"')
    return UnprintableSign(
        f"no font of the documents has a sign of {text!r}", found=text, expected="a sign of Arimo or of Noto Sans SC"
    )


def _plain(value: object) -> object:
    """Turn a part of a document into what JSON has; numbers come as texts, written in their language."""
    if isinstance(value, Logo):
        return {"content": list(value.content), "format": _FORMATS[value.media_type]}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not ready to be printed")
