"""What every IPMVP option provides: the registers that it reads, its rows, and the energy that it expects."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from quantities.names import Name
from quantities.terms import Terms
from savings.agreed import AgreedBaseline
from savings.avoided import Avoided
from savings.finding import BaselineFinding
from savings.operating_schedule import OperatingSchedule
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row
from savings.statistics.plausibility import check_energy, check_values

_ZERO = Decimal(0)


class Option(Terms):
    """An option of IPMVP.

    Attributes:
        registers: the registers whose use is measured within the measurement boundary.
        less: registers within the boundary whose use is subtracted, as a tenant's or a PV plant's.
    """

    kind: str
    registers: Annotated[tuple[Name, ...], Field(min_length=1)]
    less: tuple[Name, ...] = ()

    @property
    def drivers(self) -> Mapping[str, str]:
        """The register of each driver of the expected energy, by the driver's name."""
        return {}

    @property
    def driver_aggregations(self) -> Mapping[str, DriverAggregation]:
        """How a driver's readings become the value of a row; the mean, unless it is named here."""
        return {}

    @property
    def modes(self) -> Mapping[str, OperatingSchedule]:
        """The drivers that follow from a calendar, by name."""
        return {}

    @property
    @abstractmethod
    def rows(self) -> Interval:
        """The length of one row: an hour, a day or a billing period."""

    @property
    def units(self) -> Mapping[str, str]:
        """The units that drivers are converted to, by name; a driver not named here keeps its register's unit."""
        return {}

    @property
    @abstractmethod
    def unit(self) -> str:
        """The unit of the expected energy."""

    @property
    def counts_in(self) -> str:
        """The unit that its registers are counted in: that of the expected energy, unless it measures a parameter."""
        return self.unit

    @abstractmethod
    def expect(self, row: Row) -> Decimal:
        """The energy that a row would have used, in ``unit`` and unrounded."""

    def furthest_beyond(self, row: Row) -> tuple[str, Decimal]:
        """The driver furthest outside its known range, and how far; none and zero if the option has no such range."""
        return ("", _ZERO)

    @property
    def drops_zeros(self) -> bool:
        """True if a row with zero energy counts as not measured."""
        return False

    @property
    def method(self) -> RowRules | None:
        """The rules of its baseline's rows, which say what a value of energy is; None if it has no baseline."""
        return None

    @property
    def agreed_baseline(self) -> AgreedBaseline | None:
        """Its baseline, where that was agreed on paper and not fitted."""
        return None

    def measured(self, energy: Decimal) -> Decimal:
        """The energy used, from what the registers counted."""
        return energy

    def unit_findings(self, rows: Avoided) -> Iterator[BaselineFinding]:
        """What tells that a unit is not the one that was stated: of the temperature, or of the energy."""
        yield from check_values([counted.row for counted in rows.rows], self.rows, self.units.get(TEMPERATURE))
        yield from check_energy(rows.energies, rows.measured, rows.expected)

    @property
    def summary(self) -> str:
        """A few words on what the expected energy rests on."""
        return f"by {self.kind.replace('_', ' ')}"

    def faults(self) -> Iterator[tuple[str, BaselineFinding]]:
        """Why the parties may not rely on the option: pairs of a path within it and a finding."""
        yield from ()
