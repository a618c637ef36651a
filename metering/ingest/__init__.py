"""Formats of readings: one module per format finds the columns; one reader for all formats reads what they contain.

Every row of a file is a reading, repeats one, or has a verdict.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.ingest import (
    green_button,
    interval_csv,
    iso15143,
    json_rows,
    mscons,
    mtconnect,
    nem12,
    parquet,
    shdr,
    unpack,
    workbook,
    xml,
)
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.options import IngestOptions
from metering.ingest.raw_columns import Parsed, RawColumns, StatedExchange
from metering.ingest.reader import read
from metering.ingest.unreadable import UnreadableFile
from metering.limits import FILE_BYTES_MAX

__all__ = [
    "FORMATS",
    "IngestOptions",
    "Parsed",
    "RegisterLookup",
    "StatedExchange",
    "TargetRegister",
    "UnreadableFile",
    "detect_format",
    "parse",
]

_HEAD = 1 << 16


class UnknownFormat(UnreadableFile):
    """The format of the file is unknown."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of readings.

    Attributes:
        read_columns: finds the columns of a file.
        media_types: its media types in HTTP.
        begins: whether a file that begins with these bytes is in this format.
    """

    read_columns: Callable[[bytes, RegisterLookup, IngestOptions], RawColumns]
    media_types: tuple[str, ...]
    begins: Callable[[bytes], bool]


def _json_of(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _is_ndjson(head: bytes) -> bool:
    first, mark, _ = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not first.startswith(b"{") or (not mark and b'"readings"' in first):
        return False
    try:
        return isinstance(json_rows.load(first.decode()), dict)
    except (ValueError, UnicodeDecodeError):
        return False


def _is_fleet(head: bytes) -> bool:
    return _json_of(head) == b"{" and (b'"Equipment"' in head or b'"Fleet"' in head or b'"EquipmentHeader"' in head)


#: All formats, in the order in which they are tried on a file; the last one takes every other file.
FORMATS: Mapping[str, Format] = {
    "parquet": Format(parquet.read_columns, ("application/vnd.apache.parquet",), lambda head: head[:4] == b"PAR1"),
    "arrow": Format(
        parquet.read_columns,
        ("application/vnd.apache.arrow.file", "application/vnd.apache.arrow.stream"),
        lambda head: head[:6] == b"ARROW1" or head[:4] == b"\xff\xff\xff\xff",
    ),
    "green_button": Format(
        green_button.read_columns, ("application/atom+xml",), lambda head: xml.root_name(head) in ("feed", "entry")
    ),
    "mtconnect": Format(
        mtconnect.read_columns,
        ("application/vnd.mtconnect+xml",),
        lambda head: xml.root_name(head) in mtconnect.DOCUMENTS,
    ),
    "iso15143": Format(
        iso15143.read_xml_columns, ("application/xml", "text/xml"), lambda head: head.lstrip()[:1] == b"<"
    ),
    "iso15143_json": Format(iso15143.read_json_columns, ("application/vnd.iso15143+json",), _is_fleet),
    "ndjson": Format(json_rows.read_ndjson_columns, ("application/x-ndjson", "application/jsonl"), _is_ndjson),
    "json": Format(json_rows.read_json_columns, ("application/json",), lambda head: _json_of(head) in (b"{", b"[")),
    "shdr": Format(shdr.read_columns, ("text/vnd.mtconnect.shdr",), shdr.begins),
    "nem12": Format(nem12.read_columns, (), nem12.begins),  # sent as text/csv: the bytes tell it apart
    "mscons": Format(mscons.read_columns, ("application/edifact",), mscons.begins),
    "xlsx": Format(
        workbook.read_columns,
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
        lambda head: head[:4] == b"PK\x03\x04" and b"xl/" in head,
    ),
    "csv": Format(interval_csv.read_columns, ("text/csv",), bool),
}
#: The identification with which a meter begins its readout.
_READOUT = re.compile(rb"\x02?/[A-Za-z]{3}[0-9A-Za-z]")
_OTHERS = {
    b"PK": "a zip archive, or a spreadsheet other than XLSX",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of the old kind (XLS), or one with a password; save it as XLSX",
    b"%PDF": "a PDF",
}


def parse(
    raw: bytes, targets: RegisterLookup, options: IngestOptions | None = None, format_: str | None = None
) -> Parsed:
    """Read a file, packed by gzip or not.

    Args:
        raw: the file.
        targets: the registers of the tenant, by key and alias.
        options: what the sender states about the file.
        format_: a name of ``FORMATS``; None: detected from the file's first bytes.

    Raises:
        UnknownFormat: no format has that name, or files of this kind are not read.
        UnreadableFile: the file as a whole cannot be read; ``found`` and ``expected`` say why.
    """
    options = options or IngestOptions()
    if len(raw) > FILE_BYTES_MAX:
        raise UnreadableFile(f"the file has {len(raw)} bytes", found=len(raw), expected=f"at most {FILE_BYTES_MAX}")
    if raw.startswith(unpack.MAGIC):
        raw = unpack.gunzip(raw)
    name = format_ or detect_format(raw[:_HEAD])
    if name not in FORMATS:
        raise UnknownFormat(f"there is no format {name!r}", found=name, expected=list(FORMATS))
    parsed = read(FORMATS[name].read_columns(raw, targets, options), targets, options)
    return replace(parsed, how_read=(_format_read(name, is_said=format_ is not None), *parsed.how_read))


def _format_read(name: str, *, is_said: bool) -> HowRead:
    basis, where = (Basis.SAID, f"--format {name}") if is_said else (Basis.STATED, "the first bytes")
    return HowRead(Aspect.TABLE, f"format {name}", basis, where)


def detect_format(head: bytes) -> str:
    """The name of the format of a file, detected from its first bytes.

    Raises:
        UnknownFormat: they are those of another kind of file.
    """
    name = next((name for name, format_ in FORMATS.items() if format_.begins(head)), "csv")
    other = next((kind for mark, kind in _OTHERS.items() if head.startswith(mark)), None)
    if _READOUT.match(head):
        other = "the readout of a meter by IEC 62056-21, as a P1 port or an optical head gives it"
    if name == "csv" and other is not None:
        raise UnknownFormat(f"this is {other}", found=other, expected=list(FORMATS))
    return name
