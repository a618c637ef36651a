"""Checkout: pages in which a customer pays or saves a method, and which close."""

from api.demo.stripe_server.books import Books, CannotHappen, Fields
from api.demo.stripe_server.parameters import Refusal, invalid
from api.demo.stripe_server.payments import Payments

_LEAST_S, _MOST_S = 30 * 60, 24 * 3600


class Sessions:
    """Pages, open for a day at most."""

    def __init__(self, books: Books, payments: Payments) -> None:
        self._books = books
        self._payments = payments
        self._asked: dict[str, Fields] = {}
        #: What the addresses of pages begin with; nobody is there, unless the server shows them itself.
        self.address = "https://checkout.example"
        payments.after_intent.append(self._tell_of_late_payment)

    def open(self, told: Fields) -> Fields:
        """Open a page.

        Raises:
            Refusal: what is asked of it is missing, or is not possible.
        """
        clock, mode = self._books.clock, told.get("mode", "")
        expires_at = told.get("expires_at", clock.seconds + _MOST_S)
        if not clock.seconds + _LEAST_S <= expires_at <= clock.seconds + _MOST_S:
            raise invalid(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", param="expires_at"
            )
        if mode not in {"payment", "setup"}:
            raise invalid("You must provide one of: mode.", param="mode", code="parameter_missing")
        if not told.get("success_url"):
            raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
        if told.get("customer"):
            self._books.get("customer", told["customer"])
        total, currency = self._total(told) if mode == "payment" else (None, None)
        allowed = told.get("allowed_payment_method_types", ["card", "sepa_debit"])
        rails = [rail for rail in allowed if rail != "sepa_debit" or currency in {None, "eur"}]
        if not rails:
            raise invalid("No valid payment method types for this Checkout Session.")
        setup = None
        if mode == "setup":
            data = told.get("setup_intent_data", {})
            setup = self._books.make(
                "setup_intent", customer=told.get("customer"), metadata=data.get("metadata", {}), mandate=None,
                payment_method=None, status="requires_payment_method", usage="off_session", latest_attempt=None,
            )  # fmt: skip
        session = self._books.make(
            "checkout.session", mode=mode, status="open", expires_at=expires_at, customer=told.get("customer"),
            amount_total=total, amount_subtotal=total, currency=currency, metadata=told.get("metadata", {}),
            client_reference_id=told.get("client_reference_id"), payment_intent=None, payment_method_types=rails,
            payment_status="unpaid" if mode == "payment" else "no_payment_required",
            setup_intent=setup["id"] if setup else None, success_url=told["success_url"],
            cancel_url=told.get("cancel_url"), adaptive_pricing=told.get("adaptive_pricing", {"enabled": True}),
        )  # fmt: skip
        session["url"] = f"{self.address}/{session['id']}"
        self._asked[session["id"]] = told
        clock.at(expires_at, lambda: self._expire(session))
        return session

    def expire(self, name: str) -> Fields:
        """Close a page before its time.

        Raises:
            Refusal: it is closed.
        """
        session = self._books.get("checkout.session", name)
        if session["status"] != "open":
            message = 'Only Checkout Sessions with a status in ["open"] can be expired.'
            raise invalid(f"{message} This Checkout Session has a status of `{session['status']}`.")
        self._expire(session)
        return session

    def pay(self, name: str, rail: str = "card", behaves: str = "succeeds") -> bool:
        """A customer pays in a page, or saves a method in it.

        Returns:
            Whether the page is done with; after a declined card it is still open.

        Raises:
            CannotHappen: the page is closed, or does not offer that.
        """
        session = self._books.get("checkout.session", name)
        if session["status"] != "open":
            raise CannotHappen("nobody pays in a page that is closed")
        if rail not in session["payment_method_types"]:
            raise CannotHappen(f"the page does not offer {rail}")
        told = self._asked[name]
        data = told.get("payment_intent_data", {})
        keeps = session["mode"] == "setup" or data.get("setup_future_usage") == "off_session"
        owner = session["customer"] if keeps else None
        save = self._payments.save_account if rail == "sepa_debit" else self._payments.save_card
        method = save(owner, behaves)
        if session["mode"] == "setup":
            self._set_up(session, method)
            return True
        if session["payment_intent"] is None:
            session["payment_intent"] = self._payments.open_intent({
                "amount": session["amount_total"], "currency": session["currency"], "customer": session["customer"],
                "allowed_payment_method_types": session["payment_method_types"], **data,
            })["id"]  # fmt: skip
        intent = self._books.get("payment_intent", session["payment_intent"])
        try:
            self._payments.confirm(intent, method, is_off_session=False)
        except Refusal:
            return False
        if intent["status"] == "requires_action":
            self._payments.authenticate(intent)
        self._complete(session, is_paid=intent["status"] == "succeeded")
        return True

    def _set_up(self, session: Fields, method: Fields) -> None:
        setup, mandate = self._books.get("setup_intent", session["setup_intent"]), self._payments.mandate_of(method)
        setup |= {"status": "succeeded", "payment_method": method["id"], "mandate": mandate["id"] if mandate else None}
        self._books.tell("setup_intent.succeeded", setup)
        self._complete(session, is_paid=False)

    def _complete(self, session: Fields, *, is_paid: bool) -> None:
        session |= {"status": "complete", "url": None}
        if is_paid:
            session["payment_status"] = "paid"
        self._books.tell("checkout.session.completed", session)

    def _tell_of_late_payment(self, intent: Fields) -> None:
        """A debit that was under way when the page was done with succeeds or fails."""
        for session in self._books.of("checkout.session", payment_intent=intent["id"], status="complete"):
            is_paid = intent["status"] == "succeeded"
            if is_paid:
                session["payment_status"] = "paid"
            self._books.tell(f"checkout.session.async_payment_{'succeeded' if is_paid else 'failed'}", session)

    def _expire(self, session: Fields) -> None:
        if session["status"] != "open":
            return
        session |= {"status": "expired", "url": None}
        if session["payment_intent"]:
            self._payments.cancel(session["payment_intent"], "automatic")
        self._books.tell("checkout.session.expired", session)

    def _total(self, told: Fields) -> tuple[int, str]:
        items = told.get("line_items", [])
        if not items:
            raise invalid("You must pass `line_items` in `payment` mode.", param="line_items", code="parameter_missing")
        currencies = {item["price_data"]["currency"] for item in items}
        if len(currencies) != 1:
            raise invalid("All prices on a Checkout session must be in the same currency.", param="line_items")
        return sum(item["price_data"]["unit_amount"] * item["quantity"] for item in items), currencies.pop()
