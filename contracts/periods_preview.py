"""A preview over time: a contract with its amendments, or rules, rated period after period on stated uses.

    versions, each in force from a day → periods, divided for each charge where its own terms change → each charge rated
    over its days, with what it carried out of those before

What a period comes to is what its invoice would: the same composition, states, windows and rounding. A fee in advance
stands with the period that it is for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from itertools import dropwhile, takewhile
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field

from contracts.carried_words import charge_in_words, rule_in_words
from contracts.carrying import States
from contracts.charge import Charge
from contracts.checks.amending import faults_of_amending
from contracts.clause import is_over_amounts
from contracts.composed import Composed
from contracts.composition import ChargeDays, compose_days
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue, Month
from contracts.net_amounts import SoFar, agreed_lines, billed_lines
from contracts.own_terms import days_of_bounds, divisions, stretches_of
from contracts.pricing_preview import LAST_DAY, TrialDay, TriedLine, TriedUsage, faults_of_uses, tried_line
from contracts.rated_usage import Usage
from contracts.rules import ChargeRule
from contracts.schedule import BillingPeriod
from contracts.settings import CurrencyCode
from quantities.document import Fault, FaultyDocument
from quantities.errors import Invalid, UsufructError
from quantities.money import Amount
from quantities.names import Name
from quantities.number import ARITHMETIC_DIGITS
from quantities.quantity import Magnitude
from quantities.rounding import Rounding
from quantities.terms import Terms

Uses: TypeAlias = Mapping[str, TriedUsage]


@dataclass(frozen=True, slots=True)
class _DividedDays:
    """Days of a period, the version whose terms count on them, and the charges over them."""

    days: BillingPeriod
    contract: Contract
    charges: tuple[ChargeDays, ...]


class CannotBePriced(Invalid):
    """A period of the trial cannot be priced."""


class TriedSegment(Terms):
    """The uses of the days of a period for which one version counts, by the name of the charge."""

    first: TrialDay
    uses: Mapping[Name, TriedUsage] = {}


class TriedPeriod(Terms):
    """The uses of one billing period.

    Attributes:
        first: its first day; without it, the period after the one before, and at first that of the contract's start.
        uses: by the name of the charge; of charges that price use or need one beside, of all days of the period.
        segments: of a charge that is divided, because a version that comes into force within the period changes its own
            terms or those of a charge over its amounts: its uses from each first day on.
    """

    first: TrialDay | None = None
    uses: Mapping[Name, TriedUsage] = {}
    segments: tuple[TriedSegment, ...] = ()


class PeriodsTrial(Terms):
    """A contract, with its amendments, that is rated over several of its billing periods.

    Attributes:
        contract: the first version.
        amendments: the later versions, in the order in which they are agreed; each counts from its ``in_force_from``.
        periods: one after the other.
        indices: values by index and month, for prices that follow an index.
        opening: the closing states of an earlier trial of the contract.
    """

    contract: Contract
    amendments: tuple[Contract, ...] = ()
    periods: Annotated[tuple[TriedPeriod, ...], Field(min_length=1)]
    indices: Mapping[Name, Mapping[Month, Magnitude]] = {}
    opening: Mapping[str, Any] = {}


class SegmentTrialResult(BaseModel):
    """The days of a period for which one version counts: its lines, and the sum of their nets."""

    days: str
    in_force_from: date
    lines: tuple[TriedLine, ...]
    net: Amount


class PeriodTrialResult(BaseModel):
    """What a period comes to, and what charges carry out of it: in words, and as states."""

    period: str
    segments: tuple[SegmentTrialResult, ...]
    net: Amount
    carries: Mapping[str, tuple[str, ...]]
    closing: Mapping[str, Any]


class PeriodsTrialResult(BaseModel):
    """Each period in its order, and the sum of their nets."""

    periods: tuple[PeriodTrialResult, ...]
    net: Amount
    currency: str


class UsagesTrial(Terms):
    """Rules rated on several uses, one after the other; ``starts`` is the contract's first day, for windows."""

    rules: Annotated[tuple[ChargeRule, ...], Field(min_length=1)]
    usages: Annotated[tuple[TriedUsage, ...], Field(min_length=1)]
    starts: TrialDay | None = None
    currency: CurrencyCode = "EUR"
    rounding: Rounding = Rounding.HALF_UP


class UsageTrialResult(BaseModel):
    """Lines in the order of the rules and of their parts, the sum of their nets, and what the rules carry on."""

    lines: tuple[TriedLine, ...]
    net: Amount
    carries: tuple[tuple[str, ...], ...]
    closing: tuple[Mapping[str, Any], ...]


class UsagesTrialResult(BaseModel):
    """Each use in its order, and the sum of all nets."""

    usages: tuple[UsageTrialResult, ...]
    net: Amount
    currency: str


def try_periods(trial: PeriodsTrial) -> PeriodsTrialResult:
    """Rate a contract period after period, each version on the days that it is in force, without a database.

    Raises:
        FaultyDocument: an amendment changes what it must keep; a period does not follow the one before; a charge has no
            use, or a use no charge; a period that a version divides has no use for each of its parts.
        CannotBePriced: a charge cannot be rated; the period, the charge and the reason are named.
    """
    versions = (trial.contract, *trial.amendments)
    refuse_amendments(versions)
    states: States = trial.opening
    results = []
    for at, (period, parts) in enumerate(_scheduled(versions, trial.periods)):
        composed, states = _composed(f"/periods/{at}", parts, states, trial)
        so_far: dict[str, SoFar] = {}
        segments = [_segment_result(part, rated, so_far) for part, rated in zip(parts, composed, strict=True)]
        terms = max((part.contract for part in parts), key=lambda contract: contract.effective)
        words = {
            charge.name: charge_in_words(charge, states[charge.name], terms.starts, terms.currency)
            for charge in terms.charges
            if states.get(charge.name)
        }
        results.append(
            PeriodTrialResult(
                period=str(period),
                segments=tuple(segments),
                net=_sum(segment.net for segment in segments),
                carries={name: phrases for name, phrases in words.items() if phrases},
                closing=states,
            )
        )
    net = _sum(result.net for result in results)
    return PeriodsTrialResult(periods=tuple(results), net=net, currency=trial.contract.currency)


def try_usages(trial: UsagesTrial) -> UsagesTrialResult:
    """Rate uses by some rules one after the other, each rule opening with what it carried out of the use before.

    Raises:
        CannotBePriced: a rule cannot rate a use; which one, and the reason, are named.
    """
    closing: list[Mapping[str, Any]] = [{} for _ in trial.rules]
    results = []
    for at, tried in enumerate(trial.usages):
        lines: list[TriedLine] = []
        carries = []
        for number, rule in enumerate(trial.rules):
            opening = tried.opening or closing[number]
            usage = replace(tried.to_usage(trial.starts), currency=trial.currency)
            try:
                with localcontext(prec=ARITHMETIC_DIGITS):
                    usage = replace(usage, opening=rule.open(opening, usage))
                    rated, closing[number] = rule.rate(usage), rule.state(usage)
            except UsufructError as error:
                raise _unpriced(f"/usages/{at}", rule.kind, error) from error
            billed = billed_lines(rated, trial.currency, trial.rounding)
            lines += [tried_line(rule.kind, line, net) for line, net in billed]
            carries.append(rule_in_words(rule, closing[number], usage.life.starts, trial.currency))
        results.append(
            UsageTrialResult(
                lines=tuple(lines),
                net=_sum(line.net for line in lines),
                carries=tuple(carries),
                closing=tuple(closing),
            )
        )
    net = _sum(result.net for result in results)
    return UsagesTrialResult(usages=tuple(results), net=net, currency=trial.currency)


def refuse_amendments(versions: Sequence[Contract]) -> None:
    """Refuse amendments that change what an amendment keeps, as ``contract apply`` does.

    Raises:
        FaultyDocument: with each fault's place in ``/amendments``.
    """
    faults = [
        Fault(f"/amendments/{at}{fault.path}", fault.code, fault.detail, fault.found, fault.expected)
        for at, amended in enumerate(versions[1:])
        for fault in faults_of_amending(versions[: at + 1], amended)
    ]
    if faults:
        raise FaultyDocument(faults)


def _scheduled(
    versions: Sequence[Contract], tried: Sequence[TriedPeriod]
) -> list[tuple[BillingPeriod, list[_DividedDays]]]:
    """Find the period of each entry, and its parts with their uses; all faults are found before any is rated."""
    newest = versions[-1]
    first = tried[0].first or newest.starts
    periods = takewhile(lambda period: period.first <= LAST_DAY, newest.periods())
    following = dropwhile(lambda period: period.first < first, periods)
    scheduled, faults = [], list[Fault]()
    for at, entry in enumerate(tried):
        path, period = f"/periods/{at}", next(following, None)
        if period is None or (entry.first is not None and entry.first != period.first):
            ended = "the contract has no further billing period"
            detail = ended if period is None else "the billing period that follows begins on another day"
            expected = "" if period is None else str(period.first)
            faults.append(Fault(f"{path}/first", "no-such-period", detail, str(entry.first or ""), expected))
            break
        parts, of_entry = _parts(entry, period, versions, path)
        faults += of_entry
        scheduled.append((period, parts))
    if faults:
        raise FaultyDocument(faults)
    return scheduled


def _parts(
    entry: TriedPeriod, period: BillingPeriod, versions: Sequence[Contract], path: str
) -> tuple[list[_DividedDays], list[Fault]]:
    """Divide a period, give each charge its uses, and find the faults of an entry."""
    stretches = list(stretches_of(versions, period))
    newest = versions[-1]
    in_force = [(days, version.living_as(newest)) for days, version in stretches if version is not None]
    if len(in_force) < len(stretches):
        detail = f"no version is in force on {period.first}: the first one counts from the contract's start"
        return [], [Fault("/contract/in_force_from", "not-in-force", detail, str(versions[0].effective))]
    firsts, stated = [days.first for days, _ in in_force], [segment.first for segment in entry.segments]
    if not set(stated) <= set(firsts) or len({*stated}) < len(stated) or (len(in_force) == 1 and stated and entry.uses):
        detail = f"no version comes into force within {period}: state its uses, without segments"
        if len(in_force) > 1:
            detail = f"a version comes into force within {period}: segments begin with the period, or with a version"
        written = ", ".join(map(str, firsts))
        return [], [Fault(f"{path}/segments", "divided-otherwise", detail, ", ".join(map(str, stated)), written)]
    return _with_uses(entry, period, in_force, path)


def _with_uses(
    entry: TriedPeriod, period: BillingPeriod, in_force: Sequence[tuple[BillingPeriod, Contract]], path: str
) -> tuple[list[_DividedDays], list[Fault]]:
    """Find the uses of each charge: of all days of the period, or from the day on from which it is divided."""
    told = _told(entry, path, is_divided=len(in_force) > 1)
    divided = divisions(in_force)
    cuts, places = days_of_bounds(divided, in_force), dict[str, dict[date | None, Charge]]()
    parts: list[_DividedDays] = []
    for run in divided:
        contract, days = in_force[run.version][1], list[ChargeDays]()
        for charge in (charge for charge in contract.charges if charge.name in run.charges):
            pieces = []
            for piece in charge.pieces(run.period, None, cuts.get(charge.name, frozenset())):
                place = None if (piece.first, piece.after_last) == (period.first, period.after_last) else piece.first
                places.setdefault(charge.name, {})[place] = charge
                used = told[place][1].get(charge.name) if place in told else None
                pieces.append((piece, Usage() if used is None else used.to_usage(contract.starts)))
            days.append(ChargeDays(contract, charge, run.period, tuple(pieces)))
        parts.append(_DividedDays(run.period, contract, tuple(days)))
    return parts, list(_faults_of_places(told, places, path))


def _told(entry: TriedPeriod, path: str, *, is_divided: bool) -> dict[date | None, tuple[str, Uses]]:
    """Name the places of an entry's uses, by the day on which a segment begins; None of all days of the period."""
    told: dict[date | None, tuple[str, Uses]] = {
        segment.first: (f"{path}/segments/{at}/uses", segment.uses) for at, segment in enumerate(entry.segments)
    }
    if not is_divided and told:
        return {None: next(iter(told.values()))}
    return {None: (f"{path}/uses", entry.uses)} | told


def _faults_of_places(
    told: Mapping[date | None, tuple[str, Uses]], places: Mapping[str, Mapping[date | None, Charge]], path: str
) -> Iterator[Fault]:
    """Find uses that are stated of other days than their charge is divided into, and what else is wrong with uses."""
    elsewhere = set()
    for place, (where, uses) in told.items():
        for name in uses:
            if name in places and place not in places[name]:
                elsewhere.add(name)
                yield _divided_otherwise(f"{where}/{name}", name, list(places[name]))
    for place in dict.fromkeys([*told, *(day for days in places.values() for day in days)]):
        where, uses = told.get(place, (f"{path}/segments", {}))
        asked = {name: days[place] for name, days in places.items() if place in days and name not in elsewhere}
        stated = {name: use for name, use in uses.items() if name not in elsewhere}
        for fault in faults_of_uses(asked, stated, where):
            yield fault if place is None else replace(fault, detail=f"{fault.detail}; of the days from {place} on")


def _divided_otherwise(path: str, name: str, days: Sequence[date | None]) -> Fault:
    if None in days:
        detail = f"{name} is not divided within the period: state its use of all days, in uses"
        return Fault(path, "divided-otherwise", detail, name, "uses")
    written = ", ".join(str(day) for day in days)
    detail = f"{name} is divided within the period: state its uses in segments, from each of these days on"
    return Fault(path, "divided-otherwise", detail, name, written)


def _composed(
    path: str, parts: Sequence[_DividedDays], states: States, trial: PeriodsTrial
) -> tuple[list[tuple[Composed, ...]], States]:
    """Rate the charges of a period; for each part of it, in the order of the contract."""

    def lookup(index: str, month: str) -> IndexValue | None:
        value = trial.indices.get(index, {}).get(month)
        return None if value is None else IndexValue(index, month, value)

    days = [charge for part in parts for charge in part.charges]
    try:
        composed, closing = compose_days(days, states, lookup)
    except UsufructError as error:
        for one in days:
            if is_over_amounts(one.charge.rule):
                continue
            try:
                compose_days([one], states, lookup)
            except UsufructError as own:
                raise _unpriced(f"{path}, {one.period}", one.charge.name, own) from own
        raise _unpriced(f"{path}, {parts[0].days}", "a charge over other charges", error) from error
    rated = iter(composed)
    return [tuple(one for _ in part.charges for one in next(rated)) for part in parts], closing


def _unpriced(place: str, what: str, error: UsufructError) -> CannotBePriced:
    return CannotBePriced(f"{place}: {what}: {error}", **{"found": what, **error.members, "place": place})


def _segment_result(part: _DividedDays, composed: Sequence[Composed], so_far: dict[str, SoFar]) -> SegmentTrialResult:
    contract = part.contract
    lines = tuple(
        tried_line(rated.charge.name, line, net)
        for rated in composed
        for line, net in agreed_lines(rated, contract, so_far.setdefault(rated.charge.name, SoFar()))
    )
    return SegmentTrialResult(
        days=str(part.days), in_force_from=contract.effective, lines=lines, net=_sum(line.net for line in lines)
    )


def _sum(nets: Iterator[Decimal]) -> Decimal:
    return sum(nets, Decimal(0))
