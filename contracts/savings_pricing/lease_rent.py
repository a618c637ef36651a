"""Finance lease: equal instalments of principal and interest, exact to the last cent.

Clause: "2,400,000 at 6.2 % a year are repaid in 60 monthly instalments of 46,622.25, the last of 46,621.95."

    rent = PV · i / (1 − (1 + i)^−n), rounded half up; the last is what is left, with its interest

An amendment goes on from the balance: what is left is repaid in the instalments that are left, at the new rate. Another
financed amount is another lease, and a charge with a name of its own.

Source: GB/T 24915-2020 (finance-lease type); the formula of an annuity.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.carried_state import UnopenedState
from contracts.clause import Rule
from contracts.rated_line import RatedLine, lump
from contracts.rated_usage import CarriedState, Usage
from quantities.arithmetic import added, quotient
from quantities.document import WholeNumber
from quantities.exact import Exact, half_up, multiplied, rounded, settled
from quantities.money import Amount
from quantities.number import plain, trimmed
from quantities.quantity import Magnitude


class AnotherLease(UnopenedState):
    """Another amount was financed."""

    field: ClassVar[str] = "financed"


class LeaseNotRepaid(UnopenedState):
    """There are no instalments left for what is left of the balance."""

    field: ClassVar[str] = "instalments"


class LeaseRent(Rule):
    """An annuity: one instalment in every billing period.

    Attributes:
        financed: the financed amount.
        percent_a_year: the nominal interest of a year.
        periods_a_year: the number of billing periods in a year.
        instalments: their number.
        places: to how many places rent and interest are rounded, half up.
    """

    counts: ClassVar[bool] = False

    kind: Literal["lease_rent"] = "lease_rent"
    arithmetic: Literal[1, 2, 3] = 3
    financed: Annotated[Amount, Field(gt=0)]
    percent_a_year: Annotated[Magnitude, Field(ge=0)]
    periods_a_year: Annotated[WholeNumber, Field(ge=1, le=366)] = 12
    instalments: Annotated[WholeNumber, Field(ge=1, le=1200)]
    places: Annotated[WholeNumber, Field(ge=0, le=4)] = 2

    @property
    def is_stateful(self) -> bool:
        """An instalment depends on the balance that the one before leaves."""
        return True

    @property
    def carries_money(self) -> bool:
        """What it carries is a balance."""
        return True

    def specimen(self, usage: Usage) -> CarriedState:
        """The balance that the instalments so far have left: it depends on terms and dates alone."""
        return self.close(usage)

    @property
    def rate_a_period(self) -> Exact:
        """The interest of one period, as a share of the balance."""
        if self.arithmetic == 1:  # it cut off the rate before the interest was rounded
            return quotient(self.percent_a_year, Decimal(100 * self.periods_a_year))
        return settled(Fraction(self.percent_a_year) / (100 * self.periods_a_year))

    @property
    def rent(self) -> Decimal:
        """The amount of every instalment but the last, rounded half up."""
        rent = _rent(self.financed, Fraction(self.rate_a_period), self.instalments)
        return half_up(rounded(rent) if self.arithmetic == 1 else rent, self.places)

    def open(self, state: CarriedState, usage: Usage) -> CarriedState:
        """Take over the balance.

        Raises:
            AnotherLease: another amount was financed.
            LeaseNotRepaid: as many instalments are billed already, and something is left.
            UnopenedState: it cannot be taken over; the reason is its class.
        """
        values = super().open(state, usage)
        if self.arithmetic > 2 and values:  # noqa: PLR2004 the numbers of the arithmetic
            if values.get("financed", plain(self.financed)) != plain(self.financed):
                detail = "another amount is another lease: a charge with a name of its own"
                raise AnotherLease(detail, place="financed", found=plain(self.financed), expected=values["financed"])
            if int(values["billed"]) >= self.instalments and Decimal(values["balance"]):
                detail = f"{values['billed']} instalments are billed, and {values['balance']} are left"
                expected = f"more than {values['billed']}"
                raise LeaseNotRepaid(detail, place="instalments", found=str(self.instalments), expected=expected)
        return values

    def rate(self, usage: Usage) -> tuple[RatedLine, ...]:
        """Bill the next instalment, at the end of its period; none after the last."""
        instalment = self._next(usage)
        if instalment is None:
            return ()
        number, balance, interest, amount = instalment
        calculation = (
            f"interest {plain(interest)} of {plain(trimmed(balance))}, principal {plain(added((amount, -interest)))}"
        )
        return (lump(0, amount, f"instalment {number} of {self.instalments}", calculation),)

    def close(self, usage: Usage) -> CarriedState:
        """Carry the balance, and the number of instalments billed."""
        instalment = self._next(usage)
        if instalment is None:
            return usage.opening
        number, balance, interest, amount = instalment
        left = plain(trimmed(added((balance, interest, -amount))))
        return {"billed": str(number), "balance": left, **self._agreed(self._rent_of(usage))}

    def _agreed(self, rent: Decimal) -> CarriedState:
        """Write down the terms that a rent is by; earlier arithmetics took that of the newest terms."""
        if self.arithmetic <= 2:  # noqa: PLR2004 the numbers of the arithmetic
            return {}
        return {"financed": plain(self.financed), "rent": plain(rent), "terms": self._terms}

    @property
    def _terms(self) -> str:
        """What the rent of a balance depends on."""
        return f"{plain(self.percent_a_year)} % in {self.periods_a_year}, {self.instalments} instalments"

    def _rent_of(self, usage: Usage) -> Decimal:
        """Compute the rent: that of the financed amount, or after an amendment that of what is left."""
        if self.arithmetic <= 2 or not usage.opening:  # noqa: PLR2004 the numbers of the arithmetic
            return self.rent
        if usage.opening.get("terms") == self._terms:
            return Decimal(usage.opening["rent"])
        left = self.instalments - int(usage.opening["billed"])
        return half_up(_rent(Decimal(usage.opening["balance"]), Fraction(self.rate_a_period), left), self.places)

    def _next(self, usage: Usage) -> tuple[int, Decimal, Decimal, Decimal] | None:
        """Compute the next instalment: its number, the balance before it, its interest and its amount; or None."""
        billed = int(usage.opening.get("billed", "0"))
        if billed >= self.instalments or not usage.ends_period:
            return None
        balance = Decimal(usage.opening.get("balance", plain(self.financed)))
        interest = half_up(multiplied(balance, self.rate_a_period), self.places)
        is_last = billed + 1 == self.instalments
        return billed + 1, balance, interest, added((balance, interest)) if is_last else self._rent_of(usage)


@lru_cache(maxsize=256)  # of 1,200 instalments it has 20,000 digits, and each instalment asks for it
def _rent(financed: Decimal, rate: Fraction, instalments: int) -> Exact:
    """Compute the annuity exactly."""
    if not rate:
        return settled(Fraction(financed) / instalments)
    growth = (1 + rate) ** instalments
    return Fraction(financed) * rate * growth / (growth - 1)
