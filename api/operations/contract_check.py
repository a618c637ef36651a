"""A contract checked by itself: for this no database is needed, nor loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from billing.tax.checks import cautions_of_tax, faults_of_tax
from contracts.checks.caution import Caution
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
        missing: of the warnings, those of what nobody has told yet, for which its documents would be held.
        numbered: by whoever issues, the number of its first document of a year; without a database nothing.
    """

    contract: Contract
    warnings: tuple[str, ...]
    missing: tuple[str, ...] = ()
    numbered: Mapping[str, str] = field(default_factory=dict)

    def with_gaps(self, gaps: Sequence[Caution]) -> "CheckedContract":
        """Add what its documents would lack."""
        return replace(self, warnings=(*self.warnings, *map(str, gaps)), missing=gaps_that_hold(gaps))


def gaps_that_hold(gaps: Sequence[Caution]) -> tuple[str, ...]:
    """Say of gaps those for which documents would be held."""
    return tuple(str(gap) for gap in gaps if gap.holds)


def check_alone(document: Any) -> CheckedContract:
    """Find every fault of a contract that shows without the fleet, without earlier versions and without own tax rows.

    Raises:
        FaultyDocument: with every fault.
    """
    checked = with_warnings(parse(Contract, document))
    untaxed = (f"{fault}; a trial is net" for fault in faults_of_tax()(checked.contract))
    with_gaps = checked.with_gaps(cautions_of_documents(checked.contract, None, checked.contract.effective))
    return replace(with_gaps, warnings=(*with_gaps.warnings, *untaxed))


def with_warnings(contract: Contract, earlier: Sequence[Contract] = ()) -> CheckedContract:
    """Add to a contract what should be looked at before it is signed; as an amendment of earlier versions."""
    cautions = (str(warning) for warning in warnings(contract, earlier))
    return CheckedContract(contract, (*cautions, *cautions_of_tax(contract)))
