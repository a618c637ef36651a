"""A draft as a value: named by its content, so that what is issued is what was looked at, or what differs is said."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from billing.invoices.invoice import Line
from billing.invoices.store import DRAFT, Draft
from billing.records.draft import DraftContent, DraftLine
from billing.records.inputs import Days, DocumentTax
from billing.records.record import written_as_text
from quantities.number import plain

#: So many hexadecimal digits of the hash: enough to tell a tenant's drafts apart, few enough to be typed.
_DIGITS = 12

_Key: TypeAlias = tuple[str, str, int, str]


def content_of(draft: Draft) -> DraftContent:
    """Write down what a document would say: no key, no watermark, nothing that another look changes by itself."""
    contract = draft.version.contract
    return DraftContent(
        contract=contract.contract,
        kind=draft.kind.value,
        supplier=contract.supplier,
        customer=contract.customer,
        days=Days(draft.period.first, draft.period.after_last),
        currency=contract.currency,
        payment_days=contract.settings.payment_days,
        cash_discount=contract.settings.cash_discount,
        net=draft.totals.net,
        vat=draft.totals.vat,
        gross=draft.totals.gross,
        lines=tuple(_line(line) for line in draft.lines),
        tax=draft.inputs.tax,
        invoicing=draft.inputs.invoicing,
        sellers={name: record for name, record in draft.made_out.items() if record is not None},
    )


def _line(line: Line) -> DraftLine:
    return DraftLine(
        charge=line.charge,
        part=line.part,
        label=line.label,
        nature=line.nature.value,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        net=line.net,
        gross=line.gross,
        withheld_percent=line.proof.withholding.percent if line.proof.withholding is not None else None,
        service=Days(line.service_first, line.service_after_last),
        tax_point=line.tax_point,
        tax_category=line.tax.category.value,
        tax_rate=line.tax.rate,
        tax_reason=line.tax.reason,
        corrects=line.corrects.number if line.corrects is not None else None,
        dimensions=line.dimensions,
        allocation=line.allocation,
        payees=line.payees,
        tax_code=line.tax_code,
        revenue_account=line.revenue_account,
    )


def content_hash(content: DraftContent) -> str:
    """Hash a content: SHA-256 over its JSON, in hexadecimal digits."""
    return hashlib.sha256(written_as_text(content).encode()).hexdigest()


def name_of(content: DraftContent) -> str:
    """Name a draft by its content, as in ``draft-3f9c1a2b7d04``: another content is another draft."""
    return DRAFT + content_hash(content)[:_DIGITS]


def differences(seen: DraftContent, now: DraftContent) -> list[str]:
    """Say where a draft comes out otherwise than it was looked at: line by line, then what else it says.

    Returns:
        Sentences; none where the contents are the same.
    """
    return [*_of_lines(seen.lines, now.lines), *_of_head(seen, now)]


def _of_lines(seen: Sequence[DraftLine], now: Sequence[DraftLine]) -> Iterator[str]:
    was, comes_out = _by_key(seen), _by_key(now)
    for key in dict.fromkeys((*was, *comes_out)):
        old, new = was.get(key), comes_out.get(key)
        if old == new:
            continue
        line = old or new
        where = _where(line) if line is not None else ""
        if old is None or new is None:
            amount = f"net {plain(line.net)}" if line is not None else ""
            yield f"{where}: {'new' if old is None else 'no more'}, {amount}"
            continue
        before, after = dict(old), dict(new)
        moved = [name for name in before if before[name] != after[name]]
        yield f"{where}: " + ", ".join(f"{name} {_told(before[name])} → {_told(after[name])}" for name in moved)


def _by_key(lines: Sequence[DraftLine]) -> Mapping[tuple[_Key, int], DraftLine]:
    """Find lines by what they are of; where several are of the same (taken back, billed anew), by their order."""
    known: dict[_Key, int] = {}
    by_key: dict[tuple[_Key, int], DraftLine] = {}
    for line in lines:
        key = line.charge, line.corrects or "", line.part, str(line.service.first)
        known[key] = known.get(key, 0) + 1
        by_key[key, known[key]] = line
    return by_key


def _where(line: DraftLine) -> str:
    of_invoice = f" (adjusts {line.corrects})" if line.corrects else ""
    return f"{line.charge}{f', {line.label}' if line.label else ''}, from {line.service.first}{of_invoice}"


def _told(value: object) -> str:
    match value:
        case Days():
            return f"{value.first}/{value.after_last}"
        case DocumentTax():
            parts = value.model_dump(mode="json")
            return ", ".join(f"{name} {part}" for name, part in parts.items())
        case _:
            return str(value)


def _of_head(seen: DraftContent, now: DraftContent) -> Iterator[str]:
    before, after = dict(seen), dict(now)
    for name, value in before.items():
        if name in _MADE_OUT and value != after[name]:
            yield from _made_out_otherwise(seen, now, name)
        elif name not in {"lines", "schema_number"} and value != after[name]:
            yield f"{name.replace('_', ' ')}: {_told(value)} → {_told(after[name])}"


#: Of a content, how its documents are made out: much of which little differs.
_MADE_OUT = frozenset({"invoicing", "sellers"})


def _made_out_otherwise(seen: DraftContent, now: DraftContent, name: str) -> Iterator[str]:
    """Say which parts of how a document is made out differ, each by its place."""
    before, after = (_by_place(content.model_dump(mode="json").get(name)) for content in (seen, now))
    for place in dict.fromkeys((*before, *after)):
        was, comes_out = before.get(place), after.get(place)
        if was != comes_out:
            yield f"{name} {place}: {was} → {comes_out}"


def _by_place(value: Any, place: str = "") -> dict[str, Any]:
    """Take JSON values apart: by place, each that is no list and no object."""
    if isinstance(value, dict):
        return {at: part for name, one in value.items() for at, part in _by_place(one, f"{place}/{name}").items()}
    if isinstance(value, list):
        return {at: part for n, one in enumerate(value) for at, part in _by_place(one, f"{place}/{n}").items()}
    return {place: value}
