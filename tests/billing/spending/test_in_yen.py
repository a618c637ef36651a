"""Spending in a currency without smaller units, in Tokyo's days: no claim, draw, alert or credit has a part of a yen."""

from decimal import Decimal

import pytest

from api.server.database import Access, Database
from billing.spending.look import TopUpNotWhole
from quantities.number import plain
from tests.billing.scene import CONTRACT
from tests.billing.spending.spending_scene import SpendingScene, terms

#: 10,000 yen a month; each kWh at 50.5 yen up to 100, then at 20.3. In Japan with 10 % tax.
YEN = (
    CONTRACT.replace("country: DE", "country: JP")
    .replace("currency: EUR", "currency: JPY")
    .replace("Europe/Berlin", "Asia/Tokyo")
    .replace('"100.00"', '"10000"')
    .replace('"0.50"', '"50.5"')
    .replace('"0.20"', '"20.3"')
)


@pytest.fixture
def scene(access: Access, database: Database) -> SpendingScene:
    return SpendingScene(access, database)


def in_yen(scene: SpendingScene) -> list[tuple[str, str, str]]:
    """Type, net and VAT of each document; each in whole yen."""
    papers = [(type_, net, vat) for type_, net, vat, _ in scene.papers()]
    assert all(Decimal(amount) == int(Decimal(amount)) for _, *amounts in papers for amount in amounts)
    return [(type_, plain(Decimal(net)), plain(Decimal(vat))) for type_, net, vat in papers]


def test_use_on_account_is_settled_to_the_yen(scene: SpendingScene) -> None:
    """600.5 kWh are 5,050 and 10,160.15; 15,210 are claimed, with a tax in whole yen, and the rest with the period."""
    scene.declared(terms('on_account: {each: "5000"}', contract=YEN))
    scene.delivers("2026-01-05 10 600.5")
    assert len(scene.looks_at_spending("2026-01-06").issued) == 1
    scene.delivers("2026-01-09 10 300")
    scene.looks_at_spending("2026-01-10")
    scene.bills("2026-02-01")
    # 10,000 and 21,300.15, of which 15,210 and 6,090 were on account: 10,000 are left
    assert in_yen(scene) == [("386", "15210", "1521"), ("386", "6090", "609"), ("380", "10000", "1000")]
    assert scene.on_documents() == (Decimal(31300), Decimal(3130))
    scene.proves()


def test_alerts_and_the_cap_are_reached_at_the_yen(scene: SpendingScene) -> None:
    spending = 'cap: {amount: "25211"}, alerts: [{at: {amount: "25210"}}, {at: {percent: "50"}}]'
    scene.declared(terms(spending, contract=YEN))
    scene.delivers("2026-01-05 10 600.5")
    scene.looks_at_spending("2026-01-06")
    reached = [(one.kind, plain(one.threshold), plain(one.reading), one.unit) for one in scene.alerts()]
    # 10,000 and 15,210: the line is in whole yen, so the cap of one yen more is not reached
    assert ("cap", "25211") not in [(kind, threshold) for kind, threshold, *_ in reached]
    assert [one for one in reached if one[1] == "25210"] == [("alert", "25210", "25210", "JPY")]
    scene.delivers("2026-01-07 10 0.1")
    scene.looks_at_spending("2026-01-08")
    assert "cap" in {one.kind for one in scene.alerts()}


def test_a_top_up_is_of_whole_yen_and_drawn_so(scene: SpendingScene) -> None:
    scene.declared(terms('top_up: {below: "5000", by: "20000"}', contract=YEN))
    with pytest.raises(TopUpNotWhole):
        scene.tops_up("1000.5", "2026-01-02")
    scene.tops_up("20001", "2026-01-02")
    (claim,) = (one.row.number or "" for one in scene.invoices())
    scene.pays(claim, "22001", "2026-01-03", currency="JPY")
    assert plain(Decimal(scene.credit("2026-01-04"))) == "20001"
    scene.delivers("2026-01-05 10 600.5")
    scene.bills("2026-02-01")
    # 10,000 and 15,210 less 20,001
    assert in_yen(scene) == [("386", "20001", "2000"), ("380", "5209", "521")]
    assert plain(Decimal(scene.credit("2026-02-01"))) == "0"
    scene.proves()
