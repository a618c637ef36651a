"""Many contracts recorded or released at once, all or none of them: what one must pass, each of many must pass."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any, TypeAlias

from sqlmodel import Session

from api.audit.note import made
from api.operations.bulk_outcome import ContractOfMany, Outcome, RefusedContract
from api.operations.contracts import MadeVersion, WouldReprice, looked_at, released_and_looked_at
from api.server.database import NotStorable
from billing.previews.repricing import Repricing
from billing.tax.checks import faults_of_tax
from billing.tax.store import law_book
from contracts import store
from contracts.recording import store as recording
from contracts.recording.store import AppliedVersion
from contracts.release.store import releasing
from contracts.store import Version
from metering.tenants.store import keeps_four_eyes
from quantities.counted import counted
from quantities.document import FaultyDocument, read
from quantities.errors import Conflict, Invalid, UsufructError
from quantities.plain_yaml import DOCUMENT_BYTES_MAX

#: So many contracts are checked and written together.
CHUNK = 500
#: A file or a request of many contracts: some 30,000 of them. Each is a document, and may be as large as one.
CONTRACTS_BYTES_MAX = 32 << 20


class ContractsRefused(Invalid):
    """Some of the contracts have faults."""


class NoContractRecorded(Invalid):
    """All of the contracts are refused."""


class ContractsWouldReprice(Conflict):
    """Some of the contracts would reprice what is billed already."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A contract's document and where it stands.

    Attributes:
        place: for a person: a file, a line of it, an entry of a list.
        document: as it was read; or why it cannot be read.
    """

    place: str
    document: Any


@dataclass(frozen=True, slots=True)
class Recording:
    """How contracts are recorded or released.

    Attributes:
        who: records or releases them.
        at: the instant.
        agreed: let versions count at once though they reprice what is billed.
    """

    who: str
    at: datetime
    agreed: bool = False


def record_all(session: Session, documents: Iterable[Placed], how: Recording) -> Outcome:
    """Record contracts, or their next versions, as if one after the other; none of them if one is refused.

    Args:
        session: states the tenant; it is the transaction of all of them.
        documents: of the contracts; they are read as they are needed.
        how: by whom and when.

    Raises:
        ContractsRefused: with the place and the reason of each; whoever rolls the transaction back records nothing.
        ContractsWouldReprice: nothing else is wrong, and that is not agreed.
    """
    return all_or_none(record_good(session, documents, how))


def record_good(session: Session, documents: Iterable[Placed], how: Recording) -> Outcome:
    """Record contracts as ``record_all`` does; one that is refused keeps no other from being recorded."""
    return _settled(session, documents, lambda chunk: _recorded(session, chunk, how))


def release_all(session: Session, references: Iterable[str], how: Recording) -> Outcome:
    """Release the newest version of each of many contracts; none of them if one is refused.

    Args:
        session: states the tenant; it is the transaction of all of them.
        references: of the contracts.
        how: by whom and when.

    Raises:
        ContractsRefused: with the reason of each, as ``contracts.release`` gives it.
        ContractsWouldReprice: nothing else is wrong, and that is not agreed.
    """
    return all_or_none(release_good(session, references, how))


def release_good(session: Session, references: Iterable[str], how: Recording) -> Outcome:
    """Release contracts as ``release_all`` does; one that is refused keeps no other from being released."""
    placed = (Placed(reference, reference) for reference in dict.fromkeys(references))
    return _settled(session, placed, lambda chunk: _released(session, chunk, how))


def waiting_for(session: Session, who: str) -> Sequence[str]:
    """List the contracts whose newest version waits for a release, and that this person may release."""
    return store.waiting(session, who if keeps_four_eyes(session) else None)


def all_or_none(outcome: Outcome) -> Outcome:
    """Refuse all where one is refused; the errors are those of ``record_all``."""
    if not outcome.refused:
        return outcome
    others = any(not isinstance(contract.reason, WouldReprice) for contract in outcome.refused)
    raise outcome.refusal(ContractsRefused if others else ContractsWouldReprice)


def refuse_nothing_recorded(outcome: Outcome) -> None:
    """Refuse where not one contract was recorded, or was there before.

    Raises:
        NoContractRecorded: with the place and the reason of each.
    """
    if outcome.refused and not outcome.recorded:
        raise outcome.refusal(NoContractRecorded)


def chunks(documents: Iterable[Placed]) -> Iterator[list[Placed]]:
    """Divide documents into what is recorded together."""
    waiting = iter(documents)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def documents_of(raw: bytes, of: str = "") -> Iterator[Placed]:
    """Read the documents of a file or a request: a list of contracts, or a contract on each line, as JSON.

    Args:
        raw: the bytes.
        of: names the file, for the places.

    Raises:
        FaultyDocument: it is a list that cannot be read. A line that cannot be read is that contract's fault alone.
    """
    head = raw[:4096].lstrip()
    if head.startswith((b"[", b"-")):
        listed = read(raw, CONTRACTS_BYTES_MAX)
        for number, document in enumerate(listed if isinstance(listed, list) else [listed]):
            yield Placed(f"{of}/{number}", document)
        return
    for number, line in enumerate(BytesIO(raw), start=1):
        if line.strip():
            yield Placed(f"{of}:{number}" if of else f"line {number}", _document(line))


def _document(line: bytes) -> Any:
    try:
        return read(line.strip(), DOCUMENT_BYTES_MAX)
    except FaultyDocument as refusal_of_line:
        return refusal_of_line


#: What becomes of some contracts, by their numbers in a chunk.
Settled: TypeAlias = dict[int, ContractOfMany | UsufructError]


def _settled(
    session: Session, documents: Iterable[Placed], settle: Callable[[Mapping[int, Placed]], Settled]
) -> Outcome:
    recording.one_at_a_time(session)
    outcome = Outcome()
    for chunk in chunks(documents):
        outcome += _chunk_settled(session, chunk, settle)
    references = [contract.contract for contract in outcome.recorded]
    more = ", …" if len(references) > _NAMED_IN_AUDIT else ""
    made(
        session, f"{counted(len(references), 'contract')}: {', '.join(references[:_NAMED_IN_AUDIT])}{more}".rstrip(": ")
    )
    return outcome


_NAMED_IN_AUDIT = 12


def _chunk_settled(
    session: Session, chunk: Sequence[Placed], settle: Callable[[Mapping[int, Placed]], Settled]
) -> Outcome:
    """Settle some contracts; where a version that reprices is refused, once more without it."""
    refused = {at: reason for at, placed in enumerate(chunk) if (reason := _unreadable(placed.document)) is not None}
    while True:
        taken = {at: placed for at, placed in enumerate(chunk) if at not in refused}
        with session.begin_nested() as savepoint:
            settled = settle(taken)
            repricing_ones = {at: one for at, one in settled.items() if isinstance(one, WouldReprice)}
            if not repricing_ones:
                break
            savepoint.rollback()
        refused |= repricing_ones
    refused |= {at: one for at, one in settled.items() if isinstance(one, UsufructError)}
    return Outcome(
        [one for one in settled.values() if isinstance(one, ContractOfMany)],
        [RefusedContract(chunk[at].place, refused[at]) for at in sorted(refused)],
    )


def _unreadable(document: Any) -> UsufructError | None:
    """Say why a document cannot be recorded whatever it says: it was not read, or has what no database keeps."""
    if isinstance(document, UsufructError):
        return document
    if _has_zero_byte(document):
        return NotStorable("it has a zero byte, which cannot be stored", found="\\u0000")
    return None


def _has_zero_byte(part: Any) -> bool:
    if isinstance(part, str):
        return "\0" in part
    if isinstance(part, dict):
        return any(map(_has_zero_byte, part)) or any(map(_has_zero_byte, part.values()))
    return isinstance(part, list) and any(map(_has_zero_byte, part))


def _recorded(session: Session, chunk: Mapping[int, Placed], how: Recording) -> Settled:
    """Record contracts; say of each what became of it, or that it would reprice what is billed, not agreed."""
    documents = [placed.document for placed in chunk.values()]
    untaxed = faults_of_tax(law_book(session))
    applied = recording.apply_all(session, documents, recorded_by=how.who, recorded_at=how.at, further=untaxed)
    settled: Settled = {}
    for (at, placed), one in zip(chunk.items(), applied, strict=True):
        try:
            settled[at] = one if isinstance(one, FaultyDocument) else _looked_at(session, placed.place, one, how)
        except WouldReprice as reason:
            settled[at] = reason
    return settled


def _looked_at(session: Session, place: str, applied: AppliedVersion, how: Recording) -> ContractOfMany:
    made = looked_at(session, applied, how.at, agreed=how.agreed)
    return _of_many(place, made, is_new=applied.is_new)


def _released(session: Session, chunk: Mapping[int, Placed], how: Recording) -> Settled:
    """Release contracts; say of each what became of it, or that it would reprice what is billed, not agreed."""
    references = [placed.document for placed in chunk.values()]
    versions = store.release_all(session, references, releasing(session, how.who, how.at))
    settled: Settled = {}
    for at, placed in chunk.items():
        version = versions[placed.document]
        try:
            settled[at] = version if isinstance(version, UsufructError) else _counts(session, version, how)
        except WouldReprice as reason:
            settled[at] = reason
    return settled


def _counts(session: Session, version: Version, how: Recording) -> ContractOfMany:
    """Look at what a version reprices that was released now: the newest of its contract, and if the first, the only."""
    if version.number == 1:
        made = MadeVersion(version, (), Repricing())
    else:
        made = released_and_looked_at(session, version, how.at, agreed=how.agreed)
    return _of_many(version.contract.contract, made, is_new=True)


def _of_many(place: str, made: MadeVersion, *, is_new: bool) -> ContractOfMany:
    return ContractOfMany(
        place=place,
        contract=made.version.contract.contract,
        version=made.version.number,
        effective=made.version.contract.effective,
        released_by=made.version.released_by,
        is_new=is_new,
        warnings=made.warnings,
        reprices=made.reprices,
    )
