"""Where a document stands, as a function of facts; what disputes cover; aging; how a cash discount is split."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.receivables.allocating import shares_of
from billing.receivables.standing import PaymentStanding, PaymentState, Settlement, standing
from billing.receivables.statement import Movement, MovementKind, aging, entries_between
from billing.tax.tax import Tax, TaxCategory, TaxGroup
from contracts.cash_discount import CashDiscount, discount_on
from contracts.settings import ContractSettings
from quantities.document import FaultyDocument, parse
from quantities.money import Money, exponent

DUE = date(2026, 3, 3)


def stands(
    *settled: Settlement, gross: str = "100", on: date = DUE, sent: date | None = None, disputed: str = "0"
) -> PaymentStanding:
    return standing(Decimal(gross), DUE, on, sent_on=sent, settlements=settled, disputed=Decimal(disputed))


def paid(amount: str, on: date = date(2026, 2, 10)) -> Settlement:
    return Settlement(on, paid=Decimal(amount))


class TestStates:
    @pytest.mark.parametrize(("found", "state"), [
        (stands(), PaymentState.ISSUED),
        (stands(sent=DUE), PaymentState.SENT),
        (stands(sent=DUE + timedelta(1)), PaymentState.ISSUED),
        (stands(paid("40")), PaymentState.PARTLY_PAID),
        (stands(paid("40"), sent=DUE), PaymentState.PARTLY_PAID),
        (stands(paid("100")), PaymentState.PAID),
        (stands(paid("98"), Settlement(DUE, discount=Decimal(2))), PaymentState.PAID),
        (stands(paid("100", DUE + timedelta(1))), PaymentState.ISSUED),
        (stands(paid("100"), paid("-100")), PaymentState.ISSUED),
        (stands(Settlement(DUE, written_off=Decimal(100))), PaymentState.WRITTEN_OFF),
        (stands(paid("90"), Settlement(DUE, written_off=Decimal(10))), PaymentState.WRITTEN_OFF),
        (stands(Settlement(DUE, written_off=Decimal(10))), PaymentState.PARTLY_PAID),
        (stands(on=DUE + timedelta(1)), PaymentState.OVERDUE),
        (stands(paid("99.99"), on=DUE + timedelta(1)), PaymentState.OVERDUE),
        (stands(paid("100"), on=DUE + timedelta(1)), PaymentState.PAID),
        (stands(on=DUE + timedelta(1), disputed="100"), PaymentState.ISSUED),
        (stands(on=DUE + timedelta(1), disputed="99"), PaymentState.OVERDUE),
        (stands(paid("1"), on=DUE + timedelta(1), disputed="99"), PaymentState.PARTLY_PAID),
        (stands(gross="-100", on=DUE + timedelta(90)), PaymentState.ISSUED),
        (stands(paid("-100"), gross="-100"), PaymentState.PAID),
        (stands(gross="0"), PaymentState.PAID),
    ])  # fmt: skip
    def test_follow_from_the_facts(self, found: PaymentStanding, state: PaymentState) -> None:
        assert found.state is state

    def test_no_more_is_disputed_than_is_open(self) -> None:
        assert stands(paid("40"), disputed="100").disputed == Decimal(60)
        assert stands(paid("100"), disputed="100").disputed == 0
        assert stands(gross="-100", disputed="-100").disputed == 0


class TestAging:
    @pytest.mark.parametrize(("days", "bucket"), [
        (-1, "not_due"), (0, "not_due"), (1, "days_1_to_30"), (30, "days_1_to_30"), (31, "days_31_to_60"),
        (60, "days_31_to_60"), (61, "days_61_to_90"), (90, "days_61_to_90"), (91, "over_90"),
    ])  # fmt: skip
    def test_by_days_overdue_and_disputed_apart(self, days: int, bucket: str) -> None:
        found = aging([stands(on=DUE + timedelta(days), disputed="30"), stands(gross="-5", on=DUE + timedelta(days))])
        amounts = {name: getattr(found, name) for name in found.__slots__ if getattr(found, name)}
        assert amounts == {bucket: Decimal(70), "credits": Decimal(-5)}


class TestEntries:
    def test_are_in_the_order_of_days_and_of_what_comes_first_on_one(self) -> None:
        first, later = date(2026, 2, 1), date(2026, 2, 2)
        moved = [
            Movement(later, MovementKind.DISCOUNT, "a", Decimal(-2), 1),
            Movement(later, MovementKind.PAYMENT, "p", Decimal(-98), 1),
            Movement(later, MovementKind.DOCUMENT, "b", Decimal(50), 2),
            Movement(first, MovementKind.DOCUMENT, "a", Decimal(100), 1),
        ]
        stated = entries_between(moved, later, later)
        assert (stated.opening, stated.closing) == (Decimal(100), Decimal(50))
        assert [(entry.movement.name, entry.balance) for entry in stated.entries] == [
            ("b", Decimal(150)), ("p", Decimal(52)), ("a", Decimal(50)),
        ]  # fmt: skip


class TestTerms:
    """ "Payment within 10 days less 2 % cash discount, within 20 days less 1 %.\""""

    STEPS = (CashDiscount(days=10, percent=Decimal(2)), CashDiscount(days=20, percent=Decimal(1)))

    @pytest.mark.parametrize(("currency", "gross", "day", "granted"), [
        ("EUR", "178.50", 1, "3.57"), ("EUR", "178.50", 11, "3.57"), ("EUR", "178.50", 12, "1.79"),
        ("EUR", "178.50", 21, "1.79"), ("EUR", "178.50", 22, "0"), ("EUR", "-178.50", 1, "0"), ("EUR", "0", 1, "0"),
        ("JPY", "10025", 1, "201"), ("JPY", "10024", 1, "200"), ("KWD", "1.225", 1, "0.025"), ("KWD", "1.224", 1, "0.024"),
    ])  # fmt: skip
    def test_half_a_minor_unit_is_rounded_up(self, currency: str, gross: str, day: int, granted: str) -> None:
        money = Money(Decimal(gross), currency)
        found = discount_on(self.STEPS, money, date(2026, 2, 1), date(2026, 2, day))
        assert found == Money(Decimal(granted), currency)

    @pytest.mark.parametrize("steps", [
        [{"days": "10", "percent": "2"}, {"days": "10", "percent": "1"}],
        [{"days": "10", "percent": "2"}, {"days": "20", "percent": "2"}],
        [{"days": "20", "percent": "2"}, {"days": "10", "percent": "1"}],
        [{"days": "10", "percent": "0"}], [{"days": "10", "percent": "100"}], [{"days": "-1", "percent": "2"}],
    ])  # fmt: skip
    def test_who_pays_earlier_gets_more(self, steps: Sequence[dict[str, str]]) -> None:
        with pytest.raises(FaultyDocument):
            parse(ContractSettings, {"cash_discount": steps})

    def test_terms_without_are_stored_as_before(self) -> None:
        assert "cash_discount" not in ContractSettings().model_dump(mode="json")


GROUPS = st.lists(
    st.tuples(st.integers(1, 10**7), st.sampled_from(["0", "7", "19", "25"])),
    min_size=1,
    max_size=4,
    unique_by=lambda g: g[1],
)


class TestSharesOfADiscount:
    @given(GROUPS, st.sampled_from(["EUR", "JPY", "KWD"]), st.data())
    def test_add_up_to_it_to_the_minor_unit(
        self, nets: list[tuple[int, str]], currency: str, data: st.DataObject
    ) -> None:
        places = exponent(currency)
        groups = []
        for units, rate in nets:
            net = Decimal(units).scaleb(-places)
            tax = Money(net * Decimal(rate) / 100, currency).rounded().amount
            category = TaxCategory.STANDARD if Decimal(rate) else TaxCategory.ZERO
            groups.append(TaxGroup(Tax(category, Decimal(rate), ""), net, tax))
        gross = sum(group.taxable + group.amount for group in groups)
        most = int(gross.scaleb(places)) if isinstance(gross, Decimal) else 1
        discount = Money(Decimal(data.draw(st.integers(1, max(1, most)))).scaleb(-places), currency)
        shares = shares_of(discount, groups)
        assert sum(share.taxable + share.tax for share in shares) == discount.amount
        for share in shares:
            assert Money(share.taxable, currency).is_rounded
            assert Money(share.tax, currency).is_rounded
            percent, part = share.group.tax.rate, share.taxable + share.tax
            if share.group.taxable > 10**3:  # of larger documents their rounded tax is as good as the rate
                assert abs(share.tax - part * percent / (100 + percent)) <= Decimal(2).scaleb(-places)

    def test_a_group_of_the_other_sign_has_none(self) -> None:
        standard = TaxGroup(Tax(TaxCategory.STANDARD, Decimal(19), ""), Decimal(100), Decimal(19))
        less = TaxGroup(Tax(TaxCategory.STANDARD, Decimal(7), ""), Decimal(-10), Decimal("-0.70"))
        (share,) = shares_of(Money(Decimal("2.17"), "EUR"), [less, standard])
        assert share.group is standard
        assert share.taxable + share.tax == Decimal("2.17")
