"""Which documents a run issues, what they are dated, and whose they are: by supplier and number."""

import csv
import io
import threading
from datetime import UTC, date, datetime

import pytest

from api.operations.billing import bill_everything, look_at_everything
from api.operations.billing_run import IssueAhead
from api.server.database import Access, Database
from billing.drafts.look import NothingToIssue, issue
from billing.exports import EXPORTERS
from billing.invoices import store
from billing.invoices.numbering import IssueDateAhead, IssueDateTooEarly
from billing.invoices.store import UnknownInvoice, WhichSupplier
from billing.proof.explain import explain
from billing.proof.replay import replay
from billing.run import plan
from tests.billing.scene import CONTRACT, Scene, on

FEE, _, _ = CONTRACT.partition("  - name: energy")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def issued(scene: Scene) -> list[tuple[str | None, str]]:
    return [(each.row.number, str(each.row.issued_on)) for each in scene.invoices()]


class TestAnIssueUntilADay:
    def test_leaves_alone_what_fell_due_after_it(self, scene: Scene) -> None:
        scene.declared(FEE)
        assert len(scene.looks("2026-04-02").drafts) == 3
        bill_everything(scene.database, 1, on("2026-04-03"), until=on("2026-02-15"))
        assert issued(scene) == [("2026-000001", "2026-04-03")]
        bill_everything(scene.database, 1, on("2026-04-04"))
        assert [number for number, _ in issued(scene)] == ["2026-000001", "2026-000002", "2026-000003"]

    def test_issues_what_was_looked_at_and_changed_since_as_it_is_when_its_time_has_come(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 10\n2026-02-05 10 10")
        scene.looks("2026-03-02")
        scene.delivers("2026-02-05 10 20", reason="meter test")
        bill_everything(scene.database, 1, on("2026-03-03"), until=on("2026-02-15"))
        assert [number for number, _ in issued(scene)] == ["2026-000001"], "it was due after that day"
        bill_everything(scene.database, 1, on("2026-03-04"))
        assert scene.lines("2026-000002")[1] == ("energy", "20", "10.00", "")

    def test_that_lies_ahead_is_refused_and_not_a_bill_for_what_has_not_ended(self, scene: Scene) -> None:
        scene.declared(FEE)
        with pytest.raises(IssueAhead):
            bill_everything(scene.database, 1, on("2026-01-20"), until=on("2026-03-01"))
        (draft,) = look_at_everything(scene.database, 1, on("2026-01-20"), until=on("2026-02-02")).drafts
        scene.bills("2026-01-21")
        assert issued(scene) == [], "one may look ahead, and nothing is issued before it is due"
        with pytest.raises(NothingToIssue, match="due from 2026-01-01"), scene.database.transaction(1) as session:
            issue(session, draft.name, on("2026-01-21"))

    def test_waits_for_the_end_of_a_period_that_an_amendment_has_moved(self, scene: Scene) -> None:
        """Planned to end on the 15th, prolonged before it was billed: neither billed nor issued before the month ends."""
        scene.declared(FEE.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-01-15"))
        with scene.database.transaction(1) as session:
            plan(session, 1, on("2026-01-16"))
        scene.amends(FEE + "in_force_from: 2026-01-14\n", "2026-01-18")
        assert "now lasts until 2026-02-01" in scene.bills("2026-01-20").held["C-1"]
        scene.looks("2026-02-02")
        bill_everything(scene.database, 1, on("2026-02-02"), until=on("2026-01-25"))
        assert issued(scene) == []
        done = scene.bills("2026-02-03")
        assert (issued(scene), done.held) == ([("2026-000001", "2026-02-03")], {})


class TestAnIssueDate:
    def test_is_that_of_the_invoices_and_of_their_payment_terms(self, scene: Scene) -> None:
        scene.declared(FEE)
        bill_everything(scene.database, 1, on("2026-02-03"), issue_date=date(2026, 1, 31))
        (invoice,) = scene.invoices()
        assert (str(invoice.row.issued_on), str(invoice.row.due_on)) == ("2026-01-31", "2026-03-02")
        bill_everything(scene.database, 1, on("2026-03-03"), issue_date=date(2026, 1, 31))
        assert issued(scene)[1] == ("2026-000002", "2026-01-31"), "as late as the last one is late enough"

    def test_before_the_issuers_last_is_refused_and_nothing_is_held(self, scene: Scene) -> None:
        scene.declared(FEE)
        bill_everything(scene.database, 1, on("2026-02-03"))
        with pytest.raises(IssueDateTooEarly, match="2026-02-03"):
            bill_everything(scene.database, 1, on("2026-03-03"), issue_date=date(2026, 2, 2))
        assert issued(scene) == [("2026-000001", "2026-02-03")]
        done = scene.bills("2026-03-03")
        assert (issued(scene)[1:], done.held) == ([("2026-000002", "2026-03-03")], {})

    def test_of_what_was_looked_at_before_is_theirs_too(self, scene: Scene) -> None:
        scene.declared(FEE)
        scene.looks("2026-02-03")
        bill_everything(scene.database, 1, on("2026-02-05"), issue_date=date(2026, 2, 4))
        assert issued(scene) == [("2026-000001", "2026-02-04")]

    def test_too_early_for_one_of_two_suppliers_issues_nothing_of_either(self, scene: Scene) -> None:
        scene.declared(FEE, FEE.replace("C-1", "C-2").replace("Nordluft", "Südluft"))
        bill_everything(scene.database, 1, on("2026-02-03"), issue_date=date(2026, 2, 1))
        later = FEE.replace("C-1", "C-3").replace("Nordluft", "Südluft").replace("2026-01-01", "2026-01-05")
        scene.amends(later, "2026-02-08")
        scene.bills("2026-02-10")  # Südluft's last is of the 10th now, Nordluft's of the 1st
        assert issued(scene)[2:] == [("SUEDLUFT-2026-000002", "2026-02-10")]
        with pytest.raises(IssueDateTooEarly, match="2026-02-10"):
            bill_everything(scene.database, 1, on("2026-03-03"), issue_date=date(2026, 2, 9))
        assert len(issued(scene)) == 3
        bill_everything(scene.database, 1, on("2026-03-03"), issue_date=date(2026, 2, 10))
        assert sorted(issued(scene)[3:]) == [
            ("2026-000002", "2026-02-10"),
            ("SUEDLUFT-2026-000003", "2026-02-10"),
            ("SUEDLUFT-2026-000004", "2026-02-10"),
        ]

    def test_of_a_correction_leaves_its_service_and_its_tax_point(self, scene: Scene) -> None:
        scene.declared(CONTRACT)
        scene.delivers("2026-01-05 10 10\n2026-02-05 10 10")
        scene.bills("2026-02-02")
        scene.delivers("2026-01-05 10 30", reason="meter test")
        bill_everything(scene.database, 1, on("2026-03-05"), issue_date=date(2026, 3, 2))
        _, second = scene.invoices()
        (back,) = (line for line in second.lines if line.corrects is not None)
        assert (str(second.row.issued_on), str(back.service_first), str(back.tax_point)) == (
            "2026-03-02", "2026-01-01", "2026-01-31",
        )  # fmt: skip
        with scene.database.transaction(1) as session:
            assert replay(session, store.ids_of(session)) == []

    @pytest.mark.parametrize("day", [
        pytest.param("2026-02-04", id="the day after: in the contract's zone it has not begun"),
        pytest.param("2026-02-05", id="nowhere on Earth it has begun"),
    ])  # fmt: skip
    def test_in_the_future_is_refused(self, scene: Scene, day: str) -> None:
        scene.declared(FEE)
        with pytest.raises(IssueDateAhead):
            bill_everything(scene.database, 1, on("2026-02-03"), issue_date=date.fromisoformat(day))
        assert issued(scene) == []
        assert scene.bills("2026-02-03").held == {}


class TestTwoSuppliersOfOneTenant:
    @pytest.fixture
    def scene(self, scene: Scene) -> Scene:
        scene.declared(FEE, FEE.replace("C-1", "C-2").replace("Nordluft", "Südluft").replace("100.00", "200.00"))
        scene.bills("2026-02-01")
        return scene

    def test_have_a_series_each_and_the_second_ones_is_named(self, scene: Scene) -> None:
        scene.bills("2026-03-01")
        scene.bills("2027-02-01")
        numbers = [number for number, _ in issued(scene) if number is not None]
        assert sorted(numbers)[:3] == ["2026-000001", "2026-000002", "2027-000001"]
        assert [number for number in numbers if "SUEDLUFT" in number][:3] == [
            "SUEDLUFT-2026-000001", "SUEDLUFT-2026-000002", "SUEDLUFT-2027-000001",
        ]  # fmt: skip
        assert scene.replays() == []

    def test_of_which_a_third_one_has_the_same_first_word(self, scene: Scene) -> None:
        third = FEE.replace("C-1", "C-3").replace("Nordluft", "Südluft Italia")
        scene.amends(third.replace("starts: 2026-01-01", "starts: 2026-02-01"), "2026-02-10")
        scene.bills("2026-03-01")
        assert [number for number, _ in issued(scene)][-1] == "SUEDLUFT2-2026-000001"

    def test_one_of_which_states_its_series_numbers_by_that(self, access: Access, database: Database) -> None:
        other = Scene(access, database, tenant=2).declared(
            FEE.replace("name: Nordluft,", "name: Nordluft, series: NL,")
        )
        other.bills("2026-02-01")
        assert issued(other) == [("NL-2026-000001", "2026-02-01")]

    def test_keep_the_series_that_they_began_with(self, scene: Scene) -> None:
        renamed = FEE.replace("name: Nordluft,", "name: Nordluft, series: NL,") + "in_force_from: 2026-02-01\n"
        scene.amends(renamed, "2026-02-10")
        scene.bills("2026-03-01")
        assert ("2026-000002", "2026-03-01") in issued(scene)

    def test_that_issue_for_the_first_time_at_once_do_not_share_a_series(
        self, access: Access, database: Database
    ) -> None:
        other = Scene(access, database, tenant=2)
        other.declared(FEE, FEE.replace("C-1", "C-2").replace("Nordluft", "Südluft"))
        drafts, ready = other.looks("2026-02-01").drafts, threading.Barrier(2)

        def one(name: str) -> None:
            ready.wait()
            with database.transaction(2) as session:
                issue(session, name, on("2026-02-01"))

        threads = [threading.Thread(target=one, args=(draft.name,)) for draft in drafts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        numbers = {number for number, _ in issued(other)}
        assert numbers in ({"2026-000001", "SUEDLUFT-2026-000001"}, {"2026-000001", "NORDLUFT-2026-000001"})

    def test_are_told_apart_in_the_export_of_lines(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            written = EXPORTERS["lines"]().render(store.billed(session, store.ids_of(session))).decode()
        rows = list(csv.DictReader(io.StringIO(written)))
        assert [(row["supplier"], row["number"], row["net"]) for row in rows] == [
            ("Nordluft", "2026-000001", "100.00"),
            ("Südluft", "SUEDLUFT-2026-000001", "200.00"),
        ]


class TestTwoSuppliersWithOneNumber:
    """As releases before series had names left them."""

    @pytest.fixture
    def scene(self, scene: Scene) -> Scene:
        scene.declared(FEE, FEE.replace("C-1", "C-2").replace("Nordluft", "Südluft").replace("100.00", "200.00"))
        scene.bills("2026-02-01")
        scene.as_superuser("alter table invoice disable trigger issued_never_changes")
        scene.as_superuser("update invoice set number = '2026-000001'")
        scene.as_superuser("alter table invoice enable trigger issued_never_changes")
        return scene

    @pytest.mark.parametrize(("supplier", "net"), [("Nordluft", "100.00"), ("Südluft", "200.00")])
    def test_each_finds_its_own(self, scene: Scene, supplier: str, net: str) -> None:
        with scene.database.transaction(1) as session:
            assert str(store.find(session, "2026-000001", supplier).row.net) == net
            assert str(explain(session, store.find(session, "2026-000001", supplier), 1).line.net) == net

    def test_are_asked_for_by_name_rather_than_one_of_them_taken(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            with pytest.raises(WhichSupplier) as refusal:
                store.find(session, "2026-000001")
            assert refusal.value.members["expected"] == ["Nordluft", "Südluft"]
            with pytest.raises(UnknownInvoice):
                store.find(session, "2026-000001", "Westluft")

    def test_a_customer_of_both_names_one_as_well(self, scene: Scene) -> None:
        with scene.database.transaction(1) as session:
            customer = store.find(session, "2026-000001", "Nordluft").row.customer_id
        with scene.database.transaction(1, customer) as session:
            assert str(store.find(session, "2026-000001", "Südluft").row.net) == "200.00"
            with pytest.raises(WhichSupplier):
                store.find(session, "2026-000001")

    def test_prove_and_go_on_with_a_series_each(self, scene: Scene) -> None:
        scene.bills("2026-03-01")
        assert sorted(number or "" for number, _ in issued(scene)) == [
            "2026-000001", "2026-000001", "2026-000002", "SUEDLUFT-2026-000002",
        ]  # fmt: skip
        with scene.database.transaction(1) as session:
            assert replay(session, store.ids_of(session)) == []


class TestADate:
    def test_is_none_before_the_last_of_its_issuer_across_a_new_year(self, scene: Scene) -> None:
        scene.declared(FEE.replace("starts: 2026-01-01", "starts: 2025-10-01"))
        bill_everything(scene.database, 1, on("2026-01-02"), until=on("2025-11-15"))
        bill_everything(scene.database, 1, on("2025-12-31"), until=on("2025-12-15"))  # a clock set back
        scene.bills("2026-01-03")
        assert issued(scene) == [
            ("2026-000001", "2026-01-02"),
            ("2026-000002", "2026-01-02"),
            ("2026-000003", "2026-01-03"),
        ]

    def test_begins_a_year_at_one(self, scene: Scene) -> None:
        scene.declared(FEE.replace("starts: 2026-01-01", "starts: 2025-11-01"))
        scene.bills("2025-12-31")
        scene.bills("2026-01-01")
        assert issued(scene) == [("2025-000001", "2025-12-31"), ("2026-000001", "2026-01-01")]

    @pytest.mark.parametrize(("supplier", "dated"), [
        pytest.param("country: DE", "2026-12-31", id="of Germany: in Auckland it is New Year already"),
        pytest.param("country: DE, zone: Pacific/Auckland", "2027-01-01", id="whose books are kept in Auckland"),
    ])  # fmt: skip
    def test_is_a_day_of_the_issuer(self, scene: Scene, supplier: str, dated: str) -> None:
        """At noon of Berlin on New Year's Eve, a month of Auckland has ended."""
        auckland = FEE.replace("zone: Europe/Berlin", "zone: Pacific/Auckland")
        auckland = auckland.replace("name: Nordluft, country: DE", f"name: Nordluft, {supplier}")
        scene.declared(auckland.replace("starts: 2026-01-01", "starts: 2026-12-01"))
        noon = datetime(2026, 12, 31, 11, 30, tzinfo=UTC)
        assert bill_everything(scene.database, 1, noon).invoices
        assert issued(scene) == [(f"{dated[:4]}-000001", dated)]

    def test_of_two_at_once_on_both_sides_of_midnight_rises_with_the_number(self, scene: Scene) -> None:
        """The first issue of a year waits with its transaction open while another, still in the old year, comes."""
        scene.declared(FEE, FEE.replace("C-1", "C-2"))
        first_of_all, second_of_all = scene.looks("2026-02-01").drafts
        numbered, done = threading.Event(), threading.Event()

        def early_bird() -> None:
            with scene.database.transaction(1) as session:
                issue(session, first_of_all.name, on("2027-01-01"))
                numbered.set()
                done.wait(0.5)

        first = threading.Thread(target=early_bird)
        first.start()
        assert numbered.wait(10)
        with scene.database.transaction(1) as session:
            issue(session, second_of_all.name, on("2026-12-31"))
        first.join()
        assert issued(scene) == [("2027-000001", "2027-01-01"), ("2027-000002", "2027-01-01")]
