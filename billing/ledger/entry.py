"""An entry of the ledger as a value: postings that add up to nothing, in the document's currency and in the entity's.

Debits are above zero, credits below. An entry is in one currency; where money changes from one to another, there are
two entries, and a clearing account between them. Only differences of exchange are of the entity's currency alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing.ledger.accounts import AccountRole
from billing.ledger.rounded import to_places
from billing.tax.tax import TaxCategory
from quantities.arithmetic import added, product
from quantities.money import Money, exponent
from quantities.number import plain

_NOTHING = Decimal(0)


class TaxKey(NamedTuple):
    """Of which tax a posting is: so that accounts are known by it, and returns made.

    Attributes:
        country: whose tax it is.
        category: EN 16931's (BT-151).
        rate: in percent.
    """

    country: str
    category: TaxCategory
    rate: Decimal


class ServiceDays(NamedTuple):
    """When what is posted was supplied: the first day, and the day after the last."""

    first: date
    after_last: date


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry.

    Attributes:
        role: for what its account is.
        amount: in the currency of the entry; a debit is above zero.
        functional: in the entity's currency; None until the entry is translated.
        account: which account, where the contract states it; empty: the chart says.
        tag: the accounting tag (``lease_fixed``, ``service`` …); empty where none was stated.
        tax: of which tax it is; None of what has none.
        service: when it was supplied; None of what is no supply.
        line: the place on its document, from 1; 0 of what is of no line.
        charge: of the contract; empty of what is of no line.
        contract_id: which contract it is of; None where it is of none.
        document_id: of a receivable the document; None of what is carried by no document.
        dimensions: of the customer's books.
    """

    role: AccountRole
    amount: Decimal
    functional: Decimal | None = None
    account: str = ""
    tag: str = ""
    tax: TaxKey | None = None
    service: ServiceDays | None = None
    line: int = 0
    charge: str = ""
    contract_id: int | None = None
    document_id: int | None = None
    dimensions: tuple[tuple[str, str], ...] = field(default=())

    @property
    def is_worth_nothing(self) -> bool:
        """Whether it moves nothing in either currency."""
        return not self.amount and not self.functional

    def reversed(self) -> "Posting":
        """The posting that takes it back."""
        functional = None if self.functional is None else -self.functional
        return replace(self, amount=-self.amount, functional=functional)


def balanced(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    """Leave out what is worth nothing, and see that the rest adds up.

    Raises:
        ValueError: it does not, in the currency of the entry, or in the entity's where it is translated.
    """
    kept = tuple(posting for posting in postings if not posting.is_worth_nothing)
    functional = [posting.functional for posting in kept if posting.functional is not None]
    for what, amounts in (("amount", [posting.amount for posting in kept]), ("functional", functional)):
        total = added(amounts)
        if total:
            postings_told = ", ".join(f"{posting.role} {plain(posting.amount)}" for posting in kept)
            raise ValueError(f"{what} adds up to {plain(total)}: {postings_told}")
    return kept


def translated(
    postings: Sequence[Posting],
    rate: Decimal,
    currency: str,
    *,
    gain: AccountRole,
    loss: AccountRole,
    absorbing: AccountRole | None = None,
) -> tuple[Posting, ...]:
    """Translate an entry into the entity's currency.

    What is translated already keeps what it has: so a receivable leaves the books at what it stands there for. What
    this leaves over is a difference of exchange. All else is translated at the rate and rounded so that it adds up:
    each posting to the nearest minor unit, and what that misses goes one by one to those that lost the most.

    Args:
        postings: that add up to nothing.
        rate: units of the entity's currency for one of the entry's.
        currency: of the entity.
        gain: to which role a difference of exchange goes that is a gain.
        loss: and one that is a loss.
        absorbing: the role that takes it instead, where a posting has it: what was paid before it was supplied is
            earned at what was paid (IFRIC 22).
    """
    exact = [product(one.amount, rate) for one in postings if one.functional is None]
    whole = Money(added(exact), currency).rounded().amount
    parts = iter(to_places(exact, whole, exponent(currency)))
    done = [one if one.functional is not None else replace(one, functional=next(parts)) for one in postings]
    difference = -added(one.functional or _NOTHING for one in done)
    if not difference:
        return balanced(done)
    takes = next((at for at, one in enumerate(done) if one.role is absorbing), None)
    if takes is not None:
        done[takes] = replace(done[takes], functional=(done[takes].functional or _NOTHING) + difference)
    else:
        done.append(Posting(loss if difference > 0 else gain, _NOTHING, functional=difference))
    return balanced(done)
