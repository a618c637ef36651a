"""What one piece of work comes to as documents, whatever its lines are."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.invoices.division import Paper, divide
from billing.invoices.invoice import Corrects, Line
from billing.records.document_type import CorrectionManner, DocumentRules, DocumentType
from billing.records.proof import AdjustmentProof, LineProof
from billing.tax.tax import OUTSIDE, Tax, TaxCategory
from contracts.rated_line import Nature

STANDARD = Tax(TaxCategory.STANDARD, Decimal(19))
UNTAXED = (Nature.DAMAGES, Nature.DEPOSIT)


def line(net: int, nature: Nature = Nature.CONSIDERATION, corrects: str = "", *, takes_back: bool = False) -> Line:
    adjusts = AdjustmentProof(
        billed_quantity="1", billed_net="1", owed_quantity="0", owed_net="0", takes_back=takes_back
    )  # fmt: skip
    return Line(
        charge="use",
        part=0,
        label="",
        nature=nature,
        quantity=Decimal(1),
        unit="each",
        unit_price=Decimal(net),
        net=Decimal(net),
        service_first=date(2026, 1, 1),
        service_after_last=date(2026, 2, 1),
        tax_point=date(2026, 1, 31),
        tax=OUTSIDE if nature in UNTAXED else STANDARD,
        proof=LineProof(rule="per_unit", arithmetic=1, adjusts=adjusts if corrects else None),
        corrects=Corrects(1, corrects) if corrects else None,
    )


lines = st.builds(
    line,
    st.integers(-500, 500),
    st.sampled_from(Nature),
    st.sampled_from(["", "", "2026-000001", "2026-000002"]),
    takes_back=st.booleans(),
)
rules = st.builds(
    DocumentRules,
    country=st.just("XX"),
    correction=st.sampled_from(CorrectionManner),
    series=st.sampled_from([{}, {"credit_note": "R", "corrected": "R"}]),
)


def of(manner: CorrectionManner, *of_work: Line, series: dict[str, str] | None = None) -> tuple[Paper, ...]:
    return divide(of_work, DocumentRules(country="XX", correction=manner, series=series or {}))


class TestWhateverTheLinesAre:
    @given(st.lists(lines, max_size=12), rules)
    def test_each_line_is_on_one_document_and_those_of_one_stay_in_order(
        self, of_work: list[Line], by: DocumentRules
    ) -> None:
        places = {id(one): place for place, one in enumerate(of_work)}
        on_papers = [[places[id(one)] for one in paper.lines] for paper in divide(of_work, by)]
        assert sorted(place for on_paper in on_papers for place in on_paper) == list(range(len(of_work)))
        assert all(on_paper == sorted(on_paper) for on_paper in on_papers)

    @given(st.lists(lines, min_size=1, max_size=12), rules)
    def test_what_is_outside_of_tax_shares_a_document_with_nothing_else(
        self, of_work: list[Line], by: DocumentRules
    ) -> None:
        for paper in divide(of_work, by):
            natures = {one.nature.kind for one in paper.lines}
            assert len(natures) == 1 or not natures & {*UNTAXED}  # BR-O-11
            assert paper.lines  # no document without lines

    @given(st.lists(lines, min_size=1, max_size=12), rules)
    def test_one_that_corrects_alone_is_called_so_and_says_which_way(
        self, of_work: list[Line], by: DocumentRules
    ) -> None:
        for paper in divide(of_work, by):
            if all(one.corrects for one in paper.lines):
                net = sum(one.net for one in paper.lines)
                assert paper.document_type is (DocumentType.CREDIT_NOTE if net < 0 else DocumentType.CORRECTED)
                assert paper.series == by.series.get(paper.document_type.in_words, "")

    @given(st.lists(lines, min_size=1, max_size=12))
    def test_by_credit_notes_an_invoice_bears_no_correction_and_each_corrects_one(self, of_work: list[Line]) -> None:
        for paper in of(CorrectionManner.CREDIT_NOTE, *of_work):
            corrected = {one.corrects.number if one.corrects else "" for one in paper.lines}
            assert len(corrected) == 1

    @given(st.lists(lines, min_size=1, max_size=12))
    def test_by_red_letters_nothing_below_zero_corrects_on_a_blue_one(self, of_work: list[Line]) -> None:
        for paper in of(CorrectionManner.RED_LETTER, *of_work):
            if any(not one.corrects for one in paper.lines):
                assert not [one for one in paper.lines if one.corrects and one.net < 0]

    @given(st.lists(lines, max_size=12))
    def test_what_a_release_issued_that_knew_one_document_stays_one(self, of_work: list[Line]) -> None:
        (paper,) = divide(of_work, None)
        assert paper.lines == tuple(of_work)


def test_nothing_is_one_document_without_lines() -> None:
    assert of(CorrectionManner.CREDIT_NOTE) == (Paper(DocumentType.INVOICE, "", ()),)


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        (CorrectionManner.ADJUSTMENT_LINE, [("380", "", 95)]),
        (CorrectionManner.CREDIT_NOTE, [("380", "", 100), ("381", "", -5)]),
        (CorrectionManner.CORRECTIVE_SERIES, [("380", "", 100), ("381", "R", -5)]),
        (CorrectionManner.CREDIT_NOTE_AND_REPLACEMENT, [("380", "", 100), ("381", "", -50), ("384", "", 45)]),
        (CorrectionManner.RED_LETTER, [("380", "", 145), ("381", "", -50)]),
    ],
)
def test_each_manner_of_correction(manner: CorrectionManner, expected: list[tuple[str, str, int]]) -> None:
    """50 were billed, and 45 are owed: 100 of the next period go with it, or stand alone."""
    first = "2026-000001"
    whole = [line(-50, corrects=first, takes_back=True), line(45, corrects=first)]
    by_difference = [line(-5, corrects=first)]
    is_whole = manner in (CorrectionManner.CREDIT_NOTE_AND_REPLACEMENT, CorrectionManner.RED_LETTER)
    series = {"credit_note": "R"} if manner is CorrectionManner.CORRECTIVE_SERIES else {}
    papers = of(manner, line(100), *(whole if is_whole else by_difference), series=series)
    told = [(paper.document_type.value, paper.series, sum(one.net for one in paper.lines)) for paper in papers]
    assert told == expected


def test_a_prepayment_is_claimed_by_itself_and_drawn_on_the_invoice() -> None:
    papers = of(CorrectionManner.CREDIT_NOTE, line(300), line(60, Nature.PREPAYMENT), line(-60, Nature.PREPAYMENT))
    told = [(paper.document_type, [int(one.net) for one in paper.lines]) for paper in papers]
    assert told == [(DocumentType.INVOICE, [300, -60]), (DocumentType.PREPAYMENT, [60])]


def test_damages_that_the_supplier_owes_are_a_credit_note_that_corrects_nothing() -> None:
    series = {"credit_note": "R"}
    (price, damages) = of(CorrectionManner.CORRECTIVE_SERIES, line(300), line(-60, Nature.DAMAGES), series=series)
    assert (price.document_type, damages.document_type) == (DocumentType.INVOICE, DocumentType.CREDIT_NOTE)
    assert (price.series, damages.series) == ("", "")


@pytest.mark.parametrize(
    ("quantity", "price"), [("1", "-10.50"), ("-2", "-0.25"), ("3", "0.25"), ("-3", "0.25"), ("1", "0")]
)
def test_a_price_is_never_stated_below_zero(quantity: str, price: str) -> None:
    """EN 16931 BR-27: what is taken off has a quantity below zero; the product stays what it is."""
    one = replace(line(1), quantity=Decimal(quantity), unit_price=Decimal(price))
    stated_quantity, stated_price = one.stated
    assert stated_price >= 0
    assert stated_quantity * stated_price == Decimal(quantity) * Decimal(price)
