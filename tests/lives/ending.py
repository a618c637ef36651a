"""The last act of a life: what is missing is delivered, what waits is released, and billed until nothing changes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.lives.documents import registers_in
from tests.lives.facts import ReadingFact
from tests.lives.life import Life, terms_of

_ROUNDS = 8
#: What was found to be stale is corrected so many days later, where no period is billed before: the contracts state no other.
_CORRECTED_AFTER_DAYS = 14


class Restless(AssertionError):
    """After so many runs with nothing new, bills still change."""


def finish(life: Life) -> dict[str, date]:
    """Complete a life.

    Returns:
        By contract, the day up to which its periods may be billed.
    """
    life.interruption.disarm()
    life.tell("— the last act —")
    for version in list(life.facts.versions):
        if not version.released:
            life.take(("release", {"contract": life.contracts.index(version.contract)}))
    complete_indices(life)
    for register in sorted({key for version in life.facts.versions for key in registers_in(version.document)}):
        complete_readings(life, register)
    through = bill_to_the_end(life)
    if life.held:  # a version that came late may count a register that said nothing in days that were billed before
        held = [version for version in life.facts.versions if version.contract in life.held]
        for register in sorted({key for version in held for key in registers_in(version.document)}):
            complete_readings(life, register, of_billed=True)
        through = bill_to_the_end(life)
    return through


def bill_to_the_end(life: Life) -> dict[str, date]:
    """Set the clock far behind every end, and bill until nothing changes any more."""
    life.now = the_end_of(life)
    for _ in range(_ROUNDS):
        made = life.bill()  # finds what is stale
        life.now += timedelta(days=_CORRECTED_AFTER_DAYS)
        if not life.bill() + made:
            break
    else:
        raise Restless(f"still billing after {_ROUNDS} runs")
    for stored in life.counting():
        key = stored.row.inputs.contract, stored.row.kind, stored.row.first
        life.facts.billed_at.setdefault(key, stored.row.created_at)
    return dict.fromkeys(life.contracts, life.now.date())


def the_end_of(life: Life) -> datetime:
    """Name an instant far behind the end of each version of each contract."""
    ends = [terms_of(version.document).until for version in life.facts.versions]
    last = max((end for end in ends if end is not None), default=life.first)
    return max(life.now, datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=130))


def complete_indices(life: Life) -> None:
    """Record a value for each month up to the end of every index that a contract follows, unless a link stands for it."""
    names = sorted({value.index for value in life.facts.index_values})
    for index in names:
        life.take(("release_index", {"index": index}))
        known = {value.month for value in life.facts.index_values if value.index == index}
        first, last = life.first.year * 12 + life.first.month - 8, life.first.year * 12 + life.first.month + 12
        months = [f"{at // 12}-{at % 12 + 1:02}" for at in range(first, last)]
        linked = any(link.index == index and link.links for link in life.facts.links)
        missing = {month: str(103 + number % 4) for number, month in enumerate(months) if month not in known}
        if missing and not linked:
            life.tell(f"{index}: {len(missing)} months are recorded")
            life.record_index(index, missing, release=True)


def complete_readings(life: Life, register: str, *, of_billed: bool = False) -> None:
    """Deliver what keeps the use of a register from being known in the periods that are not billed yet, and no more.

    A reading within a period that is billed would let it be rated again, and so mend what was missed before; so it is told
    only where that has failed already.
    """
    rows: list[ReadingFact] = []
    live = life.live(register)
    starts = {read.start for read in live}
    for day, minute, number in _missing(life, register, of_billed=of_billed):
        if life.instant(day, minute) in starts:
            continue
        reading = life.reading(register, day, minute, number, 0, among=[*live, *rows])
        if reading is not None:
            rows.append(reading)
    life.deliver(register, rows)


def _missing(life: Life, register: str, *, of_billed: bool) -> Iterator[tuple[int, int, int]]:
    kind = life.facts.registers[register].kind
    versions = [version for version in life.facts.versions if register in registers_in(version.document)]
    exact = any(version.document.get("settings", {}).get("edges") == "exact" for version in versions)
    if kind == "event":
        return
    every = 1 if exact or kind == "interval" else 2
    for day in _days_to_tell(life, sorted({version.contract for version in versions}), of_billed=of_billed):
        if day % every == 0:
            minute = 0 if exact and kind != "interval" else 300
            yield day, minute, int(Decimal(day * 7 % 13 + 3))


def _days_to_tell(life: Life, contracts: Sequence[str], *, of_billed: bool) -> list[int]:
    """The days of the periods of some contracts that are not billed, some before the first one, and some after the last."""
    periods = [stored for stored in life.counting() if stored.row.kind == "period"]
    billed = {(stored.row.inputs.contract, stored.row.first) for stored in periods}
    days: set[int] = set()
    for contract in contracts:
        terms = terms_of(life.versions(contract)[-1].document)
        for period in terms.periods():
            low, high = (period.first - life.first).days, (period.after_last - life.first).days
            if of_billed or (contract, period.first) not in billed:
                days |= set(range(low - (3 if period.first == terms.starts else 0), high + 1))
        end = ((terms.until or life.first) - life.first).days
        days |= set(range(end, end + 4))
    return sorted(days)
