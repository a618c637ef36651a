"""A document to a customer as postings: what is to be paid against revenue and tax, or against what is not earned yet.

    a sale                              receivable | revenue by tag, output VAT
    tax that the customer withholds     withheld tax beside the receivable
    a prepayment, an instalment         receivable | contract liability, output VAT; what is drawn of it the other way
    use that is paid and not taken      receivable | contract liability while it may be made up, else shortfall
    savings on account                  receivable | refund liability, until the window is verified
    a payee's part                      is no revenue where that is net, and waits for the payee's own document
    in an owner's name                  collected for owners | payee: the owner's sale, and the owner's tax

A credit note and a correction are the same with the other sign: what is taken back leaves the account that it went to.
Postings: Directive 2006/112/EC, IFRS 15.31, 15.55, 15.105–108, B34–B38, B44–B47.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.invoices.invoice import Line, Totals
from billing.ledger.accounts import AccountRole
from billing.ledger.entry import Posting, ServiceDays, TaxKey, balanced
from billing.ledger.rounded import to_places
from billing.tax.tax import TaxGroup
from contracts.instalments import INSTALMENT, LESS
from contracts.rated_line import Nature
from quantities.arithmetic import added, product, quotient

_NOTHING = Decimal(0)
#: Of lines for use that is paid and not taken, and of those that take it later: the rule, and its part.
NOT_TAKEN, MADE_UP = ("take_or_pay", 1), ("take_or_pay", 2)
#: What is missing of a commitment is paid and may not be taken later: from this part on, by rule.
_SHORTFALLS: Mapping[str, int] = {"commitment": 2, "minimum_spend": 0}
#: What rules over savings bill before a window is verified, and settle when it is.
_ON_ACCOUNT_LABEL = "on account"
_SETTLES_LABEL = "settlement of the "
_OF_NATURE = {
    Nature.PREPAYMENT: AccountRole.CONTRACT_LIABILITY,
    Nature.DEPOSIT: AccountRole.DEPOSIT,
    Nature.PRICE_REDUCTION: AccountRole.REVENUE_REDUCTION,
}


@dataclass(frozen=True, slots=True)
class LineToPost:
    """A line of a document, with what its contract says of it.

    Attributes:
        line: as it was issued.
        contract_id: which contract it is of.
        may_be_made_up: whether its contract lets use that was paid and not taken be taken later.
        shared: what of its net amount is no revenue of the supplier, because it is payees'.
        settled_on_account: of a line that settles savings on account, what was billed on account before.
    """

    line: Line
    contract_id: int
    may_be_made_up: bool = False
    shared: Decimal = _NOTHING
    settled_on_account: Decimal = _NOTHING


@dataclass(frozen=True, slots=True)
class DocumentToPost:
    """A document to a customer.

    Attributes:
        document_id: its key.
        country: of its seller: whose tax it bears.
        lines: in order.
        totals: its net, tax and gross amounts, what brings them to prices with tax, and what is withheld.
        is_of_owner: whether an owner sells, in whose name the supplier does.
    """

    document_id: int
    country: str
    lines: tuple[LineToPost, ...]
    totals: Totals
    is_of_owner: bool = False


def postings_of(document: DocumentToPost) -> tuple[Posting, ...]:
    """Post a document, in its currency."""
    totals = document.totals
    if document.is_of_owner:
        owed = Posting(AccountRole.COLLECTED_FOR_OWNERS, totals.payable, document_id=document.document_id)
        return balanced([owed, Posting(AccountRole.PAYEE, -totals.payable, document_id=document.document_id)])
    return balanced(
        [
            Posting(AccountRole.RECEIVABLE, totals.payable, document_id=document.document_id),
            Posting(AccountRole.WITHHELD_TAX, totals.withheld, document_id=document.document_id),
            *(posting for at, line in enumerate(document.lines, start=1) for posting in _of_line(document, line, at)),
            *_of_taxes(document.country, totals.groups),
            Posting(AccountRole.ROUNDING, -totals.rounding),
        ]
    )


def _of_taxes(country: str, groups: Sequence[TaxGroup]) -> Iterator[Posting]:
    for group in groups:
        tax = TaxKey(country, group.tax.category, group.tax.rate)
        yield Posting(AccountRole.OUTPUT_VAT, -group.amount, tax=tax)


def _of_line(document: DocumentToPost, posted: LineToPost, at: int) -> Iterator[Posting]:
    line, country = posted.line, document.country
    for role, net in _parts(posted):
        for tag, amount in _by_tag(line, net):
            yield Posting(
                role,
                -amount,
                account=line.revenue_account if role is AccountRole.REVENUE else "",
                tag=tag,
                tax=TaxKey(country, line.tax.category, line.tax.rate),
                service=ServiceDays(line.service_first, line.service_after_last),
                line=at,
                charge=line.charge,
                contract_id=posted.contract_id,
                dimensions=tuple(sorted(line.dimensions.items())),
            )


def _parts(posted: LineToPost) -> Iterator[tuple[AccountRole, Decimal]]:
    """Divide a line by what its parts are: payees' and the supplier's; what was on account, and what comes to it."""
    line, role = posted.line, role_of(posted)
    if posted.shared:
        yield AccountRole.PAYEE_SHARE, posted.shared
    if posted.settled_on_account:  # what was billed on account is earned now; the rest was never on account
        yield AccountRole.REFUND_LIABILITY, -posted.settled_on_account
    yield role, line.net - posted.shared + posted.settled_on_account


def role_of(posted: LineToPost) -> AccountRole:
    """Tell for what a line is, by its nature and the part of its rule."""
    line = posted.line
    if line.proof.late is not None:
        return AccountRole.LATE_FEE if line.proof.late.claims == "fee" else AccountRole.LATE_INTEREST
    if line.nature is Nature.DAMAGES:
        return AccountRole.DAMAGES_RECEIVED if _is_received(line) else AccountRole.DAMAGES_PAID
    if line.nature in _OF_NATURE:
        return _OF_NATURE[line.nature]
    return _of_consideration(posted)


def _of_consideration(posted: LineToPost) -> AccountRole:
    line = posted.line
    if line.part in (INSTALMENT, LESS):
        return AccountRole.CONTRACT_LIABILITY
    if is_on_account(line):
        return AccountRole.REFUND_LIABILITY
    if (line.proof.rule, line.part) in (NOT_TAKEN, MADE_UP):
        return AccountRole.CONTRACT_LIABILITY if posted.may_be_made_up else AccountRole.SHORTFALL
    least = _SHORTFALLS.get(line.proof.rule)
    return AccountRole.REVENUE if least is None or line.part < least else AccountRole.SHORTFALL


def is_on_account(line: Line) -> bool:
    """Tell whether a line bills savings before their window is verified."""
    return line.part == 0 and line.label == _ON_ACCOUNT_LABEL


def settles_on_account(line: Line) -> bool:
    """Tell whether a line settles what was billed of savings on account."""
    return line.label.startswith(_SETTLES_LABEL)


def _is_received(line: Line) -> bool:
    """Tell whether damages are the supplier's; an adjustment is of the side whose damages it adjusts."""
    adjusts = line.proof.adjusts
    if adjusts is None:
        return line.net > 0
    stated = (Decimal(adjusts.owed_net), Decimal(adjusts.billed_net))
    return next((amount > 0 for amount in stated if amount), line.net > 0)


def _by_tag(line: Line, net: Decimal) -> Iterable[tuple[str, Decimal]]:
    """Divide an amount over the accounting tags of its line, in the proportion in which the line is."""
    tags = {tag: Decimal(amount) for tag, amount in line.allocation.items()}
    if not tags:
        return [("", net)]
    if net == line.net:
        return list(tags.items())
    return _in_proportion(tags, net)


def _in_proportion(tags: Mapping[str, Decimal], net: Decimal) -> list[tuple[str, Decimal]]:
    """Divide by largest remainder, with as many places as the amounts have."""
    whole = added(tags.values())
    if not whole:
        return [("", net)]
    places = max(-int(amount.as_tuple().exponent) for amount in (*tags.values(), net))
    exact = {tag: quotient(product(amount, net), whole) for tag, amount in tags.items()}
    return list(zip(tags, to_places(list(exact.values()), net, places), strict=True))
