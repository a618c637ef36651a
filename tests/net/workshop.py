"""A workshop: contracts that are held, each for another reason, and what people do by hand and are refused."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.server.database import Access
from tests.net.banking import bank
from tests.net.clearing import clear
from tests.net.collecting import collect
from tests.net.delivering import deliver
from tests.net.doors import EXAMPLES, Desk, Web, by_sql
from tests.net.dunning import dun
from tests.net.falling_due import falls_due
from tests.net.ordering import order_banks
from tests.net.receiving import receive
from tests.net.spending import spend

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: PLC
            registers:
              - {key: good.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: high.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60", checks: [{kind: limit, highest: "80"}]}
              - {key: vague.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: gaps.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1"}
              - {key: unread, kind: cumulative, unit: machine_hour, resolution: "0.1"}
              - {key: kw, kind: instantaneous, unit: kW, resolution: "0.1"}
              - {key: parts, kind: event, unit: part, resolution: "1", dimensions: [order]}
              - key: state
                kind: state
                unit: machine_hour
                resolution: "1"
                states: [{code: "6", name: RUN, used: "true"}, {code: "4", name: IDLE}, {code: "2", name: DOWN, cause: jam}]
          - name: Old meter
            approved_until: 2026-01-30
            registers:
              - {key: old.kwh, kind: interval, unit: kWh, resolution: "0.1", interval_minutes: "60"}
"""
#: 100 EUR a month, the first 100 kWh at 0.50, further ones at 0.20.
GRADUATED = 'rule: {kind: graduated, unit: kWh, tiers: [{up_to: "100", unit_price: "0.50"}, {unit_price: "0.20"}]}'
FEE = '  - {name: fee, rule: {kind: fixed_fee, amount: "100.00"}}\n'


def contract(reference: str, charges: str, *, head: str = "", customer: str = "{name: Blechwerke, country: DE}") -> str:
    """A contract of the workshop, from January on unless its head says otherwise; few hours of it are read."""
    if "settings:" not in head:
        head += 'settings: {least_coverage: "0"}\n'
    starts = "" if "starts:" in head else "starts: 2026-01-01\n"
    return (
        f"contract: {reference}\nsupplier: {{name: Nordluft, country: DE, vat_id: DE129273398}}\ncustomer: {customer}\n"
        f"assets: [Press]\ncurrency: EUR\nzone: Europe/Berlin\n{starts}{head}charges:\n{charges}"
    )


def metered(register: str) -> str:
    """A charge of a register, by tiers."""
    return f"  - {{name: energy, register: {register}, {GRADUATED}}}\n"


BY_PEAK = '  - {name: power, register: good.kwh, rule: {kind: demand, unit: kW, unit_price: "10", block_minutes: 60, peak: year}}\n'
BY_YEAR = (
    '  - {name: power, register: good.kwh, rule: {kind: graduated, unit: kWh, per: year, tiers: [{unit_price: "1"}]}}\n'
)
INDEXED = '  - {name: energy, register: good.kwh, rule: {kind: per_unit, unit: kWh, unit_price: "0.30"}, index: {clause: {kind: following, terms: [{index: CPI, base: "100"}], every: month, first_review: 2026-01-01}}}\n'
BY_HOURS = '  - {name: hours, register: HOURS, rule: {kind: per_unit, unit: machine_hour, unit_price: "10"}}\n'
NINES = "9" * 24

AGREED = {
    "GOOD": contract("GOOD", FEE + metered("good.kwh")),
    "OTHER": contract("OTHER", FEE, customer="{name: Gießerei, country: DE}"),
    "HELD-LIMIT": contract("HELD-LIMIT", metered("high.kwh")),
    "HELD-VAGUE": contract("HELD-VAGUE", metered("vague.kwh")),
    "HELD-APPROVAL": contract("HELD-APPROVAL", metered("old.kwh")),
    "HELD-UNSIGNED": contract("HELD-UNSIGNED", FEE, head="milestones: {quoted: 2025-12-01}\n"),
    "HELD-UNACCEPTED": contract(
        "HELD-UNACCEPTED", FEE, head="milestones: {signed: 2025-12-01, installed: 2025-12-20}\n"
    ),
    "HELD-GONE": contract("HELD-GONE", FEE, head="milestones: {quoted: 2025-12-01}\n"),
    "HELD-EDGES": contract("HELD-EDGES", BY_HOURS.replace("HOURS", "hours"), head="settings: {edges: interpolated}\n"),
    "HELD-UNREAD": contract("HELD-UNREAD", BY_HOURS.replace("HOURS", "unread")),
    "HELD-INDEX": contract("HELD-INDEX", INDEXED),
    "HELD-EARLIER": contract(
        "HELD-EARLIER", f"{BY_YEAR}".replace("good.kwh", "vague.kwh"), customer="{name: Gießerei, country: DE}"
    ),
    "HELD-RULE": contract("HELD-RULE", BY_PEAK),
    "HELD-PART": contract("HELD-PART", FEE, head="starts: 2026-02-01\nends: 2026-02-16\n"),
    "HELD-NINES": contract(
        "HELD-NINES",
        FEE.replace("100.00", NINES) + f'  - {{name: on top, rule: {{kind: percentage_of, percent: "{NINES}"}}}}\n',
    ),
    "HELD-TAX": contract(
        "HELD-TAX",
        FEE,
        head="tax: {treatment: zero, evidence: [{reference: Plant 7, first: 2026-01-01, after_last: 2026-01-31}]}\n",
    ),
    "HELD-MISSING": contract("HELD-MISSING", metered("good.kwh"), head='settings: {least_coverage: "0.9"}\n'),
    "HELD-DAMAGED": contract("HELD-DAMAGED", FEE),
    "HELD-REFUSED": contract("HELD-REFUSED", FEE),
}
UNTAXED = {
    "UNTAXED-THERE": contract("UNTAXED-THERE", FEE, customer="{name: Overseas Inc., country: US, vat_id: US12345}"),
    "UNTAXED-VAT-ID": contract("UNTAXED-VAT-ID", FEE, customer="{name: Carrière, country: FR}"),
}
AMENDED_IN_MARCH = {
    "HELD-GONE": contract(
        "HELD-GONE",
        FEE,
        head="ends: 2026-02-01\nin_force_from: 2026-01-01\nmilestones: {quoted: 2025-12-01, signed: 2025-12-02}\n",
    ),
}
AMENDED_IN_FEBRUARY = {
    "HELD-PART": contract("HELD-PART", FEE, head="starts: 2026-02-01\nends: 2026-04-01\nin_force_from: 2026-02-01\n"),
    "HELD-RULE": contract("HELD-RULE", BY_YEAR, head="in_force_from: 2026-02-01\n"),
}
INDEX = """
index: CPI
kind: price
title: Consumer prices
values:
  - {month: 2025-12, value: "100", published: 2026-01-10}
  - {month: 2026-01, value: "102", published: 2026-02-10, provisional: "true"}
"""
PROFILE = """
party: Nordluft
in_force_from: 2026-01-01
full_name: Nordluft Anlagen GmbH
address: [Werftstraße 12]
post_code: "20457"
city: Hamburg
electronic: {scheme: "9930", value: DE129273398}
contact: {name: Rechnungsstelle, phone: +49 40 1234 0, email: rechnung@nordluft.example}
banks: [{account: DE89 3704 0044 0532 0130 00, bic: COBADEFFXXX}]
"""
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>'
TAX_LAW = """
country: US
rates:
  - {name: standard, percent: "7.25", first: 2026-01-01, place: US-CA, source: CDTFA, parts: {state: "6", local: "1.25"}}
"""
READINGS = """time,value,register,quality
2026-01-05T10:00+01:00,60,good.kwh,valid
2026-01-05T11:00+01:00,60,good.kwh,valid
2026-02-05T10:00+01:00,40.5,good.kwh,valid
2026-01-05T10:00+01:00,60,high.kwh,valid
2026-01-05T11:00+01:00,90,high.kwh,valid
2026-02-05T11:00+01:00,95,high.kwh,valid
2026-01-05T10:00+01:00,60,vague.kwh,valid
2026-01-05T11:00+01:00,60,vague.kwh,questionable
2026-01-05T10:00+01:00,60,old.kwh,valid
2026-01-05T10:00+01:00,40,gaps.kwh,valid
2026-01-05T13:00+01:00,70,gaps.kwh,valid
2025-12-30T00:00+01:00,100,hours,valid
2026-01-30T00:00+01:00,160,hours,valid
2026-01-05T10:00+01:00,12.5,kw,valid
2026-01-05T11:00+01:00,14.5,kw,valid
2026-01-05T00:00+01:00,6,state,valid
2026-01-05T08:00+01:00,2,state,valid
2026-01-05T09:00+01:00,6,state,valid
2026-01-05T18:00+01:00,4,state,valid
rubbish,1,good.kwh,valid
2026-01-06T10:00+01:00,6o,good.kwh,valid
2026-01-06T10:00+01:00,1,nowhere.kwh,valid
2026-01-06T10:00+01:00,0.05,good.kwh,valid
2026-01-06T10:30+01:00,1,good.kwh,valid
"""
SAVED = ("2020-01-01", "2020-04-01")


def tell(desk: Desk, access: Access) -> Web:
    """The workshop's first months: everything set up, billed and held, looked into, corrected, disputed, refused."""
    desk.now = datetime(2025, 12, 1, 8, tzinfo=UTC)
    desk.file("fleet.yaml", FLEET)
    desk.types("people", "fleet", "apply", "fleet.yaml")
    desk.types("people", "contract", "apply", desk.file("alone.yaml", AGREED["GOOD"]))
    desk.types("people", "tenant", "create", "Südpresse", "--json")
    desk.types("people", "tenant", "list")
    desk.types("people", "tenant", "list", "--json")
    make_people(desk)
    web = Web(desk)
    for name, role in (
        ("anna", "owner"),
        ("bert", "owner"),
        ("finance", "finance"),
        ("revoked", "finance"),
    ):
        web.key(name, role)
    desk.types("people", "login", stdin="usu_" + "x" * 43 + "\n")
    desk.types("people", "login", stdin=web.keys["anna"] + "\n")
    with web.client:
        manage_people(web)
        sign_in(web)
        agree(desk, web)
        sign(web)
        bill_and_hold(desk, web, access)
        look_into(desk, web)
        tax(desk, web)
        dispute_and_correct(desk, web)
        give_back(desk, web)
        void(desk, web)
        tell_of_parties(desk, web)
        save_and_state(desk, web)
        refuse(desk, web)
        tell_outside(desk, web)
        look_back(desk, web)
        take_events(desk, web)
        receive(desk, web)
        bank(desk, web)
        dun(desk, web)
        falls_due(desk, web)
        order_banks(desk, web)
        clear(desk, web)
        deliver(desk, web)
        collect(desk, web, access)
        spend(desk, web, access)
        web.golden.topics["openapi"] = interface(web)
    by_two(desk, web)
    desk.types("people", "logout")
    desk.types("people", "logout", "--json")
    return web


def make_people(desk: Desk) -> None:
    """The first people, a program and its key, and an issuer, as they are typed."""
    desk.types("people", "user", "create", "Anna Petersen", "--role", "owner")
    desk.types("people", "user", "create", "Anna Petersen", "--role", "manufacturer")
    desk.types("people", "user", "create", "anna petersen", "--role", "finance")
    desk.types("people", "user", "create", "Kurt", "--role", "customer")
    desk.types("people", "user", "create", "gateway", "--role", "meter", "--program", "--no-key")
    made = desk.done("key", "create", "gateway", "--scope", "readings:write", "--expires", "2027-01-01")["id"]
    desk.types("people", "key", "create", "gateway", "--scope", "invoices:issue")
    desk.now += timedelta(minutes=1)
    desk.types("people", "key", "rotate", made, "--overlap", "48")
    desk.types("people", "key", "release", made)
    desk.types("people", "key", "revoke", made)
    desk.types("people", "user", "disable", "gateway")
    desk.types("people", "user", "list")
    desk.types("people", "key", "list")
    issuer = ("--issuer", "https://login.example/works")
    desk.types("people", "openid", "add", issuer[1], "--audience", "usufruct")
    desk.types("people", "openid", "add", issuer[1], "--audience", "usufruct", "--claim", "email")
    desk.types("people", "openid", "add", "http://login.example", "--audience", "usufruct")
    desk.types("people", "user", "bind", "Anna Petersen", *issuer, "--subject", "7d1c5f")
    desk.types("people", "user", "bind", "gateway", *issuer, "--subject", "7d1c5f")
    desk.both("people", "openid", "list")
    desk.both("people", "openid", "subjects")
    desk.types("people", "user", "unbind", *issuer, "--subject", "7d1c5f")
    desk.types("people", "openid", "remove", issuer[1], "--json")


def manage_people(web: Web) -> None:
    """An owner makes somebody, gives keys and takes them; everybody is told who they are."""
    web.desk.both("people", "whoami")
    for who in ("anna", "finance", "revoked"):
        web.asks("people", who, "GET", "/v1/whoami")
    web.key("Rita", "auditor")
    asked = {"name": "Rita", "role": "auditor"}
    web.asks("people", "anna", "POST", "/v1/users", json=asked)
    web.asks("people", "anna", "POST", "/v1/users", json=asked | {"name": "Ruth"})
    web.asks("people", "finance", "POST", "/v1/users", json=asked)
    web.asks("people", "Rita", "GET", "/v1/users")
    web.asks("people", "Rita", "GET", "/v1/keys")
    scoped = {"name": "Rita", "scope": ["invoices:read"], "expires_at": "2026-12-01T00:00:00Z"}
    web.asks("people", "anna", "POST", "/v1/keys", json=scoped)
    made = web.keys["Rita"][:12]
    web.asks("people", "anna", "POST", "/v1/keys", json=scoped | {"scope": ["invoices:issue"]})
    web.asks("people", "anna", "POST", f"/v1/keys/{made}/release")
    web.asks("people", "anna", "POST", f"/v1/keys/{made}/rotate", json={"overlap_hours": 1})
    web.asks("people", "anna", "POST", f"/v1/keys/{made}/revoke")
    web.asks("people", "anna", "POST", f"/v1/keys/{made}/revoke")
    web.asks("people", "anna", "POST", "/v1/users/Rita/disable")


def sign(web: Web) -> None:
    """A lender signs the contract that it sees, once."""
    web.desk.done("user", "create", "bank", "--role", "lender", "--contract", "GOOD", "--no-key")
    web.keys["bank"] = web.desk.done("key", "create", "bank")["key"]
    for who in ("anna", "bert"):  # two owners see who acts
        web.asks("people", who, "POST", "/v1/users/bank/release")
    web.asks("people", "bank", "GET", "/v1/whoami")
    for _ in range(2):
        web.asks("people", "bank", "POST", "/v1/contracts/GOOD/signatures", json={"note": "seen"})
    web.asks("people", "anna", "POST", "/v1/contracts/GOOD/signatures", json={})
    web.asks("people", "anna", "GET", "/v1/grants")
    web.asks("people", "anna", "GET", "/v1/contracts/GOOD/signatures")
    web.desk.types("people", "contract", "sign", "GOOD", stdin=web.keys["bank"] + "\n")
    web.desk.types("people", "contract", "sign", "GOOD", stdin=web.keys["anna"] + "\n")
    web.desk.both("people", "contract", "signatures", "GOOD")
    web.desk.types("people", "grant", "list")
    for words in (("grant", "give", "bank", "Press"), ("grant", "revoke", "1"), ("statement", "sign", "99")):
        web.desk.types("people", *words, stdin=web.keys["bank"] + "\n")
    web.desk.types("people", "user", "recover", "finance", "--reason", "the key is lost")


def sign_in(web: Web) -> None:
    """Anna by every way in that needs nobody else; whom the tenant trusts besides."""
    key = web.keys["anna"]
    web.asks("signing_in", None, "GET", "/session")
    web.asks("signing_in", "anna", "GET", "/session")
    web.asks("signing_in", None, "POST", "/session", json={"key": key})
    web.asks("signing_in", None, "POST", "/session", json={"password": "secret"})
    web.asks("signing_in", "anna", "DELETE", "/session")
    form = {"grant_type": "client_credentials", "client_id": key[:12], "client_secret": key, "scope": "usage:read"}
    web.asks("signing_in", None, "POST", "/oauth/token", data=form)
    web.asks("signing_in", None, "POST", "/oauth/token", data=form | {"client_secret": "usu_" + "x" * 43})
    issuer = {"issuer": "https://login.example/works"}
    web.asks("signing_in", "anna", "PUT", "/v1/openid", json=issuer | {"audience": "usufruct"})
    web.asks("signing_in", "finance", "PUT", "/v1/openid", json=issuer | {"audience": "usufruct"})
    web.asks("signing_in", "anna", "GET", "/v1/openid")
    bound = issuer | {"subject": "7d1c5f"}
    web.asks("signing_in", "anna", "POST", "/v1/openid/subjects", json=bound | {"name": "anna"})
    web.asks("signing_in", "anna", "GET", "/v1/openid/subjects")
    web.asks("signing_in", "anna", "DELETE", "/v1/openid/subjects?issuer=https://login.example/works&subject=7d1c5f")
    web.asks("signing_in", "anna", "DELETE", "/v1/openid?issuer=https://login.example/works")


def tell_outside(desk: Desk, web: Web) -> None:
    """Webhooks, which nothing is sent to here; and what happens in a tenant of its own, told without one."""
    desk.types("webhooks", "webhook", "create", "https://erp.example.com/hooks", "--type", "document.issued")
    desk.types("webhooks", "webhook", "create", "http://erp.example.com/hooks")
    desk.types("webhooks", "webhook", "create", "https://10.0.0.7/hooks", "--json")
    desk.both("webhooks", "webhook", "list")
    (webhook,) = (listed["id"] for listed in desk.done("webhook", "list"))
    desk.types("webhooks", "webhook", "show", webhook)
    desk.types("webhooks", "webhook", "show", "nothing")
    desk.types("webhooks", "webhook", "change", webhook, "--disable", "--type", "dispute.raised")
    desk.types("webhooks", "webhook", "change", webhook, "--enable", "--all-types", "--json")
    desk.types("webhooks", "webhook", "rotate", webhook)
    desk.both("webhooks", "webhook", "deliveries", webhook)
    desk.types("webhooks", "webhook", "deliveries", webhook, "--state", "lost")
    desk.types("webhooks", "webhook", "replay", webhook, "--dead")
    desk.types("webhooks", "webhook", "replay", webhook)
    desk.types("webhooks", "webhook", "replay", webhook, "0b5c1f0e-6d3a-4f57-9c3e-2f1f6a7d8e90")
    at = f"/v1/webhooks/{webhook}"
    asked = {"url": "https://erp.example.com/others", "types": ["document.corrected"]}
    web.asks("webhooks", "finance", "GET", "/v1/webhooks")
    web.asks("webhooks", "blechwerke", "GET", "/v1/webhooks")
    web.asks("webhooks", "finance", "POST", "/v1/webhooks", json=asked)
    web.asks("webhooks", "anna", "POST", "/v1/webhooks", json=asked | {"types": ["document.lost"]})
    other = web.asks("webhooks", "anna", "POST", "/v1/webhooks", json=asked)["id"]
    web.asks("webhooks", "anna", "GET", at)
    web.asks("webhooks", "anna", "PATCH", at, json={"enabled": False})
    web.asks("webhooks", "anna", "POST", f"{at}/rotate")
    web.asks("webhooks", "anna", "GET", f"{at}/deliveries?state=dead")
    web.asks("webhooks", "anna", "POST", f"{at}/deliveries/replay")
    web.asks("webhooks", "anna", "POST", f"{at}/deliveries/0b5c1f0e-6d3a-4f57-9c3e-2f1f6a7d8e90/replay")
    web.asks("webhooks", "anna", "GET", "/v1/notifications?type=document.issued")
    web.asks("webhooks", "anna", "GET", "/v1/notifications?after=0b5c1f0e-6d3a-4f57-9c3e-2f1f6a7d8e90")
    web.asks("webhooks", "anna", "DELETE", f"/v1/webhooks/{other}")
    desk.types("webhooks", "webhook", "delete", webhook)
    desk.both("webhooks", "trigger", "--list")
    desk.types("webhooks", "trigger", "early-reading")
    desk.types("webhooks", "trigger", "late-reading", "--tenant", "Nordluft")
    desk.types("webhooks", "trigger", "late-reading", "--json")
    desk.types("webhooks", "logout")
    desk.types("webhooks", "notifications", "--tenant", "trial", "--json")
    first, *_ = desk.done("notifications", "--tenant", "trial")
    desk.types("webhooks", "listen", "--tenant", "trial", "--after", first["id"], "--most", "2", "--json")
    desk.done("login", stdin=web.keys["anna"] + "\n")


def look_back(desk: Desk, web: Web) -> None:
    """Who did what; sealed is nothing here, so that it does not matter what else the server does."""
    desk.types("audit", "audit", "list", "--operation", "/v1/indices")
    desk.types("audit", "audit", "list", "--operation", "user create", "--from", "2027-01-01")
    web.asks("audit", "anna", "GET", "/v1/audit?operation=/v1/indices&limit=2")
    web.asks("audit", "anna", "GET", "/v1/audit?after=nowhere")
    web.asks("audit", "anna", "GET", "/v1/operations")
    for path in ("/v1/operations/9", "/v1/operations/9/answer"):
        web.asks("audit", "anna", "GET", path)
    web.asks("audit", "anna", "POST", "/v1/operations/9/cancel")
    web.asks("audit", "blechwerke", "GET", "/v1/audit")
    web.asks("audit", "anna", "GET", "/v1/audit/anchor")
    web.asks("audit", "anna", "POST", "/v1/audit/verify", json={"position": 3, "hash": "0" * 64})
    desk.types("audit", "logout")
    desk.both("audit", "audit", "seal", "--tenant", "Südpresse")
    desk.both("audit", "audit", "anchor", "--tenant", "Südpresse")
    desk.both("audit", "audit", "prune", "--tenant", "Südpresse")
    desk.both("audit", "audit", "verify", "--tenant", "Südpresse")
    anchor = desk.file("anchor.json", json.dumps({"position": 3, "hash": "0" * 64}))
    desk.types("audit", "audit", "verify", "--tenant", "Südpresse", "--anchor", anchor)
    desk.types("audit", "audit", "verify", "--anchor", desk.file("no-anchor.json", "{}"))
    desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.types("audit", "user", "erase", "Anna Petersen")
    desk.types("audit", "user", "erase", "gateway")
    desk.types("audit", "user", "erase", "gateway", "--json")


def by_two(desk: Desk, web: Web) -> None:
    """Who may act, and whether two must: one owner asks for it, another releases it."""
    desk.types("people", "user", "create", "Eva", "--role", "finance", "--no-key")
    desk.types("people", "key", "create", "finance", "--expires", "2028-01-01")
    desk.types("people", "tenant", "limit", "dispute_waived", "50", "EUR", "--reason", "small ones")
    desk.types("people", "tenant", "four-eyes", "off", "--reason", "Anna is alone in the holidays")
    desk.types("people", "tenant", "four-eyes", "off", "--reason", "Anna is alone in the holidays")
    desk.types("people", "tenant", "limit", "dispute_waived", "70", "EUR", "--reason", "a slip")
    desk.types("people", "tenant", "take-back-limit", "2")
    desk.types("people", "tenant", "take-back-switch", "9")
    desk.both("people", "tenant", "limit")
    desk.types("people", "waiting")
    for words in (
        ("user", "release", "Eva", "--yes"),
        ("user", "release", "finance"),
        ("user", "release", "finance", "--yes"),
        ("tenant", "release-limit", "1"),
        ("tenant", "release-switch", "1"),
    ):
        desk.types("people", *words)
        desk.done("login", stdin=web.keys["bert"] + "\n")
        desk.types("people", *words)
        desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.types("people", "tenant", "four-eyes", "on")
    desk.done("login", stdin=web.keys["bert"] + "\n")
    desk.types("people", "tenant", "four-eyes", "on")
    desk.types("people", "tenant", "release-switch", "2")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.both("people", "tenant", "four-eyes")
    with web.client:
        for path in ("switches", "limits"):
            web.asks("people", "anna", "POST", f"/v1/four-eyes/{path}/2/take-back")
        web.asks("people", "anna", "GET", "/v1/four-eyes")
        web.asks("people", "finance", "GET", "/v1/four-eyes")


def released_by_bert(desk: Desk, web: Web, topic: str) -> None:
    """What Anna did to billed readings waits for Bert."""
    desk.done("login", stdin=web.keys["bert"] + "\n")
    for waiting in desk.done("edit", "list", "--waiting"):
        if waiting["kind"] != "set":
            desk.types(topic, "edit", "release", str(waiting["id"]))
    desk.done("login", stdin=web.keys["anna"] + "\n")


def agree(desk: Desk, web: Web) -> None:
    """Everything is recorded by Anna and released by Bert; two of it as a person types it."""
    good, *others = AGREED.items()
    web.asks("indices", "anna", "POST", "/v1/indices", content=f"{INDEX.partition('values:')[0]}values: []")
    desk.types("people", "contract", "apply", desk.file("good.yaml", good[1]))
    desk.types("people", "contract", "apply", desk.file("good.yaml", good[1]), "--json")
    desk.types("people", "contract", "release", "GOOD")
    desk.done("login", stdin=web.keys["bert"] + "\n")
    desk.types("people", "contract", "release", "GOOD")
    for reference, terms in others:
        web.done("anna", "POST", "/v1/contracts", content=terms)
        web.done("bert", "POST", f"/v1/contracts/{reference}/release")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    web.key("blechwerke", "customer", "Blechwerke")
    web.key("gießerei", "customer", "Gießerei")
    desk.types("people", "contract", "show")


def bill_and_hold(desk: Desk, web: Web, access: Access) -> None:
    desk.now = datetime(2026, 2, 20, 8, tzinfo=UTC)
    desk.file("january.csv", READINGS)
    desk.types("readings", "ingest", "january.csv")
    desk.types("readings", "ingest", "january.csv", "--json")
    desk.file("parts.csv", "Wann;Stück;Auftrag\n2026-01-05 10:00;12;A\n2026-01-05 11:00;7;B\n")
    columns = ("--column", "time=Wann", "--column", "value=Stück", "--column", "order=Auftrag")
    desk.types("readings", "ingest", "parts.csv", "--register", "parts", *columns, "--save-profile", "orders")
    desk.types("readings", "profile", "set", "orders", "--register", "parts", *columns, "--zone", "Europe/Berlin")
    desk.both("readings", "profile", "list")
    desk.both("readings", "profile", "show", "orders")
    web.asks("readings", "anna", "GET", "/v1/profiles")
    web.asks("readings", "finance", "GET", "/v1/profiles/orders")
    desk.types("readings", "ingest", "parts.csv", "--profile", "orders", "--decimal", "point")
    first, *_ = re.findall("draft-[0-9a-f]{12}", desk.types("held", "bill", "--until", "2026-02-01T06:00Z"))
    desk.types("held", "invoice", "list")
    desk.types("held", "invoice", "show", first)
    desk.types("held", "invoice", "issue", first)
    desk.types("held", "invoice", "issue", first)
    web.asks("held", "anna", "GET", "/v1/drafts")
    desk.types("held", "bill", "--issue", "--until", "2026-02-20T06:00Z")
    amend(desk, web, AMENDED_IN_FEBRUARY)
    # Another rule under the same name is refused; a version that an earlier release recorded with one is held.
    neutral = contract("HELD-RULE", BY_PEAK, head="in_force_from: 2026-02-01\n")
    web.done("anna", "POST", "/v1/contracts", content=neutral)
    web.done("bert", "POST", "/v1/contracts/HELD-RULE/release")
    rule = json.dumps({"kind": "graduated", "unit": "kWh", "per": "year", "tiers": [{"unit_price": "1"}]})
    (held,) = by_sql(
        access,
        "alter table contract_version disable trigger two_pairs_of_eyes",
        "update contract_version set terms = jsonb_set(terms, '{charges,0,rule}', cast('"
        + rule.replace(":", "\\:")
        + "' as jsonb)) where number = 2 and terms->>'contract' = 'HELD-RULE'",
        "update contract_version set terms = terms - 'supplier' where terms->>'contract' = 'HELD-DAMAGED'",
        "select id from contract where reference = 'HELD-REFUSED'",
    )
    by_sql(access, f"alter table invoice add constraint none_of_it check (contract_id <> {held['id']}) not valid")
    desk.now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    desk.types("held", "bill", "--issue", "--json")
    desk.types("held", "bill", "--issue")
    web.asks("held", "anna", "POST", "/v1/bill")
    rows = by_sql(
        access,
        """select reference, kind, lower(period)::text as first, upper(period)::text as after_last,
                  held->>'code' as code, held->>'detail' as detail
           from due join contract on contract.id = due.contract
           where done_at is null and (kind <> 'planning' or held is not null) order by 1, 2, 3""",
    )
    web.golden.keep("held", "work that waits, as it is stored", rows)
    # What is damaged stops whoever lists it; the rest of the story goes on without it.
    web.asks("held", "anna", "GET", "/v1/contracts/HELD-DAMAGED")
    restored = json.dumps({"supplier": {"name": "Nordluft", "country": "DE", "vat_id": "DE129273398", "address": []}})
    by_sql(
        access,
        f"update contract_version set terms = terms || cast('{restored}' as jsonb) where not terms ? 'supplier'".replace(
            ":", "\\:"
        ),
        "alter table contract_version enable trigger two_pairs_of_eyes",
        "alter table invoice drop constraint none_of_it",
    )


def amend(desk: Desk, web: Web, amended: dict[str, str]) -> None:
    for reference, terms in amended.items():
        desk.file("was.yaml", AGREED[reference])
        desk.file("now.yaml", terms)
        desk.types("amendments", "contract", "diff", "was.yaml", "now.yaml")
        web.asks("amendments", "anna", "POST", "/v1/contracts", content=terms)
        web.asks("amendments", "bert", "POST", f"/v1/contracts/{reference}/release")


def look_into(desk: Desk, web: Web) -> None:
    everybody = {"manufacturer": "anna", "finance": "finance", "customer": "blechwerke", "other customer": "gießerei"}
    morning = ("--from", "2026-01-05T09:00Z", "--to", "2026-01-05T10:30Z")
    desk.both("review", "findings")
    desk.types("review", "check", "high.kwh", *morning)
    desk.types("review", "edit", "verify", "high.kwh", *morning, "--reason", "the press ran double")
    set_by_hand = ("edit", "set", "vague.kwh", "--from", "2026-01-05T10:00Z", "--reason", "read off the meter")
    desk.types("review", "edit", *set_by_hand[1:], "--value", "61.5")
    desk.types("review", *set_by_hand, "--json")
    desk.both("review", "edit", "list", "--waiting")
    web.all_ask("http", "/v1/edits?waiting=true", everybody)
    web.all_ask("http", "/v1/findings?register=high.kwh", everybody)
    desk.both("review", "edit", "show", "2")
    web.all_ask("http", "/v1/edits/2", everybody)
    desk.both("review", "waiting", "--kind", "edit")
    web.all_ask("http", "/v1/waiting", everybody)
    desk.types("review", "edit", "release", "1")
    desk.done("login", stdin=web.keys["bert"] + "\n")
    desk.types("review", "waiting", "--mine")
    desk.types("review", "edit", "release", "1", "--digest", "0" * 16)
    desk.types("review", "edit", "release", "1")
    desk.types("review", "edit", "release", "1")
    web.asks("review", "bert", "POST", "/v1/edits/2/release")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.both("review", "edit", "list")
    desk.types("review", "findings", "high.kwh")
    gap = ("--from", "2026-01-05T09:00Z", "--to", "2026-01-05T13:00Z", "--reason", "the logger was down")
    desk.types("review", "estimate", "gaps.kwh", *gap)
    desk.types("review", "estimate", "gaps.kwh", *gap, "--json")
    desk.types("review", "readings", "gaps.kwh", "--from", "2026-01-05", "--to", "2026-01-05", "--history")
    exchanged = ("--at", "2026-02-10T00:00Z", "--closing", "180", "--opening", "3", "--reason", "worn out")
    desk.types("review", "exchange", "hours", *exchanged, "--serial", "SN-2")
    desk.types("review", "reset", "hours", "--at", "2026-02-12T00:00Z", "--closing", "2", "--json")
    desk.both("review", "unbilled")
    desk.types("review", "batches", "--most", "5")
    desk.types("review", "batch", "1")
    for words in (
        ("usage", "good.kwh", "--from", "2026-01-01", "--to", "2026-03-31"),
        ("usage", "kw", "--from", "2026-01-05", "--to", "2026-01-05", "--every", "whole", "--aggregation", "mean"),
        ("usage", "good.kwh", "--from", "2026-01-01", "--to", "2026-01-31", "--aggregation", "demand", "--block-minutes", "60"),
        ("usage", "parts", "--from", "2026-01-05", "--to", "2026-01-05", "--every", "day", "--by", "order"),
        ("usage", "hours", "--from", "2026-01-01", "--to", "2026-02-28", "--edges", "exact"),
        ("usage", "good.kwh", "--from", "2026-01-05", "--to", "2026-01-05", "--every", "hour", "--aggregation", "count"),
        ("states", "state", "--from", "2026-01-05", "--to", "2026-01-06"),
    ):  # fmt: skip
        desk.types("review", *words)
    desk.types("review", "states", "state", "--from", "2026-01-05", "--to", "2026-01-05", "--every", "hour", "--json")
    for path in (
        "/v1/registers/state/states?from=2026-01-05&to=2026-01-05",
        "/v1/registers/parts/usage?from=2026-01-05&to=2026-01-05&every=day&by=order",
        "/v1/registers/good.kwh/usage?from=2025-12-01&to=2026-02-28",
        "/v1/contracts/GOOD",
        "/v1/contracts/OTHER",
        "/v1/invoices",
        "/v1/fleet",
        "/v1/registers?limit=2",
        "/v1/contracts?begins=GO&limit=1",
        "/v1/unbilled",
        "/v1/invoices/totals",
        "/v1/invoices?month=2026-02&customer=Blechwerke&supplier=Nordluft&sort=-issued_on&limit=1&total=true",
    ):
        web.all_ask("http", path, everybody)
    asked = {"registers": ["good.kwh", "high.kwh"], "from": "2026-01-01", "to": "2026-01-31", "every": "whole"}
    web.asks("http", "anna", "POST", "/v1/usage", json=asked)


def tax(desk: Desk, web: Web) -> None:
    for reference, untaxed in UNTAXED.items():
        desk.types("taxes", "contract", "check", desk.file(f"{reference}.yaml", untaxed))
        web.asks("taxes", "anna", "POST", "/v1/contracts/check", content=untaxed)
    desk.file("us.yaml", TAX_LAW)
    desk.types("taxes", "tax", "record", "us.yaml")
    desk.types("taxes", "tax", "release", "US")
    web.asks("taxes", "bert", "POST", "/v1/taxes/US/release")
    desk.types("taxes", "tax", "record", "us.yaml", "--json")
    web.asks("taxes", "anna", "POST", "/v1/taxes", content=TAX_LAW)
    desk.both("taxes", "tax", "show")
    desk.both("taxes", "tax", "show", "US", "--on", "2026-03-31")
    web.asks("taxes", "anna", "GET", "/v1/taxes", params={"own": "true"})
    web.asks("taxes", "anna", "GET", "/v1/taxes/US", params={"on": "2026-03-31"})
    web.asks("taxes", "anna", "GET", "/v1/taxes/AQ")


def dispute_and_correct(desk: Desk, web: Web) -> None:
    desk.types("disputes", "dispute", "raise", "GOOD", "fee", "--from", "2026-03-01", "--to", "2026-03-31", "--reason", "stood still")  # fmt: skip
    dispute = {"charge": "energy", "first": "2026-01-01", "after_last": "2026-02-01", "reason": "never so much"}
    for _ in range(3):
        web.asks("disputes", "blechwerke", "POST", "/v1/contracts/GOOD/disputes", json=dispute)
    desk.both("disputes", "dispute", "show")
    desk.types("disputes", "dispute", "accept", "2")
    desk.types("disputes", "dispute", "accept", "2")
    desk.types("disputes", "dispute", "decline", "3", "--json")
    web.asks("disputes", "finance", "POST", "/v1/disputes/4/accept")
    for who in ("anna", "blechwerke", "gießerei"):
        web.asks("disputes", who, "GET", "/v1/contracts/GOOD/disputes")
    web.asks("disputes", "finance", "GET", "/v1/disputes")
    desk.file("corrected.csv", "time,value\n2026-01-05T11:00+01:00,45\n2026-03-05T10:00+01:00,70\n")
    keyed = ("--register", "good.kwh", "--reason", "pulse lost", "--idempotency-key", "one")
    desk.types("readings", "ingest", "corrected.csv", *keyed)
    desk.types("readings", "ingest", "corrected.csv", *keyed)
    desk.types("readings", "ingest", "corrected.csv", "--register", "high.kwh", "--idempotency-key", "one")
    desk.types("readings", "withdraw", "high.kwh", "--from", "2026-02-05", "--to", "2026-02-05", "--reason", "a test")
    desk.both("readings", "edit", "list", "--waiting")
    released_by_bert(desk, web, "readings")
    desk.types("readings", "ingest", "corrected.csv", *keyed)
    desk.file("cpi.yaml", INDEX)
    desk.types("indices", "index", "record", "cpi.yaml")
    desk.types("indices", "index", "release", "CPI")
    web.asks("indices", "bert", "POST", "/v1/indices/CPI/release")
    desk.types("indices", "index", "record", desk.file("cpi.yaml", INDEX.replace('"102"', '"103"')), "--json")
    desk.both("indices", "index", "show", "CPI")
    web.asks("indices", "anna", "GET", "/v1/indices/CPI")
    desk.now = datetime(2026, 4, 1, 8, tzinfo=UTC)
    amend(desk, web, AMENDED_IN_MARCH)
    desk.types("corrections", "bill", "--issue", "--json")
    desk.types("corrections", "dispute", "settle", "1", "--waived")
    desk.types("corrections", "dispute", "settle", "1", "--waived")
    desk.done("login", stdin=web.keys["bert"] + "\n")
    desk.types("corrections", "dispute", "settle", "1", "--waived")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.types("corrections", "dispute", "settle", "2", "--due", "--json")
    desk.now = datetime(2026, 5, 1, 8, tzinfo=UTC)
    desk.types("corrections", "bill", "--issue")
    desk.types("corrections", "bill", "--issue")
    desk.both("corrections", "dispute", "show", "GOOD")
    for head in web.done("anna", "GET", "/v1/invoices"):
        if head["contract"] == "GOOD":
            shown = desk.both("corrections", "invoice", "show", head["number"])
            for pos in range(1, len(shown["lines"]) + 1):
                desk.types("explanations", "explain", head["number"], str(pos), "--most", "2")
                web.asks(
                    "explanations", "blechwerke", "GET", f"/v1/invoices/{head['number']}/lines/{pos}/explanation?most=2"
                )
    desk.types("corrections", "invoice", "list")
    desk.types("corrections", "invoice", "list", "--contract", "GOOD", "--sort", "-period_from", "--limit", "2")
    desk.both("corrections", "invoice", "totals", "--customer", "Blechwerke")
    desk.both("corrections", "replay")
    desk.types("corrections", "replay", "2026-000001")
    web.asks("corrections", "finance", "POST", "/v1/replay")
    for what in ("invoices", "lines"):
        desk.types("corrections", "export", what)


def give_back(desk: Desk, web: Web) -> None:
    """Credits by hand: prepared by Anna, released by Bert, withdrawn, refused."""
    late = ("credit", "prepare", "2026-000001", "--reason", "late delivery")
    desk.types("credits", *late, "--line", "1:amount=1.50")
    desk.types("credits", *late, "--line", "1:percent=1", "--json")
    desk.types("credits", *late, "--line", "1:at_most=many")
    desk.types("credits", *late, "--line", "99:rest")
    desk.both("credits", "credit", "list", "--state", "waiting")
    desk.types("credits", "credit", "release", "1")
    desk.types("credits", "credit", "withdraw", "2")
    desk.types("credits", "credit", "withdraw", "2")
    body = {"lines": [{"line": 1, "amount": "2.50"}], "reason": "goodwill"}
    prepared = web.asks("credits", "finance", "POST", "/v1/invoices/2026-000001/credits", json=body)["credit"]
    web.asks("credits", "finance", "POST", f"/v1/credits/{prepared}/release")
    for who in ("finance", "blechwerke"):
        web.asks("credits", who, "GET", "/v1/credits")
    web.asks("credits", "bert", "POST", f"/v1/credits/{prepared}/release")
    taken_back = web.asks("credits", "finance", "POST", "/v1/invoices/2026-000001/credits", json=body)["credit"]
    web.asks("credits", "finance", "POST", f"/v1/credits/{taken_back}/withdraw")
    desk.done("login", stdin=web.keys["bert"] + "\n")
    desk.types("credits", "credit", "release", "1")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.both("credits", "credit", "list")
    notes = web.asks("credits", "blechwerke", "GET", "/v1/invoices", params={"kind": "credit"})
    for note in notes:
        desk.both("credits", "invoice", "show", note["number"])
        desk.types("credits", "explain", note["number"], "1", "--most", "2")
    desk.both("credits", "replay")


def void(desk: Desk, web: Web) -> None:
    """Documents void before they are sent: asked for by Anna, released by Bert, withdrawn, refused."""
    heads = web.done("anna", "GET", "/v1/invoices")
    newest = heads[-1]["number"]
    ask = ("invoice", "void", newest, "--reason", "the wrong price")
    desk.types("voids", "invoice", "void-release", newest)
    desk.types("voids", *ask)
    desk.types("voids", *ask, "--json")
    desk.types("voids", "invoice", "void-release", newest)
    desk.types("voids", "invoice", "void-withdraw", newest)
    path = f"/v1/invoices/{newest}/void"
    for who in ("finance", "blechwerke"):
        web.asks("voids", who, "GET", path)
    web.asks("voids", "finance", "POST", path, json={"reason": "the wrong price"})
    web.asks("voids", "finance", "GET", path)
    web.asks("voids", "finance", "POST", f"{path}/withdraw")
    web.asks("voids", "finance", "POST", path, json={"reason": "the wrong price after all"})
    web.asks("voids", "bert", "POST", f"{path}/release")
    web.asks("voids", "bert", "POST", f"{path}/release")
    for who in ("finance", "blechwerke"):
        web.asks("voids", who, "GET", f"/v1/invoices/{newest}")
    web.asks("voids", "finance", "POST", f"/v1/invoices/{newest}/sendings", json={"how": "mail"})
    desk.types("voids", "invoice", "show", newest)
    desk.types("voids", "invoice", "list", "--state", "void")
    desk.types("voids", "bill", "--issue")
    desk.types("voids", "export", "invoices")
    desk.both("voids", "replay")


def tell_of_parties(desk: Desk, web: Web) -> None:
    """What documents say of Nordluft: told by Anna, released by Bert; of its customer likewise, which sees its own."""
    desk.file("nordluft.yaml", PROFILE)
    desk.file("wrong.yaml", PROFILE.replace("0130 00", "0130 01").replace("9930", "0002"))
    desk.types("parties", "party", "apply", "wrong.yaml")
    desk.types("parties", "party", "apply", "nordluft.yaml")
    desk.types("parties", "party", "apply", "nordluft.yaml", "--json")
    desk.types("parties", "party", "release", "Nordluft")
    web.asks("parties", "bert", "POST", "/v1/parties/Nordluft/profile/release")
    desk.both("parties", "party", "show", "Nordluft", "--on", "2026-06-01")
    told = {"party": "Blechwerke", "in_force_from": "2026-01-01", "city": "Augsburg", "post_code": "86156"}
    for _ in range(2):
        web.asks("parties", "anna", "PUT", "/v1/parties/Blechwerke/profile", json=told)
    web.asks("parties", "anna", "POST", "/v1/parties/Blechwerke/profile/withdraw", json={"profile": 2})
    web.asks("parties", "anna", "PUT", "/v1/parties/Blechwerke/profile", json=told)
    web.asks("parties", "anna", "POST", "/v1/parties/Blechwerke/profile/release")
    web.asks("parties", "bert", "POST", "/v1/parties/Blechwerke/profile/release")
    desk.file("logo.svg", LOGO)
    desk.types("parties", "party", "logo", "Nordluft", "logo.svg")
    logo = {"content": LOGO, "headers": {"Content-Type": "image/svg+xml"}}
    stored = web.asks("parties", "anna", "PUT", "/v1/parties/Nordluft/logo", **logo)
    bearing = PROFILE.replace("in_force_from: 2026-01-01", f"in_force_from: 2026-01-02\nlogo: {stored['sha256']}")
    web.asks("parties", "anna", "PUT", "/v1/parties/Nordluft/profile", content=bearing)
    desk.both("parties", "party", "list")
    desk.types("parties", "waiting", "--kind", "profile")
    web.asks("parties", "bert", "POST", "/v1/parties/Nordluft/profile/release", json={"profile": 4})
    web.asks("parties", "bert", "GET", "/v1/parties/Nordluft/logo")
    for who in ("anna", "blechwerke"):
        web.asks("parties", who, "GET", "/v1/parties")
        for name in ("Nordluft", "Blechwerke"):
            web.asks("parties", who, "GET", f"/v1/parties/{name}/profile")
    desk.types("parties", "party", "withdraw", "Nordluft")
    asking = contract(
        "ASKING", metered("good.kwh"), head="invoicing: {form: xrechnung, order_lines: {energie: '10'}}\n"
    )
    desk.types("parties", "contract", "check", desk.file("asking.yaml", asking))
    desk.types("parties", "contract", "check", desk.file("asking.yaml", asking.replace("energie", "energy")))


def office_contract() -> str:
    """The office's contract, for its first quarter."""
    office = (EXAMPLES / "office.yaml").read_text(encoding="utf-8").replace("per: year", "per: quarter")
    office = office.replace("Hanse Immobilien AG", "Hanse").replace("Nordluft GmbH", "Nordluft Hamburg")
    office = office.replace(
        "working hours: {series: Hamburg business peak, floor:", 'working hours: {price: "0.30", floor:'
    )
    office = office.replace("ends: 2026-01-01", "ends: 2020-04-01").replace(', floor: "0.24", ceiling: "0.38"', "")
    return office.replace("  - name: guarantee", "  - name: guaranteed").replace("OFFICE-SAVINGS", "OFFICE")


def save_and_state(desk: Desk, web: Web) -> None:
    """An office's first quarter: held until its statement is agreed, which is prepared, signed and replayed."""
    desk.file("office-fleet.yaml", (EXAMPLES / "fleet.yaml").read_bytes())
    desk.done("fleet", "apply", "office-fleet.yaml")
    web.asks("statements", "anna", "POST", "/v1/contracts", content=office_contract())
    web.asks("statements", "bert", "POST", "/v1/contracts/OFFICE/release")
    web.key("hanse", "customer", "Hanse")
    first, after_last = (date.fromisoformat(day) for day in SAVED)
    desk.file("office.csv", hours_of_a_building(first, after_last, as_readings=True))
    desk.types("statements", "ingest", "office.csv")
    desk.types("statements", "bill", "--issue")
    desk.types("statements", "statement", "list", "OFFICE")
    desk.types("statements", "statement", "take", "1", "submitted", "--person", "Emil Kurz")
    desk.types("statements", "statement", "prepare", "OFFICE", "--on", "2020-03-01")
    desk.types("statements", "bill", "--issue")
    desk.types("statements", "statement", "take", "1", "submitted", "--person", "Jan Petersen")
    desk.types("statements", "statement", "take", "1", "submitted", "--person", "Emil Kurz")
    web.key("Emil Kurz", "finance")
    web.key("Dora Meier", "customer", "Hanse")
    desk.done("login", stdin=web.keys["Emil Kurz"] + "\n")
    desk.types("statements", "statement", "take", "1", "submitted")
    desk.done("login", stdin=web.keys["anna"] + "\n")
    desk.types("statements", "statement", "take", "1", "agreed", "--person", "Dora Meier")
    for who, person, step in (
        ("hanse", "Dora Meier", "verified"),
        ("gießerei", "Dora Meier", "agreed"),
        ("anna", "Dora Meier", "agreed"),
        ("hanse", "Emil Kurz", "agreed"),
        ("hanse", "Dora Meier", "agreed"),
        ("Dora Meier", "Dora Meier", "agreed"),
        ("Dora Meier", "Dora Meier", "agreed"),
    ):
        web.asks("statements", who, "POST", "/v1/statements/1/steps", json={"step": step, "person": person})
    desk.both("statements", "statement", "report", "1")
    desk.both("statements", "statement", "replay", "1")
    desk.types("statements", "statement", "report", "1", "--pdf", "report.pdf")
    desk.golden.keep("statements", "how the report begins", (desk.folder / "report.pdf").read_bytes()[:5].decode())
    desk.types("statements", "bill", "--issue")
    for who in ("anna", "hanse", "gießerei"):
        web.asks("statements", who, "GET", "/v1/contracts/OFFICE/statements")
    # A baseline and a saving from stored readings, over HTTP.
    span = {"first": SAVED[0], "after_last": SAVED[1]}
    asked = {"registers": ["office.kwh"], "temperature": "weather.degc", "method": {"kind": "mean"}} | span
    baseline = web.asks("statements", "anna", "POST", "/v1/baselines", json=asked)
    held_against = {"registers": ["office.kwh"], "temperature": "weather.degc", "baseline": baseline} | span
    web.asks("statements", "finance", "POST", "/v1/savings", json=held_against)
    site = {"registers": ["office.kwh"], "temperature": "weather.degc", "zone": "Europe/Berlin"} | span
    fitted = web.asks("statements", "anna", "POST", "/v1/baselines", json={"site": site, "method": {"kind": "mean"}})
    planned = {"baseline": fitted, "fraction": "0.10"}
    web.asks("statements", "finance", "POST", "/v1/savings/planned", json=planned)
    portfolio = {"savings": [site_saving("400", "80"), site_saving("500", "60")]}
    web.asks("statements", "finance", "POST", "/v1/savings/portfolio", json=portfolio)


def take_events(desk: Desk, web: Web) -> None:
    """Events of OpenMeter's and Lago's clients come before anybody has said what they measure."""
    cloud = {"id": "1", "source": "app", "specversion": "1.0", "type": "job", "subject": "gießerei", "data": {"n": 3}}
    of_lago = {"transaction_id": "1", "external_subscription_id": "sub-1", "code": "parts", "timestamp": 1767603600}
    web.asks("events", "anna", "POST", "/api/v1/events", json=cloud)
    web.asks("events", "anna", "POST", "/api/v1/events", json=[cloud | {"id": "2", "time": "soon"}, {"id": 7}])
    web.asks("events", "anna", "POST", "/api/v1/events", json={"event": of_lago})
    web.asks("events", "anna", "POST", "/api/v1/events", json={"event": of_lago})
    web.asks("events", "anna", "POST", "/api/v1/events/batch", json={"events": [of_lago | {"code": ""}, of_lago]})
    web.asks("events", "anna", "POST", "/api/v1/events/batch", json={"events": [of_lago | {"transaction_id": "2"}]})
    desk.both("events", "event", "unmatched")
    web.asks("events", "finance", "GET", "/v1/events/unmatched")
    jobs = ("--client", "openmeter", "--type", "job", "--unit", "part")
    desk.types("events", "event", "meter", "jobs", *jobs, "--value", "$.n", "--dimension", "order=order")
    desk.types("events", "event", "meter", "jobs", *jobs, "--aggregation", "count")
    desk.types("events", "event", "meter", "peak", *jobs, "--aggregation", "max", "--value", "n", "--json")
    desk.types("events", "event", "meter", "runs", *jobs, "--dimension", "order")
    desk.types("events", "event", "meter", "runs", "--client", "stripe", "--type", "job", "--unit", "part")
    counted = {"client": "lago", "event_type": "parts", "aggregation": "count", "unit": "part"}
    web.asks("events", "anna", "PUT", "/v1/event-meters/parts", json=counted)
    web.asks("events", "anna", "PUT", "/v1/event-meters/parts", json=counted | {"value": "n"})
    desk.both("events", "event", "meters")
    web.asks("events", "finance", "GET", "/v1/event-meters")
    desk.types("events", "event", "unmatched")
    desk.types("events", "event", "match")
    web.asks("events", "anna", "POST", "/v1/events/match")
    web.asks("events", "finance", "POST", "/api/v1/events", json=cloud)


def site_saving(avoided: str, half_width: str) -> dict[str, Any]:
    """The saving of a site, of 9,000 kWh that were expected."""
    stated = {"unit": "kWh", "expected": "9000", "avoided": avoided, "confidence": "0.9"}
    return {**stated, "uncertainty": {"ashrae14": half_width}}


_BAD = contract("BAD", FEE.replace("fixed_fee", "fixed_fees") + metered("nowhere.kwh"), head="starts: 2026-13-01\n")


def refuse(desk: Desk, web: Web) -> None:
    """What is refused, with its words: over HTTP as a problem, at the keyboard by exit code, and for programs both."""
    desk.file("bad.yaml", _BAD)
    desk.file("unknown.yaml", contract("UNKNOWN", metered("god.kwh")).replace("[Press]", "[Pres]"))
    desk.file("no.yaml", "contract: [")
    desk.file("empty.csv", "")
    desk.file("x.csv", "time,value\nx,y\n")
    day = ("--from", "2026-01-05", "--to", "2026-01-05")
    for words in (
        ("invoice", "show", "2026-999999"),
        ("invoice", "original", "2026-999999", "original.xml"),
        ("invoice", "show", "draft-000000000000"),
        ("invoice", "issue", "2026-000007"),
        ("explain", "2026-000007", "99"),
        ("explain", "2026-000001", "1"),
        ("explain", "2026-999999", "1"),
        ("replay", "2026-999999"),
        ("contract", "show", "NOBODY"),
        ("contract", "release", "NOBODY"),
        ("contract", "release", "GOOD"),
        ("contract", "release", "GOOD", "--version", "7"),
        ("contract", "check", "bad.yaml"),
        ("contract", "check", "unknown.yaml"),
        ("contract", "check", "no.yaml"),
        ("contract", "check", "missing.yaml"),
        ("contract", "apply", "unknown.yaml"),
        ("fleet", "apply", "good.yaml"),
        ("fleet", "apply", desk.file("other.yaml", FLEET.replace('machine_hour, resolution: "0.1"}', 'machine_hour, resolution: "0.01"}', 1))),
        ("ingest", "empty.csv"),
        ("ingest", "x.csv", "--register", "good.kwh"),
        ("ingest", "x.csv", "--register", "nowhere.kwh"),
        ("ingest", "january.csv", "--atomic"),
        ("ingest", "x.csv", "--register", "good.kwh", "--replaces", "2026-01-05"),
        ("ingest", "x.csv", "--register", "good.kwh", "--column", "time"),
        ("ingest", "x.csv", "--register", "good.kwh", "--format", "pdf"),
        ("ingest", "x.csv", "--register", "good.kwh", "--zone", "Europe/Berln"),
        ("ingest", "x.csv", "--profile", "order"),
        ("profile", "set", "orders"),
        ("bill", "--issue", "--until", "2027-01-01"),
        ("bill", "--until", "soon"),
        ("bill", "--until", "2026-03-01T12:00"),
        ("usage", "nowhere.kwh", *day),
        ("readings", "nowhere.kwh", *day),
        ("estimate", "good.kwh", *day, "--reason", "nothing is missing"),
        ("edit", "release", "99"),
        ("edit", "set", "good.kwh", "--from", "2026-01-05T10:00Z", "--value", "0.05", "--reason", "finer than it shows"),
        ("edit", "set", "good.kwh", "--from", "2026-01-05T10:00Z", "--value", "1,5", "--reason", "a comma"),
        ("withdraw", "good.kwh", "--from", "2026-01-06", "--to", "2026-01-04", "--reason", "backwards"),
        ("exchange", "good.kwh", "--at", "2026-01-05", "--closing", "1", "--opening", "0", "--serial", "X"),
        ("batch", "999"),
        ("index", "show", "nothing"),
        ("index", "release", "CPI"),
        ("dispute", "accept", "99"),
        ("dispute", "settle", "1", "--due"),
        ("dispute", "raise", "GOOD", "nothing", *day, "--reason", "x"),
        ("dispute", "raise", "GOOD", "fee", "--from", "2026-01-06", "--to", "2026-01-04", "--reason", "x"),
        ("dispute", "raise", "GOOD", "fee", "--from", "2030-01-01", "--to", "2030-01-31", "--reason", "x"),
        ("statement", "prepare", "GOOD", "--on", "2026-01-01"),
        ("statement", "prepare", "OFFICE", "--on", "2020-08-01"),
        ("statement", "report", "99"),
        ("statement", "take", "1", "disputed", "--person", "Dora Meier", "--charge", "nothing", "--note", "x"),
        ("price", "--terms", "good.yaml", "--usage", "no.yaml"),
        ("login",),
        ("contract", "show", "--tenant", "Nobody"),
    ):  # fmt: skip
        desk.types("refused_commands", *words, "--json")
    for to_a_person in (
        ("invoice", "show", "2026-999999"),
        ("contract", "check", "bad.yaml"),
        ("contract", "check", "unknown.yaml"),
        ("ingest", "x.csv", "--register", "good.kwh"),
        ("bill", "--issue", "--until", "2027-01-01"),
        ("dispute", "settle", "1", "--due"),
        ("nonsense",),
        ("invoice", "show"),
        ("export", "saft"),
        ("usage", "good.kwh", *day, "--every", "fortnight"),
        ("tenant", "four-eyes", "off"),
        ("statement", "take", "1", "signed", "--person", "x"),
        ("dispute", "raise", "GOOD", "fee", "--from", "soon", "--to", "later", "--reason", "x"),
        ("baseline", "fit", "x.csv", "--model", "crystal_ball"),
    ):
        desk.types("refused_commands", *to_a_person)
    over_http(desk, web)


def over_http(desk: Desk, web: Web) -> None:
    def refused(who: str | None, method: str, path: str, **more: Any) -> None:
        web.asks("refused_requests", who, method, path, **more)

    def refused_json(who: str, path: str, **body: Any) -> None:
        refused(who, "POST", path, json=body)

    refused(None, "GET", "/v1/invoices")
    refused(None, "GET", "/v1/contracts", headers={"Authorization": "Bearer usu_wrong"})
    refused(None, "GET", "/v1/fleet", headers={"Authorization": "Basic dTpw"})
    desk.types("people", "key", "revoke", "revoked")
    desk.types("people", "key", "revoke", web.keys["revoked"][:12])
    refused("revoked", "GET", "/v1/invoices")
    for method, path in (
        ("POST", "/v1/readings"), ("PUT", "/v1/fleet"), ("POST", "/v1/contracts"), ("POST", "/v1/bill"),
        ("POST", "/v1/invoices/2026-000001/issue"), ("POST", "/v1/replay"), ("GET", "/v1/exports/lines"),
        ("POST", "/v1/disputes/1/accept"), ("POST", "/v1/indices"), ("POST", "/v1/contracts/GOOD/release"),
    ):  # fmt: skip
        refused("blechwerke", method, path)
    for path in ("/v1/readings", "/v1/contracts", "/v1/bill", "/v1/baselines", "/v1/registers/good.kwh/edits"):
        refused("finance", "POST", path)
    for path in (
        "/problems?room=billing",
        "/problems/unknown-units",
        "/v1/nowhere",
        "/v1/invoices/2026-999999",
        "/v1/invoices/2026-000001",
        "/v1/invoices/2026-000007?supplier=Nobody",
        "/v1/invoices/2026-000007/lines/99/explanation",
        "/v1/invoices/2026-000007/lines/one/explanation",
        "/v1/invoices/2026-000007/lines/1/explanation?most=-1",
        "/v1/contracts/NOBODY",
        "/v1/contracts/NOBODY/disputes",
        "/v1/contracts/NOBODY/statements",
        "/v1/statements/99",
        "/v1/statements/99/report.pdf",
        "/v1/indices/nothing",
        "/v1/batches/999",
        "/v1/profiles/order",
        "/v1/batches?most=0",
        "/v1/exports/saft",
        "/v1/registers/nowhere/usage?from=2026-01-01&to=2026-01-31",
        "/v1/registers/good.kwh/usage?from=2026-02-01&to=2025-12-31",
        "/v1/registers/good.kwh/usage?from=2026-02-01",
        "/v1/registers/good.kwh/usage?from=2026-01-01&to=2026-01-31&every=fortnight",
        "/v1/registers/good.kwh/states?from=2026-01-01&to=2026-01-31",
        "/v1/registers/good.kwh/readings?from=2026-01-02T00:00Z&to=2026-01-01T00:00Z",
        "/v1/registers/nowhere/readings?from=2026-01-01T00:00Z&to=2026-01-02T00:00Z",
    ):
        refused("anna", "GET", path)
    refused("gießerei", "GET", "/v1/invoices/2026-000007")
    refused("gießerei", "GET", "/v1/contracts/GOOD")
    refused("gießerei", "GET", "/v1/statements/1")
    refused("anna", "DELETE", "/v1/invoices/2026-000001")
    refused("anna", "POST", "/v1/invoices/2026-000007/issue")
    refused("anna", "POST", "/v1/contracts/GOOD/release")
    refused("anna", "POST", "/v1/contracts", content=_BAD)
    refused("anna", "POST", "/v1/contracts/check", content=AGREED["GOOD"].replace("[Press]", "[Pres]").replace("good.kwh", "god.kwh"))  # fmt: skip
    refused("anna", "POST", "/v1/contracts/check", content="contract: [")
    refused("anna", "POST", "/v1/contracts", content=AGREED["GOOD"].replace("Blechwerke", '"zero \\0 byte"'))
    refused("anna", "PUT", "/v1/fleet", content=FLEET.replace("unit: part,", "unit: kWh,"))
    refused("anna", "POST", "/v1/readings?register=good.kwh&column=time", content="time,value\n")
    refused("anna", "POST", "/v1/readings?register=good.kwh&replaces_from=2026-01-01T00:00Z", content="time,value\n")
    refused("anna", "POST", "/v1/readings?register=good.kwh&atomic=true", content=READINGS)
    refused("anna", "POST", "/v1/readings?atomic=true", content=READINGS)
    refused("anna", "POST", "/v1/readings?register=good.kwh", content="time,value\nx,y\n")
    refused("anna", "POST", "/v1/readings", content="")
    refused("anna", "POST", "/v1/readings?register=good.kwh", content="time,value\n", headers={"Idempotency-Key": ""})
    refused("anna", "POST", "/v1/contracts/diff", content="{}")
    refused("anna", "POST", "/v1/contracts", content=b"x" * ((4 << 20) + 1))
    refused("anna", "POST", "/v1/price", content='{"rules": [{"kind": "per_unit", "unit": "kWh", "unit_price": "0.1"}], "usage": {"quantity": "1", "unit": "m3"}}')  # fmt: skip
    refused("anna", "POST", "/v1/price", content='{"rules": [{"kind": "per_unit", "unit": "kWh", "unit_price": 0.1}], "usage": {"quantity": "1", "unit": "kWh"}}')  # fmt: skip
    refused_json(
        "anna", "/v1/registers/hours/exchanges", at="2026-01-01T00:00:00", closing="5", opening="0", serial="B"
    )
    refused_json("anna", "/v1/registers/good.kwh/withdrawals", start="2026-01-05T00:00Z", end="2026-01-05T00:00Z", reason="none")  # fmt: skip
    refused_json("anna", "/v1/registers/good.kwh/edits", kind="verify", start="2026-01-05T00:00Z", reason="no end")
    refused_json(
        "anna", "/v1/registers/hours/estimates", start="2026-01-05T00:00Z", end="2026-01-06T00:00Z", reason="x"
    )
    refused_json("anna", "/v1/usage", registers=["nowhere"], **{"from": "2026-01-01", "to": "2026-01-31"})
    refused_json("anna", "/v1/contracts/GOOD/disputes", charge="fee", first="2026-01-01")
    refused_json("blechwerke", "/v1/contracts/OTHER/disputes", charge="fee", first="2026-01-01", after_last="2026-02-01", reason="x")  # fmt: skip
    refused_json("finance", "/v1/disputes/1/settle", outcome="due")
    refused_json("finance", "/v1/disputes/1/settle", outcome="maybe")
    refused_json("finance", "/v1/contracts/GOOD/statements", day="2026-01-01", prepared_by="x")
    refused_json("anna", "/v1/statements/1/steps", step="submitted", person="Emil Kurz")
    refused_json("anna", "/v1/statements/1/steps", step="signed", person="Emil Kurz")
    for offer in sorted(EXAMPLES.glob("offers/*.yaml")):
        if not offer.name.endswith(".usage.yaml"):
            answer = web.ask("anna", "POST", "/v1/contracts/check", content=offer.read_bytes())
            web.golden.keep("offers_checked_here", offer.name, answer)


def interface(web: Web) -> dict[str, Any]:
    """What HTTP offers: paths, methods, parameters, media types and statuses; the names of classes are nobody's business."""
    described = web.client.get("/openapi.json").json()
    return {
        path: {
            method: {
                "parameters": [
                    [taken["in"], taken["name"], "required" if taken.get("required") else "optional"]
                    for taken in operation.get("parameters", [])
                ],
                "body": list(operation.get("requestBody", {}).get("content", {})),
                "statuses": {
                    status: list(answer.get("content", {})) for status, answer in operation["responses"].items()
                },
            }
            for method, operation in methods.items()
        }
        for path, methods in described["paths"].items()
    }


def hours_of_a_building(first: date, after_last: date, *, as_readings: bool = False) -> str:
    """Hour by hour the energy of a building and the weather outside, by sums of whole numbers alone."""
    rows = ["time,value,register"] if as_readings else ["time,kwh,temperature"]
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(hours=1)  # winter in Berlin
    for at in range((after_last - first).days * 24):
        hour = start + timedelta(hours=at)
        day, clock = divmod(at, 24)
        season = abs((day + 20) % 365 - 182)  # 182 in winter, 0 in summer
        tenths = 240 - season * 13 // 10 + (day * 37 % 41) + abs(12 - abs(clock - 14)) * 3
        busy = day % 7 < 5 and 7 <= clock < 19
        wh = (
            (9000 + 26000 * busy + 90 * max(0, 130 - tenths) + 240 * max(0, tenths - 180)) * (97 + at * 7919 % 7) // 100
        )
        stamp = hour.isoformat()
        if as_readings:
            rows += [f"{stamp},{wh // 100 / 10},office.kwh", f"{stamp},{tenths / 10},weather.degc"]
        else:
            rows.append(f"{stamp},{wh / 1000},{tenths / 10}")
    return "\n".join(rows) + "\n"


def baselines(desk: Desk) -> None:
    """A year is fitted by each model, told apart, and the next quarter held against it; no database is reached."""
    desk.file("year.csv", hours_of_a_building(date(2019, 1, 1), date(2020, 1, 1)))
    desk.file("quarter.csv", hours_of_a_building(date(2020, 1, 1), date(2020, 4, 1)).replace(",9", ",8"))
    zone = ("--zone", "Europe/Berlin")
    daily = ("baseline", "fit", "year.csv", *zone, "--model", "caltrack_daily")
    desk.both("baselines", *daily)
    desk.types("baselines", *daily, "--out", "baseline.json")
    desk.types("baselines", "baseline", "fit", "year.csv", *zone, "--model", "mean", "--out", "mean.json")
    form = ("--set", "form=3PH")
    models = ("caltrack_daily", "caltrack_hourly", "towt_daily", "change_point", "mean")
    of_each_model = (word for model in models for word in ("--model", model))
    desk.types("baselines", "baseline", "fit", "year.csv", *zone, *of_each_model, *form)
    desk.types("baselines", "baseline", "fit", "year.csv", *zone, "--model", "change_point")
    change_point = ("baseline", "fit", "year.csv", *zone, "--model", "change_point", *form)
    desk.types("baselines", *change_point, "--json")
    desk.done(*change_point, "--out", "change.json")
    desk.both("baselines", "baseline", "savings", "baseline.json", "quarter.csv")
    masked_days = ("--mask", "2020-02-03/2020-02-05=a test", "--from", "2020-01-01", "--to", "2020-02-29")
    desk.types("baselines", "baseline", "savings", "baseline.json", "quarter.csv", *masked_days, "--confidence", "0.8")
    desk.types("baselines", "baseline", "savings", "mean.json", "quarter.csv", "--json")
    desk.both("baselines", "baseline", "normalize", "change.json", "baseline.json", "--weather", "year.csv")
    desk.both("baselines", "baseline", "planned", "baseline.json", "--saved", "0.10", "--confidence", "0.68")
    for name, saved, half_width in (("north", "400", "80"), ("south", "500", "60")):
        desk.file(f"{name}.json", json.dumps(site_saving(saved, half_width)))
    desk.both("baselines", "baseline", "portfolio", "north.json", "south.json")
    desk.types("baselines", "baseline", "savings", "baseline.json", "missing.csv")
    desk.types("baselines", "baseline", "fit", "quarter.csv", *zone, "--model", "caltrack_daily", "--json")
