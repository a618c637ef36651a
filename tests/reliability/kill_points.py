"""Where a process ends: at a named place of the product, as it is come to or as it is left."""

import importlib
import os
import signal
from dataclasses import dataclass
from functools import wraps
from typing import Any

#: What each place is, and the function there, as "module:name" or "module:Class.name", in which its caller finds it.
#: A claim is committed after the function of that name: ``after the intent row`` it is written, and not committed yet;
#: ``before the work on it`` it is committed.
PLACES = {
    # billed and issued
    "the plan": "billing.run:plan",
    "the claimed period": "billing.due.store:claim",
    "the draft": "billing.run:make",
    "the closed period": "billing.due.store:close",
    "the saved draft": "billing.invoices.store:save",
    "the document's form": "billing.issuing:hold_to_forms",
    "the number": "billing.invoices.numbering:give_numbers",
    "the run's chunk": "billing.run:bill",
    # delivered
    "the claimed delivery": "api.delivering.sender:claim",
    "the original": "api.delivering.originals:archived_original",
    "the token of a link": "billing.delivery.links:make_of_delivery",
    "the work on a delivery": "api.delivering.sender:_done",
    "the mail": "api.delivering.mail_way:MailWay.hand_over",
    "the word DATA of a mail": "smtplib:SMTP.docmd",
    "an answer of the mail server": "smtplib:SMTP.getreply",
    "the message to an access point": "api.delivering.access_point_way:AccessPointWay.send",
    "the question to an access point": "api.delivering.access_point_way:AccessPointWay.ask",
    "the answer of an access point": "api.delivering.sender:record_status",
    "the portal's files": "api.delivering.portal_way:PortalWay.send",
    "a file of a portal": "api.delivering.portal_way:_write_once",
    "the name of a portal's file": "os:link",
    "the outcome of a delivery": "api.delivering.sender:record_outcome",
    "the state of what is sent": "billing.delivery.claims:note_sending",
    # asked of a gateway
    "the intent row": "api.collecting.runner:claim",
    "the work on it": "api.collecting.runner:_done",
    "the charge": "billing.payments.stripe:StripeGateway.charge",
    "the customer at the gateway": "billing.payments.stripe:StripeGateway.save_customer",
    "the search for a customer": "billing.payments.stripe:StripeGateway.find_customer",
    "the customer's name there": "api.collecting.runner:know_customer",
    "the page": "billing.payments.stripe:StripeGateway.open_session",
    "the refund": "billing.payments.stripe:StripeGateway.refund",
    "the search": "billing.payments.stripe:StripeGateway.find",
    "what was found": "api.collecting.runner:record_search",
    "the look": "billing.payments.stripe:StripeGateway.fetch",
    "what was seen": "api.collecting.runner:record_look",
    "the outcome": "api.collecting.runner:record_outcome",
    "the word": "billing.payments.orders.claims:apply",
    "the payment": "billing.payments.orders.recorded:record_payment",
    "the reversal": "billing.payments.orders.recorded:reverse_payment",
    "the saved method": "billing.payments.orders.recorded:remember",
    # told by a gateway
    "the event": "api.operations.gateway_events:keep_told",
    "the claimed event": "api.collecting.events:claim_event",
    "the work on an event": "api.collecting.events:_handled",
    "the order of an event": "api.collecting.events:order_of",
    "what is told": "api.collecting.events:handle",
    "the end of an event": "billing.payments.events.store:_ended",
    "the claimed account": "api.collecting.events:claim_poll",
    "the events read": "api.collecting.events:record_events",
    "how far they were read": "api.collecting.events:events_read",
    "the balance read": "api.collecting.events:balance_read",
}


@dataclass(frozen=True)
class Point:
    """Where a process ends: as a place is come to for the so-manieth time, or as it is left.

    ``place`` is one of ``PLACES``, or itself a function as they name it.
    """

    place: str
    is_after: bool
    time: int = 1

    def __str__(self) -> str:
        named = f"{'after' if self.is_after else 'before'} {self.place}"
        return named if self.time == 1 else f"{named}, time {self.time}"

    def found(self) -> tuple[Any, str, Any]:
        """Find what has the function, its name there, and the function.

        Raises:
            AttributeError, ModuleNotFoundError: it is not there.
        """
        module, _, path = PLACES.get(self.place, self.place).partition(":")
        owner: Any = importlib.import_module(module)
        *owners, name = path.split(".")
        for attribute in owners:
            owner = getattr(owner, attribute)
        return owner, name, getattr(owner, name)

    def kills(self) -> None:
        """Let this process end there, with no word to anybody."""
        owner, name, original = self.found()
        calls = 0

        @wraps(original)
        def ends(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            this = calls
            if this == self.time and not self.is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            came = original(*arguments, **named)
            if this == self.time:
                os.kill(os.getpid(), signal.SIGKILL)
            return came

        setattr(owner, name, ends)
