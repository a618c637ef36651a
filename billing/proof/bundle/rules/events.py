"""Rules over events: services given, amounts of which a percentage is paid, failures that are deducted."""

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, less, percent_of, settle
from contracts.pricing.tiers import FLAT


def service_events(scene: RuleScene) -> WrittenLines:
    """Of each service what is covered, and what is charged."""
    rule, usage, lines = scene.rule, scene.usage, dict[int, tuple[Step, Step]]()
    before = usage.carried(rule.per).get("given", {})
    for at, terms in enumerate(rule.coverage):
        many = scene.uses.labelled({"service": terms.service})
        free: Step = many
        if terms.covered is not None:
            earlier = scene.carried("given", terms.service) if terms.service in before else NOTHING
            free = ["min", many, ["max", 0, less(scene.term("coverage", at, "covered"), earlier)]]
        lines[2 * at] = free, NOTHING
        lines[2 * at + 1] = less(many, free), scene.price("coverage", at, "unit_price")
    return lines


def percentage(scene: RuleScene) -> WrittenLines:
    """A percentage of a sum by tiers; one of each event by itself is stated."""
    rule, usage = scene.rule, scene.usage
    if rule._is_by_event or usage.earlier:  # noqa: SLF001 as the rule tells it
        return {}
    total, floor, lines = settle(scene.use), NOTHING, dict[int, tuple[Step, Step]]()
    last = rule.tiers[-1].up_to
    within = total if last is None else ["min", total, scene.term("tiers", len(rule.tiers) - 1, "up_to")]
    for at, tier in enumerate(rule.tiers):
        ceiling = within if tier.up_to is None else ["min", within, scene.term("tiers", at, "up_to")]
        lines[FLAT + at] = 1, scene.price("tiers", at, "flat_fee")
        own = percent_of(["max", 0, less(ceiling, floor)], scene.term("tiers", at, "percent"))
        lines[at], floor = lump_of(own), scene.term("tiers", at, "up_to")
    return lines


def deduction(scene: RuleScene) -> WrittenLines:
    """Of each zone its events by weight, at most what is left; repeated failures are stated."""
    rule, usage = scene.rule, scene.usage
    if rule.repeated is not None or usage.earlier:
        return {}
    left = scene.price("unitary_charge" if rule.at_most is None else "at_most")
    lines = dict[int, tuple[Step, Step]]()
    for at, zone in enumerate(sorted(rule.zones)):
        categories = {part.labels["category"] for part in usage.parts if part.labels.get("zone") == zone}
        if not categories:
            continue
        weights: list[Step] = [
            ["mul", scene.uses.labelled({"zone": zone, "category": name}), scene.term("zones", zone),
             scene.term("categories", name)]
            for name in sorted(categories)
        ]  # fmt: skip
        weight: Step = ["add", *weights, 0]
        asked = ["div", ["mul", scene.price("unitary_charge"), weight], scene.term("operating_periods")]
        off = ["min", left, asked]
        lines[at], left = lump_of(less(NOTHING, off)), less(left, off)
    return lines
