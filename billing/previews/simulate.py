"""A contract tried on past readings: what it would have billed, period by period, with nothing saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from billing.invoices.invoice import Line
from billing.invoices.store import InvoiceKind
from billing.rating.rating import States, TaxedBy
from billing.rating.store import Billable, billable, count_all, rate, taxed_by
from billing.records.proof import RegisterProof
from billing.tax.decision import Deciding, Decision, decider
from billing.tax.store import law_book
from billing.tax.tax import OUTSIDE
from contracts.charge import Charge
from contracts.checks.store import refuse_other_fleet
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.schedule import BillingPeriod
from contracts.store import Version
from metering.log.transaction import watermark
from quantities.errors import Invalid, UsufructError

_PERIODS_MAX = 600
_NET = Decision(OUTSIDE, "", "")


class TooManyPeriods(Invalid):
    """The simulation covers too many billing periods."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What one period would have come to.

    Attributes:
        period: its days.
        lines: as an invoice would have had them; none where it cannot be billed.
        held: why not.
    """

    period: BillingPeriod
    lines: tuple[Line, ...]
    held: str = ""

    @property
    def net(self) -> Decimal:
        """The sum of its lines."""
        return sum((line.net for line in self.lines), Decimal(0))

    @property
    def by_charge(self) -> Mapping[str, Decimal]:
        """The sum of each charge's lines, in the order of the contract."""
        sums: dict[str, Decimal] = {}
        for line in self.lines:
            sums[line.charge] = sums.get(line.charge, Decimal(0)) + line.net
        return sums

    @property
    def not_all_measured(self) -> tuple[RegisterProof, ...]:
        """The registers of which readings are estimated or missing; an invoice of the period might be held for it."""
        usages = (line.proof.usage for line in self.lines if line.proof.usage is not None)
        registers = dict.fromkeys(register for usage in usages for register in usage.registers)
        return tuple(register for register in registers if not register.is_complete)


def simulate(
    session: Session, contract: Contract, first: date, after_last: date, taxed: TaxedBy | None = None
) -> tuple[Simulated, ...]:
    """Rate a contract on the readings that are stored, over the billing periods within some days.

    What it carries on is carried from the first of them. A contract that starts later is tried as if it had started on
    the first day; what it says of certain days, as a one-off does, stays as it is.

    Nothing is held for readings that are missing: it is said of each period how many there are.

    Lines are net: a contract can be tried whose tax no rule covers, unless its prices have the tax in them.

    Args:
        session: states the tenant.
        contract: that is tried.
        first: the first day.
        after_last: the day after the last one.
        taxed: how it is taxed; without it, not at all, but for the tax that is in its prices.

    Raises:
        FaultyDocument: it names registers or assets that the fleet does not have.
        TooManyPeriods: there are more than six hundred.
    """
    refuse_other_fleet(session, contract)
    contract = _tried(contract, first, after_last)
    version = Version(
        id=0,
        contract_id=0,
        supplier_id=0,
        customer_id=0,
        number=1,
        recorded_at=datetime.combine(first, datetime.min.time(), UTC),
        recorded_by="",
        contract=contract,
    )
    bills: list[Billable] = []
    for period in contract.periods():
        if period.first < first:
            continue
        if len(bills) == _PERIODS_MAX:
            detail = f"{first} to {after_last} has more than {_PERIODS_MAX} periods"
            raise TooManyPeriods(
                detail, found=str(after_last - timedelta(days=1)), expected=f"at most {_PERIODS_MAX} periods"
            )
        bills.append(billable((version,), InvoiceKind.PERIOD, period))
    counted = count_all(session, bills, watermark(session))
    lookup = index_store.lookup(session, index_store.indices_of([contract]))
    taxed = taxed or _tax_in_prices(decider(law_book(session)))
    tried: list[Simulated] = []
    opening: States = {}
    for bill, of_bill in zip(bills, counted, strict=True):
        try:
            rating = rate(bill, of_bill, opening, lookup, taxed)
        except UsufructError as fault:
            tried.append(Simulated(bill.period, (), str(fault)))
        else:
            tried.append(Simulated(bill.period, rating.lines))
            opening = rating.closing
    return tuple(tried)


def _tax_in_prices(deciding: Deciding) -> TaxedBy:
    """Tax what has the tax in its price, and nothing else."""
    as_agreed = taxed_by(deciding)

    def taxed(contract: Contract, charge: Charge, on: date) -> Decision:
        return as_agreed(contract, charge, on) if contract.tax_of(charge).has_tax_in_prices else _NET

    return taxed


def _tried(contract: Contract, first: date, after_last: date) -> Contract:
    ends = after_last if contract.until is None else min(contract.until, after_last)
    starts = contract.starts
    if not starts < after_last or first < starts:
        starts, ends = first, after_last
    return contract.model_copy(update={"starts": starts, "ends": ends, "extension": None, "in_force_from": None})
