"""What a rating was answered by the tables that ship with the code, held against what these answer today.

Where a recorded answer says everything, a rating is computed again with it, whatever today's table says: how a supply
is taxed, and the factor between two units. The zones of the local days and the public holidays are used in more ways
than their tokens record, so a computation by another release of these is refused by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from billing.sources import shipped
from billing.sources.asked import Changed, Question, SourceName
from billing.tax.decision import Decision, Supply, decide_as_shipped
from contracts.charge import Charge
from contracts.contract import Contract


@dataclass(frozen=True, slots=True)
class RecordedTables:
    """The tables that ship with the code, as one rating was answered by them.

    Attributes:
        answers: the tokens, by question; none of a rating that an older release made, which is computed by today's.
        factors: recorded factors that today's table answers otherwise, by the units from which and to which.
        lost: what today's tables answer otherwise and a computation needs: they are not at hand any more.
    """

    answers: Mapping[Question, str]
    factors: Mapping[tuple[str, str], Fraction] = field(init=False)
    lost: tuple[Changed, ...] = field(init=False)

    def __post_init__(self) -> None:
        factors: dict[tuple[str, str], Fraction] = {}
        lost: list[Changed] = []
        for question, then in self.answers.items():
            if question.source is SourceName.TAX or then == (now := shipped.answer(question)):
                continue
            factor = shipped.factor_of_token(then) if question.source is SourceName.UNITS else None
            if factor is None or shipped.factor_of_token(now) is None:  # a unit that is not listed is in no table
                lost.append(Changed(question, then, now))
                continue
            from_unit, to_unit = question.about.split("|")
            factors[from_unit, to_unit] = factor
        object.__setattr__(self, "factors", factors)
        object.__setattr__(self, "lost", tuple(lost))

    def taxed(self, contract: Contract, charge: Charge, tax_point: date) -> Decision:
        """Say how a charge is taxed: as the rating was answered; where it did not ask, by today's law.

        Raises:
            NoTaxRule: no rule covers it.
        """
        supply = Supply.of(contract, charge)
        for question in (shipped.of_tax(supply, tax_point), shipped.of_tax_before(supply, tax_point)):
            if question in self.answers:
                return shipped.decision_of_token(self.answers[question])
        return Decision(decide_as_shipped(supply, tax_point).tax, "", "")
