"""Formats that readings arrive in: each one file with ``parse(raw, …) -> Parsed``.

Every row of a file is a reading, repeats one, or has a verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from metering.errors import Invalid
from metering.reading import Quality, Verdict


class UnreadableFile(Invalid):
    """A file has the columns that its mapping names."""


@dataclass(frozen=True, slots=True)
class ParsedReading:
    """A reading as its file has it: the register by its key, not yet by the number of a series."""

    register: str
    start: datetime
    end: datetime
    value: Decimal | None
    quality: Quality
    line: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file says.

    Attributes:
        readings: in the order of the file.
        verdicts: a refusal for each row that is no reading.
        repeated: how many rows say again what a row before them says.
        dialect: what was found out about the file, for its sender to see.
    """

    readings: tuple[ParsedReading, ...]
    verdicts: tuple[Verdict, ...]
    repeated: int
    dialect: Mapping[str, str]
