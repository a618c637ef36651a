"""What is known of an edit that waits besides its register and range: of a file, an exchange, an approval, of all."""

from datetime import date, datetime
from decimal import Decimal

from metering.records.document import StoredDocument
from metering.records.sender_options import SenderOptions


class WaitingDelivery(StoredDocument):
    """What is done once another person has released it, besides the register and the range that the edit names.

    Attributes:
        source: of a file: its name.
        options: of a file: what was said about it.
        profile: of a file: the name of the profile by which it is read.
        save_profile: of a file: the name of the profile in which what was said is kept.
        blocks_start: of a file: where blocks begin that state one start.
        content_type_format: of a file: the format that the kind of content named.
        atomic: of a file: all rows or none.
        replaces_from: of a file: the start of the range that it restates in full.
        replaces_to: of a file: the end of that range.
        idempotency_key: of a file: requests with the same key are executed once.
        request: of a file: what else the key stands for.
        closing: of an exchange or a reset: the last read before.
        opening: of an exchange or a reset: the first read after.
        serial: of an exchange: the new device's.
        approved_until: of a meter: the last day of its approval; None: it has no end.
        known_batch: the last delivery that was known when it was prepared; None where an earlier release prepared it.
    """

    source: str = ""
    options: SenderOptions | None = None
    profile: str | None = None
    save_profile: str | None = None
    blocks_start: datetime | None = None
    content_type_format: str | None = None
    atomic: bool = False
    replaces_from: datetime | None = None
    replaces_to: datetime | None = None
    idempotency_key: str | None = None
    request: tuple[str, ...] = ()
    closing: Decimal | None = None
    opening: Decimal | None = None
    serial: str | None = None
    approved_until: date | None = None
    known_batch: int | None = None
