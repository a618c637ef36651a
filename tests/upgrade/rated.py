"""The life of a third tenant, with what revision 0007 stores anew: ratings, what they asked, and documents of corrections.

Its states say what they are, over a change of unit and of name; two indices are linked and move within a period; of what
is stale, a part is corrected, drafted, due, and not found yet.
"""

from datetime import date, timedelta
from typing import Any

from api.access.roles import Role
from tests.upgrade.maker import Maker, asked, delivered, local, table, terms

FLEET = """
sites:
  - name: Werk Essen
    zone: Europe/Berlin
    assets:
      - name: Press 9
        meters:
          - name: Main meter P9
            serial: VA-900
            registers:
              - {key: w.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: w.mj, kind: interval, unit: MJ, resolution: "1", interval_minutes: "60"}
              - {key: w.line, kind: instantaneous, unit: kW, resolution: "0.1", between: linear}
              - {key: w.counter, kind: cumulative, unit: kWh, resolution: "1"}
              - {key: w.device, kind: cumulative, unit: kWh, resolution: "1"}
              - {key: w.parts, kind: event, unit: part, resolution: "1"}
              - {key: w.ended, kind: event, unit: part, resolution: "1"}
              - {key: w.waits, kind: event, unit: part, resolution: "1"}
"""


def agreed(reference: str, charges: str, more: str = "") -> str:
    """A contract of the third tenant."""
    return terms(reference, "{name: Ruhrguss GmbH, country: DE}", f"\n{charges}\n", more, "Westkraft GmbH")


def priced(reference: str, register: str, unit: str, more: str = "") -> str:
    """A contract that prices one register."""
    rule = f'rule: {{kind: per_unit, unit: {unit}, unit_price: "0.10"}}'
    return agreed(reference, f"  - {{name: use, register: {register}, {rule}}}", more)


CLAUSE = (
    '{kind: following, terms: [{index: prices, base: "100"}], every: month, first_review: 2026-01-15, lag_months: "1"}'
)
PEAK = agreed("PEAK", """
  - {name: demand, register: w.kwh, rule: {kind: demand, unit: kW, unit_price: "9.80", block_minutes: "60", ratchet: {percent: "80", periods: "11"}}}
""")  # fmt: skip
RENAMED = agreed(
    "RENAMED",
    """
  - name: energy
    register: w.kwh
    included: {quantity: "20", unit: kWh, carry_forward: "20"}
    rule: {kind: graduated, unit: kWh, per: year, tiers: [{up_to: "150", unit_price: "0.50"}, {unit_price: "0.20"}]}
""",
)
NEUTRAL = priced("NEUTRAL", "w.parts", "part", "ends: 2026-03-01")
DIVIDED = priced("DIVIDED", "w.parts", "part", "ends: 2026-03-01")
PROLONGED = priced("PROLONGED", "w.parts", "part", "ends: 2026-01-16")
CONTRACTS = [
    PEAK,
    RENAMED,
    NEUTRAL,
    DIVIDED,
    PROLONGED,
    agreed("HEAT", """
  - name: heat
    register: w.mj
    rule: {kind: graduated, unit: kWh, per: year, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}
"""),
    priced("MOVED", "w.parts", "part").replace('"0.10"}', f'"0.10"}}, index: {{clause: {CLAUSE}}}'),
    priced("DOUBTED", "w.parts", "part"),
    priced("ENDED", "w.ended", "part", 'ends: 2026-02-01\nsettings: {correct_after_days: "2"}'),
    priced("WAITS", "w.waits", "part", "ends: 2026-02-01"),
    priced("LINE", "w.line", "kWh", 'settings: {correct_after_days: "60"}'),
    priced("COUNTER", "w.counter", "kWh"),
    priced("DEVICE", "w.device", "kWh", "ends: 2026-05-01"),
    agreed("CLOCK", """
  - {name: day, usage: day, rule: {kind: per_unit, unit: MWh, unit_price: "300"}}
""", """
usages:
  - name: day
    registers: [w.kwh]
    calendar:
      bands: [{name: day, days: [mon, tue, wed, thu, fri], hours: [{start: "06:00", end: "22:00"}]}]
      otherwise: night
      holidays: DE-NW
    band: day
""").replace("zone: Europe/Berlin", "zone: Europe/London"),
    agreed("EARLIER", """
  - {name: fee, rule: {kind: fixed_fee, amount: "50.00"}}
  - {name: first, rule: {kind: discount, arithmetic: "1", amount: "30", of: [fee]}}
  - {name: second, rule: {kind: discount, arithmetic: "1", amount: "30", of: [fee]}}
""", "ends: 2026-05-01"),
]  # fmt: skip


def build(made: Maker) -> None:
    """Live until 3 April 2026: January and February are issued, March is drafts, and the last facts are not swept yet."""
    made.on("2025-12-20")
    made.key("west", Role.OWNER)
    made.key("west office", Role.FINANCE)
    made.asks("west", "PUT", "fleet", content=FLEET)
    of_old = [("2025-12", "99"), ("2026-01", "101"), ("2026-02", "102"), ("2026-03", "103")]
    values = [{"month": month, "value": value, "published": "2025-12-19"} for month, value in of_old]
    made.publishes({"index": "old prices", "values": values}, "west")
    made.publishes(linked("1.02"), "west")
    for contract in CONTRACTS:
        made.agrees(contract, "west")
    _january(made)
    _february(made)
    _march(made)


def _january(made: Maker) -> None:
    made.on("2026-01-31")
    _month(made, 1)
    deliver(made, "w.ended", "2026-01-10 08:00", "500")
    deliver(made, "w.waits", "2026-01-10 08:00", "500")
    bill(made, "2026-02-02")


def _february(made: Maker) -> None:
    """What January is corrected by: at once, by a document of its own, by February, and by nothing."""
    made.on("2026-02-05")
    deliver(made, "w.ended", "2026-01-20 08:00", "100")  # after the last period
    deliver(made, "w.counter", "2025-12-30 00:00", "1000")  # a first read that comes last
    deliver(made, "w.line", "2026-02-05 00:00", "24")  # the next read of a line
    made.agrees(PROLONGED.replace("ends: 2026-01-16", "ends: 2026-03-01"), "west")
    made.agrees(amended(NEUTRAL, "2026-01-25", "another address"), "west")  # after all use: nothing comes of it
    made.agrees(amended(DIVIDED, "2026-01-15", "another address"), "west")  # a part of the use has another tax point
    over = {"charge": "use", "first": "2026-02-01", "after_last": "2026-03-01", "reason": "count doubted"}
    made.disputes("DOUBTED", over, accepted=False, who="west office")  # it accepts its own at once
    for day in ("2026-02-06", "2026-02-09"):  # found on the one; two days later a correction is issued
        bill(made, day)
    deliver(made, "w.ended", "2026-01-10 08:00", "350", reason="counted twice")
    for day in ("2026-02-20", "2026-02-23"):  # now a credit note
        bill(made, day)
    made.agrees(amended(PEAK.replace("kW,", "MW,").replace("9.80", "9900"), "2026-03-01", "another unit"), "west")
    renamed = RENAMED.replace("name: energy", "name: power\n    continues: energy")
    made.agrees(amended(renamed, "2026-03-01", "another name"), "west")
    made.on("2026-02-28")
    _month(made, 2)
    bill(made, "2026-03-02")


def _march(made: Maker) -> None:
    """Drafts, a correction among them, another that is due, and what no sweep has seen."""
    made.on("2026-03-20")
    made.publishes(linked("1.03"), "west")  # the index was linked by a wrong factor
    made.on("2026-03-31")
    _month(made, 3)
    deliver(made, "w.ended", "2026-01-21 08:00", "40")
    bill(made, "2026-04-01", issue=False)
    deliver(made, "w.waits", "2026-01-20 08:00", "60")
    bill(
        made, "2026-04-03", issue=False
    )  # sweeps the drafts of the 1st, and drafts what is due of the late reads of March
    deliver(made, "w.kwh", "2026-01-27 10:00", "10")
    deliver(made, "w.mj", "2026-02-27 10:00", "20")
    made.publishes(linked("1.04"), "west")


def bill(made: Maker, day: str, *, issue: bool = True) -> None:
    """Bill on a day."""
    made.on(day)
    made.bills(issue=issue, who="west")


def deliver(made: Maker, register: str, time: str, value: str, **more: str) -> None:
    """One row."""
    made.delivers(register, table([(time, value)]), "west", **more)


def linked(factor: str) -> dict[str, Any]:
    """An index that goes on in another one."""
    return {"index": "prices", "links": [{"index": "old prices", "factor": factor}]}


def amended(contract: str, day: str, reason: str) -> str:
    """Another version of it, from a day on."""
    return contract.replace("starts: 2026-01-01", f"starts: 2026-01-01\nin_force_from: {day}\nreason: {reason}")


def files_of(month: int) -> dict[str, str]:
    """What the meters say of a month: of the line nothing at its end, so that it is billed before its next read."""
    first, next_first = date(2026, month, 1), date(2026, month + 1, 1)
    some = [first + timedelta(days=at) for at in (4, 12, 20)]
    begun = 1000 + 200 * month
    files = {
        "w.kwh": [(local(day, 10), f"{30 + 5 * at - 3 * month}.5") for at, day in enumerate(some)],
        "w.mj": [(local(day, 10), "80") for day in some],
        "w.line": [(local(some[0], 0), str(10 + month)), (local(some[2], 0), str(12 + month))],
        "w.counter": [(local(some[0], 0), str(begun)), (local(some[2], 0), str(begun + 120))],
        "w.parts": [(local(day, 8), str(100 + 10 * month)) for day in some],
        "w.device": [(local(first, 0), str(_device(first))), (local(next_first, 0), str(_device(next_first)))],
    }
    return {register: table(rows) for register, rows in files.items()}


def _device(day: date) -> int:
    """A counter that was exchanged on 15 January, at 140 for 7: it rises by ten a day."""
    return 10 * (day - date(2026, 1, 1)).days - (133 if day > date(2026, 1, 15) else 0)


def _month(made: Maker, month: int) -> None:
    if month == 1:
        made.delivers("w.device", table([("2026-01-01 00:00", "0")]), "west")
        exchanged = {"at": "2026-01-15T09:00:00Z", "closing": "140", "opening": "7", "serial": "VA-901"}
        made.asks("west", "POST", "registers/w.device/exchanges", json=exchanged)
    for register, content in files_of(month).items():
        made.delivers(register, content, "west")


def what_follows(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Its requests beside those of the others: months that go on, and corrections of what is issued."""
    further: dict[str, list[dict[str, Any]]] = {step["on"]: [] for step in steps}
    for month in (4, 5):
        requests = further[f"2026-0{month + 1}-03"]
        requests += [delivered(register, content, "west") for register, content in files_of(month).items()]
    further["2026-05-03"] += [
        asked("west office", "disputes/4/settle", json={"outcome": "due"}),
        *_row("w.waits", "2026-01-21 08:00", "40"),
    ]
    values = [{"month": f"2026-0{month}", "value": str(100 + month), "published": "2026-05-19"} for month in (4, 5)]
    further["2026-06-03"] += [
        *_row("w.kwh", "2026-01-05 10:00", "25.5", reason="read again"),
        *_row("w.counter", "2025-12-28 00:00", "980"),  # before the read that January begins with: no matter
        asked("west", "indices", json={"index": "old prices", "values": values}),
        asked("west office", "indices/old prices/release"),
    ]
    return [
        step | {"requests": step["requests"] + further[step["on"]], "billed_by": [*step["billed_by"], "west"]}
        for step in steps
    ]


def _row(register: str, time: str, value: str, **more: str) -> list[dict[str, Any]]:
    return [delivered(register, table([(time, value)]), "west", **more)]
