"""By which taxes a charge over amounts is divided: docs/taxes.md and docs/decisions (what reduces several taxes).

A reduction takes off each tax what it is off, so it bears the taxes of the charges that it is computed from, in the
proportion of what is left of them; so does a bound. A percentage of others is a supply of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.lives.oracle.disputed import in_proportion
from tests.lives.oracle.dividing import seen, share
from tests.lives.oracle.kinds import kind
from tests.lives.oracle.natures import Ledger
from tests.lives.oracle.rules import RatedLine, over_amounts
from tests.lives.oracle.tax import OUTSIDE, tax

ZERO = Fraction(0)
#: A category and a rate in percent.
Tax = tuple[str, Decimal]
_OF_ITS_OWN = ("percentage_of", "drawdown")


def tax_of(document: Mapping[str, Any], charge: Mapping[str, Any], day: date, nature: str = "consideration") -> Tax:
    """The tax of a charge on a day: by its own terms, or by those of its contract."""
    terms = charge.get("tax") or document.get("tax") or {}
    return tax(document["supplier"], document["customer"], day, nature, is_reduced=terms.get("rate") == "reduced")


@dataclass
class Taxes:
    """The taxes of what the charges of a billing period came to.

    Attributes:
        of: by charge, and by the days of its parts.
    """

    of: dict[tuple[str, date, date], Tax] = field(default_factory=dict)

    def enter(self, name: str, days: tuple[date, date], own: Tax) -> None:
        self.of[name, *days] = own

    def parts(
        self,
        document: Mapping[str, Any],
        charge: Mapping[str, Any],
        days: tuple[date, date],
        line: RatedLine,
        net: Decimal,
        own: Tax,
        came_to: tuple[Ledger, Mapping[str, Mapping[str, tuple[Fraction, Fraction]]]],
    ) -> list[tuple[Tax, Decimal]]:
        """The net amount of a line by taxes, to the cent; by one of its own where nothing tells another.

        Args:
            document: the version.
            charge: of the line.
            days: of it.
            line: as it was rated.
            net: its amount, rounded.
            own: the tax of the charge by itself.
            came_to: what the charges came to, and what is left of each.
        """
        if line.nature in OUTSIDE or not over_amounts(charge):
            return [(own, net)]
        if charge.get("tax") or charge["rule"]["kind"] in _OF_ITS_OWN:
            return [(own, net)]
        names = [line.of] if line.of else [name for name, _ in seen(document, charge)]
        left: dict[Tax, Fraction] = {}
        for of_tax, amount in self._left(names, days, kind(line.nature), *came_to):
            left[of_tax] = left.get(of_tax, ZERO) + amount
        left = {of_tax: left[of_tax] for of_tax in sorted(left)}
        if not sum(left.values(), ZERO):
            return [(own, net)]
        nets = in_proportion(net, [*left.values()], document["currency"])
        return [(of_tax, part) for (of_tax, amount), part in zip(left.items(), nets, strict=True) if amount]

    def _left(
        self,
        names: Iterable[str],
        days: tuple[date, date],
        of_kind: str,
        ledger: Ledger,
        rests: Mapping[str, Mapping[str, tuple[Fraction, Fraction]]],
    ) -> list[tuple[Tax, Fraction]]:
        """What is left of charges, each with its tax: of one that bears several, in the proportion of its parts."""
        found = []
        for name in names:
            sums: dict[tuple[date, date], Fraction] = {}
            for first, after_last, amount in ledger.of_kind(name, of_kind):
                met, of_all = share(*days, first, after_last)
                if met:
                    sums[first, after_last] = sums.get((first, after_last), ZERO) + amount * Fraction(met, of_all)
            parts = {span: max(ZERO, amount) for span, amount in sums.items()}
            whole, rest = sum(parts.values(), ZERO), rests.get(name, {}).get(of_kind)
            for span, amount in parts.items():
                of_rest = amount if rest is None or not whole else rest[0] * amount / whole
                found.append((self.of[name, *span], of_rest))
        return found
