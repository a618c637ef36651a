"""The statement of a payee: of each issued line what was sold, and what of it is the payee's and the supplier's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class PayeeLine:
    """A line of an issued document of which a payee has a part.

    Attributes:
        supplier: who issued it.
        number: of the document.
        issued_on: its day.
        pos: of the line.
        contract: its reference.
        charge: what was sold.
        label: which part of it.
        first: of the service.
        after_last: the day after the last of the service.
        corrects: the document whose line it adjusts, if it does.
        currency: of the amounts.
        net: of the line, without tax.
        share: the payee's part of it.
        commission: the supplier's own part of it.
    """

    supplier: str
    number: str
    issued_on: date
    pos: int
    contract: str
    charge: str
    label: str
    first: date
    after_last: date
    corrects: str | None
    currency: str
    net: Decimal
    share: Decimal
    commission: Decimal

    @property
    def others(self) -> Decimal:
        """What other payees have of it."""
        return self.net - self.share - self.commission


@dataclass(frozen=True, slots=True)
class PayeeTotals:
    """What lines of one currency come to: sold, the payee's part of it, and the supplier's own."""

    currency: str
    lines: int
    net: Decimal
    share: Decimal
    commission: Decimal


@dataclass(frozen=True, slots=True)
class PayeeStatement:
    """What a payee has of the documents issued on some days.

    Attributes:
        payee: its name.
        issued_from: the first day; None: from the first document on.
        issued_to: the last day; None: until the newest.
        lines: by day, document and line.
    """

    payee: str
    issued_from: date | None
    issued_to: date | None
    lines: Sequence[PayeeLine]

    @property
    def totals(self) -> Sequence[PayeeTotals]:
        """What the lines come to, by currency in alphabetical order."""
        by_currency: dict[str, list[PayeeLine]] = {}
        for line in self.lines:
            by_currency.setdefault(line.currency, []).append(line)
        return tuple(
            PayeeTotals(
                currency,
                len(lines),
                sum((line.net for line in lines), _NOTHING),
                sum((line.share for line in lines), _NOTHING),
                sum((line.commission for line in lines), _NOTHING),
            )
            for currency, lines in sorted(by_currency.items())
        )


@dataclass(frozen=True, slots=True)
class KnownPayee:
    """Somebody who has a part of issued lines, in one currency.

    Attributes:
        name: as waterfalls and weights name it.
        currency: of the amounts.
        lines: how many there are.
        share: its parts of all of them, without tax.
    """

    name: str
    currency: str
    lines: int
    share: Decimal
