"""The names of CII that its files share: dates, periods and taxes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from billing.documents.einvoice.elements import Elements, Node, number_text
from billing.tax.tax import TaxCategory

RSM: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
CII: Final = Elements(
    {
        "rsm": RSM,
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
        "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
        "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    }
)
#: UNTDID 2379: a day as 20260331.
_DAY = "102"


def cii_date(name: str, on: date | None, within: str = "udt:DateTimeString") -> Node | None:
    """A day, or nothing."""
    text = "" if on is None else on.strftime("%Y%m%d")
    return CII.make(name, CII.make(within, text, format=_DAY))


def cii_period(first: date, last: date) -> Node | None:
    """BG-14, BG-26."""
    days = cii_date("ram:StartDateTime", first), cii_date("ram:EndDateTime", last)
    return CII.make("ram:BillingSpecifiedPeriod", *days)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What a row of the breakdown has besides its category and rate: BT-117, BT-116, BT-120, BT-121, BT-7."""

    tax: str = ""
    taxable: str = ""
    reason: str = ""
    reason_code: str = ""
    tax_point: date | None = None


def trade_tax(name: str, category: TaxCategory, rate: Decimal | None, row: Breakdown = Breakdown()) -> Node | None:
    """A category with its rate.

    Args:
        name: of the element.
        category: of the tax.
        rate: in percent; None of what is outside the scope of VAT.
        row: of the breakdown, where it is one.
    """
    make = CII.make
    return make(
        name,
        (
            make("ram:CalculatedAmount", row.tax),
            make("ram:TypeCode", "VAT"),
            make("ram:ExemptionReason", row.reason),
            make("ram:BasisAmount", row.taxable),
            make("ram:CategoryCode", category.value),
            make("ram:ExemptionReasonCode", row.reason_code),
            cii_date("ram:TaxPointDate", row.tax_point, "udt:DateString"),
            None if rate is None else make("ram:RateApplicablePercent", number_text(rate)),
        ),
    )
