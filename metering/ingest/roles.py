"""Which column of a table is what: by the names that the sender states, else by the names that columns usually have.

A table whose header has only our own names, as they are in docs/readings.md, is in our own format: its times are starts
of intervals and local times are those of the register's site. Every other table is somebody else's. What its header
does not say is asked: by ``match`` where the header alone tells, and by the reader where the cells have to be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from metering.fleet.lookup import RegisterLookup
from metering.ingest import role_names
from metering.ingest.how_read import Answer, Aspect, OpenQuestion
from metering.ingest.named_columns import named_columns, place_of, spelled
from metering.ingest.options import IngestOptions
from metering.ingest.role_names import plain_name, suffixed
from metering.ingest.roles_as_read import ASPECTS, roles_as_read
from metering.ingest.table_roles import Header, Roles
from metering.ingest.unreadable import UnreadableFile
from quantities.errors import UsufructError
from quantities.quantity import QuantityKind, unit

#: The names of our own format; a key is that of a register, and a start is a time.
_OWN = {"time": "time", "start": "time", "end": "end", "value": "value", "register": "register", "key": "register",
        "unit": "unit", "quality": "quality"}  # fmt: skip
_ANSWERS_MAX = 12
#: The columns that a table may have beside those of its times, registers and values.
_BESIDE_VALUES = {
    "unit": role_names.UNITS,
    "quality": role_names.QUALITIES,
    "summer_time": role_names.SUMMER_TIMES | role_names.SEASONS,
    "repeated_hour": role_names.REPEATED_HOURS,
}


def match(header: Header, options: IngestOptions, targets: RegisterLookup) -> Roles:
    """The columns of a table by role.

    Args:
        header: of the table.
        options: what the sender states, columns by name among it; ``#3`` is the third column.
        targets: the registers of the tenant; columns can be named after them and after their dimensions.

    Raises:
        UnreadableFile: the options name an unknown role, or a column that is not there or that stands there twice.
    """
    matched = _Match.of(header, options, targets)
    matched.find_times()
    matched.find_registers()
    matched.find_values()
    for role, known in _BESIDE_VALUES.items():
        if role not in matched.at and (free := matched.free(known)):
            matched.take(role, free, matched.answers(role, free))
    matched.find_dimensions()
    matched.ask_for_contradicted_units()
    return matched.roles()


@dataclass(slots=True)
class _Match:
    """The search for the columns of one table; positions that a role has taken are no longer free."""

    header: Header
    options: IngestOptions
    targets: RegisterLookup
    plain: list[str]
    at: dict[str, tuple[int, ...]]
    is_own: bool
    stamp: str = ""
    is_hour: bool = False
    date: tuple[int, ...] = ()
    hour: tuple[int, ...] = ()
    wide: dict[int, str] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    units_by_sender: set[int] = field(default_factory=set)
    questions: list[OpenQuestion] = field(default_factory=list)

    @classmethod
    def of(cls, header: Header, options: IngestOptions, targets: RegisterLookup) -> "_Match":
        named = named_columns(header, options, targets)
        own = {*_OWN, *targets.dimensions}
        is_own = (
            not header.has_more_above
            and header.time_format is None
            and not any(header.units)
            and all(name in own for name in header.names)
            and all(_own_role(header.names[places[0]]) == _own_role(role) for role, places in named.items())
        )  # fmt: skip
        matched = cls(header, options, targets, [plain_name(name) for name in header.names], {}, is_own)
        matched.at.update({role: places for role, places in named.items() if role not in ("start", "date", "hour")})
        matched.take_named_times(named)
        matched.find_units()
        return matched

    def take_named_times(self, named: Mapping[str, tuple[int, ...]]) -> None:
        """A time that is said is a start; a date and an hour do not say which."""
        if "start" in named and "time" in named:
            raise UnreadableFile("time and start are one role", found=["time", "start"], expected="one of both")
        if "start" in named:
            self.at["time"] = named["start"]
        if "time" in self.at:
            self.stamp = "start"
        elif "end" in self.at:
            self.stamp = "end"
        if "hour" in named and "date" not in named:
            raise UnreadableFile("an hour is named without its date", found=["hour"], expected=["date", "hour"])
        self.date, self.hour = named.get("date", ()), named.get("hour", ())

    def find_units(self) -> None:
        """The unit of each column: said, in brackets, in a row of units, or behind the name, as ``Load_MWh``."""
        for at, name in enumerate(self.header.names):
            stated = self.header.unit_of(at)
            if not stated:
                rest, suffix = suffixed(name)
                if suffix and (at in self.at.get("value", ()) or self._has_values(name, rest)):
                    stated = suffix
                    if not self.register_name(name):
                        self.plain[at] = plain_name(rest) or "value"
            if stated:
                self.units[at] = stated
        for name, stated in self.options.unit_of.items():
            if not spelled(name, self.header) and self.targets.find([name]):
                continue  # the unit of the rows of a register, which the reader looks for
            at = place_of(name, self.header)
            self.units[at] = stated
            self.units_by_sender.add(at)

    def _has_values(self, name: str, rest: str) -> bool:
        """Whether a column whose name ends with a unit has values: by what stands before it, or by its register."""
        quantities = role_names.VALUES | role_names.READINGS | role_names.USES
        return not rest or plain_name(rest) in quantities or bool(self.register_name(rest) or self.register_name(name))

    def free(self, known: frozenset[str]) -> list[int]:
        """The positions of known names that no role has."""
        taken = {at for places in self.at.values() for at in places}
        return [at for at in role_names.positions(self.plain, known) if at not in taken and at not in self.wide]

    def register_name(self, name: str) -> str:
        """The name by which a register is known that a column is called after, or an empty text."""
        return name if self.targets.find([name]) else ""

    def register_of_column(self, at: int) -> str:
        """The register that a header names: as written, with its unit, without it, or by the last part of a path."""
        name, stated = self.header.names[at], self.header.unit_of(at)
        written = [name]
        if stated:
            written += [f"{name} [{stated}]", f"{name} ({stated})", f"{name}({stated})", f"{name}[{stated}]"]
        rest, suffix = suffixed(name)
        if suffix and rest:
            written.append(rest)
        if self.header.are_paths and "." in name:
            last = name.rpartition(".")[2]
            if sum(other.rpartition(".")[2] == last for other in self.header.names) == 1:
                written.append(last)
        return next((known for text in written if (known := self.register_name(text))), "")

    def take(self, role: str, places: Sequence[int], answers: Sequence[Answer]) -> None:
        """Give a role to the only place, or ask which of several has it."""
        if len(places) == 1:
            self.at[role] = (places[0],)
        else:
            names = ", ".join(repr(self.header.names[at]) for at in places)
            self.ask(role, f"{names} of {self.header.where} could each be the {role}", answers)

    def ask(self, role: str, why: str, answers: Sequence[Answer]) -> None:
        aspect = ASPECTS.get(role, Aspect.TABLE)
        self.questions.append(OpenQuestion(aspect, why, tuple(answers[:_ANSWERS_MAX])))

    def typed(self, at: int) -> str:
        name = self.header.names[at]
        return name if name and self.header.names.count(name) == 1 and "+" not in name else f"#{at + 1}"

    def answers(self, role: str, places: Sequence[int]) -> list[Answer]:
        return [self.answer(role, [at]) for at in places]

    def answer(self, role: str, places: Sequence[int]) -> Answer:
        typed = "+".join(map(self.typed, places))
        return Answer("column", f"{role}={typed}", f"the {role} is in {typed}")

    def find_times(self) -> None:
        """The time of a row, where nobody said it; and the end of its interval."""
        dates, starts, ends = (self.free(names) for names in (role_names.DATES, role_names.STARTS, role_names.ENDS))
        if "time" in self.at:
            self._find_end_beside_said_time(ends)
            return
        if "end" in self.at:
            return
        times, clocks = self.free(role_names.TIMES), self.free(role_names.CLOCKS)
        if self.date:
            times, dates = [], [self.date[0]]
            starts, ends, clocks = (places if not self.hour else [] for places in (starts, ends, clocks))
            clocks = [*self.hour[:1], *clocks]
        if dates and not starts and not ends and len(times) == 1 and self.plain[times[0]] in ("time", "zeit"):
            times, clocks = [], [*times, *clocks]  # beside a date it is a clock time
        if len(dates) == 1 and (starts or ends or clocks) and not times:
            self._join_clocks(dates[0], starts, ends, clocks)
        elif starts or ends or times:
            self._take_instants([*times, *dates], starts, ends)
        elif dates:
            self.take("time", dates, self.answers("time", dates))
        else:
            self._ask_missing("time")

    def _find_end_beside_said_time(self, ends: Sequence[int]) -> None:
        """A sender who says which column is the time says the end too; only our own name for it is read unsaid."""
        own = [at for at in ends if self.header.names[at].casefold() == "end"]
        if "end" not in self.at and len(own) == 1 and self.stamp == "start":
            self.at["end"] = (own[0],)

    def _join_clocks(self, date: int, starts: Sequence[int], ends: Sequence[int], clocks: Sequence[int]) -> None:
        """Clock times beside a date: those of starts and ends, else those that do not say which."""
        for role, places in (("time", starts or ([] if ends else clocks)), ("end", ends)):
            if len(places) > 1:
                answered = {"time": "start", "end": "end"}[role]
                self.take(role, places, [self.answer(answered, [date, at]) for at in places])
            elif places:
                self.at[role] = (date, places[0])
        if starts or ends:
            self.stamp = "start" if starts else "end"
        self.is_hour = not starts

    def _take_instants(self, times: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> None:
        """Columns of whole instants: one is the time, and one that is called an end is the end."""
        candidates = [*starts, *times]
        if candidates:
            answers = [self.answer(role, [at]) for at in candidates for role in self._stamp_roles(at, starts)]
            self.take("time", candidates, answers)
        if len(ends) == 1 and len(candidates) <= 1:
            self.at["end"] = (ends[0],)
        elif len(ends) > 1:
            self.take("end", ends, self.answers("end", ends))
        if starts or (times and ends):
            self.stamp = "start"
        elif ends:
            self.stamp = "end"

    def _stamp_roles(self, at: int, starts: Sequence[int]) -> tuple[str, ...]:
        return ("start",) if at in starts else ("start", "end")

    def find_registers(self) -> None:
        """The column that names the register of each row, or the columns that are named after registers."""
        if "register" in self.at:
            return
        named = self.free(role_names.REGISTERS)
        if self.options.register is not None:
            if named:
                self.at["row_register"] = tuple(named)
            return
        if "value" not in self.at:
            self.wide = {
                at: name
                for at in range(len(self.header.names))
                if self._is_free(at) and (name := self.register_of_column(at))
            }
        if self.wide:
            if named := [at for at in named if at not in self.wide]:
                self.at["row_register"] = tuple(named)
        elif named:
            joined = [self.answer("register", named)] if len(named) > 1 else []
            self.take("register", named, [*joined, *self.answers("register", named)])
        else:
            self._ask_missing("register")

    def _is_free(self, at: int) -> bool:
        return all(at not in places for places in self.at.values())

    def find_values(self) -> None:
        """The column of values, unless columns are named after registers."""
        if "value" in self.at or self.wide:
            return
        known = role_names.VALUES | role_names.READINGS | role_names.USES
        free = self.free(known)
        if self.options.register is not None:
            of_register = self.targets.find([self.options.register])
            named = [
                at
                for at in range(len(self.header.names))
                if self._is_free(at) and (name := self.register_of_column(at))
                and self.targets.find([name])[name].register in [target.register for target in of_register.values()]
            ]  # fmt: skip
            free = named or self._with_alike(free)
        if free:
            self.take("value", free, self.answers("value", free))
        elif not self._may_count_rows():
            self._ask_missing("value")

    def _with_alike(self, places: list[int]) -> list[int]:
        """With the columns whose header states a unit of the same quantity: generation is no less in kWh than use."""
        kinds = {self._quantity_kind(at) for at in places} - {None}
        alike = [at for at in range(len(self.header.names)) if self._is_free(at) and self._quantity_kind(at) in kinds]
        return sorted({*places, *alike})

    def _quantity_kind(self, at: int) -> QuantityKind | None:
        """The kind of quantity of the unit that the header states for a column, if it is a listed one."""
        try:
            return unit(self.header.unit_of(at) or suffixed(self.header.names[at])[1]).kind
        except UsufructError:
            return None

    def _may_count_rows(self) -> bool:
        one = self.targets.find([self.options.register]) if self.options.register else {}
        return any(target.register.counts_itself for target in one.values()) if one else self.targets.events

    def find_dimensions(self) -> None:
        for name in sorted(self.targets.dimensions - self.at.keys()):
            places = [at for at, plain in enumerate(self.plain) if self._is_free(at) and plain == plain_name(name)]
            if places:
                self.at[name] = (places[0],)

    def _ask_missing(self, role: str) -> None:
        """Ask for the column of a role among those that have none."""
        free = [at for at in range(len(self.header.names)) if self._is_free(at) and self.header.names[at]]
        answers = self.answers("start" if role == "time" else role, free)
        if role == "register":
            answers.insert(0, Answer("register", "KEY", "all rows are of the register of that key"))
        if not answers:
            raise UnreadableFile(
                f"no column is known to be the {role}; map it, as in {role}=Datum",
                found=list(self.header.names),
                expected=f"a column of the {role}",
            )
        self.ask(role, f"no column of {self.header.where} is known to be the {role}", answers)

    def ask_for_contradicted_units(self) -> None:
        """A unit that is said for all values, beside another one that the header states for the only column of them."""
        unit_of_all, value = self.options.unit, self.at.get("value", ())
        stated = self.units.get(value[0], "") if len(value) == 1 and value[0] not in self.units_by_sender else ""
        if not unit_of_all or not stated or _is_one_unit(unit_of_all, stated):
            return
        name = self.typed(value[0])
        why = (
            f"{name!r} of {self.header.where} is in {stated}, and {unit_of_all} is said of all values that have no unit"
        )
        answers = [
            Answer("unit_of", f"{name}={stated}", "as the header states"),
            Answer("unit_of", f"{name}={unit_of_all}", "as is said"),
        ]
        self.ask("unit", why, answers)

    def roles(self) -> Roles:
        is_own = self.is_own and not self.wide
        value = self.at.get("value", ())
        kept = {at: symbol for at, symbol in self.units.items() if at in value or at in self.wide}
        roles = Roles(
            at=self.at,
            wide=self.wide,
            units=kept,
            names=tuple(map(self.typed, range(len(self.header.names)))),
            is_own=is_own,
            stamp=self.stamp,
            is_hour=self.is_hour,
            time_format=self.header.time_format,
            where=self.header.where,
            questions=tuple(self.questions),
        )
        return replace(roles, how_read=tuple(roles_as_read(roles, self.options.columns, self.units_by_sender)))


def _own_role(name: str) -> str:
    return _OWN.get(name, name)


def _is_one_unit(one: str, other: str) -> bool:
    """Whether two spellings are of one unit; one that is not listed is refused with the rows."""
    try:
        return unit(one).symbol == unit(other).symbol
    except UsufructError:
        return True
