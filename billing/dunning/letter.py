"""A letter as a value; and what letters are called, D and a number: none is taken for a document that is owed."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from billing.records.dunning import DunningLetterContent

_NAME = re.compile(r"D-([1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A letter about late documents; it never changes.

    Attributes:
        id: its number.
        kind: ``reminder``, ``notice``, ``stop`` or ``correction``.
        currency: of its amounts.
        written_on: its day in the supplier's books.
        content: what it says.
        made_at: when it was written.
        claim_id: the key of the document that claims for the delay, or gives back; None where none does.
    """

    id: int
    kind: str
    currency: str
    written_on: date
    content: DunningLetterContent
    made_at: datetime
    claim_id: int | None = None


def letter_name(number: int) -> str:
    """Call a letter by its number, as D-12."""
    return f"D-{number}"


def number_of_letter(name: str) -> int | None:
    """Read the number of a letter from its name; None where it is the name of something else."""
    named = _NAME.fullmatch(name)
    return None if named is None else int(named[1])
