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

    def test_the_ratchet_of_its_tariff_goes_on_from_month_to_month(self) -> None:
        """1 EUR a kW of the highest of a month and the one before: first 100 − 60 = 40 are saved, then 100 − 60 again."""
        ratchet = {"percent": "100", "periods": 1}
        power = {"kind": "demand", "unit": "kW", "unit_price": "1", "ratchet": ratchet}
        tariff = {"kind": "bill_difference", "tariff": [{"name": "power", "rule": power}]}
        rule = parse(SavingsCap, {"valuation": tariff, "per": "month"})
        uses = []
        for n, expected, measured in ((1, "100", "60"), (2, "80", "50")):
            before, after = Usage(Decimal(expected), "kW"), Usage(Decimal(measured), "kW")
            beside = {"saving": saved("1", month(n), expected_demand=before, measured_demand=after)}
            uses.append(Usage(None, "", month(n), LIFE, auxiliary_usage=beside, amounts={"lease": Decimal(50)}))

        # 50 are charged. Without the ratchet, 80 − 50 = 30 would be saved in the second month, and 20 be taken off.
        assert lived(rule, uses) == [["-10.00"], ["-10.00"]]
