"""Measuring savings with a database: the rows of a contract's M&V plan over its days, as of a watermark."""

from sqlmodel import Session

from billing.counting.assembly import BilledUsage, Evidence
from billing.counting.saving import usage_of
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from metering.fleet.meter import RegisterKind
from quantities.period import zone
from savings.plan import Plan, SavingsResult, saved
from savings.store import SiteRequest, SiteRows, slices_of


def count_saving(session: Session, plan: Plan, contract: Contract, period: BillingPeriod, mark: int) -> BilledUsage:
    """Measure what some days of a contract saved, as a use.

    Raises:
        CoverageTooLow: too little of them was measured.
    """
    found, measured = measure_saving(session, plan, contract, period, mark)
    return BilledUsage(usage_of(measured), evidence_of(found), plan.name, measured.told)


def measure_saving(
    session: Session, plan: Plan, contract: Contract, period: BillingPeriod, mark: int
) -> tuple[SiteRows, SavingsResult]:
    """Measure what some days of a contract saved, row by row.

    Raises:
        CoverageTooLow: too little of them was measured.
    """
    option = plan.option
    wanted = SiteRequest(
        option.registers,
        option.counts_in,
        option.less,
        option.drivers,
        option.hows,
        option.rows,
        option.units,
        option.modes,
        plan.calendar,
    )
    instants = period.instants(zone(contract.zone))
    found = slices_of(session, wanted, instants, contract.zone, contract.settings.edges, mark)
    return found, saved(plan, found.slices)


def evidence_of(found: SiteRows) -> tuple[Evidence, ...]:
    """Write down what the registers of a saving said."""
    return tuple(
        Evidence(key, each.register.unit, each.series, use, each.register.kind is RegisterKind.INSTANTANEOUS)
        for key, use in found.uses.items()
        for each in (found.registers[key],)
    )
