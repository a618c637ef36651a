"""Documents by the command line: each one that is registered is asked for as ``--NAME FILE``, with its options.

The registries take a while to load, so they are read when a command needs them: what such a command takes besides its
own options is left over in its context (``LEAVES_OPTIONS``) and read here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from billing.documents.document import Document
    from billing.exports.export import Export

Kind = TypeVar("Kind", bound="Document")

#: What a command states that takes the names and the options of documents.
LEAVES_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}


def documents_asked(
    kinds: Mapping[str, type[Kind]], leftover: list[str], **declared: Path | None
) -> list[tuple[Kind, Path]]:
    """Read which documents are to be written into which files.

    Args:
        kinds: the documents of one thing, by name.
        leftover: what the command did not read itself, as ``--NAME FILE`` and ``--OPTION VALUE``.
        declared: files of documents which the command declares as options of its own.

    Raises:
        BadParameter: no document has such a name or option, or a value is missing.
        FaultyDocument: the value of an option is none.
    """
    values = _pairs(leftover)
    files = {name: path for name, path in declared.items() if path is not None}
    files |= {name: Path(value) for name, value in values.items() if name in kinds}
    options = {name: value for name, value in values.items() if name not in kinds}
    _refuse_unknown(options, [kinds[name] for name in files], names=kinds)
    return [(_with_options(kinds[name], options), path) for name, path in files.items()]


def export_asked(kind: "type[Export]", leftover: list[str]) -> "Export":
    """Read the options of an export.

    Raises:
        BadParameter: it has no such option, or a value is missing.
        FaultyDocument: the value of an option is none.
    """
    options = _pairs(leftover)
    _refuse_unknown(options, [kind])
    return _with_options(kind, options)


def _pairs(leftover: list[str]) -> dict[str, str]:
    names, values = leftover[::2], leftover[1::2]
    unnamed = next((name for name in names if not name.startswith("--")), None)
    if unnamed is not None:
        raise typer.BadParameter(f"got an unexpected extra argument ({unnamed})")
    if len(values) < len(names):
        raise typer.BadParameter(f"{names[-1]} needs a value, or is no option here")
    return {name.removeprefix("--").replace("-", "_"): value for name, value in zip(names, values, strict=True)}


def _refuse_unknown(
    options: Mapping[str, str], kinds: "list[type[Kind]]", *, names: Mapping[str, object] | None = None
) -> None:
    known = {option for kind in kinds for option in kind.model_fields}
    unknown = next((name for name in options if name not in known), None)
    if unknown is not None:
        written = (name.replace("_", "-") for name in (*(names or ()), *sorted(known)))
        expected = ", ".join(f"--{name}" for name in written) or "no further option"
        raise typer.BadParameter(f"there is no option --{unknown} here; expected: {expected}")


def _with_options(kind: type[Kind], options: Mapping[str, str]) -> Kind:
    from quantities.document import parse

    return parse(kind, {name: value for name, value in options.items() if name in kind.model_fields})
