"""Mandates are recorded and ended, and orders to banks looked for, at both doors; nothing is due to be collected."""

from tests.net.doors import Desk, Web


def order_banks(desk: Desk, web: Web) -> None:
    """What needs a creditor identifier, an order or a file is refused without; lists are empty."""
    signed = {
        "supplier": "Nordluft",
        "customer": "Blechwerke",
        "scheme": "core",
        "reference": "M-1",
        "signed_on": "2026-01-05",
    }
    web.asks(
        "bank_orders", "finance", "POST", "/v1/bank/mandates", json={**signed, "account": "DE89370400440532013000"}
    )
    web.asks("bank_orders", "finance", "GET", "/v1/bank/mandates")
    desk.both("bank_orders", "bank", "mandate", "list")
    of = ("--supplier", "Nordluft", "--customer", "Blechwerke", "--account", "DE02", "--signed", "2026-01-05")
    desk.types("bank_orders", "bank", "mandate", "record", "M-1", *of)
    desk.types("bank_orders", "bank", "mandate", "record", "M-1", *of, "--scheme", "cor")
    for command in ("show", "end"):
        desk.types("bank_orders", "bank", "mandate", command, "9")
    desk.types("bank_orders", "bank", "mandate", "amend", "9", "--holder", "Somebody")
    desk.types("bank_orders", "bank", "mandate", "revoke", "9", "the customer said so")
    for act, body in (("amend", {"holder": "Somebody"}), ("revoke", {"reason": "said so"}), ("end", None)):
        web.asks("bank_orders", "finance", "POST", f"/v1/bank/mandates/9/{act}", json=body)
    web.asks("bank_orders", "finance", "GET", "/v1/bank/mandates/9")
    desk.both("bank_orders", "bank", "order", "list")
    web.asks("bank_orders", "finance", "GET", "/v1/bank/orders?state=due")
    web.asks("bank_orders", "finance", "GET", "/v1/bank/orders/9")
    desk.types("bank_orders", "bank", "order", "show", "9")
    for act, said in (("withdraw", "paid"), ("again", "asked for")):
        desk.types("bank_orders", "bank", "order", act, "9", said)
        web.asks("bank_orders", "finance", "POST", f"/v1/bank/orders/9/{act}", json={"reason": said})
    desk.types("bank_orders", "bank", "order", "notice", "9", "--on", "2026-02-01")
    web.asks("bank_orders", "finance", "POST", "/v1/bank/orders/9/notice", json={})
    desk.types("bank_orders", "bank", "order", "refund", "2026-000001", "--amount", "much")
    desk.types("bank_orders", "bank", "order", "refund", "2026-000001")
    web.asks("bank_orders", "finance", "POST", "/v1/bank/refunds", json={"document": "2026-000001"})
    desk.types("bank_orders", "bank", "order", "prepare", "Nordluft")
    web.asks("bank_orders", "finance", "POST", "/v1/bank/order-files", json={"supplier": "Nordluft"})
    desk.both("bank_orders", "bank", "order", "files")
    web.asks("bank_orders", "finance", "GET", "/v1/bank/order-files")
    web.asks("bank_orders", "finance", "GET", "/v1/bank/order-files/9")
    web.asks("bank_orders", "finance", "GET", "/v1/bank/order-files/9/content")
    web.asks("bank_orders", "bert", "POST", "/v1/bank/order-files/9/take")
    web.asks("bank_orders", "finance", "POST", "/v1/bank/order-files/9/cancel", json={"reason": "not sent"})
    for command in ("take", "content"):
        desk.types("bank_orders", "bank", "order", command, "9", "--to", "debits.xml")
    desk.types("bank_orders", "bank", "order", "cancel", "9", "not sent")
    desk.file("report.xml", b"<a/>")
    desk.types("bank_orders", "bank", "order", "report", "report.xml")
    xml = {"Content-Type": "application/xml"}
    web.asks("bank_orders", "finance", "POST", "/v1/bank/order-reports", content=b"<a/>", headers=xml)
