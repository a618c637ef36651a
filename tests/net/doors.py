"""The two doors of the product, command line and HTTP, and the golden files that keep what comes out of them.

What the product is asked through is imported here and nowhere else in the net, so that a file that moves is one line.
"""

import contextlib
import difflib
import io
import json
import os
import pwd
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from rich.console import Console, ConsoleDimensions
from sqlalchemy import create_engine, make_url, text

from api.access.roles import Role
from api.cli.main import main
from api.http.app import create_app
from api.http.dependencies import clock
from api.http.page_security import OF_DATA
from api.server.database import Access
from tests.build import a_key
from tests.net.examples import RecordedExamples
from tests.scenarios.world import interface

GOLDEN = Path(__file__).parents[1] / "golden" / "net"
EXAMPLES = Path(__file__).parents[2] / "examples"
AS_MANUFACTURER = "as the manufacturer"
_WIDTH = 140
_PIPED_WIDTH = 132
_DIFFERENCES_SHOWN = 60
_WORTH_A_REFERENCE = 400
#: TestClient's own: how long a body is, or how it is packed, says nothing that the body does not, and a mask would change it.
#: What follows from the body, what from the requests of this minute, and what is random.
_HEADERS_LEFT_OUT = {
    "content-length",
    "content-encoding",
    "vary",
    "etag",
    "ratelimit",
    "ratelimit-policy",
    "x-request-id",
}
#: Those that every answer has unless it says otherwise, which tests/api/http/test_observed.py looks at.
_EVERYWHERE = {(name.decode(), value.decode()) for name, value in OF_DATA}
#: The last member of each problem: the id of its request, which is random.
_REQUEST_ID = re.compile(r',"request_id":"[0-9a-f]{32}"(?=}$)')
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

#: What differs from run to run or from machine to machine, and why; everything else is compared to the byte.
MASKS = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "INCIDENT"),  # an incident's number is random
    (r'("tzdata": ?)"[^"]+"', r'\1"of the day"'),  # time zones change a few times a year, and with them the package
    (r"stood \d+\.\d s after the start", "stood 0.0 s after the start"),  # how fast this machine is
    (r"usu_[A-Za-z0-9_-]{43}", "usu_KEY"),  # a key is random, and secret besides
    (r"\busu_[A-Za-z0-9_-]{8}(?![A-Za-z0-9_-])", "usu_ID"),  # its first characters
    (r"whsec_[A-Za-z0-9+/]{43}=", "whsec_SECRET"),  # so is a webhook's secret,
    (r"\bwh_[0-9a-f]{12}\b", "wh_NAME"),  # and its name
    (r'("type": ?"[a-z]+\.[a-z]+", ?"timestamp": ?)"[^"]+"', r'\1"THEN"'),  # a notification has the database's own time
    (r'("(?:began|ended)_at": ?)"[^"]+"', r'\1"2026-05-02T08:00:00Z"'),  # so has work that takes long
    (r"/d/[A-Za-z0-9_-]{43}", "/d/TOKEN"),  # so is what opens a document,
    (r"/pay/[A-Za-z0-9_-]{43}", "/pay/TOKEN"),  # and what it is paid under,
    (r'("token": ?)"[A-Za-z0-9_-]{43}"', r'\1"TOKEN"'),  # the same by its name
    (r'("original_sha256": ?)"[0-9a-f]{64}"', r'\1"HASH"'),  # the look of a document is shown elsewhere
    (r"uto_[A-Za-z0-9_-]{43}", "uto_TOKEN"),  # so is a token,
    (r"usufruct_session=[A-Za-z0-9_.-]+", "usufruct_session=COOKIE"),  # the cookie of a session,
    (r'("csrf_token": ?)"[^"]+"', r'\1"WORD"'),  # and the word that belongs to it
    (r'("(?:revision|needed)": ?)"[^"]+"', r'\1"the newest"'),  # a new migration is no other behaviour
    (r"revision [0-9a-f]{4,},", "revision the newest,"),  # the same, said to a person
    (r'("server": ?)"[^"]+"', r'\1"PostgreSQL of the day"'),  # its version is the machine's
    (r"^PostgreSQL [\d.]+[^,]*", "PostgreSQL of the day"),  # the same, said to a person
    (r'("version": ?)"\d+\.\d+[^"]*"', r'\1"of the day"'),  # a release is no other behaviour
    (r"^usufruct \d+\.\d+\S*", "usufruct of the day"),  # the same, said to a person
    (rf"\b{re.escape(pwd.getpwuid(os.getuid()).pw_name)}\b(?=')", "ACCOUNT"),  # whose machine it is: quoted,
    (rf'("(?:person|created_by)": ?)"{re.escape(pwd.getpwuid(os.getuid()).pw_name)}"', r'\1"ACCOUNT"'),  # as a fact,
    (rf"(?<=you are the account ){re.escape(pwd.getpwuid(os.getuid()).pw_name)}\b", "ACCOUNT"),  # and in a sentence
)


def masked(written: str) -> str:
    """What was written without what differs from run to run, and without colours."""
    for pattern, replacement in MASKS:
        written = re.sub(pattern, replacement, written, flags=re.MULTILINE)
    return _COLOUR.sub("", written)


def canonical(value: Any, depth: int = 0) -> str:
    """JSON with the keys in the product's order: on one line where there is room, else broken up."""
    on_one_line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or depth + len(on_one_line) <= _WIDTH:
        return on_one_line
    inside = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [
            f"{inside}{json.dumps(key, ensure_ascii=False)}: {canonical(item, depth + 1)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(parts) + "\n" + " " * depth + "}"
    return "[\n" + ",\n".join(inside + canonical(item, depth + 1) for item in value) + "\n" + " " * depth + "]"


def facts_or_lines(written: str, *, compact: bool) -> dict[str, Any]:
    """What was written, as JSON where it is exactly what parsing it and writing it again would write; else as lines.

    Args:
        written: the whole body or output.
        compact: as HTTP writes JSON, without spaces; else as the command line does.
    """
    with contextlib.suppress(ValueError):
        facts = json.loads(written)
        on_one_line = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        again = on_one_line if compact else json.dumps(facts) + "\n"
        if isinstance(facts, dict | list) and again == written:
            return {"json": json.loads(masked(json.dumps(facts, ensure_ascii=False)))}
    lines = masked(written).split("\n")
    return {"text": lines[:-1] if lines[-1] == "" else [*lines, "(no end of line)"]} if written else {}


class Golden:
    """The golden files of one test: each is a topic, with an entry for everything that was asked."""

    def __init__(self, folder: str) -> None:
        self.folder = GOLDEN / folder
        self.files: dict[str, str] = {}
        self.topics: dict[str, dict[str, Any]] = {}
        self.kept_at: dict[str, str] = {}

    def keep(self, topic: str, asked: str, answer: Any) -> None:
        """Keep an answer under what was asked; what is asked again in a story is numbered."""
        entries = self.topics.setdefault(topic, {})
        number, name = 2, asked
        while name in entries:
            number, name = number + 1, f"{asked}  ({number})"
        entries[name] = self._without_repetition(answer, f"{topic}.json, {name}")

    def _without_repetition(self, value: Any, place: str) -> Any:
        """A long part that is the same to the byte as one that is kept already, as the place where that stands."""
        if not isinstance(value, dict | list):
            return value
        written = json.dumps(value, ensure_ascii=False)
        if len(written) < _WORTH_A_REFERENCE:
            return value
        if written in self.kept_at:
            return f"the same as in {self.kept_at[written]}"
        self.kept_at[written] = place
        if isinstance(value, dict):
            return {key: self._without_repetition(item, f"{place}/{key}") for key, item in value.items()}
        return [self._without_repetition(item, f"{place}/{at}") for at, item in enumerate(value)]

    def keep_file(self, name: str, content: str) -> None:
        """Keep a whole file as it is written."""
        self.files[name] = masked(content)

    def compare(self, *, update: bool) -> None:
        """Write the files, or compare them to the byte and show where they differ."""
        written = self.files | {f"{topic}.json": canonical(entries) + "\n" for topic, entries in self.topics.items()}
        if update:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.iterdir():
                path.unlink()
            for name, content in written.items():
                (self.folder / name).write_text(content, encoding="utf-8", newline="")
        kept = {path.name: path.read_bytes().decode() for path in self.folder.iterdir()} if self.folder.exists() else {}
        differing = [name for name in sorted({*written, *kept}) if written.get(name) != kept.get(name)]
        if differing:
            shown = "\n".join(_difference(name, kept.get(name), written.get(name)) for name in differing)
            names = ", ".join(differing)
            pytest.fail(f"behaviour changed in {self.folder.name}/: {names}\n\n{shown}", pytrace=False)


def _difference(name: str, kept: str | None, written: str | None) -> str:
    if kept is None or written is None:
        return f"{name} {'is new' if kept is None else 'is not written any more'}"
    lines = list(
        difflib.unified_diff(kept.split("\n"), written.split("\n"), f"golden {name}", f"now {name}", "", "", 2)
    )
    lines = [line.rstrip("\n") if line.startswith(("---", "+++", "@@")) else line for line in lines]
    more = [f"… and {len(lines) - _DIFFERENCES_SHOWN} more lines"] if len(lines) > _DIFFERENCES_SHOWN else []
    return "\n".join([*lines[:_DIFFERENCES_SHOWN], *more])


class Desk:
    """A person at a keyboard: commands go through the program's own entry point, with its exit codes and refusals."""

    def __init__(self, folder: Path, golden: Golden) -> None:
        self.folder, self.golden = folder, golden
        self.now = datetime(2026, 4, 2, 8, tzinfo=UTC)

    def file(self, name: str, content: str | bytes) -> str:
        """A file in the folder that commands are typed in; its name, so that no path is ever said."""
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def run(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """The exit code of a command, and what it wrote to its two outputs."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with (
            pytest.MonkeyPatch.context() as patched,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            time_machine.travel(self.now, tick=False),
        ):
            # However wide the terminal is in which the tests run, or none: the program's consoles exist already.
            patched.setattr(Console, "size", property(lambda console: ConsoleDimensions(_PIPED_WIDTH, 25)))
            patched.setattr(Console, "width", property(lambda console: _PIPED_WIDTH))
            patched.setattr(Console, "is_terminal", property(lambda console: False))
            patched.setattr(sys, "argv", ["usufruct", *words])
            patched.setattr(sys.modules["__main__"], "__package__", "", raising=False)  # as the installed script has it
            patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
            try:
                main()
                code: Any = 0
            except SystemExit as ended:
                code = ended.code or 0
        written = []
        for stream in (out, err):
            stream.flush()
            written.append(stream.buffer.getvalue().decode())
        return int(code), written[0], written[1]

    def types(self, topic: str, *words: str, stdin: str = "") -> str:
        """Run a command and keep what it answers; what it wrote to its standard output."""
        code, out, err = self.run(*words, stdin=stdin)
        answer: dict[str, Any] = {"exit": code} if code else {}
        answer |= facts_or_lines(out, compact=False)
        if err:
            answer["err"] = masked(err).split("\n")[:-1]
        self.golden.keep(topic, masked(f"usufruct {shlex.join(words)}"), answer)
        return out

    def both(self, topic: str, *words: str) -> Any:
        """Run a command that reads twice: for a person, and for a program; what the program gets."""
        self.types(topic, *words)
        return json.loads(self.types(topic, *words, "--json"))

    def done(self, *words: str, stdin: str = "") -> Any:
        """Run a command that only prepares something, and must succeed."""
        code, out, err = self.run(*words, "--json", stdin=stdin)
        assert code == 0, (words, out, err)
        return json.loads(out)


class Web:
    """Callers over HTTP, each by a key; the clock is the desk's."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.golden = desk, desk.golden
        self.keys: dict[str, str] = {}
        self.app = create_app()
        self.app.dependency_overrides[clock] = lambda: desk.now
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.app.openapi = interface  # type: ignore[method-assign]
        self.examples = RecordedExamples(interface())

    def key(self, name: str, role: str, *party: str) -> None:
        """Enrol somebody of this name, with a key, whom nobody else has to release."""
        app, admin = (make_url(os.environ[address]) for address in ("DATABASE_URL", "DATABASE_ADMIN_URL"))
        self.keys[name] = a_key(Access(app, admin), 1, Role(role), name, self.desk.now, *party)

    def ask(self, who: str | None, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Status, headers and body of an answer."""
        headers = {"Authorization": f"Bearer {self.keys[who]}"} if who else {}
        answer = self.client.request(method, path, headers=headers | more.pop("headers", {}), **more)
        self.examples.keep(method, path, more, answer)
        told = {name: value for name, value in answer.headers.items() if name not in _HEADERS_LEFT_OUT}
        kept = {name: value for name, value in told.items() if (name, value) not in _EVERYWHERE}
        if "set-cookie" in kept:
            kept["set-cookie"] = masked(kept["set-cookie"])
        media = answer.headers.get("content-type", "")
        if media.startswith(("text/", "application/json", "application/problem+json")):
            body = facts_or_lines(_REQUEST_ID.sub("", answer.text), compact=True)
        else:
            body = {"begins": answer.content[:5].decode("latin-1")}
        return {"status": answer.status_code, "headers": kept, **body}

    def asks(self, topic: str, who: str | None, method: str, path: str, **more: Any) -> Any:
        """Ask, and keep what is answered; the JSON in it."""
        answer = self.ask(who, method, path, **more)
        self.golden.keep(topic, masked(f"{method} {path} as {who or 'nobody'}"), answer)
        return answer.get("json")

    def all_ask(self, topic: str, path: str, whos: Mapping[str, str]) -> None:
        """Read a path as everybody; who is answered as the first is, to the byte, has no answer of their own."""
        answers = {role: self.ask(who, "GET", path) for role, who in whos.items()}
        first, *_ = answers.values()
        shown = {
            role: AS_MANUFACTURER if at and answer == first else answer
            for at, (role, answer) in enumerate(answers.items())
        }
        self.golden.keep(topic, f"GET {path}", shown)

    def done(self, who: str | None, method: str, path: str, **more: Any) -> Any:
        """Ask for what only prepares something, and must succeed."""
        answer = self.ask(who, method, path, **more)
        assert answer["status"] < 300, answer
        return answer.get("json")


@contextlib.contextmanager
def working_in(folder: Path, access: Access) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a person who works in a folder, on a database of the test's own."""
    assert access.admin is not None
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("DATABASE_URL", access.app.render_as_string(hide_password=False))
        patched.setenv("DATABASE_ADMIN_URL", access.admin.render_as_string(hide_password=False))
        patched.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patched.setenv("USUFRUCT_TICK_S", "0")
        patched.setenv("COLUMNS", str(_PIPED_WIDTH))
        patched.delenv("USUFRUCT_TENANT", raising=False)
        yield patched


def by_sql(access: Access, *statements: str) -> list[dict[str, Any]]:
    """What no door does: rows damaged, or looked at as they are stored. The rows of the last statement."""
    assert access.admin is not None
    engine = create_engine(access.admin.set(database=access.app.database), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            last = [connection.execute(text(statement)) for statement in statements][-1]
            return [dict(row) for row in last.mappings()] if last.returns_rows else []
    finally:
        engine.dispose()
