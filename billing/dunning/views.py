"""Dunning as readers get it: documents with their steps, letters, pauses, what falls due, and services."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from billing.dunning.letter import WrittenLetter, letter_name
from quantities.money import Amount

if TYPE_CHECKING:  # loading them would cost a command that only lists
    from billing.dunning.listed import DueStep, KnownService, ListedDunning
    from billing.dunning.pauses.store import KnownDunningPause


class DunningStepOut(BaseModel):
    """A step that was made; `withdrawn_by` names the letter that withdraws it."""

    step: int
    kind: str
    on: date
    letter: str
    fee: Amount
    withdrawn_by: Annotated[str | None, Field(exclude_if=lambda name: name is None)] = None


class DunningOut(BaseModel):
    """A document whose contract says what follows where it is not paid in time.

    `held` says why nothing is done though something is due. `claimed_fee` and `claimed_interest` are what was claimed
    of its delay, less what was given back. `service_stopped_at` is there while its service may be stopped.
    """

    dunning: int
    document: str
    contract: str
    customer: str
    currency: str
    due_on: date
    open: Amount
    disputed: Amount
    days_late: int
    next_look_at: datetime | None
    held: Annotated[str, Field(exclude_if=lambda reason: not reason)] = ""
    paused_until: Annotated[str, Field(exclude_if=lambda until: not until)] = ""
    on_its_way: bool
    claimed_fee: Amount
    claimed_interest: Amount
    service_stopped_at: datetime | None
    steps: list[DunningStepOut]


class DueStepOut(BaseModel):
    """A step that falls due, as things stand: of what is open now, if nothing is paid until then."""

    document: str
    contract: str
    customer: str
    on: date
    kind: str
    open: Amount
    currency: str


class DunningPauseOut(BaseModel):
    """Letters that are kept back, of a document or of all that a customer owes; `defers` puts what is owed off."""

    pause: int
    customer: str
    document: str
    defers: bool
    reason: str
    first: date
    until: date | None
    made_by: str
    made_at: datetime
    ended_on: date | None
    ended_by: str | None


class LetteredDocumentOut(BaseModel):
    """A document as a letter lists it; `withdrawn` names the letter that is withdrawn for it."""

    document: str
    contract: str
    due_on: date
    days_late: int
    gross: Amount
    open: Amount
    disputed: Amount
    step: str
    withdrawn: Annotated[str | None, Field(exclude_if=lambda name: name is None)] = None
    fee: Amount
    interest: Amount


class DunningLetterOut(BaseModel):
    """A letter about late documents. `claim` is the document that claims for the delay, or gives back."""

    letter: str
    kind: str
    on: date
    supplier: str
    customer: str
    currency: str
    documents: list[LetteredDocumentOut]
    claim: str | None
    to: list[str]


class ServiceOut(BaseModel):
    """Whether the service of a contract may be stopped: since when, and for which documents; none while it goes on."""

    contract: str
    stopped: bool
    since: datetime | None
    documents: list[str]


def dunning_out(listed: "ListedDunning") -> DunningOut:
    """Show a document's dunning."""
    known, standing = listed.known, listed.standing
    late, row = known.late, known.row
    paused = "" if late.paused is None else "ended" if late.paused == date.max else str(late.paused)
    return DunningOut(
        dunning=row.id,
        document=known.invoice.number or "",
        contract=known.invoice.inputs.contract,
        customer=known.invoice.inputs.customer.name,
        currency=row.currency,
        due_on=late.due_on,
        open=standing.open,
        disputed=standing.disputed,
        days_late=standing.days_late,
        next_look_at=row.next_at,
        held=row.held,
        paused_until=paused,
        on_its_way=late.on_its_way,
        claimed_fee=late.claimed.fee,
        claimed_interest=late.claimed.interest,
        service_stopped_at=row.stopped_at,
        steps=[
            DunningStepOut(
                step=step.place + 1,
                kind=step.kind,
                on=step.made_on,
                letter=letter_name(step.letter_id),
                fee=step.fee,
                withdrawn_by=None if step.withdrawn_id is None else letter_name(step.withdrawn_id),
            )
            for step in listed.steps
        ],
    )


def due_step_out(due: "DueStep") -> DueStepOut:
    """Show a step that falls due."""
    invoice = due.known.invoice
    return DueStepOut(
        document=invoice.number or "",
        contract=invoice.inputs.contract,
        customer=invoice.inputs.customer.name,
        on=due.on,
        kind=due.kind.value,
        open=due.known.late.balances[-1].amount,
        currency=invoice.currency,
    )


def pause_out(pause: "KnownDunningPause") -> DunningPauseOut:
    """Show a pause."""
    return DunningPauseOut(
        pause=pause.id,
        customer=pause.customer,
        document=pause.document,
        defers=pause.defers,
        reason=pause.reason,
        first=pause.first,
        until=pause.until,
        made_by=pause.made_by,
        made_at=pause.made_at,
        ended_on=pause.ended_on,
        ended_by=pause.ended_by,
    )


def letter_out(letter: WrittenLetter) -> DunningLetterOut:
    """Show a letter."""
    content = letter.content
    return DunningLetterOut(
        letter=letter_name(letter.id),
        kind=letter.kind,
        on=letter.written_on,
        supplier=content.supplier.name,
        customer=content.customer.name,
        currency=letter.currency,
        documents=[
            LetteredDocumentOut(
                document=document.number,
                contract=document.contract,
                due_on=document.due_on,
                days_late=document.days_late,
                gross=document.gross,
                open=document.open,
                disputed=document.disputed,
                step=document.step,
                withdrawn=document.withdrawn,
                fee=document.fee,
                interest=document.interest,
            )
            for document in content.documents
        ],
        claim=content.claim,
        to=list(content.to),
    )


def service_out(service: "KnownService") -> ServiceOut:
    """Show whether a service may be stopped."""
    return ServiceOut(
        contract=service.contract,
        stopped=bool(service.documents),
        since=service.since,
        documents=list(service.documents),
    )
