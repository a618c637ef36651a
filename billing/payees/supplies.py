"""What payees and the supplier supply to each other, as far as tax asks."""

from collections.abc import Iterator

from billing.tax.decision import Supply, TaxedSide
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.sharing.payees import Payee, SoldIn
from contracts.taxed import TaxTerms


def purchase_supply(contract: Contract, charge: Charge, payee: Payee) -> Supply:
    """What a payee supplies to the supplier, who sells it on in its own name: of the same kind, at the same place.

    How the customer's own supply is treated, and on which papers, says nothing of it; the payee's terms go before.
    """
    sold = contract.tax_of(charge)
    same = TaxTerms(supply=sold.supply, place=sold.place, site=sold.site, rate=sold.rate)
    terms = same if payee.tax is None else payee.tax.over(same)
    return Supply(TaxedSide.of(payee), TaxedSide.of(contract.supplier), terms.of_supply)


def commission_supply(contract: Contract, owner: Payee) -> Supply:
    """What the supplier supplies to an owner in whose name it sells: a service."""
    return Supply(TaxedSide.of(contract.supplier), TaxedSide.of(owner))


def supplies_besides(contract: Contract) -> Iterator[tuple[str, Supply]]:
    """List what is supplied besides what the customer buys, and where the contract says what decides its tax."""
    if contract.sharing is None:
        return
    for at, payee in enumerate(contract.sharing.payees):
        charges = [charge for charge in contract.charges if _is_shared(charge, payee.name)]
        path = f"/sharing/payees/{at}"
        if charges and contract.sharing.sold_in is SoldIn.OWNERS_NAME:
            yield path, commission_supply(contract, payee)
        elif charges:
            for charge in charges:
                yield f"{path}/tax" if payee.tax is not None else path, purchase_supply(contract, charge, payee)


def _is_shared(charge: Charge, name: str) -> bool:
    return name in charge.payees or (charge.waterfall is not None and name in charge.waterfall.payees)
