"""What may happen in a life: every class of step and of circumstance has a name and can be left out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

#: What is told about readings.
READINGS = ("late", "correct", "withdraw", "exchange", "rollover")
#: What an amendment does, each by its name.
CHANGES = (
    "neutral", "terms", "unit", "rule", "rename", "drop", "add", "prolong", "end early", "country", "vat id", "suspend",
    "settings", "twice a day", "machines change",
)  # fmt: skip
#: Circumstances of amendments: in force within a billing period; for days that are billed already; released later.
CIRCUMSTANCES = ("inside", "backdated", "released late")
#: What is told about prices, what is disputed, how bills are made, what breaks.
OTHERS = (
    "revise", "link", "dispute", "settle", "credit", "void", "drafts", "clock back", "kill lost", "kill kept",
)  # fmt: skip
#: What a life is about.
MATTER = (
    "interval", "counter", "level hold", "level linear", "event", "state", "windows", "in advance", "over amounts",
    "index", "included", "interpolated", "exact", "odd zones", "currencies", "weeks", "parts", "two contracts",
    "after the last period", "sliding", "coverage",
    "bands of counters", "issuers", "reduced rates", "shared", "prepayments", "rates change", "rates by charge",
    "machines", "on account", "self billed",
)  # fmt: skip
#: What is saved: over a baseline agreed on paper; of several carriers, joined into one unit; amended coefficients.
SAVED = ("on paper", "carriers", "another paper")
#: What lives do without by default, because metering has to say first what it is: each with what would be found.
LEFT_TO_METERING = {
    "bands of counters": "a counter that is never read within the hours of a band holds its bill",
    "sliding": "a sliding block of which a step is missing is left out, and where none is whole the peak is 0",
}
EVERYTHING = frozenset((*READINGS, *CHANGES, *CIRCUMSTANCES, *OTHERS, *MATTER, *SAVED))


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What may happen.

    Attributes:
        allowed: names of ``EVERYTHING``.
        kinds: the rule kinds that contracts may have; None: all that the generator knows.
        steps: how many steps a life has, before its last act.
    """

    allowed: frozenset[str] = EVERYTHING
    kinds: frozenset[str] | None = None
    steps: int = 25

    def __contains__(self, name: str) -> bool:
        if name not in EVERYTHING:
            raise KeyError(name)
        return name in self.allowed

    def without(self, names: Iterable[str]) -> "Repertoire":
        """Leave out classes of steps, circumstances or rule kinds."""
        left_out = frozenset(names)
        unknown = left_out - EVERYTHING
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        return replace(self, allowed=self.allowed - left_out)

    def among(self, names: Iterable[str]) -> list[str]:
        """Keep of some names those that are allowed, in their order."""
        return [name for name in names if name in self]


#: What happens in the lives of the tests, unless something is left out or they are asked for everything.
DEFAULT = Repertoire().without((*LEFT_TO_METERING, *SAVED))
#: Lives that price savings, and little besides that could hold a bill.
ON_PAPER = replace(
    Repertoire().without((*LEFT_TO_METERING, "weeks", "parts", "late", "coverage")),
    kinds=frozenset({"fixed_fee", "discount"}),
)
