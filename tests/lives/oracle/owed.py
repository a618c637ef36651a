"""What is owed in the end, recomputed from all facts at once.

The oracle of lives: a naive recomputation that knows every fact from the start, written from the specification (docs/,
the domain notes) and sharing no code with the product. It keeps nothing between calls and corrects nothing: it rates each
contract from its first day as if the last word had always been known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.lives.facts import DisputeFact, Facts, Owed, VersionFact
from tests.lives.oracle import on_account
from tests.lives.oracle.asking import asks, remembers
from tests.lives.oracle.clock import day_of
from tests.lives.oracle.disputed import edges, in_proportion, leave_out, meets, sides
from tests.lives.oracle.dividing import Run, bounds, machines, restart_after, runs, seen
from tests.lives.oracle.flows import Log, NotCounted, was_read
from tests.lives.oracle.indexing import CannotRate, factor_on
from tests.lives.oracle.kinds import charge_of, kind
from tests.lives.oracle.last_place import SoFar, nets
from tests.lives.oracle.lines import NetLine, Segment, place_of, segments
from tests.lives.oracle.natures import Billed, Ledger, net_prices
from tests.lives.oracle.periods import BillingPeriod, billing_periods, until
from tests.lives.oracle.rules import (
    RatedLine,
    Stretch,
    drawn,
    in_advance,
    priced_by_days,
    rule_of,
)
from tests.lives.oracle.saved import see_that_it_is_covered
from tests.lives.oracle.tax import OUTSIDE
from tests.lives.oracle.taxed import Tax, Taxes, tax_of
from tests.lives.oracle.units import UNITS
from tests.lives.oracle.use import Ask, registers, used
from tests.lives.oracle.who_shares import reductions_shared, shares_owed

#: By this arithmetic of the settings and those before, a period was billed by whatever was read.
_BILLED_WHATEVER_THERE_WAS = 2


def owed(facts: Facts, through: Mapping[str, date]) -> Owed:
    """What is owed for every period that was billed, in the final state of the facts.

    Args:
        facts: all of them.
        through: by contract a day: periods that end on it or before are owed, be they in `facts.billed_at` or not.

    Returns:
        Net amounts and taxable bases; periods that cannot be rated are in neither.
    """
    net: dict[tuple[str, str, date, str], Decimal] = {}
    base: dict[tuple[str, str, date, str, Decimal], Decimal] = {}
    refused: dict[tuple[str, date], str] = {}
    shares: dict[tuple[str, str, str], Decimal] = {}
    of_reductions: dict[tuple[str, str, str], tuple[Fraction, Decimal]] = {}
    log = Log(facts)
    for contract in dict.fromkeys(version.contract for version in facts.versions if version.released):
        last = through.get(contract)
        lines = list(lines_owed(facts, log, contract, last, refused))
        shares |= shares_owed(facts, contract, lines)
        of_reductions |= reductions_shared(facts, contract, lines)
        for line in (line for line, is_apart in lines if not is_apart):
            by = (contract, line.charge, line.first, line.nature)
            net[by] = net.get(by, Decimal(0)) + line.amount
            document, tax_point = line.segment.document, taxed_on(line)
            charge = charge_of(document, line.charge) or {}
            category, percent = line.tax or tax_of(document, charge, tax_point, line.nature)
            of_tax = (document["supplier"]["name"], document["customer"]["name"], tax_point, category, percent)
            base[of_tax] = base.get(of_tax, Decimal(0)) + line.amount
    return Owed(net, base, refused, shares, of_reductions)


def taxed_on(line: NetLine) -> date:
    """The day whose rate a line bears: the last of its days; of what is paid before, the one on which that was claimed."""
    rule = (charge_of(line.segment.document, line.charge) or {"rule": {}})["rule"]
    if line.nature == "prepayment" and (claimed := rule.get("claimed") or rule.get("on")):
        return day_of(claimed)
    return line.segment.after_last - timedelta(1)


def own_tax_of(segment: Segment, charge: Mapping[str, Any]) -> Tax:
    """The tax of a charge over some days, by what it is itself."""
    rule = charge["rule"]
    is_prepaid = rule["kind"] == "drawdown" or charge.get("nature") == "prepayment"
    claimed = (rule.get("claimed") or rule.get("on")) if is_prepaid else None
    return tax_of(segment.document, charge, day_of(claimed) if claimed else segment.after_last - timedelta(1))


def owed_of(
    facts: Facts, log: Log, contract: str, through: date | None, refused: dict[tuple[str, date], str]
) -> Iterator[NetLine]:
    """The lines of a contract that are owed; notes the periods that are refused."""
    return (line for line, is_apart in lines_owed(facts, log, contract, through, refused) if not is_apart)


def lines_owed(
    facts: Facts, log: Log, contract: str, through: date | None, refused: dict[tuple[str, date], str]
) -> Iterator[tuple[NetLine, bool]]:
    """The lines of a contract that are owed, and those that a dispute holds apart, each with whether it does."""
    versions = [version for version in facts.versions if version.contract == contract and version.released]
    newest = max(versions, key=lambda version: version.number).document
    starts = day_of(newest["starts"])
    billed = {first for reference, kind, first in facts.billed_at if reference == contract and kind == "period"}
    opened = [at for (reference, kind, _), at in facts.billed_at.items() if reference == contract and kind == "opening"]
    last = max([*billed, through or starts, starts])
    periods = billing_periods(newest, last)
    lines, failures = rated(facts, log, versions, periods)
    document_at: datetime | None = min(opened, default=None)
    may_bill = bool(opened) or (through is not None and starts <= through)
    for position, period in enumerate([None, *periods]):  # the opening, and each period's document
        if period is not None:
            document_at = facts.billed_at.get((contract, "period", period.first))
            may_bill = period.first in billed or (through is not None and period.after_last <= through)
        if not may_bill:
            continue
        own = period.first if period else None
        following = periods[position].first if position < len(periods) else None
        if own in failures:
            refused[contract, own or starts] = failures[own]
            continue
        for line in lines:
            if line.segment.period.first == (following if line.in_advance else own):
                yield line, left_out(facts.disputes, contract, line, document_at)


def left_out(disputes: Sequence[DisputeFact], contract: str, line: NetLine, document_at: datetime | None) -> bool:
    """Whether a dispute holds a line apart: a discount goes with what it is off."""
    held = leave_out(disputes, contract, (line.charge, line.of), document_at)
    return any(meets(dispute, line.first, line.after_last) for dispute in held)


def documents_of(
    facts: Facts, contract: str, periods: Sequence[BillingPeriod]
) -> dict[tuple[date, bool], datetime | None]:
    """When the document was made that bills a period's charges, by its first day and whether they are due in advance.

    The fees in advance of the first period are on the opening, those of any other on the document of the one before.
    """
    made: dict[tuple[date, bool], datetime | None] = {}
    before = min(
        (at for (of, kind, _), at in facts.billed_at.items() if (of, kind) == (contract, "opening")), default=None
    )
    for period in periods:
        own = facts.billed_at.get((contract, "period", period.first))
        made |= {(period.first, False): own, (period.first, True): before}
        before = own
    return made


def rated(
    facts: Facts, log: Log, versions: Sequence[VersionFact], periods: Sequence[BillingPeriod]
) -> tuple[list[NetLine], dict[date | None, str]]:
    """The rounded lines of all periods, in order, and why a document cannot be made: by the first day of its period.

    The opening has no day. A charge in advance is on the document of the period before, or on the opening.
    """
    newest = max(versions, key=lambda version: version.number).document
    made = documents_of(facts, newest["contract"], periods)
    of_contract = {(kind, first) for reference, kind, first in facts.billed_at if reference == newest["contract"]}
    histories: dict[str, list[Stretch]] = {}
    lines: list[NetLine] = []
    failures: dict[date | None, str] = {}
    before: date | None = None
    for period in periods:
        parts = segments(versions, period)
        if before in failures and any(remembers(charge) for part in parts for charge in part.document["charges"]):
            failures.setdefault(period.first, "an earlier period waits")
        of_period = RatedPeriod(facts, log, newest, period, parts, histories)
        for run in in_order(of_period.documents, of_period.divided):
            charge = charge_of(parts[run.last].document, run.name)
            assert charge is not None
            try:
                # What was billed was fit to be billed then.
                is_billed = ("period", period.first) in of_contract
                lines += of_period.rate(run, charge, made[period.first, in_advance(charge)], is_billed=is_billed)
            except (NotCounted, CannotRate) as reason:
                document = before if in_advance(charge) else period.first
                failures.setdefault(document, f"{run.name}: {reason}")
        if why := left_behind(of_period.documents[-1], histories):
            failures.setdefault(period.first, why)
        before = period.first
    return lines, failures


@dataclass
class RatedPeriod:
    """A billing period on its way through the charges of its versions.

    Attributes:
        facts: all of them.
        log: of the readings.
        newest: the newest version of the contract.
        period: that is rated.
        parts: its days by version.
        histories: by charge, its days since the contract began.
        ledger: what the charges came to.
        so_far: what each was rounded to.
        billed: what each is billed with.
        taxes: that each bears.
    """

    facts: Facts
    log: Log
    newest: Mapping[str, Any]
    period: BillingPeriod
    parts: Sequence[Segment]
    histories: dict[str, list[Stretch]]
    ledger: Ledger = field(default_factory=Ledger)
    so_far: dict[str, SoFar] = field(default_factory=dict)
    billed: list[Billed] = field(default_factory=list)
    taxes: Taxes = field(default_factory=Taxes)

    def __post_init__(self) -> None:
        self.documents = [part.document for part in self.parts]
        self.divided = runs(self.documents)
        self.bounded = bounds(self.documents, self.divided)

    def rate(self, run: Run, charge: Mapping[str, Any], made_at: datetime | None, *, is_billed: bool) -> list[NetLine]:
        """Rate a charge over days on which its terms are the same; list its lines, cut by taxes and disputes."""
        parts, facts = self.parts, self.facts
        segment = Segment(self.period, parts[run.first].first, parts[run.last].after_last, parts[run.last].version)
        days = {parts[place].first for place in self.bounded.get(run.name, ())}
        see_that_all_was_read(self.log, segment, parts, self.divided, charge)
        if not is_billed:
            see_that_enough_was_read(self.log, between_moves(facts, segment, charge, days), charge)
        history = self._history(charge)
        found, of_lines = list[tuple[Segment, list[RatedLine]]](), list[NetLine]()
        around = self._around(run, segment, charge, made_at)
        for piece in between_moves(facts, segment, charge, days, edges_of(facts, self.newest, charge, made_at)):
            stretch = replace(stretch_of(facts, self.log, self.newest, piece, charge, {}), **around)
            if history and kind_of(history[-1]) != kind_of(stretch):
                history.clear()  # nothing that one kind of quantity left is of use to another
            history.append(stretch)
            of_piece = lines_of(history)
            found.append((piece, of_piece))
            price = rule_of(history), mode_of(segment.document)
            at_its_price = self.so_far.setdefault(run.name, SoFar()).at(price)
            of_lines += rounded_lines(segment, piece, charge, of_piece, at_its_price)
        nets_of, told = iter(of_lines), list[NetLine]()
        for piece, of_piece in found:
            told += self._enter(charge, piece, [(line, next(nets_of)) for line in of_piece], around["rests"], made_at)
        return told

    def _history(self, charge: Mapping[str, Any]) -> list[Stretch]:
        name, before_rename = charge["name"], charge.get("continues", "")
        if name not in self.histories and before_rename in self.histories:
            self.histories[name] = self.histories.pop(before_rename)
        return self.histories.setdefault(name, [])

    def _around(
        self, run: Run, segment: Segment, charge: Mapping[str, Any], made_at: datetime | None
    ) -> dict[str, Any]:
        """What the days of a charge have to know of the others: the amounts of charges, restarts, machines."""
        days = segment.first, segment.after_last
        amounts = self.ledger.seen(segment.document, charge, days)
        if charge["rule"]["kind"] == "drawdown":
            amounts = drawn_on(self.facts, self.newest, segment, charge, self.billed, made_at)
        restart = restart_after(self.documents, self.divided, run)
        spans = [(part.first, part.after_last) for part in self.parts]
        return {
            "amounts": amounts,
            "rests": self.ledger.rests(segment.document, charge, days),
            "sums_until": None if restart is None else self.parts[restart].first,
            "machines": machines_of(self.documents, spans, self.divided, charge),
        }

    def _enter(
        self,
        charge: Mapping[str, Any],
        piece: Segment,
        lines: Sequence[tuple[RatedLine, NetLine]],
        rests: Mapping[str, Mapping[str, tuple[Fraction, Fraction]]],
        made_at: datetime | None,
    ) -> Iterator[NetLine]:
        """Enter what days come to, for those that are computed from it; list the lines, cut by taxes and disputes."""
        days, segment = (piece.first, piece.after_last), lines[0][1].segment if lines else piece
        own_tax = own_tax_of(segment, charge)
        self.ledger.enter(charge, days, [line for line, _ in lines], rests)
        self.taxes.enter(charge["name"], days, own_tax)
        kept = list[Decimal]()
        for line, net in lines:
            by_tax = self.taxes.parts(piece.document, charge, days, line, net.amount, own_tax, (self.ledger, rests))
            is_taxed = line.nature not in OUTSIDE
            parts = [replace(net, amount=amount, tax=of_tax if is_taxed else None) for of_tax, amount in by_tax]
            cut = list(beside_disputes(self.facts.disputes, self.newest, self.ledger, parts, made_at))
            yield from cut
            out = [left_out(self.facts.disputes, self.newest["contract"], part, made_at) for part in cut]
            kept.append(sum((part.amount for part, is_out in zip(cut, out, strict=True) if not is_out), Decimal(0)))
        self.billed.append(Billed(charge, [line for line, _ in lines], kept, rests, days))


def machines_of(
    documents: Sequence[Mapping[str, Any]],
    days: Sequence[tuple[date, date]],
    divided: Sequence[Run],
    charge: Mapping[str, Any],
) -> tuple[tuple[date, date, int], ...]:
    """For how many machines a charge includes something, on all its days of a billing period on which it does."""
    found = []
    for run in divided:
        other = charge_of(documents[run.last], run.name) or {}
        names = {run.name, other.get("continues")}
        is_own = charge["name"] in names or charge.get("continues") in names - {None}
        if is_own and (other.get("included") or {}).get("each"):
            found.append((days[run.first][0], days[run.last][1], machines(documents[run.last], other)))
    return tuple(sorted(found))


def drawn_on(
    facts: Facts,
    newest: Mapping[str, Any],
    segment: Segment,
    charge: Mapping[str, Any],
    billed: Sequence[Billed],
    made_at: datetime | None,
) -> dict[str, Fraction]:
    """With what the charges are billed that a prepayment is set against; with nothing while it is in dispute itself."""
    days = segment.first, segment.after_last
    amounts = net_prices(segment.document, charge, days, billed)
    held = leave_out(facts.disputes, newest["contract"], [charge["name"]], made_at)
    return dict.fromkeys(amounts, Fraction(0)) if any(meets(dispute, *days) for dispute in held) else amounts


def left_behind(document: Mapping[str, Any], histories: Mapping[str, Sequence[Stretch]]) -> str:
    """Why a period waits whose last version draws no more on what is left of a prepayment; empty where none is."""
    names = {charge["name"] for charge in document["charges"]}
    for name, history in histories.items():
        if history and name not in names and history[-1].charge["rule"]["kind"] == "drawdown" and drawn(history)[1]:
            return f"{name} is gone, and something is left of it"
    return ""


def lines_of(history: Sequence[Stretch]) -> list[RatedLine]:
    """The lines of the last stretch, if enough of the days that they settle was measured."""
    see_that_it_is_covered(history)
    return on_account.billed(history)


def edges_of(facts: Facts, newest: Mapping[str, Any], charge: Mapping[str, Any], made_at: datetime | None) -> set[date]:
    """The days on which a charge begins to be left out of a document, or to be billed again."""
    return edges(leave_out(facts.disputes, newest["contract"], [charge["name"]], made_at), charge)


def beside_disputes(
    disputes: Sequence[DisputeFact],
    newest: Mapping[str, Any],
    ledger: Ledger,
    lines: Iterable[NetLine],
    made_at: datetime | None,
) -> Iterator[NetLine]:
    """Lines, and of discounts their parts, where some of the days of the charge that one is off are left out."""
    paused = [(day_of(pause["first"]), day_of(pause["after_last"])) for pause in newest.get("suspensions") or ()]
    for line in lines:
        held = leave_out(disputes, newest["contract"], [line.of], made_at) if line.of else []
        held = [dispute for dispute in held if meets(dispute, line.first, line.after_last)]
        charge = charge_of(line.segment.document, line.of) if held else None
        if charge is None:
            yield line
            continue
        of_kind = ledger.of_kind(line.of, kind(line.nature))
        without = [] if charge.get("while_suspended") == "true" else paused
        parts = sides(held, charge, (line.first, line.after_last), of_kind, without)
        weights = [weight for _, _, weight in parts]
        if not any(weights):
            yield line
            continue
        amounts = in_proportion(line.amount, weights, line.segment.document["currency"])
        for (first, after_last, _), amount in zip(parts, amounts, strict=True):
            yield replace(line, first=first, after_last=after_last, amount=amount)


def in_order(documents: Sequence[Mapping[str, Any]], divided: Sequence[Run]) -> Iterator[Run]:
    """The runs of a period: each after those that it goes on from, and after those of the charges that it sees."""
    waiting = sorted(divided, key=lambda run: place_of(documents[run.last], run.name))
    while waiting:
        run = next(run for run in waiting if not any(goes_before(documents, other, run) for other in waiting))
        waiting.remove(run)
        yield run


def goes_before(documents: Sequence[Mapping[str, Any]], other: Run, run: Run) -> bool:
    """Whether one run is to be rated before another."""
    charge = charge_of(documents[run.last], run.name) or {}
    if other.name in (run.name, charge.get("continues")) and other.first < run.first:
        return True
    is_seen = other.name in [name for name, _ in seen(documents[run.last], charge)]
    return is_seen and other.first <= run.last and run.first <= other.last


def between_moves(
    facts: Facts, segment: Segment, charge: Mapping[str, Any], others: Iterable[date], disputed: Iterable[date] = ()
) -> list[Segment]:
    """The days of a segment between the days on which the price of a charge moves; all of them of a charge without such.

    What is used is counted apart as well where another charge over its amount begins or ends, and where some of the days
    are in dispute.
    """
    if not priced_by_days(charge):
        return [segment]
    is_used = (charge.get("register") or charge.get("usage")) is not None
    cuts = {day for day in [*disputed, *(others if is_used else ())] if segment.first < day < segment.after_last}
    if charge.get("index"):
        cuts |= set(moves_of(facts, segment, charge["index"]["clause"]))
    days = [segment.first, *sorted(cuts), segment.after_last]
    return [replace(segment, first=first, after_last=after_last) for first, after_last in pairwise(days)]


def moves_of(facts: Facts, segment: Segment, clause: Mapping[str, Any]) -> list[date]:
    """The days within a segment on which a factor is another one than on the day before."""

    def factor(day: date) -> Fraction:
        return factor_on(clause, day, lambda index, month: index_value(facts, index, month))

    days = [segment.first + timedelta(number) for number in range((segment.after_last - segment.first).days)]
    return [day for day in days[1:] if factor(day) != factor(day - timedelta(1))]


def kind_of(stretch: Stretch) -> str:
    """What kind of quantity a charge counts: energy, a mass, or a unit that is its own kind."""
    unit = stretch.use.unit if stretch.use else ""
    return UNITS[unit][0] if unit in UNITS else unit


def sources(charge: Mapping[str, Any]) -> list[str]:
    """What a charge counts: its use, and those beside it."""
    own = charge.get("register") or charge.get("usage")
    return [*([own] if own else []), *(charge.get("beside") or {}).values()]


def keys_of(document: Mapping[str, Any], charge: Mapping[str, Any]) -> list[str]:
    """The registers that a charge looks at."""
    return sorted({key for source in sources(charge) for key in registers(document, source)})


def see_that_all_was_read(
    log: Log, segment: Segment, parts: Sequence[Segment], divided: Sequence[Run], charge: Mapping[str, Any]
) -> None:
    """Nothing read is not no use: each register must have said something in those days of the period that count it."""
    edges = str((segment.document.get("settings") or {}).get("edges", "last_read"))
    for key in keys_of(segment.document, charge):
        spans = []
        for run in divided:
            document = parts[run.last].document
            other = charge_of(document, run.name)
            if other is not None and key in keys_of(document, other):
                spans.append((parts[run.first].span[0], parts[run.last].span[1]))
        if not was_read(log, key, spans, edges):
            raise NotCounted(f"{key} was not read")
        approved = log.registers[key].approved_until
        if (
            approved
            and segment.after_last - timedelta(1) > approved
            and segment.document["supplier"]["country"] == "DE"
        ):
            raise NotCounted(f"{key} is approved until {approved}")


def short_of(facts: Facts, contract: str, first: date) -> str | None:
    """Why a period of a contract may not be billed yet for want of readings, by what is known now; None if it may."""
    versions = [version for version in facts.versions if version.contract == contract and version.released]
    newest = max(versions, key=lambda version: version.number).document
    period = next((period for period in billing_periods(newest, first) if period.first == first), None)
    if period is None or not any(least_coverage(version.document) for version in versions):
        return None
    log, parts = Log(facts), segments(versions, period)
    documents = [part.document for part in parts]
    divided = runs(documents)
    bounded = bounds(documents, divided)
    for run in divided:
        segment = Segment(period, parts[run.first].first, parts[run.last].after_last, parts[run.last].version)
        charge = charge_of(segment.document, run.name)
        if charge is None or in_advance(charge):  # it was billed with the period before, whatever its price waits for
            continue
        days = {parts[place].first for place in bounded.get(run.name, ())}
        try:
            see_that_enough_was_read(log, between_moves(facts, segment, charge, days), charge)
        except (NotCounted, CannotRate) as reason:
            return str(reason)
    return None


def see_that_enough_was_read(log: Log, pieces: Sequence[Segment], charge: Mapping[str, Any]) -> None:
    """Of each register that has intervals, so large a part of those of some days must have been read as was agreed."""
    document = pieces[0].document
    least = least_coverage(document)
    for key in keys_of(document, charge):
        minutes = log.registers[key].interval_minutes
        if minutes is None:
            continue
        starts = {row.start for row in log.known(key) if row.value is not None}
        expected = sum((piece.span[1] - piece.span[0]) // timedelta(minutes=minutes) for piece in pieces)
        read = sum(piece.span[0] <= start < piece.span[1] for piece in pieces for start in starts)
        if Fraction(read) < least * expected:
            raise NotCounted(f"of {key} {read} of {expected} intervals were read")


def least_coverage(document: Mapping[str, Any]) -> Fraction:
    """The part of the intervals that is agreed; all of them unless it is, or none by an older arithmetic."""
    settings = document.get("settings") or {}
    otherwise = "1" if int(settings.get("arithmetic", 3)) > _BILLED_WHATEVER_THERE_WAS else "0"
    return Fraction(settings.get("least_coverage") or otherwise)


def stretch_of(
    facts: Facts,
    log: Log,
    newest: Mapping[str, Any],
    segment: Segment,
    charge: Mapping[str, Any],
    amounts: Mapping[str, Fraction],
) -> Stretch:
    """What a charge's rule has to know of a segment."""
    document, (begin, end) = segment.document, segment.span
    own = charge.get("register") or charge.get("usage")
    return Stretch(
        first=segment.first,
        after_last=segment.after_last,
        whole_first=segment.period.whole_first,
        whole_after_last=segment.period.whole_after_last,
        document=document,
        charge=charge,
        starts=day_of(newest["starts"]),
        ends=until(newest),
        suspensions=tuple(
            (day_of(pause["first"]), day_of(pause["after_last"])) for pause in newest.get("suspensions") or ()
        ),
        use=used(log, document, own, begin, end, asks(charge)) if own else None,
        auxiliary={
            name: used(log, document, source, begin, end, Ask(states=True))
            for name, source in (charge.get("beside") or {}).items()
        },
        registers=len(registers(document, own)) if own else 1,
        amounts=amounts,
        index=lambda index, month: index_value(facts, index, month),
    )


def index_value(facts: Facts, index: str, month: str) -> Fraction | None:
    """The last released value of a month, or of the first series that the index goes on in that has one, times a factor."""
    for fact in reversed(facts.index_values):
        if (fact.index, fact.month) == (index, month) and fact.released:
            return Fraction(fact.value)
    links = [fact.links for fact in facts.links if fact.index == index]
    for other, factor in links[-1] if links else ():
        value = index_value(facts, other, month)
        if value is not None:
            return value * Fraction(factor)
    return None


def rounded_lines(
    segment: Segment,
    days: Segment,
    charge: Mapping[str, Any],
    lines: Sequence[RatedLine],
    so_far: SoFar,
) -> list[NetLine]:
    """The lines with their net amounts: each is rounded by itself, those that share a discount as one sum."""
    mode = mode_of(segment.document)
    return [
        NetLine(
            segment=segment,
            first=days.first,
            after_last=days.after_last,
            charge=charge["name"],
            nature=line.nature,
            amount=amount,
            in_advance=in_advance(charge),
            of=""
            if line.nature == "prepayment"
            else line.of,  # what is drawn pays for a charge, and is billed for itself
        )
        for line, amount in zip(lines, nets(lines, segment.document["currency"], mode, so_far), strict=True)
    ]


def mode_of(document: Mapping[str, Any]) -> str:
    """How the amounts of a contract are rounded."""
    return str((document.get("settings") or {}).get("rounding", "half_up"))
