"""The legs of a sale that is shared: who sells what to whom, who makes out the document, and the tax of each.

    in the supplier's own name    payee → supplier → customer: its purchases and its sale, its commission between them
    in the owner's name           owner → customer; and supplier → owner, the commission

Either way the net of what customers are billed is what payees are owed and what stays with the supplier. Whether the
supplier's revenue is all of it or the commission alone is another question, with either answer to both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from billing.invoices.invoice import Line, Totals
from billing.payees.parts import PartOfLine
from billing.payees.supplies import commission_supply, purchase_supply
from billing.records.document_type import DocumentType
from billing.tax.decision import Deciding
from billing.tax.tax import Tax, TaxedAmount, breakdown
from contracts.contract import Contract
from contracts.sharing.payees import Revenue, SharingTerms, SoldIn
from quantities.errors import Conflict

_NOTHING = Decimal(0)


class PayeesNotDescribed(Conflict):
    """The contract does not say who its payees are."""


class LegKind(StrEnum):
    """What is sold on a leg."""

    SALE = "sale"  # to the customer
    PURCHASE = "purchase"  # by a payee to the supplier, which sells in its own name
    COMMISSION = "commission"  # by the supplier to an owner, in whose name it sells


@dataclass(frozen=True, slots=True)
class SaleLeg:
    """One sale between two parties, which one document says.

    Attributes:
        kind: what is sold.
        seller: who sells, and owes the tax.
        buyer: to whom.
        made_out_by: who makes out the document: the seller, or another by agreement.
        document_type: what it is.
        totals: its net, tax and gross amounts, with their breakdown.
    """

    kind: LegKind
    seller: str
    buyer: str
    made_out_by: str
    document_type: DocumentType
    totals: Totals


@dataclass(frozen=True, slots=True)
class Payable:
    """What a payee is owed: its own sale, and in its own name less the commission; with the tax of both."""

    net: Decimal
    vat: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class SharedSale:
    """Lines sold, with their legs.

    Attributes:
        sold_in: whose name.
        revenue: which is the supplier's: all that is sold, or its own part.
        legs: the sales, then the purchases or the commissions, by name.
        payables: by payee.
        net: of all sales to customers.
        commission: of it, what is the supplier's own; with that what nobody shares.
    """

    sold_in: SoldIn
    revenue: Revenue
    legs: tuple[SaleLeg, ...]
    payables: Mapping[str, Payable]
    net: Decimal
    commission: Decimal

    @property
    def revenue_amount(self) -> Decimal:
        """The supplier's revenue."""
        return self.net if self.revenue is Revenue.GROSS else self.commission

    @property
    def cost_amount(self) -> Decimal:
        """What of it payees are owed, as the supplier's cost; nothing where its revenue is net of it."""
        return self.revenue_amount - self.commission


def legs_of(
    contract: Contract, lines: Sequence[Line], deciding: Deciding, versions: Mapping[int, Contract] | None = None
) -> SharedSale:
    """Say which sales the lines of one contract's documents are, between whom.

    Args:
        contract: the version by which they were billed; what it says of its payees counts.
        lines: of documents to the customer, corrections among them.
        deciding: how a supply is taxed on a day.
        versions: by its key, the version by which a line was rated, where it is another.

    Raises:
        PayeesNotDescribed: the contract does not say who shares.
        SharesDoNotAddUp: a line's shares are not its net.
        NoTaxRule: a leg cannot be taxed (others: ``billing.tax.decision.decide``).
    """
    if contract.sharing is None:
        detail = f"{contract.contract} says nothing of its payees"
        raise PayeesNotDescribed(detail, place="sharing", found="nothing", expected="payees")
    known = versions or {}
    parts = [PartOfLine.of(known.get(line.proof.version_id or 0, contract), line) for line in lines]
    owned = contract.sharing.sold_in is SoldIn.OWNERS_NAME
    second = _commissions if owned else _purchases
    legs = (*_sales(contract, parts), *second(contract, contract.sharing, parts, deciding))
    return SharedSale(
        sold_in=contract.sharing.sold_in,
        revenue=contract.sharing.revenue,
        legs=legs,
        payables=_payables(contract, legs),
        net=sum((part.line.net for part in parts), _NOTHING),
        commission=sum((part.own for part in parts), _NOTHING),
    )


def _sales(contract: Contract, parts: Sequence[PartOfLine]) -> Iterator[SaleLeg]:
    """What the customer buys: of the supplier, and of each owner in whose name it is sold; taxed as it was billed."""
    for seller in dict.fromkeys(part.seller for part in parts):
        taxed = [(part.line.tax, part.line.net) for part in parts if part.seller == seller]
        yield _leg(contract, LegKind.SALE, seller, contract.customer.name, taxed)


def _purchases(
    contract: Contract, sharing: SharingTerms, parts: Sequence[PartOfLine], deciding: Deciding
) -> Iterator[SaleLeg]:
    """What the supplier, who sells in its own name, buys of each payee."""
    for payee in sharing.payees:
        taxed = []
        for part in parts:
            if payee.name in part.shares:
                decided = deciding(purchase_supply(part.contract, part.charge, payee), part.line.tax_point)
                taxed.append((part.tax(decided.tax), part.shares[payee.name]))
        if taxed:
            made_out_by = contract.supplier.name if payee.self_billed else payee.name
            yield _leg(contract, LegKind.PURCHASE, payee.name, contract.supplier.name, taxed, made_out_by)


def _commissions(
    contract: Contract, sharing: SharingTerms, parts: Sequence[PartOfLine], deciding: Deciding
) -> Iterator[SaleLeg]:
    """What each owner in whose name is sold buys of the supplier."""
    for owner in sharing.payees:
        taxed = [
            (part.tax(deciding(commission_supply(contract, owner), part.line.tax_point).tax), part.own)
            for part in parts
            if part.seller == owner.name and part.own
        ]
        if taxed:
            yield _leg(contract, LegKind.COMMISSION, contract.supplier.name, owner.name, taxed)


def _leg(
    contract: Contract,
    kind: LegKind,
    seller: str,
    buyer: str,
    taxed: Iterable[tuple[Tax, Decimal]],
    made_out_by: str | None = None,
) -> SaleLeg:
    groups = breakdown((TaxedAmount(tax, net) for tax, net in taxed), contract.currency)
    net = sum((group.taxable for group in groups), _NOTHING)
    vat = sum((group.amount for group in groups), _NOTHING)
    by = made_out_by or contract.supplier.name
    is_self_billed = kind is LegKind.PURCHASE and by == buyer
    types = (DocumentType.INVOICE, DocumentType.CREDIT_NOTE)
    if is_self_billed:
        types = (DocumentType.SELF_BILLED, DocumentType.SELF_BILLED_CREDIT_NOTE)
    return SaleLeg(kind, seller, buyer, by, types[net < 0], Totals(net, vat, net + vat, groups))


def _payables(contract: Contract, legs: Iterable[SaleLeg]) -> dict[str, Payable]:
    """Add up what each payee sells, less what it buys of the supplier."""
    payables: dict[str, Payable] = {}
    for leg in legs:
        name, sign = (leg.buyer, -1) if leg.kind is LegKind.COMMISSION else (leg.seller, 1)
        if name == contract.supplier.name:
            continue
        was, own = payables.get(name, Payable(_NOTHING, _NOTHING, _NOTHING)), leg.totals
        payables[name] = Payable(was.net + sign * own.net, was.vat + sign * own.vat, was.gross + sign * own.gross)
    return payables
