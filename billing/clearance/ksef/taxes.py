"""Rates of a document in FA(3): the code of each (P_12), and the sums by rate (P_13, P_14) with their tax in zloty."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from lxml import etree

from billing.clearance.ksef.elements import amount, element
from billing.clearance.refusals import TaxNotInZloty, TaxRateUnclassed
from billing.documents.model.business_document import BusinessDocument, TaxOfRate
from billing.tax.tax import TaxCategory
from contracts.missing.state_parties import UNION_PREFIXES
from quantities.money import Money
from quantities.number import EXACT, plain

ZLOTY = "PLN"
_UNION = UNION_PREFIXES | {"GR"}


@dataclass(frozen=True, slots=True)
class RateOfForm:
    """Where a rate stands.

    Attributes:
        code: P_12.
        field: of the sum of net amounts.
        tax_field: of their tax; empty where there is none.
    """

    code: str
    field: str
    tax_field: str = ""


_STANDARD: Mapping[Decimal, RateOfForm] = MappingProxyType(
    {
        Decimal(rate): RateOfForm(str(rate), f"P_13_{group}", f"P_14_{group}")
        for rate, group in ((23, 1), (22, 1), (8, 2), (7, 2), (5, 3))
    }
)
_WITHOUT_TAX: Mapping[TaxCategory, RateOfForm] = MappingProxyType(
    {
        TaxCategory.ZERO: RateOfForm("0 KR", "P_13_6_1"),
        TaxCategory.INTRA_COMMUNITY: RateOfForm("0 WDT", "P_13_6_2"),
        TaxCategory.EXPORT: RateOfForm("0 EX", "P_13_6_3"),
        TaxCategory.EXEMPT: RateOfForm("zw", "P_13_7"),
        TaxCategory.OUT_OF_SCOPE: RateOfForm("np I", "P_13_8"),
    }
)
_REVERSED_HERE = RateOfForm("oo", "P_13_10")
_REVERSED_IN_UNION = RateOfForm("np II", "P_13_9")
_REVERSED_ELSEWHERE = RateOfForm("np I", "P_13_8")
#: The order of the schema.
_FIELDS = (
    "P_13_1", "P_13_2", "P_13_3", "P_13_6_1", "P_13_6_2", "P_13_6_3", "P_13_7", "P_13_8", "P_13_9", "P_13_10",
)  # fmt: skip


def rate_of_form(category: TaxCategory, rate: Decimal | None, country: str) -> RateOfForm:
    """Find where a rate stands.

    Args:
        category: BT-151.
        rate: in percent.
        country: of the customer: who owes the tax of a reverse charge owes it there.

    Raises:
        TaxRateUnclassed: Poland has no such rate.
    """
    if category is TaxCategory.REVERSE_CHARGE:
        if country in {"PL", ""}:
            return _REVERSED_HERE
        return _REVERSED_IN_UNION if country in _UNION else _REVERSED_ELSEWHERE
    if category in _WITHOUT_TAX:
        return _WITHOUT_TAX[category]
    known = _STANDARD.get(rate) if rate is not None else None
    if known is None:
        shown = "none" if rate is None else plain(rate)
        rates = [plain(one) for one in _STANDARD]
        raise TaxRateUnclassed(f"FA(3) has no rate of {shown} percent", place="tax_rate", found=shown, expected=rates)
    return known


def in_zloty(document: BusinessDocument) -> Mapping[TaxOfRate, Decimal]:
    """Share the tax in zloty out to the rates, by largest remainder; nothing of a document in zloty.

    Raises:
        TaxNotInZloty: it has tax in another currency, and its zloty are not stated (Ustawa o VAT Art. 106e (11)).
    """
    taxed = [group for group in document.taxes if group.tax]
    if document.currency == ZLOTY or not taxed:
        return {}
    elsewhere = document.tax_elsewhere
    if elsewhere is None or elsewhere.currency != ZLOTY:
        stated = document.currency if elsewhere is None else elsewhere.currency
        detail = f"{document.number} has tax in {document.currency}: Poland wants it in zloty besides"
        raise TaxNotInZloty(detail, place="tax_elsewhere", found=stated, expected=ZLOTY)
    total = sum((group.tax for group in taxed), Decimal(0))
    if any(group.tax * total <= 0 for group in taxed):
        # shares of both signs are no weights: each is converted as the whole was, and the largest takes what is left
        shares = {group: _converted(group.tax, elsewhere.tax, total) for group in taxed}
        largest = max(taxed, key=lambda group: abs(group.tax))
        return shares | {largest: shares[largest] + elsewhere.tax - sum(shares.values())}
    sign = 1 if elsewhere.tax >= 0 else -1
    parts = Money(abs(elsewhere.tax), ZLOTY).split([abs(group.tax) for group in taxed])
    return {group: sign * part.amount for group, part in zip(taxed, parts, strict=True)}


def _converted(tax: Decimal, whole_in_zloty: Decimal, whole: Decimal) -> Decimal:
    share = EXACT.divide(tax * whole_in_zloty, whole) if whole else Decimal(0)
    return Money(share, ZLOTY).rounded().amount


def sums(document: BusinessDocument) -> Iterator[etree._Element]:
    """Write the sums of net amounts and taxes, in the order of the schema.

    Raises:
        TaxRateUnclassed: Poland has no such rate.
        TaxNotInZloty: the tax in zloty is not stated.
    """
    zloty = in_zloty(document)
    nets, taxes, converted = dict[str, Decimal](), dict[str, Decimal](), dict[str, Decimal]()
    for group in document.taxes:
        place = rate_of_form(group.category, group.rate, document.buyer.address.country)
        nets[place.field] = nets.get(place.field, Decimal(0)) + group.taxable
        if place.tax_field:
            taxes[place.field] = taxes.get(place.field, Decimal(0)) + group.tax
            if group in zloty:
                converted[place.field] = converted.get(place.field, Decimal(0)) + zloty[group]
    for field in _FIELDS:
        if field not in nets:
            continue
        yield element(field, amount(nets[field]))
        if field in taxes:
            yield element(field.replace("P_13", "P_14"), amount(taxes[field]))
            if field in converted:
                yield element(f"{field.replace('P_13', 'P_14')}W", amount(converted[field]))


def rate_of_exchange(document: BusinessDocument) -> Decimal | None:
    """The zloty of a unit of the document's currency, where one rate alone was used."""
    elsewhere = document.tax_elsewhere
    if document.currency == ZLOTY or elsewhere is None or elsewhere.currency != ZLOTY:
        return None
    used = {(rate, per_zloty) for _, _, rate, per_zloty in elsewhere.rates}
    if len(used) != 1:
        return None
    ((rate, per_zloty),) = used
    return EXACT.divide(Decimal(1), rate) if per_zloty else rate
