"""The lines of a correction as steps: what is owed now, less what was billed by the documents before."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from billing.invoices.invoice import Line
from billing.invoices.store import StoredInvoice
from billing.proof.bundle.calculation import LineSteps
from billing.proof.bundle.step_book import NOTHING, Step, StepBook, less, look, plus
from quantities.number import plain

#: A line that was billed before: its document, its place there, and itself.
BilledLine = tuple[str, int, Line]


def billed_before(original: int, work: int, earlier: Iterable[StoredInvoice]) -> list[BilledLine]:
    """List the lines of a period that documents before have billed, and every adjustment of them since.

    Args:
        original: the key of the invoice of the period.
        work: of that invoice.
        earlier: every document of the contract before.
    """
    listed: list[BilledLine] = []
    for invoice in earlier:
        for pos, line in enumerate(invoice.lines, start=1 + invoice.before):
            is_own = invoice.work == work and line.corrects is None and line.proof.draw is None
            if is_own or (line.corrects is not None and line.corrects.invoice == original):
                listed.append((invoice.name, pos, line))
    return listed


def billed_file(lines: Sequence[BilledLine]) -> list[dict[str, Any]]:
    """Write down what was billed, for the steps of a correction to look up."""
    return [
        {
            "document": number,
            "line": pos,
            "charge": line.charge,
            "service": [str(line.service_first), str(line.service_after_last)],
            "quantity": plain(line.quantity),
            "unit_price": plain(line.unit_price),
            "net": plain(line.net),
        }
        for number, pos, line in lines
    ]


def adjusted(
    book: StepBook, line: Line, owed: LineSteps | None, billed: Sequence[BilledLine], places: Mapping[int, int]
) -> LineSteps:
    """Write down how an adjustment comes about.

    Args:
        book: the files of the bundle; ``billed.json`` has what was billed.
        line: that adjusts.
        owed: the steps of the same line rated again; None where nothing is owed any more.
        billed: the lines of its period.
        places: of each of them in ``billed.json``, by its own place in ``billed``.
    """
    own = [(at, was) for at, (_, _, was) in enumerate(billed) if was.key == line.key]
    alike = [(at, was) for at, was in own if _terms(was) == _terms(line)]
    for chosen in (alike, own):
        steps = _difference(book, line, owed, [places[at] for at, _ in chosen])
        if steps is not None:
            return steps
    why = "a difference to documents before that is not of one line"
    return LineSteps(
        book.proven(None, line.quantity, why), book.proven(None, line.unit_price, why), book.proven(None, line.net, why)
    )


def _difference(book: StepBook, line: Line, owed: LineSteps | None, places: Sequence[int]) -> LineSteps | None:
    nets, quantities = (plus(look("billed.json", at, name) for at in places) for name in ("net", "quantity"))
    for now_net, now_quantity in _owed(owed):
        for was_net, was_quantity in ((nets, quantities), (NOTHING, NOTHING)):
            net, quantity = less(now_net, was_net), less(now_quantity, was_quantity)
            if book.comes_to(net, line.net) and book.comes_to(quantity, line.quantity):
                return LineSteps(quantity, _price(book, line, owed, places, net), net)
    return None


def _owed(owed: LineSteps | None) -> list[tuple[Step, Step]]:
    return [(NOTHING, NOTHING)] if owed is None else [(owed.net, owed.quantity), (NOTHING, NOTHING)]


def _price(book: StepBook, line: Line, owed: LineSteps | None, places: Sequence[int], net: Step) -> Step:
    """The price of what is owed, or else that at which it was billed; of an amount alone, the amount."""
    candidates = [look("billed.json", at, "unit_price") for at in reversed(places)]
    candidates = [*([] if owed is None else [owed.unit_price]), *candidates, net]
    value: Decimal = line.unit_price
    proven = next((step for step in candidates if book.comes_to(step, value)), None)
    return book.proven(proven, value, "the price of an adjustment")


def _terms(line: Line) -> tuple[object, ...]:
    return line.unit, line.unit_price, line.tax.group, line.tax_point, line.nature
