"""Pricing as a use case of its own: rules or a whole contract, rated on uses that are stated; no database is loaded."""

from decimal import Decimal
from itertools import zip_longest

from contracts.periods_preview import (
    PeriodsTrial,
    PeriodsTrialResult,
    UsagesTrial,
    UsagesTrialResult,
    try_periods,
    try_usages,
)
from contracts.pricing_preview import (
    ContractTrial,
    ContractTrialResult,
    Trial,
    TrialResult,
    try_contract,
    try_rules,
)
from quantities.document import parse
from quantities.errors import Invalid
from quantities.money import Amount
from quantities.terms import Terms


class NotAsExpected(Invalid):
    """A net amount is not what the trial expects."""


class Expected(Terms):
    """What the author of a trial expects it to come to: one net, or the nets of its usages or periods in order."""

    net: Amount | None = None
    nets: tuple[Amount, ...] | None = None


class RulesTrialIn(Trial, Expected):
    """Rules and one use, and what is expected of them."""


class UsagesTrialIn(UsagesTrial, Expected):
    """Rules and usages one after the other, and what is expected of them."""


class ContractTrialIn(ContractTrial, Expected):
    """A contract and what was used in one of its periods, and what is expected."""


class PeriodsTrialIn(PeriodsTrial, Expected):
    """A contract with its amendments and what was used in its periods, and what is expected."""


def price_rules(document: object) -> TrialResult | UsagesTrialResult:
    """Rate one use, or ``usages`` one after the other, against rules, without any contract.

    Args:
        document: of a trial, as it was read; ``rule`` may stand for ``rules``.

    Raises:
        FaultyDocument: the document has faults.
        UsufructError: a rule cannot rate a use; the reason is its own.
    """
    if isinstance(document, dict) and "rule" in document and "rules" not in document:
        document = {"rules": [document["rule"]], **{name: part for name, part in document.items() if name != "rule"}}
    document, expected = _expected(document)
    if isinstance(document, dict) and "usages" in document:
        several = try_usages(parse(UsagesTrial, document))
        _compare(expected, several.net, [usage.net for usage in several.usages])
        return several
    result = try_rules(parse(Trial, document))
    _compare(expected, result.net, [result.net])
    return result


def price_contract(document: object) -> ContractTrialResult | PeriodsTrialResult:
    """Rate a contract over one of its periods, or with its amendments over ``periods``; nothing is read or stored.

    Args:
        document: of a trial, as it was read.

    Raises:
        FaultyDocument: the document has faults.
        NoSuchPeriod: no period of the contract begins on the day.
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    document, expected = _expected(document)
    if isinstance(document, dict) and document.keys() & {"periods", "amendments"}:
        several = try_periods(parse(PeriodsTrial, document))
        _compare(expected, several.net, [period.net for period in several.periods])
        return several
    result = try_contract(parse(ContractTrial, document))
    _compare(expected, result.net, [result.net])
    return result


def _expected(document: object) -> tuple[object, Expected]:
    """Take what is expected off a trial's document."""
    if not isinstance(document, dict):
        return document, Expected()
    aside = {name: part for name, part in document.items() if name in Expected.model_fields}
    return {name: part for name, part in document.items() if name not in aside}, parse(Expected, aside)


def _compare(expected: Expected, net: Decimal, nets: list[Decimal]) -> None:
    """Hold what a trial came to against what is expected.

    Raises:
        NotAsExpected: they differ; the first place is named, counted from 1.
    """
    if expected.net is not None and expected.net != net:
        detail = f"{expected.net} was expected, and it comes to {net}"
        raise NotAsExpected(detail, place="/net", found=str(net), expected=str(expected.net))
    for number, pair in enumerate(zip_longest(expected.nets or nets, nets), start=1):
        wanted, came = ("nothing" if amount is None else str(amount) for amount in pair)
        if pair[0] != pair[1]:
            place = f"/nets/{number - 1}"
            detail = f"{place}: {wanted} was expected, and it comes to {came}"
            raise NotAsExpected(detail, place=place, found=came, expected=wanted)
