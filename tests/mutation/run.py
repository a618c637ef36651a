"""Mutants of rating and corrections, each against the core form of the lives and its room's tests.

    python -m tests.mutation.run             all that are drawn: half an hour of one idle core
    python -m tests.mutation.run --again     only those that nothing noticed, after a test was added
    python -m tests.mutation.run --list      say which are drawn, and run nothing

Each is made in a copy of the tree. The cheapest look comes first, and the one that notices the fault is the last: lives of
the rule's own kind, the tests of the file's own folder, the tests of its room and lives of all kinds. What takes too long
is noticed. What was seen is written to seen.json, each mutant as it is done. One that changes nothing that anybody could see
is named in equivalent.json, with the reason, by whoever read it. Ends with 1 where less than 90 % of the others are noticed.
"""

import argparse
import compileall
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from tests.mutation import lives
from tests.mutation.drawing import ROOT, Mutant, drawn

SEED, NUMBER, LEAST_SHARE = 15, 110, 0.9
HERE = Path(__file__).parent
SEEN, EQUIVALENT = HERE / "seen.json", HERE / "equivalent.json"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist")
#: What a look may take, in seconds of the processor: several times what it takes without a fault.
_LIVES_S, _TESTS_S = 150, 500
_CORE = "core lives"
_PYTEST = ("pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "-m", "not long")


@dataclass(frozen=True)
class Look:
    """One way of looking at a mutant.

    Attributes:
        name: of what is looked at.
        arguments: a module, and what it is given.
        seconds: of the processor that it may take.
        kinds: of the rules in the lives, where it lives some.
    """

    name: str
    arguments: tuple[str, ...]
    seconds: int
    kinds: str | None = None


def looks(module: str) -> list[Look]:
    """The ways of looking at a fault of a module, the cheapest first."""
    own = ",".join(kinds_of(module))
    *narrow, room = map(of_tests, room_tests(module))
    if own:  # what these lives do not notice, those of all kinds hardly do
        return [of_lives(own), *narrow, room, of_lives("")]
    return [*narrow, of_lives(""), room]


def of_lives(kinds: str) -> Look:
    return Look(f"{_CORE} of {kinds or 'all kinds'}", ("tests.mutation.lives", kinds), _LIVES_S, kinds)


def of_tests(tests: str) -> Look:
    return Look(tests, (*_PYTEST, tests), _TESTS_S)


def kinds_of(module: str) -> list[str]:
    """The kinds of the rules that a module defines or is imported by; of what all rules use, none."""
    if Path(module).parent.name not in {"pricing", "savings_pricing"}:
        return []
    dotted = module.removesuffix(".py").replace("/", ".")
    rules = [path for path in (ROOT / "contracts").glob("*pricing/*.py") if path.name != "__init__.py"]
    texts = {path: path.read_text(encoding="utf-8") for path in rules}
    of_rules = [text for path, text in texts.items() if path == ROOT / module or f"from {dotted} import" in text]
    return sorted({kind for text in of_rules for kind in re.findall(r'\n    kind: Literal\["(\w+)"\]', text)})


def room_tests(module: str) -> Iterator[str]:
    """The tests of a module's own folder or file, then those of its whole room."""
    room, *folders, file = Path(module).parts
    mirror = "/".join(["tests", room, *(folders or [f"test_{file}"])])
    if (ROOT / mirror).exists():
        yield mirror
    yield f"tests/{room}"


def start(tree: Path, look: Look, known: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Look at a tree, without the lives that are known to differ."""
    command = [sys.executable, "-m", "tests.mutation.limited", str(look.seconds), *look.arguments, *known]
    return subprocess.run(
        command, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False
    )


def noticed_by(tree: Path, mutant: Mutant, look: Look) -> str:
    """What notices a mutant in a look, or nothing."""
    path = tree / mutant.module
    text = path.read_text(encoding="utf-8")
    path.write_text(mutant.source(text), encoding="utf-8")
    try:
        by = noticed_at(tree, look)
        return by and (by if by.startswith("tests/") else f"{look.name}: {by}")
    finally:
        path.write_text(text, encoding="utf-8")


def noticed_at(tree: Path, look: Look) -> str:
    """The life or the test by which a look notices that something is wrong in a tree, or nothing.

    A life that differs without the fault as well says nothing of it, and the look goes on without it.
    """
    known: list[str] = []
    while True:
        seen = start(tree, look, known)
        if not seen.returncode:
            return ""
        by = _first_reason(seen.stdout + seen.stderr)
        if look.kinds is None or not lives.differs_here(look.kinds, by):
            return by
        known.append(by)


def _first_reason(output: str) -> str:
    lines = output.splitlines()
    tests = [line.split(" ", 1)[1].split(" - ")[0] for line in lines if re.match("(FAILED|ERROR) tests/", line)]
    of_lives = [line for line in lines if re.fullmatch(r"[a-z ]+ \d+", line)]
    return (tests or of_lives or ["it takes too long" if "KeyboardInterrupt" in output else "it ends with an error"])[0]


def copy_of_the_tree(folder: Path) -> Path:
    """A copy, compiled so that Python compares texts: two faults of one second and one length are no longer confused."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=_LEFT_OUT)
    compileall.compile_dir(tree, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return tree


def commit() -> str:
    """The last commit that changed the product."""
    rooms = ("quantities", "metering", "savings", "contracts", "billing", "api")
    done = subprocess.run(
        ["git", "log", "-1", "--format=%H", "--", *rooms], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def change_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells a mutant of a file from others."""
    return row["module"], row["definition"], row["was"], row["now"]


def recorded() -> list[dict[str, Any]]:
    """The mutants of the record, each with what noticed it and with the looks that did not."""
    rows: list[dict[str, Any]] = json.loads(SEEN.read_text(encoding="utf-8"))["mutants"]
    return rows


def reasons() -> dict[tuple[str, ...], str]:
    """Why a mutant is equivalent, by its change."""
    return {change_of(row): row["reason"] for row in json.loads(EQUIVALENT.read_text(encoding="utf-8"))}


def write(of_commit: str, seed: int, rows: Iterable[Mapping[str, Any]]) -> None:
    record = {"commit": of_commit, "seed": seed, "mutants": list(rows)}
    SEEN.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def look_at_all(seed: int, number: int, *, again: bool) -> None:
    """Take the cheapest look at all mutants, then the next at those that are left.

    Where it is done again, what noticed a mutant is kept, and lives that did not are not lived once more.
    """
    before = {change_of(row): row for row in recorded()} if again else {}
    rows = {}
    for mutant in drawn(seed, number):
        known = before.get(mutant.change, {"noticed_by": "", "not_by": []})
        lived = [name for name in known["not_by"] if name.startswith(_CORE)]
        rows[mutant] = asdict(mutant) | {"noticed_by": known["noticed_by"], "not_by": lived}
    with tempfile.TemporaryDirectory(prefix="usufruct-mutants-") as folder:
        of_commit, tree = commit(), copy_of_the_tree(Path(folder))
        for turn in zip_longest(*([(mutant, look) for look in looks(mutant.module)] for mutant in rows)):
            for mutant, look in filter(None, turn):
                row = rows[mutant]
                if row["noticed_by"] or look.name in row["not_by"]:
                    continue
                began = time.monotonic()
                by = noticed_by(tree, mutant, look)
                row |= {"noticed_by": by} if by else {"not_by": [*row["not_by"], look.name]}
                print(
                    f"{time.monotonic() - began:.0f} s {mutant.module}:{mutant.line} {by or look.name + ': no'}",
                    flush=True,
                )
                write(of_commit, seed, rows.values())


def summary(rows: Sequence[Mapping[str, Any]], equivalent: Mapping[tuple[str, ...], str]) -> tuple[str, float]:
    """What was seen, in one line, and the share that was noticed of those that are not equivalent."""
    alike = [row for row in rows if not row["noticed_by"] and change_of(row) in equivalent]
    noticed = [row for row in rows if row["noticed_by"]]
    by_core = [row for row in noticed if row["noticed_by"].startswith(_CORE)]
    share = len(noticed) / (len(rows) - len(alike))
    text = (
        f"{len(rows)} drawn, {len(by_core)} noticed by core lives, {len(noticed) - len(by_core)} by their room's tests, "
        f"{len(alike)} equivalent, {len(rows) - len(noticed) - len(alike)} not noticed: {share:.1%}"
    )
    return text, share


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutants of rating and corrections.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--number", type=int, default=NUMBER)
    parser.add_argument("--again", action="store_true", help="only those that nothing noticed")
    parser.add_argument("--list", action="store_true", help="say which are drawn")
    asked = parser.parse_args()
    if asked.list:
        for mutant in drawn(asked.seed, asked.number):
            print(f"{mutant.module}:{mutant.line} {mutant.definition}\n  - {mutant.was}\n  + {mutant.now}")
        return 0
    look_at_all(asked.seed, asked.number, again=asked.again)
    text, share = summary(recorded(), reasons())
    print(text)
    return 0 if share >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
