"""A draft is a preview: it is computed when somebody looks, stored nowhere, and issued as it was looked at or not at all."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import Access, ContradictsStored, Database
from billing.drafts import look
from billing.drafts.look import AlreadyIssued, DraftOutdated, EarlierDraftOpen, NothingToIssue
from billing.invoices.store import StoredInvoice, UnknownInvoice
from billing.proof.explain import explain
from billing.proof.replay import replay
from tests.billing.scene import CONTRACT, Scene, adjusting, being_issued, on

FEE, _, _ = CONTRACT.partition("  - name: energy")
#: 100 kWh paid for in each quarter; what is left goes on, so that each month needs the one before.
PREPAID = CONTRACT.replace(
    'rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}',
    'rule: {kind: graduated, unit: kWh, per: quarter, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}',
)
READINGS = "2026-01-05 10 80\n2026-02-05 10 70\n2026-03-05 10 10"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def issue(scene: Scene, draft: StoredInvoice, day: str) -> StoredInvoice:
    with scene.database.transaction(scene.tenant) as session:
        return look.issue(session, draft.name, on(day))


def stored(scene: Scene) -> dict[str, int]:
    """How many rows there are of everything that bills, and how much work is done."""
    kinds = ("invoice", "invoice_line", "rating", "rating_source", "counter", "stale", "due where done_at is not null")
    with scene.database.transaction(1) as session:
        return {kind: session.execute(text(f"select count(*) from {kind}")).scalar_one() for kind in kinds}


class TestALook:
    def test_stores_no_document_and_closes_no_work(self, scene: Scene) -> None:
        scene.declared(PREPAID)
        scene.delivers(READINGS)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 90", reason="meter test")
        scene.bills("2026-02-02")  # finds what has changed
        before = stored(scene)
        assert len(scene.looks("2026-04-02").drafts) == 2
        assert stored(scene) == before

    def test_shows_the_periods_of_a_contract_as_they_follow_each_other(self, scene: Scene) -> None:
        """80 at 0.50; then 20 at 0.50 and 50 at 0.20; then 10 at 0.20: each goes on from the one before."""
        scene.declared(PREPAID)
        scene.delivers(READINGS)
        drafts = scene.looks("2026-04-02").drafts
        assert [draft.row.net for draft in drafts] == [Decimal(net) for net in ("140.00", "120.00", "102.00")]
        scene.bills("2026-04-02")
        assert [invoice.lines for invoice in scene.invoices()] == [draft.lines for draft in drafts]

    def test_shows_a_correction_once_in_the_first_period_that_carries_it(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(READINGS)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 100", reason="meter test")
        february, march = scene.looks("2026-04-02").drafts
        corrections = [[line.net for line in draft.lines if line.corrects is not None] for draft in (february, march)]
        assert corrections == [[Decimal("10.00")], []]  # 20 more at 0.50
        issue(scene, february, "2026-04-02")
        issue(scene, march, "2026-04-03")
        assert [net for *_, net, of in adjusting(scene.lines("2026-000002")) if of] == ["10.00"]
        assert adjusting(scene.lines("2026-000003")) == []
        assert scene.replays() == []

    def test_again_shows_drafts_of_the_same_names(self, scene: Scene) -> None:
        scene.declared(PREPAID)
        scene.delivers(READINGS)
        first, second = (scene.looks(day).drafts for day in ("2026-04-02", "2026-04-09"))
        assert [draft.name for draft in first] == [draft.name for draft in second]
        assert len({draft.name for draft in first}) == 3

    def test_of_another_tenant_names_the_same_and_finds_nothing(self, scene: Scene) -> None:
        scene.declared(FEE)
        (draft,) = scene.looks("2026-02-02").drafts
        with pytest.raises(UnknownInvoice), scene.database.transaction(2) as session:
            look.issue(session, draft.name, on("2026-02-02"))

    def test_is_nothing_that_a_customer_sees(self, scene: Scene) -> None:
        scene.declared(FEE)
        scene.looks("2026-02-02")
        with scene.database.transaction(1) as session:
            customer = session.execute(text("select customer_id from contract")).scalar_one()
            assert session.execute(text("select count(*) from draft")).scalar_one() == 1
        refused = pytest.raises(ProgrammingError, match="permission denied for table draft")
        with refused, scene.database.transaction(1, party=customer) as session:
            session.execute(text("select count(*) from draft"))

    def test_notes_why_work_is_held_until_it_is_not(self, scene: Scene) -> None:
        scene.declared(FEE + "milestones: {quoted: 2025-12-01}\n")
        held = "select count(*) from due where held is not null"
        assert "not signed" in scene.looks("2026-02-02").held["C-1"]
        with scene.database.transaction(1) as session:
            assert session.execute(text(held)).scalar_one() == 1
        scene.amends(FEE + "in_force_from: 2026-01-01\n", "2026-02-03")
        assert len(scene.looks("2026-02-04").drafts) == 1
        with scene.database.transaction(1) as session:
            assert session.execute(text(held)).scalar_one() == 0

    def test_opens_a_draft_as_a_document_that_proves_and_explains(self, scene: Scene) -> None:
        scene.declared(PREPAID)
        scene.delivers(READINGS)
        *_, march = scene.looks("2026-04-02").drafts
        with scene.database.transaction(1) as session, look.opened(session, march.name, on("2026-04-03")) as opened:
            assert replay(session, [opened.row.id]) == []
            told = explain(session, opened, 2)
            assert (told.invoice, [reading.value for reading in told.readings]) == (march.name, [Decimal(10)])

    def test_that_breaks_off_leaves_nothing_and_the_transaction_goes_on(self, scene: Scene) -> None:
        scene.declared(FEE)
        (draft,) = scene.looks("2026-02-02").drafts
        before = stored(scene)
        with scene.database.transaction(1) as session:
            with (
                pytest.raises(ZeroDivisionError),
                look.opened(session, draft.name, on("2026-02-02")) as opened,
            ):
                _ = len(opened.lines) / 0
            assert look.issue(session, draft.name, on("2026-02-02")).row.number == "2026-000001"
        assert stored(scene)["invoice"] == before["invoice"] + 1

    def test_at_what_is_billed_in_yen_by_the_clock_of_auckland_is_issued_so(self, scene: Scene) -> None:
        yen = FEE.replace("currency: EUR", "currency: JPY").replace("Europe/Berlin", "Pacific/Auckland")
        scene.declared(yen.replace('amount: "100.00"', 'amount: "1000"').replace("2026-01-01", "2026-01-11"))
        (draft,) = scene.looks("2026-02-01").drafts
        assert issue(scene, draft, "2026-02-01").row.net == draft.row.net == Decimal(677)  # 1,000 × 21 / 31


class TestADraft:
    def test_is_issued_as_it_was_looked_at(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(READINGS)
        (draft,) = scene.looks("2026-02-01").drafts
        issued = issue(scene, draft, "2026-02-03")
        assert (issued.row.number, issued.lines, issued.row.gross) == ("2026-000001", draft.lines, draft.row.gross)

    def test_that_comes_out_otherwise_is_refused_with_the_lines_that_differ(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(READINGS)
        (draft,) = scene.looks("2026-02-01").drafts
        scene.delivers("2026-01-06 10 30")
        with pytest.raises(DraftOutdated) as refused:
            issue(scene, draft, "2026-02-03")
        assert refused.value.members["found"] == [
            "energy, 0 to 100 kWh, from 2026-01-01: quantity 80 → 100, net 40.00 → 50.00",  # 20 of the 30 more
            "energy, above 100 kWh, from 2026-01-01: new, net 2.00",  # and 10 at 0.20
            "net: 140.00 → 152.00",
            "vat: 26.60 → 28.88",
            "gross: 166.60 → 180.88",
        ]
        (now,) = scene.looks("2026-02-03").drafts
        assert now.name in str(refused.value.members["expected"])
        assert issue(scene, now, "2026-02-04").row.net == Decimal("152.00")

    def test_that_reads_on_other_readings_of_the_same_sum_is_the_same(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers(READINGS)
        (draft,) = scene.looks("2026-02-01").drafts
        scene.delivers("2026-01-05 10 50\n2026-01-05 11 30", reason="meter test")
        assert issue(scene, draft, "2026-02-03").row.net == Decimal("140.00")
        assert scene.replays() == []

    def test_of_a_later_period_waits_for_the_earlier_one(self, scene: Scene) -> None:
        scene.declared(FEE)
        january, february = scene.looks("2026-03-02").drafts
        with pytest.raises(EarlierDraftOpen, match="due from 2026-01-01"):
            issue(scene, february, "2026-03-02")
        issue(scene, january, "2026-03-02")
        assert issue(scene, february, "2026-03-02").row.number == "2026-000002"

    def test_passes_over_a_period_that_is_held(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-02-05 10 10")
        looked = scene.looks("2026-03-02")
        (february,) = looked.drafts
        assert list(looked.held) == ["C-1"], "nothing is known of January"
        assert issue(scene, february, "2026-03-02").row.number == "2026-000001"

    def test_is_issued_once(self, scene: Scene) -> None:
        scene.declared(FEE)
        (draft,) = scene.looks("2026-02-02").drafts
        issue(scene, draft, "2026-02-02")
        with pytest.raises(AlreadyIssued, match="2026-000001"):
            issue(scene, draft, "2026-02-02")
        with (
            pytest.raises(AlreadyIssued),
            scene.database.transaction(1) as session,
            look.opened(session, draft.name, on("2026-02-02")),
        ):
            pass

    def test_is_issued_once_by_two_at_once(self, scene: Scene) -> None:
        scene.declared(FEE)
        (draft,) = scene.looks("2026-02-02").drafts
        came: list[object] = []

        def one() -> None:
            try:
                came.append(issue(scene, draft, "2026-02-02").row.number)
            except AlreadyIssued as refusal:
                came.append(refusal.members["found"])

        both = [threading.Thread(target=one) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert came == ["2026-000001", "2026-000001"]
        assert [invoice.row.number for invoice in scene.invoices()] == ["2026-000001"]

    def test_of_a_period_that_an_amendment_took_away_is_nothing_any_more(self, scene: Scene) -> None:
        scene.declared(FEE)
        _, february = scene.looks("2026-03-02").drafts
        scene.amends(FEE.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01"), "2026-03-03")
        scene.bills("2026-03-03")
        with pytest.raises(NothingToIssue, match="any more"):
            issue(scene, february, "2026-03-04")

    def test_of_corrections_alone_is_issued_like_any_other(self, scene: Scene) -> None:
        scene.declared(CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01"))
        scene.delivers(READINGS)
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 100", reason="meter test")
        assert scene.looks("2026-02-10").drafts == [], "it is found, and falls due in fourteen days"
        (correction,) = scene.looks("2026-02-24").drafts
        issued = issue(scene, correction, "2026-02-24")
        assert (issued.row.kind, issued.row.net) == ("correction", Decimal("10.00"))
        assert scene.looks("2026-03-24").drafts == []

    def test_nobody_has_looked_at_is_unknown(self, scene: Scene) -> None:
        scene.declared(FEE)
        for name in ("draft-1", "draft-", "draft-000000000000", "draft-'; drop table draft"):
            with pytest.raises(UnknownInvoice), scene.database.transaction(1) as session:
                look.issue(session, name, on("2026-02-02"))


class TestALookAndARunAtOnce:
    def test_a_run_does_not_pass_over_what_somebody_looks_at(self, scene: Scene) -> None:
        scene.declared(FEE)
        (draft,) = scene.looks("2026-02-02").drafts
        with scene.database.transaction(1) as session, look.opened(session, draft.name, on("2026-02-02")):
            assert len(scene.bills("2026-02-02").invoices) == 1
        assert [invoice.row.number for invoice in scene.invoices()] == ["2026-000001"]

    def test_a_look_does_not_wait_for_a_run(self, scene: Scene) -> None:
        scene.declared(FEE)
        (before,) = scene.looks("2026-02-02").drafts
        with pytest.raises(ContradictsStored, match="issued_or_nothing"), being_issued(scene.database, "2026-02-02"):
            (meanwhile,) = scene.looks("2026-02-02").drafts
            assert meanwhile.name == before.name
