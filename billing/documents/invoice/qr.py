"""QR codes as drawings (ISO/IEC 18004), by segno."""

import io

import segno

from billing.documents.look.page import Drawing


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
