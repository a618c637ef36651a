"""The fleet in the database: sites, assets, meters, registers and their series."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, any_, func, text, update
from sqlalchemy import select as columns_of
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from metering.fleet.meter import Asset, Dimensions, Fleet, Meter, Register, RegisterKind, SeriesKey, Site
from metering.fleet.register_query import RegisterQuery
from metering.log.bulk_rows import insert_rows, rows_named
from metering.log.list_page import Listing
from metering.tables import AssetRow, MeterRow, RegisterRow, SeriesRow, SiteRow, within_tenant
from quantities.errors import Conflict, NotFound
from quantities.listing import ListPage
from quantities.period import zone
from quantities.quantity import unit


class RegisterChanged(Conflict):
    """The declaration contradicts what is already declared."""


class NameTaken(Conflict):
    """Another register has this key or alias."""


class NoSuchRegister(NotFound):
    """There is no such register here."""


@dataclass(frozen=True, slots=True)
class StoredRegister:
    """A register with its site, asset and meter, and the numbers of its series.

    Attributes:
        register: as declared.
        series: the number of its series without dimensions, which also identifies the register.
        dimensioned: the numbers of its other series, by their dimensions.
        site: name of its site.
        asset: name of its asset.
        meter: name of its meter.
        zone: of the site.
        approved_until: the last local day on which legal metrology allows its readings to be billed; None: no limit.
        fingerprint: of everything in its declaration that decides what it counts.
    """

    register: Register
    series: int
    dimensioned: Mapping[Dimensions, int]
    site: str
    asset: str
    meter: str
    zone: tzinfo
    approved_until: date | None
    fingerprint: str = ""

    @property
    def all_series(self) -> tuple[int, ...]:
        """The numbers of all its series."""
        return (self.series, *self.dimensioned.values())


@dataclass(frozen=True, slots=True)
class DeclaredCounts:
    """The numbers of sites, assets, meters and registers that a declaration added, and of those known before."""

    sites: int
    assets: int
    meters: int
    registers: int
    known_sites: int
    known_assets: int
    known_meters: int
    known_registers: int


@dataclass(frozen=True, slots=True)
class NewApproval:
    """A meter that a declaration approves until another day than before.

    Attributes:
        meter: its name.
        series: of its registers.
        until: the last day; None: it has no end.
    """

    meter: str
    series: tuple[int, ...]
    until: date | None


def new_approvals(session: Session, fleet: Fleet) -> list[NewApproval]:
    """List the meters that a document approves until another day than they are now."""
    meters = {meter.name: meter for site in fleet.sites for asset in site.assets for meter in asset.meters}
    rows = session.exec(
        select(MeterRow.name, func.array_agg(SeriesRow.id))
        .join(RegisterRow, within_tenant(RegisterRow.meter_id, MeterRow.id))
        .join(SeriesRow, within_tenant(SeriesRow.register_id, RegisterRow.id))
        .where(col(MeterRow.name).in_(_approved_otherwise(session, meters)))
        .group_by(MeterRow.name)
        .order_by(MeterRow.name)
    )
    return [NewApproval(name, tuple(sorted(series)), meters[name].approved_until) for name, series in rows]


def _approved_otherwise(session: Session, meters: Mapping[str, Meter]) -> list[str]:
    stored = rows_named(session, MeterRow, "name", list(meters))
    return [row["name"] for row in stored if row["approved_until"] != meters[row["name"]].approved_until]


def approve_meter(session: Session, series: int, until: date | None) -> None:
    """Approve the meter of a series until another day."""
    register_id = select(SeriesRow.register_id).where(SeriesRow.id == series).scalar_subquery()
    meter_id = select(RegisterRow.meter_id).where(RegisterRow.id == register_id).scalar_subquery()
    session.execute(update(MeterRow).where(col(MeterRow.id) == meter_id).values(approved_until=until))


def declare(session: Session, fleet: Fleet, *, approvals_wait: Collection[str] = ()) -> DeclaredCounts:
    """Store the new parts of a fleet; parts that exist already must be declared as before.

    A few statements for each kind of part, however many there are: only what the document names is read, and only what
    is new or has changed is written.

    Args:
        session: states the tenant.
        fleet: the document.
        approvals_wait: the meters of which the approval stays as it is, because bills rest on it.

    Raises:
        RegisterChanged: a register, or the zone of a site, is declared differently from before.
        NameTaken: another register has the key or an alias.
    """
    assets = [(site, asset) for site in fleet.sites for asset in site.assets]
    meters = [(asset, meter) for _, asset in assets for meter in asset.meters]
    registers_ = [(meter, register) for _, meter in meters for register in meter.registers]

    sites = _Parts(session, SiteRow, "name", [site.name for site in fleet.sites])
    for site in fleet.sites:
        stored = sites.get_or_add(site.name, zone=site.zone)
        _unchanged(f"site {site.name}", {"zone": site.zone}, {"zone": stored["zone"]})
    site_ids = sites.write()
    assets_ = _Parts(session, AssetRow, "name", [asset.name for _, asset in assets])
    for site, asset in assets:
        assets_.get_or_add(asset.name, site_id=site_ids[site.name])
    asset_ids = assets_.write()
    meters_ = _Parts(session, MeterRow, "name", [meter.name for _, meter in meters])
    for asset, meter in meters:
        values = {"serial": meter.serial, "approved_until": meter.approved_until}
        meters_.get_or_add(meter.name, asset_id=asset_ids[asset.name], **values)
        if meter.name not in approvals_wait:
            meters_.set(meter.name, approved_until=meter.approved_until)
    meter_ids = meters_.write()
    rows = _Parts(session, RegisterRow, "key", [register.key for _, register in registers_])
    key_of = _keys_by_name(session, [register for _, register in registers_])
    for meter, register in registers_:
        _declare_register(rows, key_of, meter_ids[meter.name], register)
    register_ids = rows.write()
    insert_rows(session, SeriesRow, [{"register_id": register_ids[key], "dimensions": {}} for key in rows.new])
    kinds = (sites, assets_, meters_, rows)
    return DeclaredCounts(*(len(parts.new) for parts in kinds), *(parts.known for parts in kinds))


class _Parts:
    """The stored parts of one kind that a document names, and its new ones.

    Attributes:
        new: the columns of the new ones, by name.
    """

    def __init__(self, session: Session, row: type[Any], named: str, names: Sequence[str]) -> None:
        self.new: dict[str, dict[str, Any]] = {}
        self._session, self._row, self._named = session, row, named
        self._stored: dict[str, Mapping[str, Any]] = {
            stored[named]: dict(stored) for stored in rows_named(session, row, named, names)
        }
        self._changed: dict[str, dict[str, Any]] = {}

    @property
    def known(self) -> int:
        """How many of those that the document names were stored before."""
        return len(self._stored)

    def get_or_add(self, name: str, **columns: object) -> Mapping[str, Any]:
        """Give the columns of a part as they are stored; of one that is not, those named, to be written."""
        stored = self._stored.get(name) or self.new.get(name)
        if stored is None:
            stored = self.new[name] = {self._named: name, **columns}
        return stored

    def set(self, name: str, **columns: object) -> None:
        """Change columns of a part, where they differ from what is stored."""
        stored = self._stored.get(name)
        if stored is not None and any(stored[column] != value for column, value in columns.items()):
            self._changed.setdefault(name, {"tenant": stored["tenant"], "id": stored["id"]}).update(columns)

    def write(self) -> dict[str, int]:
        """Write what is new, and what has changed; say the keys of all parts, by name."""
        if self._changed:
            self._session.execute(update(self._row), list(self._changed.values()))
        keys = insert_rows(self._session, self._row, list(self.new.values()))
        return {name: stored["id"] for name, stored in self._stored.items()} | dict(zip(self.new, keys, strict=True))


def _keys_by_name(session: Session, declared: Iterable[Register]) -> dict[str, str]:
    """Find which registers have one of the names, as their key or an alias."""
    names = sorted({name for register in declared for name in (register.key, *register.aliases)})
    keys: dict[str, str] = {}
    for key, aliases in session.execute(_NAMES, {"names": names}):
        keys |= dict.fromkeys((key, *aliases), key)
    return keys


#: The registers that have one of some names. Each name is looked up by itself (``rows_named`` says why).
_BY_KEY = """
    select r.id from unnest(cast(:names as text[])) named (name)
    cross join lateral (select id from register where key = named.name limit 1) r"""
_BY_ALIAS = """
    select a.register_id from unnest(cast(:names as text[])) named (name)
    cross join lateral (select register_id from register_alias where name = named.name offset 0) a"""

# text: rows of rows, looked up one by one
_NAMES = text(f"""
    select r.key, r.aliases from ({_BY_KEY} union {_BY_ALIAS}) asked
    cross join lateral (select key, aliases from register where id = asked.id limit 1) r""")

#: The properties of a register that may change later, because they change no use that was ever counted.
_MAY_CHANGE = {"aliases"}
_TRAITS_MAY_CHANGE = {"checks", "profile"}
_TRAITS = {"dimensions", "states", "between", "holds_minutes", "checks", "profile"}


def _declare_register(rows: _Parts, key_of: dict[str, str], meter_id: int, register: Register) -> None:
    names = [register.key, *register.aliases]
    taken = next((key_of[name] for name in names if key_of.get(name, register.key) != register.key), None)
    if taken is not None:
        raise NameTaken(
            f"{taken} is called one of {', '.join(names)} already", place=register.key, found=names, expected=taken
        )
    key_of |= dict.fromkeys(names, register.key)
    defaults = {name: Register.model_fields[name].default for name in _TRAITS}
    traits = register.model_dump(mode="json", include={n for n in _TRAITS if getattr(register, n) != defaults[n]})
    columns = register.model_dump(exclude={"key", *_TRAITS}) | {"quantity_kind": unit(register.unit).kind.value}
    columns |= {"kind": register.kind.value, "aliases": list(register.aliases)}
    columns["traits"] = traits
    row = rows.get_or_add(register.key, meter_id=meter_id, **columns)
    kept: dict[str, Any] = row["traits"]
    stays = {name: value for name, value in columns.items() if name not in _MAY_CHANGE}
    stays["traits"] = traits | {name: kept[name] for name in _TRAITS_MAY_CHANGE if name in kept}
    stored = {name: row[name] for name in columns}
    stored["traits"] = {name: traits[name] for name in _TRAITS_MAY_CHANGE if name in traits} | kept
    _unchanged(f"register {register.key}", stays, stored)
    rows.set(register.key, aliases=columns["aliases"], traits=traits)


def _unchanged(what: str, declared: Mapping[str, object], stored: Mapping[str, object]) -> None:
    moved = {name: str(stored[name]) for name in declared if declared[name] != stored[name]}
    if moved:
        raise RegisterChanged(
            f"{what}: {', '.join(moved)} cannot change",
            place=what,
            found={name: str(declared[name]) for name in moved},
            expected=moved,
        )


#: What of a declaration decides what a register counts: all but names, checks and profiles.
_FINGERPRINT = """
    concat_ws(' ', r.kind, r.unit, 'times', trim_scale(r.multiplier), 'modulus', trim_scale(r.modulus), 'every',
              r.interval_minutes, (r.traits - 'checks' - 'profile')::text, site.zone, 'approved', m.approved_until)"""

#: The columns of a register; its further series are gathered into one JSON value.
_FOUND = f"""
    select {_FINGERPRINT} as fingerprint,
           r.key, r.kind, r.unit, r.resolution, r.interval_minutes, r.modulus, r.multiplier, r.aliases, r.traits,
           s.id as series, site.name as site, site.zone, a.name as asset, m.name as meter, m.approved_until,
           (select coalesce(jsonb_agg(jsonb_build_array(other.id, other.dimensions) order by other.id), '[]')
            from series other where other.register_id = r.id and other.dimensions <> '{{}}') as dimensioned
    """
# text: an expression over five tables, shared with the statements below
_ALL_REGISTERS = text(f"""
    {_FOUND} from register r
    join series s on s.tenant = r.tenant and s.register_id = r.id and s.dimensions = '{{}}'
    join meter m on m.tenant = r.tenant and m.id = r.meter_id
    join asset a on a.tenant = m.tenant and a.id = m.asset_id
    join site on site.tenant = a.tenant and site.id = a.site_id
    order by r.key""")
_OF_ASKED = """
    cross join lateral (select * from register where id = asked.id limit 1) r
    cross join lateral (select * from series where register_id = r.id and dimensions = '{}' limit 1) s
    cross join lateral (select * from meter where id = r.meter_id limit 1) m
    cross join lateral (select * from asset where id = m.asset_id limit 1) a
    cross join lateral (select * from site where id = a.site_id limit 1) site
    order by r.key"""
# text: rows of rows, looked up one by one; every usage query begins with this statement
_REGISTERS_BY_KEY = text(f"{_FOUND} from ({_BY_KEY}) asked {_OF_ASKED}")
# text: the same, by aliases too
_REGISTERS_BY_NAME = text(f"{_FOUND} from ({_BY_KEY} union {_BY_ALIAS}) asked {_OF_ASKED}")


def registers(
    session: Session, keys: Iterable[str] | None = None, *, by_alias: bool = False
) -> dict[str, StoredRegister]:
    """Find registers by key; unknown keys are left out.

    Args:
        session: states the tenant.
        keys: of the registers to find; None: all registers of the tenant.
        by_alias: ``keys`` may contain aliases too.

    Returns:
        The registers by key, in order of their keys.
    """
    if keys is None:
        rows = session.execute(_ALL_REGISTERS)
    else:
        rows = session.execute(_REGISTERS_BY_NAME if by_alias else _REGISTERS_BY_KEY, {"names": sorted(set(keys))})
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
            series=row.series,
            dimensioned={tuple(sorted(dimensions.items())): number for number, dimensions in row.dimensioned},
            site=row.site,
            asset=row.asset,
            meter=row.meter,
            zone=zone(row.zone),
            approved_until=row.approved_until,
            fingerprint=row.fingerprint,
        )
        for row in rows
    }


def _of_asset(name: str) -> ColumnElement[bool]:
    of_asset = select(AssetRow.id).where(AssetRow.name == name).scalar_subquery()
    meters = select(MeterRow.id).where(MeterRow.asset_id == of_asset).scalar_subquery()
    condition: ColumnElement[bool] = col(RegisterRow.meter_id) == any_(func.array(meters))
    return condition


def _of_site(name: str) -> ColumnElement[bool]:
    of_site = select(SiteRow.id).where(SiteRow.name == name).scalar_subquery()
    there = select(MeterRow.id).join(AssetRow, within_tenant(AssetRow.id, MeterRow.asset_id))
    return there.where(MeterRow.id == RegisterRow.meter_id, AssetRow.site_id == of_site).exists()


_LISTING = Listing(
    statement=columns_of(col(RegisterRow.key)),
    key=col(RegisterRow.key),
    sorts={"key": col(RegisterRow.key)},
    filters={
        "begins": lambda begins: func.starts_with(RegisterRow.key, begins),
        "asset": _of_asset,
        "site": _of_site,
    },
    named="key",
)


def listed(session: Session, query: RegisterQuery) -> ListPage[StoredRegister]:
    """List registers in pages, in the order of their keys.

    Raises:
        UnknownSort: there is no such order.
    """
    page = _LISTING.page(session, query)
    keys = [row.key for row in page.rows]
    stored = registers(session, keys) if keys else {}
    return page.of(tuple(stored[key] for key in keys))


# text: an expression over four tables, shared with the statement above; and rows looked up one by one, as there
_FINGERPRINTS = text(
    f"""
    select s.id as series, {_FINGERPRINT} as fingerprint from unnest(cast(:series as int[])) asked (id)
    cross join lateral (select * from series where id = asked.id limit 1) s
    cross join lateral (select * from register where id = s.register_id limit 1) r
    cross join lateral (select * from meter where id = r.meter_id limit 1) m
    cross join lateral (select * from asset where id = m.asset_id limit 1) a
    cross join lateral (select * from site where id = a.site_id limit 1) site
    """
)


def fingerprints(session: Session, series: Iterable[int]) -> dict[int, str]:
    """Fingerprint the declarations of registers, by the numbers of their series."""
    rows = session.execute(_FINGERPRINTS, {"series": sorted(set(series))})
    return {row.series: row.fingerprint for row in rows}


def register_of_key(session: Session, key: str) -> StoredRegister:
    """Find a register by its key.

    Raises:
        NoSuchRegister: no register has that key.
    """
    register = registers(session, [key]).get(key)
    if register is None:
        raise NoSuchRegister(f"there is no register {key!r}", found=key)
    return register


def series_numbers(
    session: Session, keys: Iterable[SeriesKey], known: Mapping[str, StoredRegister]
) -> dict[SeriesKey, int]:
    """The numbers of series; a new combination of dimensions is stored as a new series."""
    numbers: dict[SeriesKey, int] = {}
    for key in sorted(keys):  # in one order, so that two deliveries cannot deadlock
        register = known[key.register]
        number = register.series if not key.dimensions else register.dimensioned.get(key.dimensions)
        numbers[key] = number if number is not None else _new_series(session, register, dict(key.dimensions))
    return numbers


def _new_series(session: Session, register: StoredRegister, dimensions: Mapping[str, str]) -> int:
    register_id = select(SeriesRow.register_id).where(col(SeriesRow.id) == register.series).scalar_subquery()
    values = {"register_id": register_id, "dimensions": dict(dimensions)}
    session.execute(insert(SeriesRow).values(values).on_conflict_do_nothing())
    same = (col(SeriesRow.register_id) == register_id, col(SeriesRow.dimensions) == dict(dimensions))
    return session.exec(select(SeriesRow.id).where(*same)).one()


def fleet(session: Session) -> tuple[Site, ...]:
    """The whole fleet, as the sites of a document that would declare it."""
    by_key = registers(session)
    meters_ = {row.name: row for row in session.exec(select(MeterRow))}
    sites: dict[str, dict[str, dict[str, list[Register]]]] = {}
    zones = {}
    for register in by_key.values():
        zones[register.site] = str(register.zone)
        sites.setdefault(register.site, {}).setdefault(register.asset, {}).setdefault(register.meter, []).append(
            register.register
        )
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
    """The names of all declared assets."""
    return frozenset(session.exec(select(AssetRow.name)))


def declared_assets(session: Session, names: Iterable[str]) -> frozenset[str]:
    """Those of some names that are names of declared assets."""
    return frozenset(row["name"] for row in rows_named(session, AssetRow, "name", names, ("name",)))


def sites_of_assets(session: Session, names: Collection[str]) -> dict[str, str]:
    """Say at which site assets stand, by their names; unknown ones are left out."""
    if not names:
        return {}
    placed = columns_of(col(AssetRow.name), col(SiteRow.name)).join(
        SiteRow, within_tenant(SiteRow.id, AssetRow.site_id)
    )
    return dict(session.execute(placed.where(col(AssetRow.name).in_(sorted(names)))).all())


def register_keys(session: Session) -> Sequence[str]:
    """The keys of all declared registers."""
    return session.exec(select(RegisterRow.key)).all()
