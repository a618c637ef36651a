"""Rules of energy performance contracts: a saving against a fitted baseline is stated, the share of it proven."""

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import Step, at_places, percent_of, plus
from quantities.exact import exact_text


def savings_share(scene: RuleScene) -> WrittenLines:
    """The share of the value of a saving, of a contract with one tranche."""
    rule, usage = scene.rule, scene.usage
    if len(rule.tranches) > 1 or rule.until_repaid is not None or rule.on_account is not None:
        return {}
    worth: Step = [
        "stated",
        exact_text(rule._shares(usage).worth),  # noqa: SLF001 as the rule values it
        "the saving against its baseline, with the value that the contract gives it",
    ]
    year = min(usage.contract_year, len(rule.tranches[0].percent)) - 1
    return {0: lump_of(percent_of(worth, scene.term("tranches", 0, "percent", year)))}


def lease_rent(scene: RuleScene) -> WrittenLines:
    """The rent of an annuity; the last one is what is left, with its interest."""
    rule, opening = scene.rule, scene.usage.opening
    whole = ["mul", 100, scene.term("periods_a_year")]
    rate: Step = ["ratio", scene.term("percent_a_year"), whole]
    if int(opening.get("billed", "0")) + 1 == rule.instalments:
        balance = scene.carried("balance") if "balance" in opening else scene.term("financed")
        return {0: lump_of(plus((balance, at_places(["mul", balance, rate], rule.places, "half_up"))))}
    if rule.arithmetic > 1 and "rent" in opening:
        return {0: lump_of(scene.carried("rent"))}
    growth: Step = ["annuity", scene.term("financed"), rate, scene.term("instalments")]
    return {0: lump_of(at_places(growth, rule.places, "half_up"))}
