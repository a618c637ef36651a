"""Whoever is named on a pay page is named in text: what looks like HTML in a name is no part of the page."""

from html.parser import HTMLParser

import pytest

from api.collecting.setup import GatewayAccount, GatewaysSetUp
from api.operations.pay_pages import PayPages, pay_link_holder, show_pay_page
from api.server.database import Access, Database
from billing.payments.links import make_method_link, make_pay_link
from billing.payments.pages.page import PayPageState
from tests.billing.payments.gateway_of_tests import GatewayOfTests
from tests.billing.payments.till import ACCOUNT
from tests.billing.scene import CONTRACT, Scene, on
from tests.build import acts

SUPPLIER = """Nord<script>alert(1)</script>luft & 'Söhne'"""
CUSTOMER = """</title><img src=x onerror="alert(2)">Blechwerke"""
CONTRACT_OF = "C-1</p><form action=https://elsewhere.example><button>Pay"
NOW = on("2026-02-02")


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text, as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def shape(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def pages_of(access: Access, database: Database, *, names: tuple[str, str, str], tenant: int) -> list[Elements]:
    """The page of a document, and that of a card to be saved, of a contract with these names."""
    supplier, customer, reference = names
    terms = CONTRACT.replace("name: Nordluft", f"name: {_quoted(supplier)}")
    terms = terms.replace("name: Blechwerke", f"name: {_quoted(customer)}")
    terms = terms.replace("contract: C-1", f"contract: {_quoted(reference)}") + "invoicing: {collection: {by: card}}\n"
    scene = Scene(access, database, tenant=tenant).declared(terms)
    scene.delivers("2026-01-05 10 100")
    scene.bills("2026-02-01")
    (invoice,) = scene.invoices()
    gateway = GatewayOfTests(lambda: NOW)
    account = GatewayAccount(ACCOUNT, "Nordluft", supplier, gateway)
    pages = PayPages(database, GatewaysSetUp((account,), "https://billing.example"), lambda: NOW)
    with database.transaction(tenant) as session:
        by = acts(session, "anna")
        tokens = [
            make_pay_link(session, invoice.row.number or "", None, days=30, by=by, at=NOW)[0],
            make_method_link(session, reference, days=30, by=by, at=NOW)[0],
        ]
    shown = [show_pay_page(pages, pay_link_holder(database.look_up, token)) for token in tokens]
    assert [page.state for page in shown] == [PayPageState.PAYABLE] * 2
    return [Elements(page.content.decode()) for page in shown]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_what_looks_like_html_in_a_name_is_text(access: Access, database: Database) -> None:
    hostile = pages_of(access, database, names=(SUPPLIER, CUSTOMER, CONTRACT_OF), tenant=1)
    plain = pages_of(access, database, names=("Nordluft", "Blechwerke", "C-1"), tenant=2)
    for page, like in zip(hostile, plain, strict=True):
        assert page.shape == like.shape, "the same elements as of harmless names"
        assert SUPPLIER in page.text
        assert CUSTOMER in page.text
        assert not {name for _, attributes in page.elements for name in attributes if name.startswith("on")}
        assert [dict(attributes) for tag, attributes in page.elements if tag == "form"] == [
            dict(attributes) for tag, attributes in like.elements if tag == "form"
        ]
    assert CONTRACT_OF in hostile[1].text


@pytest.mark.parametrize("name", [SUPPLIER, CUSTOMER])
def test_the_parser_would_see_it_if_it_were_not(name: str) -> None:
    assert {"script", "img"} & set(Elements(f"<p>{name}</p>").shape)
