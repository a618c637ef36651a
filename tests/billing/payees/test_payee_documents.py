"""Documents between the supplier and its payees in the life of a contract: issued, corrected, numbered, replayed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlmodel import Session, col, select

from api.server.database import Access, ContradictsStored, Database
from billing import run
from billing.disputes import store as disputes
from billing.due import store as due_store
from billing.invoices import numbering
from billing.payees.documents import prepared
from billing.tables import PayeeDocumentRow
from quantities.errors import UsufructError
from tests.billing.credits.giving import gives
from tests.billing.disputes.settling import settled_by_two
from tests.billing.scene import CONTRACT, Scene, being_issued, on
from tests.build import acts

HEAD, _, _ = CONTRACT.partition("settings:")
HEAD = HEAD.replace("country: DE}", "country: DE, vat_id: DE111111117}", 1)
AGREED = "agreement: {reference: A-1, first: 2025-12-01%s}"
FACTORY = "    - {name: factory, country: DE, vat_id: DE333333339, %s}\n" % (AGREED % "")
HEIR = "    - {name: heir, country: DE, vat_id: DE555555558, %s}\n" % (AGREED % "")
BANK = "    - {name: bank, country: DE, vat_id: DE444444443, self_billed: false}\n"
PER_UNIT = """
  - name: energy
    register: kwh
    rule: {kind: per_unit, unit: kWh, unit_price: "1"}
    waterfall: %s
"""
SHARED = '{steps: [{kind: percent, percent: "10"}], rest: factory}'
ENERGY = PER_UNIT % SHARED


def terms(charges: str = ENERGY, more: str = "", *, sold_in: str = "own_name", payees: str = FACTORY + BANK) -> str:
    return f"{HEAD}{more}\nsharing:\n  sold_in: {sold_in}\n  payees:\n{payees}charges:\n{charges}"


def of_country(country: str, vat_id: str) -> str:
    return FACTORY.replace("country: DE, vat_id: DE333333339", f"country: {country}, vat_id: {vat_id}")


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


def documents(scene: Scene) -> list[PayeeDocumentRow]:
    with scene.database.transaction(scene.tenant) as session:
        return list(session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))))


def in_short(scene: Scene) -> list[str]:
    """Each by its type, number and amounts, and the documents that it corrects."""
    return [
        f"{one.document_type} {one.number} {one.net} + {one.vat} {' '.join(one.content.corrected)}".strip()
        for one in documents(scene)
    ]


def settles(scene: Scene) -> None:
    """What documents come to is what customers' lines say, of each payee; and all of it is made again alike."""
    shares: dict[str, Decimal] = {}
    for invoice in scene.invoices():
        for line in invoice.lines:
            for name, amount in line.payees.items():
                shares[name] = shares.get(name, Decimal(0)) + Decimal(amount)
    billed: dict[str, Decimal] = {}
    for one in documents(scene):
        assert one.net == sum(line.net for line in one.content.lines)
        assert one.vat == sum(tax.tax for tax in one.content.taxes)
        billed[one.content.payee] = billed.get(one.content.payee, Decimal(0)) + one.net
    assert billed == {name: shares[name] for name in billed}
    assert scene.replays() == []


def corrected(scene: Scene, of_payee: str, *readings: int) -> None:
    """January is read as one number after another, and a few kWh in each month after it."""
    scene.declared(terms(payees=of_payee))
    for month, kwh in enumerate(readings, start=1):
        scene.delivers(f"2026-01-05 10 {kwh}\n2026-{month:02d}-06 10 10", reason=None if month == 1 else "read again")
        scene.bills(f"2026-{month + 1:02d}-01")


class TestALateReading:
    def test_is_a_line_of_the_next_document_where_the_law_has_it_so(self, scene: Scene) -> None:
        corrected(scene, FACTORY, 100, 60)
        first, second = documents(scene)
        assert in_short(scene) == [
            "389 FACTORY-SB-2026-000001 99.00 + 18.81",
            "261 FACTORY-SB-2026-000002 -27.00 + -5.13 FACTORY-SB-2026-000001",
        ]
        assert [(line.net, line.corrects) for line in second.content.lines] == [
            (Decimal("9.00"), None),
            (Decimal("-36.00"), first.number),
        ]
        assert [(line.number, line.pos) for line in second.content.lines] == [("2026-000002", 1), ("2026-000002", 2)]
        settles(scene)

    def test_is_a_document_of_its_own_where_the_law_of_the_payee_has_it_so(self, scene: Scene) -> None:
        """The supplier is German, and adjusts by lines; the payee is French."""
        corrected(scene, of_country("FR", "FR40303265045"), 100, 60, 120)
        assert in_short(scene) == [
            "389 FACTORY-SB-2026-000001 99.00 + 0.00",
            "389 FACTORY-SB-2026-000002 9.00 + 0.00",
            "261 FACTORY-SB-2026-000003 -36.00 + 0.00 FACTORY-SB-2026-000001",
            "389 FACTORY-SB-2026-000004 9.00 + 0.00",
            "389 FACTORY-SB-2026-000005 54.00 + 0.00 FACTORY-SB-2026-000001",
        ]
        assert {(tax.category, str(tax.rate_percent)) for one in documents(scene) for tax in one.content.taxes} == {
            ("AE", "0")
        }
        assert all("reverse charge" in tax.reason.lower() for one in documents(scene) for tax in one.content.taxes)
        settles(scene)

    def test_is_in_a_series_of_what_corrects(self, scene: Scene) -> None:
        corrected(scene, of_country("ES", "ESB58378431"), 100, 60)
        assert [one.number for one in documents(scene)] == [
            "FACTORY-SB-2026-000001", "FACTORY-SB-2026-000002", "FACTORY-SBR-2026-000001",
        ]  # fmt: skip
        settles(scene)

    def test_takes_the_whole_document_back_and_issues_it_anew(self, scene: Scene) -> None:
        """And what is corrected after that is the one that was issued anew."""
        corrected(scene, of_country("RO", "RO18547290"), 100, 60, 120)
        assert in_short(scene) == [
            "389 FACTORY-SB-2026-000001 99.00 + 0.00",
            "389 FACTORY-SB-2026-000002 9.00 + 0.00",
            "261 FACTORY-SB-2026-000003 -99.00 + 0.00 FACTORY-SB-2026-000001",
            "389 FACTORY-SB-2026-000004 63.00 + 0.00 FACTORY-SB-2026-000001",
            "389 FACTORY-SB-2026-000005 9.00 + 0.00",
            "261 FACTORY-SB-2026-000006 -63.00 + 0.00 FACTORY-SB-2026-000004",
            "389 FACTORY-SB-2026-000007 117.00 + 0.00 FACTORY-SB-2026-000004",
        ]
        assert [(one.content.takes_back, one.content.replaces) for one in documents(scene)[2:4]] == [
            ("FACTORY-SB-2026-000001", None), (None, "FACTORY-SB-2026-000001"),
        ]  # fmt: skip
        settles(scene)

    def test_of_a_supplier_that_takes_back_whole_is_taken_back_alike(self, scene: Scene) -> None:
        """Both are Romanian: the customer's lines that take back are the payee's."""
        agreed = terms(payees=of_country("RO", "RO18547290"))
        agreed = agreed.replace("country: DE, vat_id: DE111111117", "country: RO, vat_id: RO18547291")
        agreed = agreed.replace("Blechwerke, country: DE", "Blechwerke, country: RO").replace("EUR", "RON")
        scene.declared(agreed)
        for month, kwh in enumerate((100, 60, 120), start=1):
            reason = None if month == 1 else "read again"
            scene.delivers(f"2026-01-05 10 {kwh}\n2026-{month:02d}-06 10 10", reason=reason)
            scene.bills(f"2026-{month + 1:02d}-01")
        assert [(one.document_type, str(one.net)) for one in documents(scene)] == [
            ("389", "99.00"), ("389", "9.00"), ("261", "-99.00"), ("389", "63.00"),
            ("389", "9.00"), ("261", "-63.00"), ("389", "117.00"),
        ]  # fmt: skip
        settles(scene)

    def test_after_the_end_of_the_contract_comes_to_documents_by_itself(self, scene: Scene) -> None:
        scene.declared(terms(more="ends: 2026-02-01"))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        scene.delivers("2026-01-05 10 80", reason="read again")
        scene.bills("2026-02-05")
        scene.bills("2026-03-20")
        assert in_short(scene)[1:] == ["261 FACTORY-SB-2026-000002 -18.00 + -3.42 FACTORY-SB-2026-000001"]
        settles(scene)


class TestAnAmendment:
    def test_of_the_waterfall_credits_who_has_less_and_bills_who_has_more(self, scene: Scene) -> None:
        payees = FACTORY + HEIR
        scene.declared(terms(payees=payees))
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 10")
        scene.bills("2026-02-01")
        scene.amends(
            terms(PER_UNIT % "{rest: heir}", "reason: sold\nin_force_from: 2026-01-01", payees=payees), "2026-02-10"
        )
        scene.bills("2026-03-01")
        assert in_short(scene) == [
            "389 FACTORY-SB-2026-000001 90.00 + 17.10",
            "261 FACTORY-SB-2026-000002 -90.00 + -17.10 FACTORY-SB-2026-000001",
            "389 HEIR-SB-2026-000001 110.00 + 20.90",
        ]
        settles(scene)

    def test_that_shares_no_longer_takes_back_what_was_made_out(self, scene: Scene) -> None:
        """The new version describes nobody: by the one before it, the factory still has a document to be corrected."""
        scene.declared(terms())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        alone = PER_UNIT.partition("    waterfall")[0]
        scene.amends(
            f"{HEAD}reason: bought\nin_force_from: 2026-01-01\nends: 2026-02-01\ncharges:\n{alone}", "2026-02-10"
        )
        scene.bills("2026-03-01")
        scene.bills("2026-03-20")
        assert in_short(scene)[1:] == ["261 FACTORY-SB-2026-000002 -90.00 + -17.10 FACTORY-SB-2026-000001"]
        settles(scene)


def test_a_credit_by_hand_credits_each_who_has_a_part(scene: Scene) -> None:
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    gives(scene, "2026-000001", {"line": 1, "percent": "10"})
    assert in_short(scene)[1:] == ["261 FACTORY-SB-2026-000002 -9.00 + -1.71 FACTORY-SB-2026-000001"]
    settles(scene)


def test_a_dispute_that_is_settled_brings_what_was_held_apart(scene: Scene) -> None:
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100\n2026-02-05 10 10")
    with scene.database.transaction(1) as session:
        days, by = (date(2026, 1, 1), date(2026, 2, 1)), acts(session, "carla")
        raised = disputes.raise_(session, "C-1", "energy", *days, reason="", by=by, at=on("2026-01-20"), accepted=True)
    scene.bills("2026-02-01")
    assert in_short(scene) == []
    with scene.database.transaction(1) as session:
        settled_by_two(session, raised.id, on("2026-02-10"), due=True)
    scene.bills("2026-03-01")
    assert [(one.document_type, str(one.net)) for one in documents(scene)] == [("389", "99.00")]
    settles(scene)


def test_in_the_owners_name_the_commission_is_invoiced_in_a_series_of_its_own(scene: Scene) -> None:
    scene.declared(terms(sold_in="owners_name", payees=FACTORY))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 60\n2026-02-05 10 10", reason="read again")
    scene.bills("2026-03-01")
    assert in_short(scene) == [
        "380 NORDLUFT-COM-2026-000001 10.00 + 1.90",
        "381 NORDLUFT-COM-2026-000002 -3.00 + -0.57 NORDLUFT-COM-2026-000001",
    ]  # fmt: skip
    commission = documents(scene)[0]
    assert (commission.content.seller.name, commission.content.buyer.name) == ("Nordluft", "factory")
    assert scene.replays() == []


@pytest.mark.parametrize(
    ("before", "after", "leg"), [("own_name", "owners_name", "261"), ("owners_name", "own_name", "381")]
)
def test_sold_in_another_name_what_was_made_out_is_taken_back(scene: Scene, before: str, after: str, leg: str) -> None:
    """January was sold in one name and is sold in the other: the documents of the one leg are credited to the cent."""
    scene.declared(terms(sold_in=before, payees=FACTORY))
    scene.delivers("2026-01-05 10 100\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    (first,) = documents(scene)
    scene.amends(terms(more="reason: law\nin_force_from: 2026-01-01", sold_in=after, payees=FACTORY), "2026-02-10")
    scene.bills("2026-03-01")
    sums = {name: sum(one.net for one in documents(scene) if one.leg == name) for name in ("purchase", "commission")}
    assert sums == ({"purchase": 0, "commission": 11} if after == "owners_name" else {"purchase": 99, "commission": 0})
    assert [(one.document_type, one.net) for one in documents(scene) if one.content.corrected] == [(leg, -first.net)]
    assert scene.replays() == []


def test_damages_stand_apart_from_what_is_taxed(scene: Scene) -> None:
    damages = '  - {name: late, nature: damages, rule: {kind: one_off, amount: "-20", on: 2026-01-10}, waterfall: {rest: factory}}\n'
    scene.declared(terms(ENERGY + damages))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    assert in_short(scene) == ["389 FACTORY-SB-2026-000001 90.00 + 17.10", "261 FACTORY-SB-2026-000002 -20.00 + 0.00"]
    assert [tax.category for tax in documents(scene)[1].content.taxes] == ["O"]
    settles(scene)


@pytest.mark.parametrize(
    ("currency", "amount", "net", "vat"), [("JPY", "101", "91", "17"), ("KWD", "1.234", "1.111", "0.211")]
)
def test_amounts_are_in_the_coins_of_their_currency(
    scene: Scene, currency: str, amount: str, net: str, vat: str
) -> None:
    fee = f'  - {{name: rent, rule: {{kind: fixed_fee, amount: "{amount}"}}, waterfall: {SHARED}}}\n'
    exchanged = "ends: 2026-02-01\ntax: {rate_of_exchange: {index: fx}}"
    with scene.database.transaction(1) as session:
        session.execute(
            text("insert into index_series (name, title, source, base, links) values ('fx', '', '', '', '[]')")
        )
    scene.as_superuser("""set session_replication_role = replica;
        insert into index_value (tenant, series_id, month, value, provisional, published_on, recorded_at, recorded_by,
                                 released_at, released_by)
        select 1, id, '2026-01', 2, false, '2026-01-31', '2026-01-31', 'anna', '2026-01-31', 'bert' from index_series""")
    scene.declared(terms(fee, exchanged).replace("EUR", currency))
    scene.bills("2026-02-01")
    (one,) = documents(scene)
    assert (str(one.net), str(one.vat)) == (net, vat)
    settles(scene)


class TestNothingIsMadeOut:
    def test_for_a_payee_that_sends_its_own(self, scene: Scene) -> None:
        scene.declared(terms(payees=FACTORY.replace("DE333333339", "DE333333339, self_billed: false")))
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        assert in_short(scene) == []

    def test_when_somebody_looks_at_what_is_due(self, scene: Scene) -> None:
        scene.declared(terms())
        scene.delivers("2026-01-05 10 100")
        scene.looks("2026-02-01")
        assert in_short(scene) == []

    def test_once_the_agreement_has_expired(self, scene: Scene) -> None:
        """The work is held with its reason, and nothing of it is issued; a later agreement lets it go on."""
        until = FACTORY.replace("first: 2025-12-01", "first: 2025-12-01, after_last: 2026-01-20")
        scene.declared(terms(payees=until))
        scene.delivers("2026-01-05 10 100")
        held = scene.bills("2026-02-01").held
        assert held == {"C-1": "no agreement lets Nordluft make out an invoice of factory of 2026-01-31"}
        assert (in_short(scene), scene.invoices()) == ([], [])
        scene.amends(terms(more="in_force_from: 2026-01-01"), "2026-02-02")
        assert scene.bills("2026-02-03").held == {}
        assert [one.document_type for one in documents(scene)] == ["389"]
        assert scene.replays() == []


_COLUMNS = [
    "invoice_id",
    "contract_id",
    "payee_id",
    "issuer_id",
    "leg",
    "document_type",
    "series",
    "year",
    "sequence",
    "number",
    "issued_on",
    "due_on",
    "currency",
    "net",
    "vat",
    "gross",
    "about",
    "content",
    "created_at",
]


def copied(session: Session, but: dict[str, str]) -> None:
    """The newest document once more, with another number, and with other values of some columns."""
    values = [but.get(column, "'X-1'" if column == "number" else column) for column in _COLUMNS]
    newest = "from payee_document order by payee_document.id desc limit 1"
    session.execute(text(f"insert into payee_document ({', '.join(_COLUMNS)}) select {', '.join(values)} {newest}"))


class TestWhatIsIssued:
    @pytest.fixture
    def issued(self, scene: Scene) -> Scene:
        scene.declared(terms())
        scene.delivers("2026-01-05 10 100\n2026-02-05 10 10")
        scene.bills("2026-02-01")
        scene.bills("2026-03-01")
        return scene

    @pytest.mark.parametrize("statement", ["update payee_document set net = 0", "delete from payee_document"])
    def test_never_changes(self, issued: Scene, statement: str) -> None:
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            issued.database.transaction(1) as session,
        ):
            session.execute(text(statement))
        with pytest.raises(DBAPIError, match="is issued and never changes"):
            issued.as_superuser(statement)

    @pytest.mark.parametrize(
        ("column", "value"), [("sequence", "9"), ("series", "'X'"), ("issued_on", "issued_on + 1")]
    )
    def test_is_numbered_by_the_counter_alone(self, issued: Scene, column: str, value: str) -> None:
        with pytest.raises(ContradictsStored, match="numbered_by_counter"), issued.database.transaction(1) as session:
            copied(session, {column: value})

    def test_comes_of_what_is_issued(self, issued: Scene) -> None:
        issued.delivers("2026-03-05 10 10")
        with (
            pytest.raises(ContradictsStored, match="issued_with_its_invoice"),
            being_issued(issued.database, "2026-04-01") as session,
        ):
            session.execute(text("update counter set last = 3 where series = 'SB'"))
            copied(session, {"invoice_id": "(select id from invoice where number is null)", "sequence": "3"})

    @pytest.mark.parametrize(("tampering", "named"), [
        ("set net = 1, gross = 1 + vat", "the net amount"),
        ("set document_type = '380'", "the type"),
        ("set content = jsonb_set(content, '{lines,0,net}', '\"1\"')", "net"),
        ("set content = jsonb_set(content, '{lines,0,rate_percent}', '\"7\"')", "rate percent"),
        ("set content = jsonb_set(content, '{seller,country}', '\"AT\"')", "the seller"),
        ("set content = jsonb_set(content, '{agreements}', '[]')", "the agreements"),
        ("set due_on = due_on + 1", "the day that it is due"),
        ("set number = 'X-1'", "the number"),
    ])  # fmt: skip
    def test_is_named_where_it_was_changed_past_the_product(self, issued: Scene, tampering: str, named: str) -> None:
        assert issued.replays() == []
        issued.as_superuser(f"""set session_replication_role = replica;
            update payee_document {tampering} where sequence = 1""")
        assert named in {difference.what for difference in issued.replays()}

    def test_is_missed_where_it_is_gone(self, issued: Scene) -> None:
        issued.as_superuser("set session_replication_role = replica; delete from payee_document where sequence = 2")
        (lost,) = issued.replays()
        assert (lost.invoice, lost.recomputed) == ("FACTORY-SB-2026-000002", "absent")

    def test_proves_by_the_law_of_then(self, issued: Scene) -> None:
        """A law that the tenant records later says another rate; what is issued stands by the answers that it has."""
        issued.as_superuser("""set session_replication_role = replica;
            insert into tax_law (tenant, country, law, recorded_at, recorded_by, released_at, released_by)
            values (1, 'DE', '{"country": "DE", "rates": [{"name": "standard", "percent": "30", "first": "2020-01-01",
                    "source": "s"}], "documents": [{"first": "2020-01-01", "source": "s", "correction": "credit_note",
                    "retention_years": "7"}]}', now(), 'a', now(), 'b')""")
        assert issued.replays() == []

    def test_is_of_one_tenant(self, issued: Scene) -> None:
        other = Scene(issued.access, issued.database, tenant=2)
        other.declared(terms())
        other.delivers("2026-01-05 10 50")
        other.bills("2026-02-01")
        assert in_short(other) == ["389 FACTORY-SB-2026-000001 45.00 + 8.55"]
        assert len(documents(issued)) == 2
        settles(other)


def test_a_run_killed_between_both_leaves_neither(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer's document has its number, and the payee's is not written yet: the next run issues both."""
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100")
    numbered = list[str]()

    def killed(session: Session, *_: object) -> None:
        numbered.append(session.execute(text("select number from invoice")).scalar_one())
        session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patched, suppress(UsufructError, DBAPIError):
        patched.setattr(prepared, "insert_rows", killed)
        scene.bills("2026-02-01")
    assert numbered[0] == "2026-000001"
    assert (in_short(scene), scene.invoices()) == ([], [])
    scene.bills("2026-02-02")
    assert in_short(scene) == ["389 FACTORY-SB-2026-000001 90.00 + 17.10"]
    assert [one.row.number for one in scene.invoices()] == ["2026-000001"]
    assert scene.replays() == []


class TestSuppliersThatArePayeesOfEachOther:
    """Nordluft sells what is half factory's, and factory sells what is half Nordluft's."""

    def contracts(self) -> tuple[str, str]:
        half = PER_UNIT % '{steps: [{kind: percent, percent: "50"}], rest: %s}'
        own = terms(half % "factory", payees=FACTORY)
        other = terms(
            half % "Nordluft", payees=FACTORY.replace("factory", "Nordluft").replace("DE333333339", "DE111111117")
        )
        other = other.replace("C-1", "C-2").replace(
            "supplier: {name: Nordluft, country: DE, vat_id: DE111111117}",
            "supplier: {name: factory, country: DE, vat_id: DE333333339}",
        )
        return own, other

    def test_number_in_series_apart(self, scene: Scene) -> None:
        scene.declared(*self.contracts())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        assert sorted(one.number for one in documents(scene)) == ["FACTORY-SB-2026-000001", "SB-2026-000001"]
        assert sorted(one.row.number or "" for one in scene.invoices()) == ["2026-000001", "FACTORY-2026-000001"]
        assert scene.replays() == []

    def test_are_numbered_by_two_at_once_of_whom_one_waits_for_the_other(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever numbers has locked both already: the other does not come to where each would hold one of them."""
        scene.declared(*self.contracts())
        scene.delivers("2026-01-05 10 100")
        with scene.database.transaction(1) as session:
            run.plan(session, 1, on("2026-02-01"))
            contracts = due_store.queue(session, 1, on("2026-02-01"))
        both, give_numbers, met = Barrier(2), numbering.give_numbers, list[bool]()

        def numbered(*given: Any) -> list[int]:
            try:
                both.wait(timeout=3)
                met.append(True)
            except BrokenBarrierError:
                met.append(False)
            return give_numbers(*given)

        def bills(contract: int) -> dict[str, str]:
            with scene.database.transaction(1) as session:
                claimed = due_store.claim(session, 1, on("2026-02-01"), [contract])
                return run.bill(session, 1, claimed, on("2026-02-01"), on("2026-02-01")).held

        monkeypatch.setattr(numbering, "give_numbers", numbered)
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(bills, contracts, timeout=100)) == [{}, {}]
        assert met == [False, False]
        assert sorted(one.sequence for one in documents(scene)) == [1, 1]
        assert scene.replays() == []
