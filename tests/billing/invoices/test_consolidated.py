"""What several contracts of a customer owe on one day stands on one document: with every fact that comes later."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.operations.billing import bill_everything
from api.operations.invoices import AskedLine, explain_line
from api.server.database import Access, ContradictsStored, Database
from billing import run
from billing.credits.credit import LinesOfSeveralContracts, NoLineToCredit
from billing.disputes import store as dispute_store
from billing.documents import before_number
from billing.documents.einvoice.held_to_rules import EInvoiceRefused
from billing.documents.model.business_document import BusinessDocument
from billing.documents.views import invoice_out
from billing.drafts.look import issue
from billing.due import store as due_store
from billing.due import together as due_together
from billing.exports.invoices_csv import InvoicesCsv
from billing.exports.lines_csv import LinesCsv
from billing.invoices.invoice_query import InvoiceQuery, InvoiceStanding
from billing.invoices.listed import listed, totals
from billing.receivables.accounts import StatementAsked, account_statement, accounts
from billing.receivables.standing import PaymentState
from tests.billing.credits.giving import gives, prepared
from tests.billing.invoices.consolidating import ENERGY, OWN, bodies, documents, together
from tests.billing.receivables.books import books
from tests.billing.scene import Scene, on
from tests.billing.statements.daily import terms as savings_terms
from tests.billing.statements.test_dividing import Stated
from tests.billing.statements.test_dividing import contract as saving
from tests.build import acts

FIRST, SECOND, THIRD = "2026-000001", "2026-000002", "2026-000003"
ALL = ("A", "B", "C")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def three(scene: Scene, **more: str) -> Scene:
    return scene.declared(*(together(name, **more) for name in ALL))


class TestOneDocument:
    def test_has_one_number_and_its_vat_once(self, scene: Scene) -> None:
        """Three VATs of 6.33 are 18.99; of 99.99 at once it is 19.00."""
        three(scene).bills("2026-02-01")
        assert documents(scene) == [(FIRST, "consolidated", ALL, "99.99", "19.00")]
        (whole,) = scene.invoices()
        assert whole.row.inputs.consolidates == ALL
        assert [(part.row.number, part.row.kind, str(part.row.net), part.before) for part in whole.members] == [
            (FIRST, "period", "33.33", 0),
            (FIRST, "period", "33.33", 1),
            (FIRST, "period", "33.33", 2),
        ]
        assert {part.row.due_on for part in whole.members} == {whole.row.due_on} == {date(2026, 3, 3)}
        assert [line.charge for line in whole.lines] == ["fee"] * 3
        assert scene.replays() == []

    def test_counts_on_without_a_gap(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        scene.bills("2026-03-01")
        assert bodies(scene) == [(FIRST, ALL, "99.99"), (SECOND, ALL, "99.99")]

    def test_of_one_contract_is_its_own(self, scene: Scene) -> None:
        scene.declared(together("A"), OWN).bills("2026-02-01")
        assert documents(scene) == [
            (FIRST, "period", ("A",), "33.33", "6.33"),
            (SECOND, "period", ("OWN",), "100.00", "19.00"),
        ]

    def test_leaves_those_that_do_not_ask_for_it(self, scene: Scene) -> None:
        three(scene).declared(OWN).bills("2026-02-01")
        assert bodies(scene) == [(FIRST, ("OWN",), "100.00"), (SECOND, ALL, "99.99")]

    @pytest.mark.parametrize("other", [
        pytest.param({"customer": "Gießerei"}, id="customer"),
        pytest.param({"currency": "JPY", "fee": "3333"}, id="currency"),
        pytest.param({"settings": "payment_days: 14"}, id="payment days"),
        pytest.param({"settings": 'cash_discount: [{days: "10", percent: "2"}]'}, id="cash discount"),
    ])  # fmt: skip
    def test_has_nothing_of_another(self, scene: Scene, other: dict[str, str]) -> None:
        scene.declared(together("A"), together("B"), together("X", **other), together("Y", **other)).bills("2026-02-01")
        assert [contracts for _, contracts, _ in bodies(scene)] == [("A", "B"), ("X", "Y")]
        assert scene.replays() == []

    def test_has_nothing_outside_of_tax_beside_what_is_taxed(self, scene: Scene) -> None:
        """EN 16931 BR-O-11. Two contracts are taxed where the supplier is, and two in Switzerland, by the customer."""
        german, swiss = ({"more": f"tax: {{{tax}}}"} for tax in ("place: DE", "treatment: out_of_scope"))
        contracts = [
            together(name, **terms) for name, terms in zip("ABXY", (german, german, swiss, swiss), strict=True)
        ]
        for party, as_registered in (
            ("{name: Nordluft, country: DE", "{name: Nordluft, country: DE, vat_id: DE111111117"),
            ("{name: Blechwerke, country: DE", "{name: Blechwerke, country: CH, vat_id: CHE107787577MWST"),
        ):
            contracts = [contract.replace(party, as_registered) for contract in contracts]
        scene.declared(*contracts).bills("2026-02-01")
        taxed = [(one.contracts, {line.tax.category.value for line in one.lines}) for one in scene.invoices()]
        assert taxed == [(("A", "B"), {"S"}), (("X", "Y"), {"O"})]
        assert scene.replays() == []

    def test_has_nothing_that_falls_due_on_another_day(self, scene: Scene) -> None:
        later = {"settings": "bill_after_days: 3"}
        scene.declared(together("A"), together("B"), together("X", **later), together("Y", **later)).bills("2026-02-10")
        assert [contracts for _, contracts, _ in bodies(scene)] == [("A", "B"), ("X", "Y")]

    def test_goes_by_what_the_newest_version_says(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        scene.amends(together("C").replace("document: consolidated, ", ""), "2026-02-10")
        scene.bills("2026-03-01")
        assert bodies(scene)[1:] == [(SECOND, ("C",), "33.33"), (THIRD, ("A", "B"), "66.66")]

    def test_of_damages_a_deposit_and_a_prepayment_has_the_price_alone(self, scene: Scene) -> None:
        charges = (
            '  - {name: deposit, nature: deposit, rule: {kind: one_off, amount: "500", on: 2026-01-10}}\n'
            '  - {name: late, nature: damages, rule: {kind: one_off, amount: "7", on: 2026-01-10}}\n'
        )
        three(scene, charges=charges).bills("2026-02-01")
        nets = sorted(net for _, _, net in bodies(scene))
        assert nets == sorted(["99.99", *["500.00"] * 3, *["7.00"] * 3])
        assert scene.replays() == []

    def test_is_of_the_oldest_day_first(self, scene: Scene) -> None:
        """A monthly and a quarterly contract are late: what falls due with the quarter stands with it."""
        quarter = together("Q", more="billing: {every: quarter}")
        scene.declared(together("A"), quarter).bills("2026-04-02")
        assert [(contracts, net) for _, contracts, net in bodies(scene)] == [
            (("A",), "33.33"),
            (("A",), "33.33"),
            (("A", "Q"), "66.66"),
        ]

    def test_is_divided_beyond_its_bound(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(due_together, "MOST", 2)
        scene.declared(*(together(name) for name in "ABCDE")).bills("2026-02-01")
        assert [contracts for _, contracts, _ in bodies(scene)] == [("A", "B"), ("C", "D"), ("E",)]

    def test_is_larger_than_a_chunk(self, scene: Scene) -> None:
        references = [f"C-{number:03d}" for number in range(130)]
        scene.declared_often(together("C-000"), references)
        done = bill_everything(scene.database, 1, on("2026-02-01"), chunk=7)
        assert len(done.invoices) == 1
        ((number, contracts, net),) = bodies(scene)
        assert (number, list(contracts), net) == (FIRST, references, "4332.90")

    def test_is_of_its_tenant(self, scene: Scene) -> None:
        other = replace(scene, tenant=2)
        for one in (scene, other):
            three(one)
        scene.bills("2026-02-01")
        assert (bodies(scene), bodies(other)) == ([(FIRST, ALL, "99.99")], [])
        other.bills("2026-02-01")
        assert bodies(scene) == bodies(other)

    def test_in_yen(self, scene: Scene) -> None:
        """10 % of 3333 is 333; of three of them 1000."""
        three(scene, fee="3333", currency="JPY", country="JP", more="tax: {rate: standard}").bills("2026-02-01")
        assert documents(scene) == [(FIRST, "consolidated", ALL, "9999", "1000")]
        assert scene.replays() == []

    def test_of_two_zones_is_one_once_both_days_have_come(self, scene: Scene) -> None:
        """Each month ends where its contract is; a run between the two bills what is due by then."""
        scene.declared(together("A"), together("L", zone="America/New_York"))
        scene.bills("2026-02-01")
        assert [contracts for _, contracts, _ in bodies(scene)] == [("A", "L")]
        between = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
        bill_everything(scene.database, 1, between)
        scene.bills("2026-03-01")
        assert [contracts for _, contracts, _ in bodies(scene)[1:]] == [("A",), ("L",)]
        assert scene.replays() == []


class TestWhatIsHeld:
    def test_holds_nobody_else_and_comes_later(self, scene: Scene) -> None:
        three(scene)
        scene.amends(
            together("B", charges=ENERGY, settings="least_coverage: '1'").replace('least_coverage: "0", ', ""),
            "2026-01-02",
        )
        assert list(scene.bills("2026-02-01").held) == ["B"]
        assert bodies(scene) == [(FIRST, ("A", "C"), "66.66")]
        assert list(scene.bills("2026-03-01").held) == ["B"]
        scene.amends(together("B", charges=ENERGY), "2026-03-02")
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 40\n2026-03-05 10 40")
        scene.bills("2026-04-01")
        assert bodies(scene)[1:] == [
            (SECOND, ("A", "C"), "66.66"),
            (THIRD, ("B",), "83.33"),
            ("2026-000004", ("B",), "53.33"),
            ("2026-000005", ALL, "119.99"),
        ]
        assert scene.replays() == []

    def test_waits_for_its_statement_beside_the_others(self, access: Access, database: Database) -> None:
        """Two contracts of a price and one of savings: its last month comes once its statement is agreed."""
        stated = Stated(access, database)
        stated.meters({"kwh": "kWh"})
        parties = {"settings": {"document": "consolidated"}}
        fee = {"name": "fee", "rule": {"kind": "fixed_fee", "amount": "33.33"}}
        stated.agrees(saving(**parties))
        for name in ("A", "B"):
            stated.agrees(savings_terms([], [fee], **parties).replace("contract: S-1", f"contract: {name}"))
        stated.reads("kwh", "2026-01-01", "2026-04-01", "800")
        assert list(stated.bills("2026-04-02").held) == ["S-1"]
        three = ("S-1", "A", "B")
        assert [contracts for _, contracts, _ in bodies(stated)] == [three, three, ("A", "B")]
        stated.settles("2026-03-01", "2026-04-12")
        assert [contracts for _, contracts, _ in bodies(stated)[3:]] == [("S-1",)]
        assert stated.replays() == []

    def test_whatever_refuses_it_at_the_commit(self, scene: Scene) -> None:
        """The database refuses one contract's document: it is found and held, and the others stay on one."""
        three(scene)
        scene.as_superuser("""
            create function refuse_b() returns trigger language plpgsql as $$
            begin raise integrity_constraint_violation using constraint = 'no_b'; end $$;
            create constraint trigger no_b after insert on invoice deferrable initially deferred
            for each row when (new.inputs->>'contract' = 'B' and new.kind = 'period') execute function refuse_b()""")
        done = scene.bills("2026-02-01")
        assert list(done.held) == ["B"]
        assert bodies(scene) == [(FIRST, ("A", "C"), "66.66")]
        scene.as_superuser("drop trigger no_b on invoice")
        scene.bills("2026-02-02")
        assert bodies(scene)[1:] == [(SECOND, ("B",), "33.33")]
        assert scene.replays() == []

    def test_if_no_contract_is_at_fault_each_is_billed_by_itself(self, scene: Scene) -> None:
        three(scene)
        scene.as_superuser("""
            create function refuse_all() returns trigger language plpgsql as $$
            begin raise integrity_constraint_violation using constraint = 'no_whole'; end $$;
            create trigger no_whole before insert on invoice
            for each row when (new.kind = 'consolidated') execute function refuse_all()""")
        assert scene.bills("2026-02-01").held == {}
        assert bodies(scene) == [(FIRST, ("A",), "33.33"), (SECOND, ("B",), "33.33"), (THIRD, ("C",), "33.33")]

    @pytest.fixture
    def two_lines_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A form that takes one line: no contract is refused by itself, and what they owe together is."""

        def required(document: BusinessDocument, now: datetime) -> None:
            if len(document.lines) > 1:
                raise EInvoiceRefused("two lines", rules=["R1"], fields=["BT-126"])

        monkeypatch.setattr(before_number, "_require_form", required)

    FORM = "invoicing: {form: ubl}"

    @pytest.mark.usefixtures("two_lines_refused")
    def test_a_document_that_its_form_refuses_waits_as_a_whole(self, scene: Scene) -> None:
        """Billed apart, the customer would get three documents that it has not asked for, and nobody would be told."""
        three(scene, more=self.FORM).declared(OWN, together("X", customer="Gießerei", more=self.FORM))
        done = scene.bills("2026-02-01")
        assert bodies(scene) == [(FIRST, ("OWN",), "100.00"), (SECOND, ("X",), "33.33")]
        assert {work.contract: (work.reason.code, work.reason.detail) for work in done.held_work} == dict.fromkeys(
            ALL, ("e-invoice-refused", "the document of A, B, C together: two lines")
        )

    @pytest.mark.usefixtures("two_lines_refused")
    def test_one_that_is_refused_by_itself_holds_itself_alone(self, scene: Scene) -> None:
        two = {"fee": '1"}}\n  - {name: more, rule: {kind: fixed_fee, amount: "1'}
        scene.declared(together("A", more=self.FORM), together("B", more=self.FORM, **two))
        assert list(scene.bills("2026-02-01").held) == ["B"]
        assert bodies(scene) == [(FIRST, ("A",), "33.33")]

    @pytest.mark.usefixtures("two_lines_refused")
    def test_and_comes_together_once_the_form_takes_it(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        three(scene, more=self.FORM).bills("2026-02-01")
        assert documents(scene) == []
        monkeypatch.setattr(before_number, "_require_form", lambda document, now: None)
        assert scene.bills("2026-02-02").held == {}
        assert bodies(scene) == [(FIRST, ALL, "99.99")]
        assert scene.replays() == []


class TestWhoeverElseIsAtIt:
    def test_leaves_the_whole_group(self, scene: Scene) -> None:
        """While one has the group, a run bills the others, and leaves it all."""
        three(scene).declared(OWN)
        with scene.database.transaction(1) as session:
            customer = session.execute(text("select id from party where name = 'Blechwerke'")).scalar_one()
            session.execute(due_together._TAKE, {"customer": customer, "supplier": "Nordluft"})
            scene.bills("2026-02-01")
            assert bodies(scene) == [(FIRST, ("OWN",), "100.00")]
        scene.bills("2026-02-01")
        assert bodies(scene)[1:] == [(SECOND, ALL, "99.99")]

    def test_bills_nothing_of_a_group_that_is_not_planned(self, scene: Scene) -> None:
        three(scene)
        with scene.database.transaction(1) as session:
            keys = session.execute(text("select id from contract order by id")).scalars().all()
            run.plan(session, 1, on("2026-02-01"), keys[:1])
            assert due_store.claim(session, 1, on("2026-02-01"), keys) == []
            run.plan(session, 1, on("2026-02-01"), keys)
            assert len(due_store.claim(session, 1, on("2026-02-01"), keys[:1])) == 3

    def test_what_was_issued_by_hand_stands_by_itself(self, scene: Scene) -> None:
        three(scene)
        drafts = scene.looks("2026-02-01").drafts
        assert [draft.row.inputs.contract for draft in drafts] == list(ALL)
        with scene.database.transaction(1) as session:
            issue(session, drafts[1].name, on("2026-02-01"))
        scene.bills("2026-02-01")
        assert bodies(scene) == [(FIRST, ("B",), "33.33"), (SECOND, ("A", "C"), "66.66")]


class TestAFactThatComesLater:
    def metered(self, scene: Scene, country: str = "DE") -> Scene:
        scene.declared(
            together("A", country=country),
            together("B", country=country, charges=ENERGY),
            together("C", country=country),
        )
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        assert bodies(scene) == [(FIRST, ALL, "149.99")]
        scene.delivers("2026-02-05 10 40")
        return scene

    @pytest.mark.parametrize(("country", "after"), [
        pytest.param("DE", [(SECOND, ALL, "114.99", (FIRST,))], id="as a line"),
        pytest.param("FR", [(SECOND, ("B",), "-5.00", (FIRST,)), (THIRD, ALL, "119.99", ())], id="by a credit note"),
    ])  # fmt: skip
    def test_corrects_by_the_number_of_the_whole(
        self, scene: Scene, country: str, after: list[tuple[object, ...]]
    ) -> None:
        self.metered(scene, country)
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        said = [(one.row.number, one.contracts, str(one.row.net), one.names) for one in scene.invoices()[1:]]
        assert sorted(said, key=str) == sorted(after, key=str)
        assert scene.replays() == []

    def test_an_amendment(self, scene: Scene) -> None:
        self.metered(scene)
        scene.amends(together("B", charges=ENERGY, fee="43.33"), "2026-02-10")
        scene.bills("2026-03-01")
        assert bodies(scene)[1:] == [(SECOND, ALL, "139.99")]  # ten more of January, and of February
        assert scene.replays() == []

    def test_an_end(self, scene: Scene) -> None:
        self.metered(scene)
        scene.amends(together("B", charges=ENERGY, more="ends: 2026-02-15"), "2026-02-10")
        scene.bills("2026-02-15")
        scene.bills("2026-03-01")
        assert [contracts for _, contracts, _ in bodies(scene)[1:]] == [("B",), ("A", "C")]
        assert scene.replays() == []

    def test_a_line_opens_down_to_its_readings(self, scene: Scene) -> None:
        self.metered(scene)
        with scene.database.transaction(1) as session:
            explained = explain_line(session, AskedLine(FIRST, 3, 10), on("2026-02-01"))
        assert (explained.invoice, explained.pos, explained.line.charge) == (FIRST, 3, "energy")
        assert [str(reading.value) for reading in explained.readings] == ["100"]

    def test_a_credit_of_one_line(self, scene: Scene) -> None:
        self.metered(scene)
        with pytest.raises(LinesOfSeveralContracts, match="A, B"):
            prepared(scene, FIRST, {"line": 1, "rest": True}, {"line": 3, "rest": True})
        with pytest.raises(NoLineToCredit, match="lines 1 to 4"):
            prepared(scene, FIRST, {"line": 5, "rest": True})
        (note,) = gives(scene, FIRST, {"line": 3, "amount": "20.00"})
        (credit,) = [one for one in scene.invoices() if one.row.number == note]
        assert (str(credit.row.net), credit.names, credit.contracts) == ("-20.00", (FIRST,), ("B",))
        record = credit.row.inputs.credit
        assert record is not None
        assert (record.number, record.lines[0].asked.line) == (FIRST, 3)
        with scene.database.transaction(1) as session:
            explained = explain_line(session, AskedLine(note, 1, 10), on("2026-02-11"))
            assert [str(reading.value) for reading in explained.readings] == ["100"]
            (corrected,) = listed(session, InvoiceQuery(state=InvoiceStanding.CORRECTED), on("2026-02-11")).rows
            assert corrected.row.number == FIRST
        scene.delivers("2026-01-05 10 90", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        assert bodies(scene)[2:] == [(THIRD, ALL, "114.99")]
        assert scene.replays() == []

    def test_a_dispute_over_one_contract(self, scene: Scene) -> None:
        """Of B's energy 50.00 and its VAT are disputed: the fees of all are not."""
        self.metered(scene)
        with scene.database.transaction(1) as session:
            days, who = (date(2026, 1, 1), date(2026, 2, 1)), acts(session, "carla")
            raised = dispute_store.raise_(
                session, "B", "energy", *days, reason="meter", by=who, at=on("2026-02-03"), accepted=True
            )
            (disputed,) = listed(session, InvoiceQuery(state=InvoiceStanding.DISPUTED), on("2026-02-05")).rows
            assert (disputed.row.number, dispute_store.issued_of(session, raised)) == (FIRST, [FIRST])
        with books(scene.database, "2026-04-05") as book:
            assert book.stands().disputed == Decimal("59.50")
            assert book.stands().state is PaymentState.OVERDUE
            rest = book.stands().undisputed
            book.pays(str(rest), (FIRST, str(rest)))
            assert book.stands().state is PaymentState.PARTLY_PAID
            late = InvoiceQuery(payment=PaymentState.OVERDUE)
            assert listed(book.session, late, book.at).rows == ()

    def test_a_drawn_prepayment_of_one(self, scene: Scene) -> None:
        claim = '{kind: one_off, amount: "20", on: 2026-01-01, in_advance: "yes"}'
        drawn = '{kind: drawdown, amount: "20", claimed: 2026-01-01, of: [fee]}'
        paid = f"  - {{name: before, nature: prepayment, rule: {claim}}}\n  - {{name: drawn, rule: {drawn}}}\n"
        scene.declared(together("A"), together("B", charges=paid), together("C"))
        scene.bills("2026-01-02")
        scene.bills("2026-02-01")
        assert bodies(scene) == [(FIRST, ("B",), "20.00"), (SECOND, ALL, "79.99")]
        assert scene.invoices()[-1].row.inputs.prepaid_by == (FIRST,)
        assert scene.replays() == []


class TestWhatBecomesOfIt:
    def test_is_of_the_whole(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        with books(scene.database) as book:
            assert book.stands().open == Decimal("118.99")
            book.pays("18.99", (FIRST, "18.99"))
            assert (book.stands().state, book.stands().open) == (PaymentState.PARTLY_PAID, Decimal("100.00"))
            (account,) = accounts(book.session, book.at)
            assert account.balance.open == Decimal("100.00")
            stated = account_statement(book.session, StatementAsked("Blechwerke"), book.at)
            assert [(one.number, one.standing.open) for one in stated.open_documents] == [(FIRST, Decimal("100.00"))]
            assert [entry.movement.amount for entry in stated.entries.entries] == [Decimal("118.99"), Decimal("-18.99")]

    def test_with_a_cash_discount(self, scene: Scene) -> None:
        three(scene, settings='cash_discount: [{days: "10", percent: "2"}]').bills("2026-02-01")
        with books(scene.database) as book:
            book.pays("116.61", (FIRST, "116.61", "2.38"))
            assert book.stands().state is PaymentState.PAID

    def test_and_of_no_part(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        (whole,) = scene.invoices()
        with pytest.raises(ContradictsStored, match="of_the_whole"), scene.database.transaction(1) as session:
            acts(session, "anna")
            session.execute(
                text("""insert into sending (invoice_id, customer_id, sent_on, how, note, recorded_by, recorded_at)
                        values (:part, :customer, '2026-02-02', 'mail', '', 'anna', now())"""),
                {"part": whole.members[0].row.id, "customer": whole.row.customer_id},
            )

    def test_is_told_once(self, scene: Scene) -> None:
        scene.declared(together("A"), together("B", charges=ENERGY))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 90\n2026-02-05 10 40", reason="meter test", by="jonas")
        scene.bills("2026-03-01")
        with scene.database.transaction(1) as session:
            told = session.execute(
                text("""select type, facts->>'number', facts->>'kind', facts->'corrects' from notification
                        where type like 'document%' order by position, id""")
            ).all()
        assert [tuple(row) for row in told] == [
            ("document.issued", FIRST, "consolidated", None),
            ("document.issued", SECOND, "consolidated", None),
            ("document.corrected", SECOND, None, [FIRST]),
        ]


class TestLists:
    def test_have_it_once(self, scene: Scene) -> None:
        three(scene).declared(OWN).bills("2026-02-01")
        with scene.database.transaction(1) as session:
            at = on("2026-02-02")
            assert [one.row.number for one in listed(session, InvoiceQuery(), at).rows] == [FIRST, SECOND]
            (sums,) = totals(session, InvoiceQuery(), at)
            assert (sums.invoices, sums.net, sums.open) == (2, Decimal("199.99"), Decimal("237.99"))
            of_b = listed(session, InvoiceQuery(contract="B"), at).rows
            assert [(one.row.number, one.contracts) for one in of_b] == [(SECOND, ALL)]
            unchanged = listed(session, InvoiceQuery(state=InvoiceStanding.UNCHANGED), at).rows
            assert len(unchanged) == 2

    def test_and_exports_each_line_once(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        rows = LinesCsv().render(scene.invoices()).decode().splitlines()[1:]
        assert [(row.split(",")[1], row.split(",")[2], row.split(",")[-1]) for row in rows] == [
            (FIRST, "1", "A"),
            (FIRST, "2", "B"),
            (FIRST, "3", "C"),
        ]
        (row,) = InvoicesCsv().render(scene.invoices()).decode().splitlines()[1:]
        assert f"{FIRST},2026-02-01,2026-03-03,A B C," in row


class TestItsPage:
    def test_has_a_subtotal_of_each_contract(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        shown = invoice_out(scene.invoices()[0])
        assert [(part.contract, part.first_line, part.last_line, str(part.net)) for part in shown.parts] == [
            ("A", 1, 1, "33.33"),
            ("B", 2, 2, "33.33"),
            ("C", 3, 3, "33.33"),
        ]
        assert [part.inputs.contract for part in shown.parts] == list(shown.contracts) == list(ALL)
        page = scene.page(FIRST)
        assert page.count("Subtotal") == 3
        places = [page.index(words) for words in ("Subtotal Contract A", ">Contract B<", "Subtotal Contract B")]
        assert places == sorted(places)


class TestReplay:
    @pytest.mark.parametrize(("statement", "complaint"), [
        pytest.param("net = net + 1, gross = gross + 1 where kind = 'consolidated'", "net was 100.99", id="net"),
        pytest.param("vat = vat - 0.01, gross = gross - 0.01 where kind = 'consolidated'", "vat was 18.99", id="vat"),
        pytest.param("due_on = due_on + 1 where kind = 'consolidated'", "the due_on of A was", id="due day"),
        pytest.param("within_id = null, number = 'X', sequence = 9 where inputs->>'contract' = 'C' and kind = 'period'",
                     "consolidates was", id="what stands within it"),
        pytest.param("net = net + 1, gross = gross + 1 where inputs->>'contract' = 'B' and kind = 'period'",
                     "net of B was", id="of a contract"),
    ])  # fmt: skip
    def test_names_what_no_longer_proves(self, scene: Scene, statement: str, complaint: str) -> None:
        three(scene).bills("2026-02-01")
        scene.as_superuser(f"set session_replication_role = replica; update invoice set {statement}")
        assert any(complaint in str(one) for one in scene.replays()), scene.replays()

    def test_names_the_line_by_its_place_on_the_document(self, scene: Scene) -> None:
        three(scene).bills("2026-02-01")
        scene.as_superuser("""
            set session_replication_role = replica;
            update invoice_line set net = net + 1
            where invoice_id = (select id from invoice where inputs->>'contract' = 'C' and kind = 'period')""")
        assert (FIRST, 3) in [(one.invoice, one.pos) for one in scene.replays()]
