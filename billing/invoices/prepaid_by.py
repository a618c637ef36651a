"""Which documents an invoice names that draws on a prepayment: those that claimed it, by the day of the claim.

A prepayment is taxed on the day on which it is claimed, and what is drawn of it is taxed on the same day: where several
are drawn on, that day tells them apart.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from billing.invoices.invoice import Line
from contracts.pricing.drawdown import Drawdown
from quantities.values import value_class

_DRAWDOWN = Drawdown.model_fields["kind"].default


@value_class(frozen=True, slots=True)
class PrepaymentClaim:
    """A day of an issued document that claims a prepayment (BT-3 386).

    Attributes:
        invoice_id: the key of the document.
        number: of it.
        tax_point: of one of its lines.
        counts_until: the newest document that counted it, where it is void; None where it counts.
        is_beside: whether it is a claim beside the terms of charges, which lines that draw on it name by its key.
    """

    invoice_id: int
    number: str
    tax_point: date
    counts_until: int | None = None
    is_beside: bool = False

    def counts_for(self, document: int | None) -> bool:
        """Tell whether a document, by its key, may name it; None of one that is not saved yet."""
        if document is None:
            return self.counts_until is None
        return self.invoice_id < document and (self.counts_until is None or document <= self.counts_until)


def drawn_days(lines: Iterable[Line]) -> frozenset[date]:
    """Name the days on which was claimed what lines draw on, or what they correct of it."""
    return frozenset(line.tax_point for line in lines if line.proof.rule == _DRAWDOWN)


def draws_on_claims(lines: Iterable[Line]) -> bool:
    """Tell whether lines draw on what a document has claimed, by terms that name its day or beside them."""
    return any(line.proof.rule == _DRAWDOWN or line.proof.draw is not None for line in lines)


def numbers_of_claims(
    lines: Iterable[Line], claims: Sequence[PrepaymentClaim], before: int | None = None
) -> tuple[str, ...]:
    """Name the documents that claimed what lines draw on.

    Args:
        lines: of a document.
        claims: of its contract, oldest first.
        before: the key of the document; those after it, and those that were void before it, are not named. None of
            one that is not saved yet.

    Returns:
        Their numbers, oldest first; none where nothing is drawn.
    """
    lines = tuple(lines)
    days, named = drawn_days(lines), {line.proof.draw.document for line in lines if line.proof.draw is not None}
    own = (
        claim
        for claim in claims
        if claim.invoice_id in named or (claim.tax_point in days and not claim.is_beside and claim.counts_for(before))
    )
    return tuple(dict.fromkeys(claim.number for claim in own))
