"""Rules over the parts of a use: bands of the clock, dimensions, the highest demand."""

from billing.proof.bundle.rules.fees import share_of
from billing.proof.bundle.scene import RuleScene, WrittenLines
from billing.proof.bundle.step_book import Step, percent_of, plus, settle, times
from contracts.pricing.demand import Peak


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
    if rule.peak not in (Peak.OWN, Peak.YEAR) or rule.power_factor is not None or usage.earlier:
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
