"""The run: what is due is billed once, corrections find themselves, and every issued invoice recomputes."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from sqlalchemy import text

from api.server.database import Access, ContradictsStored, Database
from billing import run
from billing.drafts.look import AlreadyIssued, DraftOutdated, issue
from billing.invoices import store
from billing.records.changes import BatchChange
from billing.records.inputs import RuleRecord
from contracts.pricing.per_unit import PerUnit
from contracts.rated_line import RatedLine
from contracts.rated_usage import Usage
from metering.deliveries.receipt import Sender
from metering.deliveries.store import exchange, withdraw
from quantities.period import Period
from tests.billing.scene import CONTRACT, Scene, adjusting, on
from tests.build import meters

JANUARY = "2026-01-05 10 60\n2026-01-05 11 60"
FEBRUARY = "2026-02-05 10 40"
MARCH = "2026-03-05 10 10"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database).declared(CONTRACT)


def test_a_month_is_billed_by_its_contract(scene: Scene) -> None:
    scene.delivers(JANUARY)
    scene.bills("2026-02-01")
    # 100 × 0.50 = 50, 20 × 0.20 = 4; net 154, 19 % of it 29.26
    assert scene.lines("2026-000001") == [
        ("fee", "1", "100.00", ""),
        ("energy", "100", "50.00", ""),
        ("energy", "20", "4.00", ""),
    ]
    (invoice,) = scene.invoices()
    row = invoice.row
    assert (Decimal("154.00"), Decimal("29.26"), Decimal("183.26")) == (row.net, row.vat, row.gross)
    assert (date(2026, 2, 1), date(2026, 3, 3), "2026-000001") == (row.issued_on, row.due_on, row.number)
    assert scene.replays() == []


def test_nothing_is_billed_twice_or_early(scene: Scene) -> None:
    scene.delivers(JANUARY)
    assert scene.bills("2026-01-31").invoices == []
    assert len(scene.bills("2026-02-01").invoices) == 1
    assert [] == scene.bills("2026-02-01").invoices == scene.bills("2026-02-28").invoices


def test_late_readings_within_the_time_for_them_change_the_draft(scene: Scene) -> None:
    scene.delivers(JANUARY)
    (older,) = scene.looks("2026-02-01").drafts
    scene.delivers("2026-01-06 10 30")
    with pytest.raises(DraftOutdated), scene.database.transaction(1) as session:
        issue(session, older.name, on("2026-02-02"))
    (draft,) = scene.looks("2026-02-02").drafts
    assert (Decimal("160.00"), None) == (draft.row.net, draft.row.number)  # 100 + 50 + 50 × 0.20
    with scene.database.transaction(1) as session:
        issued = issue(session, draft.name, on("2026-02-02"))
    assert issued.row.number == "2026-000001"
    with pytest.raises(AlreadyIssued, match="2026-000001"), scene.database.transaction(1) as session:
        issue(session, draft.name, on("2026-02-02"))


class TestAChangedReadingBecomesAnAdjustment:
    """… up and down, on the next invoice, naming batch and person; the original file turns it back."""

    @pytest.mark.parametrize(("change", "expected"), [
        pytest.param({"rows": "2026-01-06 10 30"}, [("energy", "30", "6.00")], id="late: 30 more at 0.20"),
        pytest.param({"rows": "2026-01-05 10 70"}, [("energy", "10", "2.00")], id="changed up: 10 more at 0.20", marks=pytest.mark.long),
        pytest.param({"rows": "2026-01-05 10 10"}, [("energy", "-30", "-15.00"), ("energy", "-20", "-4.00")], id="changed down, out of the second tier"),
        pytest.param({"rows": "2026-01-05 10 80", "replaces": Period(on("2026-01-05"), on("2026-01-06"))}, [("energy", "-20", "-10.00"), ("energy", "-20", "-4.00")],
                     id="replaced: 80 in place of 60 and 60, the second withdrawn"),
    ])  # fmt: skip
    def test_by_the_difference(
        self, scene: Scene, change: Mapping[str, object], expected: list[tuple[str, str, str]]
    ) -> None:
        scene.delivers(JANUARY)
        scene.delivers(FEBRUARY)
        scene.bills("2026-02-01")
        receipt = scene.delivers(**change, by="jonas", reason="meter test", source="test.csv")  # type: ignore[arg-type]
        scene.bills("2026-03-01")

        assert [(*each, "2026-000001") for each in expected] == adjusting(scene.lines("2026-000002"))
        second = scene.invoices()[1]
        line = next(each for each in second.lines if each.corrects)
        (why,) = line.proof.changes or ()
        assert isinstance(why, BatchChange)
        assert (why.batch, why.recorded_by) == (receipt.batch, "jonas")
        assert (why.reason, why.source) == ("meter test", "test.csv")
        assert (date(2026, 1, 1), date(2026, 1, 31), Decimal(19)) == (line.service_first, line.tax_point, line.tax.rate)
        assert scene.replays() == []

        scene.delivers(JANUARY)  # the original file again
        if "2026-01-06" in str(change["rows"]):
            scene.delivers(JANUARY, replaces=Period(on("2026-01-05"), on("2026-01-07")))
        scene.delivers(MARCH)
        scene.bills("2026-04-01")
        back = [
            (
                charge,
                quantity.removeprefix("-") if quantity.startswith("-") else f"-{quantity}",
                net.removeprefix("-") if net.startswith("-") else f"-{net}",
                "2026-000001",
            )
            for charge, quantity, net in expected
        ]
        assert back == adjusting(scene.lines("2026-000003"))
        assert scene.replays() == []
        assert Decimal("154.00") == sum(
            (line.net for each in scene.invoices() for line in each.lines if line.service_first == date(2026, 1, 1)),
            Decimal(0),
        )

    def test_withdrawn(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.delivers(FEBRUARY)
        scene.bills("2026-02-01")
        with scene.database.transaction(1) as session:
            sender = Sender("form", "jonas", on("2026-02-10"), "the meter of another machine")
            meters(session)
            withdraw(session, sender, "kwh", Period(on("2026-01-05"), on("2026-01-06")))
        scene.bills("2026-03-01")
        assert adjusting(scene.lines("2026-000002")) == [
            ("energy", "-100", "-50.00", "2026-000001"),
            ("energy", "-20", "-4.00", "2026-000001"),
        ]
        assert scene.replays() == []

    def test_what_makes_no_difference_makes_no_line(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.delivers(FEBRUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 50\n2026-01-05 11 70")
        scene.bills("2026-03-01")
        assert adjusting(scene.lines("2026-000002")) == []
        assert scene.replays() == []

    def test_it_is_adjusted_once(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.delivers(FEBRUARY)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-06 10 30")
        scene.delivers(MARCH)
        scene.bills("2026-04-01")
        assert len(adjusting(scene.lines("2026-000002"))) == 1
        assert adjusting(scene.lines("2026-000003")) == []


class TestReplay:
    def test_it_names_the_line_that_a_deleted_reading_no_longer_proves(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.as_superuser("delete from reading where start = '2026-01-05T10:00Z'")
        assert [(each.pos, each.charge, each.what, each.stored, each.recomputed) for each in scene.replays()] == [
            (2, "energy", "the count of the readings", "2", "1"),
            (3, "energy", "the line", "there", "absent"),
        ]

    def test_it_names_the_lines_of_a_period_whose_readings_are_all_gone(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.as_superuser("delete from reading")
        assert [each.pos for each in scene.replays()] == [2, 3]
        assert "no reading of kwh" in scene.replays()[0].recomputed

    def test_it_finds_a_change_that_rounding_hides(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.as_superuser("update reading set value = value + 0.0001 where start = '2026-01-05T10:00Z'")
        assert scene.replays()[0].what == "the total of the readings"

    def test_a_later_amendment_or_reading_does_not_reach_it(self, scene: Scene) -> None:
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        scene.declared(
            CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nin_force_from: 2026-02-01").replace(
                "0.50", "0.60"
            )
        )
        scene.delivers("2026-01-07 10 5")
        scene.delivers(FEBRUARY)
        assert scene.replays() == []
        scene.bills("2026-03-01")
        assert scene.lines("2026-000002")[1:] == [
            ("energy", "40", "24.00", ""),
            ("energy", "5", "1.00", "2026-000001"),
        ]  # 40 × 0.60
        assert scene.replays() == []

    def test_a_rule_with_a_new_number_leaves_old_invoices_as_they_were(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A second arithmetic, which charges started units in full, is a new number; stored terms keep theirs."""
        per_hour = (
            CONTRACT.replace("C-1", "C-2").split("charges:")[0]
            + 'charges: [{name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}}]'
        )
        scene.declared(per_hour)
        scene.delivers("2026-01-01 00 100.0\n2026-02-01 00 107.5", register="hours")
        scene.delivers(JANUARY)
        scene.bills("2026-02-02")
        assert scene.replays() == []
        first = PerUnit.rate

        def rate(self: PerUnit, usage: Usage) -> tuple[RatedLine, ...]:
            number: int = self.arithmetic
            if number == 1:
                return first(self, usage)
            return (
                RatedLine(
                    0, (usage.quantity or Decimal(0)).to_integral_value("ROUND_CEILING"), self.unit, self.unit_price
                ),
            )

        monkeypatch.setattr(PerUnit, "rate", rate)
        monkeypatch.setitem(PerUnit.__annotations__, "arithmetic", Literal[1, 2])
        assert scene.replays() == []
        assert {"hours": RuleRecord(rule="per_unit", arithmetic=1)} in [
            rating.inputs.rules for invoice in scene.invoices() for rating in invoice.ratings
        ]


class TestWhatIsIssuedNeverChanges:
    @pytest.mark.parametrize(
        "statement",
        [
            "update invoice set net = 0, gross = vat",
            "update invoice set issued_on = '2020-01-01'",
        ],
    )
    def test_the_database_refuses(self, scene: Scene, statement: str) -> None:
        scene.delivers(JANUARY)
        scene.bills("2026-02-01")
        with pytest.raises(ContradictsStored, match="issued_never_changes"), scene.database.transaction(1) as session:
            session.execute(text(statement))

    @pytest.mark.parametrize(
        "statement",
        [
            "update invoice_line set net = 0",
            "delete from invoice",
            "delete from invoice_line",
            "insert into invoice_line (invoice_id, pos) values (1, 9)",
            "update rating_source set token = '0'",
        ],
    )
    def test_lines_and_evidence_are_not_the_applications_to_write(self, scene: Scene, statement: str) -> None:
        with pytest.raises(Exception, match="permission denied"), scene.database.transaction(1) as session:
            session.execute(text(statement))


class TestWhatCannotBeBilledIsHeld:
    """… with its reason, and the rest goes on; nothing is silently free."""

    def test_a_period_without_any_reading(self, scene: Scene) -> None:
        scene.declared(CONTRACT.replace("C-1", "C-2").split("  - name: energy")[0])
        done = scene.bills("2026-02-01")
        assert len(done.invoices) == 1
        assert "no reading of kwh" in done.held["C-1"]
        scene.delivers(JANUARY)
        assert ((again := scene.bills("2026-02-03")).held, len(again.invoices)) == ({}, 1)

    def test_a_tax_that_no_rule_covers(self, scene: Scene) -> None:
        scene.declared(CONTRACT.replace("C-1", "C-US").replace("Blechwerke, country: DE", "Overseas, country: US"))
        scene.delivers(JANUARY)
        assert "US" in scene.bills("2026-02-01").held["C-US"]

    def test_a_held_period_does_not_stop_the_next(self, scene: Scene) -> None:
        scene.delivers(FEBRUARY)
        done = scene.bills("2026-03-01")
        assert (len(done.invoices), list(done.held)) == (1, ["C-1"])

    def test_a_period_that_an_amendment_has_taken_away(self, scene: Scene) -> None:
        """Planned, then the contract is ended before it: nothing is due; prolonged later, it is planned again."""
        scene.declared(CONTRACT.replace("C-1", "C-2").split("  - name: energy")[0])
        scene.bills("2026-02-15")
        with scene.database.transaction(1) as session:
            assert run.plan(session, 1, on("2026-03-15")) == 2
        scene.declared(CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01"))
        scene.delivers(JANUARY)
        done = scene.bills("2026-03-15")
        assert done.held == {}
        assert sorted(each.row.inputs.contract for each in scene.invoices() if each.row.id in done.invoices) == [
            "C-1",
            "C-2",
        ]


class TestACumulativeRegister:
    PER_HOUR = (
        CONTRACT.split("charges:")[0]
        + 'charges: [{name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}}]'
    )

    @pytest.fixture
    def hourly(self, access: Access, database: Database) -> Scene:
        return Scene(access, database).declared(self.PER_HOUR)

    def test_from_boundary_to_boundary_and_over_a_rollover(self, hourly: Scene) -> None:
        hourly.delivers(
            "2026-01-01 00 9990.0\n2026-01-15 00 9999.9\n2026-02-01 00 5.5\n2026-02-20 00 10.0\n2026-03-01 00 12.0",
            register="hours",
        )
        hourly.bills("2026-03-01")
        # 10000 − 9990 + 5.5 = 15.5, then 12 − 5.5 = 6.5
        assert [
            hourly.lines("2026-000001"),
            hourly.lines("2026-000002"),
        ] == [[("hours", "15.5", "155.00", "")], [("hours", "6.5", "65.00", "")]]
        assert hourly.replays() == []

    def test_over_an_exchange(self, hourly: Scene) -> None:
        hourly.delivers("2026-01-01 00 500.0", register="hours")
        with hourly.database.transaction(1) as session:
            exchange(
                session,
                Sender("form", "jonas", on("2026-01-20"), "worn out"),
                "hours",
                on("2026-01-20"),
                Decimal("520.0"),
                Decimal("3.0"),
                "SN-2",
            )
        hourly.delivers("2026-02-01 00 10.0", register="hours")
        hourly.bills("2026-02-01")
        assert hourly.lines("2026-000001") == [("hours", "27", "270.00", "")]  # 520 − 500 + 10 − 3

    def test_a_fall_for_no_reason_is_a_verdict_and_the_good_reads_are_stored(self, hourly: Scene) -> None:
        receipt = hourly.delivers("2026-01-01 00 500.0\n2026-01-10 00 5.0\n2026-02-01 00 510.0", register="hours")
        assert (receipt.stored, [(each.line, each.code) for each in receipt.verdicts]) == (2, [(3, "falling_register")])

    def test_a_late_read_nearer_to_the_edge_moves_use_between_months(self, hourly: Scene) -> None:
        hourly.delivers("2026-01-01 00 100.0\n2026-01-20 00 110.0\n2026-02-20 00 130.0", register="hours")
        hourly.bills("2026-02-01")
        hourly.delivers("2026-02-01 00 118.0", register="hours")
        hourly.bills("2026-03-01")
        assert hourly.lines("2026-000002") == [("hours", "12", "120.00", ""), ("hours", "8", "80.00", "2026-000001")]
        assert hourly.replays() == []

    def test_no_read_in_a_period_is_a_question_and_not_free(self, hourly: Scene) -> None:
        hourly.delivers("2026-01-01 00 100.0", register="hours")
        assert "no read after" in hourly.bills("2026-02-01").held["C-1"]


def test_numbers_are_gapless_per_legal_entity_and_rise_with_the_date(scene: Scene) -> None:
    other = CONTRACT.replace("name: Nordluft", "name: Südpresse").split("  - name: energy")[0]
    scene.declared(
        *(CONTRACT.split("  - name: energy")[0].replace("C-1", f"N-{n}") for n in range(3)),
        *(other.replace("C-1", f"S-{n}") for n in range(2)),
    )
    scene.delivers(JANUARY)
    scene.bills("2026-02-01")
    scene.bills("2026-03-02")
    numbers: dict[str, list[tuple[str, date | None]]] = {}
    for each in scene.invoices():
        numbers.setdefault(each.row.inputs.supplier.name, []).append((each.row.number or "", each.row.issued_on))
    assert {"Nordluft", "Südpresse"} == numbers.keys()
    for supplier, of_one in numbers.items():
        series = {"Nordluft": "2026", "Südpresse": "SUEDPRESSE-2026"}[supplier]
        assert [f"{series}-{n:06d}" for n in range(1, len(of_one) + 1)] == sorted(number for number, _ in of_one)
        assert [day for _, day in sorted(of_one)] == sorted(day for _, day in of_one if day)


def test_a_clock_that_is_behind_does_not_date_a_number_before_the_one_below_it(scene: Scene) -> None:
    scene.delivers(JANUARY)
    scene.delivers(FEBRUARY)
    scene.bills("2026-03-02")
    scene.declared(CONTRACT.replace("C-1", "C-2"))
    scene.bills("2026-02-02")
    dates = [each.row.issued_on for each in scene.invoices()]
    assert dates == sorted(dates, key=str)
    assert date(2026, 3, 2) == dates[-1]


def test_unknown_invoices(scene: Scene) -> None:
    for number in ("2026-000009", "draft-1", "draft-99999999999999", "", "'; drop table invoice"):
        with pytest.raises(store.UnknownInvoice), scene.database.transaction(1) as session:
            store.find(session, number)
