"""Which column of a table is what: by the names that the sender states, else by the names that columns usually have.

A table whose header has only our own names, as they are in docs/readings.md, is in our own format: its times are starts
of intervals and local times are those of the register's site. Every other table is somebody else's. What its header
does not say is asked: by ``match`` where the header alone tells, and by the reader where the cells have to be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from metering.fleet.lookup import RegisterLookup
from metering.ingest import role_names
from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.ingest.options import IngestOptions
from metering.ingest.role_names import plain_name, suffixed
from metering.ingest.unreadable import UnreadableFile
from quantities.errors import UsufructError
from quantities.quantity import QuantityKind, unit

#: The roles that a sender can give to columns, beside the dimensions of registers.
ROLES = (
    "time", "start", "end", "date", "hour", "value", "register", "unit", "quality", "summer_time", "repeated_hour"
)  # fmt: skip
#: The names of our own format; a key is that of a register, and a start is a time.
_OWN = {"time": "time", "start": "time", "end": "end", "value": "value", "register": "register", "key": "register",
        "unit": "unit", "quality": "quality"}  # fmt: skip
_ASPECTS = {"time": Aspect.TIME, "value": Aspect.VALUE, "register": Aspect.REGISTER, "unit": Aspect.UNIT}
_ANSWERS_MAX = 12
#: The columns that a table may have beside those of its times, registers and values.
_BESIDE_VALUES = {
    "unit": role_names.UNITS,
    "quality": role_names.QUALITIES,
    "summer_time": role_names.SUMMER_TIMES | role_names.SEASONS,
    "repeated_hour": role_names.REPEATED_HOURS,
}


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table.

    Attributes:
        names: of the columns, as written, without a unit in brackets.
        units: by column, the unit that the header or a row of units states; empty where it states none. An empty
            sequence: no units at all.
        time_format: the ``strptime`` pattern that a row of units states for the times.
        where: the place of the header, as ``line 9``.
        has_more_above: whether other lines stand above it, or rows of units below; then the table is not in our own
            format.
        are_paths: whether names are paths of members of an object, as ``object.volume``; the last part of one is a name
            of the column too, unless another path has the same.
    """

    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    time_format: str | None = None
    where: str = "the header"
    has_more_above: bool = False
    are_paths: bool = False

    def unit_of(self, at: int) -> str:
        """The unit that the header states for a column, or an empty text."""
        return self.units[at].strip() if at < len(self.units) else ""


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a table by what they are; handed on to the reader in ``RawColumns.roles``.

    Attributes:
        at: by role, the positions of its columns. Several columns of ``time``, ``end``, ``value`` or a dimension are
            joined with a blank; those of ``register`` and ``row_register`` with a slash. Roles that occur: ``time``,
            ``end`` (also alone), ``value``, ``register``, ``unit``, ``quality``, dimensions, and ``row_register``: a
            column that seems to name registers, though the sender states one register for all rows, or other columns
            are named after registers; the reader asks where it names several.
        wide: where headers name registers and there is no column of values: by position, the name of the register.
        units: by position of a column of values, the unit that the header or the sender states.
        names: of all columns, as they are to be typed.
        is_own: whether the table is in our own format.
        stamp: whether the header or the sender says that a row's time is the ``start`` or the ``end`` of an interval;
            empty: neither.
        is_hour: whether the last column of a joined time may be the number of an hour.
        time_format: how the table states that its times are written.
        where: the place of the header.
        how_read: what was decided.
        questions: what the header leaves open.
    """

    at: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    wide: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[int, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    is_own: bool = True
    stamp: str = ""
    is_hour: bool = False
    time_format: str | None = None
    where: str = "the header"
    how_read: tuple[HowRead, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()

    def typed(self, role: str) -> str:
        """The columns of a role as an option names them, as ``Datum+Zeit``."""
        return "+".join(self.names[at] for at in self.at.get(role, ()))

    @property
    def unit(self) -> str:
        """The unit of the only column of values, where it is said or stated outside the rows."""
        value = self.at.get("value", ())
        return self.units.get(value[0], "") if len(value) == 1 else ""


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
    unit_said: set[int] = field(default_factory=set)
    questions: list[OpenQuestion] = field(default_factory=list)

    @classmethod
    def of(cls, header: Header, options: IngestOptions, targets: RegisterLookup) -> "_Match":
        said = _said(header, options, targets)
        own = {*_OWN, *targets.dimensions}
        is_own = (
            not header.has_more_above
            and header.time_format is None
            and not any(header.units)
            and all(name in own for name in header.names)
            and all(_own_role(header.names[places[0]]) == _own_role(role) for role, places in said.items())
        )  # fmt: skip
        matched = cls(header, options, targets, [plain_name(name) for name in header.names], {}, is_own)
        matched.at.update({role: places for role, places in said.items() if role not in ("start", "date", "hour")})
        matched.take_said_times(said)
        matched.find_units()
        return matched

    def take_said_times(self, said: Mapping[str, tuple[int, ...]]) -> None:
        """A time that is said is a start; a date and an hour do not say which."""
        if "start" in said and "time" in said:
            raise UnreadableFile("time and start are one role", found=["time", "start"], expected="one of both")
        if "start" in said:
            self.at["time"] = said["start"]
        if "time" in self.at:
            self.stamp = "start"
        elif "end" in self.at:
            self.stamp = "end"
        if "hour" in said and "date" not in said:
            raise UnreadableFile("an hour is said without its date", found=["hour"], expected=["date", "hour"])
        self.date, self.hour = said.get("date", ()), said.get("hour", ())

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
            if not _spelled(name, self.header) and self.targets.find([name]):
                continue  # the unit of the rows of a register, which the reader looks for
            at = _place(name, self.header)
            self.units[at] = stated
            self.unit_said.add(at)

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
        aspect = _ASPECTS.get(role, Aspect.TABLE)
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
                said = {"time": "start", "end": "end"}[role]
                self.take(role, places, [self.answer(said, [date, at]) for at in places])
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
        stated = self.units.get(value[0], "") if len(value) == 1 and value[0] not in self.unit_said else ""
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
        return replace(roles, how_read=tuple(self._how_read(roles)))

    def _how_read(self, roles: Roles) -> list[HowRead]:
        """How each column was read, and which ones were not."""
        made = []
        for role, aspect in _ASPECTS.items():
            if role in self.at:
                said = self._said(role)
                where = f"--column {said}" if said else self.header.where
                made.append(HowRead(aspect, role, Basis.SAID if said else Basis.STATED, where, roles.typed(role)))
        for at, name in self.wide.items():
            made.append(HowRead(Aspect.REGISTER, name, Basis.STATED, self.header.where, roles.names[at]))
        for at, symbol in roles.units.items():
            basis = Basis.SAID if at in self.unit_said else Basis.STATED
            where = f"--unit-of {roles.names[at]}={symbol}" if at in self.unit_said else self.header.where
            made.append(HowRead(Aspect.UNIT, symbol, basis, where, roles.names[at]))
        taken = {at for role, places in self.at.items() if role != "row_register" for at in places} | self.wide.keys()
        unread = [name for at, name in enumerate(roles.names) if at not in taken]
        if unread:
            made.append(
                HowRead(Aspect.TABLE, "not read", Basis.ASSUMED, "no role is known by these names", ", ".join(unread))
            )
        return made

    def _said(self, role: str) -> str:
        """What the sender typed for the columns of a role."""
        roles = ("time", "start", "date", "hour") if role == "time" else (role,)
        return " --column ".join(f"{one}={self.options.columns[one]}" for one in roles if one in self.options.columns)


def _own_role(name: str) -> str:
    return _OWN.get(name, name)


def _said(header: Header, options: IngestOptions, targets: RegisterLookup) -> dict[str, tuple[int, ...]]:
    """The positions of the columns that the sender names, by role."""
    dimensions = sorted(targets.dimensions)
    unknown = sorted(options.columns.keys() - {*ROLES, *dimensions})
    if unknown:
        raise UnreadableFile(f"a column is mapped to {unknown}", found=unknown, expected=[*ROLES, *dimensions])
    return {role: _places(name, header) for role, name in options.columns.items()}


def _places(typed: str, header: Header) -> tuple[int, ...]:
    """The positions of a column, or of the columns that a plus joins."""
    if "+" not in typed or _spelled(typed, header):
        return (_place(typed, header),)
    return tuple(_place(part.strip(), header) for part in typed.split("+"))


def _spelled(name: str, header: Header) -> list[int]:
    """The positions of the columns with a name, as written or with its unit."""
    wanted, places = name.strip().casefold(), []
    for at, written in enumerate(header.names):
        stated, lowered = header.unit_of(at).casefold(), written.strip().casefold()
        with_unit = {f"{lowered} [{stated}]", f"{lowered} ({stated})", f"{lowered}({stated})", f"{lowered}[{stated}]"}
        if wanted == lowered or (stated and wanted in with_unit):
            places.append(at)
    return places


def _place(name: str, header: Header) -> int:
    if name.startswith("#") and name[1:].isdecimal() and 0 < int(name[1:]) <= len(header.names):
        return int(name[1:]) - 1
    places = _spelled(name, header)
    if not places:
        raise UnreadableFile(f"there is no column {name!r}", found=list(header.names), expected=name)
    if len(places) > 1:
        numbers = [f"#{at + 1}" for at in places]
        raise UnreadableFile(
            f"{len(places)} columns are called {name!r}; name one by its position", found=name, expected=numbers
        )
    return places[0]


def _is_one_unit(one: str, other: str) -> bool:
    """Whether two spellings are of one unit; one that is not listed is refused with the rows."""
    try:
        return unit(one).symbol == unit(other).symbol
    except UsufructError:
        return True
