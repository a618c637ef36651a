"""The month itself: people agree, save cards, bring a bank's file, release a refund. All else the scheduler does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.demo.money.bank_statement import IncomingTransfer, statement_of_day
from api.demo.money.customers import (
    CUSTOMERS,
    FALK,
    LINDNER,
    NORD,
    OST,
    STERN,
    SiteCustomer,
    agree,
    at_six,
    deliver_april,
)
from api.demo.money.house import SimulatedHouse
from api.demo.money.open_items import OpenItem, documents_since, open_items
from api.demo.people import FINANCE, SIGNATORY, enter
from api.operations.bank import read_bank_file
from api.operations.collecting import list_gateway_orders, make_method_link, prepare_refund, release_refund
from api.operations.credit_notes import prepare_credit, release_credit
from api.operations.dunning import list_dunning
from api.operations.pay_pages import PayPage, PayPages, click_pay_page, pay_link_holder
from api.operations.receivables import list_payments
from billing.documents.views import InvoiceHead
from billing.dunning.dunning_query import DunningQuery
from billing.payments.orders.state import OrderState
from billing.payments.queries import GatewayOrderQuery
from billing.payments.refunds.store import RefundPrepared
from billing.payments.views import GatewayOrderOut
from billing.receivables.payment_query import PaymentQuery
from billing.records.credit import AskedCredit

SUPPLIER = "Nordluft GmbH"
SUPPLIERS_ACCOUNT = "DE89370400440532013000"  # as its profile has it
STERNS_ACCOUNT = "DE12500105170648489890"
AGREED, OVER = at_six(2026, 3, 25), at_six(2026, 5, 1)
#: Of a base fee; and the same with its VAT.
CREDITED, GIVEN_BACK = Decimal("30.00"), Decimal("35.70")
_WORDS = {OrderState.DONE: "paid", OrderState.PROCESSING: "on its way"}
STOOD_STILL = "the machine stood still on 20 and 21 April"


@dataclass(frozen=True, slots=True)
class Happening:
    """What has happened by a day.

    Attributes:
        called: for whoever refers to it.
        on: the day.
        words: what happened.
    """

    called: str
    on: date
    words: str


class PageNotOpened(Exception):
    """A customer clicked, and no page of the gateway opened."""


@dataclass(frozen=True, slots=True)
class MonthOfMoney:
    """The month, in the house of a tenant."""

    house: SimulatedHouse
    tenant: int

    def happenings(self) -> Iterator[Happening]:
        """Live through it; the house stands still at each happening until the next is asked for."""
        yield self._agreed()
        yield self._issued()
        yield self._paid_by_bank()
        self.house.live_until(at_six(2026, 5, 8))
        yield self._happened("due", f"they are due. {self._collected()}")
        self.house.live_until(at_six(2026, 5, 13))
        yield self._happened("debited", f"five days later. {self._collected(NORD)}")
        yield from self._credited_and_refunded()
        self.house.live_until(at_six(2026, 5, 24))
        yield self._happened("given up", f"tried again after 1, 3, 5 and 7 days. {self._collected(FALK)}")
        self.house.live_until(at_six(2026, 5, 25))
        yield self._happened("reminded", self._dunned(FALK, date(2026, 5, 24)))
        yield self._charged_back()
        self.house.live_until(at_six(2026, 5, 30))
        yield self._happened("claimed", "; ".join(self._dunned(one, date(2026, 5, 25)) for one in (FALK, OST)))

    def open_now(self) -> list[OpenItem]:
        """What is open of the documents since the month was over, as the product lists it."""
        with self.house.database.transaction(self.tenant) as session:
            return open_items(session, OVER.date(), self.house.now)

    # what people do

    def _agreed(self) -> Happening:
        with self.house.database.transaction(self.tenant) as session:
            agree(session, self.house.now)
        for customer in CUSTOMERS:
            if customer.collected_by:
                self._saves(customer)
        self.house.live_until(at_six(2026, 3, 26))
        saved = ", ".join(customer.called for customer in CUSTOMERS if customer.collected_by)
        return self._happened("agreed", f"{len(CUSTOMERS)} contracts for April; saved a card or a mandate: {saved}")

    def _saves(self, customer: SiteCustomer) -> None:
        """The customer opens its link, and saves a method in the gateway's page."""
        house = self.house
        with house.database.transaction(self.tenant) as session:
            who = enter(session, FINANCE, house.now)
            link = make_method_link(session, customer.contract, house.ways, days=14, who=who, at=house.now)
        holder = pay_link_holder(house.database.look_up, link.url.rpartition("/")[2])
        page = click_pay_page(PayPages(house.database, house.gateways, lambda: house.now), holder)
        if isinstance(page, PayPage):
            raise PageNotOpened(customer.name)
        (opened,) = (one for one in house.stripe.made("checkout.session") if one["url"] == page)
        rail = "sepa_debit" if customer.collected_by == "sepa_core" else "card"
        house.stripe.sessions.pay(opened["id"], rail, customer.method_behaves)

    def _issued(self) -> Happening:
        self.house.move_to(OVER)
        with self.house.database.transaction(self.tenant) as session:
            deliver_april(session, self.house.now)
        self.house.live_until(OVER.replace(hour=7))
        files = [file for customer in CUSTOMERS for file in self.house.mailbox.files_of(customer.mail)]
        first, last = min(files, default=""), max(files, default="")
        words = f"April is over: {len(self._documents())} invoices, mailed as {first} to {last}"
        return self._happened("issued", words)

    def _paid_by_bank(self) -> Happening:
        house = self.house
        house.live_until(at_six(2026, 5, 6))
        owed = self._invoice_of(STERN)
        transfer = IncomingTransfer(owed.gross, "BRAUEREI STERN GMBH", STERNS_ACCOUNT, f"RECHNUNG {owed.number}")
        raw = statement_of_day(SUPPLIERS_ACCOUNT, date(2026, 5, 5), Decimal("12000.00"), [transfer])
        with house.database.transaction(self.tenant) as session:
            read = read_bank_file(session, raw, None, who=enter(session, FINANCE, house.now), at=house.now)
        matched = f"{read.matched} of {read.entries} matched"
        words = f"{STERN.called} has sent the money: a file of the bank (camt.053), {matched}"
        return self._happened("paid by bank", words)

    def _credited_and_refunded(self) -> Iterator[Happening]:
        """A machine stood still: what is given back one person prepares, and another releases."""
        house = self.house
        house.live_until(at_six(2026, 5, 14))
        asked = [AskedCredit(line=1, amount=CREDITED)]
        with house.database.transaction(self.tenant) as session:
            who, number = enter(session, FINANCE, house.now), self._invoice_of(LINDNER).number
            credit = prepare_credit(session, number, asked, supplier=None, reason=STOOD_STILL, who=who, at=house.now)
        with house.database.transaction(self.tenant) as session:
            who = enter(session, SIGNATORY, house.now)
            (note,) = release_credit(session, credit.id, who=who, at=house.now).documents
        yield self._happened("credited", f"{STOOD_STILL}: credit note {note}, of two people")
        with house.database.transaction(self.tenant) as session:
            who = enter(session, FINANCE, house.now)
            (paid,) = list_payments(session, PaymentQuery(customer=LINDNER.name)).rows
            asked_for = RefundPrepared(paid.payment, GIVEN_BACK, note, STOOD_STILL)
            refund = prepare_refund(session, asked_for, who=who, at=house.now)
        with house.database.transaction(self.tenant) as session:
            done = release_refund(session, refund.refund, who=enter(session, SIGNATORY, house.now), at=house.now)
        house.live_until(at_six(2026, 5, 15))
        words = f"{done.amount:f} refunded to {LINDNER.called}'s card: {done.prepared_by} and {done.released_by}"
        yield self._happened("refunded", words)

    def _charged_back(self) -> Happening:
        house = self.house
        house.live_until(at_six(2026, 5, 26))
        (order,) = self._orders(OST)
        house.stripe.payments.charge_back(order.external)
        house.live_until(at_six(2026, 5, 26).replace(hour=8))  # an account is read once an hour
        return self._happened("charged back", f"{OST.called}'s bank takes it back. {self._collected(OST)}")

    # what is read

    def _happened(self, called: str, words: str) -> Happening:
        return Happening(called, self.house.now.date(), words)

    def _documents(self) -> tuple[InvoiceHead, ...]:
        with self.house.database.transaction(self.tenant) as session:
            return documents_since(session, OVER.date(), self.house.now)

    def _invoice_of(self, customer: SiteCustomer) -> InvoiceHead:
        return next(head for head in self._documents() if head.customer == customer.name)

    def _orders(self, *customers: SiteCustomer) -> list[GatewayOrderOut]:
        names = {customer.name for customer in customers or CUSTOMERS}
        with self.house.database.transaction(self.tenant) as session:
            rows = list_gateway_orders(session, GatewayOrderQuery()).rows
        return [order for order in rows if order.document and order.customer in names]

    def _collected(self, *customers: SiteCustomer) -> str:
        """Say where what is collected stands at the gateway."""
        called = {customer.name: customer.called for customer in CUSTOMERS}
        return ", ".join(f"{called[order.customer]}: {_stands(order)}" for order in self._orders(*customers))

    def _dunned(self, customer: SiteCustomer, since: date) -> str:
        """Say which letters a customer got since a day, and what was claimed."""
        with self.house.database.transaction(self.tenant) as session:
            (known,) = list_dunning(session, DunningQuery(customer=customer.name), self.house.now).rows
        letters = ", ".join(f"{step.kind} {step.letter} of {step.on}" for step in known.steps if step.on >= since)
        claimed = known.claimed_fee + known.claimed_interest
        fee = f" ({known.claimed_fee:f} fee, {known.claimed_interest:f} interest)" if claimed else ""
        return f"{customer.called} was mailed {letters}{fee}"


def _stands(order: GatewayOrderOut) -> str:
    if order.state is OrderState.DUE and order.next_at is not None and order.attempts:
        return f"declined, again on {order.next_at.date()}"
    return _WORDS.get(order.state, order.state.value.replace("_", " "))
