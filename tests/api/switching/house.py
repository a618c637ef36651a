"""A tenant that two senders switch to: a fleet, what their events measure, and a contract."""

from dataclasses import dataclass

from api.access.caller import IdentityKind
from api.access.identities import NewIdentity
from api.access.roles import Role
from api.operations.events import declare_event_meter
from api.operations.people import enrol
from api.server.database import Access
from metering.events.event_meter import EventMeter, event_meter
from metering.events.usage_event import EventClient
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from tests.billing.scene import agreed, on
from tests.build import NOON, a_key, let_in, meters
from tests.conftest import application_pool

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: tokens, kind: event, unit: each, resolution: "0.000001", aliases: [acme/tokens]}
              - {key: calls, kind: event, unit: each, resolution: "1", aliases: [acme/calls]}
              - {key: energy, kind: event, unit: kWh, resolution: "0.001", aliases: [sub-1/energy]}
              - {key: parts, kind: event, unit: part, resolution: "1", dimensions: [shift], aliases: [sub-1/parts]}
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", aliases: [meter/tokens]}
"""
CONTRACT = """
contract: E-1
supplier: {name: Nordluft, country: DE}
customer: {name: Blechwerke, country: DE}
assets: [Press]
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
charges:
  - {name: tokens, register: tokens, rule: {kind: per_unit, unit: each, unit_price: "0.0013"}}
  - name: calls
    register: calls
    rule: {kind: graduated, unit: each, tiers: [{up_to: "100", unit_price: "0.05"}, {unit_price: "0.02"}]}
  - {name: energy, register: energy, rule: {kind: per_unit, unit: kWh, unit_price: "0.31"}}
  - {name: parts, register: parts, rule: {kind: per_unit, unit: part, unit_price: "0.07"}}
"""
OPENMETER, LAGO = EventClient.OPENMETER, EventClient.LAGO
METERS: tuple[EventMeter, ...] = (
    event_meter("tokens", OPENMETER, "prompt", "sum", "each", value="$.usage.tokens"),
    event_meter("calls", OPENMETER, "prompt", "count", "each"),
    event_meter("energy", LAGO, "energy", "sum", "Wh", value="wh"),
    event_meter("parts", LAGO, "parts", "count", "part", dimensions={"shift": "shift"}),
)


@dataclass(frozen=True)
class Keys:
    """The keys of a tenant."""

    program: str
    maker: str
    finance: str


def furnish(access: Access, tenant: int = 1) -> Keys:
    """Declare and agree everything, and give keys."""
    with application_pool(access) as database, database.transaction(tenant) as session:
        meters(session)
        declare(session, parse(Fleet, read(FLEET)))
        for meter in METERS:
            declare_event_meter(session, meter, who="anna", at=on("2025-12-01"))
        agreed(session, CONTRACT)
    return keys_of(access, tenant)


def keys_of(access: Access, tenant: int) -> Keys:
    """Give keys to a meter's own program, the owner, and finance."""
    with application_pool(access) as database, database.transaction(tenant) as session:
        program = enrol(session, NewIdentity("gateway", Role.METER, IdentityKind.PROGRAM), at=NOON).key
    let_in(access, "gateway")
    maker, finance = (a_key(access, tenant, role, role.value) for role in (Role.OWNER, Role.FINANCE))
    return Keys(program, maker, finance)
