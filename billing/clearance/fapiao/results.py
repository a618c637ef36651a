"""What the e-tax portal answers, as a file: its list of fapiao or of failed rows, as XLSX or CSV, found by its columns.

A row belongs to the batch by its serial, which stands in a column of its own or in the remark that we wrote on it.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from types import MappingProxyType

from python_calamine import CalamineError, CalamineWorkbook

from billing.clearance.answers import ClearanceAnswer
from billing.clearance.refusals import AnswerUnreadable, ClearanceNumberInvalid
from metering.ingest.tables.workbook_parts import checked_parts
from metering.ingest.unreadable import UnreadableFile
from quantities.number import NotANumber, exact

_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "number": ("数电发票号码", "数电票号码", "全电发票号码", "发票号码"),
        "serial": ("发票流水号", "流水号"),
        "seller": ("销方识别号", "销售方识别号", "销售方纳税人识别号", "销方税号"),
        "day": ("开票日期",),
        "net": ("金额", "合计金额"),
        "tax": ("税额", "合计税额"),
        "remark": ("备注",),
        "reason": ("导入失败原因", "失败原因", "错误原因"),
    }
)
_SERIAL = re.compile(r"\bU[0-9]{9}\b", re.ASCII)
_NUMBER = re.compile(r"[0-9]{20}\Z", re.ASCII)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})", re.ASCII)
_ZIP = b"PK\x03\x04"
_HEAD_ROWS = 10
_EXPECTED = "XLSX or CSV with 数电发票号码 or 导入失败原因, and 发票流水号 or 备注"


def serial_of(key: int) -> str:
    """The serial of a clearance in a batch, by its key: at most 20 signs, and found again in a remark."""
    return f"U{key:09d}"


def read_fapiao_answer(content: bytes) -> tuple[ClearanceAnswer, ...]:
    """Read a list of the portal; rows with neither a number nor a reason are still in process, and left out.

    Raises:
        AnswerUnreadable: it is none, or a row of it lacks its serial or its day.
        ClearanceNumberInvalid: a number has not 20 digits.
    """
    for rows in _sheets(content):
        for at, row in enumerate(rows[:_HEAD_ROWS]):
            columns = _found(row)
            if columns.keys() & {"number", "reason"} and columns.keys() & {"serial", "remark"}:
                answers = (_answer(place, cells, columns) for place, cells in enumerate(rows[at + 1 :], start=at + 2))
                return tuple(answer for answer in answers if answer is not None)
    detail = "the file is no list of the portal"
    raise AnswerUnreadable(detail, place="file", found="no such columns", expected=_EXPECTED)


def _found(header: Sequence[str]) -> dict[str, int]:
    places = {name.strip(): at for at, name in reversed(list(enumerate(header)))}
    named = {field: next((places[name] for name in names if name in places), -1) for field, names in _COLUMNS.items()}
    return {field: at for field, at in named.items() if at >= 0}


def _answer(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> ClearanceAnswer | None:
    row = {field: cells[at].strip() if at < len(cells) else "" for field, at in columns.items()}
    place = f"line {line}"
    number, reason = row.get("number", ""), row.get("reason", "")
    if not (number or reason):
        return None
    serial = row.get("serial", "") or next(iter(_SERIAL.findall(row.get("remark", ""))), "")
    if not serial:
        shown = row.get("remark", "") or number
        detail = f"{place} names no serial of ours"
        raise AnswerUnreadable(detail, place=place, found=shown, expected="发票流水号, or our serial in 备注")
    if not number:
        return ClearanceAnswer(place, row.get("seller", ""), serial, reason=reason)
    if not _NUMBER.match(number):
        detail = f"{place}: {number!r} is no number of an e-fapiao"
        raise ClearanceNumberInvalid(detail, place=place, found=number, expected="20 digits")
    return ClearanceAnswer(
        place=place,
        seller=row.get("seller", ""),
        serial=serial,
        number=number,
        given_on=_day(row.get("day", ""), place),
        net=_amount(row.get("net", "")),
        tax=_amount(row.get("tax", "")),
    )


def _day(text: str, place: str) -> date:
    matched = _DAY.search(text)
    try:
        if matched is not None:
            return date(*(int(part) for part in matched.groups()))
    except ValueError:
        pass
    raise AnswerUnreadable(f"{place}: {text!r} is no day", place=place, found=text, expected="开票日期, as 2026-04-02")


def _amount(text: str) -> Decimal | None:
    try:
        return exact(text.replace(",", "")) if text else None
    except NotANumber:
        return None


def _sheets(content: bytes) -> Iterator[list[list[str]]]:
    if not content.startswith(_ZIP):
        yield list(csv.reader(StringIO(_decoded(content))))
        return
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(checked_parts(content)))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield [[_text(cell) for cell in row] for row in rows]
    except (CalamineError, UnreadableFile, ValueError, OSError) as fault:
        detail = f"the workbook is damaged: {fault}"
        raise AnswerUnreadable(detail, place="file", found=str(fault)[:200], expected=_EXPECTED) from None


def _text(cell: object) -> str:
    text = str(cell)
    return text.removesuffix(".0")


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AnswerUnreadable("the file is no text", place="file", found="neither UTF-8 nor GB 18030", expected=_EXPECTED)
