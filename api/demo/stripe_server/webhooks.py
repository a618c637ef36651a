"""What is sent of events: signed as it is sent, in order or not, twice, late, or never."""

import hmac
import json
from collections.abc import Callable
from hashlib import sha256
from random import Random

import requests

from api.demo.stripe_server.books import Books, Fields

Receiver = Callable[[bytes, str], None]
SECRET = "whsec_of_the_tests"


def signature(body: bytes, secrets: tuple[str, ...], seconds: int) -> str:
    signed = str(seconds).encode() + b"." + body
    return ",".join([f"t={seconds}", *(f"v1={hmac.new(one.encode(), signed, sha256).hexdigest()}" for one in secrets)])


class Webhooks:
    """Events on their way to an endpoint. They go when a test says so, or with each answer."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._next = 0
        self.secrets: tuple[str, ...] = (SECRET,)
        self.receiver: Receiver | None = None
        #: Whether events are sent before the answer to the request that they tell of.
        self.is_before_answer = False

    def send_to(self, url: str) -> None:
        """Send over HTTP; that an endpoint refuses is nothing to Stripe but a reason to send again."""

        def post(body: bytes, header: str) -> None:
            headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
            requests.post(url, data=body, headers=headers, timeout=10).close()

        self.receiver = post

    @property
    def waiting(self) -> list[Fields]:
        return self._books.events[self._next :]

    def drop(self, events: int | None = None) -> None:
        """Never send the next ones; all that wait, where no number is stated."""
        self._next = len(self._books.events) if events is None else self._next + events

    def deliver(self, *, times: int = 1, in_order_of: Random | None = None) -> int:
        """Send what waits, each so many times, in another order where one is stated; say how many were sent."""
        events = self.waiting * times
        self._next = len(self._books.events)
        if in_order_of is not None:
            in_order_of.shuffle(events)
        for event in events:
            self.send(event)
        return len(events)

    def send(self, event: Fields) -> None:
        """Send one, as it was when it happened, signed now."""
        assert self.receiver is not None, "nobody receives"
        body = json.dumps(event, indent=2).encode()
        self.receiver(body, signature(body, self.secrets, self._books.clock.seconds))
