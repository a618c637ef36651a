"""Warnings: clauses that are commonly unlawful, or that change how the contract is accounted for.

Pointers for a person who drafts, from general knowledge; no legal advice and no tax advice.
"""

from collections.abc import Iterator, Sequence

from contracts.charge import Charge
from contracts.checks.caution import Caution
from contracts.checks.prepayments import claims_in_doubt
from contracts.checks.sharing import expiring_agreements, payouts_of_nothing
from contracts.continuing import left_behind, version_before
from contracts.contract import Contract
from contracts.document import ContractDocument
from contracts.indexation.following import Following
from contracts.indexation.stepped import Stepped
from contracts.pricing.minimum_spend import MinimumSpend
from contracts.pricing.one_off import OneOff
from contracts.rated_line import Nature
from quantities.months import full_months

_TEN_YEARS = 120
_PAID_BEFORE = (Nature.DEPOSIT, Nature.PREPAYMENT)


def warnings(contract: Contract, earlier: Sequence[Contract] = ()) -> tuple[Caution, ...]:
    """List the clauses that a person should look at before the contract is signed.

    Args:
        contract: the version.
        earlier: the versions recorded before it, oldest first.
    """
    cautions = [*amending_warnings(contract, earlier)]
    cautions += claims_in_doubt(contract, earlier)
    for at, charge in enumerate(contract.charges):
        path = f"/charges/{at}"
        cautions += _index_warnings(contract, charge, path)
        if isinstance(charge.rule, MinimumSpend) and not charge.rule.lowered_by:
            detail = "the minimum is due whatever the supplier's own downtime; lowered_by says otherwise"
            cautions.append(Caution(f"{path}/rule", "minimum-despite-downtime", detail))
        if isinstance(charge.rule, OneOff) and charge.rule.amount < 0 and charge.nature not in _PAID_BEFORE:
            detail = "an amount given back: if it is a deposit, its nature is deposit, and no revenue is reduced"
            cautions.append(Caution(f"{path}/rule", "given-back", detail))
    cautions += [Caution(path, "agreement-expires", detail) for path, detail in expiring_agreements(contract)]
    cautions += [Caution(path, "payouts-of-nothing", detail) for path, detail in payouts_of_nothing(contract)]
    return tuple(cautions)


def amending_warnings(contract: Contract, earlier: Sequence[Contract]) -> Iterator[Caution]:
    """List what an amendment leaves behind: a ratchet, a pool or a prepaid rest of a charge under another name.

    And fees that it dates before the days for which it counts.
    """
    before = version_before(earlier, contract)
    yield from _never_billed(contract, before)
    for at, charge, gone in left_behind(before, contract) if before is not None else ():
        detail = (
            f"{gone.name} carries something on and is gone, and {charge.name} begins with nothing; "
            f"`continues: {gone.name}` takes it over"
        )
        yield Caution(f"/charges/{at}", "state-left-behind", detail)


def _never_billed(contract: Contract, before: ContractDocument | None) -> Iterator[Caution]:
    """Find fees that are due on a day of the version before, which does not have them."""
    if before is None or contract.effective <= contract.starts:
        return
    known = {(charge.name, charge.rule.on) for charge in before.charges if isinstance(charge.rule, OneOff)}
    for at, charge in enumerate(contract.charges):
        rule = charge.rule
        if isinstance(rule, OneOff) and rule.on < contract.effective and (charge.name, rule.on) not in known:
            detail = f"due on {rule.on}, and the version is in force from {contract.effective} on: it is never billed"
            yield Caution(f"/charges/{at}/rule/on", "never-billed", detail)


def _index_warnings(contract: Contract, charge: Charge, path: str) -> Iterator[Caution]:
    if charge.index is None:
        return
    clause = charge.index.clause
    if isinstance(clause, Stepped) and not charge.rule.counts:
        detail = "a stepped rent is spread evenly over a lease's term (IFRS 16), and revenue with it (IFRS 15)"
        yield Caution(f"{path}/index", "stepped-rent", detail)
    german = "DE" in {contract.supplier.country, contract.customer.country}
    short = contract.ends is None or full_months(contract.starts, contract.ends) < _TEN_YEARS
    if isinstance(clause, Following) and german and short and not clause.fixed and len(clause.terms) == 1:
        detail = (
            "in Germany a price tied to one price index alone is commonly void in contracts of under ten years "
            "(PrKG § 1, § 3); cost elements with their weights, or a fixed part, are not"
        )
        yield Caution(f"{path}/index", "bare-index-clause", detail)
    if isinstance(clause, Following) and clause.at_least_percent == 0:
        detail = "a price that follows an index upwards only is commonly void in general terms; let it fall as well"
        yield Caution(f"{path}/index", "upwards-only", detail)
