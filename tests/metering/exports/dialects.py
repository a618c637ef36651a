"""Export files as they might come, drawn at random, each with the sum that whoever drew it knows.

Nothing here reads a file. A ``Written`` is bytes, what is said of them, and what they come to.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister

Cell: TypeAlias = str | Decimal | datetime
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
FACTORS = {"Wh": Decimal("0.001"), "kWh": Decimal(1), "MWh": Decimal(1000)}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Written:
    """A file.

    Attributes:
        raw: its bytes.
        totals: by key of a register, the sum of its values in kWh.
        first: the start of its first interval.
        rows: how many readings each register has.
        options: what is said of it.
        registers: the registers that there are, by the names that files may use.
    """

    raw: bytes
    totals: Mapping[str, Decimal]
    first: datetime
    rows: int
    options: IngestOptions
    registers: RegisterLookup


def registers(*names: str, kind: str = "interval") -> RegisterLookup:
    """Registers of hourly kWh in Berlin; their keys are their names in files."""
    hourly = 60 if kind == "interval" else None
    return RegisterLookup(
        {
            name: TargetRegister(
                Register(key=name, kind=RegisterKind(kind), unit="kWh", resolution=Decimal("0.000000001"), interval_minutes=hourly),
                BERLIN,
            )
            for name in names
        }
    )  # fmt: skip


# How a number is written


@dataclass(frozen=True)
class NumberStyle:
    """``mark`` is the decimal mark, ``group`` what groups thousands (or nothing), ``places`` how many decimals."""

    mark: str
    group: str
    places: int

    def written(self, value: Decimal) -> str:
        whole, _, fraction = f"{value:.{self.places}f}".partition(".")
        return f"{int(whole):,}".replace(",", self.group) + (self.mark + fraction if fraction else "")


#: Whose numbers prove their decimal mark: two decimals, or one, or four, never three.
PROVEN = st.builds(
    lambda marks, places: NumberStyle(marks[0], marks[1], places),
    st.sampled_from([(",", ""), (",", "."), (",", " "), (",", "\u00a0"), (",", "\u202f"), (".", ""), (".", ","), (".", "'"), (".", " ")]),
    st.sampled_from([1, 2, 4]),
)  # fmt: skip


def values(style: NumberStyle, rows: int) -> st.SearchStrategy[list[Decimal]]:
    step = Decimal(1).scaleb(-style.places)
    drawn = st.lists(st.integers(0, 99_999_999 if style.places > 2 else 999_999), min_size=rows, max_size=rows)
    return drawn.filter(no_total).map(lambda numbers: [step * number for number in numbers])


def no_total(numbers: Sequence[int]) -> bool:
    """None is as large as all others together, as a row of totals would be."""
    return 2 * max(numbers) != sum(numbers) or not any(numbers)


# How a time is written


@dataclass(frozen=True)
class TimeStyle:
    """How the start of an hour is written, in one column or in two, and the columns that are said to hold it."""

    name: str
    headers: tuple[str, ...]
    column: Mapping[str, str]
    time_format: str | None = None

    def written(self, at: datetime, zone: ZoneInfo) -> tuple[str, ...]:
        local = at.astimezone(zone)
        return WRITTEN[self.name](at, local)


WRITTEN: Mapping[str, Callable[[datetime, datetime], tuple[str, ...]]] = {
    "offset": lambda at, local: (local.isoformat(),),
    "local": lambda at, local: (f"{local:%Y-%m-%d %H:%M}",),
    "seconds": lambda at, local: (f"{local:%Y-%m-%dT%H:%M:%S}",),
    "dots": lambda at, local: (f"{local:%d.%m.%Y %H:%M}",),
    "slashes": lambda at, local: (f"{local:%d/%m/%Y %H:%M}",),
    "american": lambda at, local: (f"{local.month}/{local.day}/{local:%Y} {local:%I:%M %p}",),
    "month name": lambda at, local: (f"{local.day:02}-{MONTHS[local.month - 1]}-{local:%Y %H:%M}",),
    "unix": lambda at, local: (str(int(at.timestamp())),),
    "unix ms": lambda at, local: (str(int(at.timestamp()) * 1000),),
    "two columns": lambda at, local: (f"{local:%d.%m.%Y}", f"{local:%H:%M}"),
    "iso in two": lambda at, local: (f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}"),
    "hour of day": lambda at, local: (f"{local:%Y-%m-%d}", str(local.hour + 1)),
}
ONE, TWO = {"start": "Zeitpunkt"}, {"start": "Datum+Uhrzeit"}
TIMES = (
    *(TimeStyle(name, ("Zeitpunkt",), ONE) for name in ("offset", "local", "seconds", "dots", "slashes", "american", "month name")),
    TimeStyle("unix", ("Zeitpunkt",), ONE, "unix"),
    TimeStyle("unix ms", ("Zeitpunkt",), ONE, "unix_ms"),
    *(TimeStyle(name, ("Datum", "Uhrzeit"), TWO) for name in ("two columns", "iso in two")),
    TimeStyle("hour of day", ("Tag", "Stunde"), {"date": "Tag", "hour": "Stunde"}),
)  # fmt: skip
#: Days above the twelfth, and 48 hours without a clock change, whatever the zone; and days with one, in Berlin.
FIRST_DAYS = st.builds(date, st.just(2026), st.sampled_from([1, 2, 5, 6, 7, 8, 9, 11, 12]), st.integers(13, 26))

CHANGE_DAYS = st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)])


def hours(first: date, zone: ZoneInfo, rows: int) -> list[datetime]:
    begin = datetime.combine(first, datetime.min.time(), zone).astimezone(UTC)
    return [begin + HOUR * number for number in range(rows)]


# How a table is written


@dataclass(frozen=True)
class TextStyle:
    """The dialect of a text file."""

    encoding: str
    delimiter: str
    line_end: str
    above: tuple[str, ...] = ()
    quoted: bool = False
    below: tuple[str, ...] = ()


TEXTS = st.builds(
    TextStyle,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    above=st.sampled_from(
        [
            (),
            ("Stadtwerke Mühlöd - Lastgang",),
            ("Export", "", "Kunde: Bäckerei Höß"),
            ("Bericht vom 03.02.2026 06:12", "Anlage: Süd 7", "", "Alle Angaben ohne Gewähr"),
        ]
    ),
    quoted=st.booleans(),
)


def as_text(table: Sequence[Sequence[str]], style: TextStyle) -> bytes:
    """A table as text; blanks that its encoding does not have become plain ones."""
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=style.delimiter,
        lineterminator=style.line_end,
        quoting=csv.QUOTE_ALL if style.quoted else csv.QUOTE_MINIMAL,
    )
    out.write("".join(line + style.line_end for line in style.above))
    writer.writerows(table)
    out.write("".join(line + style.line_end for line in style.below))
    text = out.getvalue()
    return (text.replace("\u202f", "\u00a0") if style.encoding == "cp1252" else text).encode(style.encoding)


_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 a workbook has wall-clock times
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>' if cell else "<c/>"
    if isinstance(cell, datetime):
        return f'<c s="1"><v>{(cell - _DAY_ZERO) / timedelta(days=1)!r}</v></c>'
    return f"<c><v>{cell}</v></c>"


def as_workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]], merged: Mapping[str, str] | None = None) -> bytes:
    """A workbook (ISO/IEC 29500) of these sheets, with no more in it than there must be.

    Args:
        sheets: by name, rows of cells: text, numbers, and wall-clock times, which become serial numbers of days.
        merged: by name of a sheet, the range of cells that is merged, as ``A1:C1``.
    """
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        + "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>' for n in numbers)
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, sheets, strict=True))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
        + f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/></numFmts>'
        '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }  # fmt: skip
    for n, (name, rows) in zip(numbers, sheets.items(), strict=True):
        body = "".join(f'<row r="{at}">{"".join(map(_cell, row))}</row>' for at, row in enumerate(rows, 1))
        merge = (merged or {}).get(name)
        tail = f'<mergeCells count="1"><mergeCell ref="{merge}"/></mergeCells>' if merge else ""
        parts[f"xl/worksheets/sheet{n}.xml"] = (
            f'<worksheet xmlns="{_SHEET}"><sheetData>{body}</sheetData>{tail}</worksheet>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            archive.writestr(path, _XML + content)
    return out.getvalue()


# Files with one reading


@dataclass(frozen=True)
class UnitPlace:
    """Where a file states its unit, or the units of its rows in turn."""

    place: str
    unit: str
    more: tuple[str, ...]

    def header(self, name: str) -> str:
        return {"brackets": f"{name} [{self.unit}]", "parentheses": f"{name} ({self.unit})"}.get(self.place, name)


UNIT_PLACES = st.builds(
    UnitPlace,
    st.sampled_from(["brackets", "parentheses", "row", "column", "said"]),
    st.sampled_from(list(FACTORS)),
    st.sampled_from([("kWh",), ("MWh",), ("kWh", "Wh"), ("MWh", "kWh", "Wh")]),
)


@dataclass(frozen=True)
class Draft:
    """A table before it is written: of each register its values, and of all of them the hours.

    Attributes:
        names: the registers.
        values: by register, a value for each hour, in ``unit``.
        at: the hours, by their starts.
        stamped_end: whether the stamp is the end of the hour.
    """

    names: Sequence[str]
    values: Mapping[str, Sequence[Decimal]]
    at: Sequence[datetime]
    numbers: NumberStyle
    time: TimeStyle
    unit: UnitPlace
    zone: ZoneInfo
    long: bool
    stamped_end: bool
    total_row: str

    @property
    def totals(self) -> dict[str, Decimal]:
        factors = [FACTORS[self.unit_at(hour)] for hour in range(len(self.at))]
        return {
            name: sum((value * factor for value, factor in zip(self.values[name], factors, strict=True)), Decimal(0))
            for name in self.names
        }

    def unit_at(self, hour: int) -> str:
        """The unit of a row: a column of units may have another one in each."""
        return self.unit.more[hour % len(self.unit.more)] if self.unit.place == "column" else self.unit.unit

    def stamp(self, at: datetime) -> tuple[str, ...]:
        return self.time.written(at + HOUR if self.stamped_end else at, self.zone)

    @property
    def header(self) -> list[str]:
        measured = (
            ["Zähler", self.unit.header("Wert")] if self.long else [self.unit.header(name) for name in self.names]
        )
        return [*self.time.headers, *measured, *(["Einheit"] if self.unit.place == "column" else [])]

    @property
    def unit_row(self) -> list[list[str]]:
        if self.unit.place != "row":
            return []
        blanks = [""] * (len(self.time.headers) + self.long)
        return [[*blanks, *[f"[{self.unit.unit}]"] * (1 if self.long else len(self.names))]]

    def body(self) -> list[list[str]]:
        rows = []
        for hour, at in enumerate(self.at):
            unit = [self.unit_at(hour)] if self.unit.place == "column" else []
            written = {name: self.numbers.written(self.values[name][hour]) for name in self.names}
            if self.long:
                rows += [[*self.stamp(at), name, written[name], *unit] for name in self.names]
            else:
                rows.append([*self.stamp(at), *written.values(), *unit])
        return rows + self.closing()

    def closing(self) -> list[list[str]]:
        """The row of totals, if there is one; it has its word where the first stamp would be."""
        if not self.total_row or self.long:
            return []
        sums = [self.numbers.written(sum(self.values[name], Decimal(0))) for name in self.names]
        blanks = [""] * (len(self.time.headers) - 1)
        return [[self.total_row, *blanks, *sums, *([""] if self.unit.place == "column" else [])]]

    def options(self) -> IngestOptions:
        """What is to be said: the columns of the stamp and whether it is the start, the zone, an unwritten unit."""
        stamp = dict(self.time.column)
        if self.stamped_end:
            stamp = {"end": stamp["start"]}
        columns = stamp | ({"register": "Zähler", "value": "Wert"} if self.long else {})
        return IngestOptions(
            columns=columns | ({"unit": "Einheit"} if self.unit.place == "column" else {}),
            unit=self.unit.unit if self.unit.place == "said" else None,
            time_format=self.time.time_format,
            zone=self.zone.key,
        )


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    names = draw(st.sampled_from([("Halle 1",), ("Halle 1", "Halle 2"), ("m-1", "m-2", "m-3")]))
    numbers, time = draw(PROVEN), draw(st.sampled_from(TIMES))
    zone = draw(st.sampled_from([ZoneInfo("UTC"), BERLIN]))
    rows = 48 if time.name == "hour of day" else draw(st.integers(6, 30))
    changes = zone is BERLIN and time.name != "hour of day" and draw(st.booleans())
    return Draft(
        names=names,
        values={name: draw(values(numbers, rows)) for name in names},
        at=hours(draw(CHANGE_DAYS if changes else FIRST_DAYS), zone, rows),
        numbers=numbers,
        time=time,
        unit=draw(UNIT_PLACES),
        zone=zone,
        long=draw(st.booleans()),
        stamped_end="start" in time.column and draw(st.booleans()),
        total_row=draw(st.sampled_from(["", "", "Summe", "Total"])),
    )


def written(draft: Draft, raw: bytes) -> Written:
    return Written(raw, draft.totals, draft.at[0], len(draft.at), draft.options(), registers(*draft.names))


@st.composite
def text_files(draw: st.DrawFn) -> Written:
    """Text in its dialects, of which everything is stated or said."""
    draft, style = draw(drafts()), draw(TEXTS)
    return written(draft, as_text([draft.header, *draft.unit_row, *draft.body()], style))


def typed(draft: Draft) -> list[list[Cell]]:
    """The body of a table with numbers and wall-clock times instead of text."""
    shift = HOUR if draft.stamped_end else timedelta(0)
    stamps = [(at + shift).astimezone(draft.zone).replace(tzinfo=None) for at in draft.at]
    stamps = [stamp for stamp in stamps for _ in range(len(draft.names) if draft.long else 1)]
    first = 1 + draft.long
    of_values = range(first, first + (1 if draft.long else len(draft.names)))
    rows: list[list[Cell]] = []
    for at, row in enumerate(replace(draft, numbers=NumberStyle(".", "", draft.numbers.places)).body()):
        cells: list[Cell] = [Decimal(cell) if place in of_values else cell for place, cell in enumerate(row)]
        cells[0] = stamps[at] if at < len(stamps) else row[0]
        rows.append(cells)
    return rows


@st.composite
def workbooks(draw: st.DrawFn) -> Written:
    """Workbooks: numbers and times are cells of their own types, in a sheet below a title."""
    draft = draw(drafts())
    if len(draft.time.headers) > 1 or draft.time.time_format:
        draft = replace(draft, time=TimeStyle("local", ("Zeitpunkt",), ONE))
    above: list[list[Cell]] = draw(st.sampled_from([[], [["Report 2026"]], [["Report 2026"], [""], ["Anlage", "Süd"]]]))
    sheet: list[Sequence[Cell]] = [*above, draft.header, *draft.unit_row, *typed(draft)]
    return written(draft, as_workbook({"Daten": sheet}, {"Daten": "A1:C1"} if above else None))
