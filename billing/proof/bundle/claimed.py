"""The lines of a claim before supply, and those that draw on one, as steps: of what was used, on account or left."""

from collections.abc import Sequence
from typing import Any

from billing.invoices.invoice import Line
from billing.proof.bundle.calculation import LineSteps
from billing.proof.bundle.step_book import Step, StepBook, less, look
from billing.records.inputs import InvoiceInputs

_CLAIMED = "what is claimed before it is supplied: of use on account in steps whose tax is in whole cents"
_DRAWN = "what is drawn of a claim: no more than is left, is paid, and is billed"


def claims_file(inputs: InvoiceInputs, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Write down what a document claims, line by line, or what each of its lines draws on."""
    if inputs.advance is not None:
        return [line.model_dump(mode="json", by_alias=True) for line in inputs.advance.lines]
    proofs = [line.proof.draw for line in lines]
    return [proof.model_dump(mode="json", exclude={"document"}) for proof in proofs if proof is not None]


def claimed(book: StepBook, line: Line, at: int) -> LineSteps:
    """Write down how a line of a claim comes about.

    Args:
        book: the files of the bundle; ``claims.json`` has what is claimed.
        line: of the claim.
        at: its place in ``claims.json``.
    """
    used, before = look("claims.json", at, "used"), look("claims.json", at, "before")
    steps: list[Step] = [less(used, before), used, look("claims.json", at, "net")]
    return _of(book, line, steps, _CLAIMED)


def drawn(book: StepBook, line: Line, at: int) -> LineSteps:
    """Write down how a line that draws on a claim comes about.

    Args:
        book: the files of the bundle; ``claims.json`` has what was left.
        line: that draws.
        at: its place in ``claims.json``.
    """
    return _of(book, line, [less(0, look("claims.json", at, "left"))], _DRAWN)


def _of(book: StepBook, line: Line, steps: Sequence[Step], why: str) -> LineSteps:
    net = book.proven(next((step for step in steps if book.comes_to(step, line.net)), None), line.net, why)
    return LineSteps(1, book.proven(net, line.unit_price, why), net)
