"""The mail of a document whose contract is paid by a link says where; no other mail does, and the document neither."""

from email import message_from_bytes
from email.policy import default
from typing import Any, cast

import pytest

from api.collecting.setup import GatewaysSetUp
from api.operations.pay_pages import PayPages, pay_link_holder, show_pay_page
from api.server.database import Access, Database
from billing.delivery.mail import mail_message
from billing.payments.links import pay_links
from billing.payments.pages.page import PayPageState
from contracts.delivery_terms import DeliveryWay
from tests.billing.credits.giving import gives
from tests.billing.delivery.post import JANUARY, Post
from tests.billing.scene import CONTRACT, Scene

BY_LINK = CONTRACT + "invoicing: {language: de, collection: {by: pay_link}}\n"


def billed(access: Access, database: Database, terms: str) -> Post:
    scene = Scene(access, database).declared(terms)
    scene.delivers("2026-01-05 10 140")
    scene.bills("2026-02-01")
    return Post(scene)


@pytest.mark.parametrize("way", [DeliveryWay.MAIL, DeliveryWay.LINK])
def test_the_mail_says_where_and_until_when(access: Access, database: Database, way: DeliveryWay) -> None:
    post = billed(access, database, BY_LINK)
    post.asks(way=way)
    post.delivers()
    ((outgoing, to, attempt),) = post.way.given
    mail = message_from_bytes(mail_message(outgoing, to, attempt, sender="billing@nordluft.example"), policy=default)
    body = cast("Any", mail.get_body(("plain",))).get_content()
    assert "Bezahlt werden kann er unter dieser Adresse bis 04.03.2026:" in body
    (sent,) = outgoing.pay_links
    assert sent.url in body.replace("\r\n", "\n").split("\n")
    with database.transaction(1) as session:
        (link,) = pay_links(session, JANUARY, None)
    assert (link.made_by, link.expires_at.isoformat()) == (None, "2026-03-04T23:00:00+00:00")
    token = sent.url.removeprefix("https://billing.example/pay/")
    page = show_pay_page(
        PayPages(database, GatewaysSetUp(), lambda: post.now), pay_link_holder(database.look_up, token)
    )
    assert page.state is PayPageState.PAYABLE
    assert token not in str(post.listed())
    assert all(token.encode() not in file.content for file in (outgoing.original, *outgoing.pictures))


def test_no_other_mail_has_one(access: Access, database: Database) -> None:
    post = billed(access, database, CONTRACT)
    post.asks()
    post.delivers()
    assert [outgoing.pay_links for outgoing, _, _ in post.way.given] == [()]


def test_a_credit_note_and_a_buyers_portal_have_none(access: Access, database: Database) -> None:
    post = billed(access, database, BY_LINK)
    (note,) = gives(post.scene, JANUARY, {"line": 1, "rest": True}, day="2026-02-02")
    post.asks(note)
    post.asks(way=DeliveryWay.PORTAL, to=("ariba",))
    assert post.delivers() == 2
    assert [outgoing.pay_links for outgoing, _, _ in post.way.given] == [(), ()]


def test_without_an_address_of_ours_none_is_made(access: Access, database: Database) -> None:
    post = billed(access, database, BY_LINK)
    post.public_url = ""
    post.asks()
    post.delivers()
    assert [outgoing.pay_links for outgoing, _, _ in post.way.given] == [()]
