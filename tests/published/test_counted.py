"""Published cases that begin with readings: counted by a database, billed, and found on the invoice.

The sources count events of any kind. Here a kilowatt-hour of a meter stands for a unit: the highest of an hour's values is
its demand, a level is a power, and the number of different values is asked of a register of them.
"""

import json
from collections.abc import Iterable
from decimal import Decimal

import pytest

from api.operations.readings import ingest
from api.server.database import Access, Database
from billing.invoices.invoice import Line
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from quantities.document import parse, read
from quantities.number import plain
from tests.billing.scene import Scene, on
from tests.published.cases import Document, Inputs, of, tiers_of

FLEET = """
sites:
  - name: Site
    zone: Etc/UTC
    assets:
      - name: Machine
        meters:
          - name: M
            registers:
              - {key: energy, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: level, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: user, kind: event, unit: each, resolution: "1"}
"""


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(FLEET)))
    return Scene(access, database)


def document(starts: str, charges: list[Document], **terms: object) -> str:
    party = {"name": "A", "country": "DE"}
    common = {"contract": "C", "supplier": party, "customer": {**party, "name": "B"}, "currency": "EUR"}
    return json.dumps({**common, "zone": "Etc/UTC", "starts": starts, **terms, "charges": charges})  # which YAML reads


def billed(
    scene: Scene, contract: str, register: str, rows: Iterable[tuple[str, str]], day: str, *later: str
) -> tuple[Line, ...]:
    """The lines of the contract's first invoice, and the same when it is computed again."""
    for version in (contract, *later):
        scene.amends(version, "2010-01-01")
    raw = "time,value\n" + "\n".join(f"{at},{value}" for at, value in rows)
    with scene.database.transaction(1) as session:
        receipt = ingest(
            session, Sender(f"{register}.csv", "meter", on(day)), raw.encode(), IngestOptions(register=register)
        )
        assert receipt.verdicts == ()
    assert scene.bills(day).held == {}
    assert scene.replays() == []
    return tuple(scene.invoices()[0].lines)


def each_unit(unit: str = "kW") -> Document:
    return {"kind": "per_unit", "unit": unit, "unit_price": "1"}


def charge(name: str, rule: Document) -> Document:
    return {"name": name, "usage": name, "rule": rule}


class TestAggregation:
    @pytest.mark.parametrize(("inputs", "expected"), of("aggregation"))
    def test_of_events(self, scene: Scene, inputs: Inputs, expected: Inputs) -> None:
        if inputs["function"] == "max":
            register, unit = "energy", "kW"
            use: Document = {"registers": ["energy"], "aggregation": "demand", "block_minutes": "60"}
            rows = [(event["t"], event["v"]) for event in inputs["events"]]
        else:
            register, unit = "user", "each"
            use = {"registers": ["user"], "aggregation": "unique"}
            rows = [(event["t"], event["user"].removeprefix("u")) for event in inputs["events"]]
        contract = document("2022-03-01", [charge("use", each_unit(unit))], usages=[{"name": "use", **use}])
        (line,) = billed(scene, contract, register, rows, "2022-04-01")
        assert Decimal(expected["quantity"]) == line.quantity

    @pytest.mark.parametrize(("inputs", "expected"), of("bucketed_max"))
    def test_the_highest_of_each_bucket_is_priced(self, scene: Scene, inputs: Inputs, expected: Inputs) -> None:
        """A bucket is a day: each day's highest is priced by itself."""
        use = {"name": "use", "registers": ["energy"], "aggregation": "demand", "block_minutes": "60"}
        rule: Document = {"kind": "volume", "unit": "kW", **tiers_of(inputs.get("tiers", [{}]))}
        if inputs["pricing"] == "package":
            sizes = {"size": inputs["package_size"], "package_price": inputs["package_price"]}
            rule = {"kind": "package", "unit": "kW", **sizes}
        rows = [
            (f"2026-01-{5 + day:02}T{at:02}:00Z", value)
            for day, bucket in enumerate(inputs["buckets"])
            for at, value in enumerate(bucket)
        ]
        contract = document("2026-01-01", [charge("use", rule | {"each_day": "full"})], usages=[use])
        lines = billed(scene, contract, "energy", rows, "2026-02-01")
        assert Decimal(expected["amount"]) == sum(line.net for line in lines)

    @pytest.mark.parametrize(("inputs", "expected"), of("weighted_sum"))
    def test_a_level_is_weighted_by_time(self, scene: Scene, inputs: Inputs, expected: Inputs) -> None:
        """The source says how long each level stood, or what is added to it when; what is left stands at none."""
        if "segments" in inputs:
            assert inputs["segments"] == [["20", 86400], ["30", 1296000]]  # a day, fifteen days
            assert inputs["period_seconds"] == 2678400  # of 31
            first, day = "2023-01-01", "2023-02-01"
            rows = [("2023-01-01T00:00Z", "20"), ("2023-01-02T00:00Z", "30"), ("2023-01-17T00:00Z", "0")]
        else:
            first, day = inputs["period"]
            level, rows = Decimal(inputs["carry_in"]), [(f"{first}T00:00Z", inputs["carry_in"])]
            for at, more in inputs["deltas"]:
                level += Decimal(more)
                rows.append((at, plain(level)))
        usages = [{"name": "use", "registers": ["level"], "aggregation": "mean"}]
        price = {**each_unit(), "unit_price": inputs.get("unit_price", "1")}
        (line,) = billed(scene, document(first, [charge("use", price)], usages=usages), "level", rows, day)
        assert Decimal(expected["quantity"]) == line.quantity.quantize(Decimal("1E-10"))
        assert Decimal(expected.get("amount", line.net)) == line.net

    @pytest.mark.parametrize(("inputs", "expected"), of("graduated_prorated_recurring"))
    def test_units_that_join_in_mid_period_count_by_days(self, scene: Scene, inputs: Inputs, expected: Inputs) -> None:
        """Each day's level is priced by its tiers: 75 units all month and 20 more for 15 of 31 days."""
        first, day = inputs["period"]
        ((joined, many),) = inputs["events"]
        held = Decimal(inputs["carry_in_units"])
        rows = [(f"{first}T00:00Z", plain(held)), (f"{joined}T00:00Z", plain(held + Decimal(many)))]
        usages = [
            {"name": name, "registers": ["level"], "aggregation": aggregation}
            for name, aggregation in (("use", "mean"), ("closing", "last"))
        ]
        graduated = {"kind": "graduated", "unit": "kW", "each_day": "share", **tiers_of(inputs["tiers"])}
        charges = [charge("use", graduated), charge("closing", each_unit())]
        lines = billed(scene, document(first, charges, usages=usages), "level", rows, day)
        *use, closing = lines
        assert Decimal(expected["after_event"]) == sum(line.net for line in use)
        assert Decimal(expected["closing_units"]) == closing.quantity


class TestCommitmentOfHoursOfTheDay:
    @pytest.mark.parametrize(("inputs", "expected"), of("commitment_time_of_day"))
    def test_of_a_bucket_and_of_the_rest(self, scene: Scene, inputs: Inputs, expected: Inputs) -> None:
        """A charge for the bucket of the day, and one for the rest: within + above + missing is the whole."""
        (bucket,) = inputs["buckets"]
        hours = [{"start": bucket["start"], "end": bucket["end"]}]
        calendar = {"bands": [{"name": "bucket", "hours": hours}], "otherwise": "rest"}
        charges = [
            {"name": "bucket", "register": "energy", "rule": self.commitment(bucket, calendar, "bucket")},
            {"name": "rest", "register": "energy", "rule": self.commitment(inputs["default"], calendar, "rest")},
        ]
        usages = [{"name": "rest", "registers": ["energy"], "calendar": calendar, "band": "rest"}]
        is_committed = "commitment_amount" in inputs["default"]
        if not is_committed:
            price = {**each_unit("kWh"), "unit_price": inputs["default"]["unit_price"]}
            charges[1] = charge("rest", price)
        rows = [(f"2026-01-05T{hour}Z", many) for hour, many in inputs["windows"]]
        contract = document("2026-01-01", charges, usages=[] if is_committed else usages)
        lines = billed(scene, contract, "energy", rows, "2026-02-01")
        by_part = [sum(line.net for line in lines if line.part == part) for part in range(3)]
        assert [Decimal(expected[name]) for name in ("utilized", "overage", "true_up")] == by_part
        assert Decimal(expected["amount"]) == sum(by_part)

    @staticmethod
    def commitment(terms: Inputs, calendar: Document, band: str) -> Document:
        committed = {"true_up": "true" if terms.get("true_up") else "false"}
        for ours, name in (("quantity", "commitment_quantity"), ("amount", "commitment_amount")):
            if name in terms:
                committed[ours] = terms[name]
        price = {"unit_price": terms["unit_price"], "overage_factor": terms.get("overage_factor", "1")}
        where = {"each_hour": "true", "calendar": calendar, "band": band}
        return {"kind": "commitment", "unit": "kWh", **price, "committed": [committed], **where}


@pytest.mark.parametrize(("inputs", "expected"), of("effective_dated_price"))
def test_a_price_changes_within_a_period_and_tiers_restart(scene: Scene, inputs: Inputs, expected: Inputs) -> None:
    """With ``on_change: restart`` each part of the period is rated by itself, at the prices in force in it."""
    first, day = inputs["period"]
    versions = [
        document(
            first,
            [
                {
                    "name": "use",
                    "register": "energy",
                    "rule": {"kind": "graduated", "unit": inputs["unit"], **tiers_of(version["tiers"])},
                }
            ],
            settings={"on_change": "restart"},
            **({"in_force_from": version["effective"]} if version["effective"] > first else {}),
        )
        for version in inputs["versions"]
    ]
    rows = [(f"{event}T00:00Z", many) for event, many in inputs["events"]]
    lines = billed(scene, versions[0], "energy", rows, day, *versions[1:])
    nets: dict[str, Decimal] = {}
    for line in lines:
        span = f"{line.service_first}..{line.service_after_last}"
        nets[span] = nets.get(span, Decimal(0)) + line.net
    # No use, no line: the source writes one of 0.00.
    assert {span: Decimal(amount) for span, amount in expected["lines"] if Decimal(amount)} == nets
    assert Decimal(expected["amount"]) == sum(nets.values())
