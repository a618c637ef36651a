"""Views: what HTTP answers with and the commands print as JSON, of deliveries and links."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from billing.delivery.answer import DeliveryAnswer
from billing.delivery.state import DeliveryHappening, DocumentDeliveryState
from contracts.delivery_terms import DeliveryWay

if TYPE_CHECKING:  # loading them would cost a command that only shows an invoice
    from billing.delivery.links import KnownLink
    from billing.delivery.store import KnownDelivery


OfPayee = Annotated[
    bool,
    Field(
        exclude_if=lambda of_payee: not of_payee, description="The document is one between the supplier and a payee."
    ),
]


class DeliveryEventOut(BaseModel):
    """What happened to a delivery.

    Attributes:
        attempt: at which attempt.
        number: our name of the attempt, as a mail's Message-ID, or the number of whoever took it.
        detail: what was answered, or the reason that a person gave.
        original_sha256: of what an attempt sent.
        by: who did it; null: the product itself.
    """

    attempt: int
    kind: DeliveryHappening
    at: datetime
    number: str
    detail: str
    original_sha256: str | None
    answer: DeliveryAnswer | None
    by: str | None


class DeliveryOut(BaseModel):
    """A document on its way to one address, or several of one way.

    Attributes:
        state: `due`, `sending`, `sent`, `refused`, `unknown` (nobody knows whether it was taken) or `given_up`.
        next_at: when it is looked at next.
        original_sha256: of what the last attempt sent.
        answer: the receiver's last one, a code of Peppol's Invoice Response.
        message: our name of the last attempt, by which the receiver can look for it: of a mail its Message-ID.
        waits: whether a person is asked, and `why` in words.
        settled: how a person has settled it: `arrived`, `given_up` or `noted`, `settled_by` whom, with the `note`.
        asked_by: who asked for it; null: the contract says so.
    """

    id: int
    document: str
    supplier: str
    of_payee: OfPayee = False
    way: DeliveryWay
    to: list[str]
    state: DocumentDeliveryState
    next_at: datetime | None
    attempts: int
    original_sha256: str | None
    answer: DeliveryAnswer | None
    message: str
    waits: bool
    why: str
    settled: DeliveryHappening | None
    settled_by: str | None
    note: str
    asked_by: str | None
    asked_at: datetime
    events: list[DeliveryEventOut]

    @property
    def for_customer(self) -> "DeliveryOut":
        """Without what is the supplier's own: of whom it is asked, and why; and who has settled it."""
        own = {"waits": False, "why": "", "asked_by": None, "next_at": None, "events": []}
        return self.model_copy(update={**own, "message": "", "settled": None, "settled_by": None, "note": ""})


class DownloadOut(BaseModel):
    """What was opened by a link: `page`, `pdf` or `original`."""

    what: str
    at: datetime


class LinkOut(BaseModel):
    """A link to a document, and what was opened by it; the number of the delivery whose mail has it."""

    id: int
    document: str
    supplier: str
    of_payee: OfPayee = False
    expires_at: datetime
    made_by: str | None
    made_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    delivery: int | None
    downloads: list[DownloadOut]


class MadeLinkOut(LinkOut):
    """A link with its address: this is the only time that it is answered."""

    url: str


def delivery_out(known: "KnownDelivery") -> DeliveryOut:
    """Show a delivery."""
    settled = known.settled
    return DeliveryOut(
        id=known.id,
        document=known.document,
        supplier=known.supplier,
        of_payee=known.of_payee,
        way=known.way,
        to=list(known.to),
        state=known.state,
        next_at=known.next_at,
        attempts=known.attempts,
        original_sha256=known.original_sha256,
        answer=known.answer,
        message=known.message,
        waits=known.waits,
        settled=None if settled is None else settled.kind,
        settled_by=None if settled is None else settled.by,
        note="" if settled is None else settled.detail,
        why=known.why_it_waits if known.waits else "",
        asked_by=known.asked_by,
        asked_at=known.asked_at,
        events=[
            DeliveryEventOut(
                attempt=event.attempt,
                kind=event.kind,
                at=event.at,
                number=event.number,
                detail=event.detail,
                original_sha256=event.original_sha256,
                answer=event.answer,
                by=event.by,
            )
            for event in known.events
        ],
    )


def link_out(known: "KnownLink") -> LinkOut:
    """Show a link."""
    return LinkOut(
        id=known.id,
        document=known.document,
        supplier=known.supplier,
        of_payee=known.of_payee,
        expires_at=known.expires_at,
        made_by=known.made_by,
        made_at=known.made_at,
        revoked_by=known.revoked_by,
        revoked_at=known.revoked_at,
        delivery=known.delivery,
        downloads=[DownloadOut(what=what.value, at=at) for what, at in known.downloads],
    )


def made_link_out(known: "KnownLink", url: str) -> MadeLinkOut:
    """Show a link with its address."""
    return MadeLinkOut(**link_out(known).model_dump(), url=url)
