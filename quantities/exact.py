"""Exact numbers: a decimal where it ends, a fraction where it does not, so that a sum of conversions loses nothing.

240 MJ are 200/3 kWh. Rounded to 66.666666666666667 kWh and added up three times, they are more than the 200 kWh that
720 MJ are. So a quantity that is added up or compared later stays exact, and is rounded once, where it is written.
"""

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import TypeAlias

from quantities.number import ARITHMETIC_DIGITS, EXACT, QUOTIENT_STEP, plain, trimmed
from quantities.rounding import Rounding

#: A decimal wherever the number has one of at most 60 digits. The two compare with each other exactly, and are never
#: added or multiplied but by the functions of this module. Which of them a number is, is asked of ``Decimal``, which
#: answers faster than ``Fraction``, a class with an abstract base.
Exact: TypeAlias = Decimal | Fraction


def settled(number: Fraction) -> Exact:
    """Turn a fraction into a decimal if that is the same number within 60 digits; else it stays a fraction."""
    context = Context(prec=ARITHMETIC_DIGITS)
    decimal = context.divide(Decimal(number.numerator), Decimal(number.denominator))
    return number if context.flags[Inexact] else decimal


def scaled(number: Exact, factor: Fraction) -> Exact:
    """Multiply by an exact factor, without rounding."""
    if factor == 1:
        return number
    if not isinstance(number, Decimal):
        return settled(number * factor)
    context = Context(prec=ARITHMETIC_DIGITS)
    product = context.divide(context.multiply(number, Decimal(factor.numerator)), Decimal(factor.denominator))
    return Fraction(number) * factor if context.flags[Inexact] else product


def multiplied(number: Exact, by: Exact) -> Exact:
    """Multiply two exact numbers, without rounding."""
    if isinstance(number, Decimal) and isinstance(by, Decimal):
        return EXACT.multiply(number, by)
    return settled(Fraction(number) * Fraction(by))


def total(numbers: Iterable[Exact]) -> Exact:
    """Add up without rounding."""
    whole, fractions = Decimal(0), list[Fraction]()
    for number in numbers:
        if isinstance(number, Decimal):
            whole = EXACT.add(whole, number)
        else:
            fractions.append(number)
    return settled(sum(fractions, Fraction(whole))) if fractions else whole


def negated(number: Exact) -> Exact:
    """Change the sign, without rounding."""
    return number.copy_negate() if isinstance(number, Decimal) else -number


def subtracted(number: Exact, by: Exact) -> Exact:
    """Subtract without rounding."""
    return total((number, negated(by)))


def rounded(number: Exact) -> Decimal:
    """Write a number as a decimal: itself if it is one, else rounded half-even to 15 decimal places."""
    if isinstance(number, Decimal):
        return number
    return EXACT.divide(Decimal(number.numerator), Decimal(number.denominator)).quantize(QUOTIENT_STEP, context=EXACT)


def half_up(number: Exact, places: int) -> Decimal:
    """Round a number to a number of decimal places, a half away from zero, without rounding it before."""
    if isinstance(number, Decimal):
        return Rounding.HALF_UP.to_places(number, places)
    doubled = abs(number) * 10**places * 2 + 1
    steps = doubled.numerator // (2 * doubled.denominator)
    return EXACT.scaleb(Decimal(steps if number > 0 else -steps), -places)


def fraction_or_none(number: Exact) -> Fraction | None:
    """The number where no decimal is the same; None where one is."""
    return None if isinstance(number, Decimal) else number


def exact_text(number: Exact) -> str:
    """Write a number as text that ``exact_number`` reads back as the same number: digits, or ``p/q``."""
    if isinstance(number, Fraction):
        return f"{number.numerator}/{number.denominator}"
    return plain(trimmed(number))


def exact_number(text: str) -> Exact:
    """Read a number that ``exact_text`` has written."""
    return settled(Fraction(text)) if "/" in text else Decimal(text)
