"""Checks of who shares a charge: shares of more than there is, payees nobody described, agreements that are missing.

They are named where the contract is checked, months before a document would rest on them.
"""

from collections.abc import Iterator
from decimal import Decimal

from contracts.charge import Charge
from contracts.checks.spelling import unknown_name
from contracts.clause import is_over_amounts
from contracts.document import ContractDocument
from contracts.natures import kind_of, seen_by
from contracts.rated_line import Nature
from contracts.sharing.payees import Payee, SharingTerms, SoldIn
from contracts.sharing.steps import Base, PercentStep, PerUnitStep, TiersStep
from contracts.sharing.waterfall import Waterfall
from quantities.document import Fault
from quantities.number import plain

_HUNDRED = Decimal(100)


def sharing_faults(contract: ContractDocument) -> Iterator[Fault]:
    """Check the waterfalls of a contract, and what it says of its payees."""
    for at, charge in enumerate(contract.charges):
        if charge.waterfall is not None:
            path = f"/charges/{at}/waterfall"
            yield from _waterfall(contract, charge, charge.waterfall, path)
            yield from _payees(contract, charge.waterfall, path)
    if contract.sharing is not None:
        yield from _described(contract, contract.sharing)
        if contract.sharing.sold_in is SoldIn.OWNERS_NAME:
            yield from _owners(contract)


def expiring_agreements(contract: ContractDocument) -> Iterator[tuple[str, str]]:
    """Find agreements that expire within the contract: each by its place, and in a sentence."""
    if contract.sharing is None:
        return
    for at, payee in enumerate(contract.sharing.payees):
        after_last = payee.agreement.after_last if payee.agreement is not None else None
        if after_last is None or after_last <= contract.effective:
            continue
        if contract.until is None or after_last < contract.until:
            detail = f"the agreement of {payee.name} expires on {after_last}; its documents are held from then on"
            yield f"/sharing/payees/{at}/agreement", detail


def payouts_of_nothing(contract: ContractDocument) -> Iterator[tuple[str, str]]:
    """Find payees that are to be paid, and of which no document would say how much: by its place, and in a sentence."""
    if contract.sharing is None or contract.sharing.sold_in is SoldIn.OWNERS_NAME:
        return
    for at, payee in enumerate(contract.sharing.payees):
        if payee.payouts is not None and not payee.self_billed:
            detail = f"{payee.name} sends its own invoices, which nobody knows here: nothing is paid to it by itself"
            yield f"/sharing/payees/{at}/payouts", detail


def _waterfall(contract: ContractDocument, charge: Charge, waterfall: Waterfall, path: str) -> Iterator[Fault]:
    if charge.payees:
        yield Fault(path, "shared-twice", "a charge is shared by a waterfall or by weights: name one of both")
    if kind_of(contract, charge) is Nature.DEPOSIT:
        yield Fault(path, "deposit-shared", "a deposit is the customer's money until it is kept: nobody shares it")
    of_amount = sum(
        (
            step.percent if isinstance(step, PercentStep) else max(tier.percent for tier in step.tiers)
            for step in waterfall.steps
            if isinstance(step, TiersStep) or (isinstance(step, PercentStep) and step.of is Base.AMOUNT)
        ),
        Decimal(0),
    )
    if of_amount > _HUNDRED:
        detail = "the percentages of one amount are not more than all of it"
        yield Fault(f"{path}/steps", "shared-over-hundred", detail, f"{plain(of_amount)} %", "at most 100 %")
    for at, step in enumerate(waterfall.steps):
        if isinstance(step, PerUnitStep) and not (charge.rule.counts and charge.rule.priced_unit):
            detail = f"{charge.rule.kind} has no price for a unit: nothing is paid for each"
            yield Fault(f"{path}/steps/{at}", "nothing-to-count", detail)


def _payees(contract: ContractDocument, waterfall: Waterfall, path: str) -> Iterator[Fault]:
    """Find payees that the contract does not describe, where it describes any."""
    if contract.sharing is None:
        return
    known = [payee.name for payee in contract.sharing.payees] + [contract.supplier.name]
    places = [*((f"steps/{at}/payee", step.payee) for at, step in enumerate(waterfall.steps)), ("rest", waterfall.rest)]
    for place, name in places:
        if name is not None and name not in known:
            yield unknown_name(f"{path}/{place}", "unknown-payee", "the contract describes no such payee", name, known)


def _described(contract: ContractDocument, sharing: SharingTerms) -> Iterator[Fault]:
    names = [payee.name for payee in sharing.payees]
    for at, payee in enumerate(sharing.payees):
        path = f"/sharing/payees/{at}"
        if payee.name in names[:at]:
            yield Fault(f"{path}/name", "named-twice", "a payee is described once", payee.name)
        if payee.name in (contract.supplier.name, contract.customer.name):
            yield Fault(f"{path}/name", "party-is-payee", "a side of the contract is no payee of it", payee.name)
        yield from _agreement(contract, sharing, payee, path)


def _agreement(contract: ContractDocument, sharing: SharingTerms, payee: Payee, path: str) -> Iterator[Fault]:
    """Find documents that nobody has agreed to: a payee's own invoices, made out by whom they are sent to."""
    in_its_name = sharing.sold_in is SoldIn.OWNERS_NAME
    if not (payee.self_billed or in_its_name):
        return
    agreement, effective = payee.agreement, contract.effective
    if agreement is None:
        whose = "in its name" if in_its_name else "for it; self_billed: false says that it sends its own"
        detail = f"{payee.name} has not agreed that its invoices are made out {whose}"
        yield Fault(path, "agreement-missing", detail, "", "agreement")
    elif not agreement.holds(effective):
        detail = f"the agreement of {payee.name} does not hold on {effective}, when the version comes into force"
        days = f"{agreement.first} to {agreement.after_last or 'open'}"
        yield Fault(f"{path}/agreement", "agreement-not-in-force", detail, days, str(effective))


def _owners(contract: ContractDocument) -> Iterator[Fault]:
    """Find charges sold in an owner's name that have several owners, or take something off those of several."""
    owners = {charge.name: _owners_of(charge) for charge in contract.charges}
    for at, charge in enumerate(contract.charges):
        if charge.payees or len(owners[charge.name]) > 1:
            named = ", ".join(owners[charge.name] or charge.payees)
            detail = "what is sold in the owner's name has one owner, and besides it the supplier's commission alone"
            place = f"/charges/{at}/{'payees' if charge.payees else 'waterfall'}"
            yield Fault(place, "several-owners", detail, named)
        elif is_over_amounts(charge.rule) and not owners[charge.name] and not charge.rule.takes_rests:
            seen = {owners[name] for name in seen_by(contract, charge)}
            if len(seen) > 1:
                names = ", ".join(sorted(name for of_charge in seen for name in of_charge))
                detail = "an amount off charges of several owners is no one owner's: name those of one, or share it"
                yield Fault(f"/charges/{at}/rule/of", "several-owners", detail, names)


def _owners_of(charge: Charge) -> tuple[str, ...]:
    return () if charge.waterfall is None else charge.waterfall.payees
