"""What a saving costs: shares, guarantees, caps, trusteeship fees and lease rents, from docs/savings.md.

A saving's use has parts by `band` and `month` (as in 2026-03); without them it is of one band, `all`, and of the month in
which the stretch begins. It may be below zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.lives.oracle.indexing import CannotRate
from tests.lives.oracle.rules import (
    ZERO,
    Priced,
    RatedLine,
    Stretch,
    Use,
    a_day,
    bounds,
    closes,
    ends_period,
    in_window,
    left_out,
    number,
    period,
    period_first,
    rule_of,
    sums_from,
    total,
)
from tests.lives.oracle.rules import sums as priced_sums
from tests.lives.oracle.units import convert
from tests.lives.oracle.windows import days_between, full_months, half_up


def contract_year(history: Sequence[Stretch], stretch: Stretch) -> int:
    """The number of the contract's year, from 0, in which a billing period begins."""
    return full_months(stretch.starts, period_first(history, stretch)) // 12


def part_of_window(history: Sequence[Stretch], per: str) -> Fraction:
    """What part of its whole window the contract has: by days of its life, without suspensions; exactly."""
    now = history[-1]
    if per == "contract":
        if now.ends is None:
            return Fraction(1)
        first, after_last = now.starts, now.ends
    else:
        first, after_last = bounds(history, now, per)
    begins, ends = max(first, now.starts), after_last if now.ends is None else min(after_last, now.ends)
    if per == "period":
        begins, ends = max(begins, sums_from(history)), min(ends, now.sums_until or ends)
    return Fraction(days_between(begins, ends, left_out(now)), (after_last - first).days)


def by_year(values: Sequence[Any], year: int) -> Fraction:
    return Fraction(values[min(year, len(values) - 1)])


def parts_of(use: Use, stretch: Stretch) -> list[tuple[str, str, Fraction]]:
    """Band, month and quantity of everything that was saved."""
    if not use.parts:
        return [("all", stretch.first.isoformat()[:7], use.quantity or ZERO)]
    return [
        (labels.get("band", "all"), labels.get("month", stretch.first.isoformat()[:7]), quantity)
        for quantity, labels in use.parts
    ]


def price_of(band: Mapping[str, Any], month: str, stretch: Stretch, year: int) -> Fraction:
    """min(max(actual or base, floor), ceiling), without the tax that the actual price has in it."""
    price: Fraction | None = None
    if band.get("price") is not None:
        price = Fraction(band["price"])
    elif band.get("series") is not None:
        price = stretch.index(band["series"], month)
        if price is None:
            raise CannotRate(f"{band['series']} has no value of {month}")
    if price is not None:
        price = price / (1 + number(band, "tax_percent") / 100)
    if band.get("base"):
        base = Fraction(band["base"]["price"]) * (1 + number(band["base"], "percent") / 100) ** year
        price = base if price is None else max(price, base)
    assert price is not None
    if band.get("floor") is not None:
        price = max(price, Fraction(band["floor"]))
    return price if band.get("ceiling") is None else min(price, Fraction(band["ceiling"]))


def value_of(use: Use, valuation: Mapping[str, Any], history: Sequence[Stretch], stretch: Stretch) -> Fraction:
    """The value of a saving: of every band and month rounded as it is printed."""
    if valuation["kind"] != "at_prices":
        raise CannotRate("the difference of two bills needs both profiles")
    bands, places, year = valuation["bands"], int(valuation.get("places", 2)), contract_year(history, stretch)
    total_of = ZERO
    for band, month, quantity in parts_of(use, stretch):
        terms = bands.get(band) or bands.get("all")
        if terms is None:
            raise CannotRate(f"no price of {band}")
        total_of += half_up(
            convert(quantity, use.unit, valuation["unit"]) * price_of(terms, month, stretch, year), places
        )
    return total_of


def energy(use: Use, unit: str) -> Fraction:
    quantities = [quantity for quantity, _ in use.parts] if use.parts else [use.quantity or ZERO]
    return sum((convert(quantity, use.unit, unit) for quantity in quantities), ZERO)


def account(history: Sequence[Stretch]) -> Fraction:
    """What the last stretch bills on account: with the last days of a period, all of it."""
    terms = history[-1].charge["rule"].get("on_account")
    if not terms or not ends_period(history[-1]):
        return ZERO
    return by_year(terms["amount"], contract_year(history, history[-1]))


def on_account_before(history: Sequence[Stretch], start: int) -> list[Fraction]:
    """What each stretch from a place on has billed on account."""
    return [account(history[: end + 1]) for end in range(start, len(history))]


def on_account(history: Sequence[Stretch], start: int, verified: Fraction) -> Priced:
    """An agreed amount in every period, and when the window closes what was verified less these amounts."""
    amounts = on_account_before(history, start)
    priced: Priced = {0: (Fraction(1), amounts[-1])}
    if closes(history, rule_of(history).get("per", "year")):
        priced[90] = (Fraction(1), verified - sum(amounts, ZERO))
    return priced


@dataclass
class ShareSoFar:
    """What the share of a saving has come to before some days.

    Attributes:
        verified: the shares of the window.
        billed: what was billed of it.
        measured: what tranches are ranges of, in the window: energy, or its value.
        losses: to make good first.
        repaid: of an investment, for the shares of the next days.
        invoiced: in all, net and after what reduces the charge.
    """

    verified: Fraction = ZERO
    billed: Fraction = ZERO
    measured: Fraction = ZERO
    losses: Fraction = ZERO
    repaid: Fraction = ZERO
    invoiced: Fraction = ZERO


def savings_share(history: Sequence[Stretch]) -> Priced:
    """Parts: the tranches, or the shares before and after an investment is repaid; 89 to the capped sum; 90 a settlement."""
    per = rule_of(history).get("per", "year")
    so_far, lines = ShareSoFar(), dict[int, tuple[Fraction, Fraction]]()
    for end in range(1, len(history) + 1):
        known, stretch = history[:end], history[end - 1]
        terms = rule_of(known)
        if in_window(known, per) == end - 1:
            so_far.verified = so_far.billed = so_far.measured = ZERO
        shares, own = shares_of(known, terms, so_far)
        so_far.verified += sum_of(shares)
        lines = share_lines(known, terms, per, shares, so_far)
        so_far.billed += sum_of(lines)
        so_far.invoiced += sum_of(lines) + stretch.besides
        if terms.get("until_repaid"):
            is_open = terms.get("on_account") and not closes(known, per)
            investment = number(terms["until_repaid"], "investment")
            so_far.repaid = min(investment, so_far.repaid + own if is_open else so_far.invoiced)
    return lines


def sum_of(lines: Priced) -> Fraction:
    return sum((amount for _, amount in lines.values()), ZERO)


def shares_of(history: Sequence[Stretch], terms: Mapping[str, Any], so_far: ShareSoFar) -> tuple[Priced, Fraction]:
    """The shares of the last days, and which of them repays an investment."""
    stretch = history[-1]
    assert stretch.use is not None
    worth, year = value_of(stretch.use, terms["valuation"], history, stretch), contract_year(history, stretch)
    if terms.get("losses") == "forgiven":
        worth = max(worth, ZERO)
    if terms.get("losses") == "carried":
        worth, so_far.losses = max(worth - so_far.losses, ZERO), max(so_far.losses - worth, ZERO)
    else:
        so_far.losses = ZERO
    if terms.get("until_repaid"):
        percent = by_year(terms["tranches"][0]["percent"], year)
        left = max(ZERO, number(terms["until_repaid"], "investment") - so_far.repaid)
        wanted = worth * percent / 100
        own = min(wanted, left) if worth > 0 else wanted
        rest = worth - own * 100 / percent if own != wanted and percent else worth if own != wanted else ZERO
        later = rest * number(terms["until_repaid"], "percent") / 100
        so_far.measured += energy(stretch.use, terms["unit"])
        return {0: (Fraction(1), own), 1: (Fraction(1), later)}, own
    measured = worth if terms.get("tranches_of") == "value" else energy(stretch.use, terms["unit"])
    shares = by_tranche(terms, year, worth, so_far.measured, so_far.measured + measured)
    so_far.measured += measured
    return shares, ZERO


def share_lines(
    history: Sequence[Stretch], terms: Mapping[str, Any], per: str, shares: Priced, so_far: ShareSoFar
) -> Priced:
    """What is billed: an instalment and a settlement, or the shares and what brings them to the capped sum.

    The sum of all instalments, and the share of the window so far, are capped; what was billed before is taken off.
    """

    def capped(amount: Fraction) -> Fraction:
        return amount if terms.get("at_most") is None else min(amount, Fraction(terms["at_most"]))

    goal = capped(so_far.verified)
    if not terms.get("on_account"):
        return {**shares, 89: (Fraction(1), goal - so_far.billed - sum_of(shares))}
    instalment = capped(so_far.billed + account(history)) - so_far.billed if ends_period(history[-1]) else ZERO
    lines: Priced = {0: (Fraction(1), instalment)}
    if closes(history, per):
        lines[90] = (Fraction(1), goal - so_far.billed - instalment)
    return lines


def by_tranche(rule: Mapping[str, Any], year: int, worth: Fraction, before: Fraction, after: Fraction) -> Priced:
    """Of what a period saved, each tranche has as much of the value as it has of the quantity.

    A value without a quantity is of the tranche that the quantities before have reached.
    """
    tranches = rule["tranches"]
    if len(tranches) == 1:
        return {0: (worth, worth * by_year(tranches[0]["percent"], year) / 100)}
    shares: Priced = {}
    lower = ZERO
    reached = next(
        place for place, one in enumerate(tranches) if one.get("up_to") is None or after <= Fraction(one["up_to"])
    )
    for place, tranche in enumerate(tranches):
        inside = [within(quantity, lower, tranche.get("up_to")) for quantity in (before, after)]
        if after == before:
            part = worth if place == reached else ZERO
        else:
            part = worth * (inside[1] - inside[0]) / (after - before)
        shares[place] = (part, part * by_year(tranche["percent"], year) / 100)
        lower = Fraction(tranche["up_to"]) if tranche.get("up_to") is not None else lower
    return shares


def within(quantity: Fraction, lower: Fraction, upper: Any) -> Fraction:
    """How much of a quantity is in a tranche; one below zero is in the first."""
    if not lower and quantity < 0:
        return quantity
    return max(ZERO, (quantity if upper is None else min(quantity, Fraction(upper))) - lower)


def savings_guarantee(history: Sequence[Stretch]) -> list[RatedLine]:
    """Part 0: compensation (below zero), part 1: bonus, part 2: what repays earlier compensation."""
    rule = rule_of(history)
    per = rule.get("per", "year")
    if not closes(history, per):
        return []
    paid = carried = rewarded = all_saved = all_promised = ZERO
    lines: list[RatedLine] = []
    for end in range(1, len(history) + 1):
        known = history[:end]
        if not closes(known, per):
            continue
        terms = rule_of(known)
        stretches = known[in_window(known, per) :]
        year = contract_year(known, known[-1])
        promised = by_year(terms["guaranteed"], year) * part_of_window(known, per)
        saved = sum((saved_of(known, stretch, terms) for stretch in stretches), ZERO)
        price = number(terms, "price", 1)
        all_saved, all_promised = all_saved + saved, all_promised + promised
        if terms.get("deemed_from") is not None and window_first(known, per) >= a_day(terms["deemed_from"]):
            lines, carried = [], ZERO
            continue
        if terms.get("cumulative") in (True, "true"):
            change = shortfall(terms, all_saved, all_promised) * price - paid
            change = change if terms.get("at_most") is None else min(change, Fraction(terms["at_most"]))
            bonus = max(ZERO, all_saved - all_promised) * price * number(terms, "bonus_percent") / 100 - rewarded
            paid, rewarded = paid + change, rewarded + bonus
            lines = [
                RatedLine(0, -change, "price_reduction" if change > 0 else "consideration"),
                RatedLine(1, bonus, "consideration"),
            ]
            continue
        saved, carried = saved + carried, ZERO
        short = shortfall(terms, saved, promised)
        owed = short * price if terms.get("at_most") is None else min(short * price, Fraction(terms["at_most"]))
        excess = max(ZERO, saved - promised) * price
        bonus = excess * number(terms, "bonus_percent") / 100
        goes = terms.get("excess", "customer")
        back = min(excess - bonus, paid) if goes == "repays" else ZERO
        paid += owed - back
        carried = (excess - bonus) / price if goes == "carried" else ZERO
        lines = [
            RatedLine(0, -owed, "price_reduction"),
            RatedLine(1, bonus, "consideration"),
            RatedLine(2, back, "consideration"),
        ]
    return lines


def saved_of(history: Sequence[Stretch], stretch: Stretch, rule: Mapping[str, Any]) -> Fraction:
    assert stretch.use is not None
    if rule.get("of", "energy") == "value":
        return value_of(stretch.use, stretch.charge["rule"]["valuation"], history, stretch)
    return energy(stretch.use, rule["unit"])


def window_first(history: Sequence[Stretch], per: str) -> date:
    """The first day of the window that the contract has."""
    starts = history[-1].starts
    return starts if per == "contract" else max(starts, bounds(history, history[-1], per)[0])


def shortfall(rule: Mapping[str, Any], saved: Fraction, promised: Fraction) -> Fraction:
    """What is owed for: nothing within the dead band; beyond it all, or what is beyond."""
    edge = promised * (100 - number(rule, "dead_band_percent")) / 100
    if saved >= edge:
        return ZERO
    return (promised if rule.get("dead_band", "gates") == "gates" else edge) - saved


def savings_cap(history: Sequence[Stretch]) -> Priced:
    rule = rule_of(history)
    per = rule.get("per", "year")
    if not closes(history, per):
        return {}
    stretches = history[in_window(history, per) :]
    value = sum(
        (
            value_of(stretch.auxiliary["saving"], stretch.charge["rule"]["valuation"], history, stretch)
            for stretch in stretches
        ),
        ZERO,
    )
    return {0: (Fraction(1), -max(ZERO, total(stretches) - max(ZERO, value)))}


def trusteeship_fee(history: Sequence[Stretch]) -> list[RatedLine]:
    """The fee when its window closes, or amounts on account and their settlement; part 1 the customer's part of an under-run."""
    rule = rule_of(history)
    per = rule.get("per", "year")
    start = in_window(history, per)
    fee = ZERO
    lines: list[RatedLine] = []
    if closes(history, per):
        stretches = history[start:]
        cost = sum(
            (
                value_of(stretch.auxiliary["expected"], stretch.charge["rule"]["valuation"], history, stretch)
                for stretch in stretches
            ),
            ZERO,
        )
        expected = sum((energy(stretch.auxiliary["expected"], rule["unit"]) for stretch in stretches), ZERO)
        if rule.get("agreed_energy") is not None and expected:
            agreed = number(rule, "agreed_energy") * part_of_window(history, per)
            if abs(expected - agreed) * 100 <= number(rule, "within_percent") * agreed:
                cost *= agreed / expected
        operation = number(rule, "operation_fee") * part_of_window(history, per)
        fee = cost * (100 - number(rule, "discount_percent")) / 100 + operation
        if number(rule, "under_run_percent"):
            bills = sum((stretch.auxiliary["bills"].quantity or ZERO for stretch in stretches), ZERO)
            left = max(ZERO, fee - operation - bills)
            lines = [RatedLine(1, -left * number(rule, "under_run_percent") / 100, "price_reduction")]
        if not rule.get("on_account"):
            lines.append(RatedLine(0, fee, "consideration"))
    if rule.get("on_account") or any(on_account_before(history, start)):
        lines = [line for line in lines if line.part != 0]
        lines += [
            RatedLine(part, amount, "consideration") for part, (_, amount) in on_account(history, start, fee).items()
        ]
    return lines


def lease_rent(history: Sequence[Stretch]) -> Priced:
    """One instalment at the end of every period; the last is what is left, with its interest.

    Other terms go on from what is left, in the instalments that are left.
    """
    if not ends_period(history[-1]):
        return {}
    ends = [at for at, (now, following) in enumerate(pairwise(history)) if period(now) != period(following)]
    ends.append(len(history) - 1)
    # what is financed is agreed until the first instalment is billed
    left, due, agreed = number(rule_of(history[: ends[0] + 1]), "financed"), ZERO, ""
    for billed, at in enumerate(ends):
        rule = history[at].charge["rule"]
        places, count = int(rule.get("places", 2)), int(rule["instalments"])
        interest = number(rule, "percent_a_year") / 100 / int(rule.get("periods_a_year", 12))
        rest = count - billed
        if rest <= 0:
            due = ZERO
            continue
        if agreed != f"{interest} {count}":
            agreed = f"{interest} {count}"
            rent = half_up(left * interest / (1 - (1 + interest) ** -rest) if interest else left / rest, places)
        cost = half_up(left * interest, places)
        due = rent if rest > 1 else left + cost
        left = left + cost - due
    return {0: (Fraction(1), due)} if rest > 0 else {}


def energy_guarantee(history: Sequence[Stretch]) -> list[RatedLine]:
    """Part 0: compensation of what a window used beyond the promise (below zero), part 1: bonus on what it used less."""
    rule = rule_of(history)
    per = rule.get("per", "year")
    if not closes(history, per):
        return []
    used, year = priced_sums(history, per)[1], contract_year(history, history[-1])
    if rule.get("guaranteed_a_unit"):
        outputs = [stretch.auxiliary["output"] for stretch in history[in_window(history, per) :]]
        output = sum((energy(output, rule["output_unit"]) for output in outputs), ZERO)
        promised = by_year(rule["guaranteed_a_unit"], year) * output
    else:
        promised = by_year(rule["guaranteed"], year) * part_of_window(history, per)
    price, band = number(rule, "price"), number(rule, "dead_band_percent")
    edge = promised * (100 + band) / 100
    over = ZERO
    if used > edge:
        over = used - (promised if rule.get("dead_band", "gates") == "gates" else edge)
    owed = over * price if rule.get("at_most") is None else min(over * price, Fraction(rule["at_most"]))
    bonus = max(ZERO, promised - used) * price * number(rule, "bonus_percent") / 100
    return [RatedLine(0, -owed, "price_reduction"), RatedLine(1, bonus, "consideration")]
