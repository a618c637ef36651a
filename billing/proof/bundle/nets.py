"""The net amounts of the lines of a rated charge as steps: rounded once, by the settings of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from billing.proof.bundle.scene import WrittenLines, amount_of
from billing.proof.bundle.step_book import Step, StepBook, at_places, less, plus
from contracts.composed import Composed
from contracts.contract import Contract
from contracts.net_amounts import CUMULATIVE, SoFar, agreed_lines
from contracts.rated_line import RatedLine
from quantities.money import exponent

_SETTLED_PLACES = 10


@dataclass(slots=True)  # not frozen: brought up to each of the days, as ``contracts/net_amounts.py`` does
class StepsSoFar:
    """What a charge came to in a billing period before, with the steps of it."""

    values: SoFar = field(default_factory=SoFar)
    parts: dict[int, tuple[Step, Step]] = field(default_factory=dict)


#: By part: the rated line, the step of its net amount, and the net amount.
Nets = Mapping[int, tuple[RatedLine, Step, Decimal]]


def net_steps(
    book: StepBook, contract: Contract, composed: Composed, written: WrittenLines, so_far: StepsSoFar | None
) -> Nets:
    """Write down how the lines of a charge are rounded.

    Args:
        book: the files of the bundle.
        contract: whose settings count.
        composed: the charge, raised by what is withheld.
        written: the steps of quantity and price, by part.
        so_far: of the days before in the same period; None where there are none.
    """
    is_new = so_far is not None and so_far.values.price != (composed.rule, contract.settings.rounding)
    agreed = agreed_lines(composed, contract, None if so_far is None else so_far.values)
    if so_far is not None and is_new:
        so_far.parts = {}
    amounts = {line.part: amount_of(*written[line.part]) for line, _ in agreed}
    sharing = [line for line, _ in agreed if line.of and line.amount]
    nets: dict[int, tuple[RatedLine, Step, Decimal]] = {}
    for line, net in agreed:
        step = rounded_step(contract, amounts[line.part])
        if line in sharing and len(sharing) > 1:
            weights = [["max", amounts[one.part], less(0, amounts[one.part])] for one in sharing]
            whole = rounded_step(contract, plus(amounts[one.part] for one in sharing))
            step = ["share", whole, weights, sharing.index(line), exponent(contract.currency)]
        elif so_far is not None and contract.settings.arithmetic >= CUMULATIVE and not line.of:
            before = so_far.parts.get(line.part)
            if before is not None:
                amounts[line.part] = plus((before[0], amounts[line.part]))
                step = less(rounded_step(contract, amounts[line.part]), before[1])
                so_far.parts[line.part] = amounts[line.part], rounded_step(contract, amounts[line.part])
            else:
                so_far.parts[line.part] = amounts[line.part], step
        why = f"{composed.charge.name}: how a line is rounded"
        name = f"{composed.charge.name} from {composed.period.first}: net of part {line.part}"
        nets[line.part] = line, book.named(name, step, net, why), net
    return nets


def rounded_step(contract: Contract, step: Step) -> Step:
    """Round an amount to the minor unit, as the contract says."""
    settings = contract.settings
    settled = step if settings.arithmetic == 1 else at_places(step, _SETTLED_PLACES, "half_even")
    return at_places(settled, exponent(contract.currency), settings.rounding.value)
