"""A savings contract on stored readings: measured, priced, corrected, held, proven, by each of IPMVP's options."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import yaml
from sqlalchemy import event
from sqlmodel import Session

from api.demo import office
from api.demo.documents import document
from api.operations.readings import ingest
from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.counting.store import measure_saving
from billing.documents.verification.documents import VerificationReport
from billing.invoices import store
from billing.proof.explain import explain
from billing.records.proof import UseProof
from billing.records.statement import StatedBaseline
from billing.statements.prepare import prepare
from contracts import store as contracts
from contracts.contract import Contract
from contracts.indexation import store as index_store
from contracts.indexation.series import Index
from contracts.recording.store import read_checked
from contracts.release.store import releasing
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.ingest import IngestOptions
from metering.log.store import watermark
from quantities.document import FaultyDocument, parse, read
from quantities.period import Period, zone
from quantities.rounding import Rounding
from savings.baseline import Baseline, fit
from savings.csv_table import read_table
from savings.methods.caltrack import CaltrackDaily
from savings.methods.hourly import CaltrackHourly
from savings.options.option_a import KeyParameter
from savings.rows import TEMPERATURE, Row
from savings.unit_questions import UnitsInQuestion
from tests.billing.scene import Scene, adjusting, agreed, on
from tests.build import acts, meters
from tests.conftest import application_pool, world_copy

BERLIN = zone("Europe/Berlin")
FIRST, AFTER_LAST = date(2020, 1, 1), date(2020, 4, 1)
SIGNED = [
    {"party": "Nordluft", "person": "Emil Kurz", "on": "2019-12-16"},
    {"party": "Hanse", "person": "Dora Meier", "on": "2019-12-18"},
]


@cache
def example() -> dict[str, Any]:
    found: dict[str, Any] = read(document("office"))
    return found


def baseline() -> dict[str, Any]:
    found: dict[str, Any] = example()["savings"][0]["option"]["baseline"]
    return found


def option(**more: Any) -> dict[str, Any]:
    return {
        "kind": "whole_facility", "registers": ["office.kwh"], "temperature": "weather.degc", "baseline": baseline(), **more,
    }  # fmt: skip


def terms(of: Mapping[str, Any] | None = None, price: Any = None, **plan: Any) -> str:
    """A contract that bills each month the whole value of what was saved, at 0.20 a kWh."""
    price = price or {"price": "0.20"}
    saving = {"name": "saved", "option": dict(of or option()), "signatures": SIGNED, **plan}
    return yaml.safe_dump(
        {
            "contract": "S-1",
            "supplier": {"name": "Nordluft", "country": "DE"},
            "customer": {"name": "Hanse", "country": "DE"},
            "currency": "EUR",
            "zone": "Europe/Berlin",
            "starts": str(FIRST),
            "savings": [saving],
            "charges": [
                {
                    "name": "share",
                    "usage": "saved",
                    "rule": {
                        "kind": "savings_share",
                        "unit": "kWh",
                        "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": price}},
                        "tranches": [{"percent": ["100"]}],
                    },
                }
            ],
        },
        allow_unicode=True,
    )


class Office(Scene):
    """The example office, with three months of its readings."""

    def agrees(self, contract: str) -> None:
        with self.database.transaction(self.tenant) as session:
            agreed(session, contract, on("2019-12-20"))

    def measured(self) -> None:
        with self.database.transaction(self.tenant) as session:
            declare(session, parse(Fleet, read(document("fleet"))))
        self.sends(office.weather(FIRST, AFTER_LAST), "weather.csv")
        self.sends(office.energy(FIRST, AFTER_LAST), "office.csv")

    def sends(self, raw: bytes, source: str, reason: str | None = None, day: str = "2020-04-01") -> None:
        with self.database.transaction(self.tenant) as session:
            meters(session)
            ingest(session, Sender(source, "telematics", on(day), reason), raw, IngestOptions())


@pytest.fixture
def unmeasured(access: Access, database: Database) -> Office:
    return Office(access, database)


def fill(access: Access) -> None:
    with application_pool(access) as database:
        Office(access, database).measured()


@pytest.fixture
def scene(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Office]:
    with (
        world_copy(server, "the office's first quarter", fill, request.node.nodeid) as (access, _),
        application_pool(access) as database,
    ):
        yield Office(access, database)


def lines_of(raw: bytes) -> dict[str, Decimal]:
    rows = [line.split(",") for line in raw.decode().splitlines()[1:]]
    return {at: Decimal(value) for at, value, _ in rows}


@cache
def by_hand(first: date, after_last: date) -> int:
    """The saving of some days, from the files and the model's five numbers: rounded expected less rounded measured."""
    model = baseline()["model"]
    known = {name: Decimal(model[name]["slope"]) for name in ("heating", "cooling")}
    points = {name: Decimal(model[name]["balance_point"]) for name in ("heating", "cooling")}
    degrees, used = lines_of(office.weather(first, after_last)), lines_of(office.energy(first, after_last))
    expected = Decimal(0)
    for _, period in Period.of_days(first, after_last, BERLIN).days(BERLIN):
        hours = [value for at, value in degrees.items() if datetime.fromisoformat(at) in period]
        mean = sum(hours, Decimal(0)) / len(hours) * Decimal("1.8") + 32
        calculation = period.start.astimezone(BERLIN).weekday() < 5
        expected += Decimal(model["intercept"]) + Decimal(model["drivers"]["working"]) * calculation
        expected += known["heating"] * max(Decimal(0), points["heating"] - mean)
        expected += known["cooling"] * max(Decimal(0), mean - points["cooling"])
    return round(expected) - round(sum(used.values(), Decimal(0)))


class TestWholeFacility:
    def test_each_month_bills_what_pen_and_paper_do(self, scene: Office) -> None:
        scene.agrees(terms())
        scene.bills("2020-04-01")
        months = [(FIRST, date(2020, 2, 1)), (date(2020, 2, 1), date(2020, 3, 1)), (date(2020, 3, 1), AFTER_LAST)]
        billed = [scene.lines(f"2020-{n:06d}")[0][2] for n in (1, 2, 3)]
        assert billed == [f"{by_hand(*month) * Decimal('0.20'):.2f}" for month in months]
        assert scene.replays() == []

    def test_many_take_as_many_statements_as_one(self, scene: Office) -> None:
        def statements(first: int, count: int) -> int:
            for number in range(first, first + count):
                scene.agrees(terms().replace("S-1", f"S-{number}"))
            run: list[str] = []

            def noted(*arguments: Any) -> None:
                run.append(arguments[2])

            event.listen(scene.database.engine, "before_cursor_execute", noted)
            try:
                assert len(scene.bills("2020-02-01").invoices) == count
            finally:
                event.remove(scene.database.engine, "before_cursor_execute", noted)
            return len(run)

        statements(1, 1)  # the first of an issuer takes some more
        assert statements(2, 1) == statements(3, 5)
        saved = by_hand(FIRST, date(2020, 2, 1))
        assert {scene.lines(f"2020-{n:06d}")[0][2] for n in range(1, 8)} == {f"{saved * Decimal('0.20'):.2f}"}

    def test_a_line_opens_to_model_and_readings(self, scene: Office) -> None:
        scene.agrees(terms())
        scene.bills("2020-02-01")
        with scene.database.transaction(1) as session:
            found = explain(session, store.find(session, "2020-000001"), 1, most=5)
        usage = found.line.proof.usage
        assert isinstance(usage, UseProof)
        assert {register.register_key for register in usage.registers} == {"office.kwh", "weather.degc"}
        assert [register.count for register in usage.registers] == [744, 744]
        assert "31 in_range" in usage.calculation
        assert (found.line.proof.sum or "").startswith("all 2020-01: ")
        assert {each.register for each in found.readings} <= {"office.kwh", "weather.degc"}

    @pytest.mark.parametrize("register", ["office.kwh", "weather.degc"])
    def test_a_corrected_reading_becomes_an_adjustment(self, scene: Office, register: str) -> None:
        """100 kWh more were measured in one hour, or it was 24 °C warmer: 0.20 a kWh of the difference comes back."""
        scene.agrees(terms())
        scene.bills("2020-02-01")
        raw = (
            office.energy(FIRST, FIRST + timedelta(1))
            if register == "office.kwh"
            else office.weather(FIRST, FIRST + timedelta(1))
        )
        at, value = next(iter(lines_of(raw).items()))
        changed = value + (100 if register == "office.kwh" else 24)
        scene.sends(
            f"time,value,register\n{at},{changed},{register}\n".encode(), "again.csv", "meter test", "2020-02-20"
        )
        scene.bills("2020-03-01")
        lines = adjusting(scene.lines("2020-000002"))
        heating = Decimal(baseline()["model"]["heating"]["slope"])
        off = Decimal(100) if register == "office.kwh" else heating * Decimal("1.8")
        back = sum(Decimal(line[2]) for line in lines)
        assert abs(back + off * Decimal("0.20")) <= Decimal("0.20")  # a whole kWh, rounded
        assert {line[3] for line in lines} == {"2020-000001"}
        assert scene.replays() == []

    def test_a_meter_in_megawatt_hours_saves_the_same(self, unmeasured: Office) -> None:
        fleet = (
            document("fleet")
            .decode()
            .replace(
                'key: office.kwh, kind: interval, unit: kWh, resolution: "0.1"',
                'key: office.kwh, kind: interval, unit: MWh, resolution: "0.0001"',
            )
        )
        with unmeasured.database.transaction(1) as session:
            declare(session, parse(Fleet, read(fleet)))
            agreed(session, terms(), on("2019-12-20"))
        unmeasured.sends(office.weather(FIRST, AFTER_LAST), "weather.csv")
        rows = [f"{at},{value / 1000},office.kwh" for at, value in lines_of(office.energy(FIRST, AFTER_LAST)).items()]
        unmeasured.sends(("time,value,register\n" + "\n".join(rows)).encode(), "office.csv")
        unmeasured.bills("2020-02-01")
        assert unmeasured.lines("2020-000001")[0][2] == f"{by_hand(FIRST, date(2020, 2, 1)) * Decimal('0.20'):.2f}"

    def test_bands_split_a_day_as_it_was_measured(self, scene: Office) -> None:
        calendar = example()["savings"][0]["calendar"]
        scene.agrees(terms(calendar=calendar, split="measured"))
        scene.bills("2020-02-01")
        (line,) = scene.lines("2020-000001")
        whole = by_hand(FIRST, date(2020, 2, 1))
        assert abs(Decimal(line[2]) / Decimal("0.20") - whole) <= 3  # two bands, each energy rounded by itself

    def test_agreed_shares_split_it_otherwise(self, scene: Office) -> None:
        calendar = example()["savings"][0]["calendar"]
        scene.agrees(terms(calendar=calendar, split="shares", shares={"working hours": "0.55", "other hours": "0.45"}))
        scene.bills("2020-02-01")
        with scene.database.transaction(1) as session:
            calculation = explain(session, store.find(session, "2020-000001"), 1, most=1).line.proof.sum or ""
        assert "working hours 2020-01" in calculation
        assert "other hours 2020-01" in calculation


class TestWhatHoldsTheInvoice:
    def gappy(self) -> bytes:
        """Five days of January are missing."""
        rows = office.energy(FIRST, AFTER_LAST).decode().splitlines()
        return "\n".join(row for row in rows if not "2020-01-20" <= row[:10] < "2020-01-25").encode()

    def starts(self, scene: Office, contract: str) -> None:
        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, read(document("fleet"))))
            agreed(session, contract, on("2019-12-20"))
        scene.sends(office.weather(FIRST, AFTER_LAST), "weather.csv")
        scene.sends(self.gappy(), "office.csv")

    def test_below_the_coverage_nobody_is_paid_less_in_silence(self, unmeasured: Office) -> None:
        self.starts(unmeasured, terms())
        held = unmeasured.bills("2020-02-01").held["S-1"]
        assert held == "share: saved: 26 of 31 rows count; 5 missing"
        rows = [
            row
            for row in office.energy(FIRST, AFTER_LAST).decode().splitlines()
            if "2020-01-20" <= row[:10] < "2020-01-25"
        ]
        unmeasured.sends(("time,value,register\n" + "\n".join(rows)).encode(), "late.csv")
        assert unmeasured.bills("2020-02-01").held == {}
        assert unmeasured.lines("2020-000001")[0][2] == f"{by_hand(FIRST, date(2020, 2, 1)) * Decimal('0.20'):.2f}"

    def test_missing_weather_holds_it_as_missing_energy_does(self, unmeasured: Office) -> None:
        """The station was silent from the 20th to the 24th: 120 of 744 hours have no temperature."""
        with unmeasured.database.transaction(1) as session:
            declare(session, parse(Fleet, read(document("fleet"))))
            agreed(session, terms(option(baseline=hourly())), on("2019-12-20"))
        weather = office.weather(FIRST, AFTER_LAST).decode().splitlines()
        late = [row for row in weather if "2020-01-20" <= row[:10] < "2020-01-25"]
        unmeasured.sends("\n".join(row for row in weather if row not in late).encode(), "weather.csv")
        unmeasured.sends(office.energy(FIRST, AFTER_LAST), "office.csv")
        assert "rows count; 120 missing" in unmeasured.bills("2020-02-01").held["S-1"]
        unmeasured.sends("\n".join([weather[0], *late]).encode(), "late.csv")
        assert unmeasured.bills("2020-02-02").held == {}

    def on_account(self, least: str) -> str:
        """100 a month on account, settled by the quarter: the whole value at 0.20 a kWh."""
        version = yaml.safe_load(terms(least_coverage=least))
        version["charges"][0]["rule"] |= {"per": "quarter", "on_account": {"amount": ["100"]}}
        return yaml.safe_dump(version)

    def test_a_thin_month_is_billed_on_account_and_its_window_is_settled_where_it_is_covered(
        self, unmeasured: Office
    ) -> None:
        """26 of 31 days of January are 84 %, 86 of the 91 of the quarter 94.5 %: above the agreed 90 %."""
        self.starts(unmeasured, self.on_account("0.9"))

        assert unmeasured.bills("2020-04-01").held == {}
        assert [line[2] for line in unmeasured.lines("2020-000001")] == ["100.00"]
        assert [line[2] for line in unmeasured.lines("2020-000002")] == ["100.00"]
        assert len(unmeasured.lines("2020-000003")) == 2
        assert unmeasured.replays() == []

    def test_a_window_is_held_until_it_is_covered(self, unmeasured: Office) -> None:
        """86 of 91 days are fewer than 95 %: January and February are billed on account, and March waits for both."""
        self.starts(unmeasured, self.on_account("0.95"))

        assert unmeasured.bills("2020-04-01").held == {"S-1": "share: saved: 86 of 91 rows count"}
        assert [line[2] for line in unmeasured.lines("2020-000002")] == ["100.00"]
        missing = set(office.energy(FIRST, AFTER_LAST).decode().splitlines()) - set(self.gappy().decode().splitlines())
        unmeasured.sends(("time,value,register\n" + "\n".join(sorted(missing))).encode(), "late.csv")
        assert unmeasured.bills("2020-04-02").held == {}
        months = [(FIRST, date(2020, 2, 1)), (date(2020, 2, 1), date(2020, 3, 1)), (date(2020, 3, 1), AFTER_LAST)]
        owed = sum((by_hand(*of_month) * Decimal("0.20") for of_month in months), Decimal(0))
        billed = [line[2] for number in (1, 2, 3) for line in unmeasured.lines(f"2020-{number:06d}")]
        assert sum(map(Decimal, billed)) == owed
        assert unmeasured.replays() == []

    def test_a_correction_repays_less_of_an_investment(self, scene: Office) -> None:
        """All of a saving until January's and half of February's are repaid, then half of it; 100 kWh less in January.

        What January repays less February repays more, and the half that it repays not is a half of that.
        """
        months = [(FIRST, date(2020, 2, 1)), (date(2020, 2, 1), date(2020, 3, 1)), (date(2020, 3, 1), AFTER_LAST)]
        values = [by_hand(*of_month) * Decimal("0.20") for of_month in months]
        investment = values[0] + Rounding.HALF_UP.to_places(values[1] / 2, 2)
        version = yaml.safe_load(terms())
        version["charges"][0]["rule"]["until_repaid"] = {"investment": str(investment), "percent": "50"}
        scene.agrees(yaml.safe_dump(version))
        scene.bills("2020-03-01")
        at, value = next(iter(lines_of(office.energy(FIRST, FIRST + timedelta(1))).items()))
        raw = f"time,value,register\n{at},{value + 100},office.kwh\n".encode()
        scene.sends(raw, "again.csv", "meter test", "2020-03-20")
        scene.bills("2020-04-01")

        billed = [Decimal(line[2]) for number in (1, 2, 3) for line in scene.lines(f"2020-{number:06d}")]
        less = values[0] - sum(Decimal(line[2]) for line in scene.lines("2020-000001"))
        assert less == 0  # January was billed before it was corrected
        january = values[0] - 20
        february = investment - january
        february += (values[1] - february) / 2
        assert abs(sum(billed) - (january + february + values[2] / 2)) <= Decimal("0.20")  # a whole kWh, rounded
        assert scene.replays() == []

    def test_masked_days_are_left_out_of_both_sides(self, unmeasured: Office) -> None:
        mask = {"first": "2020-01-20", "after_last": "2020-01-25", "reason": "main meter exchanged", "evidence": "W-17"}
        self.starts(unmeasured, terms(masks=[mask]))
        assert unmeasured.bills("2020-02-01").held == {}
        with unmeasured.database.transaction(1) as session:
            line = explain(session, store.find(session, "2020-000001"), 1, most=1).line
        assert isinstance(line.proof.usage, UseProof)
        assert "5 masked" in line.proof.usage.calculation

    def test_a_price_that_is_published_late_is_waited_for_and_a_revised_one_rated_again(self, scene: Office) -> None:
        def publishes(value: str, day: str, *, provisional: bool = False) -> None:
            told = {
                "index": "spot",
                "kind": "price",
                "values": [
                    {"month": "2020-01", "value": value, "published": day, "provisional": str(provisional).lower()}
                ],
            }
            with scene.database.transaction(1) as session:
                index_store.record(session, parse(Index, told), recorded_by=acts(session, "anna"), recorded_at=on(day))
                index_store.release(session, "spot", releasing(session, acts(session, "bert"), on(day)))

        with scene.database.transaction(1) as session:
            index_store.record(
                session,
                parse(Index, {"index": "spot", "kind": "price"}),
                recorded_by=acts(session, "anna"),
                recorded_at=on("2019-12-01"),
            )
        scene.agrees(terms(price={"series": "spot"}))
        assert scene.bills("2020-02-01").held["S-1"] == "spot has no value for 2020-01"
        publishes("-0.05", "2020-02-03", provisional=True)
        scene.bills("2020-02-05")
        saved = by_hand(FIRST, date(2020, 2, 1))
        assert scene.lines("2020-000001")[0][2] == f"{saved * Decimal('-0.05'):.2f}"
        publishes("0.10", "2020-02-20")
        with scene.database.transaction(1) as session:
            told = {
                "index": "spot",
                "kind": "price",
                "values": [{"month": "2020-02", "value": "0.10", "published": "2020-02-28"}],
            }
            index_store.record(
                session, parse(Index, told), recorded_by=acts(session, "anna"), recorded_at=on("2020-02-28")
            )
            index_store.release(session, "spot", releasing(session, acts(session, "bert"), on("2020-02-28")))
        scene.bills("2020-03-01")
        back = adjusting(scene.lines("2020-000002"))
        assert sum(Decimal(line[2]) for line in back) == saved * Decimal("0.15")
        assert scene.replays() == []


class TestNonRoutineAdjustments:
    ENTRY: Mapping[str, Any] = {
        "name": "server room", "first": "2020-01-11", "power": "6", "reason": "a tenant's servers",
        "evidence": "sub-meter S7", "signatures": SIGNED,
    }  # fmt: skip

    @pytest.mark.parametrize(
        ("how", "kwh"),
        [
            pytest.param({"power": "6"}, 3024, id="a constant load: 21 days × 24 h × 6 kW"),
            pytest.param({"power": "-6"}, -3024, id="one that went away"),
            pytest.param({"energy_a_day": "100"}, 2100, id="21 days × 100 kWh"),
            pytest.param(
                {"percent": "10", "first": "2020-01-01"},
                None,
                id="a tenth more of the area, a tenth more of the baseline",
            ),
        ],
    )
    def test_in_either_direction(self, scene: Office, how: dict[str, str], kwh: int | None) -> None:
        entry = {name: value for name, value in self.ENTRY.items() if name != "power"} | how
        scene.agrees(terms(adjustments=[entry]))
        scene.bills("2020-02-01")
        plain_kwh = by_hand(FIRST, date(2020, 2, 1))
        found = Decimal(scene.lines("2020-000001")[0][2]) / Decimal("0.20")
        if kwh is None:
            used = round(sum(lines_of(office.energy(FIRST, date(2020, 2, 1))).values(), Decimal(0)))
            kwh = round(Decimal(plain_kwh + used) / 10)
            assert abs(found - plain_kwh - kwh) <= 1
        else:
            assert found == plain_kwh + kwh

    def test_agreed_later_it_adjusts_what_was_billed(self, scene: Office) -> None:
        scene.agrees(terms())
        scene.bills("2020-02-01")
        amended = read(terms(adjustments=[dict(self.ENTRY)])) | {"in_force_from": "2020-01-01", "reason": "server room"}
        scene.amends(yaml.safe_dump(amended), "2020-02-10")
        scene.bills("2020-03-01")
        lines = adjusting(scene.lines("2020-000002"))
        assert sum(Decimal(line[2]) for line in lines) == Decimal("604.80")  # 3,024 kWh × 0.20
        assert scene.replays() == []


class TestTheOtherOptions:
    def test_option_a_measures_the_parameter_and_stipulates_the_rest(self, scene: Office) -> None:
        """Here the parameter is the meter's own kWh: 1.25 before and 1.00 since, so a quarter of January's is saved."""
        of = {
            "kind": "key_parameter", "registers": ["office.kwh"], "parameter_unit": "kWh", "before": "1.25", "after": "1.00",
            "energy_unit": "kWh", "basis": "fan affinity, commissioning report 7",
        }  # fmt: skip
        scene.agrees(terms(of))
        scene.bills("2020-02-01")
        used = sum(lines_of(office.energy(FIRST, date(2020, 2, 1))).values(), Decimal(0))
        saved = round(used * Decimal("1.25")) - round(used)
        assert scene.lines("2020-000001")[0][2] == f"{saved * Decimal('0.20'):.2f}"

    @pytest.mark.parametrize(
        ("day", "saved"), [("2021-06-01", "0.25"), ("2022-06-01", "0.2475"), ("2024-06-01", "0.24257475")]
    )
    def test_a_stipulated_saving_falls_each_year(self, day: str, saved: str) -> None:
        """A quarter, 1 % less each full year since March 2021: 0.25 × 0.99 and 0.25 × 0.99³."""
        told = {
            "registers": ["hours"], "parameter_unit": "kWh", "before": "1.25", "after": "1.00", "energy_unit": "kWh",
            "degradation_percent": "1", "since": "2021-03-01", "basis": "stipulated",
        }  # fmt: skip
        noon = datetime.fromisoformat(f"{day}T12:00+00:00")
        row = Row(Period(noon, noon + timedelta(hours=1)), noon, Decimal(1))
        option_a = parse(KeyParameter, told)
        assert option_a.expect(row) - option_a.measured(Decimal(1)) == Decimal(saved)

    def test_option_d_takes_an_uploaded_simulation(self, scene: Office) -> None:
        simulated = "time,value,register\n" + "\n".join(
            f"{at},{value * 2},simulated.kwh" for at, value in lines_of(office.energy(FIRST, AFTER_LAST)).items()
        )
        fleet = read(document("fleet"))
        meter = {
            "name": "Simulation",
            "registers": [
                {
                    "key": "simulated.kwh",
                    "kind": "interval",
                    "unit": "kWh",
                    "resolution": "0.1",
                    "interval_minutes": "60",
                }
            ],
        }
        fleet["sites"][-1]["assets"][0]["meters"].append(meter)
        of = {
            "kind": "calibrated_simulation", "registers": ["office.kwh"], "simulated": "simulated.kwh", "energy_unit": "kWh",
            "program": "EnergyPlus 24.1, sha256 …", "calibration": {"against": "month", "cv_rmse": "0.08", "nmbe": "-0.02", "report": "C-3"},
        }  # fmt: skip
        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, fleet))
        scene.sends(simulated.encode(), "simulated.csv")
        with scene.database.transaction(1) as session:
            agreed(session, terms(of), on("2019-12-20"))
        scene.bills("2020-02-01")
        used = sum(lines_of(office.energy(FIRST, date(2020, 2, 1))).values(), Decimal(0))
        assert scene.lines("2020-000001")[0][2] == f"{(round(used * 2) - round(used)) * Decimal('0.20'):.2f}"

    def test_option_b_is_of_the_equipments_own_meter(self, scene: Office) -> None:
        scene.agrees(terms(option(kind="retrofit_isolation")))
        scene.bills("2020-02-01")
        assert scene.lines("2020-000001")[0][2] == f"{by_hand(FIRST, date(2020, 2, 1)) * Decimal('0.20'):.2f}"


class TestFaultsOfAPlan:
    def faults(self, scene: Office, contract: str) -> dict[str, str]:
        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, read(document("fleet"))))
            try:
                read_checked(session, read(contract))
            except FaultyDocument as error:
                return {each.path: each.code for each in error.faults}
        return {}

    def test_a_good_one_has_none(self, scene: Office) -> None:
        assert self.faults(scene, terms()) == {}

    @pytest.mark.parametrize(
        ("contract", "faults"),
        [
            pytest.param(terms(signatures=SIGNED[:1]), {"/savings/0/signatures": "not-signed"}, id="signed by one party"),
            pytest.param(terms(adjustments=[{**TestNonRoutineAdjustments.ENTRY, "signatures": []}]), {"/savings/0/adjustments/0/signatures": "not-signed"}, id="an unsigned adjustment"),
            pytest.param(terms(option(registers=["office.kwhh"])), {"/savings/0/option/registers/0": "unknown-register"}, id="no such register"),
            pytest.param(terms(option(temperature="office.kwh")), {"/savings/0/option/temperature": "incompatible-unit"}, id="energy is no temperature"),
            pytest.param(terms({"kind": "calibrated_simulation", "registers": ["office.kwh"], "simulated": "office.kwh", "energy_unit": "kWh", "program": "x", "calibration": {"against": "month", "cv_rmse": "0.16", "nmbe": "0.06", "report": "r"}}), {"/savings/0/option/calibration": "calibration_nmbe"}, id="a simulation that is off"),
        ],
    )  # fmt: skip
    def test_each_with_its_place(self, scene: Office, contract: str, faults: dict[str, str]) -> None:
        assert self.faults(scene, contract) == faults

    def test_another_baseline_has_a_reason(self, scene: Office) -> None:
        scene.agrees(terms())
        amended = read(terms(option(baseline=hourly()))) | {"in_force_from": "2020-03-01"}
        assert self.faults(scene, yaml.safe_dump(amended, allow_unicode=True)) == {"/reason": "no-reason"}
        reasoned = yaml.safe_dump(amended | {"reason": "both parties prefer hours"}, allow_unicode=True)
        assert self.faults(scene, reasoned) == {}

    def test_a_disqualified_baseline_is_accepted_for_a_stated_reason_only(self, scene: Office) -> None:
        poor = json.loads(json.dumps(baseline()))
        poor["findings"] = [
            {"code": "too_few_days", "severity": "disqualification", "detail": "complete days", "found": "200"}
        ]
        assert self.faults(scene, terms(option(baseline=poor))) == {"/savings/0/option/baseline": "too_few_days"}
        despite = option(baseline=poor, accepted_despite="the building opened in June; both parties, 2019-12-18")
        assert self.faults(scene, terms(despite)) == {}


def test_the_examples_baseline_is_the_fit_of_its_year() -> None:
    """The same bytes as the command writes: coefficients, figures, ranges and the hash of the rows."""
    stored = parse(Baseline, baseline())
    raw = office.year_for_a_baseline()
    table = read_table(raw, "Europe/Berlin", {"kwh": "kWh", "temperature": "degC"})
    method = parse(CaltrackDaily, {"modes": json.loads(stored.method.model_dump_json())["modes"], "arithmetic": 1})
    again, _, rows = fit(method, table.series["kwh"], {TEMPERATURE: table.series["temperature"]}, "Europe/Berlin")
    stated_since = {name: getattr(stored, name) for name in ("findings", "own_period", "sufficiency")}
    assert again.model_copy(update=stated_since) == stored
    assert again.model.predict(Row(rows[0].period, rows[0].local, None, rows[0].temperatures, rows[0].drivers)) > 0


def test_invoices_of_savings_are_found_by_their_contract(scene: Office) -> None:
    scene.agrees(terms())
    scene.bills("2020-04-01")
    with scene.database.transaction(1) as session:
        assert _contracts(session) == ["S-1"] * 3


def _contracts(session: Session) -> list[str]:
    return [each.row.inputs.contract for each in store.billed(session, store.ids_of(session))]


def test_terms_are_closed() -> None:
    with pytest.raises(FaultyDocument, match="Extra inputs"):
        parse(Contract, read(terms(splitt="measured")))


@cache
def hourly() -> dict[str, Any]:
    """The example year by the hour of the week."""
    table = read_table(office.year_for_a_baseline(), "Europe/Berlin", {"kwh": "kWh", "temperature": "degC"})
    drivers = {TEMPERATURE: table.series["temperature"]}
    found, _, _ = fit(CaltrackHourly(), table.series["kwh"], drivers, "Europe/Berlin")
    stored: dict[str, Any] = found.model_dump(mode="json")
    return stored


class TestHourByHour:
    """An hourly baseline tells each hour's band and the peaks, so that two bills under one tariff can be told apart."""

    CALENDAR: Mapping[str, Any] = example()["savings"][0]["calendar"]
    TARIFF: Mapping[str, Any] = {
        "kind": "bill_difference",
        "tariff": [
            {"name": "energy", "rule": {"kind": "time_of_use", "unit": "kWh", "calendar": CALENDAR, "unit_prices": {"working hours": "0.30", "other hours": "0.20"}}},
            {"name": "demand", "rule": {"kind": "demand", "unit": "kW", "unit_price": "12.50", "proration": "none", "ratchet": {"percent": "80"}}},
        ],
    }  # fmt: skip

    def contract(self) -> str:
        told = read(terms(option(baseline=hourly()), calendar=dict(self.CALENDAR)))
        told["charges"][0]["rule"]["valuation"] = dict(self.TARIFF)
        return yaml.safe_dump(told, allow_unicode=True)

    def test_the_value_is_the_difference_of_two_bills(self, scene: Office) -> None:
        scene.agrees(self.contract())
        scene.bills("2020-03-01")
        with scene.database.transaction(1) as session:
            version = contracts.versions(session, "S-1")[-1]
            period = version.contract.period_from(FIRST)
            assert period is not None
            _, saved = measure_saving(
                session, version.contract.savings[0], version.contract, period, watermark(session)
            )
        prices = {"working hours": Decimal("0.30"), "other hours": Decimal("0.20")}
        assert saved.peaks is not None
        bills = [
            round(
                sum((getattr(part, name) * prices[part.band] for part in saved.parts), Decimal(0))
                + peak * Decimal("12.5"),
                2,
            )
            for name, peak in zip(("expected", "measured"), saved.peaks, strict=True)
        ]
        assert scene.lines("2020-000001")[0][2] == str(bills[0] - bills[1])
        assert saved.rows.coverage > Decimal("0.99")
        measured = max(lines_of(office.energy(FIRST, date(2020, 2, 1))).values())
        assert saved.peaks[1] == measured  # the highest hour of January, in kW
        assert scene.replays() == []

    def test_an_hour_has_one_band_whatever_the_clock_does(self, scene: Office) -> None:
        """March 2020 loses an hour: 743 of them, each in one band."""
        scene.agrees(self.contract())
        scene.bills("2020-04-01")
        with scene.database.transaction(1) as session:
            usage = explain(session, store.find(session, "2020-000003"), 1, most=1).line.proof.usage
        assert usage is not None
        assert [register.count for register in usage.registers] == [743, 743]


def in_watt_hours(first: date, after_last: date) -> bytes:
    """The office's energy of some days, in Wh where the register counts kWh."""
    lines = [f"{at},{value * 1000},office.kwh" for at, value in lines_of(office.energy(first, after_last)).items()]
    return ("time,value,register\n" + "\n".join(lines)).encode()


class TestUnitsInQuestion:
    """A day in Wh would cost what a year saves: nobody is billed by it before it is corrected or confirmed."""

    DAY, NEXT = date(2020, 1, 15), date(2020, 1, 16)
    HELD = "disqualification: energy_unit: 1 rows of 31"
    STATED: Mapping[str, Any] = {
        "statement": {"per": "quarter", "signatories": {"Nordluft": ["Emil Kurz"], "Hanse": ["Dora Meier"]}}
    }

    def test_a_month_is_held_until_its_readings_are_corrected(self, scene: Office) -> None:
        scene.agrees(terms())
        scene.sends(in_watt_hours(self.DAY, self.NEXT), "wh.csv", "unit", "2020-01-20")
        assert self.HELD in scene.bills("2020-02-01").held["S-1"]
        scene.sends(office.energy(self.DAY, self.NEXT), "kwh.csv", "unit", "2020-02-02")
        assert scene.bills("2020-02-03").held == {}
        assert scene.lines("2020-000001")[0][2] == f"{by_hand(FIRST, date(2020, 2, 1)) * Decimal('0.20'):.2f}"
        assert scene.replays() == []

    def test_a_month_is_held_until_both_parties_confirm_it(self, scene: Office) -> None:
        """A load test: the day's energy is right, and the parties say so in an amendment of the plan."""
        scene.agrees(terms())
        scene.sends(in_watt_hours(self.DAY, self.NEXT), "wh.csv", "load test", "2020-01-20")
        assert self.HELD in scene.bills("2020-02-01").held["S-1"]
        days = {"finding": "energy_unit", "first": str(self.DAY), "after_last": str(self.NEXT), "reason": "load test"}
        amended = read(terms(confirmed=[days])) | {"in_force_from": "2020-01-01", "reason": "load test"}
        scene.amends(yaml.safe_dump(amended), "2020-02-02")
        assert scene.bills("2020-02-03").held == {}
        of_day = sum(lines_of(office.energy(self.DAY, self.NEXT)).values(), Decimal(0))
        owed = (by_hand(FIRST, date(2020, 2, 1)) - of_day * 999) * Decimal("0.20")
        assert abs(Decimal(scene.lines("2020-000001")[0][2]) - owed) <= Decimal("0.20")  # a whole kWh, rounded
        assert scene.replays() == []

    def test_a_correction_that_comes_in_another_unit_is_held_too(self, scene: Office) -> None:
        """January is billed; then a day of it comes in Wh. It adjusts nothing, and nor does the next one, which is right."""
        scene.agrees(terms())
        scene.bills("2020-02-01")
        scene.sends(in_watt_hours(self.DAY, self.NEXT), "wh.csv", "meter test", "2020-02-20")
        assert self.HELD in scene.bills("2020-03-01").held["S-1"]
        scene.sends(office.energy(self.DAY, self.NEXT), "kwh.csv", "unit", "2020-03-02")
        assert scene.bills("2020-03-03").held == {}
        assert adjusting(scene.lines("2020-000002")) == []
        assert scene.replays() == []

    def test_no_statement_is_made_of_it(self, scene: Office) -> None:
        scene.agrees(yaml.safe_dump(read(terms()) | self.STATED, allow_unicode=True))
        scene.bills("2020-03-05")
        scene.sends(in_watt_hours(date(2020, 3, 10), date(2020, 3, 11)), "wh.csv", "unit", "2020-03-20")
        with (
            scene.database.transaction(1) as session,
            pytest.raises(UnitsInQuestion, match="energy_unit: 1 rows of 91"),
        ):
            prepare(session, "S-1", date(2020, 3, 1), by="Emil Kurz", at=on("2020-04-01"))


class TestABaselineThatIsReplaced:
    def test_each_part_of_a_window_is_told_by_its_own(self, scene: Office) -> None:
        stated = read(terms()) | {
            "statement": {"per": "quarter", "signatories": {"Nordluft": ["Emil Kurz"], "Hanse": ["Dora Meier"]}},
        }
        scene.agrees(yaml.safe_dump(stated, allow_unicode=True))
        later = stated | {"in_force_from": "2020-03-01", "reason": "both parties prefer hours"}
        later["savings"] = read(terms(option(baseline=hourly())))["savings"]
        scene.amends(yaml.safe_dump(later, allow_unicode=True), "2020-02-20")
        scene.bills("2020-03-05")
        with scene.database.transaction(1) as session:
            made = prepare(session, "S-1", date(2020, 3, 1), by="Emil Kurz", at=on("2020-04-01"))
        (saving,) = made.content.savings
        (earlier,) = saving.earlier
        assert earlier.startswith("by caltrack_daily of 2019-01-01")
        assert isinstance(saving.baseline, StatedBaseline)
        assert saving.baseline.method == "caltrack_hourly"
        assert saving.rows.count == 31 + 29 + 743
        assert VerificationReport().render(made)[:5] == b"%PDF-"


class TestTrusteeship:
    def test_the_fee_is_of_the_expected_energy_and_the_bills_are_the_suppliers(self, scene: Office) -> None:
        """0.90 × expected × 0.25 + 31 days of 3,660 a year; of what the bills leave of the energy fee a tenth comes back."""
        fleet = read(document("fleet"))
        bills = {
            "name": "Bills",
            "registers": [{"key": "bills.eur", "kind": "event", "unit": "one", "resolution": "0.01"}],
        }
        fleet["sites"][-1]["assets"][0]["meters"].append(bills)
        told = read(terms())
        told["charges"] = [
            {
                "name": "energy fee", "usage": "saved", "beside": {"bills": "bills.eur"},
                "rule": {
                    "kind": "trusteeship_fee", "unit": "kWh", "per": "month", "discount_percent": "10", "operation_fee": "310.00",
                    "under_run_percent": "10", "valuation": {"kind": "at_prices", "unit": "kWh", "bands": {"all": {"price": "0.25"}}},
                },
            }
        ]  # fmt: skip
        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, fleet))
        scene.sends(b"time,value,register\n2020-01-31T12:00:00+01:00,3100.00,bills.eur\n", "bills.csv")
        with scene.database.transaction(1) as session:
            agreed(session, yaml.safe_dump(told, allow_unicode=True), on("2019-12-20"))
        scene.bills("2020-02-01")
        expected = by_hand(FIRST, date(2020, 2, 1)) + round(
            sum(lines_of(office.energy(FIRST, date(2020, 2, 1))).values(), Decimal(0))
        )
        energy = round(round(expected * Decimal("0.25"), 2) * Decimal("0.9"), 4)
        fee, back = (Decimal(line[2]) for line in scene.lines("2020-000001"))
        assert fee == Rounding.HALF_UP.to_places(energy + 310, 2)
        assert back == -Rounding.HALF_UP.to_places((energy - 3100) / 10, 2)
