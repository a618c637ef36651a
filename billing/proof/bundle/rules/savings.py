"""Rules of energy performance contracts: a saving against a fitted baseline is stated, what is paid for it proven."""

from billing.proof.bundle.scene import RuleScene, WrittenLines, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, at_places, less, look, percent_of, plus, settle
from contracts.savings_pricing.savings_share import Losses
from contracts.savings_pricing.valuation import ALL, AtPrices, BandPrice, parts_of
from quantities.number import plain

_SETTLEMENT = 90


def savings_share(scene: RuleScene) -> WrittenLines:
    """The share of the value of a saving, or what is billed on account of it; of a contract with one tranche."""
    rule, usage = scene.rule, scene.usage
    year = usage.contract_year - 1
    lines: dict[int, tuple[Step, Step]] = {}
    if rule.on_account is not None:
        at = min(year, len(rule.on_account.amount) - 1)
        lines[0] = lump_of(scene.term("on_account", "amount", at))
    if len(rule.tranches) > 1 or rule.until_repaid is not None:
        return lines
    percent = scene.term("tranches", 0, "percent", min(year, len(rule.tranches[0].percent) - 1))
    share = percent_of(_worth(scene), percent)
    if rule.on_account is None:
        return {0: lump_of(share)}
    within = usage.carried(rule.per, usage.opening.get("within", {}))
    verified, billed = (scene.carried("within", name) if name in within else NOTHING for name in ("verified", "billed"))
    so_far: Step = settle(plus((verified, share)))
    if rule.at_most is not None:
        so_far = ["min", so_far, scene.price("at_most")]
    return {**lines, _SETTLEMENT: lump_of(less(so_far, settle(plus((billed, lines[0][1])))))}


def _worth(scene: RuleScene) -> Step:
    """The value of the saving, after the losses that the contract carries."""
    rule, usage = scene.rule, scene.usage
    if not isinstance(rule.valuation, AtPrices):
        shares = rule._shares(usage)  # noqa: SLF001 as the rule values it
        return ["stated", plain(shares.worth), "the bill that the saving avoids, by its baseline"]
    amounts: list[Step] = []
    for band, month, quantity in parts_of(usage, rule.valuation.unit):
        saved = ["stated", plain(quantity), f"the saving of {month} in band {band}, against its baseline"]
        key = band if band in rule.valuation.bands else ALL
        price = _price(scene, rule.valuation.bands[key], key, month)
        amounts.append(at_places(["mul", saved, price], rule.valuation.places, "half_up"))
    worth = ["add", *amounts, 0]
    if rule.losses is Losses.CREDITED:
        return worth
    losses = scene.carried("losses") if rule.losses is Losses.CARRIED and "losses" in usage.opening else NOTHING
    return ["max", 0, less(worth, losses)]


def _price(scene: RuleScene, price: BandPrice, band: str, month: str) -> Step:
    """The price of a band in a month: agreed or published, without its tax, within its bounds."""
    path = ("valuation", "bands", band)
    step: Step = NOTHING
    if price.series is not None:
        step = look("tables.json", "index", f"{price.series} {month}")
    elif price.price is not None:
        step = scene.price(*path, "price")
    if price.tax_percent and step != 0:
        step = ["ratio", ["mul", step, 100], plus((100, scene.term(*path, "tax_percent")))]
    if price.base is not None:
        base = scene.price(*path, "base", "price")
        for _ in range(scene.usage.contract_year - 1):
            base = percent_of(base, plus((100, scene.term(*path, "base", "percent"))))
        step = base if step == 0 else ["max", base, step]
    step = step if price.floor is None else ["max", step, scene.term(*path, "floor")]
    return step if price.ceiling is None else ["min", step, scene.term(*path, "ceiling")]


def savings_guarantee(scene: RuleScene) -> WrittenLines:
    """What is paid for a saving that is short of what was promised; the saving of the window is stated."""
    rule, usage = scene.rule, scene.usage
    if rule.cumulative or rule.price is None or rule.valuation is not None or not scene.lines:
        return {}
    window = usage.window(rule.per)
    if window.days != window.days_of_whole:
        return {}
    saved, _ = rule._saved(usage)  # noqa: SLF001 as the rule counts it
    surplus = scene.carried("surplus") if "surplus" in usage.opening else NOTHING
    counted = plus((["stated", plain(saved), "the saving of the window, against its baseline"], surplus))
    promised = scene.term("guaranteed", min(usage.contract_year, len(rule.guaranteed)) - 1)
    return {0: lump_of(less(NOTHING, ["mul", ["max", 0, less(promised, counted)], scene.price("price")]))}


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
