"""Option D: a calibrated simulation predicts the energy; its results are uploaded as the readings of a register.

A simulation may serve as the baseline if it is calibrated well enough: against a year of months, CV(RMSE) at most 15 %
and NMBE within ±5 %; against hours, 30 % and ±10 %. A plan may agree other limits. Source: IPMVP Core Concepts,
Option D; ASHRAE Guideline 14-2014, 4.3.2.4, for the limits.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from quantities.names import Name, UnitSymbol
from quantities.quantity import Magnitude
from quantities.terms import Terms
from savings.finding import BaselineFinding, as_percent, disqualified
from savings.model import DriverMissing
from savings.options.option import Option
from savings.rows import DriverAggregation, Interval, Row

_SIMULATED = "simulated"
_LIMITS = {"month": (Decimal("0.15"), Decimal("0.05")), "hour": (Decimal("0.30"), Decimal("0.10"))}


class Calibration(Terms):
    """How well a simulation agrees with measurements.

    Attributes:
        against: whether it was compared by months or by hours.
        cv_rmse: the CV(RMSE) of the comparison, as a fraction.
        nmbe: the NMBE of the comparison, as a fraction, below zero too.
        cv_rmse_at_most: the agreed limit; by default the guideline's.
        nmbe_at_most: the agreed limit of its size; by default the guideline's.
        report: where the calibration is on record.
    """

    against: Literal["month", "hour"]
    cv_rmse: Annotated[Magnitude, Field(ge=0)]
    nmbe: Magnitude
    cv_rmse_at_most: Magnitude | None = None
    nmbe_at_most: Magnitude | None = None
    report: Annotated[str, Field(min_length=1)]

    def faults(self) -> Iterator[BaselineFinding]:
        """A disqualification for each figure that is above its limit."""
        limits = _LIMITS[self.against]
        for code, figure, limit in (
            ("calibration_cv_rmse", self.cv_rmse, self.cv_rmse_at_most or limits[0]),
            ("calibration_nmbe", abs(self.nmbe), self.nmbe_at_most or limits[1]),
        ):
            if figure > limit:
                yield disqualified(code, f"against {self.against}s", as_percent(figure), f"at most {as_percent(limit)}")


class CalibratedSimulation(Option):
    """Option D.

    Attributes:
        simulated: the register whose readings are the energies of the simulation.
        energy_unit: their unit.
        calibration: how well the simulation agrees with measurements.
        program: the program, its version and the hash of its model.
        row: whether a row is an hour or a day.
    """

    kind: Literal["calibrated_simulation"] = "calibrated_simulation"
    simulated: Name
    energy_unit: UnitSymbol
    calibration: Calibration
    program: Annotated[str, Field(min_length=1)]
    row: Literal[Interval.HOUR, Interval.DAY] = Interval.DAY

    @property
    def drivers(self) -> Mapping[str, str]:
        """The simulation's register."""
        return {_SIMULATED: self.simulated}

    @property
    def driver_aggregations(self) -> Mapping[str, DriverAggregation]:
        """The simulated energies within a row are added up."""
        return {_SIMULATED: DriverAggregation.SUM}

    @property
    def units(self) -> Mapping[str, str]:
        """The simulated energies, in the unit of the saving."""
        return {_SIMULATED: self.energy_unit}

    @property
    def rows(self) -> Interval:
        """As agreed in ``row``."""
        return self.row

    @property
    def unit(self) -> str:
        """The unit of the simulated energies."""
        return self.energy_unit

    def expect(self, row: Row) -> Decimal:
        """The simulated energy of a row.

        Raises:
            DriverMissing: the simulation has no energy for this row.
        """
        simulated = row.drivers.get(_SIMULATED)
        if simulated is None:
            raise DriverMissing(f"nothing was simulated for {row.period}", place=str(row.period), found=_SIMULATED)
        return simulated

    def faults(self) -> Iterator[tuple[str, BaselineFinding]]:
        """The limits that its calibration does not meet."""
        yield from (("calibration", finding) for finding in self.calibration.faults())
