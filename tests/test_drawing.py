"""A seed that a failure names draws the same again, whatever else the process has imported."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

NUMBERS = ", ".join(str(10**6 + at) for at in range(200))


def drawn() -> list[int]:
    found: list[int] = []

    @seed(3000)
    @settings(max_examples=200, phases=[Phase.generate], database=None, derandomize=False)
    @given(st.integers(0, 2**32))
    def draws(number: int) -> None:
        found.append(number)

    draws()
    return found


def test_what_is_drawn_depends_on_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    written = tmp_path / "written_down.py"
    written.write_text(f"NUMBERS = ({NUMBERS})\n")
    spec = importlib.util.spec_from_file_location("written_down", written)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "written_down", module)
    assert drawn() == before
