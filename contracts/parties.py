"""The sides of a contract."""

from typing import Annotated

from pydantic import Field

from quantities.names import Name, ZoneName
from quantities.terms import Terms
from quantities.worded import worded

_TAX_NUMBER = worded(
    r"^[0-9A-Z][0-9A-Za-z+*]{3,17}$", "4 to 18 letters and digits without spaces, dots or dashes, as in DE129273398"
)
_SERIES = worded(r"^[A-Z0-9]{1,12}$", "1 to 12 capital letters and digits, as in NORD26")


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
    country: Annotated[str, Field(pattern=worded(r"^[A-Z]{2}$", "two capital letters of ISO 3166-1, as in DE"))]
    vat_id: Annotated[str, Field(pattern=_TAX_NUMBER)] | None = None
    address: tuple[str, ...] = ()
    zone: Annotated[ZoneName | None, Field(exclude_if=lambda zone: zone is None)] = None
    series: Annotated[str | None, Field(pattern=_SERIES, exclude_if=lambda series: series is None)] = None

    @property
    def as_party(self) -> "Party":
        """The party alone, without the terms that a payee has besides."""
        return Party(**{name: getattr(self, name) for name in Party.model_fields})
