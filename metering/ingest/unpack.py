"""Unpacking gzip with a limit, so that a small file cannot unpack to gigabytes."""

import zlib

from metering.ingest.unreadable import UnreadableFile
from metering.limits import FILE_BYTES_MAX

MAGIC = b"\x1f\x8b"
_ALWAYS = 16 << 20
_RATIO_MAX = 200  # years of zeros shrink forty times
_MEMBERS_MAX = 1000


def gunzip(raw: bytes) -> bytes:
    """Unpack a gzip file of one or several members.

    Raises:
        UnreadableFile: it is damaged, or larger than allowed when unpacked.
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
