"""Why something is corrected, in a sentence of the document's language, for its customer: no names of persons."""

import json
from collections.abc import Iterable
from datetime import date, datetime

from billing.documents.words.words import Words
from billing.records.changes import BatchChange, Change, DisputeChange, FactChange, IndexChange, VersionChange
from quantities.period import zone as zone_of

#: So many reasons are written out; of more it is said how many there are.
_MOST = 3


def reason_in_words(change: Change, words: Words, zone: str) -> str:
    """Say what called for a correction.

    Args:
        change: as the line's proof has it.
        words: of the document's language.
        zone: whose local day the day of a record is.
    """
    match change:
        case BatchChange():
            sentence = words.text(
                "Readings were delivered later or corrected on {day} (delivery {number})",
                day=_day(change.recorded_at, words, zone),
                number=change.batch,
            )
            return _with(sentence, change.reason or "", words)
        case VersionChange():
            sentence = words.text("The contract was amended (version {number})", number=change.version)
            return _with(sentence, change.reason or "", words)
        case IndexChange():
            return _of_index(change, words)
        case DisputeChange():
            return _of_dispute(change, words)
        case FactChange():
            return _of_fact(change, words)


def reasons_in_words(changes: Iterable[Change], words: Words, zone: str) -> tuple[str, ...]:
    """Say what called for a correction, a sentence a change; what reads alike is said once."""
    return tuple(dict.fromkeys(reason_in_words(change, words, zone) for change in changes))


def one_sentence(reasons: Iterable[str], words: Words) -> str:
    """Join reasons into one sentence; of more than three, the first three and how many there are besides."""
    every = list(dict.fromkeys(reasons))
    joined = "; ".join(every[:_MOST])
    if len(every) > _MOST:
        return words.text("{reasons}; and {count} more", reasons=joined, count=len(every) - _MOST)
    return joined


def _of_index(change: IndexChange, words: Words) -> str:
    facts = {"index": change.index, "month": change.month, "value": change.now}
    if change.was is None:
        return words.text("The index {index} of {month} is {value}", **facts)
    return words.text("The index {index} of {month} is {value} instead of {was}", **facts, was=change.was)


def _of_dispute(change: DisputeChange, words: Words) -> str:
    match change.outcome:
        case "due":
            sentence = words.text("Dispute {number} is settled: it is due", number=change.dispute)
        case "waived":
            sentence = words.text("Dispute {number} is settled: it is waived", number=change.dispute)
        case _:
            sentence = words.text("Dispute {number} is open", number=change.dispute)
    return _with(sentence, change.reason, words)


def _of_fact(change: FactChange, words: Words) -> str:
    was, now = (_answer(token) for token in (change.was, change.now))
    match change.fact:
        case "tax":
            return words.text("The tax is {now} instead of {was}", now=now, was=was)
        case "registers":
            return words.text("A meter's declaration is {now} instead of {was}", now=now, was=was)
        case fact:
            about = f"{fact} {change.about.removesuffix('|{}')}".strip()
            return words.text("{fact} is {now} instead of {was}", fact=about, now=now, was=was)


def _answer(token: str) -> str:
    """Say what a source answered; of tax the tax alone, without the rows that it rests on."""
    return str(json.loads(token)["tax"]) if token.startswith('{"tax"') else token


def _with(sentence: str, reason: str, words: Words) -> str:
    return words.text("{sentence}: {reason}", sentence=sentence, reason=reason) if reason else sentence


def _day(recorded_at: str, words: Words, zone: str) -> str:
    """Write the local day of an instant; what is no instant stands as it is."""
    try:
        at = datetime.fromisoformat(recorded_at)
    except ValueError:
        return recorded_at
    local: date = at.astimezone(zone_of(zone)).date() if at.tzinfo is not None else at.date()
    return words.day(local)
