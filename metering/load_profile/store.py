"""The load profiles of many registers, each over days of its own, as of a watermark: two queries at most."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Row, text
from sqlmodel import Session

from metering.consumption.store import ESTIMATED, QUESTIONABLE
from metering.fleet.store import StoredRegister
from metering.load_profile.profile import (
    CellProfile,
    LoadProfile,
    ProfileQuery,
    ProfileShape,
    cells_by_period,
    periods_to_look_at,
)
from metering.log.as_of import NOW, newest
from metering.log.transaction import array
from metering.usage.aggregation import Aggregation, UsageCell, UsageSeries, unit_shown
from quantities.number import EXACT
from quantities.period import Period

#: A register with what is asked of it.
ProfileRequest: TypeAlias = tuple[StoredRegister, ProfileQuery]

#: The steps of each request. A step is numbered from 1, as ``width_bucket`` does; what lies outside is not read.
_STEPS = f"""
    shape as materialized (
        select n, cast(edges as timestamptz[]) as edges, cast(cells as int[]) as cells, cast(needed as int[]) as needed
        from unnest(cast(:shapes as int[]), cast(:edges as text[]), cast(:cells as text[]), cast(:needed as text[]))
             as given (n, edges, cells, needed)),
    step as (
        select asked.n, shape.n as shape, width_bucket(known.start, shape.edges) as step,
               count(*) as readings, trim_scale(sum(value) * multiplier) as total,
               count(*) filter (where quality = any(:estimated)) as estimated,
               count(*) filter (where quality = any(:questionable)) as questionable
        from unnest(cast(:numbers as int[]), cast(:series as int[]), cast(:multipliers as numeric[]),
                    cast(:shape_of as int[])) as asked (n, series, multiplier, shape)
        join shape on shape.n = asked.shape
        cross join lateral ({
    newest(
        "start, value, quality",
        "series = asked.series and start >= shape.edges[1] and start < shape.edges[array_length(shape.edges, 1)]",
        of_one_series=True,
    )
}) known
        where value is not null group by asked.n, shape.n, step, multiplier)"""
# text: the as-of rule is a fragment of SQL; and a hot path
_CELLS = text(
    f"""
    with {_STEPS}
    select step.n, cells[step] as cell, trim_scale(sum(total)) as total, max(min_scale(total)) as places,
           cast(sum(readings) as int) as readings, cast(sum(estimated) as int) as estimated,
           cast(sum(questionable) as int) as questionable, count(*) filter (where total = 0) as zeros,
           count(*) filter (where readings >= needed[step]) as whole
    from step join shape on shape.n = step.shape group by step.n, cell
    """
)
# text: the as-of rule is a fragment of SQL; and a hot path
_STEPS_OF_CELLS = text(
    f"""
    with {_STEPS}
    select step.n, step.step, total, readings, estimated, questionable from step join shape on shape.n = step.shape
    where (step.n, cells[step]) in (select * from unnest(cast(:looked_at as int[]), cast(:looked_at_cells as int[])))
    """
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with the shape of its query."""

    register: StoredRegister
    query: ProfileQuery
    shape: ProfileShape


def load_profiles(
    session: Session, requests: Sequence[ProfileRequest], watermark: int = NOW
) -> list[LoadProfile | None]:
    """The load profiles of registers.

    Args:
        session: states the tenant.
        requests: registers of intervals, each with what is asked of it.
        watermark: the last batch that counts.

    Returns:
        One profile a request, in their order; None where the bands of its query divide a step.
    """
    shapes = {query: ProfileShape.of(query) for query in dict.fromkeys(query for _, query in requests)}
    asked = {
        number: _Asked(register, query, shape)
        for number, (register, query) in enumerate(requests)
        if (shape := shapes[query]) is not None and register.register.interval is not None
    }
    if not asked:
        return [None] * len(requests)
    given = _given(asked, watermark)
    profiles: dict[int, dict[int, CellProfile]] = defaultdict(dict)
    for row in session.execute(_CELLS, given).all():
        profiles[row.n][row.cell] = _profile(row, asked[row.n].shape)
    places = {id(shape): cells_by_period(shape.cells) for shape in shapes.values() if shape is not None}
    to_look_at = {
        number: periods_to_look_at(one.query, places[id(one.shape)], profiles[number]) for number, one in asked.items()
    }
    steps = _steps(session, given, asked, to_look_at)
    results: list[LoadProfile | None] = [None] * len(requests)
    for number, one in asked.items():
        cells = {
            period: tuple(profiles[number][place] for place in of_period)
            for period, of_period in places[id(one.shape)].items()
            if period not in steps[number]
        }
        results[number] = LoadProfile(cells, steps[number])
    return results


def _given(asked: Mapping[int, _Asked], watermark: int) -> dict[str, object]:
    """Write down the series of requests and the shapes of their queries as what a statement is given."""
    numbers: dict[tuple[int, Any], int] = {}
    shapes, edges, cells, needed = [], [], [], []
    by_series = []
    for number, one in asked.items():
        interval = one.register.register.interval
        key = (id(one.shape), interval)
        if key not in numbers and interval is not None:
            numbers[key] = len(numbers)
            shapes.append(numbers[key])
            edges.append(array(instant.isoformat() for instant in one.shape.edges))
            cells.append(array(one.shape.cell_of_step))
            needed.append(array(one.shape.readings_needed(interval)))
        by_series += [(number, series, one, numbers[key]) for series in one.register.all_series]
    return {
        "shapes": shapes,
        "edges": edges,
        "cells": cells,
        "needed": needed,
        "numbers": array(number for number, _, _, _ in by_series),
        "series": array(series for _, series, _, _ in by_series),
        "multipliers": array(one.register.register.multiplier for _, _, one, _ in by_series),
        "shape_of": array(shape for _, _, _, shape in by_series),
        "estimated": ESTIMATED,
        "questionable": QUESTIONABLE,
        "watermark": watermark,
    }


def _profile(row: Row[Any], shape: ProfileShape) -> CellProfile:
    return CellProfile(
        cell=shape.cells[row.cell],
        value=EXACT.add(row.total, _nothing(row.places)),
        count=row.readings,
        estimated=row.estimated,
        questionable=row.questionable,
        zeros=row.zeros,
        is_whole=row.whole == shape.steps_of_cell[row.cell],
    )


@cache
def _nothing(places: int) -> Decimal:
    """Zero with so many decimal places: a sum has as many as the term with the most of them."""
    return Decimal((0, (0,), -places))


def _steps(
    session: Session,
    given: Mapping[str, object],
    asked: Mapping[int, _Asked],
    to_look_at: Mapping[int, Sequence[Period]],
) -> dict[int, dict[Period, tuple[UsageSeries, ...]]]:
    """Fetch the steps of some sub-periods of requests: one query for all of them, and none where there are none."""
    wanted = [
        (number, place)
        for number, periods in to_look_at.items()
        if (chosen := set(periods))
        for place, cell in enumerate(asked[number].shape.cells)
        if cell.period in chosen
    ]
    rows: dict[int, dict[int, Row[Any]]] = defaultdict(dict)
    if wanted:
        looked_at = {
            "looked_at": array(number for number, _ in wanted),
            "looked_at_cells": array(place for _, place in wanted),
        }
        for row in session.execute(_STEPS_OF_CELLS, {**given, **looked_at}).all():
            rows[row.n][row.step - 1] = row
    return {
        number: _steps_of(asked[number], set(periods), rows[number]) if periods else {}
        for number, periods in to_look_at.items()
    }


def _steps_of(
    one: _Asked, periods: Collection[Period], rows: Mapping[int, Row[Any]]
) -> dict[Period, tuple[UsageSeries, ...]]:
    """The steps of some sub-periods, by their positions; one without a reading has no value."""
    unit = unit_shown(Aggregation.SUM, one.register.register)
    steps: dict[Period, list[UsageSeries]] = defaultdict(list)
    for at, (step, place) in enumerate(zip(one.shape.steps, one.shape.cell_of_step, strict=True)):
        within, row = one.shape.cells[place], rows.get(at)
        if within.period not in periods:
            continue
        cell = UsageCell(step, within.band, (step,))
        if row is None:
            steps[within.period].append(UsageSeries(cell, (), None, unit))
            continue
        counts = {"count": row.readings, "estimated": row.estimated, "questionable": row.questionable}
        steps[within.period].append(UsageSeries(cell, (), row.total, unit, **counts))
    return {period: tuple(of_period) for period, of_period in steps.items()}
