"""What of a version decides the price of one charge: its own terms. Where two versions agree on them, nothing is cut.

    versions in force, day by day → for each charge the days on which its own terms are the same: its runs

An amendment cuts what it changes, and nothing else: another discount does not divide a peak, and a returned machine no
other machine's fee. A charge over amounts is cut where it changes itself or sees other charges, and where a fee
in advance changes that it sees: such a fee is on another invoice, and is rated anew as one of the amounts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from contracts.charge import Charge
from contracts.clause import is_over_amounts
from contracts.contract import Contract
from contracts.natures import kind_seen, seen_by
from contracts.schedule import BillingPeriod
from contracts.settings import OnChange
from contracts.sharing.seller import owner_of, seller_of
from contracts.usage import NamedUse
from quantities.values import value_class

#: Of a charge, what moves no amount: a run has what its last version says.
_ENTRIES: dict[str, Any] = {
    "continues": None,
    "tax": None,
    "tax_code": None,
    "revenue_account": None,
    "allocation": (),
    "payees": {},
    "dimensions": {},
}


@value_class(frozen=True, slots=True)
class Run:
    """Days of a billing period over which the own terms of some charges are the same.

    Attributes:
        period: the days, and the whole period that they are part of.
        version: the place, among those in force, of the last version of these days.
        charges: by name.
    """

    period: BillingPeriod
    version: int
    charges: frozenset[str]


def stretches_of(
    versions: Sequence[Contract], period: BillingPeriod
) -> Iterator[tuple[BillingPeriod, Contract | None]]:
    """Divide a billing period by the version in force on its days; None on days before the first one.

    Args:
        versions: in the order of their recording; of several in force from one day, the last one counts.
        period: the billing period.
    """
    changes = {version.effective for version in versions}
    edges = [period.first, *sorted(day for day in changes if period.first < day < period.after_last), period.after_last]
    for first, after_last in pairwise(edges):
        days = period.meet(first, after_last)
        if days is not None:
            yield days, _in_force(versions, first)


def _in_force(versions: Sequence[Contract], day: date) -> Contract | None:
    effective = [(version.effective, number) for number, version in enumerate(versions) if version.effective <= day]
    return versions[max(effective)[1]] if effective else None


def divisions(stretches: Sequence[tuple[BillingPeriod, Contract]]) -> tuple[Run, ...]:
    """Divide a billing period as the arithmetic of the last version's settings does.

    Args:
        stretches: the days of the period by the version in force, in order of time; at least one.
    """
    is_one = len(stretches) == 1
    return stretch_by_stretch(stretches) if is_one or stretches[-1][1].settings.divides_all else runs(stretches)


def stretch_by_stretch(stretches: Sequence[tuple[BillingPeriod, Contract]]) -> tuple[Run, ...]:
    """Divide a billing period, for every charge, where a version comes into force: as settings of arithmetic 2 do."""
    return tuple(
        Run(days, at, frozenset(charge.name for charge in contract.charges))
        for at, (days, contract) in enumerate(stretches)
    )


def days_of_bounds(
    divided: Sequence[Run], stretches: Sequence[tuple[BillingPeriod, Contract]]
) -> dict[str, frozenset[date]]:
    """Find the days on which charges over amounts begin or end within a period, by the charges that they see.

    Each of them sees what is used on its own days: a discount from the 16th on is off what is used from the 16th on.
    """
    period = stretches[0][0].first, stretches[-1][0].after_last
    days: dict[str, set[date]] = {}
    for run in divided:
        contract = stretches[run.version][1]
        inside = {run.period.first, run.period.after_last} - set(period)
        for charge in contract.charges if inside else ():
            if charge.name in run.charges:
                for name in seen_by(contract, charge):
                    days.setdefault(name, set()).update(inside)
    return {name: frozenset(of_name) for name, of_name in days.items()}


def runs(stretches: Sequence[tuple[BillingPeriod, Contract]]) -> tuple[Run, ...]:
    """Divide a billing period, for each charge only where its own terms change.

    Args:
        stretches: the days of the period by the version in force, in order of time.

    Returns:
        By their last day, and of those that end together by their first; the last one's version is in force at the end.
    """
    charges: dict[tuple[int, int], set[str]] = {}
    for name in dict.fromkeys(charge.name for _, contract in stretches for charge in contract.charges):
        for first, last in _runs_of(name, [contract for _, contract in stretches]):
            charges.setdefault((first, last), set()).add(name)
    divided = []
    for (first, last), names in sorted(charges.items(), key=lambda item: (item[0][1], item[0][0])):
        days = replace(stretches[first][0], after_last=stretches[last][0].after_last)
        divided.append(Run(days, last, frozenset(names)))
    return tuple(divided)


def _runs_of(name: str, versions: Sequence[Contract]) -> Iterator[tuple[int, int]]:
    """Find the first and the last of the versions in a row that agree on a charge's own terms.

    Where the last terms count for the whole period, all versions that have the charge agree.
    """
    first, before = 0, None
    count_for_all = versions[-1].settings.on_change is OnChange.WHOLE
    for at, version in enumerate([*versions, None]):
        charge = None if version is None else next((one for one in version.charges if one.name == name), None)
        terms = None if version is None or charge is None else () if count_for_all else own_terms(version, charge)
        if before is not None and terms != before:
            yield first, at - 1
        if terms != before:
            first = at
        before = terms


def own_terms(contract: Contract, charge: Charge) -> tuple[object, ...]:
    """Everything that decides what a charge comes to, besides readings, published values and what it carries."""
    seller, customer, settings = seller_of(contract, charge), contract.customer, contract.settings
    return (
        charge.model_copy(update=_ENTRIES),
        contract.tax_of(charge).of_price,
        tuple(_uses(contract, charge.uses_named)),
        tuple(_amounts_seen(contract, charge)),
        contract.machine_count(charge),
        (contract.currency, contract.zone, contract.starts, contract.billing, contract.suspensions),
        (seller.country, seller.vat_id, customer.country, customer.vat_id),
        owner_of(contract, charge),
        (settings.rounding, settings.quantity_places, settings.zero_lines, settings.edges, settings.on_change),
        settings.arithmetic,
    )


def _uses(contract: Contract, names: Sequence[str]) -> Iterator[object]:
    """Find the named uses and savings that uses are made of, each once."""
    waiting, known = list(names), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in known:
            continue
        known.add(name)
        plan = contract.saving(name)
        if plan is not None:
            yield plan
            yield contract.factor_days(name)
            yield None if contract.statement is None else contract.statement.without_costs
            continue
        use: NamedUse = contract.use(name)
        yield use
        waiting += use.inner_uses


def _amounts_seen(contract: Contract, charge: Charge) -> Iterator[object]:
    """Name the charges that one is computed from; of those that are billed in advance, their own terms as well."""
    if not is_over_amounts(charge.rule):
        return
    by_name = {other.name: other for other in contract.charges}
    yield kind_seen(contract, charge)
    if charge.rule.takes_rests:
        yield contract.settings.discounts
    for name in seen_by(contract, charge):
        yield name
        if by_name[name].rule.billed_in_advance:
            yield own_terms(contract, by_name[name])
