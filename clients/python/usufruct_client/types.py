"""What the generated code is written in: a field that is not there, a file, and an answer with its headers."""

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, Generic, Literal, TypeVar

from attrs import define

__all__ = ["UNSET", "File", "Response", "Unset", "a_file"]

Answer = TypeVar("Answer")

#: What the server calls files that Python has no name for, or another.
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


class Unset:
    """A field that is not there, which is another thing than one without a value (None)."""

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset()


@define
class File:
    """A body as it stands in a file; without a media type it is sent as what the operation takes first."""

    payload: bytes | str | BinaryIO
    mime_type: str | None = None


def a_file(path: str | Path) -> File:
    """Read a file, and name its media type by its suffix; what that does not tell, the server looks for in the file."""
    path = Path(path)
    guessed = mimetypes.guess_type(path.name)
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), guessed[0] if guessed[1] is None else None)
    return File(path.read_bytes(), media_type or "application/octet-stream")


@define
class Response(Generic[Answer]):
    """An answer with its status and headers: `ETag`, `X-Total-Count`, `Idempotent-Replayed` and others."""

    status_code: int
    content: bytes
    headers: Mapping[str, str]
    parsed: Answer
