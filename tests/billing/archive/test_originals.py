"""Originals: made once, for ever the same bytes, never changed, kept as long as the law says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import cast
from unittest.mock import patch

import pytest
from lxml import etree
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.operations.opened_links import holder_of, open_link
from api.operations.originals import find_original, validate_invoice, write_document
from api.server.database import Access, Database
from billing.archive.retention import retained_until
from billing.delivery.documents.store import NamedDocument
from billing.delivery.links import LinkTarget, make_link
from billing.documents.einvoice.core import UblInvoice
from billing.documents.einvoice.held_to_rules import EInvoiceRefused, NotIssued, VoidHasNoOriginal
from billing.documents.einvoice.peppol import PeppolInvoice
from contracts.invoicing import InvoiceForm
from tests.billing.scene import CONTRACT, Scene, on
from tests.billing.voiding.voids import voids
from tests.build import acts

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
OF_UBL = CONTRACT.replace(
    "{name: Nordluft, country: DE}", "{name: Nordluft, country: DE, vat_id: DE136695976}"
).replace("{name: Blechwerke, country: DE}", "{name: Blechwerke, country: DE, vat_id: DE129273398}")
UBL = "invoicing: {form: ubl, order: PO-4711}\n" + OF_UBL.lstrip()
PEPPOL = OF_UBL + "invoicing: {form: peppol}\n"
OF_HOURS = UBL + "  - {name: hours, register: hours, rule: {kind: per_unit, unit: machine_hour, unit_price: '1'}}\n"
NUMBER = "2026-000001"


def billed(access: Access, database: Database, contract: str) -> Scene:
    scene = Scene(access, database).declared(contract)
    scene.delivers("2026-01-05 10 60\n2026-01-05 11 60", source="january.csv")
    scene.bills("2026-02-01")
    return scene


def billed_unheld(access: Access, database: Database, contract: str) -> Scene:
    """As of a release that held nothing to its form before it had a number."""
    with patch("billing.issuing.hold_to_forms"):
        return billed(access, database, contract)


def test_an_original_is_made_once_and_stays_as_it_was_made(access: Access, database: Database) -> None:
    scene = billed(access, database, UBL)
    with database.transaction(scene.tenant) as session:
        first = find_original(session, NUMBER, NOW)
    assert first.form is InvoiceForm.UBL
    assert etree.fromstring(first.content).tag.endswith("}Invoice")
    assert first.sha256 == sha256(first.content).hexdigest()
    assert first.report.errors == ()
    assert any("EN 16931" in rules for rules in first.report.rules)
    assert first.retained_until == date(2034, 12, 31)
    never = patch("api.operations.originals.made_original", side_effect=AssertionError("it is made again"))
    with never, database.transaction(scene.tenant) as session:
        assert find_original(session, NUMBER, NOW) == first
        assert write_document(session, NUMBER, UblInvoice(), NOW) == first.content
        assert validate_invoice(session, NUMBER, NOW).archived


def test_two_that_ask_at_once_make_one(access: Access, database: Database) -> None:
    scene = billed(access, database, UBL)

    def ask(_: int) -> bytes:
        with database.transaction(scene.tenant) as session:
            return find_original(session, NUMBER, NOW).content

    with ThreadPoolExecutor(4) as askers:
        contents = set(askers.map(ask, range(4)))
    assert len(contents) == 1
    with database.transaction(scene.tenant) as session:
        assert session.execute(text("select count(*) from document_file")).scalar_one() == 1


def test_the_database_lets_nobody_change_or_delete_an_original(access: Access, database: Database) -> None:
    scene = billed(access, database, UBL)
    with database.transaction(scene.tenant) as session:
        find_original(session, NUMBER, NOW)
    for statement in ("update document_file set form = 'cii'", "delete from document_file"):
        with pytest.raises(AssertionError, match="an original is kept as it is"):
            refused_by_the_database(scene, statement)


def refused_by_the_database(scene: Scene, statement: str) -> None:
    try:
        scene.as_superuser(statement)
    except Exception as error:
        raise AssertionError(str(error)) from error


def test_the_digest_is_that_of_the_bytes(access: Access, database: Database) -> None:
    scene = billed(access, database, UBL)
    with database.transaction(scene.tenant) as session, pytest.raises(IntegrityError, match="sha256_is_of_the_content"):
        session.execute(
            text("""insert into document_file (invoice_id, party_id, form, version, media_type, sha256, content, report,
                                               made_at, retained_until)
                    select id, customer_id, 'ubl', '0', 'application/xml', 'other', 'x', '{}', now(), '2034-12-31'
                    from invoice where number is not null""")
        )


def test_what_its_form_refuses_has_no_original_and_names_rule_and_field(access: Access, database: Database) -> None:
    scene = billed_unheld(access, database, PEPPOL)
    with database.transaction(scene.tenant) as session:
        with pytest.raises(EInvoiceRefused) as refused:
            find_original(session, NUMBER, NOW)
        report = validate_invoice(session, NUMBER, NOW)
        assert session.execute(text("select count(*) from document_file")).scalar_one() == 0
    rules = cast("list[str]", refused.value.members["rules"])
    assert {"PEPPOL-EN16931-R010", "PEPPOL-EN16931-R020", "PEPPOL-EN16931-R003"} <= set(rules)
    assert "buyer: electronic" in cast("list[str]", refused.value.members["fields"])
    assert {broken.rule for broken in report.errors} == set(rules)
    assert not report.archived


def test_another_form_than_its_customers_is_written_and_not_archived(access: Access, database: Database) -> None:
    scene = billed_unheld(access, database, PEPPOL)
    with database.transaction(scene.tenant) as session:
        assert write_document(session, NUMBER, UblInvoice(), NOW).startswith(b"<?xml")
        with pytest.raises(EInvoiceRefused):
            write_document(session, NUMBER, PeppolInvoice(), NOW)
        assert session.execute(text("select count(*) from document_file")).scalar_one() == 0


def test_a_draft_has_no_original_but_is_validated(access: Access, database: Database) -> None:
    scene = Scene(access, database).declared(UBL)
    scene.delivers("2026-01-05 10 60\n2026-01-05 11 60", source="january.csv")
    draft, at = scene.looks("2026-02-01").drafts[0].name, on("2026-02-01")
    with database.transaction(scene.tenant) as session:
        with pytest.raises(NotIssued):
            find_original(session, draft, at)
        assert validate_invoice(session, draft, at).errors == []


@pytest.mark.long
def test_whoever_has_a_link_may_be_the_first_who_asks(access: Access, database: Database) -> None:
    """It is made of registers and contracts, which a customer does not see."""
    scene = Scene(access, database).declared(OF_HOURS)
    scene.delivers("2026-01-05 10 60", source="january.csv")
    scene.delivers("2025-12-31 10 10\n2026-02-01 00 30", register="hours", source="hours.csv")
    assert scene.bills("2026-02-01").held == {}
    with database.transaction(scene.tenant) as session:
        token, _ = make_link(session, NamedDocument(NUMBER), days=30, by=acts(session, "carla"), at=NOW)
    opened = open_link(database, holder_of(database.look_up, token), LinkTarget.ORIGINAL, NOW)
    with database.transaction(scene.tenant) as session:
        assert find_original(session, NUMBER, NOW).content == opened.file.content


@pytest.mark.long
def test_a_void_document_has_none_for_its_customer(access: Access, database: Database) -> None:
    """Nothing in it says that it is void; the house keeps it all the same."""
    scene = billed(access, database, UBL)
    with database.transaction(scene.tenant) as session:
        kept = find_original(session, NUMBER, NOW, as_customer=True).content
    voids(scene, NUMBER)
    with database.transaction(scene.tenant) as session:
        assert find_original(session, NUMBER, NOW).content == kept
        for ask in (find_original, lambda *args, **of: write_document(args[0], NUMBER, UblInvoice(), NOW, **of)):
            with pytest.raises(VoidHasNoOriginal):
                ask(session, NUMBER, NOW, as_customer=True)


@pytest.mark.parametrize(("country", "issued", "until"), [
    pytest.param("DE", "2024-12-31", "2034-12-31", id="Germany until 2024: ten years"),
    pytest.param("DE", "2025-01-01", "2033-12-31", id="Germany since 2025: eight"),
    pytest.param("AT", "2026-04-02", "2033-12-31", id="Austria: seven"),
    pytest.param("FR", "2026-04-02", "2036-12-31", id="France: ten"),
    pytest.param("PL", "2026-04-02", "2031-12-31", id="Poland: five"),
    pytest.param("CN", "2026-04-02", "2056-12-31", id="China: thirty"),
    pytest.param("BR", "2026-04-02", "2036-12-31", id="of which nothing is known: ten"),
])  # fmt: skip
def test_years_are_counted_from_the_end_of_the_year_of_issue(country: str, issued: str, until: str) -> None:
    assert retained_until(country, date.fromisoformat(issued)) == date.fromisoformat(until)
