"""Amounts as Stripe counts them: whole numbers of a unit that is not always ISO's.

Three tables differ, and are kept apart: the exponents of ISO 4217 (``quantities/money.py``), Stripe's here, and what
cash is rounded to. Of MGA, ISO says two decimal places and Stripe none; of ISK and UGX, ISO says none and Stripe two
that must be 00; of KWD both say three, and Stripe wants the last to be 0.

Source: Stripe's documentation, "Supported currencies": zero-decimal currencies, special cases, three-decimal
currencies.
"""

from decimal import Decimal

from billing.payments.gateway import GatewayRefused
from quantities.money import Money, exponent
from quantities.number import exact_context, plain

#: One is one: there is no smaller unit.
ZERO_DECIMAL = frozenset({
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
})  # fmt: skip
#: One is a hundred, and no fraction of one is taken: they had cents once. UGX stands in both of Stripe's lists, and its
#: special case says how it is sent.
WHOLE_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
#: One is a thousand, in steps of ten.
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def decimals(currency: str) -> int:
    """The number of decimal places that an amount of Stripe's has.

    Args:
        currency: the code of ISO 4217, in capitals.
    """
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def sent_amount(money: Money) -> int:
    """Say an amount as Stripe counts it.

    Raises:
        GatewayRefused: it is not above zero, or has a fraction that Stripe has no unit for. Nothing is rounded: what is
            charged is what the document says.
    """
    step = _step(money.currency)
    with exact_context():
        scaled = money.amount.scaleb(decimals(money.currency))
        is_whole = scaled == scaled.to_integral_value() and int(scaled) % step == 0
    if is_whole and scaled > 0:
        return int(scaled)
    smallest = plain(Decimal(step).scaleb(-decimals(money.currency)))
    detail = f"{plain(money.amount)} {money.currency}: Stripe takes multiples above zero of {smallest}"
    raise GatewayRefused(detail, code="amount_not_sendable")


def read_amount(amount: int, currency: str) -> Money:
    """Read an amount of Stripe's, which may be below zero in a balance.

    Args:
        amount: in Stripe's unit.
        currency: in small letters, as Stripe writes it.

    Returns:
        With the decimal places of ISO, where the amount has no more.
    """
    code = currency.upper()
    with exact_context():
        value = Decimal(amount).scaleb(-decimals(code))
        places = exponent(code)
        rounded = value.quantize(Decimal(1).scaleb(-places))
        return Money(rounded if rounded == value else value, code)


def _step(currency: str) -> int:
    if currency in WHOLE_IN_HUNDREDTHS:
        return 100
    return 10 if currency in THREE_DECIMAL else 1
