"""States are asked to clear documents, and answer: at both doors, in a house that has no supplier in their countries."""

from tests.net.doors import Desk, Web

_REFUSED = '{"invoices": [{"invoiceNumber": "FV/1", "invoiceHash": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "status": {"code": 440, "description": "Duplikat"}}]}'
_NOTHING = '<Potwierdzenie xmlns="http://upo.schematy.mf.gov.pl/KSeF/v4-3"/>'


def clear(desk: Desk, web: Web) -> None:
    """Nothing is due; what is asked about something else is refused."""
    newest = web.done("anna", "GET", "/v1/invoices")[-1]["number"]
    desk.file("session.json", _REFUSED.encode())
    for command in (
        ("export", "ksef"),
        ("export", "fapiao", "--quota", "1000", "--json"),
        ("export", "sdi"),
        ("withdraw", "ksef", "1"),
        ("write-again", "ksef", "1"),
    ):
        desk.types("clearances", "clearance", *command)
    desk.types("clearances", "clearance", "import", "ksef", "session.json")
    desk.types("clearances", "clearance", "red", newest, "--reason", "reduced")
    desk.types("clearances", "clearance", "red", newest, "--reason", "regretted")
    desk.types("clearances", "clearance", "red-step", "1", "confirm")
    desk.both("clearances", "clearance", "list", "ksef")
    desk.both("clearances", "clearance", "reds")
    web.asks("clearances", "finance", "POST", "/v1/clearances/ksef/files", json={})
    web.asks("clearances", "blechwerke", "POST", "/v1/clearances/ksef/files", json={})
    web.asks("clearances", "finance", "POST", "/v1/clearances/ksef/answers", content=_NOTHING)
    web.asks("clearances", "finance", "POST", "/v1/clearances/ksef/files/1/withdraw")
    web.asks("clearances", "finance", "POST", "/v1/clearances/fapiao/reds/1/steps", json={"step": "refuse"})
    asked = {"document": newest, "reason": "returned", "deducted": True}
    web.asks("clearances", "finance", "POST", "/v1/clearances/fapiao/reds", json=asked)
    for path in ("/v1/clearances/ksef?status=asked", "/v1/clearances/fapiao/reds", "/v1/clearances/ksef/files/1"):
        web.asks("clearances", "finance", "GET", path)
    for who in ("finance", "blechwerke"):
        web.asks("clearances", who, "GET", f"/v1/invoices/{newest}/clearances")
