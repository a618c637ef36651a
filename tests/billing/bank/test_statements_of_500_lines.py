"""A statement of 500 lines: at least 95 % of it is matched, and nothing wrongly. Judged by what each payer meant."""

from collections import Counter
from dataclasses import replace

import pytest

from billing.bank.matching.decision import MatchedDocuments, MatchedReturn, QueuedEntry
from billing.bank.matching.matching import decide
from billing.bank.statements.read import read_statements
from tests.billing.bank.statement_maker import Judged, Maker, is_right, receipt_of


def judged(seed: int, count: int) -> Judged:
    """Match a statement entry by entry, as it is recorded, and compare with the truth."""
    made = Maker(seed, count).make()
    (statement,) = read_statements(made.raw)
    assert len(statement.entries) == len(made.truths) == count
    books, outcome, payments, waiting = made.books, Judged(), dict[int, int](), Counter[str]()
    for place, (entry, truth) in enumerate(zip(statement.entries, made.truths, strict=True)):
        decision = decide(entry, books)
        outcome.total += 1
        if not is_right(decision, truth, payments):
            outcome.wrong.append(f"{seed}/{place} {truth}\n  {entry}\n  {decision}")
        if isinstance(decision, QueuedEntry):
            waiting[f"{truth.kind}: {decision.reason}"] += 1
            continue
        outcome.matched += 1
        if isinstance(decision, MatchedDocuments):
            assert sum(part.amount for part in decision.amounts) + decision.on_account == entry.amount
            books = books.paid(
                decision.supplier, [(part.document, part.amount, part.discount) for part in decision.amounts]
            )
            payments[place] = place
            books = replace(books, receipts=(*books.receipts, receipt_of(place, entry)))
        elif isinstance(decision, MatchedReturn):
            kept = [
                replace(one, is_reversed=True) if one.payment == decision.payment else one for one in books.receipts
            ]
            returned = made.truths[payments[decision.payment]]
            books = replace(books, receipts=tuple(kept)).paid(
                returned.supplier, [(number, -amount, -discount) for number, amount, discount in returned.amounts]
            )
    outcome.waiting = dict(waiting.most_common())
    return outcome


def test_a_short_statement_is_matched_and_nothing_wrongly() -> None:
    outcomes = [judged(seed, 60) for seed in (1, 2)]
    assert [wrong for outcome in outcomes for wrong in outcome.wrong] == []
    assert sum(outcome.matched for outcome in outcomes) >= 0.92 * sum(outcome.total for outcome in outcomes)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_of_500_lines_95_in_a_hundred_are_matched_and_none_wrongly(seed: int) -> None:
    outcome = judged(seed, 500)
    print(f"seed {seed}: {outcome.matched} of {outcome.total}; {outcome.waiting}")
    assert outcome.wrong == []
    assert outcome.matched >= 0.95 * outcome.total
