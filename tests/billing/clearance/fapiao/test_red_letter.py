"""Red letters: every sequence of steps, the 72 hours, and never more than the blue one came to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing.clearance.fapiao.red_letter import (
    BlueFapiao,
    PartialRedRefused,
    RedExceedsBlue,
    RedMoveRefused,
    RedReason,
    RedState,
    RedStep,
    begun,
    red_moved,
    red_now,
    red_parts,
)

AT = datetime(2026, 4, 2, 8, tzinfo=UTC)
HOURS = timedelta(hours=1)


def test_a_confirmation_begins_by_who_asks_and_whether_it_was_deducted() -> None:
    begins = {
        (deducted, buyer): begun(deducted=deducted, by_buyer=buyer)
        for deducted in (True, False)
        for buyer in (True, False)
    }
    assert begins == {
        (False, False): RedState.NONE_NEEDED,
        (False, True): RedState.NONE_NEEDED,
        (True, False): RedState.AWAITING_BUYER,
        (True, True): RedState.AWAITING_SELLER,
    }


@pytest.mark.parametrize("first", [RedState.NONE_NEEDED, RedState.AWAITING_BUYER, RedState.AWAITING_SELLER])
def test_of_every_sequence_of_steps_nothing_follows_an_end(first: RedState) -> None:
    for steps in product(RedStep, repeat=4):
        state, past = first, [first]
        for step in steps:
            try:
                state = red_moved(state, step)
            except RedMoveRefused as refused:
                assert {"place", "found", "expected"} <= refused.members.keys()
                continue
            past.append(state)
        assert past.count(RedState.CONFIRMED) <= 1
        ends = [one for one in past if one in {RedState.VOID, RedState.REFUSED, RedState.WITHDRAWN}]
        assert ends == past[len(past) - len(ends) :]
        assert len(ends) <= 1
        if first is RedState.NONE_NEEDED:
            assert set(past) <= {RedState.NONE_NEEDED, RedState.WITHDRAWN}


@pytest.mark.parametrize("state", RedState)
@pytest.mark.parametrize("step", RedStep)
def test_nothing_is_done_about_one_that_is_used_up(state: RedState, step: RedStep) -> None:
    with pytest.raises(RedMoveRefused):
        red_moved(state, step, made=True)


@example(RedState.AWAITING_BUYER, 71)
@example(RedState.AWAITING_BUYER, 72)
@given(st.sampled_from(RedState), st.integers(0, 200))
def test_after_72_hours_what_waits_is_void(state: RedState, hours: int) -> None:
    waits = state in {RedState.AWAITING_BUYER, RedState.AWAITING_SELLER}
    assert red_now(state, AT, AT + hours * HOURS) is (RedState.VOID if waits and hours >= 72 else state)


def test_a_red_one_is_made_of_what_is_confirmed_alone() -> None:
    assert {state for state in RedState if state.lets_red_out} == {RedState.NONE_NEEDED, RedState.CONFIRMED}


def test_reasons_have_the_authoritys_codes() -> None:
    assert [(one.code, one.in_chinese) for one in RedReason] == [
        ("01", "开票有误"),
        ("02", "销货退回"),
        ("03", "服务中止"),
        ("04", "销售折让"),
    ]


CENTS = st.integers(0, 10**6).map(lambda cents: Decimal(cents) / 100)


@given(st.lists(st.tuples(CENTS, CENTS), min_size=1, max_size=5), st.lists(st.tuples(CENTS, CENTS), max_size=6))
def test_partial_reds_never_exceed_the_blue_ones(
    came_to: list[tuple[Decimal, Decimal]], reds: list[tuple[Decimal, Decimal]]
) -> None:
    blues = [BlueFapiao(f"{n:020d}", net, tax) for n, (net, tax) in enumerate(came_to)]
    for net, tax in reds:
        left = sum(one.net - one.red_net for one in blues), sum(one.tax - one.red_tax for one in blues)
        try:
            parts = red_parts(blues, net, tax, RedReason.REDUCED)
        except RedExceedsBlue:
            assert net > left[0] or tax > left[1]
            continue
        assert (sum(part for _, part, _ in parts), sum(part for *_, part in parts)) == (net, tax)
        taken = {blue.number: (of_net, of_tax) for blue, of_net, of_tax in parts}
        blues = [
            BlueFapiao(
                one.number,
                one.net,
                one.tax,
                one.red_net + taken.get(one.number, (0, 0))[0],
                one.red_tax + taken.get(one.number, (0, 0))[1],
            )
            for one in blues
        ]
        assert all(0 <= one.red_net <= one.net and 0 <= one.red_tax <= one.tax for one in blues)


def test_what_was_made_out_in_error_is_taken_back_whole() -> None:
    blues = [BlueFapiao("1" * 20, Decimal(100), Decimal(13))]
    with pytest.raises(PartialRedRefused):
        red_parts(blues, Decimal(50), Decimal("6.50"), RedReason.MADE_OUT_IN_ERROR)
    assert red_parts(blues, Decimal(100), Decimal(13), RedReason.MADE_OUT_IN_ERROR) == (
        (blues[0], Decimal(100), Decimal(13)),
    )
