"""Columns that say which of two equal hours a row is of: whether summer time is on, or whether the hour comes again.

A column has one vocabulary: ``S`` is summer beside ``W``, ``ora solare`` beside ``L``, and *sí* beside ``N``. Words
that two vocabularies read otherwise tell nothing, and neither do words of none; where an hour comes twice, the rows are
refused then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
import pyarrow as pa

from metering.fleet.lookup import TargetRegister
from metering.ingest import role_names
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.local_time import resolve, years_of
from metering.ingest.table_roles import Roles
from metering.ingest.time_columns import TimeColumn
from metering.log.columns import Flags, Ints, duration_us, instant_of, micros
from quantities.period import offset_changes

#: What the row parser reads in the column that is made of these: the earlier hour, the later one, or an unknown word.
EARLIER, LATER, UNKNOWN = "0", "1", "?"
_NEAR_US = 3 * 3_600_000_000


def _words(earlier: str, later: str) -> Mapping[str, str]:
    return {**dict.fromkeys(earlier.split(), EARLIER), **dict.fromkeys(later.split(), LATER)}


_SEASONS = _words(
    "s so sz sommer sommerzeit summer summertime dst daylight mesz cest eest west bst edt cdt mdt pdt été ete verano "
    "verão legale estate zomer zomertijd lato letni",
    "w wi wz winter winterzeit std st standard mez cet eet wet gmt est cst mst pst hiver invierno inverno solare "
    "wintertijd zima zimowy normalzeit",
)
_LETTERS = (_words("a first", "b second"), _words("v", "i"), _words("e", "h"), _words("l", "s"))
_YES, _NO = "y yes true t j ja oui o si sí s 1 x *", "n no nein false f non 0"
_IS_SUMMER, _IS_REPEATED = _words(_YES, _NO), _words(_NO, _YES)


def meanings(words: frozenset[str], *, of_repeated: bool, is_flag: bool = True) -> dict[str, str]:
    """What each word of a column says: the earlier hour, the later one, or nothing that is known.

    Args:
        words: those that occur, in lower case, without an empty one.
        of_repeated: whether the column says that an hour comes again, and not that summer time is on.
        is_flag: whether yes and no are among its words.
    """
    flags = (_IS_REPEATED if of_repeated else _IS_SUMMER,) if is_flag else ()
    fitting = [vocabulary for vocabulary in (_SEASONS, *_LETTERS, *flags) if words <= vocabulary.keys()]
    if not fitting or any(vocabulary[word] != fitting[0][word] for vocabulary in fitting for word in words):
        return dict.fromkeys(words, UNKNOWN)
    return {word: fitting[0][word] for word in words}


@dataclass(frozen=True, slots=True)
class HourColumn:
    """Which of two equal hours each row is of.

    Attributes:
        cells: per row ``EARLIER``, ``LATER``, ``UNKNOWN`` or nothing.
        how_read: what its words were taken for.
        column: its name.
        words: per row, as written.
        is_summer: whether it says on every day whether summer time is on.
    """

    cells: pa.Array
    how_read: HowRead
    column: str
    words: pa.Array
    is_summer: bool


def find(columns: Mapping[str, pa.Array], roles: Roles) -> HourColumn | None:
    """The column that says which of two equal hours a row is of, if the table has one."""
    role = next((role for role in ("repeated_hour", "summer_time") if role in columns), None)
    if role is None:
        return None
    column = columns[role]
    encoded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    words = [str(word or "").strip().casefold() for word in encoded.dictionary.to_pylist()]
    named = roles.typed(role)
    is_flag = role_names.plain_name(named) not in role_names.SEASONS
    taken = meanings(frozenset(words) - {""}, of_repeated=role == "repeated_hour", is_flag=is_flag)
    of_word = pa.array([taken.get(word, "") for word in words], pa.string())
    cells = pa.DictionaryArray.from_arrays(encoded.indices, of_word)
    shown = {EARLIER: "the earlier", LATER: "the later", UNKNOWN: "unknown"}
    what = ", ".join(f"{word} is {shown[taken[word]]}" for word in sorted(taken)) or "nothing"
    how = HowRead(Aspect.ZONE, f"of two equal hours: {what}"[:200], Basis.STATED, roles.where, named)
    return HourColumn(cells, how, named, encoded, role == "summer_time")


def contradicted(
    hours: HourColumn, time: TimeColumn, lines: Ints, code: Ints, targets: Sequence[TargetRegister]
) -> OpenQuestion | None:
    """The question about a row that is said to be in summer time where the clock of its zone is not, or not to be.

    Rows within three hours of a clock change are left out: theirs may be of the start or the end of an interval.
    """
    if not hours.is_summer:
        return None
    stated = np.asarray(hours.cells.cast(pa.string()).fill_null("").to_pylist(), object)
    for zone in dict.fromkeys(target.zone for target in targets):
        of_zone = np.array([target.zone == zone for target in targets], np.bool_)
        rows = np.flatnonzero(
            time.known & time.is_local & (code >= 0) & of_zone[code] & ((stated == EARLIER) | (stated == LATER))
        )
        if not len(rows):
            continue
        is_summer, is_sure = _summer(time.us[rows], zone)
        other = np.flatnonzero(is_sure & (is_summer != (stated[rows] == EARLIER)))
        if len(other):
            row = int(rows[other[0]])
            return _question(hours, f"line {lines[row]}", row, int(time.us[row]), zone)
    return None


def _summer(local: Ints, zone: tzinfo) -> tuple[Flags, Flags]:
    """Masks of the local times of a zone whose clock is ahead of its winter time; and of those far from a change."""
    instants, sure = resolve(local, zone)
    summer = np.zeros(len(local), np.bool_)
    for year in years_of(local):
        changes = offset_changes(zone, year)
        begin, end = (micros(datetime(edge, 1, 1, tzinfo=UTC)) for edge in (year, year + 1))
        here = (instants >= begin) & (instants < end)
        if len({ahead for _, ahead in changes}) <= 1:
            sure &= ~here
            continue
        winter = duration_us(min(ahead for _, ahead in changes))
        summer[here] = (local - instants)[here] > winter
        for change, _ in changes:
            sure &= np.abs(instants - micros(change)) > _NEAR_US
    return summer, sure


def _question(hours: HourColumn, line: str, row: int, us: int, zone: tzinfo) -> OpenQuestion:
    local = instant_of(us)
    ahead = min(after for _, after in offset_changes(zone, local.year))
    minutes = ahead // timedelta(minutes=1)
    standard = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    why = (
        f"{line} has {local:%Y-%m-%dT%H:%M} with {str(hours.words[row].as_py()).strip()!r} in column {hours.column!r}, "
        f"and the clock of {zone} is otherwise then"
    )
    answers = (
        Answer("zone", standard, "the times are standard time all year"),
        Answer("column", f"repeated_hour={hours.column}", "it tells which of two equal hours, and nothing else"),
    )
    return OpenQuestion(Aspect.ZONE, why, answers)
