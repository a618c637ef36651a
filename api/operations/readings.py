"""Readings as use cases: a file of any format is stored, readings are withdrawn, an exchange or a reset is declared."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from metering.deliveries import store
from metering.deliveries.receipt import Receipt, Sender
from metering.fleet.store import StoredRegisterLookup
from metering.ingest import IngestOptions, parse
from quantities.errors import Invalid
from quantities.period import Period


class NotAPair(Invalid):
    """The column is not mapped as role=column."""


def column_map(options: Sequence[str]) -> Mapping[str, str]:
    """Read ``role=column`` options.

    Raises:
        NotAPair: an option has no equals sign, or nothing on one side of it.
    """
    columns = {}
    for option in options:
        role, _, column = option.partition("=")
        if not role.strip() or not column:
            raise NotAPair(f"{option!r} is no role=column", found=option, expected="as in time=Datum")
        columns[role.strip()] = column.strip()
    return columns


def ingest(
    session: Session,
    sender: Sender,
    raw: bytes,
    options: IngestOptions,
    *,
    format_: str | None = None,
    atomic: bool = False,
    replaces: Period | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Receipt, Mapping[str, str]]:
    """Store the readings of a file of any format.

    Args:
        session: states the tenant.
        sender: who delivers, from where, when and why.
        raw: the file as it came.
        options: what its sender states beside it.
        format_: its format, where the bytes do not tell.
        atomic: store all rows or none.
        replaces: the range that the file restates in full.
        progress: is called with how many readings are done, and of how many.

    Returns:
        The receipt, and what was noticed about the file's dialect.

    Raises:
        UnreadableFile: the file is not of a known format, or damaged.
        RefusedWhole: ``atomic``, and a row has a verdict; nothing is stored.
        KeyUsedOtherwise: the idempotency key was used for another request.
    """
    lookup = StoredRegisterLookup(session)
    parsed = parse(raw, lookup, options, format_)
    parsed = store.declare_stated_exchanges(session, sender, parsed, lookup.registers)
    receipt = store.deliver(
        session, sender, raw, parsed, lookup.registers, atomic=atomic, replaces=replaces, progress=progress
    )
    return receipt, parsed.dialect


def withdraw(session: Session, key: str, period: Period, *, reason: str, who: str, at: datetime) -> Receipt:
    """Withdraw the readings of a register that start in a period.

    Raises:
        NoSuchRegister: there is no register of that key.
    """
    return store.withdraw(session, Sender(f"withdrawal of {key}", who, at, reason), key, period)


def exchange(
    session: Session,
    key: str,
    moment: datetime,
    *,
    closing: Decimal,
    opening: Decimal,
    serial: str,
    reason: str | None,
    who: str,
    at: datetime,
) -> int:
    """Declare that the device of a cumulative register was exchanged.

    Args:
        session: states the tenant.
        key: the register's.
        moment: of the exchange.
        closing: what the old device showed last.
        opening: what the new device showed first.
        serial: the new device's.
        reason: why.
        who: records it.
        at: the instant of recording.

    Returns:
        The number of the batch that records it.

    Raises:
        NoSuchRegister: there is no cumulative register of that key.
        NaiveInstant: ``moment`` states no offset.
        FallingClosingRead: the last read before it is above ``closing``.
    """
    sender = Sender(f"exchange of {key}", who, at, reason)
    return store.exchange(session, sender, key, moment, closing=closing, opening=opening, serial=serial)


def reset(
    session: Session,
    key: str,
    moment: datetime,
    *,
    closing: Decimal,
    opening: Decimal,
    reason: str | None,
    who: str,
    at: datetime,
) -> int:
    """Declare that the counter of a device was reset; the device is the same. Otherwise as ``exchange``."""
    sender = Sender(f"reset of {key}", who, at, reason)
    return store.exchange(session, sender, key, moment, closing=closing, opening=opening, serial=None)
