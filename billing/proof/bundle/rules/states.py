"""Rules over the time of a machine's states: damages for downtime, availability, lost yield."""

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, at_places, less, percent_of, plus, settle, times
from contracts.pricing.availability import BonusUnit
from contracts.pricing.downtime import HOURS, Excused
from contracts.pricing.malus import Linear, PartOfStep
from contracts.proration import window_share
from quantities.quantity import unit


def _hours(scene: RuleScene) -> tuple[Step, Step]:
    """The time in which a machine was down, and the time in which its state is known; both in hours."""
    terms, counted_in = scene.rule.downtime, scene.uses.unit("states")
    down: list[Step] = []
    known: list[Step] = []
    for state, cause, lasted in scene.uses.states("states"):
        if state not in terms.states:
            known.append(lasted)
        elif cause not in terms.excused:
            down.append(lasted)
            known.append(lasted)
        elif terms.excused_as is not Excused.LEFT_OUT:
            known.append(lasted)
    kind = unit(counted_in).kind
    factor = scene.uses.factors.step(counted_in, HOURS[kind]) if kind in HOURS else 1
    return times(plus(down), factor), times(plus(known), factor)


def _so_far(scene: RuleScene, name: str, step: Step) -> Step:
    return plus((scene.carried(name) if name in scene.usage.carried(scene.rule.per) else NOTHING, step))


def downtime_damages(scene: RuleScene) -> WrittenLines:
    """What the downtime beyond the allowance costs so far, less what it cost before."""
    rule, usage = scene.rule, scene.usage
    if rule.arithmetic == 1:
        return {}
    before = _so_far(scene, "hours", NOTHING)
    window = usage.window(rule.per)
    share = 1
    if window_share(window, rule.proration, rule.arithmetic) != 1:
        share = scene.share(window, rule.proration)
    allowed = times(times(scene.term("allowed_days"), share), scene.term("hours_a_day"))

    def owed(hours: Step) -> Step:
        a_day = scene.price("a_day")
        for at in range(len(rule.factors)):
            a_day = times(a_day, scene.term("factors", at))
        whole = ["mul", ["max", 0, less(hours, allowed)], a_day]
        amount = ["ratio", whole, ["mul", scene.term("divisor"), scene.term("hours_a_day")]]
        return amount if rule.at_most is None else ["min", amount, scene.price("at_most")]

    so_far = plus((before, _hours(scene)[0]))
    return {0: lump_of(less(NOTHING, settle(less(owed(so_far), owed(before)))))}


def _reached(scene: RuleScene) -> Step:
    down, known = (
        settle(_so_far(scene, name, step)) for name, step in zip(("down", "known"), _hours(scene), strict=True)
    )
    return at_places(["div", ["mul", less(known, down), 100], known], scene.rule.downtime.places, "half_up")


def lost_yield(scene: RuleScene) -> WrittenLines:
    """What the machine would have made at the guaranteed availability, less what it made."""
    made = settle(_so_far(scene, "made", scene.use))
    baseline = ["div", ["mul", made, scene.term("guarantee")], _reached(scene)]
    return {0: (less(baseline, made), less(NOTHING, scene.price("unit_price")))}


def availability(scene: RuleScene) -> WrittenLines:
    """What is taken off below the guarantee, and added above it."""
    rule, reached = scene.rule, _reached(scene)
    lines: dict[int, tuple[Step, Step]] = {}
    if rule.malus is not None:
        percent = _malus(scene, reached)
        if rule.at_most_percent is not None:
            percent = ["min", percent, scene.term("at_most_percent")]
        base = settle(_so_far(scene, "amount", plus(scene.amounts.values())))
        lines[0] = lump_of(less(NOTHING, percent_of(base, percent)))
    if rule.bonus is not None:
        points = less(reached, scene.term("bonus", "above"))
        many = points if rule.bonus.per is BonusUnit.POINT else ["div", points, 100]
        extra = ["mul", scene.price("bonus", "amount"), many]
        lines[1] = lump_of(extra if rule.bonus.at_most is None else ["min", extra, scene.price("bonus", "at_most")])
    return lines


def _malus(scene: RuleScene, reached: Step) -> Step:
    """The percent that is taken off at an availability."""
    malus = scene.rule.malus
    if isinstance(malus, Linear):
        below = ["max", 0, less(scene.term("malus", "guarantee"), reached)]
        off: Step = ["min", 100, ["mul", scene.term("malus", "factor"), below]]
        if malus.nothing_below is None:
            return off
        options = [off, 100]  # below the bound everything is taken off
        return ["chosen", less(NOTHING, reached), [less(NOTHING, scene.term("malus", "nothing_below"))], options]
    parts: list[Step] = []
    for at in range(len(malus.bands)):
        floor = scene.term("malus", "bands", at + 1, "below") if at + 1 < len(malus.bands) else NOTHING
        points = ["max", 0, less(scene.term("malus", "bands", at, "below"), ["max", floor, reached])]
        steps: Step = ["div", points, scene.term("malus", "step")]
        if malus.part_of_step is not PartOfStep.PART:
            rule = "ceiling" if malus.part_of_step is PartOfStep.FULL else "floor"
            steps = at_places(["ratio", points, scene.term("malus", "step")], 0, rule)
        parts.append(["mul", steps, scene.term("malus", "bands", at, "percent")])
    return ["min", 100, plus(parts)]
