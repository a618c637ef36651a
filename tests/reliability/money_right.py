"""What must be so of a house in the end, whoever was killed in it, and where."""

from decimal import Decimal

from sqlalchemy import text
from sqlmodel import Session, col, select

from api.demo.stripe_server.books import Fields
from billing.delivery.documents.store import NamedDocument
from billing.delivery.state import DeliveryHappening, DocumentDeliveryState
from billing.delivery.store import deliveries
from billing.payments.tables import GatewayCustomerRow, GatewayOrderEventRow, GatewayOrderRow
from billing.receivables.standings import standings_now
from billing.tables import DocumentFileRow, InvoiceRow, PaymentRow, SendingRow
from tests.reliability.money_house import CUSTOMERS, GROSS, SAVED, House

CENTS = 100


def is_right(house: House, *, charged_back: int = 0) -> None:
    """No document twice, none missing, each delivered as its way promises, no charge twice, all at Stripe ours."""
    with house.database.transaction(1) as session:
        numbers = _documents_are_whole(session)
        _is_charged_once(house, numbers)
        _everything_is_ours(house, session)
        _books_agree(house, session, charged_back)
        for number in numbers:
            _is_delivered_once(house, session, number)
        sendings = session.exec(select(SendingRow.invoice_id)).all()
        assert len(sendings) == len(set(sendings)) == len(CUSTOMERS), "the state of a document moved twice, or never"
    assert house.people_asked <= house.killed, "somebody was asked though nobody was killed as it sent"


def _documents_are_whole(session: Session) -> list[str]:
    rows = session.exec(select(InvoiceRow).where(col(InvoiceRow.number).is_not(None)).order_by(col(InvoiceRow.id)))
    documents = list(rows)
    assert len({row.contract_id for row in documents}) == len(documents) == len(CUSTOMERS)
    assert sorted(row.sequence or 0 for row in documents) == list(range(1, len(CUSTOMERS) + 1))
    due = session.execute(text("select count(*) from due where kind <> 'planning' and done_at is null")).scalar_one()
    assert due == 0, "something of a contract is due still"
    return [row.number or "" for row in documents]


def _is_delivered_once(house: House, session: Session, number: str) -> None:
    """It is there once, as it is kept; by itself, or by a person's word where its way cannot be asked."""
    (delivery,) = deliveries(session, NamedDocument(number))
    assert (delivery.state, delivery.waits) == (DocumentDeliveryState.SENT, False), delivery
    arrived = house.outside.arrived(delivery)
    assert len(arrived) == 1, f"{number} arrived {len(arrived)} times by {delivery.way.value}"
    of_document = select(DocumentFileRow).join(InvoiceRow, col(InvoiceRow.id) == DocumentFileRow.invoice_id)
    (kept,) = session.exec(of_document.where(InvoiceRow.number == number)).all()
    assert delivery.original_sha256 == kept.sha256
    assert arrived[0] in {None, kept.content}, "what arrived is not what is kept"
    begun = [event for event in delivery.events if event.kind is DeliveryHappening.CLAIMED]
    assert len(begun) == len({event.attempt for event in begun}) == delivery.attempts


def _is_charged_once(house: House, numbers: list[str]) -> None:
    taken = [one for one in house.stripe.made("payment_intent") if one["status"] in {"succeeded", "processing"}]
    charged = sorted(one["metadata"]["usufruct_document"] for one in taken)
    has_page = bool(house.stripe.made("checkout.session"))
    assert len(charged) == len(set(charged)) == len(SAVED) + has_page, charged
    assert set(charged) <= set(numbers)
    assert {one["amount"] for one in taken} == {int(GROSS * CENTS)}


def _everything_is_ours(house: House, session: Session) -> None:
    orders = {row.reference: row for row in session.exec(select(GatewayOrderRow))}
    customers = {row.reference: row.external for row in session.exec(select(GatewayCustomerRow))}
    known = {name for row in orders.values() for name in (row.external, row.payment_external)}
    known |= set(session.exec(select(GatewayOrderEventRow.external)))
    for kind in ("payment_intent", "checkout.session", "refund"):
        for made in house.stripe.made(kind):
            assert made["metadata"].get("usufruct_order") in orders, made
            assert made["id"] in known, made
    for customer in house.stripe.made("customer"):
        assert customers.get(customer["metadata"]["usufruct_order"]) == customer["id"], customer
    attempts = {row.reference: row.attempts for row in session.exec(select(GatewayCustomerRow))}
    attempts |= {row.reference: row.attempts for row in orders.values()}
    for operation, key in house.stripe.requests:
        if key:  # of an order, or a customer, and an attempt of it: what is asked twice is known by it
            reference, _, attempt = key.removeprefix("customer.").rpartition(".")
            assert 1 <= int(attempt) <= attempts.get(reference, 0), (operation, key)
    assert {row.state for row in orders.values()} <= {"done", "charged_back", "withdrawn", "due", "refused"}
    assert sum(row.state == "due" for row in orders.values()) <= 1  # of whom has saved nothing, and has no page


def _books_agree(house: House, session: Session, charged_back: int) -> None:
    paid = list(session.exec(select(PaymentRow)))
    ours = sum((one.amount for one in paid if one.reference.startswith("stripe ")), Decimal(0))
    theirs = sum(_cents_of(house, one) for one in house.stripe.made("payment_intent"))
    assert ours * CENTS == theirs, [(one.reference, one.amount) for one in paid]
    assert len({one.reference for one in paid}) == len(paid)
    documents = list(session.exec(select(InvoiceRow).where(col(InvoiceRow.number).is_not(None))))
    standings = standings_now(session, documents, house.now)
    charged = sum(one["status"] == "succeeded" for one in house.stripe.made("payment_intent"))
    assert sum(stands.open == 0 for stands in standings.values()) == charged - charged_back


def _cents_of(house: House, intent: Fields) -> int:
    disputes = [one for one in house.stripe.made("dispute") if one["payment_intent"] == intent["id"]]
    refunds = [one for one in house.stripe.made("refund") if one["payment_intent"] == intent["id"]]
    back = sum(one["amount"] for one in disputes if one["status"] != "won")
    given = sum(one["amount"] for one in refunds if one["status"] in {"succeeded", "pending"})
    return int(intent["amount_received"]) - int(back) - int(given)
