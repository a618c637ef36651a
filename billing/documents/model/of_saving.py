"""How a saving came about, for the reader of a line: what was expected, what was measured, and by which baseline.

A line's proof has it in English and with the hash of the baseline's rows (``savings.plan.SavingsResult.summary``).
Whoever pays wants the figures in his own language; the proof, which travels with the document, keeps the rest.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing.documents.model.facts import StatementOfWindow
from billing.documents.words.savings_words import method_words, option_words, row_status_words
from billing.documents.words.units import quantity_in_words
from billing.documents.words.words import Words
from billing.records.proof import UsageProof, UseProof
from contracts.contract import Contract
from quantities.arithmetic import added

_NUMBER = r"-?\d+(?:\.\d+)?"
_SUMMARY = re.compile(
    rf"(?P<expected>{_NUMBER}) expected(?: \+ (?P<adjusted>{_NUMBER}) adjusted)? − (?P<measured>{_NUMBER}) measured "
    r"(?P<unit>\S+); (?P<counts>(?:\d+ \w+(?:, )?)*); (?P<basis>.*)",
    re.DOTALL,
)
_FITTED = re.compile(r"by (?P<method>\w+) of (?P<first>\d{4}-\d{2}-\d{2}), rows sha256 [0-9a-f]+")
_AGREED = re.compile(r"by a baseline agreed on paper and not fitted: (?P<source>.*)", re.DOTALL)


def is_saving(usage: UsageProof | None, contract: Contract) -> bool:
    """Whether a use is a saving of a contract, or several of them joined."""
    if not isinstance(usage, UseProof):
        return False
    joined = (use.name for use in contract.usages if use.joined)
    return contract.saving(usage.name) is not None or usage.name in joined


def saving_sentences(usage: UsageProof | None, words: Words) -> tuple[str, ...]:
    """Say how a saving came about, a sentence each; nothing of a use that is no saving, and of savings joined."""
    if not isinstance(usage, UseProof):
        return ()
    summary = _SUMMARY.fullmatch(usage.calculation)
    return () if summary is None else tuple(_sentences(summary, words))


def _sentences(summary: re.Match[str], words: Words) -> Iterator[str]:
    expected, measured = Decimal(summary["expected"]), Decimal(summary["measured"])
    adjusted = Decimal(summary["adjusted"] or 0)
    saved = quantity_in_words(words, added((expected, adjusted, -measured)), summary["unit"])
    facts = {"expected": words.number(expected), "measured": words.number(measured), "saved": saved}
    if adjusted:
        yield words.text(
            "Saved: {expected} expected + {adjusted} non-routine − {measured} measured = {saved}",
            adjusted=words.number(adjusted),
            **facts,
        )
    else:
        yield words.text("Saved: {expected} expected − {measured} measured = {saved}", **facts)
    counts = [count.split(" ", 1) for count in summary["counts"].split(", ") if count]
    rows = ", ".join(f"{words.number(Decimal(many))} {row_status_words(status, words)}" for many, status in counts)
    yield words.text("Rows: {rows}", rows=rows)
    yield _basis(summary["basis"], words)


def _basis(basis: str, words: Words) -> str:
    if (fitted := _FITTED.fullmatch(basis)) is not None:
        return words.text(
            "Baseline: {method}, of the days from {day} on",
            method=method_words(fitted["method"], words),
            day=words.day(date.fromisoformat(fitted["first"])),
        )
    if (agreed := _AGREED.fullmatch(basis)) is not None:
        return words.text("Baseline: agreed on paper, {source}", source=agreed["source"])
    return words.text("Option {option}", option=option_words(basis.removeprefix("by ").replace(" ", "_"), words))


def statement_words(statement: StatementOfWindow, words: Words) -> str:
    """Name the savings statement that a line settles."""
    last = date.fromordinal(statement.after_last.toordinal() - 1)
    return words.text(
        "By savings statement {number} of {days}, version {version}",
        number=statement.number,
        days=words.days(statement.first, last),
        version=statement.version,
    )
