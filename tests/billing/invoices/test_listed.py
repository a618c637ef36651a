"""Invoices listed: pages put together are the whole list, whatever is written between two of them."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from api.operations.invoices import export_invoices
from api.server.database import Access, Acting, Database
from api.server.embedded import EmbeddedServer
from billing.documents.views import InvoiceHead, invoice_head
from billing.exports import EXPORTERS
from billing.invoices.invoice_query import InvoiceQuery
from billing.invoices.listed import listed, totals
from billing.invoices.store import InvoiceKind, StoredInvoice
from quantities.listing import ListPage, UnknownPage, UnknownSort
from tests.billing.scene import CONTRACT, Scene, on
from tests.conftest import application_pool, world_copy

NOW = on("2026-03-01")

KINDS, CUSTOMERS, SUPPLIERS = ("period", "correction"), ("Blechwerke", "Gießerei"), ("Nordluft", "Südluft")
MONTHS = ("2026-01", "2026-02", "2026-03", "2025-12")
#: An invoice like the first, of another contract, customer, supplier, kind, day and period.
COPY = """
    set session_replication_role = replica;
    insert into invoice (tenant, kind, contract_id, version_id, issuer_id, customer_id, first, after_last, year, sequence,
                         number, issued_on, due_on, currency, net, vat, gross, watermark, inputs, created_at)
    select i.tenant, '{kind}', c.id, i.version_id, s.id, b.id, '{first}', date '{first}' + 31, 2026, {n}, '2026-{n:06}',
           '{issued_on}', date '{issued_on}' + 30, '{currency}', {n}, 0, {n}, i.watermark,
           i.inputs || jsonb_build_object('contract', '{contract}'::text)
                    || jsonb_build_object('customer', i.inputs->'customer' || jsonb_build_object('name', '{customer}'::text))
                    || jsonb_build_object('supplier', i.inputs->'supplier' || jsonb_build_object('name', '{supplier}'::text)),
           i.created_at
    from invoice i, contract c, party b, party s
    where i.tenant = 1 and c.tenant = 1 and b.tenant = 1 and s.tenant = 1 and i.number = '2026-000001'
      and c.reference = '{contract}' and b.name = '{customer}' and s.name = '{supplier}'
    order by i.id limit 1
"""
_NUMBERS = count(2)


def writes(scene: Scene, at: int, n: int | None = None) -> None:
    scene.as_superuser(
        COPY.format(
            n=n or next(_NUMBERS),
            kind=KINDS[at % 3 > 0],
            contract=f"C-{1 + at % 2}",
            customer=CUSTOMERS[at % 2],
            supplier=SUPPLIERS[at % 3 == 0],
            first=date(2026, 1, 2) + timedelta(days=(7 * at if at < 30 else at) % 90),
            issued_on=f"2026-0{1 + at % 4}-{1 + at % 9:02}",
            currency=("EUR", "CHF")[at % 7 == 0],
        )
    )


def many(access: Access) -> None:
    with application_pool(access) as database:
        other = CONTRACT.replace("C-1", "C-2").replace("Blechwerke", "Gießerei").replace("Nordluft", "Südluft")
        scene = Scene(access, database).declared(CONTRACT, other)
        scene.delivers("2026-01-05 10 60")
        assert len(scene.bills("2026-02-01").invoices) == 2
        for at in range(30):
            writes(scene, at, 1000 + at)


@pytest.fixture(scope="module")
def scene(server: EmbeddedServer) -> Iterator[Scene]:
    with world_copy(server, "thirty invoices", many, "listed") as (access, _), application_pool(access) as database:
        yield Scene(access, database)


def shown(invoices: Any) -> list[InvoiceHead]:
    return [invoice_head(invoice) for invoice in invoices]


def pages(session: Session, query: InvoiceQuery, between: Any = lambda: None, **how: Any) -> list[StoredInvoice]:
    """All pages, put together; something happens between two of them."""
    rows, after = list[StoredInvoice](), query.after
    while True:
        page: ListPage[StoredInvoice] = listed(session, query.model_copy(update={"after": after}), NOW, **how)
        rows += page.rows
        assert len(page.rows) == query.limit or not page.after
        if not page.after:
            return rows
        after = page.after
        between()


queries = st.builds(
    InvoiceQuery,
    limit=st.integers(1, 9),
    sort=st.sampled_from(["", "created", "-created", "issued_on", "-issued_on", "period_from", "-period_from"]),
    kind=st.none() | st.sampled_from([InvoiceKind(kind) for kind in KINDS]),
    month=st.none() | st.sampled_from(MONTHS),
    service_month=st.none() | st.sampled_from(MONTHS),
    issued_from=st.none() | st.dates(date(2026, 1, 1), date(2026, 4, 9)),
    issued_to=st.none() | st.dates(date(2026, 1, 1), date(2026, 4, 9)),
    due_from=st.none() | st.dates(date(2026, 2, 1), date(2026, 5, 9)),
    due_to=st.none() | st.dates(date(2026, 2, 1), date(2026, 5, 9)),
    contract=st.sampled_from(["", "C-1", "C-2", "C-9"]),
    customer=st.sampled_from(["", *CUSTOMERS, "Nobody"]),
    supplier=st.sampled_from(["", *SUPPLIERS]),
)


def lets_through(query: InvoiceQuery, head: InvoiceHead) -> bool:
    """What the filters say, in words of what is shown."""
    issued_on, due_on = head.issued_on, head.due_on
    assert issued_on is not None
    assert due_on is not None
    days = (head.period_from.isoformat()[:7], head.period_to.isoformat()[:7])
    return all(
        (
            query.kind is None or head.kind == query.kind.value,
            query.month is None or issued_on.isoformat().startswith(query.month),
            query.issued_from is None or issued_on >= query.issued_from,
            query.issued_to is None or issued_on <= query.issued_to,
            query.due_from is None or due_on >= query.due_from,
            query.due_to is None or due_on <= query.due_to,
            query.service_month is None or days[0] <= query.service_month <= days[1],
            query.contract in ("", head.contract),
            query.customer in ("", head.customer),
            query.supplier in ("", head.supplier),
        )
    )


@settings(max_examples=25)
@given(query=queries)
def test_pages_are_the_list_that_the_filters_let_through(scene: Scene, query: InvoiceQuery) -> None:
    with scene.database.transaction(1) as session:
        everything = pages(session, InvoiceQuery(limit=7))
        assert len(everything) >= 32
        paged = pages(session, query)
        counted = listed(session, query.model_copy(update={"total": True}), NOW).count
        summed = totals(session, query, NOW)
    expected = [invoice for invoice in everything if lets_through(query, invoice_head(invoice))]
    by = {
        "created": lambda row: row.id,
        "issued_on": lambda row: (row.issued_on, row.id),
        "period_from": lambda row: (row.first, row.id),
    }[query.order[0]]
    expected.sort(key=lambda invoice: by(invoice.row), reverse=query.order[1])  # type: ignore[no-untyped-call]
    assert shown(paged) == shown(expected)
    assert counted == len(expected)
    nets = {head.currency: head.net * 0 for head in shown(expected)}
    for head in shown(expected):
        nets[head.currency] += head.net
    assert {total.currency: total.net for total in summed} == nets
    assert sum(total.invoices for total in summed) == len(expected)


@settings(max_examples=8)
@given(query=queries)
def test_what_is_written_between_two_pages_hides_and_doubles_nothing(scene: Scene, query: InvoiceQuery) -> None:
    before = _paged(scene, query)
    seen = list[str]()
    after = ""
    for at in count():
        with scene.database.transaction(1) as session:
            page = listed(session, query.model_copy(update={"after": after}), NOW)
        seen += [invoice.name for invoice in page.rows]
        if not page.after:
            break
        after = page.after
        if at < 3:
            writes(scene, 3 * at + 1)
    assert len(seen) == len(set(seen))
    known = set(before)
    assert [name for name in seen if name in known] == before


def _paged(scene: Scene, query: InvoiceQuery) -> list[str]:
    with scene.database.transaction(1) as session:
        return [invoice.name for invoice in pages(session, query)]


@settings(max_examples=12)
@given(query=queries)
def test_a_customers_list_is_the_owners_of_its_party(scene: Scene, query: InvoiceQuery) -> None:
    with scene.database.transaction(1) as session:
        of_owner = [head for head in shown(pages(session, query)) if head.customer == "Blechwerke"]
        (party,) = {invoice.row.customer_id for invoice in pages(session, InvoiceQuery(customer="Blechwerke"))}
    with scene.database.transaction(1, party, acting=Acting(None, "customer")) as session:
        assert shown(pages(session, query, as_customer=True)) == of_owner


@pytest.mark.parametrize("sort", ["net", "-", "--created", "id desc"])
def test_another_order_is_refused(database: Database, sort: str) -> None:
    with pytest.raises(UnknownSort), database.transaction(1) as session:
        listed(session, InvoiceQuery(sort=sort), NOW)


@pytest.mark.parametrize("after", ["x", "AAAA", "W10", "\0", "eyJhIjoxfQ", "WyJjcmVhdGVkIiwieCIsMV0", "WyJjcmVhdGVkIiw5OTk5OTk5OTk5OTk5LDFd"])  # fmt: skip
def test_a_place_that_is_none_is_refused(database: Database, after: str) -> None:
    with pytest.raises(UnknownPage), database.transaction(1) as session:
        listed(session, InvoiceQuery(after=after), NOW)


def test_a_place_of_another_order_is_none(scene: Scene) -> None:
    with scene.database.transaction(1) as session:
        place = listed(session, InvoiceQuery(limit=1, sort="issued_on"), NOW).after
        assert listed(session, InvoiceQuery(limit=1, sort="issued_on", after=place), NOW).rows
        with pytest.raises(UnknownPage):
            listed(session, InvoiceQuery(limit=1, sort="-issued_on", after=place), NOW)


@pytest.mark.parametrize("asked", [
    {}, {"month": "2026-02"}, {"issued_from": "2026-02-03", "issued_to": "2026-03-05"}, {"issued_from": "2026-03-05"},
    {"issued_to": "2026-01-01"}, {"month": "2026-02", "issued_to": "2026-02-03"},
])  # fmt: skip
def test_an_export_has_the_invoices_of_the_days_of_issue(scene: Scene, asked: dict[str, str]) -> None:
    query = InvoiceQuery.model_validate(asked | {"limit": 1000})
    with scene.database.transaction(1) as session:
        expected = [invoice.name for invoice in listed(session, query, NOW).rows]
        written = export_invoices(session, EXPORTERS["invoices"].model_validate(asked)).decode()
    assert [row["number"] for row in csv.DictReader(io.StringIO(written))] == expected
    assert expected or asked == {"issued_to": "2026-01-01"}
