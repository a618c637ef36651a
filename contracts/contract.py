"""A contract: a series of versions, each in force from a day on and never edited; each knows when it was recorded."""

from typing import Self

from pydantic import model_validator

from contracts.checks.within import faults_within
from contracts.document import ContractDocument
from quantities.document import refuse


class Contract(ContractDocument):
    """One version of a contract that does not contradict itself."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        refuse(faults_within(self))
        return self
