"""Who makes the databases that make_old_database.py keeps: deliveries, contracts and bills over HTTP, at stated days."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from api.access.roles import Role
from api.server.database import Access
from tests.scenarios.world import World

#: Whose key is of which tenant.
TENANTS = {"maker": 1, "finance": 1, "blechwerke": 1, "ulm": 2, "ulm office": 2, "west": 3, "west office": 3}
#: Who releases and replays what somebody else prepares.
OFFICES = {"maker": "finance", "ulm": "ulm office", "west": "west office"}


def terms(reference: str, customer: str, charges: str, more: str = "", supplier: str = "Nordluft GmbH") -> str:
    """A contract from 2026 on; few hours of it are read."""
    if "settings: {" not in more:
        more += "\nsettings: {}"
    more = more.replace("settings: {", 'settings: {least_coverage: "0", ').replace(", }", "}")
    return f"""
contract: {reference}
supplier: {{name: {supplier}, country: DE, vat_id: DE129273398, address: [Hafenstraße 1, 20457 Hamburg]}}
customer: {customer}
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
{more}
charges:{charges}"""


def days(first: date, after_last: date) -> Iterator[date]:
    """Each day."""
    return (first + timedelta(days=at) for at in range((after_last - first).days))


def local(day: date, hour: int) -> str:
    """An hour of the site's clock, as a row says it; the site's zone makes an instant of it."""
    return f"{day} {hour:02d}:00"


def table(rows: list[tuple[str, str]]) -> str:
    """Rows as a file."""
    return "time;value\n" + "".join(f"{time};{value}\n" for time, value in rows)


def asked(who: str, path: str, **more: Any) -> dict[str, Any]:
    """A request to be made later."""
    return {"who": who, "method": "POST", "path": f"/v1/{path}", **more}


def delivered(register: str, content: str, who: str = "maker", **more: str) -> dict[str, Any]:
    """A file as a request."""
    return asked(who, "readings", params={"register": register, "source": f"{register}.csv", **more}, content=content)


class Maker:
    """Somebody who delivers, bills and signs at stated days."""

    def __init__(self, access: Access) -> None:
        self.access, self.world = access, World(access)

    def key(self, name: str, role: Role, party: str | None = None) -> None:
        """A key that anybody may know, for the database holds nothing of anybody's."""
        known = f"{hashlib.sha256(name.encode()).hexdigest()[:24]}-no-secret"
        with patch("secrets.token_urlsafe", return_value=known):
            self.world.key(name, role, TENANTS[name], party)

    def on(self, day: str) -> None:
        """Set the clock to the morning of a day."""
        self.world.now = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=6)

    def asks(self, who: str, method: str, path: str, **more: Any) -> Any:
        """Ask, and be answered."""
        return self.world.done(who, method, f"/v1/{path}", **more)

    def delivers(self, register: str, content: str, who: str = "maker", **more: str) -> None:
        """A file."""
        self.world.done(**delivered(register, content, who, **more))

    def agrees(self, contract: str, who: str = "maker") -> None:
        """One records it, another releases it."""
        made = self.asks(who, "POST", "contracts", content=contract)
        self.asks(OFFICES[who], "POST", f"contracts/{made['contract']}/release")

    def publishes(self, index: dict[str, Any], who: str = "maker") -> None:
        """One records values or links of an index, another releases the values."""
        self.asks(who, "POST", "indices", json=index)
        if "values" in index:
            self.asks(OFFICES[who], "POST", f"indices/{index['index']}/release")

    def disputes(self, contract: str, over: dict[str, str], *, accepted: bool, who: str = "blechwerke") -> int:
        """Dispute a charge; the office accepts that, or it waits."""
        number = int(self.asks(who, "POST", f"contracts/{contract}/disputes", json=over)["dispute"])
        if accepted:
            office = next(OFFICES[maker] for maker, tenant in TENANTS.items() if tenant == TENANTS[who])
            self.asks(office, "POST", f"disputes/{number}/accept")
        return number

    def settles(self, number: int, outcome: str, office: str = "finance") -> None:
        """Say whether what is in dispute is due."""
        self.asks(office, "POST", f"disputes/{number}/settle", json={"outcome": outcome})

    def bills(self, *, issue: bool = True, who: str = "maker") -> dict[str, Any]:
        """Bill what is due."""
        done: dict[str, Any] = self.asks(who, "POST", "bill", params={"issue": str(issue).lower()})
        return done


def value_of(month: str, value: str, published: str, **more: str) -> dict[str, Any]:
    """One value of the index CPI."""
    return {"index": "CPI", "values": [{"month": month, "value": value, "published": published, **more}]}
