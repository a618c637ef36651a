"""A cap on payments: all of them together are no more than the value of the saving.

Clause: "Aggregate annual payments for utilities and under the contract may not exceed what the agency would have paid
for utilities without it."

Source: 42 U.S.C. 8287(a)(2)(B), for federal energy savings performance contracts.
"""

from dataclasses import replace
from decimal import Decimal
from typing import ClassVar, Literal

from contracts.clause import OverAmounts, Stage
from contracts.rated_line import Nature, RatedLine, lump
from contracts.rated_usage import CarriedState, UnpricedUse, Usage
from contracts.savings_pricing.on_account import window_sums
from contracts.savings_pricing.over_savings import OverSavings, rows_of, unsettled
from contracts.savings_pricing.valuation import Valuation
from contracts.schedule import Per
from metering.usage.measure import Measure
from quantities.arithmetic import added
from quantities.exact import Exact, rounded
from quantities.number import plain, trimmed
from savings.coverage import SavingCoverage

_ZERO = Decimal(0)


class SavingsCap(OverSavings, OverAmounts):
    """Takes off what charges exceed the value of a saving by, when the window closes.

    Attributes:
        valuation: the value of the saving, which is the auxiliary usage named ``saving``.
        per: the window.
    """

    stage: ClassVar[Stage] = Stage.BOUND
    nature: ClassVar[Nature] = Nature.PRICE_REDUCTION
    needs: ClassVar = {"saving": Measure()}

    kind: Literal["savings_cap"] = "savings_cap"
    arithmetic: Literal[1, 2, 3] = 3
    valuation: Valuation
    per: Per = Per.YEAR

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Take off the excess over the cap: one negative lump, if there is any.

        Raises:
            UnpricedUse: the charge names no ``saving``.
            CoverageTooLow: too little of a window that closes was measured.
        """
        sums, _ = self._sums(usage)
        coverage = self._unsettled(usage)
        if coverage is not None and usage.closes(self.per):
            coverage.require()
        paid, worth = rounded(sums["paid"]), rounded(sums["worth"])
        over = added((paid, max(_ZERO, worth).copy_negate()))
        if not usage.closes(self.per) or over <= 0:
            return ()
        calculation = f"{plain(trimmed(paid))} charged, {plain(trimmed(worth))} saved"
        return (lump(0, -over, "beyond what was saved", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the window's charges and the value of its saving, and the state of the tariff."""
        sums, tariff = self._sums(usage)
        within = usage.carry(self.per, {**sums, **rows_of(self._unsettled(usage))})
        return {**({"within": within} if within else {}), **({"tariff": tariff} if tariff else {})}

    def _unsettled(self, usage: Usage) -> SavingCoverage | None:
        saving = usage.auxiliary_usage["saving"]
        return None if self.needs_covered_periods else unsettled(usage, self.per, saving.coverage)

    def _sums(self, usage: Usage) -> tuple[dict[str, Exact], CarriedState]:
        if "saving" not in usage.auxiliary_usage:
            raise UnpricedUse("a cap by savings has the saving beside it", found="saving")
        measured = usage.auxiliary_usage["saving"]
        saving = replace(
            usage,
            quantity=measured.quantity,
            exact=measured.exact,
            unit=measured.unit,
            parts=measured.parts,
            auxiliary_usage=measured.auxiliary_usage,
        )
        value = self.valuation.value(saving, self.arithmetic)
        carried = usage.opening.get("within", {})
        return window_sums(usage, self.per, carried, paid=usage.amount, worth=value.contract), value.closing
