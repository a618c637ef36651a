"""The recipes of CONTRIBUTING.md, followed to the letter on a copy: what they add is served by both doors, and touches
no other files than the recipe names."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.server.embedded import EmbeddedServer
from tests.architecture.source import ORDER
from tests.conftest import fresh_database

ROOT = Path(__file__).parents[2]
MEMBERS = Path(__file__).parent / "recipes"
COPIED = (
    "quantities", "metering", "savings", "contracts", "billing", "api", "migrations", "examples", "docs", "tests",
    "README.md", "alembic.ini", "pyproject.toml",
)  # fmt: skip
RECIPES = dict(
    re.findall(
        r"^\*\*([^*]+)\*\*[:,] (.*?)(?=^\n|\Z)",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
)


@dataclass(frozen=True)
class Followed:
    """A recipe followed: the file that it adds, the lines that it puts before others, and what both doors then say."""

    title: str
    saw: object
    new: Mapping[str, str] = field(default_factory=dict)
    lines: Sequence[tuple[str, str, str]] = ()  # a file, a line of it, and what is put before that line

    @property
    def touched(self) -> set[str]:
        return {*self.new, *(path for path, _, _ in self.lines)}


def member(name: str) -> str:
    return (MEMBERS / f"{name}.py").read_text(encoding="utf-8")


EVEN = '''class Even(_Check):
    """Only even numbers are read."""

    kind: Literal["even"] = "even"

    def findings(self, context: CheckContext) -> Iterator[ReadingFinding]:
        """Ask about every reading that is odd."""
        for reading in context.inside():
            if reading.value is not None and reading.value % 2:
                yield ReadingFinding(
                    reading.start, reading.end, self.kind, plain(reading.value), "an even number", self.holds
                )


'''
TOLL_PAGE = """## toll

"Each kilometre is charged at 0.10 EUR."

    quantity × unit_price

```yaml
rule: {kind: toll, unit: km, unit_price: "0.10"}
usage: {quantity: "120", unit: km}
net: "12.00"
```

"""
REFUSAL = '''class AmbiguousPrefix(Conflict):
    """The prefix reads like a part of the number."""


'''

FOLLOWED = {
    "unit": Followed(
        "A unit",
        ["M50", "0.603504", "0.603504"],  # 3 × 201.168 m
        lines=[(
            "quantities/quantity.py", '    Unit("m2", ',
            '    Unit("furlong", QuantityKind.LENGTH, "M50", "201.168 * m", ("furlongs",)),\n',
        )],
    ),
    "pricing_rule": Followed(
        "A pricing rule",
        ["0.06035040", "0.06035040", True],
        {
            "contracts/pricing/toll.py": member("pricing_rule"),
            "tests/golden/terms/toll.json": '{"kind": "toll", "unit": "km", "unit_price": "0.10"}\n',
        },
        [
            ("contracts/pricing/__init__.py", "from contracts.pricing.volume import", "from contracts.pricing.toll import Toll\n"),
            ("contracts/pricing/__init__.py", "    | PassThrough,", "    | Toll\n"),
            ("docs/pricing.md", "| [pass_through](#pass_through)", "| [toll](#toll) | each kilometre | a use |\n"),
            ("docs/pricing.md", "## pass_through", TOLL_PAGE),
        ],
    ),
    "reading_format": Followed(
        "A reading format",
        ["60", "61"],
        {"metering/ingest/bars.py": member("reading_format")},
        [
            ("metering/ingest/__init__.py", "from metering.ingest.raw_columns import", "from metering.ingest import bars\n"),
            (
                "metering/ingest/__init__.py", '    "csv": Format(',
                '    "bars": Format(bars.read_columns, ("text/x-bars",), lambda head: head.startswith(b"#bars")),\n',
            ),
            ("docs/readings.md", "| `green_button` |", "| `bars` | a line | after the first, `time\\|value` |\n"),
        ],
    ),
    "check": Followed(
        "A check of readings",
        [["61"], ["61"]],
        lines=[
            ("metering/quality/validation/checks.py", "#: All checks;", EVEN),
            ("metering/quality/validation/checks.py", "    | Cadence,", "    | Even\n"),
            ("docs/readings.md", "| `limit` |", "| `even` | a number that is odd |\n"),
        ],
    ),
    "export": Followed(
        "An export",
        ["no. 2026-000001\nno. 2026-000002\n", "no. 2026-000001\nno. 2026-000002\n", "text/plain; charset=utf-8"],
        {"billing/exports/numbers_text.py": member("export")},
        [
            ("billing/exports/__init__.py", "\nEXPORTERS", "from billing.exports.numbers_text import NumbersText\n"),
            ("billing/exports/__init__.py", "InvoicesCsv,", "NumbersText, "),
        ],
    ),
    "document": Followed(
        "A document",
        [
            # (100 + 100 × 0.50 + 21 × 0.20) × 1.19 = 154.20 × 1.19 = 183.498
            "Hello, please pay 183.50 EUR for 2026-000001.\n",
            "Hello, please pay 183.50 EUR for 2026-000001.\n",
            ["number", "supplier", "greeting"],
        ],
        {"billing/documents/covering_note.py": member("document")},
        [
            ("billing/documents/registry.py", "from billing.documents.explanation", "from billing.documents.covering_note import CoveringNote\n"),
            ("billing/documents/registry.py", "InvoicePdf, *", "CoveringNote, "),
        ],
    ),
    "refusal": Followed(
        "A refusal",
        [409, "/problems/ambiguous-prefix", "ambiguous-prefix"],
        lines=[
            ("billing/exports/numbers_text.py", "class NumbersText", "from quantities.errors import Conflict\n\n\n" + REFUSAL),
            (
                "billing/exports/numbers_text.py", '        return "".join(f"{self.prefix}',
                "        if self.prefix.isdecimal():\n            raise AmbiguousPrefix(found=self.prefix)\n",
            ),
            ("tests/golden/slugs.txt", "already-accepted", "ambiguous-prefix\n"),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def proofs(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Follow all recipes on one copy, and ask its doors."""
    copy, folder = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("desk")
    for name in COPIED:
        copied = ROOT / name
        if copied.is_dir():
            shutil.copytree(copied, copy / name, ignore=shutil.ignore_patterns("__pycache__", "net", "databases"))
        else:
            shutil.copy(copied, copy / name)
    for recipe in FOLLOWED.values():
        for path, content in recipe.new.items():
            assert not (copy / path).exists()
            (copy / path).write_text(content, encoding="utf-8")
        for path, before, line in recipe.lines:
            text = (copy / path).read_text(encoding="utf-8")
            assert text.count(before) == 1, (path, before)
            (copy / path).write_text(text.replace(before, line + before), encoding="utf-8")
    with fresh_database(server, "recipes") as access:
        assert access.admin is not None
        addresses = [url.render_as_string(hide_password=False) for url in (access.app, access.admin)]
        done = subprocess.run(
            [sys.executable, "tests/docs/recipes/prove.py", *addresses, str(folder)],
            cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen: Mapping[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.long
@pytest.mark.parametrize("name", FOLLOWED)
def test_what_a_recipe_adds_is_served_by_both_doors(name: str, proofs: Mapping[str, Any]) -> None:
    assert proofs[name] == FOLLOWED[name].saw, proofs[name]


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_recipe_names_every_file_that_it_touches_and_of_the_product_two_at_most(name: str) -> None:
    recipe = FOLLOWED[name]
    text = " ".join(RECIPES[recipe.title].split())
    beside = {"billing/exports/numbers_text.py"} if name == "refusal" else set()  # "beside the function that raises it"
    unnamed = {
        path for path in recipe.touched - beside if path not in text and f"{path.rpartition('/')[0]}/" not in text
    }
    assert unnamed == set()
    assert len([path for path in recipe.touched if path.split("/")[0] in ORDER]) <= 2
