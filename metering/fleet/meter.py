"""What stands where and counts what: sites, assets, meters and registers, as a manufacturer writes them down.

A *fleet* is the document that declares them. Declaring it again changes what may change (a name's spelling may not) and
never removes: what was once counted stays countable.
"""

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
from quantities.quantity import PER_HOUR, Magnitude, QuantityKind, unit

Dimensions: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """A register, and the dimensions that a row states of it, by name."""

    register: str
    dimensions: Dimensions = ()


class RegisterKind(StrEnum):
    """What a reading of a register is.

    ``interval``: what was used in an extent of time. ``cumulative``: a total that only rises, read at instants.
    ``instantaneous``: a level at an instant (kW, °C), integrated over time and never summed. ``state``: what a machine
    is doing from an instant on. ``event``: that something happened at an instant, once or so many times.
    """

    INTERVAL = "interval"
    CUMULATIVE = "cumulative"
    INSTANTANEOUS = "instantaneous"
    STATE = "state"
    EVENT = "event"


class Between(StrEnum):
    """What a level is between two reads of it: what the earlier one said, or on the straight line between both."""

    HOLD = "hold"
    LINEAR = "linear"


HOURS_A_DAY = 24
#: What columns of readings are called already.
RESERVED = frozenset({"time", "end", "value", "register", "unit", "quality"})


class FleetPart(BaseModel):
    """A part of a document: closed, so that a misspelt key is a fault and not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MachineState(FleetPart):
    """One of the things that a machine can be doing.

    Attributes:
        code: the number by which it is stored and sent, such as a PackML state's.
        name: how files may write it as well.
        cause: why, where the machine tells several reasons for one state by codes of their own.
        used: whether its time is use.
    """

    code: WholeNumber
    name: Name
    cause: Name | None = None
    used: YesOrNo = False


class Register(FleetPart):
    """What a meter counts.

    Attributes:
        key: how files and contracts name it; unique in the tenant.
        kind: what a reading of it is.
        unit: a listed unit; readings are kept in it. A state register's is that of its durations.
        resolution: the smallest step it can show; a finer value is refused, never rounded.
        interval_minutes: how long one interval lasts; files with an ``end`` column need none.
        modulus: the highest value of a cumulative register plus one; without it a fall is never a rollover.
        multiplier: figures times this are use (current and voltage transformers, pulse weight).
        aliases: what feeds call it.
        dimensions: what rows state beside their value (work order, material, shift); each combination is a series.
        states: what a state register can say.
        between: what a level is between two reads.
        holds_minutes: for how long a level or a state stands without a new read; without it, until the next one.
        checks: what its readings are checked for; a reading that fails waits for a person before it is billed.
        profile: how its use is spread over the 24 hours of a day, for estimates that a counter gives the total of.
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
        if len({each.code for each in self.states}) < len(self.states):
            raise ValueError("each state has a code of its own")
        if len({*self.dimensions} | RESERVED) < len(self.dimensions) + len(RESERVED):
            raise ValueError(f"a dimension is named once, and none of {', '.join(sorted(RESERVED))}")
        return self

    @property
    def at_instants(self) -> bool:
        """Whether its readings are of an instant and not of an extent of time."""
        return self.kind is not RegisterKind.INTERVAL

    @property
    def signed(self) -> bool:
        """Whether a reading may be below zero: a level may, use may not."""
        return self.kind is RegisterKind.INSTANTANEOUS

    @property
    def counts_itself(self) -> bool:
        """Whether a row without a value is one."""
        return self.kind is RegisterKind.EVENT

    @property
    def use_unit(self) -> str | None:
        """What its use is counted in: of a level what it comes to over hours; None for one that comes to nothing."""
        return PER_HOUR.get(self.unit) if self.kind is RegisterKind.INSTANTANEOUS else self.unit

    @property
    def holds(self) -> timedelta | None:
        """For how long a level or a state stands without a new read, where that is limited."""
        return timedelta(minutes=self.holds_minutes) if self.holds_minutes else None

    @property
    def interval(self) -> timedelta | None:
        """How long one interval lasts, where it is declared."""
        return timedelta(minutes=self.interval_minutes) if self.interval_minutes else None

    def shows(self, value: Decimal) -> bool:
        """Tell whether a value is a whole number of the register's steps."""
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
    """Everything that is declared in one document."""

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
        for what, found in names.items():
            twice = sorted({name for name in found if found.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} is declared twice")
        return self
