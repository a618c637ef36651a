"""Rules over the amounts of other charges: bounds, discounts, percentages, what was paid before."""

from collections.abc import Sequence
from decimal import Decimal

from billing.proof.bundle.rules.fees import share_of
from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, less, percent_of, plus, settle, times
from contracts.pricing.drawdown import GIVEN_BACK
from contracts.proration import window_share

_OF_RESTS = 3
_PARTS_OF_A_KIND = 1000


def _bound(scene: RuleScene) -> Step:
    rule, window = scene.rule, scene.usage.window(scene.rule.per)
    share = 1
    if window_share(window, rule.proration, rule.number_of_arithmetic) != 1:
        share = scene.share(window, rule.proration)
    return times(scene.price("amount"), share)


def _before(scene: RuleScene) -> Step:
    return scene.carried("amount") if "amount" in scene.usage.carried(scene.rule.per) else NOTHING


def _amount(scene: RuleScene) -> Step:
    return plus(scene.amounts.values())


def minimum_spend(scene: RuleScene) -> WrittenLines:
    """The minimum less what the window came to; one that downtime lowers is stated."""
    if scene.rule.lowered_by:
        return {}
    return {0: lump_of(less(_bound(scene), settle(plus((_before(scene), _amount(scene))))))}


def maximum_spend(scene: RuleScene) -> WrittenLines:
    """What the window is above the maximum so far, less what it was above before; taken off."""
    bound, before, amount = _bound(scene), _before(scene), _amount(scene)
    so_far = settle(plus((before, amount)))
    above, was = (["max", 0, less(sum_, bound)] for sum_ in (so_far, less(so_far, amount)))
    return {0: lump_of(less(NOTHING, less(above, was)))}


def percentage_of(scene: RuleScene) -> WrittenLines:
    """A percentage of what others came to."""
    return {0: lump_of(percent_of(_amount(scene), scene.term("percent")))}


def discount(scene: RuleScene) -> WrittenLines:
    """A percentage of each charge, or an amount spread over all; of what is left of them."""
    rule, usage = scene.rule, scene.usage
    if rule.arithmetic < _OF_RESTS or not usage.rests:
        return {}
    left: dict[int, tuple[Step, Step]] = {}  # what is left of each, and what a percentage is taken of
    for line in scene.lines:
        name = list(usage.rests)[line.part % _PARTS_OF_A_KIND]
        kind = next((kind for kind in usage.rests[name] if scene.composed.charge.nature_of(line).kind is kind), None)
        rest = None if kind is None else usage.rests[name][kind]
        if rest is None:
            return {}
        whole = scene.amounts.get(name, NOTHING)
        off = ["max", 0, plus((whole, *scene.reductions.get(name, ())))]
        left[line.part] = (
            _of(scene, name, (off, ["max", 0, whole]), rest.left),
            _of(scene, name, (off, ["max", 0, whole]), rest.base),
        )
    if rule.percent is not None:
        off = [["min", rest, percent_of(base, scene.term("percent"))] for rest, base in left.values()]
    else:
        rests = [rest for rest, _ in left.values()]
        off = _spread(["min", plus(rests), times(scene.price("amount"), share_of(scene, rule.proration))], rests)
    return {part: lump_of(less(NOTHING, step)) for part, step in zip(left, off, strict=True)}


def _of(scene: RuleScene, name: str, steps: Sequence[Step], value: Decimal) -> Step:
    """What is left of a charge: after the discounts before, or before them."""
    step = next((step for step in steps if scene.book.comes_to(step, value)), None)
    return scene.book.proven(step, value, f"what other reductions leave of {name}")


def _spread(whole: Step, over: Sequence[Step]) -> list[Step]:
    """Divide in proportion; the first has what the quotients of the others leave."""
    base = plus(over)
    others: list[Step] = [["div", ["mul", whole, own], base] for own in over[1:]]
    return [less(whole, *others), *others]


def drawdown(scene: RuleScene) -> WrittenLines:
    """What is drawn of what was paid before, charge by charge, and at the end given back."""
    usage, lines = scene.usage, dict[int, tuple[Step, Step]]()
    left = scene.carried("left") if usage.opening else scene.term("amount")
    rest = left
    for at, name in enumerate(usage.amounts):
        line = next((line for line in scene.lines if line.part == at and line.of == name), None)
        if line is not None:
            drawn = scene.book.proven(
                ["min", rest, ["max", 0, scene.amounts.get(name, NOTHING)]], -line.amount, f"what is drawn for {name}"
            )
            lines[at], rest = lump_of(less(NOTHING, drawn)), less(rest, drawn)
    return {**lines, GIVEN_BACK: lump_of(less(NOTHING, rest))}
