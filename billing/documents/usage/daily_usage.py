"""The use behind the lines of a document, day by day."""

from dataclasses import dataclass

from billing.documents.charts.usage_chart import UsageRow
from billing.documents.model.business_document import BusinessDocument
from contracts.logos.logo import Logo


@dataclass(frozen=True, slots=True)
class UsageOfRegister:
    """What one register counted in the days of a document, as it was known when the document was computed.

    Attributes:
        register_key: of the register.
        meter: whose register it is.
        asset: whose meter it is.
        site: where it is.
        unit: of the rows, our spelling; of a temperature the degrees of the contract's place.
        is_mean: whether a row is the mean of a level.
        lines: the positions of the lines that rest on it, from 1.
        rows: by local days of the contract's zone, or hours of two days at most; none of a counter that is read less
            often than every other day.
    """

    register_key: str
    meter: str
    asset: str
    site: str
    unit: str
    is_mean: bool
    lines: tuple[int, ...]
    rows: tuple[UsageRow, ...]


@dataclass(frozen=True, slots=True)
class UsageStatement:
    """What a document bills for use.

    Attributes:
        document: the invoice, issued, void or a draft.
        registers: the use behind its lines by day, as of its watermark.
        logo: of the seller.
    """

    document: BusinessDocument
    registers: tuple[UsageOfRegister, ...]
    logo: Logo | None = None
