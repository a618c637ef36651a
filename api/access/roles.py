"""Who may do what: the one table of it. Doors ask it before they work; the database's policies say it again.

A role is what somebody is to a tenant. A permission is what an operation needs. An owner may do all that is the
supplier's; nobody of the supplier may do what is the customer's own word.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is to a tenant."""

    OWNER = "owner"  # all that is the supplier's, and who else may do what
    CONTRACT_MANAGER = "contract_manager"  # fleets, contracts, prices
    FINANCE = "finance"  # reads all, bills, issues, settles
    METER = "meter"  # delivers readings, and nothing else
    CUSTOMER = "customer"  # what is its party's
    PAYEE = "payee"  # what is paid out to its party
    AUDITOR = "auditor"  # reads all, writes nothing
    VERIFIER = "verifier"  # the statements of one contract, which it verifies
    LENDER = "lender"  # one contract and its statements, which it signs
    THIRD_PARTY = "third_party"  # the use of one machine, by a customer's grant


class Permission(StrEnum):
    """What an operation needs: a noun, and what is done with it."""

    FLEET_READ = "fleet:read"
    FLEET_WRITE = "fleet:write"
    READINGS_READ = "readings:read"
    READINGS_WRITE = "readings:write"
    READINGS_WITHDRAW = "readings:withdraw"
    READINGS_EDIT = "readings:edit"  # findings, edits, estimates
    READINGS_RELEASE = "readings:release"
    USAGE_READ = "usage:read"
    CONTRACTS_READ = "contracts:read"
    CONTRACTS_WRITE = "contracts:write"
    CONTRACTS_RELEASE = "contracts:release"
    CONTRACTS_SIGN = "contracts:sign"
    CONTRACTS_SIMULATE = "contracts:simulate"
    PRICES_READ = "prices:read"
    PRICES_WRITE = "prices:write"
    PRICES_RELEASE = "prices:release"
    PRICES_TRY = "prices:try"  # of terms that the caller brings, over use that the caller brings
    TAXES_READ = "taxes:read"  # the rows of the law, a tenant's own among them
    TAXES_WRITE = "taxes:write"
    TAXES_RELEASE = "taxes:release"
    SAVINGS_COMPUTE = "savings:compute"
    BASELINES_FIT = "baselines:fit"
    DRAFTS_READ = "drafts:read"
    INVOICES_READ = "invoices:read"
    INVOICES_ISSUE = "invoices:issue"
    INVOICES_REPLAY = "invoices:replay"
    INVOICES_VOID = "invoices:void"  # before they are sent; asked for by one, released by another
    CLEARANCES_READ = "clearances:read"  # files for states, what they answered, and red confirmations
    CLEARANCES_WRITE = "clearances:write"
    CREDITS_READ = "credits:read"  # those that wait and those withdrawn as well; issued ones are invoices
    CREDITS_PREPARE = "credits:prepare"
    CREDITS_RELEASE = "credits:release"
    EXPORTS_READ = "exports:read"
    PAYEES_READ = "payees:read"  # who shares what was billed, and which parts
    PAYEE_DOCUMENTS_READ = "payee_documents:read"  # between the supplier and payees; a payee reads its own
    DISPUTES_READ = "disputes:read"
    DISPUTES_RAISE = "disputes:raise"
    DISPUTES_SETTLE = "disputes:settle"
    PARTIES_READ = "parties:read"  # what documents say of parties; a customer reads its own
    PARTIES_WRITE = "parties:write"
    PARTIES_RELEASE = "parties:release"
    RECEIVABLES_READ = "receivables:read"  # sendings, payments, write-offs, accounts and statements of them
    RECEIVABLES_WRITE = "receivables:write"
    WRITE_OFFS_RELEASE = "write_offs:release"
    PAYOUTS_READ = "payouts:read"  # what payees are paid; a payee reads its own
    PAYOUTS_WRITE = "payouts:write"
    PAYOUTS_RELEASE = "payouts:release"
    REFUNDS_RELEASE = "refunds:release"
    LEDGER_READ = "ledger:read"  # books, entries, months that are closed, rates of exchange
    LEDGER_WRITE = "ledger:write"  # open books, name accounts, post, record rates
    LEDGER_CLOSE = "ledger:close"  # close a month
    RATES_RELEASE = "rates:release"  # rates of exchange
    WORK_READ = "work:read"  # what falls due, what is dead, and what is paused
    WORK_WRITE = "work:write"  # run it again, pause it, end a pause
    STATEMENTS_READ = "statements:read"
    STATEMENTS_PREPARE = "statements:prepare"
    STATEMENTS_SUBMIT = "statements:submit"
    STATEMENTS_VERIFY = "statements:verify"
    STATEMENTS_AGREE = "statements:agree"
    STATEMENTS_DISPUTE = "statements:dispute"
    STATEMENTS_SIGN = "statements:sign"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    KEYS_WRITE = "keys:write"
    GRANTS_WRITE = "grants:write"
    AUDIT_READ = "audit:read"
    FOUR_EYES_SWITCH = "four_eyes:switch"
    WEBHOOKS_READ = "webhooks:read"  # and what has happened
    WEBHOOKS_WRITE = "webhooks:write"


_P = Permission
#: What is the customer's own word, and nobody's else.
_OF_CUSTOMERS = {_P.STATEMENTS_AGREE, _P.STATEMENTS_DISPUTE, _P.GRANTS_WRITE}
#: What is of those alone who sign from outside.
_OF_OUTSIDERS = {_P.CONTRACTS_SIGN, _P.STATEMENTS_SIGN}
_READS = {permission for permission in Permission if permission.endswith(":read")}
_TRIES = {_P.PRICES_TRY, _P.CONTRACTS_READ}

_TABLE: dict[Role, set[Permission]] = {
    Role.OWNER: set(Permission) - _OF_CUSTOMERS - _OF_OUTSIDERS,
    Role.CONTRACT_MANAGER: _READS - {_P.AUDIT_READ, _P.EXPORTS_READ, _P.LEDGER_READ}
    | _TRIES
    | {
        _P.FLEET_WRITE,
        _P.READINGS_WRITE,
        _P.READINGS_WITHDRAW,
        _P.READINGS_EDIT,
        _P.READINGS_RELEASE,
        _P.CONTRACTS_WRITE,
        _P.CONTRACTS_RELEASE,
        _P.CONTRACTS_SIMULATE,
        _P.PRICES_WRITE,
        _P.PRICES_RELEASE,
        _P.SAVINGS_COMPUTE,
        _P.BASELINES_FIT,
        _P.PARTIES_WRITE,
        _P.DISPUTES_RAISE,
        _P.STATEMENTS_PREPARE,
        _P.STATEMENTS_SUBMIT,
        _P.STATEMENTS_VERIFY,
    },
    Role.FINANCE: _READS - {_P.AUDIT_READ}
    | _TRIES
    | {
        _P.READINGS_RELEASE,
        _P.CONTRACTS_RELEASE,
        _P.PRICES_RELEASE,
        _P.TAXES_WRITE,
        _P.TAXES_RELEASE,
        _P.SAVINGS_COMPUTE,
        _P.INVOICES_ISSUE,
        _P.INVOICES_REPLAY,
        _P.INVOICES_VOID,
        _P.CLEARANCES_WRITE,
        _P.CREDITS_PREPARE,
        _P.CREDITS_RELEASE,
        _P.PARTIES_WRITE,
        _P.PARTIES_RELEASE,
        _P.DISPUTES_RAISE,
        _P.DISPUTES_SETTLE,
        _P.RECEIVABLES_WRITE,
        _P.WRITE_OFFS_RELEASE,
        _P.PAYOUTS_WRITE,
        _P.PAYOUTS_RELEASE,
        _P.REFUNDS_RELEASE,
        _P.LEDGER_WRITE,
        _P.LEDGER_CLOSE,
        _P.RATES_RELEASE,
        _P.WORK_WRITE,
        _P.STATEMENTS_PREPARE,
        _P.STATEMENTS_SUBMIT,
        _P.STATEMENTS_VERIFY,
    },
    Role.METER: {_P.READINGS_WRITE},
    Role.CUSTOMER: _TRIES
    | _OF_CUSTOMERS
    | {
        _P.USAGE_READ,
        _P.INVOICES_READ,
        _P.DISPUTES_READ,
        _P.DISPUTES_RAISE,
        _P.PARTIES_READ,
        _P.RECEIVABLES_READ,
        _P.STATEMENTS_READ,
    },
    Role.PAYEE: {_P.PAYEE_DOCUMENTS_READ, _P.PARTIES_READ, _P.PAYOUTS_READ},
    Role.AUDITOR: _READS - {_P.DRAFTS_READ} | _TRIES | {_P.INVOICES_REPLAY},
    Role.VERIFIER: {_P.CONTRACTS_READ, _P.CONTRACTS_SIGN, _P.STATEMENTS_READ, _P.STATEMENTS_VERIFY},
    Role.LENDER: {_P.CONTRACTS_READ, _P.CONTRACTS_SIGN, _P.STATEMENTS_READ, _P.STATEMENTS_SIGN},
    Role.THIRD_PARTY: {_P.USAGE_READ},
}

#: By role, what it may do.
PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {role: frozenset(permissions) for role, permissions in _TABLE.items()}
)
#: What whoever administers a customer's people may do besides.
OF_ADMINISTRATORS: frozenset[Permission] = frozenset(
    {_P.PEOPLE_READ, _P.PEOPLE_WRITE, _P.KEYS_WRITE, _P.WEBHOOKS_READ, _P.WEBHOOKS_WRITE}
)
#: Roles that speak for one party.
OF_A_PARTY = frozenset({Role.CUSTOMER, Role.PAYEE})
#: Roles that see one contract and nothing else.
OF_A_CONTRACT = frozenset({Role.VERIFIER, Role.LENDER})
