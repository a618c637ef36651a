"""The sides of a contract."""

from typing import Annotated

from pydantic import Field

from quantities.names import Name, ZoneName
from quantities.terms import Terms


class Party(Terms):
    """One side of a contract.

    Attributes:
        name: unique in the tenant; other contracts name it so.
        country: ISO 3166-1, two letters; where its services are supplied, and by which law it is taxed.
        vat_id: the VAT id, or the tax number elsewhere; with it, a customer in another EU country owes the VAT itself.
        address: for the invoice, line by line.
        zone: of a supplier's books, by which it dates its invoices; without it, that of its country.
        series: of a supplier's numbers, from its first invoice on: its name stands before them.
    """

    name: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    vat_id: Annotated[str, Field(pattern=r"^[0-9A-Z][0-9A-Za-z+*]{3,17}$")] | None = None
    address: tuple[str, ...] = ()
    zone: Annotated[ZoneName | None, Field(exclude_if=lambda zone: zone is None)] = None
    series: Annotated[str | None, Field(pattern=r"^[A-Z0-9]{1,12}$", exclude_if=lambda series: series is None)] = None
