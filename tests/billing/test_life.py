"""A contract's life in invoices: prices that change, terms that are amended, what is carried on, what is held apart."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.server.database import Access, ContradictsStored, Database
from billing.disputes import store as dispute_store
from billing.drafts.look import DraftOutdated, EarlierDraftOpen, issue
from billing.records.changes import IndexChange, VersionChange
from billing.tables import RatingRow
from contracts.contract import Contract
from contracts.indexation.series import Index
from contracts.indexation.store import record
from contracts.indexation.store import release as release_index
from contracts.recording.store import apply
from contracts.release.store import OwnWork, releasing
from contracts.store import release
from quantities.document import FaultyDocument, parse, read
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, adjusting, on
from tests.build import acts

HEAD, _, _ = CONTRACT.partition("settings:")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def terms(charges: str, more: str = "") -> str:
    return f"{HEAD}{more}\ncharges:\n{charges}"


def nets(scene: Scene, number: str) -> list[tuple[str, str]]:
    return [(charge, net) for charge, _, net, _ in scene.lines(number)]


PER_KWH = """
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "%s"}
"""
TIERS = """
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "%s"}, {unit_price: "0.20"}]}
"""


class TestAPriceChangesWithinAPeriod:
    """In force from 16 January: the use is divided at the day."""

    @pytest.mark.parametrize(("setting", "charged"), [
        pytest.param("", ["40.00", "22.00"], id="tiers continue: 80 × 0.50, then 20 × 0.60 and 50 × 0.20"),
        pytest.param("settings: {on_change: restart}", ["40.00", "42.00"], id="tiers restart: 70 × 0.60"),
    ])  # fmt: skip
    def test_tiers(self, scene: Scene, setting: str, charged: list[str]) -> None:
        scene.declared(terms(TIERS % "0.50", setting))
        scene.amends(terms(TIERS % "0.60", f"in_force_from: 2026-01-16\n{setting}"), "2026-01-10")
        scene.delivers("2026-01-05 10 80\n2026-01-20 10 70")
        scene.bills("2026-02-01")
        by_day: dict[date, Decimal] = {}
        for line in scene.invoices()[0].lines:
            by_day[line.service_first] = by_day.get(line.service_first, Decimal(0)) + line.net
        assert {date(2026, 1, 1): Decimal(charged[0]), date(2026, 1, 16): Decimal(charged[1])} == by_day
        assert scene.replays() == []

    def test_a_fee_is_due_by_days_of_each(self, scene: Scene) -> None:
        fee = '  - {name: fee, rule: {kind: fixed_fee, amount: "%s"}}\n'
        scene.declared(terms(fee % "310.00"))
        scene.amends(terms(fee % "620.00", "in_force_from: 2026-01-22"), "2026-01-10")
        scene.bills("2026-02-01")
        assert nets(scene, "2026-000001") == [("fee", "210.00"), ("fee", "200.00")]


def test_an_amendment_of_a_billed_period_becomes_an_adjustment(scene: Scene) -> None:
    """Known since February, in force since January: the next invoice carries what differs, and who recorded it."""
    scene.declared(terms(PER_KWH % "0.50"))
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    scene.amends(terms(PER_KWH % "0.40", "reason: agreed in January, written down late"), "2026-02-10")
    scene.bills("2026-03-01")
    assert scene.lines("2026-000002") == [
        ("energy", "10", "4.00", ""),
        ("energy", "-60", "-30.00", "2026-000001"),  # back at the old price, and anew at the other
        ("energy", "60", "24.00", "2026-000001"),
    ]
    line = scene.invoices()[1].lines[1]
    (change,) = line.proof.changes or ()
    assert isinstance(change, VersionChange)
    assert (change.version, change.recorded_by) == (2, "anna")
    assert change.reason == "agreed in January, written down late"
    scene.bills("2026-04-01")
    assert adjusting(scene.lines("2026-000002")) == scene.lines("2026-000002")[1:]
    assert scene.replays() == []


class TestFourEyes:
    def test_a_version_counts_when_another_has_released_it(self, scene: Scene) -> None:
        scene.declared(terms(PER_KWH % "0.50"))
        scene.delivers("2026-01-05 10 60")
        with scene.database.transaction(1) as session:
            contract = parse(Contract, read(terms(PER_KWH % "9.99", "in_force_from: 2026-01-01")))
            apply(session, contract, recorded_by=acts(session, "anna"), recorded_at=on("2026-01-10"))
        scene.bills("2026-02-01")
        assert nets(scene, "2026-000001") == [("energy", "30.00")]
        with pytest.raises(OwnWork), scene.database.transaction(1) as session:
            release(session, "C-1", releasing(session, acts(session, "anna"), on("2026-02-02")))

    def test_the_database_refuses_one_pair(self, scene: Scene) -> None:
        from sqlalchemy import text

        scene.declared()
        with scene.database.transaction(1) as session:
            contract = parse(Contract, read(CONTRACT))
            apply(session, contract, recorded_by=acts(session, "anna"), recorded_at=on("2026-01-10"))
        with pytest.raises(ContradictsStored, match="two_pairs_of_eyes"), scene.database.transaction(1) as session:
            acts(session, "anna")
            session.execute(text("update contract_version set released_by = 'anna', released_at = now()"))


def own(scene: Scene, at: int) -> RatingRow:
    rating = scene.invoices()[at].own_rating
    assert rating is not None
    return rating


class TestWhatIsCarriedOn:
    YEAR = """
  - name: energy
    register: kwh
    rule: {kind: graduated, unit: kWh, per: year, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}
"""

    def test_tiers_of_a_year_go_on_from_month_to_month(self, scene: Scene) -> None:
        scene.declared(terms(self.YEAR))
        scene.delivers("2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10")
        scene.bills("2026-04-01")
        assert [nets(scene, f"2026-00000{n}") for n in (1, 2, 3)] == [
            [("energy", "40.00")],
            [("energy", "10.00"), ("energy", "10.00")],  # 20 × 0.50, 50 × 0.20
            [("energy", "2.00")],
        ]
        assert scene.replays() == []

    def test_a_correction_of_january_moves_the_tiers_of_february(self, scene: Scene) -> None:
        scene.declared(terms(self.YEAR))
        scene.delivers("2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10")
        scene.bills("2026-03-01")
        scene.delivers("2026-01-05 10 100", reason="meter test")
        scene.bills("2026-04-01")
        adjusted = adjusting(scene.lines("2026-000003"))
        assert adjusted == [
            ("energy", "20", "10.00", "2026-000001"),  # 100 × 0.50
            ("energy", "-20", "-10.00", "2026-000002"),  # the cheap tier has begun
            ("energy", "20", "4.00", "2026-000002"),
        ]
        assert own(scene, 2).inputs.opening["energy"]["rule"]["values"]["used"] == "170"
        assert scene.replays() == []
        scene.delivers("2026-02-05 10 60\n2026-04-05 10 5", reason="meter test, second")
        scene.bills("2026-05-01")
        assert adjusting(scene.lines("2026-000004")) == [("energy", "-10", "-2.00", "2026-000002")]
        assert scene.replays() == []

    def test_what_closes_as_it_did_leaves_later_periods_alone(self, scene: Scene) -> None:
        """The fee of January is amended and its use is not: February's tiers begin where they began."""
        scene.declared(CONTRACT.replace("unit: kWh, tiers", "unit: kWh, per: year, tiers"))
        scene.delivers("2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10")
        scene.bills("2026-03-01")
        amended = CONTRACT.replace("unit: kWh, tiers", "unit: kWh, per: year, tiers").replace('"100.00"', '"90.00"')
        scene.amends(amended, "2026-03-02")
        scene.delivers("2026-01-06 10 0", reason="an hour of nothing")
        scene.bills("2026-04-01")
        notes = scene.invoices()[2].corrections
        assert [note.inputs.number for note in notes] == ["2026-000001", "2026-000002"]  # the version concerns both
        scene.delivers("2026-01-07 10 0\n2026-04-05 10 5", reason="another")
        scene.bills("2026-05-01")
        notes = scene.invoices()[3].corrections
        assert [note.inputs.number for note in notes] == ["2026-000001"]
        assert own(scene, 3).inputs.opening["energy"]["rule"]["values"]["used"] == "160"
        assert scene.replays() == []

    def test_periods_are_billed_in_their_order(self, scene: Scene) -> None:
        """January has no reading and is held: February, which goes on from it, waits too."""
        scene.declared(terms(self.YEAR))
        scene.delivers("2026-02-05 10 70")
        done = scene.bills("2026-03-01")
        assert scene.invoices() == []
        assert "is not billed yet" in done.held["C-1"] or "no reading" in done.held["C-1"]


class TestAFeeInAdvance:
    FEE = '  - {name: fee, rule: {kind: fixed_fee, amount: "310.00", in_advance: true}}\n'

    def test_it_is_billed_when_the_contract_opens_and_then_with_the_period_before(self, scene: Scene) -> None:
        scene.declared(terms(self.FEE + PER_KWH % "0.50", "ends: 2026-03-01"))
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10")
        scene.bills("2026-01-02")
        scene.bills("2026-02-01")
        scene.bills("2026-03-01")
        assert [nets(scene, f"2026-00000{n}") for n in (1, 2, 3)] == [
            [("fee", "310.00")],
            [("energy", "30.00"), ("fee", "310.00")],
            [("energy", "5.00")],
        ]
        fees = [line for invoice in scene.invoices() for line in invoice.lines if line.charge == "fee"]
        assert [(line.service_first, line.service_after_last) for line in fees] == [
            (date(2026, 1, 1), date(2026, 2, 1)),
            (date(2026, 2, 1), date(2026, 3, 1)),
        ]
        assert scene.replays() == []

    def test_a_fee_that_becomes_one_in_advance_is_billed_once_whenever_that_is_known(self, scene: Scene) -> None:
        """From March the fee is due in advance; recorded after February was billed, it comes as an adjustment of that."""
        later = self.FEE.replace(", in_advance: true", "")
        scene.declared(terms(later + PER_KWH % "0.50"))
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10\n2026-03-05 10 10\n2026-04-05 10 10")
        scene.bills("2026-03-01")
        scene.amends(terms(self.FEE + PER_KWH % "0.50", "in_force_from: 2026-03-01"), "2026-03-05")
        scene.bills("2026-05-01")
        fees = [
            (line.service_first.month, str(line.net))
            for each in scene.invoices()
            for line in each.lines
            if line.charge == "fee"
        ]
        assert sorted(fees) == [(1, "310.00"), (2, "310.00"), (3, "310.00"), (4, "310.00"), (5, "310.00")]
        assert {each.row.kind for each in scene.invoices()} == {"period"}
        assert scene.replays() == []

    @pytest.mark.parametrize(("proration", "net"), [
        pytest.param("calendar_days", "160.00", id="by days: 310 × 16 / 31"),
        pytest.param("none", "310.00", id="a part costs as much as the whole"),
    ])  # fmt: skip
    @pytest.mark.parametrize("known", [
        pytest.param("2025-12-20", id="known before the contract opens"),
        pytest.param("2026-01-20", id="known when the contract has opened without a fee"),
        pytest.param("2026-02-10", id="known when the first period is billed"),
    ])  # fmt: skip
    def test_one_that_an_amendment_brings_within_the_first_period_is_billed_with_the_opening(
        self, scene: Scene, known: str, proration: str, net: str
    ) -> None:
        """From 16 January on. The contract opened without a fee: what is due before its first period is due all the same."""
        fee = self.FEE.replace("in_advance", f"proration: {proration}, in_advance")
        scene.declared(terms(PER_KWH % "0.50", "ends: 2026-03-01"))
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10")
        amended = terms(fee + PER_KWH % "0.50", "ends: 2026-03-01\nin_force_from: 2026-01-16")
        for day in sorted(("2026-01-02", "2026-02-01", "2026-03-20", known)):
            scene.amends(amended, day) if day == known else scene.bills(day)
        fees = sorted(
            (line.service_first, str(line.net))
            for invoice in scene.invoices()
            for line in invoice.lines
            if line.charge == "fee"
        )
        assert fees == [(date(2026, 1, 16), net), (date(2026, 2, 1), "310.00")]
        assert [invoice.row.kind for invoice in scene.invoices()].count("opening") == 1
        assert scene.replays() == []

    @pytest.mark.parametrize(("proration", "shares"), [
        pytest.param("calendar_days", ["166.07", "143.93"], id="15 and 13 of 28 days of 310"),
        pytest.param("thirty_days", ["155.00", "155.00"], id="15 of 30 days, and what they leave"),
        pytest.param("none", ["310.00"], id="due once, whole with its first days"),
    ])  # fmt: skip
    @pytest.mark.parametrize(("becomes", "known"), [
        pytest.param("in advance", "2026-03-10", id="in advance, known afterwards"),
        pytest.param("in arrears", "2026-01-20", id="in arrears, known before it is billed"),
        pytest.param("in advance", "2026-01-20", id="in advance, known before it is billed", marks=pytest.mark.long),
        pytest.param("in arrears", "2026-03-10", id="in arrears, known afterwards", marks=pytest.mark.long),
    ])  # fmt: skip
    def test_the_shares_of_a_month_add_up_though_two_documents_bill_them(
        self, scene: Scene, known: str, proration: str, shares: list[str], becomes: str
    ) -> None:
        """From 16 February on the fee is one in advance, or one no more; a tenth of it is due besides."""
        ahead = self.FEE.replace("in_advance", f"proration: {proration}, in_advance")
        behind = ahead.replace(", in_advance: true", "")
        first, then = (behind, ahead) if becomes == "in advance" else (ahead, behind)
        tenth = "  - {name: tenth, rule: {kind: percentage_of, of: [fee], percent: 10}}\n"
        scene.declared(terms(first + tenth, "ends: 2026-04-01"))
        amended = terms(then + tenth, "ends: 2026-04-01\nin_force_from: 2026-02-16")
        for day in sorted(("2026-02-01", "2026-03-01", "2026-04-20", known)):
            scene.amends(amended, day) if day == known else scene.bills(day)
        owed: dict[tuple[str, date], Decimal] = {}
        for line in (line for invoice in scene.invoices() for line in invoice.lines):
            key = line.charge, line.service_first
            owed[key] = owed.get(key, Decimal(0)) + line.net
        february = {key: str(net) for key, net in owed.items() if key[1].month == 2 and net}
        days = date(2026, 2, 1), date(2026, 2, 16)
        fees = {("fee", day): net for day, net in zip(days, shares, strict=False)}
        tenths = {("tenth", day): str((Decimal(net) / 10).quantize(Decimal("0.01"))) for (_, day), net in fees.items()}
        assert february == fees | tenths
        assert scene.replays() == []

    def test_one_that_becomes_a_price_over_a_quarter_within_a_month_is_still_seen_on_its_days(
        self, scene: Scene
    ) -> None:
        """A fee of 280 until 14 February, 140.00; then 10 kWh at 0.50. The tenth sees 140.00, and then 5.00.

        What the price carries into March is not the fee's: the fee is rated once more as one of the amounts.
        """
        fee = self.FEE.replace("310", "280")
        tenth = "  - {name: tenth, rule: {kind: percentage_of, of: [fee], percent: 10}}\n"
        price = (
            (PER_KWH % "0.50")
            .replace("name: energy", "name: fee")
            .replace("kind: per_unit", "kind: per_unit, per: quarter")
        )
        scene.declared(terms(fee + tenth, "ends: 2026-04-01"))
        scene.delivers("2026-02-20 10 10\n2026-03-05 10 10")
        scene.amends(terms(price + tenth, "ends: 2026-04-01\nin_force_from: 2026-02-15"), "2026-02-10")
        for day in ("2026-01-02", "2026-02-01", "2026-03-01", "2026-04-01"):
            scene.bills(day)
        february = [
            (line.charge, str(line.net))
            for invoice in scene.invoices()
            for line in invoice.lines
            if line.service_first.month == 2
        ]
        assert sorted(february) == [
            ("fee", "140.00"), ("fee", "5.00"), ("tenth", "0.50"), ("tenth", "14.00"),
        ]  # fmt: skip
        assert scene.replays() == []

    def test_an_early_end_gives_back_what_was_paid_in_advance(self, scene: Scene) -> None:
        scene.declared(terms(self.FEE + PER_KWH % "0.50"))
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10")
        scene.bills("2026-02-01")
        scene.amends(terms(self.FEE + PER_KWH % "0.50", "ends: 2026-02-15\nin_force_from: 2026-02-01"), "2026-02-10")
        scene.bills("2026-02-15")
        # 14 of 28 days, and on a day of their own the tax point: the whole month is taken back.
        assert adjusting(scene.lines("2026-000003")) == [
            ("fee", "-1", "-310.00", "2026-000002"),
            ("fee", "0.5", "155.00", "2026-000002"),
        ]
        assert scene.replays() == []


INDEX = """
index: CPI
title: consumer prices
base: "2020=100"
values:
  - {month: 2025-10, value: "120", published: 2025-11-12}
  - {month: 2026-01, value: "%s", published: 2026-02-12, provisional: %s}
"""
FOLLOWING = """
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "0.50"}
    index:
      clause:
        kind: following
        terms: [{index: CPI, base_month: 2025-10}]
        lag_months: "1"
        every: month
        first_review: 2026-02-01
"""


class TestAPriceThatFollowsAnIndex:
    def published(self, scene: Scene, value: str, provisional: str, until: str = "2026-01") -> None:
        with scene.database.transaction(1) as session:
            index = parse(Index, read(INDEX % (value, provisional)))
            index = index.model_copy(update={"values": tuple(each for each in index.values if each.month <= until)})
            record(session, index, recorded_by=acts(session, "anna"), recorded_at=on("2026-02-12"))
            release_index(session, "CPI", releasing(session, acts(session, "bert"), on("2026-02-13")))

    def test_it_is_held_until_the_value_is_known(self, scene: Scene) -> None:
        self.published(scene, "123", "false", until="2025-10")
        scene.declared(terms(FOLLOWING))
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 100")
        assert "CPI has no value" in str(scene.bills("2026-03-01").held)

    def test_a_provisional_value_is_billed_and_rated_again_when_the_final_one_arrives(self, scene: Scene) -> None:
        self.published(scene, "123", "true")
        scene.declared(terms(FOLLOWING).replace("starts: 2026-01-01", "starts: 2026-02-01"))
        scene.delivers("2026-02-05 10 100\n2026-03-05 10 100")
        scene.bills("2026-03-01")
        assert nets(scene, "2026-000001") == [("energy", "51.25")]  # × 123/120 = 1.025
        self.published(scene, "126", "false")
        with scene.database.transaction(1) as session:
            march = INDEX.replace("2026-01", "2026-02") % ("126", "false")
            record(session, parse(Index, read(march)), recorded_by=acts(session, "anna"), recorded_at=on("2026-03-12"))
            release_index(session, "CPI", releasing(session, acts(session, "bert"), on("2026-03-13")))
        scene.bills("2026-04-01")
        assert scene.lines("2026-000002") == [
            ("energy", "100", "52.50", ""),  # × 1.05
            ("energy", "-100", "-51.25", "2026-000001"),
            ("energy", "100", "52.50", "2026-000001"),
        ]
        (change,) = scene.invoices()[1].lines[1].proof.changes or ()
        assert isinstance(change, IndexChange)
        assert (change.index, change.month, change.was, change.now) == ("CPI", "2026-01", "123", "126")
        assert scene.replays() == []
        scene.bills("2026-05-01")
        assert len(scene.invoices()) == 2  # April has no reading; nothing else is open

    def test_a_rebased_and_a_discontinued_series_go_on_in_another(self, scene: Scene) -> None:
        """The new series knows 2026-01 alone; October of 2025 is the old one's 132 × 0.9."""
        old = 'index: CPI-2015\nvalues: [{month: 2025-10, value: "132", published: 2025-11-12}]\n'
        new = 'index: CPI\nlinks: [{index: CPI-2015, factor: "0.9"}]\nvalues: [{month: 2026-01, value: "121.176", published: 2026-02-12}]\n'
        with scene.database.transaction(1) as session:
            for document in (old, new):
                index = parse(Index, read(document))
                record(session, index, recorded_by=acts(session, "anna"), recorded_at=on("2026-02-12"))
                release_index(session, index.index, releasing(session, acts(session, "bert"), on("2026-02-13")))
        scene.declared(terms(FOLLOWING).replace("starts: 2026-01-01", "starts: 2026-02-01"))
        scene.delivers("2026-02-05 10 100")
        scene.bills("2026-03-01")
        assert nets(scene, "2026-000001") == [("energy", "51.00")]  # 121.176 / 118.8 = 1.02
        assert scene.replays() == []

    def test_an_index_that_is_not_recorded_is_a_fault_with_its_place(self, scene: Scene) -> None:
        self.published(scene, "123", "false", until="2025-09")
        for wrong, path, code in (
            (FOLLOWING, "base_month", "index-value-missing"),
            (FOLLOWING.replace("index: CPI,", "index: CPJ,"), "index", "unknown-index"),
        ):
            with pytest.raises(FaultyDocument) as refusal:
                scene.declared(terms(wrong))
            (fault,) = refusal.value.faults
            assert (fault.path, fault.code) == (f"/charges/0/index/clause/terms/0/{path}", code)
        assert fault.expected == "CPI"

    def test_a_base_that_waits_for_its_release_is_said_to_be_that(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            index = parse(Index, read(INDEX % ("123", "false")))
            record(session, index, recorded_by=acts(session, "anna"), recorded_at=on("2026-02-12"))
        with pytest.raises(FaultyDocument) as refusal:
            scene.declared(terms(FOLLOWING))
        (fault,) = refusal.value.faults
        assert fault.code == "index-value-missing"
        assert fault.detail == "CPI has 120 for 2025-10, which anna recorded: it waits for another person's release"

    def test_what_waits_for_release_is_not_known(self, scene: Scene) -> None:
        self.published(scene, "123", "false", until="2025-10")
        scene.declared(terms(FOLLOWING).replace("starts: 2026-01-01", "starts: 2026-02-01"))
        with scene.database.transaction(1) as session:
            record(
                session,
                parse(Index, read(INDEX % ("123", "false"))),
                recorded_by=acts(session, "anna"),
                recorded_at=on("2026-02-12"),
            )
        scene.delivers("2026-02-05 10 100")
        ((_, reason),) = scene.bills("2026-03-01").held.items()
        assert reason == "CPI has 123 for 2026-01, which anna recorded: it waits for another person's release"
        with pytest.raises(OwnWork), scene.database.transaction(1) as session:
            release_index(session, "CPI", releasing(session, acts(session, "anna"), on("2026-02-13")))


class TestADispute:
    def raised(self, scene: Scene, day: str) -> int:
        with scene.database.transaction(1) as session:
            return dispute_store.raise_(
                session,
                "C-1",
                "energy",
                date(2026, 1, 1),
                date(2026, 2, 1),
                reason="meter doubted",
                by="kunde",
                at=on(day),
                accepted=True,
            ).id

    def settled(self, scene: Scene, number: int, *, due: bool) -> None:
        with scene.database.transaction(1) as session:
            settled_by_two(session, number, on("2026-02-20"), due=due)

    @pytest.mark.parametrize(("due", "after"), [(True, [("energy", "60", "30.00", "2026-000001")]), (False, [])])
    def test_a_charge_is_held_apart_and_the_rest_goes_on(
        self,
        scene: Scene,
        *,
        due: bool,
        after: list[Any],
    ) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10")
        number = self.raised(scene, "2026-01-20")
        scene.bills("2026-02-01")
        assert nets(scene, "2026-000001") == [("fee", "100.00")]
        self.settled(scene, number, due=due)
        scene.bills("2026-03-01")
        assert adjusting(scene.lines("2026-000002")) == after
        assert scene.replays() == []

    def test_what_is_billed_stays_billed_until_it_is_waived(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10\n2026-03-05 10 10")
        scene.bills("2026-02-01")
        number = self.raised(scene, "2026-02-10")
        scene.bills("2026-03-01")
        assert adjusting(scene.lines("2026-000002")) == []
        self.settled(scene, number, due=False)
        scene.bills("2026-04-01")
        assert adjusting(scene.lines("2026-000003")) == [("energy", "-60", "-30.00", "2026-000001")]
        assert scene.replays() == []

    def test_a_charge_that_is_waived_after_it_was_billed_takes_its_discount_along(self, scene: Scene) -> None:
        off = '  - {name: off, rule: {kind: discount, percent: "10"}}\n'
        scene.declared(CONTRACT + off)
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10\n2026-03-05 10 10")
        scene.bills("2026-02-01")
        number = self.raised(scene, "2026-02-10")
        scene.bills("2026-03-01")
        self.settled(scene, number, due=False)
        scene.bills("2026-04-01")
        assert adjusting(scene.lines("2026-000003")) == [
            ("energy", "-60", "-30.00", "2026-000001"),
            ("off", "-1", "3.00", "2026-000001"),
        ]
        assert scene.replays() == []


def test_a_late_reading_before_a_change_moves_the_tiers_after_it(scene: Scene) -> None:
    """20 more at 0.50 before the 16th; 20 fewer at 0.60 after it, and 20 more at 0.20."""
    scene.declared(terms(TIERS % "0.50"))
    scene.amends(terms(TIERS % "0.60", "in_force_from: 2026-01-16"), "2026-01-10")
    scene.delivers("2026-01-05 10 80\n2026-01-20 10 70\n2026-02-05 10 1")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-06 10 20")
    scene.bills("2026-03-01")
    nets_by_day: dict[date, Decimal] = {}
    for line in scene.invoices()[1].lines:
        if line.corrects:
            nets_by_day[line.service_first] = nets_by_day.get(line.service_first, Decimal(0)) + line.net
    assert nets_by_day == {date(2026, 1, 1): Decimal("10.00"), date(2026, 1, 16): Decimal("-8.00")}
    assert scene.replays() == []


def test_days_that_the_newest_version_suspends_are_given_back_where_they_are_billed(scene: Scene) -> None:
    """In force from February, suspended for ten days of January: 310 × 10 / 31."""
    fee = '  - {name: fee, rule: {kind: fixed_fee, amount: "310.00"}}\n'
    suspended = "suspensions: [{first: 2026-01-11, after_last: 2026-01-21}]"
    scene.declared(terms(fee))
    scene.bills("2026-02-01")
    scene.amends(terms(fee, f"in_force_from: 2026-02-01\n{suspended}"), "2026-02-10")
    scene.bills("2026-03-01")
    assert [net for *_, net, _ in adjusting(scene.lines("2026-000002"))] == ["-100.00"]
    assert scene.replays() == []


def test_a_draft_that_rests_on_older_terms_is_not_issued(scene: Scene) -> None:
    scene.declared(terms(PER_KWH % "0.50"))
    scene.delivers("2026-01-05 10 60")
    (draft,) = scene.looks("2026-02-01").drafts
    scene.amends(terms(PER_KWH % "0.40"), "2026-02-02")
    with scene.database.transaction(1) as session, pytest.raises(DraftOutdated):
        issue(session, draft.name, on("2026-02-03"))
    scene.bills("2026-02-03")
    assert nets(scene, "2026-000001") == [("energy", "24.00")]


def test_a_suspension_takes_its_days_out_of_what_is_due_by_days(scene: Scene) -> None:
    charges = '  - {name: fee, rule: {kind: fixed_fee, amount: "310.00"}}\n' + PER_KWH % "0.50"
    scene.declared(terms(charges, "suspensions: [{first: 2026-01-11, after_last: 2026-01-21, reason: planned stop}]"))
    scene.delivers("2026-01-05 10 60")
    scene.bills("2026-02-01")
    assert nets(scene, "2026-000001") == [("fee", "210.00"), ("energy", "30.00")]  # 21 of 31 days


def test_amounts_are_spread_over_books_and_payees_to_the_cent(scene: Scene) -> None:
    charge = """
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "1"}
    tax_code: SVC-01
    revenue_account: "8400"
    allocation: [{first: 2026-01-01, weights: {press shop: "2", paint shop: "1"}}, {first: 2026-02-01, weights: {paint shop: "1"}}]
    payees: {maker: "1", financier: "1", insurer: "1"}
"""
    scene.declared(terms(charge))
    scene.delivers("2026-01-05 10 100\n2026-02-05 10 10")
    scene.bills("2026-03-01")
    first, second = (each.lines[0] for each in scene.invoices())
    assert (first.tax_code, first.revenue_account) == ("SVC-01", "8400")
    assert first.allocation == {"press shop": "66.67", "paint shop": "33.33"}
    assert first.payees == {"maker": "33.34", "financier": "33.33", "insurer": "33.33"}  # as listed
    assert second.allocation == {"paint shop": "10.00"}
    scene.delivers("2026-01-05 10 110", reason="again")
    scene.delivers("2026-03-05 10 10")
    scene.bills("2026-04-01")
    (adjusted,) = [line for line in scene.invoices()[2].lines if line.corrects]
    assert adjusted.allocation == {"press shop": "6.66", "paint shop": "3.34"}
    assert Decimal("10.00") == sum(map(Decimal, adjusted.payees.values()))


@pytest.mark.parametrize(("milestones", "missing"), [
    pytest.param("{quoted: 2025-11-01}", "signed", id="a quote is no contract"),
    pytest.param("{quoted: 2025-11-01, signed: 2025-12-01, installed: 2025-12-20}", "accepted", id="installed, and not accepted"),
    pytest.param("{quoted: 2025-11-01, signed: 2025-12-01, installed: 2025-12-20, accepted: 2025-12-22}", None, id="accepted"),
    pytest.param("{signed: 2025-12-01}", None, id="nothing to install"),
])  # fmt: skip
def test_what_is_not_agreed_yet_is_not_billed(scene: Scene, milestones: str, missing: str | None) -> None:
    scene.declared(terms(PER_KWH % "0.50", f"milestones: {milestones}"))
    scene.delivers("2026-01-05 10 60")
    held = scene.bills("2026-02-01").held
    assert held == ({} if missing is None else {"C-1": f"C-1 is not {missing} yet"})


def test_damages_and_deposits_bear_no_tax(scene: Scene) -> None:
    charges = """
  - {name: deposit, nature: deposit, rule: {kind: one_off, amount: "1000", on: 2026-01-10}}
  - {name: late parts, nature: damages, rule: {kind: one_off, amount: "-200", on: 2026-01-20}}
"""
    scene.declared(terms(PER_KWH % "0.50" + charges))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    documents = [(row.document_type, row.net, row.vat, row.gross) for row in (one.row for one in scene.invoices())]
    assert documents == [
        ("380", Decimal("50.00"), Decimal("9.50"), Decimal("59.50")),  # 19 % of 50
        ("381", Decimal("-200.00"), Decimal(0), Decimal("-200.00")),
        ("380", Decimal("1000.00"), Decimal(0), Decimal("1000.00")),
    ]
    categories = [[line.tax.category for line in one.lines] for one in scene.invoices()]
    assert categories == [["S"], ["O"], ["O"]]  # EN 16931 BR-O-11
    assert [one.row.number for one in scene.invoices()] == [f"2026-00000{place}" for place in (1, 2, 3)]
    assert scene.replays() == []


def test_a_machine_is_swapped_and_its_pool_goes_on(scene: Scene) -> None:
    """From 16 January the hours of another register count: 100 kWh are included in the month, whoever used them."""
    charge = """
  - name: energy
    register: %s
    included: {quantity: "100", unit: kWh}
    rule: {kind: per_unit, unit: kWh, unit_price: "1"}
"""
    from metering.fleet.meter import Fleet
    from metering.fleet.store import declare
    from tests.billing.scene import FLEET

    scene.declared(terms(charge % "kwh"))
    with scene.database.transaction(1) as session:
        declare(
            session,
            parse(
                Fleet,
                read(
                    FLEET.replace("key: kwh", "key: kwh2")
                    .replace("name: M\n", "name: M2\n")
                    .replace("key: hours", "key: hours2")
                ),
            ),
        )
    scene.amends(terms(charge % "kwh2", "in_force_from: 2026-01-16\nreason: press exchanged"), "2026-01-15")
    scene.delivers("2026-01-05 10 70\n2026-01-20 10 999")
    scene.delivers("2026-01-20 10 50", register="kwh2")
    scene.bills("2026-02-01")
    assert [(line.service_first.day, str(line.net)) for line in scene.invoices()[0].lines] == [
        (1, "0.00"),
        (16, "20.00"),
    ]
    assert scene.replays() == []


def test_what_an_earlier_release_has_billed_still_proves_and_corrects(scene: Scene) -> None:
    """Its inputs named one version and one period, its lines no version, and nothing kept what the tables answered."""
    scene.declared(CONTRACT)
    scene.delivers("2026-01-05 10 120\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    scene.as_superuser("alter table invoice disable trigger issued_never_changes")
    scene.as_superuser(
        "update invoice set inputs = inputs - '{schema,stretches,opening,closing,index,disputed}'::text[]"
    )
    scene.as_superuser(
        "update invoice_line set proof = (proof - '{schema,version}'::text[]) #- '{usage,expected}'::text[]"
    )
    scene.as_superuser("alter table invoice enable trigger issued_never_changes")
    scene.as_superuser("delete from rating_source where source in ('tax', 'zones', 'holidays', 'units')")
    assert scene.replays() == []
    scene.delivers("2026-01-05 10 60", reason="meter test")
    scene.bills("2026-03-01")
    assert [net for _, _, net, _ in adjusting(scene.lines("2026-000002"))] == ["-20.00", "-4.00"]
    assert scene.replays() == []


def test_a_correction_in_a_draft_that_is_made_anew_is_not_lost_when_a_later_draft_corrected_the_same(
    scene: Scene,
) -> None:
    """February's draft corrects January by 20, March's by another 2; then February's is made anew for a late reading."""
    scene.declared(CONTRACT)
    scene.delivers("2026-01-05 10 120\n2026-02-05 10 10\n2026-03-05 10 10")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-06 10 100")
    scene.looks("2026-03-01")
    scene.delivers("2026-01-07 10 10")
    scene.looks("2026-04-01")
    scene.delivers("2026-02-06 10 10")
    scene.bills("2026-04-02")
    adjusted = [net for number in ("2026-000002", "2026-000003") for _, _, net, _ in adjusting(scene.lines(number))]
    assert sum(map(Decimal, adjusted)) == Decimal("22.00")
    assert scene.replays() == []


def test_a_later_draft_of_a_prepaid_block_does_not_overtake_the_earlier_one(scene: Scene) -> None:
    scene.declared(terms(TestWhatIsCarriedOn.YEAR))
    scene.delivers("2026-01-05 10 80\n2026-02-05 10 70")
    _, february = scene.looks("2026-03-01").drafts
    with pytest.raises(EarlierDraftOpen), scene.database.transaction(1) as session:
        issue(session, february.name, on("2026-03-02"))


def test_a_draft_that_is_made_anew_takes_those_that_go_on_from_it_along(scene: Scene) -> None:
    scene.declared(terms(TestWhatIsCarriedOn.YEAR))
    scene.delivers("2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10")
    scene.looks("2026-04-01")
    scene.delivers("2026-02-05 10 10", reason="meter test")
    looked = scene.looks("2026-04-02").drafts
    assert [str(each.row.net) for each in looked] == ["40.00", "5.00", "5.00"]  # 80 + 10 + 10
    scene.bills("2026-04-03")
    assert scene.replays() == []


def test_a_charge_that_is_disputed_before_its_draft_is_issued_is_left_out_of_it(scene: Scene) -> None:
    scene.declared(CONTRACT)
    scene.delivers("2026-01-05 10 60")
    scene.looks("2026-02-01")
    TestADispute().raised(scene, "2026-02-02")
    scene.bills("2026-02-03")
    assert nets(scene, "2026-000001") == [("fee", "100.00")]


def test_a_fee_that_was_billed_ahead_counts_towards_the_minimum(scene: Scene) -> None:
    charges = TestAFeeInAdvance.FEE + PER_KWH % "1" + '  - {name: least, rule: {kind: minimum_spend, amount: "400"}}\n'
    scene.declared(terms(charges))
    scene.delivers("2026-01-05 10 60")
    assert scene.bills("2026-02-01").held == {}
    assert nets(scene, "2026-000002") == [("energy", "60.00"), ("least", "30.00"), ("fee", "310.00")]
    assert scene.replays() == []


def test_a_contract_is_extended_by_an_amendment_of_its_end(scene: Scene) -> None:
    scene.declared(terms(PER_KWH % "0.50", "ends: 2026-02-01"))
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 10")
    scene.bills("2026-03-01")
    assert len(scene.invoices()) == 1
    scene.amends(terms(PER_KWH % "0.50", "ends: 2026-03-01\nin_force_from: 2026-01-31\nreason: extended"), "2026-02-10")
    scene.bills("2026-03-02")
    assert nets(scene, "2026-000002") == [("energy", "5.00")]
    assert scene.replays() == []


EXTENDED = "ends: 2026-02-01\nextension: {months: 1, notice_days: 10%s}"


@pytest.mark.parametrize(("notice", "months"), [
    pytest.param("", 3, id="no notice: it goes on"),
    pytest.param(", notice: 2026-01-20", 1, id="in time for the first end"),
    pytest.param(", notice: 2026-01-25", 2, id="too late for it, in time for the next"),
])  # fmt: skip
def test_a_contract_goes_on_by_itself_until_notice_is_given(scene: Scene, notice: str, months: int) -> None:
    scene.declared(terms(PER_KWH % "0.50", EXTENDED % notice))
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 10\n2026-03-05 10 10")
    scene.bills("2026-04-01")
    assert [each.row.first.month for each in scene.invoices()] == [1, 2, 3][:months]
    assert scene.replays() == []


class TestAChargeThatIsRenamed:
    """ "80 % of the highest earlier peak": under a new name and in another unit, on the invoices and in their proof."""

    RATCHET = """
  - name: %s
    register: kwh
    rule: {kind: demand, unit: %s, unit_price: "%s", block_minutes: "60", ratchet: {percent: "80"}}%s
"""

    def test_goes_on_from_what_it_carried(self, scene: Scene) -> None:
        scene.declared(terms(self.RATCHET % ("demand", "kW", "10", "")))
        renamed = self.RATCHET % ("peak", "MW", "10000", "\n    continues: demand")
        scene.delivers("2026-01-05 10 50\n2026-02-05 10 30\n2026-03-05 10 20")
        scene.bills("2026-02-01")
        scene.amends(terms(renamed, "in_force_from: 2026-02-01"), "2026-02-01")
        scene.bills("2026-03-01")
        scene.bills("2026-04-01")
        billed = [nets(scene, f"2026-00000{number}") for number in (1, 2, 3)]
        assert billed == [[("demand", "500.00")], [("peak", "400.00")], [("peak", "400.00")]]
        closing = own(scene, 2).inputs.closing
        assert {name: state["rule"]["values"] for name, state in closing.items()} == {
            "peak": {"peaks": ["0.05", "0.03", "0.02"]}
        }
        assert scene.replays() == []
