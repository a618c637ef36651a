"""Local times with a mark behind them that tells their instant: ``01:30 EDT``, ``02:15 B``.

An abbreviation is no offset by itself: EST is of New York and, in other files, of Sydney. It tells an instant where
the zone is known and its clock has that name then. ``A`` and ``B`` are the first and the second of two hours that a
clock shows when it is put back; elsewhere they tell nothing, and the row is refused.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np

from metering.fleet.lookup import TargetRegister
from metering.ingest.how_read import Aspect, Basis, HowRead
from metering.ingest.no_reading import NoReading
from metering.ingest.time_columns import TimeColumn
from metering.log.columns import Ints, instant_of, micros

_WHICH_HOUR = {"A": 0, "B": 1}


def first_zone_name(time: TimeColumn) -> tuple[int, str] | None:
    """The first row with an abbreviation of a zone behind its time, and that abbreviation; None: no row has one."""
    if time.marks is None:
        return None
    listed = [at for at, name in enumerate(time.marks.names) if name not in _WHICH_HOUR]
    rows = np.flatnonzero(np.isin(time.marks.code, listed) & time.known)
    return (int(rows[0]), time.marks.names[time.marks.code[rows[0]]]) if len(rows) else None


def with_instants(
    time: TimeColumn, code: Ints, targets: Sequence[TargetRegister], column: str
) -> tuple[TimeColumn, tuple[HowRead, ...]]:
    """The times of a column, those with a mark as instants; a mark that its zone does not have then is no time.

    Args:
        time: of each row.
        code: per row, the position of its register in ``targets``; -1: unknown.
        targets: the registers, in the zone of their site or in the one that the sender says.
        column: its name.
    """
    if time.marks is None or not targets:
        return time, ()
    zones = list(dict.fromkeys(target.zone for target in targets))
    of_target = np.array([zones.index(target.zone) for target in targets], np.int64)
    rows = np.flatnonzero((time.marks.code >= 0) & time.known & time.is_local & (code >= 0))
    written, place = np.unique(
        np.stack([time.us[rows], time.marks.code[rows], of_target[code[rows]]]), axis=1, return_inverse=True
    )
    us, is_local, known = time.us.copy(), time.is_local.copy(), time.known.copy()
    instants: list[int | None] = []
    unfit: list[NoReading | None] = []
    offsets: dict[str, str] = {}
    for local, mark, number in written.T.tolist():
        name, zone = time.marks.names[mark], zones[number]
        instant = _instant(local, name, zone)
        instants.append(None if instant is None else micros(instant))
        unfit.append(_unfit(local, name, zone) if instant is None else None)
        if instant is not None:
            offsets.setdefault(name, _offset(instant, name, zone))
    place = place.reshape(-1)
    of_written = np.array([instant is not None for instant in instants], np.bool_)
    us[rows] = np.array([instant or 0 for instant in instants], np.int64)[place]
    is_local[rows], known[rows] = False, of_written[place]
    refused = {int(row): why for row, at in zip(rows, place, strict=True) if (why := unfit[at]) is not None}
    how = [HowRead(Aspect.ZONE, taken, Basis.STATED, "the cells", column) for taken in offsets.values()]
    return replace(time, is_local=is_local).at(us).without(known, refused), tuple(how)


def _instant(us: int, name: str, zone: tzinfo) -> datetime | None:
    """The only instant at which the clock of a zone shows a time and has a name, or shows it as the first or second."""
    local = instant_of(us).replace(tzinfo=None)
    instants = _instants(local, zone)
    if name in _WHICH_HOUR:
        return instants[_WHICH_HOUR[name]] if len(instants) > 1 else None
    named = [instant for instant in instants if instant.astimezone(zone).tzname() == name]
    return named[0] if len(named) == 1 else None


def _instants(local: datetime, zone: tzinfo) -> list[datetime]:
    try:
        instants = sorted({local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
        return [instant for instant in instants if instant.astimezone(zone).replace(tzinfo=None) == local]
    except OverflowError:
        return []


def _unfit(us: int, name: str, zone: tzinfo) -> NoReading:
    local = instant_of(us).replace(tzinfo=None)
    shown = f"{local.isoformat(' ')} {name}"
    if name in _WHICH_HOUR:
        return NoReading(
            "no_second_hour", shown, f"a time that the clock of {zone} shows twice, or no letter behind it"
        )
    names = sorted({str(instant.astimezone(zone).tzname()) for instant in _instants(local, zone)})
    has = f"{zone} has {' or '.join(names)} then" if names else f"the clock of {zone} never shows it"
    return NoReading("other_zone_name", shown, f"a time of the zone that is said: {has}; say another --zone")


def _offset(instant: datetime, name: str, zone: tzinfo) -> str:
    if name in _WHICH_HOUR:
        return f"{name} is the {'second' if _WHICH_HOUR[name] else 'first'} of two hours"
    minutes = (instant.astimezone(zone).utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{name} is UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
