"""What each operation does, by its name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from api.demo.stripe_server.balance import Balance
from api.demo.stripe_server.books import Books, Fields
from api.demo.stripe_server.connect import Connect
from api.demo.stripe_server.parameters import StripeOperation, invalid
from api.demo.stripe_server.payments import Payments
from api.demo.stripe_server.sessions import Sessions

Work: TypeAlias = Callable[[tuple[str, ...], Fields], Fields]
_LISTED = {
    "customers": "customer", "payment_intents": "payment_intent", "checkout/sessions": "checkout.session",
    "refunds": "refund", "disputes": "dispute", "accounts": "account", "transfers": "transfer", "payouts": "payout",
    "payment_methods": "payment_method", "mandates": "mandate",
}  # fmt: skip
_EVENTS_KEPT_S = 30 * 24 * 3600
_COMPARED: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
}


class Operations:
    """Does an operation, and shows what came of it as it was asked for."""

    def __init__(
        self, books: Books, balance: Balance, payments: Payments, sessions: Sessions, connect: Connect
    ) -> None:
        self._books = books
        self._balance = balance
        self._work: dict[str, Work] = {
            "POST /v1/customers": lambda _, told: payments.make_customer(told),
            "POST /v1/payment_methods/{}/detach": lambda ids, _: payments.detach(ids[0]),
            "POST /v1/payment_intents": lambda _, told: payments.make_intent(told),
            "POST /v1/payment_intents/{}/cancel": lambda ids, told: payments.cancel(
                ids[0], told.get("cancellation_reason")
            ),
            "POST /v1/checkout/sessions": lambda _, told: sessions.open(told),
            "POST /v1/checkout/sessions/{}/expire": lambda ids, _: sessions.expire(ids[0]),
            "POST /v1/refunds": lambda _, told: payments.make_refund(told),
            "POST /v1/accounts": lambda _, told: connect.make_account(told),
            "POST /v1/account_links": lambda _, told: connect.make_link(told),
            "POST /v1/transfers": lambda _, told: connect.transfer(told),
            "POST /v1/transfers/{}/reversals": lambda ids, told: connect.reverse(ids[0], told),
            "GET /v1/transfers/{}/reversals": self._reversals,
            "GET /v1/balance_transactions": self._entries,
            "GET /v1/events": self._events,
            "GET /v1/events/{}": self._event,
            "GET /v1/balance": self._available,
        }
        for path, kind in _LISTED.items():
            self._work[f"GET /v1/{path}"] = self._list_of(kind)
            self._work[f"GET /v1/{path}/{{}}"] = self._one_of(kind)

    def do(self, operation: StripeOperation, told: Fields) -> Fields:
        """Do an operation, and show its object, or a page of a list.

        Raises:
            Refusal: it is not done.
        """
        expand = told.pop("expand", [])
        shown = self._books.expanded(self._work[operation.name](operation.ids, told), expand)
        return {**shown, "url": operation.path} if shown["object"] == "list" else shown

    def _one_of(self, kind: str) -> Work:
        return lambda ids, _: self._books.get(kind, ids[0])

    def _list_of(self, kind: str) -> Work:
        return lambda _, told: self._page(self._books.of(kind), told)

    def _reversals(self, ids: tuple[str, ...], told: Fields) -> Fields:
        self._books.get("transfer", ids[0])
        return self._page(self._books.of("transfer_reversal", transfer=ids[0]), told)

    def _entries(self, _: tuple[str, ...], told: Fields) -> Fields:
        payout = told.pop("payout", None)
        return self._page(self._balance.in_payout(payout) if payout else self._balance.entries(), told)

    def _events(self, _: tuple[str, ...], told: Fields) -> Fields:
        oldest = self._books.clock.seconds - _EVENTS_KEPT_S
        ours = [event for event in self._books.events if event["created"] >= oldest and "account" not in event]
        return self._page(ours, told)

    def _event(self, ids: tuple[str, ...], _: Fields) -> Fields:
        for event in self._books.events:
            if event["id"] == ids[0]:
                return event
        raise invalid(f"No such event: '{ids[0]}'", code="resource_missing", status=404)

    def _available(self, *_: Any) -> Fields:
        currencies = {entry["currency"] for entry in self._balance.entries()}
        available = [{"currency": one, "amount": self._balance.available(one)} for one in sorted(currencies)]
        return {"object": "balance", "available": available}

    def _page(self, fields: list[Fields], told: Fields) -> Fields:
        """One page of a list, the newest first."""
        created = told.pop("created", {})
        limit, after = told.pop("limit", 10), told.pop("starting_after", None)
        met = [
            one for one in reversed(fields) if all(_COMPARED[how](one["created"], at) for how, at in created.items())
        ]
        met = [one for one in met if all(one.get(name) == value for name, value in told.items())]
        if after is not None:
            places = [place for place, one in enumerate(met) if one["id"] == after]
            if not places:
                raise invalid(f"No such object: '{after}'", param="starting_after", code="resource_missing")
            met = met[places[0] + 1 :]
        return {"object": "list", "data": met[:limit], "has_more": len(met) > limit}
