"""Documents as fapiao: several of one where it has more lines than a fapiao takes, one of several where that is asked.

A fapiao takes 2,000 lines, a discount counted as one. A line and its discount stay together.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from stdnum.cn import uscc

from billing.clearance.fapiao.fapiao_lines import FapiaoLine, fapiao_lines
from billing.clearance.refusals import BuyerNumberInvalid, CurrencyNotOfState, SellerNumberInvalid
from billing.documents.model.business_document import BusinessDocument
from billing.documents.model.business_party import BusinessParty
from contracts.invoicing import InvoiceForm
from contracts.missing.state_parties import CLEARING_STATES, lacks_buyer_number, lacks_seller_number, stated

_STATE = CLEARING_STATES[InvoiceForm.FAPIAO]
LINES_MAX = 2000
YUAN = "CNY"
_NOTHING: Mapping[str, Collection[int]] = MappingProxyType({})


class FapiaoKind(StrEnum):
    """``special``, by which the customer deducts the tax; ``ordinary``, without; and the red ones of both."""

    SPECIAL = "special"
    ORDINARY = "ordinary"
    RED_SPECIAL = "red_special"
    RED_ORDINARY = "red_ordinary"

    @property
    def red(self) -> "FapiaoKind":
        """The kind by which it is taken back."""
        return FapiaoKind(f"red_{self.value.removeprefix('red_')}")


@dataclass(frozen=True, slots=True)
class Fapiao:
    """A fapiao to be.

    Attributes:
        kind: special or ordinary.
        seller: whose it is.
        seller_uscc: its number, 18 signs.
        buyer: for whom.
        buyer_uscc: the number of it; empty of a person.
        with_tax: whether prices and amounts are stated with tax in them.
        lines: at most 2,000, discounts counted.
    """

    kind: FapiaoKind
    seller: BusinessParty
    seller_uscc: str
    buyer: BusinessParty
    buyer_uscc: str
    with_tax: bool
    lines: tuple[FapiaoLine, ...]

    @property
    def net(self) -> Decimal:
        """The sum of its lines without tax, less discounts."""
        return sum((line.worth[0] for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """The sum of their taxes."""
        return sum((line.worth[1] for line in self.lines), Decimal(0))

    @property
    def documents(self) -> tuple[str, ...]:
        """The numbers of our documents that it is of, in order."""
        return tuple(dict.fromkeys(line.document for line in self.lines))

    def positions(self, document: str) -> tuple[int, ...]:
        """The positions of the lines of a document that are on it."""
        return tuple(dict.fromkeys(line.position for line in self.lines if line.document == document))


def fapiao_of(
    documents: Sequence[BusinessDocument],
    lines_max: int = LINES_MAX,
    *,
    without: Mapping[str, Collection[int]] = _NOTHING,
) -> tuple[Fapiao, ...]:
    """Make fapiao of documents that belong together.

    Args:
        documents: invoices of one seller to one customer; at least one.
        lines_max: how many lines a fapiao takes.
        without: by the number of a document, the positions of lines that other fapiao have.

    Returns:
        As few as take all lines; together, with those others, they come to the documents' net and tax.

    Raises:
        CurrencyNotOfState, SellerNumberInvalid, BuyerNumberInvalid: see there.
        TaxCodeMissing, TaxRateUnclassed, DiscountBeyondLine: of ``fapiao_lines``.
    """
    first = documents[0]
    for document in documents:
        if document.currency != YUAN:
            detail = f"{document.number} is in {document.currency}"
            raise CurrencyNotOfState(detail, place="currency", found=document.currency, expected=YUAN)
    lines = [
        line
        for document in documents
        for line in fapiao_lines(document)
        if line.position not in without.get(document.number, ())
    ]
    buyer_uscc = buyer_number(first.buyer)
    deducts = buyer_uscc != "" and not any(line.exempt for line in lines)
    return tuple(
        Fapiao(
            kind=FapiaoKind.SPECIAL if deducts else FapiaoKind.ORDINARY,
            seller=first.seller,
            seller_uscc=seller_number(first.seller),
            buyer=first.buyer,
            buyer_uscc=buyer_uscc,
            with_tax=all(line.gross is not None for document in documents for line in document.lines),
            lines=tuple(part),
        )
        for part in cut(lines, lines_max)
    )


def cut(lines: Sequence[FapiaoLine], lines_max: int) -> Iterator[list[FapiaoLine]]:
    """Cut lines into parts of at most so many, a discount counted and never apart from its line."""
    part: list[FapiaoLine] = []
    count = 0
    for line in lines:
        if part and count + line.lines > lines_max:
            yield part
            part, count = [], 0
        part.append(line)
        count += line.lines
    if part:
        yield part


def seller_number(party: BusinessParty) -> str:
    """The seller's number (USCC), 18 signs.

    Raises:
        SellerNumberInvalid: it states none, or one whose check sign is wrong.
    """
    number = stated(party)
    if lacks_seller_number(_STATE, party):
        detail = f"{party.name} has no valid USCC" + (f": {number} is none" if number else "")
        raise SellerNumberInvalid(detail, place="seller.vat_id", found=number, expected="a USCC of 18 signs")
    return uscc.compact(number)


def buyer_number(party: BusinessParty) -> str:
    """The customer's number (USCC), or nothing of a person.

    Raises:
        BuyerNumberInvalid: it states one whose check sign is wrong.
    """
    number = stated(party)
    if lacks_buyer_number(_STATE, party, party.address.country):
        detail, expected = f"{number} of {party.name} is no USCC", "a USCC of 18 signs, or no number"
        raise BuyerNumberInvalid(detail, place="buyer.vat_id", found=number, expected=expected)
    return uscc.compact(number)
