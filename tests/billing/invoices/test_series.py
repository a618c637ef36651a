"""What the series of an issuer may be called: letters that a bank, a tax office and a file name take."""

from itertools import islice

import pytest

from billing.invoices.series import names_of_series
from contracts.parties import Party


@pytest.mark.parametrize(("name", "series"), [
    ("Südluft", ["", "SUEDLUFT", "SUEDLUFT2"]),
    ("Müller & Söhne", ["", "MUELLER", "MUELLER2"]),
    ("Weiß GmbH", ["", "WEISS", "WEISS2"]),
    ("Électricité de l'Est", ["", "ELECTRICITE", "ELECTRICITE2"]),
    ("A very long name", ["", "A", "A2"]),
    ("Donaudampfschifffahrt", ["", "DONAUDAMPFSC", "DONAUDAMPFS2"]),
    ("株式会社", ["", "SERIES", "SERIES2"]),
    ("3M", ["", "3M", "3M2"]),
    ("& Co", ["", "CO", "CO2"]),
])  # fmt: skip
def test_is_the_one_without_a_name_then_the_first_word_in_plain_letters(name: str, series: list[str]) -> None:
    assert list(islice(names_of_series(Party(name=name, country="DE")), 3)) == series


@pytest.mark.parametrize(("name", "country", "number", "series"), [
    pytest.param("北方能源", "CN", "91110000600037341L", ["", "CN600037341", "CN6000373412"], id="a USCC: its organisation"),
    pytest.param("南方能源", "CN", "91110000717802391A", ["", "CN717802391", "CN7178023912"], id="another one of the same city"),
    pytest.param("株式会社", "JP", "T1234567890123", ["", "234567890123", "234567890122"], id="the last of a long one"),
    pytest.param("Ελλάς", "GR", "EL094259216", ["", "EL094259216", "EL0942592162"], id="Greek letters"),
    pytest.param("Энерго", "BG", "BG175074752", ["", "BG175074752", "BG1750747522"], id="with its country before it"),
    pytest.param("北方 North", "CN", "91110000600037341L", ["", "NORTH", "NORTH2"], id="a name with plain letters stays itself"),
    pytest.param("北方能源", "CN", None, ["", "SERIES", "SERIES2"], id="no number"),
])  # fmt: skip
def test_of_a_name_in_other_letters_is_of_its_tax_number(
    name: str, country: str, number: str | None, series: list[str]
) -> None:
    supplier = Party(name=name, country=country, vat_id=number)
    assert list(islice(names_of_series(supplier), 3)) == series


def test_is_what_is_stated_and_never_the_one_without_a_name() -> None:
    supplier = Party(name="Südluft", country="DE", series="LUFT")
    assert list(islice(names_of_series(supplier), 3)) == ["LUFT", "LUFT2", "LUFT3"]


def test_of_many_issuers_of_one_name_stay_as_short_and_differ() -> None:
    names = list(islice(names_of_series(Party(name="Donaudampfschifffahrt", country="AT")), 1200))
    assert len(set(names)) == 1200
    assert max(map(len, names)) == 12
