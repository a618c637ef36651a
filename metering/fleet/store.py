"""Rows ⇄ values of the fleet: sites, assets, meters, registers and their series."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from difflib import get_close_matches
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from metering.fleet.meter import Asset, Dimensions, Fleet, Meter, Register, RegisterKind, SeriesKey, Site
from metering.ingest.raw_columns import RegisterLookup, TargetRegister
from metering.tables import AssetRow, MeterRow, RegisterRow, SeriesRow, SiteRow
from quantities.errors import Conflict
from quantities.period import zone
from quantities.quantity import unit


class RegisterChanged(Conflict):
    """What a register counts, and how, stays as it was declared; a new device or a new unit is a new register."""


class NameTaken(Conflict):
    """A key or an alias is one register's."""


@dataclass(frozen=True, slots=True)
class StoredRegister:
    """A register with what it belongs to, and the numbers of its series.

    Attributes:
        register: what it counts, and how.
        series: the number that stands for it: of the series without dimensions.
        dimensioned: the numbers of its other series, by their dimensions.
        site: where it is.
        asset: at what.
        meter: in what.
        zone: the site's.
        approved_until: the last local day on which its readings may be billed, where the law says so.
    """

    register: Register
    series: int
    dimensioned: Mapping[Dimensions, int]
    site: str
    asset: str
    meter: str
    zone: tzinfo
    approved_until: date | None

    @property
    def all_series(self) -> tuple[int, ...]:
        """The numbers of all its series."""
        return (self.series, *self.dimensioned.values())


@dataclass(frozen=True, slots=True)
class DeclaredCounts:
    """How many of each a declaration added."""

    sites: int
    assets: int
    meters: int
    registers: int


def declare(session: Session, fleet: Fleet) -> DeclaredCounts:
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
    return DeclaredCounts(**added)


_TAKEN = text(
    "select key from register where key <> :key and (key = any(:names) or aliases && cast(:names as text[])) limit 1"
)
#: What a register may be given later on: it moves no reading that was ever counted.
_MAY_CHANGE = {"aliases"}
_TRAITS_MAY_CHANGE = {"checks", "profile"}
_TRAITS = {"dimensions", "states", "between", "holds_minutes", "checks", "profile"}


def _declare_register(session: Session, meter_id: int, register: Register) -> bool:
    names = [register.key, *register.aliases]
    taken = session.execute(_TAKEN, {"key": register.key, "names": names}).scalar()
    if taken is not None:
        raise NameTaken(f"{taken} is called one of {', '.join(names)} already", found=names, expected=taken)
    defaults = {name: Register.model_fields[name].default for name in _TRAITS}
    told = register.model_dump(mode="json", include={n for n in _TRAITS if getattr(register, n) != defaults[n]})
    columns = register.model_dump(exclude={"key", *_TRAITS}) | {"quantity_kind": unit(register.unit).kind.value}
    columns |= {"kind": register.kind.value, "aliases": list(register.aliases)}
    columns["traits"] = told
    row, new = _one(session, RegisterRow, {"key": register.key}, {"meter_id": meter_id, **columns})
    found = {name: getattr(row, name) for name in columns}
    stays = {name: each for name, each in columns.items() if name not in _MAY_CHANGE}
    stays["traits"] = columns["traits"] | {name: row.traits[name] for name in _TRAITS_MAY_CHANGE if name in row.traits}
    found["traits"] = row.traits | {name: told[name] for name in _TRAITS_MAY_CHANGE - row.traits.keys() if name in told}
    _unchanged(f"register {register.key}", stays, found)
    row.aliases, row.traits = columns["aliases"], columns["traits"]
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
    select r.key, r.kind, r.unit, r.resolution, r.interval_minutes, r.modulus, r.multiplier, r.aliases, r.traits,
           s.id as series, site.name as site, site.zone, a.name as asset, m.name as meter, m.approved_until,
           (select coalesce(jsonb_agg(jsonb_build_array(other.id, other.dimensions) order by other.id), '[]')
            from series other where other.register_id = r.id and other.dimensions <> '{}') as dimensioned
    from register r join series s on s.register_id = r.id and s.dimensions = '{}'
    join meter m on m.id = r.meter_id join asset a on a.id = m.asset_id join site on site.id = a.site_id
    where cast(:names as text[]) is null or r.key = any(:names) or (:by_alias and r.aliases && cast(:names as text[]))
    order by r.key
    """
)


def registers(
    session: Session, keys: Iterable[str] | None = None, *, by_alias: bool = False
) -> dict[str, StoredRegister]:
    """Find registers by key, all of the tenant's unless some are named; unknown keys are just not among them.

    Args:
        session: states the tenant.
        keys: of those that are wanted.
        by_alias: take other names of theirs for keys too.
    """
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
                aliases=tuple(row.aliases),
                **row.traits,
            ),
            row.series,
            {tuple(sorted(dimensions.items())): number for number, dimensions in row.dimensioned},
            row.site,
            row.asset,
            row.meter,
            zone(row.zone),
            row.approved_until,
        )
        for row in session.execute(_REGISTERS, {"names": asked, "by_alias": by_alias})
    }


class StoredRegisterLookup(RegisterLookup):
    """The registers of a tenant, looked up as they are named; what was found stays in ``registers``, by key."""

    def __init__(self, session: Session) -> None:
        super().__init__({})
        self._session = session
        self._asked: dict[str, TargetRegister | None] = {}
        self.registers: dict[str, StoredRegister] = {}

    def find(self, names: Iterable[str]) -> Mapping[str, TargetRegister]:
        """Find those of some names that are registers' keys or aliases."""
        names = {name for name in names if "\x00" not in name}
        new = names - self._asked.keys()
        if new:
            found = registers(self._session, new, by_alias=True)
            self.registers |= found
            self._asked |= dict.fromkeys(new)
            self._asked |= {
                name: TargetRegister(each.register, each.zone)
                for each in found.values()
                for name in (each.register.key, *each.register.aliases)
            }
        return {name: target for name in names if (target := self._asked[name]) is not None}

    def nearest(self, name: str) -> list[str]:
        """List the keys that are most like a name that is none."""
        known = self._session.execute(text("select key from register")).scalars()
        return get_close_matches(name[:100], list(known), n=3)

    @property
    def dimensions(self) -> frozenset[str]:
        """What any register's rows may state beside their value."""
        query = (
            "select distinct jsonb_array_elements_text(traits->'dimensions') from register where traits ? 'dimensions'"
        )
        return frozenset(self._session.execute(text(query)).scalars())

    @property
    def events(self) -> bool:
        """Whether there is a register of which a row without a value is one."""
        return bool(self._session.execute(text("select exists (select 1 from register where kind = 'event')")).scalar())


def series_of(session: Session, keys: Iterable[SeriesKey], known: Mapping[str, StoredRegister]) -> dict[SeriesKey, int]:
    """Find the numbers of series; a combination of dimensions that is new becomes one."""
    found: dict[SeriesKey, int] = {}
    for key in sorted(keys):  # in one order, so that two deliveries never wait for each other in a circle
        register = known[key.register]
        number = register.series if not key.dimensions else register.dimensioned.get(key.dimensions)
        found[key] = number if number is not None else _new_series(session, register, dict(key.dimensions))
    return found


def _new_series(session: Session, register: StoredRegister, dimensions: Mapping[str, str]) -> int:
    asked = {"main": register.series, "dimensions": json.dumps(dimensions)}
    session.execute(
        text("""insert into series (register_id, dimensions)
                select register_id, cast(:dimensions as jsonb) from series where id = :main on conflict do nothing"""),
        asked,
    )
    return int(
        session.execute(
            text("""select other.id from series main join series other on other.register_id = main.register_id
                    where main.id = :main and other.dimensions = cast(:dimensions as jsonb)"""),
            asked,
        ).scalar_one()
    )


def fleet(session: Session) -> tuple[Site, ...]:
    """Read the whole fleet back, as the document that would declare it."""
    found = registers(session)
    meters_ = {row.name: row for row in session.execute(text("select name, serial, approved_until from meter"))}
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
                        Meter(
                            name=meter,
                            serial=meters_[meter].serial,
                            approved_until=meters_[meter].approved_until,
                            registers=tuple(registers_),
                        )
                        for meter, registers_ in meters.items()
                    ),
                )
                for asset, meters in assets.items()
            ),
        )
        for site, assets in sites.items()
    )


def asset_names(session: Session) -> frozenset[str]:
    """Name the declared assets."""
    return frozenset(session.exec(select(AssetRow.name)))
