"""Who sells what a charge is for, and so how it is taxed: the supplier, or the owner in whose name it is sold."""

from contracts.charge import Charge
from contracts.document import ContractDocument
from contracts.natures import seen_by
from contracts.parties import Party
from contracts.sharing.payees import SoldIn


def seller_of(contract: ContractDocument, charge: Charge) -> Party:
    """Say who sells what a charge is for.

    What is sold in the owner's name is sold by the one payee of its waterfall. An amount off others is off what their
    seller sold, where they have one; a charge that nobody shares is the supplier's own.
    """
    if contract.sharing is None or contract.sharing.sold_in is SoldIn.OWN_NAME:
        return contract.supplier
    names = {charge.name, *(seen_by(contract, charge) if charge.waterfall is None else ())}
    if len(names) > 1:
        names.remove(charge.name)
    falls = [other.waterfall for other in contract.charges if other.name in names]
    owners = {fall.payees[0] if fall is not None else None for fall in falls}
    owner = contract.sharing.payee(owners.pop() or "") if len(owners) == 1 else None
    return owner or contract.supplier


def owner_of(contract: ContractDocument, charge: Charge) -> str | None:
    """Name in whose name the supplier sells what a charge is for; None of what it sells in its own."""
    seller = seller_of(contract, charge)
    return None if seller is contract.supplier else seller.name
