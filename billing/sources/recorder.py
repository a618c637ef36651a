"""The recorder: every question that one rating asked, with the answer that it was given."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from billing.counting.assembly import BilledUsage, Evidence
from billing.rating.rating import tax_point
from billing.rating.segments import VersionSegment
from billing.sources import shipped
from billing.sources.asked import Asked, Question, SourceName
from billing.tax.decision import Deciding, Supply
from contracts.contract import Contract
from contracts.indexation.lookup import IndexValue
from contracts.indexation.store import StoredLookup
from contracts.natures import is_taxed_as_seen, seen_by
from contracts.schedule import BillingPeriod
from quantities.calendars import Calendar

_DAY = timedelta(days=1)


@dataclass(slots=True)
class RecordedLookup:
    """Finds index values as another lookup does, and keeps what it was asked for."""

    lookup: StoredLookup
    asked: dict[tuple[str, str], None] = field(default_factory=dict)

    def __call__(self, index: str, month: str) -> IndexValue | None:
        """Find a value."""
        self.asked[index, month] = None
        return self.lookup(index, month)


def of_indices(recorded: RecordedLookup) -> Iterator[Asked]:
    """Write down which values and links of indices were asked for."""
    for index, month in recorded.asked:
        for answer in recorded.lookup.trail(index, month):
            yield Asked(Question(SourceName.INDEX, answer.series_id, answer.about), answer.token)


def of_versions(contract_id: int, until: date, token: str) -> Asked:
    """Write down which versions of a contract decide its days up to one."""
    return Asked(Question(SourceName.VERSIONS, contract_id, str(until)), token)


def of_disputes(contract_id: int, until: date, token: str) -> Asked:
    """Write down which disputes of a contract are over days up to one."""
    return Asked(Question(SourceName.DISPUTES, contract_id, str(until)), token)


def of_segments(
    segments: Sequence[VersionSegment],
    counted: Sequence[Mapping[str, BilledUsage]],
    watermark: int,
    deciding: Deciding,
) -> Iterator[Asked]:
    """Write down the readings, the registers, the tax, and what ships with the code, of the segments of a rating."""
    for segment, uses in zip(segments, counted, strict=True):
        contract, days = segment.contract, (segment.period.first, segment.period.after_last)
        elsewhere = days[0] - _DAY, days[1] + _DAY  # the same instants by the clock of another zone
        yield _shipped(shipped.of_zone(contract.zone, *days))
        for supply, day in supplies_of(contract, segment.charges, segment.period):
            question = shipped.of_tax(supply, day)
            yield Asked(question, shipped.answer_of_tax(question, deciding))
        for code in holidays_of(contract, segment.charges):
            for year in range(elsewhere[0].year, elsewhere[1].year + 1):
                yield _shipped(shipped.of_holidays(code, year))
        for name, usage in uses.items():
            for evidence in usage.evidence:
                yield from _of_evidence(evidence, watermark)
                if evidence.zone and evidence.zone != contract.zone:
                    yield _shipped(shipped.of_zone(evidence.zone, *elsewhere))
            yield from _of_units(contract, name, usage)


def supplies_of(contract: Contract, names: Collection[str], period: BillingPeriod) -> frozenset[tuple[Supply, date]]:
    """Name what some charges of a contract supply, and those whose taxes they bear, each with the day of its tax."""
    own = [charge for charge in contract.charges if charge.name in names]
    borne = {name for charge in own if is_taxed_as_seen(contract, charge) for name in seen_by(contract, charge)}
    of_others = (charge for charge in contract.charges if charge.name in borne and charge.name not in names)
    return frozenset((Supply.of(contract, charge), tax_point(charge, period)) for charge in (*own, *of_others))


def unanswered(
    contract: Contract, period: BillingPeriod, names: Collection[str], answers: Collection[Question]
) -> Iterator[Question]:
    """Name what days of a version must have asked of the tables of the code, their instants and tax, and did not.

    Args:
        contract: the version.
        period: the days.
        names: of the charges that are billed.
        answers: what was asked.
    """
    of_zone = shipped.of_zone(contract.zone, period.first, period.after_last)
    if of_zone not in answers:
        yield of_zone
    for supply, day in supplies_of(contract, names, period):
        question = shipped.of_tax(supply, day)
        if question not in answers and shipped.of_tax_before(supply, day) not in answers:
            yield question


def _of_evidence(evidence: Evidence, watermark: int) -> Iterator[Asked]:
    yield Asked(Question(SourceName.READINGS, evidence.series), str(watermark), evidence.reach)
    if evidence.declared:
        yield Asked(Question(SourceName.REGISTERS, evidence.series), evidence.declared)


def _of_units(contract: Contract, name: str, usage: BilledUsage) -> Iterator[Asked]:
    """Write down the factors from the registers' units to the use's, and from it to the rule's and the allowance's.

    And from the units of the uses that divide a charge to the one in which they are compared.
    """
    charge = next(charge for charge in contract.charges if charge.name == name)
    counted, priced = usage.usage.unit, charge.rule.priced_unit
    for evidence in usage.evidence:
        if counted and evidence.unit != counted:
            yield _shipped(shipped.of_units(evidence.unit, counted))
    for used in usage.split.values():
        if charge.split is not None and used.unit != charge.split.unit:
            yield _shipped(shipped.of_units(used.unit, charge.split.unit))
    for unit in (priced, charge.included.unit if charge.included is not None else None):
        if counted and unit and unit != counted:
            yield _shipped(shipped.of_units(counted, unit))


def _shipped(question: Question) -> Asked:
    return Asked(question, shipped.answer(question))


def holidays_of(contract: Contract, names: frozenset[str]) -> frozenset[str]:
    """Name the public holidays that decide what some charges of a contract count."""
    rules = [charge.rule for charge in contract.charges if charge.name in names]
    calendars: list[Calendar | None] = [use.calendar for use in contract.usages]
    calendars += (rule.measure.calendar for rule in rules)
    calendars += (measure.calendar for rule in rules for measure in rule.auxiliary_measures.values())
    for plan in contract.savings:
        calendars.append(plan.calendar)
        calendars += (mode.calendar for mode in plan.option.modes.values())
    return frozenset(calendar.holidays for calendar in calendars if calendar is not None and calendar.holidays)


def once(asked: Iterable[Asked]) -> tuple[Asked, ...]:
    """Keep of each question and reach one."""
    return tuple(dict.fromkeys(asked))
