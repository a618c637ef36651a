"""The lines of a charge that is billed on account: the instalment, or what is settled when the window ends."""

from billing.proof.bundle.rules.fees import share_of
from billing.proof.bundle.scene import RuleScene, WrittenLines, amount_of, lump_of
from billing.proof.bundle.step_book import NOTHING, Step, at_places, less, look, plus, times
from contracts.instalments import INSTALMENT, LESS
from contracts.proration import Proration
from contracts.rated_line import RatedLine
from quantities.money import exponent

_SETTLED_PLACES = 10


def on_account(scene: RuleScene, written: WrittenLines) -> WrittenLines:
    """Write the lines that instalments make of those of the rule.

    Args:
        scene: a charge with instalments, as it was rated.
        written: the steps of the lines of its rule, by part.

    Returns:
        Of each billed line, by part.
    """
    terms, usage = scene.composed.charge.instalments, scene.usage
    if terms is None:
        return written
    opened = dict(terms.open(scene.composed.carried.get("instalments", {}), usage))
    named = f"instalments/{scene.opened.replace('/', '_')}"
    file = scene.book.put_beside(named, opened) if opened else ""
    lines: dict[int, tuple[Step, Step]] = {}
    for line in scene.composed.lines:
        if line.part == INSTALMENT:
            lines[line.part] = lump_of(_instalment(scene))
        elif line.part == LESS:
            lines[line.part] = lump_of(less(NOTHING, look(file, "billed")))
        else:
            lines[line.part] = _settled(scene, line, written, (file, opened.get("lines", [])))
    return lines


def _instalment(scene: RuleScene) -> Step:
    """The amount that is stated for the period, by its days, rounded."""
    terms, day = scene.composed.charge.instalments, scene.usage.first_of_period
    listed = () if terms is None else terms.amounts
    at = max(at for at, instalment in enumerate(listed) if instalment.is_for(day))
    stated = scene.term_of_charge("instalments", "amounts", at, "amount")
    amount = at_places(times(stated, share_of(scene, Proration.CALENDAR_DAYS)), _SETTLED_PLACES, "half_even")
    return at_places(amount, exponent(scene.contract.currency), scene.contract.settings.rounding.value)


def _settled(
    scene: RuleScene, line: RatedLine, written: WrittenLines, kept: tuple[str, list[dict[str, str]]]
) -> tuple[Step, Step]:
    """What a line of the window came to on the days before, and on these."""
    file, carried = kept
    alike = [
        at
        for at, stored in enumerate(carried)
        if (stored.get("label", ""), stored["unit"]) == (line.label, line.unit)
        and (line.is_lump or scene.book.comes_to(look(file, "lines", at, "unit_price"), line.unit_price))
    ]
    own = [
        of
        for of in scene.lines
        if (of.label, of.unit) == (line.label, line.unit) and (line.is_lump or of.unit_price == line.unit_price)
    ]
    if line.is_lump:
        before = [look(file, "lines", at, "unit_price") for at in alike]
        return lump_of(plus([*before, *(amount_of(*written[of.part]) for of in own)]))
    quantity = plus([*(look(file, "lines", at, "quantity") for at in alike), *(written[of.part][0] for of in own)])
    price = written[own[0].part][1] if own else look(file, "lines", alike[0], "unit_price")
    return quantity, price
