"""What was billed and every adjustment of it add up to what is owed, whatever changed and however often.

What is expected is added up here as fractions, without anything of the product.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.corrections.adjustment import ARITHMETIC, adjustments
from billing.invoices.invoice import Corrects, Line
from billing.records.proof import TaxProof
from billing.tax.tax import Tax, TaxCategory
from contracts.rated_line import Nature
from tests.billing.rating.billed import agreed, fee, lines_of
from tests.build import fewer_examples

INVOICE = Corrects(7, "2026-000007")
ANY = lines_of(agreed(fee("use", "1")))[0]
FIRST = date(2026, 1, 1)


def line(
    quantity: str,
    price: str,
    net: str,
    *,
    charge: str = "use",
    part: int = 0,
    unit: str = "kWh",
    first: date = FIRST,
    owner: str = "",
) -> Line:
    """A line whose whole net belongs to ``owner``, where one is named."""
    terms = {"charge": charge, "part": part, "unit": unit, "service_first": first}
    payees = {owner: net} if owner else {}
    amounts = {"quantity": Decimal(quantity), "unit_price": Decimal(price), "net": Decimal(net)}
    return replace(ANY, **terms, **amounts, payees=payees, allocation=payees)  # type: ignore[arg-type]  # by name


def in_short(lines: Iterable[Line]) -> list[tuple[str, str, str]]:
    return [(f"{shown.quantity:f} {shown.unit}", f"{shown.unit_price:f}", f"{shown.net:f}") for shown in lines]


@pytest.mark.parametrize(
    ("billed", "owed", "adjusting"),
    [
        pytest.param([line("10", "2", "20")], [line("10", "2", "20")], [], id="nothing changed"),
        pytest.param([line("10", "2", "20")], [line("7", "2", "14")], [("-3 kWh", "2", "-6")], id="7 - 10 kWh, 14 - 20"),
        pytest.param(
            [line("10", "2", "20"), line("-3", "2", "-6")], [line("9", "2", "18")], [("2 kWh", "2", "4")], id="9 - (10 - 3), 18 - (20 - 6)"
        ),
        pytest.param(
            [line("10", "2", "20")], [line("10", "3", "30")], [("-10 kWh", "2", "-20"), ("10 kWh", "3", "30")], id="another price: all back, all anew"
        ),
        pytest.param(
            [line("10", "2", "20")], [line("0.01", "2", "0.02", unit="MWh")], [("-10 kWh", "2", "-20"), ("0.01 MWh", "2", "0.02")], id="another unit: the same"
        ),
        pytest.param([line("10", "2", "20")], [], [("-10 kWh", "2", "-20")], id="no longer owed"),
        pytest.param([], [line("10", "2", "20")], [("10 kWh", "2", "20")], id="not billed before"),
        pytest.param([line("0.1", "2", "0.20")], [line("0.104", "2", "0.21")], [("0.004 kWh", "2", "0.01")], id="0.21 - 0.20, and not 0.004 × 2"),
        pytest.param([line("0.1", "2", "0.20")], [line("0.102", "2", "0.20")], [("0.002 kWh", "2", "0.00")], id="a quantity of which nothing shows"),
    ],
)  # fmt: skip
def test_bring_what_was_billed_to_what_is_owed(
    billed: list[Line], owed: list[Line], adjusting: list[tuple[str, str, str]]
) -> None:
    assert adjusting == in_short(adjustments(billed, owed, INVOICE, ()))


def test_an_adjustment_keeps_the_days_and_the_tax_of_what_it_adjusts_and_names_it() -> None:
    billed = line("10", "2", "20", first=date(2025, 6, 1))
    (adjustment,) = adjustments([billed], [replace(billed, quantity=Decimal(8), net=Decimal(16))], INVOICE, ())
    assert (billed.key, billed.service_after_last, billed.tax_point, billed.tax) == (
        adjustment.key,
        adjustment.service_after_last,
        adjustment.tax_point,
        adjustment.tax,
    )
    assert adjustment.corrects == INVOICE
    assert adjustment.proof.adjusts is not None
    assert (
        adjustment.proof.adjusts.billed_quantity,
        adjustment.proof.adjusts.billed_net,
        adjustment.proof.adjusts.owed_quantity,
        adjustment.proof.adjusts.owed_net,
    ) == ("10", "20", "8", "16")


@pytest.mark.parametrize(
    "terms",
    [
        {"tax": Tax(TaxCategory.REVERSE_CHARGE, Decimal(0))},
        {"tax": Tax(TaxCategory.STANDARD, Decimal(16))},
        {"tax_point": date(2026, 1, 15)},
        {"nature": Nature.DAMAGES},
        {"tax_code": "hire"},
        {"revenue_account": "4401"},
    ],
    ids=", ".join,
)
def test_on_other_terms_all_is_taken_back_as_it_was_and_billed_anew(terms: dict[str, Any]) -> None:
    billed = line("10", "2", "20")
    owed = replace(billed, **terms)
    back, anew = adjustments([billed], [owed], INVOICE, ())
    assert (back.quantity, back.net, anew.quantity, anew.net) == tuple(map(Decimal, (-10, -20, 10, 20)))
    assert replace(back, quantity=billed.quantity, net=billed.net, corrects=None, proof=billed.proof) == billed
    assert replace(anew, corrects=None, proof=owed.proof) == owed


def lawful(line: Line, row: str, rate: int) -> Line:
    """The line, taxed by a row of the law."""
    proof = line.proof.model_copy(update={"tax": TaxProof(place="ES", rule=row, rate=row)})
    return replace(line, tax=Tax(TaxCategory.STANDARD, Decimal(rate)), proof=proof)


@pytest.mark.parametrize(("arithmetic", "taken_back"), [
    pytest.param(ARITHMETIC, "standard", id="by the row of the law by which it was taxed"),
    pytest.param(3, "reduced", id="by the third arithmetic: by that of what is owed"),
])  # fmt: skip
def test_what_is_taken_back_rests_on_its_own_row_of_the_law(arithmetic: int, taken_back: str) -> None:
    billed = lawful(line("10", "2", "20"), "standard", 21)
    back, anew = adjustments([billed], [lawful(billed, "reduced", 10)], INVOICE, (), arithmetic)
    rows = [shown.proof.tax and shown.proof.tax.rate for shown in (back, anew)]
    assert [f"{shown.tax.rate}" for shown in (back, anew)] == ["21", "10"]
    assert rows == [taken_back, "reduced"]


def test_what_is_not_owed_any_more_still_rests_on_a_row_of_the_law() -> None:
    billed = lawful(line("10", "2", "20"), "standard", 21)
    (back,) = adjustments([billed], [], INVOICE, ())
    assert back.proof.tax == billed.proof.tax
    assert adjustments([billed], [], INVOICE, (), 3)[0].proof.tax is None


def test_a_difference_that_was_once_billed_on_other_terms_is_taken_back_with_them() -> None:
    """As a release billed it that brought a line to its amount alone: 20 at 19 %, and then -6 of it at none."""
    billed, none = line("10", "2", "20"), Tax(TaxCategory.REVERSE_CHARGE, Decimal(0))
    less, owed = replace(billed, quantity=Decimal(-3), net=Decimal(-6), tax=none), line("7", "2", "14")
    lines = adjustments([billed, less], [replace(owed, tax=none)], INVOICE, ())
    assert [(shown.tax, f"{shown.net:f}") for shown in lines] == [(billed.tax, "-20"), (none, "20")]


def test_by_the_first_arithmetic_a_line_is_brought_to_its_amount_alone() -> None:
    billed = line("10", "2", "20")
    owed = replace(billed, tax=Tax(TaxCategory.REVERSE_CHARGE, Decimal(0)))
    assert adjustments([billed], [owed], INVOICE, (), 1) == ()
    more = replace(owed, quantity=Decimal(12), net=Decimal(24))
    assert in_short(adjustments([billed], [more], INVOICE, (), 1)) == [("2 kWh", "2", "4")]


# Prices are whole euros, quantities have up to 15 places, and nets are rounded to the cent: as a rating leaves them.
quantities = st.integers(-(10**24), 10**24).map(lambda number: Decimal(number).scaleb(-15))
keys = st.tuples(st.sampled_from(["use", "fee"]), st.integers(0, 1), st.sampled_from([FIRST, date(2026, 1, 16)]))


others: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "tax": st.just(Tax(TaxCategory.REVERSE_CHARGE, Decimal(0))),
        "tax_point": st.just(date(2026, 1, 15)),
        "nature": st.just(Nature.PRICE_REDUCTION),
        "revenue_account": st.just("4401"),
    },
)


@st.composite
def ratings(draw: st.DrawFn) -> list[Line]:
    """What is owed for a period: each charge, part and first day at most once."""
    lines = []
    for charge, part, first in draw(st.lists(keys, unique=True, max_size=4)):
        quantity, price = draw(quantities), draw(st.integers(1, 3))
        net = (quantity * price).quantize(Decimal("0.01"))
        unit, owner = draw(st.sampled_from(["kWh", "MWh"])), draw(st.sampled_from(["a", "b", ""]))
        owed = line(
            f"{quantity:f}", str(price), f"{net:f}", charge=charge, part=part, unit=unit, first=first, owner=owner
        )
        lines.append(replace(owed, **draw(others)))
    return lines


def sums(lines: Sequence[Line]) -> dict[object, tuple[Fraction, Fraction]]:
    """Quantity and net by charge, part, first day, and everything that a difference cannot tell; none that is nothing."""
    added: dict[object, tuple[Fraction, Fraction]] = defaultdict(lambda: (Fraction(0), Fraction(0)))
    for billed in lines:
        terms = billed.unit, billed.unit_price, billed.tax, billed.tax_point, billed.nature, billed.revenue_account
        key = (billed.charge, billed.part, billed.service_first, *terms)
        quantity, net = added[key]
        added[key] = (quantity + Fraction(billed.quantity), net + Fraction(billed.net))
    return {key: amounts for key, amounts in added.items() if any(amounts)}


def by_book(lines: Sequence[Line]) -> dict[object, Fraction]:
    owned: dict[object, Fraction] = defaultdict(Fraction)
    for billed in lines:
        for name, amount in billed.allocation.items():
            owned[billed.charge, billed.part, billed.service_first, name] += Fraction(amount)
    return {key: amount for key, amount in owned.items() if amount}


@given(st.lists(ratings(), min_size=1, max_size=4))
@fewer_examples(2)
def test_billed_and_adjusted_is_owed_after_every_change(runs: list[list[Line]]) -> None:
    """To the last place, at each price, tax, tax point and account."""
    first, *later = runs
    billed = list(first)
    for owed in later:
        lines = adjustments(billed, owed, INVOICE, ())
        billed += lines
        assert all(adjustment.corrects == INVOICE for adjustment in lines)
        assert sums(owed) == sums(billed)
        assert adjustments(billed, owed, INVOICE, ()) == ()


@given(ratings(), ratings())
@fewer_examples(2)
def test_books_are_adjusted_with_the_line(billed: list[Line], owed: list[Line]) -> None:
    """Where a line is adjusted at all; on which books it is, without another amount, is not asked."""
    lines = adjustments(billed, owed, INVOICE, ())
    adjusted = {adjustment.key for adjustment in lines}
    now = by_book([*(was for was in billed if was.key in adjusted), *lines])
    assert by_book([now_owed for now_owed in owed if now_owed.key in adjusted]) == now


def of_payees(lines: Sequence[Line], supplier: str) -> dict[object, Fraction]:
    """What each has of each charge; what nobody is named for is the supplier's, where the charge has a payee at all."""
    owned: dict[object, Fraction] = defaultdict(Fraction)
    for one in lines:
        for name, amount in one.payees.items():
            owned[one.charge, name] += Fraction(amount)
        owned[one.charge, supplier] += Fraction(one.net) - sum(map(Fraction, one.payees.values()))
    return {key: amount for key, amount in owned.items() if amount}


@given(st.lists(ratings(), min_size=1, max_size=4))
@fewer_examples(2)
def test_each_payee_has_of_a_charge_what_is_owed_by_now(runs: list[list[Line]]) -> None:
    """After every change, whether it moves an amount, or the shares alone; and no line shares out another sum than its net."""
    first, *later = runs
    billed = list(first)
    for owed in later:
        lines = adjustments(billed, owed, INVOICE, (), supplier="S")
        billed += lines
        assert of_payees(owed, "S") == of_payees(billed, "S")
        assert sums(owed) == sums(billed)
        assert all(not one.payees or one.net == sum(map(Decimal, one.payees.values())) for one in lines)
        assert adjustments(billed, owed, INVOICE, (), supplier="S") == ()


class TestASharingThatMovesNoAmount:
    def test_stands_on_a_line_of_nothing(self) -> None:
        (moved,) = adjustments([line("10", "2", "20", owner="a")], [line("10", "2", "20", owner="b")], INVOICE, ())
        assert (moved.quantity, moved.net, moved.payees) == (Decimal(0), Decimal(0), {"b": "20", "a": "-20"})
        assert moved.proof.adjusts is not None
        assert (moved.proof.adjusts.billed_net, moved.proof.adjusts.owed_net) == ("20", "20")

    def test_goes_with_a_line_of_the_charge_that_moves(self) -> None:
        """The first 15 are the bank's: less of tier 1 is a loss of the bank alone, which tier 2 makes up for."""
        billed = [replace(line("10", "1", "10"), payees={"bank": "10"}), replace(line("5", "2", "10", part=1), payees={"bank": "5", "S": "5"})]  # fmt: skip
        owed = [replace(line("8", "1", "8"), payees={"bank": "8"}), replace(line("5", "2", "10", part=1), payees={"bank": "7", "S": "3"})]  # fmt: skip
        (only,) = adjustments(billed, owed, INVOICE, (), supplier="S")
        assert (only.part, only.net, only.payees) == (0, Decimal(-2), {"S": "-2"})

    def test_was_not_brought_by_the_first_arithmetics(self) -> None:
        before, now = [line("10", "2", "20", owner="a")], [line("10", "2", "20", owner="b")]
        assert adjustments(before, now, INVOICE, (), 2) == adjustments(before, now, INVOICE, (), 1) == ()
