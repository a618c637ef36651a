"""Rows ⇄ values of what a state answered: a file is read as a whole or not at all, and read twice it adds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from billing.clearance import store
from billing.clearance.answers import ClearanceAnswer
from billing.clearance.asking.store import PORTS
from billing.clearance.fapiao.results import serial_of
from billing.clearance.life import Authority, ClearanceStatus
from billing.clearance.refusals import AnswerDiffers, AnswerOfOtherSeller
from billing.clearance.store import Recorder, UnknownClearance
from billing.tables import ClearanceDocumentRow, ClearanceFileRow, ClearanceRow
from metering.tables import within_tenant
from quantities.number import plain

_MEDIA = {b"PK\x03\x04": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"<": "application/xml"}
_PLAIN_MEDIA = "text/plain"


@dataclass(slots=True)
class RecordedAnswers:
    """What a file of answers added.

    Attributes:
        accepted: our documents' numbers with the state's, of what has its number since.
        refused: our documents' numbers with the state's reason.
        known: the numbers of our documents of which the file says what is recorded already.
        differing: what the state counts otherwise than we do, in words; it counts, and is worth a look.
    """

    accepted: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def record_answers(
    session: Session, authority: Authority, name: str, content: bytes, recorder: Recorder
) -> RecordedAnswers:
    """Record what a state answered.

    Args:
        session: states the tenant.
        authority: whose answer.
        name: of the file.
        content: its bytes.
        recorder: who reads it.

    Raises:
        AnswerUnreadable, ClearanceNumberInvalid: it is no answer of this authority.
        UnknownClearance: it is about something that was not asked for here.
        AnswerOfOtherSeller: it is about another seller.
        AnswerDiffers: it says another number than is recorded, or is about other bytes than ours.
        ClearanceMoveRefused: it accepts what was withdrawn or refused.
    """
    answers = PORTS[authority].read(content)
    store.lock_clearances(session, authority)
    media = next((kind for start, kind in _MEDIA.items() if content.lstrip().startswith(start)), _PLAIN_MEDIA)
    file_id = store.save_file(session, authority, "in", (name, media, content), recorder)
    reading = _Reading(session, recorder, file_id, RecordedAnswers())
    for answer in answers:
        row, number = _asked(session, authority, answer)
        _refuse_other_seller(row, answer)
        if answer.reason:
            _refused(reading, row, number, answer)
        else:
            _accepted(reading, row, number, answer)
    return reading.outcome


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file as it is read: by whom, which one, and what it has added so far."""

    session: Session
    recorder: Recorder
    file_id: int
    outcome: RecordedAnswers

    def record(self, row: ClearanceRow, step: ClearanceStatus, reason: str = "") -> None:
        store.record_step(self.session, row, step, self.recorder, reason=reason, file_id=self.file_id)


def _asked(session: Session, authority: Authority, answer: ClearanceAnswer) -> tuple[ClearanceRow, str]:
    """Find what an answer is about, with the first of our documents' numbers; locked."""
    document = ClearanceDocumentRow
    chosen = (
        select(ClearanceRow, document.number)
        .join(document, within_tenant(document.clearance_id, ClearanceRow.id))
        .where(ClearanceRow.authority == authority.value)
        .order_by(col(ClearanceRow.id).desc(), col(document.number))
    )
    if authority is Authority.FAPIAO:
        key = int(answer.serial[1:]) if answer.serial[1:].isdecimal() else 0
        rows = session.exec(chosen.where(ClearanceRow.id == key)).all() if serial_of(key) == answer.serial else []
        if rows:
            return rows[0]
    else:
        rows = session.exec(chosen.where(document.number == answer.serial)).all()
        if rows:
            return _by_bytes(session, rows, answer)
    detail = f"{answer.place}: {answer.serial} was not asked for here"
    expected = "what a file of ours asks for"
    raise UnknownClearance(detail, place=answer.place, found=answer.serial, expected=expected)


def _by_bytes(
    session: Session, rows: Sequence[tuple[ClearanceRow, str]], answer: ClearanceAnswer
) -> tuple[ClearanceRow, str]:
    """Choose of what was asked for about a document the one whose file was cleared."""
    keys = {row.file_id for row, _ in rows}
    files = session.exec(select(ClearanceFileRow).where(col(ClearanceFileRow.id).in_(sorted(filter(None, keys)))))
    digests = {file.id: file.sha256 for file in files}
    for row, number in rows:
        if answer.seller in {"", row.seller} and digests.get(row.file_id or 0) == answer.sha256:
            return row, number
    _refuse_other_seller(rows[0][0], answer)
    shown = "" if answer.sha256 is None else answer.sha256.hex()
    detail = f"{answer.place}: what was cleared as {answer.serial} is no file of ours"
    expected = [digest.hex() for digest in digests.values()]
    raise AnswerDiffers(detail, place=answer.place, found=shown, expected=expected)


def _refuse_other_seller(row: ClearanceRow, answer: ClearanceAnswer) -> None:
    if answer.seller and answer.seller != row.seller:
        detail = f"{answer.place} is about {answer.seller}; {answer.serial} is of {row.seller}"
        raise AnswerOfOtherSeller(detail, place=answer.place, found=answer.seller, expected=row.seller)


def _refused(reading: _Reading, row: ClearanceRow, number: str, answer: ClearanceAnswer) -> None:
    if row.status == ClearanceStatus.REFUSED.value:
        reading.outcome.known.append(number)
        return
    reading.record(row, ClearanceStatus.REFUSED, answer.reason)
    reading.outcome.refused.append((number, answer.reason))


def _accepted(reading: _Reading, row: ClearanceRow, number: str, answer: ClearanceAnswer) -> None:
    outcome, adds = reading.outcome, False
    if row.number is None:
        _refuse_number_of_another(reading.session, row, answer)
        row.number, row.given_on, row.given_at = answer.number, answer.given_on, answer.given_at
        row.net_given, row.tax_given = answer.net, answer.tax
        reading.record(row, ClearanceStatus.ACCEPTED)
        outcome.accepted.append((number, answer.number))
        adds = True
        _differing(row, number, outcome)
    elif row.number != answer.number:
        detail = f"{answer.place}: {number} has the number {row.number}, and the answer says {answer.number}"
        raise AnswerDiffers(detail, place=answer.place, found=answer.number, expected=row.number)
    if answer.receipt and row.status == ClearanceStatus.ACCEPTED.value:
        reading.record(row, ClearanceStatus.CONFIRMED)
        adds = True
    if not adds:
        outcome.known.append(number)


def _refuse_number_of_another(session: Session, row: ClearanceRow, answer: ClearanceAnswer) -> None:
    same = select(ClearanceRow.id).where(
        ClearanceRow.authority == row.authority, ClearanceRow.number == answer.number, ClearanceRow.id != row.id
    )
    other = session.exec(same).first()
    if other is not None:
        detail = f"{answer.place}: {answer.number} is the number of clearance {other} already"
        expected = "a number that no other document has"
        raise AnswerDiffers(detail, place=answer.place, found=answer.number, expected=expected)


def _differing(row: ClearanceRow, number: str, outcome: RecordedAnswers) -> None:
    for name, counted, given in (("net", row.net, row.net_given), ("tax", row.tax, row.tax_given)):
        if given is not None and given != counted:
            outcome.differing.append(f"{number}: {name} {plain(counted)} here, {plain(given)} there")
