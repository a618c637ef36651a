"""Never sent twice by itself: over whatever order claims, kills, outcomes, answers and people come in."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.delivery.state import MAY_HAVE_ARRIVED, OF_A_PERSON, DeliveryHappening, DeliveryNotSo, DeliveryState, after

S, H = DeliveryState, DeliveryHappening
#: What happens by itself; the rest is said by people.
BY_ITSELF = (H.CLAIMED, H.SENT, H.FAILED, H.REFUSED, H.LOST, H.NEVER_ARRIVED, H.WITHDRAWN, H.ANSWERED)
BY_PEOPLE = (H.AGAIN, H.ARRIVED, H.GIVEN_UP, H.NOTED)


@pytest.mark.parametrize("state", S)
def test_every_state_is_left_or_ends(state: DeliveryState) -> None:
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


@dataclass
class Receiving:
    """A delivery, and what of its attempts the receiver has: an attempt is given to it, and it says so or does not."""

    state: DeliveryState = S.DUE
    orders: int = 1
    given: list[bool] = field(default_factory=list)  # of each attempt, whether the receiver took it

    def attempts_to(self, happening: DeliveryHappening) -> bool:
        try:
            self.state = after(self.state, happening)
        except DeliveryNotSo:
            return False
        return True


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(["work", "kill", "drop", "lease", "again", "give up", "answer", "late"]), st.booleans())))
def test_a_receiver_gets_at_most_one_for_each_order(steps: list[tuple[str, bool]]) -> None:
    """``True``: the receiver took what reached it. Each order of a person, and the first, is one that it may get."""
    one = Receiving()
    for step, takes in steps:
        match step:
            case "work" | "drop" | "kill":
                if not one.attempts_to(H.CLAIMED):
                    continue
                one.given.append(takes)
                if step == "work":
                    one.attempts_to(H.SENT if takes else H.FAILED)
                elif step == "drop":
                    one.attempts_to(H.LOST)
            case "lease":
                one.attempts_to(H.LOST) if one.state is S.SENDING else None
            case "again":
                one.orders += one.attempts_to(H.AGAIN)
            case "give up":
                one.attempts_to(H.GIVEN_UP)
            case "answer":
                one.attempts_to(H.ANSWERED)
            case "late":
                if one.state is not S.SENDING and one.given and one.given[-1]:
                    one.attempts_to(H.SENT)
    assert sum(one.given) <= one.orders
