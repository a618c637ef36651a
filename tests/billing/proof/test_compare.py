"""An invoice computed again: nothing differs, or the first thing that does is named with its line."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.invoices.invoice import Corrects, Line
from billing.proof.compare import compare, first_of_head, impossible
from billing.tax.tax import OUTSIDE, Tax, TaxCategory
from contracts.rated_line import Nature
from quantities.document import parse
from tests.billing.rating.billed import agreed, fee, lines_of, priced, used

CONTRACT = agreed(fee("fee", "100"), priced("use", {"kind": "per_unit", "unit": "kWh", "unit_price": "0.30"}))
LINES = lines_of(CONTRACT, {"use": used("10", "kWh")})
COUNT = {"register": "r", "series": 1, "quantity": "10", "unit": "kWh", "count": 3, "total": "10", "estimated": 0}
USE = COUNT | {"expected": None, "start": "2026-01-01T00:00:00+00:00", "end": "2026-02-01T00:00:00+00:00", "batch": 1}


def counted(line: Line, **terms: Any) -> Line:
    """A line that rests on readings."""
    proof = type(line.proof)
    document = line.proof.model_dump(mode="json", by_alias=True) | {"usage": USE | terms}
    return replace(line, proof=proof.model_validate(document))


STORED = (LINES[0], counted(LINES[1]))


def differences(*recomputed: Line) -> list[str]:
    return [str(difference) for difference in compare("2026-000001", STORED, recomputed)]


def test_nothing_differs() -> None:
    again = lines_of(parse(type(CONTRACT), CONTRACT.model_dump(mode="json", by_alias=True)), {"use": used("10", "kWh")})
    assert differences(again[0], counted(again[1])) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"quantity": Decimal(11)}, "quantity was 10 and recomputes to 11", id="quantity"),
        pytest.param({"unit": "MWh"}, "unit was kWh and recomputes to MWh", id="unit"),
        pytest.param({"unit_price": Decimal("0.31")}, "unit_price was 0.30 and recomputes to 0.31", id="price"),
        pytest.param({"net": Decimal("3.01")}, "net was 3.00 and recomputes to 3.01", id="net"),
        pytest.param({"part": 1}, "part was 0 and recomputes to 1", id="part"),
        pytest.param({"charge": "used"}, "charge was use and recomputes to used", id="charge"),
        pytest.param({"net": Decimal(4), "quantity": Decimal(12)}, "quantity was 10 and recomputes to 12", id="the quantity before the amount"),
        pytest.param({"tax": Tax(TaxCategory.STANDARD, Decimal(20))}, "tax was S 19 and recomputes to S 20", id="tax"),
        pytest.param({"label": "of another"}, "label was  and recomputes to of another", id="label"),
        pytest.param({"corrects": Corrects(1, "2026-000009")}, "corrects was None and recomputes to 2026-000009 (1)", id="what it corrects"),
        pytest.param({"payees": {"owner": "1"}}, 'payees was {} and recomputes to {"owner": "1"}', id="payees"),
    ],
)  # fmt: skip
def test_what_differs_is_named_with_its_line(changes: dict[str, Any], named: str) -> None:
    (difference,) = differences(STORED[0], replace(STORED[1], **changes))
    assert difference.startswith("invoice 2026-000001, line 2 (use): ")
    assert named in difference


@pytest.mark.parametrize(
    ("readings", "named"),
    [
        pytest.param({"count": 2}, "the count of the readings was 3 and recomputes to 2", id="a reading of nothing is gone"),
        pytest.param({"total": "10.000001"}, "the total of the readings was 10 and recomputes to 10.000001", id="less than a cent shows"),
        pytest.param({"quantity": "9"}, "the quantity of the readings was 10 and recomputes to 9", id="quantity"),
    ],
)  # fmt: skip
def test_readings_are_compared_first_though_no_amount_shows_it(readings: dict[str, Any], named: str) -> None:
    (difference,) = differences(STORED[0], replace(counted(LINES[1], **readings), net=Decimal(99)))
    assert named in difference


def test_a_line_too_few_and_one_too_many() -> None:
    assert differences(STORED[0]) == ["invoice 2026-000001, line 2 (use): the line was there and recomputes to absent"]
    assert differences(*STORED, STORED[0]) == [
        "invoice 2026-000001, line 3 (fee): the line was absent and recomputes to there"
    ]


def test_no_field_of_a_line_is_left_out() -> None:
    """Whatever a line says and is stored: a field that is added to it is compared without being named anywhere."""
    other: dict[type, Any] = {str: "another", int: 9, Decimal: Decimal(9), date: date(2020, 1, 1), dict: {"a": "1"}}
    other |= {Nature: Nature.DAMAGES, Tax: OUTSIDE, type(None): Corrects(1, "2026-000009")}
    for field in fields(Line):
        if field.name != "proof" and field.compare:
            value = other[type(getattr(STORED[1], field.name))]
            assert differences(STORED[0], replace(STORED[1], **{field.name: value})), field.name


@pytest.mark.parametrize(("missing", "named"), [
    pytest.param(None, [], id="it is the invoice's"),
    pytest.param(2, ["the version_id of its proof was 2 and recomputes to 1"], id="of another version"),
])  # fmt: skip
def test_a_line_of_the_first_releases_does_not_say_its_version(missing: int | None, named: list[str]) -> None:
    line = replace(STORED[0], proof=STORED[0].proof.model_copy(update={"version_id": missing}))
    discrepancies = compare("2026-000001", [line], [STORED[0]], version_id=1)
    assert [
        str(difference).removeprefix("invoice 2026-000001, line 1 (fee): ") for difference in discrepancies
    ] == named


@pytest.mark.parametrize(("version_id", "line_says", "named"), [
    pytest.param(1, None, [], id="of the first releases: it was not counted"),
    pytest.param(1, 1, ["the expected of the readings"], id="of a line that says its version: it was counted"),
    pytest.param(None, None, ["the expected of the readings"], id="of a later release"),
])  # fmt: skip
def test_how_many_readings_were_due_may_be_missing_in_the_first_releases_alone(
    version_id: int | None, line_says: int | None, named: list[str]
) -> None:
    line = counted(LINES[1])
    was = replace(line, proof=line.proof.model_copy(update={"version_id": line_says}))
    now = counted(was, expected=3)
    discrepancies = compare("2026-000001", [was], [now], version_id)
    assert [difference.what for difference in discrepancies] == named


def test_of_a_document_without_readings_that_cannot_be_computed_the_head_is_named() -> None:
    (difference,) = impossible("2026-000001", STORED[:1], "no tax rule covers it")
    assert str(difference) == (
        "invoice 2026-000001: the document was computed and recomputes to nothing: no tax rule covers it"
    )


def test_of_a_head_the_first_thing_that_differs_is_named() -> None:
    compared = [("kind", "period", "period"), ("net", Decimal("1.00"), Decimal(2)), ("vat", 1, 2)]
    (difference,) = first_of_head("2026-000001", compared)
    assert (difference.pos, difference.charge, difference.what) == (0, "", "net")
    assert first_of_head("2026-000001", compared[:1]) == ()


def test_what_cannot_be_computed_is_named_where_it_rests_on_readings() -> None:
    (difference,) = impossible("2026-000001", STORED, "its readings are gone")
    assert (difference.pos, difference.charge, difference.recomputed) == (2, "use", "nothing: its readings are gone")
