"""What may be asked of the list of contracts, and of the versions of one."""

from functools import cache
from typing import Annotated, ClassVar, get_args

from pydantic import AfterValidator, Field

from contracts.life import ContractState
from contracts.rules import ChargeRule
from quantities.days import Day
from quantities.listing import ListQuery

_NAME_MAX = 200


@cache
def rule_kinds() -> tuple[str, ...]:
    """The kinds of rules that a charge may have."""
    unions = get_args(get_args(ChargeRule)[0])
    rules = (rule for union in unions for rule in (get_args(get_args(union)[0]) or (union,)))
    return tuple(sorted({str(rule.model_fields["kind"].default) for rule in rules}))


def _rule_kind(kind: str) -> str:
    if kind and kind not in rule_kinds():
        raise ValueError(f"a charge has a rule of one of these kinds: {', '.join(rule_kinds())}")
    return kind


RuleKind = Annotated[str, AfterValidator(_rule_kind)]


class ContractQuery(ListQuery):
    """Contracts by name, party, state, kind of price and day, and by whether their newest version waits."""

    SORTS: ClassVar[tuple[str, ...]] = ("contract",)

    begins: Annotated[str, Field(max_length=_NAME_MAX, description="With what the reference begins.")] = ""
    customer: Annotated[str, Field(max_length=_NAME_MAX, description="Of this customer, by its whole name.")] = ""
    customer_begins: Annotated[
        str, Field(max_length=_NAME_MAX, description="With what the customer's name begins.")
    ] = ""
    supplier: Annotated[str, Field(max_length=_NAME_MAX, description="Of this supplier, by its whole name.")] = ""
    supplier_begins: Annotated[
        str, Field(max_length=_NAME_MAX, description="With what the supplier's name begins.")
    ] = ""
    state: Annotated[ContractState | None, Field(description="In this state today, in the contract's zone.")] = None
    kind: Annotated[
        RuleKind, Field(max_length=_NAME_MAX, description="With a charge by a rule of this kind, as `graduated`.")
    ] = ""
    in_force_on: Annotated[
        Day | None,
        Field(description="Billed on this day, by a released version: from the start to the end, suspended or not."),
    ] = None
    waiting: Annotated[bool, Field(description="Those whose newest version waits for its release.")] = False


class VersionQuery(ListQuery):
    """Versions of a contract by whether they wait, and by the day on which they begin to apply; the oldest first."""

    SORTS: ClassVar[tuple[str, ...]] = ("version", "effective")

    waiting: Annotated[bool | None, Field(description="Whether they wait for their release.")] = None
    effective_by: Annotated[Day | None, Field(description="That apply from this day on, or from an earlier one.")] = (
        None
    )
