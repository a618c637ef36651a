"""A contract checked by itself: for this no database is needed, nor loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.tax.checks import cautions_of_tax, faults_of_tax
from contracts.checks.warnings import warnings
from contracts.contract import Contract
from contracts.missing.missing_data import cautions_of_documents
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
    """Find every fault of a contract that shows without the fleet, without earlier versions and without own tax rows.

    Raises:
        FaultyDocument: with every fault.
    """
    checked = with_warnings(parse(Contract, document))
    told = (str(caution) for caution in cautions_of_documents(checked.contract, None, checked.contract.effective))
    untaxed = (f"{fault}; a trial is net" for fault in faults_of_tax()(checked.contract))
    return CheckedContract(checked.contract, (*checked.warnings, *told, *untaxed))


def with_warnings(contract: Contract, earlier: Sequence[Contract] = ()) -> CheckedContract:
    """Add to a contract what should be looked at before it is signed; as an amendment of earlier versions."""
    cautions = (str(warning) for warning in warnings(contract, earlier))
    return CheckedContract(contract, (*cautions, *cautions_of_tax(contract)))
