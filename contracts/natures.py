"""Which amounts belong together: the order in which charges are computed, what each sees, and of which kind that is.

A price and its reductions are one kind, damages and deposits each their own (``Nature.kind``): a deposit fulfils no
minimum, and a bound of damages is damages.
"""

from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.document import ContractDocument
from contracts.rated_line import Nature


def seen_by(contract: ContractDocument, charge: Charge) -> tuple[str, ...]:
    """Name the charges whose amounts one is computed from: those that it names, or all before it; in their order."""
    if not is_over_amounts(charge.rule):
        return ()
    names, of = contract.names_as_computed, charge.rule.of
    before = names[: names.index(charge.name)]
    return tuple(name for name in before if name in of) if of else before


def kind_of(contract: ContractDocument, charge: Charge) -> Nature:
    """Tell the kind of the amounts that a charge comes to; see ``Nature.kind``."""
    if charge.nature is not None:
        return charge.nature.kind
    if is_over_amounts(charge.rule) and charge.rule.is_of_their_kind:
        return kind_seen(contract, charge)
    return charge.rule.nature.kind


def kind_seen(contract: ContractDocument, charge: Charge) -> Nature:
    """Tell the kind of the amounts that a charge is computed from: that of all charges that it names, or the price."""
    if not is_over_amounts(charge.rule) or not charge.rule.of or not contract.settings.natures_apart:
        return Nature.CONSIDERATION
    kinds = kinds_named(contract, charge)
    return next(iter(kinds)) if len(kinds) == 1 else Nature.CONSIDERATION


def kinds_named(contract: ContractDocument, charge: Charge) -> frozenset[Nature]:
    """List the kinds of the amounts of the charges that one names."""
    names = seen_by(contract, charge) if is_over_amounts(charge.rule) and charge.rule.of else ()
    return frozenset(kind_of(contract, other) for other in contract.charges if other.name in names)


def is_taxed_as_seen(contract: ContractDocument, charge: Charge) -> bool:
    """Tell whether a charge bears the taxes of those that it is computed from, in the proportion of their amounts.

    A reduction and a bound do, unless they state a tax themselves; a fee that is a percentage of others is a supply of
    its own, and what is drawn of a prepayment bears the tax with which that was claimed.
    """
    if (
        charge.tax is not None
        or charge.taxed_on is not None
        or not is_over_amounts(charge.rule)
        or not charge.rule.is_of_their_kind
    ):
        return False
    return contract.settings.reduces_by_tax
