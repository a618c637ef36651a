"""From the bytes of a text file to its text, and on whose word they are read so.

A byte order mark or valid UTF-8 state the encoding. Otherwise the bytes are GB18030 where they come in the pairs of
Chinese text, else Windows-1252: another reading would change names only, never a figure, and a name that is read wrong
names no column and no register.
"""

import codecs
import re
from dataclasses import dataclass

from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.unreadable import UnreadableFile

_HEAD = 1 << 16
_MARK = b"\xef\xbb\xbf"
#: The mark of UTF-8, taken for Windows-1252 and written as UTF-8 once more.
_MARK_TWICE = "ï»¿".encode()
_WIDE_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_NAMES = {"cp1252": "windows-1252", "utf-8-sig": "utf-8"}
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
#: Encodings that run programs, or write other text than what stands in a file.
_NO_TEXT = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "unicode-escape", "undefined"})


@dataclass(frozen=True, slots=True)
class DecodedText:
    """The text of a file.

    Attributes:
        utf8: in UTF-8, without a mark; each line ends with a line feed.
        encoding: the encoding of the file.
        how_read: on whose word.
    """

    utf8: bytes
    encoding: str
    how_read: HowRead


def decode(raw: bytes, encoding: str | None) -> DecodedText:
    """Read the bytes of a text file.

    Args:
        raw: the file.
        encoding: what its sender says; None: what the bytes say.

    Raises:
        UnreadableFile: the encoding that the sender says is unknown, or the bytes are not in it.
    """
    decoded = _as_said(raw, encoding) if encoding is not None else _as_stated(raw) or _as_assumed(raw)
    text = decoded.utf8
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return DecodedText(re.sub(rb"\r(?!\n)", b"\n", text), decoded.encoding, decoded.how_read)
    return decoded


def _as_said(raw: bytes, encoding: str) -> DecodedText:
    try:
        known = codecs.lookup(encoding)
        if known.name in _NO_TEXT:
            raise LookupError  # noqa: TRY301 as one that does not exist
        text = raw.decode(encoding)
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            detail = f"byte {error.start + 1} of the file is not {encoding}"
            raise UnreadableFile(detail, found=raw[error.start : error.start + 4].hex(), expected=encoding) from error
        detail = f"there is no encoding {encoding!r}"
        raise UnreadableFile(detail, found=encoding, expected=["utf-8", "windows-1252", "gb18030"]) from error
    where = f"--encoding {encoding}"
    return _decoded(_utf8(text), _NAMES.get(known.name, known.name), Basis.SAID, where)


def _as_stated(raw: bytes) -> DecodedText | None:
    for mark, name in _WIDE_MARKS.items():
        if raw.startswith(mark):
            return _decoded(_utf8(raw.decode(name, errors="replace")), name, Basis.STATED, "the byte order mark")
    wide = _wide_without_mark(raw)
    if wide is not None:
        text = raw.decode(wide, errors="replace")
        return _decoded(_utf8(text), wide, Basis.STATED, "every second byte is zero")
    if not _is_utf8(raw):
        return None
    if raw.removeprefix(_MARK).startswith(_MARK_TWICE):
        return _written_twice(raw.removeprefix(_MARK).removeprefix(_MARK_TWICE))
    where = "the byte order mark" if raw.startswith(_MARK) else "its bytes"
    return _decoded(raw.removeprefix(_MARK), "utf-8", Basis.STATED, where)


def _is_utf8(raw: bytes) -> bool:
    if raw.isascii():
        return True  # as most large files are, and it takes no memory to see it
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _written_twice(raw: bytes) -> DecodedText:
    """A text whose mark was written twice: perhaps all of it was, else the mark alone."""
    try:
        once = raw.decode().encode("cp1252")
        once.decode()
    except UnicodeError:
        once = raw
    return _decoded(once, "utf-8", Basis.STATED, "the byte order mark, which was encoded twice")


def _wide_without_mark(raw: bytes) -> str | None:
    """UTF-16 of either order, where the signs of ASCII show it: each is one byte and a zero."""
    head = raw[: _HEAD & ~1]
    pairs = len(head) // 2
    first, second = head[0::2].count(0), head[1::2].count(0)
    if pairs and 5 * second > 3 * pairs and 10 * first < pairs:
        return "utf-16-le"
    if pairs and 5 * first > 3 * pairs and 10 * second < pairs:
        return "utf-16-be"
    return None


def _as_assumed(raw: bytes) -> DecodedText:
    if _comes_in_pairs(raw):
        try:
            return _decoded(_utf8(raw.decode("gb18030")), "gb18030", Basis.ASSUMED, "its bytes come in pairs")
        except UnicodeDecodeError:
            pass
    text = raw.decode("cp1252", errors="replace")
    return _decoded(_utf8(text), "windows-1252", Basis.ASSUMED, "its bytes are not UTF-8")


def _comes_in_pairs(raw: bytes) -> bool:
    """Whether nearly all bytes beyond ASCII stand in pairs of the commonest Chinese characters.

    In a Western text they stand alone, between letters of ASCII.
    """
    runs = _HIGH_BYTES.findall(raw[: 16 * _HEAD])
    high = sum(map(len, runs))
    paired = sum(len(run) for run in runs if len(run) % 2 == 0 and _is_gb2312(run))
    return high > 0 and 5 * paired >= 4 * high


def _is_gb2312(run: bytes) -> bool:
    try:
        run.decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True


def _utf8(text: str) -> bytes:
    return text.removeprefix("\ufeff").encode(errors="replace")


def _decoded(utf8: bytes, name: str, basis: Basis, where: str) -> DecodedText:
    return DecodedText(utf8, name, HowRead(Aspect.ENCODING, name, basis, where))
