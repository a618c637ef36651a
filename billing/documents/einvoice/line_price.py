"""The price of a line: net amount = quantity × price ÷ base ± allowances must hold, and no price is below zero.

Lines of tiers, percentages, minima, reductions and splits do not always come to quantity × price as agreed. Such a line
keeps its quantity and its unit; its price becomes its net amount for that very quantity (BT-146 per BT-149), which is
true as well, and the agreed price and the calculation stand beside it.
"""

from dataclasses import replace
from decimal import Decimal

from billing.documents.einvoice.elements import number_text
from billing.documents.einvoice.profile import note
from billing.documents.model.business_line import BusinessLine, ItemAttribute
from contracts.invoicing import Language
from quantities.number import exact_context

#: PEPPOL-EN16931-R120 allows 0.02; half of it is left to whoever divides with fewer digits.
TOLERANCE = Decimal("0.01")
_ONE = "C62"


def with_written_price(line: BusinessLine, language: Language) -> BusinessLine:
    """Give a line a price and a quantity of which its net amount is the product.

    Args:
        line: with the signs of the document that is written.
        language: of the agreed price's name.

    Returns:
        The line as it is, where it is within ``TOLERANCE``; else with its net amount as the price of its quantity, or
        of one piece where it has no quantity. A net amount below zero has a quantity below zero.
    """
    charged = sum((part.amount if part.is_charge else -part.amount for part in line.allowances), Decimal(0))
    with exact_context():
        product = line.quantity * line.unit_price / line.price_base
        if line.unit_price >= 0 and line.price_base > 0 and abs(product + charged - line.net) <= TOLERANCE:
            return line
        price = line.net - charged
    quantity = line.quantity or Decimal(1)
    return replace(
        line,
        quantity=abs(quantity).copy_sign(price) if price else quantity,
        unit_code=line.unit_code if line.quantity else _ONE,
        unit_price=abs(price),
        price_base=abs(quantity),
        note="\n".join(text for text in (line.note, line.sum_words) if text),
        attributes=(*line.attributes, *_agreed_price(line, language)),
    )


def _agreed_price(line: BusinessLine, language: Language) -> tuple[ItemAttribute, ...]:
    if not line.unit_price:
        return ()
    per = "" if line.price_base == 1 else f"{number_text(line.price_base)} "
    price = f"{number_text(line.unit_price)} / {per}{line.unit}"
    return (ItemAttribute(note("agreed_price", language), price),)
