"""Documents are late: what falls due, a letter that a person orders, pauses, and services, at both doors."""

from tests.net.doors import Desk, Web


def dun(desk: Desk, web: Web) -> None:
    """All that is asked of what is late; no contract of the workshop has steps, so that nothing is written by itself."""
    mine = [one for one in web.done("anna", "GET", "/v1/invoices") if one["customer"] == "Blechwerke"]
    number = mine[0]["number"]
    for command in (("list", "--state", "any"), ("due", "--until", "2026-12-31"), ("pauses",)):
        desk.both("dunning", "dunning", *command)
    desk.types("dunning", "dunning", "list", "--state", "late")
    desk.types("dunning", "dunning", "show", number)
    desk.types("dunning", "dunning", "send", number)
    desk.types("dunning", "dunning", "letter", "D-1")
    desk.types("dunning", "dunning", "letter", "1")
    desk.both("dunning", "dunning", "service", "GOOD")
    agreed = ("--reason", "a plan is agreed")
    desk.types("dunning", "dunning", "pause", "--customer", "Blechwerke", *agreed)
    desk.types("dunning", "dunning", "pause", *agreed)
    desk.types("dunning", "dunning", "pause", "--document", number, "--until", "2025-12-31", *agreed)
    desk.types("dunning", "dunning", "resume", "1")
    desk.types("dunning", "dunning", "resume", "1")
    put_off = {"document": number, "until": "2026-12-31", "defers": True, "reason": "until the meter is replaced"}
    web.asks("dunning", "finance", "POST", "/v1/dunning/pauses", json=put_off)
    web.asks("dunning", "finance", "POST", "/v1/dunning/pauses/2/end")
    web.asks("dunning", "finance", "POST", "/v1/dunning/pauses/9/end")
    web.asks("dunning", "finance", "GET", "/v1/dunning/pauses")
    for who in ("finance", "blechwerke"):
        web.asks("dunning", who, "GET", "/v1/dunning?state=stopped")
        web.asks("dunning", who, "GET", "/v1/dunning/letters/D-1")
        web.asks("dunning", who, "GET", "/v1/dunning/letters/D-1/page")
        web.asks("dunning", who, "GET", "/v1/dunning/letters/D-1/pdf")
        web.asks("dunning", who, "GET", "/v1/contracts/GOOD/service")
    web.asks("dunning", "finance", "GET", f"/v1/invoices/{number}/dunning")
    web.asks("dunning", "finance", "POST", f"/v1/invoices/{number}/dunning/next")
    web.asks("dunning", "finance", "GET", "/v1/dunning/due?until=2026-12-31")
