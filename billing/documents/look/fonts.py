"""The fonts of PDFs: files of packages that may be embedded (SIL Open Font License), never those of the machine.

So a document comes out the same wherever it is made. Arimo has Latin, Greek and Cyrillic letters, and is of one drawing
with Liberation Sans, one of four fonts that the Swiss QR-bill allows. Noto Sans SC has the Chinese signs. The packages
hold files alone (requirements/files.in); none of their code is run.
"""

from functools import cache
from importlib.util import find_spec
from typing import Final

import typst

from quantities.errors import Unavailable

#: Families, in the order in which a sign is looked for, with the package that has each, and where in it.
FAMILIES: Final = (("Arimo", "fontpkg_arimo", "files"), ("Noto Sans SC", "zhplot", "fonts"))


class MissingFont(Unavailable):
    """A font of the documents is not installed."""


@cache
def fonts() -> typst.Fonts:
    """The fonts of every PDF, opened once.

    Raises:
        MissingFont: a package, or its file, is not there. Without its font a sign would be an empty box.
    """
    folders = [folder_of(family, package, inside) for family, package, inside in FAMILIES]
    opened = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)
    families = opened.families()
    for family, package, _ in FAMILIES:
        if family not in families:
            raise _missing(family, package)
    return opened


def folder_of(family: str, package: str, inside: str) -> str:
    """Find the folder of a font's files; the package is looked for and not imported.

    Raises:
        MissingFont: the package is not installed.
    """
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise _missing(family, package)
    return f"{next(iter(places))}/{inside}"


def _missing(family: str, package: str) -> MissingFont:
    return MissingFont(
        f"the font {family} is not installed; it comes with the package {package}", found="", expected=package
    )
