"""Payees: who they are, in whose name is sold what they supply, and what makes out their documents.

Clause: "The platform sells in its own name. By the agreement of 1 March 2026 it makes out the factory's invoices."
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.parties import Party
from contracts.sharing.payout_terms import PayoutTerms
from contracts.taxed import TaxPaper, TaxTerms
from quantities.document import YesOrNo
from quantities.terms import Terms


class Payee(Party):
    """Somebody who has a part of what charges come to.

    Attributes:
        self_billed: whether the supplier makes out its invoices for it; otherwise it sends its own.
        agreement: by which it lets the supplier do so.
        tax: what decides the tax of what it supplies to the supplier, where it is not as the charge is; a financier's
            part, for example, is exempt.
        payouts: when and how it is paid; without it, nobody pays it by this.
    """

    self_billed: YesOrNo = True
    agreement: Annotated[TaxPaper | None, Field(exclude_if=lambda paper: paper is None)] = None
    tax: Annotated[TaxTerms | None, Field(exclude_if=lambda terms: terms is None)] = None
    payouts: Annotated[PayoutTerms | None, Field(exclude_if=lambda terms: terms is None)] = None


class Revenue(StrEnum):
    """What the supplier's revenue is: all that is sold (``gross``), or its own part alone (``net``; IFRS 15.B34)."""

    GROSS = "gross"
    NET = "net"


class SoldIn(StrEnum):
    """In whose name it is sold.

    In the supplier's ``own_name`` it buys from the payees and sells to the customer (Directive 2006/112/EC Art. 28); in
    the ``owners_name`` the owner sells, and the supplier sells the owner its commission.
    """

    OWN_NAME = "own_name"
    OWNERS_NAME = "owners_name"


class SharingTerms(Terms):
    """How a contract's charges are shared, as far as documents and books ask.

    Attributes:
        payees: all whom a waterfall names.
        revenue: the supplier's.
        sold_in: whose name.
    """

    payees: Annotated[tuple[Payee, ...], Field(min_length=1)]
    revenue: Revenue = Revenue.GROSS
    sold_in: SoldIn = SoldIn.OWN_NAME

    def payee(self, name: str) -> Payee | None:
        """Find a payee; None for a name that is not described, as the supplier's own."""
        return next((payee for payee in self.payees if payee.name == name), None)
