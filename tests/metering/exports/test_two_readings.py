"""For every file with two readings, ingest asks; no accepted file's total differs from the independent sum.

``dialects.py`` draws files of which everything is stated or said: each is read, and comes to the sum that whoever drew it
knows. Here are files that leave one thing open: each is asked about just that, and each answer gives what it means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metering import ingest
from metering.ingest import IngestOptions, RegisterLookup, UnreadableFile
from metering.ingest.how_read import Aspect, Unsaid
from tests.build import fewer_examples, rows
from tests.metering.exports.dialects import (
    BERLIN,
    FACTORS,
    HOUR,
    TextStyle,
    Written,
    as_text,
    no_total,
    registers,
    text_files,
    workbooks,
)
from tests.metering.exports.waits import waiting

UTC_ZONE = ZoneInfo("UTC")
SEMICOLON = TextStyle("utf-8", ";", "\n")
ONE = registers("k")


@dataclass(frozen=True)
class Ambiguous:
    """A file with two readings.

    Attributes:
        raw: its bytes.
        asked: what it must be asked about: one of these.
        answers: by what is then said, what the file comes to: its total in kWh, and its first start if that depends.
        options: what is said before.
    """

    raw: bytes
    asked: frozenset[Aspect]
    answers: Sequence[tuple[Mapping[str, Any], Decimal, datetime | None]]
    options: IngestOptions = field(default_factory=lambda: IngestOptions(register="k"))


def table(header: Sequence[str], body: Sequence[Sequence[str]], style: TextStyle = SEMICOLON) -> bytes:
    return as_text([header, *body], style)


def numbers(least: int = 0) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(least, 9_999), min_size=3, max_size=24).filter(no_total)


def stamps(rows: int, first: date = date(2026, 3, 14), written: str = "%Y-%m-%d %H:%M") -> list[str]:
    begin = datetime.combine(first, datetime.min.time(), UTC)
    return [(begin + HOUR * hour).strftime(written) for hour in range(rows)]


def tenths(drawn: Sequence[int]) -> list[str]:
    return [f"{number // 10}.{number % 10}" for number in drawn]


def in_kwh(drawn: Sequence[int]) -> Decimal:
    return Decimal(sum(drawn)) / 10


@st.composite
def three_digits_after_the_mark(draw: st.DrawFn) -> Ambiguous:
    """``4.078``, in every row, in a table of our own names or of others."""
    drawn = draw(st.lists(st.tuples(st.integers(1, 999), st.integers(0, 999)), min_size=3, max_size=24))
    assume(no_total([1000 * whole + rest for whole, rest in drawn]))
    mark, ours = draw(st.sampled_from(",.")), draw(st.booleans())
    delimiter = draw(st.sampled_from([";", ",", "\t"]))
    cells = [f"{whole}{mark}{rest:03}" for whole, rest in drawn]
    body = [[at + "Z", cell] for at, cell in zip(stamps(len(drawn)), cells, strict=True)]
    header = ["time", "value"] if ours else ["Zeitpunkt", "Verbrauch [kWh]"]
    grouped = Decimal(sum(1000 * whole + rest for whole, rest in drawn))
    decimal, other = ("comma", "point") if mark == "," else ("point", "comma")
    return Ambiguous(
        table(header, body, replace(SEMICOLON, delimiter=delimiter)),
        frozenset({Aspect.SEPARATORS, Aspect.VALUE}),
        [({"decimal": decimal}, grouped / 1000, None), ({"decimal": other}, grouped, None)],
        IngestOptions(register="k", columns={} if ours else {"start": "Zeitpunkt"}),
    )


@st.composite
def days_up_to_the_twelfth(draw: st.DrawFn) -> Ambiguous:
    """``03/04/2026`` is in March or in April."""
    day, month = draw(st.lists(st.integers(1, 12), min_size=2, max_size=2, unique=True))
    mark, drawn = draw(st.sampled_from("/-")), draw(numbers())
    written = [f"{day:02}{mark}{month:02}{mark}2026 {hour:02}:00" for hour in range(len(drawn))]
    body = [list(row) for row in zip(written, tenths(drawn), strict=True)]
    by_format = {f"%d{mark}%m{mark}%Y %H:%M": (month, day), f"%m{mark}%d{mark}%Y %H:%M": (day, month)}
    return Ambiguous(
        table(["Zeitpunkt", "Verbrauch [kWh]"], body),
        frozenset({Aspect.TIME}),
        [({"time_format": form}, in_kwh(drawn), datetime(2026, *at, tzinfo=UTC)) for form, at in by_format.items()],
        IngestOptions(register="k", columns={"start": "Zeitpunkt"}, zone="UTC"),
    )


@st.composite
def two_columns_of_values(draw: st.DrawFn) -> Ambiguous:
    """Two columns, either of which may be the register's."""
    names = draw(
        st.sampled_from(
            [
                ("reading", "usage"),
                ("Bezug [kWh]", "Einspeisung [kWh]"),
                ("Consumption (kWh)", "Generation (kWh)"),
                ("Verbrauch [kWh]", "Wert [kWh]"),
                ("Consumo (kWh)", "Valore (kWh)"),
                ("Value (kWh)", "Usage (kWh)"),
            ]
        )
    )
    left, right = draw(numbers()), draw(numbers())
    many = min(len(left), len(right))
    left, right = left[:many], right[:many]
    assume(no_total(left) and no_total(right))
    body = [list(row) for row in zip(stamps(many), tenths(left), tenths(right), strict=True)]
    return Ambiguous(
        table(["Zeitpunkt", *names], body),
        frozenset({Aspect.VALUE, Aspect.REGISTER, Aspect.QUANTITY_KIND}),
        [
            ({"columns": {"start": "Zeitpunkt", "value": name}, "unit": "kWh" if "kWh" not in name else None}, in_kwh(drawn), None)
            for name, drawn in zip(names, (left, right), strict=True)
            if name != "reading"  # to an interval register, that is another kind of quantity
        ],
        IngestOptions(register="k", columns={"start": "Zeitpunkt"}, zone="UTC"),
    )  # fmt: skip


@st.composite
def no_unit(draw: st.DrawFn) -> Ambiguous:
    """Somebody's table that names no unit; the register's own is not taken for granted."""
    drawn, name = draw(numbers()), draw(st.sampled_from(["Wert", "Verbrauch", "consumption", "Valeur", "energy"]))
    body = [list(row) for row in zip(stamps(len(drawn)), tenths(drawn), strict=True)]
    return Ambiguous(
        table(["Zeitpunkt", name], body),
        frozenset({Aspect.UNIT}),
        [({"unit": unit}, in_kwh(drawn) * factor, None) for unit, factor in FACTORS.items()],
        IngestOptions(register="k", columns={"start": "Zeitpunkt", "value": name}, zone="UTC"),
    )


@st.composite
def no_meaning_of_the_stamp(draw: st.DrawFn) -> Ambiguous:
    """The stamp of an hour may be its start or its end."""
    drawn = draw(numbers())
    name = draw(st.sampled_from(["Datum", "Zeitstempel", "Timestamp", "Date", "Zeit", "DateTime"]))
    body = [list(row) for row in zip(stamps(len(drawn)), tenths(drawn), strict=True)]
    begin = datetime(2026, 3, 14, tzinfo=UTC)
    return Ambiguous(
        table([name, "Verbrauch [kWh]"], body),
        frozenset({Aspect.STAMP}),
        [
            ({"columns": {"start": name}}, in_kwh(drawn), begin),
            ({"columns": {"end": name}}, in_kwh(drawn), begin - HOUR),
        ],
        IngestOptions(register="k", zone="UTC"),
    )


@st.composite
def no_zone(draw: st.DrawFn) -> Ambiguous:
    """A wall-clock time, of which nobody says whose clock it was."""
    drawn, first = (
        draw(numbers()),
        draw(st.dates(date(2026, 4, 2), date(2026, 10, 20)).filter(lambda day: day.day > 12)),
    )
    written = draw(st.sampled_from(["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S"]))
    body = [list(row) for row in zip(stamps(len(drawn), first, written), tenths(drawn), strict=True)]
    begin = datetime.combine(first, datetime.min.time())
    zones = {
        "UTC": UTC_ZONE,
        "local": BERLIN,
        "Europe/Berlin": BERLIN,
        "America/New_York": ZoneInfo("America/New_York"),
    }
    at = {name: begin.replace(tzinfo=zone).astimezone(UTC) for name, zone in zones.items()}
    at["+01:00"] = begin.replace(tzinfo=UTC) - HOUR
    return Ambiguous(
        table(["Zeitpunkt", "Verbrauch [kWh]"], body),
        frozenset({Aspect.ZONE}),
        [({"zone": name}, in_kwh(drawn), start) for name, start in at.items()],
        IngestOptions(register="k", columns={"start": "Zeitpunkt"}),
    )  # fmt: skip


@st.composite
def hours_without_a_first_or_a_last(draw: st.DrawFn) -> Ambiguous:
    """Hour 5 is the fifth, or the one after five o'clock, where neither hour 0 nor hour 24 occurs."""
    first = draw(st.integers(1, 12))
    drawn = draw(st.lists(st.integers(0, 9_999), min_size=3, max_size=24 - first).filter(no_total))
    body = [["2026-03-14", str(hour), value] for hour, value in enumerate(tenths(drawn), first)]
    return Ambiguous(
        table(["date", "hour", "kWh"], body),
        frozenset({Aspect.STAMP, Aspect.TIME}),
        [],
        IngestOptions(register="k", columns={"date": "date", "hour": "hour", "value": "kWh"}, zone="UTC"),
    )


@st.composite
def several_meters(draw: st.DrawFn) -> Ambiguous:
    """A column names two meters, and one register is said for all rows."""
    drawn = draw(numbers(1))
    assume(len(drawn) > 3)
    name = draw(st.sampled_from(["Zählpunkt", "Meter", "Messstelle", "meter_id", "Charge point"]))
    body = [
        [at, f"m-{hour % 2}", value]
        for hour, (at, value) in enumerate(zip(stamps(len(drawn)), tenths(drawn), strict=True))
    ]
    return Ambiguous(
        table(["Zeitpunkt", name, "Verbrauch [kWh]"], body),
        frozenset({Aspect.REGISTER}),
        [],
        IngestOptions(register="k", columns={"start": "Zeitpunkt"}, zone="UTC"),
    )  # fmt: skip


def drawn(kinds: Mapping[str, Callable[[], st.SearchStrategy[Any]]]) -> list[Any]:
    return [pytest.param(files, id=kind, marks=waiting("drawn", kind)) for kind, files in kinds.items()]


def parse(raw: bytes, options: IngestOptions, targets: RegisterLookup = ONE) -> ingest.Parsed:
    return ingest.parse(raw, targets, options)


def see_total(parsed: ingest.Parsed, total: Decimal, first: datetime | None = None) -> None:
    read = rows(parsed.readings)
    assert sum((reading.value or Decimal(0) for reading in read), Decimal(0)) == total
    if first is not None:
        assert min(reading.start for reading in read) == first


def see_asked(file: Ambiguous) -> None:
    with pytest.raises(Unsaid) as refusal:
        parse(file.raw, file.options)
    questions: Any = refusal.value.members["questions"]
    assert file.asked & {Aspect(question["aspect"]) for question in questions}
    for question in questions:
        assert all(f"--{answer['option'].replace('_', '-')}" in str(refusal.value) for answer in question["answers"])
    for said, total, first in file.answers:
        see_total(parse(file.raw, replace(file.options, **said)), total, first)


AMBIGUOUS = {
    "three digits after the mark": three_digits_after_the_mark,
    "days up to the twelfth": days_up_to_the_twelfth,
    "two columns of values": two_columns_of_values,
    "no unit": no_unit,
    "no meaning of the stamp": no_meaning_of_the_stamp,
    "no zone": no_zone,
    "hours without a first or a last": hours_without_a_first_or_a_last,
    "several meters": several_meters,
}


@pytest.mark.parametrize("files", drawn(AMBIGUOUS))
class TestEveryFileWithTwoReadings:
    """ "For every generated file with two readings, ingest asks", and each answer gives what it means."""

    def test_is_asked_about(self, files: Callable[[], st.SearchStrategy[Ambiguous]]) -> None:
        fewer_examples(8)(given(files())(see_asked))()


def see_sums(file: Written) -> None:
    parsed = parse(file.raw, file.options, file.registers)
    by_register = dict.fromkeys(file.totals, Decimal(0))
    for reading in rows(parsed.readings):
        by_register[parsed.series[reading.series].register] += reading.value or Decimal(0)
    assert by_register == file.totals
    assert len(parsed.readings) == file.rows * len(file.totals)
    assert min(reading.start for reading in rows(parsed.readings)) == file.first


SURE = {"text": text_files, "workbook": workbooks}


@pytest.mark.parametrize("files", drawn(SURE))
class TestEveryFileWithOneReading:
    """ "No accepted file's total differs from the independent sum"; and these are accepted."""

    def test_comes_to_the_sum(self, files: Callable[[], st.SearchStrategy[Written]]) -> None:
        fewer_examples(8)(given(files())(see_sums))()


# Files of which a careless reader makes another total. Whether they are read or refused is left open.


@st.composite
def with_a_dated_total(draw: st.DrawFn) -> tuple[bytes, Decimal]:
    """A row with the total of the others, stamped as if it were the next hour, or with the stamp of one of them."""
    drawn = draw(st.lists(st.integers(1, 9_999), min_size=3, max_size=20))
    at = stamps(len(drawn) + 1)
    last = draw(st.sampled_from([at[-1], at[0], at[-2]]))
    total = sum(drawn)
    body = [list(row) for row in zip(at, tenths(drawn), strict=False)]
    return table(["Zeitpunkt", "Verbrauch [kWh]"], [*body, [last, f"{total // 10}.{total % 10}"]]), in_kwh(drawn)


@st.composite
def with_the_total_of_each_day(draw: st.DrawFn) -> tuple[bytes, Decimal]:
    """After each day a row with its date and its total."""
    days = draw(st.lists(st.lists(st.integers(1, 999), min_size=24, max_size=24), min_size=1, max_size=3))
    stamped = draw(st.sampled_from(["", " 00:00"]))
    body = []
    for number, day in enumerate(days):
        of_day = f"2026-03-{14 + number}"
        body += [[f"{of_day} {hour:02}:00", value] for hour, value in enumerate(tenths(day))]
        body.append([of_day + stamped, f"{sum(day) // 10}.{sum(day) % 10}"])
    return table(["Zeitpunkt", "Verbrauch [kWh]"], body), in_kwh(list(chain(*days)))


@st.composite
def with_unquoted_decimal_commas(draw: st.DrawFn) -> tuple[bytes, Decimal]:
    """``2026-03-14 00:00,12,5`` below a header of two columns."""
    drawn = draw(numbers())
    lines = [f"{at},{value.replace('.', ',')}" for at, value in zip(stamps(len(drawn)), tenths(drawn), strict=True)]
    return "\n".join(["Zeitpunkt,Verbrauch [kWh]", *lines]).encode(), in_kwh(drawn)


@st.composite
def with_two_kinds_of_marks(draw: st.DrawFn) -> tuple[bytes, Decimal]:
    """Some cells prove the decimal mark; those of three digits after it are to be read by it."""
    drawn = draw(st.lists(st.integers(1_000, 999_999), min_size=3, max_size=20).filter(no_total))
    mark = draw(st.sampled_from(",."))
    written = [f"{value // 1000}{mark}{value % 1000:03}" for value in drawn]
    proof = draw(st.integers(1, 99))
    body = [[at, value] for at, value in zip(stamps(len(written) + 1), [*written, f"0{mark}{proof:02}"], strict=True)]
    return table(["Zeitpunkt", "Verbrauch [kWh]"], body), Decimal(sum(drawn)) / 1000 + Decimal(proof) / 100


@st.composite
def with_a_flat_load_by_the_hour(draw: st.DrawFn) -> tuple[bytes, Decimal]:
    """24 rows of one date and of one value are 24 readings."""
    value, from_one = draw(st.integers(1, 9_999)), draw(st.integers(0, 1))
    names = draw(st.sampled_from([("date", "hour"), ("Datum", "Stunde"), ("Date", "Hour")]))
    body = [["2026-03-14", str(hour + from_one), *tenths([value])] for hour in range(24)]
    return table([*names, "Verbrauch [kWh]"], body), in_kwh([value] * 24)


TRAPS = {
    "a dated total": with_a_dated_total,
    "the total of each day": with_the_total_of_each_day,
    "unquoted decimal commas": with_unquoted_decimal_commas,
    "one cell that proves the mark": with_two_kinds_of_marks,
    "a flat load by the hour": with_a_flat_load_by_the_hour,
}
#: With the stamp said, and with nothing said of it.
SAYINGS = (
    IngestOptions(register="k", columns={"start": "Zeitpunkt"}, zone="UTC"),
    IngestOptions(register="k", zone="UTC"),
    IngestOptions(register="k", columns={"date": "Datum", "hour": "Stunde"}, zone="UTC"),
)


def see_no_other_total(file: tuple[bytes, Decimal]) -> None:
    """Every row that is not refused by name is in the total, and none that is no reading."""
    raw, total = file
    for options in SAYINGS:
        try:
            parsed = parse(raw, options)
        except UnreadableFile:
            continue
        if not parsed.verdicts:
            see_total(parsed, total)
        else:
            assert sum((reading.value or Decimal(0) for reading in rows(parsed.readings)), Decimal(0)) <= total


@pytest.mark.parametrize("files", drawn(TRAPS))
class TestNoAcceptedFile:
    """ "No accepted file's total differs from the independent sum"."""

    def test_comes_to_another_total(self, files: Callable[[], st.SearchStrategy[tuple[bytes, Decimal]]]) -> None:
        fewer_examples(8)(given(files())(see_no_other_total))()
