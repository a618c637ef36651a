"""Stripe behind the port: the only file that imports its client.

Each call is one request with a bounded time, never repeated by the client. Money is asked for by a key of order and
attempt, which Stripe remembers for 24 hours at least; afterwards ``find`` lists what there is, and never searches, for
Stripe's search lags. What was made is read from the answer to the request that made it, so that no second request can
fail between what was done and who asked for it.

What an error says of the outcome:

| what came | what was done |
|---|---|
| the connection was refused, the name not known, the certificate wrong | nothing: ``GatewayFailed`` |
| 429, 401, 403 | nothing: ``GatewayFailed``, for another key or more rights may come |
| 402 | nothing was paid, and a PaymentIntent is left: ``GatewayRefused`` |
| 400, 404 | nothing: ``GatewayRefused`` |
| 400, the key was used otherwise; 409, it is in use | what the other call did: ``GatewayOutcomeUnknown`` |
| 5xx, also one that is replayed; no answer; what is no answer of Stripe's | ``GatewayOutcomeUnknown`` |

A request that only reads does nothing, so all that is not an answer is ``GatewayFailed`` there.

Source: Stripe's API reference of the version that is pinned here; "Idempotent requests"; "Error handling".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from ssl import SSLCertVerificationError
from typing import Any, Literal, TypeVar

import stripe
import urllib3.exceptions

from billing.payments import stripe_events as events
from billing.payments import stripe_objects as objects
from billing.payments.gateway import (
    BalanceEntry,
    ChargeAsked,
    ConnectedAccount,
    GatewayCall,
    GatewayEvent,
    GatewayFailed,
    GatewayMovement,
    GatewayOutcomeUnknown,
    GatewayRefused,
    GatewayThing,
    OrderedMovement,
    PaymentRail,
    RefundAsked,
    SavedMethod,
    SessionAsked,
    TakeBackAsked,
    TransferAsked,
)
from billing.payments.gateway_records import GatewayPayout
from billing.payments.stripe_amounts import sent_amount

#: The form of requests and answers; a new one is a change of this file, of its tests, and of the endpoint at Stripe.
API_VERSION = "2026-10-28.endive"
CONNECTED_WITHIN = timedelta(seconds=5)
ANSWERED_WITHIN = timedelta(seconds=30)
_PAGE = 100  # the most that one list gives
_INTENT = "latest_charge.balance_transaction"
_CUSTOMER_FIELDS = ("email", "phone")
_ADDRESS_FIELDS = ("line1", "line2", "city", "postal_code", "state", "country")

StripeRail = Literal["card", "sepa_debit"]
Value = TypeVar("Value")


class StripeGateway:
    """Stripe, as one account of it."""

    def __init__(
        self,
        secret_key: str,
        webhook_secrets: Sequence[str],
        *,
        address: str = "https://api.stripe.com",
        connected_within: timedelta = CONNECTED_WITHIN,
        answered_within: timedelta = ANSWERED_WITHIN,
    ) -> None:
        """Take what is needed to ask; nothing is asked yet.

        Args:
            secret_key: of the account; a restricted key needs to write what this file writes.
            webhook_secrets: of the endpoint, the newest and those that are being replaced.
            address: of the interface.
            connected_within: how long a connection may take.
            answered_within: how long Stripe may be silent.
        """
        self._http = stripe.RequestsClient(timeout=(connected_within.total_seconds(), answered_within.total_seconds()))
        self._client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": address},
            max_network_retries=0,
            http_client=self._http,
        ).v1
        self._webhook_secrets = tuple(webhook_secrets)

    @property
    def name(self) -> str:
        """Of the gateway."""
        return "stripe"

    @property
    def signature_header(self) -> str:
        """The header by which Stripe signs."""
        return "Stripe-Signature"

    def close(self) -> None:
        """Close the connections of this thread."""
        self._http.close()  # type: ignore[no-untyped-call]  # the client has types but here

    def save_customer(self, call: GatewayCall, name: str, details: Mapping[str, str]) -> str:
        """Make a customer. Of the details, ``email``, ``phone`` and the parts of an address have fields at Stripe."""
        parameters: stripe.params.CustomerCreateParams = {"name": name, "metadata": {objects.ORDER: call.order}}
        if details.get("email"):
            parameters["email"] = details["email"]
        if details.get("phone"):
            parameters["phone"] = details["phone"]
        address = {part: details[part] for part in _ADDRESS_FIELDS if details.get(part)}
        if address:
            parameters["address"] = _address(address)
        others = {part: text for part, text in details.items() if part not in (*_CUSTOMER_FIELDS, *_ADDRESS_FIELDS)}
        parameters["metadata"] = {**others, objects.ORDER: call.order}
        with _doing():
            return self._client.customers.create(parameters, _by(call, "customer")).id

    def find_customer(self, order: str, since: datetime) -> str:
        """Look through the customers that were made since."""
        with _reading():
            listed = self._client.customers.list({"created": {"gte": int(since.timestamp())}, "limit": _PAGE})
            made = [one.id for one in listed.auto_paging_iter() if objects.is_of(one.to_dict(), order)]
        return made[-1] if made else ""

    def charge(self, asked: ChargeAsked) -> GatewayMovement:
        """Charge a saved method. Of what is refused by a card, a PaymentIntent is left that ``find`` lists."""
        parameters: stripe.params.PaymentIntentCreateParams = {
            "amount": sent_amount(asked.amount),
            "currency": asked.amount.currency.lower(),
            "customer": asked.saved.customer,
            "payment_method": asked.saved.method,
            "allowed_payment_method_types": _rails((asked.saved.rail,), asked.amount.currency),
            "confirm": True,
            "off_session": True,
            "metadata": objects.metadata_of(asked.call, OrderedMovement.CHARGE),
            "expand": [_INTENT],
        }
        if asked.call.document:
            parameters["description"] = asked.call.document
        with _doing():
            intent = self._client.payment_intents.create(parameters, _by(asked.call))
        return objects.payment(intent.to_dict())

    def open_session(self, asked: SessionAsked) -> GatewayMovement:
        """Open a Checkout page, in which one amount is paid or a method saved."""
        parameters = _saving(asked) if asked.amount is None else _paying(asked)
        with _doing():
            fields = self._client.checkout.sessions.create(parameters, _by(asked.call)).to_dict()
        return objects.session(fields, None, None)

    def close_session(self, session: str) -> GatewayMovement:
        """Expire a Checkout page. One that is paid or expired already is read as it is."""
        try:
            with _doing():
                fields = self._client.checkout.sessions.expire(session).to_dict()
        except GatewayRefused:
            known = self.fetch(GatewayThing.SESSION, session)
            if known is None:
                raise
            return known
        return objects.session(fields, None, None)

    def remove_method(self, call: GatewayCall, method: str) -> None:
        """Detach a payment method from its customer. One that is detached already, or unknown, is gone."""
        try:
            with _doing():
                self._client.payment_methods.detach(method, {}, _by(call, "detach"))
        except GatewayRefused:
            known = self.saved_method(method)
            if known is not None and known.is_active:
                raise

    def refund(self, asked: RefundAsked) -> GatewayMovement:
        """Refund a part or all of a payment."""
        with _doing():
            made = self._client.refunds.create(
                {
                    "payment_intent": asked.payment,
                    "amount": sent_amount(asked.amount),
                    "metadata": objects.metadata_of(asked.call, OrderedMovement.REFUND),
                },
                _by(asked.call),
            )
        return objects.refund(made.to_dict())

    def transfer(self, asked: TransferAsked) -> GatewayMovement:
        """Transfer from our balance to a connected account; refused while the balance does not have it."""
        parameters: stripe.params.TransferCreateParams = {
            "amount": sent_amount(asked.amount),
            "currency": asked.amount.currency.lower(),
            "destination": asked.account,
            "transfer_group": asked.group,
            "metadata": objects.metadata_of(asked.call, OrderedMovement.TRANSFER),
        }
        if asked.call.document:
            parameters["description"] = asked.call.document
        with _doing():
            made = self._client.transfers.create(parameters, _by(asked.call))
        return objects.transfer(made.to_dict())

    def take_back(self, asked: TakeBackAsked) -> GatewayMovement:
        """Reverse a part or all of a transfer; refused where the payee's balance does not cover it."""
        with _doing():
            made = self._client.transfers.reversals.create(
                asked.transfer,
                {
                    "amount": sent_amount(asked.amount),
                    "metadata": objects.metadata_of(asked.call, OrderedMovement.TAKE_BACK),
                },
                _by(asked.call),
            )
        return objects.taken_back(made.to_dict())

    def find(self, movement: OrderedMovement, order: str, customer: str) -> tuple[GatewayMovement, ...]:
        """List what was made for an order, by listing all that is the customer's, the payment's or the account's."""
        look = {
            OrderedMovement.CHARGE: self._charges_of,
            OrderedMovement.SESSION: self._sessions_of,
            OrderedMovement.REFUND: self._refunds_of,
            OrderedMovement.TRANSFER: self._transfers_of,
            OrderedMovement.TAKE_BACK: self._taken_back_of,
        }[movement]
        with _reading():
            return tuple(reversed([one for one in look(order, customer) if one.movement is movement]))

    def fetch(self, thing: GatewayThing, thing_id: str, account: str = "") -> GatewayMovement | None:
        """Read a movement as it stands now."""
        look = {
            GatewayThing.PAYMENT: self._payment,
            GatewayThing.SESSION: self._session,
            GatewayThing.REFUND: self._refund,
            GatewayThing.CHARGEBACK: self._charged_back,
            GatewayThing.TRANSFER: self._transfer,
        }.get(thing)
        if look is None or account:  # what is of a connected account is none of our movements
            return None
        with _reading():
            return _known(lambda: look(thing_id))

    def saved_method(self, thing_id: str) -> SavedMethod | None:
        """Read a payment method, by its name or by its mandate's."""
        with _reading():
            return _known(lambda: self._saved_method(thing_id))

    def payout(self, payout: str, account: str = "") -> GatewayPayout | None:
        """Read a payout."""
        with _reading():
            options: stripe.RequestOptions = {"stripe_account": account} if account else {}
            return _known(lambda: objects.payout(self._client.payouts.retrieve(payout, options=options).to_dict()))

    def read_event(self, body: bytes, signature: str, now: datetime) -> GatewayEvent:
        """Read what was sent to us."""
        return events.read_event(body, signature, self._webhook_secrets, now)

    def events_since(self, since: datetime) -> Iterator[GatewayEvent]:
        """List the events of our account; Stripe keeps them for 30 days."""
        with _reading():
            listed = self._client.events.list({"created": {"gte": int(since.timestamp())}, "limit": _PAGE})
            fields = [one.to_dict() for one in listed.auto_paging_iter()]
        yield from (events.event(one) for one in reversed(fields))

    def connect(self, call: GatewayCall, name: str, country: str) -> ConnectedAccount:
        """Make a connected account that receives transfers and is paid out; Stripe asks the payee for the rest."""
        with _doing():
            made = self._client.accounts.create(
                {
                    "country": country,
                    "business_profile": {"name": name},
                    "capabilities": {"transfers": {"requested": True}},
                    "controller": {
                        "fees": {"payer": "application"},
                        "losses": {"payments": "application"},
                        "requirement_collection": "stripe",
                        "stripe_dashboard": {"type": "express"},
                    },
                    "metadata": {objects.ORDER: call.order},
                },
                _by(call, "account"),
            )
        return objects.connected_account(made.to_dict())

    def find_account(self, order: str, since: datetime) -> ConnectedAccount | None:
        """Look through the connected accounts that were made since."""
        with _reading():
            listed = self._client.accounts.list({"created": {"gte": int(since.timestamp())}, "limit": _PAGE})
            made = [fields for one in listed.auto_paging_iter() if objects.is_of(fields := one.to_dict(), order)]
        return objects.connected_account(made[-1]) if made else None

    def onboarding_url(self, account: str, back_url: str) -> str:
        """Make a link for a payee. It is used once and expires within minutes; then ``back_url`` is called again."""
        with _doing():
            return self._client.account_links.create(
                {
                    "account": account,
                    "type": "account_onboarding",
                    "refresh_url": back_url,
                    "return_url": back_url,
                }
            ).url

    def account(self, account: str) -> ConnectedAccount:
        """Read a connected account."""
        with _reading():
            return objects.connected_account(self._client.accounts.retrieve(account).to_dict())

    def balance_since(self, since: datetime) -> Iterator[BalanceEntry]:
        """List balance transactions; those of a payout since then are listed with it, however old they are."""
        start: stripe.params.BalanceTransactionListParamsCreated = {"gte": int(since.timestamp())}
        with _reading():
            listed = self._client.balance_transactions.list({"created": start, "limit": _PAGE})
            entries = {fields["id"]: (fields, "") for one in listed.auto_paging_iter() if (fields := one.to_dict())}
            for payout in self._client.payouts.list({"created": {**start}, "limit": _PAGE}).auto_paging_iter():
                if not payout.automatic:
                    continue  # of what a payout by hand consists, Stripe does not say
                of_it = self._client.balance_transactions.list({"payout": payout.id, "limit": _PAGE})
                entries |= {one.id: (one.to_dict(), payout.id) for one in of_it.auto_paging_iter()}
        in_order = sorted(entries.values(), key=lambda entry: (entry[0]["created"], entry[0]["id"]))
        yield from (objects.balance_entry(fields, payout_id) for fields, payout_id in in_order)

    def _charges_of(self, order: str, customer: str) -> Iterator[GatewayMovement]:
        where: stripe.params.PaymentIntentListParams = {"limit": _PAGE, "expand": [f"data.{_INTENT}"]}
        if customer:
            where["customer"] = customer
        for intent in self._client.payment_intents.list(where).auto_paging_iter():
            fields = intent.to_dict()
            if objects.is_of(fields, order) and objects.movement_named(fields) == OrderedMovement.CHARGE:
                yield objects.payment(fields, self._disputes(fields))

    def _sessions_of(self, order: str, customer: str) -> Iterator[GatewayMovement]:
        where: stripe.params.checkout.SessionListParams = {"limit": _PAGE}
        if customer:
            where["customer"] = customer
        for session in self._client.checkout.sessions.list(where).auto_paging_iter():
            if objects.is_of(session.to_dict(), order):
                yield self._session(session.id)

    def _refunds_of(self, order: str, of: str) -> Iterator[GatewayMovement]:
        payments = [of]
        if of and not of.startswith("pi_"):
            listed = self._client.payment_intents.list({"customer": of, "limit": _PAGE})
            payments = [intent.id for intent in listed.auto_paging_iter()]
        made = []
        for payment in payments:
            where: stripe.params.RefundListParams = {"limit": _PAGE}
            if payment:
                where["payment_intent"] = payment
            made += [one.to_dict() for one in self._client.refunds.list(where).auto_paging_iter()]
        newest_first = sorted(made, key=lambda fields: int(fields["created"]), reverse=True)
        yield from (objects.refund(fields) for fields in newest_first if objects.is_of(fields, order))

    def _transfers_of(self, order: str, account: str) -> Iterator[GatewayMovement]:
        listed = (transfer.to_dict() for transfer in self._transfers(account))
        yield from (objects.transfer(fields) for fields in listed if objects.is_of(fields, order))

    def _taken_back_of(self, order: str, of: str) -> Iterator[GatewayMovement]:
        transfers = [of] if of.startswith("tr_") else [one.id for one in self._transfers(of) if one.amount_reversed]
        for transfer in transfers:
            listed = self._client.transfers.reversals.list(transfer, {"limit": _PAGE}).auto_paging_iter()
            yield from (objects.taken_back(fields) for one in listed if objects.is_of(fields := one.to_dict(), order))

    def _transfers(self, account: str) -> Iterator[stripe.Transfer]:
        where: stripe.params.TransferListParams = {"limit": _PAGE}
        if account:
            where["destination"] = account
        return self._client.transfers.list(where).auto_paging_iter()

    def _payment(self, intent: str) -> GatewayMovement:
        fields = self._client.payment_intents.retrieve(intent, {"expand": [_INTENT]}).to_dict()
        if objects.movement_named(fields) == OrderedMovement.SESSION:
            sessions = self._client.checkout.sessions.list({"payment_intent": intent, "limit": 1}).data
            if sessions:
                return self._session(sessions[0].id)
        return objects.payment(fields, self._disputes(fields))

    def _session(self, session: str) -> GatewayMovement:
        expand = [f"payment_intent.{_INTENT}", "payment_intent.payment_method", "setup_intent.payment_method"]
        expand.append("setup_intent.mandate")
        fields = self._client.checkout.sessions.retrieve(session, {"expand": expand}).to_dict()
        intent = fields.get("payment_intent")
        if intent:
            saved = self._saved_by(intent) if objects.saves_method(intent) else None
            return objects.session(fields, objects.payment(intent, self._disputes(intent)), saved)
        setup = fields.get("setup_intent") or {}
        method = setup.get("payment_method")
        saved = objects.saved_method(method, setup.get("mandate") or {}) if method else None
        return objects.session(fields, None, saved)

    def _saved_by(self, intent: Mapping[str, Any]) -> SavedMethod | None:
        mandate = objects.mandate_of_charge(intent)
        fields = self._client.mandates.retrieve(mandate).to_dict() if mandate else {}
        method = intent.get("payment_method")
        return objects.saved_method(method, fields) if method else None

    def _refund(self, refund: str) -> GatewayMovement:
        return objects.refund(self._client.refunds.retrieve(refund).to_dict())

    def _charged_back(self, dispute: str) -> GatewayMovement | None:
        intent = self._client.disputes.retrieve(dispute).payment_intent
        return self._payment(intent if isinstance(intent, str) else intent.id) if intent else None

    def _transfer(self, transfer: str) -> GatewayMovement:
        return objects.transfer(self._client.transfers.retrieve(transfer).to_dict())

    def _saved_method(self, thing_id: str) -> SavedMethod | None:
        mandate: dict[str, Any] = {}
        if thing_id.startswith("mandate_"):
            mandate = self._client.mandates.retrieve(thing_id).to_dict()
            thing_id = str(mandate["payment_method"])
        return objects.saved_method(self._client.payment_methods.retrieve(thing_id).to_dict(), mandate)

    def _disputes(self, intent: Mapping[str, Any]) -> list[dict[str, Any]]:
        charge = intent.get("latest_charge")
        if not charge or not charge["disputed"]:
            return []
        listed = self._client.disputes.list({"payment_intent": intent["id"], "limit": _PAGE})
        return [one.to_dict() for one in listed.auto_paging_iter()]


def _by(call: GatewayCall, prefix: str = "") -> stripe.RequestOptions:
    """The key of a call. What is no movement of money has a key of its own kind, as an order may need both."""
    return {"idempotency_key": f"{prefix}.{call.key}" if prefix else call.key}


def _address(parts: Mapping[str, str]) -> stripe.params.CustomerCreateParamsAddress:
    address: stripe.params.CustomerCreateParamsAddress = {}
    address.update(parts)  # type: ignore[typeddict-item]  # its names are _ADDRESS_FIELDS
    return address


def _rails(rails: Sequence[PaymentRail], currency: str) -> list[StripeRail | str]:
    """Name the rails by which a currency may be taken: a direct debit is in euro.

    Raises:
        GatewayRefused: none is left. Stripe itself would drop a rail that does not fit without a word.
    """
    fitting = [rail for rail in rails if rail is not PaymentRail.SEPA_CORE or currency == "EUR"]
    if not fitting:
        raise GatewayRefused(f"{currency} is not taken by direct debit", code="no_rail_for_currency")
    return [objects.RAILS[rail] for rail in fitting]


def _paying(asked: SessionAsked) -> stripe.params.checkout.SessionCreateParams:
    if asked.amount is None:
        raise ValueError("nothing is paid in it")
    metadata = objects.metadata_of(asked.call, OrderedMovement.SESSION)
    words = asked.call.document or asked.call.order
    payment: stripe.params.checkout.SessionCreateParamsPaymentIntentData = {"metadata": metadata, "description": words}
    if asked.saves_method:
        payment["setup_future_usage"] = "off_session"
    parameters = _page(asked, _rails(asked.rails, asked.amount.currency))
    parameters["mode"] = "payment"
    parameters["payment_intent_data"] = payment
    parameters["submit_type"] = "pay"
    # What is due is the document's amount in its currency; Stripe would offer another one at a rate of its own.
    parameters["adaptive_pricing"] = {"enabled": False}
    parameters["line_items"] = [
        {
            "quantity": 1,
            "price_data": {
                "currency": asked.amount.currency.lower(),
                "unit_amount": sent_amount(asked.amount),
                "product_data": {"name": words},
            },
        }
    ]
    if not asked.customer and asked.saves_method:
        raise GatewayRefused("a method is saved of a customer that Stripe knows", code="no_customer")
    return parameters


def _saving(asked: SessionAsked) -> stripe.params.checkout.SessionCreateParams:
    if not asked.customer:
        raise GatewayRefused("a method is saved of a customer that Stripe knows", code="no_customer")
    parameters = _page(asked, [objects.RAILS[rail] for rail in asked.rails])
    parameters["mode"] = "setup"
    parameters["setup_intent_data"] = {"metadata": objects.metadata_of(asked.call, OrderedMovement.SESSION)}
    return parameters


def _page(asked: SessionAsked, rails: list[StripeRail | str]) -> stripe.params.checkout.SessionCreateParams:
    parameters: stripe.params.checkout.SessionCreateParams = {
        "client_reference_id": asked.call.order,
        "allowed_payment_method_types": rails,
        "success_url": asked.success_url,
        "cancel_url": asked.cancel_url,
        "expires_at": int(asked.ends_at.timestamp()),
        "metadata": objects.metadata_of(asked.call, OrderedMovement.SESSION),
    }
    if asked.customer:
        parameters["customer"] = asked.customer
    return parameters


def _known(read: Callable[[], Value]) -> Value | None:
    """What is read, or None where Stripe has nothing of that name."""
    try:
        return read()
    except stripe.InvalidRequestError as error:
        if error.http_status == HTTPStatus.NOT_FOUND:
            return None
        raise


@contextmanager
def _doing() -> Iterator[None]:
    """Say what a request that does something came to, where it came to no answer."""
    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.IdempotencyError as error:
        raise GatewayOutcomeUnknown(f"the key was used with other parameters: {_words(error)}") from error
    except stripe.InvalidRequestError as error:
        raise _refused(error) from error
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise GatewayFailed(_words(error)) from error
    except stripe.APIConnectionError as error:
        if _was_never_connected(error):
            raise GatewayFailed("Stripe could not be reached") from error
        raise GatewayOutcomeUnknown("no answer came") from error
    except stripe.StripeError as error:
        raise GatewayOutcomeUnknown(f"{error.http_status or 'no status'}: {_words(error)}") from error


@contextmanager
def _reading() -> Iterator[None]:
    """The same of a request that only reads, which does nothing whatever came of it."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        raise _refused(error) from error
    except stripe.StripeError as error:
        raise GatewayFailed(_words(error)) from error


def _declined(error: stripe.CardError) -> GatewayRefused:
    details = error.error
    code = str((details and (details.decline_code or details.code)) or error.code or "card_error")
    made = details.payment_intent.id if details and details.payment_intent else ""
    advice = str((details and details.advice_code) or "")
    later = objects.may_retry_later(code, advice)
    return GatewayRefused(_words(error), code=code, may_retry_later=later, made=made)


def _refused(error: stripe.InvalidRequestError) -> GatewayRefused:
    code = str(error.code or "invalid_request")
    return GatewayRefused(_words(error), code=code, may_retry_later=objects.may_retry_later(code, ""))


def _words(error: stripe.StripeError) -> str:
    """What Stripe says, with the name of the request for whoever asks Stripe about it."""
    return str(error)


def _was_never_connected(error: stripe.APIConnectionError) -> bool:
    """Whether the request was surely not sent: there was no connection to send it by."""
    cause = error.__cause__
    failure = cause.args[0] if cause is not None and cause.args else None
    reason = getattr(failure, "reason", None)
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], SSLCertVerificationError)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.ProxyError,
    )
