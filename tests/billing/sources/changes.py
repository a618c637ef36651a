"""Changes of stored facts after billing, drawn at random: through operations, and by hand on the tables of facts.

A change says which sources it is news of, and which contracts may be concerned: all that name what is changed, however
little of it they count.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import yaml
from sqlmodel import Session

from api.operations import edits
from api.operations import fleet as fleet_operations
from api.operations.readings import exchange, withdraw
from billing.disputes import store as disputes
from billing.sources.asked import SourceName
from contracts import store as contracts
from contracts.indexation import store as indices
from contracts.release.store import releasing
from metering.fleet.meter import Fleet
from quantities.document import parse, read
from quantities.period import Period
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import agreed, on
from tests.billing.sources import world as made
from tests.billing.sources.world import (
    AMENDED,
    CONTRACTS,
    FLEET,
    LATER,
    World,
    by_hand,
    delivers,
    disputed,
    record_index,
)
from tests.build import acts, meters

#: From before the first period to after the last one.
_FIRST = datetime(2025, 12, 20, tzinfo=UTC)
_HOURS = 24 * 115
_COUNTERS = ("total", "hours", "made")
_LEVELS = ("power", "line", "gauge", "degrees")
_REGISTERS = ("kwh", "big", "weeks", *_COUNTERS, *_LEVELS, "parts", "visits", "states", "office")
_ALL = tuple(CONTRACTS)
#: Those of which a price follows an index.
_INDEXED = ("EDGE",)


@dataclass(frozen=True)
class FactChanged:
    """What was changed.

    Attributes:
        what: in words.
        source: what it is news of.
        references: of the contracts that may be concerned.
    """

    what: str
    source: SourceName
    references: Collection[str]


@dataclass
class Desk:
    """Someone who changes something in an open transaction."""

    world: World
    session: Session
    dice: Random

    def instant(self) -> datetime:
        """Draw an instant, often one at the edge of a period."""
        if self.dice.random() < 0.3:
            edges = ("2025-12-31T23:00", "2026-01-31T23:00", "2026-02-28T23:00", "2026-03-31T22:00", "2026-02-25T23:00")
            at = datetime.fromisoformat(self.dice.choice(edges)).replace(tzinfo=UTC)
            return at + timedelta(microseconds=self.dice.choice((-3_600_000_000, -1_000_000, 0, 0, 1_000_000)))
        return _FIRST + timedelta(hours=self.dice.randrange(_HOURS))

    def day(self) -> date:
        """Draw a day from before the first period to after the last one."""
        return date(2025, 12, 25) + timedelta(days=self.dice.randrange(125))

    def by_hand(self, statement: str, **values: object) -> None:
        """Do what no operation does, as superuser."""
        by_hand(self.session, statement, **values)


Change = Callable[[Desk], FactChanged]


@cache
def _who_count(*keys: str) -> tuple[str, ...]:
    """Name the contracts that name one of some registers in any version."""
    terms = {reference: yaml.safe_dump(contract) for reference, contract in CONTRACTS.items()}
    return tuple(ref for ref, written in terms.items() if any(f" {key}\n" in written for key in keys))


def _a_reading(desk: Desk) -> FactChanged:
    key = desk.dice.choice(_REGISTERS)
    at, more, extent = desk.instant(), {}, None
    if key in ("kwh", "big", "office"):
        at = at.replace(minute=0, second=0, microsecond=0)
    if key == "office":
        at = at.replace(hour=23) - timedelta(days=1)
    if key == "weeks":
        at, _, _ = desk.dice.choice(made.weeks())
        extent = timedelta(days=7)
    if key == "parts":
        more = {
            "material": desk.dice.choice(("steel", "brass", "copper")),
            "shift": desk.dice.choice(("early", "night")),
        }
    value = _a_value(desk, key, at)
    delivers(desk.session, key, [(at, value)], extent=extent, **more)
    return FactChanged(f"{key} reads {value} at {at}", SourceName.READINGS, _who_count(key))


def _a_value(desk: Desk, key: str, at: datetime) -> str:
    if key in _COUNTERS:
        reads = desk.world.read_at[key]
        place = bisect_right([start for start, _ in reads], at)
        low = int(reads[place - 1][1]) if place else max(0, int(reads[0][1]) - 90)
        high = int(reads[place][1]) if place < len(reads) else low + 90
        if high < low:
            high = low + 30
        return str(desk.dice.randint(low, high) % 10000)
    if key == "states":
        return str(desk.dice.randint(1, 3))
    if key in ("parts", "visits"):
        return str(desk.dice.randint(0, 3))
    return str(Decimal(desk.dice.randint(0, 400)) / 10)


def _a_withdrawal(desk: Desk) -> FactChanged:
    key, start = desk.dice.choice(_REGISTERS), desk.instant()
    end = start + timedelta(hours=desk.dice.choice((1, 12, 60, 400, 1200)))
    meters(desk.session)
    withdraw(desk.session, key, Period(start, end), reason="meter test", who="anna", at=LATER)
    return FactChanged(f"{key} is withdrawn from {start} to {end}", SourceName.READINGS, _who_count(key))


def _an_exchange(desk: Desk) -> FactChanged:
    key, at = desk.dice.choice(_COUNTERS), desk.instant()
    reads = desk.world.read_at[key]
    place = bisect_right([start for start, _ in reads], at)
    closing = reads[max(0, place - 1)][1] + desk.dice.randint(0, 20)
    opening = Decimal(desk.dice.randint(0, 50))
    meters(desk.session)
    exchange(desk.session, key, at, closing=closing, opening=opening, serial="S-2", reason="worn", who="anna", at=LATER)
    return FactChanged(f"{key} is exchanged at {at}: {closing}, {opening}", SourceName.READINGS, _who_count(key))


def _rows_by_hand(desk: Desk) -> FactChanged:
    """Write a row of the log with its batch and its touch, as a delivery does."""
    key, at = desk.dice.choice(_REGISTERS), desk.instant()
    extent = timedelta(hours=1) if key in ("kwh", "big", "office", "weeks") else timedelta()
    value = None if desk.dice.random() < 0.2 else Decimal(_a_value(desk, key, at))
    desk.by_hand(
        """
        with known as (select s.tenant, s.id as series, open_batch() as batch from series s
                       join register r on r.id = s.register_id where r.key = :key and s.dimensions = '{}'),
        batched as (insert into batch (tenant, id, kind, source, recorded_by, recorded_at, payload_sha256, stored,
                                       corrected, unchanged, refused)
                    select tenant, batch, 'import', 'by hand', 'anna', :now, '', 1, 0, 0, 0 from known),
        touched as (insert into batch_touch (tenant, series, batch, start, "end", corrected)
                    select tenant, series, batch, :at, :touched_until, 0 from known)
        insert into reading (tenant, series, start, "end", batch, quality, value)
        select tenant, series, :at, :until, batch, 0, :value from known""",
        key=key,
        now=LATER,
        at=at,
        until=at + extent,
        touched_until=max(at + extent, at + timedelta(microseconds=1)),
        value=value,
    )
    return FactChanged(f"{key} reads {value} at {at}, by hand", SourceName.READINGS, _who_count(key))


def _an_amendment(desk: Desk) -> FactChanged:
    reference = desk.dice.choice(_ALL)
    terms = deepcopy(AMENDED if reference == "COUNT" else CONTRACTS[reference])
    kind = desk.dice.choice(list(_AMENDMENTS))
    _AMENDMENTS[kind](desk, terms)
    terms["in_force_from"] = desk.day().isoformat()
    terms["reason"] = f"amended {desk.dice.random()}"
    agreed(desk.session, yaml.safe_dump(terms, allow_unicode=True), LATER)
    return FactChanged(f"{reference}: {kind} from {terms['in_force_from']}", SourceName.VERSIONS, [reference])


def _priced(desk: Desk, terms: dict[str, Any]) -> None:
    charge = desk.dice.choice(terms["charges"])
    for name in ("unit_price", "amount", "percent"):
        if name in charge["rule"]:
            charge["rule"][name] = "7"


def _ended(desk: Desk, terms: dict[str, Any]) -> None:
    terms["ends"] = (date(2026, 1, 2) + timedelta(days=desk.dice.randrange(150))).isoformat()


def _moved_party(desk: Desk, terms: dict[str, Any]) -> None:
    terms["customer"] = dict(terms["customer"]) | {"country": "IT", "vat_id": "IT12345678901"}


def _suspended(desk: Desk, terms: dict[str, Any]) -> None:
    first = max(date(2026, 1, 1), desk.day())
    terms["suspensions"] = [{"first": first.isoformat(), "after_last": (first + timedelta(days=9)).isoformat()}]


def _dropped(desk: Desk, terms: dict[str, Any]) -> None:
    if len(terms["charges"]) > 1:
        terms["charges"] = terms["charges"][:-1]


_AMENDMENTS: dict[str, Callable[[Desk, dict[str, Any]], None]] = {
    "neutral": lambda desk, terms: None,
    "a price": _priced,
    "an end": _ended,
    "another country": _moved_party,
    "a suspension": _suspended,
    "a charge less": _dropped,
    "edges": lambda desk, terms: terms["settings"].update({"edges": desk.dice.choice(["interpolated", "last_read"])}),
    "another zone": lambda desk, terms: terms.update(zone="Asia/Kathmandu"),
    "another anchor": lambda desk, terms: terms.update(billing={"every": "month", "anchor_day": "15"}),
    "another start": lambda desk, terms: terms.update(starts="2026-01-10"),
    "tiers that restart": lambda desk, terms: terms["settings"].update({"on_change": "restart"}),
}


def _a_release(desk: Desk) -> FactChanged:
    contracts.release(desk.session, "EVENT", releasing(desk.session, acts(desk.session, "bert"), LATER))
    return FactChanged("EVENT: the waiting version is released", SourceName.VERSIONS, ["EVENT"])


def _a_release_by_hand(desk: Desk) -> FactChanged:
    acts(desk.session, "bert")
    desk.by_hand(
        "update contract_version set released_by = 'bert', released_at = :now where released_by is null", now=LATER
    )
    return FactChanged("EVENT: the waiting version is released by hand", SourceName.VERSIONS, ["EVENT"])


def _an_index_value(desk: Desk) -> FactChanged:
    name = desk.dice.choice(("CPI", "steel", "metals", "alloys"))
    month = desk.dice.choice(("2025-11", "2025-12", "2026-01", "2026-02", "2026-03"))
    value = str(desk.dice.randint(30, 130))
    published = {"month": month, "value": value, "published": "2026-04-01"}
    is_released = desk.dice.random() < 0.8
    record_index(desk.session, {"index": name, "values": [published]}, is_released=is_released)
    return FactChanged(f"{name} {month} is {value}, released: {is_released}", SourceName.INDEX, _INDEXED)


def _an_index_release(desk: Desk) -> FactChanged:
    indices.release(desk.session, "CPI", releasing(desk.session, acts(desk.session, "bert"), LATER))
    return FactChanged("CPI: what waits is released", SourceName.INDEX, _INDEXED)


def _an_index_release_by_hand(desk: Desk) -> FactChanged:
    acts(desk.session, "bert")
    desk.by_hand("update index_value set released_by = 'bert', released_at = :now where released_by is null", now=LATER)
    return FactChanged("CPI: what waits is released by hand", SourceName.INDEX, _INDEXED)


def _links(desk: Desk) -> FactChanged:
    name, other = desk.dice.choice((("CPI", "alloys"), ("steel", "alloys"), ("steel", "metals"), ("metals", "alloys")))
    factor = desk.dice.choice(("2.1", "3", "2.5"))
    record_index(desk.session, {"index": name, "links": [{"index": other, "factor": factor}]})
    return FactChanged(f"{name} goes on as {factor} × {other}", SourceName.INDEX, _INDEXED)


def _links_by_hand(desk: Desk) -> FactChanged:
    links = desk.dice.choice(("[]", '[{"index": "alloys", "factor": "3"}, {"index": "metals", "factor": "2.1"}]'))
    desk.by_hand("update index_series set links = cast(:links as jsonb) where name = 'steel'", links=links)
    return FactChanged(f"steel goes on as {links} by hand", SourceName.INDEX, _INDEXED)


def _a_dispute(desk: Desk) -> FactChanged:
    reference = desk.dice.choice(_ALL)
    charge = desk.dice.choice(CONTRACTS[reference]["charges"])["name"]
    first = max(date(2026, 1, 1), desk.day())
    accepted, outcome = desk.dice.random() < 0.7, desk.dice.choice((None, True, False))
    until = first + timedelta(days=desk.dice.randint(1, 40))
    number = disputed(
        desk.session, reference, charge, first.isoformat(), until.isoformat(), at=LATER, accepted=accepted
    )
    if outcome is not None:
        settled_by_two(desk.session, number, LATER, due=outcome)
    what = f"{reference}: {charge} is disputed from {first}, accepted: {accepted}, due: {outcome}"
    return FactChanged(what, SourceName.DISPUTES, [reference])


def _a_word_on_a_dispute(desk: Desk) -> FactChanged:
    raised = desk.dice.choice(disputes.of_contracts(desk.session, list(desk.world.references)))
    if raised.accepted_at is None and desk.dice.random() < 0.6:
        at = desk.dice.choice((LATER, on("2026-01-20")))  # also by a clock that was behind that of a bill
        disputes.accept(desk.session, raised.id, by="bert", at=at)
        return FactChanged(
            f"{raised.contract}: the dispute is accepted at {at}", SourceName.DISPUTES, [raised.contract]
        )
    is_due = desk.dice.random() < 0.5
    settled_by_two(desk.session, raised.id, LATER, due=is_due)
    return FactChanged(
        f"{raised.contract}: a dispute is settled, due: {is_due}", SourceName.DISPUTES, [raised.contract]
    )


def _a_dispute_by_hand(desk: Desk) -> FactChanged:
    outcome = desk.dice.choice(("due", "waived"))
    desk.by_hand(
        """update dispute set outcome = :outcome, settled_by = 'bert', settled_at = :now,
               accepted_by = coalesce(accepted_by, 'bert'), accepted_at = coalesce(accepted_at, :now)
           where id = (select min(id) + :at from dispute)""",
        outcome=outcome,
        now=LATER,
        at=desk.dice.randrange(3),
    )
    return FactChanged(f"a dispute is {outcome} by hand", SourceName.DISPUTES, _ALL)


def _a_declaration(desk: Desk) -> FactChanged:
    fleet = read(FLEET)
    meter = fleet["sites"][0]["assets"][0]["meters"][0]
    kind = desk.dice.choice(("an alias", "a check", "an approval", "one more"))
    if kind == "an alias":
        meter["registers"][0]["aliases"] = ["Wirkarbeit"]
    elif kind == "a check":
        meter["registers"][0]["checks"] = [{"kind": "limit", "highest": "30"}]
    elif kind == "an approval":
        meter["approved_until"] = desk.day().isoformat()
    else:
        meter["registers"].append({"key": "new", "kind": "interval", "unit": "kWh", "resolution": "1"})
    declared = fleet_operations.declare(desk.session, parse(Fleet, fleet), who=acts(desk.session, "anna"), at=LATER)
    for edit in declared.waiting:
        edits.release_edit(desk.session, edit.id, who=acts(desk.session, "bert"), at=LATER)
    return FactChanged(f"the fleet is declared with {kind}", SourceName.REGISTERS, _ALL)


_OF_REGISTERS = (
    "multiplier = multiplier * 3",
    "modulus = 20000",
    "modulus = null",
    "interval_minutes = 30",
    """traits = traits || '{"between": "hold"}'""",
    """traits = traits || '{"between": "linear"}'""",
    "traits = traits - 'between'",
    """traits = traits || '{"holds_minutes": "900"}'""",
    "traits = traits - 'holds_minutes'",
    """traits = traits || '{"profile": []}'""",
    "unit = case unit when 'kWh' then 'MWh' when 'kW' then 'W' else unit end",
    "meter_id = (select id from meter where name = 'Weather')",
)
_KINDS_WITH_TRAITS = {"between": _LEVELS, "holds_minutes": (*_LEVELS, "states"), "modulus": _COUNTERS}


def _a_register_by_hand(desk: Desk) -> FactChanged:
    setting = desk.dice.choice(_OF_REGISTERS)
    keys = next((keys for name, keys in _KINDS_WITH_TRAITS.items() if name in setting), _REGISTERS)
    if "interval_minutes" in setting:
        keys = ("kwh", "big", "weeks", "office")
    key = desk.dice.choice(keys)
    desk.by_hand(f"update register set {setting} where key = :key", key=key)
    return FactChanged(f"{key}: {setting}", SourceName.REGISTERS, _who_count(key))


def _states_by_hand(desk: Desk) -> FactChanged:
    used = desk.dice.choice(("true", "false"))
    desk.by_hand(
        "update register set traits = jsonb_set(traits, '{states,1,used}', cast(:used as jsonb)) where key = 'states'",
        used=used,
    )
    return FactChanged(f"IDLE is use: {used}", SourceName.REGISTERS, _who_count("states"))


_OF_PLACES = (
    "update site set zone = 'Asia/Kathmandu' where name = 'Werk'",
    "update site set zone = 'America/New_York' where name = 'Werk'",
    "update site set name = 'Plant' where name = 'Werk'",
    "update asset set site_id = (select id from site where name = 'Lager') where name = 'Press'",
    "update asset set site_id = (select id from site where name = 'Lager') where name = 'Office'",
    "update meter set asset_id = (select id from asset where name = 'Shelf') where name = 'M'",
    "update meter set approved_until = '2026-01-15' where name = 'M'",
)


def _a_place_by_hand(desk: Desk) -> FactChanged:
    statement = desk.dice.choice(_OF_PLACES)
    desk.by_hand(statement)
    return FactChanged(statement, SourceName.REGISTERS, _ALL)


#: With how often each is drawn.
CHANGES: tuple[tuple[Change, int], ...] = (
    (_a_reading, 14),
    (_a_withdrawal, 6),
    (_an_exchange, 4),
    (_rows_by_hand, 6),
    (_an_amendment, 8),
    (_a_release, 1),
    (_a_release_by_hand, 1),
    (_an_index_value, 5),
    (_an_index_release, 1),
    (_an_index_release_by_hand, 1),
    (_links, 2),
    (_links_by_hand, 1),
    (_a_dispute, 4),
    (_a_word_on_a_dispute, 2),
    (_a_dispute_by_hand, 1),
    (_a_declaration, 2),
    (_a_register_by_hand, 5),
    (_states_by_hand, 1),
    (_a_place_by_hand, 2),
)


def drawn(seed: int) -> Change:
    """Draw a change by its seed."""
    dice, kinds = Random(f"kind {seed}"), [kind for kind, _ in CHANGES]
    return dice.choices(kinds, [weight for _, weight in CHANGES])[0]


def seeds_of_each_kind(first: int) -> Iterator[int]:
    """Find, from a seed on, the first one that draws each kind of change."""
    missing, seed = {kind for kind, _ in CHANGES}, first
    while missing:
        if drawn(seed) in missing:
            missing.discard(drawn(seed))
            yield seed
        seed += 1
