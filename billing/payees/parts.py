"""A line's shares, apart from the supplier's own part, and who sells what it charges for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from billing.invoices.invoice import Line
from billing.tax.tax import OUTSIDE, UNTAXED, Tax
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.sharing.seller import seller_of
from quantities.errors import Conflict
from quantities.number import plain

_NOTHING = Decimal(0)


class SharesDoNotAddUp(Conflict):
    """The shares of a line are not its net amount."""


@dataclass(frozen=True, slots=True)
class PartOfLine:
    """A line with its shares.

    Attributes:
        contract: the version by which it was rated.
        line: as it was billed.
        charge: of the contract.
        seller: in whose name it was sold.
        shares: of payees, without the supplier's own.
        own: the supplier's own.
    """

    contract: Contract
    line: Line
    charge: Charge
    seller: str
    shares: Mapping[str, Decimal]
    own: Decimal

    @classmethod
    def of(cls, contract: Contract, line: Line) -> "PartOfLine":
        """Take a line apart.

        Raises:
            SharesDoNotAddUp: its shares are not its net.
        """
        charge = next(charge for charge in contract.charges if charge.name == line.charge)
        shares = {name: Decimal(amount) for name, amount in line.payees.items()}
        if line.payees and sum(shares.values(), _NOTHING) != line.net:
            detail = f"the shares of {line.charge} are not its net amount"
            raise SharesDoNotAddUp(detail, found=dict(line.payees), expected=plain(line.net))
        own = shares.pop(contract.supplier.name, line.net - line.net) if line.payees else line.net
        return cls(contract, line, charge, seller_of(contract, charge).name, shares, own)

    @property
    def is_untaxed(self) -> bool:
        """Whether it is of damages or of a deposit, which bear no tax between whomever."""
        return self.line.nature in UNTAXED

    def tax(self, decided: Tax) -> Tax:
        """How a leg of it is taxed: damages and deposits are not."""
        return OUTSIDE if self.is_untaxed else decided
