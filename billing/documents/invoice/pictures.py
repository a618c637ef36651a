"""What a page shows besides texts and is not kept in the document itself: logos, charts, the code of a clearance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from billing.documents.look.page import Drawing
from contracts.logos.logo import Logo


@dataclass(frozen=True, slots=True)
class ClearanceCode:
    """What a state's verification code says of a document that it cleared.

    Attributes:
        address: what the code opens, as ``billing.clearance.ksef.codes.ksef_codes`` makes it.
        number: printed below it: the number of the state, or what it says instead of one.
    """

    address: str
    number: str


@dataclass(frozen=True, slots=True)
class InvoicePictures:
    """The pictures of one document.

    Attributes:
        logos: by the SHA-256 that a party names.
        charts: of its use, for an annex.
        clearance: the code of the state that cleared it; None without one.
    """

    logos: Mapping[str, Logo] = field(default_factory=dict)
    charts: tuple[Drawing, ...] = ()
    clearance: ClearanceCode | None = None


#: Of a document without any.
NO_PICTURES = InvoicePictures()
