"""The lines of a document for late payment as steps: amount × rate × days, added up, rounded once, less what was."""

from typing import Any

from billing.dunning.claim import INTEREST
from billing.invoices.invoice import Line
from billing.proof.bundle.calculation import LineSteps
from billing.proof.bundle.step_book import Step, StepBook, at_places, less, look, plus
from billing.records.dunning import LateClaimsRecord
from quantities.money import exponent

_FILE = "late.json"
_WHY = "what is claimed of the delay of a payment"


def late_file(record: LateClaimsRecord) -> list[dict[str, Any]]:
    """Write down rates, days and amounts, by document."""
    return [claim.model_dump(mode="json", by_alias=True) for claim in record.claims]


def late_steps(book: StepBook, line: Line, record: LateClaimsRecord, currency: str) -> LineSteps:
    """Write down how a line comes about.

    Args:
        book: the files of the bundle; ``late.json`` has the rates, days and amounts.
        line: of the document.
        record: what it was made of.
        currency: of the document.
    """
    at, claim = next((at, claim) for at, claim in enumerate(record.claims) if claim.number == line.charge)
    net = look(_FILE, at, "fee")
    if line.label == INTEREST:
        days = plus(_days(at, place) for place in range(len(claim.days)))
        net = less(at_places(days, exponent(currency), "half_up"), look(_FILE, at, "interest_before"))
    net = book.proven(net, line.net, _WHY)
    return LineSteps(1, book.proven(net, line.unit_price, _WHY), net)


def _days(at: int, place: int) -> Step:
    amount, rate, days, year = (
        look(_FILE, at, "days", place, name) for name in ("amount", "rate", "days", "year_days")
    )
    return ["ratio", ["mul", amount, rate, days], ["mul", 100, year]]
