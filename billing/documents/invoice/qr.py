"""QR codes as drawings (ISO/IEC 18004), by segno."""

import io
from typing import Final

import segno

from billing.documents.look.page import Drawing

#: One of the eight masks, which did well on 15 of our payment codes with their amounts drawn. Every
#: reader undoes any mask: it is named in the code. To weigh all eight for each code, as the norm would have its writer
#: do (7.8.3), took 8 ms of a document's 60.
_MASK: Final = 3


def qr_code(content: str, *, boost_error: bool = False) -> segno.QRCode:
    """Make a code of UTF-8, of the error correction M.

    Args:
        content: what is read out of it.
        boost_error: whether it corrects more where that makes it no larger; the norms of payments forbid it.
    """
    return segno.make_qr(content, error="m", boost_error=boost_error, encoding="utf-8", mask=_MASK)


def drawing_of(code: segno.QRCode, alternative: str, caption: str, width_mm: int) -> Drawing:
    """Draw a code, with the quiet zone of four modules that its norm asks for.

    Args:
        code: the code.
        alternative: what it says, for who does not see it.
        caption: printed below.
        width_mm: as wide as this, quiet zone included.
    """
    file = io.BytesIO()
    code.save(file, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, omitsize=True, nl=False)
    return Drawing(file.getvalue().decode(), alternative, caption, width_mm)
