"""Which arithmetic an amended contract goes on with: that of the version before, wherever its document states none.

An amendment changes what it says, and no cent besides. A new arithmetic is for new charges and new contracts, and for
whoever states its number.
"""

from typing import Any, TypeVar

from contracts.charge import Charge
from contracts.document import ContractDocument

AnyVersion = TypeVar("AnyVersion", bound=ContractDocument)


def with_numbers_of(before: ContractDocument, amended: AnyVersion) -> AnyVersion:
    """Let a version go on with the numbers of another one, for charges that go on and for settings."""
    earlier = {charge.name: charge for charge in before.charges}
    charges = tuple(
        _charge(earlier.get(charge.name) or earlier.get(charge.continues or ""), charge) for charge in amended.charges
    )
    return amended.model_copy(update={"charges": charges, "settings": _numbered(before.settings, amended.settings)})


def _charge(before: Charge | None, amended: Charge) -> Charge:
    if before is None:
        return amended
    changed: dict[str, Any] = {
        "rule": _numbered(before.rule, amended.rule),
        "included": _numbered(before.included, amended.included),
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
