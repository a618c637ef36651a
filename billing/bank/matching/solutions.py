"""In which ways an amount is that of documents: each in full, or less the cash discount that is in time.

More ways than one are no way: whoever asks counts them. Up to so many open documents every choice of them is looked at;
of more none is, for among so many an amount comes out by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product

from billing.bank.matching.books import BookedDocument
from billing.bank.matching.decision import MatchedAmount
from billing.bank.statements.entry import NOTHING

#: Documents of one account among which an amount is looked for: 3¹² choices at most.
CHOSEN_AMONG_MAX = 12
_MIXED_MAX = 8


@dataclass(frozen=True, slots=True)
class ExactSolution:
    """A choice of documents whose amounts come to a payment.

    Attributes:
        documents: chosen.
        amounts: of each, what is paid and what is taken off; in the same order.
    """

    documents: tuple[BookedDocument, ...]
    amounts: tuple[MatchedAmount, ...]


def _ways(document: BookedDocument, on: date) -> tuple[MatchedAmount, ...]:
    """List how a document is paid in full: without a cash discount, and with it."""
    whole = MatchedAmount(document.number, document.open)
    discount = document.discount(on)
    if not discount or discount >= document.open:
        return (whole,)
    return whole, MatchedAmount(document.number, document.open - discount, discount)


def of_exactly(documents: Sequence[BookedDocument], amount: Decimal, on: date) -> tuple[ExactSolution, ...]:
    """List in which ways an amount pays all of some documents.

    Args:
        documents: all of them are paid.
        amount: of the payment; signed.
        on: the day that decides about a cash discount.

    Returns:
        The ways, two at most: of many documents only those where all, or none, are paid less the discount.
    """
    ways = [_ways(document, on) for document in documents]
    several = sum(len(way) > 1 for way in ways)
    choices = product(*ways) if several <= _MIXED_MAX else ([way[0] for way in ways], [way[-1] for way in ways])
    solutions = []
    for choice in choices:
        if sum((part.amount for part in choice), NOTHING) == amount:
            solutions.append(ExactSolution(tuple(documents), tuple(choice)))
        if len(solutions) > 1:
            break
    return tuple(solutions)


def of_any(documents: Sequence[BookedDocument], amount: Decimal, on: date) -> tuple[ExactSolution, ...]:
    """List which choices of an account's open documents an amount pays, each document in full or less its discount.

    Returns:
        The choices, two at most: the second says that the first is not the only one. None where there are too many
        documents to look at every choice.
    """
    if len(documents) > CHOSEN_AMONG_MAX:
        return ()
    reached: dict[Decimal, list[tuple[tuple[int, MatchedAmount], ...]]] = {NOTHING: [()]}
    for place, document in enumerate(documents):
        further: dict[Decimal, list[tuple[tuple[int, MatchedAmount], ...]]] = {}
        for total, choices in reached.items():
            for way in _ways(document, on):
                added = further.setdefault(total + way.amount, [])
                added += [(*choice, (place, way)) for choice in choices[: 2 - len(added)]]
        for total, choices in further.items():
            known = reached.setdefault(total, [])
            known += choices[: 2 - len(known)]
    chosen = [choice for choice in reached.get(amount, []) if choice]
    return tuple(
        ExactSolution(tuple(documents[place] for place, _ in choice), tuple(way for _, way in choice))
        for choice in chosen[:2]
    )
