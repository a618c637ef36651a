"""Category and rate of VAT by both parties, day and nature.

Written from docs/algorithms.md (VAT), docs/settings.md (supplier, charges) and from public knowledge of standard rates.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

#: Standard rates, by country, each from its first day on (public knowledge; nothing before 2012).
STANDARD_RATES: dict[str, list[tuple[date, str]]] = {
    "AT": [(date(2012, 1, 1), "20")],
    "BE": [(date(2012, 1, 1), "21")],
    "DE": [(date(2012, 1, 1), "19"), (date(2020, 7, 1), "16"), (date(2021, 1, 1), "19")],
    "ES": [(date(2012, 1, 1), "18"), (date(2012, 9, 1), "21")],
    "FR": [(date(2012, 1, 1), "19.6"), (date(2014, 1, 1), "20")],
    "IT": [(date(2012, 1, 1), "21"), (date(2013, 10, 1), "22")],
    "LU": [(date(2012, 1, 1), "15"), (date(2015, 1, 1), "17"), (date(2023, 1, 1), "16"), (date(2024, 1, 1), "17")],
    "NL": [(date(2012, 1, 1), "19"), (date(2012, 10, 1), "21")],
    "RO": [(date(2012, 1, 1), "24"), (date(2016, 1, 1), "20"), (date(2017, 1, 1), "19"), (date(2025, 8, 1), "21")],
    "PL": [(date(2012, 1, 1), "23")],
    "SK": [(date(2012, 1, 1), "20"), (date(2025, 1, 1), "23")],
}

#: Reduced rates, by country (of Germany § 12 (2) and § 28 (2) UStG).
REDUCED: dict[str, list[tuple[date, str]]] = {
    "DE": [(date(2012, 1, 1), "7"), (date(2020, 7, 1), "5"), (date(2021, 1, 1), "7")],
    "ES": [(date(2012, 9, 1), "10")],
    "FR": [(date(2014, 1, 1), "10")],
    "RO": [(date(2012, 1, 1), "9"), (date(2025, 8, 1), "11")],
    "SK": [(date(2012, 1, 1), "10"), (date(2025, 1, 1), "19")],
}
#: Damages and deposits are not paid for a supply.
OUTSIDE = {"damages", "deposit"}


def tax(
    supplier: Mapping[str, Any], customer: Mapping[str, Any], day: date, nature: str, *, is_reduced: bool = False
) -> tuple[str, Decimal]:
    """Category (S, AE, O) and rate in percent: between countries a customer with a VAT id owes the tax itself."""
    if nature in OUTSIDE:
        return "O", Decimal(0)
    if supplier["country"] != customer["country"] and customer.get("vat_id"):
        return "AE", Decimal(0)
    listed = (REDUCED if is_reduced else STANDARD_RATES)[supplier["country"]]
    rates = [rate for first, rate in listed if first <= day]
    return "S", Decimal(rates[-1])
