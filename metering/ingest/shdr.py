"""SHDR: lines of an MTConnect adapter as it sends them to its agent, recorded in a file.

``STAMP|KEY|VALUE|KEY|VALUE…``: any number of pairs in any order. A key is ``DEVICE:ITEM`` or an item alone; the alias
of its register is ``DEVICE/ITEM``, or the key as it is written. A condition takes five values behind its key and a
message two (code and text), and either ends its line. Lines that begin with ``*`` are of the protocol;
``* adapterVersion`` opens a session. Assets are no observations.

A session often opens with counts at 0. Whether such a counter counts anew is not in the lines: ``session_resets`` says
it. ``VALUE:TRIGGER`` of a counter says by itself that the value starts anew.
Units are not in the lines either; they are those of the registers.
Source: ANSI/MTC1.4 (MTConnect), part 1, appendices on the adapter's protocol (SHDR).
"""

import re
from collections.abc import Iterator

from metering.fleet.lookup import RegisterLookup
from metering.ingest.json_rows import decoded
from metering.ingest.no_reading import NoReading
from metering.ingest.observations import UNAVAILABLE, DataItem, Observation, raw_columns
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import RawColumns

_STAMPED = re.compile(rb"(?m)^\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:?\d\d)?(@[0-9.]*)?\|[^|\r\n]+\|")
_LEVELS = {"NORMAL", "WARNING", "FAULT", UNAVAILABLE}
_QUALIFIERS = {"", "HIGH", "LOW"}
_CONDITION_CELLS = 6  # its key, level, native code, native severity, qualifier and text
_MESSAGE_CELLS = 3  # its key, code and text
_SEPARATOR = re.compile(r"(?<!\\)\|")
_MULTILINE = "--multiline--"
_OPENS_SESSION = "adapterversion"


def begins(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a log of an adapter."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = _STAMPED.search(head)
    return first is not None and (first.start() == 0 or head.startswith(b"*"))


def read_columns(raw: bytes, targets: RegisterLookup, options: IngestOptions) -> RawColumns:
    """Find the pairs of a log.

    Raises:
        UnreadableFile: it is not UTF-8, has no pair, or no key is a register's.
    """
    log = _Log()
    observations = list(log.observations(decoded(raw)))
    dialect = {"format": "shdr", "sessions": str(log.sessions)}
    if log.assets:
        dialect["assets"] = str(log.assets)
    return raw_columns(observations, targets, options, dialect, units_from="that of the register")


class _Log:
    """Reads the lines of a log, in order.

    Attributes:
        sessions: number of sessions opened so far.
        assets: number of lines with assets so far.
    """

    def __init__(self) -> None:
        self.sessions = self.assets = 0
        self._items: dict[str, DataItem] = {}
        self._sequence = 0
        self._opened: set[DataItem] = set()  # the items of this session that have shown a value

    def observations(self, text: str) -> Iterator[Observation]:
        """The observations of a log."""
        lines = text.split("\n")
        cut_off = len(lines)  # the last line has a line end as the others do, or it was cut off
        ends_at = ""
        for number, whole in enumerate(lines, start=1):
            line = whole.rstrip("\r")
            if ends_at:
                ends_at = "" if line.strip() == ends_at else ends_at
            elif line.lstrip().startswith("*"):
                self._read_protocol(line)
            elif line.strip():
                stamp, _, rest = line.partition("|")
                cells = [cell.strip() for cell in _SEPARATOR.split(rest)]
                if cells[0].startswith("@"):
                    self.assets += 1
                    ends_at = cells[-1] if cells[-1].startswith(_MULTILINE) else ""
                    continue
                yield from self._of_line(number, stamp.strip(), cells, is_cut=number == cut_off)

    def _read_protocol(self, line: str) -> None:
        if line.lstrip("* \t").partition(":")[0].strip().casefold() == _OPENS_SESSION:
            self.sessions += 1
            self._opened.clear()

    def _of_line(self, number: int, stamp: str, cells: list[str], *, is_cut: bool) -> Iterator[Observation]:
        at = 0
        while at < len(cells):
            left = cells[at:]
            size = _size(left)
            fault = _fault(stamp, left[:size], is_cut=is_cut and size == len(left))
            value = left[1] if size == 2 else ""  # noqa: PLR2004 a pair
            happened = left[1].upper() if size > 2 else None  # noqa: PLR2004 neither a pair nor a key without a value
            yield self._observation(number, stamp, left[0], value, happened, fault)
            at += size

    def _observation(
        self, number: int, stamp: str, key: str, value: str, happened: str | None, fault: NoReading | None
    ) -> Observation:
        item = self._item(key)
        self._sequence += 1
        is_value = happened is None and fault is None and value.upper() != UNAVAILABLE
        opens = is_value and self.sessions > 0 and item not in self._opened
        if is_value:
            self._opened.add(item)
        return Observation(
            item, number, stamp, value, self._sequence, happened=happened, opens_session=opens, fault=fault
        )

    def _item(self, key: str) -> DataItem:
        item = self._items.get(key)
        if item is None:
            device, mark, name = key.partition(":")
            names = (f"{device}/{name}", key) if mark else (key,)
            item = self._items[key] = DataItem((device if mark else "", name if mark else key), names, name or key)
        return item


def _size(cells: list[str]) -> int:
    """How many of the cells of a line are the next observation: a condition, a message, a pair, or a key alone."""
    if (
        len(cells) >= _CONDITION_CELLS
        and cells[1].upper() in _LEVELS
        and cells[_CONDITION_CELLS - 2].upper() in _QUALIFIERS
    ):
        return len(cells)
    return len(cells) if len(cells) == _MESSAGE_CELLS else min(2, len(cells))


def _fault(stamp: str, cells: list[str], *, is_cut: bool) -> NoReading | None:
    """Why the cells of an observation are none that holds from its instant on."""
    if is_cut:
        return NoReading("cut_off", "|".join(cells), "a line end behind the last line: the value may go on")
    if len(cells) == 1:
        return NoReading("no_value", cells[0], "a value behind each key")
    if "@" in stamp:
        return NoReading("statistic", stamp, "a value that holds from its instant on, without a duration")
    return None
