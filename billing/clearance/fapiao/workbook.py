"""The batch file of the e-tax portal (批量开票导入模板): one workbook, its sheets and columns as the portal names them.

No edition of the template is published as a standard. The columns are those of the edition that marks itself
``pt:20260401``, as programs that fill it in have them in public; the portal reads rows from the fourth on, and every
cell as text. It has no column for a line's tax, which the portal computes, and a discount stands in a column of its
line: the portal writes it directly below. XLSX, because the portal takes nothing else.

Of red fapiao there is no public template: theirs is a table of our own, from which the portal's form is filled in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from xlsxwriter import Workbook

from billing.clearance.fapiao.fapiao_lines import FapiaoLine
from billing.clearance.fapiao.red_letter import RedReason
from billing.clearance.fapiao.split import LINES_MAX, Fapiao, FapiaoKind
from billing.documents.words.units import unit_in_words
from billing.documents.words.words import words_in
from contracts.invoicing import Language
from quantities.number import EXACT, plain, trimmed
from quantities.quantity import UnknownUnit
from quantities.rounding import Rounding

BASIC_SHEET, DETAIL_SHEET, BUSINESS_SHEET, EXTRA_SHEET = (
    "1-发票基本信息",
    "2-发票明细信息",
    "3-特定业务信息",
    "4-附加要素信息",
)
_EDITION_SHEET, _EDITION = "excelVersion", "pt:20260401"
SERIAL, REMARK = "发票流水号", "备注"


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


BASIC_COLUMNS = _columns("""
    发票流水号 发票类型 特定业务类型 是否含税 受票方自然人标识 购买方名称 购买方纳税人识别号 购买方证件类型
    购买方证件号码 购买方国籍（或地区） 购买方地址 购买方所在地区（报废产品收购必填） 购买方所在地区（报废产品收购必填）
    购买方所在地区（报废产品收购必填） 购买方所在地区（报废产品收购必填） 购买方详细地址（报废产品收购必填） 购买方电话
    购买方开户银行 购买方银行账号 是否展示购买方地址电话银行账号 是否开具涉税专业服务发票品目 涉税专业服务协议编号 备注
    报废产品销售类型 每千克煤炭发热量 干基全硫 干燥无灰基挥发分 销售方开户行 销售方银行账号
    是否展示销售方地址电话银行账号 购买方邮箱 购买方经办人姓名 购买方经办人证件类型 购买方经办人证件号码
    经办人国籍(地区) 经办人自然人纳税人识别号 放弃享受减按1%征收率原因 收款人 复核人
    """)
DETAIL_COLUMNS = _columns("""
    发票流水号 项目名称 商品和服务税收编码 规格型号 单位 数量 单价 金额 税率 折扣金额 是否使用优惠政策 优惠政策类型
    即征即退类型 煤炭种类
    """)
RED_SHEET = "红字发票"
RED_COLUMNS = (
    SERIAL,
    "红字确认单编号",
    "蓝字数电发票号码",
    "冲红原因",
    "购买方名称",
    "金额",
    "税额",
    "价税合计",
    REMARK,
)
_HEAD_ROWS = 2
_YES, _NO = "是", "否"
_KIND: Mapping[FapiaoKind, str] = {FapiaoKind.SPECIAL: "增值税专用发票", FapiaoKind.ORDINARY: "普通发票"}
_EXEMPT = "免税"
_PRICE_PLACES = 13
_QUANTITY_PLACES = 13
_NAME_MAX, _ADDRESS_MAX, _UNIT_MAX, _REMARK_MAX, _MAIL_MAX, _PHONE_MAX = 100, 100, 22, 230, 72, 60


@dataclass(frozen=True, slots=True)
class RedFapiao:
    """A red fapiao to be, by a confirmation.

    Attributes:
        confirmation: its number at the authority.
        blue: the number of the fapiao that it takes back.
        reason: why.
        buyer: for whom.
        net: what it takes back, above zero.
        tax: likewise.
        document: our credit note's number.
    """

    confirmation: str
    blue: str
    reason: RedReason
    buyer: str
    net: Decimal
    tax: Decimal
    document: str


def batch_workbooks(
    batch: Sequence[tuple[str, Fapiao]], made_at: datetime, lines_max: int = LINES_MAX
) -> list[tuple[bytes, tuple[str, ...]]]:
    """Write fapiao as workbooks; none has more lines than one fapiao may have, for an import is as long at most.

    Args:
        batch: each fapiao with its serial of at most 20 signs, by which its answer is found.
        made_at: the instant that the files state as their own.
        lines_max: how many lines a file takes.

    Returns:
        Each file with the serials that stand in it.
    """
    files: list[list[tuple[str, Fapiao]]] = []
    count = lines_max
    for serial, fapiao in batch:
        lines = sum(line.lines for line in fapiao.lines)
        if count + lines > lines_max:
            files.append([])
            count = 0
        files[-1].append((serial, fapiao))
        count += lines
    return [(_workbook(part, made_at), tuple(serial for serial, _ in part)) for part in files]


def _workbook(batch: Sequence[tuple[str, Fapiao]], made_at: datetime) -> bytes:
    basic = [_basic(serial, fapiao) for serial, fapiao in batch]
    details = [_detail(serial, fapiao, line) for serial, fapiao in batch for line in fapiao.lines]
    sheets = {
        BASIC_SHEET: (BASIC_COLUMNS, basic),
        DETAIL_SHEET: (DETAIL_COLUMNS, details),
        BUSINESS_SHEET: ((SERIAL,), []),
        EXTRA_SHEET: ((SERIAL, "附加要素名称", "附加要素内容"), []),
    }
    return _written(sheets, made_at, edition=True)


def red_workbook(batch: Sequence[tuple[str, RedFapiao]], made_at: datetime) -> bytes:
    """Write what the portal's form of red fapiao asks for, one row each."""
    rows = [
        {
            SERIAL: serial,
            "红字确认单编号": red.confirmation,
            "蓝字数电发票号码": red.blue,
            "冲红原因": red.reason.in_chinese,
            "购买方名称": red.buyer[:_NAME_MAX],
            "金额": _yuan(-red.net),
            "税额": _yuan(-red.tax),
            "价税合计": _yuan(-red.net - red.tax),
            REMARK: f"{serial} {red.document}",
        }
        for serial, red in batch
    ]
    return _written({RED_SHEET: (RED_COLUMNS, rows)}, made_at, edition=False)


def _written(
    sheets: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, str]]]], made_at: datetime, *, edition: bool
) -> bytes:
    out = BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": made_at})
        text = book.add_format({"num_format": "@"})
        for name, (columns, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, f"Usufruct: {name}")
            for at, column in enumerate(columns):
                sheet.write_string(_HEAD_ROWS, at, column)
            for number, row in enumerate(rows, start=_HEAD_ROWS + 1):
                for at, column in enumerate(columns):
                    if row.get(column):
                        sheet.write_string(number, at, row[column], text)
        if edition:
            book.add_worksheet(_EDITION_SHEET).write_string(_HEAD_ROWS + 1, 0, _EDITION)
    return out.getvalue()


def _yuan(amount: Decimal) -> str:
    return plain(Rounding.HALF_UP.to_places(amount, 2))


def _basic(serial: str, fapiao: Fapiao) -> Mapping[str, str]:
    buyer = fapiao.buyer
    address = " ".join((buyer.address.region, buyer.address.city, *buyer.address.lines)).strip()
    return {
        SERIAL: serial,
        "发票类型": _KIND[fapiao.kind],
        "是否含税": _YES if fapiao.with_tax else _NO,
        "受票方自然人标识": _NO if fapiao.buyer_uscc else _YES,
        "购买方名称": buyer.name[:_NAME_MAX],
        "购买方纳税人识别号": fapiao.buyer_uscc,
        "购买方地址": address[:_ADDRESS_MAX],
        "购买方电话": buyer.contact.phone[:_PHONE_MAX],
        "购买方邮箱": buyer.contact.email if len(buyer.contact.email) <= _MAIL_MAX else "",
        REMARK: remark(serial, fapiao.documents),
    }


def remark(serial: str, documents: Sequence[str]) -> str:
    """The remark that a fapiao bears: its serial, by which a list of the portal is read back, and our numbers."""
    return f"{serial} {' '.join(documents)}"[:_REMARK_MAX]


def _unit(line: FapiaoLine) -> str:
    """Name the unit as a Chinese page does; a discount has none, and what is no listed one stays as it is."""
    try:
        return unit_in_words(words_in(Language.CHINESE), line.unit, line.quantity or Decimal(1)) if line.unit else ""
    except UnknownUnit:
        return line.unit


def _detail(serial: str, fapiao: Fapiao, line: FapiaoLine) -> Mapping[str, str]:
    worth = line.net + line.tax if fapiao.with_tax else line.net
    off = line.discount + line.discount_tax if fapiao.with_tax else line.discount
    row = {
        SERIAL: serial,
        "项目名称": line.name,
        "商品和服务税收编码": line.code,
        "单位": _unit(line)[:_UNIT_MAX],
        "金额": _yuan(worth),
        "税率": plain(trimmed(EXACT.divide(line.rate, Decimal(100)))),
        "折扣金额": _yuan(off) if off else "",
    }
    if line.quantity is not None:
        row["数量"] = plain(trimmed(Rounding.HALF_UP.to_places(line.quantity, _QUANTITY_PLACES)))
        price = EXACT.divide(worth, line.quantity)
        row["单价"] = plain(trimmed(Rounding.HALF_UP.to_places(price, _PRICE_PLACES)))
    if line.exempt:
        row |= {"是否使用优惠政策": _YES, "优惠政策类型": _EXEMPT}
    return row
