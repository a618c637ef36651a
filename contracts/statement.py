"""The savings statement as the parties agreed it: who signs it, who verifies it, and when silence is consent.

Clause: "The contractor submits a statement of each year's savings; unless the customer objects within 30 days it is
agreed. Undisputed parts are billed."

Source: the model contracts of GB/T 24915 and of Shandong DB37/T, and the practice of both countries.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.schedule import Per
from quantities.document import WholeNumber
from quantities.money import Amount
from quantities.names import Name
from quantities.terms import Terms
from savings.factor import EnergyFactor


class StatementStatus(StrEnum):
    """The status of a statement.

    ``agreed``: signed by the customer. ``silent``: the customer did not object within the agreed days. ``disputed``:
    in part; the rest counts.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    AGREED = "agreed"
    SILENT = "silent"
    DISPUTED = "disputed"


class StatementStep(StrEnum):
    """What a party does with a statement."""

    SUBMITTED = "submitted"
    VERIFIED = "verified"
    AGREED = "agreed"
    DISPUTED = "disputed"


class SupplierCost(Terms):
    """A cost that the supplier has by the contract: its own business, and on no copy for the customer.

    Attributes:
        name: of the cost, as in maintenance or financing.
        amount: of a whole window of the statement, by contract year; the last one counts for all later years. A part of
            a window has its share of it, by days that are not suspended.
    """

    name: Name
    amount: Annotated[tuple[Annotated[Amount, Field(ge=0)], ...], Field(min_length=1)]


class StatementTerms(Terms):
    """How savings are agreed before they are billed.

    Attributes:
        per: the window of a statement; the invoice of the period that closes it waits for the statement.
        silent_days: after how many days without an objection the statement counts as agreed; without it, never.
        signatories: who may sign, by the party's name; the verifier's too where there is one.
        verifier: a third party, without whose signature nothing is agreed.
        factors: from energy to coal equivalents and carbon.
        costs: of the supplier, from which its copy of a statement has the margin. A customer never sees them.
    """

    per: Per = Per.YEAR
    silent_days: Annotated[WholeNumber, Field(ge=1, le=365)] | None = None
    signatories: Mapping[Name, Annotated[tuple[Name, ...], Field(min_length=1)]]
    verifier: Name | None = None
    factors: tuple[EnergyFactor, ...] = ()
    costs: Annotated[tuple[SupplierCost, ...], Field(exclude_if=lambda costs: not costs)] = ()

    @property
    def without_costs(self) -> Self:
        """The same terms as the customer sees them."""
        return self.model_copy(update={"costs": ()}) if self.costs else self

    @model_validator(mode="after")
    def _names_its_verifier(self) -> Self:
        if self.verifier is not None and self.verifier not in self.signatories:
            raise ValueError("who verifies is among the signatories")
        return self


def statement_status(terms: StatementTerms, steps: Mapping[StatementStep, datetime], today: date) -> StatementStatus:
    """Tell the status of a statement on a day.

    Args:
        terms: of the contract.
        steps: when the steps that were taken were taken last.
        today: the day.
    """
    if StatementStep.SUBMITTED not in steps:
        return StatementStatus.DRAFT
    if terms.verifier is not None and StatementStep.VERIFIED not in steps:
        return StatementStatus.SUBMITTED
    if StatementStep.DISPUTED in steps:
        return StatementStatus.DISPUTED
    if StatementStep.AGREED in steps:
        return StatementStatus.AGREED
    if (
        terms.silent_days is not None
        and steps[StatementStep.SUBMITTED].date() + timedelta(days=terms.silent_days) <= today
    ):
        return StatementStatus.SILENT
    return StatementStatus.SUBMITTED


#: With one of these the invoice waits no longer.
SETTLED = frozenset({StatementStatus.AGREED, StatementStatus.SILENT, StatementStatus.DISPUTED})
