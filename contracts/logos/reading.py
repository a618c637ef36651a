"""Reads a logo, which goes onto every document, so that it may hold nothing but itself.

PNG, JPEG or SVG, at most 200 kB. An SVG is XML that browsers and compilers run: without scripts, without references to
anything outside of it, and without a document type, whose entities could be anything.
"""

import re
from collections.abc import Iterator

from lxml import etree

from contracts.logos.logo import BYTES_MAX, Logo, LogoTooLarge, NoLogo

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_SVG, _HTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
#: Elements of SVG 1.1 that draw; those that run, move, link or embed are not among them.
_DRAWING = frozenset(
    {
        "svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "switch", "style", "path", "rect", "circle",
        "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "linearGradient", "radialGradient",
        "stop", "pattern", "clipPath", "mask", "marker", "image", "filter", "feBlend", "feColorMatrix",
        "feComponentTransfer", "feComposite", "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap",
        "feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur",
        "feMerge", "feMergeNode", "feMorphology", "feOffset", "fePointLight", "feSpecularLighting", "feSpotLight",
        "feTile", "feTurbulence",
    }
)  # fmt: skip
#: What a reference may lead to: a part of the picture, or a raster picture within it.
_INSIDE = re.compile(r"^\s*(#.*|data:image/(png|jpeg);base64,.*)$", re.DOTALL)
_URLS = re.compile(r"url\s*\(\s*['\"]?\s*([^'\")]*)", re.IGNORECASE)
_RUNS = re.compile(r"@import|expression\s*\(|javascript:|-moz-binding|\\", re.IGNORECASE)


def read_logo(content: bytes) -> Logo:
    """Read a logo, and refuse what could be more than a picture.

    Raises:
        LogoTooLarge: it has more than 200 kB.
        NoLogo: it is no PNG, JPEG or SVG, or an SVG with a script, an outside reference or a document type.
    """
    if len(content) > BYTES_MAX:
        detail = f"a logo has at most {BYTES_MAX} bytes"
        raise LogoTooLarge(detail, found=len(content), expected=f"{BYTES_MAX} at most")
    if content.startswith(_PNG) and content.endswith(_PNG_END):
        return Logo("image/png", content)
    if content.startswith(_JPEG) and content.endswith(_JPEG_END):
        return Logo("image/jpeg", content)
    _refuse_unfit(content)
    return Logo("image/svg+xml", content)


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
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue  # a comment; an entity needs a document type, which is refused above
        name = etree.QName(element)
        if name.namespace == _HTML or (name.namespace == _SVG and name.localname not in _DRAWING):
            yield f"an element {name.localname}"
        yield from _unfit_attributes(element)
        if name.localname == "style":
            yield from _unfit_style("".join(element.itertext()))


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
