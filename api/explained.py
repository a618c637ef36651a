"""An explanation in sentences, for a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.views import ExplanationOut, LineOut
from metering.number import plain


def lines_of(found: ExplanationOut) -> Iterator[str]:
    """Say why a line is what it is, from the clause down to the readings."""
    line, proof = found.line, found.proof
    label = f", {line.label}" if line.label else ""
    yield f"invoice {found.invoice}, line {line.pos}: {line.charge}{label} = {plain(line.net)}"
    yield f"  service    {line.service_from} to {line.service_to}"
    yield f"  clause     {_clause(found.clause)} (contract version {found.contract_version})"
    if "sum" in proof:
        yield f"  sum        {proof['sum']}, {proof['rounding']}"
    if line.corrects is not None:
        yield from _adjustment(line, line.corrects.number, proof["adjusts"])
    if "usage" in proof:
        yield from _use(found, proof["usage"], proof.get("conversion"))


def _adjustment(line: LineOut, number: str, adjusts: Mapping[str, str]) -> Iterator[str]:
    yield f"  adjusts    invoice {number}:"
    yield f"             billed {adjusts['billed_quantity']} {line.unit} with {adjusts['billed_net']},"
    yield f"             owed   {adjusts['owed_quantity']} {line.unit} with {adjusts['owed_net']}:"
    yield f"             {adjusts['owed_net']} − {adjusts['billed_net']} = {plain(line.net)}"
    for change in line.changes:
        reason = f": {change['reason']}" if change.get("reason") else ""
        yield f"  because    batch {change['batch']} ({change['source']}) by {change['recorded_by']}{reason}"


def _use(found: ExplanationOut, usage: Mapping[str, Any], conversion: Mapping[str, str] | None) -> Iterator[str]:
    if conversion is not None:
        yield f"  converted  {usage['quantity']} {conversion['from']} × {conversion['factor']} → {conversion['to']}"
        if "states" in conversion:
            yield f"             {conversion['states']}"
    estimated = f", {usage['estimated']} of them estimated" if usage["estimated"] else ""
    of_all = f" of {usage['expected']}" if usage["expected"] is not None else ""
    yield f"  counted    {usage['register']}: {usage['count']}{of_all} readings add up to {usage['total']}{estimated}"
    yield f"             as of batch {found.watermark}"
    for reading in found.readings:
        value = "withdrawn" if reading.value is None else plain(reading.value)
        if found.line.corrects is not None:
            value += " (new)" if reading.before is None else f" (was {plain(reading.before)})"
        yield (
            f"  reading    {reading.start.isoformat()}  {value}  {reading.quality}  "
            f"batch {reading.batch}, {reading.source} line {reading.line}"
        )
    if found.readings_in_all > len(found.readings):
        yield f"             … and {found.readings_in_all - len(found.readings)} more"
    for event in found.events:
        yield f"  {event['kind']:<10} {event['at']}: gained {event['gained']}"


def _clause(clause: dict[str, Any]) -> str:
    rule = clause["rule"]
    match rule["kind"]:
        case "fixed_fee":
            return f"{rule['amount']} a period"
        case "per_unit":
            return f"{rule['unit_price']} per {rule['unit']}"
        case _:
            tiers = (f"{tier['unit_price']} up to {tier['up_to'] or 'any'}" for tier in rule["tiers"])
            return f"per {rule['unit']}: {', '.join(tiers)}"
