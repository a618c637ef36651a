"""Contracts of one customer that are billed together, for tests of consolidated documents."""

from collections.abc import Sequence

from tests.billing.scene import CONTRACT, Scene

#: 33.33 EUR a month, and each kWh at 0.50: VAT of three such months apart is 18.99, and together 19.00.
TERMS = """
contract: {name}
supplier: {{name: Nordluft, country: {country}}}
customer: {{name: {customer}, country: {country}}}
assets: [Press]
currency: {currency}
zone: {zone}
starts: {starts}
{more}settings: {{document: consolidated, least_coverage: "0"{settings}}}
charges:
  - {{name: fee, rule: {{kind: fixed_fee, amount: "{fee}"}}}}
{charges}"""
#: By use, besides the fee.
ENERGY = '  - {name: energy, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}}\n'
#: A contract of the same parties that is billed by itself.
OWN = CONTRACT.split("  - name: energy")[0].replace("C-1", "OWN")


def together(
    name: str,
    *,
    charges: str = "",
    fee: str = "33.33",
    country: str = "DE",
    customer: str = "Blechwerke",
    currency: str = "EUR",
    zone: str = "Europe/Berlin",
    starts: str = "2026-01-01",
    settings: str = "",
    more: str = "",
) -> str:
    return TERMS.format(
        name=name,
        charges=charges,
        fee=fee,
        country=country,
        customer=customer,
        currency=currency,
        zone=zone,
        starts=starts,
        settings=f", {settings}" if settings else "",
        more=f"{more}\n" if more else "",
    )


def documents(scene: Scene) -> list[tuple[str | None, str, tuple[str, ...], str, str]]:
    """Number, kind, contracts, net and VAT of each document, in their order."""
    return [
        (one.row.number, one.row.kind, one.contracts, str(one.row.net), str(one.row.vat)) for one in scene.invoices()
    ]


def bodies(scene: Scene) -> list[tuple[str | None, Sequence[str], str]]:
    """Number, contracts and net of each document."""
    return [(number, contracts, net) for number, _, contracts, net, _ in documents(scene)]
