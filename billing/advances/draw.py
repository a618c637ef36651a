"""What a document of a period draws of claims before supply: all that is on account of it, then prepaid credit.

    on account   all that is left of what was claimed for the period, paid or not: the claim stands, and the period's
                 document bills the rest, or gives back what was too much
    credit       oldest first, of what is paid and not expired, no more than is to be paid; at the end of the contract
                 all that is left, so that it is given back

A draw bears the tax of its claim, and takes back that of its base alone. It corrects nothing: the claim stays as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.records.advance import AdvanceKind, AdvanceRecord, DrawRecord
from billing.records.proof import DrawProof
from contracts.rated_line import Nature, lump
from quantities.arithmetic import added
from quantities.number import plain, trimmed

_NOTHING = Decimal(0)
_RULE = "draw"


@dataclass(frozen=True, slots=True)
class OpenAdvance:
    """A claim of which something is left.

    Attributes:
        document: that claims it.
        record: what it says of itself.
        left: of each of its lines, what is neither drawn nor given back.
        paid: of a top-up, what of its net amount is paid; None of one on account.
    """

    document: StoredInvoice
    record: AdvanceRecord
    left: tuple[Decimal, ...]
    paid: Decimal | None = None

    @property
    def claimed(self) -> Decimal:
        """What it claims, net."""
        return added(line.net for line in self.record.lines)

    @property
    def is_top_up(self) -> bool:
        """Whether it is of prepaid credit."""
        return self.record.kind is AdvanceKind.TOP_UP

    @property
    def rest(self) -> Decimal:
        """What is left of all its lines."""
        return added(self.left)

    def has_expired(self, on: date) -> bool:
        """Tell whether nothing of it is drawn any more on a day."""
        return self.record.expires is not None and self.record.expires <= on

    def credit_on(self, day: date) -> Decimal:
        """Say how much of it may be drawn on a day: what is paid in less what was drawn; never below zero."""
        if not self.is_top_up or self.has_expired(day):
            return _NOTHING
        drawn = self.claimed - self.rest
        return max(_NOTHING, min(self.rest, (self.paid or _NOTHING) - drawn))


@dataclass(frozen=True, slots=True)
class DrawingDays:
    """For which days a document draws.

    Attributes:
        first: the first day of its period.
        after_last: the day after the last one.
        on: the day on which it is made, in the contract's zone.
        is_last: whether the contract ends with them, so that credit is given back.
    """

    first: date
    after_last: date
    on: date
    is_last: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a document draws.

    Attributes:
        lines: below zero, in the order of the claims.
        records: of each claim that something is drawn of.
    """

    lines: tuple[Line, ...] = ()
    records: tuple[DrawRecord, ...] = ()


def left_of(advance: StoredInvoice, documents: Iterable[StoredInvoice]) -> tuple[Decimal, ...]:
    """Say what is left of each line of a claim.

    Args:
        advance: the document that claims.
        documents: that count, with all that draw on the claim or give back of it.
    """
    lines = [line for document in documents for line in document.lines]
    return tuple(
        added((claimed.net, *(line.net for line in lines if _is_of(line, claimed, advance.row.id))))
        for claimed in advance.lines
    )


def _is_of(line: Line, claimed: Line, key: int) -> bool:
    """Tell whether a line draws on a line of a claim, or gives back of it."""
    if line.charge != claimed.charge:
        return False
    if line.proof.draw is not None:
        return line.proof.draw.document == key and line.part == claimed.part
    credit, corrects = line.proof.credit, line.corrects
    return credit is not None and corrects is not None and corrects.invoice == key and credit.part == claimed.part


def draw(
    advances: Sequence[OpenAdvance], billed: Sequence[Line], days: DrawingDays, *, of_any_period: bool = False
) -> Drawn:
    """Draw on claims for what a document bills.

    Args:
        advances: of the contract, of which something is left, oldest first.
        billed: the lines of the document without what is drawn.
        days: for which it is.
        of_any_period: what is on account is given back whatever period it is of: no other document does.
    """
    lines, records = list[Line](), list[DrawRecord]()
    to_pay = added(line.net for line in billed if _is_to_pay(line))
    for advance in sorted(advances, key=lambda advance: (advance.is_top_up, advance.document.row.id)):
        taken = _taken(advance, to_pay, days, of_any_period=of_any_period)
        if not any(taken):
            continue
        net = added(taken)
        to_pay -= net
        gives_back = advance.is_top_up and days.is_last
        lines += [_drawn_line(advance, at, amount, gives_back) for at, amount in enumerate(taken) if amount]
        records.append(
            DrawRecord(document=advance.document.row.id, number=advance.document.name, paid=advance.paid, net=net)
        )
    return Drawn(tuple(lines), tuple(records))


def _is_to_pay(line: Line) -> bool:
    kind = line.nature.kind
    return not line.seller and (kind is Nature.CONSIDERATION or (kind is Nature.PREPAYMENT and line.net < 0))


def _taken(advance: OpenAdvance, to_pay: Decimal, days: DrawingDays, *, of_any_period: bool) -> tuple[Decimal, ...]:
    """Say how much is drawn of each line of a claim."""
    if not advance.is_top_up:
        is_met = of_any_period or days.first <= advance.record.first < days.after_last
        return advance.left if is_met else ()
    if days.is_last and not advance.has_expired(days.on):
        return advance.left
    return (min(advance.credit_on(days.on), max(_NOTHING, to_pay)),)


def _drawn_line(advance: OpenAdvance, at: int, amount: Decimal, gives_back: bool) -> Line:  # noqa: FBT001 of its proof
    """Take an amount of a line of a claim back, with its tax."""
    claimed, left = advance.document.lines[at], advance.left[at]
    number = advance.document.name
    label = f"not used of {number}, given back" if gives_back else f"prepaid by {number}"
    rated = lump(claimed.part, amount.copy_negate(), label, f"of {plain(trimmed(left))} left")
    return replace(
        claimed,
        label=rated.label,
        quantity=rated.quantity,
        unit=rated.unit,
        unit_price=rated.unit_price,
        net=amount.copy_negate(),
        proof=claimed.proof.model_copy(
            update={
                "rule": _RULE,
                "sum": rated.written_out,
                "rounding": f"{plain(-amount)} of {number}",
                "draw": DrawProof(
                    document=advance.document.row.id,
                    number=number,
                    claimed=plain(claimed.net),
                    left=plain(left),
                    gives_back=gives_back,
                ),
            }
        ),
    )
