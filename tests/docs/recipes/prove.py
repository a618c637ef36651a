"""Asks both doors of a copy of the product for what the recipes have added to it. Run in the copy: ``prove.py ADDRESS
ADMINISTRATOR FOLDER``; prints what each recipe's proof saw, or why there is none, as JSON."""

import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from typer.testing import CliRunner

import billing
from api.cli.main import app
from api.server.database import Access
from quantities.document import read
from quantities.errors import slug
from quantities.quantity import unit
from tests.billing.scene import FLEET
from tests.contracts.pricing import test_pages
from tests.scenarios.world import World, a_world
from tests.test_docs import test_everything_that_readings_can_be_has_its_line as has_its_line

CHECKED_FLEET = FLEET.replace(
    'interval_minutes: "60"}', 'interval_minutes: "60", checks: [{kind: even, holds: "false"}]}'
)
TOLL = {"kind": "toll", "unit": "km", "unit_price": "0.10"}
USE = {"quantity": "3", "unit": "furlong"}


class Proofs:
    """What each recipe promises, asked of HTTP and of the commands."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder

    def types(self, *words: str) -> str:
        done = CliRunner().invoke(app, [*words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def file(self, name: str, content: str) -> str:
        (self.folder / name).write_text(content, encoding="utf-8")
        return str(self.folder / name)

    def bills(self) -> None:
        """Deliver January, in the new format over HTTP and by a command, and bill it."""
        self.world.done(
            "maker", "POST", "/v1/readings?register=kwh", content="#bars\n2026-01-05T10:00+01:00|60\n",
            headers={"Idempotency-Key": "bars"},
        )  # fmt: skip
        self.types("ingest", self.file("more.bars", "#bars\n2026-01-05T11:00+01:00|61\n"), "--register", "kwh")
        self.types("bill", "--issue", "--until", "2026-02-02")

    def unit(self) -> Any:
        trial = {"rules": [{**TOLL, "kind": "per_unit"}], "usage": USE}
        over_http = self.world.done("maker", "POST", "/v1/price", json=trial)
        rule, use = self.file("rule.yaml", json.dumps(trial["rules"][0])), self.file("use.yaml", json.dumps(USE))  # type: ignore[index]
        typed = json.loads(self.types("price", "--terms", rule, "--usage", use, "--json"))
        return [unit("furlongs").code, over_http["lines"][0]["quantity"], typed["lines"][0]["quantity"]]

    def pricing_rule(self) -> Any:
        test_pages.test_each_rule_has_its_page_with_clause_formula_and_example("toll")
        (example,) = (read(block) for block in re.findall(r"```yaml\n(.*?)```", test_pages.SECTIONS["toll"], re.DOTALL))
        test_pages.test_the_examples_come_out_to_the_cent("toll", example)
        over_http = self.world.done("maker", "POST", "/v1/price", json={"rules": [TOLL], "usage": USE})
        rule, use = self.file("toll.yaml", json.dumps(TOLL)), self.file("use.yaml", json.dumps(USE))
        typed = json.loads(self.types("price", "--terms", rule, "--usage", use, "--json"))
        schema = json.dumps(self.world.done("maker", "GET", "/v1/contracts/schema"))
        return [over_http["lines"][0]["amount"], typed["lines"][0]["amount"], '"toll"' in schema]

    def reading_format(self) -> Any:
        has_its_line("bars")
        batches = json.loads(self.types("readings", "kwh", "--from", "2026-01-05", "--to", "2026-01-05", "--json"))
        return [reading["value"] for reading in batches]

    def check(self) -> Any:
        has_its_line("even")
        over_http = self.world.done("maker", "GET", "/v1/findings")
        typed = json.loads(self.types("findings", "--json"))
        return [[finding["found"] for finding in found if finding["check"] == "even"] for found in (over_http, typed)]

    def export(self) -> Any:
        answer = self.world.ask("finance", "GET", "/v1/exports/numbers?prefix=no. ")
        typed = self.types("export", "numbers", "--prefix", "no. ")
        return [answer.text, typed, answer.headers["content-type"]]

    def document(self) -> Any:
        answer = self.world.ask("blechwerke", "GET", "/v1/invoices/2026-000001/note?greeting=Hello")
        path = self.folder / "note.txt"
        self.types("invoice", "show", "2026-000001", "--note", str(path), "--greeting", "Hello")
        described = self.world.client.get("/openapi.json").json()["paths"]["/v1/invoices/{number}/note"]["get"]
        return [
            answer.text,
            path.read_text(),
            [taken["name"] for taken in described["parameters"] if taken["in"] != "header"],
        ]

    def refusal(self) -> Any:
        answer = self.world.ask("finance", "GET", "/v1/exports/numbers?prefix=2026")
        try:
            self.types("export", "numbers", "--prefix", "2026")
        except Exception as error:  # noqa: BLE001 the class is of the copy alone
            return [answer.status_code, answer.json()["type"], slug(type(error))]  # type: ignore[arg-type]
        return "not refused"


def prove(address: str, administrator: str, folder: Path) -> Iterator[tuple[str, Any]]:
    """Name each recipe, with what its proof saw."""
    os.environ |= {
        "DATABASE_URL": address, "DATABASE_ADMIN_URL": administrator, "USUFRUCT_TENANT": "Nordluft",
        "XDG_CONFIG_HOME": str(folder / "config"),
    }  # fmt: skip
    assert Path(billing.__file__).is_relative_to(Path.cwd()), "the copy is asked, not the original"
    with a_world(Access(make_url(address), make_url(administrator)), CHECKED_FLEET) as world:
        proofs = Proofs(world, folder)
        proofs.bills()
        for name in ("unit", "pricing_rule", "reading_format", "check", "export", "document", "refusal"):
            proof: Callable[[], Any] = getattr(proofs, name)
            try:
                yield name, proof()
            except Exception:  # noqa: BLE001 one recipe that fails leaves the others their proof
                yield name, traceback.format_exc()


if __name__ == "__main__":
    print(json.dumps(dict(prove(sys.argv[1], sys.argv[2], Path(sys.argv[3])))))
