"""The walls of the house: the import direction, a core without I/O, and no float on the money path.

Each rule is a function over source text, so that the last class can show it failing on a text that breaks it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ("quantities", "metering", "savings", "contracts", "billing", "api")  # an arrow is an import; none points back
#: Besides all of api/: a room's tables, its store, and what uses the store.
SHELL = (
    "tables.py",
    "store.py",
    "run.py",
    "history.py",
    "opened.py",
    "prepare.py",
    "replay.py",
    "explain.py",
    "simulate.py",
)
IO = {
    "alembic", "apscheduler", "asyncio", "fastapi", "fcntl", "httpx", "os", "pathlib", "psycopg", "random", "requests",
    "shutil", "socket", "sqlalchemy", "sqlmodel", "starlette", "stripe", "subprocess", "tempfile", "threading", "time", "urllib",
}  # fmt: skip
NUMPY_FLOATS = {
    "average",
    "divide",
    "interp",
    "linspace",
    "log",
    "mean",
    "median",
    "power",
    "quantile",
    "sqrt",
    "std",
    "true_divide",
    "var",
}
CLOCK = {"now", "today", "utcnow"}
#: Where a quantity or an amount passes; statistics may be float, inside savings/ alone.
FLOAT_ALLOWED = {"savings"}


def imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield (node.module or "").split(".")[0]


def imports_against_the_arrow(package: str, source: str) -> list[str]:
    later = ORDER[ORDER.index(package) + 1 :]
    return [
        name
        for name in imports(source)
        if name in later or (name in {"tests", "benchmarks", "migrations"} and package != "api")
    ]


def io_in_core(source: str) -> list[str]:
    calls = [
        f"{node.func.attr}()"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK
    ]
    opened = [
        "open()"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "input", "print"}
    ]
    return [name for name in imports(source) if name in IO] + calls + opened


def floats(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(f"line {node.lineno}: the literal {node.value}")
        elif isinstance(node, ast.Name) and node.id == "float":
            found.append(f"line {node.lineno}: float")
        elif isinstance(node, ast.Attribute) and node.attr in {"float64", "float32", "from_float"}:
            found.append(f"line {node.lineno}: {node.attr}")
        elif isinstance(node, ast.ImportFrom | ast.Import) and {"math", "statistics"} & set(imports(ast.unparse(node))):
            found.append(f"line {node.lineno}: arithmetic in floats")
    return found + (numpy_floats(source) if "numpy" in imports(source) else [])


def numpy_floats(source: str) -> list[str]:
    """numpy makes a float of what is not told to be whole: by a division, by an array without a type."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "numpy":
            found.append(f"line {node.lineno}: names of numpy without np. before them")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append(f"line {node.lineno}: a true division")
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "np"
        ):
            untyped = len(node.args) + len(node.keywords) < 2
            if node.func.attr in {"array", "empty", "ones", "zeros"} and untyped:
                found.append(f"line {node.lineno}: np.{node.func.attr} without a type")
            elif node.func.attr in NUMPY_FLOATS:
                found.append(f"line {node.lineno}: np.{node.func.attr}")
    return found


def modules(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def is_core(path: Path) -> bool:
    inside = path.relative_to(ROOT)
    return inside.parts[0] != "api" and not inside.name.endswith(SHELL)


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", named(modules(*ORDER)))
def test_no_import_points_back(path: Path) -> None:
    assert imports_against_the_arrow(path.relative_to(ROOT).parts[0], path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", named([path for path in modules(*ORDER[:-1]) if is_core(path)]))
def test_the_core_reaches_nothing_outside_itself(path: Path) -> None:
    assert io_in_core(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path",
    named([path for path in modules(*ORDER[:-1]) if not str(path.relative_to(ROOT)).startswith(tuple(FLOAT_ALLOWED))]),
)
def test_no_float_comes_near_a_quantity_or_an_amount(path: Path) -> None:
    assert floats(path.read_text(encoding="utf-8")) == []


def test_the_tenants_setting_is_never_left_on_a_connection() -> None:
    """``set app.tenant`` without ``local`` would pass to the next user of the pool, and autocommit would ignore it."""
    for path in modules(*ORDER):
        source = path.read_text(encoding="utf-8").lower()
        assert "set app." not in source
        assert "set session" not in source


class TestEachRuleFailsWhereItIsBroken:
    @pytest.mark.parametrize(("package", "source"), [
        ("quantities", "from metering.log.reading import Reading"),
        ("metering", "def late():\n    import api.server.settings"),
        ("contracts", "import billing.tables as rows"),
        ("billing", "from api import database"),
        ("billing", "from tests.build import a_reading"),
    ])  # fmt: skip
    def test_an_import_against_the_arrow(self, package: str, source: str) -> None:
        assert imports_against_the_arrow(package, source)

    @pytest.mark.parametrize("source", [
        "import os", "from sqlmodel import Session", "import time", "from datetime import datetime\ndatetime.now()",
        "from datetime import date\ndate.today()", "open('x')", "from pathlib import Path", "print(1)",
    ])  # fmt: skip
    def test_io_in_the_core(self, source: str) -> None:
        assert io_in_core(source)

    @pytest.mark.parametrize(
        "source",
        [
            "rate = 0.19",
            "float('1')",
            "def f(x: float): ...",
            "import math",
            "from numpy import float64",
            "import numpy as np\nx = np.zeros(3)",
            "import numpy as np\nx = y / 2",
            "import numpy as np\nx = np.mean(y)",
            "x = np.float64(1)",
            "Decimal.from_float(1)",
        ],
    )
    def test_a_float(self, source: str) -> None:
        assert floats(source)
