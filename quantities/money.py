"""Money: an exact amount in one currency, rounded by a stated rule, split without losing a cent.

Exponents are ISO 4217's (JPY 0, EUR 2, KWD 3). A payment provider's exponents and cash rounding are other tables and
stand where they are used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import TypeAlias

from iso4217 import Currency as IsoCurrency

from quantities.errors import Invalid
from quantities.number import DecimalString, exactly, plain
from quantities.rounding import Rounding

#: An amount of money at a door, its currency stated beside it: a string in JSON, never a float.
Amount: TypeAlias = DecimalString


class UnknownCurrency(Invalid):
    """A currency is one of ISO 4217 that has minor units."""


class MixedCurrencies(Invalid):
    """Only amounts of one currency add up."""


class NotExact(Invalid):
    """An amount of money is a finite Decimal, never a float."""


class UnsplittableAmount(Invalid):
    """An amount is split by weights that are not negative and not all zero."""


@cache
def exponent(currency: str) -> int:
    """Look up how many decimal places the minor unit of a currency has.

    Args:
        currency: the three capital letters of ISO 4217.

    Raises:
        UnknownCurrency: there is none of that code, or it has no minor unit (gold, XXX).
    """
    codes = {each.code: each.exponent for each in IsoCurrency if each.exponent is not None}
    if currency not in codes:
        nearest = get_close_matches(currency.upper(), codes, n=3)
        raise UnknownCurrency(f"{currency[:12]!r} is no currency of ISO 4217", found=currency[:12], expected=nearest)
    return codes[currency]


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, rounded or not.

    Raises:
        NotExact: the amount is no finite Decimal.
        UnknownCurrency: the currency is none.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        amount: object = self.amount  # what a caller without a type checker hands over
        if not isinstance(amount, Decimal) or not amount.is_finite():
            raise NotExact(f"{self.amount!r} is no exact amount", found=repr(self.amount))
        exponent(self.currency)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        with exactly():
            return Money(self.amount + self._alike(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        with exactly():
            return Money(self.amount - self._alike(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate(), self.currency)

    def __mul__(self, factor: Decimal) -> "Money":
        with exactly():
            return Money(self.amount * factor, self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    @property
    def is_rounded(self) -> bool:
        """Whether the amount is a whole number of the currency's minor unit."""
        return self.amount == Rounding.DOWN.to_places(self.amount, exponent(self.currency))

    def rounded(self, rule: Rounding = Rounding.HALF_UP) -> "Money":
        """Round to the currency's minor unit."""
        return Money(rule.to_places(self.amount, exponent(self.currency)), self.currency)

    def split(self, weights: Sequence[Decimal]) -> "tuple[Money, ...]":
        """Divide by weights, by largest remainder: the parts are whole minor units and add up to this amount.

        Each part is first cut towards zero; the units left over go one by one to the largest cut-off remainders,
        and among equal remainders to the earlier part.

        Args:
            weights: one per part, in any scale, none negative, not all zero.

        Returns:
            One amount per weight, in their order.

        Raises:
            UnsplittableAmount: the weights are none of that, or this amount is not rounded.
        """
        total = sum(weights, Decimal(0))
        if total <= 0 or min(weights) < 0 or not self.is_rounded:
            raise UnsplittableAmount(
                f"{self} does not split by {[plain(weight) for weight in weights]}",
                found=[plain(weight) for weight in weights],
            )
        places = exponent(self.currency)
        with exactly():
            units = int(self.amount.scaleb(places).copy_abs())
            shares = [units * weight for weight in weights]
            parts = [int(share // total) for share in shares]
            remainders = [share % total for share in shares]
            by_remainder = sorted(range(len(parts)), key=lambda part: (-remainders[part], part))
            for part in by_remainder[: units - sum(parts)]:
                parts[part] += 1
            return tuple(
                Money(Decimal(part).scaleb(-places).copy_sign(self.amount if part else Decimal(1)), self.currency)
                for part in parts
            )

    def _alike(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise MixedCurrencies(
                f"{other.currency} does not add up with {self.currency}", found=other.currency, expected=self.currency
            )
        return other.amount
