"""QR codes as drawings (ISO/IEC 18004)."""

from dataclasses import dataclass
from typing import Final

from billing.documents.invoice.qr_form import DARK, LIGHT, LINE_END, form_for
from billing.documents.look.page import Drawing

_BORDER: Final = 4
#: Runs of modules, the longest first, and how a path goes over them. A longer run is of several.
_RUNS: Final = tuple(
    (sign * length, way.format(length)) for length in range(8, 0, -1) for sign, way in ((DARK, "h{}"), (LIGHT, "m{} 0"))
)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code.

    Attributes:
        version: 1 to 40: how large it is.
        error: its level of correction: L, M, Q or H.
        modules: rows from above, each module ``d`` or ``l``, dark or light, with an end of line between rows.
    """

    version: int
    error: str
    modules: str

    @property
    def size(self) -> int:
        """How many modules it is wide and high."""
        return 17 + 4 * self.version


def qr_code(content: str, *, boost_error: bool = False) -> QrCode:
    """Make a code of UTF-8, of the error correction M.

    Args:
        content: what is read out of it.
        boost_error: whether it corrects more where that makes it no larger; the norms of payments forbid it.

    Raises:
        DataOverflowError: no code is so large.
    """
    written = content.encode()
    form = form_for(len(written), "M", boost_error=boost_error)
    return QrCode(form.version, form.level, form.modules(written))


def drawing_of(code: QrCode, alternative: str, caption: str, width_mm: int) -> Drawing:
    """Draw a code, with the quiet zone of four modules that its norm asks for.

    One path of strokes along the rows, over the dark modules.

    Args:
        code: the code.
        alternative: what it says, for who does not see it.
        caption: printed below.
        width_mm: as wide as this, quiet zone included.
    """
    path = code.modules
    for run, way in _RUNS:
        path = path.replace(run, way)
    path = path.replace(LINE_END, f"m-{code.size} 1")
    size = code.size + 2 * _BORDER
    box = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
    svg = f'{box}<path stroke="#000" d="M{_BORDER} {_BORDER}.5{path}"/></svg>'
    return Drawing(svg, alternative, caption, width_mm)
