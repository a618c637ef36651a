"""What the workshop does by hand, asked over HTTP too: each operation is answered well at least once, for its example."""

import time
from datetime import UTC, datetime
from typing import Any

from quantities.document import read
from tests.net.delivering import deliver_to_payees
from tests.net.doors import Web
from tests.net.paying_out import pay_out
from tests.net.workshop import SAVED, contract, office_contract

_FLEET = """
sites:
  - name: Hall 2
    zone: Europe/Berlin
    assets:
      - name: Saw
        meters:
          - name: Saw counter
            registers:
              - {key: saw.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: saw.hours, kind: cumulative, unit: machine_hour, resolution: "0.1"}
"""
_SAW = contract(
    "SAW",
    '  - {name: rent, rule: {kind: fixed_fee, amount: "250.00"}}\n'
    '  - {name: energy, register: saw.kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.25"}}\n',
    head="starts: 2026-03-01\n",
    customer="{name: Sägewerk, country: DE}",
).replace("[Press]", "[Saw]")
_SHARED = contract(
    "SHARED",
    '  - {name: machine, rule: {kind: fixed_fee, amount: "800.00"}, waterfall: {steps: [{kind: percent, percent: "12"}], rest: Werkhalle}}\n',
    head="starts: 2026-04-01\nends: 2026-05-01\nsharing:\n  payees:\n"
    "    - {name: Werkhalle, country: DE, vat_id: DE129273398, payouts: {by: bank, when: issued},\n"
    "       agreement: {reference: S-1, first: 2026-03-01}}\n",
)
_MORNING = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}
_MARCH = "from=2026-03-01&to=2026-03-31"

E_INVOICES = ("ubl", "cii", "xrechnung", "xrechnung-cii", "peppol", "zugferd")


def ask_for_the_rest(web: Web) -> None:
    """Every operation that the stories before have not asked for, or only in vain."""
    web.desk.now = datetime(2026, 5, 2, 8, tzinfo=UTC)
    with web.client:
        web.done(None, "GET", "/health")
        web.done(None, "GET", "/ready")
        for path in ("/problems", "/problems/unknown-unit"):
            web.done(None, "GET", path, headers={"Accept": "application/json"})
        read_and_review(web)
        agree_and_bill(web)
        save_and_sign(web)
        decide_by_two(web)
        share_with_payees(web)
        work_for_long(web)


def read_and_review(web: Web) -> None:
    web.done("anna", "PUT", "/v1/fleet", content=_FLEET)
    rows = "time,value\n2026-03-02T09:00Z,12.5\n2026-03-02T11:00Z,11.9\n2026-03-02T12:00Z,0.0\n"
    web.done("anna", "POST", "/v1/readings?register=saw.kwh&source=march.csv", content=rows)
    web.done("anna", "POST", "/v1/readings?register=saw.hours", content="time,value\n2026-03-01T00:00Z,800\n")
    web.done("anna", "POST", "/v1/registers/saw.kwh/checks", json=_MORNING)
    gap = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T12:00:00Z", "reason": "the logger was down"}
    web.done("anna", "POST", "/v1/registers/saw.kwh/estimates", json=gap)
    set_by_hand = {"kind": "set", "start": _MORNING["start"], "value": "12.6", "reason": "read off the meter"}
    edit = web.done("anna", "POST", "/v1/registers/saw.kwh/edits", json=set_by_hand)["id"]
    shown = web.client.get(f"/v1/edits/{edit}", headers={"Authorization": f"Bearer {web.keys['bert']}"}).json()
    web.done("bert", "POST", f"/v1/edits/{edit}/release", json={"digest": shown["digest"]})
    withdrawn = {"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T13:00:00Z", "reason": "a test"}
    web.done("anna", "POST", "/v1/registers/saw.kwh/withdrawals", json=withdrawn)
    exchanged = {"at": "2026-03-10T00:00:00Z", "closing": "815", "opening": "0", "serial": "S-2", "reason": "worn out"}
    web.done("anna", "POST", "/v1/registers/saw.hours/exchanges", json=exchanged)
    reset = {"at": "2026-03-12T00:00:00Z", "closing": "20", "opening": "0", "reason": "the controller was changed"}
    web.done("anna", "POST", "/v1/registers/saw.hours/resets", json=reset)
    (newest,) = web.done("anna", "GET", "/v1/batches?most=1")
    web.done("anna", "GET", f"/v1/batches/{newest['id']}")
    web.done("anna", "GET", "/v1/registers/saw.kwh/readings?from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z")
    web.done("anna", "PUT", "/v1/profiles/saw", json={"options": {"decimal": "comma", "zone": "Europe/Berlin"}})


def agree_and_bill(web: Web) -> None:
    dearer = _SAW.replace("250.00", "260.00")
    web.done("anna", "GET", "/v1/contracts/schema")
    web.done("anna", "POST", "/v1/contracts/check", content=_SAW)
    web.done("anna", "POST", "/v1/contracts/diff", json={"was": read(_SAW), "now": read(dearer)})
    web.done("anna", "POST", f"/v1/contracts/simulate?{_MARCH}", content=_SAW)
    chinese = _SAW.replace("country: DE", "country: CN")
    relieved = f"/v1/contracts/relief?{_MARCH}&relief=energy%20performance%20contract"
    web.done("anna", "POST", relieved, content=chinese + "\ntax: {rate: services}\n")
    issued = "period_from,charge,net\n2026-03-01,rent,250.00\n"
    web.done("anna", "POST", f"/v1/contracts/shadow?{_MARCH}", json={"contract": read(dearer), "invoices": issued})
    used = {"energy": {"quantity": "1200", "unit": "kWh"}}
    web.done("anna", "POST", "/v1/contracts/price", json={"contract": read(_SAW), "uses": used})
    web.done("anna", "POST", "/v1/contracts/bulk", json=[read(_SAW)])
    web.done("bert", "POST", "/v1/contracts/release", json={"contracts": ["SAW"]})
    web.done("anna", "GET", "/v1/indices")
    drafts = web.done("anna", "GET", "/v1/drafts")["invoices"]
    (draft,) = (
        draft["number"] for draft in drafts if draft["contract"] == "SAW" and draft["period_from"] == "2026-03-01"
    )
    number = web.done("anna", "POST", f"/v1/invoices/{draft}/issue")["number"]
    web.done("anna", "GET", f"/v1/invoices/{number}")
    web.ask("anna", "GET", f"/v1/invoices/{number}/page")
    web.asks("documents", "anna", "GET", f"/v1/invoices/{number}/usage")
    for address in ("page", "pdf"):
        web.ask("anna", "GET", f"/v1/invoices/{number}/usage/{address}")
    for form in E_INVOICES:
        web.ask("anna", "GET", f"/v1/invoices/{number}/{form}")
    web.ask("anna", "GET", f"/v1/invoices/{number}/original")
    web.asks("documents", "anna", "GET", f"/v1/invoices/{number}/validation")
    web.ask("anna", "GET", f"/v1/invoices/{number}/proof")
    web.ask("anna", "GET", f"/v1/invoices/{number}/pdf")
    refuse_what_is_not_there(web)
    for what in ("invoices", "lines"):
        web.ask("finance", "GET", f"/v1/exports/{what}")
    dispute = {"charge": "rent", "first": "2026-03-01", "after_last": "2026-04-01", "reason": "it stood still"}
    raised = web.done("anna", "POST", "/v1/contracts/SAW/disputes", json=dispute)["dispute"]
    web.done("finance", "POST", f"/v1/disputes/{raised}/settle", json={"outcome": "due"})


#: Files of documents, whose bytes are compared elsewhere: what the net keeps of them is how they are refused.
_FILES = (
    *(f"/v1/invoices/2026-999999/{file}" for file in ("pdf", *E_INVOICES, "original", "proof", "links")),
    *(f"/v1/invoices/2026-999999/usage/{file}" for file in ("page", "pdf", "proof")),
    *(f"/v1/statements/999999/{file}" for file in ("report", "page", "pdf")),
    *(f"/v1/payee-documents/SB-2026-999999/{file}" for file in ("page", "pdf", "proof")),
    "/v1/accounts/nobody/statement/pdf",
    "/v1/payees/nobody/statement/pdf",
    "/d/nobody/pdf",
    "/d/nobody/original",
)


def refuse_what_is_not_there(web: Web) -> None:
    for path in _FILES:
        web.asks("documents", "anna", "GET", path)


def save_and_sign(web: Web) -> None:
    site: dict[str, Any] = {"registers": ["office.kwh"], "temperature": "weather.degc", "zone": "Europe/Berlin"}
    site |= {"first": SAVED[0], "after_last": SAVED[1]}
    fitted = web.done("anna", "POST", "/v1/baselines", json={"site": site, "method": {"kind": "mean"}})
    web.done("anna", "POST", "/v1/savings", json={"site": site, "baseline": fitted})
    web.done("anna", "GET", "/v1/statements/1")
    for address in ("report.pdf", "report", "page", "pdf"):
        web.ask("anna", "GET", f"/v1/statements/1/{address}")
    web.done("finance", "POST", "/v1/statements/1/replay")
    web.done("anna", "POST", "/v1/contracts", content=office_contract().replace("OFFICE", "ANNEX"))
    web.done("bert", "POST", "/v1/contracts/ANNEX/release", json={"version": 1})
    web.done("anna", "POST", "/v1/bill?issue=true")
    stated = web.done("anna", "POST", "/v1/contracts/ANNEX/statements", json={"day": "2020-03-01"})
    lender = {"name": "lender", "role": "lender", "contract": "ANNEX", "with_key": False}
    web.done("anna", "POST", "/v1/users", json=lender)
    web.desk.done("login", stdin=web.keys["anna"] + "\n")
    web.keys["lender"] = web.desk.done("key", "create", "lender")["key"]
    web.done("bert", "POST", "/v1/users/lender/release")
    web.done("lender", "POST", f"/v1/statements/{stated['id']}/signatures", json={"note": "seen"})


def decide_by_two(web: Web) -> None:
    third = {"name": "energy consultant", "role": "third_party", "with_key": False, "party": "Blechwerke"}
    web.done("anna", "POST", "/v1/users", json=third)
    granted = web.done("blechwerke", "POST", "/v1/grants", json={"name": third["name"], "machine": "Press"})
    web.done("blechwerke", "POST", f"/v1/grants/{granted['id']}/revoke")
    limited = {"operation": "dispute_waived", "amount": "80", "currency": "EUR", "reason": "small ones"}
    mistaken = web.done("anna", "POST", "/v1/four-eyes/limits", json=limited | {"amount": "8000"})
    web.done("anna", "POST", f"/v1/four-eyes/limits/{mistaken['number']}/take-back")
    web.done("bert", "POST", f"/v1/keys/{made_by_anna(web, '/v1/keys', name='finance')}/release")
    hook = made_by_anna(web, "/v1/webhooks", url="https://erp.example.com/hooks")
    web.done("anna", "DELETE", f"/v1/webhooks/{hook}")
    hasty = web.done("anna", "POST", "/v1/four-eyes/switches", json={"off": True, "reason": "Bert is late"})
    web.done("anna", "POST", f"/v1/four-eyes/switches/{hasty['number']}/take-back")
    limit = web.done("anna", "POST", "/v1/four-eyes/limits", json=limited)
    web.done("bert", "POST", f"/v1/four-eyes/limits/{limit['number']}/release")
    switch = web.done("anna", "POST", "/v1/four-eyes/switches", json={"off": True, "reason": "Bert is alone"})
    web.done("bert", "POST", f"/v1/four-eyes/switches/{switch['number']}/release")


def share_with_payees(web: Web) -> None:
    """A contract of April, shared by a factory and the platform."""
    web.desk.done("contract", "apply", web.desk.file("shared.yaml", _SHARED))  # typed, for HTTP has its examples of it
    (draft,) = (shown["number"] for shown in web.desk.done("bill")["invoices"] if shown["contract"] == "SHARED")
    number = web.desk.done("invoice", "issue", draft)["number"]
    web.desk.types("payees", "explain", number, "1")
    web.desk.types("payees", "invoice", "usage", number)
    web.desk.types("payees", "proof", "2026-999999")
    web.desk.types("payees", "payee", "proof", "SB-2026-999999")
    web.desk.both("payees", "payee", "list")
    web.desk.both("payees", "payee", "statement", "Werkhalle", "--from", "2026-05-01")
    web.desk.both("payees", "payee", "legs", number)
    web.desk.both("payees", "payee", "documents", "Werkhalle", "--document-type", "389")
    web.desk.both("payees", "payee", "document", "WERKHALLE-SB-2026-000001")
    web.asks("payees", "finance", "GET", "/v1/payees/Werkhalle/documents?leg=purchase")
    web.asks("payees", "finance", "GET", "/v1/payee-documents/WERKHALLE-SB-2026-000001")
    for form in E_INVOICES:
        web.asks("payees", "finance", "GET", f"/v1/payee-documents/WERKHALLE-SB-2026-000001/{form}")
    web.asks("payees", "finance", "GET", "/v1/payee-documents/WERKHALLE-SB-2026-000001/original")
    web.ask("finance", "GET", "/v1/payee-documents/WERKHALLE-SB-2026-000001/page")
    web.ask("finance", "GET", "/v1/payee-documents/WERKHALLE-SB-2026-000001/proof")
    deliver_to_payees(web.desk, web)
    pay_out(web.desk, web)
    web.ask("finance", "GET", "/v1/payee-documents/WERKHALLE-SB-2026-000001/pdf")
    web.asks("payees", "finance", "GET", "/v1/payees")
    web.asks("payees", "finance", "GET", "/v1/payees/Werkhalle/statement?issued_from=2026-05-01")
    web.asks("payees", "finance", "GET", "/v1/payees/Werkhalle/statement/lines.csv")
    web.asks("payees", "finance", "GET", "/v1/payees/Werkhalle/statement/page")
    web.ask("finance", "GET", "/v1/payees/Werkhalle/statement/pdf")
    web.asks("payees", "finance", "GET", f"/v1/invoices/{number}/legs")


def work_for_long(web: Web) -> None:
    """An export as an operation, until it is done; and one that nobody does any more, and that is cancelled."""
    later = {"Prefer": "respond-async"}
    asked = web.done("anna", "GET", "/v1/exports/invoices", headers=later)["operation"]
    anna = {"Authorization": f"Bearer {web.keys['anna']}"}
    for _ in range(600):
        if web.client.get(f"/v1/operations/{asked}", headers=anna).json()["ended_at"] is not None:
            break
        time.sleep(0.05)
    web.done("anna", "GET", f"/v1/operations/{asked}")
    web.ask("anna", "GET", f"/v1/operations/{asked}/answer")
    web.app.state.resources.long_work.close()
    left = web.done("anna", "POST", "/v1/replay", headers=later)["operation"]
    web.done("anna", "POST", f"/v1/operations/{left}/cancel")
    web.done("anna", "GET", "/v1/operations")
    for words in (
        ("list", "--state", "done"),
        ("show", str(asked)),
        ("answer", str(asked)),
        ("cancel", str(left)),
        ("show", "99"),
    ):
        web.desk.types("operations", "operation", *words)


def made_by_anna(web: Web, path: str, **asked: str) -> str:
    """The id of what Anna makes, as it is: what the net tells of it is a mask."""
    made = web.client.post(path, json=asked, headers={"Authorization": f"Bearer {web.keys['anna']}"})
    return str(made.json()["id"])
