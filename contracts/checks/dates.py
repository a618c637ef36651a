"""Checks of a contract's dates: in the supported years, in order, and with at least one period to bill."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel

from contracts.document import ContractDocument
from quantities.document import Fault
from quantities.period import nearest_supported, zone

_Place: TypeAlias = tuple[str | int, ...]
_WITHOUT_DAYS = (type(None), str, Decimal, int)
_LEAVES = frozenset({*_WITHOUT_DAYS, bool})
#: The places of the dates from which billing periods are computed.
_OF_PERIODS = ("/starts", "/ends", "/in_force_from", "/extension", "/billing")


def date_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Check every date of a contract, and the order of its suspensions."""
    out_of_range = tuple(_range_faults(contract))
    yield from out_of_range
    if not any(fault.path.startswith(_OF_PERIODS) for fault in out_of_range):
        yield from _life(contract)
    for at, (before, after) in enumerate(pairwise(contract.suspensions)):
        if after.first < before.after_last:
            yield Fault(f"/suspensions/{at + 1}", "overlapping", "suspensions follow on each other", str(after.first))


def _days(part: object, place: _Place = ()) -> Sequence[tuple[_Place, date]]:
    """List all dates in a part of a contract, at any depth, with the field names and list numbers that lead to them."""
    if isinstance(part, date):
        return [(place, part)]
    steps: Iterable[tuple[str | int, object]]
    if isinstance(part, BaseModel):
        values = vars(part)
        steps = [(name, values[name]) for name in fields_with_days(type(part))]
    elif isinstance(part, tuple | list):
        steps = enumerate(part)
    elif isinstance(part, dict):
        steps = part.items()
    else:
        return ()
    days: list[tuple[_Place, date]] = []
    for step, value in steps:
        if value and type(value) not in _LEAVES:  # saves most calls, and a run loads thousands of contracts
            days += _days(value, (*place, step))
    return days


@cache
def fields_with_days(kind: type[BaseModel]) -> tuple[str, ...]:
    """Name the fields of a model that may have a date in them, at any depth: the others need not be looked through."""
    return tuple(name for name, field in kind.model_fields.items() if _may_have_days(field.annotation, frozenset()))


def _may_have_days(annotation: Any, within: frozenset[type]) -> bool:
    """Tell whether a value may be a date or have one in it; of a type that is not known here it may."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _may_have_days(get_args(annotation)[0], within)
    if origin is not None:
        parts = () if origin is Literal else get_args(annotation)
        return any(_may_have_days(part, within) for part in parts if part is not Ellipsis)
    if not isinstance(annotation, type):
        return True
    if not issubclass(annotation, BaseModel):
        return not issubclass(annotation, _WITHOUT_DAYS)
    if annotation in within:
        return False
    inside = within | {annotation}
    parts = (*(field.annotation for field in annotation.model_fields.values()), *annotation.__subclasses__())
    return any(_may_have_days(part, inside) for part in parts)


def _range_faults(contract: ContractDocument) -> Iterator[Fault]:
    where = zone(contract.zone)
    for place, day in _days(contract):
        nearest = nearest_supported(day, where)
        if nearest != day:
            detail = f"a day outside the years 1900 to 2200, in {contract.zone} or in UTC, cannot be billed"
            yield Fault(_pointer(contract, place), "out-of-range", detail, str(day), str(nearest))


def _pointer(part: Any, place: _Place) -> str:
    """Write a place as a JSON pointer, by the keys of the document."""
    pointer = ""
    for step in place:
        if isinstance(part, BaseModel):
            pointer += f"/{type(part).model_fields[str(step)].alias or step}"
            part = vars(part)[str(step)]
        else:
            pointer += f"/{step}"
            part = part[step]
    return pointer


def _life(contract: ContractDocument) -> Iterator[Fault]:
    where, until = zone(contract.zone), contract.until
    if contract.ends is not None and contract.ends <= contract.starts:
        yield Fault("/ends", "ends-before-it-starts", "a contract ends after it starts", str(contract.ends))
    elif contract.in_force_from is not None and not (
        contract.starts <= contract.in_force_from and (until is None or contract.in_force_from < until)
    ):
        detail = "a version comes into force while the contract lasts"
        yield Fault("/in_force_from", "out-of-life", detail, str(contract.in_force_from))
    if contract.extension is not None and contract.ends is None:
        yield Fault("/extension", "nothing-to-extend", "a contract without an end goes on by itself")
    if until is not None and nearest_supported(until, where) != until:
        detail = "it is extended beyond the year 2200"
        yield Fault("/extension", "out-of-range", detail, str(until), str(nearest_supported(until, where)))
    first = next(contract.periods(), None)
    if first is None:
        detail = "the calendar has no period in which the contract starts"
        yield Fault("/billing/calendar", "no-period", detail, str(contract.starts))
        return
    billed_on = first.after_last + timedelta(days=contract.settings.bill_after_days)
    if nearest_supported(billed_on, where) != billed_on:
        detail = f"its first period is billed before the year 2200, and not on {billed_on}"
        yield Fault("/starts", "out-of-range", detail, str(contract.starts))
