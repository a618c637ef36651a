"""What a window's savings are worth at the prices of charges."""

from collections.abc import Mapping

from billing.counting.joining import joined_usage
from billing.counting.saving import usage_of
from billing.records.statement import StatedValue
from billing.statements.measured import Measured
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.indexation.lookup import Lookup
from contracts.rated_usage import Usage
from contracts.savings_pricing.valuation import AtPrices
from contracts.schedule import BillingPeriod
from contracts.usage import NamedUse


def is_of_savings(contract: Contract, charge: Charge) -> bool:
    """Tell whether a charge prices a saving, or several that are joined."""
    names = {saving.name for saving in contract.savings} | {use.name for use in contract.usages if use.joined}
    return charge.counted in names or bool(names & set(charge.beside.values()))


def usages_joined(use: NamedUse, measured: Mapping[str, Measured]) -> dict[str, Usage]:
    """The savings of carriers as charges price them, by name."""
    return {carrier.saving: usage_of(measured[carrier.saving].saved) for carrier in use.joined}


def saving_usage(contract: Contract, name: str, measured: Mapping[str, Measured]) -> Usage | None:
    """The saving of a name as charges price it, or several that are joined; None where it is none."""
    if name in measured:
        return usage_of(measured[name].saved)
    use = contract.use(name)
    if not use.joined or any(carrier.saving not in measured for carrier in use.joined):
        return None
    return joined_usage(use, usages_joined(use, measured))


def value_of(
    contract: Contract, charge: Charge, window: BillingPeriod, usage: Usage | None, lookup: Lookup
) -> StatedValue | None:
    """Value a window's use at the prices of a charge: what the parties agreed, and what the customer was spared.

    Args:
        contract: whose charge it is.
        charge: with the prices.
        window: whose use it is.
        usage: in parts by month; None for a charge over something else.
        lookup: finds published prices.

    Returns:
        None where the charge does not value what it prices.
    """
    valuation = getattr(charge.rule, "valuation", None)
    if not isinstance(valuation, AtPrices) or usage is None:
        return None
    published = {
        (series, part.labels["month"]): value.value
        for series in sorted(valuation.follows)
        for part in usage.parts
        if (value := lookup(series, part.labels["month"])) is not None
    }
    worth = valuation.value(
        Usage(
            quantity=usage.quantity,
            unit=usage.unit,
            period=window,
            life=contract.life,
            parts=usage.parts,
            published=published,
        ),
        charge.rule.number_of_arithmetic,
    )
    return StatedValue(contract=worth.contract, cash=worth.cash, calculation=tuple(worth.calculation))
