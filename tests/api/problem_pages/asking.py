"""Examples are asked of the product: each step as it stands on the page, and what it is answered."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import api.cli.refused
from api.refusals import problem_of
from quantities.errors import UsufructError
from tests.api.problem_pages.house import CALLERS, NOW, House
from tests.api.problem_pages.written import Step
from tests.net.doors import canonical, masked

_HEADERS_SHOWN = ("allow", "retry-after", "www-authenticate")
_REQUEST_ID = "request_id"
_KEY_FILE = re.compile("login-[0-9a-f]{24}")  # named by the database, which is another in each run


@dataclass(frozen=True)
class Answer:
    """What a step is answered.

    Attributes:
        facts: the JSON of an answer, or the problem that a command prints in words.
        shown: as it stands on the page.
        is_done: whether it was not refused.
    """

    facts: Any
    shown: str
    is_done: bool


class Asking:
    """Asks steps of a house; what they keep is known to the next."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder
        self.kept: dict[str, str] = {}
        self.logged_in: set[str] = set()

    def ask(self, step: Step) -> Answer:
        self.house.at(step.at or NOW)
        for time in range(1, step.times + 1):
            self.kept["time"] = str(time)
            answer = self._request(step) if step.request else self._command(step)
        for name, pointer in step.keep.items():
            with suppress(LookupError, TypeError):  # of what was refused; the step that needs it says so
                self.kept[name] = str(_at(answer.facts, pointer))
        return answer

    def _request(self, step: Step) -> Answer:
        method, _, path = self._filled(step.request).partition(" ")
        sent = self.house.world.client.request(
            method,
            path,
            headers={name: self._filled(value) for name, value in _headers(step, self.house.world.keys).items()},
            content=self._filled(step.content),
        )
        facts: Any = None
        if sent.headers.get("content-type", "").partition(";")[0].endswith("json"):
            facts = sent.json()
            if isinstance(facts, dict):
                facts.pop(_REQUEST_ID, None)
        shown = "" if facts is None else canonical(json.loads(masked(json.dumps(facts, ensure_ascii=False))))
        headers = "".join(
            f"{name.title()}: {value}\n" for name, value in sent.headers.items() if name in _HEADERS_SHOWN
        )
        return Answer(facts, f"HTTP {sent.status_code}\n{headers}\n{shown}".rstrip(), sent.is_success)

    def _command(self, step: Step) -> Answer:
        program, *words = shlex.split(self._filled(step.command))
        assert program == "usufruct", step.command
        for name, content in step.contents().items():
            self.house.desk.file(name, self._filled(content))
        with self._environment(step), _noted_refusals() as refusals:
            code, out, err = self.house.desk.run(*words, stdin=self._filled(step.stdin))
        if refusals:
            facts: Any = problem_of(refusals[-1])
        else:
            facts = json.loads(out) if out.startswith(("{", "[")) else None
        shown = _KEY_FILE.sub("login-DATABASE", masked(out + err)).replace(str(self.folder), "FOLDER").rstrip()
        return Answer(facts, f"{shown}\n(exit code {code})" if code else shown, code == 0)

    @contextmanager
    def _environment(self, step: Step) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("XDG_CONFIG_HOME", str(self.folder / f"config of {step.caller}"))
            if step.caller != "nobody" and step.caller not in self.logged_in:
                self.house.desk.done("login", stdin=self.house.world.keys[step.caller] + "\n")
                self.logged_in.add(step.caller)
            for name, value in step.environment.items():
                patched.delenv(name, raising=False) if value is None else patched.setenv(name, self._filled(value))
            yield

    def _filled(self, text: str) -> str:
        for name, value in self.kept.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@contextmanager
def _noted_refusals() -> Iterator[list[UsufructError]]:
    """What a command is refused for, as a program would be told it."""
    noted, plain = list[UsufructError](), api.cli.refused.show_refusal

    def show(error: UsufructError, *, as_json: bool) -> None:
        plain(error, as_json=as_json)
        noted.append(error)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(api.cli.refused, "show_refusal", show)
        yield noted


def _headers(step: Step, keys: Mapping[str, str]) -> dict[str, str]:
    headers = {} if step.caller == "nobody" else {"Authorization": f"Bearer {keys[step.caller]}"}
    return headers | _content_type(step) | step.headers


def _content_type(step: Step) -> dict[str, str]:
    if not step.content:
        return {}
    return {"Content-Type": "application/json" if step.content.startswith(("{", "[")) else "application/yaml"}


def shown(step: Step) -> str:
    """A step as it stands on the page: with its files, and whose key it needs."""
    if step.times > 1:
        return f"{shown(step.model_copy(update={'times': 1}))}\n({step.times} times)"
    role = CALLERS[step.caller][0].replace("_", " ") if step.caller in CALLERS else ""
    if step.request:
        key = {} if step.caller == "nobody" else {"Authorization": f"Bearer KEY  # of role {role}"}
        headers = key | _content_type(step) | step.headers
        lines = [step.request, *(f"{name}: {value}" for name, value in headers.items())]
        return "\n".join([*lines, *(("", step.content.strip()) if step.content else ())])
    files = [f"# {name}\n{content.strip()}\n" for name, content in step.contents().items()]
    settings = "".join(
        f"env -u {name} " if value is None else f"{name}={shlex.quote(value)} "
        for name, value in sorted(step.environment.items(), key=lambda item: item[1] is None)
    )
    login = "" if step.caller == "anna" else f"  # logged in as {role}" if step.caller in CALLERS else "  # logged out"
    return "\n".join([*files, f"$ {settings}{step.command}{login}", *([step.stdin.strip()] if step.stdin else [])])


def _at(facts: Any, pointer: str) -> Any:
    for part in re.findall(r"/([^/]+)", pointer):
        facts = facts[int(part) if isinstance(facts, list) else part]
    return facts
