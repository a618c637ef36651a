"""So many of something: one is singular, none and several are plural."""

import ast
import re
from pathlib import Path

import pytest

from quantities.counted import agrees, counted, plural

ROOT = Path(__file__).parents[2]
#: What commands count; a number right before one of these in the plural would be "1 rows".
NOUNS = [
    "address",
    "asset",
    "batch",
    "byte",
    "charge",
    "clearance",
    "contract",
    "credit",
    "day",
    "document",
    "draft",
    "edit",
    "entry",
    "error",
    "event",
    "file",
    "hour",
    "interval",
    "invoice",
    "line",
    "meter",
    "month",
    "payment",
    "payee",
    "period",
    "person",
    "profile",
    "rate",
    "reading",
    "register",
    "row",
    "rule",
    "segment",
    "site",
    "table",
    "tenant",
    "value",
    "version",
    "warning",
    "year",
]
_PLURAL = re.compile(rf"^ (?:more |other |stored )?({'|'.join(map(plural, NOUNS))})\b")


@pytest.mark.parametrize(("number", "noun", "words"), [
    (0, "site", "0 sites"), (1, "site", "1 site"), (2, "site", "2 sites"), (1, "entry", "1 entry"), (2, "entry", "2 entries"),
    (3, "day", "3 days"), (2, "address", "2 addresses"), (2, "box", "2 boxes"), (1, "tax rate", "1 tax rate"), (5, "tax rate", "5 tax rates"),
])  # fmt: skip
def test_a_number_of_things(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words


def test_a_verb_agrees() -> None:
    assert [agrees(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


def written_out(source: str) -> list[str]:
    """Each number in an f-string that has a plural noun right behind it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for before, behind in (
            zip(node.values, node.values[1:], strict=False) if isinstance(node, ast.JoinedStr) else ()
        ):
            if isinstance(before, ast.FormattedValue) and isinstance(behind, ast.Constant):
                match = _PLURAL.match(str(behind.value))
                if match and not ast.unparse(before.value).isupper():  # a limit of ours, which is never one
                    found.append(f"{ast.unparse(before.value)} {match[1]}")
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "api" / "cli").glob("*.py")), ids=lambda path: path.stem)
def test_no_command_writes_a_plural_by_itself(path: Path) -> None:
    assert written_out(path.read_text(encoding="utf-8")) == []


def test_that_would_be_seen() -> None:
    assert written_out('f"{len(rows)} rows are refused"') == ["len(rows) rows"]
    assert written_out('f"edit {edit.id} waits"') == []
