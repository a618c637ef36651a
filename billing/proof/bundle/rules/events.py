"""Rules over events: services given, amounts of which a percentage is paid, failures that are deducted."""

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, less, percent_of, plus, settle
from contracts.pricing.percentage import EVENT_FEES
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
    """A percentage of each event, or of their sum by tiers; and the fee of each event."""
    rule, usage = scene.rule, scene.usage
    if usage.earlier:
        return {}
    if not rule._is_by_event:  # noqa: SLF001 as the rule tells it
        return _by_tiers(scene, settle(scene.use))
    paid = _paid(scene)
    fee: tuple[Step, Step] = ["count", *paid], scene.price("fee_per_event")
    if rule.tiers:
        return {**_by_tiers(scene, plus(paid)), EVENT_FEES: fee}
    shares = [percent_of(amount, scene.term("percent")) for amount in paid]
    shares = shares if rule.minimum is None else [["max", share, scene.price("minimum")] for share in shares]
    shares = shares if rule.maximum is None else [["min", share, scene.price("maximum")] for share in shares]
    return {0: lump_of(["add", *shares, 0]), 1: fee}


def _paid(scene: RuleScene) -> list[Step]:
    """Leave out what is free, until the free events or the free amount are used up."""
    rule, events = scene.rule, scene.uses.events()
    if rule.free_events is None and rule.free_amount is None:
        return [step for _, step in events]
    left_events, left_amount, paid = rule.free_events, rule.free_amount, list[Step]()
    left: Step = scene.price("free_amount") if left_amount is not None else NOTHING
    for amount, step in events:
        is_over = (left_events is not None and left_events <= 0) or (left_amount is not None and left_amount <= 0)
        if is_over:
            paid.append(step)
            continue
        if left_amount is not None and amount > left_amount:
            paid.append(["max", 0, less(step, left)])
        left_events = None if left_events is None else left_events - 1
        left_amount = None if left_amount is None else left_amount - amount
        left = less(left, step)
    return paid


def _by_tiers(scene: RuleScene, total: Step) -> WrittenLines:
    rule, floor, lines = scene.rule, NOTHING, dict[int, tuple[Step, Step]]()
    last = rule.tiers[-1].up_to
    within = total if last is None else ["min", total, scene.term("tiers", len(rule.tiers) - 1, "up_to")]
    for at, tier in enumerate(rule.tiers):
        ceiling = within if tier.up_to is None else ["min", within, scene.term("tiers", at, "up_to")]
        lines[FLAT + at] = 1, scene.price("tiers", at, "flat_fee")
        own = percent_of(["max", 0, less(ceiling, floor)], scene.term("tiers", at, "percent"))
        lines[at], floor = lump_of(own), scene.term("tiers", at, "up_to")
    return lines


def deduction(scene: RuleScene) -> WrittenLines:
    """Of each zone its events by weight, at most what is left; from a number of events on they weigh more."""
    rule, usage = scene.rule, scene.usage
    if usage.earlier:
        return {}
    weights: dict[str, list[Step]] = {}
    for part, (amount, step) in zip(usage.parts, scene.uses.events(), strict=True):
        if part.quantity != amount:
            return {}
        zone, category = part.labels.get("zone", ""), part.labels.get("category", "")
        of_zone = weights.setdefault(zone, [])
        weight: Step = ["mul", step, scene.term("zones", zone), scene.term("categories", category)]
        is_repeated = rule.repeated is not None and len(of_zone) + 1 >= rule.repeated.from_event
        of_zone.append(["mul", weight, scene.term("repeated", "factor")] if is_repeated else weight)
    left, lines = scene.price("unitary_charge" if rule.at_most is None else "at_most"), dict[int, tuple[Step, Step]]()
    for at, zone in enumerate(sorted(rule.zones)):
        if zone in weights:
            whole = ["mul", scene.price("unitary_charge"), ["add", *weights[zone], 0]]
            off = ["min", left, ["div", whole, scene.term("operating_periods")]]
            lines[at], left = lump_of(less(NOTHING, off)), less(left, off)
    return lines
