"""Energy-cost trusteeship: a fee for all energy, from which the supplier pays the bills and keeps what it saves.

Clause: "The fee of a year is the adjusted baseline at the tariff, less 8 %, plus 220,000 for operation; it is billed in
twelve instalments and settled at the year's end. Within ±3 % of the agreed use the baseline is not adjusted."

    F = (1 − discount) · Σ expected × price + operation

Source: GB/T 24915-2020 (energy-cost trusteeship type); Shandong DB37/T, annex C, for its variants.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, UnpricedUse, Usage, exact_or_nothing
from contracts.savings_pricing.on_account import OnAccount, billed_on_account, window_sums
from contracts.savings_pricing.over_savings import OverSavings, rows_of, share_of_window, unsettled
from contracts.savings_pricing.valuation import AtPrices
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added, product, quotient
from quantities.exact import Exact, rounded, subtracted
from quantities.money import Amount
from quantities.names import UnitSymbol
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude
from savings.coverage import SavingCoverage

_HUNDRED, _ZERO = Decimal(100), Decimal(0)


class TrusteeshipFee(OverSavings):
    """A fee for the energy that would have been used, less a discount, and for operation.

    Attributes:
        unit: of the energy.
        valuation: the prices of the expected energy: a fixed price, or the values of a published series.
        discount_percent: off the cost of the expected energy.
        operation_fee: for a whole window; for a part of it, by days.
        per: the window of the fee.
        agreed_energy: the agreed use of a whole window; of a part of it, its share by days.
        within_percent: where the expected energy differs by no more than this, the agreed energy counts instead.
        under_run_percent: the customer's share of what the fee without operation exceeds the energy bills by. The bills
            are the auxiliary usage ``bills``, amounts in the unit ``one``.
        on_account: amounts billed in every period instead, settled when the window closes.
    """

    prices: ClassVar = ("operation_fee",)
    accepts: ClassVar = {"bills": Measure()}
    carried_quantities: ClassVar = frozenset({"energy"})

    kind: Literal["trusteeship_fee"] = "trusteeship_fee"
    arithmetic: Literal[1, 2, 3] = 3
    unit: UnitSymbol
    valuation: AtPrices
    discount_percent: Annotated[Magnitude, Field(ge=0, lt=100)] = _ZERO
    operation_fee: Annotated[Amount, Field(ge=0)] = _ZERO
    per: Per = Per.YEAR
    agreed_energy: Annotated[Magnitude, Field(gt=0)] | None = None
    within_percent: Annotated[Magnitude, Field(gt=0)] | None = None
    under_run_percent: Annotated[Magnitude, Field(ge=0, le=100)] = _ZERO
    on_account: OnAccount | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.agreed_energy is None) is not (self.within_percent is None):
            raise ValueError("a use that is not adjusted within some percent is agreed: name both or none")
        return self

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Rate the energy that would have been used.

        Args:
            usage: a saving with the auxiliary usage ``expected``, and ``bills`` where an under-run is shared.

        Returns:
            The fee when its window closes, or the amounts on account and their settlement; and a negative lump for the
            customer's share of an under-run.

        Raises:
            UnpricedUse: the usage has no ``expected`` energy, or no ``bills`` where they are needed.
            CoverageTooLow: too little of a window that closes was measured.
        """
        sums, steps = self._sums(usage)
        if not usage.closes(self.per):
            return (
                () if self.on_account is None else billed_on_account(usage, self.per, self._instalment(usage), sums, ())
            )
        coverage = self._unsettled(usage)
        if coverage is not None:
            coverage.require()
        fee = self._fee(usage, sums, steps)
        sums["verified"] = fee
        if self.on_account is not None or (self.leaves_suspended_out and sums["billed"]):
            # What was billed on account before an amendment: arithmetic 2 billed the whole fee beside it.
            lines = list(billed_on_account(usage, self.per, self._instalment(usage), sums, steps))
        else:
            lines = [lump(0, fee, f"fee of the {self.per.value}", "; ".join(steps))]
        if self.under_run_percent:
            energy = added((fee, self._of_window(self.operation_fee, usage).copy_negate()))
            paid = rounded(sums["paid"])
            left = max(_ZERO, added((energy, paid.copy_negate())))
            calculation = f"{plain(self.under_run_percent)} % of {plain(trimmed(energy))} − {plain(trimmed(paid))}"
            share = quotient(product(left, self.under_run_percent), _HUNDRED)
            lines.append(lump(1, -share, "part of the under-run", calculation, Nature.PRICE_REDUCTION))
        return tuple(lines)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's energy, its value, the amounts billed and the energy bills."""
        sums, _ = self._sums(usage)
        within = usage.carry(self.per, {**sums, **rows_of(self._unsettled(usage))})
        return {"within": within} if within else {}

    def _unsettled(self, usage: Usage) -> SavingCoverage | None:
        return None if self.needs_covered_periods else unsettled(usage, self.per, usage.coverage)

    def _sums(self, usage: Usage) -> tuple[dict[str, Exact], list[str]]:
        if "expected" not in usage.auxiliary_usage:
            raise UnpricedUse("the fee is of a saving, which tells what was expected", found="expected")
        expected = usage.auxiliary_usage["expected"]
        priced = replace(
            usage, quantity=expected.quantity, exact=expected.exact, unit=expected.unit, parts=expected.parts
        )
        value = self.valuation.value(priced, self.arithmetic)
        bills = usage.auxiliary_usage.get("bills")
        if self.under_run_percent and bills is None:
            raise UnpricedUse("an under-run is told from the bills: name them beside", found="bills")
        sums = window_sums(
            usage,
            self.per,
            usage.opening.get("within", {}),
            energy=exact_or_nothing(expected, self.unit),
            verified=value.contract,
            billed=self._instalment(usage),
            paid=_ZERO if bills is None or bills.quantity is None else bills.quantity,
        )
        return sums, list(value.calculation)

    def _fee(self, usage: Usage, sums: Mapping[str, Exact], steps: list[str]) -> Decimal:
        """Compute the fee of a window that closes, and add its steps to ``steps``."""
        cost, used = rounded(sums["verified"]), rounded(sums["energy"])
        if self.agreed_energy is not None and self.within_percent is not None:
            # Arithmetic 2 compared a part of a window with the agreed use of a whole one.
            agreed = self._of_window(self.agreed_energy, usage) if self.leaves_suspended_out else self.agreed_energy
            off = abs(Fraction(subtracted(sums["energy"], agreed)))
            if off * 100 <= product(agreed, self.within_percent) and used:
                cost = quotient(product(cost, agreed), used)
                steps.append(f"within {plain(self.within_percent)} % of {plain(trimmed(agreed))} {self.unit}")
        fee = quotient(product(cost, _HUNDRED - self.discount_percent), _HUNDRED)
        operation = self._of_window(self.operation_fee, usage)
        less = f"{plain(trimmed(cost))} less {plain(self.discount_percent)} %"
        steps.append(f"{less} plus {plain(trimmed(operation))} for operation")
        return added((fee, operation))

    def _of_window(self, whole: Decimal, usage: Usage) -> Decimal:
        """Compute the share of an agreed number for the window: by days, without those of suspensions."""
        return share_of_window(whole, usage, self.per, without_suspended=self.leaves_suspended_out)

    def _instalment(self, usage: Usage) -> Decimal:
        return _ZERO if self.on_account is None else self.on_account.amount_for(usage)
