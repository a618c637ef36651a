"""What has happened before a process is killed, and at which places it comes to one may end."""

from collections.abc import Callable
from dataclasses import dataclass

from api.demo.stripe_server.faults import GatewayFault
from tests.reliability.kill_points import Point
from tests.reliability.money_house import House

CHARGES, CUSTOMERS = "POST /v1/payment_intents", "POST /v1/customers"
POSTS = "the message to an access point"


@dataclass(frozen=True)
class Situation:
    """What has happened before, whether documents are issued by then, and at which places a process may end."""

    name: str
    before: Callable[[House], object]
    places: tuple[str, ...]
    besides: tuple[Point, ...] = ()
    is_issued: bool = True
    charged_back: int = 0

    @property
    def points(self) -> tuple[Point, ...]:
        """Before and after each of the places, and those that are named besides."""
        return (*(Point(place, is_after) for place in self.places for is_after in (False, True)), *self.besides)


def nothing_is_done(house: House) -> None:
    """The documents are issued, or due to be, and nobody has worked since."""


def loses_answers(house: House, fault: GatewayFault = GatewayFault.CUT_AFTER) -> None:
    house.stripe.faults.next(fault, CHARGES, times=2)
    house.does("collect")
    house.stripe.webhooks.drop()
    house.stripe.move(minutes=2)


def never_asked(house: House) -> None:
    loses_answers(house, GatewayFault.CUT_BEFORE)


def has_a_debit_under_way(house: House) -> None:
    house.runs()
    house.stripe.move(days=6)
    house.stripe.webhooks.drop()


def is_told_of_a_debit(house: House) -> None:
    house.runs()
    house.stripe.move(days=6)


def is_told_before_it_knows(house: House) -> None:
    """The answers were lost, and the events come: of orders that nobody knows Stripe's name of."""
    house.stripe.faults.next(GatewayFault.CUT_AFTER, CHARGES, times=2)
    house.does("collect")


def is_told_of_a_chargeback(house: House) -> None:
    house.runs()
    house.charges_back()


def has_a_page_asked(house: House) -> None:
    house.runs()
    house.asks_page()


def has_a_customer_lost(house: House) -> None:
    """Whoever is to pay in a page was made known at Stripe, and the answer was lost."""
    has_a_page_asked(house)
    house.stripe.faults.next(GatewayFault.CUT_AFTER, CUSTOMERS)
    house.does("collect")
    house.stripe.move(minutes=16)


def has_a_page_paid(house: House) -> None:
    has_a_page_asked(house)
    house.runs()
    house.pays_pages()


def has_a_refund_asked(house: House) -> None:
    house.runs()
    house.asks_refund()


def has_a_message_lost(house: House) -> None:
    """The access point took a document, and its answer was lost: it is asked."""
    house.outside.messages.faults.append("cut after")
    house.does("deliver")
    house.stripe.move(minutes=2)


def has_a_message_not_taken(house: House) -> None:
    """Whoever gave it a document lost the connection before: it is asked, and never heard of it."""
    house.outside.messages.faults.append("cut before")
    house.does("deliver")
    house.stripe.move(minutes=2)


def is_delivered(house: House) -> None:
    """All are sent, and the access point is due to be asked what became of its own."""
    house.does("deliver")
    house.stripe.move(minutes=20)


_MONEY = ("the intent row", "the work on it", "the outcome")
_EVENTS = ("the event", "the claimed event", "the work on an event", "what is told", "the end of an event")
_SENDING = ("the claimed delivery", "the work on a delivery", "the outcome of a delivery", "the state of what is sent")
SITUATIONS = (
    Situation(
        "billed", nothing_is_done,
        ("the plan", "the claimed period", "the draft", "the closed period", "the saved draft", "the document's form",
         "the number", "the run's chunk", "the original"),
        is_issued=False,
    ),
    Situation(
        "sent", nothing_is_done,
        (*_SENDING, "the mail", "the word DATA of a mail", "the token of a link", POSTS, "the portal's files",
         "a file of a portal", "the name of a portal's file"),
        (*(Point(place, is_after=after, time=time) for place in ("the work on a delivery", "the outcome of a delivery")
           for after in (False, True) for time in (2, 3, 4)),
         Point("a file of a portal", is_after=False, time=2),
         Point("an answer of the mail server", is_after=False, time=6)),  # after the mail's last byte
    ),
    Situation(
        "a message lost", has_a_message_lost, ("the question to an access point", "the answer of an access point"),
        (Point("the state of what is sent", is_after=False), Point("the state of what is sent", is_after=True)),
    ),
    Situation(
        "a message not taken", has_a_message_not_taken, ("the question to an access point", POSTS),
    ),
    Situation("delivered", is_delivered, ("the question to an access point", "the answer of an access point")),
    Situation(
        "charged", nothing_is_done, (*_MONEY, "the charge", "the word", "the payment"),
        (*(Point(place, is_after=after, time=2) for place in (*_MONEY, "the charge") for after in (False, True)),),
    ),
    Situation(
        "an answer lost", loses_answers, ("the search", "what was found", "the word", "the payment"),
        (Point("the search", is_after=True, time=2), Point("what was found", is_after=False, time=2)),
    ),
    Situation(
        "never asked", never_asked, ("the search", "what was found", "the charge", "the look", "the outcome"),
    ),
    Situation("a debit looked at", has_a_debit_under_way, ("the look", "what was seen", "the word")),
    Situation("a debit told of", is_told_of_a_debit, (*_EVENTS, "the look", "the payment")),
    Situation("told before it knows", is_told_before_it_knows, ("the order of an event", "what is told")),
    Situation("charged back", is_told_of_a_chargeback, (*_EVENTS, "the look", "the reversal"), charged_back=1),
    Situation(
        "a page asked for", has_a_page_asked,
        ("the customer at the gateway", "the customer's name there", "the page", "the outcome"),
    ),
    Situation(
        "a customer lost", has_a_customer_lost, ("the search for a customer", "the customer's name there", "the page"),
    ),
    Situation("a page paid", has_a_page_paid, ("what is told", "the saved method", "the payment")),
    Situation("refunded", has_a_refund_asked, (*_MONEY, "the refund", "the payment")),
    Situation(
        "polled", is_told_of_a_debit,
        ("the claimed account", "the events read", "how far they were read", "the balance read"),
    ),
)  # fmt: skip
#: Each once, and in the order of what is done.
NAMED = [(situation, point) for situation in SITUATIONS for point in situation.points]
