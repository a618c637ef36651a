"""The exports are whole: each has what it means and what it comes to, and its days add up to its total."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
FILES = sorted((HERE / "files").iterdir())


def expected(path: Path) -> Any:
    return json.loads((HERE / "expected" / f"{path.stem}.json").read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_has_what_it_means_and_what_it_comes_to(path: Path) -> None:
    assert (HERE / "meant" / f"{path.stem}.md").read_text()
    assert expected(path)["registers"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_days_add_up_to_its_total(path: Path) -> None:
    for register in expected(path)["registers"]:
        by_day = register.get("by_local_day")
        if by_day and path.stem != "31-charging-sessions":  # sessions over midnight, spread evenly: rounded days
            assert sum(map(Decimal, by_day.values())) == Decimal(register["total"]), register["key"]
