"""The verification report of a savings statement, as PDF: the statement's own JSON, laid out by typst."""

import json
from importlib import resources

import typst

from billing.documents.savings_chart import differences_chart, months_chart
from billing.statements.store import Statement


def report(statement: Statement) -> bytes:
    """Lay a statement out as a PDF, in the order of the clauses of EN 17669:2022."""
    inputs = {"statement": json.dumps(facts(statement))}
    for saving in statement.content["savings"]:
        inputs[f"months-{saving['name']}"] = months_chart(saving)
        inputs[f"differences-{saving['name']}"] = differences_chart(saving)
    template = resources.files("billing.documents").joinpath("verification_report.typ").read_bytes()
    stamped = int(statement.prepared_at.timestamp())
    laid: bytes = typst.compile(template, format="pdf", sys_inputs=inputs, timestamp=stamped)
    return laid


def facts(statement: Statement) -> dict[str, object]:
    """Write a statement down for a program: what it says, and where it stands."""
    return {
        "id": statement.id,
        "contract": statement.contract,
        "first": str(statement.first),
        "after_last": str(statement.after_last),
        "watermark": statement.watermark,
        "prepared_by": statement.prepared_by,
        "prepared_at": statement.prepared_at.isoformat(),
        "stands": statement.stands.value,
        "steps": list(statement.steps),
        "content": statement.content,
    }
