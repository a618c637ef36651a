"""Checks of prepayments: what is claimed before it is supplied is drawn, at its own tax, and nothing else is.

A drawdown and the one-off amount that it draws on belong together by the day of the claim. What was claimed by an
earlier version, or before the contract was recorded here, is not in the document: so what does not fit is a caution.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from contracts.charge import Charge
from contracts.checks.caution import Caution
from contracts.continuing import version_before
from contracts.document import ContractDocument
from contracts.natures import kind_of
from contracts.pricing.drawdown import Drawdown
from contracts.pricing.one_off import OneOff
from contracts.rated_line import Nature
from quantities.document import Fault
from quantities.money import exponent
from quantities.number import plain
from quantities.rounding import Rounding


def prepayment_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Find drawdowns that are of no prepayment, of no whole cents, or set against what is no price in arrears."""
    by_name = {charge.name: charge for charge in contract.charges}
    for at, charge in enumerate(contract.charges):
        rule, path = charge.rule, f"/charges/{at}"
        if not isinstance(rule, Drawdown):
            continue
        if charge.nature not in (None, Nature.PREPAYMENT):
            detail = "what is drawn is part of a prepayment, and bears its tax"
            yield Fault(f"{path}/nature", "no-prepayment", detail, charge.nature, Nature.PREPAYMENT)
        places = exponent(contract.currency)
        if Rounding.HALF_UP.to_places(rule.amount, places) != rule.amount:
            detail = f"an amount that is claimed has no more than {places} decimal places in {contract.currency}"
            yield Fault(f"{path}/rule/amount", "not-whole", detail, plain(rule.amount))
        for number, name in enumerate(rule.of):
            other = by_name.get(name)
            if other is None:
                continue
            place, kind = f"{path}/rule/of/{number}", kind_of(contract, other)
            if kind is not Nature.CONSIDERATION:
                yield Fault(place, "not-a-price", "what was paid before is set against a price", kind, name)
            elif other.rule.billed_in_advance:
                detail = f"{name} is billed before its period: nothing of it is left to be paid"
                yield Fault(place, "billed-before", detail, name)
        yield from _another_tax(contract, charge, path)


def _another_tax(contract: ContractDocument, charge: Charge, path: str) -> Iterator[Fault]:
    """Find a drawdown that is taxed otherwise than what was claimed on its day."""
    taxes = [contract.tax_of(claim) for claim in contract.charges if _claimed(claim, charge.rule.claimed_on)]
    without_papers = [terms.model_copy(update={"evidence": ()}) for terms in (*taxes, contract.tax_of(charge))]
    if any(terms != without_papers[-1] for terms in without_papers):
        detail = f"what is drawn bears the tax of what was claimed on {charge.rule.claimed_on}: let both say the same"
        yield Fault(f"{path}/tax", "another-tax", detail, charge.name)


def claims_in_doubt(contract: ContractDocument, earlier: Sequence[ContractDocument] = ()) -> Iterator[Caution]:
    """Find what is claimed and not drawn, and what is drawn and not claimed.

    Args:
        contract: the version.
        earlier: the versions recorded before it, oldest first.
    """
    versions = [*earlier, contract]
    for at, charge in enumerate(contract.charges):
        rule, path = charge.rule, f"/charges/{at}/rule"
        if isinstance(rule, Drawdown):
            claimed, drawn = _claimed_on(versions, rule.claimed), _drawn_of(contract, rule.claimed)
            if claimed != drawn:
                detail = f"{plain(claimed)} are claimed on {rule.claimed} as a prepayment, and {plain(drawn)} are drawn"
                yield Caution(f"{path}/amount", "prepayment-not-claimed", detail)
        elif isinstance(rule, OneOff) and charge.nature is Nature.PREPAYMENT and rule.amount > 0:
            if not _drawn_of(contract, rule.on):
                detail = f"no drawdown draws on what is claimed on {rule.on}: it is neither used nor given back"
                yield Caution(path, "prepayment-not-drawn", detail)
            if not rule.in_advance:
                detail = (
                    "it is claimed with the invoice of its period, which cannot name it yet; in_advance claims before"
                )
                yield Caution(f"{path}/in_advance", "claimed-with-its-period", detail)
            if charge.index is not None:
                yield Caution(
                    f"/charges/{at}/index", "prepayment-moves", "its amount moves, and what is drawn of it does not"
                )
    yield from _dropped(contract, version_before(earlier, contract))


def _dropped(contract: ContractDocument, before: ContractDocument | None) -> Iterator[Caution]:
    """Find drawdowns that an amendment leaves out, of which something may be left."""
    kept = {name for charge in contract.charges for name in (charge.name, charge.continues)}
    for charge in before.charges if before is not None else ():
        if isinstance(charge.rule, Drawdown) and charge.name not in kept:
            detail = f"{charge.name} is gone: while something of it is left to be drawn, its periods are held"
            yield Caution("/charges", "prepayment-dropped", detail)


def _claimed(charge: Charge, day: date | None) -> Decimal:
    """The amount that a charge claims on a day before it is supplied."""
    rule = charge.rule
    if not isinstance(rule, OneOff) or charge.nature is not Nature.PREPAYMENT or rule.on != day:
        return Decimal(0)
    return rule.amount


def _claimed_on(versions: Sequence[ContractDocument], day: date) -> Decimal:
    """Add up what is claimed on a day by the version that is in force on it."""
    due = max(day, versions[-1].starts)
    effective = [(version.effective, number) for number, version in enumerate(versions) if version.effective <= due]
    if not effective:
        return Decimal(0)
    charges = versions[max(effective)[1]].charges
    return sum((_claimed(charge, day) for charge in charges), Decimal(0))


def _drawn_of(contract: ContractDocument, day: date) -> Decimal:
    rules = (charge.rule for charge in contract.charges)
    return sum((rule.amount for rule in rules if isinstance(rule, Drawdown) and rule.claimed == day), Decimal(0))
