"""What moves money, and who must see it: one table. The database enforces it; a test holds every door against it.

A route or a command that writes has to be named in tests/api/access/test_four_eyes_everywhere.py, with its operation or
with the reason why it moves no money.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class MoneyOperation(StrEnum):
    """What changes what somebody owes."""

    VERSION = "version"  # of a contract; its non-routine adjustments are part of it
    INDEX_VALUE = "index_value"
    INDEX_LINKS = "index_links"
    TAX_LAW = "tax_law"
    EDIT = "edit"
    BILLED_READINGS = "billed_readings"  # corrected, withdrawn, estimated, exchanged, reset
    METER_APPROVAL = "meter_approval"
    DISPUTE_ACCEPTED = "dispute_accepted"
    DISPUTE_DUE = "dispute_due"  # declined, or due after all
    DISPUTE_WAIVED = "dispute_waived"
    CREDIT_NOTE = "credit_note"
    DOCUMENT_VOIDED = "document_voided"
    STATEMENT_SUBMITTED = "statement_submitted"
    STATEMENT_VERIFIED = "statement_verified"
    STATEMENT_ANSWERED = "statement_answered"  # agreed or disputed
    IDENTITY = "identity"
    KEY = "key"
    FOUR_EYES_SWITCH = "four_eyes_switch"
    FOUR_EYES_LIMIT = "four_eyes_limit"
    PARTY_PROFILE = "party_profile"  # what documents say of a party, its bank details among it
    PAYMENT_RECORDED = "payment_recorded"  # received, paid back, set off, reversed; its allocations
    PAYER_ALIAS = "payer_alias"  # for which customer an account pays
    MANDATE = "mandate"  # whose account is debited
    BANK_FILE = "bank_file"  # debits and payments, as the bank is given them
    WRITE_OFF = "write_off"
    PAYOUT = "payout"  # to a payee
    REFUND = "refund"  # given back by the gateway that took it
    WORK_PAUSED = "work_paused"  # for longer than a week: what falls due is neither billed, sent nor collected


@dataclass(frozen=True, slots=True)
class MoneyRule:
    """Where the two acts of an operation are kept, and which constraint refuses one person.

    Attributes:
        table: of the row.
        first: the column of the identity of the first act.
        second: the column of the identity of the second.
        trigger: the trigger that enforces it.
        refusal: the constraint that it names to whoever did the first act; empty where one person is enough.
        why_one: why one person is enough, where it is.
        has_amount: whether its amount is known before it is done, so that a tenant may set a limit.
        on: the table that the trigger is on, where it is another one.
    """

    table: str
    first: str
    second: str
    trigger: str = "money_moves_by_two"
    refusal: str = "two_pairs_of_eyes"
    why_one: str = ""
    has_amount: bool = False
    on: str = ""

    @property
    def needs_two(self) -> bool:
        """Whether two people must act."""
        return not self.why_one


def _one(table: str, first: str, why: str) -> MoneyRule:
    return MoneyRule(table, first, first, refusal="", why_one=why)


_RECORDED, _RELEASED, _OLDER = "recorded_identity", "released_identity", "two_pairs_of_eyes"
_OF_LOG = "billed_is_corrected_by_two"
_O = MoneyOperation
#: By operation, its rule.
RULES: Mapping[MoneyOperation, MoneyRule] = MappingProxyType({
    _O.VERSION: MoneyRule("contract_version", _RECORDED, _RELEASED, _OLDER),
    _O.INDEX_VALUE: MoneyRule("index_value", _RECORDED, _RELEASED, _OLDER),
    _O.INDEX_LINKS: MoneyRule("index_series", "linked_identity", "linked_identity"),
    _O.TAX_LAW: MoneyRule("tax_law", _RECORDED, _RELEASED, _OLDER, _OLDER),
    _O.EDIT: MoneyRule("edit", "prepared_identity", _RELEASED, _OLDER),
    _O.BILLED_READINGS: MoneyRule("edit", "prepared_identity", _RELEASED, _OF_LOG, _OF_LOG, on="batch_touch"),
    _O.METER_APPROVAL: MoneyRule("edit", "prepared_identity", _RELEASED, on="meter"),
    _O.DISPUTE_ACCEPTED: _one("dispute", "accepted_identity", "what is held apart is owed as before, and billed later"),
    _O.DISPUTE_DUE: _one("dispute", "settled_identity", "it comes to what the contract says, and to no more"),
    _O.DISPUTE_WAIVED: MoneyRule("dispute", "waiver_identity", "settled_identity", has_amount=True),
    _O.CREDIT_NOTE: MoneyRule("credit", "prepared_identity", _RELEASED, has_amount=True),
    _O.DOCUMENT_VOIDED: MoneyRule("voiding", "asked_identity", _RELEASED),
    _O.STATEMENT_SUBMITTED: MoneyRule("statement", "prepared_identity", "prepared_identity", on="statement_step"),
    _O.STATEMENT_VERIFIED: MoneyRule("statement_step", _RECORDED, "countersigned_identity"),
    _O.STATEMENT_ANSWERED: MoneyRule(
        "statement_step", _RECORDED, "countersigned_identity", refusal="signs_for_oneself"
    ),
    _O.IDENTITY: MoneyRule("identity", "created_identity", _RELEASED),
    _O.KEY: MoneyRule("credential", "created_identity", _RELEASED),
    _O.FOUR_EYES_SWITCH: MoneyRule("four_eyes_change", "by_identity", _RELEASED),
    _O.FOUR_EYES_LIMIT: MoneyRule("four_eyes_limit", "by_identity", _RELEASED),
    _O.PARTY_PROFILE: MoneyRule("party_profile", "prepared_identity", _RELEASED),
    _O.PAYMENT_RECORDED: _one("payment", _RECORDED, "the bank's own statement is the other witness of it"),
    _O.PAYER_ALIAS: MoneyRule("payer_alias", "prepared_identity", _RELEASED),
    _O.MANDATE: _one("mandate", _RECORDED, "the customer has signed it, and debits by it are taken to the bank by two"),
    _O.BANK_FILE: MoneyRule("bank_order_file", "prepared_identity", "taken_identity", has_amount=True),
    _O.WRITE_OFF: MoneyRule("write_off", "prepared_identity", _RELEASED, has_amount=True),
    _O.PAYOUT: MoneyRule("payout", "prepared_identity", _RELEASED, has_amount=True),
    _O.REFUND: MoneyRule("refund", "prepared_identity", _RELEASED, has_amount=True),
    _O.WORK_PAUSED: MoneyRule("due_pause", "paused_identity", _RELEASED),
})  # fmt: skip
