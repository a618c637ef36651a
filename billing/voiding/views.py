"""Views: what HTTP answers with and the commands print as JSON, of voidings."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

if TYPE_CHECKING:  # loading it would cost a command that only shows an invoice
    from billing.voiding.store import KnownVoiding


class VoidingOut(BaseModel):
    """A piece of work that is to be void, or is: all its documents together, why, and by whom."""

    state: Literal["waiting", "released", "withdrawn"]
    documents: list[str]
    contract: str
    supplier: str
    reason: str
    asked_by: str
    asked_at: datetime
    released_by: str | None
    released_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    voided_on: date | None


def voiding_out(known: "KnownVoiding") -> VoidingOut:
    """Show a voiding."""
    return VoidingOut(
        state=known.state.value,
        documents=list(known.documents),
        contract=known.contract,
        supplier=known.supplier,
        reason=known.reason,
        asked_by=known.asked_by,
        asked_at=known.asked_at,
        released_by=known.released_by,
        released_at=known.released_at,
        withdrawn_by=known.withdrawn_by,
        withdrawn_at=known.withdrawn_at,
        voided_on=known.voided_on,
    )
