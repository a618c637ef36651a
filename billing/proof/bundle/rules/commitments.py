"""Rules over what was promised or paid before: commitments, take or pay, prepaid blocks."""

from datetime import date

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, less, percent_of, plus, settle, times
from contracts.pricing.prepaid import BOUGHT, DRAWN


def commitment(scene: RuleScene) -> WrittenLines:
    """Within the first commitment, above it, and missing to each; by hours and of a capacity they are stated."""
    rule, usage = scene.rule, scene.usage
    first = rule.committed[0]
    if rule.each_hour or first.quantity is None or first.capacity is not None or rule.arithmetic == 1:
        return {}
    used: Step = scene.use
    if rule.band is not None:
        factor = scene.uses.factors.step(usage.unit, rule.unit)
        used = times(scene.uses.labelled({"band": rule.band}), factor)
    bounds = [_bound(scene, at) for at in range(len(rule.committed))]
    before = _carried(scene, 0, "used")
    so_far = plus((before, used))
    within = less(["min", so_far, bounds[0]], ["min", before, bounds[0]])
    price = scene.price("unit_price")
    lines: dict[int, tuple[Step, Step]] = {
        0: (settle(within), price),
        1: (settle(less(used, within)), ["mul", price, scene.term("overage_factor")]),
    }
    made_up: list[Step] = []
    for at, committed in enumerate(rule.committed):
        missing: Step = NOTHING
        if committed.true_up and usage.closes(committed.per):
            counted = plus((_carried(scene, at, "used"), _carried(scene, at, "made_up"), used, *made_up))
            missing = ["max", 0, less(bounds[at], counted)]
        made_up.append(missing)
        lines[2 + at] = settle(missing), price
    return lines


def _bound(scene: RuleScene, at: int) -> Step:
    committed = scene.rule.committed[at]
    share = scene.share(scene.usage.window(committed.per), committed.proration)
    return times(scene.term("committed", at, "quantity"), share)


def _carried(scene: RuleScene, at: int, name: str) -> Step:
    per = scene.rule.committed[at].per
    state = scene.usage.carried(per, scene.usage.opening.get(per.value, {}))
    return scene.carried(per.value, name) if name in state else NOTHING


def take_or_pay(scene: RuleScene) -> WrittenLines:
    """What is taken; at the end of the window what is missing to the obligation, and what is beyond the band."""
    rule, usage = scene.rule, scene.usage
    lines: dict[int, tuple[Step, Step]] = {0: (settle(scene.use), scene.price("unit_price"))}
    if not usage.closes(rule.per) or usage.opening.get("taken") or rule.ramp:
        return lines
    used = plus((scene.carried("used") if "used" in usage.carried(rule.per) else NOTHING, scene.use))
    window = scene.share(usage.window(rule.per), rule.proration)
    annual = ["div", ["mul", scene.term("annual_quantity"), 100, window], 100]
    obligation = percent_of(annual, scene.term("take_percent"))
    lines[1] = settle(["max", 0, less(obligation, used)]), scene.price("unit_price")
    if rule.excess_percent is not None and rule.excess_unit_price is not None:
        beyond = ["max", 0, less(used, percent_of(annual, scene.term("excess_percent")))]
        lines[3] = settle(beyond), less(scene.price("excess_unit_price"), scene.price("unit_price"))
    return lines


def prepaid(scene: RuleScene) -> WrittenLines:
    """What each block covers, what is charged, and what is bought."""
    rule, usage, lines = scene.rule, scene.usage, dict[int, tuple[Step, Step]]()
    for at, block in enumerate(rule.blocks):
        whole = "units" if block.units is not None else "amount"
        lines[BOUGHT + at] = lump_of(scene.price("blocks", at, whole if block.cost is None else "cost"))
    if any(block.units is None for block in rule.blocks):
        return {**lines, 0: (settle(scene.use), scene.price("unit_price"))}
    blocks = [(at, block) for at, block in enumerate(rule.blocks) if rule._usable(block, usage)]  # noqa: SLF001 its own
    blocks.sort(key=lambda placed: (placed[1].priority, placed[1].expires or date.max, placed[1].bought))
    rests, left = usage.opening.get("left", {}), scene.use
    for at, block in blocks:
        rest = scene.carried("left", block.name) if block.name in rests else scene.term("blocks", at, "units")
        drawn = ["min", rest, left]
        lines[DRAWN + at] = settle(drawn), NOTHING
        left = less(left, drawn)
    return {**lines, 0: (settle(left), scene.price("unit_price"))}
