"""A dispute is raised, accepted, settled: until the supplier accepts it, a customer's holds nothing back.

Before, four requests of a customer emptied ten years of bills, and nobody was told.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import Access, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from billing.disputes import store as dispute_store
from billing.disputes.store import AlreadyAccepted, AlreadySettled, KnownDispute, NothingToDispute
from billing.documents.views import invoice_head
from billing.drafts.look import DraftOutdated, issue
from billing.invoices import store
from billing.invoices.invoice_query import InvoiceQuery, InvoiceStanding
from billing.invoices.listed import listed
from contracts.contract import Contract
from contracts.recording.store import apply
from contracts.store import UnknownContract
from quantities.document import parse, read
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, adjusting, agreed, on
from tests.build import acts
from tests.conftest import application_pool, world_copy


class Desk(Scene):
    """A customer that disputes, and the supplier that answers."""

    customer: int

    def raises(self, day: str, first: str = "2026-01-01", after_last: str = "2026-02-01") -> KnownDispute:
        with self.database.transaction(1, self.customer) as session:
            days = date.fromisoformat(first), date.fromisoformat(after_last)
            return dispute_store.raise_(
                session, "C-1", "energy", *days, reason="doubted", by="kunde", at=on(day), accepted=False
            )

    def accepts(self, number: int, day: str) -> KnownDispute:
        with self.database.transaction(1) as session:
            return dispute_store.accept(session, number, by="bert", at=on(day))

    def settles(self, number: int, day: str, *, due: bool) -> KnownDispute:
        with self.database.transaction(1) as session:
            return settled_by_two(session, number, on(day), due=due)

    def nets(self, number: str) -> list[tuple[str, str]]:
        return [(charge, net) for charge, _, net, _ in self.lines(number)]


@pytest.fixture
def desk(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Desk]:
    copied = world_copy(server, "a contract and a quarter's readings", agree_and_read, request.node.nodeid)
    with copied as (access, customer), application_pool(access) as database:
        desk = Desk(access, database)
        desk.customer = customer
        yield desk


def agree_and_read(access: Access) -> int:
    """The number of the customer."""
    with application_pool(access) as database:
        scene = Scene(access, database).declared(CONTRACT)
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 10\n2026-03-05 10 10")
        with database.transaction(1) as session:
            return int(session.execute(text("select id from party where name = 'Blechwerke'")).scalar_one())


BILLED_WHOLE = [("fee", "100.00"), ("energy", "30.00")]


class TestRaisedByACustomer:
    def test_over_the_whole_contract_empties_no_bill(self, desk: Desk) -> None:
        for first, after_last in (
            ("1900-01-01", "2100-01-01"),
            ("2026-01-01", "2036-01-01"),
            ("2016-01-01", "2026-02-01"),
        ):
            with pytest.raises(NothingToDispute):
                desk.raises("2026-01-20", first, after_last)
        desk.raises("2026-01-20")
        done = desk.bills("2026-02-01")
        assert desk.nets("2026-000001") == BILLED_WHOLE
        assert [dispute.id for dispute in done.disputes] == [1], "the run says that one waits"

    def test_disturbs_no_draft_and_no_issued_invoice(self, desk: Desk) -> None:
        (draft,) = desk.looks("2026-02-01").drafts
        desk.raises("2026-02-02")
        with desk.database.transaction(1) as session:
            assert issue(session, draft.name, on("2026-02-03")).row.number == "2026-000001"
        desk.raises("2026-02-04")
        desk.bills("2026-03-01")
        assert adjusting(desk.lines("2026-000002")) == []
        assert desk.replays() == []

    def test_and_declined_changes_nothing(self, desk: Desk) -> None:
        number = desk.raises("2026-01-20").id
        assert desk.settles(number, "2026-01-21", due=True).state == "declined"
        desk.bills("2026-02-01")
        desk.bills("2026-03-01")
        assert (desk.nets("2026-000001"), adjusting(desk.lines("2026-000002"))) == (BILLED_WHOLE, [])

    def test_and_waived_at_once_is_accepted_with_that(self, desk: Desk) -> None:
        desk.bills("2026-02-01")
        number = desk.raises("2026-02-02").id
        waived = desk.settles(number, "2026-02-03", due=False)
        assert (waived.state, waived.accepted_by) == ("waived", "bert")
        desk.bills("2026-03-01")
        assert adjusting(desk.lines("2026-000002")) == [("energy", "-60", "-30.00", "2026-000001")]
        assert desk.replays() == []

    @pytest.mark.parametrize(("day", "first", "after_last"), [
        pytest.param("2026-01-20", "2026-01-10", "2026-01-12", id="days of the running month"),
        pytest.param("2026-02-20", "2026-01-10", "2026-01-12", id="of an issued line"),
        pytest.param("2026-02-20", "2026-01-31", "2026-02-02", id="of both"),
        pytest.param("2026-03-15", "2026-02-10", "2026-02-11", id="ended, and not issued yet"),
    ])  # fmt: skip
    def test_is_over_stated_days_of_what_is_issued_or_running(
        self, desk: Desk, day: str, first: str, after_last: str
    ) -> None:
        desk.bills("2026-02-01")
        dispute = desk.raises(day, first, after_last).dispute
        assert (str(dispute.first), str(dispute.after_last)) == (first, after_last)

    @pytest.mark.parametrize(("day", "first", "after_last"), [
        pytest.param("2026-01-31", "2026-02-01", "2026-02-02", id="of a month that has not begun"),
        pytest.param("2026-01-20", "2025-12-31", "2026-01-02", id="before the contract"),
        pytest.param("2026-02-20", "2026-02-10", "2026-03-02", id="beyond the running month"),
    ])  # fmt: skip
    def test_is_over_no_other_days(self, desk: Desk, day: str, first: str, after_last: str) -> None:
        desk.bills("2026-02-01")
        with pytest.raises(NothingToDispute):
            desk.raises(day, first, after_last)

    def test_over_a_contract_that_nobody_released_is_over_nothing(self, desk: Desk) -> None:
        with desk.database.transaction(1) as session:
            terms = parse(Contract, read(CONTRACT.replace("C-1", "C-9")))
            apply(session, terms, recorded_by=acts(session, "anna"), recorded_at=on("2026-01-01"))
        with pytest.raises(UnknownContract), desk.database.transaction(1, desk.customer) as session:
            days = date(2026, 1, 1), date(2026, 2, 1)
            dispute_store.raise_(
                session, "C-9", "energy", *days, reason="", by="k", at=on("2026-01-20"), accepted=False
            )

    @pytest.mark.parametrize("statement", [
        "update dispute set accepted_by = 'kunde', accepted_at = now()",
        "update dispute set outcome = 'due', settled_by = 'kunde', settled_at = now()",
        """insert into dispute (contract_id, customer_id, charge, first, after_last, reason, raised_by, raised_at,
           accepted_by, accepted_at) select contract_id, customer_id, charge, first, after_last, 'r', 'k', now(), 'k', now()
           from dispute""",
    ])  # fmt: skip
    def test_is_not_accepted_by_raw_sql_that_speaks_for_the_customer(self, desk: Desk, statement: str) -> None:
        desk.raises("2026-01-20")
        by = {
            "update": (ProgrammingError, "permission denied"),
            "insert": (ContradictsStored, "dispute_of_a_party_waits"),
        }
        kind, reason = by[statement.split(maxsplit=1)[0]]
        refused = pytest.raises(kind, match=reason)
        with refused, desk.database.transaction(1, desk.customer) as session:
            session.execute(text(statement))


@pytest.mark.parametrize("statement", [
    "update dispute set outcome = null, settled_by = null, settled_at = null",
    "update dispute set accepted_by = null, accepted_at = null, outcome = 'due'",
    "update dispute set accepted_at = '2020-01-01'",
])  # fmt: skip
def test_what_was_accepted_and_settled_is_not_undone_by_raw_sql(desk: Desk, statement: str) -> None:
    desk.settles(desk.raises("2026-01-20").id, "2026-01-21", due=False)
    with pytest.raises(ContradictsStored, match="settled_never_changes"), desk.database.transaction(1) as session:
        session.execute(text(statement))


class TestAccepted:
    def test_is_said_on_the_document_and_in_the_runs_report(self, desk: Desk) -> None:
        desk.accepts(desk.raises("2026-01-20").id, "2026-01-21")
        done = desk.bills("2026-02-01")
        assert desk.nets("2026-000001") == [("fee", "100.00")]
        with desk.database.transaction(1) as session:
            (billed,) = store.billed(session, done.invoices)
        (apart,) = invoice_head(billed).held_apart
        assert (apart.dispute, apart.charge, str(apart.net)) == (1, "energy", "30.00")
        assert (apart.period_from, apart.period_to) == (date(2026, 1, 1), date(2026, 1, 31))
        words = "Not billed while it is disputed: energy, 1 Jan 2026 – 31 Jan 2026, net 30.00\N{NO-BREAK SPACE}EUR (dispute 1)"
        assert words in desk.page("2026-000001")
        assert desk.replays() == []

    def test_after_the_draft_was_looked_at_makes_it_another(self, desk: Desk) -> None:
        (draft,) = desk.looks("2026-02-01").drafts
        number = desk.raises("2026-02-02").id
        desk.accepts(number, "2026-02-03")
        with pytest.raises(DraftOutdated), desk.database.transaction(1) as session:
            issue(session, draft.name, on("2026-02-04"))
        desk.bills("2026-02-05")
        assert desk.nets("2026-000001") == [("fee", "100.00")]

    def test_while_a_run_is_under_way_is_news_to_the_next_one(self, desk: Desk) -> None:
        """The look was before the acceptance: its draft has the charge, and the invoice does not."""
        desk.accepts(desk.raises("2026-01-20").id, "2026-02-02")
        (draft,) = desk.looks("2026-02-01").drafts
        assert [line.charge for line in draft.lines] == ["fee", "energy"]
        desk.bills("2026-02-03")
        assert desk.nets("2026-000001") == [("fee", "100.00")]

    @pytest.mark.parametrize(("due", "credited"), [(True, []), (False, [("energy", "-60", "-30.00", "2026-000001")])])
    def test_over_what_is_issued_stays_billed_until_it_is_settled(
        self, desk: Desk, *, due: bool, credited: list[tuple[str, ...]]
    ) -> None:
        desk.bills("2026-02-01")
        number = desk.raises("2026-02-02").id
        desk.accepts(number, "2026-02-03")
        desk.bills("2026-03-01")
        assert adjusting(desk.lines("2026-000002")) == []
        desk.settles(number, "2026-03-10", due=due)
        desk.bills("2026-04-01")
        assert adjusting(desk.lines("2026-000003")) == credited
        assert desk.replays() == []

    def test_is_billed_once_it_is_due_after_all(self, desk: Desk) -> None:
        number = desk.raises("2026-01-20").id
        desk.accepts(number, "2026-01-21")
        desk.bills("2026-02-01")
        desk.settles(number, "2026-02-10", due=True)
        desk.bills("2026-03-01")
        assert adjusting(desk.lines("2026-000002")) == [("energy", "60", "30.00", "2026-000001")]

    def test_is_accepted_once_and_settled_once(self, desk: Desk) -> None:
        number = desk.raises("2026-01-20").id
        desk.accepts(number, "2026-01-21")
        with pytest.raises(AlreadyAccepted):
            desk.accepts(number, "2026-01-22")
        desk.settles(number, "2026-01-23", due=True)
        with pytest.raises(AlreadySettled):
            desk.accepts(number, "2026-01-24")

    def test_with_a_reading_that_comes_late_bills_the_rest_by_itself(self, desk: Desk) -> None:
        """A late fact while a dispute is accepted: the charge stays apart, and is billed with the late reading in it."""
        number = desk.raises("2026-01-20").id
        desk.accepts(number, "2026-01-21")
        desk.bills("2026-02-01")
        desk.delivers("2026-01-06 10 20", reason="late")
        desk.bills("2026-03-01")
        assert adjusting(desk.lines("2026-000002")) == []
        desk.settles(number, "2026-03-10", due=True)
        desk.bills("2026-04-01")
        assert adjusting(desk.lines("2026-000003")) == [("energy", "80", "40.00", "2026-000001")]
        assert desk.replays() == []


class TestTogetherWith:
    """What an accepted dispute does with an amendment, an early end, a fee in advance, another zone."""

    def test_an_amendment_that_divides_the_period_afterwards(self, desk: Desk) -> None:
        desk.accepts(desk.raises("2026-01-10").id, "2026-01-11")
        desk.amends(CONTRACT.replace("0.50", "0.60") + "in_force_from: 2026-01-15\n", "2026-01-20")
        desk.bills("2026-02-01")
        assert {charge for charge, _ in desk.nets("2026-000001")} == {"fee"}
        assert desk.replays() == []

    def test_an_end_that_an_amendment_brings_forward(self, desk: Desk) -> None:
        desk.accepts(desk.raises("2026-01-10").id, "2026-01-11")
        ended = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-01-20")
        desk.amends(ended + "in_force_from: 2026-01-12\n", "2026-01-12")
        desk.bills("2026-01-21")
        assert {charge for charge, _ in desk.nets("2026-000001")} == {"fee"}
        with desk.database.transaction(1) as session:
            (billed,) = store.billed(session, store.ids_of(session))
        assert [apart.charge for apart in invoice_head(billed).held_apart] == ["energy"]

    def test_a_fee_in_advance_that_is_issued_before_its_month_begins(self, desk: Desk) -> None:
        ahead = CONTRACT.replace(
            '{kind: fixed_fee, amount: "100.00"}', '{kind: fixed_fee, amount: "100.00", in_advance: true}'
        )
        with desk.database.transaction(1) as session:
            agreed(session, ahead.replace("C-1", "C-2"))
        desk.bills("2026-02-01")
        with desk.database.transaction(1, desk.customer) as session:
            days = date(2026, 2, 10), date(2026, 2, 11)
            at = on("2026-02-01")
            raised = dispute_store.raise_(session, "C-2", "fee", *days, reason="", by="k", at=at, accepted=False)
        desk.settles(raised.id, "2026-02-02", due=False)
        desk.bills("2026-03-01")
        # 100.00 were billed for 28 days. Owed are the first nine, 32.14, and those from the 11th on, 100.00 - 35.71.
        assert [row[2] for row in adjusting(desk.lines("2026-000005"))] == ["-67.86", "64.29"]

    @pytest.mark.parametrize(("hour", "begun"), [(22, False), (23, True)])
    def test_a_month_begins_by_the_contracts_own_clock(self, desk: Desk, hour: int, *, begun: bool) -> None:
        """The 31st at 23:00 UTC is the first of the next month in Berlin."""
        at = on("2026-01-31").replace(hour=hour)
        with desk.database.transaction(1) as session:
            days = date(2026, 2, 1), date(2026, 2, 2)
            context = nullcontext() if begun else pytest.raises(NothingToDispute)
            with context:
                dispute_store.raise_(session, "C-1", "energy", *days, reason="", by="b", at=at, accepted=True)


def test_disputes_of_before_they_were_accepted_hold_back_as_they_did(access: Access, database: Database) -> None:
    """Down to 0005 and up again with an open dispute: what it left out stays left out, and settles as before."""
    from api.server.provision import downgrade, upgrade

    desk = Desk(access, database)
    desk.declared(CONTRACT)
    desk.delivers("2026-01-05 10 60\n2026-02-05 10 10")
    days = date(2026, 1, 1), date(2026, 2, 1)
    with database.transaction(1) as session:
        at: datetime = on("2026-01-20")
        dispute_store.raise_(session, "C-1", "energy", *days, reason="r", by="k", at=at, accepted=True)
    desk.bills("2026-02-01")
    database.close()
    downgrade(access, "0005")
    upgrade(access)
    desk.database = Database(access.app)
    desk.settles(1, "2026-02-10", due=True)
    desk.bills("2026-03-01")
    assert adjusting(desk.lines("2026-000002")) == [("energy", "60", "30.00", "2026-000001")]
    assert desk.replays() == []
    desk.database.close()


class TestInvoicesByState:
    """``state`` of the list of invoices: which are in dispute, or corrected by a later one."""

    def numbers(self, desk: Desk, state: InvoiceStanding) -> list[str]:
        with desk.database.transaction(1) as session:
            return [invoice.name for invoice in listed(session, InvoiceQuery(state=state), on("2026-03-01")).rows]

    def states(self, desk: Desk) -> dict[str, list[str]]:
        return {
            state.value: self.numbers(desk, state) for state in InvoiceStanding if state is not InvoiceStanding.VOID
        }

    def test_they_follow_what_happens(self, desk: Desk) -> None:
        desk.bills("2026-02-01")
        desk.bills("2026-03-01")
        assert self.states(desk) == {"unchanged": ["2026-000001", "2026-000002"], "corrected": [], "disputed": []}
        raised = desk.raises("2026-03-02")
        assert self.states(desk) == {
            "unchanged": ["2026-000002"], "corrected": [], "disputed": ["2026-000001"],
        }  # fmt: skip
        desk.settles(raised.id, "2026-03-03", due=True)
        assert self.numbers(desk, InvoiceStanding.DISPUTED) == []
        desk.delivers("2026-02-05 10 20", by="bert", reason="read wrongly")
        assert self.numbers(desk, InvoiceStanding.CORRECTED) == []
        desk.bills("2026-04-01")
        assert self.states(desk) == {
            "unchanged": ["2026-000001", "2026-000003"], "corrected": ["2026-000002"], "disputed": [],
        }  # fmt: skip
