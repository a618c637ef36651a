"""What a period that is not billed yet is expected to come to: its fixed charges, and the use of the periods before.

The fixed part is what an invoice would have, to the cent. The other is a guess, and says what it rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from contracts.charge import Charge
from contracts.contract import Contract
from quantities.money import exponent


class AmountBasis(StrEnum):
    """What an expected amount rests on."""

    EXACT = "exact"  # what would be billed now: fixed charges alone, or all of the period is read
    ESTIMATE = "estimate"  # use is estimated from periods before
    OPEN = "open"  # what is open of a document
    UNKNOWN = "unknown"  # nothing is known to rest on; what of it is fixed stands all the same


@dataclass(frozen=True, slots=True)
class ExpectedAmount:
    """What is expected to come of something that falls due.

    Attributes:
        currency: of the amounts.
        amount: of the whole, net of tax; of a document what is open of it, with tax. None: it is not known.
        fixed: of it, what does not depend on use; net. Of a document 0.
        basis: what the amount rests on.
        rests_on: the same in words.
    """

    currency: str
    amount: Decimal | None
    fixed: Decimal
    basis: AmountBasis
    rests_on: str


@dataclass(frozen=True, slots=True)
class BilledUse:
    """What was billed for the use of a period before: its days, and the net amount of charges that depend on use."""

    first: date
    after_last: date
    net: Decimal


def is_fixed(charge: Charge) -> bool:
    """Whether a charge costs the same whatever was used, and whatever other charges come to."""
    rule = charge.rule
    return not (rule.counts or rule.sees_amounts or charge.counted or charge.beside or rule.needs_beside)


def of_fixed(contract: Contract) -> Contract:
    """The contract with its fixed charges alone."""
    return contract.model_copy(update={"charges": tuple(charge for charge in contract.charges if is_fixed(charge))})


def expected_of(contract: Contract, fixed: Decimal, days: int, before: Sequence[BilledUse]) -> ExpectedAmount:
    """Say what a period is expected to come to.

    Args:
        contract: in force.
        fixed: what its fixed charges come to, as an invoice rounds them.
        days: how many the period has.
        before: what was billed for use in the last periods, newest first; of each day of them as much.

    Returns:
        The use of a period of so many days at the average of a day before, rounded to the currency's minor unit.
    """
    if all(is_fixed(charge) for charge in contract.charges):
        return ExpectedAmount(contract.currency, fixed, fixed, AmountBasis.EXACT, "fixed charges alone")
    known_days = sum((used.after_last - used.first).days for used in before)
    if not known_days:
        detail = "fixed charges; of use nothing was billed yet"
        return ExpectedAmount(contract.currency, None, fixed, AmountBasis.UNKNOWN, detail)
    cents = Decimal(1).scaleb(-exponent(contract.currency))
    whole = sum((used.net for used in before), Decimal(0))
    use = (whole * days / known_days).quantize(cents, ROUND_HALF_UP)
    first, last = min(used.first for used in before), max(used.after_last for used in before) - timedelta(days=1)
    periods = "the period" if len(before) == 1 else f"the {len(before)} periods"
    detail = f"fixed charges, and the average use of {periods} from {first} to {last}"
    return ExpectedAmount(contract.currency, fixed + use, fixed, AmountBasis.ESTIMATE, detail)
