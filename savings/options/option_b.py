"""Options B and C: all energy within the measurement boundary is measured, and a baseline predicts the rest.

In Option B the boundary is the equipment of the measure, in Option C the whole facility. Source: IPMVP Core Concepts.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from quantities.document import OptionalText
from quantities.names import Name
from savings.agreed import AgreedBaseline
from savings.any_baseline import AnyBaseline
from savings.finding import BaselineFinding
from savings.operating_schedule import OperatingSchedule
from savings.options.option import Option
from savings.row_rules import RowRules
from savings.rows import TEMPERATURE, DriverAggregation, Interval, Row


class Modelled(Option):
    """A measurement boundary whose expected energy comes from a baseline.

    Attributes:
        baseline: the baseline that the parties agreed: fitted and frozen, or of coefficients on paper.
        temperature: the register of outdoor temperature, in any unit of temperature.
        further: the registers of the baseline's further drivers, by the drivers' names.
        accepted_despite: why the parties rely on the baseline although it is disqualified.
    """

    baseline: AnyBaseline
    temperature: Name | None = None
    further: Mapping[Name, Name] = {}
    accepted_despite: OptionalText = ""

    @model_validator(mode="after")
    def _has_its_drivers(self) -> Self:
        needed = self.baseline.measured_drivers
        if TEMPERATURE in needed and self.temperature is None:
            raise ValueError("the baseline is of temperature: name the register that measures it")
        missing = sorted(needed - {TEMPERATURE} - self.further.keys())
        if missing:
            raise ValueError(f"the baseline needs {', '.join(missing)}: name the registers")
        return self

    @property
    def drivers(self) -> Mapping[str, str]:
        """The registers of the drivers that the baseline needs, temperature among them."""
        keys = {name: key for name, key in self.further.items() if name in self.baseline.measured_drivers}
        if self.temperature is not None and TEMPERATURE in self.baseline.measured_drivers:
            keys[TEMPERATURE] = self.temperature
        return keys

    @property
    def driver_aggregations(self) -> Mapping[str, DriverAggregation]:
        """The same as in the baseline's fit."""
        return self.baseline.method.drivers

    @property
    def modes(self) -> Mapping[str, OperatingSchedule]:
        """The same as in the baseline's fit."""
        return self.baseline.method.modes

    @property
    def rows(self) -> Interval:
        """The same as the baseline's."""
        return self.baseline.interval

    @property
    def units(self) -> Mapping[str, str]:
        """Temperature in the baseline's unit; further drivers as their registers have them."""
        degrees = self.baseline.temperature_unit
        return {} if degrees is None else {TEMPERATURE: degrees}

    @property
    def unit(self) -> str:
        """The same as the baseline's."""
        return self.baseline.unit

    @property
    def method(self) -> RowRules:
        """The baseline's."""
        return self.baseline.method

    @property
    def agreed_baseline(self) -> AgreedBaseline | None:
        """The baseline, where it was agreed on paper."""
        return self.baseline if isinstance(self.baseline, AgreedBaseline) else None

    @property
    def drops_zeros(self) -> bool:
        """The same as in the baseline's fit."""
        return self.baseline.drops_zeros

    def expect(self, row: Row) -> Decimal:
        """The energy that the baseline expects."""
        return self.baseline.expect(row)

    def furthest_beyond(self, row: Row) -> tuple[str, Decimal]:
        """The driver furthest outside the baseline's range, and how far, as a fraction of the range's width."""
        return self.baseline.furthest_beyond(row)

    @property
    def summary(self) -> str:
        """The baseline in a few words: its method, its first day and the start of its rows' hash; or its source."""
        if isinstance(self.baseline, AgreedBaseline):
            return f"by a baseline agreed on paper and not fitted: {self.baseline.source}"
        return f"by {self.baseline.method.kind} of {self.baseline.first}, rows sha256 {self.baseline.input_sha256[:12]}"

    def faults(self) -> Iterator[tuple[str, BaselineFinding]]:
        """Pairs of the path ``baseline`` and each of its disqualifications.

        None where ``accepted_despite`` states a reason; nor of an agreed baseline, on which nothing can be found.
        """
        if not self.accepted_despite and not isinstance(self.baseline, AgreedBaseline):
            yield from (("baseline", finding) for finding in self.baseline.disqualifications)


class RetrofitIsolation(Modelled):
    """Option B: all energy of the equipment of the measure."""

    kind: Literal["retrofit_isolation"] = "retrofit_isolation"
