"""What is sold in the names of owners is issued in their names: each has its own documents, numbers, law and tax.

Nordluft lets the press for Alpha, the spare for Beta, and takes a fee of its own.
"""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import text

from api.server.database import Access, Database
from billing.credits.credit import MoreThanBilled
from billing.invoices.store import StoredInvoice
from billing.payees.store import known_payees, statement
from tests.billing.credits.giving import gives
from tests.billing.scene import CONTRACT, Scene

HEAD, _, _ = CONTRACT.partition("settings:")
HEAD = HEAD.replace(
    "Nordluft, country: DE", "Nordluft, country: DE, vat_id: DE111111117"
)  # it bills owners of other countries
OWNERS = """
sharing:
  sold_in: owners_name
  payees:
    - {name: Alpha, country: %s, vat_id: %s, agreement: {reference: A-1, first: 2025-12-01}}
    - {name: Beta, country: %s, vat_id: %s, agreement: {reference: A-2, first: 2025-12-01}}
"""
CHARGES = """
charges:
  - {name: press, register: kwh, rule: {kind: per_unit, unit: kWh, unit_price: "%s"}, waterfall: {steps: [{kind: percent, percent: "10"}], rest: Alpha}}
  - {name: spare, rule: {kind: fixed_fee, amount: "50"}, waterfall: {steps: [{kind: percent, percent: "20"}], rest: %s}}
  - {name: service, rule: {kind: fixed_fee, amount: "10"}}
"""
REGISTERED = "{name: Blechwerke, country: DE}", "{name: Blechwerke, country: DE, vat_id: DE129273398}"


def terms(
    price: str = "1", spare: str = "Beta", more: str = "", owners: Sequence[str] = ("DE", "null", "DE", "null")
) -> str:
    return f"{HEAD}{more}{OWNERS % tuple(owners)}{CHARGES % (price, spare)}"


@pytest.fixture
def scene(access: Access, database: Database) -> Scene:
    return Scene(access, database)


@pytest.fixture
def january(scene: Scene) -> Scene:
    """January is billed: 100 kWh of the press, the spare, the service."""
    scene.declared(terms())
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    return scene


def issued(scene: Scene) -> list[tuple[str, str, str, str, list[str]]]:
    """Whose documents there are: supplier, number, type, net, charges; in the order of their keys."""
    return [
        (
            invoice.row.inputs.supplier.name,
            invoice.name,
            invoice.row.document_type,
            str(invoice.row.net),
            [line.charge for line in invoice.lines],
        )
        for invoice in scene.invoices()
    ]


def of(scene: Scene, supplier: str) -> list[StoredInvoice]:
    return [invoice for invoice in scene.invoices() if invoice.row.inputs.supplier.name == supplier]


def test_each_owner_and_the_supplier_itself_has_a_document(january: Scene) -> None:
    assert issued(january) == [
        ("Nordluft", "2026-000001", "380", "10.00", ["service"]),
        ("Alpha", "ALPHA-2026-000001", "380", "100.00", ["press"]),
        ("Beta", "BETA-2026-000001", "380", "50.00", ["spare"]),
    ]
    assert [invoice.row.inputs.made_out_by for invoice in january.invoices()] == [None, "Nordluft", "Nordluft"]
    assert january.replays() == []


def test_each_of_them_counts_on_in_its_own_series(january: Scene) -> None:
    january.delivers("2026-02-05 10 7")
    january.bills("2026-03-01")
    assert [(supplier, number) for supplier, number, *_ in issued(january)[3:]] == [
        ("Nordluft", "2026-000002"),
        ("Alpha", "ALPHA-2026-000002"),
        ("Beta", "BETA-2026-000002"),
    ]


def test_a_late_reading_corrects_the_owners_own_document(january: Scene) -> None:
    january.delivers("2026-01-05 10 60", reason="read again")
    january.delivers("2026-02-05 10 7")
    january.bills("2026-03-01")
    (_, february) = of(january, "Alpha")
    corrected = [line for line in february.lines if line.corrects is not None]
    assert [(str(line.net), line.corrects.number) for line in corrected if line.corrects] == [
        ("-40.00", "ALPHA-2026-000001")
    ]
    assert february.row.net == Decimal("-33.00")
    assert january.replays() == []


def test_each_corrects_as_its_own_law_has_it(scene: Scene) -> None:
    """Alpha is of France: a credit note of its own. Beta is of Romania: all of it taken back, and billed anew."""
    abroad = terms(owners=("FR", "FR40303265045", "RO", "RO18547290")).replace(*REGISTERED)
    scene.declared(abroad)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.delivers("2026-01-05 10 60", reason="read again")
    scene.delivers("2026-02-05 10 7")
    scene.amends(abroad.replace('"50"', '"40"'), "2026-02-10")
    scene.bills("2026-03-01")
    later = [(supplier, kind, net, invoice.names) for (supplier, _, kind, net, _), invoice in zip(issued(scene)[3:], scene.invoices()[3:], strict=True)]  # fmt: skip
    assert [one for one in later if one[3]] == [
        ("Alpha", "381", "-40.00", ("ALPHA-2026-000001",)),
        ("Beta", "381", "-50.00", ("BETA-2026-000001",)),
        ("Beta", "384", "40.00", ("BETA-2026-000001",)),
    ]
    assert scene.replays() == []


def test_another_owner_by_an_amendment_of_billed_days_bills_by_an_invoice_of_its_own(january: Scene) -> None:
    """What was Beta's is taken back by Beta's document, and billed by the first one of Alpha that has it."""
    january.amends(terms(spare="Alpha", more="reason: it was sold\nends: 2026-02-01\n"), "2026-02-10")
    january.bills("2026-03-01")
    january.bills("2026-03-20")
    spare = [
        (invoice.row.inputs.supplier.name, str(line.net), line.corrects.number if line.corrects else "")
        for invoice in january.invoices()
        for line in invoice.lines
        if line.charge == "spare"
    ]
    assert sorted(spare) == [
        ("Alpha", "50.00", "ALPHA-2026-000001"),
        ("Beta", "-50.00", "BETA-2026-000001"),
        ("Beta", "50.00", ""),
    ]
    assert january.replays() == []


def test_what_another_owner_sells_by_now_is_not_given_back_by_the_first(january: Scene) -> None:
    january.amends(terms(spare="Alpha", more="reason: it was sold\nends: 2026-02-01\n"), "2026-02-10")
    january.bills("2026-03-01")
    january.bills("2026-03-20")
    with pytest.raises(MoreThanBilled, match="0 EUR at most"):
        gives(january, "BETA-2026-000001", {"line": 1, "amount": "5"}, day="2026-03-21")
    assert sum(invoice.row.net for invoice in of(january, "Beta")) == 0
    (number,) = gives(january, of(january, "Alpha")[-1].name, {"line": 1, "amount": "5"}, day="2026-03-21")
    assert number.startswith("ALPHA-")
    assert january.replays() == []


def test_one_in_whose_name_nothing_was_sold_before_corrects_nothing(scene: Scene) -> None:
    """The supplier sold in its own name; by an amendment of billed days it did so in Alpha's."""
    scene.declared(terms().replace("owners_name", "own_name"))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    scene.amends(terms(more="ends: 2026-02-01\n"), "2026-02-10")
    scene.bills("2026-03-01")
    scene.bills("2026-03-20")
    assert [(one[0], one[2], one[3]) for one in issued(scene)[1:]] == [
        ("Nordluft", "381", "-150.00"),
        ("Alpha", "380", "100.00"),
        ("Beta", "380", "50.00"),
    ]
    assert [invoice.names for invoice in scene.invoices()[1:]] == [("2026-000001",), (), ()]
    assert scene.replays() == []


def test_each_owner_is_taxed_by_its_own_country(scene: Scene) -> None:
    """Beta is of France: its customer of Germany owes the VAT itself."""
    scene.declared(terms(owners=("DE", "null", "FR", "FR40303265045")).replace(*REGISTERED))
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    vat = {invoice.row.inputs.supplier.name: str(invoice.row.vat) for invoice in scene.invoices()}
    assert vat == {"Nordluft": "1.90", "Alpha": "19.00", "Beta": "0.00"}
    assert scene.replays() == []


def test_an_amended_price_is_billed_by_its_owner(january: Scene) -> None:
    january.amends(terms(price="2", more="in_force_from: 2026-02-01\n"), "2026-01-20")
    january.delivers("2026-02-05 10 7")
    january.bills("2026-03-01")
    assert str(of(january, "Alpha")[-1].row.net) == "14.00"
    assert january.replays() == []


def test_statements_name_the_supplier_that_made_the_documents_out(january: Scene) -> None:
    with january.database.transaction(january.tenant) as session:
        assert [(known.name, str(known.share)) for known in known_payees(session)] == [
            ("Alpha", "90.00"),
            ("Beta", "40.00"),
        ]
        (line,) = statement(session, "Alpha").lines
    assert (line.supplier, str(line.share), str(line.commission)) == ("Nordluft", "90.00", "10.00")


def test_nobody_else_has_a_part_of_what_the_supplier_sells_itself(january: Scene) -> None:
    (own,) = of(january, "Nordluft")
    assert [line.payees for line in own.lines] == [{}]


@pytest.mark.parametrize("statement", [
    "update invoice set inputs = inputs - 'made_out_by' where number = 'ALPHA-2026-000001'",
    "update invoice set issuer_id = (select id from party where name = 'Blechwerke') where number = 'ALPHA-2026-000001'",
    """update invoice set inputs = jsonb_set(inputs, '{supplier,country}', '"AT"') where number = 'ALPHA-2026-000001'""",
    """update invoice_line set proof = jsonb_set(proof, '{seller}', '"Beta"') where charge = 'press'""",
    "update invoice_line set proof = proof - 'seller' where charge = 'press'",
])  # fmt: skip
def test_a_replay_names_who_is_another_than_it_was(january: Scene, statement: str) -> None:
    january.as_superuser(f"set session_replication_role = replica; {statement}")
    assert [difference for difference in january.replays() if difference.invoice == "ALPHA-2026-000001"]


def test_two_tenants_have_owners_of_one_name(access: Access, database: Database) -> None:
    for tenant in (1, 2):
        scene = Scene(access, database, tenant)
        scene.declared(terms())
        scene.delivers("2026-01-05 10 100")
        scene.bills("2026-02-01")
        assert [number for _, number, *_ in issued(scene)] == ["2026-000001", "ALPHA-2026-000001", "BETA-2026-000001"]


def test_owners_are_locked_in_one_order_with_suppliers(january: Scene) -> None:
    """An owner may be the supplier of another contract: it counts on in the one series that it has."""
    own = CONTRACT.replace("contract: C-1", "contract: C-2").replace("name: Nordluft", "name: Alpha")
    january.declared(own)
    january.bills("2026-02-02")
    assert [invoice.name for invoice in of(january, "Alpha")] == ["ALPHA-2026-000001", "ALPHA-2026-000002"]
    with january.database.transaction(january.tenant) as session:
        series = session.execute(text("select count(*) from issuer_series")).scalar_one()
    assert series == 3


def test_one_who_sells_in_its_own_name_until_a_day_within_a_period_bills_the_days_before(scene: Scene) -> None:
    scene.declared(terms().replace("owners_name", "own_name"))
    scene.amends(terms(more="in_force_from: 2026-01-16\n"), "2026-01-10")
    scene.delivers("2026-01-05 10 30\n2026-01-20 10 70")
    scene.bills("2026-02-01")
    assert [(one[0], one[3]) for one in issued(scene) if one[0] != "Beta"] == [
        ("Nordluft", "64.19"),
        ("Alpha", "70.00"),
    ]
    assert scene.replays() == []
