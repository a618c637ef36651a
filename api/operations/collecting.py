"""Collecting as use cases: orders to gateways, links to pay by, saved methods, refunds, and what moved balances."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from api.audit.note import made
from api.delivering.setup import WaysSetUp
from billing.exports.table import write
from billing.invoices.store import DRAFT
from billing.payments import links
from billing.payments.balance import store as balance
from billing.payments.methods import store as methods
from billing.payments.orders.asked import store as asked
from billing.payments.orders.known import store as orders
from billing.payments.queries import (
    BalanceEntryQuery,
    GatewayOrderQuery,
    GatewayPayoutQuery,
    RefundQuery,
    SavedMethodQuery,
)
from billing.payments.refunds import store as refunds
from billing.payments.refunds.store import RefundPrepared
from billing.payments.views import (
    BalanceEntryOut,
    GatewayOrderOut,
    GatewayPayoutOut,
    MadePayLinkOut,
    PayLinkOut,
    RefundOut,
    SavedMethodOut,
    balance_entry_out,
    gateway_payout_out,
    made_pay_link_out,
    method_out,
    order_out,
    pay_link_out,
    refund_out,
)
from contracts.release.store import releasing
from quantities.listing import ROWS_MAX, ListPage, ListQuery

_Query = TypeVar("_Query", bound=ListQuery)
_Row = TypeVar("_Row")


def list_gateway_orders(
    session: Session, query: GatewayOrderQuery, *, as_customer: bool = False
) -> ListPage[GatewayOrderOut]:
    """List orders in pages, the first asked for first; a customer sees where its own stand."""
    page = orders.listed_orders(session, query, as_customer=as_customer)
    shown = [order_out(known) for known in page.rows]
    return page.of(tuple(one.for_customer for one in shown) if as_customer else tuple(shown))


def find_gateway_order(session: Session, key: int, *, as_customer: bool = False) -> GatewayOrderOut:
    """Read an order with all that happened to it; a customer sees where its own stands.

    Raises:
        UnknownGatewayOrder: there is none of that number here.
    """
    shown = order_out(orders.order(session, key, as_customer=as_customer))
    return shown.for_customer if as_customer else shown


def collect_again(session: Session, key: int, *, reason: str, who: str, at: datetime) -> GatewayOrderOut:
    """Have an order tried once more; whatever asks what is due does it within seconds.

    Raises:
        UsufructError: ``billing.payments.orders.asked.store.again`` says which.
    """
    return order_out(asked.again(session, key, reason=reason, by=who, at=at))


def withdraw_gateway_order(session: Session, key: int, *, reason: str, who: str, at: datetime) -> GatewayOrderOut:
    """Take back an order of which no money is on its way.

    Raises:
        UsufructError: ``billing.payments.orders.asked.store.withdraw`` says which.
    """
    return order_out(asked.withdraw(session, key, reason=reason, by=who, at=at))


def make_pay_link(
    session: Session, number: str, supplier: str | None, setup: WaysSetUp, *, days: int | None, who: str, at: datetime
) -> MadePayLinkOut:
    """Make a link under which a document is paid; its address is answered this once.

    Raises:
        WayNotSetUp: nobody knows under which address customers reach this server.
        UsufructError: ``billing.payments.links.make_pay_link`` says which.
    """
    lasting = setup.link_days if days is None else days
    token, known = links.make_pay_link(session, number, supplier, days=lasting, by=who, at=at)
    made(session, f"link {known.id} to pay {known.document}")
    return made_pay_link_out(known, setup.pay_link(token))


def list_pay_links(
    session: Session, number: str, supplier: str | None, *, as_customer: bool = False
) -> list[PayLinkOut]:
    """List the links under which a document is paid, the first made first.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
    """
    shown = [pay_link_out(known) for known in links.pay_links(session, number, supplier)]
    return [one.for_customer for one in shown] if as_customer else shown


def open_pay_links(session: Session, number: str, supplier: str | None, at: datetime) -> list[PayLinkOut]:
    """List the links under which a document can be paid now; of a draft there is none.

    Raises:
        UnknownInvoice, WhichSupplier: there is no such document.
    """
    if number.startswith(DRAFT):
        return []
    return [pay_link_out(known) for known in links.pay_links(session, number, supplier) if known.is_open(at)]


def revoke_pay_link(
    session: Session, number: str, supplier: str | None, key: int, *, who: str, at: datetime
) -> PayLinkOut:
    """End a link before it expires.

    Raises:
        UsufructError: ``billing.payments.links.revoke_pay_link`` says which.
    """
    return pay_link_out(links.revoke_pay_link(session, number, supplier, key, by=who, at=at))


def make_method_link(
    session: Session, contract: str, setup: WaysSetUp, *, days: int | None, who: str, at: datetime
) -> MadePayLinkOut:
    """Make a link under which the customer of a contract saves what it is charged by; its address is answered once.

    Raises:
        WayNotSetUp: nobody knows under which address customers reach this server.
        UsufructError: ``billing.payments.links.make_method_link`` says which.
    """
    lasting = setup.link_days if days is None else days
    token, known = links.make_method_link(session, contract, days=lasting, by=who, at=at)
    made(session, f"link {known.id} to save a method for {known.contract}")
    return made_pay_link_out(known, setup.pay_link(token))


def list_method_links(session: Session, contract: str, *, as_customer: bool = False) -> list[PayLinkOut]:
    """List the links under which a method is saved for a contract.

    Raises:
        UnknownContract: there is none of that reference here.
    """
    shown = [pay_link_out(known) for known in links.method_links(session, contract)]
    return [one.for_customer for one in shown] if as_customer else shown


def revoke_method_link(session: Session, contract: str, key: int, *, who: str, at: datetime) -> PayLinkOut:
    """End a link before it expires.

    Raises:
        UsufructError: ``billing.payments.links.revoke_method_link`` says which.
    """
    return pay_link_out(links.revoke_method_link(session, contract, key, by=who, at=at))


def list_saved_methods(
    session: Session, query: SavedMethodQuery, *, as_customer: bool = False
) -> ListPage[SavedMethodOut]:
    """List saved methods in pages, the first saved first; a customer sees its own."""
    page = methods.listed_methods(session, query)
    shown = [method_out(known) for known in page.rows]
    return page.of(tuple(one.for_customer for one in shown) if as_customer else tuple(shown))


def end_saved_method(
    session: Session, key: int, *, reason: str, who: str, identity: int | None, at: datetime
) -> SavedMethodOut:
    """End a method: nothing is charged by it any more; what is under way stays so.

    Raises:
        UsufructError: ``billing.payments.methods.store.end_method`` says which.
    """
    return method_out(methods.end_method(session, key, reason=reason, by=who, identity=identity, at=at))


def prepare_refund(session: Session, prepared: RefundPrepared, *, who: str, at: datetime) -> RefundOut:
    """Prepare a refund, which another person releases; released at once where one person is enough.

    Raises:
        UsufructError: ``billing.payments.refunds.store.prepare_refund`` says which.
    """
    known = refunds.prepare_refund(session, prepared, releasing(session, who, at))
    made(session, f"refund {known.id} of payment {known.payment}")
    return refund_out(known)


def release_refund(session: Session, number: int, *, who: str, at: datetime) -> RefundOut:
    """Release a refund that another person has prepared: the gateway is asked within seconds.

    Raises:
        UsufructError: ``billing.payments.refunds.store.release_refund`` says which.
    """
    return refund_out(refunds.release_refund(session, number, releasing(session, who, at)))


def withdraw_refund(session: Session, number: int, *, who: str, at: datetime) -> RefundOut:
    """Take back a refund that waits.

    Raises:
        UsufructError: ``billing.payments.refunds.store.withdraw_refund`` says which.
    """
    return refund_out(refunds.withdraw_refund(session, number, releasing(session, who, at)))


def list_refunds(session: Session, query: RefundQuery) -> ListPage[RefundOut]:
    """List refunds in pages, the oldest first."""
    page = refunds.refunds(session, query)
    return page.of(tuple(refund_out(known) for known in page.rows))


def list_balance_entries(session: Session, query: BalanceEntryQuery) -> ListPage[BalanceEntryOut]:
    """List what moved our balances at gateways, in pages."""
    page = balance.balance_entries(session, query)
    return page.of(tuple(balance_entry_out(known) for known in page.rows))


def list_gateway_payouts(session: Session, query: GatewayPayoutQuery) -> ListPage[GatewayPayoutOut]:
    """List what gateways paid out to our bank, in pages."""
    page = balance.gateway_payouts(session, query)
    return page.of(tuple(gateway_payout_out(known) for known in page.rows))


def write_balance_entries(session: Session, query: BalanceEntryQuery) -> bytes:
    """Write all changes of balances that are asked for as CSV."""
    return _written(BalanceEntryOut, _all(query, lambda asked: list_balance_entries(session, asked)))


def write_gateway_payouts(session: Session, query: GatewayPayoutQuery) -> bytes:
    """Write all payouts that are asked for as CSV."""
    return _written(GatewayPayoutOut, _all(query, lambda asked: list_gateway_payouts(session, asked)))


def _all(query: _Query, listed: Callable[[_Query], ListPage[_Row]]) -> Iterator[_Row]:
    asked, more = query.model_copy(update={"limit": ROWS_MAX, "total": False}), True
    while more:
        page = listed(asked)
        yield from page.rows
        more = bool(page.after)
        asked = asked.model_copy(update={"after": page.after})


def _written(
    kind: type[BalanceEntryOut | GatewayPayoutOut], rows: Iterator[BalanceEntryOut] | Iterator[GatewayPayoutOut]
) -> bytes:
    columns = list(kind.model_fields)
    return write(columns, ([getattr(row, column) for column in columns] for row in rows))
