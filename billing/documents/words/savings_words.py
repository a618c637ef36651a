"""How a saving came about, in words: the options of the IPMVP, the methods of baselines, and which rows count."""

from collections.abc import Mapping
from typing import Final

from billing.documents.words.words import Words, message

_ROW_STATUSES: Final = {
    "in_range": message("within the range"),
    "caveat": message("just beyond the range"),
    "declined": message("declined"),
    "masked": message("masked"),
    "missing": message("missing"),
    "filled": message("filled"),
    "estimated": message("estimated"),
    "zero": message("zero"),
}
_OPTIONS: Final = {
    "key_parameter": message("A, key parameter"),
    "retrofit_isolation": message("B, retrofit isolation"),
    "whole_facility": message("C, whole facility"),
    "calibrated_simulation": message("D, calibrated simulation"),
}
_METHODS: Final = {
    "caltrack_daily": message("CalTRACK by day"),
    "caltrack_billing": message("CalTRACK by billing period"),
    "caltrack_hourly": message("CalTRACK by hour"),
    "change_point": message("change point"),
    "towt_daily": message("time of week and temperature, by day"),
    "mean": message("mean of the baseline period"),
}


def row_status_words(status: str, words: Words) -> str:
    """Name the status of a row of a window."""
    return _named(status, _ROW_STATUSES, words)


def option_words(kind: str, words: Words) -> str:
    """Name an option of the IPMVP."""
    return _named(kind, _OPTIONS, words)


def method_words(method: str, words: Words) -> str:
    """Name a method by which a baseline is fitted."""
    return _named(method, _METHODS, words)


def _named(code: str, names: Mapping[str, str], words: Words) -> str:
    """Name a code in words; one without a name by itself, with blanks."""
    return words.text(names[code]) if code in names else code.replace("_", " ")
