"""QR codes as drawings (ISO/IEC 18004), by segno."""

import re
from typing import Final

import segno

from billing.documents.look.page import Drawing

#: One of the eight masks, which did well on 15 of our payment codes with their amounts drawn. Every
#: reader undoes any mask: it is named in the code. To weigh all eight for each code, as the norm would have its writer
#: do (7.8.3), took 8 ms of a document's 60.
_MASK: Final = 3
#: Dark modules beside each other.
_DARK: Final = re.compile(b"\x01+")


def qr_code(content: str, *, boost_error: bool = False) -> segno.QRCode:
    """Make a code of UTF-8, of the error correction M.

    Args:
        content: what is read out of it.
        boost_error: whether it corrects more where that makes it no larger; the norms of payments forbid it.
    """
    return segno.make_qr(content, error="m", boost_error=boost_error, encoding="utf-8", mask=_MASK)


def drawing_of(code: segno.QRCode, alternative: str, caption: str, width_mm: int) -> Drawing:
    """Draw a code, with the quiet zone of four modules that its norm asks for.

    One path, of a stroke for each row of dark modules, as segno writes it, in a fifth of its time.

    Args:
        code: the code.
        alternative: what it says, for who does not see it.
        caption: printed below.
        width_mm: as wide as this, quiet zone included.
    """
    border, path = 4, list[str]()
    last: tuple[int, int] | None = None
    for y, row in enumerate(code.matrix, border):
        for dark in _DARK.finditer(row):
            x, length = border + dark.start(), dark.end() - dark.start()
            path.append(f"M{x} {y}.5h{length}" if last is None else f"m{x - last[0]} {y - last[1]}h{length}")
            last = (x + length, y)
    size = len(code.matrix) + 2 * border
    box = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
    svg = f'{box}<path stroke="#000" d="{"".join(path)}"/></svg>'
    return Drawing(svg, alternative, caption, width_mm)
