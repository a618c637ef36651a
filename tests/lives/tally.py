"""How much of what lives agree is billed: what is refused or waits is compared with nothing, and so no fault shows."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.lives.life import Life

#: Of fewer lives than these nothing can be said: one may rightly wait to its end, or try to agree what no contract may say.
_ENOUGH = 4
#: So many of the contracts have a document at least: of 40 that lives drew, 35 did, and the others waited as they must.
_BILLED = Fraction(2, 3)
#: So many of the versions may be refused at most; one in twenty is.
_REFUSED = Fraction(1, 5)


@dataclass
class TallyOfLives:
    """What lives came to.

    Attributes:
        lives: how many they are.
        contracts: how many were agreed.
        billed: how many of them have a document that counts.
        versions: how many were recorded.
        refused: those that were not, and why.
    """

    lives: int = 0
    contracts: int = 0
    billed: int = 0
    versions: int = 0
    refused: list[str] = field(default_factory=list)

    def add(self, life: Life) -> None:
        """Count a life that is finished."""
        numbered = {stored.row.inputs.contract for stored in life.counting() if stored.row.number is not None}
        self.lives += 1
        self.contracts += len(life.contracts)
        self.billed += len(numbered)
        self.versions += len(life.facts.versions)
        self.refused += life.not_recorded

    def faults(self) -> list[str]:
        """Say where lives are too idle to show anything."""
        if self.lives < _ENOUGH:
            return []
        recorded, said = self.versions + len(self.refused), list[str]()
        if len(self.refused) > recorded * _REFUSED:
            said += [f"of {recorded} versions {len(self.refused)} were refused", *self.refused]
        if self.billed < self.contracts * _BILLED:
            said.append(f"of {self.contracts} contracts only {self.billed} have a document")
        return said
