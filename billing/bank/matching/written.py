"""Numbers of documents and references in what a payer wrote: exactly ours, perhaps ours, or mistyped."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import NamedTuple

_NOT_KEPT = re.compile(r"[^0-9A-Z]")
_YEAR_AND_PLACE = re.compile(r"(20\d\d)(\d{6}|[1-9]\d{6,})\Z")
#: A year and a place, with one sign between them or none.
_NUMBER = re.compile(r"(?<![0-9])(20\d\d) ?[-/._ ]? ?(\d{5,9})(?![0-9])")
_BROKEN = re.compile(r"(?<=[0-9])\s+(?=[0-9])")
_REFERENCE_START = re.compile(r"RF[0-9]{2}")
_REFERENCE_MIN, _REFERENCE_MAX = 5, 25
_ATTACHED = re.compile(r"[0-9A-Z][-/_.]?\Z")
_SHORT = 4


class Place(NamedTuple):
    """What a number ends with: the year, and the place in it."""

    year: int
    place: int


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """What looks like the number of a document.

    Attributes:
        place: its year and place.
        digits: as they are written.
        before: what stands before it, in capitals and digits alone.
        is_attached: whether that is joined to it, as the letters of a series are.
        is_whole: whether it is written in one piece.
    """

    place: Place
    digits: str
    before: str
    is_attached: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class WrittenReferences:
    """The creditor references in a text.

    Attributes:
        known: those of documents of ours.
        unknown: what begins as one and is none of ours, or is mistyped.
        rest: the text without them.
    """

    known: tuple[str, ...]
    unknown: tuple[str, ...]
    rest: str


def compact(text: str) -> str:
    """Keep capitals and digits alone."""
    return _NOT_KEPT.sub("", text.upper())


def number_place(number: str) -> Place | None:
    """Read the year and the place at the end of a number; None of one of another form."""
    match = _YEAR_AND_PLACE.search(compact(number))
    return Place(int(match[1]), int(match[2])) if match else None


def series_of(number: str) -> str:
    """Name the series of a number: what stands before its year and place; empty where nothing does."""
    return number.upper().rpartition("-")[0].rpartition("-")[0]


def written_numbers(text: str, series: Iterable[str] = ()) -> tuple[WrittenNumber, ...]:
    """List what looks like numbers of documents; digits that a line broke are joined where nothing else is.

    Args:
        text: what the payer wrote.
        series: that documents have; a number may be written right behind one, though that ends with a digit.
    """
    upper, rest = text.upper(), text.upper()
    behind_series = []
    for letters in sorted(filter(None, series), key=len, reverse=True):
        for match in _behind(letters).finditer(rest):
            behind_series.append((match.start(), _written(upper, match, is_whole=True)))
            rest = f"{rest[: match.start()]}{' ' * (match.end() - match.start())}{rest[match.end() :]}"
    whole = [(match.start(), _written(rest, match, is_whole=True)) for match in _NUMBER.finditer(rest)]
    if behind_series or whole:
        return tuple(number for _, number in sorted((*behind_series, *whole), key=itemgetter(0)))
    joined = _BROKEN.sub("", upper)
    return tuple(_written(joined, match, is_whole=False) for match in _NUMBER.finditer(joined))


@cache
def _behind(series: str) -> re.Pattern[str]:
    letters = "[-/._ ]?".join(re.escape(part) for part in re.findall(r"[0-9A-Z]+", series.upper()))
    return re.compile(rf"(?<![0-9A-Z])(?:{letters}) ?[-/._]? ?(?=20)(20\d\d) ?[-/._]? ?(\d{{5,9}})(?![0-9])")


def _written(text: str, match: re.Match[str], *, is_whole: bool) -> WrittenNumber:
    before = text[: match.start(1)]
    return WrittenNumber(
        place=Place(int(match[1]), int(match[2])),
        digits=match[1] + match[2],
        before=compact(before),
        is_attached=bool(_ATTACHED.search(before)) or before.endswith(("-", "/", "_")),
        is_whole=is_whole and len(match[2]) > _SHORT + 1,
    )


def is_exactly(written: WrittenNumber, number: str) -> bool:
    """Tell whether a number is written as it is, with the letters of its series, and no others joined to it."""
    whole = compact(number)
    if not written.is_whole or not whole.endswith(written.digits):
        return False
    series = whole[: -len(written.digits)]
    return written.before.endswith(series) if series else not written.is_attached


def written_references(text: str, is_known: Callable[[str], bool]) -> WrittenReferences:
    """Find creditor references in a text, in groups of four or not.

    Args:
        text: what the payer wrote.
        is_known: whether a reference, in capitals and digits, is one of a document of ours.
    """
    known, unknown, upper = [], [], text.upper()
    places = [place for place, sign in enumerate(upper) if sign.isascii() and sign.isalnum()]
    kept = "".join(upper[place] for place in places)
    cut: list[tuple[int, int]] = []
    for match in _REFERENCE_START.finditer(kept):
        starts = match.start()
        lengths = range(min(_REFERENCE_MAX, len(kept) - starts), _REFERENCE_MIN - 1, -1)
        length = next((long for long in lengths if is_known(kept[starts : starts + long])), None)
        if length is not None:
            known.append(kept[starts : starts + length])
        else:
            length = min(_REFERENCE_MAX, len(kept) - starts)
            unknown.append(kept[starts : starts + length])
        cut.append((places[starts], places[starts + length - 1] + 1))
    return WrittenReferences(tuple(known), tuple(unknown), _without(text, cut))


def _without(text: str, cut: Iterable[tuple[int, int]]) -> str:
    for first, after in sorted(cut, reverse=True):
        text = f"{text[:first]} {text[after:]}"
    return text


def is_near(one: str, other: str) -> bool:
    """Tell whether two texts differ by one slip: a sign changed, left out or doubled, or two neighbours exchanged."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[start:], other[start:]
    if len(one) == len(other):
        return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])
    return one[1:] == other if len(one) > len(other) else one == other[1:]


def near_numbers(number: str) -> frozenset[str]:
    """Write a number with one slip in its year or place, in every way; in capitals and digits alone."""
    whole = compact(number)
    place = number_place(number)
    tail = len(whole) if place is None else len(f"{place.year}{place.place:06d}")
    head, digits = whole[: len(whole) - tail], whole[len(whole) - tail :]
    slips = set()
    for at in range(len(digits) + 1):
        before, after = digits[:at], digits[at:]
        slips |= {before + sign + after for sign in "0123456789"}
        if after:
            slips |= {before + sign + after[1:] for sign in "0123456789"} | {before + after[1:]}
        if len(after) > 1:
            slips.add(before + after[1] + after[0] + after[2:])
    return frozenset(head + slip for slip in slips if slip != digits)
