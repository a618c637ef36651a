"""A rate that is the sum of several: what each has of a document's tax, to the cent, and nothing where it is none."""

from dataclasses import replace
from decimal import Decimal

import pytest

from billing.invoices.document_tax import tax_by_part
from billing.invoices.invoice import Line, total
from billing.records.proof import TaxProof
from billing.tax.tax import Tax, TaxCategory
from tests.billing.rating.billed import agreed, fee, lines_of


def line(net: str, rate: str = "8", **parts: str) -> Line:
    (billed,) = lines_of(agreed(fee("fee", "1")))
    by_part = {name: Decimal(percent) for name, percent in parts.items()} or None
    proof = billed.proof.model_copy(update={"tax": TaxProof(place="US-CA", rule="own: sales tax", parts=by_part)})
    return replace(billed, net=Decimal(net), tax=Tax(TaxCategory.STANDARD, Decimal(rate)), proof=proof)


@pytest.mark.parametrize(("lines", "parts"), [
    pytest.param([line("100", state="6", county="2")], {"state": "6.00", "county": "2.00"}, id="of one line"),
    pytest.param([line("0.19", state="6", county="2")], {"state": "0.02", "county": "0.00"}, id="of one cent and a half"),
    pytest.param(
        [line("100", state="6", county="2"), line("100", state="5", city="3")],
        {"state": "11.00", "county": "2.00", "city": "3.00"},
        id="of two places of one rate",
    ),
    pytest.param([line("100", state="6", county="2"), line("100")], {"state": "6.00", "county": "2.00"}, id="beside a plain one"),
    pytest.param([line("-50", state="6", county="2")], {"state": "-3.00", "county": "-1.00"}, id="given back"),
    pytest.param([line("100")], {}, id="of no sum"),
    pytest.param([line("0", state="6", county="2")], {}, id="of nothing"),
])  # fmt: skip
def test_each_part_has_its_share(lines: list[Line], parts: dict[str, str]) -> None:
    (group,) = total(lines, "USD").groups
    divided = tax_by_part(group, lines, "USD")
    assert {name: str(amount) for name, amount in divided.items()} == parts
    if parts and all(one.proof.tax and one.proof.tax.parts for one in lines):
        assert sum(divided.values()) == group.amount
