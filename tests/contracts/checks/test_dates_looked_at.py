"""Every date of a contract is looked at, though only the fields that may hold one are looked through."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from contracts.checks.dates import _days, fields_with_days
from contracts.contract import Contract
from quantities.document import FaultyDocument, parse, read
from quantities.terms import Terms

ROOT = Path(__file__).parents[3]


def contracts() -> Iterator[tuple[str, Contract]]:
    for path in sorted(
        [*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("contracts/**/*.yaml"), *ROOT.glob("api/**/*.yaml")]
    ):
        try:
            yield path.name, parse(Contract, read(path.read_bytes()))
        except FaultyDocument:
            continue


CONTRACTS = list(contracts())


def every_date(part: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], date]]:
    """All dates, wherever they are: nothing is left out."""
    if isinstance(part, date):
        yield place, part
    steps: Any = ()
    if isinstance(part, BaseModel):
        steps = vars(part).items()
    elif isinstance(part, tuple | list):
        steps = enumerate(part)
    elif isinstance(part, dict):
        steps = part.items()
    for step, value in steps:
        yield from every_date(value, (*place, step))


@pytest.mark.parametrize("contract", [pytest.param(contract, id=name) for name, contract in CONTRACTS])
def test_all_dates_of_the_examples(contract: Contract) -> None:
    assert list(_days(contract)) == list(every_date(contract))


def test_the_examples_have_dates_in_many_places() -> None:
    assert len({type(step) for _, contract in CONTRACTS for place, _ in every_date(contract) for step in place}) == 2
    assert len({place[0] for _, contract in CONTRACTS for place, _ in every_date(contract)}) > 3


def kinds(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield kind
    for further in kind.__subclasses__():
        yield from kinds(further)


def names_a_date(annotation: Any) -> bool:
    """A date stands in the annotation itself, not in a model that it names."""
    if get_origin(annotation) is Annotated:
        return names_a_date(get_args(annotation)[0])
    if get_origin(annotation) is not None and get_origin(annotation) is not Literal:
        return any(names_a_date(part) for part in get_args(annotation))
    return isinstance(annotation, type) and issubclass(annotation, date)


def test_a_field_of_a_date_is_never_left_out_nor_one_of_a_model_that_has_one() -> None:
    of_dates = [
        (kind, name)
        for kind in set(kinds(Terms))
        for name, field in kind.model_fields.items()
        if names_a_date(field.annotation)
    ]
    assert len(of_dates) > 20
    assert [(kind, name) for kind, name in of_dates if name not in fields_with_days(kind)] == []
    assert {"charges", "suspensions", "milestones", "savings", "starts", "billing"} <= set(fields_with_days(Contract))
    assert not {"contract", "currency", "zone", "assets", "reason"} & set(fields_with_days(Contract))
