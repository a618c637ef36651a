"""Workbooks as a program saves them, without one: the parts that a reader needs."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
#: Cells are texts, numbers as they are stored, or a number with the style of a date, a time or a time beyond a day.
Stored = str | float | tuple[float, int] | None
DATE, CLOCK, HOURS = 1, 2, 3


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Stored]]], hidden: Sequence[str] = (), *, since_1904: bool = False
) -> bytes:
    return packed(parts({name: sheet_xml(rows) for name, rows in sheets.items()}, hidden, since_1904=since_1904))


def sheet_xml(rows: Sequence[Sequence[Stored]]) -> str:
    lines = []
    for number, cells in enumerate(rows, start=1):
        made = "".join(cell_xml(cell, f"{letters(column)}{number}") for column, cell in enumerate(cells))
        lines.append(f'<row r="{number}">{made}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def letters(column: int) -> str:
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def cell_xml(cell: Stored, place: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    number, style = cell if isinstance(cell, tuple) else (cell, 0)
    return f'<c r="{place}" s="{style}"><v>{number!r}</v></c>'


def parts(sheets: Mapping[str, str], hidden: Sequence[str] = (), *, since_1904: bool = False) -> dict[str, str]:
    numbered = list(enumerate(sheets.items(), start=1))
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for at, (name, _) in numbered
    )
    related = "".join(
        f'<Relationship Id="r{at}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at, _ in numbered
    )
    formats = "".join(f'<xf numFmtId="{number}" applyNumberFormat="1"/>' for number in (0, 22, 20, 46))
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr date1904="{int(since_1904)}"/><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}<Relationship Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="4">{formats}</cellXfs></styleSheet>',
    } | {f"xl/worksheets/sheet{at}.xml": xml for at, (_, xml) in numbered}


def packed(parts_of_it: Mapping[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_of_it.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
