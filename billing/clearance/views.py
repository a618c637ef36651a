"""Views: what HTTP answers with and the commands print as JSON, of clearances and red confirmations."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from billing.clearance.fapiao.red_letter import RedReason, RedState
from billing.clearance.life import Authority, ClearanceStatus
from quantities.money import Amount

if TYPE_CHECKING:  # loading them would cost a command that only shows an invoice
    from billing.clearance.answering.store import RecordedAnswers
    from billing.clearance.asking.store import AskedOfState
    from billing.clearance.fapiao.store import KnownRed
    from billing.clearance.store import KnownClearance


class ClearedDocumentOut(BaseModel):
    """A document of ours by its number, and which of its lines the clearance is of, counted from 1."""

    document: str
    lines: list[int]


class ClearanceStepOut(BaseModel):
    """What was recorded: asked, accepted, refused with the state's reason, confirmed or withdrawn."""

    step: str
    reason: str
    by: str
    at: datetime


class ClearanceOut(BaseModel):
    """What a state says of documents of ours: its own number, which is another than ours, and where it stands.

    Amounts have the signs of an invoice. `net_given` and `tax_given` are as the state counts, where it says so.
    """

    clearance: int
    authority: Authority
    kind: str
    status: ClearanceStatus
    documents: list[ClearedDocumentOut]
    seller: str
    currency: str
    net: Amount
    tax: Amount
    number: str | None
    given_on: date | None
    given_at: datetime | None
    net_given: Amount | None
    tax_given: Amount | None
    hand_in_by: date | None
    file: int | None
    sha256: str
    asked_at: datetime
    steps: list[ClearanceStepOut]


class AskedFileOut(BaseModel):
    """A file to be handed in, with our documents in it."""

    file: int
    name: str
    media_type: str
    sha256: str
    documents: list[str]


class HeldDocumentOut(BaseModel):
    """A document that is due and cannot be written: `code` is the name of a refusal, whose page says what to do."""

    document: str
    code: str
    place: str
    detail: str


class ExemptDocumentOut(BaseModel):
    """A document that the state does not clear, and why."""

    document: str
    why: str


class AskedOfStateOut(BaseModel):
    """What came of asking: files, documents that are held, and those that the state does not clear."""

    files: list[AskedFileOut]
    held: list[HeldDocumentOut]
    exempt: list[ExemptDocumentOut]


class NumberedOut(BaseModel):
    """A document of ours with the number that the state gave it."""

    document: str
    number: str


class RefusedByStateOut(BaseModel):
    """A document of ours that the state refused, and why, in its words."""

    document: str
    reason: str


class RecordedAnswersOut(BaseModel):
    """What a file of answers added; `differing` says what the state counts otherwise than we do."""

    accepted: list[NumberedOut]
    refused: list[RefusedByStateOut]
    known: list[str]
    differing: list[str]


class RedOut(BaseModel):
    """What is to be taken back of a fapiao, and where its confirmation stands by now."""

    red: int
    document: str
    fapiao: str
    number: str
    reason: RedReason
    code: str
    state: RedState
    deducted: bool
    by_buyer: bool
    net: Amount
    tax: Amount
    made: bool
    asked_by: str
    asked_at: datetime


class RedsOut(BaseModel):
    """The confirmations of a credit note: one for each fapiao that gives something."""

    reds: list[RedOut]


class WithdrawnClearancesOut(BaseModel):
    """What is asked for anew, because its file was not handed in."""

    clearances: list[ClearanceOut]


def clearance_out(known: "KnownClearance") -> ClearanceOut:
    """Show a clearance."""
    row = known.row
    return ClearanceOut(
        clearance=row.id,
        authority=Authority(row.authority),
        kind=row.kind,
        status=ClearanceStatus(row.status),
        documents=[ClearedDocumentOut(document=number, lines=list(lines)) for number, lines in known.documents.items()],
        seller=row.seller,
        currency=row.currency,
        net=row.net,
        tax=row.tax,
        number=row.number,
        given_on=row.given_on,
        given_at=row.given_at,
        net_given=row.net_given,
        tax_given=row.tax_given,
        hand_in_by=row.hand_in_by,
        file=row.file_id if known.sha256 else None,
        sha256=known.sha256,
        asked_at=row.asked_at,
        steps=[ClearanceStepOut(step=one.step, reason=one.reason, by=one.by, at=one.at) for one in known.steps],
    )


def asked_out(asked: "AskedOfState") -> AskedOfStateOut:
    """Show what came of asking."""
    return AskedOfStateOut(
        files=[
            AskedFileOut(
                file=one.key,
                name=one.name,
                media_type=one.media_type,
                sha256=one.sha256,
                documents=list(one.documents),
            )
            for one in asked.files
        ],
        held=[
            HeldDocumentOut(document=one.number, code=one.code, place=one.place, detail=one.detail)
            for one in asked.held
        ],
        exempt=[ExemptDocumentOut(document=one.number, why=one.why.value) for one in asked.exempt],
    )


def answers_out(answers: "RecordedAnswers") -> RecordedAnswersOut:
    """Show what a file of answers added."""
    return RecordedAnswersOut(
        accepted=[NumberedOut(document=document, number=number) for document, number in answers.accepted],
        refused=[RefusedByStateOut(document=document, reason=reason) for document, reason in answers.refused],
        known=answers.known,
        differing=answers.differing,
    )


def red_out(known: "KnownRed") -> RedOut:
    """Show a red confirmation."""
    row, reason = known.row, RedReason(known.row.reason)
    return RedOut(
        red=row.id,
        document=known.document,
        fapiao=known.blue,
        number=row.number,
        reason=reason,
        code=reason.code,
        state=known.state,
        deducted=row.deducted,
        by_buyer=row.by_buyer,
        net=row.net,
        tax=row.tax,
        made=known.made,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
    )
