"""Withholding: what the customer takes off what it pays, and prices that are raised by it.

Clause: "All fees are net of withholding tax. Where the customer has to withhold any, the fees are raised so that the
supplier has what it would have without." 100 with 10 % withheld are 100 / 0.9 = 111.11, of which 11.11 are withheld.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.records.proof import WithholdingProof
from billing.tax.decision import TaxEvidenceMissing
from billing.tax.tax import UNTAXED
from contracts.charge import Charge
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.rated_line import RatedLine
from contracts.taxed import Withholding
from quantities.arithmetic import product, quotient
from quantities.number import plain

_HUNDRED = Decimal(100)


def withholding_of(contract: Contract, charge: Charge, tax_point: date) -> Withholding | None:
    """Find what is withheld of a charge.

    Raises:
        TaxEvidenceMissing: it rests on a treaty, and no evidence of it holds on that day.
    """
    if contract.tax is None and charge.tax is None:
        return None
    row = contract.tax_of(charge).withheld_on(tax_point)
    if row is not None and not row.is_evident(tax_point):
        detail = f"{charge.name}: {plain(row.percent)} % by {row.treaty} rest on a paper that holds on {tax_point}"
        raise TaxEvidenceMissing(detail, found="no paper", expected="evidence")
    return row


def grossed_up(composed: Composed, withheld: Withholding | None) -> Composed:
    """Raise the prices of a rated charge by what is withheld of them, unrounded; damages and deposits are no income."""
    if withheld is None or not withheld.gross_up:
        return composed
    lines = [
        line if composed.nature_of(line) in UNTAXED else _raised(line, withheld.percent) for line in composed.lines
    ]
    return replace(composed, lines=tuple(lines))


def pieces_grossed_up(pieces: Sequence[Composed], withheld: Withholding | None) -> tuple[Composed, ...]:
    """Raise the prices of all pieces of a charge."""
    return tuple(grossed_up(piece, withheld) for piece in pieces)


def proof_of(withheld: Withholding | None) -> WithholdingProof | None:
    """Write down what is withheld of a line."""
    if withheld is None:
        return None
    return WithholdingProof(percent=withheld.percent, law=withheld.treaty or withheld.law, gross_up=withheld.gross_up)


def _raised(line: RatedLine, percent: Decimal) -> RatedLine:
    price = quotient(product(line.unit_price, _HUNDRED), _HUNDRED - percent)
    raised = f"{plain(line.unit_price)} / (1 − {plain(percent)} %)"
    return replace(line, unit_price=price, calculation=f"{line.calculation}; {raised}" if line.calculation else raised)
