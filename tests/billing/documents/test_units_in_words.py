"""Every unit has a name in every language, and every quantity all its decimals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.words.units import quantity_in_words, unit_in_words
from billing.documents.words.words import words_in
from contracts.invoicing import Language
from quantities.quantity import UNITS

UNIT_SYMBOLS = [unit.symbol for unit in UNITS]


@pytest.mark.parametrize("language", Language)
def test_every_unit_has_a_name_of_one_and_of_several(language: Language) -> None:
    words = words_in(language)
    names = {symbol: [unit_in_words(words, symbol, Decimal(number)) for number in (1, 2)] for symbol in UNIT_SYMBOLS}
    assert [symbol for symbol, forms in names.items() if not all(forms)] == []
    assert [forms for forms in names.values() if {"_", "@"} & {*"".join(forms)}] == [], "our spelling is no name"


@pytest.mark.parametrize(
    ("number", "symbol", "english", "german", "chinese"),
    [
        ("12345", "m3@din1343", "12,345 m³ (standard state, DIN 1343)", "12.345 m³ (Normzustand DIN 1343)", "12,345 立方米（标准状态 DIN 1343）"),
        ("1", "each", "1 unit", "1 Stück", "1 个"),
        ("1", "machine_hour", "1 machine hour", "1 Maschinenstunde", "1 机器小时"),
        ("0.5", "machine_hour", "0.5 machine hours", "0,5 Maschinenstunden", "0.5 机器小时"),
        ("-1200.50", "kWh", "-1,200.50 kWh", "-1.200,50 kWh", "-1,200.50 千瓦时"),
        ("1", "h", "1 hour", "1 Stunde", "1 小时"),
        ("2", "d", "2 days", "2 Tage", "2 天"),
        ("3", "trip", "3 trips", "3 Fahrten", "3 次行程"),
        ("80", "%", "80 %", "80 %", "80 %"),
        ("20.5", "degC", "20.5 °C", "20,5 °C", "20.5 °C"),
    ],
)  # fmt: skip
def test_in_three_languages(number: str, symbol: str, english: str, german: str, chinese: str) -> None:
    written = [quantity_in_words(words_in(language), Decimal(number), symbol) for language in Language]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in written] == [english, german, chinese]


@given(
    st.decimals(-(10**9), 10**9, places=4),
    st.sampled_from(UNIT_SYMBOLS),
    st.sampled_from([Language.ENGLISH, Language.CHINESE]),
)
def test_no_decimal_is_lost(number: Decimal, symbol: str, language: Language) -> None:
    words = words_in(language)
    written = quantity_in_words(words, number, symbol)
    figures, name = written.replace(" ", "\N{NO-BREAK SPACE}").split("\N{NO-BREAK SPACE}", 1)
    assert Decimal(figures.replace(",", "")) == number
    assert name.replace("\N{NO-BREAK SPACE}", " ") == unit_in_words(words, symbol, number).replace(
        "\N{NO-BREAK SPACE}", " "
    )
