"""Rules over savings whose use does not tell what they value: no bill of them could ever be made."""

from collections.abc import Iterator

from contracts.charge import Charge
from contracts.contract import Contract
from contracts.pricing.demand import Demand
from contracts.savings_pricing.over_savings import OverSavings
from contracts.savings_pricing.trusteeship_fee import TrusteeshipFee
from contracts.savings_pricing.valuation import ALL, AtPrices, BillDifference
from quantities.document import Fault
from quantities.quantity import POWER_UNITS
from savings.plan import Plan
from savings.rows import Interval


def valuation_faults(contract: Contract) -> Iterator[Fault]:
    """Find rules that need a saving and have none, and savings that tell nothing that has a price.

    A band that has no price is no fault by itself: there may be no hour of it.
    """
    for at, charge in enumerate(contract.charges):
        if isinstance(charge.rule, OverSavings):
            yield from _of_charge(f"/charges/{at}", contract, charge)


def _of_charge(path: str, contract: Contract, charge: Charge) -> Iterator[Fault]:
    field, name = _use_of(charge)
    plan, valuation = contract.saving(name), getattr(charge.rule, "valuation", None)
    of_saving = isinstance(charge.rule, TrusteeshipFee) or isinstance(valuation, BillDifference)
    if of_saving and plan is None:
        detail = f"{charge.rule.kind} needs what was expected, which a saving tells: {name} is none"
        yield Fault(f"{path}/{field}", "no-saving", detail, name)
    elif isinstance(valuation, BillDifference) and plan is not None:
        yield from _without_peaks(f"{path}/rule/valuation/tariff", valuation, plan)
    if isinstance(valuation, AtPrices):
        bands = _bands(contract, name)
        if ALL not in valuation.bands and not {*bands} & {*valuation.bands}:
            detail = f"no part of {name} has a price: its bands are {', '.join(bands)}"
            yield Fault(
                f"{path}/rule/valuation/bands", "no-price", detail, ", ".join(valuation.bands), ", ".join(bands)
            )
    if isinstance(charge.rule, TrusteeshipFee) and charge.rule.under_run_percent and "bills" not in charge.beside:
        detail = "an under-run is told from the energy bills: it needs a use beside it, named bills"
        yield Fault(f"{path}/beside", "missing-use", detail)


def _bands(contract: Contract, name: str) -> tuple[str, ...]:
    """List the bands of a saving, or of all that are joined."""
    inner = contract.use(name).inner_uses
    plans = [plan for saving in inner or (name,) if (plan := contract.saving(saving)) is not None]
    known = [band for plan in plans for band in ((ALL,) if plan.calendar is None else plan.calendar.names)]
    return tuple(dict.fromkeys(known)) or (ALL,)


def _use_of(charge: Charge) -> tuple[str, str]:
    """Find the use that a rule over savings values, with the field that names it."""
    if "saving" in charge.beside:
        return "beside/saving", charge.beside["saving"]
    return "register" if charge.usage is None else "usage", charge.counted or ""


def _without_peaks(path: str, valuation: BillDifference, plan: Plan) -> Iterator[Fault]:
    """Find prices of demand where a saving tells no peaks: of days or months, or of a unit without one of power."""
    if plan.option.rows is Interval.HOUR and plan.unit in POWER_UNITS:
        return
    for number, item in enumerate(valuation.tariff):
        if isinstance(item.rule, Demand):
            detail = f"{plan.name} tells no peaks, which {item.name} prices: they are of hours, in a unit of energy"
            yield Fault(f"{path}/{number}/rule", "no-peaks", detail, f"{plan.option.rows.value} in {plan.unit}", "hour")
