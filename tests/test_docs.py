"""What the README shows is run; every package says what it owns; every word of the tree has its line."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from contracts.statement import StatementStep
from metering.consumption.use import BoundaryRule
from metering.fleet.meter import Fleet, RegisterKind
from metering.ingest import FORMATS
from metering.quality.estimation.gaps import EstimationMethod
from metering.quality.validation.checks import Check
from metering.usage.aggregation import Aggregation
from quantities.calendars import Calendar
from quantities.document import parse, read
from savings.methods import METHODS
from savings.options import MvOption
from savings.statistics.uncertainty import Variant
from tests.conftest import private_home
from tests.reliability import forked

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = ("fleet.yaml", "cooling.yaml", "january.csv", "corrected.csv", "trial.yaml")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = private_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def files_of_the_readme(folder: Path) -> None:
    blocks = re.findall(r"```(?:yaml|csv)\n(.*?)```", README, flags=re.DOTALL)
    assert len(FILES) == len(blocks)
    for name, block in zip(FILES, blocks, strict=True):
        (folder / name).write_text(block, encoding="utf-8")


def test_the_readmes_trial_of_its_contract_over_two_months(tmp_path: Path) -> None:
    """250 + 10 × 95 + 2.5 × 80; 250 by days, 6 × 95, and from the 15th on 4 × 98 + 5 × 80."""
    files_of_the_readme(tmp_path)
    terms = (tmp_path / "cooling.yaml").read_text(encoding="utf-8")
    dearer = terms.replace('"95"', '"98"') + "in_force_from: 2026-02-15\n"
    (tmp_path / "dearer.yaml").write_text(dearer, encoding="utf-8")
    told = CliRunner().invoke(app, ["price", str(tmp_path / "trial.yaml")], catch_exceptions=False).output
    assert [line for line in told.splitlines() if "net " in line and "EUR" in line] == [
        "net 1400.00 EUR",
        "net 1612.00 EUR",
        "all together: net 3012.00 EUR",
    ]


def test_the_readmes_own_contract_from_file_to_correction(home: Path, tmp_path: Path) -> None:
    """Typed into a shell are the first command and the last; the others each run in a process that has imported all."""
    files_of_the_readme(tmp_path)
    environment = {name: value for name, value in os.environ.items() if name != "USUFRUCT_KEEP_SERVER_S"} | {
        "USUFRUCT_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    commands = [
        command
        for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
        for command in block.strip().splitlines()
    ]
    first, *between, last = commands
    said = typed(first, tmp_path, environment)
    for command in between:
        script, *words = shlex.split(command)
        assert script == "usufruct"
        process = forked.Client(forked.usufruct, words, environment, None, tmp_path)
        answer, complaints = process.everything()
        assert (process.process.exitcode, complaints) == (0, ""), (command, complaints)
        said += answer
    said += typed(last, tmp_path, environment)
    stop = subprocess.run(["usufruct", "db", "stop"], env=environment, capture_output=True, text=True, check=True)
    assert "the embedded server is stopped" in stop.stdout, "it outlives its last command"
    # 2.1005 MWh above 10 at 80; a thousand kWh less are 80.00 back
    for sentence in (
        "2.1005 MWh × 80 = 168.0400",
        "january.csv line 2",
        "adjusts 2026-000001",
        "-80.00",
        "2 invoices recompute to the cent",
    ):
        assert sentence in said


def typed(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command says that is typed into a shell, and succeeds."""
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), (command, done.stderr)
    return done.stdout


@pytest.mark.parametrize("package", ["quantities", "metering", "savings", "contracts", "billing", "api"])
def test_each_package_says_what_it_owns(package: str) -> None:
    text = (ROOT / package / "README.md").read_text(encoding="utf-8")
    assert all(part in text for part in ("**Owns.**", "**Does not own.**", "**Invariants**", "**What each date means"))


def test_the_glossary_has_each_word_once_and_in_order() -> None:
    rows = [
        line.split("|")[1].strip()
        for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ][1:]
    cells = [line.count("|") for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines() if line]
    assert {3} == set(cells[2:]), "each row has its word and its meaning"
    assert len(set(rows)) == len(rows) > 30
    assert sorted(rows, key=str.casefold) == rows


def test_no_path_of_a_machine_and_no_address_of_an_index_is_written_down() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    if tracked == [""]:
        pytest.skip("not a git checkout")
    addresses = re.compile(r"--(extra-)?index-url|--find-links|https?://[^ ]*/simple|/root/|/home/[a-z]")
    found = {name: match.group() for name in tracked if name and (ROOT / name).is_file() and name != "tests/test_docs.py"
             for match in [addresses.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))] if match}  # fmt: skip
    assert found == {}


READINGS = (ROOT / "docs/readings.md").read_text(encoding="utf-8")


def members() -> Iterator[object]:
    for kind, names in {
        "format": list(FORMATS),
        "register": [each.value for each in RegisterKind],
        "check": [get_args(each.model_fields["kind"].annotation)[0] for each in get_args(get_args(Check)[0])],
        "aggregation": [each.value for each in Aggregation],
        "edges": [each.value for each in BoundaryRule],
        "estimate": [each.value for each in EstimationMethod],
    }.items():
        yield from (pytest.param(name, id=f"{kind} {name}") for name in names)


@pytest.mark.parametrize("name", list(members()))
def test_everything_that_readings_can_be_has_its_line(name: str) -> None:
    assert f"`{name}`" in READINGS


SAVINGS = (ROOT / "docs/savings.md").read_text(encoding="utf-8")


def words_of_savings() -> Iterator[object]:
    for kind, names in {
        "method": list(METHODS),
        "option": [each.model_fields["kind"].default for each in get_args(get_args(MvOption)[0])],
        "uncertainty": [each.value for each in Variant],
        "step": [each.value for each in StatementStep],
    }.items():
        yield from (pytest.param(name, id=f"{kind} {name}") for name in names)


@pytest.mark.parametrize("name", list(words_of_savings()))
def test_everything_that_savings_are_told_by_has_its_line(name: str) -> None:
    assert f"`{name}`" in SAVINGS


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", READINGS, flags=re.DOTALL))
def test_the_examples_about_readings_are_read(block: str) -> None:
    document = read(block)
    if "sites" in document:
        parse(Fleet, document)
    else:
        parse(Calendar, document)
