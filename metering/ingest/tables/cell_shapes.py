"""What a cell looks like, so that the rows of a table can be told from what stands around them.

A shape decides only where a table is: what a cell means is read later, and a row that is taken for one and is none has
a verdict.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import Enum

from quantities import quantity

_LETTERS = r"[^\W\d_]"
_CLOCK = r"(?:(?:,?[ ]+|[T_])\d{1,2}(?:[:.hH]\d{0,2})?.*)?"
_TIME = re.compile(
    rf"""(?:{_LETTERS}{{2,3}}[.,]?\ +)?(?:
        (?:19|20)\d\d[-/.]\d{{1,2}}[-/.]\d{{1,2}}{_CLOCK}
      | (?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d(?:[ T_]?\d{{4,6}})?
      | [0-3]?\d[-/. ][0-3]?\d[-/. ](?:\d\d|(?:19|20)\d\d){_CLOCK}
      | [0-3]?\d[-/. ]+{_LETTERS}{{3,12}}[-/. ]+(?:\d\d|(?:19|20)\d\d){_CLOCK}
      | {_LETTERS}{{3,12}}\.?\ [0-3]?\d,?\ (?:19|20)\d\d{_CLOCK}
      | (?:19|20)\d\d\ ?[年년]\ ?\d{{1,2}}\ ?[月월]\ ?\d{{1,2}}\ ?[日일].*
      | 1\d{{9}}(?:\.\d+)? | 1\d{{12}}
    )\Z""",
    re.VERBOSE,
)
_EPOCH = re.compile(r"1\d{9}(?:\.\d+)?\Z|1\d{12}\Z")
_NUMBER = re.compile(r"[+\-−]?\s*(?:\d[\d.,'’ \u00a0\u202f]*|[.,]\d+)(?:[eE][+-]?\d+)?\s*[-+]?\Z")
_NO_NUMBER = frozenset(
    {"", "-", "--", "---", ".", "n/a", "na", "nan", "#n/a", "null", "none", "nil", "bad", "no data", "nodata",
     "unavailable", "unknown", "offline", "error", "invalid", "missing", "inf", "-inf", "infinity", "#num!",
     "#div/0!", "#value!", "#ref!", "bad input", "i/o timeout", "pt created", "comm fail", "not available"}
)  # fmt: skip
_TOTALS = frozenset(
    {"*", "**", "***", "σ", "summe", "gesamt", "gesamtsumme", "endsumme", "zwischensumme", "tagessumme", "monatssumme",
     "total", "totals", "sum", "grand total", "subtotal", "sub-total", "sub total", "daily total", "overall",
     "somme", "total général", "totale", "totali", "somma", "suma", "suma total", "razem", "ogółem", "celkem", "součet",
     "totaal", "som", "eindtotaal", "summa", "totalt", "i alt", "sum total", "yhteensä", "összesen", "ukupno", "skupaj",
     "toplam",
     "итого", "всего", "сумма", "разом", "σύνολο", "合计", "合計", "总计", "總計", "小计", "小計", "总和",
     "합계", "총계"}
)  # fmt: skip
_RULE = frozenset("-=_+*|·. \t")
_KINDS = frozenset(
    {"counter", "analog", "digital", "tot", "smp", "avg", "min", "max", "std", "sample", "total", "average", "mean",
     "zähler", "mittelwert", "momentanwert", "instantaneous", "cumulative", "interval", "float", "double", "string",
     "int", "integer", "long", "bool", "boolean", "datetime", "real"}
)  # fmt: skip
_UNITS_BESIDE = frozenset(
    {"℃", "℉", "°F", "A", "V", "mV", "mA", "VA", "kVA", "MVA", "Hz", "Ω", "Nm³/h", "Nm3/h", "Nm³", "m³/h", "m3/h",
     "l/h", "l/min", "l/s", "ppm", "lx", "lux", "rpm", "PF", "cosφ", "Pa", "kPa", "MPa", "mbar", "W/m²", "W/m2",
     "EUR", "USD"}
)  # fmt: skip
_MARKED_UNIT = re.compile(
    r"(?P<name>.*?)\s*(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>[^()]*)\)|（(?P<wide>[^（）]*)）)\s*\Z"
)
_UNIT_CHARACTERS_MAX = 20
_PATTERN = re.compile(r"[dMyHhmsSfat.:/\-, 'T]+\Z")
_DIRECTIVES = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H", "hh": "%I",
    "h": "%I", "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "SSS": "%f", "fff": "%f", "tt": "%p", "a": "%p",
}  # fmt: skip


class RowShape(Enum):
    """What a line looks like."""

    BLANK = "blank"
    COMMENT = "comment"
    RULE = "rule"
    DATA = "data"
    HEADER = "header"
    OTHER = "other"


def looks_like_time(text: str, time_format: str | None = None) -> bool:
    """Whether a cell looks like a date, with or without a time of the day, or a number of seconds since 1970."""
    text = text.strip().lstrip("'")
    if time_format is not None and "%" in time_format:
        try:
            datetime.strptime(text, time_format)  # noqa: DTZ007 only whether it can be read
        except ValueError:
            return False
        return True
    return len(text) <= 64 and _TIME.match(text) is not None  # noqa: PLR2004 longer than any time is written


def looks_like_number(text: str) -> bool:
    """Whether a cell looks like a number, with marks of any language, and not like a time."""
    text = text.strip()
    return _NUMBER.match(text) is not None and (_EPOCH.match(text) is not None or not looks_like_time(text))


def says_no_value(text: str) -> bool:
    """Whether a cell is empty, or a word that stands where a system has no value."""
    return text.strip().casefold() in _NO_NUMBER


def names_a_total(text: str) -> bool:
    """Whether a cell is the word for a total in one of the languages of such files."""
    return text.strip().casefold().rstrip(":. ") in _TOTALS or text.strip() in ("*", "**", "***")


def row_shape(cells: Sequence[str], time_format: str | None = None) -> RowShape:
    """What a line looks like, by its cells.

    A line of data has a time and a number. A header has several words and no time; its names may be whole numbers, as
    those of meters are.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return RowShape.BLANK
    times = {at for at, cell in enumerate(filled) if looks_like_time(cell, time_format)}
    numbers = {at for at, cell in enumerate(filled) if looks_like_number(cell)}
    if times and numbers and len(times | numbers) > 1:
        return RowShape.DATA
    if filled[0].startswith("#"):
        return RowShape.COMMENT
    if is_rule(filled):
        return RowShape.RULE
    return RowShape.HEADER if not times and _holds_names(filled) else RowShape.OTHER


def _holds_names(filled: Sequence[str]) -> bool:
    if len(filled) < 2 or looks_like_number(filled[0]) or names_a_total(filled[0]):  # noqa: PLR2004 a table has a time and a value
        return False
    return all(cell.isdigit() for cell in filled if looks_like_number(cell))


def is_rule(filled: Sequence[str]) -> bool:
    """Whether a line only draws a line."""
    drawn = "".join(filled)
    return len(drawn) > 2 and not set(drawn) - _RULE and bool(set(drawn) & set("-=_+"))  # noqa: PLR2004


def is_unit_row(cells: Sequence[str]) -> bool:
    """Whether a line below the names has a unit for the columns, such as ``[Wh];[Wh]`` or ``TS,MWh,degC``."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    units = sum(is_unit(_bare(cell)) for cell in filled)
    others = sum(time_pattern(cell) is not None or _bare(cell) in ("TS", "RN", "-") for cell in filled)
    return units > 0 and units + others == len(filled)


def is_kind_row(cells: Sequence[str]) -> bool:
    """Whether a line below the names has a kind for the columns, such as ``Counter;Analog``."""
    filled = [cell.strip().casefold() for cell in cells if cell.strip()]
    return bool(filled) and set(filled) <= _KINDS


def is_unit(text: str) -> bool:
    """Whether a text is a unit, known or at least used beside those that are."""
    return text in _UNITS_BESIDE or (0 < len(text) <= _UNIT_CHARACTERS_MAX and quantity.is_unit(text))


def unit_in_row(cell: str) -> str:
    """The unit in a cell of a line of units; empty if it holds something else."""
    return _bare(cell) if is_unit(_bare(cell)) else ""


def _bare(cell: str) -> str:
    return cell.strip().strip("[]()").strip()


def split_unit(written: str) -> tuple[str, str]:
    """The name and the unit of a header such as ``Verbrauch [kWh]`` or ``Pac(W)``; the unit is empty if it has none."""
    marked = _MARKED_UNIT.match(written)
    if marked and marked["name"]:
        inside = next(part for part in (marked["square"], marked["round"], marked["wide"]) if part is not None).strip()
        if is_unit(inside) or (marked["square"] and " " not in inside and len(inside) < 12):  # noqa: PLR2004
            return marked["name"].strip(), inside
    return written.strip(), ""


def time_pattern(cell: str) -> str | None:
    """The ``strptime`` pattern of a cell such as ``dd.MM.yyyy HH:mm``; None if it is none."""
    text = _bare(cell)
    if "yy" not in text or not _PATTERN.match(text):
        return None
    pieces = []
    for part in re.finditer(r"([dMyHhmsSfat])\1*|.", text):
        piece = part.group()
        if piece[0] in "dMyHhmsSfat" and piece not in _DIRECTIVES:
            return None
        pieces.append(_DIRECTIVES.get(piece, piece))
    return "".join(pieces).replace("'", "")
