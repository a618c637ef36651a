"""Reads a logo, which goes onto every document, so that it may hold nothing but itself.

PNG, JPEG or SVG, at most 200 kB. An SVG is XML that browsers and compilers run: without scripts, without references to
anything outside of it, and without a document type, whose entities could be anything.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator

from lxml import etree

from contracts.logos.drawn_parts import PARTS_MAX, drawn_parts, referred_to
from contracts.logos.logo import BYTES_MAX, Logo, LogoTooLarge, NoLogo
from contracts.logos.raster import PIXELS_MAX, pixels

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_SVG, _HTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
#: Elements of SVG 1.1 that draw; those that run, move, link or embed are not among them, nor filters, which
#: are reckoned for each pixel of an area of any size: a few bytes keep a processor busy for minutes, for each document.
_DRAWING = frozenset(
    {
        "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "switch", "style", "path", "rect", "circle",
        "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "linearGradient", "radialGradient",
        "stop", "pattern", "clipPath", "mask", "marker", "image",
    }
)  # fmt: skip
#: Of these, the ones that are drawn wherever they are named.
_REPEATED = ("mask", "pattern", "marker")
#: What a reference may lead to: a part of the picture, or a raster picture within it.
_INSIDE = re.compile(r"^\s*(#.*|data:image/(png|jpeg);base64,.*)$", re.DOTALL)
_URLS = re.compile(r"url\s*\(\s*['\"]?\s*([^'\")]*)", re.IGNORECASE)
_RUNS = re.compile(r"@import|image-set\s*\(|expression\s*\(|javascript:|-moz-binding|\\", re.IGNORECASE)


def read_logo(content: bytes) -> Logo:
    """Read a logo, and refuse what could be more than a picture.

    Raises:
        LogoTooLarge: it has more than 200 kB, or more than four million pixels.
        NoLogo: it is no PNG, JPEG or SVG, or an SVG with a script, a filter, an outside reference or a document type.
    """
    if len(content) > BYTES_MAX:
        detail = f"a logo has at most {BYTES_MAX} bytes"
        raise LogoTooLarge(detail, found=len(content), expected=f"{BYTES_MAX} at most")
    if content.startswith(_PNG) and content.endswith(_PNG_END):
        return Logo("image/png", _of_few_pixels(content))
    if content.startswith(_JPEG) and content.endswith(_JPEG_END):
        return Logo("image/jpeg", _of_few_pixels(content))
    _refuse_unfit(content)
    return Logo("image/svg+xml", content)


def _of_few_pixels(content: bytes) -> bytes:
    many = pixels(content)
    if many is None:
        raise NoLogo("it does not say how large it is", found="a broken picture", expected="PNG, JPEG or SVG")
    if many > PIXELS_MAX:
        detail = f"a logo has at most {PIXELS_MAX} pixels, as 2000 × 2000"
        raise LogoTooLarge(detail, found=many, expected=f"{PIXELS_MAX} at most")
    return content


def _refuse_unfit(content: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise NoLogo("it is no whole PNG, JPEG or SVG", found="other bytes", expected="PNG, JPEG or SVG") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise NoLogo("it is XML, and no SVG", found=str(root.tag), expected=f"svg of {_SVG}")
    unfit = next(_unfit(root), None)
    if unfit is not None:
        detail = f"an SVG has no scripts, no references to outside and no document type: {unfit}"
        raise NoLogo(detail, found=unfit, expected="a picture that holds all that it shows")


def _unfit(root: etree._Element) -> Iterator[str]:
    """Name what makes an SVG more than a picture."""
    tree = root.getroottree()
    if tree.docinfo.doctype:
        yield "a document type"
    for node in tree.xpath("//processing-instruction() | preceding::processing-instruction()"):
        yield f"an instruction, {node.target}"
    if (many := sum(_pixels_within(root))) > PIXELS_MAX:
        yield f"a picture of {many} pixels"
    if drawn_parts(root) > PARTS_MAX:
        yield f"more than {PARTS_MAX} parts, each counted as often as it is drawn"
    repeated = {str(part.get("id")) for part in root.iter(*(f"{{{_SVG}}}{name}" for name in _REPEATED))}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue  # a comment; an entity needs a document type, which is refused above
        name = etree.QName(element)
        if name.namespace == _HTML or (name.namespace == _SVG and name.localname not in _DRAWING):
            yield f"an element {name.localname}"
        yield from _unfit_attributes(element)
        if name.localname == "style":
            style = "".join(element.itertext())
            yield from _unfit_style(style)
            # whom a rule of a style sheet is for, only a browser knows: what it repeats cannot be counted
            yield from (f"a style sheet that repeats {part}" for part in referred_to(style) if part in repeated)


def _pixels_within(root: etree._Element) -> Iterator[int]:
    """Count the pixels of each raster picture within; one that is broken has none, and is not drawn."""
    for value in root.xpath("//@*[local-name() = 'href']"):
        kind, _, encoded = str(value).partition(";base64,")
        if kind.strip().startswith("data:image/"):
            try:
                yield pixels(b64decode(encoded)) or 0
            except binascii.Error:
                continue


def _unfit_attributes(element: etree._Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        attribute, text = etree.QName(key), str(value)
        name = attribute.localname.lower()
        if name.startswith("on"):
            yield f"a script, {name}"
        elif name in ("href", "src") and _INSIDE.match(text) is None:
            yield f"a reference to {text[:100]}"
        elif name not in ("href", "src") and attribute.namespace is None:
            yield from _unfit_style(text)


def _unfit_style(text: str) -> Iterator[str]:
    runs = _RUNS.search(text)
    if runs is not None:
        yield f"a style with {runs.group()}"
    yield from (f"a reference to {url[:100]}" for url in _URLS.findall(text) if _INSIDE.match(url) is None)
