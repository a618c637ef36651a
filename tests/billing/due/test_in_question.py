"""What is in question is not billed until two people have looked; a gap is estimated; an actual takes its place."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from api.server.database import Access, ContradictsStored, Database
from api.server.provision import administering
from billing.records.changes import BatchChange
from metering.consumption.use import BoundaryRule
from metering.deliveries.receipt import Sender
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from metering.quality.edits import store as edit_store
from metering.quality.edits.edit_query import EditQuery
from metering.quality.estimation.store import Filled, NothingMissing, estimate
from metering.quality.validation.store import open_findings
from metering.tenants.store import four_eyes
from quantities.document import parse, read
from quantities.period import Period
from tests.billing.scene import CONTRACT, FLEET, Scene, adjusting, on
from tests.build import acts

CHECKED = FLEET.replace(
    '{key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}',
    '{key: kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", checks: ['
    '{kind: limit, highest: "80"}, {kind: sum_check, register: total, tolerance_percent: "1"}]}\n'
    '              - {key: total, kind: cumulative, unit: kWh, resolution: "0.1"}',
)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    found = Scene(access, database).declared(CONTRACT)
    with database.transaction(1) as session:
        declare(session, parse(Fleet, read(CHECKED)))
    return found


def questions(scene: Scene) -> list[tuple[str, str, str]]:
    with scene.database.transaction(1) as session:
        return [(each.check, each.found, each.expected) for each in open_findings(session)]


def by(name: str, reason: str | None = None) -> Sender:
    return Sender("by hand", name, on("2026-02-02"), reason)


def hour(day: str, clock: int, hours: int = 1) -> Period:
    start = on(day).replace(hour=clock - 1)  # local time is an hour ahead of UTC
    return Period(start, start.replace(hour=clock - 1 + hours))


def released(scene: Scene, number: int, name: str) -> None:
    with scene.database.transaction(1) as session:
        edit_store.release(session, number, by(acts(session, name)))


class TestAReadingThatFailsACheck:
    def test_holds_the_bill_and_says_why(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 90")
        assert questions(scene) == [("limit", "90", "at most 80")]
        held = scene.bills("2026-02-01").held
        assert held == {"C-1": "kwh: limit from 2026-01-05T10:00:00+00:00, found 90"}

    def test_is_billed_once_two_people_have_verified_it(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 90")
        with scene.database.transaction(1) as session:
            edit = edit_store.prepare_verify(
                session, "kwh", hour("2026-01-05", 11), by(acts(session, "anna"), "the press ran double")
            )
        with pytest.raises(edit_store.SamePerson):
            released(scene, edit.id, "anna")
        assert scene.bills("2026-02-01").invoices == []
        released(scene, edit.id, "bert")
        assert questions(scene) == []
        scene.bills("2026-02-02")
        assert [line[:2] for line in scene.lines("2026-000001")] == [("fee", "1"), ("energy", "100"), ("energy", "50")]
        with pytest.raises(edit_store.EditAlreadyReleased):
            released(scene, edit.id, "carl")

    def test_stays_verified_when_its_file_comes_again(self, scene: Scene) -> None:
        rows = "2026-01-05 10 60\n2026-01-05 11 90"
        scene.delivers(rows)
        with scene.database.transaction(1) as session:
            edit = edit_store.prepare_verify(session, "kwh", hour("2026-01-05", 11), by(acts(session, "anna"), "true"))
        released(scene, edit.id, "bert")
        again = scene.delivers(rows)
        assert (again.stored, again.unchanged, questions(scene)) == (0, 2, [])
        scene.delivers(rows.replace("90", "95"))
        assert questions(scene) == [("limit", "95", "at most 80")], "another value is another question"

    def test_is_answered_by_a_reading_that_passes(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 11 90")
        scene.delivers("2026-01-05 11 70")
        assert questions(scene) == []

    def test_is_answered_by_an_edit(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 90")
        with scene.database.transaction(1) as session:
            period = hour("2026-01-05", 11)
            edit = edit_store.prepare_set(
                session, "kwh", period.start, None, Decimal(70), by(acts(session, "anna"), "read off the meter")
            )
        assert questions(scene) != []
        released(scene, edit.id, "bert")
        assert questions(scene) == []
        scene.bills("2026-02-02")
        assert ("energy", "30", "6.00", "") in scene.lines("2026-000001")

    def test_a_new_question_about_an_issued_month_does_not_disturb_it(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 11 90")
        assert scene.replays() == []
        scene.delivers("2026-02-05 10 40")
        scene.bills("2026-03-01")
        assert adjusting(scene.lines("2026-000002")) != []


class TestEditsByTwoPeople:
    def test_an_edit_after_the_invoice_becomes_an_adjustment_with_both_names(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 60\n2026-01-05 11 60")
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            edit = edit_store.prepare_set(
                session, "kwh", hour("2026-01-05", 11).start, None, None, by(acts(session, "anna"), "test run")
            )
        released(scene, edit.id, "bert")
        scene.delivers("2026-02-05 10 10")
        scene.bills("2026-03-01")
        # January falls from 120 kWh (50 + 4) to 60 kWh (30): −40 at 0.50 and −20 at 0.20
        assert adjusting(scene.lines("2026-000002")) == [
            ("energy", "-40", "-20.00", "2026-000001"),
            ("energy", "-20", "-4.00", "2026-000001"),
        ]
        (_, second) = scene.invoices()
        changes = [change for line in second.lines for change in line.proof.changes or ()]
        batches = [change for change in changes if isinstance(change, BatchChange)]
        assert len(batches) == len(changes)
        assert {(change.recorded_by, change.reason) for change in batches} == {
            ("anna", "test run (prepared by anna, released by bert)")
        }
        assert scene.replays() == []

    def test_the_database_itself_refuses_one_pair_of_eyes(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            edit = edit_store.prepare_verify(session, "kwh", hour("2026-01-05", 11), by(acts(session, "anna"), "true"))
        with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"), scene.database.transaction(1) as session:
            acts(session, "anna")
            session.execute(
                text("update edit set released_by = 'anna', released_at = now(), batch = 1 where id = :id"),
                {"id": edit.id},
            )

    def test_unless_the_tenant_has_switched_it_off_on_the_record(self, scene: Scene) -> None:
        with administering(scene.access.administrator) as administrator:
            four_eyes(administrator, 1, {"by": "anna", "at": "2026-01-01", "reason": "I am alone"})
        scene.delivers("2026-01-05 11 90")
        with scene.database.transaction(1) as session:
            edit = edit_store.prepare_verify(session, "kwh", hour("2026-01-05", 11), by(acts(session, "anna"), "true"))
        released(scene, edit.id, "anna")
        with scene.database.transaction(1) as session:
            (known,) = edit_store.edits(session, EditQuery()).rows
            assert (known.prepared_by, known.released_by) == ("anna", "anna")
            assert (
                session.execute(text("select four_eyes_off->>'reason' from tenant where id = 1")).scalar()
                == "I am alone"
            )

    @pytest.mark.parametrize("value", ["0.05", "-1"])
    def test_a_reading_that_the_register_cannot_show_is_refused(self, scene: Scene, value: str) -> None:
        with pytest.raises(edit_store.UnfitEdit), scene.database.transaction(1) as session:
            edit_store.prepare_set(
                session, "kwh", hour("2026-01-05", 11).start, None, Decimal(value), by(acts(session, "anna"), "x")
            )

    def test_nothing_by_hand_is_without_a_reason(self, scene: Scene) -> None:
        with pytest.raises(edit_store.UnfitEdit), scene.database.transaction(1) as session:
            edit_store.prepare_verify(session, "kwh", hour("2026-01-05", 11), by(acts(session, "anna")))


def estimated(scene: Scene, period: Period) -> Filled:
    with scene.database.transaction(1) as session:
        return estimate(session, by("anna", "logger was down"), "kwh", period)


class TestGaps:
    DAY = hour("2026-01-05", 10, 4)

    def test_are_filled_and_give_way_to_the_actual(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 40\n2026-01-05 13 70")
        filled = estimated(scene, self.DAY)
        assert [(Decimal(50), "line"), (Decimal(60), "line")] == [
            (each.value, each.method.value) for each in filled.estimates
        ]
        scene.bills("2026-02-01")
        usage = scene.invoices()[0].lines[1].proof.usage
        assert usage is not None
        assert usage.estimated == 2
        actual = scene.delivers("2026-01-05 11 55\n2026-01-05 12 60")
        assert actual.corrected == 2, "the second is an actual of the same value: a correction of quality"
        scene.delivers("2026-02-05 10 10")
        scene.bills("2026-03-01")
        assert adjusting(scene.lines("2026-000002")) == [("energy", "5", "1.00", "2026-000001")]
        assert scene.replays() == []

    def test_are_scaled_to_the_counter_beside_them(self, scene: Scene) -> None:
        """The counter rose by 200 from 10:00 to 14:00; 110 are metered, so 90 are missing, and not the line's 110."""
        scene.delivers("2026-01-05 10 40\n2026-01-05 13 70")
        scene.delivers("2026-01-05 10 1000\n2026-01-05 14 1200", register="total")
        filled = estimated(scene, self.DAY)
        assert [(Decimal("40.9"), True), (Decimal("49.1"), True)] == [
            (each.value, each.scaled) for each in filled.estimates
        ]
        assert questions(scene) == [], "and so the sum check has nothing to ask"

    def test_are_estimated_anew_once_the_counter_has_been_read(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 40\n2026-01-05 13 70")
        assert [Decimal(50), Decimal(60)] == [each.value for each in estimated(scene, self.DAY).estimates]
        scene.delivers("2026-01-05 10 1000\n2026-01-05 14 1200", register="total")
        assert [Decimal("40.9"), Decimal("49.1")] == [each.value for each in estimated(scene, self.DAY).estimates]

    def test_what_the_counter_disagrees_with_is_a_question(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 50")
        scene.delivers("2026-01-05 00 1000\n2026-01-06 00 1100", register="total")
        assert questions(scene) == [("sum_check", "90", "100 by total, within 1 %")]

    def test_nothing_missing_nothing_estimated(self, scene: Scene) -> None:
        scene.delivers("2026-01-05 10 40\n2026-01-05 11 40")
        with pytest.raises(NothingMissing):
            estimated(scene, hour("2026-01-05", 10, 2))


def test_a_questionable_reading_of_a_feed_holds_the_bill(scene: Scene) -> None:
    from api.operations.readings import ingest
    from metering.ingest import IngestOptions

    raw = b"time,value,quality\n2026-01-05T10:00+01:00,60,valid\n2026-01-05T11:00+01:00,60,questionable\n"
    with scene.database.transaction(1) as session:
        ingest(session, by("telematics"), raw, IngestOptions(register="kwh"))
    assert scene.bills("2026-02-01").held == {"C-1": "kwh: 1 readings are questionable"}


def test_a_meter_whose_approval_has_expired_is_not_billed_until_it_is_approved_anew(
    access: Access, database: Database
) -> None:
    """In Germany readings of an expired meter may not be billed (MessEG §33); the period's last day counts."""
    scene = Scene(access, database).declared(CONTRACT)

    def approved(until: str) -> None:
        with database.transaction(1) as session:
            declare(
                session,
                parse(Fleet, read(FLEET.replace("- name: M\n", f"- name: M\n            approved_until: {until}\n"))),
            )

    approved("2026-01-30")
    scene.delivers("2026-01-05 10 60")
    assert scene.bills("2026-02-01").held == {"C-1": "M is approved until 2026-01-30"}
    approved("2026-01-31")
    assert len(scene.bills("2026-02-02").invoices) == 1


HOURLY = CONTRACT.replace("register: kwh", "register: hours").replace("unit: kWh", "unit: machine_hour")


@pytest.mark.parametrize(("edges", "hours"), [
    # read 100 on 30 December, 104 on 3 January, 160 on 30 January, 170 on 4 February, all at 00:00
    pytest.param(BoundaryRule.LAST_READ, "60", id="160 as last read in January, 100 as last read before it"),
    pytest.param(BoundaryRule.INTERPOLATED, "62", id="102 at New Year, 164 at the end of January"),
])  # fmt: skip
def test_a_contract_says_what_counts_where_no_read_falls_on_the_edge(
    access: Access, database: Database, edges: BoundaryRule, hours: str
) -> None:
    scene = Scene(access, database).declared(HOURLY.replace("settings: {", f"settings: {{edges: {edges}, "))
    scene.delivers("2025-12-30 00 100\n2026-01-03 00 104\n2026-01-30 00 160", register="hours")
    first = scene.bills("2026-02-01")
    assert bool(first.held) == (edges is BoundaryRule.INTERPOLATED), (
        "on the line to a read that is not there yet nothing is billed"
    )
    scene.delivers("2026-02-04 00 170", register="hours")
    scene.bills("2026-02-05")
    assert ("energy", hours) == scene.lines("2026-000001")[1][:2]
    if edges is BoundaryRule.INTERPOLATED:
        scene.delivers("2026-02-01 00 166", register="hours")  # a late read on the edge itself: 64 and not 62
        scene.delivers("2026-03-02 00 200", register="hours")
        scene.bills("2026-03-03")
        assert ("energy", "2", "1.00", "2026-000001") in scene.lines("2026-000002")
    assert scene.replays() == []
