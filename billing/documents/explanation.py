"""An explanation in sentences, for a person."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from billing.documents.document import ExplanationDocument
from billing.documents.views import AccountOut, AdjustmentOut, CostOut, ExplanationOut, LineOut, ReadingsOut
from billing.records.changes import BatchChange, Change, DisputeChange, FactChange, IndexChange, VersionChange
from billing.records.proof import (
    AdjustmentProof,
    ConversionProof,
    CreditProof,
    LateProof,
    LineProof,
    SharingProof,
    SplitProof,
    TaxProof,
    UsageProof,
    UseProof,
)
from quantities.exact import exact_number, rounded
from quantities.number import plain, trimmed


class ExplanationText(ExplanationDocument):
    """Why a line is what it is, in sentences."""

    name: ClassVar = "text"
    media_type: ClassVar = "text/plain; charset=utf-8"
    suffix: ClassVar = ".txt"

    def render(self, explanation: ExplanationOut) -> bytes:
        """Write an explanation with the readings that it lists."""
        return "".join(f"{line}\n" for line in lines_of(explanation)).encode()


def lines_of(explanation: ExplanationOut) -> Iterator[str]:
    """Say why a line is what it is, from the clause down to the readings."""
    line, proof = explanation.line, explanation.proof
    label = f", {line.label}" if line.label else ""
    yield f"invoice {explanation.invoice}, line {line.pos}: {line.charge}{label} = {plain(line.net)}"
    yield f"  service    {line.service_from} to {line.service_to}"
    yield f"  clause     {_clause(explanation.clause)} (contract version {explanation.contract_version})"
    if explanation.account is not None:
        yield from _account(explanation.account)
    if proof.sum is not None:
        yield f"  sum        {proof.sum}" + ("" if proof.rounding is None else f", {proof.rounding}")
    yield from _of_amount(line, proof)
    if proof.included is not None:
        yield f"  included   {proof.included}"
    if proof.index is not None:
        yield f"  index      prices × {proof.index.factor}: {proof.index.calculation or 'no review yet'}"
    if proof.late is not None:
        yield from _under("days", list(_late_days(proof.late)))
    if proof.credit is not None:
        yield f"  credit     {_credit(proof.credit)}"
    if line.corrects is not None and proof.adjusts is not None:
        yield from _adjustment(line, line.corrects.number, proof.adjusts, explanation.adjustment)
    if proof.usage is not None:
        yield from _use(explanation, proof.usage, proof.conversion)


def _of_amount(line: LineOut, proof: LineProof) -> Iterator[str]:
    """Whose share the amount is, how it is taxed, and who has a part of it."""
    if proof.split is not None:
        yield from _split(proof.split)
    if proof.tax is not None:
        rate = f"{line.tax_category} {plain(line.tax_rate_percent)} %"
        yield f"  tax        {rate}, in {proof.tax.place}: {_law(proof.tax)}"
    if proof.sharing is not None:
        yield from _under("shared", list(_shared(proof.sharing, line)))


def _split(split: SplitProof) -> Iterator[str]:
    """Whose share it is, of how much, and what each of them used."""
    uses = ", ".join(f"{share.bearer} {_number(share.used)}" for share in split.shares if share.used is not None)
    whole = f"{_number(split.whole)} {split.unit}"
    yield f"  share      of {split.bearer} in {split.of}, {split.by}: {uses or 'none'} of {whole}"


def _number(written: str) -> str:
    """Write a number of a record, which is a fraction where its decimals do not end."""
    return plain(trimmed(rounded(exact_number(written))))


def _law(tax: TaxProof) -> str:
    """Name the rows of the law on which a tax rests: that of the rule, and that of its rate."""
    return f"{tax.rule}; {tax.rate}" if tax.rate is not None else tax.rule


def _late_days(late: LateProof) -> Iterator[str]:
    """Say of which days what is owed at which rate, and what was claimed of them before."""
    for days in late.days:
        base = "" if days.base is None else f", of {days.base.index} {days.base.month} = {plain(days.base.value)}"
        counted = f"{days.days} of {days.year_days} days"
        yield f"{days.first} to {days.last}: {plain(days.amount)} at {plain(days.rate)} %{base}, {counted}"
    if late.before:
        yield f"less {plain(late.before)}, claimed before"


def _credit(credit: CreditProof) -> str:
    """Say of which line something is given back, what was asked for, and how much there was to give back."""
    of_line = f"line {credit.line} of {credit.number}, which is {credit.line_net}"
    return f"{credit.given} given back of {of_line}: {credit.asked}; {credit.left} was left"


def _shared(sharing: SharingProof, line: LineOut) -> Iterator[str]:
    """Say how the charge's amount was shared, step by step, and what of it is this line's."""
    if sharing.like is not None:
        yield "like what it reduces: " + ", ".join(f"{name} {amount}" for name, amount in sharing.like.items())
    for step in sharing.steps or ():
        short = f" of {step.asked}, no more is left" if step.taken != step.asked else ""
        yield f"{step.payee}: {step.calculation} = {step.taken}{short}; {step.left} left of {sharing.amount}"
    parts = ", ".join(f"{name} {amount}" for name, amount in line.payees.items()) or "nothing"
    yield f"of this line: {parts}"


def _account(account: AccountOut) -> Iterator[str]:
    """The window, what it opened with, what is added, and the whole calculation."""
    if account.window_from is not None:
        yield f"  window     {account.window_from} to {account.window_to}"
    yield from _under("opened", [f"with {phrase}" for phrase in account.opened] or ["with nothing carried from before"])
    yield from _under("adds", account.adds)
    yield from _under("so far", _costs(account.so_far))
    yield from _under("before", _costs(account.before))
    yield from _under("hence", account.steps)
    if account.left_out:
        yield from _under("not shown", [account.left_out])


def _under(name: str, texts: Sequence[str]) -> Iterator[str]:
    """Sentences under one name, which stands before the first of them."""
    yield from (f"  {name if at == 0 else '':<9}  {text}" for at, text in enumerate(texts))


def _costs(costs: Sequence[CostOut]) -> list[str]:
    return [f"{cost.label}: {cost.sum}" if cost.label else cost.sum for cost in costs]


def _adjustment(
    line: LineOut, number: str, adjusts: AdjustmentProof, adjustment: AdjustmentOut | None
) -> Iterator[str]:
    yield f"  adjusts    invoice {number}:"
    yield f"             billed {adjusts.billed_quantity} {line.unit} with {adjusts.billed_net},"
    yield f"             owed   {adjusts.owed_quantity} {line.unit} with {adjusts.owed_net}:"
    yield f"             {_difference(line, adjustment)}"
    for change in line.changes:
        yield f"  because    {reason_of(change)}"


def _difference(line: LineOut, adjustment: AdjustmentOut | None) -> str:
    if adjustment is None:
        return f"their difference is not this line's {plain(line.net)}; usufruct replay tells more"
    written = f"{plain(adjustment.owed)} − {plain(adjustment.billed)} = {plain(adjustment.difference)}"
    match adjustment.line:
        case "difference":
            return written
        case "taken_back":
            return f"{written}, at another price: this line takes back what was billed, {plain(line.net)}"
        case "billed_anew":
            return f"{written}, at another price: this line bills what is owed, {plain(line.net)}"


def reason_of(change: Change) -> str:
    """Say what called for an adjustment: what changed, who recorded it, and why."""
    if isinstance(change, FactChange):
        was, now = (_answered(token) for token in (change.was, change.now))
        return f"{change.fact} {change.about.removesuffix('|{}')}: {now} instead of {was}"
    why = change.reason
    match change:
        case BatchChange():
            what, why = f"batch {change.batch}", change.reason or change.source
        case VersionChange():
            what = f"contract version {change.version}"
        case IndexChange():
            was = f" instead of {change.was}" if change.was else ""
            what = f"{change.index} of {change.month} is {change.now}{was}"
        case DisputeChange():
            what = f"dispute {change.dispute}, {change.outcome}"
    return f"{what}, by {change.recorded_by}" + (f": {why}" if why else "")


def _answered(token: str) -> str:
    """Say what a source answered; of tax the tax alone, without the rows that it rests on."""
    return str(json.loads(token)["tax"]) if token.startswith('{"tax"') else token


def in_words(readings: ReadingsOut) -> str:
    """Say how many readings of a register are missing or estimated, as in "kwh: 742 of 744 readings, 12 estimated"."""
    of_all = f" of {readings.expected}" if readings.expected is not None else ""
    estimated = f", {readings.estimated} estimated" if readings.estimated else ""
    return f"{readings.register_key}: {readings.read}{of_all} readings{estimated}"


def _use(explanation: ExplanationOut, usage: UsageProof, conversion: ConversionProof | None) -> Iterator[str]:
    if conversion is not None:
        yield f"  converted  {usage.quantity} {conversion.from_unit} × {conversion.factor} → {conversion.to_unit}"
        if conversion.states is not None:
            yield f"             {conversion.states}"
    if isinstance(usage, UseProof) and usage.calculation:
        yield f"  from       {usage.calculation}"
    for register in usage.registers:
        estimated = f", {register.estimated} of them estimated" if register.estimated else ""
        of_all = f" of {register.expected}" if register.expected is not None else ""
        counted = f"{register.count}{of_all} readings"
        if register.intervals is not None:
            counted = f"{register.count} readings of {register.intervals}{of_all} intervals"
        total = register.total
        sum_or_mean = f"have the mean {total} {register.unit}" if register.is_mean else f"add up to {total}"
        yield f"  counted    {register.register_key}: {counted} {sum_or_mean}{estimated}"
    yield f"             as of batch {explanation.watermark}"
    yield from _readings(explanation, several=len(usage.registers) > 1)
    for event in explanation.events:
        yield f"  {event['kind']:<10} {event['at']}: gained {event['gained']}"


def _readings(explanation: ExplanationOut, *, several: bool) -> Iterator[str]:
    """The readings of a use, and the events that they are sums of; each with its register where there are several."""
    for reading in explanation.readings:
        value = "withdrawn" if reading.value is None else plain(reading.value)
        if explanation.line.corrects is not None:
            value += " (new)" if reading.before is None else f" (was {plain(reading.before)})"
        which = f"{reading.register_key}  " if several else ""
        yield (
            f"  reading    {which}{reading.start.isoformat()}  {value}  {reading.quality}  "
            f"batch {reading.batch}, {reading.source} line {reading.line}"
        )
    if explanation.readings_in_all > len(explanation.readings):
        yield f"             … and {explanation.readings_in_all - len(explanation.readings)} more"
    for posted in explanation.usage_events:
        which = f"{posted.register_key}  " if several else ""
        yield (
            f"  event      {which}{posted.at.isoformat()}  {plain(posted.amount)}  "
            f"{posted.event_id} of {posted.source}, batch {posted.batch} line {posted.line}"
        )


def _clause(clause: dict[str, Any]) -> str:  # of any form: each rule has its own terms
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
            terms = {name: value for name, value in rule.items() if name not in ("kind", "arithmetic") and value}
            return f"{kind.replace('_', ' ')}: {_words(terms)}"


def _words(terms: object) -> str:
    """Write terms down as a person reads them: names and values, what is empty left out."""
    match terms:
        case dict():
            kept = ((name, value) for name, value in terms.items() if value not in (None, "", [], {}, False))
            return ", ".join(f"{name.replace('_', ' ')} {_words(value)}" for name, value in kept)
        case list():
            return "; ".join(map(_words, terms))
        case True:
            return "yes"
        case _:
            return str(terms)
