"""The decimal mark of the values of a table, by its values: one that can only be read in one way settles a column.

``0.310`` has a decimal point, because no group of digits starts with 0 alone; ``12,5`` a decimal comma; ``1.648,90``
and ``1.234.567`` a decimal comma too, because their points group, as the commas of ``1,23,456`` do (India). ``4.078``
is 4.078 or 4078: a column without any other marked value is asked about. Once the mark is known, the other mark, blanks
or apostrophes may group digits. A few values that can only be read with the other mark are bad rows, unless some value
can be read in two ways.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metering.ingest.few_rows import are_few
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.unreadable import UnreadableFile
from metering.log.columns import Flags, Ints

#: What the reader takes by whole columns; longer numbers are read one by one.
PLAIN = r"^-?[0-9]{1,18}(\.[0-9]{1,12})?$"
_BLANKS, _APOSTROPHES, _MINUS = "[ \u00a0\u2009\u202f]", "['’]", "−"
_NO = pa.scalar(value=False)
_HEAD = 64
#: So many values at most are looked at as one text, which needs no expression to be compiled anew, as Arrow does.
_FEW = 10_000
_ALL_PLAIN = re.compile(rf"(?:{PLAIN[1:-1]}\n)*")


def _proof(mark: str, other: str) -> str:
    """What can only be read with a decimal mark; the other one groups."""
    return (
        rf"^[+-]?(?:0[0-9]*{mark}[0-9]+|[0-9]{{4,}}{mark}[0-9]+|{mark}[0-9]+|[0-9]{{1,3}}{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})"
        rf"|[0-9]{{1,3}}(?:{other}[0-9]{{3}})+{mark}[0-9]+|[0-9]{{1,3}}(?:{other}[0-9]{{3}}){{2,}}"
        rf"|[0-9]{{1,2}}(?:{other}[0-9]{{2}})+{other}[0-9]{{3}}(?:{mark}[0-9]+)?"
        rf"|[0-9]{{1,3}}(?:(?:{_BLANKS}|{_APOSTROPHES})[0-9]{{3}})+{mark}[0-9]+)[ ]?-?$"
    )


def _grouped(mark: str, other: str) -> str:
    """A number whose digits are grouped by threes, or by twos above the thousands, all by the same sign."""
    groups = "|".join(f"(?:{sign}[0-9]{{3}})+" for sign in (other, _BLANKS, _APOSTROPHES))
    return rf"^-?(?:[0-9]{{1,3}}(?:{groups})|[0-9]{{1,2}}(?:{other}[0-9]{{2}})+{other}[0-9]{{3}})(?:{mark}[0-9]+)?$"


_POINT, _COMMA = _proof(r"\.", ","), _proof(",", r"\.")
_AMBIGUOUS = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}[ ]?-?$"
_GROUPED_BY_COMMA, _GROUPED_BY_POINT = _grouped(r"\.", ","), _grouped(",", r"\.")
_GROUPED = {False: re.compile(_GROUPED_BY_COMMA), True: re.compile(_GROUPED_BY_POINT)}
_SIGN_BEHIND = r"^([0-9].*?)[ ]?-$"
_GROUPING = {False: rf"(?:,|{_BLANKS}|{_APOSTROPHES})", True: rf"(?:\.|{_BLANKS}|{_APOSTROPHES})"}


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """Some rows of one column of values, whose decimal mark is looked for on its own.

    Attributes:
        name: as it is to be typed.
        rows: a mask of its rows; None: all.
    """

    name: str
    rows: Flags | None = None


@dataclass(frozen=True, slots=True)
class DecimalMarks:
    """The values of a table once their decimal marks are known.

    Attributes:
        numbers: per row a plain number in digits; None where the value has to be read on its own, or is none.
        comma: a mask of the rows whose decimal mark is the comma.
        grouped: whether digits may be grouped.
        how_read: the mark of each column.
        questions: on columns whose every marked value can be read in two ways.
    """

    numbers: pa.Array
    comma: Flags
    grouped: bool
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()


def stated_points(values: pa.Array) -> DecimalMarks:
    """The values of a format that defines a decimal point, and no groups."""
    comma = np.zeros(len(values), np.bool_)
    if _are_plain(values):
        return DecimalMarks(values, comma, grouped=False)
    texts = pc.utf8_trim_whitespace(values)
    plain = pc.match_substring_regex(texts, PLAIN).fill_null(_NO)
    return DecimalMarks(pc.if_else(plain, texts, None), comma, grouped=False)


def _are_plain(values: pa.Array) -> bool:
    """Whether values are few, and all are plain numbers without blanks around them."""
    if len(values) > _FEW or values.null_count:
        return False
    lines = "\n".join([*values.to_pylist(), ""])
    return lines.count("\n") == len(values) and _ALL_PLAIN.fullmatch(lines) is not None


def find(values: pa.Array, lines: Ints, columns: Sequence[ValueColumn], said_mark: str | None) -> DecimalMarks:
    """Find the decimal marks of the values of a text table.

    Args:
        values: text as written.
        lines: of the rows.
        columns: those whose mark is looked for on its own; together they have all rows.
        said_mark: ``comma`` or ``point``, by the sender; None: nothing is said.

    Raises:
        UnreadableFile: something else is said.
    """
    if said_mark not in (None, "comma", "point"):
        raise UnreadableFile(f"a decimal mark {said_mark!r} is not known", found=said_mark, expected=["comma", "point"])
    texts = pc.utf8_trim_whitespace(values)
    plain = pc.match_substring_regex(texts, PLAIN).fill_null(_NO)
    is_plain = plain.to_numpy(zero_copy_only=False)
    comma = np.zeros(len(values), np.bool_)
    how_read: list[HowRead] = []
    questions: list[OpenQuestion] = []
    for column in columns:
        rows = np.arange(len(values)) if column.rows is None else np.flatnonzero(column.rows)
        mark = _mark_of(texts, is_plain, lines, column, rows, said_mark)
        if isinstance(mark, OpenQuestion):
            questions.append(mark)
        elif mark is not None:
            how_read.append(mark)
            comma[rows] = mark.taken == "decimal comma"
    if is_plain.all() and not comma.any():
        numbers = texts
    elif is_plain[~comma].all() and not comma.any():
        numbers = pc.if_else(plain, texts, None)
    else:
        of_commas = pa.array(comma)
        numbers = pc.if_else(of_commas, _plain_column(texts, comma=True), _plain_column(texts, comma=False))
    return DecimalMarks(numbers, comma, grouped=True, how_read=tuple(how_read), questions=tuple(questions))


def _mark_of(
    texts: pa.Array, is_plain: Flags, lines: Ints, column: ValueColumn, rows: Ints, said_mark: str | None
) -> HowRead | OpenQuestion | None:
    """The decimal mark of a column, or the question about it; None where no value is marked."""
    if said_mark is not None:
        return HowRead(Aspect.SEPARATORS, f"decimal {said_mark}", Basis.SAID, f"--decimal {said_mark}", column.name)
    point = _first_of(texts, rows[is_plain[rows]], _POINT)
    odd = rows[~is_plain[rows]]
    point = _first_of(texts, odd, _POINT) if point is None else point
    comma = _first_of(texts, odd, _COMMA)

    def shown(at: int) -> str:
        return f"line {lines[at]} has {texts[at].as_py()}"

    if point is not None and comma is not None:
        settled = _of_most(texts, rows)
        if settled is None:
            return _question(column, f"{shown(point)} and {shown(comma)}", str(texts[comma]))
        point, comma = (point, None) if settled == "point" else (None, comma)
    if comma is not None:
        return HowRead(Aspect.SEPARATORS, "decimal comma", Basis.STATED, shown(comma), column.name)
    if point is not None:
        return HowRead(Aspect.SEPARATORS, "decimal point", Basis.STATED, shown(point), column.name)
    unclear = _first_of(texts, rows, _AMBIGUOUS)
    if unclear is None:
        return None
    return _question(
        column, f"{shown(unclear)}, and no value of the column can only be read in one way", str(texts[unclear])
    )


def _of_most(texts: pa.Array, rows: Ints) -> str | None:
    """The mark of a column of which only a few values can be read with the other one alone; None: it is in doubt.

    A value that can be read in two ways would be a thousand times another by the other mark: then it is asked.
    """
    marked = texts.take(pa.array(rows))

    def count(pattern: str) -> int:
        return pc.sum(pc.match_substring_regex(marked, pattern).fill_null(_NO)).as_py() or 0

    if count(_AMBIGUOUS):
        return None
    points, commas = count(_POINT), count(_COMMA)
    if are_few(min(points, commas), points + commas):
        return "point" if points > commas else "comma"
    return None


def _question(column: ValueColumn, why: str, example: str) -> OpenQuestion:
    answers = tuple(
        Answer("decimal", mark, f"{example} is {read if read and re.match(PLAIN, read) else 'no number'}")
        for mark, comma in (("comma", True), ("point", False))
        for read in [plain_number(example, comma=comma)]
    )
    return OpenQuestion(Aspect.SEPARATORS, f"column {column.name!r}, {why}", answers)


def _first_of(texts: pa.Array, rows: Ints, pattern: str) -> int | None:
    """The first of some rows that matches; nearly always one of the first few does."""
    for part in (rows[:_HEAD], rows[_HEAD:]):
        if len(part):
            matches = pc.match_substring_regex(texts.take(pa.array(part)), pattern).fill_null(_NO)
            at = np.flatnonzero(matches.to_numpy(zero_copy_only=False))
            if len(at):
                return int(part[at[0]])
    return None


def _plain_column(texts: pa.Array, *, comma: bool) -> pa.Array:
    """Plain numbers of a column with one decimal mark; None where there are none. As ``plain_number`` does."""
    signed = pc.replace_substring(texts, _MINUS, "-")
    signed = pc.replace_substring_regex(signed, _SIGN_BEHIND, r"-\1")
    signed = pc.replace_substring_regex(signed, r"^\+([0-9])", r"\1")
    grouped = pc.match_substring_regex(signed, _GROUPED_BY_POINT if comma else _GROUPED_BY_COMMA)
    ungrouped = pc.if_else(grouped, pc.replace_substring_regex(signed, _GROUPING[comma], ""), signed)
    if comma:
        ungrouped = pc.if_else(pc.match_substring(ungrouped, "."), None, pc.replace_substring(ungrouped, ",", "."))
    return pc.if_else(pc.match_substring_regex(ungrouped, PLAIN).fill_null(_NO), ungrouped, None)


def plain_number(text: str, *, comma: bool) -> str | None:
    """A written number with a point as its decimal mark and nothing else; None where it has a mark that cannot be.

    Args:
        text: without blanks around it; its digits may be grouped, and its sign may be behind.
        comma: whether its decimal mark is a comma.
    """
    signed = re.sub(_SIGN_BEHIND, r"-\1", text.replace(_MINUS, "-"))
    signed = re.sub(r"^\+(?=[0-9])", "", signed)
    if _GROUPED[comma].match(signed):
        signed = re.sub(_GROUPING[comma], "", signed)
    if comma:
        return None if "." in signed else signed.replace(",", ".")
    return signed
