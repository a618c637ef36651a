"""Sites, assets, meters and registers, as a manufacturer declares them.

A *fleet* is the document that declares them. Declaring it again may change some properties, but not names or what a
register counts; and it never removes anything, so that stored readings can always be counted.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Annotated, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from metering.quality.validation.checks import Check
from quantities.document import WholeNumber, YesOrNo
from quantities.names import Name, UnitSymbol, ZoneName
from quantities.number import ARITHMETIC_DIGITS
from quantities.quantity import USE_UNITS, Magnitude, QuantityKind, unit

Dimensions: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """A register, and the dimensions that a row states, as pairs of name and value sorted by name."""

    register: str
    dimensions: Dimensions = ()


class RegisterKind(StrEnum):
    """What a reading of a register means.

    ``interval``: the use in an interval of time. ``cumulative``: a total that only rises, read at instants.
    ``instantaneous``: a level at an instant (kW, °C), which is integrated over time and never summed. ``state``: the
    state of a machine from an instant on. ``event``: something happened at an instant, once or several times.
    """

    INTERVAL = "interval"
    CUMULATIVE = "cumulative"
    INSTANTANEOUS = "instantaneous"
    STATE = "state"
    EVENT = "event"


class Between(StrEnum):
    """The level between two reads: that of the earlier read, or on the straight line between both."""

    HOLD = "hold"
    LINEAR = "linear"


HOURS_A_DAY = 24
#: Names of the columns of readings, which no dimension may have.
RESERVED = frozenset({"time", "end", "value", "register", "unit", "quality"})


class FleetPart(BaseModel):
    """A part of a fleet document: closed, so that a misspelt key is a fault and is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class MachineState(FleetPart):
    """A state that a machine can be in.

    Attributes:
        code: the number that is stored and sent, such as the number of a PackML state.
        name: its name; files may use it instead of the code.
        cause: the reason for the state, where the machine has several codes for one state.
        used: whether time in this state counts as use.
    """

    code: WholeNumber
    name: Name
    cause: Name | None = None
    used: YesOrNo = False


class Register(FleetPart):
    """One quantity that a meter measures.

    Attributes:
        key: its name in files and contracts; unique in the tenant.
        kind: what its readings mean.
        unit: a listed unit, in which readings are stored; of a state register, the unit of its durations.
        resolution: the smallest step of its values; a finer value is refused, never rounded.
        interval_minutes: duration of one interval; not needed for files with an ``end`` column.
        modulus: the highest value of a cumulative register plus one; without it no fall is a rollover.
        multiplier: use is figures times this (current and voltage transformers, pulse weight).
        aliases: other names of it in files and feeds.
        dimensions: what rows state beside the value (work order, material, shift); every combination is a series.
        states: the states of a state register.
        between: the level between two reads.
        holds_minutes: how long a level or a state is valid without a new read; None: until the next read.
        checks: the checks of its readings; a reading that fails one must be looked at by a person before it is billed.
        profile: weights of the 24 hours of a day, for estimates whose total is known from a counter.
    """

    key: Name
    kind: RegisterKind
    unit: UnitSymbol
    resolution: Annotated[Magnitude, Field(gt=0)]
    interval_minutes: Annotated[WholeNumber, Field(gt=0, le=527_040)] | None = None
    modulus: Annotated[Magnitude, Field(gt=0)] | None = None
    multiplier: Annotated[Magnitude, Field(gt=0)] = Decimal(1)
    aliases: tuple[Name, ...] = ()
    dimensions: tuple[Name, ...] = ()
    states: tuple[MachineState, ...] = ()
    between: Between = Between.HOLD
    holds_minutes: Annotated[WholeNumber, Field(gt=0, le=527_040)] | None = None
    checks: tuple[Check, ...] = ()
    profile: Annotated[tuple[Annotated[Magnitude, Field(ge=0)], ...], Field(max_length=24)] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind is not RegisterKind.CUMULATIVE and self.modulus is not None:
            raise ValueError(f"an {self.kind} register has no modulus: it does not add up its own readings")
        if self.at_instants and self.interval_minutes is not None:
            raise ValueError(f"a {self.kind} register is read at instants: it has no interval")
        if self.at_instants and self.kind is not RegisterKind.EVENT and self.dimensions:
            raise ValueError(f"a {self.kind} register says one thing at a time: it has no dimensions")
        if bool(self.states) != (self.kind is RegisterKind.STATE):
            raise ValueError("a state register, and no other, lists its states")
        if self.kind is RegisterKind.STATE and unit(self.unit).kind not in (
            QuantityKind.DURATION,
            QuantityKind.MACHINE_TIME,
        ):
            raise ValueError("the unit of a state register is that of its durations: h or machine_hour")
        if self.profile and (len(self.profile) != HOURS_A_DAY or not any(self.profile)):
            raise ValueError("a profile has 24 weights, one at least above zero")
        if len({state.code for state in self.states}) < len(self.states):
            raise ValueError("each state has a code of its own")
        if len({*self.dimensions} | RESERVED) < len(self.dimensions) + len(RESERVED):
            raise ValueError(f"a dimension is named once, and none of {', '.join(sorted(RESERVED))}")
        return self

    @property
    def at_instants(self) -> bool:
        """Whether its readings are for instants and not for intervals of time."""
        return self.kind is not RegisterKind.INTERVAL

    @property
    def signed(self) -> bool:
        """Whether a reading may be below zero: a level may; a use may not."""
        return self.kind is RegisterKind.INSTANTANEOUS

    @property
    def counts_itself(self) -> bool:
        """Whether a row without a value counts as 1, as for events."""
        return self.kind is RegisterKind.EVENT

    @property
    def use_unit(self) -> str | None:
        """The unit of its use; of a level, the unit of its integral over hours, or None if that is no use."""
        return USE_UNITS.get(self.unit) if self.kind is RegisterKind.INSTANTANEOUS else self.unit

    @property
    def holds(self) -> timedelta | None:
        """How long a level or a state is valid without a new read; None: without limit."""
        return timedelta(minutes=self.holds_minutes) if self.holds_minutes else None

    @property
    def interval(self) -> timedelta | None:
        """The duration of one interval; None if it is not declared."""
        return timedelta(minutes=self.interval_minutes) if self.interval_minutes else None

    def shows(self, value: Decimal) -> bool:
        """Whether a value is a multiple of the register's resolution."""
        with localcontext(prec=ARITHMETIC_DIGITS):
            return value % self.resolution == 0


class Meter(FleetPart):
    """A measuring point at an asset."""

    name: Name
    serial: str | None = None
    approved_until: date | None = None
    registers: Annotated[tuple[Register, ...], Field(min_length=1)]


class Asset(FleetPart):
    """A machine whose use is billed."""

    name: Name
    meters: tuple[Meter, ...] = ()


class Site(FleetPart):
    """A place with a local calendar."""

    name: Name
    zone: ZoneName
    assets: tuple[Asset, ...] = ()


class Fleet(FleetPart):
    """A document that declares sites with their assets, meters and registers."""

    sites: Annotated[tuple[Site, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        assets = [asset for site in self.sites for asset in site.assets]
        meters = [meter for asset in assets for meter in asset.meters]
        names = {
            "site": [site.name for site in self.sites],
            "asset": [asset.name for asset in assets],
            "meter": [meter.name for meter in meters],
            "register": [
                name for meter in meters for register in meter.registers for name in (register.key, *register.aliases)
            ],
        }
        for what, declared in names.items():
            twice = sorted(name for name, count in Counter(declared).items() if count > 1)
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} is declared twice")
        return self
