"""A cap on payments by what was saved."""

from decimal import Decimal

from contracts.rated_usage import Usage
from contracts.savings_pricing.savings_cap import SavingsCap
from quantities.document import parse
from tests.contracts.savings_pricing.saved import LIFE, at, lived, month, saved


class TestCap:
    def test_payments_are_no_more_than_what_was_saved(self) -> None:
        rule = parse(SavingsCap, {"valuation": at("0.10"), "per": "year"})
        uses = []
        for n in range(1, 13):
            beside = {"saving": saved("90000", month(n))}
            uses.append(Usage(None, "", month(n), LIFE, auxiliary_usage=beside, amounts={"lease": Decimal(10000)}))
        assert lived(rule, uses) == [[]] * 11 + [["-12000.00"]]  # 120,000 charged, 108,000 saved
