"""The command line: quick to answer, JSON for programs, an exit code that means something."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer
from rich.console import Console
from typer.main import get_command_name

from api.cli import main
from api.cli.commands import COMMANDS, EXAMPLES
from api.cli.context import EXIT_CODES
from api.cli.lists import QUERIES
from api.cli.main import app
from api.cli.refused import show_refusal
from api.demo import story
from api.refusals import Forbidden
from api.server.embedded import EmbeddedServer
from api.server.provision import shape
from api.server.settings import from_environment
from billing.exports import EXPORTERS
from billing.payees.store import NothingShared
from quantities.errors import Conflict, Invalid, NotFound, Unavailable, UsufructError
from tests.conftest import private_home
from tests.reliability import forked

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
USUFRUCT = Path(sys.executable).with_name("usufruct")


@dataclass(frozen=True)
class Answer:
    """What a command ended with, and what it said and complained of."""

    returncode: int | None
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = private_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def made_from_nothing(home: Path) -> list[Answer]:
    """What the commands say that make the database of a home where there is none, and look at it before and after."""
    status = ["db", "status", "--json"]
    commands = (["db", "status"], status, ["db", "upgrade"], status, ["db", "stop"])
    return [usufruct(*words, home=home) for words in commands]


def usufruct(*words: str, home: Path, **environment: str) -> Answer:
    """A command in a process of its own, with the program imported; the README's are run by the script, from a shell."""
    command = forked.Client(forked.usufruct, list(words), dict(os.environ) | {"USUFRUCT_HOME": str(home)} | environment)
    said, complained = command.everything()
    return Answer(command.process.exitcode, said, complained)


#: What writes documents: typst, the schemas and rules of e-invoices, charts, pages and codes.
WRITERS = {"jinja2", "lxml.etree", "saxonche", "segno", "typst", "vl_convert"}
HEAVY = WRITERS | {
    "alembic",
    "babel",
    "fastapi",
    "numpy",
    "pint",
    "psycopg",
    "pyarrow",
    "pydantic",
    "rich",
    "sqlalchemy",
    "sqlmodel",
}
AIR = "examples/offers/air-utility"
#: Commands one after the other, each an argument.
ALL_LOADED = """
import shlex, sys
from contextlib import suppress
from api.cli.main import main
for command in sys.argv[1:]:
    sys.argv = ["usufruct", *shlex.split(command)]
    with suppress(SystemExit):
        main()
    print(command, *sorted(set(sys.modules)), sep="\\n", file=sys.stderr)
"""


#: What each command may load, by what it is: each after those that may load less, so that one process runs them all. What
#: is loaded by the end of one is no less than what it loads by itself.
MAY_LOAD: dict[str, tuple[str, set[str]]] = {
    "the help": ("--help", set()),
    "the version": ("--version", set()),
    "the help of a group": ("contract --help", {"pydantic"}),
    "a template": ("contract new usage", {"pydantic"}),
    "a price, for a program": (f"price --terms {AIR}.yaml --usage {AIR}.usage.yaml --json", {"pydantic"}),
    "what is no contract": ("contract check --alone examples/fleet.yaml --json", {"pydantic"}),
    "a price": (f"price --terms {AIR}.yaml --usage {AIR}.usage.yaml", {"pydantic", "rich"}),
    "a contract alone": ("contract check --alone examples/air.yaml", {"pydantic", "rich"}),
    "a contract of savings alone": ("contract check --alone examples/office.yaml", {"pydantic", "rich"}),
    "two contracts": ("contract diff examples/air.yaml examples/air.yaml", {"pydantic", "rich"}),
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """By command, what of the heavy is loaded when it has ended."""
    commands = [words for words, _ in MAY_LOAD.values()]
    done = subprocess.run([sys.executable, "-c", ALL_LOADED, *commands], capture_output=True, text=True, check=True, cwd=ROOT)  # fmt: skip
    said = done.stderr.splitlines()
    assert [line for line in said if line in commands] == commands, done.stderr[:2000]
    ends = [said.index(command) for command in commands[1:]] + [len(said)]
    return {command: HEAVY & set(said[:end]) for command, end in zip(commands, ends, strict=True)}


@pytest.mark.parametrize("what", MAY_LOAD)
def test_a_command_loads_what_it_needs(what: str, loaded: dict[str, set[str]]) -> None:
    words, may_load = MAY_LOAD[what]
    assert loaded[words] <= may_load


def test_a_command_that_reads_a_database_loads_no_web_server_no_migrations_and_no_columns(
    home: Path, made_from_nothing: list[Answer]
) -> None:
    environment = dict(os.environ) | {"USUFRUCT_HOME": str(home)}
    with EmbeddedServer(home=home):
        commands = ["contract list", "invoice list --json", "invoice show 2026-000001 --json"]
        done = subprocess.run([sys.executable, "-c", ALL_LOADED, *commands], capture_output=True, text=True, check=False, env=environment, cwd=ROOT)  # fmt: skip
        said = done.stderr.splitlines()
        assert set(commands) <= set(said), done.stderr
        assert {"alembic", "fastapi", "numpy", "pint", "pyarrow", "uvicorn"}.isdisjoint(said), done.stderr
        lists = said[: said.index(commands[-1])]  # one invoice may be written: its options are those of all documents
        assert WRITERS.isdisjoint(lists), WRITERS & set(lists)


def test_the_help_says_of_each_command_what_the_command_says_of_itself() -> None:
    commands: Any = typer.main.get_command(app)
    shown = {name: " ".join(commands.commands[name].help.split("\n\n")[0].split()) for name in COMMANDS}
    assert {name: listed.summary for name, listed in COMMANDS.items()} == shown


def test_every_module_of_commands_is_listed() -> None:
    """A command that is written and not listed could not be called."""
    modules = [path.stem for path in (ROOT / "api" / "cli").glob("*.py") if "\ndef add_to(app" in path.read_text()]
    listed = set()
    for name in modules:
        module = typer.Typer()
        import_module(f"api.cli.{name}").add_to(module)
        listed |= {group.name for group in module.registered_groups}
        listed |= {single.name or get_command_name(getattr(single.callback, "__name__", "")) for single in module.registered_commands}  # fmt: skip
    assert listed == set(COMMANDS)


def options_of_list(example: str) -> set[str]:
    """The options that a command of a list, or of an export, takes from what it may be asked."""
    words = " ".join(word for word in shlex.split(example)[1:3] if not word.startswith("--"))
    if words.startswith("export "):
        return {name.replace("_", "-") for name in EXPORTERS[words.removeprefix("export ")].model_fields}
    module, _, name = QUERIES.get(words, "").partition(":")
    fields = getattr(import_module(module), name).model_fields if module else {}
    return {(field.alias or name).replace("_", "-") for name, field in fields.items()}


def test_the_examples_of_the_help_name_commands_and_options_that_there_are() -> None:
    root: Any = typer.main.get_command(app)
    for example in (line for lines in EXAMPLES.values() for line in lines):
        command, words = root, shlex.split(example.partition(" > ")[0])[1:]
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
        options |= {f"--{name}" for name in options_of_list(example)}
        assert {word for word in words if word.startswith("--")} <= options, example


def test_a_misspelt_command_is_told_the_nearest(home: Path) -> None:
    answer = usufruct("invoise", "list", home=home)
    assert (answer.returncode, "'invoice'" in answer.stderr) == (2, True)


@pytest.mark.parametrize(("typed", "completed"), [
    pytest.param("usufruct contr", "contract", id="a command"),
    pytest.param("usufruct contract rel", "release", id="a command of a group"),
    pytest.param("usufruct bill --da", "--date", id="an option"),
])  # fmt: skip
def test_completion(home: Path, typed: str, completed: str) -> None:
    answer = usufruct(home=home, _USUFRUCT_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(typed.count(" ")))
    assert answer.stdout.split() == [completed]


def test_the_embedded_database_from_nothing(home: Path, made_from_nothing: list[Answer]) -> None:
    told, before, upgraded, status, stopped = made_from_nothing
    sentence = f"there is no database in {home} yet: `usufruct db upgrade` makes it; so does the first command"
    assert (told.returncode, told.stderr) == (6, "")
    assert sentence in " ".join(told.stdout.split())
    known = json.loads(before.stdout)
    assert (before.returncode, known["current"], known["revision"]) == (6, False, None)

    assert "at revision" in upgraded.stdout
    facts = json.loads(status.stdout)
    assert (status.returncode, facts["current"], facts["advice"]) == (0, True, [])
    assert facts["revision"] == facts["needed"]
    assert "no server was running" in stopped.stdout


def test_the_demo_makes_a_database_of_its_own_on_the_embedded_server(
    home: Path, made_from_nothing: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its story is told by the net, which keeps every word of it (tests/net), on a server that is named."""
    told_on = []
    monkeypatch.setenv("USUFRUCT_HOME", str(home))
    monkeypatch.setattr(story, "_tell", lambda access, database, out, started: told_on.append((access, shape(access))))
    story.tell(from_environment(), Console())
    ((access, found),) = told_on
    assert (access.app.database, found.is_current) == (story.DATABASE, True)
    assert str(home) in str(access.app.query["host"])


@pytest.mark.long
def test_the_demo_ends_with_a_clear_message(home: Path, made_from_nothing: list[Answer]) -> None:
    answer = usufruct("demo", home=home)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "9 of 9 invoices recompute to the same cent" in answer.stdout


@pytest.mark.parametrize(("arguments", "environment", "code", "said"), [
    pytest.param(["nonsense"], {}, 2, "No such command", id="no such command"),
    pytest.param(["db", "status"], {"DATABASE_URL": "mysql://host/db"}, 3, "DATABASE_URL", id="a wrong variable"),
    pytest.param(["db", "status"], {"DATABASE_URL": "postgres://a@127.0.0.1:9/b"}, 6, "cannot be reached", id="nobody there"),
    pytest.param(["db", "upgrade"], {"DATABASE_URL": "postgres://a@127.0.0.1:9/b"}, 6, "DATABASE_ADMIN_URL", id="nobody who may"),
])  # fmt: skip
def test_exit_codes(home: Path, arguments: list[str], environment: dict[str, str], code: int, said: str) -> None:
    answer = usufruct(*arguments, home=home, **environment)
    assert code == answer.returncode
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


#: What a request alone is refused by: no command ends with it.
OF_REQUESTS = {"MethodNotAllowed", "TooSlow", "TwoMeanings", "Unforeseen"}
KINDS = [kind for kind in UsufructError.__subclasses__() if kind.__name__ not in OF_REQUESTS]


class TestEachKindOfRefusal:
    """The README says the codes; 1 is what was found, 2 what was typed, and a refusal is neither."""

    LISTED: ClassVar = dict(re.findall(r"(\d) ([a-z ]+?)[,.]", re.search(r"Exit codes: (.*?\.)", README, re.DOTALL)[1]))  # type: ignore[index]

    @pytest.mark.parametrize("kind", KINDS)
    def test_it_has_a_code_that_the_readme_names(self, kind: type[UsufructError]) -> None:
        assert str(EXIT_CODES[kind]) in self.LISTED.keys() - {"0", "1", "2"}

    @pytest.mark.parametrize(
        ("kind", "said"), [(Invalid, "invalid"), (NotFound, "not found"), (Conflict, "conflict"), (Unavailable, "unavailable"), (Forbidden, "not allowed")],
    )  # fmt: skip
    def test_the_code_is_said_by_its_name(self, kind: type[UsufructError], said: str) -> None:
        assert self.LISTED[str(EXIT_CODES[kind])] == said

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_command_that_is_refused_ends_with_it(
        self, kind: type[UsufructError], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise kind

        monkeypatch.setattr(main, "app", refuse)
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code == EXIT_CODES[kind]


def test_version(home: Path) -> None:
    assert {"version"} == json.loads(usufruct("version", "--json", home=home).stdout).keys()
    script = subprocess.run([str(USUFRUCT), "--version"], capture_output=True, text=True, check=True)
    assert usufruct("version", home=home).stdout == script.stdout


def test_a_refusal_names_what_was_expected_in_words_and_only_once(capsys: pytest.CaptureFixture[str]) -> None:
    show_refusal(NothingShared("nobody of that name", found="x", expected=["Factory", "Nordluft"]), as_json=False)
    assert "expected: Factory, Nordluft\n" in capsys.readouterr().err
    show_refusal(NothingShared("'x' is none of Factory, Nordluft", expected=["Factory", "Nordluft"]), as_json=False)
    assert "expected" not in capsys.readouterr().err
