"""From a contract version and what was used to the lines of one period: the pipeline on one page.

    use in the register's unit → converted, once, to the rule's unit, and to its agreed places → priced, unrounded
    → rounded once, at the line

Each line keeps its proof: clause, rule and its arithmetic's number, the conversion, the use with its evidence, the sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.invoice import Line
from billing.tax import Tax
from contracts.clause import RatedLine, Usage, conversion, in_unit
from contracts.contract import Charge, Contract
from contracts.money import Money, Rounding
from contracts.schedule import BillingPeriod
from metering.consumption import Use
from metering.gas import STATES
from metering.number import plain
from metering.quantity import unit


@dataclass(frozen=True, slots=True)
class Counted:
    """What a charge's register counted over the period, as of a watermark."""

    register: str
    unit: str
    series: int
    use: Use


def rate_period(
    contract: Contract, period: BillingPeriod, counted: Mapping[str, Counted], tax: Tax
) -> tuple[Line, ...]:
    """Rate one billing period.

    Args:
        contract: the version in force.
        period: whole or a part of one.
        counted: for each charge that prices use, by the charge's name, what was used.
        tax: how the supply is taxed at its tax point, which is the period's last day.

    Returns:
        Lines in the order of the charges and of their parts, net amounts rounded by the contract's rule.
    """
    lines: list[Line] = []
    for charge in contract.charges:
        found = counted.get(charge.name)
        usage = Usage(days=period.days, days_of_whole=period.days_of_whole)
        if found is not None:
            usage = _prepared(contract, charge, replace(usage, quantity=found.use.quantity, unit=found.unit))
        for rated in charge.rule.rate(usage):
            if rated.quantity == 0 and not contract.settings.zero_lines:
                continue
            lines.append(_line(contract, charge, period, rated, found, tax))
    return tuple(lines)


def _prepared(contract: Contract, charge: Charge, usage: Usage) -> Usage:
    """Bring a use to the rule's unit and, where that is agreed, to so many places, half away from zero."""
    unit_ = getattr(charge.rule, "unit", usage.unit)
    quantity, places = in_unit(usage, unit_), contract.settings.quantity_places
    if places is not None:
        quantity = Rounding.HALF_UP.to_places(quantity, places)
    return replace(usage, quantity=quantity, unit=unit_)


def _line(
    contract: Contract, charge: Charge, period: BillingPeriod, rated: RatedLine, found: Counted | None, tax: Tax
) -> Line:
    net = Money(rated.amount, contract.currency).rounded(contract.settings.rounding).amount
    return Line(
        charge=charge.name,
        part=rated.part,
        label=rated.label,
        nature=charge.nature,
        quantity=rated.quantity,
        unit=rated.unit,
        unit_price=rated.unit_price,
        net=net,
        service_first=period.first,
        service_after_last=period.after_last,
        tax_point=tax_point(period),
        tax=tax,
        proof=_proof(contract, charge, rated, found, net),
        dimensions=charge.dimensions,
    )


def tax_point(period: BillingPeriod) -> date:
    """Name the day whose VAT rate a period's lines bear: its last."""
    return period.after_last - timedelta(days=1)


def _proof(contract: Contract, charge: Charge, rated: RatedLine, found: Counted | None, net: Decimal) -> dict[str, Any]:
    proof: dict[str, Any] = {
        "rule": charge.rule.kind,
        "arithmetic": charge.rule.arithmetic,
        "sum": rated.arithmetic,
        "rounding": f"{contract.settings.rounding.value} to {plain(net)} {contract.currency}",
    }
    if found is not None:
        proof["usage"] = {
            "register": found.register,
            "series": found.series,
            "quantity": plain(found.use.quantity),
            "unit": found.unit,
            "count": found.use.count,
            "total": plain(found.use.total),
            "estimated": found.use.estimated,
            "expected": found.use.expected,
            "start": found.use.first.isoformat(),
            "end": found.use.last.isoformat(),
            "batch": found.use.batch,
        }
        if found.unit != rated.unit:
            proof["conversion"] = _conversion(found.unit, rated.unit)
    return proof


def _conversion(from_: str, to: str) -> dict[str, str]:
    factor = conversion(from_, to)
    shown = {"from": from_, "to": to, "factor": f"{factor.numerator}/{factor.denominator}"}
    states = [STATES[name] for name in (unit(from_).state, unit(to).state) if name]
    if states:
        shown["states"] = " → ".join(map(str, states))
    return shown
