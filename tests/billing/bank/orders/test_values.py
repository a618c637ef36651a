"""What files are made of: characters, days, mandates, and the states of an order, as the rulebooks say them."""

import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.bank.mandates.mandate import (
    DebitScheme,
    MandateAmendment,
    MandateVersion,
    SequenceType,
    amendment,
    dormant_on,
    sequence_type,
)
from billing.bank.orders.business_days import after_days, is_target_day, settles_on
from billing.bank.orders.debit_day import SchemeDays, collected_on, debit_days
from billing.bank.orders.iso_elements import amount_text
from billing.bank.orders.latin import CharactersLost, is_identification, latin
from billing.bank.orders.payment_to_make import BankOrderState
from billing.bank.orders.state import BankOrderHappening, BankOrderNotSo, after, may_happen
from quantities.money import Money
from tests.billing.bank.orders.oracle import CHARACTERS

#: Closing days of TARGET besides weekends, as the ECB publishes them for these years.
PUBLISHED = {
    2025: "01-01 04-18 04-21 05-01 12-25 12-26",
    2026: "01-01 04-03 04-06 05-01 12-25 12-26",
    2027: "01-01 03-26 03-29 05-01 12-25 12-26",
    2028: "01-01 04-14 04-17 05-01 12-25 12-26",
    2030: "01-01 04-19 04-22 05-01 12-25 12-26",
}
BEFORE = MandateVersion("M-1", "DE98ZZZ09999999999", "Nordluft", "DE89370400440532013000", "COBADEFFXXX", "Blechwerke")


class TestCharacters:
    @pytest.mark.parametrize(("text", "written"), [
        pytest.param("Müller & Söhne", "Mueller + Soehne", id="umlauts and the sign for and"),
        pytest.param("Ångström <Ltd>; #1", "Angstroem (Ltd), No.1", id="marks, and brackets that XML would want escaped"),
        pytest.param("北京制冷有限公司", "Bei Jing Zhi Leng You Xian Gong Si", id="Chinese as it is spoken"),
        pytest.param("Чиллер Ελλάς Łódź", "Chiller Ellas Lodz", id="Cyrillic, Greek, Polish"),
        pytest.param("A\u200bB\tC\u0301 d", "AB C d", id="what is no letter is left out, and blanks are one"),
        pytest.param("x" * 80, "x" * 70, id="no longer than the element"),
    ])  # fmt: skip
    def test_a_text_is_written_in_letters_that_stand_for_it(self, text: str, written: str) -> None:
        assert latin(text, 70) == written

    @pytest.mark.parametrize("text", ["\u0000x", "Blech\ue000werke", "", " \u200b"])
    def test_what_would_be_lost_is_refused(self, text: str) -> None:
        with pytest.raises(CharactersLost):
            latin(text, 70)

    @given(st.text(max_size=40))
    def test_whatever_is_written_is_taken_and_whatever_is_refused_says_so(self, text: str) -> None:
        try:
            written = latin(text, 70)
        except CharactersLost:
            return
        assert CHARACTERS.fullmatch(written)
        assert written
        letters = [letter for letter in text if letter in string.ascii_letters + string.digits]
        rest = iter(written)
        assert len(written) >= 70 - 1 or all(
            letter in rest for letter in letters
        )  # in their order, and none is missing

    @pytest.mark.parametrize(("text", "may_be"), [
        ("M-2026/1", True), ("/M", False), ("M/", False), ("M//1", False), ("M_1", False), ("x" * 36, False), ("", False), (" M", False),
    ])  # fmt: skip
    def test_of_an_identification(self, text: str, *, may_be: bool) -> None:
        assert is_identification(text) is may_be


class TestDays:
    @pytest.mark.parametrize("year", PUBLISHED)
    def test_target_is_closed_on_the_days_that_are_published(self, year: int) -> None:
        closed = {date.fromisoformat(f"{year}-{day}") for day in PUBLISHED[year].split()}
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        assert {day for day in days if not is_target_day(day)} == closed | {day for day in days if day.weekday() >= 5}

    def test_of_other_currencies_the_weekend_alone_is_known(self) -> None:
        assert settles_on(date(2026, 4, 3), "EUR") == date(2026, 4, 7)
        assert settles_on(date(2026, 4, 3), "JPY") == date(2026, 4, 3)
        assert settles_on(date(2026, 4, 4), "JPY") == date(2026, 4, 6)

    @pytest.mark.parametrize(("due", "told", "agreed", "today", "day"), [
        pytest.param("2026-03-03", "2026-02-01", None, "2026-02-20", "2026-03-03", id="due"),
        pytest.param("2026-03-03", "2026-02-20", None, "2026-02-20", "2026-03-06", id="14 days after its notice"),
        pytest.param("2026-03-03", "2026-02-20", 5, "2026-02-20", "2026-03-03", id="5, as the contract says"),
        pytest.param("2026-04-03", "2026-02-20", None, "2026-02-20", "2026-04-07", id="due on Good Friday: after Easter"),
        pytest.param("2026-03-03", "2026-02-01", None, "2026-03-06", "2026-03-09", id="late on a Friday: on Monday"),
        pytest.param("2026-12-24", "2026-12-01", None, "2026-12-24", "2026-12-28", id="on Christmas Eve: after the holidays"),
    ])  # fmt: skip
    def test_of_collection(self, due: str, told: str, agreed: int | None, today: str, day: str) -> None:
        days = debit_days().of(DebitScheme.CORE)
        on = collected_on(
            date.fromisoformat(due), date.fromisoformat(told), agreed, today=date.fromisoformat(today), days=days
        )
        assert on == date.fromisoformat(day)

    @given(
        st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.dates(date(2026, 1, 1), date(2030, 1, 1)),
        st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 30), st.integers(0, 5),
    )  # fmt: skip
    def test_no_debit_is_early(self, due: date, told: date, today: date, notice: int, lead: int) -> None:
        days = SchemeDays(notice_days=14, lead_days=lead, ahead_days=14)
        day = collected_on(due, told, notice, today=today, days=days)
        assert is_target_day(day)
        assert day >= max(due, told + timedelta(days=notice), after_days(today, lead, "EUR"))
        between = [today + timedelta(days=n) for n in range(1, (day - today).days + 1)]
        assert sum(map(is_target_day, between)) >= lead


class TestMandates:
    @pytest.mark.parametrize(("fields", "sequence"), [
        pytest.param({"is_one_off": False, "is_used": False, "is_last": False}, "FRST", id="the first"),
        pytest.param({"is_one_off": False, "is_used": True, "is_last": False}, "RCUR", id="a further one"),
        pytest.param({"is_one_off": False, "is_used": True, "is_last": True}, "FNAL", id="the last"),
        pytest.param({"is_one_off": True, "is_used": False, "is_last": False}, "OOFF", id="the only one"),
    ])  # fmt: skip
    def test_sequence(self, fields: dict[str, bool], sequence: str) -> None:
        assert sequence_type(**fields) is SequenceType(sequence)

    @pytest.mark.parametrize(("fields", "amended"), [
        pytest.param({}, None, id="nothing"),
        pytest.param({"bic": "PSSTFRPPXXX"}, None, id="a BIC is none of its own"),
        pytest.param({"reference": "M-2"}, MandateAmendment(reference="M-1"), id="its reference"),
        pytest.param({"creditor_id": "X"}, MandateAmendment(creditor_id="DE98ZZZ09999999999"), id="who collects, by identifier"),
        pytest.param({"creditor_name": "X"}, MandateAmendment(creditor_name="Nordluft"), id="and by name"),
        pytest.param({"account": "FR1420041010050500013M02606"}, MandateAmendment(is_other_account=True), id="another account"),
    ])  # fmt: skip
    def test_what_a_debit_says_of_an_amendment(self, fields: dict[str, str], amended: MandateAmendment | None) -> None:
        now = MandateVersion(**{**{name: getattr(BEFORE, name) for name in BEFORE.__slots__}, **fields})
        assert amendment(BEFORE, now) == amended
        assert amendment(None, now) is None

    @pytest.mark.parametrize(("signed", "last", "ends"), [
        ("2023-02-28", None, "2026-02-28"), ("2020-01-01", "2024-02-29", "2027-02-28"), ("2020-01-01", "2023-11-30", "2026-11-30"),
    ])  # fmt: skip
    def test_dormant_after_36_months(self, signed: str, last: str | None, ends: str) -> None:
        last_on = None if last is None else date.fromisoformat(last)
        assert dormant_on(date.fromisoformat(signed), last_on) == date.fromisoformat(ends)


class TestAmounts:
    @pytest.mark.parametrize(("amount", "currency", "text"), [
        ("1190", "EUR", "1190.00"), ("1190", "JPY", "1190"), ("1.5", "KWD", "1.500"), ("0.01", "EUR", "0.01"), ("1E+3", "EUR", "1000.00"),
    ])  # fmt: skip
    def test_have_the_places_of_their_currency(self, amount: str, currency: str, text: str) -> None:
        assert amount_text(Decimal(amount), currency) == text

    @given(st.decimals(0, 10**12, places=4), st.sampled_from(["EUR", "JPY", "KWD", "CNY"]))
    def test_no_amount_in_minor_units_is_another_one_when_it_is_written(self, amount: Decimal, currency: str) -> None:
        rounded = Money(amount, currency).rounded().amount
        text = amount_text(rounded, currency)
        assert Decimal(text) == rounded
        assert "E" not in text


class TestStates:
    def test_what_came_back_or_was_refused_is_not_asked_for_again(self) -> None:
        for state in (BankOrderState.RETURNED, BankOrderState.REFUSED, BankOrderState.WITHDRAWN):
            assert [one for one in BankOrderHappening if may_happen(state, one)] == []
        with pytest.raises(BankOrderNotSo):
            after(BankOrderState.RETURNED, BankOrderHappening.PREPARED)

    def test_whatever_happens_money_that_is_booked_was_taken_by_a_person_before(self) -> None:
        assert [state for state in BankOrderState if may_happen(state, BankOrderHappening.BOOKED)] == [
            BankOrderState.TAKEN
        ]
        assert [state for state in BankOrderState if may_happen(state, BankOrderHappening.TAKEN)] == [
            BankOrderState.PREPARED
        ]
