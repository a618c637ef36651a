"""What stands where and counts what: sites, assets, meters and registers, as a manufacturer writes them down.

A *fleet* is the document that declares them. Declaring it again changes what may change (a name's spelling may not) and
never removes: what was once counted stays countable.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from metering.document import WholeNumber, checked
from metering.period import zone
from metering.quantity import Magnitude, unit


class RegisterKind(StrEnum):
    """How a register counts: a delta per interval, or a total that only rises."""

    INTERVAL = "interval"
    CUMULATIVE = "cumulative"


ZoneName = Annotated[str, checked(lambda name: zone(name).key)]
UnitSymbol = Annotated[str, checked(lambda spelling: unit(spelling).symbol)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]


class Declared(BaseModel):
    """A part of a document: closed, so that a misspelt key is a fault and not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Register(Declared):
    """What a meter counts.

    Attributes:
        key: how files and contracts name it; unique in the tenant.
        kind: ``interval`` or ``cumulative``.
        unit: a listed unit; readings are kept in it.
        resolution: the smallest step it can show; a finer value is refused, never rounded.
        interval_minutes: how long one interval lasts; files with an ``end`` column need none.
        modulus: the highest value of a cumulative register plus one; without it a fall is never a rollover.
        multiplier: figures times this are use (current transformers, pulse weight).
    """

    key: Name
    kind: RegisterKind
    unit: UnitSymbol
    resolution: Annotated[Magnitude, Field(gt=0)]
    interval_minutes: Annotated[WholeNumber, Field(gt=0, le=527_040)] | None = None
    modulus: Annotated[Magnitude, Field(gt=0)] | None = None
    multiplier: Annotated[Magnitude, Field(gt=0)] = Decimal(1)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind is RegisterKind.INTERVAL and self.modulus is not None:
            raise ValueError("an interval register has no modulus: it does not add up its own readings")
        if self.kind is RegisterKind.CUMULATIVE and self.interval_minutes is not None:
            raise ValueError("a cumulative register is read at instants: it has no interval")
        return self

    @property
    def interval(self) -> timedelta | None:
        """How long one interval lasts, where it is declared."""
        return timedelta(minutes=self.interval_minutes) if self.interval_minutes else None

    def shows(self, value: Decimal) -> bool:
        """Tell whether a value is a whole number of the register's steps."""
        return value % self.resolution == 0


class Meter(Declared):
    """A measuring point at an asset."""

    name: Name
    serial: str | None = None
    approved_until: date | None = None
    registers: Annotated[tuple[Register, ...], Field(min_length=1)]


class Asset(Declared):
    """A machine whose use is billed."""

    name: Name
    meters: tuple[Meter, ...] = ()


class Site(Declared):
    """A place with a local calendar."""

    name: Name
    zone: ZoneName
    assets: tuple[Asset, ...] = ()


class Fleet(Declared):
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
            "register": [register.key for meter in meters for register in meter.registers],
        }
        for what, found in names.items():
            twice = sorted({name for name in found if found.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} is declared twice")
        return self
