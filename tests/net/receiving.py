"""Documents are sent and paid, set off and written off, and accounts have statements: at both doors."""

from tests.net.doors import Desk, Web


def receive(desk: Desk, web: Web) -> None:
    """All that becomes of a document; what is refused among it."""
    mine = [one for one in web.done("anna", "GET", "/v1/invoices") if one["customer"] == "Blechwerke"]
    first, second = (one["number"] for one in mine[:2])
    gross = mine[0]["gross"]
    desk.types("receivables", "invoice", "sent", first)
    desk.types("receivables", "invoice", "sent", first, "--how", "portal", "--json")
    desk.types("receivables", "invoice", "sent", first, "--how", "pigeon")
    web.asks("receivables", "finance", "POST", f"/v1/invoices/{second}/sendings", json={"how": "hand", "note": "fair"})
    web.asks("receivables", "blechwerke", "GET", f"/v1/invoices/{second}/sendings")
    paid = ("--customer", "Blechwerke", "--currency", "EUR", "--received", "2026-05-01")
    desk.types("receivables", "payment", "record", *paid, "--amount", "100", "--reference", "17", "--on", f"{first}=60")
    desk.types("receivables", "payment", "record", *paid, "--amount", "100", "--reference", "17", "--on", f"{first}=60")
    desk.types("receivables", "payment", "record", *paid, "--amount", "99", "--reference", "17")
    desk.types("receivables", "payment", "record", *paid, "--amount", "much", "--reference", "18")
    desk.types("receivables", "payment", "record", *paid, "--amount", "9", "--reference", "18", "--on", first)
    desk.types("receivables", "payment", "allocate", "1", "--on", f"{first}=15.50", "--json")
    desk.types("receivables", "payment", "allocate", "1")
    for command in (("payment", "list"), ("payment", "show", "1")):
        desk.both("receivables", *command)
    body = {
        "customer": "Blechwerke",
        "currency": "EUR",
        "received_on": "2026-05-01",
        "reference": "19",
        "payer": "Bank",
    }
    for amount, part in (("20", gross), ("20", "10"), ("20", "10")):
        to = [{"document": second, "amount": part}]
        web.asks("receivables", "finance", "POST", "/v1/payments", json=body | {"amount": amount, "allocations": to})
    web.asks("receivables", "finance", "POST", "/v1/payments/2/allocations", json={"allocations": []})
    to = [{"document": second, "amount": "5"}]
    web.asks("receivables", "finance", "POST", "/v1/payments/2/allocations", json={"allocations": to})
    desk.types("receivables", "payment", "reverse", "1", "--reference", "17 back")
    web.asks(
        "receivables", "finance", "POST", "/v1/payments/2/reverse", json={"reference": "19 back", "on": "2026-05-01"}
    )
    for path in ("/v1/payments", "/v1/payments?reference=19", "/v1/payments/2"):
        web.asks("receivables", "blechwerke", "GET", path)
    desk.types("receivables", "write-off", "prepare", first, "--amount", "3.50", "--reason", "not worth a letter")
    desk.types("receivables", "write-off", "release", "1")
    written_off = {"amount": "1", "reason": "nor this"}
    web.asks("receivables", "anna", "POST", f"/v1/invoices/{second}/write-offs", json=written_off)
    desk.both("receivables", "write-off", "list")
    web.asks("receivables", "finance", "POST", "/v1/write-offs/2/release")
    desk.done("login", stdin=web.keys["bert"] + "\n")
    desk.types("receivables", "write-off", "release", "1")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    for who in ("finance", "blechwerke"):
        web.asks("receivables", who, "GET", "/v1/write-offs?state=any")
    desk.both("receivables", "account", "list")
    desk.both("receivables", "account", "statement", "Blechwerke")
    desk.types("receivables", "account", "statement", "Blechwerke", "--from", "2026-05-02", "--to", "2026-05-01")
    desk.types("receivables", "account", "statement", "Nobody")
    for path in ("", "/page", "/csv"):
        web.asks("receivables", "blechwerke", "GET", f"/v1/accounts/Blechwerke/statement{path}?from=2026-03-01")
    web.ask("blechwerke", "GET", "/v1/accounts/Blechwerke/statement/pdf?from=2026-03-01")
    web.asks("receivables", "blechwerke", "GET", "/v1/accounts")
    web.asks("receivables", "finance", "GET", "/v1/invoices?payment=partly_paid")
    desk.both("receivables", "invoice", "totals", "--customer", "Blechwerke")
