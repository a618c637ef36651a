"""Every fault and warning of contracts/checks/ is provoked by a row of the test that mirrors its module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import contracts.checks
from tests.contracts.checks import (
    test_amending,
    test_dates,
    test_fleet,
    test_invoicing,
    test_prepayments,
    test_sharing,
    test_spending,
    test_valued,
    test_warnings,
    test_windows,
    test_within,
)

FOLDER = Path(contracts.checks.__file__).parent
MAKERS = {"Fault", "unknown_name", "Caution"}
TABLES = {
    "amending.py": test_amending.PROVOKED,
    "dates.py": test_dates.PROVOKED,
    "fleet.py": test_fleet.PROVOKED,
    "invoicing.py": test_invoicing.PROVOKED,
    "prepayments.py": [*test_prepayments.PROVOKED, *test_prepayments.DOUBTED],
    "sharing.py": test_sharing.PROVOKED,
    "spending.py": test_spending.PROVOKED,
    "valued.py": test_valued.PROVOKED,
    "warnings.py": test_warnings.PROVOKED,
    "windows.py": test_windows.PROVOKED,
    "within.py": test_within.PROVOKED,
}


def codes(source: str) -> Iterator[str]:
    """The code of every fault that a module makes; it is always written where the fault is made."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            code = node.args[1]
            assert isinstance(code, ast.Constant), ast.unparse(node)
            yield str(code.value)


@pytest.mark.parametrize("module", sorted(TABLES))
def test_every_code_has_a_row(module: str) -> None:
    assert {row.code for row in TABLES[module]} == set(codes((FOLDER / module).read_text(encoding="utf-8")))


def test_every_module_that_makes_faults_has_a_table() -> None:
    others = {"spelling.py", "store.py"}  # they make what another makes: of any code, and those of fleet.py
    makers = [path.name for path in FOLDER.glob("*.py") if path.name not in others and any(codes(path.read_text()))]
    assert sorted(makers) == sorted(TABLES)
