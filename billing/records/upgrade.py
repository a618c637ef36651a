"""Old records brought to the newest schema, step by step. A record without a number is of schema 0.

0  without a number: all that was written before records had types, since the first invoice
1  the same keys, the number, and what the first releases did not write yet
2  what an invoice's inputs said of its ratings stands with these (migration 0007 has copied it)
"""

from collections.abc import Mapping
from typing import Any

from metering.records.document import NewerSchema


# Records are JSON values of any form here, and only here: what they are is known once they are upgraded.
def upgrade(kind: str, stored: Mapping[str, Any], newest: int) -> dict[str, Any]:
    """Bring a stored record to the newest schema.

    Args:
        kind: the name of its class.
        stored: as the database has it.
        newest: the number of the newest schema.

    Raises:
        NewerSchema: its schema is newer than that.
    """
    number = stored.get("schema", 0)
    if number > newest:
        raise NewerSchema(
            f"a record of schema {number}, and {newest} is the newest here", found=number, expected=newest
        )
    record = from_0_to_1(kind, stored) if number == 0 else dict(stored)
    return from_1_to_2(kind, record) if number < 2 else record  # noqa: PLR2004 the number of a schema


def from_0_to_1(kind: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a record without a number to schema 1."""
    record = {**stored, "schema": 1}
    match kind:
        case "InvoiceInputs" if "stretches" not in stored:
            # The first invoices were of one version and one period, and carried nothing.
            whole = {"version": stored["version"], "days": stored["period"], "whole": stored["whole_period"]}
            record |= {"stretches": [whole], "opening": {}, "closing": {}, "index": [], "disputed": []}
        case "LineProof" if "usage" in stored and "of" not in stored["usage"]:
            record["usage"] = {"expected": None, **stored["usage"]}  # how many readings were due was not counted
        case "StatementContent":
            record["savings"] = [{"earlier": [], **saving} for saving in stored["savings"]]
        case _:
            pass
    return record


#: What of an invoice's inputs concerns one rating or another.
_OF_RATINGS = {"tzdata", "rules", "stretches", "opening", "closing", "index", "disputed", "held_apart", "corrections"}


def from_1_to_2(kind: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a record of schema 1 to schema 2."""
    kept = {name: value for name, value in stored.items() if kind != "InvoiceInputs" or name not in _OF_RATINGS}
    return {**kept, "schema": 2}
