"""How well an answer names its fault: what is wrong, at which place, what was found there, and what was expected."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.problem_pages.written import PARTS, Written

_PLACES = ("place", "path", "line", "contract")  # the last of work that is held
#: What of an answer is a sentence; work that is held has a reason.
_WORDS = ("detail", "title", "reason")
_LISTS = ("faults", "verdicts", "findings", "refusals")


def naming(facts: Any, name: str) -> Mapping[str, Any] | None:
    """The innermost part of an answer that says a refusal's name: the problem itself, a fault of it, or a reason."""
    parts = [part for part in _parts(facts) if name in (part.get("code"), str(part.get("type")).rpartition("/")[2])]
    return parts[-1] if parts else None


def _parts(facts: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(facts, dict):
        yield facts
        facts = list(facts.values())
    for part in facts if isinstance(facts, list) else ():
        yield from _parts(part)


@dataclass
class Score:
    """How many parts the answers could name, and which they do not.

    Attributes:
        possible: parts that can be named.
        unnamed: those that are not, as ``name: part``.
        for_programs: how many of those named are members of their own, and not words of a sentence alone.
    """

    possible: int = 0
    for_programs: int = 0
    unnamed: list[str] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)

    def count(self, name: str, answer: Mapping[str, Any], written: Written) -> None:
        self.possible += 1
        if not any(answer.get(key) for key in _WORDS):
            self.unnamed.append(f"{name}: fault")
        said = json.dumps(
            {key: value for key, value in answer.items() if key not in ("type", "title")}, ensure_ascii=False
        )
        for part in PARTS:
            is_member = _has(answer, part)
            if part in written.without:
                self.mistaken += [f"{name}: {part} is named after all"] if is_member else []
                continue
            self.possible += 1
            self.for_programs += is_member
            words = written.in_words.get(part)
            if words is not None and is_member:
                self.mistaken.append(f"{name}: {part} is a member, and needs no words")
            if not is_member and (words is None or json.dumps(words, ensure_ascii=False)[1:-1] not in said):
                self.unnamed.append(f"{name}: {part}")

    def __str__(self) -> str:
        named = self.possible - len(self.unnamed)
        share = 100 * named / self.possible if self.possible else 100
        return f"{named} of {self.possible} parts are named ({share:.1f} %), {self.for_programs} of them for programs"


def _has(answer: Mapping[str, Any], part: str) -> bool:
    keys = _PLACES if part == "place" else (part,)
    within = [answer, *(part for name in _LISTS for part in _parts(answer.get(name)))]
    return any(entry.get(key) not in (None, "", [], {}) for entry in within for key in keys)
