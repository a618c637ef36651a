"""Entries add up to nothing in both currencies, however they are translated."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.accounts import AccountRole
from billing.ledger.entry import Posting, balanced, translated

RECEIVABLE, BANK, REVENUE = AccountRole.RECEIVABLE, AccountRole.BANK, AccountRole.REVENUE
GAIN, LOSS = AccountRole.REALISED_GAIN, AccountRole.REALISED_LOSS


def amounts(postings: tuple[Posting, ...]) -> list[tuple[str, str, str]]:
    return [(one.role.value, str(one.amount), str(one.functional)) for one in postings]


def test_an_entry_that_does_not_add_up_is_none() -> None:
    with pytest.raises(match=r"amount adds up to 0.01"):
        balanced([Posting(BANK, Decimal("1.01")), Posting(RECEIVABLE, Decimal("-1.00"))])
    with pytest.raises(match=r"functional adds up to 0.01"):
        balanced([Posting(BANK, Decimal(1), Decimal("1.01")), Posting(RECEIVABLE, Decimal(-1), Decimal("-1.00"))])


def test_an_invoice_of_1000_usd_at_090_is_900_eur() -> None:
    sold = [Posting(RECEIVABLE, Decimal(1000)), Posting(REVENUE, Decimal(-1000))]
    done = translated(sold, Decimal("0.90"), "EUR", gain=GAIN, loss=LOSS)
    assert amounts(done) == [("receivable", "1000", "900.00"), ("revenue", "-1000", "-900.00")]


def test_what_was_valued_at_920_and_is_paid_with_950_is_a_gain_of_30() -> None:
    """The month's end has valued it at 0.92: 20 are a gain already, unrealised."""
    paid = [Posting(BANK, Decimal(1000)), Posting(RECEIVABLE, Decimal(-1000), Decimal(-920))]
    done = translated(paid, Decimal("0.95"), "EUR", gain=GAIN, loss=LOSS)
    assert amounts(done) == [
        ("bank", "1000", "950.00"), ("receivable", "-1000", "-920"), ("realised_gain", "0", "-30.00"),
    ]  # fmt: skip


def test_what_is_paid_with_less_is_a_loss() -> None:
    paid = [Posting(BANK, Decimal(1000)), Posting(RECEIVABLE, Decimal(-1000), Decimal(-900))]
    (*_, last) = translated(paid, Decimal("0.85"), "EUR", gain=GAIN, loss=LOSS)
    assert (last.role, last.functional) == (LOSS, Decimal("50.00"))


CENTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents).scaleb(-2))


@given(
    st.lists(CENTS, min_size=1, max_size=12),
    st.decimals(min_value="0.0001", max_value="300", places=6),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_every_entry_adds_up_in_the_currency_of_the_books(given_: list[Decimal], rate: Decimal, currency: str) -> None:
    postings = [Posting(REVENUE, amount) for amount in given_] + [Posting(RECEIVABLE, -sum(given_, Decimal(0)))]
    done = translated(postings, rate, currency, gain=GAIN, loss=LOSS)
    assert sum(one.functional or 0 for one in done) == 0
    assert not any(one.role in (GAIN, LOSS) for one in done)  # nothing was carried: no difference of exchange
    places = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    for one in done:
        assert abs((one.functional or 0) - one.amount * rate) < Decimal(1).scaleb(-places)
