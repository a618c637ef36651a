"""Options B and C: everything within the boundary is measured, and a frozen baseline says what would have been used.

Of Option B the boundary is the equipment of the measure, of Option C the whole facility. Source: IPMVP Core Concepts.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from quantities.names import Name
from savings.baseline import Baseline
from savings.finding import BaselineFinding
from savings.operating_schedule import OperatingSchedule
from savings.options.option import Option
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row


class Modelled(Option):
    """A boundary whose energy a frozen baseline expects.

    Attributes:
        baseline: as it was agreed.
        temperature: the register of outdoor temperature, in any unit of temperature.
        further: the registers of the baseline's further drivers, by their names.
        accepted_despite: why the parties rely on a baseline that the data disqualifies.
    """

    baseline: Baseline
    temperature: Name | None = None
    further: Mapping[Name, Name] = {}
    accepted_despite: str = ""

    @model_validator(mode="after")
    def _has_its_drivers(self) -> Self:
        needed = self.baseline.measured_by
        if TEMPERATURE in needed and self.temperature is None:
            raise ValueError("the baseline is of temperature: name the register that measures it")
        lost = sorted(needed - {TEMPERATURE} - self.further.keys())
        if lost:
            raise ValueError(f"the baseline needs {', '.join(lost)}: name the registers")
        return self

    @property
    def drivers(self) -> Mapping[str, str]:
        """Temperature where the baseline needs it, and the further ones."""
        found = {name: key for name, key in self.further.items() if name in self.baseline.measured_by}
        if self.temperature is not None and TEMPERATURE in self.baseline.measured_by:
            found[TEMPERATURE] = self.temperature
        return found

    @property
    def driver_aggregations(self) -> Mapping[str, DriverAggregation]:
        """As the baseline was fitted."""
        return self.baseline.method.drivers

    @property
    def modes(self) -> Mapping[str, OperatingSchedule]:
        """As the baseline was fitted."""
        return self.baseline.method.modes

    @property
    def rows(self) -> Interval:
        """As the baseline's."""
        return self.baseline.interval

    @property
    def units(self) -> Mapping[str, str]:
        """Temperature as the baseline's."""
        degrees = self.baseline.temperature_unit
        return {} if degrees is None else {TEMPERATURE: degrees}

    @property
    def unit(self) -> str:
        """As the baseline's."""
        return self.baseline.unit

    @property
    def drops_zeros(self) -> bool:
        """As the baseline was fitted."""
        return self.baseline.drops_zeros

    def expect(self, row: Row) -> Decimal:
        """What the baseline says."""
        return self.baseline.expect(row)

    def beyond(self, row: Row) -> tuple[str, Decimal]:
        """What the baseline has not seen."""
        return self.baseline.beyond(row)

    @property
    def told(self) -> str:
        """By which baseline: its method, and the rows that it was fitted to."""
        return f"by {self.baseline.method.kind} of {self.baseline.first}, rows sha256 {self.baseline.input_sha256[:12]}"

    def faults(self) -> Iterator[tuple[str, BaselineFinding]]:
        """What disqualifies the baseline, unless the parties said why they rely on it."""
        if not self.accepted_despite:
            yield from (("baseline", each) for each in self.baseline.disqualifications)


class RetrofitIsolation(Modelled):
    """Option B: the equipment of the measure, all of it measured."""

    kind: Literal["retrofit_isolation"] = "retrofit_isolation"
