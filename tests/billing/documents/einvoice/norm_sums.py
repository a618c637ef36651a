"""The sums of an e-invoice by the formulas of EN 16931-1 alone: read out of the XML by paths, shares no code with the product.

The names are those of the norm's business terms; the rules are its numbers (6.4.2 and 6.4.3): BR-CO-10 to BR-CO-17, and of
each category of VAT the taxable amount (BR-S-08 and its like) and the tax (BR-S-09 and its like).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

NOTHING = Decimal(0)
#: ISO 4217: currencies of the tests that have no hundredths.
NO_HUNDREDTHS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})
#: Categories in which there is no tax: the number of the rule that says so.
UNTAXED = {"Z": "BR-Z-09", "E": "BR-E-09", "AE": "BR-AE-09", "K": "BR-IC-09", "G": "BR-G-09", "O": "BR-O-09"}
TAXABLE = {"S": "BR-S-08", "Z": "BR-Z-08", "E": "BR-E-08", "AE": "BR-AE-08", "K": "BR-IC-08", "G": "BR-G-08", "O": "BR-O-08"}  # fmt: skip
#: PEPPOL-EN16931-R120: so much may a line's net amount differ from quantity × price.
SLACK_OF_LINE = Decimal("0.02")

Group = tuple[str, Decimal]


@dataclass
class StatedLine:
    """BT-129, BT-146, BT-149, BT-131, BT-136, BT-141, BT-151 and BT-152 of a line."""

    quantity: Decimal
    price: Decimal
    per: Decimal
    net: Decimal
    allowances: Decimal
    charges: Decimal
    group: Group


@dataclass
class StatedSums:
    """What an e-invoice states.

    Attributes:
        currency: BT-5.
        totals: by the number of the term, BT-106 to BT-115; what is not stated is nothing.
        allowances: BT-92 with BT-95 and BT-96.
        charges: BT-99 with BT-102 and BT-103.
        taxes: BT-118 and BT-119 with BT-116 and BT-117.
        lines: BG-25.
    """

    currency: str
    totals: dict[int, Decimal]
    allowances: list[tuple[Decimal, Group]] = field(default_factory=list)
    charges: list[tuple[Decimal, Group]] = field(default_factory=list)
    taxes: list[tuple[Group, Decimal, Decimal]] = field(default_factory=list)
    lines: list[StatedLine] = field(default_factory=list)

    @property
    def places(self) -> int:
        """How many decimals an amount has."""
        return 0 if self.currency in NO_HUNDREDTHS else 2


class _Reader:
    """Reads numbers at paths whose steps are local names."""

    def __init__(self, node: etree._Element) -> None:
        self.node = node

    def all(self, path: str) -> list["_Reader"]:
        steps = "/".join(f"*[local-name()='{step}']" if step != "." else "." for step in path.split("/"))
        return [_Reader(found) for found in self.node.xpath(steps)]

    def text(self, path: str, or_else: str = "") -> str:
        found = self.all(path)
        return (found[0].node.text or "").strip() if found else or_else

    def number(self, path: str, or_else: Decimal = NOTHING) -> Decimal:
        text = self.text(path)
        return Decimal(text) if text else or_else


def sums_of(xml: bytes) -> StatedSums:
    """Read the sums of UBL, of an invoice or a credit note, or of CII."""
    root = etree.fromstring(xml)
    if etree.QName(root).localname == "CrossIndustryInvoice":
        return _of_cii(_Reader(root))
    return _of_ubl(_Reader(root), etree.QName(root).localname)


_UBL_TOTALS = {
    106: "LineExtensionAmount", 107: "AllowanceTotalAmount", 108: "ChargeTotalAmount", 109: "TaxExclusiveAmount",
    112: "TaxInclusiveAmount", 113: "PrepaidAmount", 114: "PayableRoundingAmount", 115: "PayableAmount",
}  # fmt: skip


def _of_ubl(root: _Reader, kind: str) -> StatedSums:
    line, count = ("InvoiceLine", "InvoicedQuantity") if kind == "Invoice" else ("CreditNoteLine", "CreditedQuantity")
    currency = root.text("DocumentCurrencyCode")
    totals = {term: root.number(f"LegalMonetaryTotal/{name}") for term, name in _UBL_TOTALS.items()}
    own = [total for total in root.all("TaxTotal") if total.all("TaxAmount")[0].node.get("currencyID") == currency]
    totals[110] = own[0].number("TaxAmount")
    stated = StatedSums(currency, totals)
    for part in root.all("AllowanceCharge"):
        _sort(stated, part.text("ChargeIndicator"), part.number("Amount"), _ubl_group(part, "TaxCategory"))
    stated.taxes = [
        (_ubl_group(tax, "TaxCategory"), tax.number("TaxableAmount"), tax.number("TaxAmount"))
        for tax in own[0].all("TaxSubtotal")
    ]
    for item in root.all(line):
        parts = [(part.text("ChargeIndicator"), part.number("Amount")) for part in item.all("AllowanceCharge")]
        stated.lines.append(
            StatedLine(
                item.number(count),
                item.number("Price/PriceAmount"),
                item.number("Price/BaseQuantity", Decimal(1)),
                item.number("LineExtensionAmount"),
                _added_up(parts, "false"),
                _added_up(parts, "true"),
                _ubl_group(item, "Item/ClassifiedTaxCategory"),
            )
        )
    return stated


def _ubl_group(node: _Reader, path: str) -> Group:
    return node.text(f"{path}/ID"), node.number(f"{path}/Percent")


_CII_TOTALS = {
    106: "LineTotalAmount", 107: "AllowanceTotalAmount", 108: "ChargeTotalAmount", 109: "TaxBasisTotalAmount",
    112: "GrandTotalAmount", 113: "TotalPrepaidAmount", 114: "RoundingAmount", 115: "DuePayableAmount",
}  # fmt: skip


def _of_cii(root: _Reader) -> StatedSums:
    (trade,) = root.all("SupplyChainTradeTransaction")
    (settled,) = trade.all("ApplicableHeaderTradeSettlement")
    (summed,) = settled.all("SpecifiedTradeSettlementHeaderMonetarySummation")
    currency = settled.text("InvoiceCurrencyCode")
    totals = {term: summed.number(name) for term, name in _CII_TOTALS.items()}
    taxes = [tax for tax in summed.all("TaxTotalAmount") if tax.node.get("currencyID") == currency]
    totals[110] = Decimal(taxes[0].node.text or "")
    stated = StatedSums(currency, totals)
    for part in settled.all("SpecifiedTradeAllowanceCharge"):
        indicator = part.text("ChargeIndicator/Indicator")
        _sort(stated, indicator, part.number("ActualAmount"), _cii_group(part, "CategoryTradeTax"))
    stated.taxes = [
        (_cii_group(tax, "."), tax.number("BasisAmount"), tax.number("CalculatedAmount"))
        for tax in settled.all("ApplicableTradeTax")
    ]
    for item in trade.all("IncludedSupplyChainTradeLineItem"):
        (of_line,) = item.all("SpecifiedLineTradeSettlement")
        parts = [
            (part.text("ChargeIndicator/Indicator"), part.number("ActualAmount"))
            for part in of_line.all("SpecifiedTradeAllowanceCharge")
        ]
        price = "SpecifiedLineTradeAgreement/NetPriceProductTradePrice"
        stated.lines.append(
            StatedLine(
                item.number("SpecifiedLineTradeDelivery/BilledQuantity"),
                item.number(f"{price}/ChargeAmount"),
                item.number(f"{price}/BasisQuantity", Decimal(1)),
                of_line.number("SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
                _added_up(parts, "false"),
                _added_up(parts, "true"),
                _cii_group(of_line, "ApplicableTradeTax"),
            )
        )
    return stated


def _cii_group(node: _Reader, path: str) -> Group:
    under = "" if path == "." else f"{path}/"
    return node.text(f"{under}CategoryCode"), node.number(f"{under}RateApplicablePercent")


def _added_up(parts: Sequence[tuple[str, Decimal]], indicator: str) -> Decimal:
    """Add up the charges of a line ("true"), or its allowances ("false")."""
    return sum((amount for stated, amount in parts if stated == indicator), NOTHING)


def _sort(stated: StatedSums, indicator: str, amount: Decimal, group: Group) -> None:
    (stated.charges if indicator == "true" else stated.allowances).append((amount, group))


def broken_formulas(stated: StatedSums) -> Iterator[str]:
    """Say which formula of the norm the stated sums do not keep, with what they state and what it comes to."""
    bt = stated.totals
    nets = sum((line.net for line in stated.lines), NOTHING)
    formulas: Mapping[str, tuple[Decimal, Decimal]] = {
        "BR-CO-10": (bt[106], nets),
        "BR-CO-11": (bt[107], sum((amount for amount, _ in stated.allowances), NOTHING)),
        "BR-CO-12": (bt[108], sum((amount for amount, _ in stated.charges), NOTHING)),
        "BR-CO-13": (bt[109], nets - bt[107] + bt[108]),
        "BR-CO-14": (bt[110], sum((tax for _, _, tax in stated.taxes), NOTHING)),
        "BR-CO-15": (bt[112], bt[109] + bt[110]),
        "BR-CO-16": (bt[115], bt[112] - bt[113] + bt[114]),
    }
    yield from (f"{rule}: {said}, and it is {comes}" for rule, (said, comes) in formulas.items() if said != comes)
    yield from _of_taxes(stated)
    for at, line in enumerate(stated.lines, start=1):
        yield from _of_line(at, line, stated)
    amounts = [*bt.values(), *(tax for row in stated.taxes for tax in row[1:]), *(line.net for line in stated.lines)]
    yield from (f"BR-DEC: {amount}" for amount in amounts if -_exponent(amount) > stated.places)


def _of_taxes(stated: StatedSums) -> Iterator[str]:
    bases = _bases_of(stated)
    groups = [group for group, _, _ in stated.taxes]
    if len(groups) != len({*groups}):
        yield f"BG-23: a category and rate stand twice: {groups}"
    for group in sorted({*bases} - {*groups}):
        yield f"BR-CO-18: {group} has no breakdown"
    for group, taxable, tax in stated.taxes:
        if bases.get(group) != taxable:
            yield f"{TAXABLE[group[0]]}: {group} states {taxable}, and it is {bases.get(group)}"
        yield from _of_tax(group, taxable, tax, stated)


def _bases_of(stated: StatedSums) -> Mapping[Group, Decimal]:
    bases: dict[Group, Decimal] = defaultdict(Decimal)
    for line in stated.lines:
        bases[line.group] += line.net
    for amount, group in stated.charges:
        bases[group] += amount
    for amount, group in stated.allowances:
        bases[group] -= amount
    return bases


def _of_tax(group: Group, taxable: Decimal, tax: Decimal, stated: StatedSums) -> Iterator[str]:
    category, rate = group
    if category in UNTAXED:
        if tax:
            yield f"{UNTAXED[category]}: {group} has a tax of {tax}"
        return
    cent, exact = Decimal(1).scaleb(-stated.places), taxable * rate / 100
    if tax != exact.quantize(cent, ROUND_HALF_UP):
        yield f"BR-CO-17: {group} states {tax}, and {taxable} × {rate} % is {exact}"


def _of_line(at: int, line: StatedLine, stated: StatedSums) -> Iterator[str]:
    if line.price < 0:
        yield f"BR-27: line {at} has a price of {line.price}"
    comes = line.quantity * line.price / line.per + line.charges - line.allowances
    if abs(comes - line.net) > max(SLACK_OF_LINE, Decimal(1).scaleb(-stated.places) / 2):
        yield f"PEPPOL-EN16931-R120: line {at} states {line.net}, and it is {comes}"


def _exponent(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0
