"""Contracts in files and folders: a document a file, a list of documents, or a document a line."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.context import UnreadablePath, contract_document, file, options_with_baselines

if TYPE_CHECKING:
    from api.operations.contracts_in_bulk import Placed

_LINES = frozenset({".jsonl", ".ndjson"})
_SUFFIXES = frozenset({".yaml", ".yml", ".json", *_LINES})


def is_one(path: Path) -> bool:
    """Whether a path is a file of one document, as far as its name tells."""
    return not path.is_dir() and path.suffix.lower() not in _LINES


def placed_documents(paths: Sequence[Path]) -> Iterator["Placed"]:
    """Read the contracts of files and folders, one after the other, each with its place.

    Raises:
        UnreadablePath: a path is not there, or a folder has no contract.
    """
    for path in paths:
        yield from _of_folder(path) if path.is_dir() else _of_file(path)


def _of_file(path: Path) -> Iterator["Placed"]:
    from api.operations.contracts_in_bulk import Placed, documents_of

    if path.suffix.lower() in _LINES:
        yield from documents_of(file(path), str(path))
        return
    document = _document(path)
    if isinstance(document, list):
        yield from (Placed(f"{path}/{number}", entry) for number, entry in enumerate(document))
    else:
        yield Placed(str(path), document)


def _document(path: Path) -> Any:
    """Read a file; or say why it cannot be read."""
    from quantities.document import FaultyDocument

    try:
        return contract_document(path)
    except (FaultyDocument, UnreadablePath) as fault:
        return fault


def _of_folder(folder: Path) -> Iterator["Placed"]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in _SUFFIXES)
    if not files:
        raise UnreadablePath(f"{folder} has no contract", found=str(folder), expected=", ".join(sorted(_SUFFIXES)))
    baselines = _named_baselines(files) if any(path.suffix.lower() == ".json" for path in files) else frozenset()
    for path in files:
        if path.name not in baselines:
            yield from _of_file(path)


def _named_baselines(files: Sequence[Path]) -> frozenset[str]:
    """Name the files that others name as a baseline: they are no contracts."""
    from quantities.document import FaultyDocument, read

    names: set[str] = set()
    for path in files:
        if path.suffix.lower() in _LINES:
            continue
        with suppress(FaultyDocument):  # it is told of when its turn comes
            names.update(option["baseline"] for option in options_with_baselines(read(file(path))))
    return frozenset(names)
