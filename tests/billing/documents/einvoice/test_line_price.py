"""Net amount = quantity × price ÷ base ± allowances, and no price below zero (BR-27, PEPPOL-EN16931-R120)."""

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.documents.einvoice.line_price import with_written_price
from billing.documents.einvoice.signs import with_signs_of_credit_note
from billing.documents.model.business_line import BusinessLine, LineAllowance
from contracts.invoicing import Language
from tests.billing.documents.model.made import AIR, INVOICE

AMOUNTS = st.decimals(-(10**9), 10**9, places=2, allow_nan=False)
QUANTITIES = st.decimals(-(10**6), 10**6, places=9, allow_nan=False)


def product(line: BusinessLine) -> Decimal:
    charged = sum((part.amount if part.is_charge else -part.amount for part in line.allowances), Decimal(0))
    with localcontext(prec=60):
        return line.quantity * (line.unit_price / line.price_base) + charged


@settings(max_examples=100)
@given(AMOUNTS, QUANTITIES, st.decimals(0, 10**6, places=12, allow_nan=False), st.sampled_from([None, Decimal("7.77")]))
def test_the_rule_holds_of_every_line_and_its_quantity_and_net_stay(
    net: Decimal, quantity: Decimal, price: Decimal, allowance: Decimal | None
) -> None:
    allowances = () if allowance is None else (LineAllowance(is_charge=False, amount=allowance, reason="Malus"),)
    line = replace(AIR, net=net, quantity=quantity, unit_price=price, allowances=allowances)
    written = with_written_price(line, Language.GERMAN)
    assert abs(product(written) - net) <= Decimal("0.02")
    assert written.unit_price >= 0
    assert written.price_base > 0
    assert written.net == net
    assert abs(written.quantity) == (abs(quantity) or written.price_base) or not quantity


@pytest.mark.parametrize(("quantity", "price", "net", "expected"), [
    pytest.param("12345", "0.025", "308.63", ("12345", "0.025", "1"), id="rounded: the price that was agreed stays"),
    pytest.param("100", "0.025", "250.00", ("100", "250.00", "100"), id="a minimum: 250.00 for 100"),
    pytest.param("100", "0.025", "-12.34", ("-100", "12.34", "100"), id="a reduction: a quantity below zero"),
    pytest.param("0", "0.025", "75.00", ("1", "75.00", "1"), id="a fee without use: one piece"),
    pytest.param("100", "0.025", "2.51", ("100", "0.025", "1"), id="a cent of a split: within the rule"),
    pytest.param("100", "0.025", "2.55", ("100", "2.55", "100"), id="five cents: not within it"),
    pytest.param("100", "0.025", "0.00", ("100", "0.00", "100"), id="nothing: free"),
])  # fmt: skip
def test_a_line_keeps_its_quantity(quantity: str, price: str, net: str, expected: tuple[str, str, str]) -> None:
    line = replace(AIR, quantity=Decimal(quantity), unit_price=Decimal(price), net=Decimal(net))
    written = with_written_price(line, Language.GERMAN)
    assert (written.quantity, written.unit_price, written.price_base) == tuple(Decimal(number) for number in expected)


def test_the_agreed_price_and_the_calculation_stand_beside_another_price() -> None:
    line = replace(AIR, net=Decimal("250.00"), note="Minimum.", sum_words="100 × 0.025 = 2.50, at least 250.00")
    written = with_written_price(line, Language.GERMAN)
    assert written.note == "Minimum.\n100 × 0.025 = 2.50, at least 250.00"
    assert ("Vereinbarter Preis", "0.025 / m3@din1343") in [(one.name, one.value) for one in written.attributes]


def test_a_credit_note_turns_all_signs_and_an_allowance_becomes_a_charge() -> None:
    part = LineAllowance(is_charge=True, amount=Decimal(5), reason="Bonus", reason_code="FC")
    turned = with_signs_of_credit_note(replace(INVOICE, lines=(replace(AIR, allowances=(part,)),)))
    assert turned.lines[0].net == -AIR.net
    assert turned.lines[0].quantity == -AIR.quantity
    assert turned.lines[0].unit_price == AIR.unit_price
    assert turned.lines[0].allowances[0].is_charge is False
    assert turned.lines[0].allowances[0].amount == 5
    assert turned.totals.gross == -INVOICE.totals.gross
    assert turned.taxes[0].tax == -INVOICE.taxes[0].tax
