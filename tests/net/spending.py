"""Credit is topped up and shown, and a threshold is reached: at both doors."""

from api.delivering.setup import WaysSetUp
from api.server.database import Access, Database
from api.spending.everyone import SpendingRules, look_at_tenant
from tests.net.doors import Desk, Web

_TERMS = """contract: PREPAID
supplier: {name: Nordluft, country: DE, vat_id: DE129273398}
customer: {name: Blechwerke, country: DE}
currency: EUR
zone: Europe/Berlin
starts: 2026-05-01
settings: {least_coverage: "0"}
spending:
  top_up: {below: "0", by: "250"}
  alerts: [{at: {percent: "50"}, per: period}]
  cap: {amount: "200"}
charges:
  - {name: fee, rule: {kind: fixed_fee, amount: "300.00"}}
"""


def spend(desk: Desk, web: Web, access: Access) -> None:
    """A top-up by the terms and one by an amount; what is refused; and the cap of a month that a fee alone exceeds."""
    desk.file("prepaid.yaml", _TERMS)
    desk.done("contract", "apply", "prepaid.yaml")
    web.done("bert", "POST", "/v1/contracts/PREPAID/release", json={})
    desk.types("spending", "prepaid", "show", "PREPAID")
    desk.types("spending", "prepaid", "show", "NOWHERE")
    desk.types("spending", "prepaid", "top-up", "PREPAID")
    desk.types("spending", "prepaid", "top-up", "PREPAID", "--amount", "a lot")
    desk.types("spending", "prepaid", "top-up", "PREPAID", "--amount", "0.001")
    desk.types("spending", "prepaid", "top-up", "GOOD", "--amount", "5")
    web.asks("spending", "finance", "POST", "/v1/contracts/PREPAID/top-ups", json={"amount": "50.00"})
    web.asks("spending", "finance", "POST", "/v1/contracts/PREPAID/top-ups", json={"amount": "0"})
    database = Database(access.app, pool_size=2)
    try:
        look_at_tenant(database, 1, SpendingRules(WaysSetUp(), clock=lambda: desk.now))
    finally:
        database.close()
    desk.both("spending", "prepaid", "show", "PREPAID")
    desk.both("spending", "prepaid", "list")
    desk.both("spending", "alert", "list")
    desk.both("spending", "alert", "list", "--state", "below_again")
    desk.types("spending", "alert", "show", "999")
    for who in ("finance", "blechwerke"):
        web.asks("spending", who, "GET", "/v1/contracts/PREPAID/prepaid")
        web.asks("spending", who, "GET", "/v1/prepaid")
        fired = web.asks("spending", who, "GET", "/v1/alerts")
        for alert in fired:
            web.asks("spending", who, "GET", f"/v1/alerts/{alert['alert']}")
    for alert in fired:
        desk.both("spending", "alert", "show", str(alert["alert"]))
