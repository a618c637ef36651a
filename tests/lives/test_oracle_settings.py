"""The oracle says what docs/settings.md shows: every example that tells of days, nets, uses or taxes."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.lives.facts import Facts, IndexValueFact, ReadingFact, RegisterFact, VersionFact
from tests.lives.oracle.clock import day_of, midnight
from tests.lives.oracle.owed import owed
from tests.lives.oracle.periods import billing_periods, until

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
BESIDE = {"shows", "uses", "readings", "indices", "index files", "rows", "steps"}
SHOWN = {"until", "periods", "lines", "nets", "tax", "line"}
#: What the oracle does not know: no law but one, and who bears, shares or prepays a charge (tests of their own have that).
UNKNOWN = {"split", "waterfall", "instalments", "each"}
REGISTERS = {key: RegisterFact(key, "interval", "kWh", interval_minutes=60) for key in ("kwh", "kwh2", "parts")}
REGISTERS["state"] = RegisterFact("state", "state", "h", states={1: ("running", "", True)})


def examples() -> Iterator[Any]:
    """Each example as a whole contract, with what is beside it."""
    blocks = re.findall(r"^## (.*?)$|^```yaml\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    base: dict[str, Any] = {}
    section = ""
    for heading, block in blocks:
        section = heading or section
        for example in yaml.load_all(block, yaml.BaseLoader) if block else ():
            base = base or example
            charges = example.get("charges", ())
            is_unknown = any(UNKNOWN & {*charge, *charge.get("included", ())} for charge in charges)
            if "tax" in example or "sharing" in example or is_unknown:
                continue
            if SHOWN & set(example.get("shows", ())):
                yield pytest.param({**base, **example}, id=section)


def told(example: Mapping[str, Any]) -> tuple[Facts, date]:
    """The facts of an example, and the day after its last period."""
    document = {name: value for name, value in example.items() if name not in BESIDE}
    document["settings"] = {"least_coverage": "0"} | document.get("settings", {})  # one hour of each period is told
    uses = example.get("uses", {})
    periods = billing_periods(document, date(2027, 1, 1))[: max([1, *map(len, uses.values())])]
    at = [midnight(period.first, ZoneInfo("Europe/Berlin")) + timedelta(hours=1) for period in periods]
    readings = [ReadingFact("state", start, None, Decimal(1)) for start in at]
    for key in ("kwh", "kwh2"):
        used = uses.get("energy", []) if key == "kwh" else []
        values = [Decimal(value) for value in used] or [Decimal(0)] * len(at)
        readings += [
            ReadingFact(key, start, start + timedelta(hours=1), value) for start, value in zip(at, values, strict=True)
        ]
    indices = [
        IndexValueFact(index, month, Decimal(value))
        for index, values in example.get("indices", {}).items()
        for month, value in values.items()
    ]
    versions = [VersionFact(example["contract"], 1, document)]
    return Facts(registers=REGISTERS, readings=readings, versions=versions, index_values=indices), periods[
        -1
    ].after_last


@pytest.mark.parametrize("example", list(examples()))
def test_the_page_of_settings(example: Mapping[str, Any]) -> None:
    shows = example["shows"]
    facts, through = told(example)
    found = owed(facts, {example["contract"]: through})
    assert not found.refused
    of_first = min((first for _, _, first, _ in found.net), default=None)
    charges = [charge["name"] for charge in example["charges"]]
    nets = {(charge, first): net for (_, charge, first, _), net in found.net.items()}
    by_day = sorted({first for _, first in nets})
    ends = until(example)
    answers: dict[str, Any] = {
        "until": ends and ends.isoformat(),
        "periods": [
            f"{period.first} {(period.after_last - period.first).days}"
            f"/{(period.whole_after_last - period.whole_first).days}"
            for period in billing_periods(example, day_of(shows["periods"][-1][:10]) - timedelta(1))
        ]
        if "periods" in shows
        else None,
        "lines": [
            f"{charge} {nets[charge, of_first]}" for charge in charges if of_first and (charge, of_first) in nets
        ],
        "nets": [str(sum(net for (_, first), net in nets.items() if first == day)) for day in by_day],
        "tax": ", ".join(f"{category} {rate}" for _, _, _, category, rate in found.base),
    }
    for name in SHOWN & set(shows) - {"line"}:
        assert answers[name] == shows[name], name
    if "line" in shows:
        line = shows["line"]
        natures = {nature for _, charge, _, nature in found.net if charge == line["charge"]}
        assert line.get("net", "100.00") == str(nets[line["charge"], by_day[0]])
        assert line.get("nature", "consideration") in natures


def test_an_instant_of_the_page_is_local() -> None:
    assert midnight(date(2026, 1, 1), ZoneInfo("Europe/Berlin")) == datetime(2025, 12, 31, 23, tzinfo=UTC)
