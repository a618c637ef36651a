"""Connected accounts of payees, transfers to them, and what is taken back."""

from api.demo.stripe_server.balance import Balance
from api.demo.stripe_server.books import Books, Fields
from api.demo.stripe_server.parameters import invalid

_ASKED_FIRST = ("business_profile.url", "external_account", "tos_acceptance.date")
_LINK_LASTS_S = 300


class Connect:
    """Payees: what Stripe wants to know of them, and what they have."""

    def __init__(self, books: Books, balance: Balance) -> None:
        self._books = books
        self._balance = balance

    def make_account(self, told: Fields) -> Fields:
        """Connect a payee, of whom everything is still to be asked.

        Raises:
            Refusal: the account is asked to be able to do nothing.
        """
        if not told.get("capabilities", {}).get("transfers", {}).get("requested"):
            raise invalid("You must request at least one capability.", param="capabilities")
        made = self._books.make(
            "account", country=told.get("country"), metadata=told.get("metadata", {}), payouts_enabled=False,
            charges_enabled=False, details_submitted=False, business_profile=told.get("business_profile", {}),
            capabilities={"transfers": "inactive"}, controller=told.get("controller", {}), email=told.get("email"),
            requirements={
                "currently_due": list(_ASKED_FIRST), "past_due": [], "eventually_due": list(_ASKED_FIRST),
                "pending_verification": [], "current_deadline": None, "disabled_reason": "requirements.past_due",
            },
        )  # fmt: skip
        self._books.tell("account.updated", made, made["id"])
        return made

    def make_link(self, told: Fields) -> Fields:
        """Open the pages in which a payee answers; they are open for five minutes.

        Raises:
            Refusal: there is no such account, or no such page.
        """
        self._books.get("account", told["account"])
        if told["type"] not in {"account_onboarding", "account_update"}:
            raise invalid("Invalid type.", param="type")
        now = self._books.clock.seconds
        url = f"https://connect.example/setup/{told['account']}/{now}"
        return {"object": "account_link", "created": now, "expires_at": now + _LINK_LASTS_S, "url": url}

    def onboard(self, account: str) -> None:
        """A payee answers all that was asked."""
        self.ask(account, ())

    def ask(self, account: str, fields: tuple[str, ...], *, by: int | None = None, is_past: bool = False) -> None:
        """Stripe wants to know something, by a day; once that is past, nothing is transferred or paid out."""
        known = self._books.get("account", account)
        stops = bool(fields) and is_past
        known["requirements"] |= {
            "currently_due": list(fields), "past_due": list(fields) if is_past else [], "current_deadline": by,
            "disabled_reason": "requirements.past_due" if stops else None,
        }  # fmt: skip
        known |= {"payouts_enabled": not stops, "details_submitted": True}
        known["capabilities"]["transfers"] = "inactive" if stops else "active"
        self._books.tell("account.updated", known, account)

    def transfer(self, told: Fields) -> Fields:
        """Move money of ours to a payee.

        Raises:
            Refusal: the payee may have none yet, or we have not so much.
        """
        account, amount, currency = (
            self._books.get("account", told["destination"]),
            told.get("amount", 0),
            told["currency"],
        )
        if amount < 1:
            raise invalid(
                "This value must be greater than or equal to 1.", param="amount", code="parameter_invalid_integer"
            )
        if account["capabilities"]["transfers"] != "active":
            raise invalid(
                "Your destination account needs to have at least one of the following capabilities enabled: transfers",
                code="insufficient_capabilities_for_transfer",
            )
        if self._balance.available(currency) < amount:
            raise invalid("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
        made = self._books.make(
            "transfer", amount=amount, amount_reversed=0, currency=currency, destination=account["id"], reversed=False,
            transfer_group=told.get("transfer_group"), description=told.get("description"),
            metadata=told.get("metadata", {}), source_transaction=told.get("source_transaction"),
            reversals={"object": "list", "data": [], "has_more": False},
        )  # fmt: skip
        made["balance_transaction"] = self._balance.enter("transfer", -amount, currency, made["id"])["id"]
        self._balance.payees[account["id"], currency] += amount
        self._books.tell("transfer.created", made)
        return made

    def reverse(self, transfer: str, told: Fields) -> Fields:
        """Take back what a payee still has of a transfer; all that is left of it where no amount is stated.

        Raises:
            Refusal: so much was not transferred, or is not there any more.
        """
        fields = self._books.get("transfer", transfer)
        left = fields["amount"] - fields["amount_reversed"]
        amount, has = told.get("amount", left), (fields["destination"], fields["currency"])
        if not 0 < amount <= left:
            raise invalid(
                f"Transfer reversal amount ({amount}) is greater than what is left of it ({left})", param="amount"
            )
        if self._balance.payees[has] < amount:
            raise invalid("The connected account has insufficient funds for the reversal.", code="balance_insufficient")
        made = self._books.make(
            "transfer_reversal", amount=amount, currency=fields["currency"], transfer=transfer,
            metadata=told.get("metadata", {}),
        )  # fmt: skip
        entry = self._balance.enter("transfer_refund", amount, fields["currency"], made["id"])
        made["balance_transaction"] = entry["id"]
        fields["amount_reversed"] += amount
        fields["reversed"] = fields["amount_reversed"] == fields["amount"]
        self._balance.payees[has] -= amount
        self._books.tell("transfer.reversed", fields)
        return made

    def pay_out(self, account: str, currency: str = "eur") -> None:
        """A payee's bank has all that it had: nothing is left to be taken back."""
        self._balance.payees[account, currency] = 0
