"""Who may do what over HTTP, written down by hand: every operation, every role, one's own and what is foreign.

roles     O owner, M contract manager, F finance, T meter, C customer of C-1, P payee, A auditor, V verifier of C-1,
          L lender of C-1, X third party with a grant of the machine; * anybody who is known
done      what those are answered; all others 403
elsewhere what the owner of another tenant is answered, and
others    what the customer of another contract is, where a customer may: for what is C-1's
"""

from dataclasses import dataclass, field
from typing import Any

from quantities.document import read
from tests.billing.scene import CONTRACT, FLEET

FORMS = ("ubl", "cii", "xrechnung", "xrechnung-cii", "peppol", "zugferd")
NOTHING = ()  # a list that is answered, and holds nothing
READ = {"from": "2026-01-01", "to": "2026-01-31"}
HOUR = {"start": "2026-01-05T09:00:00Z", "end": "2026-01-05T10:00:00Z"}
WITHDRAWN = {**HOUR, "reason": "meter test"}
EDITED = {**HOUR, "kind": "verify", "reason": "meter test"}
TERMS = read(CONTRACT.encode())
EXCHANGED = {"at": "2026-02-05T09:00:00Z", "closing": "10", "opening": "0", "serial": "S-2", "reason": "worn"}
DISPUTED = {"charge": "fee", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "doubted"}
PAID = {"customer": "Blechwerke", "currency": "EUR", "amount": "1", "received_on": "2026-02-01", "reference": "17"}
TOLD = {"party": "Nordluft", "in_force_from": "2026-01-01", "city": "Hamburg"}
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
NO_RECEIPT = b'{"invoices": []}'
BANK_FILE = b"account,booked_on,amount,currency,text\nDE02,2026-02-01,1.00,EUR,-\n"
ADVISED = b"reference,customer,paid_on,currency,total,document,amount\nA,Blechwerke,2026-02-01,EUR,1,2026-000001,1\n"
BANK_REPORT = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><OrgnlGrpInfAndSts>
<OrgnlMsgId>U1</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"""
SIGNED = {
    "supplier": "Nordluft",
    "customer": "Blechwerke",
    "scheme": "core",
    "reference": "M-1",
    "signed_on": "2026-01-05",
    "account": "DE89370400440532013000",
}
EVENT = {"id": "1", "source": "s", "specversion": "1.0", "type": "prompt", "subject": "acme", "data": {"tokens": 1}}
OF_LAGO = {"transaction_id": "1", "external_subscription_id": "sub", "code": "gb", "properties": {"gb": 1}}
MEASURED = {"client": "openmeter", "event_type": "prompt", "aggregation": "count", "unit": "each"}


@dataclass(frozen=True)
class Row:
    """What is asked, and what is answered to whom."""

    roles: str
    done: int
    elsewhere: Any = None
    others: Any = None
    asked: dict[str, Any] = field(default_factory=dict)


def row(roles: str, done: int, elsewhere: Any = None, others: Any = None, **asked: Any) -> Row:
    return Row(roles, done, elsewhere, others, asked)


EVERYBODY = "*"
MATRIX: dict[str, Row] = {
    "GET /health": row("nobody needs to be known", 200),
    "GET /ready": row("nobody needs to be known", 200),
    "GET /problems": row("nobody needs to be known", 200),
    "GET /problems/{name}": row("nobody needs to be known", 404),
    "GET /v1/whoami": row(EVERYBODY, 200, 200, 200),
    "GET /v1/waiting": row(EVERYBODY, 200, NOTHING, 200),
    "POST /v1/grants": row("C", 404, 403, 404, json={"name": "somebody X", "machine": "nothing"}),
    "GET /v1/grants": row("OCA", 200, NOTHING, NOTHING),
    "POST /v1/grants/{number}/revoke": row("C", 200, 403, 404),
    "GET /v1/four-eyes": row("OA", 200, 200),
    "POST /v1/four-eyes/switches": row("O", 201, 201, json={"off": True, "reason": "alone"}),
    "POST /v1/four-eyes/switches/{number}/release": row("O", 409, 409),
    "POST /v1/four-eyes/limits": row(
        "O", 201, 201, json={"operation": "dispute_waived", "amount": "50", "currency": "EUR", "reason": "small ones"}
    ),
    "POST /v1/four-eyes/limits/{number}/release": row("O", 409, 409),
    "POST /v1/four-eyes/switches/{number}/take-back": row("O", 409, 409),
    "POST /v1/four-eyes/limits/{number}/take-back": row("O", 409, 409),
    "GET /v1/audit": row("OA", 200, 200),
    "GET /v1/audit/anchor": row("OA", 200, 200),
    "POST /v1/audit/verify": row("OA", 200, 200, json={"position": 0, "hash": "0" * 64}),
    # --- what is told outside
    "GET /v1/webhooks": row("OMFA", 200, NOTHING),
    "POST /v1/webhooks": row("O", 201, 201, json={"url": "https://erp.example.com/hooks"}),
    "GET /v1/webhooks/{webhook}": row("OMFA", 200, 404),
    "PATCH /v1/webhooks/{webhook}": row("O", 200, 404, json={"types": ["document.issued"]}),
    "DELETE /v1/webhooks/{webhook}": row("O", 200, 404),
    "POST /v1/webhooks/{webhook}/rotate": row("O", 201, 404),
    "GET /v1/webhooks/{webhook}/deliveries": row("OMFA", 200, 404),
    "POST /v1/webhooks/{webhook}/deliveries/replay": row("O", 200, 404),
    "POST /v1/webhooks/{webhook}/deliveries/{notification}/replay": row("O", 404, 404),
    "GET /v1/notifications": row("OMFA", 200, NOTHING),
    # --- ways in
    "POST /oauth/token": row("nobody needs to be known", 401, data={"grant_type": "client_credentials"}),
    "GET /session": row(EVERYBODY, 200, 200, 200),
    "POST /session": row("nobody needs to be known", 401, json={"key": "usu_none"}),
    "DELETE /session": row(EVERYBODY, 204, 204, 204),
    "GET /v1/openid": row("OMFA", 200, NOTHING),
    "PUT /v1/openid": row("O", 200, 200, json={"issuer": "https://id.example.com", "audience": "usufruct"}),
    "DELETE /v1/openid": row("O", 404, 404, params={"issuer": "https://id.example.com"}),
    "GET /v1/openid/subjects": row("OMFA", 200, NOTHING),
    "POST /v1/openid/subjects": row(
        EVERYBODY, 404, 404, 404, json={"issuer": "https://id.example.com", "subject": "1", "name": "nobody"}
    ),
    "DELETE /v1/openid/subjects": row("O", 404, 404, params={"issuer": "https://id.example.com", "subject": "1"}),
    # --- fleet and readings
    "PUT /v1/fleet": row("OM", 200, 200, content=FLEET),
    "GET /v1/fleet": row("OMFA", 200, 200),
    "GET /v1/registers": row("OMFA", 200, NOTHING),
    "POST /v1/readings": row(
        "OMT", 201, 422, params={"register": "kwh", "source": "a.csv"}, content="time,value\n2026-02-05T10:00+01:00,7\n"
    ),
    "POST /api/v1/events": row("OMT", 204, 204, json=EVENT),
    "POST /api/v1/events/batch": row("OMT", 200, 200, json={"events": [OF_LAGO]}),
    "PUT /v1/event-meters/{name}": row("OM", 200, 200, json=MEASURED, name="tokens"),
    "GET /v1/event-meters": row("OMFA", 200, NOTHING),
    "GET /v1/events/unmatched": row("OMFA", 200, NOTHING),
    "POST /v1/events/match": row("OM", 200, 200),
    "POST /v1/registers/{key}/exchanges": row("OM", 201, 404, json=EXCHANGED, key="hours"),
    "POST /v1/registers/{key}/resets": row(
        "OM", 201, 404, json={name: EXCHANGED[name] for name in ("at", "closing", "opening", "reason")}, key="hours"
    ),
    "POST /v1/registers/{key}/withdrawals": row("OM", 202, 404, json=WITHDRAWN),
    "GET /v1/unbilled": row("OMFA", 200, NOTHING),
    "PUT /v1/profiles/{name}": row("OM", 200, 200, json={"options": {"decimal": "comma"}}, name="new"),
    "GET /v1/profiles": row("OMFA", 200, NOTHING),
    "GET /v1/profiles/{name}": row("OMFA", 200, 404),
    "POST /v1/usage": row("OMFA", 200, 404, json={"registers": ["kwh"], "from": "2026-01-01", "to": "2026-01-31"}),
    "GET /v1/registers/{key}/usage": row("OMFCAX", 200, 404, 200, params=READ),
    "GET /v1/registers/{key}/states": row("OMFCAX", 422, 404, 422, params=READ),
    "GET /v1/batches": row("OMFA", 200, NOTHING),
    "GET /v1/batches/{number}": row("OMFA", 200, 404),
    "GET /v1/registers/{key}/readings": row("OMFA", 200, 404, params={"from": HOUR["start"], "to": HOUR["end"]}),
    "GET /v1/findings": row("OMFA", 200, NOTHING),
    "POST /v1/registers/{key}/checks": row("OM", 201, 404, json=HOUR),
    "POST /v1/registers/{key}/edits": row("OM", 201, 404, json=EDITED),
    "GET /v1/edits": row("OMFA", 200, NOTHING),
    "GET /v1/edits/{number}": row("OMFA", 200, 404),
    "POST /v1/edits/{number}/release": row("OMF", 200, 404),
    "POST /v1/registers/{key}/estimates": row("OM", 409, 404, json={**HOUR, "reason": "nothing is missing"}),
    # --- contracts and prices
    "GET /v1/contracts/schema": row("OMFCA", 200, 200, 200),
    "POST /v1/contracts/diff": row("OMFCA", 200, 200, 200, json={"was": TERMS, "now": TERMS}),
    "POST /v1/contracts/simulate": row("OM", 200, 422, params=READ, content=CONTRACT),
    "POST /v1/contracts/relief": row("OM", 409, 409, params={**READ, "relief": "none"}, content=CONTRACT),
    "POST /v1/contracts/shadow": row("OM", 200, 422, params=READ, json={"contract": TERMS, "invoices": "period_from,charge,net\n2026-01-01,fee,1.00\n"}),
    "POST /v1/contracts": row("OM", 201, 422, content=CONTRACT.replace("C-1", "C-9")),
    "GET /v1/contracts": row("OMFCAVL", 200, NOTHING, 200),
    "POST /v1/contracts/bulk": row("OM", 200, 422, json=[TERMS | {"contract": "C-9"}]),
    "POST /v1/contracts/release": row("OMF", 200, 200, json={"waiting": True}),
    "POST /v1/contracts/{reference}/release": row("OMF", 200, 404, json={}, reference="C-3"),
    "POST /v1/contracts/check": row("OM", 200, 422, content=CONTRACT),
    "GET /v1/contracts/{reference}": row("OMFCAVL", 200, 404, 404),
    "POST /v1/contracts/{reference}/signatures": row("VL", 201, 403, 403, json={}),
    "GET /v1/contracts/{reference}/signatures": row("OMFCAVL", 200, 404, 404),
    "POST /v1/price": row(
        "OMFCA", 200, 200, 200,
        json={"rule": {"kind": "per_unit", "unit": "kWh", "unit_price": "1"}, "usage": {"quantity": "1", "unit": "kWh"}},
    ),
    "POST /v1/contracts/price": row("OMFCA", 200, 200, 200, json={"contract": TERMS, "uses": {"energy": {"quantity": "7", "unit": "kWh"}}}),
    "GET /v1/indices": row("OMFA", 200, NOTHING),
    "POST /v1/indices": row("OM", 201, 201, json={"index": "PPI", "values": []}),
    "GET /v1/indices/{name}": row("OMFA", 200, 404),
    "POST /v1/indices/{name}/release": row("OMF", 200, 404),
    "GET /v1/taxes": row("OMFA", 200, 200),
    "POST /v1/taxes": row("OF", 201, 201, json={"country": "DE"}),
    "GET /v1/taxes/{country}": row("OMFA", 200, 200, country="DE"),
    "POST /v1/taxes/{country}/release": row("OF", 404, 404, country="DE"),
    "GET /v1/parties": row("OMFCAP", 200, NOTHING, 200),
    "PUT /v1/parties/{name}/profile": row("OMF", 200, 404, json=TOLD, name="Nordluft"),
    "GET /v1/parties/{name}/profile": row("OMFCAP", 200, 404, 404, name="Blechwerke"),
    "POST /v1/parties/{name}/profile/release": row("OF", 404, 404, name="Blechwerke"),
    "POST /v1/parties/{name}/profile/withdraw": row("OMF", 404, 404, name="Blechwerke"),
    "PUT /v1/parties/{name}/logo": row("OMF", 200, 404, content=LOGO, name="Nordluft"),
    "GET /v1/parties/{name}/logo": row("OMFCAP", 404, 404, 404, name="Blechwerke"),
    # --- savings
    "POST /v1/baselines": row("OM", 422, 422, json={}),
    "POST /v1/savings": row("OMF", 422, 422, json={}),
    "POST /v1/savings/planned": row("OMF", 422, 422, json={}),
    "POST /v1/savings/portfolio": row("OMF", 422, 422, json={}),
    "GET /v1/contracts/{reference}/statements": row("OMFCAVL", 200, 404, 404),
    "POST /v1/contracts/{reference}/statements": row("OMF", 422, 404, json={"day": "2026-01-01"}),
    "GET /v1/statements/{number}": row("OMFCAVL", 404, 404, 404),
    "GET /v1/statements/{number}/report.pdf": row("OMFCAVL", 404, 404, 404),
    "GET /v1/statements/{number}/report": row("OMFCAVL", 404, 404, 404),
    "GET /v1/statements/{number}/pdf": row("OMFCAVL", 404, 404, 404),
    "GET /v1/statements/{number}/page": row("OMFCAVL", 404, 404, 404),
    "POST /v1/statements/{number}/replay": row("OFA", 404, 404),
    "POST /v1/statements/{number}/steps": row("OMFV", 404, 404, 403, json={"step": "verified", "person": "x"}),
    "POST /v1/statements/{number}/signatures": row("L", 404, 403, 403, json={}),
    # --- bills
    "POST /v1/bill": row("OF", 200, 200),
    "GET /v1/drafts": row("OMF", 200, 200),
    "GET /v1/invoices": row("OMFCA", 200, NOTHING, 200),
    "GET /v1/invoices/totals": row("OMFCA", 200, NOTHING, 200),
    "GET /v1/invoices/{number}": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/page": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/pdf": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/usage": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/usage/page": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/usage/pdf": row("OMFCA", 200, 404, 404),
    **{f"GET /v1/invoices/{{number}}/{form}": row("OMFCA", 409, 404, 404) for form in FORMS},  # the seller has no VAT id
    "GET /v1/invoices/{number}/original": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/validation": row("OMFCA", 200, 404, 404),
    "POST /v1/invoices/{number}/issue": row("OF", 409, 404),
    "GET /v1/invoices/{number}/lines/{pos}/explanation": row("OMFCA", 200, 404, 404),
    "GET /v1/invoices/{number}/proof": row("OMFCA", 200, 404, 404),
    "POST /v1/invoices/{number}/credits": row("OF", 201, 404, json={"lines": [{"line": 1, "percent": "1"}], "reason": "late"}),
    "GET /v1/credits": row("OMFA", 200, NOTHING),
    "GET /v1/prepaid": row("OMFCA", 200, NOTHING, NOTHING),
    "GET /v1/contracts/{reference}/prepaid": row("OMFCA", 409, 404, 404),
    "POST /v1/contracts/{reference}/top-ups": row("OF", 409, 404, json={"amount": "100"}),
    "GET /v1/alerts": row("OMFCA", 200, NOTHING, NOTHING),
    "GET /v1/alerts/{alert}": row("OMFCA", 404, 404, 404, alert=999),
    "POST /v1/credits/{credit}/release": row("OF", 404, 404, credit=999),
    "POST /v1/credits/{credit}/withdraw": row("OF", 404, 404, credit=999),
    "POST /v1/invoices/{number}/void": row("OF", 201, 404, json={"reason": "the wrong price"}),
    "GET /v1/invoices/{number}/void": row("OF", 404, 404),
    "POST /v1/invoices/{number}/void/release": row("OF", 404, 404),
    "POST /v1/invoices/{number}/void/withdraw": row("OF", 404, 404),
    "GET /v1/payees": row("OMFA", 200, 200),
    "GET /v1/payees/{payee}/statement": row("OMFA", 404, 404, payee="factory"),
    "GET /v1/payees/{payee}/statement/lines.csv": row("OMFA", 404, 404, payee="factory"),
    "GET /v1/payees/{payee}/statement/page": row("OMFA", 404, 404, payee="factory"),
    "GET /v1/payees/{payee}/statement/pdf": row("OMFA", 404, 404, payee="factory"),
    "GET /v1/invoices/{number}/legs": row("OMFA", 409, 404),
    "GET /v1/payees/{payee}/documents": row("OMFAP", 200, 200, payee="factory"),
    "GET /v1/payee-documents/{number}": row("OMFAP", 404, 404, number="SB-2026-000999"),
    "GET /v1/payee-documents/{number}/page": row("OMFAP", 404, 404, number="SB-2026-000999"),
    "GET /v1/payee-documents/{number}/proof": row("OMFAP", 404, 404, number="SB-2026-000999"),
    "GET /v1/payee-documents/{number}/original": row("OMFAP", 404, 404, number="SB-2026-000999"),
    "GET /v1/payee-documents/{number}/pdf": row("OMFAP", 404, 404, number="SB-2026-000999"),
    **{
        f"GET /v1/payee-documents/{{number}}/{form}": row("OMFAP", 404, 404, number="SB-2026-000999") for form in FORMS
    },
    "GET /v1/operations": row(EVERYBODY, 200, NOTHING, NOTHING),
    "GET /v1/operations/{number}": row(EVERYBODY, 404, 404, 404),
    "GET /v1/operations/{number}/answer": row(EVERYBODY, 404, 404, 404),
    "POST /v1/operations/{number}/cancel": row(EVERYBODY, 404, 404, 404),
    "POST /v1/replay": row("OFA", 200, 200),
    "GET /v1/exports/invoices": row("OFA", 200, 200),
    "GET /v1/exports/lines": row("OFA", 200, 200),
    "POST /v1/contracts/{reference}/disputes": row("OMFC", 201, 404, 404, json=DISPUTED),
    "GET /v1/contracts/{reference}/disputes": row("OMFCA", 200, 404, 404),
    "GET /v1/disputes": row("OMFCA", 200, NOTHING, NOTHING),
    "POST /v1/disputes/{number}/accept": row("OF", 200, 404),
    "POST /v1/disputes/{number}/settle": row("OF", 200, 404, json={"outcome": "due"}),
    # --- what became of a document
    "POST /v1/invoices/{number}/sendings": row("OF", 201, 404, json={"how": "mail"}),
    "GET /v1/invoices/{number}/sendings": row("OMFCA", 200, 404, 404),
    "POST /v1/invoices/{number}/deliveries": row("OF", 409, 404, json={"way": "mail", "to": ["a@b.example"]}),
    "GET /v1/invoices/{number}/deliveries": row("OMFCA", 200, 404, 404),
    "POST /v1/invoices/{number}/deliveries/{delivery}/again": row("OF", 404, 404, json={"reason": "lost"}, delivery="9"),
    "POST /v1/invoices/{number}/deliveries/{delivery}/settle": row(
        "OF", 404, 404, json={"outcome": "arrived", "reason": "they say so"}, delivery="9"
    ),
    "POST /v1/deliveries/answers": row("OF", 404, 404, json={"message": "m-1", "code": "AP"}),
    "POST /v1/payee-documents/{number}/deliveries": row(
        "OF", 404, 404, json={"way": "mail", "to": ["a@b.example"]}, number="SB-2026-000999"
    ),
    "GET /v1/payee-documents/{number}/deliveries": row("OMFAP", 404, 404, number="SB-2026-000999"),
    "POST /v1/payee-documents/{number}/deliveries/{delivery}/again": row(
        "OF", 404, 404, json={"reason": "lost"}, delivery="9", number="SB-2026-000999"
    ),
    "POST /v1/payee-documents/{number}/deliveries/{delivery}/settle": row(
        "OF", 404, 404, json={"outcome": "arrived", "reason": "seen"}, delivery="9", number="SB-2026-000999"
    ),
    "POST /v1/payee-documents/{number}/links": row("OF", 404, 404, json={}, number="SB-2026-000999"),
    "GET /v1/payee-documents/{number}/links": row("OF", 404, 404, number="SB-2026-000999"),
    "DELETE /v1/payee-documents/{number}/links/{link}": row("OF", 404, 404, link="9", number="SB-2026-000999"),
    "POST /v1/invoices/{number}/links": row("OF", 409, 404, json={}),
    "GET /v1/invoices/{number}/links": row("OF", 200, 404),
    "DELETE /v1/invoices/{number}/links/{link}": row("OF", 404, 404, link="9"),
    "GET /v1/invoices/{number}/portal.csv": row("OMFCA", 200, 404, 404),
    "GET /d/{token}": row("nobody needs to be known", 404, token="guessed"),
    "GET /d/{token}/pdf": row("nobody needs to be known", 404, token="guessed"),
    "GET /d/{token}/original": row("nobody needs to be known", 404, token="guessed"),
    "POST /v1/payments": row("OF", 201, 404, json=PAID),
    "GET /v1/payments": row("OMFCA", 200, NOTHING, NOTHING),
    "GET /v1/payments/{number}": row("OMFCA", 404, 404, 404),
    "POST /v1/payments/{number}/allocations": row(
        "OF", 404, 404, json={"allocations": [{"document": "2026-000001", "amount": "1"}]}
    ),
    "POST /v1/payments/{number}/reverse": row("OF", 404, 404, json={"reference": "18"}),
    "POST /v1/invoices/{number}/write-offs": row("OF", 201, 404, json={"amount": "1", "reason": "insolvent"}),
    "GET /v1/write-offs": row("OMFCA", 200, NOTHING, NOTHING),
    "POST /v1/write-offs/{number}/release": row("OF", 404, 404),
    "GET /v1/accounts": row("OMFCA", 200, NOTHING, 200),
    "GET /v1/accounts/{customer}/statement": row("OMFCA", 200, 404, 404, customer="Blechwerke"),
    "GET /v1/accounts/{customer}/statement/page": row("OMFCA", 200, 404, 404, customer="Blechwerke"),
    "GET /v1/accounts/{customer}/statement/pdf": row("OMFCA", 200, 404, 404, customer="Blechwerke"),
    "GET /v1/accounts/{customer}/statement/csv": row("OMFCA", 200, 404, 404, customer="Blechwerke"),
    # --- what payees are paid
    "GET /v1/payouts": row("OMFAP", 200, NOTHING),
    "GET /v1/payouts/{number}": row("OMFAP", 404, 404),
    "GET /v1/payouts-due": row("OMFA", 200, NOTHING),
    "POST /v1/payees/{payee}/payouts": row("OF", 404, 404, json={}, payee="factory"),
    "POST /v1/payouts/{number}/release": row("OF", 404, 404),
    "POST /v1/payouts/{number}/withdraw": row("OF", 404, 404, json={"reason": "a dispute"}),
    "POST /v1/payouts/{number}/again": row("OF", 404, 404, json={"reason": "a dispute"}),
    "POST /v1/payouts/{number}/paid": row("OF", 404, 404, json={"on": "2026-02-09", "reference": "19"}),
    "POST /v1/payouts/{number}/failed": row("OF", 404, 404, json={"reason": "AC04"}),
    "POST /v1/payees/{payee}/connection": row("OF", 404, 404, payee="factory"),
    "GET /v1/payees/{payee}/connection": row("OF", 404, 404, payee="factory"),
    # --- what gateways collect
    "GET /v1/gateway-orders": row("OMFCA", 200, NOTHING, NOTHING),
    "GET /v1/gateway-orders/{order}": row("OMFCA", 404, 404, 404, order="9"),
    "POST /v1/gateway-orders/{order}/again": row("OF", 404, 404, json={"reason": "a new card"}, order="9"),
    "POST /v1/gateway-orders/{order}/withdraw": row("OF", 404, 404, json={"reason": "paid in cash"}, order="9"),
    "POST /v1/invoices/{number}/pay-links": row("OF", 409, 404, json={}),
    "GET /v1/invoices/{number}/pay-links": row("OMFCA", 200, 404, 404),
    "DELETE /v1/invoices/{number}/pay-links/{link}": row("OF", 404, 404, link="9"),
    "POST /v1/contracts/{reference}/method-links": row("OF", 409, 404, json={}),
    "GET /v1/contracts/{reference}/method-links": row("OMFCA", 200, 404, 404),
    "DELETE /v1/contracts/{reference}/method-links/{link}": row("OF", 404, 404, link="9"),
    "GET /v1/saved-methods": row("OMFCA", 200, NOTHING, NOTHING),
    "POST /v1/saved-methods/{method}/end": row("OF", 404, 404, json={"reason": "lost"}, method="9"),
    "POST /v1/payments/{number}/refunds": row("OF", 404, 404, json={"reason": "paid twice"}),
    "GET /v1/refunds": row("OF", 200, NOTHING),
    "POST /v1/refunds/{refund}/release": row("OF", 404, 404, refund="9"),
    "POST /v1/refunds/{refund}/withdraw": row("OF", 404, 404, refund="9"),
    "GET /v1/gateway-balance": row("OF", 200, NOTHING),
    "GET /v1/gateway-balance.csv": row("OFA", 200, 200),
    "GET /v1/gateway-payouts": row("OF", 200, NOTHING),
    "GET /v1/gateway-payouts.csv": row("OFA", 200, 200),
    "GET /pay/done": row("nobody needs to be known", 200),
    "GET /pay/left": row("nobody needs to be known", 200),
    "GET /pay/{token}": row("nobody needs to be known", 404, token="guessed"),
    "POST /pay/{token}": row("nobody needs to be known", 404, token="guessed"),
    # --- what is late
    "GET /v1/dunning": row("OF", 200, NOTHING),
    "GET /v1/dunning/due": row("OF", 200, NOTHING, params={"until": "2026-12-31"}),
    "GET /v1/invoices/{number}/dunning": row("OF", 404, 404),
    "POST /v1/invoices/{number}/dunning/next": row("OF", 404, 404),
    "GET /v1/dunning/pauses": row("OF", 200, NOTHING),
    "POST /v1/dunning/pauses": row("OF", 201, 404, json={"customer": "Blechwerke", "reason": "a plan is agreed"}),
    "POST /v1/dunning/pauses/{number}/end": row("OF", 404, 404),
    "GET /v1/dunning/letters/{letter}": row("OMFCA", 404, 404, 404, letter="D-999"),
    "GET /v1/dunning/letters/{letter}/page": row("OMFCA", 404, 404, 404, letter="D-999"),
    "GET /v1/dunning/letters/{letter}/pdf": row("OMFCA", 404, 404, 404, letter="D-999"),
    "GET /v1/contracts/{reference}/service": row("OMFCA", 200, 404, 404),
    # --- what falls due
    "GET /v1/due": row("OMFA", 200, NOTHING),
    "GET /v1/work": row("OMFA", 200, NOTHING),
    "GET /v1/work/pauses": row("OMFA", 200, NOTHING),
    "POST /v1/work/pauses": row("OF", 201, 201, json={"reason": "a look", "kind": "remind"}),
    "POST /v1/work/pauses/{number}/release": row("OF", 404, 404),
    "POST /v1/work/pauses/{number}/end": row("OF", 404, 404),
    "GET /v1/work/{number}": row("OMFA", 404, 404),
    "POST /v1/work/{number}/again": row("OF", 404, 404),
    # --- what banks say
    "POST /v1/bank/files": row("OF", 201, 201, content=BANK_FILE),
    "GET /v1/bank/entries": row("OF", 200, NOTHING),
    "POST /v1/bank/entries/{number}/match": row("OF", 404, 404, json={"customer": "Blechwerke"}),
    "POST /v1/bank/entries/{number}/return": row("OF", 404, 404, json={"payment": 1}),
    "POST /v1/bank/entries/{number}/orders": row("OF", 404, 404, json={"files": [1]}),
    "POST /v1/bank/entries/{number}/ignore": row("OF", 404, 404, json={"reason": "interest"}),
    "POST /v1/bank/advices": row("OF", 201, 422, content=ADVISED),
    "GET /v1/bank/payers": row("OF", 200, NOTHING),
    "POST /v1/bank/payers": row("OF", 201, 201, json={"kind": "own", "account": "DE09"}),
    "POST /v1/bank/payers/{number}/release": row("OF", 404, 404),
    "POST /v1/bank/payers/{number}/withdraw": row("OF", 404, 404),
    "POST /v1/gateway-events/{account}": row("nobody needs to be known", 404, account="guessed", content=b"{}"),
    # --- what banks are asked for
    "GET /v1/bank/orders": row("OF", 200, NOTHING),
    "GET /v1/bank/orders/{number}": row("OF", 404, 404),
    "POST /v1/bank/refunds": row("OF", 409, 404, json={"document": "2026-000001"}),
    "POST /v1/bank/orders/{number}/withdraw": row("OF", 404, 404, json={"reason": "paid by hand"}),
    "POST /v1/bank/orders/{number}/again": row("OF", 404, 404, json={"reason": "the customer asks"}),
    "POST /v1/bank/orders/{number}/notice": row("OF", 404, 404, json={}),
    "POST /v1/bank/order-files": row("OF", 409, 409, json={"supplier": "Nordluft"}),
    "GET /v1/bank/order-files": row("OF", 200, NOTHING),
    "GET /v1/bank/order-files/{number}": row("OF", 404, 404),
    "POST /v1/bank/order-files/{number}/take": row("OF", 404, 404),
    "GET /v1/bank/order-files/{number}/content": row("OF", 404, 404),
    "POST /v1/bank/order-files/{number}/cancel": row("OF", 404, 404, json={"reason": "not sent"}),
    "POST /v1/bank/order-reports": row("OF", 404, 404, content=BANK_REPORT),
    "GET /v1/bank/mandates": row("OF", 200, NOTHING),
    "GET /v1/bank/mandates/{number}": row("OF", 404, 404),
    "POST /v1/bank/mandates": row("OF", 409, 404, json=SIGNED),
    "POST /v1/bank/mandates/{number}/amend": row("OF", 404, 404, json={"holder": "Somebody"}),
    "POST /v1/bank/mandates/{number}/revoke": row("OF", 404, 404, json={"reason": "the customer said so"}),
    "POST /v1/bank/mandates/{number}/end": row("OF", 404, 404),
    # --- what states say of documents
    "GET /v1/invoices/{number}/clearances": row("OMFCA", 200, 404, 404),
    "GET /v1/clearances/{authority}": row("OMFA", 200, NOTHING, authority="ksef"),
    "POST /v1/clearances/{authority}/files": row("OF", 201, 201, authority="ksef", json={}),
    "GET /v1/clearances/{authority}/files/{file}": row("OMFA", 404, 404, authority="ksef", file="999"),
    "POST /v1/clearances/{authority}/files/{file}/withdraw": row("OF", 404, 404, authority="ksef", file="999"),
    "POST /v1/clearances/{authority}/answers": row("OF", 200, 200, authority="ksef", content=NO_RECEIPT),
    "POST /v1/clearances/fapiao/reds": row(
        "OF", 409, 404, json={"document": "2026-000001", "reason": "reduced", "deducted": False}
    ),
    "GET /v1/clearances/fapiao/reds": row("OMFA", 200, NOTHING),
    "POST /v1/clearances/fapiao/reds/{red}/steps": row("OF", 404, 404, red="999", json={"step": "confirm"}),
    # --- people
    "GET /v1/users": row("OMFA", 200, 200),
    "POST /v1/users": row("O", 201, 201, json={"name": "new", "role": "auditor"}),
    "POST /v1/users/{name}/disable": row("O", 200, 404),
    "POST /v1/users/{name}/release": row("O", 409, 404),
    "GET /v1/keys": row("OMFA", 200, 200),
    "POST /v1/keys": row("O", 201, 404, json={"name": "finance"}),
    "POST /v1/keys/{key_id}/revoke": row("O", 200, 404),
    "POST /v1/keys/{key_id}/release": row("O", 409, 404),
    "POST /v1/keys/{key_id}/rotate": row("O", 201, 404, json={}),
}  # fmt: skip
