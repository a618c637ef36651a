"""What falls due is listed, what failed run again, and work is held back by one and for longer by two: at both doors."""

from tests.net.doors import Desk, Web


def falls_due(desk: Desk, web: Web) -> None:
    """A calendar, what waits by itself, and pauses."""
    desk.types("due", "due", "--until", "2026-07-31", "--limit", "8")
    desk.types("due", "due", "--until", "2190-01-01")
    web.asks("due", "finance", "GET", "/v1/due?until=2026-07-31&limit=8")
    desk.both("due", "work", "list")
    web.asks("due", "finance", "GET", "/v1/work?limit=2")
    known = web.done("finance", "GET", "/v1/work?limit=1")
    number = known[0]["work"] if known else 1
    desk.both("due", "work", "show", str(number))
    desk.types("due", "work", "again", str(number))
    web.asks("due", "finance", "GET", f"/v1/work/{number}")
    web.asks("due", "finance", "POST", f"/v1/work/{number}/again")
    desk.types("due", "work", "show", "999")
    desk.types("due", "work", "pause", "prices are looked at", "--kind", "issue", "--until", "2190-01-01")
    desk.types("due", "work", "pause", "prices are looked at", "--kind", "isue")
    web.asks("due", "finance", "POST", "/v1/work/pauses", json={"reason": "a look", "kind": "remind"})
    paused = [one["pause"] for one in web.done("finance", "GET", "/v1/work/pauses")]
    web.asks("due", "bert", "POST", f"/v1/work/pauses/{paused[-1]}/release")
    desk.types("due", "work", "release", str(paused[0]))
    desk.both("due", "work", "pauses")
    desk.types("due", "work", "resume", str(paused[0]))
    desk.types("due", "work", "resume", str(paused[0]))
    for pause in paused[1:]:
        web.asks("due", "finance", "POST", f"/v1/work/pauses/{pause}/end")
    web.asks("due", "finance", "GET", "/v1/work/pauses?ended=true")
