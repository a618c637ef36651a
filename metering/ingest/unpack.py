"""Packed files: unpacked as far as is accepted and no further, so that a kilobyte cannot stand for a gigabyte."""

import zlib

from metering.ingest.raw_columns import FILE_BYTES_MAX, UnreadableFile

MAGIC = b"\x1f\x8b"
_ALWAYS = 16 << 20
_RATIO_MAX = 200  # years of zeros pack to a fortieth
_MEMBERS_MAX = 1000


def gunzip(raw: bytes) -> bytes:
    """Unpack gzip, one member or several.

    Raises:
        UnreadableFile: it is damaged, or unpacks to more than is accepted.
    """
    allowed = min(FILE_BYTES_MAX, max(_ALWAYS, _RATIO_MAX * len(raw)))
    parts, size, rest = [], 0, raw
    try:
        while rest.startswith(MAGIC):
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(rest, allowed - size + 1))
            size += len(parts[-1])
            if size > allowed:
                raise UnreadableFile(
                    f"{len(raw)} packed bytes unpack to more than {allowed}", found=str(len(raw)), expected=allowed
                )
            if not member.eof:
                raise UnreadableFile("the packed file ends early", found=str(len(raw)), expected="a whole gzip file")
            rest = member.unused_data
            if len(parts) == _MEMBERS_MAX:
                raise UnreadableFile(
                    "the packed file has too many members", found=str(len(parts)), expected=_MEMBERS_MAX
                )
    except zlib.error as error:
        raise UnreadableFile(f"the packed file is damaged: {error}", found=str(error)) from error
    return b"".join(parts)
