"""Which arithmetic an amended contract goes on with: that of the version before, wherever its document states none.

An amendment changes what it says, and no cent besides. A new arithmetic is for new charges and new contracts, and for
whoever states its number.
"""

from typing import Any, TypeVar

from contracts.charge import Charge
from contracts.document import ContractDocument
from savings.options.option_b import Modelled
from savings.plan import Plan

AnyVersion = TypeVar("AnyVersion", bound=ContractDocument)


def with_numbers_of(before: ContractDocument, amended: AnyVersion) -> AnyVersion:
    """Let a version go on with the numbers of another one, for charges and savings that go on and for settings."""
    earlier = {charge.name: charge for charge in before.charges}
    charges = tuple(
        _charge(earlier.get(charge.name) or earlier.get(charge.continues or ""), charge) for charge in amended.charges
    )
    measured = {plan.name: plan for plan in before.savings}
    savings = tuple(_plan(measured.get(plan.name), plan) for plan in amended.savings)
    changed = {"charges": charges, "settings": _numbered(before.settings, amended.settings), "savings": savings}
    return amended.model_copy(update=changed)


def _plan(before: Plan | None, amended: Plan) -> Plan:
    """Let a plan go on with the number of its baseline's method, by which rows are counted."""
    if before is None or not isinstance(before.option, Modelled) or not isinstance(amended.option, Modelled):
        return amended
    method = _numbered(before.option.baseline.method, amended.option.baseline.method)
    baseline = amended.option.baseline.model_copy(update={"method": method})
    return amended.model_copy(update={"option": amended.option.model_copy(update={"baseline": baseline})})


def _charge(before: Charge | None, amended: Charge) -> Charge:
    if before is None:
        return amended
    changed: dict[str, Any] = {
        "rule": _numbered(before.rule, amended.rule),
        "included": _numbered(before.included, amended.included),
        "instalments": _numbered(before.instalments, amended.instalments),
    }
    if before.index is not None and amended.index is not None:
        clause = _numbered(before.index.clause, amended.index.clause)
        changed["index"] = amended.index.model_copy(update={"clause": clause})
    return amended.model_copy(update=changed)


def _numbered(before: Any, amended: Any) -> Any:
    """Take over a number of another part of the same kind, where that is not stated."""
    same_kind = type(before) is type(amended) and hasattr(amended, "arithmetic")
    if not same_kind or "arithmetic" in amended.model_fields_set:
        return amended
    return amended.model_copy(update={"arithmetic": before.arithmetic})
