"""A rated line divided over those who bear it: one share each, with its number, its net amount and its proof.

    what the parts used → weights → the net of each line by largest remainder → a line for each that bears something

The line is rounded once, as if it were whole; its shares add up to that, whatever is corrected later.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from billing.counting.assembly import BilledUsage
from billing.records.proof import BearerProof, SplitProof
from contracts.charge import Charge
from contracts.contract import Contract
from contracts.rated_line import RatedLine, lump
from contracts.split import Bearer, SplitOut
from quantities.exact import exact_text
from quantities.money import Money
from quantities.number import plain
from quantities.values import value_class


@value_class(frozen=True, slots=True)
class LineShare:
    """What one bearer has of a line.

    Attributes:
        rated: the line as it is shown.
        net: rounded.
        dimensions: of the customer's books.
        proof: how the share came about; None for a line that is not divided.
    """

    rated: RatedLine
    net: Decimal
    dimensions: Mapping[str, str]
    proof: SplitProof | None = None


@value_class(frozen=True, slots=True)
class ChargeSplit:
    """How the lines of a charge over some days are divided.

    Attributes:
        charge: of the contract.
        contract: the version whose terms count.
        shared: who bears them; None for a charge that is not split.
    """

    charge: Charge
    contract: Contract
    shared: SplitOut | None

    @classmethod
    def of(cls, charge: Charge, contract: Contract, counted: BilledUsage | None) -> "ChargeSplit":
        """Weigh those who bear a charge.

        Raises:
            NegativeUse: one of them used less than nothing, or was not counted.
        """
        if charge.split is None:
            return cls(charge, contract, None)
        return cls(charge, contract, charge.split.shared({} if counted is None else counted.split))

    def shares_of(self, rated: RatedLine, net: Decimal) -> Iterator[LineShare]:
        """Divide a line; who bears nothing of it has none, unless the contract bills lines of nothing."""
        if self.shared is None:
            yield LineShare(rated, net, self.charge.dimensions)
            return
        numbers, bearers = self.shared.numbers, self.shared.bearers
        parts = Money(net, self.contract.currency).split(self.shared.whole_weights)
        for bearer, part in zip(bearers, parts, strict=True):
            if not part and not self.contract.settings.zero_lines:
                continue
            label = f"{rated.label}, {bearer.name}" if rated.label else bearer.name
            shown = lump(numbers[bearer.name] + rated.part, part.amount, label, nature=rated.nature, of=rated.of)
            dimensions = {**self.charge.dimensions, **bearer.dimensions}
            yield LineShare(shown, part.amount, dimensions, self._proof(self.shared, bearer, rated, net))

    def _proof(self, shared: SplitOut, bearer: Bearer, rated: RatedLine, net: Decimal) -> SplitProof:
        return SplitProof(
            bearer=bearer.name,
            part=rated.part,
            of=plain(net),
            unit=self.charge.split.unit if self.charge.split is not None else "",
            whole=exact_text(shared.whole),
            shares=tuple(_decides(shared, other.name) for other in shared.bearers),
            by=shared.reason,
        )


def _decides(shared: SplitOut, name: str) -> BearerProof:
    used = shared.used.get(name)
    return BearerProof(
        bearer=name,
        used=None if used is None else exact_text(used),
        weight=exact_text(shared.weights.get(name, Decimal(0))),
    )
