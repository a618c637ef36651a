"""The Stripe of the tests takes what Stripe publishes that it takes: a wrong name fails here, and not in the field."""

import importlib
import inspect
import re

import pytest
import requests
import stripe

from api.demo.stripe_server import books
from api.demo.stripe_server.parameters import OPERATIONS
from billing.payments import stripe as adapter
from billing.payments.gateway import Gateway
from billing.payments.gateway_records import GatewayRecords
from billing.payments.stripe import StripeGateway
from tests.billing.payments.stripe_scene import Scene, scene

#: Where Stripe's client has the published parameters of an operation.
TYPES = {
    "POST /v1/customers": "CustomerCreateParams",
    "GET /v1/customers": "CustomerListParams",
    "POST /v1/payment_intents": "PaymentIntentCreateParams",
    "GET /v1/payment_intents": "PaymentIntentListParams",
    "POST /v1/payment_intents/{}/cancel": "PaymentIntentCancelParams",
    "POST /v1/checkout/sessions": "checkout.SessionCreateParams",
    "GET /v1/checkout/sessions": "checkout.SessionListParams",
    "POST /v1/checkout/sessions/{}/expire": "checkout.SessionExpireParams",
    "POST /v1/refunds": "RefundCreateParams",
    "GET /v1/refunds": "RefundListParams",
    "GET /v1/disputes": "DisputeListParams",
    "POST /v1/accounts": "AccountCreateParams",
    "GET /v1/accounts": "AccountListParams",
    "POST /v1/account_links": "AccountLinkCreateParams",
    "POST /v1/transfers": "TransferCreateParams",
    "GET /v1/transfers": "TransferListParams",
    "POST /v1/transfers/{}/reversals": "TransferReversalCreateParams",
    "GET /v1/transfers/{}/reversals": "TransferReversalListParams",
    "GET /v1/balance_transactions": "BalanceTransactionListParams",
    "GET /v1/payouts": "PayoutListParams",
    "GET /v1/events": "EventListParams",
    "POST /v1/payment_methods/{}/detach": "PaymentMethodDetachParams",
}


def published(operation: str) -> tuple[type, dict[str, object]]:
    module, _, name = f"stripe.params.{TYPES[operation]}".rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    return kind, vars(inspect.getmodule(kind) or kind)


def is_published(kind: type, room: dict[str, object], path: list[str]) -> bool:
    """Whether a field stands in the published type, and what is below it in a type that the field names."""
    first, *rest = [part for part in path if part != "[]"]
    written = kind.__annotations__.get(first)
    if written is None:
        return False
    named = [room[name] for name in re.findall(r"\w+", repr(written)) if isinstance(room.get(name), type)]
    return not rest or any(is_published(below, room, rest) for below in named if isinstance(below, type))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_parameter_is_one_that_stripe_publishes(operation: str) -> None:
    if operation not in TYPES:
        assert OPERATIONS[operation].keys() <= {"expand"}
        return
    kind, room = published(operation)
    wrong = [name for name in OPERATIONS[operation] if not is_published(kind, room, name.split("."))]
    assert wrong == []


def test_a_name_that_stripe_does_not_publish_is_noticed() -> None:
    kind, room = published("POST /v1/checkout/sessions")
    assert is_published(kind, room, ["line_items", "[]", "price_data", "unit_amount"])
    assert not is_published(kind, room, ["line_items", "[]", "price_data", "unit_amounts"])
    assert not is_published(kind, room, ["payment_method_types"])


def test_the_version_is_pinned_and_the_one_of_the_clients_types() -> None:
    assert adapter.API_VERSION == books.API_VERSION == stripe.api_version


def test_it_is_both_halves_of_the_port() -> None:
    """mypy compares the two, and a program would not run with less."""
    gateway = StripeGateway("sk_test_x", [])
    moves: Gateway = gateway
    reads: GatewayRecords = gateway
    assert (moves.name, reads is gateway) == ("stripe", True)


class TestTheServerRefuses:
    @pytest.mark.parametrize(("path", "body", "code"), [
        pytest.param("payment_intents", "amount=100&currency=eur&custmer=cus_1", "parameter_unknown", id="a wrong name"),
        pytest.param("payment_intents", "currency=eur", "parameter_missing", id="a name that must be there"),
        pytest.param("payment_intents", "amount=1.5&currency=eur", "parameter_invalid_integer", id="half a cent"),
        pytest.param("payment_intents", "amount=9&currency=eur", "amount_too_small", id="less than the least"),
        pytest.param("payment_intents", "amount=900&currency=eur&payment_method_types[0]=card",
                     "payment_method_types_no_longer_supported", id="what the pinned version has no more"),
        pytest.param("checkout/sessions", "mode=payment&line_items[0][price]=x", "parameter_unknown", id="a wrong nested name"),
    ])  # fmt: skip
    def test_a_request(self, path: str, body: str, code: str) -> None:
        with scene() as here:
            answer = self.post(here, path, body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)

    def test_another_version_and_another_key(self) -> None:
        with scene() as here:
            assert self.post(here, "customers", "name=A", version="2020-08-27").status_code == 400
            assert self.post(here, "customers", "name=A", key="sk_test_wrong").status_code == 401

    def test_a_search(self) -> None:
        """It lags behind, so that nothing may rest on it: there is none."""
        with scene() as here:
            url = f"{here.stripe.address}/v1/payment_intents/search?query=x"
            headers = {"Authorization": f"Bearer {here.stripe.secret_key}", "Stripe-Version": adapter.API_VERSION}
            assert requests.get(url, headers=headers, timeout=5).status_code == 404

    @staticmethod
    def post(here: Scene, path: str, body: str, key: str = "", version: str = adapter.API_VERSION) -> requests.Response:
        headers = {"Authorization": f"Bearer {key or here.stripe.secret_key}", "Stripe-Version": version}
        return requests.post(f"{here.stripe.address}/v1/{path}", data=body, headers=headers, timeout=5)
