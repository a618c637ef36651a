"""A period of which not enough was read is held and says so; what is billed on estimates says so on the document."""

from collections.abc import Iterable
from datetime import date

import pytest

from api.server.database import Access, Database
from billing.documents.explanation import lines_of
from billing.documents.views import ReadingsOut, explanation_out, invoice_out
from billing.invoices import store
from billing.previews.simulate import simulate
from billing.proof.explain import explain
from contracts.contract import Contract
from contracts.settings import ContractSettings
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.quality.estimation.store import estimate
from quantities.document import parse, read
from quantities.period import Period, zone
from tests.billing import scene as sparse
from tests.billing.scene import FLEET, Scene, adjusting, on
from tests.build import meters

#: As every contract is that does not say otherwise.
CONTRACT = sparse.CONTRACT.replace('settings: {least_coverage: "0"}\n', "")
#: The whole of January has 31 × 24 = 744 hours.
HOURS = [(day, hour) for day in range(1, 32) for hour in range(24)]


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database, sparse=False)


def agreed_to(coverage: str = "", charges: str = "", **more: str) -> str:
    """The scene's contract with a least coverage; without one, as every new contract is."""
    settings = ", ".join(
        [
            *([f'least_coverage: "{coverage}"'] if coverage else []),
            *(f"{name}: {value}" for name, value in more.items()),
        ]
    )
    return f"{CONTRACT}{charges}settings: {{{settings}}}\n" if settings else CONTRACT + charges


def whole_month(without: Iterable[tuple[int, int]] = ()) -> str:
    """1 kWh in each hour of January but some."""
    missing = {*without}
    return "\n".join(f"2026-01-{day:02} {hour:02} 1" for day, hour in HOURS if (day, hour) not in missing)


def first_held(scene: Scene, day: str = "2026-02-02") -> str:
    """Why the contract waits after a run; empty where it does not."""
    return scene.bills(day).held.get("C-1", "")


def estimated(scene: Scene, first: str, after_last: str) -> None:
    days = Period.of_days(date.fromisoformat(first), date.fromisoformat(after_last), zone("Europe/Berlin"))
    with scene.database.transaction(1) as session:
        estimate(session, Sender("by hand", "anna", on("2026-02-02"), "logger was down"), "kwh", days)


def page(scene: Scene, number: str = "2026-000001") -> str:
    return scene.page(number)


def said(scene: Scene, number: str = "2026-000001") -> list[list[ReadingsOut]]:
    """What each line says of readings that are estimated or missing."""
    with scene.database.transaction(1) as session:
        return [line.estimated_or_missing for line in invoice_out(store.find(session, number)).lines]


def explained(scene: Scene, position: int) -> str:
    with scene.database.transaction(1) as session:
        explanation = explain(session, store.find(session, "2026-000001"), position)
        return "\n".join(lines_of(explanation_out(explanation)))


class TestEveryExpectedInterval:
    """A contract that says nothing asks for each of the 744 hours of January."""

    def test_two_of_them_are_held_and_the_reason_counts_them(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 60")
        assert first_held(scene) == ("kwh: 2 of 744 readings from 2026-01-01 to 2026-01-31, for energy")
        assert scene.invoices() == []

    def test_one_that_is_missing_is_held_and_billed_once_it_comes(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(whole_month(without=[(17, 3)]))
        assert "743 of 744" in first_held(scene)
        scene.delivers("2026-01-17 03 1")
        assert first_held(scene, "2026-02-03") == ""
        assert scene.lines("2026-000001")[1:] == [
            ("energy", "100", "50.00", ""),
            ("energy", "644", "128.80", ""),  # 744 − 100 at 0.20
        ]
        assert said(scene) == [[], [], []]

    def test_a_withdrawn_one_is_missing(self, scene: Scene) -> None:
        from api.operations.readings import withdraw

        scene.declared(CONTRACT)
        scene.delivers(whole_month())
        hour = Period(on("2026-01-17"), on("2026-01-17").replace(hour=7))
        with scene.database.transaction(1) as session:
            withdraw(session, "kwh", hour, reason="wrong", who="anna", at=on("2026-02-01"))
        assert "743 of 744" in first_held(scene)

    def test_the_hour_that_the_clocks_skip_is_not_expected(self, scene: Scene) -> None:
        """March has 31 × 24 − 1 = 743 hours in Berlin."""
        scene.declared(CONTRACT.replace("starts: 2026-01-01", "starts: 2026-03-01"))
        scene.delivers("2026-03-01 00 1")
        assert "1 of 743" in first_held(scene, "2026-04-02")

    def test_what_needs_no_reading_is_billed(self, scene: Scene) -> None:
        scene.declared(CONTRACT[: CONTRACT.index("  - name: energy")])
        assert first_held(scene) == ""
        assert scene.lines("2026-000001") == [("fee", "1", "100.00", "")]

    def test_a_counter_has_no_intervals(self, scene: Scene) -> None:
        hours = '  - {name: energy, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "2"}}\n'
        scene.declared(CONTRACT[: CONTRACT.index("  - name: energy")] + hours)
        scene.delivers("2026-01-05 10 40\n2026-01-25 11 60", register="hours")
        assert first_held(scene) == ""
        assert said(scene) == [[], []]

    def test_every_register_that_falls_short_is_named(self, scene: Scene) -> None:
        second = '              - {key: kwh2, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "15"}\n'
        other = '  - {name: other, register: kwh2, rule: {kind: per_unit, unit: kWh, unit_price: "1"}}\n'
        third = '  - {name: again, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "1"}}\n'
        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, read(FLEET + second)))
        scene.declared(CONTRACT + other + third)
        scene.delivers("2026-01-05 10 40")
        scene.delivers("2026-01-05 10 40", register="kwh2")
        assert first_held(scene) == (
            "kwh: 1 of 744 readings from 2026-01-01 to 2026-01-31, for energy, again; "
            "kwh2: 1 of 2976 readings from 2026-01-01 to 2026-01-31, for other"  # 31 × 24 × 4
        )


class TestLeastCoverage:
    def test_nine_tenths_are_enough_where_they_are_agreed_and_the_document_says_how_many(self, scene: Scene) -> None:
        """670 of 744 are 0.9005 of them, 669 would be 0.8992."""
        scene.declared(agreed_to("0.9"))
        scene.delivers(whole_month(without=HOURS[:75]))
        assert first_held(scene) == (
            "kwh: 669 of 744 readings from 2026-01-01 to 2026-01-31, for energy (least_coverage 0.9 asks for 670)"
        )
        scene.delivers("2026-01-01 00 1")
        assert first_held(scene, "2026-02-03") == ""
        assert said(scene)[1:] == [[ReadingsOut(register_key="kwh", read=670, expected=744, estimated=0)]] * 2
        assert page(scene).count("670 of 744 readings (90.1\N{NO-BREAK SPACE}%), none estimated<") == 2, (
            "at the charge, in the list of meters"
        )
        assert "kwh: 670 of 744 readings add up to 670" in explained(scene, 2)
        assert scene.replays() == []

    def test_an_amendment_that_lowers_it_releases_the_bill(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 60")
        assert "2 of 744" in first_held(scene)
        scene.amends(agreed_to("0"), "2026-02-02")
        assert first_held(scene, "2026-02-03") == ""
        assert "2 of 744 readings (0.3\N{NO-BREAK SPACE}%), none estimated<" in page(scene)

    def test_a_contract_of_an_older_arithmetic_goes_on_by_whatever_was_read(self, scene: Scene) -> None:
        scene.declared(agreed_to(arithmetic='"2"'))
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 60")
        assert first_held(scene) == ""
        assert scene.replays() == []

    def test_it_counts_by_an_older_arithmetic_where_it_is_stated(self, scene: Scene) -> None:
        scene.declared(agreed_to("1", arithmetic='"2"'))
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 60")
        assert "2 of 744" in first_held(scene)

    def test_nothing_read_is_not_billed_whatever_is_agreed(self, scene: Scene) -> None:
        scene.declared(agreed_to("0"))
        assert first_held(scene).startswith("energy: no reading of kwh in ")

    @pytest.mark.parametrize(
        ("terms", "asked"),
        [
            pytest.param({}, "1", id="every one of them"),
            pytest.param({"arithmetic": "2"}, "0", id="whatever was read, as before"),
            pytest.param({"arithmetic": "2", "least_coverage": "0.5"}, "0.5", id="what is stated"),
            pytest.param({"least_coverage": "0"}, "0", id="none of them"),
        ],
    )
    def test_what_is_asked(self, terms: dict[str, str], asked: str) -> None:
        assert str(parse(ContractSettings, terms).coverage_asked) == asked


class TestEstimates:
    def test_release_the_bill_and_are_said_on_the_document(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(whole_month(without=[(17, hour) for hour in range(24)]))
        assert "720 of 744" in first_held(scene)
        estimated(scene, "2026-01-17", "2026-01-18")  # as the same weekday of the weeks beside it: 1 kWh each hour
        assert first_held(scene, "2026-02-03") == ""
        assert scene.lines("2026-000001")[1:] == [("energy", "100", "50.00", ""), ("energy", "644", "128.80", "")]
        assert said(scene)[1:] == [[ReadingsOut(register_key="kwh", read=744, expected=744, estimated=24)]] * 2
        assert "744 of 744 readings (100\N{NO-BREAK SPACE}%), 24 of them estimated (3.2\N{NO-BREAK SPACE}%)<" in page(
            scene
        )
        assert "kwh: 744 of 744 readings add up to 744, 24 of them estimated" in explained(scene, 2)

    def test_a_correction_by_the_actual_says_nothing_of_them_any_more(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(whole_month(without=[(17, 3)]))
        estimated(scene, "2026-01-17", "2026-01-18")
        assert first_held(scene) == ""
        assert "744 of 744 readings (100\N{NO-BREAK SPACE}%), 1 of them estimated (0.1\N{NO-BREAK SPACE}%)" in page(
            scene
        )
        scene.delivers("2026-01-17 03 6")
        scene.bills("2026-02-03")  # finds it
        scene.bills("2026-02-28")  # corrects it by a document of its own, 14 days later
        assert adjusting(scene.lines("2026-000002")) == [("energy", "5", "1.00", "2026-000001")]  # 5 × 0.20
        assert said(scene, "2026-000002") == [[]]


class TestWhatWasIssued:
    def test_is_corrected_however_little_is_left(self, scene: Scene) -> None:
        from api.operations.readings import withdraw

        scene.declared(CONTRACT)
        scene.delivers(whole_month())
        assert first_held(scene) == ""
        day = Period(on("2026-01-17"), on("2026-01-18"))
        with scene.database.transaction(1) as session:
            meters(session)
            withdraw(session, "kwh", day, reason="wrong", who="telematics", at=on("2026-02-03"))
        scene.bills("2026-02-03")
        scene.bills("2026-02-28")
        assert adjusting(scene.lines("2026-000002")) == [("energy", "-24", "-4.80", "2026-000001")]  # 24 × 0.20
        assert said(scene, "2026-000002") == [[ReadingsOut(register_key="kwh", read=720, expected=744, estimated=0)]]


class TestSegments:
    """From 16 January on the energy has another price: 15 days of 24 hours, and 16 days."""

    DEARER = CONTRACT.replace('unit_price: "0.20"', 'unit_price: "0.30"').replace(
        "starts: 2026-01-01", "starts: 2026-01-01\nin_force_from: 2026-01-16"
    )

    def test_each_asks_for_its_own_part(self, scene: Scene) -> None:
        scene.declared(agreed_to("0.5"))
        scene.amends(self.DEARER + 'settings: {least_coverage: "1"}\n', "2026-01-10")
        scene.delivers(whole_month(without=[*HOURS[:180], (31, 23)]))
        assert first_held(scene) == ("kwh: 383 of 384 readings from 2026-01-16 to 2026-01-31, for energy")
        scene.delivers("2026-01-31 23 1")
        assert first_held(scene, "2026-02-03") == "", "180 of the 360 hours before are half of them"

    def test_one_in_which_nothing_was_read_is_held_as_well(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.amends(self.DEARER, "2026-01-10")
        scene.delivers(whole_month(without=HOURS[360:]))
        assert first_held(scene) == ("kwh: 0 of 384 readings from 2026-01-16 to 2026-01-31, for energy")

    def test_one_in_which_nothing_was_read_is_billed_where_nothing_is_asked(self, scene: Scene) -> None:
        scene.declared(agreed_to("0"))
        scene.amends(self.DEARER + 'settings: {least_coverage: "0"}\n', "2026-01-10")
        scene.delivers(whole_month(without=HOURS[360:]))
        assert first_held(scene) == ""
        assert scene.replays() == []

    def test_an_amendment_of_it_alone_divides_nothing_and_the_later_one_counts(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.amends(
            agreed_to("0.9").replace("starts: 2026-01-01", "starts: 2026-01-01\nin_force_from: 2026-01-16"),
            "2026-01-10",
        )
        scene.delivers(whole_month(without=HOURS[:74]))
        assert first_held(scene) == "", "670 of 744"
        assert len(scene.invoices()[0].lines) == 3


class TestDimensions:
    PARTS = '              - {key: parts, kind: interval, unit: part, resolution: "1", interval_minutes: "60", dimensions: [material]}\n'
    CHARGE = '  - {name: parts, register: parts, rule: {kind: per_unit, unit: part, unit_price: "1"}}\n'
    SETTINGS = 'settings: {least_coverage: "0.5"}\n'

    def test_an_interval_with_several_readings_counts_once(self, scene: Scene) -> None:
        """371 hours with steel and brass have 742 readings, and are less than half of the month."""
        from api.operations.readings import ingest
        from metering.ingest import IngestOptions

        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, read(FLEET + self.PARTS)))
        scene.declared(CONTRACT[: CONTRACT.index("  - name: energy")] + self.CHARGE + self.SETTINGS)

        def deliver(hours: Iterable[tuple[int, int]]) -> None:
            rows = [f"2026-01-{day:02}T{hour:02}:00+01:00,1,{of}" for day, hour in hours for of in ("steel", "brass")]
            raw = "\n".join(["time,value,material", *rows]).encode()
            with scene.database.transaction(1) as session:
                ingest(
                    session, Sender("feed.csv", "telematics", on("2026-02-01")), raw, IngestOptions(register="parts")
                )

        deliver(HOURS[:371])
        assert "parts: 371 of 744 readings" in first_held(scene)
        deliver(HOURS[371:372])
        assert first_held(scene, "2026-02-03") == ""
        assert said(scene)[1] == [ReadingsOut(register_key="parts", read=372, expected=744, estimated=0)]
        assert "parts: 744 readings of 372 of 744 intervals add up to 744" in explained(scene, 2)
        assert scene.replays() == []


class TestASimulation:
    def test_is_not_held_and_says_how_much_was_read(self, scene: Scene) -> None:
        scene.declared()
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 60")
        with scene.database.transaction(1) as session:
            (january,) = simulate(session, parse(Contract, read(CONTRACT)), date(2026, 1, 1), date(2026, 2, 1))
        assert january.held == ""
        assert [(proof.register_key, proof.count, proof.expected) for proof in january.not_all_measured] == [
            ("kwh", 2, 744)
        ]
