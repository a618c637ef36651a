"""What is sent of events: signed as it is sent, in order or not, twice, late, or never."""

import hmac
import json
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from http.client import HTTPConnection
from random import Random
from urllib.parse import urlsplit

from api.demo.stripe_server.books import Books, CannotHappen, Fields

Receiver = Callable[[bytes, str], None]
SECRET = "whsec_of_the_tests"  # noqa: S105 it signs what a Stripe of our own tells, and guards nothing
_ANSWERED_WITHIN_S = 10


def signature(body: bytes, secrets: tuple[str, ...], seconds: int) -> str:
    """Sign a body: its time, and an HMAC for each secret."""
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
        place = urlsplit(url)

        def post(body: bytes, header: str) -> None:
            headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
            with closing(HTTPConnection(place.hostname or "", place.port, timeout=_ANSWERED_WITHIN_S)) as connection:
                connection.request("POST", place.path, body, headers)
                connection.getresponse().read()

        self.receiver = post

    @property
    def waiting(self) -> list[Fields]:
        """The events that nobody was sent yet, the oldest first."""
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
        """Send one, as it was when it happened, signed now.

        Raises:
            CannotHappen: nobody receives.
        """
        if self.receiver is None:
            raise CannotHappen("nobody receives")
        body = json.dumps(event, indent=2).encode()
        self.receiver(body, signature(body, self.secrets, self._books.clock.seconds))
