"""An explanation in sentences, for a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from billing.documents.views import ExplanationOut, LineOut
from quantities.number import plain


def lines_of(found: ExplanationOut) -> Iterator[str]:
    """Say why a line is what it is, from the clause down to the readings."""
    line, proof = found.line, found.proof
    label = f", {line.label}" if line.label else ""
    yield f"invoice {found.invoice}, line {line.pos}: {line.charge}{label} = {plain(line.net)}"
    yield f"  service    {line.service_from} to {line.service_to}"
    yield f"  clause     {_clause(found.clause)} (contract version {found.contract_version})"
    if "sum" in proof:
        yield f"  sum        {proof['sum']}, {proof['rounding']}"
    if "included" in proof:
        yield f"  included   {proof['included']}"
    if "index" in proof:
        yield f"  index      prices × {proof['index']['factor']}: {proof['index']['working'] or 'no review yet'}"
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
        yield f"  because    {reason_of(change)}"


def reason_of(change: Mapping[str, Any]) -> str:
    """Say what called for an adjustment: what changed, who recorded it, and why."""
    if "batch" in change:
        what, why = f"batch {change['batch']}", change.get("reason") or change["source"]
    elif "version" in change:
        what, why = f"contract version {change['version']}", change.get("reason", "")
    elif "index" in change:
        was = f" instead of {change['was']}" if change.get("was") else ""
        what, why = f"{change['index']} of {change['month']} is {change['now']}{was}", change.get("reason", "")
    else:
        what, why = f"dispute {change['dispute']}, {change['outcome']}", change.get("reason", "")
    return f"{what}, by {change['recorded_by']}" + (f": {why}" if why else "")


def _use(found: ExplanationOut, usage: Mapping[str, Any], conversion: Mapping[str, str] | None) -> Iterator[str]:
    if conversion is not None:
        yield f"  converted  {usage['quantity']} {conversion['from']} × {conversion['factor']} → {conversion['to']}"
        if "states" in conversion:
            yield f"             {conversion['states']}"
    if usage.get("working"):
        yield f"  from       {usage['working']}"
    for each in usage.get("of", [usage]):
        estimated = f", {each['estimated']} of them estimated" if each["estimated"] else ""
        of_all = f" of {each['expected']}" if each["expected"] is not None else ""
        said = f"have the mean {each['total']} {each['unit']}" if each.get("is_mean") else f"add up to {each['total']}"
        yield f"  counted    {each['register']}: {each['count']}{of_all} readings {said}{estimated}"
    yield f"             as of batch {found.watermark}"
    several = len(usage.get("of", ())) > 1
    for reading in found.readings:
        value = "withdrawn" if reading.value is None else plain(reading.value)
        if found.line.corrects is not None:
            value += " (new)" if reading.before is None else f" (was {plain(reading.before)})"
        which = f"{reading.register_key}  " if several else ""
        yield (
            f"  reading    {which}{reading.start.isoformat()}  {value}  {reading.quality}  "
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
        case "graduated" | "volume":
            tiers = (f"{tier['unit_price']} up to {tier['up_to'] or 'any'}" for tier in rule["tiers"])
            return f"per {rule['unit']}: {', '.join(tiers)}"
        case kind:
            told = {name: value for name, value in rule.items() if name not in ("kind", "arithmetic") and value}
            return f"{kind.replace('_', ' ')}: {_words(told)}"


def _words(told: object) -> str:
    """Write terms down as a person reads them: names and values, what is empty left out."""
    match told:
        case dict():
            kept = ((name, value) for name, value in told.items() if value not in (None, "", [], {}, False))
            return ", ".join(f"{name.replace('_', ' ')} {_words(value)}" for name, value in kept)
        case list():
            return "; ".join(map(_words, told))
        case True:
            return "yes"
        case _:
            return str(told)
