"""The types of documents, and what the law of their issuer said of them when they were issued."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from billing.records.record import Optionally, Record


class DocumentType(StrEnum):
    """What a document is: EN 16931 BT-3, a code of UNTDID 1001.

    An ``invoice``; the ``credit_note`` that gives back more than it claims; what claims more of something that is
    billed already, and names it (``corrected``); the claim of a ``prepayment``; and what the customer of a payee writes
    in its name (``self_billed``).
    """

    INVOICE = "380"
    CREDIT_NOTE = "381"
    CORRECTED = "384"
    PREPAYMENT = "386"
    SELF_BILLED = "389"
    SELF_BILLED_CREDIT_NOTE = "261"

    @property
    def in_words(self) -> str:
        """Its name, as law files and answers write it."""
        return self.name.lower()


class CorrectionManner(StrEnum):
    """How an issued document is corrected.

    ``adjustment_line``: by lines of a later invoice, each of which names the document that it corrects.
    ``credit_note``: by a document of its own for each that is corrected. ``credit_note_and_replacement``: taken back as
    a whole, and issued anew. ``corrective_series``: by a document of its own in a series of its own. ``red_letter``: by
    a negative document that the authority numbers; what is owed beyond is a new one.
    """

    ADJUSTMENT_LINE = "adjustment_line"
    CREDIT_NOTE = "credit_note"
    CREDIT_NOTE_AND_REPLACEMENT = "credit_note_and_replacement"
    CORRECTIVE_SERIES = "corrective_series"
    RED_LETTER = "red_letter"

    @property
    def takes_back_whole(self) -> bool:
        """Whether all of a document is taken back where anything of it is corrected."""
        return self is CorrectionManner.CREDIT_NOTE_AND_REPLACEMENT


class DocumentRules(Record):
    """By which rules a piece of work became documents.

    Attributes:
        country: of the issuer.
        since: the first day of the row of its law that says so; None where no law of it is known.
        correction: how what is issued is corrected.
        series: the letters of the series of a type, by its name; all others are of the issuer's own.
        sellers: those of others in whose name the supplier sells, by their names; they have none of these.
    """

    country: str
    since: Optionally[date] = None
    correction: CorrectionManner = CorrectionManner.ADJUSTMENT_LINE
    series: Annotated[Mapping[str, str], Field(exclude_if=lambda series: not series)] = {}
    sellers: Annotated[Mapping[str, "DocumentRules"], Field(exclude_if=lambda sellers: not sellers)] = {}

    def of(self, seller: str) -> "DocumentRules":
        """Find the rules of whose name is sold in; without a name, those of the supplier itself."""
        return self.sellers.get(seller, self)
