"""A payee is paid what it is owed, in the share in which customers have paid, less what waits and what is kept."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payouts.payable import (
    HoldingTerms,
    PartKey,
    PayablePart,
    PayablePartKind,
    PlannedLine,
    SettledOn,
    balance,
    lines_to_take_back,
    positions,
    split_gross,
)
from billing.payouts.payout_days import is_payout_day, latest_payout_day, next_payout_day
from contracts.sharing.payout_terms import PayoutTerms
from tests.billing.payouts.payout_oracle import BookedDocument

DAY = date(2026, 2, 1)
DOCUMENT = PayablePartKind.DOCUMENT
NOTHING = Decimal(0)


def a_part(
    amount: str = "80.00", gross: str = "100.00", *settled: tuple[int, str], key: int = 1, **terms: Any
) -> PayablePart:
    facts = tuple(SettledOn(DAY + timedelta(days=day), Decimal(paid)) for day, paid in settled)
    part_key = PartKey(DOCUMENT, key, key)
    return PayablePart(part_key, f"SB-{key}", Decimal(amount), Decimal(gross), facts, DAY, HoldingTerms(**terms))


def payable(part: PayablePart, day: int, paid: str = "0", currency: str = "EUR") -> Decimal:
    (known,) = positions([part], {part.key: Decimal(paid)}, DAY + timedelta(days=day), currency)
    return known.payable


@pytest.mark.parametrize(("settled", "day", "paid", "expected"), [
    pytest.param([], 0, "0", "0", id="nothing is paid, nothing is payable"),
    pytest.param([(3, "100.00")], 2, "0", "0", id="paid tomorrow"),
    pytest.param([(3, "100.00")], 3, "0", "80.00", id="paid"),
    pytest.param([(3, "33.33")], 3, "0", "26.66", id="paid in part, rounded half up"),
    pytest.param([(3, "33.33"), (4, "33.33")], 4, "26.66", "26.67", id="the next part is what is left by then"),
    pytest.param([(3, "33.33"), (4, "33.33"), (5, "33.34")], 5, "53.33", "26.67", id="the last has the rest"),
    pytest.param([(3, "100.00"), (9, "-100.00")], 9, "80.00", "-80.00", id="a payment that is reversed takes back"),
    pytest.param([(3, "100.00"), (9, "-100.00"), (12, "100.00")], 12, "80.00", "0", id="and is made good"),
    pytest.param([(3, "120.00")], 3, "0", "80.00", id="no more than all of it"),
])  # fmt: skip
def test_in_the_share_in_which_the_customer_has_paid(
    settled: list[tuple[int, str]], day: int, paid: str, expected: str
) -> None:
    assert payable(a_part("80.00", "100.00", *settled), day, paid) == Decimal(expected)


def test_yen_have_no_smaller_unit() -> None:
    assert payable(a_part("801", "1000", (0, "333")), 0, currency="JPY") == Decimal(267)


class TestWhatWaits:
    def test_so_many_days_after_it_was_paid(self) -> None:
        part = a_part("80.00", "100.00", (3, "50.00"), (5, "50.00"), days_after=7)
        assert [payable(part, day) for day in (9, 10, 11, 12)] == [
            NOTHING,
            Decimal("40.00"),
            Decimal("40.00"),
            Decimal("80.00"),
        ]

    def test_what_was_taken_back_and_paid_again_waits_anew(self) -> None:
        part = a_part("80.00", "100.00", (0, "100.00"), (5, "-100.00"), (6, "100.00"), days_after=7)
        assert [payable(part, day) for day in (7, 12, 13)] == [NOTHING, NOTHING, Decimal("80.00")]


class TestTheReserve:
    TERMS: ClassVar[dict[str, Any]] = {"reserve_percent": Decimal(10), "reserve_days": 90}

    def test_is_kept_for_its_days_and_released(self) -> None:
        part = a_part("80.00", "100.00", (3, "100.00"), **self.TERMS)
        assert [payable(part, day) for day in (3, 92, 93)] == [Decimal("72.00"), Decimal("72.00"), Decimal("80.00")]

    def test_and_what_waits_do_not_add_up(self) -> None:
        (known,) = positions(
            [a_part("80.00", "100.00", (3, "100.00"), days_after=2, **self.TERMS)], {}, DAY + timedelta(days=3), "EUR"
        )
        assert (known.earned, known.waiting, known.reserved, known.payable) == (
            Decimal("80.00"),
            Decimal("80.00"),
            NOTHING,
            NOTHING,
        )

    def test_is_lost_with_the_payment(self) -> None:
        part = a_part("80.00", "100.00", (3, "100.00"), (9, "-100.00"), **self.TERMS)
        assert payable(part, 9, "72.00") == Decimal("-72.00")


class TestBelowZero:
    def test_what_is_given_back_counts_at_once_and_is_set_off(self) -> None:
        parts = [a_part("80.00", "100.00", (0, "100.00")), a_part("-8.00", "-10.00", key=2)]
        stands = balance(positions(parts, {parts[0].key: Decimal("80.00")}, DAY, "EUR"))
        assert stands.payable == Decimal("-8.00")
        parts.append(a_part("40.00", "50.00", (1, "50.00"), key=3))
        stands = balance(positions(parts, {parts[0].key: Decimal("80.00")}, DAY + timedelta(days=1), "EUR"))
        assert stands.payable == Decimal("32.00")
        assert [(line.number, line.amount) for line in stands.lines] == [
            ("SB-2", Decimal("-8.00")),
            ("SB-3", Decimal("40.00")),
        ]

    def test_a_commission_counts_with_the_sale_that_it_is_of(self) -> None:
        sale = PayablePart(PartKey(PayablePartKind.SALE, None, 1), "F-1", Decimal(100), Decimal(100), (), DAY)
        commission = PayablePart(PartKey(DOCUMENT, 7, 1), "COM-1", Decimal(-10), Decimal(100), (), DAY)
        assert balance(positions([sale, commission], {}, DAY, "EUR")).payable == 0

    def test_a_document_that_is_void_is_owed_no_more(self) -> None:
        assert payable(a_part("0", "100.00", (0, "100.00")), 0, "80.00") == Decimal("-80.00")

    def test_a_part_that_nobody_knows_any_more_neither(self) -> None:
        (known,) = positions([], {PartKey(DOCUMENT, 1, 1): Decimal("80.00")}, DAY, "EUR")
        assert known.payable == Decimal("-80.00")


@given(
    st.lists(st.integers(-10_000, 10_000).filter(bool), min_size=1, max_size=6),
    st.lists(st.integers(1, 9_999), min_size=3, max_size=3),
)
def test_lines_taken_back_come_to_each_amount_and_to_no_more_than_is_owed(
    amounts: list[int], shares: list[int]
) -> None:
    lines = [PlannedLine(PartKey(DOCUMENT, place, place), "", Decimal(one)) for place, one in enumerate(amounts)]
    lines.append(PlannedLine(PartKey(DOCUMENT, 99, 99), "", Decimal(-sum(amounts) - 30_000)))
    too_much = -sum((line.amount for line in lines), NOTHING)
    wanted = [max(Decimal(1), too_much * share // 30_000) for share in shares]
    taken = lines_to_take_back(lines, wanted)
    assert [-sum(line.amount for line in of_it) for of_it in taken] == wanted
    for line in lines:
        of_line = sum((one.amount for of_it in taken for one in of_it if one.key == line.key), NOTHING)
        assert abs(of_line) <= abs(line.amount)
        assert of_line * line.amount >= 0


@given(st.lists(st.decimals(-999, 999, places=4), min_size=1, max_size=5), st.integers(-3, 3))
def test_parts_of_a_document_come_to_it(weights: list[Decimal], cents: int) -> None:
    gross = sum(weights, NOTHING).quantize(Decimal("0.01")) + Decimal(cents).scaleb(-2)
    assert sum(split_gross(gross, dict(enumerate(weights)), "EUR").values()) == gross


@st.composite
def _lives(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[tuple[int, int, int]], list[int]]:
    documents = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "gross": st.integers(-500, 5000).filter(bool),
                    "parts": st.lists(st.integers(-900, 4000), min_size=1, max_size=2),
                    "day": st.integers(0, 20),
                    "wait": st.sampled_from([0, 0, 3, 7]),
                    "reserve_percent": st.sampled_from([0, 0, 10, 33]),
                    "reserve_days": st.sampled_from([1, 5, 30]),
                }
            ),
            min_size=1,
            max_size=4,
        )
    )
    happenings = draw(
        st.lists(
            st.tuples(st.integers(0, 60), st.integers(0, len(documents) - 1), st.integers(-3000, 5000)), max_size=14
        )
    )
    payout_days = draw(st.lists(st.integers(0, 75), max_size=12, unique=True))
    return documents, sorted(happenings), sorted(payout_days)


def _part(place: int, document: dict[str, Any], number: int, facts: Sequence[tuple[int, int]]) -> PayablePart:
    terms = HoldingTerms(document["wait"], Decimal(document["reserve_percent"]), document["reserve_days"])
    return PayablePart(
        key=PartKey(DOCUMENT, 10 * place + number, place),
        number=f"{place}.{number}",
        amount=Decimal(document["parts"][number]).scaleb(-2),
        payable=Decimal(document["gross"]).scaleb(-2),
        settled=tuple(SettledOn(DAY + timedelta(days=day), Decimal(amount).scaleb(-2)) for day, amount in facts),
        since=DAY + timedelta(days=document["day"]),
        terms=terms,
    )


@given(_lives())
def test_paid_reserve_and_carried_are_what_is_owed_after_anything_and_as_the_book_says(life: Any) -> None:
    """… always, after any sequence of payments, reversals, corrections and releases; and never is paid below zero."""
    documents, happenings, payout_days = life
    books = [
        BookedDocument(**{**document, "reserve_percent": Fraction(document["reserve_percent"])})
        for document in documents
    ]
    facts: list[list[tuple[int, int]]] = [[] for _ in documents]
    paid: dict[PartKey, Decimal] = {}
    handed_out = NOTHING
    waiting = list(happenings)
    for day in range(80):
        while waiting and waiting[0][0] == day:
            _, place, amount = waiting.pop(0)
            book = books[place]
            amount = max(-book.paid(), min(amount, book.gross - book.paid())) if book.gross > 0 else 0
            if amount and day >= book.day:
                book.pays(day, amount)
                facts[place].append((day, amount))
        parts = [
            _part(place, document, number, facts[place])
            for place, document in enumerate(documents)
            for number in range(len(document["parts"]))
            if document["day"] <= day
        ]
        stands = balance(known := positions(parts, paid, DAY + timedelta(days=day), "EUR"))
        booked = [book.stands(part, day) for book in books if book.day <= day for part in book.parts]
        assert [(one.earned, one.earned - one.waiting - one.reserved) for one in known] == [
            (Decimal(owed).scaleb(-2), Decimal(free).scaleb(-2)) for owed, free in booked
        ]
        assert handed_out + stands.waiting + stands.reserved + stands.payable == stands.earned
        assert stands.paid == handed_out
        if day in payout_days and stands.payable > 0:
            assert sum(line.amount for line in stands.lines) == stands.payable
            for line in stands.lines:
                paid[line.key] = paid.get(line.key, NOTHING) + line.amount
            handed_out += stands.payable
            after = balance(positions(parts, paid, DAY + timedelta(days=day), "EUR"))
            assert after.payable == 0
            assert not after.lines


@pytest.mark.parametrize(("terms", "after", "expected"), [
    pytest.param({}, "2026-02-28", "2026-03-01", id="each day"),
    pytest.param({"every": "week"}, "2026-02-02", "2026-02-06", id="on Friday, unless it is said"),
    pytest.param({"every": "week", "weekday": "monday"}, "2026-02-02", "2026-02-09", id="after a Monday, the next one"),
    pytest.param({"every": "month"}, "2026-01-31", "2026-02-28", id="on the last day of each month, unless it is said"),
    pytest.param({"every": "month", "day_of_month": "30"}, "2026-01-30", "2026-02-28", id="of a short month on its last"),
    pytest.param({"every": "month", "day_of_month": "29"}, "2028-01-29", "2028-02-29", id="in a leap year"),
    pytest.param({"every": "month", "day_of_month": "5"}, "2026-12-05", "2027-01-05", id="over the year's end"),
])  # fmt: skip
def test_payout_days(terms: dict[str, str], after: str, expected: str) -> None:
    agreed = PayoutTerms.model_validate({"by": "bank", **terms})
    day = next_payout_day(agreed, date.fromisoformat(after))
    assert day == date.fromisoformat(expected)
    assert is_payout_day(agreed, day)
    assert latest_payout_day(agreed, day) == day
    assert latest_payout_day(agreed, day + timedelta(days=1)) in {day, day + timedelta(days=1)}
