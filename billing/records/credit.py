"""What a credit note by hand was made of: the document and the lines that it gives back, as they were asked for."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from billing.records.record import Number, Optionally, Record, StoredRecord
from quantities.money import Amount
from quantities.quantity import Magnitude

_MOST_LINES = 1000


class AskedCredit(Record):
    """What of a line is to be given back: exactly one of an amount, a quantity, a percentage, or what is left.

    Attributes:
        line: its number on the document.
        amount: net, in the document's currency.
        quantity: in the line's unit, at the line's price.
        percent: of the line's net amount.
        rest: all that is left of it.
        at_most: net; less where less is left.
    """

    line: Annotated[int, Field(ge=1)]
    amount: Optionally[Annotated[Amount, Field(gt=0)]] = None
    quantity: Optionally[Annotated[Magnitude, Field(gt=0)]] = None
    percent: Optionally[Annotated[Magnitude, Field(gt=0, le=100)]] = None
    rest: Annotated[bool, Field(exclude_if=lambda rest: not rest)] = False
    at_most: Optionally[Annotated[Amount, Field(gt=0)]] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        stated = [self.amount, self.quantity, self.percent, self.at_most, self.rest or None]
        if sum(value is not None for value in stated) != 1:
            raise ValueError("name one of amount, quantity, percent, rest and at_most")
        return self

    @property
    def in_words(self) -> str:
        """What is asked for, as a proof writes it."""
        return "the rest" if self.rest else " ".join(self._stated())

    def _stated(self) -> Iterator[str]:
        for name in ("amount", "quantity", "percent", "at_most"):
            value = getattr(self, name)
            if value is not None:
                yield f"{name.replace('_', ' ')} {value:f}"


class AskedCredits(StoredRecord):
    """The lines of a document that are to be given back."""

    lines: Annotated[tuple[AskedCredit, ...], Field(min_length=1, max_length=_MOST_LINES)]


class CreditedLine(Record):
    """A line that was given back, or some of it.

    Attributes:
        asked: what was asked for.
        charge: of the line.
        part: likewise.
        service_first: likewise.
        net: what was given back, with the sign of the line.
    """

    asked: AskedCredit
    charge: str
    part: int
    service_first: date
    net: Number


class CreditRecord(Record):
    """What a credit note gives back.

    Who prepared and released it is said where names can be erased: in the table of credits.

    Attributes:
        n: its number within the contract: 1, 2, …
        document: the key of the document that it gives back.
        number: of that document.
        reason: why.
        lines: that it gives back.
    """

    n: int
    document: int
    number: str
    reason: str
    lines: tuple[CreditedLine, ...]
