"""What the Stripe of our own knows: objects by their names, and what it has told of them."""

import copy
import itertools
from typing import Any, TypeAlias

from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.parameters import invalid

Fields: TypeAlias = dict[str, Any]

API_VERSION = "2026-10-28.endive"
KINDS = {
    "customer": "cus", "payment_method": "pm", "mandate": "mandate", "payment_intent": "pi", "charge": "ch",
    "checkout.session": "cs_test", "setup_intent": "seti", "refund": "re", "dispute": "du", "account": "acct",
    "transfer": "tr", "transfer_reversal": "trr", "balance_transaction": "txn", "payout": "po", "event": "evt",
}  # fmt: skip


class CannotHappen(Exception):
    """Neither a customer, a bank nor Stripe could do this: whoever has it happen is wrong."""


class Books:
    """All objects of one account of Stripe's, and its events."""

    def __init__(self, clock: GatewayClock) -> None:
        self.clock = clock
        self.objects: dict[str, Fields] = {}
        self.events: list[Fields] = []
        self._numbers = itertools.count(1)

    def number_from(self, first: int) -> None:
        """Name what comes from a number on, so that one that is begun anew does not name anything as before."""
        self._numbers = itertools.count(first)

    def make(self, kind: str, **fields: Any) -> Fields:
        """Keep a new object of a kind, under a name of its own."""
        name = f"{KINDS[kind]}_{next(self._numbers):06d}"
        made: Fields = {"id": name, "object": kind, "created": self.clock.seconds, "livemode": False, **fields}
        self.objects[name] = made
        return made

    def get(self, kind: str, name: str) -> Fields:
        """The object of a kind.

        Raises:
            Refusal: there is none of that name.
        """
        known = self.objects.get(name)
        if known is None or known["object"] != kind:
            words = kind.replace("checkout.", "").replace("_", " ")
            raise invalid(f"No such {words}: '{name}'", param="id", code="resource_missing", status=404)
        return known

    def of(self, kind: str, **where: Any) -> list[Fields]:
        """The objects of a kind, the oldest first."""
        return [
            fields
            for fields in self.objects.values()
            if fields["object"] == kind and all(fields.get(name) == value for name, value in where.items())
        ]

    def tell(self, kind: str, about: Fields, account: str = "") -> Fields:
        """Write an event with the object as it stands now."""
        event: Fields = {
            "id": f"evt_{next(self._numbers):06d}",
            "object": "event",
            "api_version": API_VERSION,
            "created": self.clock.seconds,
            "livemode": False,
            "type": kind,
            "data": {"object": copy.deepcopy(about)},
            **({"account": account} if account else {}),
        }
        self.events.append(event)
        return event

    def expanded(self, fields: Fields, paths: list[str]) -> Fields:
        """A copy in which the objects that are named by paths stand instead of their names."""
        shown = copy.deepcopy(fields)
        for path in paths:
            self._expand(shown, path.split("."))
        return shown

    def _expand(self, shown: Fields, path: list[str]) -> None:
        first, *rest = path
        if first not in shown:
            raise invalid(f"This property cannot be expanded ({first}).", param="expand")
        field = shown[first]
        if isinstance(field, list):
            for one in field:
                self._expand(one, rest)
            return
        if isinstance(field, str):
            if field not in self.objects:
                raise invalid(f"This property cannot be expanded ({first}).", param="expand")
            shown[first] = copy.deepcopy(self.objects[field])
        if rest and isinstance(shown[first], dict):
            self._expand(shown[first], rest)
