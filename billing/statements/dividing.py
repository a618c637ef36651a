"""Who has what of a window's savings: the supplier's part, what the customer keeps, and the supplier's margin.

    customer = value at the agreed prices − what the charges over the saving come to
    margin   = what all charges come to, deposits left out − the costs that the contract states

A fee that covers all energy (trusteeship) is held against the value of the expected energy: what the customer would
have paid without the contract. Sums since the start are of the readings, and of the invoices, as they are now: a late
reading changes an earlier window in both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.records.statement import StatedCost, StatedDivision, StatedMargin, StatedSoFar
from billing.statements.measured import Measured
from billing.statements.worth import is_of_savings, saving_usage, value_of
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.indexation.lookup import Lookup
from contracts.rated_line import Nature
from contracts.rated_usage import Usage, exact_or_nothing
from contracts.savings_pricing.over_savings import share_of_window
from contracts.schedule import BillingPeriod
from quantities.arithmetic import added
from quantities.exact import rounded, total
from quantities.money import exponent
from quantities.number import trimmed
from quantities.rounding import Rounding

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class StatedWindow:
    """A window of a contract, as it is measured now.

    Attributes:
        contract: the version in force when it closes.
        days: of the window.
        measured: each saving of it.
    """

    contract: Contract
    days: BillingPeriod
    measured: Sequence[Measured]


@dataclass(frozen=True, slots=True)
class Billed:
    """What charges come to, by name: of the window that is stated, and since the contract's start."""

    window: Mapping[str, Decimal]
    so_far: Mapping[str, Decimal]


def divisions(windows: Sequence[StatedWindow], billed: Billed, lookup: Lookup) -> Iterator[StatedDivision]:
    """Divide each saving of the last window among supplier and customer.

    Args:
        windows: of the contract up to the one that is stated, in order of time.
        billed: what its charges come to.
        lookup: finds published prices.
    """
    own = windows[-1]
    cent = exponent(own.contract.currency)
    for name, charges in _by_saving(own.contract).items():
        worth = _worth(own, name, lookup)
        if worth is None:
            continue
        worths = [known for window in windows if (known := _worth(window, name, lookup)) is not None]
        ever = {charge.name for window in windows for charge in _by_saving(window.contract).get(name, ())}
        values = [known.value for known in worths if known.value is not None]
        value_so_far = added(values) if len(values) == len(worths) else None
        supplier = _in_cents(added(billed.window.get(charge.name, _ZERO) for charge in charges), cent)
        supplier_so_far = _in_cents(added(billed.so_far.get(charge, _ZERO) for charge in ever), cent)
        energy_so_far = rounded(total(exact_or_nothing(known.usage, worth.usage.unit) for known in worths))
        yield StatedDivision(
            saving=name,
            energy=trimmed(worth.usage.quantity or _ZERO),
            unit=worth.usage.unit,
            of="expected" if worth.of_expected else "saved",
            value=worth.value,
            supplier=supplier,
            customer=_less(worth.value, supplier),
            so_far=StatedSoFar(
                windows=len(worths),
                energy=trimmed(energy_so_far),
                value=value_so_far,
                supplier=supplier_so_far,
                customer=_less(value_so_far, supplier_so_far),
            ),
        )


def margin(windows: Sequence[StatedWindow], billed: Billed) -> StatedMargin | None:
    """Compute the supplier's margin of the last window; None where its contract states no costs.

    Args:
        windows: of the contract up to the one that is stated, in order of time.
        billed: what its charges come to.
    """
    own = windows[-1]
    if own.contract.statement is None or not own.contract.statement.costs:
        return None
    cent = exponent(own.contract.currency)
    deposits = {
        charge.name for window in windows for charge in window.contract.charges if charge.nature is Nature.DEPOSIT
    }
    receipts, receipts_so_far = (
        _in_cents(added(net for charge, net in of_charges.items() if charge not in deposits), cent)
        for of_charges in (billed.window, billed.so_far)
    )
    costs = tuple(_costs(own))
    costs_so_far = added(cost.amount for window in windows for cost in _costs(window))
    return StatedMargin(
        receipts=receipts,
        costs=costs,
        margin=added((receipts, *(-cost.amount for cost in costs))),
        windows=len(windows),
        receipts_so_far=receipts_so_far,
        costs_so_far=costs_so_far,
        margin_so_far=added((receipts_so_far, -costs_so_far)),
    )


def _costs(window: StatedWindow) -> Iterator[StatedCost]:
    terms, cent = window.contract.statement, exponent(window.contract.currency)
    if terms is None:
        return
    life = window.contract.life
    usage = Usage(period=window.days, life=life)
    for cost in terms.costs:
        whole = cost.amount[min(usage.contract_year, len(cost.amount)) - 1]
        yield StatedCost(name=cost.name, amount=_in_cents(share_of_window(whole, usage, terms.per), cent))


@dataclass(frozen=True, slots=True)
class _Worth:
    """A saving of a window, and its value at the prices of the first charge that values it."""

    usage: Usage
    value: Decimal | None
    of_expected: bool


def _worth(window: StatedWindow, name: str, lookup: Lookup) -> _Worth | None:
    by_name = {saving.plan.name: saving for saving in window.measured}
    usage = saving_usage(window.contract, name, by_name)
    if usage is None:
        return None
    for charge in _by_saving(window.contract).get(name, ()):
        of_expected = charge.rule.kind == "trusteeship_fee"
        valued = usage.auxiliary_usage["expected"] if of_expected else usage
        value = value_of(window.contract, charge, window.days, valued, lookup)
        if value is not None:
            return _Worth(usage, value.contract, of_expected)
    return _Worth(usage, None, of_expected=False)


def _by_saving(contract: Contract) -> dict[str, list[Charge]]:
    """The charges over savings, by the name of the saving."""
    charges: dict[str, list[Charge]] = {}
    for charge in contract.charges:
        if is_of_savings(contract, charge):
            charges.setdefault(charge.beside.get("saving", charge.counted or ""), []).append(charge)
    return charges


def _in_cents(amount: Decimal, places: int) -> Decimal:
    return Rounding.HALF_UP.to_places(amount, places)


def _less(value: Decimal | None, supplier: Decimal) -> Decimal | None:
    return None if value is None else added((value, supplier.copy_negate()))
