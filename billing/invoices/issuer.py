"""The zone in which an issuer dates its invoices: that which it states, else the one of its country.

A supplier of Berlin dates an invoice for a machine in Auckland by the day of Berlin: the first day of a year there is
the last of the year before in its books. A country of several zones does not tell which; then the contract's is taken.

Source: zone1970.tab of the time zone database.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from contracts.parties import Party
from quantities.period import zone


def zone_of_issuer(supplier: Party) -> str | None:
    """Name the zone of an issuer's books; None where neither it nor its country says one."""
    return supplier.zone or _zones_of_countries().get(supplier.country)


def day_in_books(supplier: Party, zone_of_contract: str, now: datetime) -> date:
    """Name the day of an instant in the books of an issuer; in the contract's zone, where they are in none."""
    return now.astimezone(zone(zone_of_issuer(supplier) or zone_of_contract)).date()


@cache
def _zones_of_countries() -> Mapping[str, str]:
    """Read the zone of each country that has one: of several rows of the table, the one that it leads."""
    rows = (files("tzdata") / "zoneinfo" / "zone1970.tab").read_text(encoding="utf-8").splitlines()
    zones, leads = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for countries, _, name, *_ in (row.split("\t") for row in rows if row and not row.startswith("#")):
        for country in countries.split(","):
            zones[country].append(name)
        leads[countries.split(",")[0]].append(name)
    of_country = {}
    for country, names in zones.items():
        chosen = names if len(names) == 1 else leads[country]
        if len(chosen) == 1:
            of_country[country] = chosen[0]
    return of_country
