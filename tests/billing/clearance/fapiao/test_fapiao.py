"""Documents as fapiao: they add up to the cent, a discount follows its line, and no fapiao has more than 2,000 lines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from billing.clearance.fapiao.fapiao_lines import fapiao_lines
from billing.clearance.fapiao.red_letter import RedReason
from billing.clearance.fapiao.split import LINES_MAX, Fapiao, FapiaoKind, fapiao_of
from billing.clearance.fapiao.workbook import (
    BASIC_SHEET,
    DETAIL_SHEET,
    RED_SHEET,
    RedFapiao,
    batch_workbooks,
    red_workbook,
)
from billing.clearance.refusals import (
    BuyerNumberInvalid,
    CurrencyNotOfState,
    DiscountBeyondLine,
    SellerNumberInvalid,
    TaxCodeMissing,
    TaxRateUnclassed,
)
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BusinessLine, LineAllowance
from billing.tax.tax import TaxCategory
from quantities.errors import UsufructError
from tests.billing.clearance.cleared import (
    CHINESE_BUYER,
    CHINESE_SELLER,
    CODE,
    USCC,
    USCC_OF_BUYER,
    chinese,
    chinese_line,
    off,
)

AT = datetime(2026, 4, 2, 8, tzinfo=UTC)
MANY = chinese([chinese_line(pos, f"{pos % 97 + 1}.{pos % 100:02}") for pos in range(1, 2002)])


def refuse_what_is_no_fapiao(fapiao: Fapiao, lines_max: int = LINES_MAX) -> None:
    assert 0 < sum(line.lines for line in fapiao.lines) <= lines_max
    for line in fapiao.lines:
        assert 0 <= line.discount <= line.net
        assert line.net > 0


def refuse_what_does_not_add_up(fapiao: Sequence[Fapiao], *documents: BusinessDocument) -> None:
    assert sum(one.net for one in fapiao) == sum(document.totals.net for document in documents)
    assert sum(one.tax for one in fapiao) == sum(document.totals.tax for document in documents)


def rows(file: bytes, sheet: str) -> list[dict[str, str]]:
    cells = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    head = cells[2]
    # a name that stands more than once (parts of an address that scrap alone needs) is read once
    return [dict(zip(map(str, head), map(str, row), strict=True)) for row in cells[3:]]


class TestTwoThousandLines:
    def test_2001_lines_are_two_fapiao_in_two_files_that_add_up(self) -> None:
        fapiao = fapiao_of([MANY])
        assert [len(one.lines) for one in fapiao] == [2000, 1]
        refuse_what_does_not_add_up(fapiao, MANY)
        files = batch_workbooks([(f"U{n:09d}", one) for n, one in enumerate(fapiao)], AT)
        assert [serials for _, serials in files] == [("U000000000",), ("U000000001",)]
        written = [Decimal(row["金额"]) for file, _ in files for row in rows(file, DETAIL_SHEET)]
        assert (len(written), sum(written)) == (2001, MANY.totals.net)

    def test_a_discount_counts_and_stays_with_its_line(self) -> None:
        reduced = LineAllowance(is_charge=False, amount=Decimal("0.50"))
        document = chinese(
            [chinese_line(1, "1.00"), *(chinese_line(pos, "1.00", allowances=(reduced,)) for pos in range(2, 1002))]
        )
        fapiao = fapiao_of([document])
        assert [sum(line.lines for line in one.lines) for one in fapiao] == [1999, 2]
        refuse_what_does_not_add_up(fapiao, document)


class TestDiscounts:
    def test_of_a_line_is_in_the_column_of_its_line(self) -> None:
        line = chinese_line(1, "90.00", allowances=(LineAllowance(is_charge=False, amount=Decimal(10)),))
        (fapiao,) = fapiao_of([chinese([line])])
        ((file, _),) = batch_workbooks([("U000000001", fapiao)], AT)
        (row,) = rows(file, DETAIL_SHEET)
        assert (row["金额"], row["折扣金额"], row["税率"], row["商品和服务税收编码"]) == (
            "100.00",
            "10.00",
            "0.13",
            CODE,
        )

    def test_a_price_reduction_is_taken_off_the_line_of_its_name_first(self) -> None:
        lines = [
            chinese_line(1, "100.00", name="Fee"),
            chinese_line(2, "50.00", name="Air"),
            chinese_line(3, "-20.00", name="Air"),
        ]
        (fapiao,) = fapiao_of([chinese(lines)])
        assert [(line.net, line.discount) for line in fapiao.lines] == [(Decimal(100), 0), (Decimal(50), Decimal(20))]

    def test_an_allowance_of_the_document_is_taken_off_lines_of_its_rate(self) -> None:
        document = chinese(
            [chinese_line(1, "10.00"), chinese_line(2, "10.00", "6"), chinese_line(3, "10.00")],
            allowances=(off("15.00", "13"),),
        )
        (fapiao,) = fapiao_of([document])
        assert [line.discount for line in fapiao.lines] == [Decimal(10), 0, Decimal(5)]
        refuse_what_does_not_add_up([fapiao], document)

    def test_a_charge_of_the_document_is_a_line(self) -> None:
        document = chinese([chinese_line(1, "10.00")], allowances=(off("5.00", "13", is_charge=True),))
        (fapiao,) = fapiao_of([document])
        assert [line.net for line in fapiao.lines] == [Decimal(10), Decimal(5)]
        refuse_what_does_not_add_up([fapiao], document)


class TestKinds:
    def test_a_business_gets_a_special_one_and_a_person_an_ordinary_one(self) -> None:
        person = replace(CHINESE_BUYER, vat_id="", tax_number="")
        document = chinese([chinese_line(1, "10.00")])
        assert [fapiao_of([one])[0].kind for one in (document, replace(document, buyer=person))] == [
            FapiaoKind.SPECIAL,
            FapiaoKind.ORDINARY,
        ]

    def test_what_is_exempt_is_ordinary(self) -> None:
        (fapiao,) = fapiao_of([chinese([chinese_line(1, "10.00", "0", category=TaxCategory.EXEMPT)])])
        assert fapiao.kind is FapiaoKind.ORDINARY
        ((file, _),) = batch_workbooks([("U000000001", fapiao)], AT)
        assert rows(file, DETAIL_SHEET)[0]["优惠政策类型"] == "免税"

    def test_several_documents_are_one_fapiao(self) -> None:
        documents = [
            chinese([chinese_line(1, "10.01")]),
            chinese([chinese_line(1, "20.02", "6")], number="2026-000002"),
        ]
        (fapiao,) = fapiao_of(documents)
        assert fapiao.documents == ("2026-000001", "2026-000002")
        refuse_what_does_not_add_up([fapiao], *documents)

    def test_prices_with_tax_are_written_with_tax(self) -> None:
        document = chinese([chinese_line(1, "100.00", gross=Decimal("113.00"), quantity=Decimal(3))])
        (fapiao,) = fapiao_of([document])
        ((file, _),) = batch_workbooks([("U000000001", fapiao)], AT)
        (basic,), (row,) = rows(file, BASIC_SHEET), rows(file, DETAIL_SHEET)
        assert (basic["是否含税"], row["金额"], row["单价"]) == ("是", "113.00", "37.6666666666667")
        assert (basic["购买方纳税人识别号"], basic["发票类型"]) == (USCC_OF_BUYER, "增值税专用发票")

    def test_the_remark_names_the_serial_and_our_number(self) -> None:
        ((file, _),) = batch_workbooks([("U000000001", fapiao_of([chinese([chinese_line(1, "1.00")])])[0])], AT)
        assert rows(file, BASIC_SHEET)[0]["备注"] == "U000000001 2026-000001"

    def test_the_same_batch_is_the_same_bytes(self) -> None:
        batch = [("U000000001", fapiao_of([chinese([chinese_line(1, "1.00")])])[0])]
        assert batch_workbooks(batch, AT) == batch_workbooks(batch, AT)


@pytest.mark.parametrize(("document", "refusal"), [
    pytest.param(chinese([chinese_line(1, "1.00", classifications=())]), TaxCodeMissing, id="no classification code"),
    pytest.param(chinese([chinese_line(1, "1.00", category=TaxCategory.REVERSE_CHARGE)]), TaxRateUnclassed, id="reverse charge"),
    pytest.param(chinese([chinese_line(1, "1.00"), chinese_line(2, "-2.00")]), DiscountBeyondLine, id="a discount above its line"),
    pytest.param(chinese([chinese_line(1, "-2.00")]), DiscountBeyondLine, id="a discount alone"),
    pytest.param(chinese([chinese_line(1, "1.00", "6"), chinese_line(2, "-1.00")]), DiscountBeyondLine, id="a discount at another rate"),
    pytest.param(chinese([chinese_line(1, "1.00")], currency="EUR"), CurrencyNotOfState, id="in euro"),
    pytest.param(chinese([chinese_line(1, "1.00")], buyer=replace(CHINESE_BUYER, vat_id=USCC[:-1] + "A")), BuyerNumberInvalid, id="a wrong USCC"),
    pytest.param(replace(chinese([chinese_line(1, "1.00")]), seller=replace(CHINESE_SELLER, vat_id="1")), SellerNumberInvalid, id="of the seller"),
])  # fmt: skip
def test_what_a_fapiao_cannot_say_is_refused_by_name(document: BusinessDocument, refusal: type[UsufructError]) -> None:
    with pytest.raises(refusal) as refused:
        fapiao_of([document])
    assert {"place", "found", "expected"} <= refused.value.members.keys()


def test_red_ones_are_a_table_of_our_own() -> None:
    red = RedFapiao("C1", "1" * 20, RedReason.REDUCED, "南方", Decimal(10), Decimal("1.30"), "2026-000002")
    (row,) = rows(red_workbook([("U000000009", red)], AT), RED_SHEET)
    assert (row["发票流水号"], row["金额"], row["税额"], row["价税合计"]) == ("U000000009", "-10.00", "-1.30", "-11.30")
    assert (row["冲红原因"], row["备注"]) == ("销售折让", "U000000009 2026-000002")


NETS = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)
RATES = st.sampled_from(
    [
        ("13", TaxCategory.STANDARD),
        ("9", TaxCategory.STANDARD),
        ("6", TaxCategory.STANDARD),
        ("3", TaxCategory.STANDARD),
        ("0", TaxCategory.EXEMPT),
    ]
)


@st.composite
def documents(draw: st.DrawFn, number: str = "2026-000001") -> BusinessDocument:
    """Lines at several rates, some with an allowance, and price reductions and allowances that the lines can bear."""
    lines, room = list[BusinessLine](), dict[tuple[str, TaxCategory], Decimal]()
    for net, at, share in draw(st.lists(st.tuples(NETS, RATES, st.integers(0, 3)), min_size=1, max_size=30)):
        reduced = (net / 3).quantize(Decimal("0.01")) if share == 1 and net > 1 else Decimal(0)
        allowances = (LineAllowance(is_charge=False, amount=reduced),) if reduced else ()
        with_tax = {"gross": net} if draw(st.booleans()) else {}
        lines.append(
            chinese_line(len(lines) + 1, str(net - reduced), at[0], category=at[1], allowances=allowances, **with_tax)
        )
        room[at] = room.get(at, Decimal(0)) + net - reduced
    for at, most in room.items():
        taken = (most * draw(st.integers(0, 100)) / 100).quantize(Decimal("0.01"), "ROUND_DOWN")
        if taken and draw(st.booleans()):
            lines.append(chinese_line(len(lines) + 1, str(-taken), at[0], category=at[1]))
        elif taken:
            return chinese(lines, allowances=(off(str(taken), *at),), number=number)
    return chinese(lines, number=number)


def refuse_a_document(together: list[BusinessDocument], lines_max: int) -> None:
    fapiao = fapiao_of(together, lines_max)
    for one in fapiao:
        refuse_what_is_no_fapiao(one, lines_max)
    refuse_what_does_not_add_up(fapiao, *together)
    for document in together:
        for group in document.taxes:
            lines = [
                line
                for line in fapiao_lines(document)
                if (line.rate, line.exempt) == (group.rate, group.category is TaxCategory.EXEMPT)
            ]
            net = sum((line.worth[0] for line in lines), Decimal(0))
            tax = sum((line.worth[1] for line in lines), Decimal(0))
            assert (net, tax) == (group.taxable, group.tax)


TOGETHER = st.lists(documents(), min_size=1, max_size=3).map(
    lambda those: [replace(one, number=f"2026-{n:06d}") for n, one in enumerate(those, start=1)]
)


@settings(max_examples=10, deadline=None)
@given(TOGETHER, st.integers(2, 12))
def test_lines_of_fapiao_add_up_to_the_documents(together: list[BusinessDocument], lines_max: int) -> None:
    refuse_a_document(together, lines_max)


@pytest.mark.long
@settings(max_examples=1000, deadline=None)
@given(TOGETHER, st.integers(2, 12))
def test_lines_of_a_thousand_add_up(together: list[BusinessDocument], lines_max: int) -> None:
    refuse_a_document(together, lines_max)
