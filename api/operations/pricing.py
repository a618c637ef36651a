"""Pricing as a use case of its own: rules or a whole contract, rated on a use that is stated; no database is loaded."""

from contracts.pricing_preview import (
    ContractTrial,
    ContractTrialResult,
    Trial,
    TrialResult,
    try_contract,
    try_rules,
)


def price_rules(trial: Trial) -> TrialResult:
    """Rate a use against rules, without any contract.

    Raises:
        UsufructError: a rule cannot rate the use; the reason is its own.
    """
    return try_rules(trial)


def price_contract(trial: ContractTrial) -> ContractTrialResult:
    """Rate a whole contract over one of its periods, on uses that are stated; nothing is read or stored.

    Raises:
        NoSuchPeriod: no period of the contract begins on the day.
        UsufructError: a charge cannot be rated; the reason is its own.
    """
    return try_contract(trial)
