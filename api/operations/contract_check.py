"""A contract checked by itself: for this no database is needed, nor loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.tax import NoTaxRule, decide
from contracts.checks.warnings import warnings
from contracts.contract import Contract
from quantities.document import parse


@dataclass(frozen=True, slots=True)
class CheckedContract:
    """A contract without fault.

    Attributes:
        contract: its terms.
        warnings: what is lawful and yet to be looked at, each with its place.
    """

    contract: Contract
    warnings: tuple[str, ...]


def check_alone(document: Any) -> CheckedContract:
    """Find every fault of a contract that shows without the fleet and without earlier versions.

    Raises:
        FaultyDocument: with every fault.
    """
    return with_warnings(parse(Contract, document))


def with_warnings(contract: Contract, earlier: Sequence[Contract] = ()) -> CheckedContract:
    """Add to a contract what should be looked at before it is signed; as an amendment of earlier versions."""
    cautions = [str(warning) for warning in warnings(contract, earlier)]
    try:
        decide(contract.supplier, contract.customer, contract.effective)
    except NoTaxRule as reason:
        cautions.append(f"/customer: {reason}; its bills are held until it is covered, a trial is net")
    return CheckedContract(contract, tuple(cautions))
