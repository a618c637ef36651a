"""Event meters: what of an event is its amount, in which unit, and what it is called in the names of registers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metering.events.usage_event import EventClient
from quantities.errors import Conflict, Invalid
from quantities.quantity import unit


class EventAggregation(StrEnum):
    """What an event adds to the use: the number at a path of its content, or one."""

    SUM = "sum"
    COUNT = "count"


class UnbillableAggregation(Invalid):
    """An event meter cannot bill that aggregation exactly."""


class UnfitEventMeter(Invalid):
    """The event meter cannot be meant as it is declared."""


class EventMeterChanged(Conflict):
    """An event meter does not change once it is declared."""


_SUM_AND_COUNT = "sum or count"
#: Aggregations of the other engines by their names there, and why none is billed from events.
_OTHERS: Mapping[str, str] = {
    "max": "the highest of single events is no use; a demand is measured by an interval register",
    "min": "the lowest of single events is no use",
    "avg": "the mean of single events is no use",
    "unique_count": "it needs the set of all values; count them where the events are made, and post their number",
    "latest": "of events of one instant none is the latest; a level is read by an instantaneous register",
    "weighted_sum": "a level over time is read by an instantaneous register",
    "custom": "a formula is a named use of the contract",
}


@dataclass(frozen=True, slots=True)
class EventMeter:
    """What is measured by the events of one type.

    The register of an event is the one that has ``SUBJECT/NAME`` among its keys and aliases: ``NAME`` is the meter's.

    Attributes:
        name: unique among the tenant's; as the slug of OpenMeter's meter, or the code of Lago's metric.
        client: whose events.
        event_type: their type; for Lago their code.
        aggregation: what an event adds.
        unit: of the amounts.
        value: the path to the number in the content, names joined by points; None where events are counted.
        dimensions: by dimension of a register, the path to its value.
    """

    name: str
    client: EventClient
    event_type: str
    aggregation: EventAggregation
    unit: str
    value: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """What it measures, in one line."""
        what = f"the sum of {self.value}" if self.value else "the number"
        paths = ", ".join(f"{dimension} ({path})" for dimension, path in self.dimensions.items())
        by = f" by {paths}" if paths else ""
        return f"{what} of events of type {self.event_type!r} of {self.client} in {self.unit}{by}"

    def register_name(self, subject: str) -> str:
        """The key or alias by which a register takes the events of a subject."""
        return f"{subject}/{self.name}"


def event_meter(
    name: str,
    client: EventClient,
    event_type: str,
    aggregation: str,
    unit_symbol: str,
    *,
    value: str | None = None,
    dimensions: Mapping[str, str] | None = None,
) -> EventMeter:
    """Declare an event meter.

    Args:
        name: of the meter.
        client: whose events.
        event_type: their type.
        aggregation: ``sum`` or ``count``.
        unit_symbol: of the amounts, in any listed spelling.
        value: where the amount stands, as ``$.tokens``, ``tokens`` or ``usage.tokens``.
        dimensions: where the dimensions of a register stand.

    Raises:
        UnbillableAggregation: another aggregation, known of the other engines or not.
        UnfitEventMeter: a sum says no value, a count says one, or a path is none.
        UnknownUnit: the unit is not listed.
    """
    try:
        known = EventAggregation(aggregation.lower())
    except ValueError:
        why = _OTHERS.get(aggregation.lower(), f"it is not known; known are {_SUM_AND_COUNT}")
        expected = _SUM_AND_COUNT
        raise UnbillableAggregation(
            f"{aggregation}: {why}", place="aggregation", found=aggregation, expected=expected
        ) from None
    if (known is EventAggregation.SUM) != (value is not None):
        expected = "a value for a sum" if value is None else "no value for a count"
        actual = value or "no value"
        raise UnfitEventMeter(
            f"the event meter {name!r} needs {expected}", place="value", found=actual, expected=expected
        )
    return EventMeter(
        name=name,
        client=client,
        event_type=event_type,
        aggregation=known,
        unit=unit(unit_symbol).symbol,
        value=None if value is None else _path(name, value),
        dimensions={dimension: _path(name, path) for dimension, path in sorted((dimensions or {}).items())},
    )


def _path(name: str, path: str) -> str:
    names = path.removeprefix("$.")
    if not all(names.split(".")) or "[" in names or "*" in names:
        expected = "names joined by points, as $.usage.tokens"
        detail = f"the event meter {name!r} has the path {path!r}"
        raise UnfitEventMeter(detail, place="value", found=path, expected=expected)
    return names
