"""Personal data, column by column, as data: of which class it is, for how long it is kept, and why.

A test walks all tables: a text that may hold a person's name stands here, or among those that hold none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """For how long personal data of one class is kept.

    Attributes:
        name: of the class.
        days: after so many days it is removed; None: it goes with what it stands in.
        erasable: whether it is erased before, when somebody who acts no more asks for it.
        reason: why so long.
    """

    name: str
    days: int | None
    erasable: bool
    reason: str

    def ends(self, now: datetime) -> datetime:
        """What is older than this instant is past its retention."""
        if self.days is None:
            raise ValueError(self.name)
        return now - timedelta(days=self.days)


#: From where somebody came: for looking into a break-in, which is noticed within months.
ADDRESSES = RetentionClass("address", 180, erasable=True, reason="to look into misuse, which is noticed within months")
#: Which identity did what: by number, and part of the books' record of changes (AO § 146 (4), § 147: at most 10 years).
TRACES = RetentionClass(
    "trace", 3654, erasable=False, reason="who changed what is billed by is kept as long as the books themselves"
)
#: What a request with an idempotency key was answered: so that it can be answered again.
ANSWERS = RetentionClass("answer", 30, erasable=False, reason="a client that lost its answer asks again within weeks")
#: Under which name somebody acts; the number beside it stays.
NAMES = RetentionClass("name", None, erasable=True, reason="as long as the identity acts; on request a number instead")
#: What stands inside agreed and issued documents, and in what proves them.
DOCUMENTS = RetentionClass(
    "document",
    None,
    erasable=False,
    reason="kept by law as long as the document (AO § 147, HGB § 257), and never changed",
)
#: What people write in their own words about readings, disputes and switches.
REMARKS = RetentionClass(
    "remark", None, erasable=False, reason="the reason of a change is kept with it; people are not to be named in it"
)

#: By table and column. JSON columns are named where people's names can stand inside.
PERSONAL: Mapping[str, RetentionClass] = MappingProxyType(
    {
        "identity.name": NAMES,
        "batch.recorded_by": NAMES,
        "reading_profile.recorded_by": NAMES,
        "edit.prepared_by": NAMES,
        "edit.released_by": NAMES,
        "contract_version.recorded_by": NAMES,
        "contract_version.released_by": NAMES,
        "index_value.recorded_by": NAMES,
        "index_value.released_by": NAMES,
        "tax_law.recorded_by": NAMES,
        "tax_law.released_by": NAMES,
        "credit.prepared_by": NAMES,
        "credit.released_by": NAMES,
        "credit.withdrawn_by": NAMES,
        "voiding.asked_by": NAMES,
        "voiding.released_by": NAMES,
        "voiding.withdrawn_by": NAMES,
        "clearance_file.recorded_by": NAMES,
        "clearance.asked_by": NAMES,
        "red_confirmation.asked_by": NAMES,
        "clearance_event.recorded_by": NAMES,
        "dispute.raised_by": NAMES,
        "dispute.accepted_by": NAMES,
        "dispute.settled_by": NAMES,
        "statement.prepared_by": NAMES,
        "statement_step.recorded_by": NAMES,
        "dispute.waiver_by": NAMES,
        "statement_step.countersigned_by": NAMES,
        "index_series.linked_by": NAMES,
        "four_eyes_change.by": NAMES,
        "four_eyes_change.released_by": NAMES,
        "four_eyes_limit.by": NAMES,
        "four_eyes_limit.released_by": NAMES,
        "sending.recorded_by": NAMES,
        "delivery.asked_by": NAMES,
        "delivery_event.recorded_by": NAMES,
        "delivery_link.made_by": NAMES,
        "delivery_link.revoked_by": NAMES,
        "gateway_order.asked_by": NAMES,
        "gateway_order_event.recorded_by": NAMES,
        "saved_method.ended_by": NAMES,
        "pay_link.made_by": NAMES,
        "pay_link.revoked_by": NAMES,
        "dunning.ordered_by": NAMES,
        "dunning_pause.made_by": NAMES,
        "dunning_pause.ended_by": NAMES,
        "bank_file.recorded_by": NAMES,
        "bank_entry.settled_by": NAMES,
        "bank_match.matched_by": NAMES,
        "payer_alias.prepared_by": NAMES,
        "ledger_books.opened_by": NAMES,
        "ledger_month.closed_by": NAMES,
        "ledger_entry.recorded_by": NAMES,
        "exchange_rate.recorded_by": NAMES,
        "exchange_rate.released_by": NAMES,
        "due_pause.paused_by": NAMES,
        "due_pause.released_by": NAMES,
        "due_pause.ended_by": NAMES,
        "payer_alias.released_by": NAMES,
        "payer_alias.withdrawn_by": NAMES,
        "bank_advice.recorded_by": NAMES,
        "refund.prepared_by": NAMES,
        "refund.released_by": NAMES,
        "refund.withdrawn_by": NAMES,
        "mandate.recorded_by": NAMES,
        "mandate.revoked_by": NAMES,
        "mandate_version.recorded_by": NAMES,
        "bank_order_file.prepared_by": NAMES,
        "bank_order_file.taken_by": NAMES,
        "bank_order_file.cancelled_by": NAMES,
        "bank_order.asked_by": NAMES,
        "bank_order_event.recorded_by": NAMES,
        "payment.recorded_by": NAMES,
        "payment_allocation.recorded_by": NAMES,
        "write_off.prepared_by": NAMES,
        "write_off.released_by": NAMES,
        "payout.prepared_by": NAMES,
        "payout.released_by": NAMES,
        "payout_event.recorded_by": NAMES,
        "party_profile.prepared_by": NAMES,
        "party_profile.released_by": NAMES,
        "party_profile.withdrawn_by": NAMES,
        "signature.name": NAMES,
        "openid_subject.subject": NAMES,  # as an issuer knows somebody
        "tenant.four_eyes_off": NAMES,  # who switched them off, and why
        "audit_entry.address": ADDRESSES,
        "audit_entry.identity": TRACES,
        "kept_answer.body": ANSWERS,  # whatever the route answers
        "kept_answer.identity": ANSWERS,
        "party.name": DOCUMENTS,  # a customer may be a person
        "party_profile.profile": DOCUMENTS,  # whom to ask, and who directs a company
        "contract_version.terms": DOCUMENTS,  # parties, signatories
        "statement_step.person": DOCUMENTS,  # who signed
        "statement.content": DOCUMENTS,
        "invoice.inputs": DOCUMENTS,  # who recorded the versions and accepted the disputes that it was made by
        "rating.inputs": DOCUMENTS,
        "invoice_line.payees": DOCUMENTS,
        "payee_document.content": DOCUMENTS,  # both sides
        "dunning_letter.content": DOCUMENTS,  # both sides, and to whom it was sent
        "document_file.content": DOCUMENTS,  # both sides, and their contacts
        "clearance_file.content": DOCUMENTS,  # both sides, as they stand on the document
        "delivery.address": DOCUMENTS,  # to whom a document was sent: of the contract, and evidence that it was
        "bank_entry.party_name": DOCUMENTS,  # who paid, or was paid, as the bank has it
        "payer_alias.name": DOCUMENTS,  # the same
        "mandate_version.account": DOCUMENTS,  # whose account is debited; shown whole to whoever records payments alone
        "mandate_version.holder": DOCUMENTS,
        "mandate_version.creditor_name": DOCUMENTS,
        "bank_order.account": DOCUMENTS,  # as the bank was given it
        "bank_order.holder": DOCUMENTS,
        "bank_order.address": DOCUMENTS,
        "bank_order_file.content": DOCUMENTS,  # all of these
        "payment.payer": DOCUMENTS,  # who paid
        "payment.reference": DOCUMENTS,  # as a bank's statement has it
        "usage_event.subject": DOCUMENTS,  # as another engine names a customer
        "usage_event.source": DOCUMENTS,  # a service, or a customer's subscription
        "usage_event.content": DOCUMENTS,  # what of an event is billed, and what its sender says beside
        "event_use.source": DOCUMENTS,
        "batch.reason": REMARKS,
        "due_pause.reason": REMARKS,
        "ledger_entry.words": REMARKS,
        "ledger_due.held": REMARKS,
        "due_work.reason": REMARKS,  # why it failed, with what was found
        "edit.reason": REMARKS,
        "dispute.reason": REMARKS,
        "sending.note": REMARKS,
        "bank_entry.reason": REMARKS,
        "bank_entry.return_reason": REMARKS,  # a code and a bank's words
        "bank_match.short_reason": REMARKS,
        "mandate.revoked_why": REMARKS,
        "bank_order.held": REMARKS,
        "bank_order.words": DOCUMENTS,  # what a payment is for, as its payee reads it
        "bank_order_event.detail": REMARKS,  # and what banks answered
        "bank_order_file.cancelled_why": REMARKS,
        "gateway_order.held": REMARKS,
        "gateway_order_event.detail": REMARKS,  # and what gateways answered
        "saved_method.ended_why": REMARKS,
        "saved_method.removal_detail": REMARKS,
        "refund.reason": REMARKS,
        "gateway_event.detail": REMARKS,
        "dunning.held": REMARKS,
        "dunning_pause.reason": REMARKS,
        "delivery.held": REMARKS,
        "delivery_event.detail": REMARKS,  # and what servers answered
        "write_off.reason": REMARKS,
        "payout.held": REMARKS,  # and what gateways answered
        "payout_account.held": REMARKS,
        "payout_event.detail": REMARKS,
        "connected_account.held": REMARKS,
        "credit.reason": REMARKS,
        "voiding.reason": REMARKS,
        "clearance_event.reason": REMARKS,  # in a state's own words
        "statement_step.note": REMARKS,
        "four_eyes_change.reason": REMARKS,
        "four_eyes_limit.reason": REMARKS,
        "signature.note": REMARKS,
        "credential.recovery_reason": REMARKS,
    }
)

#: Columns that sound as if they held somebody, and hold nobody; why.
NOBODY: Mapping[str, str] = MappingProxyType(
    {
        "batch.source": "the name of a file, or of a route",
        "gateway_balance_entry.source": "a gateway's name of a payment, a refund or a payout",
        "index_series.source": "who publishes an index: an office",
        "index_series.name": "of an index",
        "index_series.title": "of an index",
        "reading_profile.name": "of a source of files",
        "event_meter.name": "of what events measure",
        "site.name": "of a place where machines stand",
        "asset.name": "of a machine",
        "meter.name": "of a device",
        "issuer_series.name": "of a series of invoice numbers",
        "register_alias.name": "of a register",
        "tenant.name": "of the supplier's house",
        "draft.name": "made of the draft's content",
        "rating_source.source": "a kind of row that a rating was made from",
        "fact_touch.source": "a kind of row that was changed",
        "clearance_file.name": "the name of a file",
        "due_work.subject": "the name of an index, the number of a finding, or the reference of a contract",
        "payout.by": "a way: a gateway, or a bank",
        "exchange_rate.source": "who publishes it, as a central bank",
        "spending_alert.threshold_name": "what was agreed, as an amount or a share of one",
        "red_confirmation.reason": "one of four words",
        "invoice_line.label": "what is charged for, in the contract's words",
        "invoice_line.tax_reason": "why no tax is charged, in the law's words",
    }
)

#: Arguments of commands that are a person's name: an entry has the identity's number instead.
PERSONAL_ARGUMENTS = frozenset(
    {
        *(
            (command, "name")
            for command in ("user create", "user disable", "user erase", "user release", "user bind", "user recover")
        ),
        *((command, "subject") for command in ("user bind", "user unbind")),
        ("key create", "name"),
        ("user recover", "reason"),
        ("POST /v1/users/{name}/disable", "name"),
        ("POST /v1/users/{name}/release", "name"),
    }
)
