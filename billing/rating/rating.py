"""From contract versions and what was used to the lines of one invoice.

    stretches (a version that comes into force within a period divides it) → composed, stage by stage, unrounded
    → rounded once, at the line → taxed, spread over books and payees

Each line keeps its proof: clause, rule and its arithmetic's number, the conversion, the use with its evidence, the sum.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from billing.counting.assembly import BilledUsage
from billing.invoices.invoice import Line
from billing.tax import OUTSIDE, UNTAXED, Tax
from contracts.charge import Charge
from contracts.clause import CarriedState, RatedLine
from contracts.composition import Composed, compose
from contracts.contract import Contract
from contracts.indexation.indexation import IndexValue, Lookup
from contracts.schedule import BillingPeriod, Per
from contracts.settings import OnChange
from quantities.arithmetic import added
from quantities.conversion import conversion
from quantities.gas import STATES
from quantities.money import Money, exponent
from quantities.number import plain, trimmed
from quantities.quantity import unit

#: By charge.
States: TypeAlias = Mapping[str, CarriedState]


@dataclass(frozen=True, slots=True)
class VersionSegment:
    """Days of one period for which one version counts, and the charges that an invoice bills of them.

    Attributes:
        contract: the version's terms.
        version: its number.
        version_id: its key.
        period: the days, and the whole period that they are part of.
        charges: by name.
    """

    contract: Contract
    version: int
    version_id: int
    period: BillingPeriod
    charges: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rating:
    """What stretches come to.

    Attributes:
        lines: in the order of the stretches, their charges and their parts, net amounts rounded by the contract's rule;
            without those that are held apart.
        closing: what each charge carries on.
        values: the index values that the prices rest on.
        held_apart: lines that a dispute leaves out.
    """

    lines: tuple[Line, ...]
    closing: States
    values: tuple[IndexValue, ...]
    held_apart: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispute:
    """A charge that is left out over some days."""

    charge: str
    first: date
    after_last: date

    def covers(self, line: Line) -> bool:
        """Tell whether a line is meant: by its charge, and by the first day of its service."""
        return line.charge == self.charge and self.first <= line.service_first < self.after_last


def in_advance(contract: Contract) -> frozenset[str]:
    """Name the charges whose fee is billed before its period."""
    return frozenset(each.name for each in contract.charges if each.rule.ahead)


def rate_stretches(
    stretches: Sequence[VersionSegment],
    counted: Sequence[Mapping[str, BilledUsage]],
    opening: States,
    lookup: Lookup,
    taxed: Callable[[Contract, date], Tax],
    disputed: Iterable[Dispute] = (),
) -> Rating:
    """Rate the stretches of one invoice, each opening with what the one before carries on.

    Args:
        stretches: in order of time.
        counted: for each of them, what was used, by the name of the charge.
        opening: what each charge carried out of the period before.
        lookup: finds the value of an index.
        taxed: how a supply is taxed at its tax point, which is the last day of its period.
        disputed: what is held apart.
    """
    states, lines, values = dict(opening), list[Line](), dict[IndexValue, None]()
    held = tuple(disputed)
    for at, (stretch, of_stretch) in enumerate(zip(stretches, counted, strict=True)):
        if at and stretch.contract.settings.on_change is OnChange.RESTART:
            states = _restarted(stretch, states)
        uses = {name: each.usage for name, each in of_stretch.items()}
        composed = compose(stretch.contract, stretch.period, uses, states, lookup, stretch.charges)
        tax = taxed(stretch.contract, tax_point(stretch.period))
        for each in composed:
            lines += _lines(stretch, each, of_stretch.get(each.charge.name), tax)
            states.pop(each.charge.name, None)
            if each.closing:
                states[each.charge.name] = each.closing
            values |= dict.fromkeys((*(each.factor.values if each.factor is not None else ()), *each.published))
    billed: list[Line] = []
    apart: list[Line] = []
    for line in lines:
        (apart if any(dispute.covers(line) for dispute in held) else billed).append(line)
    return Rating(tuple(billed), states, tuple(values), tuple(apart))


def _restarted(stretch: VersionSegment, states: Mapping[str, CarriedState]) -> dict[str, CarriedState]:
    """Forget what was added up within the billing period; longer windows go on."""
    own = {
        each.name
        for each in stretch.contract.charges
        if getattr(each.rule, "per", Per.PERIOD) is Per.PERIOD
        and (each.included is None or each.included.per is Per.PERIOD)
        and not each.rule.is_stateful
    }
    return {name: state for name, state in states.items() if name not in own}


def _lines(stretch: VersionSegment, composed: Composed, found: BilledUsage | None, tax: Tax) -> list[Line]:
    contract, charge = stretch.contract, composed.charge
    rated = [each for each in composed.lines if each.quantity or contract.settings.zero_lines]
    proven, rounding = _proven(stretch, composed, found), contract.settings.rounding.value
    nature = charge.nature or charge.rule.nature
    first, after_last = stretch.period.first, stretch.period.after_last
    point, weights = tax_point(stretch.period), _weights(charge, first)
    return [
        Line(
            charge=charge.name,
            part=each.part,
            label=each.label,
            nature=each.nature or nature,
            quantity=each.quantity,
            unit=each.unit,
            unit_price=net if each.is_lump else each.unit_price,
            net=net,
            service_first=first,
            service_after_last=after_last,
            tax_point=point,
            tax=OUTSIDE if (each.nature or nature) in UNTAXED else tax,
            proof={
                **proven,
                **_of_line(each, composed, found),
                "rounding": f"{rounding} to {plain(net)} {contract.currency}",
            },
            dimensions=charge.dimensions,
            allocation=_shares(weights, net, contract.currency) if weights else {},
            payees=_shares(charge.payees, net, contract.currency) if charge.payees else {},
            tax_code=charge.tax_code or "",
            revenue_account=charge.revenue_account or "",
        )
        for each, net in zip(rated, _nets(contract, rated), strict=True)
    ]


def _nets(contract: Contract, rated: Sequence[RatedLine]) -> list[Decimal]:
    """Round each line by itself; those that share one amount off other charges share its rounded cents."""
    rounding, places = contract.settings.rounding, exponent(contract.currency)
    nets = [rounding.to_places(each.amount, places) for each in rated]
    sharing = [at for at, each in enumerate(rated) if each.of]
    if len(sharing) > 1:
        whole = Money(added(rated[at].amount for at in sharing), contract.currency).rounded(rounding)
        parts = whole.split([abs(rated[at].amount) for at in sharing])
        for at, part in zip(sharing, parts, strict=True):
            nets[at] = part.amount
    return nets


def _weights(charge: Charge, on: date) -> Mapping[str, Decimal]:
    valid = [each for each in charge.allocation if each.first <= on]
    return valid[-1].weights if valid else {}


def _shares(weights: Mapping[str, Decimal], net: Decimal, currency: str) -> dict[str, str]:
    """Spread an amount by weights, to the cent; in the order of names, which a database does not change."""
    names = sorted(weights)
    parts = Money(net, currency).split([weights[name] for name in names])
    return {name: plain(part.amount) for name, part in zip(names, parts, strict=True)}


def tax_point(period: BillingPeriod) -> date:
    """Name the day whose VAT rate a period's lines bear: its last."""
    return period.after_last - timedelta(days=1)


def _proven(stretch: VersionSegment, composed: Composed, found: BilledUsage | None) -> dict[str, Any]:
    """Write down what proves every line of a charge: its rule, its use, what moved its prices, what it opened with."""
    charge = composed.charge
    proof: dict[str, Any] = {
        "rule": charge.rule.kind,
        "arithmetic": charge.rule.arithmetic,
        "version": stretch.version_id,
    }
    if found is not None and found.evidence:
        proof["usage"] = _usage(found)
    if composed.free is not None and charge.included is not None:
        proof["included"] = f"{plain(trimmed(composed.free))} {charge.included.unit}"
    if composed.factor is not None:
        proof["index"] = {"factor": plain(composed.factor.value), "working": composed.factor.calculation}
    if composed.usage.opening:
        proof["opening"] = dict(composed.usage.opening)
    return proof


def _of_line(rated: RatedLine, composed: Composed, found: BilledUsage | None) -> dict[str, Any]:
    """Write down what proves one line besides: its sum, and how its use was converted."""
    proof: dict[str, Any] = {"sum": rated.arithmetic}
    counted = found.usage.unit if found is not None and found.evidence else ""
    if counted and counted != rated.unit and rated.unit == composed.usage.unit:
        proof["conversion"] = _conversion(counted, rated.unit)
    return proof


def _usage(found: BilledUsage) -> dict[str, Any]:
    """Write down what was counted: of one register itself; of several their sum, and each of them."""
    if len(found.evidence) == 1 and not found.calculation and not found.usage.parts and not found.usage.beside:
        return found.evidence[0].shown()
    of = [each.shown() for each in found.evidence]
    quantity = None if found.usage.quantity is None else plain(trimmed(found.usage.quantity))
    return {
        "name": found.name,
        "quantity": quantity,
        "unit": found.usage.unit,
        "working": found.calculation,
        "count": sum(each["count"] for each in of),
        "total": " + ".join(each["total"] for each in of),
        "estimated": sum(each["estimated"] for each in of),
        "of": of,
    }


def _conversion(from_: str, to: str) -> dict[str, str]:
    factor = conversion(from_, to)
    shown = {"from": from_, "to": to, "factor": f"{factor.numerator}/{factor.denominator}"}
    states = [STATES[name] for name in (unit(from_).state, unit(to).state) if name]
    if states:
        shown["states"] = " → ".join(map(str, states))
    return shown
