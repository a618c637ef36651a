"""Rows ⇄ values of the fleet: sites, assets, meters, registers and their series."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from metering.errors import Conflict
from metering.meter import Asset, Fleet, Meter, Register, RegisterKind, Site
from metering.period import zone
from metering.quantity import unit
from metering.tables import AssetRow, MeterRow, RegisterRow, SeriesRow, SiteRow


class RegisterChanged(Conflict):
    """What a register counts, and how, stays as it was declared; a new device or a new unit is a new register."""


@dataclass(frozen=True, slots=True)
class StoredRegister:
    """A register with what it belongs to, and the number of its series."""

    register: Register
    series: int
    site: str
    asset: str
    meter: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Declared:
    """How many of each a declaration added."""

    sites: int
    assets: int
    meters: int
    registers: int


def declare(session: Session, fleet: Fleet) -> Declared:
    """Store what is new of a fleet; what is known already must be as it was.

    Raises:
        RegisterChanged: a register, or the zone of a site, is declared otherwise than before.
    """
    added = dict.fromkeys(("sites", "assets", "meters", "registers"), 0)
    for site in fleet.sites:
        site_row, new = _one(session, SiteRow, {"name": site.name}, {"zone": site.zone})
        added["sites"] += new
        _unchanged(f"site {site.name}", {"zone": site.zone}, {"zone": site_row.zone})
        for asset in site.assets:
            asset_row, new = _one(session, AssetRow, {"name": asset.name}, {"site_id": site_row.id})
            added["assets"] += new
            for meter in asset.meters:
                more = {"asset_id": asset_row.id, "serial": meter.serial, "approved_until": meter.approved_until}
                meter_row, new = _one(session, MeterRow, {"name": meter.name}, more)
                added["meters"] += new
                meter_row.approved_until = meter.approved_until
                for register in meter.registers:
                    added["registers"] += _declare_register(session, meter_row.id, register)
    session.flush()
    return Declared(**added)


def _declare_register(session: Session, meter_id: int, register: Register) -> bool:
    columns = register.model_dump(exclude={"key"}) | {"quantity_kind": unit(register.unit).kind.value}
    columns |= {"kind": register.kind.value}
    row, new = _one(session, RegisterRow, {"key": register.key}, {"meter_id": meter_id, **columns})
    found = {name: getattr(row, name) for name in columns}
    _unchanged(f"register {register.key}", columns, found)
    if new:
        session.add(SeriesRow(register_id=row.id, dimensions={}))
    return new


def _unchanged(what: str, declared: Mapping[str, object], found: Mapping[str, object]) -> None:
    moved = {name: str(found[name]) for name in declared if declared[name] != found[name]}
    if moved:
        raise RegisterChanged(
            f"{what}: {', '.join(moved)} cannot change",
            found={name: str(declared[name]) for name in moved},
            expected=moved,
        )


def _one(session: Session, row: type[Any], named: Mapping[str, object], more: Mapping[str, object]) -> tuple[Any, bool]:
    """Find a row by its name, or make it."""
    found = session.exec(select(row).filter_by(**named)).one_or_none()
    if found is not None:
        return found, False
    made = row(**named, **more)
    session.add(made)
    session.flush()
    return made, True


_REGISTERS = text(
    """
    select r.key, r.kind, r.unit, r.resolution, r.interval_minutes, r.modulus, r.multiplier,
           s.id as series, site.name as site, site.zone, a.name as asset, m.name as meter
    from register r join series s on s.register_id = r.id and s.dimensions = '{}'
    join meter m on m.id = r.meter_id join asset a on a.id = m.asset_id join site on site.id = a.site_id
    where cast(:keys as text[]) is null or r.key = any(:keys)
    order by r.key
    """
)


def registers(session: Session, keys: Iterable[str] | None = None) -> dict[str, StoredRegister]:
    """Find registers by key, all of the tenant's unless some are named; unknown keys are just not among them."""
    asked = None if keys is None else sorted(set(keys))
    return {
        row.key: StoredRegister(
            Register(
                key=row.key,
                kind=RegisterKind(row.kind),
                unit=row.unit,
                resolution=row.resolution,
                interval_minutes=row.interval_minutes,
                modulus=row.modulus,
                multiplier=row.multiplier,
            ),
            row.series,
            row.site,
            row.asset,
            row.meter,
            zone(row.zone),
        )
        for row in session.execute(_REGISTERS, {"keys": asked})
    }


def fleet(session: Session) -> tuple[Site, ...]:
    """Read the whole fleet back, as the document that would declare it."""
    found = registers(session)
    serials = dict(list(session.execute(text("select name, serial from meter"))))
    sites: dict[str, dict[str, dict[str, list[Register]]]] = {}
    zones = {}
    for each in found.values():
        zones[each.site] = str(each.zone)
        sites.setdefault(each.site, {}).setdefault(each.asset, {}).setdefault(each.meter, []).append(each.register)
    return tuple(
        Site(
            name=site,
            zone=zones[site],
            assets=tuple(
                Asset(
                    name=asset,
                    meters=tuple(
                        Meter(name=meter, serial=serials[meter], registers=tuple(registers_))
                        for meter, registers_ in meters.items()
                    ),
                )
                for asset, meters in assets.items()
            ),
        )
        for site, assets in sites.items()
    )
