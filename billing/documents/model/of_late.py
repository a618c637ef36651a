"""What a line for late payment says below its name: of which days which amount at which rate."""

from collections.abc import Iterator
from decimal import Decimal

from billing.documents.words.words import Words
from billing.records.proof import LateProof


def late_sentences(late: LateProof, words: Words, currency: str) -> Iterator[str]:
    """Say it in the language of a document, a sentence for days that are alike."""
    yield words.text("due on {day}", day=words.day(late.due_on))
    for days in late.days:
        facts = {
            "days": words.days(days.first, days.last),
            "amount": words.amount(days.amount, currency),
            "percent": words.number(days.rate),
            "count": days.days,
            "year": days.year_days,
        }
        sentence = words.text("{days}: {amount} at {percent} % a year, {count} of {year} days", **facts)
        if days.base is not None:
            base = {"index": days.base.index, "month": words.month(days.base.month)}
            sentence += " " + words.text(
                "({index} {month}: {percent} %)", percent=words.number(days.base.value), **base
            )
        yield sentence
    if late.before != Decimal(0):
        yield words.text("less {amount}, claimed before", amount=words.amount(late.before, currency))
