"""Random lives of documents against a book that is kept apart, in plain dictionaries and by other rules of thumb.

Whatever is asked, the product does it where the model does, and refuses it where the model does not; and then every
document, and the account, come to the same. The model never asks the product, and adds everything up anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from api.server.database import Access, Database
from api.server.embedded import EmbeddedServer
from billing.receivables.accounts import StatementAsked, account_statement, accounts
from billing.receivables.allocating import AllocatedAmount
from billing.receivables.store import allocate_payment, reverse_payment
from quantities.errors import UsufructError
from tests.billing.receivables.books import FURTHER, Books, further, opened
from tests.billing.scene import on
from tests.build import acts, fewer_examples
from tests.conftest import application_pool, world_copy

ISSUED = date(2026, 2, 1)
CENTS = {"2026-000001": 17850, "X-1": 11900, "X-2": 3966, "X-3": -4760, "X-4": 8, "X-5": -23800}


def _fill(access: Access) -> None:
    with application_pool(access) as database:
        opened(access, database)
    further(access, FURTHER)


@pytest.fixture(scope="module")
def database(server: EmbeddedServer) -> Iterator[Database]:
    with world_copy(server, "documents for a model", _fill, "model") as (access, _), application_pool(access) as pool:
        yield pool


@dataclass
class Ledger:
    """What the model knows, in cents: facts as they came, and nothing that is added up."""

    payments: list[dict[str, Any]] = field(default_factory=list)
    put: list[tuple[int, str, int, int]] = field(default_factory=list)  # payment, document, money, discount
    given_up: list[dict[str, Any]] = field(default_factory=list)

    def money(self, document: str) -> int:
        return sum(money for _, name, money, _ in self.put if name == document)

    def discount(self, document: str) -> int:
        return sum(discount for _, name, _, discount in self.put if name == document)

    def lost(self, document: str) -> int:
        return sum(int(one["cents"]) for one in self.given_up if one["document"] == document and one["counts"])

    def left(self, document: str) -> int:
        return CENTS[document] - self.money(document) - self.discount(document) - self.lost(document)

    def loose(self, payment: int) -> int:
        return int(self.payments[payment]["cents"]) - sum(
            money for number, _, money, _ in self.put if number == payment
        )

    def on_account(self) -> int:
        return sum(self.loose(number) for number in range(len(self.payments)))

    def takes(self, received: date, name: str, money: int, discount: int) -> bool:
        billed, left = CENTS[name], self.left(name) - money - discount
        of_its_sign = all(not part or (part > 0) == (billed > 0) for part in (money, discount))
        if not (money or discount) or not of_its_sign or not min(0, billed) <= left <= max(0, billed):
            return False
        days = (received - ISSUED).days
        percent = 2 if days <= 10 else 1 if days <= 20 else 0
        most = (2 * billed * percent + 100) // 200
        return not discount or (billed > 0 and not left and self.discount(name) + discount <= most)

    def allows(self, payment: int, cents: int, received: date, to: list[tuple[str, int, int]], *, joins: bool) -> bool:
        """By whether everything is still possible afterwards, and not by the differences that the product looks at."""
        if len({name for name, _, _ in to}) < len(to) or not all(self.takes(received, *one) for one in to):
            return False
        moved = sum(money for _, money, _ in to)
        loose = (cents if joins else self.loose(payment)) - moved
        if not (min(0, cents) <= loose <= max(0, cents)):
            return False
        after = self.on_account() + (cents if joins else 0) - moved
        return after >= 0 or after >= self.on_account()


def euros(cents: int) -> Decimal:
    return Decimal(cents) / 100


NAMES = st.sampled_from(sorted(CENTS))


@st.composite
def to_documents(draw: st.DrawFn, ledger: Ledger) -> list[tuple[str, int, int]]:
    """Some documents, each with all that is open, a part, a little too much, or with a discount."""
    chosen = []
    for name in draw(st.lists(NAMES, max_size=3, unique=True)):
        left = ledger.left(name)
        discount = 0
        money = draw(st.sampled_from([left, left, left // 2, left + 1, left - 1, 1, -1, 0, CENTS[name]]))
        if draw(st.integers(0, 3)) == 0:
            discount = draw(st.sampled_from([(2 * CENTS[name] + 50) // 100, (CENTS[name] + 50) // 100, 1, -1]))
            money = draw(st.sampled_from([left - discount, left - discount, money]))
        chosen.append((name, money, discount))
    return chosen + draw(st.sampled_from([[], [], [], [], chosen[:1]]))


class Life:
    """A product and a model to which the same things happen."""

    def __init__(self, book: Books, data: st.DataObject) -> None:
        self.book, self.data, self.ledger = book, data, Ledger()
        self.numbers: list[int] = []

    def agree(self, allowed: bool, ask: Any) -> Any:  # noqa: FBT001 the model's word
        try:
            with self.book.session.begin_nested():
                answered = ask()
        except UsufructError as refused:
            event(f"refused: {type(refused).__name__}")
            assert not allowed, f"{type(refused).__name__}: {refused}"
            return None
        event(f"done: {type(answered).__name__}")
        assert allowed, f"the model refuses {answered}"
        return answered

    def pays(self) -> None:
        ledger, draw = self.ledger, self.data.draw
        to = draw(to_documents(ledger))
        moved = sum(money for _, money, _ in to)
        cents = draw(st.sampled_from([moved, moved, moved + 500, moved - 1, 0, 10000, -500]))
        received = self.book.at.date() - timedelta(days=draw(st.integers(0, 12)))
        allowed = ledger.allows(-1, cents, received, to, joins=True)
        amounts = [(name, str(euros(money)), str(euros(discount))) for name, money, discount in to]
        reference = str(len(ledger.payments))
        paid = self.agree(
            allowed,
            lambda: self.book.pays(str(euros(cents)), *amounts, reference=reference, received=received.isoformat()),
        )
        if paid is not None:
            number = len(ledger.payments)
            ledger.payments.append({"cents": cents, "received": received, "undone": False})
            ledger.put += [(number, *one) for one in to]
            event(f"discounts: {sum(bool(discount) for _, _, discount in to)}")
            self.numbers.append(paid.id)

    def allocates(self) -> None:
        if not self.numbers:
            return
        ledger, number = self.ledger, self.data.draw(st.integers(0, len(self.numbers) - 1))
        to = self.data.draw(to_documents(ledger))
        if not to:
            return
        known = ledger.payments[number]
        allowed = not known["undone"] and ledger.allows(number, known["cents"], known["received"], to, joins=False)
        given = [AllocatedAmount(name, euros(money), euros(discount)) for name, money, discount in to]
        by = acts(self.book.session, "anna")
        done = self.agree(
            allowed,
            lambda: allocate_payment(self.book.session, self.numbers[number], given, by=by, at=self.book.at),
        )
        if done is not None:
            ledger.put += [(number, *one) for one in to]

    def reverses(self) -> None:
        if not self.numbers:
            return
        ledger, number = self.ledger, self.data.draw(st.integers(0, len(self.numbers) - 1))
        known = ledger.payments[number]
        reference, by = f"back {len(ledger.payments)}", acts(self.book.session, "anna")
        done = self.agree(
            not known["undone"],
            lambda: reverse_payment(
                self.book.session, self.numbers[number], reference=reference, on=None, by=by, at=self.book.at
            ),
        )
        if done is not None:
            other = len(ledger.payments)
            known["undone"] = True
            ledger.payments.append({"cents": -known["cents"], "received": self.book.at.date(), "undone": True})
            ledger.put += [(other, name, -money, -discount) for at, name, money, discount in ledger.put if at == number]
            self.numbers.append(done.id)

    def prepares(self) -> None:
        ledger, name = self.ledger, self.data.draw(NAMES)
        left, lost = ledger.left(name), ledger.lost(name)
        cents = self.data.draw(st.sampled_from([left, left // 2, left + 1, -lost, 1, -1]))
        allowed = bool(cents) and self._can_be_lost(name, cents)
        done = self.agree(allowed, lambda: self.book.writes_off(str(euros(cents)), name))
        if done is not None:
            ledger.given_up.append({"document": name, "cents": cents, "counts": False, "number": done.id})

    def _can_be_lost(self, name: str, cents: int) -> bool:
        billed, left, lost = CENTS[name], self.ledger.left(name) - cents, self.ledger.lost(name) + cents
        if cents * billed > 0:
            return min(0, billed) <= left <= max(0, billed)
        return min(0, billed) <= lost <= max(0, billed)

    def releases(self) -> None:
        if not self.ledger.given_up:
            return
        known = self.data.draw(st.sampled_from(self.ledger.given_up))
        allowed = not known["counts"] and self._can_be_lost(known["document"], known["cents"])
        done = self.agree(allowed, lambda: self.book.releases(known["number"]))
        if done is not None:
            known["counts"] = True

    def later(self) -> None:
        self.book.at += timedelta(days=self.data.draw(st.integers(1, 9)))

    def compare(self) -> None:
        ledger = self.ledger
        for name, billed in CENTS.items():
            stands = self.book.stands(name)
            parts = (stands.paid, stands.discount, stands.written_off, stands.open)
            assert parts == tuple(
                euros(part)
                for part in (ledger.money(name), ledger.discount(name), ledger.lost(name), ledger.left(name))
            )
            assert sum(parts) == euros(billed)
        owed = sum(ledger.left(name) for name in CENTS)
        (account,) = [one for one in accounts(self.book.session, self.book.at) if one.customer == "Blechwerke"]
        assert account.balance.on_account == euros(ledger.on_account())
        assert (account.balance.open, account.balance.balance) == (euros(owed), euros(owed - ledger.on_account()))
        stated = account_statement(self.book.session, StatementAsked("Blechwerke", "EUR"), self.book.at)
        assert stated.entries.closing == stated.balance.balance == account.balance.balance
        assert (
            stated.entries.opening + sum(one.movement.amount for one in stated.entries.entries)
            == stated.entries.closing
        )
        half = self.book.at.date() - timedelta(days=7)
        before = account_statement(self.book.session, StatementAsked("Blechwerke", "EUR", last=half), self.book.at)
        assert before.entries.closing == before.balance.balance


@fewer_examples(5)
@given(st.data())
def test_whatever_happens_every_cent_is_in_one_place(database: Database, data: st.DataObject) -> None:
    with database.transaction(1) as session:
        acts(session, "anna")
        life = Life(Books(session, on("2026-02-05")), data)
        happenings = [life.pays, life.pays, life.allocates, life.reverses, life.prepares, life.releases, life.later]
        for _ in range(data.draw(st.integers(4, 14))):
            data.draw(st.sampled_from(happenings))()
        life.compare()
        session.rollback()
