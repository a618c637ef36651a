"""What open disputes leave out of a document: the note of each, held against the dispute and the lines left out."""

from collections.abc import Iterator, Mapping, Sequence

from billing.disputes.store import KnownDispute
from billing.invoices.invoice import Line
from billing.proof.compare import Compared
from billing.records.inputs import HeldApartNote
from billing.sources.asked import Question, SourceName
from quantities.arithmetic import added


def open_then(answers: Mapping[Question, str]) -> tuple[int, ...]:
    """Name the disputes that were open by what a rating was answered, in its order."""
    tokens = [token for question, token in answers.items() if question.source is SourceName.DISPUTES]
    known = [known_as.partition(":") for token in tokens for known_as in token.split()]
    return tuple(int(number) for number, _, outcome in known if outcome == "open")


def compared_notes(
    notes: Sequence[HeldApartNote],
    held_apart: Sequence[Line],
    disputes: Mapping[int, KnownDispute],
    were_open: Sequence[int],
) -> Iterator[Compared]:
    """Pair the notes of a rating with the disputes that were open then and leave lines out: each has one, no other has.

    Args:
        notes: as they were stored.
        held_apart: the lines that are left out now.
        disputes: of the contract, by number.
        were_open: the numbers of those that were open when the rating was made.
    """
    by_number = {note.dispute: note for note in notes}
    for number in dict.fromkeys([*by_number, *were_open]):
        note, known = by_number.get(number), disputes.get(number)
        if known is None:
            yield f"dispute {number}", "there", "absent"
            continue
        lines = [line for line in held_apart if known.dispute.covers(line)]
        net = added(line.net for line in lines) if lines else None
        yield f"the net held apart by dispute {number}", None if note is None else note.net, net
        if note is None:
            continue
        yield f"the charge held apart by dispute {number}", note.charge, known.dispute.charge
        yield f"the first day held apart by dispute {number}", note.first, known.dispute.first
        yield f"the day after those held apart by dispute {number}", note.after_last, known.dispute.after_last
        yield f"who accepted dispute {number}", note.accepted_by, known.accepted_by
