"""No document hangs: each of thousands that were damaged at random is read, or refused, in little time and memory.

    pytest tests/reliability/test_no_hang.py -m long    ten thousand of them; a few hundred without it

What is damaged are the documents of the examples and the templates: signs are changed, pieces repeated up to a megabyte,
moved, left out, or nested in themselves.
"""

import resource
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.contract import Contract
from metering.fleet.meter import Fleet
from quantities.document import FaultyDocument, parse, read

ROOT = Path(__file__).parents[2]
MEGABYTE = 1 << 20
SECONDS, MEGABYTES = 2.0, 300
SIGNS = ["", "\n", ":", " ", "&x ", "*x", "[", "]", "{", "}", '"', "'", "\t", "#", "é", "\u2028", "%", "- ", "? ", "|", ">", "9" * 40, "kind: "]  # fmt: skip


def documents() -> list[tuple[Path, type[BaseModel]]]:
    paths = [*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("contracts/templates/**/*.yaml")]
    return [(path, Fleet if "sites:" in path.read_text() else Contract) for path in sorted(paths)]


def damaged(text: str, random: Random) -> str:
    for _ in range(random.randint(1, 4)):
        at, length = random.randrange(len(text) + 1), random.choice([0, 1, 2, 20, 200, 2000])
        piece = text[at : at + length]
        match random.randrange(7):
            case 0 | 1 | 2:
                text = text[:at] + random.choice(SIGNS) + text[at + random.randint(0, 2) :]
            case 3:
                text = text[:at] + text[at + length :]
            case 4:
                to = random.randrange(len(text) + 1)
                text = text[:to] + piece + text[to:]
            case 5 if random.random() < 0.5:
                lines = text[:at].rpartition("\n")[0] + "\n"
                line = text[len(lines) :].partition("\n")[0] + "\n"
                text = lines + line * (MEGABYTE // max(len(line), 4)) + text[len(lines) + len(line) :]
            case _:
                text = text[:at] + random.choice(["[", "{a: ", "- "]) * random.choice([3, 90, 5000]) + text[at:]
    return text[:MEGABYTE]


def costs(seed: int, number: int) -> Iterator[tuple[float, int, str]]:
    """The seconds and kilobytes of each document, and what it was."""
    sources, random = documents(), Random(seed)
    for at in range(number):
        path, kind = random.choice(sources)
        text = damaged(path.read_text(), random)
        begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        tried(kind, text)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        yield time.process_time() - begun, grown, f"{path.name}, number {at} of seed {seed}"


def tried(kind: type[BaseModel], text: str) -> Any:
    try:
        return parse(kind, read(text))
    except FaultyDocument as refused:
        return refused


def see_that_none_hangs(seed: int, number: int) -> None:
    sources = documents()
    assert len(sources) > 20
    for path, kind in sources:  # what is imported and built once
        tried(kind, path.read_text() + "\nno_such_name: 1\n")
    seen = list(costs(seed, number))
    slowest, largest = max(seen), max(seen, key=lambda one: one[1])
    print(f"slowest: {slowest[0]:.2f} s, {slowest[2]}; largest: {largest[1] // 1024} MB more, {largest[2]}")
    assert slowest[0] < SECONDS, slowest
    assert sum(grown for _, grown, _ in seen) < MEGABYTES * 1024, largest


def test_few() -> None:
    see_that_none_hangs(7, 60)


@pytest.mark.long
def test_many() -> None:
    see_that_none_hangs(20261129, 10_000)
