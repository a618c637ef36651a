"""How the times of a table are written, where not in ISO 8601: what fits all of them, stated by the one that tells.

``31.10.2025`` states that days come first, ``24:00`` that times are ends of intervals. Where all times can be read in
several ways, as ``03/04/2026``, that is a question. A few that contradict all others are bad rows, not another form.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from metering.ingest.few_rows import are_few
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion

_DAY_US, _HOUR_US, _MINUTE_US, _SECOND_US = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
_EPOCH = date(1970, 1, 1)
_YEARS = range(1900, 2200)
_HOURS = 24
_MONTH_NAMES = """
jan january januar jänner janvier janv gennaio gen enero ene januari janeiro stycznia styczeń sty ledna leden
feb february februar février fevrier févr fev febbraio febrero februari fevereiro lutego luty lut února únor
mar march märz mär maerz mars marzo maart mrt março marca marzec března březen
apr april avril avr aprile abril abr kwietnia kwiecień kwi dubna duben
may mai maggio mag mayo mei maio maja maj května květen
jun june juni juin giugno giu junio junho czerwca czerwiec cze června červen
jul july juli juillet juil luglio lug julio julho lipca lipiec lip července červenec
aug august août aout agosto ago augustus sierpnia sierpień sie srpna srpen
sep sept september septembre settembre set septiembre setembro września wrzesień wrz září
oct october okt oktober octobre ottobre ott octubre outubro out października październik paź října říjen
nov november novembre noviembre novembro listopada listopad lis listopadu
dec december dez dezember décembre decembre déc dicembre dic diciembre dezembro grudnia grudzień gru prosince prosinec
"""
_MONTHS = {name: at for at, names in enumerate(_MONTH_NAMES.split("\n")) for name in names.split()}
_DATE = (
    r"(?:[^\W\d_]{2,10}[.,]?\s+(?=\d))?(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日"
    r"|\d{1,2}(?:\.\s?|[ -])[^\W\d_]{3,12}\.?(?:[ -]|,\s)\d{2,4}|[^\W\d_]{3,12}\.? \d{1,2},? \d{4}|\d{8})"
)
_CLOCK = (
    r"(?P<clock>\d{1,2}(?:[:.h時时]\d{2}(?:[:.分]\d{2}(?:[.,]\d{1,9})?)?|[hH時时])[秒分]?|\d{4}|\d{6}|\d{1,2})"
    r"(?:\s?(?P<half>[AaPp]\.?\s?[Mm]\.?|上午|下午))?(?:\s?Uhr)?"
)
_OFFSET = r"(?:\s?(?P<offset>Z|UTC|GMT|MEZ|MESZ|CET|CEST|[+-]\d{2}:?\d{2}|[A-Z]{3,5}|[AB]))?"
_TIME = re.compile(rf"^{_DATE}(?:(?:\s+|T|,\s?|(?<=日)|-){_CLOCK}{_OFFSET})?$")
_TOGETHER = re.compile(r"^(?P<date>(?:19|20|21)\d{6})(?P<clock>\d{4}|\d{6})$")
#: Which of two hours: ``2A``, ``02B:15``, ``02:15a``.
_WHICH_HOUR = re.compile(r"(?<![\d:])(\d{1,2})(?:([AaBb])((?:[:.]\d{2}){0,2})|((?:[:.]\d{2}){1,2})([ab]))$")
_LONG_NUMBER = re.compile(r"\d{9,19}(?:\.\d{1,9})?", re.ASCII)
_HOUR_25 = re.compile(r"25(?:[:.hH]00(?::00)?)?")
_MARK = re.compile(r"(?<![^\W\d_])(?:[A-Z]{3,5}|[AB])(?![^\W\d_])")
_CJK_HALF = re.compile(r"(上午|下午)\s*(\S.*)$")
_NUMBERS = re.compile(r"^(\d{1,4})([./-])(\d{1,2})([./-])(\d{1,4})$")
_DAY_AND_NAME = re.compile(r"^(\d{1,2})[. -]+([^\W\d_]+)\.?[ ,-]+(\d{2}|\d{4})$")
_NAME_AND_DAY = re.compile(r"^([^\W\d_]+)\.? (\d{1,2}),? (\d{4})$")
_CLOCK_PARTS = re.compile(r"^(\d{1,2})[:.hH時时](?:(\d{2})(?:[:.分](\d{2})(?:[.,](\d{1,9}))?)?)?[秒分]?$")
_OFFSETS = {"Z": 0, "UTC": 0, "GMT": 0, "MEZ": 60, "CET": 60, "MESZ": 120, "CEST": 120}
#: Digits of seconds since 1970 and of their thousandths and so on, between 2001 and 2286: no two have as many.
_EPOCHS = {10: 0, 13: 3, 16: 6, 19: 9}
_ORDERS = {"DMY": "day, month, year", "MDY": "month, day, year", "YMD": "year, month, day"}


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time of a column, in microseconds from midnight.

    Attributes:
        us: up to the midnight that ends the day.
        half: whether it is marked as of the first or second half of the day.
        is_hour: whether it is a number alone.
    """

    us: int
    half: bool = False
    is_hour: bool = False


@dataclass(frozen=True, slots=True)
class FoundTimes:
    """The distinct times of a column, read in the only way that fits them.

    Attributes:
        us: by text, microseconds since 1970, as if local times were UTC.
        is_local: by text, whether it has no offset.
        marks: by text, what stands behind it instead: an abbreviation of a zone (``EST``), or which of two hours
            (``A``, ``B``).
        ends: a text that states that times are ends of intervals (``24:00``), or an empty text.
        starts: a text that states that hours are numbered from 0, or an empty text.
        has_hours: whether clock times are numbers of hours.
        in_doubt: the texts of days with a 25th hour, which is the last one of the day or the second of two, with the
            day, in days since 1970. Where it has 24 hours in the zone of its register, the 25th is a bad row.
        how_read: how they are written.
        questions: the ways in which all of them can be read.
    """

    us: Mapping[str, int] = field(default_factory=dict)
    is_local: Mapping[str, bool] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    ends: str = ""
    starts: str = ""
    has_hours: bool = False
    in_doubt: Mapping[str, int] = field(default_factory=dict)
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()


def read_as(texts: Sequence[str], time_format: str) -> FoundTimes:
    """Read times in a ``strptime`` pattern, ``unix`` or ``unix_ms``; ``24:00`` and hour 24 are the end of their day."""
    if time_format in ("unix", "unix_ms"):
        instants = {text: _epoch(text, {"unix": 0, "unix_ms": 3}[time_format]) for text in texts}
        epochs = {text: read for text, read in instants.items() if read is not None}
        return FoundTimes(epochs, dict.fromkeys(epochs, False))
    us: dict[str, int] = {}
    is_local: dict[str, bool] = {}
    marks: dict[str, str] = {}
    for text in texts:
        offset, unmarked = _named_zone(text, time_format) if "%Z" in time_format else ("", text)
        parsed = _strptime(unmarked, time_format)
        if parsed is None:
            continue
        us[text] = _us_of(parsed) - (0 if _is_mark(offset) else _offset_us(offset))
        is_local[text] = parsed.tzinfo is None and (not offset or _is_mark(offset))
        if _is_mark(offset):
            marks[text] = offset
    return FoundTimes(us, is_local, marks, *_midnights(texts, us))


def _named_zone(text: str, time_format: str) -> tuple[str, str]:
    """The name that stands where a pattern has ``%Z``, and the text with a name there that ``strptime`` takes."""
    for name in _MARK.finditer(text):
        unmarked = f"{text[: name.start()]}UTC{text[name.end() :]}"
        if _strptime(unmarked, time_format) is not None:
            return name.group(), unmarked
    return "", text


def _is_mark(offset: str) -> bool:
    """Whether what stands behind a time is neither empty nor an offset wherever it stands."""
    return bool(offset) and offset not in _OFFSETS and offset[0] not in "+-"


def _midnights(texts: Sequence[str], us: Mapping[str, int]) -> tuple[str, str]:
    """The first text with an hour 24, unless another one has a midnight as the hour 0."""
    ends = next((text for text in texts if text in us and re.search(r"\b24(?:[:h]00|$)", text)), "")
    if ends and any(text in us and re.search(r"\b0?0[:h]00\b", text) for text in texts):
        return "", ""
    return ends, ""


def _strptime(text: str, time_format: str) -> datetime | None:
    try:
        return datetime.strptime(text, time_format)  # noqa: DTZ007 a local time; the caller finds its instant
    except ValueError:
        earlier = re.sub(r"(?<=[\sT])24(?=[:.h]?0?0?|$)", "00", text)
        if earlier == text:
            return None
    try:
        return datetime.strptime(earlier, time_format) + timedelta(days=1)  # noqa: DTZ007 likewise
    except (ValueError, OverflowError):
        return None


def _us_of(read: datetime) -> int:
    ahead = read.utcoffset() or timedelta()
    return (read.replace(tzinfo=None) - datetime(1970, 1, 1) - ahead) // timedelta(microseconds=1)  # noqa: DTZ001


def _epoch(text: str, thousandths: int) -> int | None:
    whole, _, part = text.partition(".")
    if not re.fullmatch(r"-?\d{1,19}", whole, re.ASCII) or not re.fullmatch(r"\d{0,9}", part, re.ASCII):
        return None
    nanos = int(whole + part.ljust(9, "0"))
    return nanos // (1000 * int(10**thousandths))


def find(texts: Sequence[str], place: Callable[[str], str], column: str) -> FoundTimes:
    """Find how times are written.

    Args:
        texts: the distinct times of a column, none of them in ISO 8601, in the order of the rows.
        place: where a text stands, as ``line 13``.
        column: its name as it is to be typed.

    Returns:
        Those that can be read. Nothing is read in two ways: where several orders of day, month and year fit all of
        them, there is a question, and the times are read in the first of these orders.
    """
    epoch = _found_epoch(texts, place, column)
    if epoch is not None:
        return epoch
    split = {text: parts for text in texts if (parts := _split(text)) is not None}
    dates = {parts[0]: text for text, parts in reversed(split.items())}
    fitting = {day: orders for day in dates if (orders := orders_of(day))}
    uses = Counter(parts[0] for parts in split.values())
    agreeing = _without_few(fitting, uses)
    order, how_read, questions = _order(agreeing, dates, place, column, next(iter(split), ""))
    clocks = {clock: _clock(clock) if clock else None for clock in {parts[1] for parts in split.values()}}
    halves = _are_halves(split, clocks)
    clocks |= {"": Clock(0, half=halves)} if "" in clocks and len(clocks) == 1 else {}
    starts_of_days = {day: orders[order] for day, orders in fitting.items() if order in orders}
    us: dict[str, int] = {}
    is_local: dict[str, bool] = {}
    marks: dict[str, str] = {}
    has_hours = False
    for text, (day, clock, offset) in split.items():
        read, start = clocks[clock], starts_of_days.get(day)
        if read is None or start is None or read.half != halves:
            continue
        us[text], is_local[text] = start + read.us, True
        if _is_mark(offset):
            marks[text] = offset
        elif offset:
            us[text], is_local[text] = start + read.us - _offset_us(offset), False
        has_hours = has_hours or read.is_hour
    in_doubt = {
        text: starts_of_days[day] // _DAY_US
        for text in _of_long_days(split, clocks)
        if (day := split[text][0]) in starts_of_days
    }
    certain = us.keys() - in_doubt.keys()
    ends, starts = _numbering(split, certain, clocks, has_hours=has_hours)
    return FoundTimes(
        us, is_local, marks, ends, starts, has_hours, in_doubt=in_doubt, how_read=how_read, questions=questions
    )


def _are_halves(split: Mapping[str, tuple[str, str, str]], clocks: Mapping[str, Clock | None]) -> bool:
    """Whether clock times are marked as of a half of the day, and not a few alone."""
    marked = [read.half for _, clock, _ in split.values() if (read := clocks[clock]) is not None]
    return not are_few(sum(marked), len(marked))


def _of_long_days(split: Mapping[str, tuple[str, str, str]], occurring: Collection[str]) -> frozenset[str]:
    """The texts of days that have an hour 25, or both the hours 0 and 24 where other days have one of them."""
    if not any(map(_HOUR_25.fullmatch, occurring)) and ("24" not in occurring or not {"0", "00"} & set(occurring)):
        return frozenset()
    clocks: dict[str, set[str]] = {}
    for day, clock, _ in split.values():
        clocks.setdefault(day, set()).add(clock)
    long = {day for day, of_day in clocks.items() if any(_HOUR_25.fullmatch(clock) for clock in of_day)}
    both = {day for day, of_day in clocks.items() if "24" in of_day and of_day & {"0", "00"}}
    if len(both) < len(clocks):
        long |= both
    return frozenset(text for text, (day, _, _) in split.items() if day in long)


def _found_epoch(texts: Sequence[str], place: Callable[[str], str], column: str) -> FoundTimes | None:
    """Times as seconds since 1970, or parts of seconds: the number of digits tells which."""
    numbers = (text for text in texts if text[:9].isdecimal() and _LONG_NUMBER.fullmatch(text))
    digits = {len(text.partition(".")[0]) for text in numbers}
    known = [count for count in digits if count in _EPOCHS]
    if len(known) != 1:
        return None
    us = {
        text: read
        for text in texts
        if len(text.partition(".")[0]) == known[0] and (read := _epoch(text, _EPOCHS[known[0]])) is not None
    }
    if are_few(len(us), len(texts)) and sum(_split(text) is not None for text in texts) > len(us):
        return None  # a number among times
    first = next(iter(us))
    names = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}
    how = HowRead(Aspect.TIME, f"{names[known[0]]} since 1970", Basis.STATED, f"{place(first)} has {first}", column)
    return FoundTimes(us, dict.fromkeys(us, False), how_read=(how,))


def _split(text: str) -> tuple[str, str, str] | None:
    """A time as its date, its clock time and its offset, as written."""
    if "午" in text:
        text = _CJK_HALF.sub(r"\2 \1", text)
    if "A" in text or "B" in text or "a" in text or "b" in text:
        text = _WHICH_HOUR.sub(_hour_behind, text)
    matched = _TIME.match(text)
    if matched is None:
        together = _TOGETHER.match(text)
        return (together["date"], together["clock"], "") if together else None
    clock = matched["clock"] or ""
    return matched["date"], f"{clock} {matched['half']}" if matched["half"] else clock, matched["offset"] or ""


def _hour_behind(which: re.Match[str]) -> str:
    """A clock time with the letter of its hour behind it."""
    hour, first, minutes, more, last = which.groups(default="")
    return f"{hour}{minutes}{more}{(first or last).upper()}"


@cache
def _offset_us(offset: str) -> int:
    if not offset:
        return 0
    if offset in _OFFSETS:
        return _OFFSETS[offset] * _MINUTE_US
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return (minutes if offset[0] == "+" else -minutes) * _MINUTE_US


def orders_of(text: str) -> dict[str, int]:
    """The orders in which a written date is a day, with that day in microseconds since 1970."""
    tried: dict[str, tuple[str, str, str]] = {}  # day, month, year
    if numbers := _NUMBERS.match(text):
        first, sign, second, other_sign, third = numbers.groups()
        if sign == other_sign:
            tried = _orders_of_numbers(first, second, third, sign)
    elif "年" in text:
        year, month, day = re.findall(r"\d+", text)
        tried = {"YMD": (day, month, year)}
    elif named := _DAY_AND_NAME.match(text):
        tried = {"DMY": (named[1], str(_MONTHS.get(named[2].casefold(), 0)), named[3])}
    elif named := _NAME_AND_DAY.match(text):
        tried = {"MDY": (named[2], str(_MONTHS.get(named[1].casefold(), 0)), named[3])}
    elif len(text) == 8:  # noqa: PLR2004 year, month and day
        tried = {
            "YMD": (text[6:], text[4:6], text[:4]),
            "DMY": (text[:2], text[2:4], text[4:]),
            "MDY": (text[2:4], text[:2], text[4:]),
        }
    made = {order: _day_us(*parts) for order, parts in tried.items()}
    return {order: us for order, us in made.items() if us is not None}


def _orders_of_numbers(first: str, second: str, third: str, sign: str) -> dict[str, tuple[str, str, str]]:
    if len(first) > 2:  # noqa: PLR2004 more digits than a day or a month
        return {"YMD": (third, second, first)}
    tried = {"DMY": (first, second, third)}
    if sign == ".":  # nobody writes months first, or years of two digits first, with points
        return tried
    tried["MDY"] = (second, first, third)
    if len(third) <= 2:  # noqa: PLR2004 likewise
        tried["YMD"] = (third, second, first)
    return tried


def _day_us(day: str, month: str, year: str) -> int | None:
    """Microseconds from 1970 to a day; a year of two digits is one of this century."""
    full = 2000 + int(year) if len(year) == 2 else int(year)  # noqa: PLR2004 two digits
    if len(year) not in (2, 4) or full not in _YEARS or len(day) > 2 or len(month) > 2:  # noqa: PLR2004 likewise
        return None
    try:
        return (date(full, int(month), int(day)) - _EPOCH).days * _DAY_US
    except ValueError:
        return None


def _order(
    fitting: Mapping[str, Mapping[str, int]],
    dates: Mapping[str, str],
    place: Callable[[str], str],
    column: str,
    example: str,
) -> tuple[str, tuple[HowRead, ...], tuple[OpenQuestion, ...]]:
    """The order of day, month and year that fits all dates, the one that proves it, or the question about it."""
    if not fitting:
        return "", (), ()
    all_orders = [order for order in _ORDERS if any(order in orders for orders in fitting.values())]
    left = [order for order in all_orders if all(order in orders for orders in fitting.values())]
    if len(left) == 1:
        proof = next((day for day, orders in fitting.items() if len(orders) < len(all_orders)), next(iter(fitting)))
        where = f"{place(dates[proof])} has {proof}"
        return left[0], (HowRead(Aspect.TIME, _ORDERS[left[0]], Basis.STATED, where, column),), ()
    if left:
        day = next((day for day, orders in fitting.items() if len(set(orders.values())) > 1), "")
        if not day:  # 03/03: all orders are one day
            how = HowRead(Aspect.TIME, _ORDERS[left[0]], Basis.ASSUMED, "all dates are the same in any order", column)
            return left[0], (how,), ()
        why = f"column {column!r}, {place(dates[day])} has {day}, and each of several orders fits all dates"
    else:
        left = all_orders
        day = next(day for day, orders in fitting.items() if left[0] not in orders)
        other = next(day for day, orders in fitting.items() if left[0] in orders and left[-1] not in orders)
        why = f"column {column!r}, {place(dates[day])} has {day} and {place(dates[other])} has {other}"
    answers = tuple(
        Answer("time_format", _pattern(example, order), f"{_ORDERS[order]}: {day} is {_shown(fitting[day], order)}")
        for order in left
    )
    return left[0], (), (OpenQuestion(Aspect.TIME, why, answers),)


def _without_few(fitting: Mapping[str, Mapping[str, int]], uses: Mapping[str, int]) -> Mapping[str, Mapping[str, int]]:
    """The dates without the few that fit no order in which all others do, unless others could be read as they are.

    Args:
        fitting: by date, the orders in which it is a day.
        uses: by date, how many times have it.
    """
    occurring = [order for order in _ORDERS if any(order in orders for orders in fitting.values())]
    if any(all(order in orders for orders in fitting.values()) for order in occurring):
        return fitting
    count = sum(uses[day] for day in fitting)
    for order in occurring:
        odd = {day for day, orders in fitting.items() if order not in orders}
        alternatives = {alternative for day in odd for alternative in fitting[day]}
        kept = {day: orders for day, orders in fitting.items() if day not in odd}
        in_doubt = any(
            us != orders[order]
            for orders in kept.values()
            for alternative, us in orders.items()
            if alternative in alternatives
        )
        if are_few(sum(uses[day] for day in odd), count) and not in_doubt:
            return kept
    return fitting


def _shown(orders: Mapping[str, int], order: str) -> str:
    return (_EPOCH + timedelta(microseconds=orders[order])).isoformat() if order in orders else "no day"


def _pattern(text: str, order: str) -> str:
    """The ``strptime`` pattern of times that are written as an example, in an order of day, month and year."""
    parts = _split(text)
    if parts is None:
        return text
    day, clock, offset = parts
    if numbers := _NUMBERS.match(day):
        sign = numbers[2]
        year = "%Y" if max(len(numbers[1]), len(numbers[5])) > 2 else "%y"  # noqa: PLR2004 four digits
        date_pattern = sign.join({"D": "%d", "M": "%m", "Y": year}[letter] for letter in order)
    else:
        date_pattern = "".join({"D": "%d", "M": "%m", "Y": "%Y"}[letter] for letter in order)
    digits = clock.split(" ")[0]
    marks = re.sub(r"\d+", "#", digits)
    halves = clock != digits
    pattern = marks
    for directive in ("%I" if halves else "%H", "%M", "%S", "%f"):
        pattern = pattern.replace("#", directive, 1)
    between = text[text.find(day) + len(day) :][: text[text.find(day) + len(day) :].find(digits)] if digits else ""
    behind = f"{' ' if f'{digits} ' in text else ''}%p" if halves else ""
    return f"{date_pattern}{between}{pattern}{behind}{_offset_directive(text, offset)}"


def _offset_directive(text: str, offset: str) -> str:
    """What a pattern has for an offset, or for the name of a zone, with the blank before it."""
    if not offset:
        return ""
    blank = " " if f" {offset}" in text else ""
    return f"{blank}%Z" if _is_mark(offset) or (offset in _OFFSETS and offset != "Z") else "%z"


@cache
def _clock(text: str) -> Clock | None:
    """A clock time; hour 24 ends the day."""
    digits, _, mark = text.partition(" ")
    if digits.isdecimal():
        if len(digits) <= 2:  # noqa: PLR2004 an hour
            parts = (int(digits), 0, 0, 0)
        else:
            parts = (int(digits[:2]), int(digits[2:4]), int(digits[4:6] or 0), 0)
    elif matched := _CLOCK_PARTS.match(digits):
        hour, minute, second, part = matched.groups()
        parts = (int(hour), int(minute or 0), int(second or 0), int((part or "0")[:6].ljust(6, "0")))
    else:
        return None
    hour, minute, second, micro = parts
    if mark:
        if not 1 <= hour <= _HOURS // 2:
            return None
        hour = hour % 12 + (12 if mark[0] in "pP下" else 0)
    us = hour * _HOUR_US + minute * _MINUTE_US + second * _SECOND_US + micro
    if us > _DAY_US or minute > 59 or second > 59:  # noqa: PLR2004 as clocks do
        return None
    return Clock(us, half=bool(mark), is_hour=digits.isdecimal() and len(digits) <= 2)  # noqa: PLR2004 an hour


def _numbering(
    split: Mapping[str, tuple[str, str, str]],
    certain: Collection[str],
    clocks: Mapping[str, Clock | None],
    *,
    has_hours: bool,
) -> tuple[str, str]:
    """The first texts that state that the last hour of a day is 24, and that its first is 0; of both, neither."""
    lasts = {clock for clock, read in clocks.items() if clock and read is not None and read.us == _DAY_US}
    firsts = {clock for clock, read in clocks.items() if clock and read is not None and read.us == 0 and not read.half}

    def first_with(some: Collection[str]) -> str:
        return next((text for text, parts in split.items() if parts[1] in some and text in certain), "") if some else ""

    ends, starts = first_with(lasts), first_with(firsts)
    if ends and starts:
        return "", ""
    return ends, starts if has_hours else ""
