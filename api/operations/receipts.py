"""What a delivery came to, as it is answered: the receipt of what was stored, or the edit by which it waits."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel

from metering.deliveries.receipt import Receipt
from metering.ingest.how_read import Aspect, Basis
from metering.quality.edits.store import Edit
from quantities.quantity import Magnitude


class VerdictOut(BaseModel):
    """Why a row is not stored."""

    line: int
    code: str
    found: str
    expected: str


class ResetOut(BaseModel):
    """A counter that starts anew in the file: the last read of its old figures and the first of its new ones."""

    register_key: str
    at: str
    closing: str
    opening: str


class WithdrawnReadOut(BaseModel):
    """An impossible read of a counter that an earlier delivery brought, and this one withdraws."""

    register_key: str
    at: str
    value: str


class DeclaredExchangeOut(BaseModel):
    """An exchange of devices that the file declared, and the batch that records it."""

    register_key: str
    at: str
    closing: str
    opening: str
    serial: str
    batch: int


class HowReadOut(BaseModel):
    """How one aspect of a file, or of one of its columns, was read, on whose word, and where that is said."""

    aspect: Aspect
    taken: str
    basis: Basis
    where: str
    column: str


class ProfileVersionOut(BaseModel):
    """The profile by which a file was read."""

    name: str
    version: int


class ReceiptOut(BaseModel):
    """What a delivery did: how many rows were stored, corrected, unchanged and refused; and how the file was read."""

    batch: int
    stored: int
    corrected: int
    unchanged: int
    refused: int
    seen_before: int | None
    repeated: bool
    verdicts: list[VerdictOut]
    resets: list[ResetOut]
    withdrawn: list[WithdrawnReadOut]
    exchanges: list[DeclaredExchangeOut]
    how_read: list[HowReadOut]
    dialect: dict[str, str]
    profile: ProfileVersionOut | None


class EditOut(BaseModel):
    """An edit that somebody prepared, and its release."""

    id: int
    register_key: str
    kind: str
    start: datetime
    end: datetime
    value: Magnitude | None
    reason: str
    prepared_by: str
    prepared_at: datetime
    released_by: str | None
    released_at: datetime | None
    batch: int | None


def receipt_out(receipt: Receipt) -> ReceiptOut:
    """Show a receipt."""
    return ReceiptOut(**asdict(receipt))


def edit_out(edit: Edit) -> EditOut:
    """Show an edit."""
    return EditOut(**{**asdict(edit), "register_key": edit.register, "kind": edit.kind.value})
