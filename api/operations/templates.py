"""Templates of contracts, a commented YAML file for each kind of agreement."""

from pathlib import Path

import contracts
from quantities.errors import NotFound

_FOLDER = Path(contracts.__file__).parent / "templates"


class UnknownTemplate(NotFound):
    """There is no template of that kind."""


def kinds() -> tuple[str, ...]:
    """List the kinds of agreement that there is a template for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def template(kind: str) -> str:
    """Read the template of a kind: YAML with comments, a contract without fault as it is written.

    Raises:
        UnknownTemplate: there is none.
    """
    if kind not in kinds():
        raise UnknownTemplate(f"there is no template {kind!r}", found=kind, expected=list(kinds()))
    return (_FOLDER / f"{kind}.yaml").read_text(encoding="utf-8")
