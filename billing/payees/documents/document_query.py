"""What may be asked of the list of a payee's documents."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing.payees.legs import LegKind
from billing.records.document_type import DocumentType
from quantities.days import Day
from quantities.listing import ListQuery

_NAME_MAX = 200


class PayeeDocumentQuery(ListQuery):
    """Documents of a payee by what is sold, type, day and contract: in the order of their making, or by their day."""

    SORTS: ClassVar[tuple[str, ...]] = ("created", "issued_on")

    leg: Annotated[
        LegKind | None, Field(description="What is sold: a payee's purchase by the supplier, or a commission.")
    ] = None
    document_type: Annotated[
        DocumentType | None, Field(description="By its code (BT-3): 389, 261; of commissions 380, 381, 384.")
    ] = None
    issued_from: Annotated[Day | None, Field(description="Issued on this day or later.")] = None
    issued_to: Annotated[Day | None, Field(description="Issued on this day, which counts, or earlier.")] = None
    contract: Annotated[str, Field(max_length=_NAME_MAX, description="Of this contract.")] = ""
