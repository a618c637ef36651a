"""The net: whatever a person or a program can see of the product, as text, so that no rebuilding changes it unseen.

Three stories, each one test, so that workers take one each: the demo and all that can be asked about it, a workshop
that does by hand what the demo does not, and the examples. ``make golden`` rewrites tests/golden/net/, to be read as a
diff. A change of the net is a change of behaviour, and has its reason in its commit.
"""

import csv
import hashlib
import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli.main import app as command_line
from api.server.database import Access
from tests.net import workshop
from tests.net.doors import EXAMPLES, GOLDEN, Desk, Golden, Web, by_sql, canonical, masked, working_in
from tests.net.other_operations import ask_for_the_rest

_READINGS_SHOWN = "2"
#: Invoices of the demo that a person opens line by line: the first three, the corrected and the correcting one, of the
#: office an account, a year's settlement, the disputed year's, and what followed when the dispute was settled. Of the
#: office's others, which are seventy alike, the lines are not explained.
_OPENED_BY_HAND = (1, 2, 3, 4, 7, 10, 21, 57, 58)
_DEMO_ASKED = (
    "/health",
    "/ready",
    "/v1/fleet",
    "/v1/unbilled",
    "/v1/contracts",
    "/v1/contracts/AIR-KOELN",
    "/v1/contracts/OFFICE-SAVINGS",
    "/v1/contracts/OFFICE-SAVINGS/disputes",
    "/v1/contracts/AIR-KOELN/statements",
    "/v1/contracts/OFFICE-SAVINGS/statements",
    "/v1/disputes",
    "/v1/indices",
    "/v1/indices/Hamburg business peak",
    "/v1/statements/4/report.pdf",
    "/v1/invoices",
    "/v1/invoices/2026-000001",
    "/v1/invoices/2026-000007",
    "/v1/invoices/2026-000007/page",
    "/v1/invoices/2026-000004/lines/3/explanation?most=3",
    "/v1/invoices/2026-000007/lines/4/explanation?most=3",
    "/v1/exports/invoices",
    "/v1/exports/lines",
    "/v1/batches?most=5",
    "/v1/batches?most=5&before=8",
    "/v1/batches/6",
    "/v1/findings",
    "/v1/edits",
    "/v1/registers/k1.air/readings?from=2026-02-17T00:00Z&to=2026-02-17T03:00Z",
    "/v1/registers/k1.air/readings?from=2026-02-17T00:00Z&to=2026-02-17T03:00Z&history=true",
    "/v1/registers/k1.air/usage?from=2026-01-01&to=2026-03-31",
    "/v1/registers/k1.air/usage?from=2025-12-31&to=2026-01-02&every=day",
    "/v1/registers/k1.air/usage?from=2026-01-01&to=2026-02-28&aggregation=demand&block_minutes=60",
    "/v1/registers/k1.air/usage?from=2026-02-17&to=2026-02-17&every=whole&as_of=4",
    "/v1/registers/e12.hours/usage?from=2026-01-01&to=2026-03-31&edges=interpolated",
    "/v1/registers/p5.sheets/usage?from=2026-01-01&to=2026-03-31",
    "/v1/registers/office.kwh/usage?from=2025-01-01&to=2025-12-31",
    "/v1/registers/weather.degc/usage?from=2025-01-01&to=2025-02-28&aggregation=mean",
    "/v1/registers/k1.air/states?from=2026-01-01&to=2026-01-02",
)
_DEMO_LISTS = (
    ("version",),
    ("problem", "unknown-unit"),
    ("db", "status"),
    ("tenant", "four-eyes"),
    ("fleet", "show"),
    ("unbilled",),
    ("contract", "list"),
    ("contract", "show"),
    ("contract", "show", "AIR-KOELN"),
    ("index", "show"),
    ("index", "show", "Hamburg business peak"),
    ("dispute", "show"),
    ("dispute", "show", "OFFICE-SAVINGS"),
    ("statement", "list", "OFFICE-SAVINGS"),
    ("statement", "list", "AIR-KOELN"),
    ("statement", "report", "4"),
    ("invoice", "list"),
    ("batches", "--most", "4"),
    ("batch", "6"),
    ("findings",),
    ("edit", "list"),
    ("readings", "k1.air", "--from", "2026-02-17T00:00Z", "--to", "2026-02-17T03:00Z"),
    ("readings", "k1.air", "--from", "2026-02-17T00:00Z", "--to", "2026-02-17T03:00Z", "--history"),
    ("usage", "k1.air", "--from", "2026-01-01", "--to", "2026-03-31"),
    ("usage", "office.kwh", "--from", "2025-01-01", "--to", "2025-01-31", "--calendar", "bands.yaml"),
    ("bill",),
)
_BANDS = """
bands: [{name: working hours, days: [mon, tue, wed, thu, fri], hours: [{start: "07:00", end: "19:00"}]}]
otherwise: other hours
"""


def test_the_demo_is_as_it_was(access: Access, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    golden = Golden("demo")
    with working_in(tmp_path, access) as environment:
        desk = Desk(tmp_path, golden)
        code, story, complaints = desk.run("demo")
        assert (code, complaints) == (0, "")
        golden.keep_file("story.txt", story)
        assert by_sql(access, "select key from register") == [], "the demo has a database of its own"
        environment.setenv("DATABASE_URL", re.sub(r"/test_\w+", "/usufruct_demo", _address(access)))
        everything_of_the_demo(desk, golden)
        what_was_billed_against_what_is_agreed(desk)
    golden.compare(update=pytestconfig.getoption("--update-golden"))


def _address(access: Access) -> str:
    return access.app.render_as_string(hide_password=False)


def everything_of_the_demo(desk: Desk, golden: Golden) -> None:
    desk.file("bands.yaml", _BANDS)
    for words in _DEMO_LISTS:
        desk.both("commands", *words)
    desk.types("commands", "statement", "replay", "4")
    desk.types("commands", "contract", "show", "AIR-KOELN", "--yaml")
    web = Web(desk)
    web.key("manufacturer", "owner")
    web.key("clerk", "finance")
    web.key("sheet metal works", "customer", "Rheinische Blechwerke AG")
    web.key("landlord", "customer", "Hanse Immobilien AG")
    with web.client:
        for path in _DEMO_ASKED:
            whos = {"manufacturer": "manufacturer", "customer": "sheet metal works"}
            if "OFFICE" in path or "statements" in path or "office" in path or path.endswith("/invoices"):
                whos["customer of the office"] = "landlord"
            web.all_ask("http", path, whos)
        for number in range(1, 7):
            web.asks("statements", "clerk", "GET", f"/v1/statements/{number}")
        invoices = web.done("manufacturer", "GET", "/v1/invoices")
        for head in invoices:
            invoice = web.asks("invoices", "manufacturer", "GET", f"/v1/invoices/{head['number']}")
            is_explained = invoices.index(head) + 1 in _OPENED_BY_HAND or head["contract"] != "OFFICE-SAVINGS"
            for pos in range(1, len(invoice["lines"]) + 1) if is_explained else ():
                path = f"/v1/invoices/{head['number']}/lines/{pos}/explanation?most={_READINGS_SHOWN}"
                web.asks("explanations", "manufacturer", "GET", path)
        exports = web.ask("clerk", "GET", "/v1/exports/none")["json"]["expected"]
        schema = web.ask("landlord", "GET", "/v1/contracts/schema")
        schema["json"] = _named(json.dumps(schema["json"], ensure_ascii=False))
        golden.keep("http", "GET /v1/contracts/schema", schema)
    for at in _OPENED_BY_HAND:
        number = invoices[at - 1]["number"]
        shown = desk.both("invoices_by_hand", "invoice", "show", number)
        for pos in range(1, len(shown["lines"]) + 1):
            desk.types("explanations_by_hand", "explain", number, str(pos), "--most", _READINGS_SHOWN)
    desk.types("explanations_by_hand", "explain", "2026-000007", "4", "--most", "3", "--json")
    desk.types("invoices_by_hand", "invoice", "show", "2026-000007", "--html", "invoice.html")
    desk.types("invoices_by_hand", "invoice", "validate", "2026-000007")
    golden.keep_file("invoice.html", (desk.folder / "invoice.html").read_text(encoding="utf-8"))
    for name in exports:
        golden.keep_file(f"export_{name}.txt", desk.run("export", name)[1])


def what_was_billed_against_what_is_agreed(desk: Desk) -> None:
    """Every example contract on the demo's readings: checked, simulated, and held against the lines that were issued."""
    for name in ("air", "excavator", "press", "office"):
        desk.file(f"{name}.yaml", (EXAMPLES / f"{name}.yaml").read_bytes())
    desk.file("dearer.yaml", (EXAMPLES / "air.yaml").read_text(encoding="utf-8").replace("0.0285", "0.0300"))
    lines = list(csv.DictReader(io.StringIO(desk.run("export", "lines")[1])))
    contract_of = {head["number"]: head["contract"] for head in desk.done("invoice", "list")}
    for name, contract in (("air", "AIR-KOELN"), ("excavator", "EX-LYON-12"), ("press", "PRESS-5")):
        desk.both("authoring", "contract", "check", f"{name}.yaml")
        desk.both("authoring", "contract", "simulate", f"{name}.yaml", "--from", "2026-01-01", "--to", "2026-03-31")
        issued = io.StringIO()
        writer = csv.DictWriter(issued, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(line for line in lines if contract_of[line["number"]] == contract)
        desk.file("issued.csv", issued.getvalue())
        desk.both("authoring", "contract", "shadow", f"{name}.yaml", "--invoices", "issued.csv")
    desk.both("authoring", "contract", "check", "office.yaml")
    desk.both("authoring", "contract", "simulate", "office.yaml", "--from", "2020-01-01", "--to", "2020-03-31")
    span = ("--from", "2026-01-01", "--to", "2026-03-31")
    desk.both("authoring", "contract", "simulate", "dearer.yaml", *span, "--against", "air.yaml")
    desk.types("authoring", "contract", "simulate", "dearer.yaml", *span, "--against", "air.yaml", "--html", "c.html")
    desk.golden.keep_file("simulated.html", (desk.folder / "c.html").read_text(encoding="utf-8"))


def test_the_workshop_is_as_it_was(
    access: Access, tmp_path: Path, pytestconfig: pytest.Config, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # what is held for an unforeseen fault is logged at length, as it should be
    golden = Golden("workshop")
    with working_in(tmp_path, access) as environment:
        environment.setenv("USUFRUCT_TENANT", "Nordluft")
        web = workshop.tell(Desk(tmp_path, golden), access)
        ask_for_the_rest(web)
    golden.compare(update=pytestconfig.getoption("--update-golden"))
    web.examples.compare(
        lambda examples: masked(canonical(examples)) + "\n", update=pytestconfig.getoption("--update-golden")
    )


def test_the_examples_are_as_they_were(access: Access, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    golden = Golden("examples")
    with working_in(tmp_path, access) as environment:
        environment.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")  # whoever asks for one is refused
        desk = Desk(tmp_path, golden)
        every_contract(desk)
        workshop.baselines(desk)
    golden.keep("interface", "usufruct", _commands(typer.main.get_command(command_line)))
    golden.compare(update=pytestconfig.getoption("--update-golden"))


def every_contract(desk: Desk) -> None:
    """Each example by itself: checked, told apart from the one before it, and offers priced on a month."""
    before = None
    for path in sorted(EXAMPLES.glob("**/*.yaml")):
        if path.name == "fleet.yaml" or path.parent.name == "parties" or path.name.endswith(".usage.yaml"):
            continue
        desk.file(path.name, path.read_bytes())
        desk.types("contracts", "contract", "check", path.name, "--alone", "--json")
        if before is not None:
            desk.types("contracts", "contract", "diff", before, path.name)
        before = path.name
        usage = path.with_suffix(".usage.yaml")
        if usage.exists():
            desk.file(usage.name, usage.read_bytes())
            desk.types("prices", "price", "--terms", path.name, "--usage", usage.name, "--json")
    desk.types("contracts", "contract", "check", "energy-trusteeship.yaml", "--alone")
    for kind in desk.types("contracts", "contract", "new").split():
        desk.types("contracts", "contract", "new", kind)
    desk.types("contracts", "contract", "diff", "air-utility.yaml", "air-all-in.yaml", "--json")
    desk.types("contracts", "contract", "diff", "air.yaml", "air.yaml")
    desk.types("prices", "price", "--terms", "engine-care.yaml", "--usage", "engine-care.usage.yaml")
    desk.golden.keep("contracts", "usufruct contract schema", _named(desk.run("contract", "schema")[1]))


def _named(schema: str) -> str:
    """The schema of a contract, by the file that holds it; if it is another, by its hash."""
    kept = (EXAMPLES.parent / "docs" / "contract.schema.json").read_text(encoding="utf-8")
    is_that = json.dumps(json.loads(schema)) == json.dumps(json.loads(kept))
    return "docs/contract.schema.json" if is_that else hashlib.sha256(schema.encode()).hexdigest()


def _commands(group: Any) -> dict[str, Any]:
    """Every command with what it takes, as the command line itself knows it."""
    if hasattr(group, "commands"):
        return {name: _commands(command) for name, command in group.commands.items()}
    return {
        "help": group.help,
        "takes": [
            {
                "as": [*taken.opts, *taken.secondary_opts],
                "required": taken.required,
                "help": getattr(taken, "help", None),
            }
            for taken in group.params
        ],
    }


#: What the net does not type: it would serve for ever, tell this machine's environment, or touch a server that is not
#: the test's own.
NOT_TYPED = {"serve", "worker", "settings", "backup", "restore", "db upgrade", "db stop", "demo"}


def test_every_command_and_every_route_is_in_the_net() -> None:
    """Whoever adds one adds it here."""
    kept = "\n".join(path.read_text(encoding="utf-8") for path in GOLDEN.glob("*/*.json"))
    group: Any = typer.main.get_command(command_line)
    paths = {path for path in _paths(group) if f'"usufruct {path}' not in kept}
    assert paths <= NOT_TYPED, "commands that the net does not type"
    interface = json.loads((GOLDEN / "workshop" / "openapi.json").read_text(encoding="utf-8"))
    asked = [path for path in interface if "get" in interface[path]]
    untried = [
        path
        for path in asked
        if not re.search(r'"GET ' + re.sub(r"\\\{\w+\\\}", '[^/"]+', re.escape(path)) + r'[ ?"]', kept)
    ]
    assert untried == [], "routes that the net does not read"


def _paths(group: Any, before: str = "") -> list[str]:
    if not hasattr(group, "commands"):
        return [before.strip()]
    return [path for name, command in group.commands.items() for path in _paths(command, f"{before} {name}")]
