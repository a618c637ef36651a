"""What payees are owed, made a payout of, released, paid by our bank, and come back: at both doors."""

from tests.net.doors import Desk, Web


def pay_out(desk: Desk, web: Web) -> None:
    """The factory is paid by our bank as its documents are issued; what comes back is owed again."""
    desk.both("payouts", "payout", "due")
    desk.both("payouts", "payout", "due", "Werkhalle")
    desk.types("payouts", "payout", "due", "Werkhall")
    web.asks("payouts", "finance", "GET", "/v1/payouts-due?payee=Werkhalle")
    web.asks("payouts", "finance", "GET", "/v1/payouts-due?currency=EUR&limit=1&total=true")
    _switch(web, off=False)
    web.asks("payouts", "finance", "POST", "/v1/payees/Werkhalle/payouts", json={})
    web.asks("payouts", "finance", "POST", "/v1/payouts/1/release")
    web.asks("payouts", "bert", "POST", "/v1/payouts/1/release")
    _switch(web, off=True)
    desk.types("payouts", "payout", "make", "Werkhalle")
    desk.types("payouts", "payout", "release", "1")
    desk.types("payouts", "payout", "again", "1", "--reason", "they say it works now")
    desk.types("payouts", "payout", "withdraw", "1", "--reason", "a dispute")
    made = web.done("finance", "POST", "/v1/payees/Werkhalle/payouts", json={"currency": "EUR"})["payout"]
    desk.both("payouts", "payout", "show", str(made))
    web.asks("payouts", "finance", "GET", f"/v1/payouts/{made}")
    paid = {"on": "2026-05-02", "reference": "2026-05-02/19"}
    web.asks("payouts", "finance", "POST", f"/v1/payouts/{made}/paid", json=paid)
    desk.types("payouts", "payout", "failed", str(made), "--reason", "AC04 the account is closed")
    made = web.done("finance", "POST", "/v1/payees/Werkhalle/payouts", json={})["payout"]
    desk.types("payouts", "payout", "paid", str(made), "--on", "2026-05-02", "--reference", "2026-05-02/20")
    web.asks("payouts", "finance", "POST", f"/v1/payouts/{made}/failed", json={"reason": "AC01"})
    desk.types("payouts", "payout", "make", "Werkhalle", "--currency", "PLN")
    made = web.done("finance", "POST", "/v1/payees/Werkhalle/payouts", json={})["payout"]
    web.asks("payouts", "finance", "POST", f"/v1/payouts/{made}/withdraw", json={"reason": "a dispute"})
    web.asks("payouts", "finance", "GET", "/v1/payouts?state=failed")
    desk.both("payouts", "payout", "list", "--payee", "Werkhalle")
    desk.both("payouts", "payout", "connection", "Werkhalle")
    desk.types("payouts", "payout", "connect", "Werkhalle")
    web.asks("payouts", "finance", "POST", "/v1/payees/Werkhalle/connection")
    web.asks("payouts", "finance", "GET", "/v1/payees/Werkhalle/connection")


def _switch(web: Web, *, off: bool) -> None:
    made = web.done("anna", "POST", "/v1/four-eyes/switches", json={"off": off, "reason": "payouts are looked at"})
    web.client.post(
        f"/v1/four-eyes/switches/{made['number']}/release", headers={"Authorization": f"Bearer {web.keys['bert']}"}
    )
