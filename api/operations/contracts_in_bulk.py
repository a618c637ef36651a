"""Many contracts recorded at once, all or none of them: what one contract must pass, each of many must pass."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any

from sqlmodel import Session

from api.operations.bulk_outcome import ContractOfMany, Outcome, RefusedContract
from api.operations.contracts import WouldReprice, looked_at
from contracts.recording import store as recording
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
    """How contracts are recorded.

    Attributes:
        who: records them.
        at: the instant of recording.
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
    outcome = record_good(session, documents, how)
    if not outcome.refused:
        return outcome
    others = [contract for contract in outcome.refused if not isinstance(contract.reason, WouldReprice)]
    if others:
        raise outcome.refusal(ContractsRefused)
    raise outcome.refusal(ContractsWouldReprice)


def record_good(session: Session, documents: Iterable[Placed], how: Recording) -> Outcome:
    """Record contracts as ``record_all`` does; one that is refused keeps no other from being recorded."""
    recording.one_at_a_time(session)
    outcome = Outcome()
    for chunk in chunks(documents):
        outcome += _record_chunk(session, chunk, how)
    return outcome


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


def _record_chunk(session: Session, chunk: Sequence[Placed], how: Recording) -> Outcome:
    """Record some contracts; where a version that reprices is refused, record again without it."""
    refused: dict[int, UsufructError] = {
        at: placed.document for at, placed in enumerate(chunk) if isinstance(placed.document, UsufructError)
    }
    while True:
        taken = {at: placed for at, placed in enumerate(chunk) if at not in refused}
        with session.begin_nested() as savepoint:
            outcome = _try(session, taken, how)
            if any(isinstance(reason, WouldReprice) for reason in outcome.values()):
                savepoint.rollback()
            else:
                break
        refused |= {at: reason for at, reason in outcome.items() if isinstance(reason, WouldReprice)}
    refused |= {at: reason for at, reason in outcome.items() if isinstance(reason, UsufructError)}
    return Outcome(
        [contract for contract in outcome.values() if isinstance(contract, ContractOfMany)],
        [RefusedContract(chunk[at].place, refused[at]) for at in sorted(refused)],
    )


def _try(
    session: Session, chunk: Mapping[int, Placed], how: Recording
) -> dict[int, ContractOfMany | FaultyDocument | WouldReprice]:
    """Record contracts; say of each what became of it, or that it would reprice what is billed, not agreed."""
    documents = [placed.document for placed in chunk.values()]
    recorded = recording.apply_all(session, documents, recorded_by=how.who, recorded_at=how.at)
    outcome: dict[int, ContractOfMany | FaultyDocument | WouldReprice] = {}
    for (at, placed), applied in zip(chunk.items(), recorded, strict=True):
        if isinstance(applied, FaultyDocument):
            outcome[at] = applied
            continue
        try:
            made = looked_at(session, applied, how.at, agreed=how.agreed)
        except WouldReprice as reason:
            outcome[at] = reason
            continue
        outcome[at] = ContractOfMany(
            place=placed.place,
            contract=made.version.contract.contract,
            version=made.version.number,
            effective=made.version.contract.effective,
            released_by=made.version.released_by,
            is_new=applied.is_new,
            warnings=made.warnings,
            reprices=made.reprices,
        )
    return outcome
