"""Which step is due, of values alone: any history of payments, disputes and days, looked at day by day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.dunning.interest import DeferredDays, DueBalance, interest_days, interest_of
from billing.dunning.steps import ClaimedBefore, LateDocument, MadeStep, claim_of, given_back, look, severest
from contracts.dunning_terms import DunningKind, DunningTerms
from contracts.indexation.lookup import no_index
from quantities.document import parse

DUE = date(2026, 3, 3)
_DAY = timedelta(days=1)
TERMS = parse(
    DunningTerms,
    {
        "steps": [
            {"after_days": "5", "kind": "reminder"},
            {"after_days": "9", "kind": "notice", "fee": "40.00", "interest": {"above": "10"}},
            {"after_days": "15", "kind": "stop", "interest": {"above": "10"}},
        ]
    },
)
#: What is recorded on a day after the due day: as of how many days before, and what is open and not disputed from then.
_FACTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), st.sampled_from([0, 2_000, 10_000])), max_size=5)


def balances(facts: list[tuple[int, int, int]], day: int) -> tuple[DueBalance, ...]:
    """What is known on a day: of each day the fact that was recorded last."""
    known = {DUE - 20 * _DAY: Decimal(100)}
    for recorded, before, cents in sorted(facts):
        if recorded <= day:
            known[DUE + (recorded - before) * _DAY] = Decimal(cents).scaleb(-2)
    return tuple(DueBalance(on, amount) for on, amount in sorted(known.items()))


@given(facts=_FACTS, deferred=st.none() | st.tuples(st.integers(-3, 20), st.integers(0, 10)))
def test_day_by_day_each_step_once_never_of_what_is_settled_and_claims_add_up(
    facts: list[tuple[int, int, int]], deferred: tuple[int, int] | None
) -> None:
    put_off = tuple[DeferredDays, ...]()
    if deferred is not None:
        put_off = (DeferredDays(DUE + deferred[0] * _DAY, DUE + (deferred[0] + deferred[1]) * _DAY),)
    steps, claimed, key = list[MadeStep](), ClaimedBefore(), 0
    for day in range(40):
        today = DUE + day * _DAY
        history = balances(facts, day)
        for _ in range(3):  # a look that corrects something is followed by another
            late = LateDocument(DUE, "EUR", history, tuple(steps), claimed, put_off)
            seen = look(late, TERMS, today)
            back = given_back(late, TERMS, seen.withdrawn, no_index)
            if back is None and not seen.withdrawn:
                break
            steps = [step for step in steps if step not in seen.withdrawn]
            if back is not None:
                claimed = ClaimedBefore(claimed.fee + back.fee, claimed.interest + back.interest, claimed.through)
        else:
            pytest.fail("it is corrected for ever")
        if seen.step is not None:
            assert seen.step == len(steps), "in order, and each once"
            assert late.before(today) > 0
            assert not late.is_settled
            assert not late.is_deferred(today)
            assert not steps or steps[-1].on < today, "one a day"
            key += 1
            claim = claim_of(late, TERMS, seen.step, today, no_index)
            steps.append(MadeStep(key, seen.step, today, claim.fee))
            through = claim.through or claimed.through
            claimed = ClaimedBefore(claimed.fee + claim.fee, claimed.interest + claim.interest, through)
        # what is claimed is never more than the days come to by what is known, and one fee at most
        assert claimed.fee == sum(step.fee for step in steps)
        assert claimed.fee in {Decimal(0), Decimal("40.00")}
        if claimed.through is not None and TERMS.interest is not None:
            days = interest_days(DUE, claimed.through, history, put_off, TERMS.interest, no_index)
            assert claimed.interest <= interest_of(days, "EUR")
            if seen.step is not None and claimed.through == today:
                assert claimed.interest == interest_of(days, "EUR")


def test_a_week_in_which_nothing_ran_is_caught_up_in_order_and_never_at_once() -> None:
    late = LateDocument(DUE, "EUR", balances([], 0))
    today = DUE + 30 * _DAY
    assert look(late, TERMS, today).step == 0
    made = LateDocument(DUE, "EUR", balances([], 0), (MadeStep(1, 0, today),))
    assert (look(made, TERMS, today).step, look(made, TERMS, today).next_on) == (None, today + 4 * _DAY)


def test_a_person_orders_the_next_step_before_its_day_and_one_more_after_the_last() -> None:
    today = DUE + 2 * _DAY
    ordered = LateDocument(DUE, "EUR", balances([], 0), ordered=True, paused=date.max)
    assert look(ordered, TERMS, today).step == 0
    assert look(LateDocument(DUE, "EUR", balances([], 0), ordered=True), TERMS, DUE).step is None
    made = tuple(MadeStep(place, place, DUE + place * _DAY + _DAY) for place in range(3))
    after = LateDocument(DUE, "EUR", balances([], 0), made, ordered=True)
    assert look(after, TERMS, DUE + 20 * _DAY).step == 3
    assert claim_of(after, TERMS, 3, DUE + 20 * _DAY, no_index).interest > 0


def test_a_letter_is_called_as_the_severest_of_its_steps() -> None:
    assert severest([DunningKind.REMINDER, DunningKind.STOP, DunningKind.NOTICE]) is DunningKind.STOP
