"""Raw SQL as the application's own role: what an issued invoice consists of, rests on and is numbered by, stays.

Before, the application could delete what a rating rests on, add lines through the loader's role, number a draft by hand, and set the
counter back.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from api.server.database import Access, ContradictsStored, Database
from api.server.embedded import EmbeddedServer
from billing.invoices import store as invoices
from billing.invoices.numbering import ToNumber, give_numbers
from metering.log.bulk_rows import copy_rows
from tests.billing.scene import CONTRACT, Scene, being_issued
from tests.conftest import application_pool, world_copy


@pytest.fixture
def issued(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An invoice of January, issued; February is due."""
    copied = world_copy(server, "January issued and February due", bill_january, request.node.nodeid)
    with copied as (access, _), application_pool(access) as database:
        yield database


def bill_january(access: Access) -> None:
    with application_pool(access) as database:
        scene = Scene(access, database).declared(CONTRACT)
        scene.delivers("2026-01-05 10 120\n2026-02-05 10 10")
        scene.bills("2026-02-01")


class TestWhatARatingAsked:
    @pytest.mark.parametrize("statement", [
        "delete from rating_source", "update rating_source set token = '1000'", "truncate rating_source",
        "delete from rating", "update rating set watermark = 1000", "delete from fact_touch", "delete from stale",
    ])  # fmt: skip
    def test_of_an_issued_invoice_is_neither_deleted_nor_changed(self, issued: Database, statement: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), issued.transaction(1) as session:
            session.execute(text(statement))

    @pytest.mark.parametrize("rating_of", ["i.number is not null", "r.swept"])
    def test_is_not_added_to_what_is_issued_or_was_swept(self, issued: Database, rating_of: str) -> None:
        names = ("rating_id", "source", "subject", "about", "start", "end", "token")
        with (
            pytest.raises(ContradictsStored, match="issued_never_changes"),
            being_issued(issued, "2026-03-01") as session,
        ):
            session.execute(text("update rating set swept = true where document_id = (select max(id) from invoice)"))
            chosen = f"select max(r.id) from rating r join invoice i on i.id = r.document_id where {rating_of}"
            rating = session.execute(text(chosen)).scalar_one()
            copy_rows(session, "rating_source", names, [(rating, "tax", 0, "now", "-infinity", "infinity", "none")])

    def test_no_rating_is_added_to_an_issued_invoice(self, issued: Database) -> None:
        with pytest.raises(ContradictsStored, match="issued_never_changes"), issued.transaction(1) as session:
            session.execute(
                text("""
                insert into rating (contract_id, customer_id, invoice_id, document_id, first, after_last, watermark,
                                    rated_at, inputs)
                select contract_id, customer_id, invoice_id, document_id, first, after_last, 1000, rated_at, inputs
                from rating where document_id = 1""")
            )

    @pytest.mark.parametrize(
        "statement", ["delete from invoice", "delete from invoice_line", "truncate invoice cascade"]
    )
    def test_goes_with_nothing_for_no_document_is_deleted(self, issued: Database, statement: str) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), being_issued(issued, "2026-03-01") as session:
            session.execute(text(statement))


def test_a_document_without_a_number_is_not_kept(issued: Database) -> None:
    with pytest.raises(ContradictsStored, match="issued_or_nothing"), being_issued(issued, "2026-03-01"):
        pass
    with pytest.raises(ContradictsStored, match="issued_or_nothing"), being_issued(issued, "2026-03-01") as session:
        session.execute(text("select set_config('app.tenant', '2', true)"))  # to whom the policies hide it
    with issued.transaction(1) as session:
        assert invoices.ids_of(session) == [1]


def test_no_line_is_added_to_an_issued_invoice_through_the_loaders_role(issued: Database) -> None:
    line = {
        "pos": 99, "charge": "c", "part": 0, "label": "", "nature": "consideration", "quantity": 0, "unit": "each",
        "unit_price": 0, "net": 5, "service_first": "2026-01-01", "service_after_last": "2026-02-01",
        "tax_point": "2026-01-31", "tax_category": "S", "tax_rate": 19, "tax_reason": "", "dimensions": "{}",
        "allocation": "{}", "payees": "{}", "proof": "{}",
    }  # fmt: skip

    def add_to(number_is: str, party: str = "") -> None:
        with being_issued(issued, "2026-03-01") as session:
            which = session.execute(text(f"select id, customer_id from invoice where number is {number_is}")).one()
            row = {"invoice_id": which.id, "customer_id": which.customer_id, **line}
            session.execute(text("select set_config('app.party', :party, true)"), {"party": party})
            copy_rows(session, "invoice_line", tuple(row), [tuple(row.values())])

    with pytest.raises(ContradictsStored, match="issued_never_changes"):
        add_to("not null")
    with pytest.raises(ContradictsStored, match="issued_never_changes"):
        add_to("not null", party="424242")  # a stranger, to whom the policies hide the invoice
    with pytest.raises(ContradictsStored, match="issued_or_nothing"):  # taken, but for the number that is not given
        add_to("null")


class TestANumber:
    @pytest.mark.parametrize(("statement", "refused_by"), [
        pytest.param("update invoice set number = '2026-000002' where number is null", "issued_whole", id="alone"),
        pytest.param("""update invoice set year = 2026, sequence = 2, number = '2026-000002', issued_on = '2026-03-01',
                        due_on = '2026-03-31' where number is null""", "numbered_by_counter", id="not drawn"),
        pytest.param("""update invoice set year = 2026, sequence = 1, number = '2026-000001b', issued_on = '2026-02-01',
                        due_on = '2026-03-31' where number is null""", "uq_invoice_issuer_id_series_year_sequence_tenant",
                     id="another's place"),
        pytest.param("""update counter set last = 2, last_on = '2026-03-01';
                        update invoice set year = 2026, sequence = 2, number = '2026-000002', issued_on = '1999-01-01',
                        due_on = '2026-03-31' where number is null""", "numbered_by_counter", id="dated by hand"),
        pytest.param("""update counter set last = 2, last_on = '2026-03-01';
                        update invoice set year = 2026, sequence = 2, number = '2026-000001', issued_on = '2026-03-01',
                        due_on = '2026-03-31' where number is null""", "uq_invoice_issuer_id_number_tenant",
                     id="another's number"),
        pytest.param("update invoice set number = '2026-000007' where number = '2026-000001'", "issued_never_changes",
                     id="a second one"),
        pytest.param("""insert into invoice (contract_id, version_id, issuer_id, customer_id, kind, first, after_last,
                        year, sequence, number, issued_on, due_on, currency, net, vat, gross, watermark, inputs, created_at)
                        select contract_id, version_id, issuer_id, customer_id, 'period', '2030-01-01', '2030-02-01',
                        2026, 2, '2026-000002', '2026-03-01', '2026-03-31', currency, net, vat, gross, watermark, inputs,
                        created_at from invoice where number is null""", "drafted_first", id="without a draft"),
    ])  # fmt: skip
    def test_is_given_once_and_by_the_counter(self, issued: Database, statement: str, refused_by: str) -> None:
        with pytest.raises(ContradictsStored, match=refused_by), being_issued(issued, "2026-03-01") as session:
            for part in statement.split(";"):
                session.execute(text(part))


class TestTheCounter:
    @pytest.mark.parametrize(("statement", "refused_by"), [
        pytest.param("update counter set last = 0", "counter_counts_on", id="set back"),
        pytest.param("update counter set last_on = '2020-01-01'", "counter_counts_on", id="dated back"),
        pytest.param("update counter set year = 2025", "counter_counts_on", id="moved to another year"),
        pytest.param("update counter set last = 5", "numbers_without_gap", id="set ahead of its invoices"),
        pytest.param("insert into counter (issuer_id, year, last, last_on) select issuer_id, 2027, 3, '2027-01-01' from counter",
                     "numbers_without_gap", id="begun in the middle"),
        pytest.param("insert into counter (issuer_id, year, last, last_on) select issuer_id, 2031, 0, '2031-12-31' from counter",
                     "numbers_without_gap", id="begun with a date and no invoice"),
    ])  # fmt: skip
    def test_counts_on_and_leaves_no_gap(self, issued: Database, statement: str, refused_by: str) -> None:
        with pytest.raises(ContradictsStored, match=refused_by), issued.transaction(1) as session:
            session.execute(text(statement))

    def test_is_not_deleted(self, issued: Database) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"), issued.transaction(1) as session:
            session.execute(text("delete from counter"))

    def test_is_not_fooled_by_a_tenant_stated_before_the_commit(self, issued: Database) -> None:
        with pytest.raises(ContradictsStored, match="numbers_without_gap"), issued.transaction(1) as session:
            session.execute(text("update counter set last = 2"))
            session.execute(text("select set_config('app.tenant', '2', true)"))

    def test_numbers_what_is_issued(self, issued: Database) -> None:
        with being_issued(issued, "2026-03-01") as session:
            (draft,) = invoices.billed(session, invoices.ids_of(session)[1:])
            row = draft.row
            to_number = ToNumber(row.id, row.issuer_id, row.inputs.supplier, row.inputs.zone, row.inputs.payment_days)
            give_numbers(session, [to_number], datetime(2026, 3, 1, 6, tzinfo=UTC))
        with issued.transaction(1) as session:
            assert invoices.find(session, "2026-000002").row.issued_on == date(2026, 3, 1)
