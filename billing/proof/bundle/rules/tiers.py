"""Rules with a price that depends on the quantity, over a period or a longer window: cost so far, less cost before."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from billing.proof.bundle.scene import RuleScene, WrittenLines, amount_of, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, at_places, less, plus, settle, times
from contracts.by_day import EachDay, billed_days, parts_by_day
from contracts.clause import Priced
from contracts.groups import by_groups, first_numbers, group_name
from contracts.pricing.tiers import FLAT
from contracts.rated_line import RatedLine
from contracts.rated_usage import exactly
from quantities.conversion import conversion
from quantities.exact import Exact, rounded, scaled, total

_CEILING = {"up": "ceiling", "down": "floor", "half_up": "half_up"}


def priced(scene: RuleScene) -> WrittenLines:
    """Write the lines of a rule over a quantity; where the window began before, the difference of two ratings."""
    rule = scene.rule
    if rule.each_day is not None:
        return _by_day(scene)
    if rule.by:
        return _by_group(scene)
    used, before = exactly(scene.usage, rule.unit), rule._before(scene.usage)  # noqa: SLF001 as the rule reads it
    if getattr(rule, "tier_unit", None) is not None:
        return _chosen_beside(scene, used)
    if before is None:
        return _price(scene, settle(scene.use), rounded(used))
    was = scene.carried("used")
    return _difference(scene, (settle(plus((was, scene.use))), rounded(total((before, used)))), (settle(was), before))


def _by_group(scene: RuleScene) -> WrittenLines:
    """Each group by itself, as ``contracts/clause.py`` numbers them."""
    rule, usage, lines = scene.rule, scene.usage, dict[int, tuple[Step, Step]]()
    used, before = by_groups(usage, rule.by, rule.unit), rule._groups_before(usage)  # noqa: SLF001 as the rule reads it
    labels = {group_name(part.labels, rule.by): part.labels for part in usage.parts}
    factor = scene.uses.factors.step(usage.unit, rule.unit)
    for group, first in first_numbers({*used, *before}).items():
        if group not in used:
            continue
        step = times(scene.uses.labelled(dict(labels.get(group, {}))), factor)
        if group in before:
            was, now = scene.carried("used", group), total((before[group], used[group]))
            both = (settle(plus((was, step))), rounded(now)), (settle(was), rounded(before[group]))
            written = _difference(scene, *both)
        else:
            written = _price(scene, settle(step), rounded(used[group]))
        lines |= {first + part: line for part, line in written.items()}
    return lines


def _by_day(scene: RuleScene) -> WrittenLines:
    """Each day by itself, as a share of the period or in full, as ``contracts/by_day.py`` adds them up."""
    rule, usage = scene.rule, scene.usage
    by_day, whole = parts_by_day(usage), usage.period.days_of_whole if rule.each_day is EachDay.SHARE else 1
    factor, of_part = scene.uses.factors.step(usage.unit, rule.unit), dict[int, list[tuple[Step, Step, RatedLine]]]()
    for day in billed_days(usage):
        used = total(part.exactly for part in by_day.get(day, ()))
        quantity = rounded(scaled(used, conversion(usage.unit, rule.unit)))
        step = settle(times(scene.uses.labelled({"day": str(day)}), factor))
        written = _price(scene, step, quantity)
        for line in rule.price(quantity):
            of_part.setdefault(line.part, []).append((*written[line.part], line))
    lines = dict[int, tuple[Step, Step]]()
    for part, days in of_part.items():
        if any(line.unit_price != days[-1][2].unit_price for *_, line in days):
            amount = plus(amount_of(quantity, price) for quantity, price, _ in days)
            lines[part] = lump_of(["div", amount, whole])
        else:
            lines[part] = ["div", plus(quantity for quantity, *_ in days), whole], days[-1][1]
    return lines


def _chosen_beside(scene: RuleScene, used: Exact) -> WrittenLines:
    """Volume of which another use chooses the tier; over a longer window it is stated."""
    rule, usage = scene.rule, scene.usage
    chooser = scene.uses.whole("tier")
    if usage.carried(rule.per) or chooser is None:
        return {}
    reaches = settle(times(chooser[0], scene.uses.factors.step(chooser[1], rule.tier_unit)))
    chosen = rounded(exactly(usage.auxiliary_usage["tier"], rule.tier_unit))
    at = next((at for at, tier in enumerate(rule.tiers) if tier.up_to is None or chosen <= tier.up_to), None)
    if at is None:
        return {}
    price = _chosen(scene, reaches, "tiers", "unit_price")
    return {**_flat(scene, at), at: _tier(scene, at, (settle(scene.use), rounded(used)), price)}


def _difference(scene: RuleScene, now: tuple[Step, Decimal], was: tuple[Step, Exact]) -> WrittenLines:
    """Subtract two ratings, part by part, as ``contracts/rated_line.py`` does."""
    rule: Priced = scene.rule
    before = rounded(was[1])
    current, previous = rule.price(now[1]), {line.part: line for line in rule.price(before)}
    steps, earlier, lines = _price(scene, *now), _price(scene, was[0], before), dict[int, tuple[Step, Step]]()
    for line in current:
        part, old = line.part, previous.pop(line.part, None)
        if old is None:
            lines[part] = steps[part]
        elif old.unit_price == line.unit_price:
            lines[part] = less(steps[part][0], earlier[part][0]), steps[part][1]
        else:
            lines[part] = lump_of(less(amount_of(*steps[part]), amount_of(*earlier[part])))
    for part in previous:
        lines[part] = less(NOTHING, earlier[part][0]), earlier[part][1]
    return lines


def _price(scene: RuleScene, step: Step, quantity: Decimal) -> WrittenLines:
    """Price a quantity in the unit of the rule."""
    return _PRICES[scene.rule.kind](scene, step, quantity)


def _per_unit(scene: RuleScene, step: Step, _: Decimal) -> WrittenLines:
    rule = scene.rule
    if rule.units != 1 or rule.places is not None:
        step = ["div", step, scene.term("units")]
        step = step if rule.places is None else at_places(step, rule.places, "half_up")
    return {0: (step, scene.price("unit_price"))}


def _bounds(terms: Sequence[Any]) -> list[Decimal | None]:
    return [tier.up_to for tier in terms]


def _within(scene: RuleScene, field: str, step: Step, bounds: Sequence[Decimal | None]) -> Step:
    """What of a quantity is priced: above the last tier it is free, or refused."""
    return step if bounds[-1] is None else ["min", step, scene.term(field, len(bounds) - 1, "up_to")]


def _tier(scene: RuleScene, at: int, used: tuple[Step, Decimal], price: Step) -> tuple[Step, Step]:
    """The line of what falls in a tier: in begun blocks, and at most a cap."""
    tier, many, quantity = scene.rule.tiers[at], used[0], used[1]
    if tier.block is not None:
        many = at_places(["ratio", many, scene.term("tiers", at, "block")], 0, "ceiling")
    if tier.amount_cap is not None:
        line = tier.lines(at, quantity, scene.rule.unit, "")[-1]
        if line.unit_price == tier.amount_cap and line.quantity == 1:
            return lump_of(["min", scene.price("tiers", at, "amount_cap"), amount_of(many, price)])
    return many, price


def _flat(scene: RuleScene, at: int) -> WrittenLines:
    has_fee = bool(scene.rule.tiers[at].flat_fee)
    return {FLAT + at: (1, scene.price("tiers", at, "flat_fee"))} if has_fee else {}


def _free_above(scene: RuleScene, step: Step, bounds: Sequence[Decimal | None]) -> WrittenLines:
    last = len(bounds) - 1
    return {} if bounds[-1] is None else {last + 1: (less(step, scene.term("tiers", last, "up_to")), NOTHING)}


def _graduated(scene: RuleScene, step: Step, quantity: Decimal) -> WrittenLines:
    bounds, floor, at_floor = _bounds(scene.rule.tiers), NOTHING, Decimal(0)
    within, lines = _within(scene, "tiers", step, bounds), dict[int, tuple[Step, Step]]()
    for at, bound in enumerate(bounds):
        ceiling = within if bound is None else ["min", within, scene.term("tiers", at, "up_to")]
        lines |= _flat(scene, at)
        own = ["max", 0, less(ceiling, floor)]
        many = max(Decimal(0), min(quantity, quantity if bound is None else bound) - at_floor)
        lines[at] = _tier(scene, at, (own, many), scene.price("tiers", at, "unit_price"))
        floor, at_floor = scene.term("tiers", at, "up_to"), bound or Decimal(0)
    return {**lines, **_free_above(scene, step, bounds)}


def _chosen(scene: RuleScene, reaches: Step, field: str, price: str) -> Step:
    """The price of the tier that a quantity reaches."""
    terms = getattr(scene.rule, field)
    known = [at for at, tier in enumerate(terms) if tier.up_to is not None]
    options = [scene.price(field, at, price) for at in range(len(terms))]
    return ["chosen", reaches, [scene.term(field, at, "up_to") for at in known], [*options, options[-1]]]


def _volume(scene: RuleScene, step: Step, quantity: Decimal) -> WrittenLines:
    bounds = _bounds(scene.rule.tiers)
    within = _within(scene, "tiers", step, bounds)
    many = quantity if bounds[-1] is None else min(quantity, bounds[-1])
    at = next(at for at, bound in enumerate(bounds) if bound is None or many <= bound)
    price = _chosen(scene, within, "tiers", "unit_price")
    return {**_flat(scene, at), at: _tier(scene, at, (within, many), price), **_free_above(scene, step, bounds)}


def _stairstep(scene: RuleScene, step: Step, quantity: Decimal) -> WrittenLines:
    bounds = _bounds(scene.rule.steps)
    at = next((at for at, bound in enumerate(bounds) if bound is None or quantity <= bound), len(bounds) - 1)
    return {at: (1, _chosen(scene, _within(scene, "steps", step, bounds), "steps", "amount"))}


def _package(scene: RuleScene, step: Step, _: Decimal) -> WrittenLines:
    rule, free, size = scene.rule, scene.term("free_units"), scene.term("size")
    mode = _CEILING[rule.begun.value]
    if rule.round_first:
        whole = at_places(["ratio", step, size], 0, mode)
        return {0: (["max", 0, less(whole, ["div", free, size])], scene.price("package_price"))}
    packages = at_places(["ratio", ["max", 0, less(step, free)], size], 0, mode)
    return {0: (packages, scene.price("package_price"))}


def _shift(scene: RuleScene, step: Step, _: Decimal) -> WrittenLines:
    within = _within(scene, "steps", step, _bounds(scene.rule.steps))
    return {0: (_chosen(scene, within, "steps", "factor"), scene.price("fee"))}


def _overtime(scene: RuleScene, step: Step, _: Decimal) -> WrittenLines:
    rule = scene.rule
    rate = ["div", ["mul", scene.price("fee"), scene.term("factor")], scene.term("fee_is_for")]
    rate = rate if rule.rate_places is None else at_places(rate, rule.rate_places, "half_up")
    included = scene.term("fee_is_for" if rule.included is None else "included")
    return {0: (["max", 0, less(step, included)], rate)}


_PRICES: Mapping[str, Callable[[RuleScene, Step, Decimal], WrittenLines]] = {
    "graduated": _graduated,
    "overtime": _overtime,
    "package": _package,
    "per_unit": _per_unit,
    "shift": _shift,
    "stairstep": _stairstep,
    "volume": _volume,
}
