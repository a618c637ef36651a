"""Previews as use cases: a contract tried on past readings, and held against what was issued; nothing is stored."""

from collections.abc import Sequence
from datetime import date
from itertools import dropwhile

from sqlmodel import Session

from billing.previews import relief as relief_preview
from billing.previews import simulate
from billing.previews.relief import TriedRelief
from billing.previews.shadow import Compared, Issued, compare
from billing.previews.simulate import Simulated
from contracts.contract import Contract
from contracts.schedule import billing_periods


def simulate_contract(session: Session, contract: Contract, first: date, after_last: date) -> tuple[Simulated, ...]:
    """Try a contract on stored readings, over the billing periods within some days.

    Raises:
        FaultyDocument: the contract names registers or assets that the fleet does not have.
        TooManyPeriods: there are more than six hundred.
    """
    return simulate.simulate(session, contract, first, after_last)


def try_relief(session: Session, contract: Contract, relief: str, first: date, after_last: date) -> TriedRelief:
    """Try a contract with a relief and without: what its supplier has, and what its customer bears.

    Raises:
        NoTaxRule: the supplier's country has no relief of that name.
        FaultyDocument: the contract names registers or assets that the fleet does not have.
        TooManyPeriods: there are more than six hundred.
    """
    return relief_preview.try_relief(session, contract, relief, first, after_last)


def shadow_contract(
    session: Session, contract: Contract, issued: Sequence[Issued], first: date, after_last: date
) -> tuple[Compared, ...]:
    """Hold issued lines against what a contract would have billed within some days.

    Raises:
        FaultyDocument: the contract names registers or assets that the fleet does not have.
        TooManyPeriods: there are more than six hundred.
    """
    return compare(issued, simulate_contract(session, contract, first, after_last))


def shadow_issued_periods(session: Session, contract: Contract, issued: Sequence[Issued]) -> tuple[Compared, ...]:
    """Hold issued lines against what a contract would have billed, from the first issued period to the last.

    Args:
        session: states the tenant.
        contract: the contract.
        issued: one line or more.

    Raises:
        FaultyDocument: the contract names registers or assets that the fleet does not have.
        TooManyPeriods: there are more than six hundred.
    """
    first, last = min(line.first for line in issued), max(line.first for line in issued)
    periods = billing_periods(min(contract.starts, last), None, contract.billing)
    after_last = next(dropwhile(lambda period: period.first < last, periods)).after_last
    simulated = simulate_contract(session, contract, first, after_last)
    return compare(issued, [period for period in simulated if first <= period.period.first <= last])
