"""No text in an export is run by the spreadsheet that opens it; numbers and dates stay what they are."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.exports.table import write

BLANKS = (" ", "\t", "\r", "\n", "\xa0", "\u3000", "\u200b", "\u2060", "\ufeff", "\u200e", "\xad", "\x00", "\x1f")
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def written(cell: object) -> str:
    """The cell as a program reads it back."""
    (_, (text,)) = csv.reader(io.StringIO(write(("a",), [(cell,)]).decode(), newline=""))
    return text


@pytest.mark.parametrize("text", [
    pytest.param("-2+3+cmd|' /C calc'!A0", id="a program after a minus and a digit"),
    pytest.param("-1;=cmd|' /C calc'!A0", id="a formula behind a number"),
    pytest.param("=1+1", id="a formula"), pytest.param("+1", id="a plus"), pytest.param("@SUM(A1)", id="an at sign"),
    pytest.param("-12.50\n", id="a number and a line feed"), pytest.param("-12,50", id="a number with a comma"),
    pytest.param("-", id="a minus alone"), pytest.param("--1", id="two minuses"), pytest.param("-1e5", id="an exponent"),
    pytest.param("-１２", id="full-width digits"), pytest.param(" -12.50", id="a number behind a blank"),
    *(pytest.param(f"{sign}1+1", id=f"{sign} before digits") for sign in SIGNS),
    *(pytest.param(f"{blank}=1+1", id=f"a formula behind {blank!a}") for blank in BLANKS),
    *(pytest.param(f"{blank}press", id=f"a word behind {blank!a}") for blank in "\t\r\n"),
    pytest.param(" \xa0\ufeff＝1", id="several blanks and a full-width formula"),
])  # fmt: skip
def test_a_minus_and_a_digit_that_start_a_program_are_text(text: str) -> None:
    assert written(text) == f"'{text}"


@pytest.mark.parametrize(("cell", "text"), [
    (None, ""), ("", ""), ("Press 7", "Press 7"), ("a=b", "a=b"), ("a - b", "a - b"), (" Press", " Press"), ("'=1", "'=1"), ("50 %", "50 %"),
    ("-12.50", "-12.50"), ("-7", "-7"), ("12.50", "12.50"),
    (Decimal("-12.50"), "-12.50"), (Decimal("1E+3"), "1000"), (-7, "-7"), (date(2026, 3, 1), "2026-03-01"),
])  # fmt: skip
def test_what_no_spreadsheet_runs_stays_as_it_is(cell: object, text: str) -> None:
    assert text == written(cell)


@given(st.text(st.sampled_from("".join((*BLANKS, *SIGNS, "1", ".", "a"))), max_size=8))
def test_no_text_but_a_plain_number_begins_with_a_sign_once_its_blanks_are_taken_away(text: str) -> None:
    shown = written(text).lstrip("".join(BLANKS))
    if not shown.startswith(SIGNS):
        return
    assert shown == text
    assert Decimal(shown) <= 0
