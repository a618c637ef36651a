"""A window that was stated before, as its statement has it: its savings in the form in which they are measured."""

from decimal import Decimal

from billing.records.statement import StatedPart, StatementContent
from billing.statements.dividing import StatedWindow
from billing.statements.measured import Measured
from contracts.contract import Contract
from contracts.schedule import BillingPeriod
from savings.avoided import Avoided
from savings.plan import SavedPart, SavingsResult


def as_stated(content: StatementContent, contract: Contract, days: BillingPeriod) -> StatedWindow | None:
    """Read the savings of a window from its statement; None where the contract has other savings by now.

    Args:
        content: of the statement.
        contract: the version in force when the window closes.
        days: of the window.
    """
    plans = {plan.name: plan for plan in contract.savings}
    if plans.keys() != {saving.name for saving in content.savings}:
        return None
    measured = [
        Measured(
            plans[saving.name],
            SavingsResult(saving.unit, tuple(map(_part, saving.parts)), Avoided(())),
            (),
        )
        for saving in content.savings
    ]
    return StatedWindow(contract, days, measured)


def _part(part: StatedPart) -> SavedPart:
    adjustments: dict[str, Decimal] = {}
    return SavedPart(part.band, part.month, part.expected, part.adjusted, part.measured, adjustments, since=part.since)
