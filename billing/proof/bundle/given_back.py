"""The lines of a credit note by hand as steps: what was asked for, of the line that is given back."""

from typing import Any

from billing.invoices.invoice import Line
from billing.proof.bundle.calculation import LineSteps
from billing.proof.bundle.step_book import Step, StepBook, at_places, less, look, percent_of
from billing.records.credit import CreditRecord
from quantities.money import exponent

_WHY = "what a credit note gives back, as it was asked for and approved"


def credit_file(credit: CreditRecord, lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Write down what was asked for, and the lines of which it is given back; of who asked, and why, nothing."""
    proofs = [line.proof.credit for line in lines]
    return [
        {
            "document": credit.number,
            "line": proof.line,
            "line_net": proof.line_net,
            "left": proof.left,
            "asked": next(
                (asked.asked.model_dump(mode="json") for asked in credit.lines if asked.asked.line == proof.line), {}
            ),
        }
        for proof in proofs
        if proof is not None
    ]


def given_back(book: StepBook, line: Line, currency: str, rounding: str, at: int) -> LineSteps:
    """Write down how a line of a credit note comes about.

    Args:
        book: the files of the bundle; ``credit.json`` has what was asked for.
        line: of the credit note.
        currency: of the document.
        rounding: the rule of the contract.
        at: the place of the line in ``credit.json``.
    """
    places, proof = exponent(currency), line.proof.credit
    if proof is None:
        return LineSteps(*(book.proven(None, value, _WHY) for value in (line.quantity, line.unit_price, line.net)))
    whole, left = look("credit.json", at, "line_net"), look("credit.json", at, "left")
    asked = look("credit.json", at, "asked", "amount")
    steps: list[Step] = [
        at_places(percent_of(whole, look("credit.json", at, "asked", "percent")), places, rounding),
        asked,
        less(0, asked),
        look("credit.json", at, "asked", "at_most"),
        less(0, look("credit.json", at, "asked", "at_most")),
        left,
    ]
    net = next((step for step in (less(0, step) for step in steps) if book.comes_to(step, line.net)), None)
    net = book.proven(net, line.net, _WHY)
    quantity, price = _of_amount(book, line, net)
    return LineSteps(quantity, price, net)


def _of_amount(book: StepBook, line: Line, net: Step) -> tuple[Step, Step]:
    """Of an amount the quantity is one, taken off or added; of a quantity it is as it was asked for."""
    for quantity in (1, ["sub", 0, 1]):
        price = ["mul", net, quantity]
        if book.comes_to(quantity, line.quantity) and book.comes_to(price, line.unit_price):
            return quantity, price
    return book.proven(None, line.quantity, _WHY), book.proven(None, line.unit_price, _WHY)
