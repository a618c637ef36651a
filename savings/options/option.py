"""What every IPMVP option says of itself: which registers it reads, by which rows, and what would have been used."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from quantities.names import Name
from quantities.terms import Terms
from savings.finding import BaselineFinding
from savings.operating_schedule import OperatingSchedule
from savings.rows import DriverAggregation, Interval, Row

_ZERO = Decimal(0)


class Option(Terms):
    """An option.

    Attributes:
        registers: whose use is measured within the boundary.
        less: registers within it whose use does not count, as a tenant's or what a PV plant generates.
    """

    kind: str
    registers: Annotated[tuple[Name, ...], Field(min_length=1)]
    less: tuple[Name, ...] = ()

    @property
    def drivers(self) -> Mapping[str, str]:
        """The registers of what drives the expected energy, by its name."""
        return {}

    @property
    def driver_aggregations(self) -> Mapping[str, DriverAggregation]:
        """How each driver comes to a row; its mean, unless it is named."""
        return {}

    @property
    def modes(self) -> Mapping[str, OperatingSchedule]:
        """The drivers that a calendar tells."""
        return {}

    @property
    @abstractmethod
    def rows(self) -> Interval:
        """What a row is."""

    @property
    def units(self) -> Mapping[str, str]:
        """The units that it takes drivers in, by name; another is taken as its register has it."""
        return {}

    @property
    @abstractmethod
    def unit(self) -> str:
        """The unit of what it expects."""

    @property
    def counts_in(self) -> str:
        """The unit that its registers are counted in: that of what it expects, unless it measures a parameter."""
        return self.unit

    @abstractmethod
    def expect(self, row: Row) -> Decimal:
        """Say what a row would have used."""

    def beyond(self, row: Row) -> tuple[str, Decimal]:
        """Say which condition is furthest beyond what it knows: none, unless a model says otherwise."""
        return ("", _ZERO)

    @property
    def drops_zeros(self) -> bool:
        """Whether a row that used nothing was not measured."""
        return False

    def measured(self, energy: Decimal) -> Decimal:
        """Say what was used, from what the registers counted."""
        return energy

    @property
    def told(self) -> str:
        """Say by what it expects."""
        return f"by {self.kind.replace('_', ' ')}"

    def faults(self) -> Iterator[tuple[str, BaselineFinding]]:
        """Find why the parties may not rely on it, each with its path."""
        yield from ()
