"""Collecting by gateways, at both doors: orders, links, methods, refunds and balances; the gateway itself is elsewhere.

What a gateway would have brought is written as rows: a charge that is paid, one that was refused, a card, two fees.
"""

from api.server.database import Access
from tests.net.delivering import set_up, unmasked
from tests.net.doors import Desk, Web, by_sql

_PUBLIC = "https://billing.example"
_PARTIES = "(select i.issuer_id, i.customer_id, i.tenant from invoice i where i.number = '{number}')"


def collect(desk: Desk, web: Web, access: Access) -> None:
    """What waits for a person is tried again or withdrawn; money is given back by two; what is listed is written."""
    with set_up(web):
        number = _open_document(web)
        pay_by_links(desk, web, number)
        work_on_orders(desk, web, access, number)
        save_methods(desk, web)
        give_back(desk, web, access)
        look_at_balances(desk, web)


def _open_document(web: Web) -> str:
    listed = web.done("anna", "GET", "/v1/invoices?payment=issued")
    return str(next(one["number"] for one in listed if one["gross"] > "0" and not one["gross"].startswith("-")))


def pay_by_links(desk: Desk, web: Web, number: str) -> None:
    """Made, opened without a key, clicked on where no gateway is set up, and revoked."""
    path = f"/v1/invoices/{number}/pay-links"
    desk.types("collecting", "payment", "link", number, "--days", "14")
    web.done("finance", "POST", path, json={"days": 7})
    link = unmasked(web, "POST", path, json={"days": 7})
    opened = link["url"].removeprefix(_PUBLIC)
    for method in ("GET", "POST"):
        web.ask(None, method, opened)
    for method in ("GET", "POST"):
        web.asks("collecting", None, method, "/pay/guessed")
    for where in ("done", "left"):
        web.asks("collecting", None, "GET", f"/pay/{where}")
    desk.both("collecting", "payment", "links", number)
    web.asks("collecting", "finance", "GET", path)
    web.asks("collecting", "finance", "DELETE", f"{path}/{link['link']}")
    web.ask(None, "GET", opened)
    desk.types("collecting", "payment", "link-revoke", number, str(link["link"]))
    web.asks("collecting", "finance", "DELETE", f"{path}/99")


def work_on_orders(desk: Desk, web: Web, access: Access, number: str) -> None:
    rows = f"from {_PARTIES.format(number=number)} d"
    paid = {
        "customer": "Blechwerke",
        "currency": "EUR",
        "amount": "20.00",
        "received_on": "2026-05-01",
        "reference": "g",
    }
    payment = web.done("finance", "POST", "/v1/payments", json=paid)["payment"]
    columns = "tenant, movement, account, issuer_id, party_id, currency, amount, state, attempts, waits, asked_at"
    made = "'cards', d.issuer_id, d.customer_id, 'EUR', 20.00"
    by_sql(
        access,
        "set session_replication_role = replica",
        f"""insert into gateway_order ({columns}, payment_id, external)
            select d.tenant, 'charge', {made}, 'done', 1, false, '2026-05-01 08:00Z', {payment}, 'pi_1' {rows}""",
        f"""insert into gateway_order ({columns}, invoice_id)
            select d.tenant, 'session', {made}, 'expired', 1, false, '2026-05-01 09:00Z', i.id {rows}
            join invoice i on i.tenant = d.tenant and i.number = '{number}'""",
        f"""insert into gateway_order ({columns})
            select d.tenant, 'charge', {made}, 'refused', 5, true, '2026-05-01 10:00Z' {rows}""",
        """insert into gateway_order_event (tenant, order_id, attempt, kind, at, key, external, detail)
           select tenant, id, 5, 'refused', '2026-05-01 10:00Z', '', 'pi_2', 'insufficient_funds' from gateway_order
           where state = 'refused'""",
        f"""insert into saved_method (tenant, account, issuer_id, party_id, customer, external, rail, mandate, words, saved_at)
            select d.tenant, 'cards', d.issuer_id, d.customer_id, 'cus_1', 'pm_' || n, 'card', '', 'card ending in 4242',
                   '2026-05-01 08:00Z' {rows}, generate_series(1, 2) n""",
        f"""insert into gateway_balance_entry (tenant, account, external, kind, kind_words, currency, gross, fee, source, payout, at)
            select d.tenant, 'cards', v.* {rows}, (values
                ('txn_1', 'payment', 'charge', 'EUR', 20.00, 0.55, 'pi_1', 'po_1', timestamptz '2026-05-01 08:00Z'),
                ('txn_2', 'fee', 'stripe_fee', 'EUR', -1.00, 0, 'fee_1', 'po_1', '2026-05-01 09:00Z'),
                ('txn_3', 'payout', 'payout', 'EUR', -18.45, 0, 'po_1', 'po_1', '2026-05-04 08:00Z')) v""",
        "set session_replication_role = default",
    )
    desk.both("collecting", "gateway", "orders")
    desk.both("collecting", "gateway", "orders", "--waits")
    for who in ("finance", "blechwerke"):
        web.asks("collecting", who, "GET", "/v1/gateway-orders")
    _, expired, refused = (one["order"] for one in web.done("finance", "GET", "/v1/gateway-orders"))
    desk.both("collecting", "gateway", "show", str(refused))
    web.asks("collecting", "blechwerke", "GET", f"/v1/gateway-orders/{refused}")
    desk.types("collecting", "gateway", "show", "99")
    desk.types("collecting", "gateway", "again", str(refused), "--reason", "the customer has a new card")
    web.asks("collecting", "finance", "POST", f"/v1/gateway-orders/{expired}/again", json={"reason": "asked for it"})
    desk.types("collecting", "gateway", "withdraw", str(expired), "--reason", "paid in cash")
    reason = {"reason": "a mistake"}
    web.asks("collecting", "finance", "POST", f"/v1/gateway-orders/{refused}/withdraw", json=reason)
    web.asks("collecting", "finance", "POST", f"/v1/gateway-orders/{refused}/withdraw", json=reason)


def save_methods(desk: Desk, web: Web) -> None:
    """Of a contract that no gateway charges none is saved; of those that are one ends."""
    contract = web.done("anna", "GET", "/v1/contracts")[0]["contract"]
    desk.types("collecting", "gateway", "link", contract)
    web.asks("collecting", "finance", "POST", f"/v1/contracts/{contract}/method-links", json={})
    desk.both("collecting", "gateway", "links", contract)
    web.asks("collecting", "finance", "GET", f"/v1/contracts/{contract}/method-links")
    desk.types("collecting", "gateway", "link-revoke", contract, "99")
    web.asks("collecting", "finance", "DELETE", f"/v1/contracts/{contract}/method-links/99")
    desk.both("collecting", "gateway", "methods")
    for who in ("finance", "blechwerke"):
        web.asks("collecting", who, "GET", "/v1/saved-methods")
    first, second = (one["method"] for one in web.done("finance", "GET", "/v1/saved-methods"))
    desk.types("collecting", "gateway", "end-method", str(first), "--reason", "lost")
    web.asks("collecting", "finance", "POST", f"/v1/saved-methods/{second}/end", json={"reason": "lost"})
    web.asks("collecting", "finance", "POST", f"/v1/saved-methods/{second}/end", json={"reason": "lost"})


def give_back(desk: Desk, web: Web, access: Access) -> None:
    (paid,) = by_sql(access, "select payment_id from gateway_order where state = 'done' and movement = 'charge'")
    number = str(paid["payment_id"])
    desk.types("collecting", "payment", "refund", number, "--amount", "5.00", "--reason", "twice")
    web.asks(
        "collecting", "finance", "POST", f"/v1/payments/{number}/refunds", json={"amount": "4.00", "reason": "kind"}
    )
    web.asks("collecting", "finance", "POST", f"/v1/payments/{number}/refunds", json={"amount": "40", "reason": "kind"})
    web.asks("collecting", "finance", "POST", f"/v1/payments/{number}/refunds", json={"reason": "the rest"})
    web.asks("collecting", "finance", "POST", "/v1/payments/1/refunds", json={"reason": "by bank"})
    desk.types("collecting", "payment", "refund", "1", "--amount", "much", "--reason", "kind")
    desk.both("collecting", "payment", "refunds")
    waiting = [one["refund"] for one in web.done("finance", "GET", "/v1/refunds")]
    desk.types("collecting", "payment", "refund-release", str(waiting[0]))
    web.asks("collecting", "finance", "POST", f"/v1/refunds/{waiting[1]}/release")
    web.asks("collecting", "bert", "POST", f"/v1/refunds/{waiting[1]}/release")
    desk.types("collecting", "payment", "refund-withdraw", str(waiting[2]))
    web.asks("collecting", "finance", "POST", f"/v1/refunds/{waiting[0]}/withdraw")
    web.asks("collecting", "finance", "POST", "/v1/refunds/99/release")
    web.asks("collecting", "finance", "GET", "/v1/refunds?state=any")


def look_at_balances(desk: Desk, web: Web) -> None:
    desk.both("collecting", "gateway", "balance", "--since", "2026-05-01")
    desk.both("collecting", "gateway", "payouts")
    desk.types("collecting", "gateway", "balance", "--csv", "balance.csv")
    desk.types("collecting", "gateway", "payouts", "--csv", "payouts.csv")
    for who in ("finance", "blechwerke"):
        for what in ("balance", "balance.csv", "payouts", "payouts.csv"):
            web.asks("collecting", who, "GET", f"/v1/gateway-{what}")
