"""Who sends a delivery, and the receipt that says what was stored of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from metering.log.reading import Verdict
from quantities.counted import agrees, counted
from quantities.errors import Conflict, Invalid
from quantities.number import exact_context, plain, trimmed

if TYPE_CHECKING:  # whoever lists deliveries needs no reader of files
    from metering.ingest.how_read import HowRead
    from metering.ingest.raw_columns import StatedExchange

#: The number of verdicts that are kept of a batch; a batch with a million faulty rows has few kinds of faults.
VERDICTS_KEPT = 1000


#: So many refused rows are named in a sentence.
_ROWS_NAMED = 5


class RefusedWhole(Invalid):
    """A row is refused, and with it the whole delivery."""

    @classmethod
    def of(cls, verdicts: Sequence[Verdict]) -> "RefusedWhole":
        """The refusal of a delivery of all rows or none; its sentence names the first rows that are refused."""
        named = ", ".join(f"line {verdict.line} {verdict.code}" for verdict in verdicts[:_ROWS_NAMED])
        more = f" and {len(verdicts) - _ROWS_NAMED} more" if len(verdicts) > _ROWS_NAMED else ""
        rows = f"{counted(len(verdicts), 'row')} {agrees(len(verdicts), 'is', 'are')}"
        return cls(
            f"{rows} refused, so all are: {named}{more}",
            refused=len(verdicts),
            verdicts=[asdict(verdict) for verdict in verdicts[:VERDICTS_KEPT]],
        )


class NothingStored(Invalid):
    """Every row of the delivery is refused; the batch records why."""

    @classmethod
    def of(cls, receipt: "Receipt") -> "NothingStored":
        """The error for a receipt; the error's members are those of the receipt."""
        return cls(f"batch {receipt.batch}: {counted(receipt.refused, 'row')}, all refused", **asdict(receipt))


class KeyUsedOtherwise(Conflict):
    """The idempotency key was used for another request."""

    @classmethod
    def of(cls, key: str, other: str) -> "KeyUsedOtherwise":
        """The error for a key that stands for something else."""
        detail, expected = f"the key {key!r} stands for {other}", "a new key for a new request"
        return cls(detail, place="idempotency key", found=key, expected=expected)


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """A version of a profile: what is said about the files of a source."""

    name: str
    version: int

    def __str__(self) -> str:
        return f"profile {self.name}, version {self.version}"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who delivers, from where, when and why.

    Attributes:
        source: name of the file, endpoint, or form of a person.
        recorded_by: the person, or the name of the API key.
        recorded_at: the instant at which the delivery reached us.
        reason: why a correction, an exchange or a replacement is made.
        idempotency_key: requests with the same key are executed once.
        request: everything else that the key stands for besides the payload, such as register, columns and unit; a
            request with the same key and another ``request`` is refused.
        profile: by which the file is read, if by one.
    """

    source: str
    recorded_by: str
    recorded_at: datetime
    reason: str | None = None
    idempotency_key: str | None = None
    request: tuple[str, ...] = ()
    profile: ProfileVersion | None = None

    def request_sha256(self, payload_sha256: bytes) -> bytes | None:
        """The hash of what the idempotency key stands for; None without a key."""
        if self.idempotency_key is None:
            return None
        return hashlib.sha256(payload_sha256 + json.dumps(self.request).encode()).digest()


@dataclass(frozen=True, slots=True)
class RecordedReset:
    """A reset that a delivery recorded: the last read of the old figures and the first of the new ones.

    Attributes:
        register_key: the counter's register.
        at: the instant, in ISO 8601.
        closing: in plain digits.
        opening: in plain digits.
    """

    register_key: str
    at: str
    closing: str
    opening: str

    @classmethod
    def of(cls, register: str, at: datetime, opening: Decimal, gained: Decimal) -> "RecordedReset":
        """The reset of a register, from its opening read and what the difference of both reads lacks."""
        with exact_context():
            closing = opening + gained
        return cls(register, at.isoformat(), plain(trimmed(closing)), plain(trimmed(opening)))


@dataclass(frozen=True, slots=True)
class WithdrawnRead:
    """A read of an earlier delivery that this one shows to be impossible; the counter's later reads go on without it.

    Attributes:
        register_key: the counter's register.
        at: the instant, in ISO 8601.
        value: in plain digits.
    """

    register_key: str
    at: str
    value: str


@dataclass(frozen=True, slots=True)
class DeclaredExchange:
    """An exchange of devices that a file declared: the last read of the old device and the first of the new one.

    Attributes:
        register_key: the counter's register.
        at: the instant, in ISO 8601.
        closing: in plain digits.
        opening: in plain digits.
        serial: the new device's.
        batch: the number of the batch that records it.
    """

    register_key: str
    at: str
    closing: str
    opening: str
    serial: str
    batch: int

    @classmethod
    def of(cls, stated: "StatedExchange", batch: int) -> "DeclaredExchange":
        """An exchange as a file states it, declared by a batch."""
        return cls(
            register_key=stated.register,
            at=stated.opened_at.isoformat(),
            closing=plain(stated.closing),
            opening=plain(stated.opening),
            serial=stated.serial,
            batch=batch,
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored of a delivery.

    Attributes:
        batch: number of the batch.
        stored: number of rows appended, including corrections.
        corrected: how many of these replace or withdraw a live value.
        unchanged: number of rows that repeat the log or an earlier row of the delivery.
        refused: number of rows with a verdict.
        verdicts: the first thousand of the verdicts.
        seen_before: an earlier batch with the same bytes, if there is one; this delivery was compared all the same.
        repeated: whether this is the receipt of an earlier request with the same idempotency key.
        resets: of counters that start anew in the file, in order of time; each may be corrected by ``usufruct reset``.
        withdrawn: impossible reads of counters that earlier deliveries had brought, in order of time.
        exchanges: those of devices that the file declared.
        how_read: how the file was read; empty where none was.
        dialect: what was noticed about the file.
        profile: by which it was read, if by one.
    """

    batch: int
    stored: int
    corrected: int
    unchanged: int
    refused: int
    verdicts: tuple[Verdict, ...] = ()
    seen_before: int | None = None
    repeated: bool = False
    resets: tuple[RecordedReset, ...] = ()
    withdrawn: tuple[WithdrawnRead, ...] = ()
    exchanges: tuple[DeclaredExchange, ...] = ()
    how_read: "tuple[HowRead, ...]" = ()
    dialect: Mapping[str, str] = field(default_factory=dict)
    profile: ProfileVersion | None = None

    @property
    def is_refused_whole(self) -> bool:
        """Whether there were rows and all of them were refused; the batch is recorded nevertheless."""
        return self.refused > 0 and not self.stored and not self.unchanged
