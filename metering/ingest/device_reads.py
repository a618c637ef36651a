"""Reads of a counter by device: from which read on another device counts, where a file names the device of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from metering.ingest.raw_columns import StatedExchange
from metering.log.columns import instant_of
from metering.log.reading import Verdict


@dataclass(frozen=True, slots=True)
class DeviceRead:
    """A read of a counter.

    Attributes:
        place: its position in the columns.
        line: its line in the file.
        at: microseconds since 1970.
        value: in the register's unit.
        device: the serial number; empty where the file names none.
    """

    place: int
    line: int
    at: int
    value: Decimal
    device: str


@dataclass(slots=True)
class DeviceChanges:
    """The exchanges of devices among the reads of a counter.

    Attributes:
        exchanges: in order of time.
        left_out: the positions of reads that no column shall have: the first read of a new device at the very instant
            of the old one's last read, which the exchange has; and reads that are refused.
        repeated: how many of them repeat such a first read.
        verdicts: on those that are refused.
    """

    exchanges: list[StatedExchange] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    repeated: int = 0
    verdicts: list[Verdict] = field(default_factory=list)


def compare(register: str, reads: Sequence[DeviceRead], changes: DeviceChanges) -> None:
    """Find the exchanges of devices among the reads of one counter, in any order.

    A device whose reads begin before those of another end is refused: both cannot count the same.

    Args:
        register: the key.
        reads: all reads of it in a file; those that name no device are left alone.
        changes: those of other counters, to which what is noticed is added.
    """
    by_device: dict[str, list[DeviceRead]] = {}
    for read in sorted(reads, key=lambda read: (read.at, read.line)):
        if read.device:
            by_device.setdefault(read.device, []).append(read)
    devices = sorted(by_device.values(), key=lambda of_device: (of_device[0].at, of_device[-1].at))
    before = devices[0] if devices else []
    for after in devices[1:]:
        if after[0].at < before[-1].at:
            _refuse_overlap(changes, before, after)
            continue
        _exchange(changes, register, before[-1], after)
        before = after


def _refuse_overlap(changes: DeviceChanges, before: Sequence[DeviceRead], after: Sequence[DeviceRead]) -> None:
    expected = f"reads after {instant_of(before[-1].at).isoformat()}, the last of device {before[-1].device}"
    for read in after:
        actual = f"{instant_of(read.at).isoformat()} of device {read.device}"
        changes.verdicts.append(Verdict(read.line, "two_devices", actual, expected))
        changes.left_out.append(read.place)


def _exchange(changes: DeviceChanges, register: str, closing: DeviceRead, after: Sequence[DeviceRead]) -> None:
    opening = after[0]
    changes.exchanges.append(
        StatedExchange(
            line=opening.line,
            register=register,
            closed_at=instant_of(closing.at),
            closing=closing.value,
            opened_at=instant_of(opening.at),
            opening=opening.value,
            serial=opening.device,
        )
    )
    if opening.at == closing.at:
        same = [read for read in after if read.at == opening.at and read.value == opening.value]
        changes.left_out += [read.place for read in same]
        changes.repeated += len(same) - 1
