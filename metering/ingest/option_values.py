"""The values that a sender can say for the options of a file; others are refused by name before the file is read."""

import codecs
import re
from datetime import timedelta

from metering.ingest import quality_words
from quantities.errors import Invalid
from quantities.period import UnknownZone, zone

DECIMAL_MARKS = ("comma", "point")
#: The zone of the register's site.
SITE_ZONE = "local"
_OPTION_CHARACTERS_MAX = 1000
_ENCODING_CHARACTERS_MAX = 40
_OFFSET = re.compile(r"[+-](\d\d):([0-5]\d)\Z", re.ASCII)
_OFFSET_MAX = timedelta(hours=14)
#: Codecs from text to text, not of files.
_NO_FILE_ENCODINGS = frozenset({"idna", "punycode", "raw_unicode_escape", "raw-unicode-escape", "unicode_escape"})
_ZONES_SHOWN = "local (that of the register's site), UTC, an offset as +01:00, or a name as Europe/Berlin"


class UnfitOption(Invalid):
    """The option is empty, too long, or not text."""


class UnknownDecimalMark(Invalid):
    """The decimal mark is neither comma nor point."""


class UnknownEncoding(Invalid):
    """The encoding is unknown."""


class UnknownQualityWord(Invalid):
    """The quality is unknown."""


class ImpossibleHeaderLine(Invalid):
    """A header cannot be on that line."""


def refuse_unfit_text(option: str, text: str) -> None:
    """Refuse what no option can be: nothing, more than 1,000 characters, a zero byte, half a character.

    Raises:
        UnfitOption: it is one of these.
    """
    shown = text[:60].replace("\x00", "␀").encode("utf-8", "backslashreplace").decode()
    if not text.strip() or len(text) > _OPTION_CHARACTERS_MAX or "\x00" in text or not _is_utf8(text):
        expected = f"1 to {_OPTION_CHARACTERS_MAX} characters of text"
        raise UnfitOption(f"--{option} cannot be {shown!r}", found=shown, expected=expected)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_unknown_decimal_mark(mark: str) -> None:
    """Refuse another decimal mark than ``comma`` and ``point``.

    Raises:
        UnknownDecimalMark: it is another one.
    """
    if mark not in DECIMAL_MARKS:
        raise UnknownDecimalMark(f"{mark!r} is no decimal mark", found=mark, expected=list(DECIMAL_MARKS))


def refuse_unknown_zone(name: str) -> None:
    """Refuse a zone that is not ``local``, an offset that holds all year (``+01:00``), or a name (``Europe/Berlin``).

    Raises:
        UnknownZone: it is none of these.
    """
    if name == SITE_ZONE:
        return
    offset = _OFFSET.match(name)
    if offset is not None:
        if timedelta(hours=int(offset[1]), minutes=int(offset[2])) > _OFFSET_MAX:
            detail = f"no clock is {name} from UTC"
            raise UnknownZone(detail, found=name, expected="an offset from -14:00 to +14:00")
        return
    try:
        zone(name)
    except UnknownZone as unknown:
        nearest = unknown.members["expected"]
        raise UnknownZone(f"{name!r} is no time zone", found=name, expected=nearest or _ZONES_SHOWN) from None


def refuse_unknown_encoding(name: str) -> None:
    """Refuse an encoding in which no text can be read.

    Raises:
        UnknownEncoding: there is none of that name.
    """
    try:
        if len(name) > _ENCODING_CHARACTERS_MAX or codecs.lookup(name).name in _NO_FILE_ENCODINGS:
            raise LookupError(name)  # noqa: TRY301 as if it were unknown
        b"a".decode(name, "replace")  # some codecs are of bytes, and not of text
    except (LookupError, ValueError):
        expected = "a name as utf-8, windows-1252, utf-16, gb18030 or shift_jis"
        raise UnknownEncoding(f"{name!r} is no encoding of text", found=name, expected=expected) from None


def refuse_unknown_quality(name: str) -> None:
    """Refuse what a word of quality cannot mean.

    Raises:
        UnknownQualityWord: it is no quality, and neither ``estimated`` nor ``no_value``.
    """
    if quality_words.meaning(name) is None:
        raise UnknownQualityWord(f"{name!r} is no quality", found=name, expected=quality_words.meanings())


def refuse_impossible_header_line(line: int) -> None:
    """Refuse the number of a line that no file has.

    Raises:
        ImpossibleHeaderLine: it is below 1.
    """
    if line < 1:
        raise ImpossibleHeaderLine(f"there is no line {line}", found=line, expected="a line's number, from 1")
