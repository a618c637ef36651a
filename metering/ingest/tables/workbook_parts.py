"""The parts of a workbook, looked at before it is opened: how large they unpack, and how far their sheets reach.

The library that reads it holds a sheet as a grid up to its last cell: one cell at the end of a sheet that is otherwise
empty would be a grid of seventeen billion. What these bounds allow takes seconds and some hundred megabytes.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from xml.parsers import expat  # no document type is allowed, and so no entity
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from metering.ingest.unreadable import UnreadableFile

CELLS_MAX = 4_000_000
_PARTS_MAX = 10_000
_UNPACKED_MAX = 128 << 20
_ALWAYS = 16 << 20
_RATIO_MAX = 200  # years of equal cells shrink fifty times
_CHUNK = 1 << 16
_UNPACKED_CHUNK = 1 << 20
_DEPTH_MAX = 60
_HEADER_BYTES, _ENCRYPTED = 30, 1
_CELL = re.compile(r"([A-Za-z]{1,4})(\d{1,8})\Z")
_HOLDS_CONTENT = frozenset({"v", "is", "t", "f"})


def checked_parts(raw: bytes) -> bytes:
    """The same workbook, of nothing but the parts that were looked at, so that no other reading of its bytes has more.

    Raises:
        UnreadableFile: it is damaged or protected, unpacks to more than allowed, or has more cells.
    """
    try:
        with ZipFile(BytesIO(raw)) as parts:
            infos = [info for info in parts.infolist() if info.filename.casefold().endswith((".xml", ".rels"))]
    except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError, struct.error, OverflowError) as error:
        raise damaged(str(error)) from error
    if len(infos) > _PARTS_MAX:
        raise UnreadableFile(f"the workbook has {len(infos)} parts", found=len(infos), expected=f"at most {_PARTS_MAX}")
    if len({info.filename for info in infos}) < len(infos):
        raise damaged("two parts have one name")
    if sum(info.compress_size for info in infos) > len(raw):
        raise damaged("its parts overlap")
    allowed, cells, packed = min(_UNPACKED_MAX, max(_ALWAYS, _RATIO_MAX * len(raw))), 0, BytesIO()
    with ZipFile(packed, "w") as checked:
        for info in infos:
            chunks = []
            for chunk in _unpacked(raw, info):
                allowed -= len(chunk)
                if allowed < 0:
                    detail = f"{len(raw)} packed bytes unpack to more than is allowed"
                    raise UnreadableFile(detail, found=str(len(raw)), expected="a workbook of ordinary size")
                chunks.append(chunk)
            part = b"".join(chunks)
            cells += _SheetExtent().of(part)
            _refuse_if_too_many(cells)
            checked.writestr(info.filename, part)
    return packed.getvalue()


def damaged(detail: str) -> UnreadableFile:
    """The refusal of a workbook that cannot be opened."""
    shown = detail[:200].encode(errors="replace").decode()
    return UnreadableFile(f"the workbook is damaged: {shown}", found=shown, expected="a workbook as a program saves it")


def _refuse_if_too_many(cells: int) -> None:
    if cells > CELLS_MAX:
        detail = f"the sheets reach over more than {CELLS_MAX} cells; send them as CSV or Parquet, in parts"
        raise UnreadableFile(detail, found=f"{cells} cells", expected=f"at most {CELLS_MAX}")


def _unpacked(raw: bytes, info: ZipInfo) -> Iterator[bytes]:
    """The content of a part in chunks, by its packed bytes and not by the size that the file claims for it."""
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFile(
            "the workbook is protected by a password", found=info.filename[:100], expected="no password"
        )
    at = info.header_offset
    head = raw[at : at + _HEADER_BYTES]
    if len(head) < _HEADER_BYTES or head[:4] != b"PK\x03\x04":
        raise damaged(f"no part begins at byte {at}")
    start = at + _HEADER_BYTES + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = memoryview(raw)[start : start + info.compress_size]
    pieces = (packed[place : place + _CHUNK] for place in range(0, len(packed), _CHUNK))
    if info.compress_type == ZIP_STORED:
        yield from map(bytes, pieces)
    elif info.compress_type == ZIP_DEFLATED:
        yield from _inflated(pieces, info.filename[:100])
    else:
        raise damaged(f"part {info.filename[:100]!r} is packed in a way that workbooks do not use")


def _inflated(pieces: Iterable[bytes | memoryview], name: str) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=-15)
    try:
        for piece in pieces:
            rest = bytes(piece)
            while rest and not inflate.eof:
                yield inflate.decompress(rest, _UNPACKED_CHUNK)
                rest = inflate.unconsumed_tail
        while not inflate.eof and (chunk := inflate.decompress(b"", _UNPACKED_CHUNK)):
            yield chunk
    except zlib.error as error:
        raise damaged(str(error)) from error
    if not inflate.eof:
        raise damaged(f"part {name!r} ends early")


class _SheetExtent:
    """How far the cells of a sheet reach; other parts have none."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._depth = self._row = self._column = 0
        self._last_row = self._last_column = 0

    def of(self, part: bytes) -> int:
        """How many cells the grid of a part has.

        It is parsed in one piece: a comment that comes in many is read anew with each.
        """
        try:
            self._parser.Parse(part, True)  # noqa: FBT003 the parser takes it by position only
        except expat.ExpatError as error:
            raise damaged(str(error)) from error
        return self._cells()

    def _cells(self) -> int:
        return self._last_row * self._last_column

    def _refuse_document_type(self, *_: object) -> None:
        raise damaged("a part declares a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise damaged(f"elements nest deeper than {_DEPTH_MAX}")
        match name.rpartition(":")[2]:
            case "row":
                number = attributes.get("r", "")
                self._row = int(number) if number.isdecimal() and len(number) < 9 else self._row + 1  # noqa: PLR2004 nine digits are no row
                self._column = 0
            case "c":
                self._to_cell(attributes.get("r"))
            case local if local in _HOLDS_CONTENT and self._column:
                self._last_row = max(self._last_row, self._row)
                self._last_column = max(self._last_column, self._column)
                _refuse_if_too_many(self._cells())

    def _to_cell(self, place: str | None) -> None:
        if place is None:
            self._column += 1
            return
        cell = _CELL.match(place)
        if cell is None:
            raise damaged(f"there is no cell {place[:20]!r}")
        self._column = 0
        for letter in cell[1].upper():
            self._column = self._column * 26 + ord(letter) - ord("A") + 1
        self._row = int(cell[2])

    def _end(self, _: str) -> None:
        self._depth -= 1
