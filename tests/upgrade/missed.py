"""A life in which the release before ratings (revision 0006) missed what it should have billed, and could not know.

Every contract has one charge and ends by March. What comes late is delivered on 10 February, once January is issued; the run
of 2 March had its chance to correct it, where there was a February to be billed. What it missed, and why, is listed in
test_first_sweep.py beside the numbers.
"""

from api.access.roles import Role
from tests.upgrade.maker import Maker, table, terms, value_of

FLEET = """
sites:
  - name: Werk Köln
    zone: Europe/Berlin
    assets:
      - name: Press 7
        meters:
          - name: Main meter P7
            serial: VA-720
            registers:
              - {key: line.kw, kind: instantaneous, unit: kW, resolution: "0.1", between: linear}
              - {key: held.kw, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: counter.kwh, kind: cumulative, unit: kWh, resolution: "1"}
              - {key: device.kwh, kind: cumulative, unit: kWh, resolution: "1"}
              - {key: state, kind: state, unit: machine_hour, resolution: "1", states: [{code: "1", name: RUN, used: "true"}, {code: "2", name: IDLE}]}
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: parts, kind: event, unit: part, resolution: "1"}
              - {key: seen, kind: event, unit: part, resolution: "1"}
"""
UNTIL_MARCH, UNTIL_FEBRUARY = "ends: 2026-03-01", "ends: 2026-02-01"


def priced(reference: str, register: str, unit: str, more: str = UNTIL_MARCH, price: str = "0.10") -> str:
    """A contract that prices one register."""
    rule = f'rule: {{kind: per_unit, unit: {unit}, unit_price: "{price}"}}'
    return terms(
        reference, "{name: Blechwerke KG, country: DE}", f"\n  - {{name: use, register: {register}, {rule}}}\n", more
    )


INDEX = '{kind: following, terms: [{index: CPI, base: "100"}], every: month, first_review: 2026-01-01, lag_months: "1"}'
PROLONGED = priced("PROLONGED", "seen", "part", "ends: 2026-01-16")
REPRICED = priced("REPRICED", "seen", "part", UNTIL_FEBRUARY)
CONTRACTS = [
    priced("LINE", "line.kw", "kWh"),
    priced("HELD", "held.kw", "kWh"),
    priced("COUNTER", "counter.kwh", "kWh"),
    priced("STATE", "state", "machine_hour"),
    priced("EDGE", "kwh", "kWh", f"{UNTIL_MARCH}\nsettings: {{edges: interpolated}}"),
    priced("LAST", "parts", "part", UNTIL_FEBRUARY),
    priced("SETTLED", "seen", "part", UNTIL_FEBRUARY),
    priced("REVISED", "seen", "part", UNTIL_FEBRUARY).replace('"0.10"}', f'"0.10"}}, index: {{clause: {INDEX}}}'),
    REPRICED,
    PROLONGED,
    priced("DEVICE", "device.kwh", "kWh"),
    priced("FOUND", "parts", "part"),
]


def build(made: Maker) -> None:
    """Live until 3 March 2026: all is issued that this release can bill."""
    made.on("2025-12-20")
    made.key("maker", Role.OWNER)
    made.key("finance", Role.FINANCE)
    made.asks("maker", "PUT", "fleet", content=FLEET)
    made.publishes(value_of("2025-12", "104", "2025-12-19", provisional="true"))
    for contract in CONTRACTS:
        made.agrees(contract)
    made.on("2026-01-31")
    january(made)
    made.on("2026-02-02")
    made.bills()
    made.on("2026-02-10")
    late(made)
    made.on("2026-02-28")
    february(made)
    made.on("2026-03-02")
    made.bills()
    made.on("2026-03-03")
    made.bills()


def january(made: Maker) -> None:
    """What was known when January was billed."""
    made.delivers("line.kw", table([("2026-01-01 00:00", "10"), ("2026-01-22 00:00", "10")]))
    made.delivers("held.kw", table([("2026-01-11 00:00", "5")]))
    made.delivers("counter.kwh", table([("2026-01-05 00:00", "1050"), ("2026-02-01 00:00", "1300")]))
    made.delivers("device.kwh", table([("2026-01-01 00:00", "100")]))
    exchanged = {"at": "2026-01-15T09:00:00Z", "closing": "160", "opening": "5", "serial": "VA-721"}
    made.asks("maker", "POST", "registers/device.kwh/exchanges", json=exchanged)
    made.delivers("device.kwh", table([("2026-02-01 00:00", "45")]))
    made.delivers("state", table([("2026-01-05 00:00", "1"), ("2026-01-06 00:00", "2")]))
    made.delivers("kwh", table([("2026-01-10 10:00", "70"), ("2026-02-01 10:00", "30")]))
    made.delivers("parts", table([("2026-01-08 08:00", "400"), ("2026-01-20 08:00", "300")]))
    made.delivers("seen", table([("2026-01-08 08:00", "400"), ("2026-01-20 08:00", "300")]))
    over = {"charge": "use", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "count doubted"}
    made.disputes("SETTLED", over, accepted=False, who="finance")  # it accepts its own at once


def late(made: Maker) -> None:
    """What became known when January was issued."""
    made.delivers("line.kw", table([("2026-02-05 00:00", "24")]))
    made.delivers("held.kw", table([("2025-12-30 00:00", "2")]))
    made.delivers("counter.kwh", table([("2025-12-30 00:00", "1000")]))
    made.delivers("state", table([("2025-12-31 12:00", "1")]))
    made.delivers("kwh", table([("2025-12-31 23:30", "8")]))
    made.delivers("parts", table([("2026-01-12 08:00", "60"), ("2026-01-28 08:00", "90")]))
    made.settles(1, "due")
    made.publishes(value_of("2025-12", "106", "2026-02-09"))
    made.agrees(REPRICED.replace('"0.10"', '"0.20"').replace("ends:", "in_force_from: 2026-01-15\nends:"))
    made.agrees(PROLONGED.replace("ends: 2026-01-16", "ends: 2026-02-01"))


def february(made: Maker) -> None:
    """What February is billed by."""
    made.delivers("line.kw", table([("2026-03-01 00:00", "24")]))
    made.delivers("counter.kwh", table([("2026-03-01 00:00", "1500")]))
    made.delivers("device.kwh", table([("2026-03-01 00:00", "95")]))
    made.delivers("kwh", table([("2026-03-01 10:00", "20")]))
