"""Formats that readings arrive in: each one file that finds the columns, and one reader for what stands in them.

Every row of a file is a reading, repeats one, or has a verdict.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from metering.ingest import green_button, interval_csv, iso15143, json_rows, parquet, unpack, xml
from metering.ingest.raw_columns import (
    FILE_BYTES_MAX,
    IngestOptions,
    Parsed,
    RawColumns,
    RegisterLookup,
    TargetRegister,
    UnreadableFile,
)
from metering.ingest.reader import read

__all__ = [
    "FORMATS",
    "IngestOptions",
    "Parsed",
    "RegisterLookup",
    "TargetRegister",
    "UnreadableFile",
    "parse",
    "sniffed",
]

_HEAD = 1 << 16


class UnknownFormat(UnreadableFile):
    """A format is one of those that are read."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        state: finds the columns of a file.
        media_types: how HTTP names it.
        begins: tells from a file's first bytes that it is in this format.
    """

    state: Callable[[bytes, RegisterLookup, IngestOptions], RawColumns]
    media_types: tuple[str, ...]
    begins: Callable[[bytes], bool]


def _json_of(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _is_ndjson(head: bytes) -> bool:
    first, mark, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not first.startswith(b"{"):
        return False
    try:
        return isinstance(json_rows.load(first.decode()), dict) and (bool(mark) or b'"readings"' not in first)
    except (ValueError, UnicodeDecodeError):
        return False


def _is_fleet(head: bytes) -> bool:
    return _json_of(head) == b"{" and (b'"Equipment"' in head or b'"Fleet"' in head or b'"EquipmentHeader"' in head)


#: Every format, in the order that a file is asked whether it is in it; the last takes what no other does.
FORMATS: Mapping[str, Format] = {
    "parquet": Format(parquet.state, ("application/vnd.apache.parquet",), lambda head: head[:4] == b"PAR1"),
    "arrow": Format(
        parquet.state,
        ("application/vnd.apache.arrow.file", "application/vnd.apache.arrow.stream"),
        lambda head: head[:6] == b"ARROW1" or head[:4] == b"\xff\xff\xff\xff",
    ),
    "green_button": Format(
        green_button.state, ("application/atom+xml",), lambda head: xml.root_name(head) in ("feed", "entry")
    ),
    "iso15143": Format(iso15143.state_xml, ("application/xml", "text/xml"), lambda head: head.lstrip()[:1] == b"<"),
    "iso15143_json": Format(iso15143.state_json, ("application/vnd.iso15143+json",), _is_fleet),
    "ndjson": Format(json_rows.state_ndjson, ("application/x-ndjson", "application/jsonl"), _is_ndjson),
    "json": Format(json_rows.state_json, ("application/json",), lambda head: _json_of(head) in (b"{", b"[")),
    "csv": Format(interval_csv.state, ("text/csv",), bool),
}
_OTHERS = {b"PK": "a zip archive or a spreadsheet", b"%PDF": "a PDF"}


def parse(raw: bytes, targets: RegisterLookup, told: IngestOptions | None = None, format_: str | None = None) -> Parsed:
    """Read a file, packed by gzip or not.

    Args:
        raw: the file.
        targets: the registers of the tenant, by key and alias.
        told: what the sender says beside it.
        format_: a name of ``FORMATS``; without one, the file's first bytes tell.

    Raises:
        UnknownFormat: there is no format of that name, or the file is of a kind that is not read.
        UnreadableFile: it cannot be read at all; found and expected come along.
    """
    told = told or IngestOptions()
    if len(raw) > FILE_BYTES_MAX:
        raise UnreadableFile(f"the file has {len(raw)} bytes", found=len(raw), expected=f"at most {FILE_BYTES_MAX}")
    if raw.startswith(unpack.MAGIC):
        raw = unpack.gunzip(raw)
    name = format_ or sniffed(raw[:_HEAD])
    if name not in FORMATS:
        raise UnknownFormat(f"there is no format {name!r}", found=name, expected=list(FORMATS))
    return read(FORMATS[name].state(raw, targets, told), targets, told)


def sniffed(head: bytes) -> str:
    """Name the format that a file's first bytes tell.

    Raises:
        UnknownFormat: they tell another kind of file.
    """
    other = next((kind for mark, kind in _OTHERS.items() if head.startswith(mark)), None)
    if other is not None:
        raise UnknownFormat(f"this is {other}", found=other, expected=list(FORMATS))
    return next((name for name, each in FORMATS.items() if each.begins(head)), "csv")
