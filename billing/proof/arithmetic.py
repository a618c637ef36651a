"""The arithmetic that a rating was computed by: each rule's number as it was recorded, where it is still at hand."""

from collections.abc import Iterator, Mapping
from typing import get_args

from pydantic import ValidationError

from billing.proof.compare import HEAD, Discrepancy
from billing.records.inputs import RuleRecord
from contracts.charge import Charge
from contracts.contract import Contract


def as_rated(contract: Contract, rules: Mapping[str, RuleRecord]) -> Contract:
    """Give a contract's rules the numbers of the arithmetic that a rating recorded of them; others stay as they are."""
    charges = tuple(_as_rated(charge, rules.get(charge.name)) for charge in contract.charges)
    same = all(now is before for now, before in zip(charges, contract.charges, strict=True))
    return contract if same else contract.model_copy(update={"charges": charges})


def _as_rated(charge: Charge, record: RuleRecord | None) -> Charge:
    if record is None or record.arithmetic == charge.rule.arithmetic:
        return charge
    return charge.model_copy(update={"rule": charge.rule.model_copy(update={"arithmetic": record.arithmetic})})


def arithmetic_lost(invoice: str, contract: Contract, rules: Mapping[str, RuleRecord]) -> Iterator[Discrepancy]:
    """Name each rule of which the recorded arithmetic is not at hand any more, or that is another rule.

    Args:
        invoice: its number.
        contract: the version that was rated last.
        rules: as the rating recorded them, by charge.
    """
    charges = {charge.name: charge for charge in contract.charges}
    for name in dict.fromkeys([*rules, *charges]):
        record, charge = rules.get(name), charges.get(name)
        was = "absent" if record is None else record.rule
        now = "absent" if charge is None else charge.rule.kind
        if record is None or charge is None or was != now:
            yield Discrepancy(invoice, HEAD, name, "the rule", was, now)
            continue
        numbers = get_args(type(charge.rule).model_fields["arithmetic"].annotation)
        if record.arithmetic not in numbers:
            yield _lost(invoice, name, was, str(record.arithmetic), ", ".join(map(str, numbers)))


def terms_lost(invoice: str, version_id: int, error: ValidationError) -> Iterator[Discrepancy]:
    """Name what of a version's stored terms cannot be read any more: first of all an arithmetic that is gone.

    Args:
        invoice: its number.
        version_id: the key of the version.
        error: what reading it came to.
    """
    faults = error.errors(include_url=False, include_context=False)
    arithmetics = [fault for fault in faults if fault["loc"] and fault["loc"][-1] == "arithmetic"]
    for fault in arithmetics or faults[:1]:
        place = "/".join(map(str, fault["loc"]))
        if arithmetics:
            yield _lost(invoice, "", place.removesuffix("/arithmetic"), str(fault["input"]), "another")
            continue
        what = f"the terms of version {version_id} at {place}"
        yield Discrepancy(invoice, HEAD, "", what, "read", f"nothing: {fault['msg']}")


def _lost(invoice: str, charge: str, rule: str, number: str, numbers: str) -> Discrepancy:
    nothing = f"nothing: it is not at hand any more, {numbers} is"
    return Discrepancy(invoice, HEAD, charge, f"the arithmetic of {rule}", number, nothing)
