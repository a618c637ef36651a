"""Proof: a document recomputed from what it was made of, and what differs named: of its head, and line by line."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic_core import to_jsonable_python

from billing.invoices.invoice import Corrects, Line
from billing.records.proof import LineProof, RegisterProof, UsageProof
from billing.sources.shipped import token_of_tax
from billing.tax.tax import Tax
from quantities.number import plain

#: What is said of something, as it was stored and as it comes out now.
Compared: TypeAlias = tuple[str, object, object]
#: The position of what is said of the whole document, or of what it rests on.
HEAD = 0


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A line, or a head, that no longer proves.

    Attributes:
        invoice: its number.
        pos: the line; 0 of the head.
        charge: what it charges; of the head empty, or the charge that what differs belongs to.
        what: the first thing that differs.
        stored: as it was issued.
        recomputed: as it comes out now.
    """

    invoice: str
    pos: int
    charge: str
    what: str
    stored: str
    recomputed: str

    def __str__(self) -> str:
        line = f", line {self.pos} ({self.charge})" if self.pos != HEAD else f" ({self.charge})" if self.charge else ""
        return f"invoice {self.invoice}{line}: {self.what} was {self.stored} and recomputes to {self.recomputed}"


def compare(
    invoice: str, stored: Sequence[Line], recomputed: Sequence[Line], version_id: int | None = None
) -> tuple[Discrepancy, ...]:
    """Compare the lines of an issued invoice with those of its recomputation: of each line all that it says.

    A reading that is gone changes count and sum even where rounding hides it from the amount.

    Args:
        invoice: its number.
        stored: its lines, as they were issued.
        recomputed: as they come out now.
        version_id: of the contract, for lines of the first releases, which do not say it themselves, nor how many
            readings were due; None of a document of a later release, where what is not said is missing.
    """
    both = zip(stored, recomputed, strict=False)
    discrepancies = [
        Discrepancy(invoice, pos, was.charge, *difference)
        for pos, (was, now) in enumerate(both, start=1)
        if (difference := _difference(was, now, version_id)) is not None
    ]
    shared = min(len(stored), len(recomputed))
    discrepancies += [
        Discrepancy(invoice, pos, line.charge, "the line", was, now)
        for lines, was, now in ((stored, "there", "absent"), (recomputed, "absent", "there"))
        for pos, line in enumerate(lines[shared:], start=shared + 1)
    ]
    return tuple(discrepancies)


def first_of_head(invoice: str, compared: Iterable[Compared], charge: str = "") -> tuple[Discrepancy, ...]:
    """Name the first thing that differs of what is said of a whole document; nothing, if nothing does.

    Args:
        invoice: its number.
        compared: in the order in which it counts.
        charge: that all of it belongs to.
    """
    difference = _first(compared)
    return () if difference is None else (Discrepancy(invoice, HEAD, charge, *difference),)


def impossible(invoice: str, stored: Sequence[Line], reason: str) -> tuple[Discrepancy, ...]:
    """Name the lines that rest on readings, of an invoice that cannot be computed any more; without any, its head."""
    nothing = f"nothing: {reason}"
    resting = tuple(
        Discrepancy(invoice, pos, line.charge, "the use", "counted", nothing)
        for pos, line in enumerate(stored, start=1)
        if line.proof.usage is not None
    )
    return resting or (Discrepancy(invoice, HEAD, "", "the document", "computed", nothing),)


#: What shows a changed reading best is compared first, and what an amount is made of before what stands beside it.
_READINGS_FIRST = ("count", "total", "quantity")
_FIELDS_FIRST = ("charge", "part", "quantity", "unit", "unit_price", "net", "tax_point", "tax")
_FIELDS = (*_FIELDS_FIRST, *(field.name for field in fields(Line) if field.name not in (*_FIELDS_FIRST, "proof")))
_PROOF_FIELDS = tuple(name for name in LineProof.model_fields if name not in {"schema_number", "usage"})


def _with_version(line: Line, version_id: int | None) -> Line:
    if version_id is None or line.proof.version_id is not None:
        return line
    return replace(line, proof=line.proof.model_copy(update={"version_id": version_id}))


def _with_expected(line: Line, now: Line, version_id: int | None) -> Line:
    """Take over how many readings were due, where the first releases did not count it and did not say a version."""
    usage, counted = line.proof.usage, now.proof.usage
    if version_id is None or line.proof.version_id is not None or not isinstance(usage, RegisterProof):
        return line
    if usage.expected is not None or not isinstance(counted, RegisterProof):
        return line
    usage = usage.model_copy(update={"expected": counted.expected})
    return replace(line, proof=line.proof.model_copy(update={"usage": usage}))


def _with_tax(line: Line, stored: Line, version_id: int | None) -> Line:
    """Take over on which rows of the law a tax rests, where no answer of the law was recorded: today's says nothing."""
    if version_id is None or line.proof.tax == stored.proof.tax:
        return line
    return replace(line, proof=line.proof.model_copy(update={"tax": stored.proof.tax}))


def _difference(stored: Line, recomputed: Line, version_id: int | None) -> tuple[str, str, str] | None:
    was = _with_version(_with_expected(stored, recomputed, version_id), version_id)
    now = _with_version(_with_tax(recomputed, stored, version_id), version_id)
    if was == now:
        return None
    return _first(
        [
            *_of_readings(was.proof.usage, now.proof.usage, _READINGS_FIRST),
            *((name, getattr(was, name), getattr(now, name)) for name in _FIELDS),
            *_of_readings(was.proof.usage, now.proof.usage),
            *(
                (f"the {name} of its proof", getattr(was.proof, name), getattr(now.proof, name))
                for name in _PROOF_FIELDS
            ),
        ]
    )


def _of_readings(
    was: UsageProof | None, now: UsageProof | None, names: Sequence[str] | None = None
) -> Iterable[Compared]:
    """Pair what two proofs say of a use; of what rests on several registers, register by register at the end."""
    if names is None:
        both = [*type(was).model_fields, *type(now).model_fields] if was is not None and now is not None else []
        names = list(dict.fromkeys(both))
    for name in names:
        yield f"the {name} of the readings", getattr(was, name, None), getattr(now, name, None)
    yield "the use", None if was is None else type(was).__name__, None if now is None else type(now).__name__


def _first(compared: Iterable[Compared]) -> tuple[str, str, str] | None:
    for what, was, now in compared:
        if was != now and _comparable(was) != _comparable(now):
            return what, _text(was), _text(now)
    return None


def _comparable(value: object) -> object:
    """A value as its JSON has it, where it holds records or was read from JSON: there a tuple is a list."""
    return value if isinstance(value, int | Decimal | str) else _json(value)


def _json(value: object) -> Any:
    return to_jsonable_python(value, by_alias=True)


def _text(value: object) -> str:
    match value:
        case Decimal():
            return plain(value)
        case Tax():
            return token_of_tax(value)
        case Corrects():
            return f"{value.number} ({value.invoice})"
        case str() | None:
            return str(value)
        case _:
            written = _json(value)
            return written if isinstance(written, str) else json.dumps(written, ensure_ascii=False, sort_keys=True)
