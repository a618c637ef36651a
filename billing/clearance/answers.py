"""What authorities answer, in one form: about which of our files, with which number or why not."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ClearanceAnswer:
    """What an authority says of one file or fapiao.

    Attributes:
        place: where in the answer it stands, for refusals: a line, or which document.
        seller: the tax number of the seller that it names; empty where it names none.
        serial: by which we asked: our document's number for KSeF, the batch's own serial for a fapiao.
        number: that the authority gave; empty of a refusal.
        given_on: the day of it, in the state's own time.
        given_at: the instant, where it states one.
        reason: why it was refused; empty of what was accepted.
        receipt: whether it is the signed receipt, which confirms what it accepts.
        sha256: of the file that was cleared, where it says so.
        net: without tax, as the authority counts it; None where it does not say.
        tax: likewise.
    """

    place: str
    seller: str
    serial: str
    number: str = ""
    given_on: date | None = None
    given_at: datetime | None = None
    reason: str = ""
    receipt: bool = False
    sha256: bytes | None = None
    net: Decimal | None = None
    tax: Decimal | None = None
