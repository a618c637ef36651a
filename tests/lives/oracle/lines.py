"""Days of a billing period under one version, and the lines of a contract on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.lives.facts import VersionFact
from tests.lives.oracle.clock import day_of, midnight
from tests.lives.oracle.kinds import charge_of
from tests.lives.oracle.periods import BillingPeriod
from tests.lives.oracle.rules import over_amounts, stage
from tests.lives.oracle.taxed import Tax


@dataclass(frozen=True)
class Segment:
    """Days of a billing period for which one version counts."""

    period: BillingPeriod
    first: date
    after_last: date
    version: VersionFact

    @property
    def document(self) -> Mapping[str, Any]:
        return self.version.document

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Its instants."""
        zone = ZoneInfo(self.document["zone"])
        return midnight(self.first, zone), midnight(self.after_last, zone)


@dataclass(frozen=True)
class NetLine:
    """A rounded line, the days of its service, what tax it bears, and the charge that it reduces, if it does."""

    segment: Segment
    first: date
    after_last: date
    charge: str
    nature: str
    amount: Decimal
    in_advance: bool
    of: str = ""
    tax: Tax | None = None


def in_force(versions: Sequence[VersionFact], day: date) -> VersionFact:
    """The newest of the versions whose first day has come."""
    begun = [version for version in versions if first_day(version) <= day]
    if not begun:
        return min(versions, key=lambda version: version.number)
    return max(begun, key=lambda version: version.number)


def first_day(version: VersionFact) -> date:
    return day_of(version.document.get("in_force_from") or version.document["starts"])


def segments(versions: Sequence[VersionFact], period: BillingPeriod) -> list[Segment]:
    """A period's days by the version in force."""
    found: list[Segment] = []
    for number in range((period.after_last - period.first).days):
        day = period.first + timedelta(number)
        version = in_force(versions, day)
        if found and found[-1].version is version:
            found[-1] = Segment(period, found[-1].first, day + timedelta(1), version)
        else:
            found.append(Segment(period, day, day + timedelta(1), version))
    return found


def place_of(document: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    charge = charge_of(document, name) or {}
    return stage(charge), over_amounts(charge)
