"""A site of daily meters, and a savings contract on them: figures small enough for pen and paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from api.operations.readings import ingest
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from quantities.period import Period, zone
from tests.billing.scene import Scene, agreed, on
from tests.build import meters

SIGNED = [{"party": party, "person": party, "on": "2025-12-01"} for party in ("Nordluft", "Hanse")]
SOURCE = {
    "document": "Audit report E-2025-07", "clause": "annex 3, table 2", "on": "2025-11-30", "parties": ["Nordluft", "Hanse"],
}  # fmt: skip


def paper(energies: Sequence[str], unit: str = "kWh", **changes: Any) -> dict[str, Any]:
    """A baseline on paper: the use of each month, January first; months that are not stated are as the last one."""
    months = [*energies, *[energies[-1]] * (12 - len(energies))]
    return {
        "kind": "agreed", "unit": unit, "zone": "Europe/Berlin", "first": "2026-01-01", "source": SOURCE,
        "model": {"kind": "months", "energies": months}, "uncertainty": {"none_agreed": "true"}, **changes,
    }  # fmt: skip


def plan(name: str, register: str, baseline: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    option = {"kind": "whole_facility", "registers": [register], "baseline": dict(baseline)}
    return {"name": name, "option": option, "signatures": SIGNED, **more}


def priced(price: str, percent: str = "100", **more: Any) -> dict[str, Any]:
    return {
        "kind": "savings_share", "unit": "kWh", "tranches": [{"percent": [percent]}],
        "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": price}}}, **more,
    }  # fmt: skip


def terms(savings: Sequence[Mapping[str, Any]], charges: Sequence[Mapping[str, Any]], **more: Any) -> str:
    return yaml.safe_dump(
        {
            "contract": "S-1",
            "supplier": {"name": "Nordluft", "country": "DE"},
            "customer": {"name": "Hanse", "country": "DE"},
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": "2026-01-01",
            "savings": list(savings),
            "charges": list(charges),
            **more,
        },
        allow_unicode=True,
    )


@dataclass
class Daily(Scene):
    """A tenant with daily meters; every day of some days has one value."""

    zone: str = "Europe/Berlin"

    def meters(self, units: Mapping[str, str]) -> None:
        """Declare a register for each name, in its unit."""
        registers = [
            {"key": key, "kind": "interval", "unit": unit, "resolution": "0.1", "interval_minutes": "1440"}
            for key, unit in units.items()
        ]
        asset = {"name": "Hall", "meters": [{"name": "M", "registers": registers}]}
        fleet = {"sites": [{"name": "Werk", "zone": self.zone, "assets": [asset]}]}
        with self.database.transaction(self.tenant) as session:
            declare(session, parse(Fleet, read(yaml.safe_dump(fleet))))

    def agrees(self, contract: str) -> None:
        with self.database.transaction(self.tenant) as session:
            agreed(session, contract, on("2025-12-10"))

    def reads(
        self, register: str, first: str, after_last: str, value: str, reason: str | None = None, day: str = "2026-03-31"
    ) -> None:
        """Deliver one value for each local day."""
        where = zone(self.zone)
        days = Period.of_days(date.fromisoformat(first), date.fromisoformat(after_last), where).days(where)
        rows = [f"{period.start.isoformat()},{period.end.isoformat()},{value},{register}" for _, period in days]
        with self.database.transaction(self.tenant) as session:
            sender = Sender(f"{register} of {first}.csv", "telematics", on(day), reason)
            meters(session)
            ingest(session, sender, ("start,end,value,register\n" + "\n".join(rows)).encode(), IngestOptions())

    def nets(self, number: str) -> list[str]:
        return [line[2] for line in self.lines(number)]
