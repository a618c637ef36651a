"""Refusals of contracts that no request brings about at will."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from contracts.formula import evaluate
from contracts.invoicing import InvoiceForm
from contracts.joined import Carrier
from contracts.logos.logo import BYTES_MAX
from contracts.logos.reading import read_logo
from contracts.missing.form_needs import NEEDS, Need
from contracts.missing.missing_data import MissingDatum
from quantities.document import Fault, FaultyDocument
from tests.api.problem_pages.house import House

MOST = Decimal("9" * 24)
GAS = Carrier.model_validate(
    {
        "saving": "gas",
        "factors": [{"value": "0.2", "unit": "kg", "per": "kWh", "first": "2026-01-01", "source": "the ministry"}],
    }
)


def lacking(need: Need, form: InvoiceForm) -> Callable[[House], object]:
    """What a check warns of, for one thing that a form needs, as a fault."""
    datum = MissingDatum(need, form, "Nordluft", f"/{need.place}", in_contract=False)

    def warned(_: House) -> None:
        expected = f"{need.words} ({need.rule})"
        raise FaultyDocument([Fault(datum.place, need.code, str(datum), datum.subject, expected)])

    return warned


#: By code, a warning of it.
LACKING = {need.code: lacking(need, form) for form, needs in NEEDS.items() for need in needs}

OF_CONTRACTS: Mapping[str, Callable[[House], object]] = {
    **LACKING,
    "logo-too-large": lambda house: read_logo(bytes(BYTES_MAX + 1)),
    "division-by-nothing": lambda house: evaluate(
        "heat / air", {"heat": (Decimal(5), "kWh"), "air": (Decimal(0), "m3")}, "kWh/m3"
    ),
    "factor-missing": lambda house: GAS.chain(date(2025, 12, 31)),
    "formula-too-large": lambda house: evaluate(
        "heat / 0.000000000001 / 0.000000000001", {"heat": (MOST, "kWh")}, "kWh"
    ),
    "formula-units": lambda house: evaluate(
        "heat + air", {"heat": (Decimal(5), "kWh"), "air": (Decimal(2), "m3")}, "kWh"
    ),
}
