"""Customers and their methods, and money that is taken of them: intents, charges, refunds, disputes."""

from collections.abc import Callable
from typing import Any

from api.demo.stripe_server.balance import Balance
from api.demo.stripe_server.books import Books, CannotHappen, Fields
from api.demo.stripe_server.parameters import Refusal, invalid

_DAY_S = 24 * 3600
_WORDS = {
    "insufficient_funds": "Your card has insufficient funds.",
    "stolen_card": "Your card was declined.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
_LEAST = {"eur": 50, "usd": 50, "gbp": 30, "jpy": 50}
_DISPUTE_FEE = 1500
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


class Payments:
    """What customers pay, are given back, and take back."""

    def __init__(self, books: Books, balance: Balance) -> None:
        self._books = books
        self._balance = balance
        #: By payment method: "succeeds", or the code by which it is declined or fails; of a card also with the advice
        #: of its network, as "do_not_honor/do_not_try_again".
        self.behaves: dict[str, str] = {}
        self.debit_takes_days = 5
        self.after_intent: list[Callable[[Fields], None]] = []

    # -- customers and methods -----------------------------------------------------------------------------------------

    def make_customer(self, told: Fields) -> Fields:
        """Keep a customer."""
        made = self._books.make("customer", **{"name": None, "email": None, "phone": None, "metadata": {}, **told})
        self._books.tell("customer.created", made)
        return made

    def save_card(self, customer: str | None, behaves: str = "succeeds", last4: str = "4242") -> Fields:
        """Save a card, as a customer does in a page.

        Args:
            customer: whose; None: nobody's, for one payment.
            behaves: as of ``behaves``.
            last4: its last digits.
        """
        card = {"brand": "visa", "last4": last4, "exp_month": 12, "exp_year": 2030}
        return self._save(customer, "card", card, behaves)

    def save_account(self, customer: str | None, behaves: str = "succeeds", last4: str = "3000") -> Fields:
        """Save a bank account with its mandate; otherwise as ``save_card``."""
        return self._save(customer, "sepa_debit", {"last4": last4, "country": "DE", "bank_code": "37040044"}, behaves)

    def mandate_of(self, method: Fields) -> Fields | None:
        """The mandate of a bank account; each has one here, with a reference that its holder knows."""
        if method["type"] != "sepa_debit":
            return None
        known = self._books.of("mandate", payment_method=method["id"])
        if known:
            return known[0]
        made = self._books.make("mandate", payment_method=method["id"], status="active", type="multi_use")
        reference = f"USUF{made['id'][-6:]}"
        made["payment_method_details"] = {
            "type": "sepa_debit",
            "sepa_debit": {"reference": reference, "url": f"https://mandates.example/{reference}"},
        }
        return made

    def withdraw_mandate(self, mandate: str) -> None:
        """Let a customer withdraw a mandate: nothing is taken by it any more."""
        fields = self._books.get("mandate", mandate)
        fields["status"] = "inactive"
        self._books.tell("mandate.updated", fields)

    def detach(self, method: str) -> Fields:
        """Let a customer remove what it had saved."""
        fields = self._books.get("payment_method", method)
        if fields["customer"] is None:
            raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
        fields["customer"] = None
        self._books.tell("payment_method.detached", fields)
        return fields

    # -- intents -------------------------------------------------------------------------------------------------------

    def make_intent(self, told: Fields) -> Fields:
        """Make an intent, and confirm it where that is asked.

        Raises:
            Refusal: it may not be made; or (402) it is made, and the card was declined.
        """
        customer, method = told.get("customer"), told.get("payment_method")
        self._refuse_amount(told["amount"], told["currency"])
        if customer:
            self._books.get("customer", customer)
        if told.get("off_session") and not told.get("confirm"):
            raise invalid("`off_session` can only be used with `confirm=true`.", param="off_session")
        if told.get("confirm"):
            fields = self._usable(method, customer)
            allowed = told.get("allowed_payment_method_types", [fields["type"]])
            if fields["type"] not in allowed or (fields["type"] == "sepa_debit" and told["currency"] != "eur"):
                raise invalid("The payment method is not of an allowed type.", param="payment_method")
        intent = self._intent(told)
        if told.get("confirm"):
            self.confirm(
                intent, self._books.get("payment_method", str(method)), is_off_session=bool(told.get("off_session"))
            )
        return intent

    def open_intent(self, told: Fields) -> Fields:
        """Make an intent that nobody has confirmed: that of a page."""
        return self._intent(told)

    def confirm(self, intent: Fields, method: Fields, *, is_off_session: bool) -> None:
        """Take the money: a card at once, a bank account in days.

        Raises:
            Refusal: (402) the card was declined.
        """
        behaves = self.behaves.get(method["id"], "succeeds")
        intent["payment_method"] = method["id"]
        charge = self._charge(intent, method)
        intent["latest_charge"] = charge["id"]
        if method["type"] == "sepa_debit":
            intent["status"], intent["last_payment_error"] = "processing", None
            charge["status"] = "pending"
            self._books.tell("payment_intent.processing", intent)
            due = self._books.clock.seconds + self.debit_takes_days * _DAY_S
            self._books.clock.at(due, lambda: self._debited(intent, charge, self.behaves.get(method["id"], "succeeds")))
        elif behaves == "succeeds":
            self._succeed(intent, charge)
        elif behaves == "authentication_required" and not is_off_session:
            intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
            self._books.tell("payment_intent.requires_action", intent)
        else:
            self._decline(intent, charge, behaves)
            error = {
                name: value for name, value in intent["last_payment_error"].items() if name not in {"type", "message"}
            }
            raise Refusal(
                402, "card_error", intent["last_payment_error"]["message"], **error, payment_intent=dict(intent)
            )

    def authenticate(self, intent: Fields) -> None:
        """A customer who is there says to its bank that it is the one who pays."""
        intent["next_action"] = None
        self._succeed(intent, self._books.get("charge", intent["latest_charge"]))

    def cancel(self, intent: str, reason: str | None = None) -> Fields:
        """Give an intent up that took no money.

        Raises:
            Refusal: it took some, or may.
        """
        fields = self._books.get("payment_intent", intent)
        if fields["status"] in {"succeeded", "processing", "canceled"}:
            raise invalid(f"You cannot cancel this PaymentIntent because it has a status of {fields['status']}.",
                          code="payment_intent_unexpected_state")  # fmt: skip
        fields |= {"status": "canceled", "canceled_at": self._books.clock.seconds, "cancellation_reason": reason}
        self._books.tell("payment_intent.canceled", fields)
        return fields

    # -- refunds -------------------------------------------------------------------------------------------------------

    def make_refund(self, told: Fields) -> Fields:
        """Give a payment back, or a part: of a card at once, of a debit in three days.

        Raises:
            Refusal: so much was not paid, is given back or charged back already, or is not in our balance.
        """
        charge = self._charge_named(told)
        left = charge["amount"] - charge["amount_refunded"]
        amount = told.get("amount", left)
        if not charge["paid"]:
            raise invalid("This charge has not been paid.", code="charge_not_refundable")
        if charge["disputed"] and not any(one["status"] == "won" for one in self._disputes(charge)):
            raise invalid("This charge has been charged back.", code="charge_disputed")
        if left == 0:
            raise invalid("The charge has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
            )
        if self._balance.available(charge["currency"]) < amount:
            raise invalid(
                "Insufficient funds in your Stripe balance to refund this amount.", code="balance_insufficient"
            )
        is_debit = charge["payment_method_details"]["type"] == "sepa_debit"
        refund = self._books.make(
            "refund", amount=amount, currency=charge["currency"], charge=charge["id"], reason=told.get("reason"),
            payment_intent=charge["payment_intent"], metadata=told.get("metadata", {}), failure_reason=None,
            status="pending" if is_debit else "succeeded",
        )  # fmt: skip
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        entry = self._balance.enter(
            "payment_refund" if is_debit else "refund", -amount, charge["currency"], refund["id"]
        )
        refund["balance_transaction"] = entry["id"]
        self._books.tell("refund.created", refund)
        self._books.tell("charge.refunded", charge)
        if is_debit:
            self._books.clock.at(self._books.clock.seconds + 3 * _DAY_S, lambda: self._refunded(refund))
        return refund

    def fail_refund(self, refund: str, reason: str = "lost_or_stolen_card") -> None:
        """The customer's bank sends a refund back, also one that has succeeded."""
        fields = self._books.get("refund", refund)
        charge = self._books.get("charge", fields["charge"])
        fields |= {"status": "failed", "failure_reason": reason}
        charge["amount_refunded"] -= fields["amount"]
        charge["refunded"] = False
        entry = self._balance.enter("refund_failure", fields["amount"], fields["currency"], refund)
        fields["failure_balance_transaction"] = entry["id"]
        self._books.tell("refund.failed", fields)

    # -- disputes ------------------------------------------------------------------------------------------------------

    def charge_back(
        self, intent: str, *, amount: int | None = None, reason: str = "fraudulent", is_inquiry: bool = False
    ) -> Fields:
        """A customer's bank takes a payment back, or asks about it; of a direct debit that is final at once.

        Raises:
            CannotHappen: it was not paid.
        """
        paid = self._books.get("payment_intent", intent)
        charge = self._books.get("charge", paid["latest_charge"])
        if not charge["paid"]:
            raise CannotHappen("only what was paid is charged back")
        is_debit = charge["payment_method_details"]["type"] == "sepa_debit"
        status = "lost" if is_debit else "warning_needs_response" if is_inquiry else "needs_response"
        due_by = None if is_debit else self._books.clock.seconds + 14 * _DAY_S
        dispute = self._books.make(
            "dispute", amount=amount or charge["amount"], currency=charge["currency"], charge=charge["id"],
            payment_intent=intent, reason=reason, status=status, is_charge_refundable=is_inquiry, metadata={},
            evidence_details={"due_by": due_by, "has_evidence": False, "past_due": False, "submission_count": 0},
            balance_transactions=[],
        )  # fmt: skip
        charge["disputed"] = True
        self._books.tell("charge.dispute.created", dispute)
        if not is_inquiry:
            self._withdraw(dispute)
        if is_debit:
            self._books.tell("charge.dispute.closed", dispute)
        return dispute

    def escalate(self, dispute: str) -> None:
        """What the bank only asked about becomes a chargeback."""
        fields = self._books.get("dispute", dispute)
        fields |= {"status": "needs_response", "is_charge_refundable": False}
        self._withdraw(fields)
        self._books.tell("charge.dispute.updated", fields)

    def decide(self, dispute: str, *, is_won: bool) -> None:
        """Decide a dispute; won, the money comes back, and the fee does not.

        Raises:
            CannotHappen: it is decided.
        """
        fields = self._books.get("dispute", dispute)
        if fields["status"] not in _OPEN:
            raise CannotHappen("it is decided already")
        if fields["status"].startswith("warning_"):
            fields["status"] = "warning_closed"
        else:
            fields["status"] = "won" if is_won else "lost"
            if is_won:
                entry = self._balance.enter(
                    "adjustment", fields["amount"], fields["currency"], dispute, category="dispute_reversal"
                )
                fields["balance_transactions"].append(dict(entry))
                self._books.tell("charge.dispute.funds_reinstated", fields)
        self._books.tell("charge.dispute.closed", fields)

    # -- of its own ----------------------------------------------------------------------------------------------------

    def _save(self, customer: str | None, kind: str, details: Fields, behaves: str) -> Fields:
        method = self._books.make("payment_method", type=kind, customer=customer, metadata={}, **{kind: details})
        self.behaves[method["id"]] = behaves
        if customer:
            self._books.tell("payment_method.attached", method)
        return method

    def _usable(self, method: str | None, customer: str | None) -> Fields:
        if not method:
            raise invalid("You must provide a payment method to confirm.", param="payment_method")
        fields = self._books.get("payment_method", method)
        if fields["customer"] is None:
            raise invalid(
                "The provided PaymentMethod was previously used or detached from a Customer.", param="payment_method"
            )
        if fields["customer"] != customer:
            raise invalid(
                "The customer does not have the payment method.", param="payment_method", code="resource_missing"
            )
        mandate = self.mandate_of(fields)
        if mandate and mandate["status"] != "active":
            raise invalid("The mandate is not active.", param="payment_method", code="payment_method_unactivated")
        return fields

    def _refuse_amount(self, amount: int, currency: str) -> None:
        if amount < 1:
            raise invalid(
                "This value must be greater than or equal to 1.", param="amount", code="parameter_invalid_integer"
            )
        if amount < _LEAST.get(currency, 1):
            raise invalid("Amount must be no less than the minimum charge.", param="amount", code="amount_too_small")

    def _intent(self, told: Fields) -> Fields:
        intent = self._books.make(
            "payment_intent", amount=told["amount"], currency=told["currency"], customer=told.get("customer"),
            description=told.get("description"), metadata=told.get("metadata", {}), status="requires_payment_method",
            amount_received=0, latest_charge=None, last_payment_error=None, payment_method=None, canceled_at=None,
            cancellation_reason=None, setup_future_usage=told.get("setup_future_usage"), next_action=None,
            transfer_group=told.get("transfer_group"),
            payment_method_types=told.get("allowed_payment_method_types", ["card"]),
        )  # fmt: skip
        self._books.tell("payment_intent.created", intent)
        return intent

    def _charge(self, intent: Fields, method: Fields) -> Fields:
        details: Fields = {"type": method["type"], method["type"]: dict(method[method["type"]])}
        mandate = self.mandate_of(method)
        if mandate:
            details["sepa_debit"]["mandate"] = mandate["id"]
        return self._books.make(
            "charge", amount=intent["amount"], currency=intent["currency"], customer=intent["customer"],
            payment_intent=intent["id"], payment_method=method["id"], payment_method_details=details,
            metadata=dict(intent["metadata"]), amount_refunded=0, refunded=False, disputed=False, paid=False,
            captured=True, status="failed", failure_code=None, failure_message=None, balance_transaction=None,
            transfer_group=intent["transfer_group"], outcome=None,
        )  # fmt: skip

    def _succeed(self, intent: Fields, charge: Fields) -> None:
        is_debit = charge["payment_method_details"]["type"] == "sepa_debit"
        fee = 35 if is_debit else (intent["amount"] * 15 + 500) // 1000 + 25
        kind = "payment" if is_debit else "charge"
        entry = self._balance.enter(kind, intent["amount"], intent["currency"], charge["id"], fee=fee)
        charge |= {"status": "succeeded", "paid": True, "balance_transaction": entry["id"]}
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        self._books.tell("charge.succeeded", charge)
        self._books.tell("payment_intent.succeeded", intent)
        self._told(intent)

    def _decline(self, intent: Fields, charge: Fields, behaves: str) -> None:
        code, _, advice = behaves.partition("/")
        error: dict[str, Any] = {
            "type": "card_error",
            "code": "authentication_required" if code == "authentication_required" else "card_declined",
            "decline_code": code,
            "message": _WORDS.get(code, "Your card was declined."),
            "charge": charge["id"],
        }
        if advice:
            error["advice_code"] = advice
        charge |= {"failure_code": error["code"], "failure_message": error["message"]}
        intent |= {"status": "requires_payment_method", "last_payment_error": {**error}, "payment_method": None}
        self._books.tell("charge.failed", charge)
        self._books.tell("payment_intent.payment_failed", intent)

    def _debited(self, intent: Fields, charge: Fields, behaves: str) -> None:
        if behaves == "succeeds":
            self._succeed(intent, charge)
            return
        error = {
            "type": "invalid_request_error",
            "code": behaves,
            "message": "The customer's bank did not pay.",
            "charge": charge["id"],
        }
        charge |= {"status": "failed", "failure_code": behaves, "failure_message": error["message"]}
        intent |= {"status": "requires_payment_method", "last_payment_error": error, "payment_method": None}
        self._books.tell("charge.failed", charge)
        self._books.tell("payment_intent.payment_failed", intent)
        self._told(intent)

    def _told(self, intent: Fields) -> None:
        for hears in self.after_intent:
            hears(intent)

    def _refunded(self, refund: Fields) -> None:
        if refund["status"] == "pending":
            refund["status"] = "succeeded"
            self._books.tell("refund.updated", refund)

    def _withdraw(self, dispute: Fields) -> None:
        entry = self._balance.enter(
            "adjustment", -dispute["amount"], dispute["currency"], dispute["id"], fee=_DISPUTE_FEE, category="dispute"
        )
        dispute["balance_transactions"].append(dict(entry))
        self._books.tell("charge.dispute.funds_withdrawn", dispute)

    def _disputes(self, charge: Fields) -> list[Fields]:
        return self._books.of("dispute", charge=charge["id"])

    def _charge_named(self, told: Fields) -> Fields:
        if told.get("charge"):
            return self._books.get("charge", told["charge"])
        if not told.get("payment_intent"):
            raise invalid("One of the following params should be provided: payment_intent or charge.")
        intent = self._books.get("payment_intent", told["payment_intent"])
        if not intent["latest_charge"]:
            raise invalid("This PaymentIntent does not have a successful charge to refund.")
        return self._books.get("charge", intent["latest_charge"])
