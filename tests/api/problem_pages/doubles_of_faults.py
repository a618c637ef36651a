"""Faults that no example of a few lines has: each is brought about by a document that is large, or made by a program."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from metering.events.lago import LAGO_BATCH_MAX, read_lago_batch
from quantities.document import parse, read
from quantities.plain_json import DEPTH_MAX
from quantities.terms import Terms
from savings.statistics.frozen_statistic import Statistic
from tests.api.problem_pages.house import House


class Coefficients(Terms):
    """Coefficients as a fitted baseline has them."""

    slopes: tuple[Statistic, ...]
    rows: int = 0


OF_FAULTS: Mapping[str, Callable[[House], object]] = {
    "int_parsing_size": lambda house: parse(Coefficients, {"slopes": [], "rows": "9" * 5000}),
    "not-a-statistic": lambda house: parse(Coefficients, {"slopes": ["steep"]}),
    "too-deep": lambda house: read("[" * (DEPTH_MAX + 1)),
    "too-many-faults": lambda house: parse(Coefficients, {"slopes": ["steep"] * 1001}),
    "too_many_events": lambda house: read_lago_batch(
        b'{"events": [' + b", ".join([b"{}"] * (LAGO_BATCH_MAX + 1)) + b"]}", datetime(2026, 3, 2, tzinfo=UTC)
    ),
}
