"""What the methods by time of week and temperature share: from rows to a frozen model of the week."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from savings.finding import disqualified
from savings.model import Week
from savings.rows import Row
from savings.statistics import towt
from savings.statistics.fitting import FitOutcome, drivers_of, energy_of
from savings.statistics.goodness import figures_of_merit

if TYPE_CHECKING:
    import numpy as np
else:
    from savings.statistics.arrays import np


def fit_week(
    rows: Sequence[Row], names: Sequence[str], rules: towt.WeekRules, slot_of: Callable[[datetime], int]
) -> FitOutcome:
    """Fit a model for each segment of the year.

    Args:
        rows: ``n`` complete rows, hours or days.
        names: the names of the further drivers.
        rules: the settings of the model.
        slot_of: the number of a row's slot in the week, from its start on the local clock.

    Raises:
        EmptySegment: a segment has no rows.
    """
    hours = towt.HourlyRows(
        np.array([float(row.temperatures[0] or 0) for row in rows], dtype=np.float64),
        np.array([slot_of(row.local) for row in rows], dtype=np.int64),
        np.array([row.local.month for row in rows], dtype=np.int64),
        drivers_of(rows, names),
    )
    energy = energy_of(rows)
    fitted = towt.fit(hours, energy, rules)
    modelled = fitted.predict(hours)
    unseen = sum(level is None for segment in fitted.segments for level in segment.level)
    slots, code = ("hours", "unseen_hours") if rules.slots == towt.HOURS_OF_WEEK else ("days", "unseen_days")
    findings = [disqualified(code, f"{slots} of the week were never measured", unseen, 0)] if unseen else []
    once = sum(segment.measured_once for segment in fitted.segments)
    if once:
        detail = f"{slots} of the week were measured once in a segment: their level is that one, whatever it was"
        findings.append(disqualified(f"{slots}_measured_once", detail, once, 0))
    residuals = tuple(float(residual) for residual in energy - modelled)
    figures = figures_of_merit(energy, modelled, fitted.parameters)
    return FitOutcome(Week.of(fitted), figures, None, residuals, tuple(findings))
