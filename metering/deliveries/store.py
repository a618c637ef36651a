"""Deliveries: readings compared with the log and appended, exchanges declared, and readings withdrawn."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import chain

import numpy as np
from sqlmodel import Session, col, func, select

from metering.consumption.use import EventKind
from metering.deliveries.batches import (
    ask_locked_batch,
    earlier_receipt,
    open_locked_batch,
    save_batch,
    save_changes,
)
from metering.deliveries.counter_reads import refuse_impossible_reads
from metering.deliveries.counters_set_right import recorded_resets, withdrawn_reads
from metering.deliveries.delivery import INSTANT, ChangedRange, LogDelta, compare
from metering.deliveries.exchanges import ExchangeReads
from metering.deliveries.neighbours import (
    ask_around,
    ask_events,
    events_of_counters,
    fetch_spans,
    last_read_before,
    refuse_falls,
)
from metering.deliveries.receipt import VERDICTS_KEPT, DeclaredExchange, Receipt, RefusedWhole, Sender
from metering.deliveries.resets import Resets, with_opening_reads
from metering.deliveries.stated_exchanges import contradiction, is_declared, undated, without_new_device
from metering.fleet.meter import RegisterKind
from metering.fleet.store import NoSuchRegister, StoredRegister, register_of_key, registers, series_numbers
from metering.ingest import Parsed, StatedExchange
from metering.log import store
from metering.log.columns import DAY_US, SERIES_MAX, Readings, changes, distinct, instant_of, micros, readings_of_series
from metering.log.reading import Quality, Verdict, limit_refusals
from metering.log.transaction import together
from metering.quality.validation.store import ask_checked, examine
from metering.records.file_reading import storable_dialect, storable_statements
from metering.tables import BatchTouchRow, ReadingRow, RegisterEventRow
from quantities.errors import Invalid, slug
from quantities.number import ARITHMETIC_DIGITS, plain
from quantities.period import Period, utc

_PART_ROWS = 400_000


def deliver(
    session: Session,
    sender: Sender,
    raw: bytes,
    parsed: Parsed,
    known: Mapping[str, StoredRegister],
    *,
    exchanges: tuple[DeclaredExchange, ...] = (),
    atomic: bool = False,
    replaces: Period | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Receipt:
    """Store a delivery.

    Args:
        session: states the tenant; the delivery is part of its transaction.
        sender: who delivers, from where, when and why.
        raw: the bytes as received; only their hash is stored.
        parsed: the readings and verdicts of these bytes.
        known: the registers that they name, by key.
        exchanges: those of devices that the file has declared, for the receipt.
        atomic: store all rows or none.
        replaces: the range that the delivery restates in full for every register that it names.
        progress: called with the number of readings compared and written so far, and the number of all.

    Raises:
        RefusedWhole: ``atomic``, and a row has a verdict; nothing is stored.
        KeyUsedOtherwise: the idempotency key was used for another request.
    """
    payload_sha256 = hashlib.sha256(raw).digest()
    earlier = earlier_receipt(session, sender, payload_sha256)
    if earlier is not None:
        return earlier
    numbers = series_numbers(session, parsed.series, known)
    main_series = {number: known[key.register].series for key, number in numbers.items()}
    every_series = [series for key in numbers for series in known[key.register].all_series]
    of_series = {series: known[key.register] for key, series in numbers.items()}
    readings = _renumbered(parsed.readings, [numbers[key] for key in parsed.series])
    resets = {(numbers[parsed.series[at]], start): reset for (at, start), reset in parsed.resets.items()}
    with together(session) if replaces is None and _are_few(readings) else nullcontext():
        number = ask_locked_batch(session, [*every_series, *numbers.values()])
        deltas, events = _append_parts(
            session, readings, of_series, number, replaces, resets, refused=len(parsed.verdicts), progress=progress
        )
        if replaces is not None:
            omitted = _omitted_series(readings, replaces, of_series)
            main_series |= {series: register.series for series, register in omitted.items()}
            deltas += _withdraw(session, omitted, replaces, number())
        verdicts = sorted(
            chain(parsed.verdicts, *(delta.verdicts for delta in deltas)), key=lambda verdict: verdict.line
        )
        if atomic and verdicts:
            raise RefusedWhole.of(verdicts)
        receipt = replace(
            _receipt(number(), deltas),
            unchanged=sum(delta.unchanged for delta in deltas) + parsed.repeated,
            refused=len(verdicts),
            verdicts=tuple(verdicts[:VERDICTS_KEPT]),
            exchanges=exchanges,
            how_read=storable_statements(parsed.how_read),
            dialect=storable_dialect(parsed.dialect),
            profile=sender.profile,
        )
        kind = "import" if replaces is None else "replacement"
        seen_before = save_batch(session, sender, payload_sha256, kind, receipt)
        touched = save_changes(session, number(), deltas, events, main_series)
        checked = ask_checked(session, [changed.series for changed in touched])
    receipt = replace(receipt, seen_before=seen_before())
    if keys := checked():
        examine(session, receipt.batch, _periods(touched), keys)
    if resets:
        receipt = replace(receipt, resets=recorded_resets(session, receipt.batch))
    withdraws = replaces is None and any(delta.withdraws_reads for delta in deltas)
    return replace(receipt, withdrawn=withdrawn_reads(session, receipt.batch)) if withdraws else receipt


def _periods(touched: Sequence[ChangedRange]) -> list[tuple[int, Period]]:
    return [(changed.series, Period(changed.start, changed.end)) for changed in touched]


#: Few readings that reach over no more time than this, added up over their series, have few stored ones around them.
_SHORT_US = 31 * DAY_US


def _are_few(readings: Readings) -> bool:
    """Whether readings, by series and start, and the stored ones around them are so few that nothing is copied."""
    if len(readings) > store.FEW:
        return False
    begins = changes(readings.series)
    steps = np.diff(readings.start, prepend=0)
    return int(steps[~begins].sum()) <= _SHORT_US


def receipt_of_request(session: Session, sender: Sender, raw: bytes) -> Receipt | None:
    """The receipt of an earlier request with the sender's idempotency key; None if there is no key or no such request.

    Raises:
        KeyUsedOtherwise: the earlier request had another payload or other parameters.
    """
    if sender.idempotency_key is None:
        return None  # and the hash of a large file takes a while
    return earlier_receipt(session, sender, hashlib.sha256(raw).digest())


def declare_stated_exchanges(
    session: Session, sender: Sender, parsed: Parsed, known: Mapping[str, StoredRegister]
) -> tuple[Parsed, tuple[DeclaredExchange, ...]]:
    """Declare the exchanges of devices that a file states, before its readings are compared with the log.

    Args:
        session: states the tenant.
        sender: of the file.
        parsed: the file.
        known: the registers that it names, by key.

    Returns:
        The file; where an exchange cannot be declared, without the reads of the new device, which have verdicts. And
        the exchanges that are declared now: one that is declared already stays as it is; the file's opening read
        repeats it or has a verdict.
    """
    if not parsed.exchanges:
        return parsed, ()
    named = {*(key.register for key in parsed.series), *(stated.register for stated in parsed.exchanges)}
    store.lock_series(session, [series for key in named for series in known[key].all_series])  # all, as deliver does
    refused, contradicting, repeated, declared_now = [], [], 0, []
    for stated in parsed.exchanges:
        register = known[stated.register]
        counter = events_of_counters(session, [register.series], {register.series: register})
        declared = counter.declared.get(register.series, {})
        repeated += stated.closed_at == stated.opened_at
        if is_declared(stated, declared):
            verdict = contradiction(stated, declared)
            if verdict is not None:
                contradicting.append(verdict)
            continue
        outcome = undated(stated) or _declare(session, sender, stated)
        if isinstance(outcome, Verdict):
            refused.append((stated, outcome))
        else:
            declared_now.append(DeclaredExchange.of(stated, outcome))
    repeated -= len(contradicting) + sum(stated.closed_at == stated.opened_at for stated, _ in refused)
    both = tuple(sorted((*parsed.verdicts, *contradicting), key=lambda verdict: verdict.line))
    rest = without_new_device(replace(parsed, verdicts=both, repeated=parsed.repeated + repeated), refused)
    return rest, tuple(declared_now)


def _declare(session: Session, sender: Sender, stated: StatedExchange) -> int | Verdict:
    """Declare an exchange of a file: the number of its batch, or the refusal as a verdict on its opening read."""
    declaring = Sender(f"{sender.source}, line {stated.line}", sender.recorded_by, sender.recorded_at, sender.reason)
    reads = {"closing": stated.closing, "opening": stated.opening}
    try:
        with session.begin_nested():
            return exchange(session, declaring, stated.register, stated.opened_at, serial=stated.serial, **reads)
    except Invalid as error:
        actual, expected = (str(error.members.get(member, "")) for member in ("found", "expected"))
        return Verdict(stated.line, slug(type(error)).replace("-", "_"), actual, expected)


def _receipt(number: int, deltas: Sequence[LogDelta]) -> Receipt:
    """The receipt of what was appended; without verdicts."""
    return Receipt(
        number,
        stored=sum(len(delta.readings) for delta in deltas),
        corrected=sum(int(delta.corrected.sum()) for delta in deltas),
        unchanged=sum(delta.unchanged for delta in deltas),
        refused=0,
    )


def _renumbered(readings: Readings, numbers: Sequence[int]) -> Readings:
    """Replace positions in a list of series by the numbers of the series, and sort by these numbers and start."""
    series = np.array([*numbers, 0], np.int64)[readings.series]
    renumbered = replace(readings, series=series)
    if len(series) and bool((series[1:] < series[:-1]).any()):
        return renumbered.at(np.lexsort((readings.start, series)))
    return renumbered


def _parts(readings: Readings, *, whole_series: bool) -> Iterator[Readings]:
    """Cut a delivery into parts that fit into memory together with what is stored.

    A part has at most 400,000 rows and ``SERIES_MAX`` series. With ``whole_series`` a series is never cut, so that a
    range that is replaced is compared at once; then a part may have more rows.
    """
    edges = np.flatnonzero(changes(readings.series))
    start = 0
    while start < len(readings):
        stop = min(start + _PART_ROWS, len(readings))
        later = np.searchsorted(edges, start, side="right") + SERIES_MAX - 1
        stop = min(stop, int(edges[later])) if later < len(edges) else stop
        if whole_series and stop < len(readings):
            ahead = int(np.searchsorted(edges, stop, side="left"))
            before = int(edges[ahead - 1])
            stop = stop if ahead < len(edges) and edges[ahead] == stop else before
            if stop <= start:
                stop = int(edges[ahead]) if ahead < len(edges) else len(readings)
        yield readings.between(start, stop)
        start = stop


def _append_parts(
    session: Session,
    readings: Readings,
    of_series: Mapping[int, StoredRegister],
    number: Callable[[], int],
    replaces: Period | None,
    resets: Resets,
    *,
    refused: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[list[LogDelta], list[RegisterEventRow]]:
    """Compare the parts of a delivery with the log, and append what is new; ``refused`` rows have verdicts already."""
    deltas: list[LogDelta] = []
    events: list[RegisterEventRow] = []
    done = 0
    for part in _parts(readings, whole_series=replaces is not None):
        delta, detected = _append_changes(session, part, of_series, number, replaces, resets)
        deltas.append(delta)
        events += detected
        limit_refusals(refused + sum(len(delta.verdicts) for delta in deltas), "all others")
        done += len(part)
        if progress is not None:
            progress(done, len(readings))
    return deltas, events


def _append_changes(
    session: Session,
    delivered: Readings,
    of_series: Mapping[int, StoredRegister],
    opened: Callable[[], int],
    replaces: Period | None,
    resets: Resets,
) -> tuple[LogDelta, list[RegisterEventRow]]:
    """Compare a part of a delivery with the log, and append what is new."""
    around = ask_around(session, delivered, replaces)
    events_around = ask_events(session, distinct(delivered.series), of_series)
    number, stored, known = opened(), around(), events_around()
    delta = compare(delivered, stored, replaces, known.exchanges)
    delta = with_opening_reads(delta, delivered, stored, resets, known)
    delta, stored, live = refuse_impossible_reads(
        session, delta, stored, of_series, known, number=number, stated=resets
    )
    delta, events = refuse_falls(delta, stored, of_series, known, number, resets, live=live)
    if len(delta.readings):
        store.append_readings(session, delta.readings, number)
    return delta, events


def _omitted_series(
    readings: Readings, replaces: Period, of_series: Mapping[int, StoredRegister]
) -> dict[int, StoredRegister]:
    """The other series of the replaced registers that the delivery leaves out; their readings are withdrawn."""
    inside = (readings.start >= micros(replaces.start)) & (readings.end <= micros(replaces.end))
    replaced = [of_series[series] for series in np.unique(readings.series[inside]).tolist()]
    others = {series: register for register in replaced for series in register.all_series}
    return {series: register for series, register in others.items() if series not in of_series}


def _withdraw(session: Session, omitted: Mapping[int, StoredRegister], replaces: Period, number: int) -> list[LogDelta]:
    """Withdraw the readings of a range of the series that a delivery leaves out."""
    deltas = []
    for series in omitted:
        stored = fetch_spans(session, {series: (replaces.start, replaces.end)})
        delta = compare(Readings.of(), stored, replaces)
        if len(delta.readings):
            store.append_readings(session, delta.readings, number)
            deltas.append(delta)
    return deltas


def record_readings(
    session: Session,
    sender: Sender,
    kind: str,
    register: StoredRegister,
    readings: Readings,
    replaces: Period | None = None,
) -> Receipt:
    """Write readings of one register that came by other means than a file, compared with the log like any delivery.

    Args:
        session: states the tenant.
        sender: who delivers, from where, when and why.
        kind: of the batch.
        register: the readings belong to ``register.series``.
        readings: by start.
        replaces: the range that is restated in full, for all series of the register.

    Raises:
        RefusedWhole: one of the readings contradicts what is stored.
    """
    number = open_locked_batch(session, register.all_series)
    deltas, events = [], []
    of_series = dict.fromkeys(register.all_series, register)
    known = events_of_counters(session, of_series, of_series)
    for series in register.all_series if replaces is not None else (register.series,):
        restated = readings if series == register.series else Readings.of()
        stored = Readings.of()
        if len(restated) or replaces:
            stored = fetch_spans(session, {series: _extent(restated, replaces)})
        delta = compare(restated, stored, replaces, known.exchanges)
        delta, detected = refuse_falls(delta, stored, of_series, known, number)
        if delta.verdicts:
            verdicts = [asdict(verdict) for verdict in delta.verdicts]
            raise RefusedWhole(delta.verdicts[0].expected, verdicts=verdicts)
        store.append_readings(session, delta.readings, number)
        deltas.append(delta)
        events += detected
    receipt = _receipt(number, deltas)
    save_batch(session, sender, b"", kind, receipt)
    touched = save_changes(session, number, deltas, events, dict.fromkeys(register.all_series, register.series))
    examine(session, number, _periods(touched))
    return receipt


def _extent(readings: Readings, replaces: Period | None) -> tuple[datetime, datetime]:
    instants = [instant_of(readings.start[0]), instant_of(int(readings.end.max()) + 1)] if len(readings) else []
    edges = [*instants, *((replaces.start, replaces.end) if replaces else ())]
    return min(edges), max(edges)


def withdraw(session: Session, sender: Sender, key: str, period: Period) -> Receipt:
    """Withdraw all live readings of a register that start in a period; as of earlier batches they remain visible.

    The opening read of an exchange stays: it was declared and not delivered.

    Raises:
        NoSuchRegister: no register has that key.
    """
    return record_readings(session, sender, "withdrawal", register_of_key(session, key), Readings.of(), period)


class FallingClosingRead(Invalid):
    """The closing read is below an earlier read of the device."""


class OpeningReadAboveNext(Invalid):
    """The opening read is above the next read of the counter."""


class UnfitExchangeRead(Invalid):
    """The register cannot show the closing or the opening read."""


def exchange(
    session: Session, sender: Sender, key: str, at: datetime, closing: Decimal, opening: Decimal, serial: str | None
) -> int:
    """Declare that the device of a meter was exchanged or, without a new serial number, that its counter was reset.

    The opening read becomes a reading of the log and takes the place of whatever was read at that instant. So does a
    later declaration for the same instant.

    Args:
        session: states the tenant.
        sender: who declares it, when and why.
        key: of the register.
        at: the instant from which the new figures count.
        closing: the last value of the old counter.
        opening: the first value of the new counter.
        serial: serial number of the new device; None if the device stayed and its counter was reset.

    Returns:
        The number of the batch that records it.

    Raises:
        NoSuchRegister: there is no cumulative register of that key.
        NaiveInstant: ``at`` has no offset from UTC.
        UnfitExchangeRead: the register cannot show ``closing`` or ``opening``: negative, too fine or too large.
        FallingClosingRead: the last read before ``at`` is above ``closing``.
        OpeningReadAboveNext: the first read after ``at`` is below ``opening``, and no rollover.
    """
    at = utc(at)
    register = registers(session, [key]).get(key)
    if register is None or register.register.kind is not RegisterKind.CUMULATIVE:
        raise NoSuchRegister(f"{key!r} is no cumulative register", found=key, expected="a cumulative register's key")
    _refuse_unfit_reads(register, closing, opening)
    series, of_series = register.series, {register.series: register}
    number = open_locked_batch(session, [series])
    before = last_read_before(session, series, at)
    if before is not None and closing < before:
        raise FallingClosingRead(
            f"{key} showed {plain(before)} already",
            place="closing",
            found=plain(closing),
            expected=f"at least {plain(before)}",
        )
    kind = EventKind.RESET if serial is None else EventKind.EXCHANGE
    known = events_of_counters(session, [series], of_series).with_exchange(
        ExchangeReads(series, at, kind, closing=closing, opening=opening)
    )
    stored = fetch_spans(session, {series: (at, at + INSTANT)})
    read = readings_of_series(series, [(at, at, opening, int(Quality.VALID))])
    was_read = stored.is_live & (stored.start == micros(at))
    delta = LogDelta(read, corrected=np.array([was_read.any()], np.bool_), unchanged=0, verdicts=())
    delta, rollovers = refuse_falls(delta, stored, of_series, known, number)
    for verdict in delta.verdicts:
        detail = f"{key} cannot open at {verdict.found}"
        raise OpeningReadAboveNext(detail, place="opening", found=verdict.found, expected=verdict.expected)
    with localcontext(prec=ARITHMETIC_DIGITS):
        gained = closing - opening
    save_batch(session, sender, b"", kind.value, _receipt(number, [delta]))
    store.append_readings(session, delta.readings, number)
    session.add(RegisterEventRow(series=series, at=at, batch=number, kind=kind.value, gained=gained, serial=serial))
    session.add_all(rollovers)
    last: datetime = session.exec(select(func.max(ReadingRow.start)).where(col(ReadingRow.series) == series)).one()
    touched = Period(at, last + INSTANT)
    session.add(BatchTouchRow(series=series, batch=number, start=touched.start, end=touched.end, corrected=1))
    session.flush()
    examine(session, number, [(series, touched)])
    return number


def _refuse_unfit_reads(register: StoredRegister, closing: Decimal, opening: Decimal) -> None:
    """Refuse reads that a delivery could not have either."""
    of = register.register
    for name, value in (("closing", closing), ("opening", opening)):
        if value < 0 or not of.shows(value) or (of.modulus is not None and value >= of.modulus):
            below = "" if of.modulus is None else f" and below {plain(of.modulus)}"
            raise UnfitExchangeRead(
                f"{of.key} cannot show {plain(value)}, its {name} read",
                place=name,
                found=plain(value),
                expected=f"a multiple of {of.resolution}, at least 0{below}",
            )


def record_without_readings(session: Session, sender: Sender, kind: str, register: StoredRegister) -> Receipt:
    """Record as a batch what changes no reading, so that it has its place among them."""
    number = open_locked_batch(session, [register.series])
    receipt = Receipt(number, 0, 0, 0, 0)
    save_batch(session, sender, b"", kind, receipt)
    return receipt


def rerun_checks(session: Session, sender: Sender, key: str, period: Period) -> tuple[int, int]:
    """Run the checks of a register over a period again, as after a delivery: for checks that are new or have changed.

    Returns:
        The number of the batch that records it, and the number of new findings.

    Raises:
        NoSuchRegister: no register has that key.
    """
    register = register_of_key(session, key)
    number = record_without_readings(session, sender, "check", register).batch
    return number, examine(session, number, [(register.series, period)])
