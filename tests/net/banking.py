"""Files of banks are read, what waits is settled, and payers are told apart: at both doors."""

from tests.net.doors import Desk, Web

_HEADER = "account,booked_on,amount,currency,payer,payer_account,text,return_reason\n"
_CSV = {"Content-Type": "text/csv"}


def bank(desk: Desk, web: Web) -> None:
    """Entries that wait are matched, returned and ignored; an alias is said by one and released by another."""
    mine = [one for one in web.done("anna", "GET", "/v1/invoices?payment=issued") if one["customer"] == "Blechwerke"]
    number = mine[0]["number"] if mine else "2026-000001"
    rows = [f"DE02,2026-05-01,{amount},EUR,{payer},DE07,{text},{back}\n" for amount, payer, text, back in (
        ("7.00", "Somebody", "rent", ""), ("8.00", "Somebody", "rent", ""), ("9.00", "", "interest", ""), ("-8.50", "", "back", "AC04"),
        ("0.50", "Blechwerke", number, ""),
    )]  # fmt: skip
    desk.file("statement.csv", (_HEADER + "".join(rows)).encode())
    for _ in range(2):
        desk.types("bank", "bank", "read", "statement.csv")
    desk.types("bank", "bank", "read", "statement.csv", "--profile", "sparkase")
    desk.both("bank", "bank", "queue")
    waiting = [one["entry"] for one in web.done("finance", "GET", "/v1/bank/entries?state=queued")]
    first, second, third, back = waiting[:4]
    desk.types("bank", "bank", "match", str(first), "--customer", "Blechwerke")
    desk.types("bank", "bank", "match", str(first), f"{number}:much")
    body = {"customer": "Blechwerke"}
    web.asks("bank", "finance", "POST", f"/v1/bank/entries/{second}/match", json=body)
    paid = next(one for one in web.done("finance", "GET", "/v1/bank/entries") if one["entry"] == second)["payment"]
    desk.types("bank", "bank", "return", str(third), str(paid))
    web.asks("bank", "finance", "POST", f"/v1/bank/entries/{back}/return", json={"payment": paid})
    desk.types("bank", "bank", "booked", str(third), "--file", "9")
    for named in ({"orders": [9]}, {}):
        web.asks("bank", "finance", "POST", f"/v1/bank/entries/{third}/orders", json=named)
    desk.types("bank", "bank", "ignore", str(third), "interest")
    web.asks("bank", "finance", "POST", f"/v1/bank/entries/{third}/ignore", json={"reason": "interest of the bank"})
    desk.both("bank", "bank", "entries")
    for who in ("finance", "blechwerke"):
        web.asks("bank", who, "GET", "/v1/bank/entries?state=matched")
    web.asks(
        "bank", "finance", "POST", "/v1/bank/files", content=_HEADER + rows[0].replace("7.00", "6.00"), headers=_CSV
    )
    advice = f"reference,customer,paid_on,currency,total,document,amount\nA1,Blechwerke,2026-05-01,EUR,1,{number},1\n"
    desk.file("advice.csv", advice.encode())
    desk.types("bank", "bank", "advice", "advice.csv")
    web.asks("bank", "finance", "POST", "/v1/bank/advices", content=advice.replace("A1", "A2"), headers=_CSV)
    desk.types("bank", "bank", "alias", "own", "--account", "DE09")
    desk.types("bank", "bank", "alias", "nobody", "--account", "DE09")
    desk.types("bank", "bank", "alias-release", "1")
    desk.types("bank", "bank", "alias-withdraw", "1")
    stands = {"kind": "customer", "account": "DE07", "customer": "Blechwerke"}
    web.asks("bank", "finance", "POST", "/v1/bank/payers", json=stands)
    web.asks("bank", "bert", "POST", "/v1/bank/payers/2/release")
    web.asks("bank", "finance", "POST", "/v1/bank/payers/2/withdraw")
    web.asks("bank", "finance", "GET", "/v1/bank/payers")
    desk.both("bank", "bank", "aliases")
