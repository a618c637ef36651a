"""A document void before it was sent, through the life of a contract: its number stays, its work is billed anew."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.operations.credit_notes import list_credits
from api.operations.invoices import find_invoice, write_invoice
from api.server.database import Access, Database
from billing.credits.credit_query import CreditQuery, CreditState
from billing.disputes import store as disputes
from billing.documents.invoice_html import InvoiceHtml
from billing.exports import EXPORTERS
from billing.invoices import listed, store
from billing.invoices.invoice_query import InvoiceQuery, InvoiceStanding
from billing.payees.store import known_payees
from billing.proof.explain import explain
from billing.receivables.accounts import StatementAsked, account_statement, accounts
from billing.receivables.standing import PaymentState
from billing.receivables.standings import standings_now
from billing.receivables.store import reverse_payment
from billing.receivables.views import standing_out
from billing.tables import InvoiceRow
from metering.fleet.meter import Fleet
from metering.fleet.store import declare
from quantities.document import parse, read
from quantities.number import plain
from tests.billing.credits.giving import gives
from tests.billing.disputes.settling import settled_by_two
from tests.billing.documents.reading import text_of_page
from tests.billing.invoices.test_corrected_by_law import of_country
from tests.billing.invoices.test_prepayments import HEAT, paid, prepaid, terms
from tests.billing.rating import test_pools as pools
from tests.billing.receivables.books import books
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import asked, counting, documents, released, voids, withdrawn
from tests.build import acts

JANUARY = "2026-000001"
READ = "2026-01-05 10 140\n2026-02-05 10 10\n2026-03-05 10 10"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def january(scene: Scene, contract: str = CONTRACT) -> Scene:
    """January is billed: the fee of 100, and 100 kWh at 0.50 and 40 at 0.20."""
    scene.declared(contract)
    scene.delivers(READ)
    scene.bills("2026-02-01")
    return scene


def of_month(scene: Scene, month: int) -> Decimal:
    """What is billed of a month's days by all that counts."""
    return sum(
        (
            line.net
            for invoice in scene.invoices()
            if invoice.row.voided_on is None
            for line in invoice.lines
            if line.service_first.month == month
        ),
        Decimal(0),
    )


class TestBilledAnew:
    def test_to_the_cent_under_a_new_number_without_a_gap(self, scene: Scene) -> None:
        january(scene)
        assert voids(scene, JANUARY) == (JANUARY,)
        assert documents(scene) == [(JANUARY, "158.00", False)]
        scene.bills("2026-02-03")
        assert documents(scene) == [(JANUARY, "158.00", False), ("2026-000002", "158.00", True)]
        first, second = scene.invoices()
        assert second.row.kind == "period"
        assert (second.row.first, second.row.after_last) == (first.row.first, first.row.after_last)
        assert [(line.charge, line.quantity, line.net) for line in second.lines] == [
            (line.charge, line.quantity, line.net) for line in first.lines
        ]
        assert all(line.corrects is None for line in second.lines)
        assert scene.bills("2026-02-03").invoices == []
        assert scene.replays() == []
        scene.bills("2026-03-01")
        assert counting(scene) == [("2026-000002", "158.00"), ("2026-000003", "105.00")]
        assert scene.replays() == []

    def test_with_a_late_reading_that_came_since(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-02-03")
        assert scene.lines("2026-000002") == [("fee", "1", "100.00", ""), ("energy", "90", "45.00", "")]
        scene.bills("2026-03-01")
        assert counting(scene) == [("2026-000002", "145.00"), ("2026-000003", "105.00")]
        assert scene.replays() == []

    def test_twice(self, scene: Scene) -> None:
        january(scene)
        for number in (JANUARY, "2026-000002"):
            voids(scene, number)
            scene.bills("2026-02-02")
        assert counting(scene) == [("2026-000003", "158.00")]
        assert scene.replays() == []

    def test_by_an_amended_contract(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        scene.amends(CONTRACT.replace('"100.00"', '"90.00"'), "2026-02-02")
        scene.bills("2026-02-03")
        assert counting(scene) == [("2026-000002", "148.00")]
        assert scene.replays() == []

    def test_at_the_end_of_the_contract(self, scene: Scene) -> None:
        ended = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-15")
        january(scene, ended)
        scene.bills("2026-02-20")
        last = documents(scene)[-1]
        assert last[0] == "2026-000002"
        voids(scene, "2026-000002", day="2026-03-01")
        scene.delivers("2026-02-06 10 20", reason="late", by="jonas")
        scene.bills("2026-03-02")
        assert counting(scene)[-1] == ("2026-000003", plain(Decimal(last[1]) + 10))
        assert scene.replays() == []

    def test_of_a_contract_that_ends_before_it_never(self, scene: Scene) -> None:
        january(scene)
        scene.bills("2026-03-01")
        voids(scene, "2026-000002", day="2026-03-02")
        scene.amends(CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01"), "2026-03-02")
        scene.bills("2026-03-03")
        assert counting(scene) == [(JANUARY, "158.00")]
        assert scene.replays() == []

    def test_in_yen_and_by_a_second_tenant(self, scene: Scene, access: Access, database: Database) -> None:
        yen = CONTRACT.replace("currency: EUR", "currency: JPY").replace('"100.00"', '"1000"')
        scene.as_superuser("insert into tenant (name) values ('another')")
        other = Scene(access, database, tenant=2)
        january(scene)
        january(other, yen)
        (before,) = counting(other)
        assert "." not in before[1]
        voids(other, JANUARY)
        assert documents(scene) == [(JANUARY, "158.00", True)]
        other.bills("2026-02-03")
        assert counting(other) == [("2026-000002", before[1])]
        assert scene.bills("2026-02-03").invoices == []
        assert (scene.replays(), other.replays()) == ([], [])

    def test_is_looked_at_as_a_draft_first(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        (draft,) = scene.looks("2026-02-03").drafts
        assert draft.row.net == Decimal("158.00")
        scene.bills("2026-02-03")
        assert counting(scene) == [("2026-000002", "158.00")]

    def test_of_several_documents_of_one_work_all_or_none(self, scene: Scene) -> None:
        damages = """
  - {name: shortfall, nature: damages, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "-0.10"}}
"""
        january(scene, CONTRACT.rstrip() + damages)
        assert documents(scene) == [(JANUARY, "158.00", True), ("2026-000002", "-14.00", True)]
        assert voids(scene, "2026-000002") == (JANUARY, "2026-000002")
        assert counting(scene) == []
        scene.bills("2026-02-03")
        assert counting(scene) == [("2026-000003", "158.00"), ("2026-000004", "-14.00")]
        assert scene.replays() == []

    def test_an_opening_with_what_is_paid_in_advance(self, scene: Scene) -> None:
        scene.declared(terms(HEAT, paid("6000")))
        scene.bills("2026-01-02")
        voids(scene, JANUARY, day="2026-01-03")
        scene.delivers("2026-01-05 10 30000")
        scene.bills("2026-01-04")
        scene.bills("2026-02-01")
        assert counting(scene) == [("2026-000002", "6000.00"), ("2026-000003", "24000.00")]
        assert scene.invoices()[-1].row.inputs.prepaid_by == ("2026-000002",)
        assert prepaid(scene) == [("paid before", "6000.00")] * 2 + [("drawn", "-6000.00")]
        assert scene.replays() == []

    def test_what_draws_on_a_prepayment_and_then_its_claim(self, scene: Scene) -> None:
        """The newest first: then the claim may be void as well, and what draws anew names the new one."""
        scene.declared(terms(HEAT, paid("6000")))
        scene.bills("2026-01-02")
        scene.delivers("2026-01-05 10 30000")
        scene.bills("2026-02-01")
        voids(scene, "2026-000002")
        voids(scene, JANUARY)
        scene.bills("2026-02-03")
        assert counting(scene) == [("2026-000003", "6000.00"), ("2026-000004", "24000.00")]
        assert scene.invoices()[-1].row.inputs.prepaid_by == ("2026-000003",)
        assert scene.replays() == []

    def test_without_what_is_disputed_by_now(self, scene: Scene) -> None:
        """What was billed when a dispute is accepted stays billed; what is void is not billed."""
        january(scene)
        voids(scene, JANUARY)
        at = on("2026-02-02")
        days = date(2026, 1, 1), date(2026, 2, 1)
        with scene.database.transaction(1) as session:
            known = disputes.raise_(session, "C-1", "energy", *days, reason="too much", by="karl", at=at, accepted=True)
        scene.bills("2026-02-03")
        assert counting(scene) == [("2026-000002", "100.00")]
        with scene.database.transaction(1) as session:
            settled_by_two(session, known.id, on("2026-02-04"), due=True)
        scene.bills("2026-03-01")
        assert of_month(scene, 1) == Decimal("158.00")
        assert scene.replays() == []


class TestWhatItCorrected:
    @pytest.mark.parametrize("country", ["DE", pytest.param("FR", marks=pytest.mark.long), "ES", "RO"])
    def test_is_corrected_anew_once(self, scene: Scene, country: str) -> None:
        """February brings January to 90 kWh: by lines, by a credit note, in a series of its own, or all of it anew."""
        scene.declared(of_country(country))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        scene.delivers("2026-02-05 10 40")
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        assert of_month(scene, 1) == Decimal("145.00")
        voided = voids(scene, "2026-000002", day="2026-03-02")
        assert len(voided) == {"DE": 1, "FR": 2, "ES": 2, "RO": 3}[country]
        assert of_month(scene, 1) == Decimal("150.00")
        scene.bills("2026-03-03")
        assert (of_month(scene, 1), of_month(scene, 2)) == (Decimal("145.00"), Decimal("120.00"))
        kept = [one for one in scene.invoices() if one.row.voided_on is not None]
        anew = [one for one in scene.invoices() if one.row.voided_on is None][1:]
        assert [(one.row.document_type, one.row.net, one.names) for one in anew] == [
            (one.row.document_type, one.row.net, one.names) for one in kept
        ]
        assert [change for one in anew for line in one.lines for change in line.proof.changes or ()]
        assert scene.bills("2026-03-20").invoices == []
        assert scene.replays() == []

    def test_by_a_document_of_its_own(self, scene: Scene) -> None:
        ended = CONTRACT.replace("starts: 2026-01-01", "starts: 2026-01-01\nends: 2026-02-01")
        january(scene, ended)
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-02-03")
        scene.bills("2026-02-20")
        assert counting(scene) == [(JANUARY, "158.00"), ("2026-000002", "-13.00")]
        voids(scene, "2026-000002", day="2026-02-21")
        assert counting(scene) == [(JANUARY, "158.00")]
        scene.bills("2026-03-20")
        assert counting(scene) == [(JANUARY, "158.00"), ("2026-000003", "-13.00")]
        assert scene.replays() == []

    def test_and_what_came_to_light_besides(self, scene: Scene) -> None:
        january(scene)
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        voids(scene, "2026-000002", day="2026-03-02")
        scene.delivers("2026-01-05 10 80", reason="meter test", by="jonas")
        scene.bills("2026-03-03")
        assert (of_month(scene, 1), of_month(scene, 2)) == (Decimal("140.00"), Decimal("105.00"))
        assert scene.replays() == []

    def test_and_the_late_reading_is_taken_back(self, scene: Scene) -> None:
        january(scene)
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        voids(scene, "2026-000002", day="2026-03-02")
        scene.delivers("2026-01-05 10 140", reason="the test was wrong", by="jonas")
        scene.bills("2026-03-03")
        assert scene.lines("2026-000003") == [("fee", "1", "100.00", ""), ("energy", "10", "5.00", "")]
        assert scene.replays() == []

    def test_the_newest_first_and_then_what_it_corrected(self, scene: Scene) -> None:
        january(scene)
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        voids(scene, "2026-000002", day="2026-03-02")
        voids(scene, JANUARY, day="2026-03-02")
        scene.bills("2026-03-03")
        scene.bills("2026-03-03")
        assert counting(scene) == [("2026-000003", "145.00"), ("2026-000004", "105.00")]
        assert scene.replays() == []


CARRIED = '{quantity: "100", unit: kWh, carry_forward: "40", carry_forward_windows: "3", carry_forward_most: "60"}'
TIERS = CONTRACT.replace('unit: kWh, tiers: [{up_to: "100"', 'unit: kWh, per: year, tiers: [{up_to: "100"')


class TestTheMiddleOfThree:
    def pooled(self, scene: Scene) -> Scene:
        with scene.database.transaction(1) as session:
            declare(session, parse(Fleet, read(pools.FLEET)))
        scene.amends(pools.terms(CARRIED), "2025-12-01")
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 90\n2026-03-05 10 250")
        for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
            scene.bills(day)
        return scene

    def test_comes_out_as_it_did_and_nothing_after_it_is_corrected(self, scene: Scene) -> None:
        self.pooled(scene)
        before = [(one.row.first, str(one.row.net)) for one in scene.invoices()]
        voids(scene, "2026-000002", day="2026-04-02")
        scene.bills("2026-04-03")
        scene.bills("2026-04-20")
        after = sorted((one.row.first, str(one.row.net)) for one in scene.invoices() if one.row.voided_on is None)
        assert after == before
        assert scene.replays() == []

    def test_comes_out_otherwise_and_what_follows_is_corrected(self, scene: Scene) -> None:
        """February used 130 and not 90: it leaves 10 instead of 40, and March is 30 more."""
        self.pooled(scene)
        march = scene.invoices()[2].row.net
        voids(scene, "2026-000002", day="2026-04-02")
        scene.delivers("2026-02-05 10 130", reason="meter test", by="jonas")
        scene.bills("2026-04-03")
        scene.bills("2026-05-01")
        assert of_month(scene, 3) == march + 30
        assert scene.replays() == []

    def test_while_the_month_before_it_changes_and_it_waits(self, scene: Scene) -> None:
        """January is corrected while February is void: what January leaves now goes to February, and not past it."""
        self.pooled(scene)
        voids(scene, "2026-000002", day="2026-04-02")
        scene.delivers("2026-01-06 10 30", reason="late", by="jonas")
        scene.bills("2026-04-03")
        scene.bills("2026-05-01")
        # used 90, 90, 250: January leaves 10, February 10 + 10 of it
        assert (of_month(scene, 1), of_month(scene, 2), of_month(scene, 3)) == (
            Decimal(0), Decimal(0), Decimal("130.00"),
        )  # fmt: skip
        assert scene.replays() == []

    def test_and_is_held_while_the_next_is_billed(self, scene: Scene) -> None:
        """February cannot be billed anew, April is due: January's correction does not reach March past the hole."""
        self.pooled(scene)
        voids(scene, "2026-000002", day="2026-04-02")
        scene.as_superuser("""
            update due set due_at = '2026-06-01' where kind = 'period' and lower(period) = '2026-02-01'""")
        scene.delivers("2026-01-06 10 30\n2026-04-05 10 100", reason="late", by="jonas")
        scene.bills("2026-05-01")
        assert (of_month(scene, 3), of_month(scene, 4)) == (Decimal("110.00"), Decimal("0.00"))
        assert scene.replays() == []
        scene.bills("2026-06-02")
        scene.bills("2026-06-20")
        assert of_month(scene, 3) == Decimal("130.00")
        assert scene.replays() == []

    def test_of_tiers_across_a_year(self, scene: Scene) -> None:
        scene.declared(TIERS)
        scene.delivers("2026-01-05 10 60\n2026-02-05 10 60\n2026-03-05 10 60")
        for day in ("2026-02-01", "2026-03-01", "2026-04-01"):
            scene.bills(day)
        assert [net for _, net in counting(scene)] == ["130.00", "124.00", "112.00"]
        voids(scene, "2026-000002", day="2026-04-02")
        scene.delivers("2026-02-05 10 20", reason="meter test", by="jonas")
        scene.bills("2026-04-03")
        scene.bills("2026-05-01")
        assert [of_month(scene, month) for month in (1, 2, 3)] == [
            Decimal("130.00"), Decimal("110.00"), Decimal("118.00"),
        ]  # fmt: skip
        assert scene.replays() == []


def test_its_page_says_why_to_the_supplier_and_to_nobody_else(scene: Scene) -> None:
    january(scene)
    voids(scene, JANUARY)
    with scene.database.transaction(scene.tenant) as session:
        own, customers = (
            text_of_page(write_invoice(session, JANUARY, InvoiceHtml(), on("2026-02-03"), as_customer=as_customer))
            for as_customer in (False, True)
        )
    assert "Void because: the wrong price (carla, bert). The customer's copy does not say this." in own
    assert "VOID since 2 Feb 2026" in customers
    assert "the wrong price" not in customers
    assert "carla" not in customers


class TestACreditByHand:
    def test_that_is_void_gives_nothing_back(self, scene: Scene) -> None:
        january(scene)
        (note,) = gives(scene, JANUARY, {"line": 1, "rest": True}, day="2026-02-02")
        voids(scene, note, day="2026-02-03")
        assert counting(scene) == [(JANUARY, "158.00")]
        (again,) = gives(scene, JANUARY, {"line": 1, "rest": True}, day="2026-02-04")
        assert counting(scene) == [(JANUARY, "158.00"), (again, "-100.00")]
        numbers = [one.row.inputs.credit.n for one in scene.invoices() if one.row.inputs.credit is not None]
        assert numbers == [1, 2]  # a number is given once
        assert scene.replays() == []

    def test_and_a_correction_knows_it_no_more(self, scene: Scene) -> None:
        january(scene)
        (note,) = gives(scene, JANUARY, {"line": 3, "rest": True}, day="2026-02-02")
        voids(scene, note, day="2026-02-03")
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        assert of_month(scene, 1) == Decimal("145.00")
        assert scene.replays() == []

    def test_says_so_itself(self, scene: Scene) -> None:
        january(scene)
        (note,) = gives(scene, JANUARY, {"line": 1, "amount": "10"}, day="2026-02-02")
        voids(scene, note, day="2026-02-03")
        with scene.database.transaction(1) as session:
            (known,) = list_credits(session, CreditQuery(state=CreditState.VOID)).rows
            issued = list_credits(session, CreditQuery(state=CreditState.ISSUED)).rows
        assert (known.state, known.documents, list(issued)) == (CreditState.VOID, (note,), [])


class TestWhereItIsShown:
    def test_on_its_page_and_in_its_lines_as_it_was_issued(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        with scene.database.transaction(1) as session:
            shown = find_invoice(session, JANUARY, on("2026-02-03"))
            opened = explain(session, store.find(session, JANUARY), 2)
        assert (shown.state, str(shown.voided_on), len(shown.lines)) == ("void", "2026-02-02", 3)
        assert shown.voided is not None
        assert (shown.voided.reason, shown.voided.asked_by, shown.voided.released_by) == (
            "the wrong price", "carla", "bert",
        )  # fmt: skip
        assert "VOID since 2 Feb 2026: nothing of this document is owed." in scene.page(JANUARY)
        assert opened.line.net == Decimal("50.00")

    def test_not_to_its_customer_by_whom(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        with scene.database.transaction(1) as session:
            shown = find_invoice(session, JANUARY, on("2026-02-03"), as_customer=True)
        assert (shown.state, shown.voided) == ("void", None)

    def test_owed_by_nobody(self, scene: Scene) -> None:
        january(scene)
        with scene.database.transaction(1) as session:
            (account,) = accounts(session, on("2026-02-01"))
        assert account.balance.open == Decimal("188.02")
        voids(scene, JANUARY)
        with scene.database.transaction(1) as session:
            (row,) = session.exec(select(InvoiceRow)).all()
            stands = standings_now(session, [row], on("2026-08-01"))[row.id]
            (account,) = accounts(session, on("2026-08-01"))
            statement = account_statement(session, StatementAsked("Blechwerke"), on("2026-08-01"))
        assert (stands.state, stands.open, stands.days_late) == (PaymentState.VOID, Decimal(0), 0)
        assert (account.balance.open, account.balance.balance) == (Decimal(0), Decimal(0))
        assert (list(statement.entries.entries), list(statement.open_documents)) == ([], [])

    def test_in_lists_by_its_state_and_in_no_total(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        scene.bills("2026-02-03")
        at = on("2026-02-04")
        with scene.database.transaction(1) as session:

            def numbers(**query: object) -> list[str | None]:
                return [one.row.number for one in listed.listed(session, InvoiceQuery.model_validate(query), at).rows]

            assert numbers() == [JANUARY, "2026-000002"]
            assert numbers(state=InvoiceStanding.VOID) == [JANUARY]
            assert numbers(state=InvoiceStanding.UNCHANGED) == ["2026-000002"]
            assert numbers(payment=PaymentState.VOID) == [JANUARY]
            assert numbers(payment=PaymentState.ISSUED) == ["2026-000002"]
            assert numbers(payment=PaymentState.PAID) == []
            (total,) = listed.totals(session, InvoiceQuery(), at)
            assert (total.invoices, total.gross, total.open) == (1, Decimal("188.02"), Decimal("188.02"))
            assert listed.totals(session, InvoiceQuery(state=InvoiceStanding.VOID), at) == []

    def test_in_exports_with_its_number_and_no_amount(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        scene.bills("2026-02-03")
        invoices, lines = (EXPORTERS[name]().render(scene.invoices()).decode() for name in ("invoices", "lines"))
        rows = [row.split(",") for row in invoices.splitlines()]
        amounts = [rows[0].index(name) for name in ("number", "gross", "state")]
        assert [[row[place] for place in amounts] for row in rows[1:]] == [
            [JANUARY, "0.00", "void"], ["2026-000002", "188.02", "issued"],
        ]  # fmt: skip
        assert JANUARY not in lines

    def test_as_nothing_without_a_sign_where_it_gave_back(self, scene: Scene) -> None:
        january(scene)
        (note,) = gives(scene, JANUARY, {"line": 1, "amount": "10"})
        voids(scene, note, day="2026-02-11")
        rows = [row.split(",") for row in EXPORTERS["invoices"]().render(scene.invoices()).decode().splitlines()]
        amounts = [rows[0].index(name) for name in ("number", "net", "vat", "gross")]
        assert [rows[-1][place] for place in amounts] == [note, "0.00", "0.00", "0.00"]
        with scene.database.transaction(1) as session:
            stands = standings_now(session, [store.find(session, note).row], on("2026-02-12")).values()
        (shown,) = (standing_out(one).model_dump(mode="json") for one in stands)
        assert [shown[name] for name in ("open", "paid", "discount", "written_off", "disputed")] == ["0.00"] * 5

    def test_on_no_earlier_day_as_paid(self, scene: Scene) -> None:
        """A payment with its discount, reversed before the document was void: on the days between it is on account."""
        discount = 'least_coverage: "0", cash_discount: [{days: "10", percent: "2"}]'
        january(scene, CONTRACT.replace('least_coverage: "0"', discount))
        with books(scene.database) as book:
            paid = book.pays("184.26", (JANUARY, "184.26", "3.76"))
        with scene.database.transaction(1) as session:
            by, at = acts(session, "anna"), on("2026-02-10")
            reverse_payment(session, paid.id, reference="bounced", on=None, by=by, at=at)
        voids(scene, JANUARY, day="2026-02-11")
        with scene.database.transaction(1) as session:
            between, after = (
                account_statement(session, StatementAsked("Blechwerke", last=date.fromisoformat(day)), on("2026-02-12"))
                for day in ("2026-02-07", "2026-02-11")
            )
        assert [entry.movement.amount for entry in between.entries.entries] == [Decimal("-184.26")]
        assert (between.balance.on_account, between.balance.balance) == (Decimal("184.26"), Decimal("-184.26"))
        assert between.entries.closing == between.balance.balance
        assert after.entries.closing == after.balance.balance == 0

    def test_to_no_payee(self, scene: Scene) -> None:
        january(scene)
        scene.as_superuser("""
            set session_replication_role = replica; update invoice_line set payees = '{"Bank": "5.00"}' where pos = 1""")
        with scene.database.transaction(1) as session:
            assert [known.name for known in known_payees(session)] == ["Bank"]
        voids(scene, JANUARY)
        with scene.database.transaction(1) as session:
            assert list(known_payees(session)) == []

    def test_outside_once(self, scene: Scene) -> None:
        january(scene)
        voids(scene, JANUARY)
        with scene.database.transaction(1) as session:
            told = session.execute(
                text("select type, facts from notification where type like 'document%' order by nth")
            )
            assert [(row.type, row.facts["number"]) for row in told] == [
                ("document.issued", JANUARY), ("document.voided", JANUARY),
            ]  # fmt: skip


def test_what_waits_or_was_withdrawn_counts_as_it_did(scene: Scene) -> None:
    january(scene)
    assert asked(scene, JANUARY).state == "waiting"
    assert counting(scene) == [(JANUARY, "158.00")]
    assert withdrawn(scene, JANUARY).state == "withdrawn"
    assert scene.bills("2026-02-03").invoices == []
    asked(scene, JANUARY)
    released(scene, JANUARY)
    assert counting(scene) == []
