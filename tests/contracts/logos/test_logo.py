"""A logo is a picture and nothing else."""

import pytest

from contracts.logos.logo import BYTES_MAX, LogoTooLarge, NoLogo
from contracts.logos.reading import read_logo

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 9 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 9 + b"\xff\xd9"
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
