"""From contract versions and what was used to the lines of one invoice.

    segments (a version that comes into force within a period divides it) → composed, stage by stage, unrounded
    → rounded once, at the line → taxed, spread over books and payees → shared by the waterfalls of their charges

Each line keeps its proof: clause, rule and its arithmetic's number, the conversion, the use with its evidence, the sum.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from billing.counting.assembly import BilledUsage
from billing.invoices.invoice import Line
from billing.rating.disputed import Dispute, LeftOut
from billing.rating.reductions import TaxedPart, TaxesSeen
from billing.rating.segments import VersionSegment
from billing.rating.sharing import LinesOfCharge, share_lines
from billing.rating.splitting import ChargeSplit
from billing.rating.withheld import pieces_grossed_up, proof_of, withholding_of
from billing.records.proof import (
    ConversionProof,
    IndexProof,
    LineProof,
    SplitProof,
    TaxProof,
    UsageProof,
    UseProof,
    WithholdingProof,
)
from billing.tax.decision import Decision
from billing.tax.tax import OUTSIDE, UNTAXED, Tax
from contracts.charge import Charge
from contracts.composed import Composed
from contracts.composition import ChargeDays, compose_days
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue, Lookup
from contracts.natures import is_taxed_as_seen
from contracts.net_amounts import SoFar, agreed_lines
from contracts.rated_line import Nature, RatedLine
from contracts.rated_usage import CarriedState, Usage
from contracts.schedule import BillingPeriod
from contracts.sharing.seller import owner_of
from contracts.taxed import Withholding
from quantities.arithmetic import product, quotient
from quantities.conversion import conversion
from quantities.gas import STATES
from quantities.money import Money
from quantities.number import plain, trimmed
from quantities.quantity import unit
from quantities.values import value_class

#: By charge.
States: TypeAlias = Mapping[str, CarriedState]
#: Decides how the supply of a charge is taxed at its tax point.
TaxedBy: TypeAlias = Callable[[Contract, Charge, date], Decision]
_NO_USE = Usage()
_HUNDRED = Decimal(100)


@value_class(frozen=True, slots=True)
class RatedCharge:
    """A charge over some days, with all that its lines were rated from: what a proof writes its steps of.

    Attributes:
        segment: that it is of.
        composed: the rated charge.
        counted: what it had counted; None where it asks for nothing.
        lines: billed or held apart; maybe none.
    """

    segment: VersionSegment
    composed: Composed
    counted: BilledUsage | None
    lines: tuple[Line, ...]


@value_class(frozen=True, slots=True)
class Rating:
    """What segments come to.

    Attributes:
        lines: in the order of the segments, their charges and their parts, net amounts rounded by the contract's rule;
            without those that are held apart.
        closing: what each charge carries on.
        values: the index values that the prices rest on.
        held_apart: lines that a dispute leaves out.
        charges: what was rated, in the order of its lines.
    """

    lines: tuple[Line, ...]
    closing: States
    values: tuple[IndexValue, ...]
    held_apart: tuple[Line, ...] = ()
    charges: tuple[RatedCharge, ...] = field(default=(), compare=False, repr=False)


def rate_segments(
    segments: Sequence[VersionSegment],
    counted: Sequence[Mapping[str, BilledUsage]],
    opening: States,
    lookup: Lookup,
    taxed: TaxedBy,
    disputed: Iterable[Dispute] = (),
    *,
    elsewhere: Sequence[VersionSegment] = (),
) -> Rating:
    """Rate the segments of one invoice, each charge opening with what it carries out of its segment before.

    Args:
        segments: in order of time.
        counted: for each of them, what was used, by the name of the charge.
        opening: what each charge carried out of the period before.
        lookup: finds the value of an index.
        taxed: how the supply of a charge is taxed at its tax point, which is the last day of its period.
        disputed: what is held apart.
        elsewhere: what another document bills of the same periods, as far as it decides what these come to.
    """
    values = dict[IndexValue, None]()

    def noting(index: str, month: str) -> IndexValue | None:
        """Find a value, and note it: of a fee in advance that is one of the amounts of another charge, too."""
        value = lookup(index, month)
        if value is not None:
            values[value] = None
        return value

    days = [(whole, charge_days) for whole in _wholes(segments, counted) for charge_days in whole.charge_days()]
    held = tuple(disputed)

    def is_apart(contract: Contract, charge: str, days: BillingPeriod) -> bool:
        by_first = contract.settings.divides_all
        return any(
            dispute.charge == charge and dispute.meets(days.first, days.after_last, by_its_first_day=by_first)
            for dispute in held
        )

    other_days = [
        ChargeDays(segment.contract, charge, segment.period, ())
        for segment in elsewhere
        for charge in segment.contract.charges
        if charge.name in segment.charges
    ]
    rated_days, states = compose_days([charge_days for _, charge_days in days], opening, noting, is_apart, other_days)
    withheld = [_withheld(charge_days) for _, charge_days in days]
    composed = [pieces_grossed_up(*of_charge) for of_charge in zip(rated_days, withheld, strict=True)]
    left_out = LeftOut(held, _by_charge(composed) if held else {})
    rated_lines, wholes = list[LinesOfCharge](), list[_Whole]()
    so_far: dict[tuple[str, date], SoFar] = {}
    taxes = _taxes_seen(days, composed, taxed)
    for (whole, _), of_charge, taken_off in zip(days, composed, withheld, strict=True):
        segment = whole.segment
        for rated in of_charge:
            rounded = None  # of a whole period there are no other days
            if not rated.period.is_whole:
                rounded = so_far.setdefault((rated.charge.name, segment.period.whole_first), SoFar())
            agreed = [
                part
                for line, net in agreed_lines(rated, segment.contract, rounded)
                for part in taxes.parts_of(segment, rated, line, net)
            ]
            lines = tuple(_lines(whole, rated, agreed, left_out, taken_off))
            rated_lines.append(LinesOfCharge(segment.contract, rated, lines))
            wholes.append(whole)
    billed, apart, charges = list[Line](), list[Line](), list[RatedCharge]()
    for whole, of_charge_days, shared in zip(wholes, rated_lines, share_lines(rated_lines), strict=True):
        for line in shared:
            (apart if left_out.has(line, of_charge_days.contract) else billed).append(line)
        rated = of_charge_days.composed
        charges.append(RatedCharge(whole.segment, rated, whole.counted_of(rated), shared))
    return Rating(tuple(billed), states, tuple(values), tuple(apart), tuple(charges))


@value_class(frozen=True, slots=True)
class _Whole:
    """A segment with what was used, and the charges of it that are priced piece by piece, because their price moves."""

    segment: VersionSegment
    counted: Mapping[str, BilledUsage]
    pieces: Mapping[str, Sequence[tuple[BillingPeriod, BilledUsage]]]

    def charge_days(self) -> Iterator[ChargeDays]:
        """List the charges that are billed of its days, each with its use, in the order of the contract."""
        segment = self.segment
        for charge in segment.contract.charges:
            pieces = self.pieces.get(charge.name)
            if pieces is not None:
                used = tuple((days, counted.usage) for days, counted in pieces)
            elif charge.name in segment.charges:
                counted = self.counted.get(charge.name)
                used = ((segment.period, _NO_USE if counted is None else counted.usage),)
            else:
                continue
            yield ChargeDays(segment.contract, charge, segment.period, used)

    def counted_of(self, rated: Composed) -> BilledUsage | None:
        """Find what a rated charge had counted over its days; None where it asks for nothing."""
        used, pieces = self.counted.get(rated.charge.name), self.pieces.get(rated.charge.name)
        if pieces is not None:
            used = dict(pieces).get(rated.period, used)
        return used


def _wholes(segments: Sequence[VersionSegment], counted: Sequence[Mapping[str, BilledUsage]]) -> list[_Whole]:
    """Put the pieces of a segment, which follow it, together with it."""
    wholes: list[_Whole] = []
    pieces: dict[str, list[tuple[BillingPeriod, BilledUsage]]] = {}
    for segment, uses in zip(segments, counted, strict=True):
        if wholes and segment.is_piece_of(wholes[-1].segment):
            for name in segment.charges:
                used = uses.get(name, BilledUsage(_NO_USE, ()))
                pieces.setdefault(name, []).append((segment.period, used))
        else:
            pieces = {}
            wholes.append(_Whole(segment, uses, pieces))
    return wholes


def _by_charge(composed: Iterable[Iterable[Composed]]) -> dict[str, list[Composed]]:
    """Put the pieces of each charge together, in order of time."""
    by_charge: dict[str, list[Composed]] = {}
    for of_charge in composed:
        for rated in of_charge:
            by_charge.setdefault(rated.charge.name, []).append(rated)
    return by_charge


def _taxes_seen(
    days: Sequence[tuple[_Whole, ChargeDays]], composed: Sequence[Sequence[Composed]], taxed: TaxedBy
) -> TaxesSeen:
    """Decide each charge of each segment once, and find what those came to from which others are computed."""
    decisions: dict[tuple[int, str], Decision] = {}

    def decision_of(segment: VersionSegment, charge: Charge) -> Decision:
        place = id(segment), charge.name
        if place not in decisions:
            decisions[place] = taxed(segment.contract, charge, tax_point(charge, segment.period))
        return decisions[place]

    rated: dict[str, list[tuple[VersionSegment, Composed]]] = {}
    if any(is_taxed_as_seen(of_charge.contract, of_charge.charge) for _, of_charge in days):
        for (whole, of_charge), pieces in zip(days, composed, strict=True):
            rated.setdefault(of_charge.charge.name, []).extend((whole.segment, piece) for piece in pieces)
    return TaxesSeen(decision_of, rated)


def _withheld(days: ChargeDays) -> Withholding | None:
    return withholding_of(days.contract, days.charge, tax_point(days.charge, days.period))


def _lines(
    whole: _Whole, composed: Composed, agreed: Sequence[TaxedPart], left_out: LeftOut, withheld: Withholding | None
) -> Iterator[Line]:
    segment, charge = whole.segment, composed.charge
    contract, rounding = segment.contract, segment.contract.settings.rounding.value
    counted = whole.counted_of(composed)
    proof, split = _ChargeProof.of(segment, composed, counted), ChargeSplit.of(charge, contract, counted)
    point, weights = tax_point(charge, segment.period), _weights(charge, composed.period.first)
    taken_off = proof_of(withheld)
    reduces, with_tax = contract.settings.natures_apart, contract.tax_of(charge).has_tax_in_prices
    for agreed_line, agreed_net, taxed in agreed:
        nature = composed.nature_of(agreed_line)
        tax_proof = None if nature in UNTAXED else _tax_proof(taxed)
        parts = left_out.parts_of(contract, composed.period, agreed_line, agreed_net, nature.kind)
        shares = (
            (first, after_last, rated, whole_part, share)
            for first, after_last, rated, whole_part in parts
            for share in split.shares_of(rated, whole_part)
        )
        for first, after_last, rated, whole_part, share in shares:
            shown, net, gross = share.rated, share.net, None
            if with_tax and nature not in UNTAXED:
                net, gross = taxed.tax.without(share.net, contract.currency), share.net
            yield Line(
                charge=charge.name,
                part=shown.part,
                label=shown.label,
                nature=nature,
                quantity=shown.quantity,
                unit=shown.unit,
                unit_price=net if shown.is_lump else shown.unit_price if gross is None else _without(taxed.tax, shown),
                net=net,
                service_first=first,
                service_after_last=after_last,
                tax_point=point,
                tax=OUTSIDE if nature in UNTAXED else taxed.tax,
                proof=proof.of_line(
                    rated,
                    f"{rounding} to {plain(whole_part)} {contract.currency}",
                    tax_proof,
                    _OwnProof(gross, taken_off if nature not in UNTAXED else None, share.proof),
                ),
                dimensions=share.dimensions,
                allocation=_shares(weights, net, contract) if weights else {},
                payees=_shares(charge.payees, net, contract) if charge.payees else {},
                tax_code=charge.tax_code or "",
                revenue_account=charge.revenue_account or "",
                reduces=rated.of if reduces and nature is not Nature.PREPAYMENT else "",
            )


def _without(tax: Tax, rated: RatedLine) -> Decimal:
    """Take the tax out of a unit price; a quotient that does not end has 15 places."""
    return quotient(product(rated.unit_price, _HUNDRED), tax.rate + _HUNDRED)


def _weights(charge: Charge, on: date) -> Mapping[str, Decimal]:
    valid = [allocation for allocation in charge.allocation if allocation.first <= on] if charge.allocation else ()
    return valid[-1].weights if valid else {}


def _shares(weights: Mapping[str, Decimal], net: Decimal, contract: Contract) -> dict[str, str]:
    """Spread an amount by weights, to the cent: of equal parties, the first that is listed has what is left.

    By arithmetic 1 and 2 of the settings it was the first by name.
    """
    names = list(weights) if contract.settings.spreads_as_listed else sorted(weights)
    parts = Money(net, contract.currency).split([weights[name] for name in names])
    return {name: plain(part.amount) for name, part in zip(names, parts, strict=True)}


def tax_point(charge: Charge, period: BillingPeriod) -> date:
    """Name the day whose VAT rate a charge's lines of a period bear: its last; of a prepayment, when it is claimed."""
    return charge.taxed_on or period.after_last - timedelta(days=1)


@dataclass(slots=True)  # not frozen: one is made for each line, and never leaves this module
class _OwnProof:
    """What proves one line of a charge and no other: its amount with tax, what is taken off it, whose share it is."""

    gross: Decimal | None
    withholding: WithholdingProof | None
    split: SplitProof | None


@dataclass(slots=True)  # not frozen: one is made for each charge of each invoice, and never leaves this module
class _ChargeProof:
    """What proves every line of a charge: its rule, its use, what moved its prices, what it opened with."""

    rule: str
    arithmetic: int
    version_id: int
    usage: UsageProof | None
    included: str | None
    index: IndexProof | None
    opening: CarriedState | None
    counted_unit: str | None
    priced_unit: str
    seller: str | None

    @classmethod
    def of(cls, segment: VersionSegment, composed: Composed, counted: BilledUsage | None) -> "_ChargeProof":
        charge, factor = composed.charge, composed.factor
        evident = counted if counted is not None and counted.evidence else None
        included = None
        if composed.free is not None and charge.included is not None:
            included = f"{plain(trimmed(composed.free))} {charge.included.unit}"
        return cls(
            rule=charge.rule.kind,
            arithmetic=charge.rule.arithmetic,
            version_id=segment.version_id,
            usage=None if evident is None else _usage_proof(evident),
            included=included,
            index=None if factor is None else IndexProof(factor=plain(factor.value), calculation=factor.calculation),
            opening=composed.usage.opening or None,
            counted_unit=None if evident is None else evident.usage.unit,
            priced_unit=composed.usage.unit,
            seller=owner_of(segment.contract, charge),
        )

    def of_line(self, rated: RatedLine, rounding: str, tax: TaxProof | None, own: "_OwnProof") -> LineProof:
        """Add what is a line's own: its sum, how its use was converted, how it was rounded and why it is so taxed.

        Of a share, sum, conversion and rounding are those of the whole line.
        """
        conversion_proof = None
        if self.counted_unit and self.counted_unit != rated.unit and rated.unit == self.priced_unit:
            factor = conversion(self.counted_unit, rated.unit)
            conversion_proof = _conversion_proof(self.counted_unit, rated.unit, factor)
        return LineProof(
            rule=self.rule,
            arithmetic=self.arithmetic,
            version_id=self.version_id,
            usage=self.usage,
            included=self.included,
            index=self.index,
            opening=self.opening,
            sum=rated.written_out,
            conversion=conversion_proof,
            rounding=rounding,
            gross=own.gross,
            withholding=own.withholding,
            split=own.split,
            seller=self.seller,
            tax=tax,
        )


def _tax_proof(decided: Decision) -> TaxProof | None:
    """Write down on what a line's tax rests; None where a release decided it that did not say."""
    if not decided.rule:
        return None
    return TaxProof(
        place=decided.place,
        rule=decided.rule,
        rate=decided.rate or None,
        code=decided.code or None,
        parts=dict(decided.parts) or None,
    )


def _usage_proof(counted: BilledUsage) -> UsageProof:
    """Write down what was counted: of one register itself; of several their sum, and each of them."""
    registers, usage = tuple(evidence.proof() for evidence in counted.evidence), counted.usage
    is_plain = not counted.calculation and not usage.parts and not usage.auxiliary_usage and not counted.split
    if len(registers) == 1 and is_plain:
        return registers[0]
    return UseProof(
        name=counted.name,
        quantity=None if usage.quantity is None else plain(trimmed(usage.quantity)),
        unit=usage.unit,
        calculation=counted.calculation,
        count=sum(register.count for register in registers),
        total=" + ".join(register.total for register in registers),
        estimated=sum(register.estimated for register in registers),
        registers=registers,
    )


@cache
def _conversion_proof(from_unit: str, to_unit: str, factor: Fraction) -> ConversionProof:
    states = [STATES[name] for name in (unit(from_unit).state, unit(to_unit).state) if name]
    return ConversionProof(
        from_unit=from_unit,
        to_unit=to_unit,
        factor=f"{factor.numerator}/{factor.denominator}",
        states=" → ".join(map(str, states)) if states else None,
    )
