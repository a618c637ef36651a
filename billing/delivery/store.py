"""Rows ⇄ values of deliveries: asked for, sent again, settled by a person, answered by the receiver.

One row is all sendings of one document by one way to one address, so nothing asks for a second one. What happens to it
is added as events beside; where it stands is changed by the machine alone (state.py).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from billing.delivery import answer as answers
from billing.delivery import state as states
from billing.delivery.answer import DeliveryAnswer
from billing.delivery.documents.store import (
    DeliveredDocument,
    NamedDocument,
    document_of,
    documents_of,
    named_document,
    refuse_void_or_asked,
)
from billing.delivery.state import DeliveryHappening, DeliveryNotSo, DocumentDeliveryState, after
from billing.receivables.issued import account_of, by_key
from billing.receivables.store import lock_account, record_sending
from billing.tables import DeliveryEventRow, DeliveryRow
from contracts.delivery_terms import DeliveryWay, address_faults
from quantities.document import FaultyDocument
from quantities.errors import Conflict, Invalid, NotFound, UsufructError

#: Between the addresses of one delivery; none of them has a comma.
BETWEEN = ", "


class UnknownDocumentDelivery(NotFound):
    """There is no delivery of that number of the document."""


class AlreadyDelivered(Conflict):
    """The document is delivered by this way to this address already."""


class NoWayToDeliver(Invalid):
    """No way and no address are stated, and the contract names none."""


class AnswerToNothing(Conflict):
    """Nothing was sent that this could answer."""


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """What happened to a delivery; ``by`` is None where the product itself did it."""

    attempt: int
    kind: DeliveryHappening
    at: datetime
    number: str
    detail: str
    original_sha256: str | None
    answer: DeliveryAnswer | None
    by: str | None


@dataclass(frozen=True, slots=True)
class KnownDelivery:
    """A delivery with all that happened to it, the first first.

    Attributes:
        id: its number.
        document: the number of its document.
        supplier: whose document it is.
        of_payee: whether it is one between the supplier and a payee.
        way: by what.
        to: the addresses.
        state: where it stands.
        next_at: when it is looked at next.
        attempts: how many were begun.
        original_sha256: of what the last attempt sent, in hexadecimal.
        held: why it is not begun, or empty.
        answer: the last one of the receiver.
        waits: whether a person is asked.
        asked_by: who asked for it; None: the contract says so.
        asked_at: when.
        events: what happened.
    """

    id: int
    document: str
    supplier: str
    of_payee: bool
    way: DeliveryWay
    to: tuple[str, ...]
    state: DocumentDeliveryState
    next_at: datetime | None
    attempts: int
    original_sha256: str | None
    held: str
    answer: DeliveryAnswer | None
    waits: bool
    asked_by: str | None
    asked_at: datetime
    events: tuple[DeliveryEvent, ...] = field(default_factory=tuple)

    @property
    def why_it_waits(self) -> str:
        """In words, why a person is asked: what the last event says, and of an unknown outcome what is known."""
        if self.held:
            return self.held
        last = next((event.detail for event in reversed(self.events) if event.detail), "")
        if self.state is DocumentDeliveryState.UNKNOWN:
            return f"nobody knows whether {self.message or 'it'} was taken: {last}"
        if self.state is DocumentDeliveryState.REFUSED:
            return f"not taken: {last}"
        return f"answered {self.answer.value if self.answer else ''}: {last}"

    @property
    def message(self) -> str:
        """Our name of the last attempt, by which the receiver can look for it: of a mail its Message-ID."""
        begun = [event.number for event in self.events if event.kind is DeliveryHappening.CLAIMED]
        return begun[-1] if begun else ""

    @property
    def settled(self) -> DeliveryEvent | None:
        """How a person has settled it, with the note; None while nobody has, or since it was sent once more."""
        for event in reversed(self.events):
            if event.kind in _SETTLED:
                return event
            if event.kind in (DeliveryHappening.AGAIN, DeliveryHappening.CLAIMED):
                return None
        return None


_SETTLED = (DeliveryHappening.ARRIVED, DeliveryHappening.GIVEN_UP, DeliveryHappening.NOTED)


@dataclass(frozen=True, slots=True)
class DeliveryAsked:
    """What somebody asks for.

    Attributes:
        named: the document.
        way: by what; None: as the contract says, or of a payee its profile.
        to: the addresses; none: those of the contract, or of the profile.
    """

    named: NamedDocument
    way: DeliveryWay | None = None
    to: tuple[str, ...] = ()


def ask_delivery(session: Session, asked: DeliveryAsked, *, by: str, at: datetime) -> KnownDelivery:
    """Ask for a document to be sent: it is due at once. One that is due by the same way and address is that one.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        UnknownPayeeDocument, WhichSeller: nor a document of a payee.
        DocumentVoid, VoidingAsked: it is void, or somebody has asked for that.
        NoWayToDeliver: nothing says by which way, or to whom.
        FaultyDocument: an address is none of the way.
        AlreadyDelivered: it was sent there, or is on its way; sending it again is another order.
    """
    delivered = named_document(session, asked.named)
    lock_account(session, account_of(delivered.invoice))  # whoever voids it holds the same lock
    delivered.refresh(session)
    refuse_void_or_asked(session, delivered)
    way, address = _where(delivered, asked)
    known = select(DeliveryRow).where(
        *delivered.those_of(DeliveryRow), DeliveryRow.way == way.value, DeliveryRow.address == address
    )
    before = session.exec(known.with_for_update()).one_or_none()
    if before is None:
        before = DeliveryRow(
            invoice_id=delivered.keys.get("invoice_id"),
            payee_document_id=delivered.keys.get("payee_document_id"),
            dunning_letter_id=delivered.keys.get("dunning_letter_id"),
            customer_id=delivered.receiver_id,
            way=way.value,
            address=address,
            next_at=at,
            asked_by=by,
            asked_at=at,
        )
        session.add(before)
    elif before.state == DocumentDeliveryState.DUE:
        before.next_at = at
    else:
        number, noun = delivered.number, "payee" if asked.named.of_payee else "invoice"
        detail = f"{number} was given to {way.value} for {address} as delivery {before.id}, which is {before.state}"
        again = f"`usufruct {noun} send-again {number} {before.id}`, with a reason"
        raise AlreadyDelivered(detail, found=before.id, expected=again)
    session.flush()
    session.refresh(before)
    return _known(session, [before])[0]


def _where(delivered: DeliveredDocument, asked: DeliveryAsked) -> tuple[DeliveryWay, str]:
    terms, way, to = delivered.terms, asked.way, asked.to
    if way is None and terms is not None:
        way, to = terms.way, to or terms.to
    elif terms is not None and terms.way is way:
        to = to or terms.to
    if not to and way is DeliveryWay.PEPPOL:
        to = delivered.electronic
    if way is None or way is DeliveryWay.NONE or not to:
        source, place = "contract", "`invoicing: {delivery: …}` of the contract"
        if asked.named.of_payee:
            source, place = "payee's profile", "`delivery: …` of the payee's profile"
        detail = f"neither the request nor the {source} of {delivered.number} says by which way, and to whom"
        raise NoWayToDeliver(detail, found=None, expected=f"way and to, or {place}")
    faults = list(address_faults(way, to))
    if faults:
        raise FaultyDocument(faults)
    return way, BETWEEN.join(to)


def deliveries(session: Session, named: NamedDocument, *, as_customer: bool = False) -> list[KnownDelivery]:
    """List the deliveries of a document, the first asked for first; without their events to whoever gets it.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued: there is no such issued document.
        UnknownPayeeDocument, WhichSeller: nor of a payee.
    """
    delivered = named_document(session, named)
    chosen = select(DeliveryRow).where(*delivered.those_of(DeliveryRow)).order_by(col(DeliveryRow.id))
    return _known(session, session.exec(chosen).all(), with_events=not as_customer)


def delivery(session: Session, key: int) -> KnownDelivery:
    """Read a delivery.

    Raises:
        UnknownDocumentDelivery: none of that number is visible here.
    """
    return _known(session, [locked(session, key, for_update=False)])[0]


def waiting_deliveries(session: Session) -> list[KnownDelivery]:
    """List the deliveries of which a person is asked, the oldest first."""
    chosen = select(DeliveryRow).where(col(DeliveryRow.waits)).order_by(col(DeliveryRow.id))
    return _known(session, session.exec(chosen).all())


def send_again(
    session: Session, named: NamedDocument, key: int, *, reason: str, by: str, at: datetime
) -> KnownDelivery:
    """Send once more what was sent, was not taken, or of which nobody knows; the reason is kept.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, UnknownDocumentDelivery: there is no such delivery.
        UnknownPayeeDocument, WhichSeller: nor a document of a payee.
        DocumentVoid, VoidingAsked: its document is void, or somebody has asked for that.
        DeliveryNotSo: it is on its way, or due.
    """
    row = _of_document(session, named, key)
    delivered = document_of(session, row)
    lock_account(session, account_of(delivered.invoice))
    delivered.refresh(session)
    refuse_void_or_asked(session, delivered)
    happens(session, row, DeliveryHappening.AGAIN, at=at, detail=reason, by=by)
    row.next_at, row.rounds, row.tries = at, row.rounds + 1, 0
    return _saved(session, row)


def settle(
    session: Session,
    named: NamedDocument,
    key: int,
    *,
    outcome: DeliveryHappening,
    reason: str,
    by: str,
    at: datetime,
) -> KnownDelivery:
    """Say how a delivery ended of which a person is asked.

    Args:
        session: states the tenant.
        named: the document.
        key: of the delivery.
        outcome: ``arrived``: the receiver has it; ``given_up``: it is not sent so; ``noted``: its answer was read.
        reason: how one knows, or what is done about it.
        by: who says so.
        at: now.

    Raises:
        UnknownInvoice, WhichSupplier, DocumentNotIssued, UnknownDocumentDelivery: there is no such delivery.
        UnknownPayeeDocument, WhichSeller: nor a document of a payee.
        DeliveryNotSo: it does not stand so, or has no answer that a person is asked about.
    """
    row = _of_document(session, named, key)
    if outcome is DeliveryHappening.NOTED and not row.waits:
        raise DeliveryNotSo("nobody is asked about an answer to it", found=row.state, expected="an answer to be read")
    happens(session, row, outcome, at=at, detail=reason, by=by)
    if outcome is DeliveryHappening.ARRIVED:
        note_sending(session, row, by=by, at=at)
    row.next_at = None
    return _saved(session, row)


def record_answer(
    session: Session, reference: str, answer: DeliveryAnswer, *, detail: str, by: str | None, at: datetime
) -> KnownDelivery:
    """Record what a receiver answers; the same answer once more changes nothing.

    Args:
        session: states the tenant.
        reference: our key of an attempt, or the number that whoever took it gave it.
        answer: by its code.
        detail: in the receiver's words.
        by: who records it; None: the product itself, that has asked.
        at: now.

    Raises:
        UnknownDocumentDelivery: nothing was sent under that key.
        AnswerToNothing: it was not taken.
    """
    row = _of_reference(session, reference)
    return answered(session, row, answer, detail=detail, by=by, at=at)


def answered(
    session: Session, row: DeliveryRow, answer: DeliveryAnswer, *, detail: str, by: str | None, at: datetime
) -> KnownDelivery:
    """Record an answer to a delivery that is locked."""
    if row.state != DocumentDeliveryState.SENT:
        detail = f"delivery {row.id} is {row.state}"
        raise AnswerToNothing(detail, found=row.state, expected="a delivery that is sent")
    last = _events(session, [row.id])[row.id][-1:]
    is_repeated = bool(last) and (last[0].answer, last[0].detail) == (answer.value, detail)
    if not is_repeated and not (row.answer == answer and not detail):
        happens(session, row, DeliveryHappening.ANSWERED, at=at, detail=detail, by=by, answer=answer)
    if answer in answers.FINAL:
        row.next_at = None
    return _saved(session, row)


def happens(
    session: Session,
    row: DeliveryRow,
    happening: DeliveryHappening,
    *,
    at: datetime,
    number: str = "",
    detail: str = "",
    by: str | None = None,
    answer: DeliveryAnswer | None = None,
) -> None:
    """Let something happen to a delivery that is locked: the machine says where it stands then, and an event is added.

    Raises:
        DeliveryNotSo: it cannot happen.
    """
    row.state = after(DocumentDeliveryState(row.state), happening).value
    row.held = ""
    if answer is not None:
        row.answer = answer.value
    is_asked_of_a_person = DocumentDeliveryState(row.state) in states.OF_A_PERSON
    row.waits = is_asked_of_a_person or (answer is not None and answer in answers.OF_A_PERSON)
    add_event(session, row, happening, at=at, number=number, detail=detail, by=by, answer=answer)


def add_event(
    session: Session,
    row: DeliveryRow,
    happening: DeliveryHappening,
    *,
    at: datetime,
    number: str = "",
    detail: str = "",
    by: str | None = None,
    answer: DeliveryAnswer | None = None,
    attempt: int | None = None,
) -> None:
    """Add an event beside a delivery, wherever it stands."""
    session.add(
        DeliveryEventRow(
            delivery_id=row.id,
            attempt=row.attempts if attempt is None else attempt,
            kind=happening.value,
            at=at,
            number=number,
            detail=in_one_line(detail),
            original_sha256=row.original_sha256 if happening is DeliveryHappening.CLAIMED else None,
            answer=None if answer is None else answer.value,
            recorded_by=by,
        )
    )


_DETAIL_MAX = 1000


def in_one_line(text: str) -> str:
    """Take line breaks and half characters out of what a server answered, and its end where it is long."""
    return " ".join(text.encode(errors="replace").decode().replace("\0", "?").split())[:_DETAIL_MAX]


def note_sending(session: Session, row: DeliveryRow, *, by: str, at: datetime) -> None:
    """Record among receivables that a customer's document was sent: what moves its state. A payee's is none of them.

    With a letter goes the document that claims for the delay, if there is one.

    Where that is refused, as of a document whose books are of another day, the delivery stands all the same.
    """
    letter = document_of(session, row).letter
    key = row.invoice_id if letter is None else letter.claim_id
    if key is None:
        return
    invoice = by_key(session, [key])[key]
    how, note = row.way, f"delivery {row.id} to {row.address}"
    try:
        with session.begin_nested():
            record_sending(
                session,
                invoice.number or "",
                invoice.inputs.supplier.name,
                sent_on=None,
                how=how,
                note=note,
                by=by,
                at=at,
            )
    except UsufructError as refusal:
        add_event(session, row, DeliveryHappening.SENT, at=at, detail=f"it is not among what was sent: {refusal}")


def locked(session: Session, key: int, *, for_update: bool = True) -> DeliveryRow:
    """Find a delivery, and let nobody else change it until the transaction ends.

    Raises:
        UnknownDocumentDelivery: none of that number is visible here.
    """
    chosen = select(DeliveryRow).where(DeliveryRow.id == key).execution_options(populate_existing=True)
    row = session.exec(chosen.with_for_update() if for_update else chosen).one_or_none()
    if row is None:
        raise UnknownDocumentDelivery(f"there is no delivery {key} here", found=key)
    return row


def _of_document(session: Session, named: NamedDocument, key: int) -> DeliveryRow:
    delivered, row = named_document(session, named), locked(session, key)
    if not delivered.is_of(row):
        raise UnknownDocumentDelivery(f"{named.number} has no delivery {key}", found=key)
    return row


def _of_reference(session: Session, reference: str) -> DeliveryRow:
    event = DeliveryEventRow
    named = select(event.delivery_id).where(event.number == reference, event.number != "")
    keys = set(session.exec(named.order_by(col(event.id))))
    if not keys:
        keys = set(session.exec(select(DeliveryRow.id).where(DeliveryRow.reference == reference)))
    if len(keys) != 1:
        raise UnknownDocumentDelivery(f"nothing was sent as {reference!r}", found=reference)
    return locked(session, keys.pop())


def _saved(session: Session, row: DeliveryRow) -> KnownDelivery:
    session.flush()
    session.refresh(row)
    return _known(session, [row])[0]


def _events(session: Session, keys: Collection[int]) -> Mapping[int, list[DeliveryEventRow]]:
    chosen = select(DeliveryEventRow).where(col(DeliveryEventRow.delivery_id).in_(sorted(keys)))
    events: dict[int, list[DeliveryEventRow]] = defaultdict(list)
    for event in session.exec(chosen.order_by(col(DeliveryEventRow.id))):
        events[event.delivery_id].append(event)
    return events


def _known(session: Session, rows: Sequence[DeliveryRow], *, with_events: bool = True) -> list[KnownDelivery]:
    events = _events(session, [row.id for row in rows]) if with_events else {}
    return [
        KnownDelivery(
            id=row.id,
            document=delivered.number,
            supplier=delivered.supplier,
            of_payee=delivered.payee_document is not None,
            way=DeliveryWay(row.way),
            to=tuple(filter(None, row.address.split(BETWEEN))),
            state=DocumentDeliveryState(row.state),
            next_at=row.next_at,
            attempts=row.attempts,
            original_sha256=row.original_sha256,
            held=row.held,
            answer=None if row.answer is None else DeliveryAnswer(row.answer),
            waits=row.waits,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            events=tuple(_event(event) for event in events.get(row.id, ())),
        )
        for row, delivered in zip(rows, documents_of(session, rows), strict=True)
    ]


def _event(row: DeliveryEventRow) -> DeliveryEvent:
    return DeliveryEvent(
        attempt=row.attempt,
        kind=DeliveryHappening(row.kind),
        at=row.at,
        number=row.number,
        detail=row.detail,
        original_sha256=row.original_sha256,
        answer=None if row.answer is None else DeliveryAnswer(row.answer),
        by=row.recorded_by,
    )
