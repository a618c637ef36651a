"""How the file of a delivery was read, as it is stored with its batch."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from metering.records.document import DocumentPart, StoredDocument

if TYPE_CHECKING:  # every command reads the tables that hold this, and few need the readers of files
    from metering.deliveries.receipt import Receipt
    from metering.ingest.how_read import HowRead

#: So many statements on how a file was read are kept; a table with a thousand columns has more.
STATEMENTS_KEPT = 1000
_STATEMENT_CHARACTERS_MAX = 500
_DIALECT_CHARACTERS_MAX = 4000


class AspectRead(DocumentPart):
    """One aspect of how a file was read, as ``metering.ingest.how_read.HowRead`` has it."""

    aspect: str
    taken: str
    basis: str
    where: str
    column: str = ""


class ProfileUsed(DocumentPart):
    """The profile by which a file was read, in the version of then."""

    name: str
    version: int


class ExchangeByFile(DocumentPart):
    """An exchange of devices that a file declared, and the batch that records it."""

    register_key: str
    at: str
    closing: str
    opening: str
    serial: str
    batch: int


class FileReading(StoredDocument):
    """How the file of a delivery was read.

    Attributes:
        how_read: by aspect and column.
        dialect: what was noticed about the file.
        exchanges: those that the file declared.
        profile: by which it was read, if by one.
    """

    how_read: tuple[AspectRead, ...] = ()
    dialect: dict[str, str] = Field(default_factory=dict)
    exchanges: tuple[ExchangeByFile, ...] = ()
    profile: ProfileUsed | None = None

    @classmethod
    def of(cls, receipt: "Receipt") -> "FileReading | None":
        """The document of a receipt; None for what came by other means than a file."""
        names = ("how_read", "dialect", "exchanges", "profile")
        content = cls.model_validate({name: getattr(receipt, name) for name in names}, from_attributes=True)
        return None if content == cls() else content


def storable(text: str, characters_max: int) -> str:
    """A text of a file as PostgreSQL can store it: cut, and without zero bytes or half characters."""
    short = text if len(text) <= characters_max else f"{text[: characters_max - 1]}…"
    return short.replace("\x00", "␀").encode(errors="replace").decode()


def storable_statements(how_read: "tuple[HowRead, ...]") -> "tuple[HowRead, ...]":
    """The first thousand statements on how a file was read, their texts as they can be stored."""
    longest = _STATEMENT_CHARACTERS_MAX
    return tuple(
        replace(
            read,
            taken=storable(read.taken, longest),
            where=storable(read.where, longest),
            column=storable(read.column, longest),
        )
        for read in how_read[:STATEMENTS_KEPT]
    )


def storable_dialect(dialect: Mapping[str, str]) -> dict[str, str]:
    """What was noticed about a file, its texts as they can be stored."""
    return {name: storable(text, _DIALECT_CHARACTERS_MAX) for name, text in dialect.items()}
