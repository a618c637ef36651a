"""Never sent twice by itself: over whatever order claims, kills, outcomes, answers and people come in."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from billing.delivery.state import (
    MAY_HAVE_ARRIVED,
    OF_A_PERSON,
    DeliveryHappening,
    DeliveryNotSo,
    DocumentDeliveryState,
    after,
)

S, H = DocumentDeliveryState, DeliveryHappening
#: What people say.
BY_PEOPLE = (H.AGAIN, H.ARRIVED, H.GIVEN_UP, H.NOTED)


@pytest.mark.parametrize("state", S)
def test_every_state_is_left_or_ends(state: DocumentDeliveryState) -> None:
    possible = []
    for happening in H:
        try:
            possible.append(after(state, happening))
        except DeliveryNotSo as refusal:
            assert refusal.members["found"] == state.value
    assert possible


def test_a_person_is_asked_where_nothing_happens_by_itself() -> None:
    for state in OF_A_PERSON:
        with pytest.raises(DeliveryNotSo):
            after(state, H.CLAIMED)


def test_only_what_surely_did_not_arrive_may_be_void() -> None:
    assert {S.SENDING, S.SENT, S.UNKNOWN} == MAY_HAVE_ARRIVED


class LifeOfADelivery(RuleBasedStateMachine):
    """Whatever comes in whatever order: a receiver gets at most one for each order, the first and a person's."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.orders, self.taken = S.DUE, 1, 0
        self.last_was_taken = False

    def happens(self, happening: DeliveryHappening) -> bool:
        try:
            self.state = after(self.state, happening)
        except DeliveryNotSo:
            return False
        return True

    @rule(is_taken=st.booleans(), outcome=st.sampled_from(["told", "lost", "killed"]))
    def an_attempt(self, is_taken: bool, outcome: str) -> None:  # noqa: FBT001 of the machine
        """A worker claims, the receiver takes it or not, and the worker learns of it, does not, or is killed before."""
        if not self.happens(H.CLAIMED):
            return
        self.taken, self.last_was_taken = self.taken + is_taken, is_taken
        if outcome == "told":
            self.happens(H.SENT if is_taken else H.FAILED)
        elif outcome == "lost":
            self.happens(H.LOST)

    @rule()
    def a_lease_ends(self) -> None:
        if self.state is S.SENDING:
            self.happens(H.LOST)

    @rule()
    def the_way_is_asked(self) -> None:
        if self.state is S.SENDING:
            self.happens(H.SENT if self.last_was_taken else H.NEVER_ARRIVED)

    @rule()
    def who_was_slow_reports(self) -> None:
        if self.state is not S.SENDING and self.last_was_taken:
            self.happens(H.SENT)

    @rule(said=st.sampled_from(BY_PEOPLE))
    def a_person_decides(self, said: DeliveryHappening) -> None:
        if self.happens(said) and said is H.AGAIN:
            self.orders, self.last_was_taken = self.orders + 1, False

    @rule()
    def it_is_answered(self) -> None:
        self.happens(H.ANSWERED)

    @invariant()
    def is_never_sent_twice(self) -> None:
        assert self.taken <= self.orders


TestLifeOfADelivery = LifeOfADelivery.TestCase
TestLifeOfADelivery.settings = settings(max_examples=60, stateful_step_count=20)
