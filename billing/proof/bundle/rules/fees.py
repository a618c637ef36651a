"""Rules that price no quantity: fees by days, amounts on a day, costs passed on."""

from dataclasses import replace
from datetime import timedelta

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import Step, less, plus, settle
from contracts.proration import Proration
from contracts.schedule import BillingPeriod


def share_of(scene: RuleScene, proration: Proration, places: int | None = None) -> Step:
    """The share of its period that billed days are, as ``contracts/proration.py`` has it."""
    usage = scene.usage
    own, before = usage.period, usage.days_before + (0 if usage.division is None else usage.division.days_before)
    if not before or proration is Proration.THIRTY_360:
        return scene.share(own, proration, places)

    def of_days(days: int) -> BillingPeriod:
        return replace(own, first=own.whole_first, after_last=own.whole_first + timedelta(days=days), paused=0)

    so_far, earlier = (scene.share(of_days(days), proration, places) for days in (before + own.days, before))
    return None if so_far is None or earlier is None else less(so_far, earlier)


def fixed_fee(scene: RuleScene) -> WrittenLines:
    """The share of the period, times the fee."""
    return {0: (share_of(scene, scene.rule.proration, scene.rule.share_places), scene.price("amount"))}


def one_off(scene: RuleScene) -> WrittenLines:
    """The amount."""
    return {0: lump_of(scene.price("amount"))}


def pass_through(scene: RuleScene) -> WrittenLines:
    """The cost with its surcharge, at most a bound."""
    amount: Step = ["div", ["mul", settle(scene.use), plus((100, scene.term("markup_percent")))], 100]
    if scene.rule.at_most is not None:
        amount = ["min", amount, scene.price("at_most")]
    return {0: lump_of(amount)}
