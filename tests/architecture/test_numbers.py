"""No float near a quantity or an amount: floats and numpy only in the modules listed here, and the lists only shrink."""

import ast

import pytest

from tests.architecture.source import ORDER, imports, inside, modules, named, nodes, tree_of

NUMPY_FLOATS = {
    "average", "divide", "interp", "linspace", "log", "mean", "median", "power", "quantile", "sqrt", "std",
    "true_divide", "var",
}  # fmt: skip
#: Where statistics are computed in floats; one function turns each result into a decimal.
FLOATS = frozenset(
    {
        "savings/csv_table.py",
        "savings/finding.py",
        "savings/methods/change_point.py",
        "savings/methods/daily.py",
        "savings/methods/hourly.py",
        "savings/methods/time_of_week.py",
        "savings/model.py",
        "savings/planned.py",
        "savings/statistics/balance_points.py",
        "savings/statistics/change_point.py",
        "savings/statistics/degree_days.py",
        "savings/statistics/fitting.py",
        "savings/statistics/frozen_statistic.py",
        "savings/statistics/goodness.py",
        "savings/statistics/grid.py",
        "savings/statistics/linear.py",
        "savings/statistics/optimum.py",
        "savings/statistics/refine.py",
        "savings/statistics/stretches.py",
        "savings/statistics/student.py",
        "savings/statistics/sufficiency.py",
        "savings/statistics/towt.py",
        "savings/statistics/uncertainty.py",
    }
)
#: Where many readings are columns of whole numbers, or statistics are arrays.
NUMPY = frozenset(
    {
        "metering/deliveries/delivery.py",
        "metering/deliveries/counter_reads.py",
        "metering/deliveries/exchanges.py",
        "metering/deliveries/left_out.py",
        "metering/deliveries/resets.py",
        "metering/deliveries/stated_exchanges.py",
        "metering/deliveries/store.py",
        "metering/ingest/green_button.py",
        "metering/ingest/iso15143.py",
        "metering/ingest/observations.py",
        "metering/ingest/json_rows.py",
        "metering/ingest/local_time.py",
        "metering/ingest/mscons.py",
        "metering/ingest/nem12.py",
        "metering/ingest/parquet.py",
        "metering/ingest/reader.py",
        "metering/ingest/row_parser.py",
        "metering/ingest/row_series.py",
        "metering/ingest/totals.py",
        "metering/ingest/clock_marks.py",
        "metering/ingest/numbered_hours.py",
        "metering/ingest/repeated_hours.py",
        "metering/ingest/which_hour.py",
        "metering/ingest/decimal_marks.py",
        "metering/ingest/foreign_tables.py",
        "metering/ingest/interpretation.py",
        "metering/ingest/stamps.py",
        "metering/ingest/time_columns.py",
        "metering/ingest/tables/gathered_rows.py",
        "metering/ingest/tables/melt_days.py",
        "metering/ingest/tables/role_columns.py",
        "metering/ingest/tables/text_rows.py",
        "metering/ingest/workbook.py",
        "metering/log/columns.py",
        "metering/log/store.py",
        "savings/methods/time_of_week.py",
        "savings/statistics/balance_points.py",
        "savings/statistics/change_point.py",
        "savings/statistics/degree_days.py",
        "savings/statistics/fitting.py",
        "savings/statistics/goodness.py",
        "savings/statistics/grid.py",
        "savings/statistics/linear.py",
        "savings/statistics/optimum.py",
        "savings/statistics/refine.py",
        "savings/statistics/stretches.py",
        "savings/statistics/towt.py",
    }
)


def floats(tree: ast.AST) -> list[str]:
    met = []
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            met.append(f"line {node.lineno}: the literal {node.value}")
        elif isinstance(node, ast.Name) and node.id == "float":
            met.append(f"line {node.lineno}: float")
        elif isinstance(node, ast.Attribute) and node.attr in {"float64", "float32", "from_float"}:
            met.append(f"line {node.lineno}: {node.attr}")
        elif isinstance(node, ast.ImportFrom | ast.Import) and {"math", "statistics"} & {
            name for name, _ in named(node)
        }:
            met.append(f"line {node.lineno}: arithmetic in floats")
    return met + (numpy_floats(tree) if "numpy" in imports(tree) else [])


def numpy_floats(tree: ast.AST) -> list[str]:
    """numpy makes a float of what is not told to be whole: by a division, by an array without a type."""
    met = []
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "numpy":
            met.append(f"line {node.lineno}: names of numpy without np. before them")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            met.append(f"line {node.lineno}: a true division")
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "np"
        ):
            untyped = len(node.args) + len(node.keywords) < 2
            if node.func.attr in {"array", "empty", "ones", "zeros"} and untyped:
                met.append(f"line {node.lineno}: np.{node.func.attr} without a type")
            elif node.func.attr in NUMPY_FLOATS:
                met.append(f"line {node.lineno}: np.{node.func.attr}")
    return met


def test_no_float_comes_near_a_quantity_or_an_amount() -> None:
    met = {inside(path): floats(tree_of(path)) for path in modules(*ORDER[:-1])}
    assert {place: where for place, where in met.items() if where and place not in FLOATS} == {}
    assert {place for place, where in met.items() if where} == FLOATS, "who has none any more leaves the list"


def test_only_who_is_listed_imports_numpy() -> None:
    assert {inside(path) for path in modules(*ORDER) if "numpy" in imports(tree_of(path))} == NUMPY


@pytest.mark.parametrize("source", [
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
])  # fmt: skip
def test_the_rule_meets_a_float(source: str) -> None:
    assert floats(ast.parse(source))
