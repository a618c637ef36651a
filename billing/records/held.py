"""Why due work waits for a person."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from billing.records.record import Optionally, StoredRecord


class HoldReason(StoredRecord):
    """Why due work is held.

    Attributes:
        code: the refusal's slug; ``unforeseen`` for what nobody foresaw.
        detail: in words.
        found: what was found, where the refusal says it; left out where it does not.
        expected: what would be right, likewise.
        at: the instant of the run, or of the look, that found it; None: of a release that did not say it.
    """

    code: str
    detail: str
    found: Annotated[str, Field(exclude_if=lambda text: not text)] = ""
    expected: Annotated[str, Field(exclude_if=lambda text: not text)] = ""
    at: Optionally[datetime] = None
