"""A logo is a picture and nothing else."""

import struct
import zlib
from base64 import b64encode

import pytest

from billing.documents.look.logo_on_paper import refuse_unprintable
from contracts.logos.logo import BYTES_MAX, LogoTooLarge, NoLogo
from contracts.logos.reading import read_logo


def png(wide: int, high: int) -> bytes:
    head = struct.pack(">I4sIIBBBBB", 13, b"IHDR", wide, high, 8, 0, 0, 0, 0)
    parts = [head[4:], b"IDAT" + zlib.compress(b"\0" * (wide + 1) * min(high, 100)), b"IEND"]
    chunks = [struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg(wide: int, high: int) -> bytes:
    return b"\xff\xd8\xff\xe0\0\4AB\xff\xff\xc0\0\x0b\x08" + struct.pack(">HH", high, wide) + b"\1\1\x11\0\xff\xd9"


PNG, JPEG = png(9, 9), jpeg(9, 9)
SVG = (
    b'<?xml version="1.0"?><!-- drawn by hand --><svg xmlns="http://www.w3.org/2000/svg" '
    b'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ink="urn:editor" ink:file="C:\\logo.svg"><defs><linearGradient id="a"/></defs>'
    b'<rect fill="url(#a)" style="stroke: red"/><use xlink:href="#a"/>'
    b'<image href="data:image/png;base64,AAAA"/><ink:view zoom="1"/></svg>'
)


@pytest.mark.parametrize(("content", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (SVG, "image/svg+xml")])
def test_a_picture_is_taken_as_it_is(content: bytes, media_type: str) -> None:
    logo = read_logo(content)
    assert (logo.media_type, logo.content, len(logo.sha256)) == (media_type, content, 64)


@pytest.mark.parametrize("content", [
    pytest.param(b"", id="nothing"),
    pytest.param(b"GIF89a", id="of another format"),
    pytest.param(PNG[:-4], id="a PNG that is cut off"),
    pytest.param(JPEG[:-2], id="a JPEG that is cut off"),
    pytest.param(b"<html/>", id="another XML"),
    pytest.param(SVG[:-3], id="an SVG that is cut off"),
    pytest.param(SVG.replace(b"<defs>", b"<script>alert(1)</script><defs>"), id="a script"),
    pytest.param(SVG.replace(b"<rect ", b'<rect onload="a()" '), id="a script of an event"),
    pytest.param(SVG.replace(b"<defs>", b"<foreignObject/><defs>"), id="a foreign object"),
    pytest.param(SVG.replace(b"<defs>", b'<h:body xmlns:h="http://www.w3.org/1999/xhtml"/><defs>'), id="HTML"),
    pytest.param(SVG.replace(b"<defs>", b'<set attributeName="href" to="javascript:a()"/><defs>'), id="an animation"),
    pytest.param(SVG.replace(b'"#a"', b'"https://a.example/x.svg#a"'), id="a reference to outside"),
    pytest.param(SVG.replace(b'"#a"', b'"javascript:a()"'), id="a reference that runs"),
    pytest.param(SVG.replace(b"data:image/png", b"data:image/svg+xml"), id="an SVG within"),
    pytest.param(SVG.replace(b"url(#a)", b"url(https://a.example/x)"), id="a fill from outside"),
    pytest.param(SVG.replace(b"stroke: red", b"fill: url('//a.example')"), id="a style from outside"),
    pytest.param(SVG.replace(b"<defs>", b'<style>@import "//a.example";</style><defs>'), id="an imported style"),
    pytest.param(SVG.replace(b"stroke: red", b"fill: \\75rl(//a.example)"), id="a style that is escaped"),
    pytest.param(SVG.replace(b"<defs>", b'<filter id="f"/><defs>'), id="a filter, of an area of any size"),
    pytest.param(SVG.replace(b"stroke: red", b"fill: image-set('//a.example' 1x)"), id="a set of pictures from outside"),
    pytest.param(JPEG[:8] + b"\xff\xd9", id="a JPEG without the header of its frame"),
    pytest.param(SVG.replace(b"<!--", b'<?xml-stylesheet href="//a.example"?><!--'), id="a style sheet"),
    pytest.param(SVG.replace(b"<!--", b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><!--'), id="an entity"),
])  # fmt: skip
def test_what_is_more_or_less_than_a_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NoLogo):
        read_logo(content)


def test_one_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(LogoTooLarge) as refused:
        read_logo(PNG + b"\0" * BYTES_MAX)
    assert refused.value.members == {"found": BYTES_MAX + len(PNG), "expected": "200000 at most"}


def svg(inside: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inside}</svg>'.encode()


RECT = '<rect width="9" height="9"/>'


def doubled(element: str, attribute: str) -> bytes:
    """Each is drawn by the next one twice: a few kilobytes, and two to the fortieth parts."""
    twice = "".join(
        f'<{element} id="p{n}">' + f'<rect width="9" height="9" {attribute}="url(#p{n + 1})"/>' * 2 + f"</{element}>"
        for n in range(40)
    )
    return svg(f'{twice}<rect width="9" height="9" {attribute}="url(#p0)"/>')


class TestOneThatIsMoreThanItLooks:
    """Of a few kilobytes, and gigabytes or minutes for whoever lays out a document."""

    @pytest.mark.parametrize("content", [png(60_000, 60_000), jpeg(60_000, 60_000), png(2001, 2000)])
    def test_by_its_pixels(self, content: bytes) -> None:
        with pytest.raises(LogoTooLarge, match="4000000 pixels"):
            read_logo(content)

    def test_by_the_pixels_of_a_picture_within(self) -> None:
        within = b64encode(png(60_000, 60_000)).decode()
        with pytest.raises(NoLogo, match="3600000000 pixels"):
            read_logo(svg(f'<image href="data:image/png;base64,{within}"/>'))

    @pytest.mark.parametrize("content", [
        pytest.param(doubled("pattern", "fill"), id="patterns of patterns"),
        pytest.param(doubled("mask", "mask"), id="masks of masks"),
        pytest.param(svg("".join(f'<g id="g{n}"><use href="#g{n + 1}"/><use href="#g{n + 1}"/></g>' for n in range(40))), id="uses"),
        pytest.param(svg(f'<marker id="m">{RECT * 200}</marker><path marker-mid="url(#m)" d="M0 0{" L1 2" * 200}"/>'), id="markers"),
        pytest.param(svg("<g>" * 240 + "</g>" * 240), id="nested deep"),
        pytest.param(svg(f'<style>.a {{mask: url(#m)}}</style><mask id="m">{RECT}</mask>'), id="by a style sheet"),
    ])  # fmt: skip
    def test_by_what_it_repeats(self, content: bytes) -> None:
        with pytest.raises(NoLogo, match=r"more than 20000 parts|repeats m"):
            read_logo(content)

    def test_what_designers_draw_is_taken(self) -> None:
        """A picture as the filling of a shape, a gradient by a style sheet, a clipped group, a part of itself."""
        within = b64encode(PNG).decode()
        drawn = (
            '<style>.a { fill: url(#g) }</style><linearGradient id="g"><stop offset="0"/></linearGradient>'
            f'<clipPath id="c">{RECT}</clipPath><g id="s" clip-path="url(#c)" class="a">{RECT}<use href="#s"/></g>'
            f'<pattern id="p" width="1" height="1"><use href="#i"/></pattern><rect width="9" height="9" fill="url(#p)"/>'
            f'<image id="i" width="9" height="9" href="data:image/png;base64,{within}"/>'
        )
        refuse_unprintable(read_logo(svg(drawn)))


class TestOneThatCannotBePrinted:
    """It is refused as it comes in: else each document that bears it would be."""

    @pytest.mark.parametrize("content", [
        pytest.param(PNG.replace(b"IDAT", b"IDAX"), id="a PNG without its pixels"),
        pytest.param(JPEG, id="a JPEG without its pixels"),
        pytest.param(svg("").replace(b'"9"', b'"0"'), id="an SVG of no width"),
        pytest.param(f'<?xml version="1.0" encoding="utf-16"?>{svg(RECT).decode()}'.encode("utf-16"), id="of UTF-16"),
    ])  # fmt: skip
    def test_is_no_logo(self, content: bytes) -> None:
        with pytest.raises(NoLogo, match="cannot be printed"):
            refuse_unprintable(read_logo(content))

    def test_one_that_can_is(self) -> None:
        for content in (PNG, svg(RECT)):
            refuse_unprintable(read_logo(content))
