"""Rules by the age of a machine, its wear, or days of the contract."""

from billing.proof.bundle.scene import RuleScene, WrittenLines, days_between, lump_of
from billing.proof.bundle.step_book import Step, percent_of, settle
from contracts.pricing.buy_out import residual
from contracts.pricing.completed_months import months_between
from quantities.exact import exact_number


def age(scene: RuleScene) -> WrittenLines:
    """The use at the price of the band of age; the months in service follow from two days of the contract."""
    rule = scene.rule
    months = months_between(rule.in_service, scene.usage.first_of_period, rule.arithmetic)
    bands = enumerate(rule.bands)
    at = next(at for at, band in bands if band.up_to_months is None or months < band.up_to_months)
    return {0: (settle(scene.use), scene.price("bands", at, "unit_price"))}


def severity(scene: RuleScene) -> WrittenLines:
    """The use at the price times the factor of the ratio of hours to cycles that the window before has reached."""
    rule, usage = scene.rule, scene.usage
    known = usage.opening.get("ratio")
    reached = rule.agreed_ratio if known is None else exact_number(known)
    ratio = scene.term("agreed_ratio") if known is None else scene.carried("ratio")
    at = max(at for at, step in enumerate(rule.table) if reached >= step.from_ratio)
    if not scene.book.comes_to(ratio, reached):
        return {}
    return {0: (settle(scene.use), ["mul", scene.price("unit_price"), scene.term("table", at, "factor")])}


def holdover(scene: RuleScene) -> WrittenLines:
    """The days that it was kept, each at a percentage of the day rate."""
    rule, usage = scene.rule, scene.usage
    kept = usage.period.meet(rule.term_ends, rule.returned)
    if kept is None:
        return {}
    paused = usage.life.paused if rule.arithmetic > 1 else ()
    days: Step = days_between(kept.first, kept.after_last, paused)
    return {0: (days, percent_of(scene.price("day_rate"), scene.term("percent")))}


def buy_out(scene: RuleScene) -> WrittenLines:
    """The residual value after the months that the contract has lasted."""
    rule = scene.rule
    months = months_between(scene.usage.life.starts, rule.on, rule.arithmetic)
    entry = residual(rule.schedule, months)
    return {} if entry is None else {0: lump_of(scene.price("schedule", rule.schedule.index(entry), "amount"))}


def early_exit(scene: RuleScene) -> WrittenLines:
    """What is not written off, and the lost profit of the months that are missing."""
    rule, lines = scene.rule, dict[int, tuple[Step, Step]]()
    entry = residual(rule.unamortised, months_between(scene.usage.life.starts, rule.exits, rule.arithmetic))
    if entry is not None:
        lines[0] = lump_of(scene.price("unamortised", rule.unamortised.index(entry), "amount"))
    missing: Step = months_between(rule.exits, rule.term_ends, rule.arithmetic)
    if rule.months_at_most is not None:
        missing = ["min", missing, scene.term("months_at_most")]
    return {**lines, 1: (missing, scene.price("lost_profit_a_month"))}
