"""The life of a plant and of a smaller tenant beside it: of which every release makes a dump, with something of everything."""

import json
import math
from datetime import date, timedelta
from typing import Any

from api.access.roles import Role
from api.operations.billing import bill_everything
from api.server.database import Database
from api.server.provision import administering
from metering.tenants.store import four_eyes
from tests.upgrade.maker import Maker, asked, days, delivered, local, table, terms, value_of

FLEET = """
sites:
  - name: Werk Köln
    zone: Europe/Berlin
    assets:
      - name: Press 5
        meters:
          - name: Main meter P5
            serial: VA-520
            registers:
              - {key: p5.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: p5.hours, kind: cumulative, unit: machine_hour, resolution: "0.1", modulus: "10000"}
              - {key: p5.kw, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: p5.parts, kind: event, unit: part, resolution: "1", dimensions: [material]}
      - name: Compressor station 1
        meters:
          - name: Flow meter K1
            registers:
              - key: k1.air
                kind: interval
                unit: m3@iso1217
                resolution: "0.1"
                interval_minutes: "60"
                checks: [{kind: limit, highest: "900"}]
      - name: Boiler house
        meters:
          - name: Heat meter
            registers: [{key: heat.kwh, kind: cumulative, unit: kWh, resolution: "1"}]
          - name: Weather station
            registers: [{key: weather.degc, kind: instantaneous, unit: degC, resolution: "0.1"}]
"""
OTHER_FLEET = FLEET.partition("      - name: Compressor")[0].replace("Köln", "Ulm").replace("p5", "u1")


BLECH = "{name: Blechwerke KG, country: DE}"
LYON = "{name: Presses de Lyon SA, country: FR, vat_id: FR40303265045}"
TIERS = """
  - {name: fee, rule: {kind: fixed_fee, amount: "%s"}}
  - name: energy
    register: p5.kwh
    rule: {kind: graduated, unit: kWh, per: year, tiers: [{up_to: "150", unit_price: "0.50"}, {unit_price: "0.20"}]}
  - {name: minimum, rule: {kind: minimum_spend, amount: "900", per: quarter}}
  - {name: rebate, rule: {kind: discount, percent: "3", of: [energy]}}
"""
CONTRACTS = {
    "TIERS": terms("TIERS", BLECH, TIERS % "100.00", "assets: [Press 5]"),
    "ADVANCE": terms("ADVANCE", LYON, """
  - {name: rent, rule: {kind: fixed_fee, amount: "310.00", in_advance: "true"}}
  - name: parts
    register: p5.parts
    rule: {kind: matrix, unit: part, entries: [{when: {material: steel}, unit_price: "1.40"}], otherwise: "0.90"}
"""),
    "PREPAID": terms("PREPAID", BLECH, """
  - name: hours
    register: p5.hours
    rule:
      kind: prepaid
      unit: machine_hour
      unit_price: "12.50"
      blocks: [{name: block 1, units: "230", cost: "2000", bought: 2026-01-01, expires: 2027-01-01}]
"""),
    "RATCHET": terms("RATCHET", LYON, """
  - {name: demand, register: p5.kwh, rule: {kind: demand, unit: kW, unit_price: "9.80", block_minutes: "60", ratchet: {percent: "80", periods: "11"}}}
  - {name: level, register: p5.kw, rule: {kind: per_unit, unit: kWh, unit_price: "0.01"}}
"""),
    "COMMITTED": terms("COMMITTED", BLECH, """
  - name: hours
    register: p5.hours
    rule: {kind: commitment, unit: machine_hour, unit_price: "9", overage_factor: "1.1", committed: [{per: quarter, quantity: "150"}]}
  - name: energy
    register: p5.kwh
    included: {quantity: "50", unit: kWh, carry_forward: "20"}
    rule: {kind: take_or_pay, unit: kWh, unit_price: "0.30", annual_quantity: "1000", take_percent: "85", make_up_years: "3"}
"""),
    "INDEXED": terms("INDEXED", BLECH, """
  - name: air
    register: k1.air
    rule: {kind: per_unit, unit: m3@din1343, unit_price: "0.0300"}
    index:
      clause:
        kind: following
        fixed: "0.2"
        terms: [{index: CPI, weight: "0.8", base: "120"}]
        every: month
        first_review: 2026-02-01
        lag_months: 1
"""),
    "AMENDED": terms("AMENDED", LYON, """
  - {name: fee, rule: {kind: fixed_fee, amount: "280.00"}}
  - {name: energy, register: p5.kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.40"}}
"""),
    "QUOTED": terms("QUOTED", BLECH, """
  - {name: fee, rule: {kind: fixed_fee, amount: "55.00"}}
""", "milestones: {quoted: 2025-11-03}"),
    "DOUBTED": terms("DOUBTED", BLECH, """
  - {name: air, register: k1.air, rule: {kind: volume, unit: m3@iso1217, tiers: [{up_to: "1000", unit_price: "0.05"}, {unit_price: "0.04"}]}}
"""),
}  # fmt: skip
AMENDMENT = CONTRACTS["AMENDED"].replace('"280.00"', '"560.00"').replace(
    "starts: 2026-01-01", "starts: 2026-01-01\nin_force_from: 2026-02-15\nreason: second press"
)  # fmt: skip
SAVING: dict[str, Any] = {
    "contract": "SAVING",
    "supplier": {"name": "Nordluft GmbH", "country": "DE", "vat_id": "DE129273398"},
    "customer": {"name": "Blechwerke KG", "country": "DE"},
    "currency": "EUR",
    "zone": "Europe/Berlin",
    "starts": "2026-01-01",
    "savings": [
        {
            "name": "heat saved",
            "option": {
                "kind": "retrofit_isolation",
                "registers": ["heat.kwh"],
                "temperature": "weather.degc",
                "accepted_despite": "the boiler was new in November",
            },
            "extrapolation": {"declined": "5"},
            "signatures": [
                {"party": "Nordluft GmbH", "person": "Emil Kurz", "on": "2026-01-02"},
                {"party": "Blechwerke KG", "person": "Dora Meier", "on": "2026-01-03"},
            ],
        }
    ],
    "statement": {
        "per": "quarter",
        "silent_days": "30",
        "signatories": {"Nordluft GmbH": ["Emil Kurz"], "Blechwerke KG": ["Dora Meier"]},
        "factors": [{"name": "CO2", "per": "kWh", "value": "0.2", "unit": "kg", "first": "2026-01-01", "source": "UBA"}],
    },
    "charges": [
        {
            "name": "share",
            "usage": "heat saved",
            "rule": {
                "kind": "savings_share",
                "unit": "kWh",
                "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": "0.12"}}},
                "tranches": [{"percent": ["80", "60"]}],
                "per": "quarter",
                "on_account": {"amount": ["150.00"]},
            },
        },
        {
            "name": "guarantee",
            "usage": "heat saved",
            "rule": {"kind": "savings_guarantee", "unit": "kWh", "guaranteed": ["40000"], "price": "0.05", "per": "quarter", "excess": "carried"},
        },
    ],
}  # fmt: skip


#: Where the press's hours begin in a month, in kWh; some months lie low enough for a ratchet to hold.
LEVELS = {1: 32, 2: 12, 3: 21, 4: 8, 5: 37, 6: 14}


def month_of(month: int, prefix: str = "p5") -> dict[str, str]:
    """What the press's meters say of a month of 2026."""
    first = date(2026, month, 1)
    some = [first + timedelta(days=at) for at in (3, 9, 16, 23)]
    kwh = [(local(day, 10), f"{LEVELS[month] + 7 * at}.5") for at, day in enumerate(some)]
    begun, next_first = 1000 + 62 * (month - 1), date(2026, month + 1, 1)
    hours = [
        (local(first, 0), f"{begun}"),
        (local(some[2], 0), f"{begun + LEVELS[month]}.5"),
        (local(next_first, 0), f"{begun + 62}"),
    ]
    power = [(local(first, 0), str(4 + month % 3)), (local(some[1], 12), "6.5")]
    parts = [
        f"{local(day, 8)};{20 + at};{material}"
        for at, (day, material) in enumerate(zip(some, ("steel", "mild", "steel", "brass"), strict=True))
    ]
    return {
        f"{prefix}.kwh": table(kwh),
        f"{prefix}.hours": table(hours),
        f"{prefix}.kw": table(power),
        f"{prefix}.parts": "time;value;material\n" + "\n".join(parts) + "\n",
    }


def air(month: int, more: int = 0) -> str:
    """Two days of compressed air, hour by hour, one hour of them missing, and something at the end of the month."""
    first = date(2026, month, 5)
    hourly = [
        (local(day, hour), f"{20 + hour + month}.0")
        for day in days(first, first + timedelta(days=2))
        for hour in range(24)
    ]
    return table(
        [row for row in hourly if row[0] != local(first + timedelta(days=1), 13)]
        + [(local(first, 0)[:8] + "27 10:00", str(300 + more))]
    )


def heat(first: date, after_last: date, percent: int, start: int) -> tuple[str, str, int]:
    """A boiler's heat at each midnight and the weather of the days; after the works it takes so many percent."""
    counter, heats, weather = start, [], []
    for day in days(first, after_last):
        heats.append((local(day, 0), str(counter)))
        degrees = round(6 - 9 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 20) / 365) + day.toordinal() % 5, 1)
        weather.append((local(day, 0), f"{degrees:.1f}"))
        counter += int((300 + 90 * max(0.0, 17 - degrees) + 37 * (day.toordinal() % 3)) * percent / 100)
    return table(heats), table(weather), counter


def build(made: Maker) -> None:
    """Live until 3 April 2026: January and February are issued, March is drafts."""
    made.on("2025-12-20")
    made.key("maker", Role.OWNER)
    made.key("finance", Role.FINANCE)
    made.asks("maker", "PUT", "fleet", content=FLEET)
    made.publishes(value_of("2025-11", "119.8", "2025-12-12"))
    for contract in CONTRACTS.values():
        made.agrees(contract)
    made.key("blechwerke", Role.CUSTOMER, "Blechwerke KG")
    made.on("2026-01-02")
    made.publishes(value_of("2025-12", "120.0", "2025-12-30"))
    heats, weather, counter = heat(date(2025, 11, 1), date(2026, 1, 1), 100, 5000)
    made.delivers("heat.kwh", heats)
    made.delivers("weather.degc", weather)
    of_winter, of_winter_weather, _ = heat(date(2026, 1, 1), date(2026, 4, 2), 72, counter)
    made.delivers("heat.kwh", of_winter)
    made.delivers("weather.degc", of_winter_weather)
    site = {
        "registers": ["heat.kwh"],
        "temperature": "weather.degc",
        "zone": "Europe/Berlin",
        "first": "2025-11-01",
        "after_last": "2026-01-01",
    }
    baseline = made.asks("maker", "POST", "baselines", json={"site": site, "method": {"kind": "caltrack_daily"}})
    SAVING["savings"][0]["option"]["baseline"] = baseline
    made.agrees(json.dumps(SAVING))

    january(made)
    february(made)
    march(made)
    ulm(made)


def january(made: Maker) -> None:
    """Billed with a charge in dispute."""
    made.on("2026-01-20")
    made.disputes("TIERS", doubted("energy", "2026-01-01", "2026-02-01"), accepted=True)
    made.on("2026-01-31")
    month(made, 1)
    made.on("2026-02-02")
    made.bills()


def february(made: Maker) -> None:
    """Billed with what was corrected, settled, amended and set by hand since."""
    made.on("2026-02-10")
    made.delivers("p5.kwh", table([("2026-01-10 10:00", "31.5")]), reason="transmitter exchanged")
    made.settles(1, "due")
    made.agrees(AMENDMENT)
    made.publishes(value_of("2026-01", "121.5", "2026-02-09", provisional="true"))
    prepared = made.asks("maker", "POST", "registers/k1.air/edits", json=by_hand("2026-02-06"))
    made.asks("finance", "POST", f"edits/{prepared['id']}/release")
    made.on("2026-02-28")
    month(made, 2)
    made.on("2026-03-02")
    made.bills()


def march(made: Maker) -> None:
    """Drafted: an index revised, a dispute that waits, readings in question, an edit that waits, a statement agreed."""
    made.on("2026-03-20")
    made.publishes(value_of("2026-01", "122.1", "2026-03-18"))
    made.publishes(value_of("2026-02", "122.6", "2026-03-18"))
    made.disputes("PREPAID", doubted("hours", "2026-03-01", "2026-04-01"), accepted=False)
    waived = made.disputes("COMMITTED", doubted("energy", "2026-02-01", "2026-03-01"), accepted=True)
    made.settles(waived, "waived")
    made.on("2026-03-31")
    month(made, 3, more=700)  # above the limit: it waits for two people
    made.asks("maker", "POST", "registers/k1.air/edits", json=by_hand("2026-03-06"))
    estimate = {"start": "2026-03-06T12:00:00Z", "end": "2026-03-06T13:00:00Z", "reason": "the logger was off"}
    made.asks("maker", "POST", "registers/k1.air/estimates", json=estimate)
    made.on("2026-04-02")
    made.bills(issue=False)
    stated = made.asks(
        "finance", "POST", "contracts/SAVING/statements", json={"day": "2026-03-01", "prepared_by": "Emil Kurz"}
    )
    for who, step, person in (("maker", "submitted", "Emil Kurz"), ("blechwerke", "agreed", "Dora Meier")):
        made.asks(who, "POST", f"statements/{stated['id']}/steps", json={"step": step, "person": person})
    made.on("2026-04-03")
    made.bills(issue=False)


def doubted(charge: str, first: str, after_last: str) -> dict[str, str]:
    """A charge that the customer disputes, of some days."""
    return {"charge": charge, "first": first, "after_last": after_last, "reason": "meter doubted"}


def by_hand(day: str) -> dict[str, str]:
    """A value for the hour that the logger missed."""
    over = {"start": f"{day}T12:00:00Z", "end": f"{day}T13:00:00Z"}
    return {"kind": "set", **over, "value": "41.5", "reason": "read by hand"}


def ulm(made: Maker) -> None:
    """Another tenant, whose one person releases his own work, with work that is written down and not done."""
    made.on("2026-01-02")
    made.key("ulm", Role.OWNER)
    made.key("ulm office", Role.FINANCE)
    made.asks("ulm", "PUT", "fleet", content=OTHER_FLEET)
    press = '\n  - {name: energy, register: u1.kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.25"}}\n'
    made.agrees(terms("U-1", "{name: Ulmer Guss, country: DE}", press, supplier="Südpresse AG"), "ulm")
    made.delivers("u1.kwh", month_of(1, "u1")["u1.kwh"], "ulm")
    made.on("2026-02-02")
    made.bills(who="ulm")
    made.delivers("u1.kwh", month_of(2, "u1")["u1.kwh"], "ulm")
    made.on("2026-03-02")
    made.bills(who="ulm", issue=False)
    monthly = '\n  - {name: fee, rule: {kind: fixed_fee, amount: "99.00"}}\n'
    with administering(made.access.administrator) as connection:
        four_eyes(connection, 2, {"by": "ulm", "at": made.world.now.isoformat(), "reason": "one person so far"})
    alone = terms("U-2", "{name: Ulmer Guss, country: DE}", monthly, supplier="Südpresse AG")
    made.asks("ulm", "POST", "contracts", content=alone)
    database = Database(made.access.app)
    bill_everything(database, 2, made.world.now, only_automatic=True)  # who asked left: only written down
    database.close()


def month(made: Maker, number: int, more: int = 0) -> None:
    """Deliver what the meters of the first tenant say of a month."""
    for register, content in month_of(number).items():
        made.delivers(register, content)
    made.delivers("k1.air", air(number, more))


def what_follows() -> list[dict[str, Any]]:
    """Three more months, as requests."""
    steps: list[dict[str, Any]] = []

    def published(month: str, value: str, on: str) -> list[dict[str, Any]]:
        values = [{"month": month, "value": value, "published": on}]
        return [
            asked("maker", "indices", json={"index": "CPI", "values": values}),
            asked("finance", "indices/CPI/release"),
        ]

    def billed(day: str, requests: list[dict[str, Any]]) -> None:
        steps.append({"on": day, "requests": requests, "billed_by": ["maker", "ulm"]})

    billed("2026-04-04", [])  # what is drafted and due
    true = {"kind": "verify", "start": "2026-03-27T00:00:00Z", "end": "2026-03-28T00:00:00Z", "reason": "a trial run"}
    _, _, counter = heat(date(2025, 11, 1), date(2026, 1, 1), 100, 5000)
    _, _, counter = heat(date(2026, 1, 1), date(2026, 4, 2), 72, counter)
    heats, weather, _ = heat(date(2026, 4, 2), date(2026, 7, 2), 96, counter)
    for number, index in ((4, "123.0"), (5, "123.9"), (6, "123.4")):
        requests = [delivered(register, content) for register, content in month_of(number).items()]
        requests.append(delivered("k1.air", air(number)))
        requests.append(delivered("u1.kwh", month_of(number, "u1")["u1.kwh"], "ulm"))
        requests += published(f"2026-0{number - 1}", index, f"2026-0{number}-18")
        if number == 4:
            requests += [delivered("heat.kwh", heats), delivered("weather.degc", weather)]
            requests.append(delivered("u1.kwh", month_of(3, "u1")["u1.kwh"], "ulm"))
            requests += [asked("maker", "registers/k1.air/edits", json=true), asked("finance", "edits/3/release")]
            requests.append(asked("finance", "disputes/2/settle", json={"outcome": "due"}))
        if number == 5:  # April was opened with what March carries on
            # of months that the old release issued
            requests.append(delivered("p5.kwh", table([("2026-01-10 10:00", "40.5")]), reason="transmitter calibrated"))
            requests.append(delivered("u1.kwh", table([("2026-01-04 10:00", "10.5")]), "ulm", reason="read again"))
            requests.append(delivered("p5.hours", table([("2026-03-01 00:00", "1120")]), reason="misread"))
            signed = CONTRACTS["QUOTED"].replace("{quoted: 2025-11-03}", "{quoted: 2025-11-03, signed: 2026-05-04}")
            requests += [asked("maker", "contracts", content=signed), asked("finance", "contracts/QUOTED/release")]
        billed(f"2026-0{number + 1}-03", requests)
    prepared = asked("finance", "contracts/SAVING/statements", json={"day": "2026-06-01", "prepared_by": "Emil Kurz"})
    signed_by = (("maker", "submitted", "Emil Kurz"), ("blechwerke", "agreed", "Dora Meier"))
    signing = [
        asked(who, "statements/2/steps", json={"step": step, "person": person}) for who, step, person in signed_by
    ]
    billed("2026-07-04", [prepared, *signing])
    return steps
