"""Lines of a document as lines of fapiao: above zero, each with its discount directly after it, tax rounded by line.

A fapiao has no negative line but the discount of the line before it: of the same name, code and rate, never alone and
never more than that line. So allowances of a line become its discount, price reductions and allowances of the whole
document discounts of lines that bear the same rate. Amounts keep the document's sums to the cent: net by rate, and tax
by rate. Source: STA Notice 2024 No. 11; Guoshuifa 2006 No. 156, Art. 12 and Guoshuihan 2010 No. 56 (discounts).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing.clearance.refusals import DiscountBeyondLine, TaxCodeMissing, TaxRateUnclassed
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_line import BusinessLine
from billing.tax.tax import TaxCategory
from quantities.number import EXACT, plain
from quantities.rounding import Rounding

_CODE = re.compile(r"[0-9]{19}\Z", re.ASCII)
_CENT = Decimal("0.01")
_PLACES = 2
_NAME_MAX = 92
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FapiaoLine:
    """A line with its discount, in yuan; whole fen.

    Attributes:
        document: our document's number.
        position: of the line there; of a charge of the whole document, counted on behind its lines.
        name: what is supplied.
        code: its classification, 19 digits.
        unit: as it is counted.
        quantity: above zero, or None where a line has none.
        rate: in percent.
        exempt: whether no tax is charged by law, which is another thing than a rate of nothing.
        net: without tax, before the discount.
        tax: on ``net``.
        discount: without tax; nothing or more, never more than ``net``.
        discount_tax: on ``discount``.
    """

    document: str
    position: int
    name: str
    code: str
    unit: str
    quantity: Decimal | None
    rate: Decimal
    net: Decimal
    tax: Decimal
    discount: Decimal = _ZERO
    discount_tax: Decimal = _ZERO
    exempt: bool = False

    @property
    def lines(self) -> int:
        """How many lines it takes on a fapiao: a discount is one of its own."""
        return 2 if self.discount else 1

    @property
    def worth(self) -> tuple[Decimal, Decimal]:
        """Net and tax, less its discount."""
        return self.net - self.discount, self.tax - self.discount_tax


@dataclass(frozen=True, slots=True)
class _Reduction:
    """What is taken off lines of a rate, without tax; ``name`` first of the line that is called so."""

    name: str
    place: str
    category: TaxCategory
    rate: Decimal
    net: Decimal


def fapiao_lines(document: BusinessDocument) -> tuple[FapiaoLine, ...]:
    """Write the lines of an invoice for a fapiao.

    Args:
        document: an invoice, in yuan; what it charges is above zero.

    Returns:
        In the document's order; by rate, their net and tax less discounts are the document's.

    Raises:
        TaxCodeMissing: a line has no classification code.
        TaxRateUnclassed: a line's tax is neither charged by a rate nor exempt nor zero.
        DiscountBeyondLine: price reductions of a rate are more than what is charged at it.
    """
    charged = [_charged(document, line) for line in document.lines if line.net + _reduced(line) > 0]
    charged += _charges(document, charged)
    for reduction in _reductions(document):
        charged = _taken_off(document, charged, reduction)
    return tuple(_taxed(document, charged))


def discounts_of(line: FapiaoLine) -> Iterator[tuple[Decimal, Decimal]]:
    """List a line's own amounts, net and tax, and below zero those of its discount."""
    yield line.net, line.tax
    if line.discount:
        yield -line.discount, -line.discount_tax


def code_of(line: BusinessLine) -> str:
    """The classification code of what a line supplies; empty where it has none of 19 digits."""
    return next((one.code for one in line.classifications if _CODE.match(one.code)), "")


def _charged(document: BusinessDocument, line: BusinessLine) -> FapiaoLine:
    code = code_of(line)
    place = f"lines[{line.pos}]"
    if not code:
        codes = ", ".join(one.code for one in line.classifications)
        detail = f"line {line.pos} of {document.number}, {line.name}, has no tax classification code"
        raise TaxCodeMissing(detail, place=f"{place}.classifications", found=codes or "none", expected="19 digits")
    if line.tax_category not in _CATEGORIES:
        detail = f"line {line.pos} of {document.number} is taxed as {line.tax_category.name.lower()}"
        expected = [one.name.lower() for one in _CATEGORIES]
        raise TaxRateUnclassed(detail, place=f"{place}.tax_category", found=line.tax_category.value, expected=expected)
    reduced = _reduced(line)
    return FapiaoLine(
        document=document.number,
        position=line.pos,
        name=" ".join(f"{line.name} {line.description}".split())[:_NAME_MAX].strip(),
        code=code,
        unit=line.unit,
        quantity=line.quantity if line.quantity > 0 else None,
        rate=line.tax_rate or _ZERO,
        net=line.net + reduced,
        tax=_ZERO,
        discount=reduced,
        exempt=line.tax_category is TaxCategory.EXEMPT,
    )


_CATEGORIES = (TaxCategory.STANDARD, TaxCategory.ZERO, TaxCategory.EXEMPT)


def _reduced(line: BusinessLine) -> Decimal:
    """What the allowances of a line take off it; charges are in its amount, and lower that first."""
    off = sum((-one.amount if one.is_charge else one.amount for one in line.allowances), _ZERO)
    return max(off, _ZERO)


def _charges(document: BusinessDocument, charged: Sequence[FapiaoLine]) -> Iterator[FapiaoLine]:
    """Charges of the whole document, as lines of their own: with the code of the first line at their rate."""
    for position, one in enumerate(document.allowances, start=len(document.lines) + 1):
        if one.is_charge:
            like = next((line for line in charged if _is_of(line, one.tax_category, one.tax_rate or _ZERO)), None)
            if like is None:
                detail = f"{document.number} charges {one.reason} at a rate that no line bears"
                raise TaxCodeMissing(detail, place="allowances", found=one.reason, expected="a line at its rate")
            yield replace(
                like, position=position, name=one.reason, quantity=None, unit="", net=one.amount, discount=_ZERO
            )


def _reductions(document: BusinessDocument) -> Iterator[_Reduction]:
    for line in document.lines:
        worth = line.net + _reduced(line)
        if worth <= 0 and line.net < 0:
            place = f"lines[{line.pos}]"
            yield _Reduction(line.name, place, line.tax_category, line.tax_rate or _ZERO, -line.net)
    for number, one in enumerate(document.allowances, start=1):
        if not one.is_charge:
            yield _Reduction("", f"allowances[{number}]", one.tax_category, one.tax_rate or _ZERO, one.amount)


def _is_of(line: FapiaoLine, category: TaxCategory, rate: Decimal) -> bool:
    return line.rate == rate and line.exempt is (category is TaxCategory.EXEMPT)


def _taken_off(document: BusinessDocument, charged: Sequence[FapiaoLine], reduction: _Reduction) -> list[FapiaoLine]:
    """Take a reduction off lines at its rate: first of its own name, then in their order, none below nothing."""
    rest, lines = reduction.net, list(charged)
    at_rate = [n for n, line in enumerate(lines) if _is_of(line, reduction.category, reduction.rate)]
    for n in sorted(at_rate, key=lambda n: (not lines[n].name.startswith(reduction.name or "\0"), n)):
        off = min(rest, lines[n].net - lines[n].discount)
        lines[n] = replace(lines[n], discount=lines[n].discount + off)
        rest -= off
    if rest:
        room = sum((lines[n].net for n in at_rate), _ZERO)
        detail = (
            f"{document.number} takes {plain(reduction.net)} off what is {plain(room)} at {plain(reduction.rate)} %"
        )
        expected = f"{plain(reduction.net - rest)} at most"
        raise DiscountBeyondLine(detail, place=reduction.place, found=plain(reduction.net), expected=expected)
    return lines


def _taxed(document: BusinessDocument, lines: Sequence[FapiaoLine]) -> list[FapiaoLine]:
    """Give each line its tax, rounded by itself; what the document's tax of a rate differs by goes to the largest."""
    taxed = [_with_tax(line) for line in lines]
    for group in document.taxes:
        at_rate = [n for n, line in enumerate(taxed) if _is_of(line, group.category, group.rate or _ZERO)]
        differs = group.tax - sum((taxed[n].worth[1] for n in at_rate), _ZERO)
        # a fen at a time, so that no line is further off than it must be
        steps, sign = int(abs(differs) / _CENT), 1 if differs > 0 else -1
        order = sorted(at_rate, key=lambda n: (-sign * _lost(taxed[n]), -taxed[n].net, n))
        for step in range(steps if order else 0):
            n = order[step % len(order)]
            taxed[n] = replace(taxed[n], tax=taxed[n].tax + sign * _CENT)
    return taxed


def _with_tax(line: FapiaoLine) -> FapiaoLine:
    return replace(line, tax=_tax(line.net, line.rate), discount_tax=_tax(line.discount, line.rate))


def _lost(line: FapiaoLine) -> Decimal:
    """What rounding took from a line's tax; below zero: what it gave."""
    net, tax = line.worth
    return EXACT.divide(net * line.rate, Decimal(100)) - tax


def _tax(net: Decimal, rate: Decimal) -> Decimal:
    return Rounding.HALF_UP.to_places(EXACT.divide(net * rate, Decimal(100)), _PLACES)
