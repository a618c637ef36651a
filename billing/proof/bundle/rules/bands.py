"""Rules over the parts of a use: bands of the clock, dimensions, the highest demand."""

from dataclasses import replace
from datetime import date

from billing.proof.bundle.rules.fees import share_of
from billing.proof.bundle.scene import RuleScene, WrittenLines
from billing.proof.bundle.step_book import Step, at_places, percent_of, plus, settle, times
from contracts.by_day import billed_days
from contracts.pricing.demand import Peak
from contracts.proration import SHARE_PLACES, share
from contracts.schedule import BillingPeriod


def time_of_use(scene: RuleScene) -> WrittenLines:
    """Of each band what was used in it, at its price."""
    factor = scene.uses.factors.step(scene.usage.unit, scene.rule.unit)
    return {
        at: (settle(times(scene.uses.labelled({"band": band}), factor)), scene.price("unit_prices", band))
        for at, band in enumerate(scene.rule.calendar.names)
    }


def matrix(scene: RuleScene) -> WrittenLines:
    """Of each entry the sum of the parts that it covers."""
    rule, usage, lines = scene.rule, scene.usage, dict[int, tuple[Step, Step]]()
    factor = scene.uses.factors.step(usage.unit, rule.unit)
    for line in scene.lines:
        own: dict[tuple[tuple[str, str], ...], Step] = {}
        for part in usage.parts:
            if part.quantity and rule._entry(part) == line.part:  # noqa: SLF001 as the rule chooses it
                own.setdefault(tuple(sorted(part.labels.items())), scene.uses.labelled(part.labels))
        is_other = line.part == len(rule.entries)
        price = scene.price("otherwise") if is_other else scene.price("entries", line.part, "unit_price")
        step = plus(own.values()) if usage.parts else scene.use
        lines[line.part] = settle(times(step, factor)), price
    return lines


def demand(scene: RuleScene) -> WrittenLines:
    """The highest demand, or what a minimum, a ratchet or the year before has as more; by days where it is a share."""
    rule, usage = scene.rule, scene.usage
    if rule.peak not in (Peak.OWN, Peak.YEAR):
        return _of_each_window(scene)
    if rule.power_factor is not None or usage.earlier:
        return {}
    if rule.band is None:
        measured = settle(scene.use)
    else:
        bands = [step for step, labels in scene.uses.each() if labels.get("band") == rule.band]
        measured = settle(times(["max", *bands, 0], scene.uses.factors.step(usage.unit, rule.unit)))
    candidates: list[Step] = [measured, scene.term("minimum")]
    if rule.ratchet is not None and (peaks := rule._peaks(usage)[0][-rule.ratchet.periods :]):  # noqa: SLF001 its own
        known = len(usage.opening.get("peaks", ()))
        earlier = [settle(scene.carried("peaks", at)) for at in range(known - len(peaks), known)]
        candidates.append(percent_of(["max", *earlier, 0], scene.term("ratchet", "percent")))
    if rule.peak is Peak.YEAR and "peak" in usage.carried(rule.windows[0]):
        candidates.append(settle(scene.carried("peak")))
    return {0: (["max", *candidates], times(scene.price("unit_price"), share_of(scene, rule.proration)))}


def _of_each_window(scene: RuleScene) -> WrittenLines:
    """The highest demand of each day, week or month, at least the minimum; by days where it is a share."""
    rule, usage = scene.rule, scene.usage
    factor, of_day = scene.uses.factors.step(usage.unit, rule.unit), dict[str, list[Step]]()
    for step, labels in scene.uses.each():
        if rule.band in (None, labels.get("band")):
            of_day.setdefault(labels["day"], []).append(step)
    windows: dict[BillingPeriod, list[date]] = {}
    for day in billed_days(usage):
        windows.setdefault(rule._window_of(usage, day), []).append(day)  # noqa: SLF001 as the rule divides them
    quantities: list[Step] = []
    for window, days in windows.items():
        peaks = [step for day in days for step in of_day.get(str(day), ())]
        peak: Step = ["max", settle(times(["max", *peaks, 0], factor)), scene.term("minimum")]
        counted = replace(window, paused=window.days_of_whole - len(days))
        part: Step = 1
        if share(counted, rule.proration) != 1:
            whole = ["days", str(window.whole_first), str(window.whole_after_last)]
            part = at_places(["ratio", len(days), whole], SHARE_PLACES, "half_even")
        quantities.append(times(peak, part))
    return {0: (plus(quantities), scene.price("unit_price"))}
