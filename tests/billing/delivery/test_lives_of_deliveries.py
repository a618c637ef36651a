"""Never two sendings for one order: random lives over the database, with workers killed at every place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.delivering import sender
from api.server.database import Access, Database
from billing.delivery.claims import ClaimedSending, claim
from billing.delivery.state import DeliveryHappening, DeliveryNotSo
from billing.delivery.way import OutcomeUnknown, SendingFailed
from contracts.delivery_terms import DeliveryWay
from tests.billing.delivery.post import Post, answered, raising, takes
from tests.billing.scene import CONTRACT, Scene

STEPS = st.lists(
    st.sampled_from(
        ["taken", "busy", "cut off", "killed before", "killed after", "time", "again", "arrived", "answer"]
    ),
    min_size=3,
    max_size=9,
)
WAYS = st.sampled_from([DeliveryWay.MAIL, DeliveryWay.PEPPOL])
ADDRESS = {DeliveryWay.MAIL: "a{0}@b.example", DeliveryWay.PEPPOL: "9930:DE{0}"}


class Receiver:
    """What the receiver has: a mail each time, and of an access point each name once."""

    def __init__(self, post: Post, key: int, way: DeliveryWay) -> None:
        self.post, self.key, self.way, self.orders, self.given = post, key, way, 1, list[str]()

    @property
    def taken(self) -> int:
        return len(self.given) if self.way is DeliveryWay.MAIL else len(set(self.given))

    def step(self, step: str) -> None:
        post = self.post
        match step:
            case "taken" | "busy" | "cut off":
                error = {"busy": SendingFailed("busy"), "cut off": OutcomeUnknown("cut off")}.get(step)
                post.way.answers = [raising(error) if error else takes]
                before = len(post.way.given)
                post.delivers()
                self.given += [] if step == "busy" else post.way.keys[before:]
            case "killed before" | "killed after":
                with post.scene.database.transaction(1) as session:
                    claimed = claim(session, post.now, post.rules.setup)
                if isinstance(claimed, ClaimedSending) and step == "killed after":
                    sender._attempted(post.rules, claimed)
                    self.given.append(claimed.attempt.key)
            case "time":
                post.passes(minutes=11)
            case "again":
                post.again(self.key)
                self.orders += 1
            case "arrived":
                post.settles(self.key, DeliveryHappening.ARRIVED)
            case _:
                post.way.statuses = {key: answered("AP") for key in self.given}


def lives(post: Post, number: int, way: DeliveryWay, steps: list[str]) -> None:
    post.way.given, post.way.statuses, post.way.answers = [], {}, []
    key = post.asks(way=way, to=(ADDRESS[way].format(number),)).id
    receiver = Receiver(post, key, way)
    for step in [*steps, "time", "time", "taken"]:
        post.way.statuses = {key: answered("AB") for key in receiver.given}
        try:
            receiver.step(step)
        except DeliveryNotSo:
            continue
        assert receiver.taken <= receiver.orders, steps
    post.scene.as_superuser("update delivery set next_at = null, state = 'given_up' where state in ('due', 'sending')")


@pytest.fixture(scope="module")
def numbers() -> list[int]:
    return [0]


@pytest.fixture
def post(access: Access, database: Database) -> Post:
    scene = Scene(access, database).declared(CONTRACT)
    scene.delivers("2026-01-05 10 140")
    scene.bills("2026-02-01")
    return Post(scene)


@pytest.mark.parametrize("examples", [
    pytest.param(6, id="a few"), pytest.param(150, id="many", marks=pytest.mark.long),
])  # fmt: skip
def test_a_receiver_gets_one_for_each_order_at_most(post: Post, numbers: list[int], examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(WAYS, STEPS)
    def over(way: DeliveryWay, steps: list[str]) -> None:
        numbers[0] += 1
        lives(post, numbers[0], way, steps)

    over()
