"""A contract of cooling that is priced over its periods, without a database."""

from typing import Any

from api.operations.pricing import price_contract
from contracts.periods_preview import PeriodsTrialResult

COOLING: dict[str, Any] = {
    "contract": "COOL-1",
    "supplier": {"name": "Kaltwerk GmbH", "country": "DE"},
    "customer": {"name": "Molkerei Nord eG", "country": "DE"},
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "starts": "2026-01-01",
}


def priced(trial: dict[str, Any]) -> PeriodsTrialResult:
    result = price_contract(trial)
    assert isinstance(result, PeriodsTrialResult)
    return result
