"""How many pixels a raster picture says that it has: a small file may be a very large picture.

PNG (ISO/IEC 15948, 11.2.2) says it in its first chunk, JPEG (ITU-T T.81, B.2.2) in the header of its frame. Nothing is
decoded here.
"""

#: A logo of 75 mm by 20 mm on paper has some 900 × 240 of them at 300 dpi. Decoding 30,000 × 30,000 takes a gigabyte.
PIXELS_MAX = 4_000_000

_PNG, _PNG_WIDTH, _PNG_END = b"\x89PNG\r\n\x1a\n", 16, 24
_JPEG = b"\xff\xd8\xff"
#: Markers of the header of a frame: SOF0 to SOF15 without DHT, JPG and DAC, which lie among them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARK, _FRAME_BYTES = 0xFF, 9


def pixels(content: bytes) -> int | None:
    """Say how many pixels a PNG or JPEG has; None where it does not say so, and so is broken."""
    if content.startswith(_PNG):
        size = content[_PNG_WIDTH:_PNG_END]
        return int.from_bytes(size[:4]) * int.from_bytes(size[4:]) or None
    return _of_jpeg(content) if content.startswith(_JPEG) else None


def _of_jpeg(content: bytes) -> int | None:
    """Go from segment to segment up to the frame's header."""
    at = 2
    while at + _FRAME_BYTES <= len(content) and content[at] == _MARK:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = int.from_bytes(content[at + 5 : at + 7]), int.from_bytes(content[at + 7 : at + 9])
            return height * width or None
        at += 1 if marker == _MARK else 2 + length  # any number of 0xFF may stand before a marker
    return None
