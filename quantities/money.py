"""Money: an exact amount in one currency; rounded by a stated rule, split without losing a cent.

Exponents are those of ISO 4217 (JPY 0, EUR 2, KWD 3). A payment provider's exponents and cash rounding differ; their
tables are where they are used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

from iso4217 import Currency as IsoCurrency

from quantities.errors import Invalid
from quantities.number import DecimalString, exact_context, plain, unsigned_zero
from quantities.rounding import Rounding

#: An amount of money in JSON: a string, never a float; its currency is in a field beside it.
Amount: TypeAlias = DecimalString


class UnknownCurrency(Invalid):
    """The currency is unknown, or has no minor units."""


class MixedCurrencies(Invalid):
    """The amounts are in different currencies."""


class NotExact(Invalid):
    """The amount is not a finite Decimal."""


class UnsplittableAmount(Invalid):
    """The weights are below zero, or all zero."""


@cache
def exponent(currency: str) -> int:
    """The number of decimal places of a currency's minor unit.

    Args:
        currency: the three-letter code of ISO 4217, in capitals.

    Raises:
        UnknownCurrency: no currency has that code, or it has no minor unit (gold, XXX).
    """
    codes = {iso.code: iso.exponent for iso in IsoCurrency if iso.exponent is not None}
    if currency not in codes:
        nearest = get_close_matches(currency.upper(), codes, n=3)
        raise UnknownCurrency(f"{currency[:12]!r} is no currency of ISO 4217", found=currency[:12], expected=nearest)
    return codes[currency]


#: ISO 4217, list three: currencies that are withdrawn, in which taxes of before are still declared.
WITHDRAWN: Mapping[str, int] = MappingProxyType({"BGN": 2, "HRK": 2})


def exponent_then(currency: str) -> int:
    """The number of decimal places of a currency's minor unit, also of one that is withdrawn.

    Raises:
        UnknownCurrency: as ``exponent``.
    """
    return WITHDRAWN[currency] if currency in WITHDRAWN else exponent(currency)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, rounded or not.

    Raises:
        NotExact: the amount is not a finite Decimal.
        UnknownCurrency: the currency is unknown.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        amount: object = self.amount  # a caller without a type checker may pass anything
        if not isinstance(amount, Decimal) or not amount.is_finite():
            raise NotExact(f"{self.amount!r} is no exact amount", found=repr(self.amount), expected="a finite Decimal")
        exponent(self.currency)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        with exact_context():
            return Money(self.amount + self._alike(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        with exact_context():
            return Money(self.amount - self._alike(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate(), self.currency)

    def __mul__(self, factor: Decimal) -> "Money":
        with exact_context():
            return Money(self.amount * factor, self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    @property
    def is_rounded(self) -> bool:
        """Whether the amount is a whole number of the currency's minor unit."""
        return self.amount == Rounding.DOWN.to_places(self.amount, exponent(self.currency))

    def rounded(self, rule: Rounding = Rounding.HALF_UP) -> "Money":
        """Round to the currency's minor unit; nothing has no sign."""
        return Money(unsigned_zero(rule.to_places(self.amount, exponent(self.currency))), self.currency)

    def split(self, weights: Sequence[Decimal]) -> "tuple[Money, ...]":
        """Split in proportion to weights, by largest remainder: parts are whole minor units and add up to this amount.

        Each part is first rounded towards zero. The minor units left over go one by one to the parts with the largest
        remainders; of equal remainders, the earlier part comes first.

        Args:
            weights: one per part, in any scale; none negative, and not all zero, unless there is nothing to split.

        Returns:
            One amount per weight, in their order.

        Raises:
            UnsplittableAmount: a weight is negative, this amount is not rounded, or there is one and all are zero.
        """
        total = sum(weights, Decimal(0))
        if not total and not self.amount and min(weights, default=total) == 0:
            return (Money(Decimal(0).scaleb(-exponent(self.currency)), self.currency),) * len(weights)
        if total <= 0 or min(weights) < 0 or not self.is_rounded:
            raise UnsplittableAmount(
                f"{self} does not split by {[plain(weight) for weight in weights]}",
                found=[plain(weight) for weight in weights],
                expected="weights of zero and more, of which one is above zero",
            )
        places = exponent(self.currency)
        with exact_context():
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
