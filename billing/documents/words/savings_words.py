"""How a saving came about, in words: the options of the IPMVP, the methods of baselines, and which rows count."""

from billing.documents.words.words import Words


def row_status_words(status: str, words: Words) -> str:
    """Name the status of a row of a window."""
    return {
        "in_range": words.text("within the range"),
        "caveat": words.text("just beyond the range"),
        "declined": words.text("declined"),
        "masked": words.text("masked"),
        "missing": words.text("missing"),
        "filled": words.text("filled"),
        "estimated": words.text("estimated"),
        "zero": words.text("zero"),
    }.get(status, status.replace("_", " "))


def option_words(kind: str, words: Words) -> str:
    """Name an option of the IPMVP."""
    return {
        "key_parameter": words.text("A, key parameter"),
        "retrofit_isolation": words.text("B, retrofit isolation"),
        "whole_facility": words.text("C, whole facility"),
        "calibrated_simulation": words.text("D, calibrated simulation"),
    }.get(kind, kind.replace("_", " "))


def method_words(method: str, words: Words) -> str:
    """Name a method by which a baseline is fitted."""
    return {
        "caltrack_daily": words.text("CalTRACK by day"),
        "caltrack_billing": words.text("CalTRACK by billing period"),
        "caltrack_hourly": words.text("CalTRACK by hour"),
        "change_point": words.text("change point"),
        "towt_daily": words.text("time of week and temperature, by day"),
        "mean": words.text("mean of the baseline period"),
    }.get(method, method.replace("_", " "))
