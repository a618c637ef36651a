"""Who has which part of the charges of a contract, all periods together: docs/payees.md.

A charge with a waterfall is shared by that, over what it comes to in a period. What reduces charges goes with what it
reduces, in the proportion of what each has of that; what is drawn of a prepayment pays for them, and reduces nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.lives.facts import Facts
from tests.lives.oracle import shared
from tests.lives.oracle.clock import day_of
from tests.lives.oracle.dividing import runs, seen
from tests.lives.oracle.kinds import charge_of, kind_of, kind_seen
from tests.lives.oracle.last_place import minor_units
from tests.lives.oracle.lines import NetLine, Segment, place_of, segments
from tests.lives.oracle.periods import BillingPeriod
from tests.lives.oracle.rules import in_advance, over_amounts

#: The lines of a contract, each with whether a dispute holds it apart.
Lines = Sequence[tuple[NetLine, bool]]


def shares_owed(facts: Facts, contract: str, lines: Lines) -> Iterator[tuple[tuple[str, str, str], Decimal]]:
    """What each has of the charges of a contract that are shared, and of which no dispute holds anything apart.

    Of charges that an amendment makes into what reduces, or out of it, ``reductions_shared`` says it.
    """
    versions = [version.document for version in facts.versions if version.contract == contract]
    names = shared.names(versions) | {line.charge for line, _ in lines if line.nature == "prepayment"}
    names -= {line.charge for line, apart in lines if apart or is_reducing(line)}
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for (name, _), of_charge in shares_by_period(facts, contract, lines).items():
        for payee, part in of_charge.items() if name in names else ():
            sums[contract, name, payee] += part
    yield from sums.items()


def shares_by_period(facts: Facts, contract: str, lines: Lines) -> dict[tuple[str, date], dict[str, Decimal]]:
    """What each has of the charges of a contract by their own waterfalls, by charge and by the period's first day.

    Each step is rounded as the version says that is in force on the first of the days, be any line of that day or not.
    """
    versions = [version for version in facts.versions if version.contract == contract and version.released]
    newest = max(versions, key=lambda version: version.number).document
    paused = [(day_of(pause["first"]), day_of(pause["after_last"])) for pause in newest.get("suspensions") or ()]
    groups: dict[tuple[str, date, str], list[NetLine]] = defaultdict(list)
    for line, _ in lines:
        fall = (charge_of(line.segment.document, line.charge) or {}).get("waterfall")
        groups[line.charge, line.segment.period.first, shared.alike(fall)].append(line)
    sums: dict[tuple[str, date], dict[str, Decimal]] = defaultdict(dict)
    for (name, first_of_period, fall), own in groups.items():
        period, parts = own[0].segment.period, segments(versions, own[0].segment.period)
        days, document = set[date](), dict[str, Any]()
        for run in runs([part.document for part in parts]):
            charge = charge_of(parts[run.last].document, run.name) or {}
            if run.name == name and shared.alike(charge.get("waterfall")) == fall:
                document = document or dict(parts[run.last].document)
                span = (parts[run.last].after_last - parts[run.first].first).days
                billed = {parts[run.first].first + timedelta(at) for at in range(span)}
                without = [] if charge.get("while_suspended") == "true" else paused
                days |= {day for day in billed if not any(first <= day < last for first, last in without)}
        amount, whole = sum((line.amount for line in own), Decimal(0)), period.whole_after_last - period.whole_first
        of = shared.Sum(document or own[0].segment.document, json.loads(fall), amount, len(days), whole.days)
        known = sums[name, first_of_period]
        sums[name, first_of_period] = shared.added([known, shared.shares(of)])
    return sums


def reductions_shared(
    facts: Facts, contract: str, lines: Lines
) -> Iterator[tuple[tuple[str, str, str], tuple[Fraction, Decimal]]]:
    """What each has of what reduces charges that are shared, in the proportion of what each has of them, unrounded.

    Of charges of which a dispute holds something apart nothing is said, and nothing where a fee in advance is seen on a
    part of its days: that is of another document. What an amendment makes into what reduces, or out of it, is shared by
    its waterfall as long as it has one.
    """
    by_waterfall = [(line, apart) for line, apart in lines if not is_reducing(line)]
    of_period: dict[tuple[str, date], dict[str, Fraction]] = {
        key: {payee: Fraction(part) for payee, part in parts.items()}
        for key, parts in shares_by_period(facts, contract, by_waterfall).items()
    }
    silent = {line.charge for line, apart in lines if apart}
    reducing = [line for line, _ in lines if is_reducing(line)]
    reducing.sort(key=lambda line: (line.segment.period.first, *place_of(line.segment.document, line.charge)))
    names = {line.charge for line in reducing}
    sums: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for (name, _), parts in of_period.items():
        for payee, part in parts.items() if name in names else ():
            sums[contract, name, payee] += part
    count: dict[tuple[str, str], int] = defaultdict(int)
    for line in reducing:
        first = line.segment.period.first
        reduced = [other for name, other in reduced_by(line) if line.of in ("", name)]
        if any(map(in_advance, reduced)) and len(segments_of(facts, contract, line.segment.period)) > 1:
            silent.add(line.charge)
        is_shared = line.amount < 0 and any(other.get("waterfall") for other in reduced)
        of_reduced = [of_period.get((other["name"], first), {}) for other in reduced] if is_shared else []
        known = of_period.setdefault((line.charge, first), {})
        count[contract, line.charge] += 1
        for payee, part in in_their_proportion(line, of_reduced).items():
            known[payee] = known.get(payee, Fraction(0)) + part
            sums[contract, line.charge, payee] += part
    for key, amount in sums.items():
        coin = Decimal(1).scaleb(-minor_units(lines[0][0].segment.document["currency"]))
        if key[1] not in silent:
            yield key, (amount, coin * (count[key[:2]] + 1))


def reduced_by(line: NetLine) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The charges that a line may reduce: of a deposit and of what is paid before only what names nothing else."""
    document = line.segment.document
    charge = charge_of(document, line.charge) or {}
    beside = {"deposit", "prepayment"} - {kind_seen(document, charge)}
    yield from ((name, other) for name, other in seen(document, charge) if kind_of(document, other) not in beside)


def in_their_proportion(line: NetLine, of_reduced: Sequence[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """A line divided as what each has of what it reduces, unrounded; the supplier's, where nobody has any of that."""
    weights: dict[str, Fraction] = defaultdict(Fraction)
    for parts in of_reduced:
        for payee, amount in parts.items():
            weights[payee] += amount
    above = {payee: amount for payee, amount in weights.items() if amount > 0}
    above = above or {line.segment.document["supplier"]["name"]: Fraction(1)}
    return {payee: Fraction(line.amount) * own / sum(above.values()) for payee, own in above.items()}


def segments_of(facts: Facts, contract: str, period: BillingPeriod) -> list[Segment]:
    versions = [version for version in facts.versions if version.contract == contract and version.released]
    return segments(versions, period)


def is_reducing(line: NetLine) -> bool:
    """Whether a line is of a charge over amounts that does not say itself who shares it.

    What is drawn of a prepayment is not: it pays for a charge, and takes nothing off it.
    """
    charge = charge_of(line.segment.document, line.charge)
    if charge is None or charge["rule"]["kind"] == "drawdown":
        return False
    return over_amounts(charge) and not charge.get("waterfall")
