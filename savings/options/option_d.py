"""Option D: a calibrated simulation says what would have been used; it is uploaded as the readings of a register.

A simulation may stand for a baseline once it has met its calibration: against a year of months CV(RMSE) at most 15 %
and NMBE within ±5 %, against hours 30 % and 10 %; a plan may agree otherwise. Source: IPMVP Core Concepts, Option D;
ASHRAE Guideline 14-2014, 4.3.2.4, for the limits.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from quantities.names import Name, UnitSymbol
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.finding import BaselineFinding, disqualified, percent
from savings.model import UnknownDriver
from savings.options.option import Option
from savings.rows import DriverAggregation, Interval, Row

_SIMULATED = "simulated"
_LIMITS = {"month": (Decimal("0.15"), Decimal("0.05")), "hour": (Decimal("0.30"), Decimal("0.10"))}


class Calibration(Terms):
    """How well a simulation met what was measured.

    Attributes:
        against: months or hours.
        cv_rmse: found.
        nmbe: found, either way.
        cv_rmse_at_most: agreed; the guideline's, unless it is said.
        nmbe_at_most: agreed; the guideline's, unless it is said.
        report: where the calibration is on record.
    """

    against: Literal["month", "hour"]
    cv_rmse: Annotated[Magnitude, Field(ge=0)]
    nmbe: Magnitude
    cv_rmse_at_most: Magnitude | None = None
    nmbe_at_most: Magnitude | None = None
    report: Annotated[str, Field(min_length=1)]

    def faults(self) -> Iterator[BaselineFinding]:
        """Hold what was found against the limits."""
        limits = _LIMITS[self.against]
        for code, found, limit in (
            ("calibration_cv_rmse", self.cv_rmse, self.cv_rmse_at_most or limits[0]),
            ("calibration_nmbe", abs(self.nmbe), self.nmbe_at_most or limits[1]),
        ):
            if found > limit:
                yield disqualified(code, f"against {self.against}s", percent(found), f"at most {percent(limit)}")


class CalibratedSimulation(Option):
    """Option D.

    Attributes:
        simulated: the register whose readings the simulation's energies are.
        energy_unit: of them.
        calibration: how well it met what was measured.
        program: which, with its version and the hash of its model.
        row: how often it is told.
    """

    kind: Literal["calibrated_simulation"] = "calibrated_simulation"
    simulated: Name
    energy_unit: UnitSymbol
    calibration: Calibration
    program: Annotated[str, Field(min_length=1)]
    row: Literal[Interval.HOUR, Interval.DAY] = Interval.DAY

    @property
    def drivers(self) -> Mapping[str, str]:
        """The simulation."""
        return {_SIMULATED: self.simulated}

    @property
    def driver_aggregations(self) -> Mapping[str, DriverAggregation]:
        """Its energies add up."""
        return {_SIMULATED: DriverAggregation.SUM}

    @property
    def units(self) -> Mapping[str, str]:
        """The simulation in the unit of the saving."""
        return {_SIMULATED: self.energy_unit}

    @property
    def rows(self) -> Interval:
        """As it says."""
        return self.row

    @property
    def unit(self) -> str:
        """Of the simulation."""
        return self.energy_unit

    def expect(self, row: Row) -> Decimal:
        """What was simulated."""
        found = row.drivers.get(_SIMULATED)
        if found is None:
            raise UnknownDriver(f"nothing was simulated for {row.period}", found=_SIMULATED, at=str(row.period))
        return found

    def faults(self) -> Iterator[tuple[str, BaselineFinding]]:
        """What its calibration did not meet."""
        yield from (("calibration", each) for each in self.calibration.faults())
