"""From bytes to text: what the bytes state, what they leave to assume, and what their sender says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.ingest.how_read import Basis
from metering.ingest.tables.encoding import decode
from metering.ingest.unreadable import UnreadableFile

GERMAN = "Zählerstand;Wärme m³\r\n01.01.2026;1,5\r\n" * 3
CHINESE = "时间,电表编号,有功电量\r\n2026年3月9日 00:00,QL-1,0.1480\r\n合计,,1\r\n"


@pytest.mark.parametrize(("raw", "text", "encoding", "basis"), [
    pytest.param(GERMAN.encode(), GERMAN, "utf-8", Basis.STATED, id="UTF-8"),
    pytest.param(b"\xef\xbb\xbf" + GERMAN.encode(), GERMAN, "utf-8", Basis.STATED, id="its mark"),
    pytest.param("ï»¿time,m³\n".encode(), "time,m³\n", "utf-8", Basis.STATED, id="its mark encoded twice, the text once"),
    pytest.param(b"\xef\xbb\xbf".decode("cp1252").encode() + "Wärme".encode().decode("cp1252").encode(), "Wärme", "utf-8", Basis.STATED, id="all of it encoded twice"),
    pytest.param(GERMAN.encode("utf-16"), GERMAN, "utf-16", Basis.STATED, id="UTF-16 with its mark"),
    pytest.param(b"\xfe\xff" + GERMAN.encode("utf-16-be"), GERMAN, "utf-16", Basis.STATED, id="of the other order"),
    pytest.param(GERMAN.encode("utf-16-le"), GERMAN, "utf-16-le", Basis.STATED, id="UTF-16 without a mark"),
    pytest.param(GERMAN.encode("utf-16-be"), GERMAN, "utf-16-be", Basis.STATED, id="of the other order, without a mark"),
    pytest.param(GERMAN.encode("utf-32"), GERMAN, "utf-32", Basis.STATED, id="UTF-32"),
    pytest.param(GERMAN.encode("cp1252"), GERMAN, "windows-1252", Basis.ASSUMED, id="Windows-1252"),
    pytest.param(CHINESE.encode("gb18030"), CHINESE, "gb18030", Basis.ASSUMED, id="GB18030"),
    pytest.param("Größe äöü €".encode("cp1252"), "Größe äöü €", "windows-1252", Basis.ASSUMED, id="two letters in a row are no Chinese"),
    pytest.param(b"", "", "utf-8", Basis.STATED, id="nothing"),
])  # fmt: skip
def test_the_text_and_on_whose_word(raw: bytes, text: str, encoding: str, basis: Basis) -> None:
    decoded = decode(raw, None)
    assert (text, encoding, basis) == (decoded.utf8.decode(), decoded.encoding, decoded.how_read.basis)


def test_what_the_sender_says_is_taken() -> None:
    decoded = decode("Wärme".encode("cp850"), "cp850")
    assert (decoded.utf8.decode(), decoded.how_read.basis, decoded.how_read.where) == (
        "Wärme",
        Basis.SAID,
        "--encoding cp850",
    )


@pytest.mark.parametrize("encoding", ["klingon", "idna", "unicode_escape", "utf-8", "base64", "\x00", "rot13"])
def test_an_encoding_that_is_none_or_does_not_fit_is_refused(encoding: str) -> None:
    with pytest.raises(UnreadableFile):
        decode(b"W\xe4rme", encoding)


def test_old_line_ends_are_line_ends() -> None:
    assert decode(b"a\rb\r\nc\nd\r", None).utf8 == b"a\nb\r\nc\nd\n"


@given(st.binary(max_size=200))
def test_no_bytes_fail(raw: bytes) -> None:
    assert isinstance(decode(raw, None).utf8.decode(), str)
