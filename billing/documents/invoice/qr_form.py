"""A form of QR codes (ISO/IEC 18004): of one version, correction and mask, all that does not depend on what it says.

A module of a code is a bit of what it says, a bit of its correction, the turned one of such a bit, or the same in each
code of the form. So a code is made by picking from its bits, in an order that is found once: in a tenth of the time
of making it module by module. The same modules as segno's, from which the tables and the fixed modules are taken.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from operator import itemgetter
from typing import Any, Final, cast

import segno
from segno import consts

#: One of the eight masks, which did well on 15 of our payment codes with their amounts drawn. Every
#: reader undoes any mask: it is named in the code. To weigh all eight for each code, as the norm would have its writer
#: do (7.8.3), took 8 ms of a document's 60.
MASK: Final = 3
DARK, LIGHT, LINE_END = "d", "l", "\n"
#: Of bytes, as text is in all our codes (7.4.1, table 2).
_BYTE_MODE: Final = 0b0100
_PADS: Final = b"\xec\x11"
#: Reed and Solomon's field: x⁸ + x⁴ + x³ + x² + 1.
_FIELD: Final = 0x11D
#: By version and level: how many bits of data, and how they are parted into blocks (tables 7 and 9).
_CAPACITIES: Final = cast("Mapping[int, Mapping[int, int]]", consts.SYMBOL_CAPACITY)
_BLOCKS: Final = cast("Mapping[int, Mapping[int, Any]]", consts.ECC)
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class QrForm:
    """What is the same in all codes of a version and a level of correction.

    Attributes:
        version: 1 to 40: how large a code is.
        level: of correction: L, M, Q or H.
        blocks: of how many bytes each block of data is.
        corrections: how many bytes correct a block.
        pick: of the bits as signs, the same turned, and the three signs: a code's modules.
    """

    version: int
    level: str
    blocks: tuple[int, ...]
    corrections: int
    pick: Callable[[str], tuple[str, ...]]

    def modules(self, content: bytes) -> str:
        """Make a code: rows from above, each module dark or light, with an end of line between rows."""
        stream = _codewords(content, self.version, sum(self.blocks))
        step, begun, corrections = _steps(self.corrections), 0, bytearray()
        for size in self.blocks:
            corrections += _correction(stream[begun : begun + size], step, self.corrections)
            begun += size
        bits = 8 * (begun + len(corrections))
        signs = f"{int.from_bytes(stream + corrections):0{bits}b}".replace("1", DARK).replace("0", LIGHT)
        turned = signs.translate({ord(DARK): LIGHT, ord(LIGHT): DARK})
        return "".join(self.pick(signs + turned + DARK + LIGHT + LINE_END))


def form_for(length: int, level: str, *, boost_error: bool) -> QrForm:
    """Find the smallest form for so many bytes.

    Args:
        length: in bytes.
        level: of correction, at least.
        boost_error: whether it corrects more where that makes it no larger.

    Raises:
        DataOverflowError: no code is so large.
    """
    version = next((version for version in range(1, 41) if _capacity(version, level) >= length), None)
    if version is None:
        raise segno.DataOverflowError(f"no QR code takes {length} bytes")
    levels = "LMQH"[("LMQH".index(level)) :] if boost_error else level
    return _form(version, [better for better in levels if _capacity(version, better) >= length][-1])


def _capacity(version: int, level: str) -> int:
    """How many bytes it takes, beside the name of the mode and their number."""
    return (_CAPACITIES[version][consts.ERROR_MAPPING[level]] - 4 - _length_bits(version)) // 8


def _length_bits(version: int) -> int:
    return 8 if version < 10 else 16  # noqa: PLR2004 of table 3


def _codewords(content: bytes, version: int, room: int) -> bytes:
    """Write mode, length, content and terminator, and fill up; with a zero before the pads, as segno has it."""
    length_bits, bits = _length_bits(version), 8 * len(content)
    head = _BYTE_MODE << length_bits | len(content)
    written = head << bits + 4 | int.from_bytes(content) << 4
    stream = written.to_bytes((8 + length_bits + bits) // 8) + b"\0"
    return (stream + _PADS * (room // 2))[:room]


@cache
def _steps(corrections: int) -> tuple[int, ...]:
    """The generator (annex A) times each byte, without its first coefficient: what a step of a division takes off."""
    generator, root = [1], 1
    for _ in range(corrections):  # times (x - root)
        generator = [a ^ _times(root, b) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _times(root, 2)
    return tuple(int.from_bytes(_times(byte, part) for part in generator[1:]) for byte in range(256))


def _times(multiplicand: int, multiplier: int) -> int:
    """Multiply in the field."""
    product = 0
    while multiplier:
        if multiplier & 1:
            product ^= multiplicand
        multiplicand <<= 1
        if multiplicand & 0x100:
            multiplicand ^= _FIELD
        multiplier >>= 1
    return product


def _correction(block: bytes, step: Sequence[int], corrections: int) -> bytes:
    """What is left when a block, as a polynomial, is divided by the generator."""
    top = 8 * (corrections - 1)
    below, rest = (1 << top) - 1, 0
    for byte in block:
        rest = (rest & below) << 8 ^ step[byte ^ rest >> top]
    return rest.to_bytes(corrections)


@cache
def _form(version: int, level: str) -> QrForm:
    groups = _BLOCKS[version][consts.ERROR_MAPPING[level]]
    blocks = tuple(group.num_data for group in groups for _ in range(group.num_blocks))
    corrections: int = groups[0].num_total - groups[0].num_data
    bits = 8 * (sum(blocks) + corrections * len(blocks))
    drawn = segno.make_qr("a", error=level, version=version, mask=MASK, boost_error=False).matrix
    free = _free_places(version, len(drawn))
    order = dict(zip(free, _interleaved(blocks, corrections), strict=False))
    dark, light, line_end = 2 * bits, 2 * bits + 1, 2 * bits + 2
    picked: list[int] = []
    for y, row in enumerate(drawn):
        for x, is_dark in enumerate(row):
            if (y, x) in order:
                picked.append(order[y, x] + (bits if _is_turned(y, x) else 0))
            else:  # what belongs to no byte, at the end, is a light one
                picked.append(dark if is_dark else light)
        picked.append(line_end)
    return QrForm(version, level, blocks, corrections, itemgetter(*picked[:-1]))


def _is_turned(y: int, x: int) -> bool:
    return (y + x) % 3 == 0  # mask 3, 7.8.2


def _interleaved(blocks: Sequence[int], corrections: int) -> Iterator[int]:
    """The bits in the order in which they are placed (7.6): the first byte of each block, then the second of each."""
    begins = [sum(blocks[:block]) for block in range(len(blocks))]
    of_data = zip_longest(*(range(begin, begin + size) for begin, size in zip(begins, blocks, strict=True)))
    size = sum(blocks)
    of_corrections = zip(
        *(range(size + corrections * n, size + corrections * (n + 1)) for n in range(len(blocks))), strict=True
    )
    for byte in (byte for column in (*of_data, *of_corrections) for byte in column if byte is not None):
        yield from range(8 * byte, 8 * byte + 8)


def _free_places(version: int, size: int) -> list[_Place]:
    """Row and column of each module that is not fixed, in the order of bits (7.7.3): in columns of two, up and down."""
    fixed = _fixed_places(version, size)
    places: list[_Place] = []
    rows = range(size)
    for n, right in enumerate((*range(size - 1, 6, -2), 5, 3, 1)):
        upwards = n % 2 == 0
        places += [(y, x) for y in (reversed(rows) if upwards else rows) for x in (right, right - 1)]
    return [place for place in places if place not in fixed]


def _fixed_places(version: int, size: int) -> set[_Place]:
    """The modules of a form that say nothing: finders, what aligns and times, format and version (6.3, 7.9, 7.10)."""
    last = size - 1
    fixed = {(6, n) for n in range(size)} | {(n, 6) for n in range(size)}
    corners = [(0, 9, 0, 9), (0, 9, last - 7, size), (last - 7, size, 0, 9)]
    if version >= 7:  # noqa: PLR2004 no smaller one names its version
        corners += [(0, 6, last - 10, last - 7), (last - 10, last - 7, 0, 6)]
    centres = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    at_finders = {(6, 6), (6, last - 6), (last - 6, 6)}
    squares = [(y - 2, y + 3, x - 2, x + 3) for y in centres for x in centres if (y, x) not in at_finders]
    for top, below, left, right in (*corners, *squares):
        fixed |= {(y, x) for y in range(top, below) for x in range(left, right)}
    return fixed
