"""What is told of both sides, and how the customer wants its documents, is recorded with every kind of document."""

import threading
from datetime import date, datetime

import pytest
from sqlalchemy import create_engine, event, text
from sqlmodel import Session

from api.operations.billing import bill_everything
from api.server.database import Access, ContradictsStored, Database
from billing import run
from billing.drafts import look
from billing.drafts.look import DraftOutdated
from billing.due import store as due_store
from billing.invoices import store
from billing.proof.replay import replay
from billing.records.invoicing import InvoicingRecord
from contracts.invoicing import PLAIN
from contracts.party_profiles import store as profiles
from contracts.release.store import OwnWork, releasing
from tests.billing.credits.giving import gives
from tests.billing.invoices.consolidating import together
from tests.billing.payees.test_owners_names import terms as owners_terms
from tests.billing.payees.test_payee_documents import documents as payee_documents
from tests.billing.payees.test_payee_documents import terms as payee_terms
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts
from tests.contracts.party_profiles.told import prepared, profile, tells

FEE = CONTRACT.partition("  - name: energy")[0]
WANTED = "invoicing: {language: de, order: PO-4711, order_lines: {fee: '10'}}\ncharges:"
ASKED = FEE.replace("charges:", WANTED)


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def records(scene: Scene) -> list[InvoicingRecord | None]:
    return [invoice.row.inputs.invoicing for invoice in scene.invoices()]


def sides(record: InvoicingRecord | None) -> tuple[str | None, str | None]:
    """The city of each side, by which these profiles are told apart."""
    assert record is not None
    seller, buyer = (None if told is None else told.city for told in (record.seller, record.buyer))
    return seller, buyer


class TestWhatIsRecorded:
    def test_is_what_the_version_wants_and_what_counts_of_both_sides(self, scene: Scene) -> None:
        scene.declared(ASKED)
        tells(scene, profile())
        tells(scene, profile("Blechwerke", city="Augsburg"))
        scene.bills("2026-02-01")
        (record,) = records(scene)
        assert sides(record) == ("Hamburg", "Augsburg")
        assert record is not None
        assert (record.terms.order, record.terms.form, dict(record.terms.order_lines)) == (
            "PO-4711",
            "pdf",
            {"fee": "10"},
        )
        assert scene.replays() == []

    def test_is_nothing_where_nothing_was_told(self, scene: Scene) -> None:
        scene.declared(FEE).bills("2026-02-01")
        assert records(scene) == [None]
        with scene.database.transaction(1) as session:
            assert session.execute(text("select bool_or(inputs ? 'invoicing') from invoice")).scalar_one() is False

    def test_is_of_openings_periods_corrections_and_credits(self, scene: Scene) -> None:
        in_advance = CONTRACT.replace('amount: "100.00"', 'amount: "100.00", in_advance: true').replace(
            "charges:", "ends: 2026-02-01\ncharges:"
        )
        scene.declared(in_advance)
        tells(scene, profile())
        scene.delivers("2026-01-05 10 120")
        scene.bills("2026-01-02")
        scene.bills("2026-02-01")
        gives(scene, "2026-000002", {"line": 1, "amount": "1"}, day="2026-02-02")
        scene.delivers("2026-01-05 10 150", reason="meter test")
        scene.bills("2026-02-05")
        scene.bills("2026-02-20")
        kinds = {invoice.row.kind for invoice in scene.invoices()}
        assert kinds == {"opening", "period", "correction", "credit"}
        assert {sides(record) for record in records(scene)} == {("Hamburg", None)}
        assert scene.replays() == []

    def test_of_an_owners_document_is_the_owners(self, scene: Scene) -> None:
        scene.declared(owners_terms())
        tells(scene, profile())
        tells(scene, profile("Alpha", city="Bremen"))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        by_seller = {invoice.row.inputs.supplier.name: invoice.row.inputs.invoicing for invoice in scene.invoices()}
        assert sides(by_seller["Nordluft"]) == ("Hamburg", None)
        assert sides(by_seller["Alpha"]) == ("Bremen", None)
        assert by_seller["Beta"] is None
        gives(scene, "ALPHA-2026-000001", {"line": 1, "amount": "1"})
        assert sides(records(scene)[-1]) == ("Bremen", None)
        assert scene.replays() == []

    def test_of_a_payees_document_is_the_payees_and_the_suppliers(self, scene: Scene) -> None:
        scene.declared(payee_terms())
        tells(scene, profile())
        tells(scene, profile("factory", city="Celle", language="de"))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        (document,) = payee_documents(scene)
        assert sides(document.content.invoicing) == ("Celle", "Hamburg")
        assert document.content.invoicing is not None
        assert document.content.invoicing.terms == PLAIN.model_copy(update={"language": "de"})
        assert scene.replays() == []
        other = "jsonb_set(content, '{invoicing,seller,city}', '\"Peine\"')"
        scene.as_superuser(f"set session_replication_role = replica; update payee_document set content = {other}")
        assert [named.what for named in scene.replays()] == ["how it is made out"]

    def test_of_a_consolidated_document_is_what_its_contracts_share(self, scene: Scene) -> None:
        more = "invoicing: {order: PO-1, contract: %s, item_numbers: {fee: '%s'}}"
        scene.declared(together("A", more=more % ("A", 7)), together("B", more=more % ("B", 8)))
        tells(scene, profile())
        scene.bills("2026-02-01")
        (whole,) = scene.invoices()
        record = whole.row.inputs.invoicing
        assert record is not None
        assert (record.terms.order, record.terms.contract, dict(record.terms.item_numbers)) == ("PO-1", None, {})
        assert sides(record) == ("Hamburg", None)
        own = [part.row.inputs.invoicing for part in whole.members]
        assert [one and one.terms.contract for one in own] == ["A", "B"]
        assert scene.replays() == []

    @pytest.mark.parametrize(("country", "zones", "at", "days"), [
        pytest.param("DE", ("Europe/Berlin", "America/New_York"), "2026-02-01T23:30+00:00", [("2026-02-02", "Neustadt", 2)],
                     id="in one's books it is one day wherever its contracts are"),
        pytest.param("AU", ("Australia/Perth", "Australia/Sydney"), "2026-02-01T14:00+00:00",
                     [("2026-02-02", "Altstadt", 1), ("2026-02-02", "Neustadt", 1)], id="of two days each has its own document"),
    ])  # fmt: skip
    def test_of_a_profile_that_begins_while_a_group_is_billed_a_document_has_one(
        self, scene: Scene, country: str, zones: tuple[str, str], at: str, days: list[tuple[str, str, int]]
    ) -> None:
        """The customer's other city counts from the midnight between: no document has a part of each."""
        taxed = "tax: {rate: standard}" if country == "AU" else ""
        scene.declared(
            *(together(name, zone=zone, country=country, more=taxed) for name, zone in zip("AB", zones, strict=True))
        )
        tells(scene, profile("Blechwerke", city="Altstadt"))
        tells(scene, profile("Blechwerke", "2026-02-02", city="Neustadt"))
        done = bill_everything(scene.database, 1, datetime.fromisoformat(at))
        assert done.held == {}
        made = scene.invoices()
        buyers = [sides(one.row.inputs.invoicing)[1] for one in made]
        issued = [(str(one.row.issued_on), len(one.parts)) for one in made]
        assert [(day, buyer, many) for (day, many), buyer in sorted(zip(issued, buyers, strict=True))] == days
        assert all(part.row.inputs.invoicing == one.row.inputs.invoicing for one in made for part in one.parts)
        assert scene.replays() == []

    @pytest.mark.long
    def test_of_contracts_with_different_orders_stands_on_different_documents(self, scene: Scene) -> None:
        more = "invoicing: {order: %s}"
        scene.declared(
            together("A", more=more % "PO-1"), together("B", more=more % "PO-2"), together("C", more=more % "PO-2")
        )
        scene.bills("2026-02-01")
        assert [invoice.contracts for invoice in scene.invoices()] == [("A",), ("B", "C")]
        assert scene.replays() == []

    @pytest.mark.long
    def test_of_a_version_that_is_amended_is_the_newest_that_is_billed(self, scene: Scene) -> None:
        scene.declared(ASKED)
        scene.amends(
            ASKED.replace("PO-4711", "PO-4712").replace("settings:", "in_force_from: 2026-01-20\nsettings:"),
            "2026-01-15",
        )
        scene.bills("2026-02-01")
        scene.amends(
            ASKED.replace("PO-4711", "PO-4713").replace("settings:", "in_force_from: 2026-03-01\nsettings:"),
            "2026-02-15",
        )
        scene.bills("2026-04-01")
        assert [record and record.terms.order for record in records(scene)] == ["PO-4712", "PO-4712", "PO-4713"]
        assert scene.replays() == []


class TestTheDayOfIssue:
    @pytest.mark.long
    def test_decides_which_profile_counts(self, scene: Scene) -> None:
        scene.declared(FEE)
        tells(scene, profile())
        tells(scene, profile(day="2026-03-01", city="Kiel"))
        scene.bills("2026-02-28")
        scene.bills("2026-03-01")
        assert [sides(record)[0] for record in records(scene)] == ["Hamburg", "Kiel"]
        assert scene.replays() == []

    @pytest.mark.long
    def test_is_that_which_was_asked_for(self, scene: Scene) -> None:
        scene.declared(FEE)
        tells(scene, profile())
        tells(scene, profile(day="2026-02-03", city="Kiel"))
        with scene.database.transaction(1) as session:
            run.plan(session, 1, on("2026-02-05"))
            work = due_store.claim(session, 1, on("2026-02-05"), due_store.queue(session, 1, on("2026-02-05")))
            run.bill(session, 1, work, on("2026-02-05"), on("2026-02-05"), date(2026, 2, 2))
        assert [sides(record)[0] for record in records(scene)] == ["Hamburg"]
        assert scene.replays() == []

    @pytest.mark.long
    def test_is_that_of_the_suppliers_books(self, scene: Scene) -> None:
        """At six in the morning of Greenwich it is the evening of the same day in Auckland."""
        scene.declared(FEE.replace("Nordluft, country: DE", "Nordluft, country: DE, zone: Pacific/Auckland"))
        tells(scene, profile())
        tells(scene, profile(day="2026-02-02", city="Kiel"))
        scene.bills("2026-02-01")
        assert [sides(record)[0] for record in records(scene)] == ["Hamburg"]

    @pytest.mark.long
    def test_leaves_what_is_issued_as_it_is_whatever_is_told_late(self, scene: Scene) -> None:
        scene.declared(FEE)
        tells(scene, profile())
        scene.bills("2026-02-01")
        tells(scene, profile(city="Kiel"), at="2026-02-10")
        scene.bills("2026-03-01")
        assert [sides(record)[0] for record in records(scene)] == ["Hamburg", "Kiel"]
        assert scene.replays() == []


class TestTwoPeople:
    def test_one_alone_does_not_make_it_count(self, scene: Scene) -> None:
        scene.declared(FEE)
        number = prepared(scene, profile(), on("2025-12-01")).id
        scene.bills("2026-02-01")
        assert records(scene) == [None]
        with scene.database.transaction(1) as session, pytest.raises(OwnWork):
            profiles.release(session, "Nordluft", number, releasing(session, acts(session, "carla"), on("2026-02-02")))

    def test_the_database_refuses_the_same_person(self, scene: Scene) -> None:
        scene.declared(FEE)
        prepared(scene, profile(), on("2025-12-01"))
        with pytest.raises(ContradictsStored), scene.database.transaction(1) as session:
            acts(session, "carla")
            session.execute(text("update party_profile set released_by = 'bert', released_at = now()"))

    def test_what_is_released_never_changes(self, scene: Scene) -> None:
        scene.declared(FEE)
        tells(scene, profile())
        with pytest.raises(ContradictsStored), scene.database.transaction(1) as session:
            acts(session, "anna")
            session.execute(text("update party_profile set withdrawn_by = 'anna', withdrawn_at = now()"))

    def test_where_four_eyes_are_off_it_counts_at_once(self, scene: Scene) -> None:
        scene.declared(FEE)
        off = '{"by": "anna", "at": "2026-01-01", "why": "alone"}'
        scene.as_superuser(
            f"set session_replication_role = replica; update tenant set four_eyes_off = '{off}' where id = 1"
        )
        assert prepared(scene, profile(), on("2025-12-01")).released_by == "carla"


class TestADraft:
    def test_whose_profile_changed_comes_out_otherwise(self, scene: Scene) -> None:
        scene.declared(FEE)
        tells(scene, profile())
        (draft,) = scene.looks("2026-02-01").drafts
        assert sides(draft.row.inputs.invoicing) == ("Hamburg", None)
        tells(scene, profile(city="Kiel"), at="2026-02-01")
        with scene.database.transaction(1) as session, pytest.raises(DraftOutdated) as refused:
            look.issue(session, draft.name, on("2026-02-01"))
        assert refused.value.members["found"] == ["invoicing /seller/city: Hamburg → Kiel"]
        (again,) = scene.looks("2026-02-01").drafts
        with scene.database.transaction(1) as session:
            assert sides(look.issue(session, again.name, on("2026-02-01")).row.inputs.invoicing) == ("Kiel", None)

    @pytest.mark.long
    def test_in_the_names_of_others_does_so_as_well(self, scene: Scene) -> None:
        scene.declared(owners_terms())
        scene.delivers("2026-01-05 10 100")
        (draft,) = scene.looks("2026-02-01").drafts
        tells(scene, profile("Alpha", city="Bremen"), at="2026-02-01")
        with scene.database.transaction(1) as session, pytest.raises(DraftOutdated) as refused:
            look.issue(session, draft.name, on("2026-02-01"))
        assert "sellers /Alpha/seller/city: None → Bremen" in refused.value.members["found"]  # type: ignore[operator]


class TestManyAtOnce:
    @pytest.mark.long
    def test_a_chunk_reads_profiles_once(self, scene: Scene) -> None:
        scene.declared_often(FEE, [f"C-{n}" for n in range(1, 31)])
        tells(scene, profile())
        tells(scene, profile("Blechwerke", city="Augsburg"))
        asked: list[str] = []

        def note(*arguments: object) -> None:
            asked.append(str(arguments[2]))

        event.listen(scene.database.engine, "before_cursor_execute", note)
        scene.bills("2026-02-01")
        event.remove(scene.database.engine, "before_cursor_execute", note)
        assert {sides(record) for record in records(scene)} == {("Hamburg", "Augsburg")}
        assert len(records(scene)) == 30
        assert len([statement for statement in asked if "party_profile" in statement]) == 1

    @pytest.mark.long
    def test_a_document_has_one_of_two_profiles_whole(self, scene: Scene) -> None:
        """Profiles are released while a run issues: bank and address are of one of them, on every document."""
        scene.declared_often(FEE, [f"C-{n}" for n in range(1, 21)])
        ibans = {"Hamburg": "DE89370400440532013000", "Kiel": "DE02120300000000202051"}
        told = {city: profile(city=city, banks=[{"account": account}]) for city, account in ibans.items()}
        tells(scene, told["Hamburg"])
        number = prepared(scene, told["Kiel"], on("2026-01-15")).id
        started = threading.Barrier(2)

        def release() -> None:
            with scene.database.transaction(1) as session:
                who = acts(session, "bert")
                started.wait()
                profiles.release(session, "Nordluft", number, releasing(session, who, on("2026-02-01")))

        other = threading.Thread(target=release)
        other.start()
        started.wait()
        scene.bills("2026-02-01")
        other.join()
        for record in records(scene):
            assert record is not None
            assert record.seller is not None
            assert record.seller.banks[0].account == ibans[record.seller.city or ""]
        assert scene.replays() == []


@pytest.fixture
def told(scene: Scene) -> Scene:
    scene.declared(ASKED)
    tells(scene, profile())
    tells(scene, profile("Blechwerke", city="Augsburg"))
    tells(scene, profile(day="2025-01-01", city="Kiel"))
    scene.bills("2026-02-01")
    return scene


#: What is changed of the record afterwards, past every trigger.
CHANGES = (
    "inputs - 'invoicing'",
    "inputs #- '{invoicing,seller}'",
    "inputs #- '{invoicing,buyer}'",
    "jsonb_set(inputs, '{invoicing,seller,banks,0,account}', '\"DE02120300000000202051\"')",
    "jsonb_set(inputs, '{invoicing,seller}', (select profile from party_profile where in_force_from = '2025-01-01'))",
    "jsonb_set(inputs, '{invoicing,terms,order}', '\"PO-1\"')",
)


def test_what_is_changed_of_it_afterwards_is_named(told: Scene) -> None:
    """Each of it: gone, of another account, of a profile that counted before, of another order."""
    assert told.replays() == []
    engine = create_engine(told.access.administrator)
    for change in CHANGES:
        with Session(engine) as session:
            session.execute(text("select set_config('app.tenant', '1', true)"))
            session.execute(text("set local session_replication_role = replica"))
            session.execute(text(f"update invoice set inputs = {change}"))
            assert [named.what for named in replay(session, store.ids_of(session))] == ["invoicing"], change
            session.rollback()
    engine.dispose()
