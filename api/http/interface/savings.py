"""The schemas of savings as they are answered; ``savings/report.py`` and ``savings/planned.py`` write them."""

from typing import Any

from pydantic import BaseModel

from quantities.quantity import Magnitude
from savings.avoided import RowStatus
from savings.finding import BaselineFinding
from savings.own_period import OwnPeriod
from savings.statistics.frozen_statistic import Statistic


class EnergyCountsOut(BaseModel):
    """How many rows rest on measured, zero, estimated or missing energy, and how many zeros there are."""

    measured: int
    zero: int
    estimated: int
    missing: int
    zeros: int


class SavingOut(BaseModel):
    """The saving of a reporting period: energies in the baseline's unit, and plus or minus how much they are sure.

    `tiers` counts the rows by whether they count. `baseline` says of a baseline on paper what it is, and what is
    therefore not computed.
    """

    unit: str
    expected: Statistic
    measured: Statistic
    avoided: Statistic
    fraction: Statistic | None
    rows: int
    tiers: dict[RowStatus, int]
    coverage: Statistic
    energy: EnergyCountsOut
    confidence: Magnitude
    uncertainty: dict[str, Statistic]
    baseline_sha256: str | None
    own_period: OwnPeriod | None
    baseline: dict[str, Any] | None = None
    findings: list[BaselineFinding]


class PlannedUncertaintyOut(BaseModel):
    """How uncertain an expected saving will be: an energy, a part of it, and the least saving that can be told."""

    energy: Statistic
    fraction: Statistic
    least_fraction: Statistic


class PlannedSavingOut(BaseModel):
    """An expected saving of a reporting period, and its uncertainty by variant."""

    unit: str
    expected: Statistic
    saved: Statistic
    fraction: Magnitude
    months: Magnitude
    rows: int
    confidence: Magnitude
    uncertainty: dict[str, PlannedUncertaintyOut]
