"""Counting and rating with a database: registers read over periods, many contracts at once, as of a watermark."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlmodel import Session

from billing.invoice import Line
from billing.rating import Counted, rate_period, tax_point
from billing.store import Billed
from billing.tax import decide
from contracts import store as contracts
from contracts.contract import Contract
from contracts.schedule import BillingPeriod, billing_periods
from metering.consumption import Use
from metering.consumption_store import Window, uses
from metering.errors import Conflict, UsufructError
from metering.meter_store import registers
from metering.period import Period, zone
from metering.validation_store import holding


def periods_of(contract: Contract) -> Iterable[BillingPeriod]:
    """Cut a contract's life into its billing periods."""
    return billing_periods(contract.starts, contract.ends, contract.billing.every, contract.billing.anchor_day)


def count(
    session: Session, asked: Sequence[tuple[Contract, BillingPeriod]], mark: int
) -> list[dict[str, Counted] | UsufructError]:
    """Count every register of every contract over its period, in one query for each kind of register.

    Returns:
        For each contract its uses by charge, or why they cannot be counted.
    """
    keys = {charge.register_key for contract, _ in asked for charge in contract.charges if charge.register_key}
    known = registers(session, keys)
    windows, places = [], []
    for number, (contract, period) in enumerate(asked):
        instants = period.instants(zone(contract.zone))
        for charge in contract.charges:
            if charge.register_key is not None:
                windows.append(Window(known[charge.register_key], instants, contract.settings.edges))
                places.append((number, charge.name))
    found: list[dict[str, Counted] | UsufructError] = [{} for _ in asked]
    for (number, charge_name), window, use in zip(places, windows, uses(session, windows, mark), strict=True):
        of_one = found[number]
        if isinstance(of_one, UsufructError):
            continue
        if isinstance(use, Use):
            register = window.register
            unit = register.register.use_unit or register.register.unit
            of_one[charge_name] = Counted(register.register.key, unit, register.series, use)
        else:
            found[number] = type(use)(f"{charge_name}: {use}", **use.members)
    return found


class QuestionableReadings(Conflict):
    """What is in question is billed once a person has verified it, or put another reading in its place."""


class ApprovalExpired(Conflict):
    """Readings are billed while the meter's approval lasts; afterwards it is approved anew, or exchanged."""


def fit_to_bill(
    session: Session,
    asked: Sequence[tuple[Contract, BillingPeriod]],
    counted: Sequence[dict[str, Counted] | UsufructError],
) -> list[dict[str, Counted] | UsufructError]:
    """See that nothing that was counted waits for a person; what does is a reason to hold its bill.

    A recomputation does not ask: what was issued was fit then.

    Returns:
        For each contract its uses, or why it is held.
    """
    found = list(counted)
    keys = {each.register for of_one in counted if isinstance(of_one, dict) for each in of_one.values()}
    known = registers(session, keys) if keys else {}
    places = [
        (number, each) for number, of_one in enumerate(counted) if isinstance(of_one, dict) for each in of_one.values()
    ]
    in_question = holding(session, [(each.series, Period(each.use.first, each.use.last)) for _, each in places])
    for (number, each), reason in zip(places, in_question, strict=True):
        meter, (_, period) = known[each.register], asked[number]
        last = period.after_last - timedelta(days=1)
        if meter.approved_until is not None and meter.approved_until < last:
            found[number] = ApprovalExpired(
                f"{meter.meter} is approved until {meter.approved_until}", found=str(last), expected=meter.meter
            )
        elif each.use.questionable:
            found[number] = QuestionableReadings(f"{each.register}: {each.use.questionable} readings are questionable")
        elif reason is not None:
            found[number] = QuestionableReadings(reason)
    return found


def rate(contract: Contract, period: BillingPeriod, counted: dict[str, Counted] | UsufructError) -> tuple[Line, ...]:
    """Rate one period of one contract.

    Raises:
        UsufructError: it cannot be counted, rated or taxed; the reason is its own.
    """
    if isinstance(counted, UsufructError):
        raise counted
    tax = decide(contract.supplier, contract.customer, tax_point(period))
    return rate_period(contract, period, counted, tax)


def spans(counted: dict[str, Counted] | UsufructError) -> tuple[tuple[int, Period], ...]:
    """Name the series and the instants that a rating rests on: its evidence."""
    if isinstance(counted, UsufructError):
        return ()
    return tuple((each.series, Period(each.use.first, each.use.last)) for each in counted.values())


def of_invoice(session: Session, invoice: Billed) -> tuple[Contract, BillingPeriod]:
    """Find what an invoice bills: its contract version and its period."""
    contract = contracts.by_id(session, invoice.row.version_id).contract
    period = next(each for each in periods_of(contract) if each.first == invoice.row.first)
    return contract, BillingPeriod(period.first, invoice.row.after_last, period.whole_first, period.whole_after_last)
