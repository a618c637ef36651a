"""What a charge has counted, as steps: from the readings of its registers to the use in the unit of its rule."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from billing.counting.assembly import OWN, RegisterRequest, UsageRequest, usage_request
from billing.counting.questions import RegisterQuestion
from billing.proof.bundle.formula_steps import formula_step
from billing.proof.bundle.step_book import Step, StepBook, at_places, look, plus, settle, times
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.formula import names
from contracts.schedule import BillingPeriod
from metering.consumption.store import Window
from metering.fleet.meter import RegisterKind
from metering.fleet.store import StoredRegister
from metering.usage.aggregation import Aggregation, UsageCell, usage_cells
from metering.usage.measure import OF_REGISTERS
from quantities.conversion import conversion
from quantities.exact import exact_text
from quantities.period import HOUR_US, MICROSECOND, Period, zone
from quantities.quantity import POWER_UNITS

_MEAN_PLACES = 15
#: Names the file of a register's readings; registers that are not in the bundle have none.
FileOf = Callable[[str], str]


@dataclass(slots=True)  # not frozen: it notes factors as they are needed
class Factors:
    """The factors between units that steps use, for the tables of the bundle."""

    book: StepBook
    by_units: dict[str, str] = field(default_factory=dict)

    def step(self, from_: str, to: str) -> Step:
        """Look a factor up; 1 between a unit and itself."""
        if from_ == to:
            return 1
        name = f"{from_} to {to}"
        if name not in self.by_units:
            self.by_units[name] = exact_text(Fraction(conversion(from_, to)))
            self.book.put("factors.json", self.by_units)
        return look("factors.json", name)


@dataclass(frozen=True, slots=True)
class UseSteps:
    """The uses of one charge over some days.

    Attributes:
        book: the files of the bundle.
        contract: the version whose terms count.
        charge: of it.
        file: of the version in the bundle.
        period: the days.
        registers: by key.
        file_of: names the file of a register.
        factors: between units.
    """

    book: StepBook
    contract: Contract
    charge: Charge
    file: str
    period: BillingPeriod
    registers: Mapping[str, StoredRegister]
    file_of: FileOf
    factors: Factors

    @property
    def request(self) -> UsageRequest:
        """What the charge asks for."""
        return usage_request(self.contract, self.charge)

    def whole(self, purpose: str = OWN, name: str | None = None) -> tuple[Step, str] | None:
        """What a use comes to, unrounded, and its unit; None where that is not a sum of registers."""
        name = self._name(purpose) if name is None else name
        request = self.request.register_requests.get((purpose, name or ""))
        if name is None:
            return None
        use = self.contract.use(name)
        if request is None and use.formula is not None and use.unit is not None:
            return self._formula(purpose, use.formula, use.unit, name)
        if request is None or request.plan is not None:
            return None
        if request.measure.aggregation is Aggregation.DEMAND:
            steps = [step for step, _ in self._cells(request)]
            return (["max", *steps] if len(steps) > 1 else steps[0], self._unit(request)) if steps else None
        where = dict(request.use.where)
        steps = [step for step, labels in self._cells(request, where) if _is_of(labels, band=request.use.band)]
        return plus(steps), self._unit(request)

    def _formula(self, purpose: str, formula: str, unit: str, name: str) -> tuple[Step, str] | None:
        """A formula over other uses, each in the unit of the result."""
        inner: dict[str, Step] = {}
        for term in names(formula):
            counted = self.whole(purpose, term)
            if counted is None:
                return None
            inner[term] = times(counted[0], self.factors.step(counted[1], unit))
        at = [use.name for use in self.contract.usages].index(name)
        return formula_step(formula, inner, (self.file, f"/usages/{at}/formula")), unit

    def labelled(self, labels: Mapping[str, str], purpose: str = OWN) -> Step:
        """What of a use has some labels: a band, a day, dimensions, the names of its register, asset or site."""
        request = self.request.register_requests[purpose, self._name(purpose) or ""]
        dimensions = {name: labels.get(name, "") for name in request.measure.by}
        steps = [
            step
            for step, of_cell in self._cells(request, {**dimensions, **request.use.where})
            if all(of_cell.get(name) == labels.get(name) for name in ("band", "day") if name in labels)
        ]
        return plus(steps)

    def each(self, purpose: str = OWN) -> list[tuple[Step, Mapping[str, str]]]:
        """Each cell of each register: an hour, a day, a band."""
        request = self.request.register_requests[purpose, self._name(purpose) or ""]
        return list(self._cells(request, dict(request.use.where)))

    def events(self, purpose: str = OWN) -> list[tuple[Decimal, Step]]:
        """Each event of the days, in order of time: its amount, and the step that looks it up."""
        request = self.request.register_requests[purpose, self._name(purpose) or ""]
        days, edges = self.period.instants(zone(self.contract.zone)), self.contract.settings.edges.value
        listed: list[tuple[Decimal, Step]] = []
        for key in request.use.registers:
            file = self.file_of(key)
            for row in self.book.content(file)["rows"]:
                start = datetime.fromisoformat(row[0])
                if days.start <= start < days.end:
                    piece = [row[0], (start + MICROSECOND).isoformat()]
                    dimensions = row[5] if len(row) > 5 else {}  # noqa: PLR2004 as register_files.py writes rows
                    multiplier = self.registers[key].register.multiplier
                    listed.append((Decimal(row[2]) * multiplier, ["use", file, [piece], edges, dimensions]))
        return listed

    def states(self, purpose: str) -> list[tuple[str, str | None, Step]]:
        """How long each state of a machine lasted: its name, its cause, and the step, in the unit of the register."""
        request = self.request.register_requests[purpose, self._name(purpose) or ""]
        listed: list[tuple[str, str | None, Step]] = []
        for key in request.use.registers:
            stored = self.registers[key]
            period = self.period.instants(zone(self.contract.zone))
            for state in stored.register.states:
                step = self._use(stored, [period], {"codes": [str(state.code)]})
                listed.append((state.name, state.cause, step))
        return listed

    def unit(self, purpose: str = OWN) -> str:
        """The unit in which a use is counted."""
        return self._unit(self.request.register_requests[purpose, self._name(purpose) or ""])

    def _name(self, purpose: str) -> str | None:
        request = self.request
        return request.name if purpose == OWN else request.auxiliary.get(purpose) or request.split.get(purpose)

    def _unit(self, request: RegisterRequest) -> str:
        return self._unit_of(self.registers[request.use.registers[0]], request)

    def _unit_of(self, stored: StoredRegister, request: RegisterRequest) -> str:
        register = stored.register
        if request.measure.aggregation in (Aggregation.DEMAND, Aggregation.MEAN):
            return _power_of(register.unit)
        return register.use_unit or register.unit

    def _cells(
        self, request: RegisterRequest, where: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Step, dict[str, str]]]:
        to, clock = self._unit(request), zone(self.contract.zone)
        for key in request.use.registers:
            stored = self.registers[key]
            own = dict(zip(OF_REGISTERS, (key, stored.asset, stored.site), strict=True))
            dimensions = dict(where or {})
            told = {name: dimensions.pop(name) for name in OF_REGISTERS if name in dimensions}
            if any(own[name] != value for name, value in told.items()):
                continue
            window = Window(stored, self.period.instants(clock), self.contract.settings.edges)
            factor = self.factors.step(self._unit_of(stored, request), to)
            if request.is_plain:
                yield times(self._use(stored, [window.period], dimensions), factor), {}
                continue
            query = RegisterQuestion.of(window, request, clock).query
            for cell in usage_cells(query, stored.zone):
                labels = {"band": cell.band} if cell.band else {}
                if request.measure.daily:
                    labels["day"] = cell.period.start.astimezone(clock).date().isoformat()
                if request.measure.aggregation is Aggregation.MEAN:
                    yield times(self._mean(stored, cell), factor), labels
                    continue
                if request.measure.aggregation is Aggregation.DEMAND:
                    yield times(self._peak(stored, cell, query.period, query.block_minutes), factor), labels
                    continue
                yield times(self._use(stored, cell.pieces, dimensions), factor), labels

    def _use(self, stored: StoredRegister, pieces: Sequence[Period], where: Mapping[str, object]) -> Step:
        written = [[piece.start.isoformat(), piece.end.isoformat()] for piece in pieces]
        edges = self.contract.settings.edges.value
        return ["use", self.file_of(stored.register.key), written, edges, dict(where)]

    def _mean(self, stored: StoredRegister, cell: UsageCell) -> Step:
        """The mean of a level by time, or the use an hour."""
        pieces = [[piece.start.isoformat(), piece.end.isoformat()] for piece in cell.pieces]
        if stored.register.kind is RegisterKind.INSTANTANEOUS:
            return at_places(["mean", self.file_of(stored.register.key), pieces], _MEAN_PLACES, "half_even")
        lasts = sum(piece.duration // MICROSECOND for piece in cell.pieces)
        return ["div", ["mul", self._use(stored, cell.pieces, {}), HOUR_US], lasts]

    def _peak(self, stored: StoredRegister, cell: UsageCell, period: Period, minutes: int) -> Step:
        days = [[part.start.isoformat(), part.end.isoformat()] for _, part in period.days(stored.zone)]
        pieces = [[piece.start.isoformat(), piece.end.isoformat()] for piece in cell.pieces]
        if stored.register.kind is not RegisterKind.INTERVAL:
            return None
        return settle(["peak", self.file_of(stored.register.key), days, minutes, pieces])


def _is_of(labels: Mapping[str, str], band: str | None) -> bool:
    return band is None or labels.get("band") == band


def _power_of(unit: str) -> str:
    return POWER_UNITS.get(unit, unit)
