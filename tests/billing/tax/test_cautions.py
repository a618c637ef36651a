"""What of a contract's taxes is lawful, and yet to be looked at before it is signed."""

import pytest

from billing.tax.checks import cautions_of_tax
from contracts.contract import Contract
from quantities.document import parse, read
from tests.billing.scene import CONTRACT


@pytest.mark.parametrize(("currency", "said"), [
    ("EUR", []),
    ("JPY", []),
    ("KWD", ["/currency: amounts in KWD have 3 decimals, and EN 16931 knows 2 (BR-DEC): documents of it have no electronic form by that norm"]),
])  # fmt: skip
def test_a_currency_of_three_decimals_has_no_electronic_form(currency: str, said: list[str]) -> None:
    contract = parse(Contract, read(CONTRACT.replace("currency: EUR", f"currency: {currency}")))
    assert list(cautions_of_tax(contract)) == said
