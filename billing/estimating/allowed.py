"""When what is missing of a period may be estimated, and of which registers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from billing.rating.completeness import missing_readings
from billing.rating.store import Billable, Uses
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from quantities.errors import UsufructError
from quantities.period import Period, midnight, zone


@dataclass(frozen=True, slots=True)
class EstimatePlan:
    """A register that lacks readings of some days of a period, and from when on they may be estimated.

    Attributes:
        register: its key.
        days: in UTC, whole local days.
        at: from when on; None: the terms of these days leave it to somebody.
    """

    register: str
    days: Period
    at: datetime | None


def estimate_at(contract: Contract, period: BillingPeriod, after_days: int) -> datetime:
    """Say from when on what is missing of a period is estimated.

    Args:
        contract: by its newest version, which says from when on the period is billed.
        period: of the contract.
        after_days: how long it waits from then on.
    """
    day = period.after_last + timedelta(days=contract.settings.bill_after_days + after_days)
    return midnight(day, zone(contract.zone))


def shortest_wait(contracts: Iterable[Contract]) -> int | None:
    """Say after how many days at the earliest anything is estimated by versions of a contract; None: never."""
    waits = (contract.settings.estimate_after_days for contract in contracts)
    return min((days for days in waits if days is not None), default=None)


def estimates_of(contract: Contract, bill: Billable, counted: list[Uses] | UsufructError) -> tuple[EstimatePlan, ...]:
    """List what keeps a period from being billed and could be estimated; each register and part once, in order.

    Args:
        contract: by its newest version.
        bill: the period.
        counted: its uses by segment; or why there are none, as where nothing was read at all.
    """
    if isinstance(counted, UsufructError):
        lacking = _of_all_charges(bill)
    else:
        lacking = [
            (missing.register, missing.first, missing.after_last, missing.estimate_after_days)
            for missing in missing_readings(bill.segments, counted)
        ]
    where = zone(contract.zone)
    return tuple(
        EstimatePlan(
            register,
            Period.of_days(first, after_last, where),
            None if after_days is None else estimate_at(contract, bill.period, after_days),
        )
        for register, first, after_last, after_days in dict.fromkeys(lacking)
    )


def _of_all_charges(bill: Billable) -> Sequence[tuple[str, date, date, int | None]]:
    """Name every register that a bill counts; of savings none, for an estimate is no evidence of what was saved."""
    lacking = []
    for segment in bill.segments:
        contract, days = segment.contract, segment.piece_of or segment.period
        charges = (charge for charge in contract.charges if charge.name in segment.charges)
        names = dict.fromkeys(name for charge in charges for name in charge.uses_named)
        registers = {
            key: None for name in names if contract.saving(name) is None for key in contract.use(name).registers
        }
        lacking += [(key, days.first, days.after_last, contract.settings.estimate_after_days) for key in registers]
    return lacking
