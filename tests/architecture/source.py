"""The product's source, as the tests of its architecture read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ORDER = ("quantities", "metering", "savings", "contracts", "billing", "api")  # an arrow is an import; none points back
#: Besides all of api/: a room's tables, its store, and what uses the store.
SHELL = (
    "tables.py", "store.py", "run.py", "batches.py", "history.py", "counters_set_right.py", "neighbours.py", "opened.py", "prepare.py",
    "replay.py", "explain.py", "verify.py", "simulate.py", "relief.py", "transaction.py", "bulk_rows.py", "sweep.py", "look.py", "making.py", "repricing.py",
    "counter_reads.py", "register_lookup.py", "questions.py", "changed_readings.py", "readings_effect.py",
    "list_page.py", "listed.py", "issued.py", "standings.py", "accounts.py", "write_offs.py", "together.py",
    "numbering.py", "stripe.py", "issuing.py", "prepared.py", "claims.py", "restored.py", "links.py", "load.py", "before_number.py",
    "rule_engine.py", "rule_files.py", "recorded.py",
)  # fmt: skip


def modules(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def inside(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def is_core(path: Path) -> bool:
    return room_of(path) != "api" and path.name not in SHELL


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a tree. Walking the product's half million takes longer than most rules that look at them."""
    return tuple(ast.walk(tree))


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Every import, wherever it stands: a module, and a name of it or nothing."""
    for node in nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from named(node)


def named(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """What one import names: a module, and a name of it or nothing."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, "") for alias in node.names)
        return
    assert node.level == 0, "imports are absolute"
    yield from ((node.module or "", alias.name) for alias in node.names)


def imports(tree: ast.AST) -> list[str]:
    """The top-level packages that a source imports, each once."""
    return list(dict.fromkeys(module.split(".")[0] for module, _ in imported(tree)))
