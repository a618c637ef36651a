"""What may be asked of the Stripe of our own: the parameters of each operation, by the published interface.

Of the interface's parameters those stand here that the product has a use for; one that is not here is refused as Stripe
refuses an unknown one, so that a wrong name fails. tests/billing/payments/test_stripe_interface.py compares the table
with the types that Stripe publishes of the pinned version.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

#: ``int``, ``bool``, ``text``, ``texts`` (a list), ``map`` (free keys); a ``!`` where the parameter must be there.
PAGED = {"limit": "int", "starting_after": "text", "ending_before": "text", "expand": "texts"}
CREATED = {"created.gt": "int", "created.gte": "int", "created.lt": "int", "created.lte": "int"}
NO_MORE = {"expand": "texts"}
_ADDRESS = {f"address.{part}": "text" for part in ("line1", "line2", "city", "postal_code", "state", "country")}
OPERATIONS: dict[str, dict[str, str]] = {
    "POST /v1/customers": {
        "name": "text", "email": "text", "phone": "text", "description": "text", "metadata": "map", "expand": "texts",
        **_ADDRESS,
    },
    "GET /v1/customers": {"email": "text", **CREATED, **PAGED},
    "GET /v1/customers/{}": NO_MORE,
    "GET /v1/payment_methods/{}": NO_MORE,
    "POST /v1/payment_methods/{}/detach": NO_MORE,
    "GET /v1/mandates/{}": NO_MORE,
    "POST /v1/payment_intents": {
        "amount": "int!", "currency": "text!", "customer": "text", "payment_method": "text", "confirm": "bool",
        "off_session": "bool", "allowed_payment_method_types": "texts", "description": "text", "metadata": "map",
        "transfer_group": "text", "setup_future_usage": "text", "mandate": "text", "receipt_email": "text",
        "statement_descriptor_suffix": "text", "expand": "texts",
    },
    "GET /v1/payment_intents": {"customer": "text", **CREATED, **PAGED},
    "GET /v1/payment_intents/{}": NO_MORE,
    "POST /v1/payment_intents/{}/cancel": {"cancellation_reason": "text", "expand": "texts"},
    "POST /v1/checkout/sessions": {
        "mode": "text", "customer": "text", "client_reference_id": "text", "success_url": "text", "cancel_url": "text",
        "expires_at": "int", "allowed_payment_method_types": "texts", "metadata": "map", "submit_type": "text",
        "currency": "text", "locale": "text", "expand": "texts", "adaptive_pricing.enabled": "bool",
        "payment_intent_data.metadata": "map", "payment_intent_data.description": "text",
        "payment_intent_data.setup_future_usage": "text", "payment_intent_data.transfer_group": "text",
        "setup_intent_data.metadata": "map", "setup_intent_data.description": "text",
        "line_items.[].quantity": "int", "line_items.[].price_data.currency": "text",
        "line_items.[].price_data.unit_amount": "int", "line_items.[].price_data.product_data.name": "text",
    },
    "GET /v1/checkout/sessions": {"customer": "text", "payment_intent": "text", "status": "text", **CREATED, **PAGED},
    "GET /v1/checkout/sessions/{}": NO_MORE,
    "POST /v1/checkout/sessions/{}/expire": NO_MORE,
    "POST /v1/refunds": {
        "payment_intent": "text", "charge": "text", "amount": "int", "reason": "text", "metadata": "map",
        "expand": "texts",
    },
    "GET /v1/refunds": {"payment_intent": "text", "charge": "text", **CREATED, **PAGED},
    "GET /v1/refunds/{}": NO_MORE,
    "GET /v1/disputes": {"payment_intent": "text", "charge": "text", **CREATED, **PAGED},
    "GET /v1/disputes/{}": NO_MORE,
    "POST /v1/accounts": {
        "country": "text", "email": "text", "business_profile.name": "text", "metadata": "map", "expand": "texts",
        "capabilities.transfers.requested": "bool", "controller.fees.payer": "text",
        "controller.losses.payments": "text", "controller.requirement_collection": "text",
        "controller.stripe_dashboard.type": "text",
    },
    "GET /v1/accounts": {**CREATED, **PAGED},
    "GET /v1/accounts/{}": NO_MORE,
    "POST /v1/account_links": {
        "account": "text!", "type": "text!", "refresh_url": "text", "return_url": "text", "expand": "texts",
    },
    "POST /v1/transfers": {
        "amount": "int", "currency": "text!", "destination": "text!", "transfer_group": "text", "description": "text",
        "source_transaction": "text", "metadata": "map", "expand": "texts",
    },
    "GET /v1/transfers": {"destination": "text", "transfer_group": "text", **CREATED, **PAGED},
    "GET /v1/transfers/{}": NO_MORE,
    "POST /v1/transfers/{}/reversals": {"amount": "int", "description": "text", "metadata": "map", "expand": "texts"},
    "GET /v1/transfers/{}/reversals": PAGED,
    "GET /v1/balance_transactions": {
        "payout": "text", "source": "text", "type": "text", "currency": "text", **CREATED, **PAGED,
    },
    "GET /v1/payouts": {"status": "text", **CREATED, **PAGED},
    "GET /v1/payouts/{}": NO_MORE,
    "GET /v1/events": {"type": "text", "types": "texts", **CREATED, **PAGED},
    "GET /v1/events/{}": NO_MORE,
    "GET /v1/balance": NO_MORE,
}  # fmt: skip
_PAGE_MAX = 100


class Refusal(Exception):
    """An answer of Stripe's that is no success."""

    def __init__(self, status: int, kind: str, message: str, *, code: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **({"code": code} if code else {}), **more}}


def invalid(message: str, *, param: str = "", code: str = "", status: int = 400) -> Refusal:
    """Refuse a request as Stripe does that is wrong in itself."""
    return Refusal(status, "invalid_request_error", message, code=code, **({"param": param} if param else {}))


@dataclass(frozen=True)
class StripeOperation:
    """Which operation a request asks for, and of which objects."""

    name: str
    ids: tuple[str, ...]
    path: str


def operation(method: str, path: str) -> StripeOperation:
    """Find the operation that a request asks for.

    Raises:
        Refusal: (404) there is none.
    """
    for name in OPERATIONS:
        verb, pattern = name.split(" ")
        if verb == method and (met := re.fullmatch(pattern.replace("{}", "(?!search)([^/]+)"), path)):
            return StripeOperation(name, met.groups(), path)
    raise invalid(f"Unrecognized request URL ({method}: {path}).", status=404)


def read(name: str, text: str) -> dict[str, Any]:
    """Read the parameters of an operation: ``a[b][0][c]=1`` as nested values, each known and of its type.

    Raises:
        Refusal: a parameter is unknown, missing, twice there, or not of its type.
    """
    allowed = OPERATIONS[name]
    told: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        parts = [part for part in re.split(r"[\[\]]+", key) if part]
        told = _placed(told, parts, _value(allowed, key, parts, value))
    for parameter, kind in allowed.items():
        if kind.endswith("!") and parameter not in told:
            raise invalid(f"Missing required param: {parameter}.", param=parameter, code="parameter_missing")
    if not 1 <= int(told.get("limit", 1)) <= _PAGE_MAX:
        raise invalid("This value must be between 1 and 100.", param="limit")
    return told


def _value(allowed: dict[str, str], key: str, parts: list[str], value: str) -> Any:
    path = ".".join("[]" if part.isdigit() else part for part in parts)
    if parts[-1].isdigit() and allowed.get(path.removesuffix(".[]")) == "texts":
        return value
    if len(parts) > 1 and allowed.get(".".join(path.split(".")[:-1])) == "map":
        return value
    kind = allowed.get(path, "").rstrip("!")
    if kind == "int" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "bool" and value in {"true", "false"}:
        return value == "true"
    if kind == "text":
        return value
    if kind in {"int", "bool"}:
        raise invalid(
            f"Invalid {kind}: {value}", param=key, code=f"parameter_invalid_{'integer' if kind == 'int' else kind}"
        )
    if path == "payment_method_types.[]":
        raise invalid(
            "payment_method_types is no longer supported.", param=key, code="payment_method_types_no_longer_supported"
        )
    raise invalid(f"Received unknown parameter: {key}", param=key, code="parameter_unknown")


def _placed(told: dict[str, Any], parts: list[str], value: Any) -> dict[str, Any]:
    """The nested values with one more; a list is kept by its numbers, which come in order."""
    first, *rest = parts
    if rest and rest[0].isdigit():
        items = list(told.get(first, ()))
        place = int(rest[0])
        items += [{}] * (place + 1 - len(items))
        items[place] = _placed(items[place], rest[1:], value) if rest[1:] else value
        return {**told, first: items}
    return {**told, first: _placed(told.get(first, {}), rest, value) if rest else value}
