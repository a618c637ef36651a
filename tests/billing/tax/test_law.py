"""The law that ships with the code: the files against tables written without them, and every pair of members decided."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.records.document_type import CorrectionManner
from billing.tax.decision import (
    Decision,
    NoTaxRule,
    Supply,
    TaxedSide,
    TaxEvidenceMissing,
    TaxPlaceMissing,
    UnknownTaxRate,
    decide,
)
from billing.tax.jurisdiction import Jurisdiction, TaxRounding, TaxRule, TenantLaw, Where
from billing.tax.law_book import SHIPPED, LawBook, countries, jurisdiction
from billing.tax.tax import TaxCategory
from contracts.taxed import SupplyKind, TaxPaper, TaxTerms, Treatment
from quantities.document import parse, read

_D = date
_MIDYEAR = _D(2026, 6, 30)
_A_DAY = timedelta(days=1)
_REFUSALS = (NoTaxRule, TaxEvidenceMissing, TaxPlaceMissing, UnknownTaxRate)
_PAPER = (TaxPaper(reference="certificate of 1 March 2020", first=_D(2020, 3, 1)),)

#: As the code had them before there were files.
STANDARD_RATES: dict[str, tuple[tuple[date, str], ...]] = {
    "AT": ((_D(2016, 1, 1), "20"),),
    "BE": ((_D(1996, 1, 1), "21"),),
    "BG": ((_D(2007, 1, 1), "20"),),
    "CY": ((_D(2014, 1, 13), "19"),),
    "CZ": ((_D(2013, 1, 1), "21"),),
    "DE": ((_D(2007, 1, 1), "19"), (_D(2020, 7, 1), "16"), (_D(2021, 1, 1), "19")),
    "DK": ((_D(1992, 1, 1), "25"),),
    "EE": ((_D(2009, 7, 1), "20"), (_D(2024, 1, 1), "22"), (_D(2025, 7, 1), "24")),
    "ES": ((_D(2012, 9, 1), "21"),),
    "FI": ((_D(2013, 1, 1), "24"), (_D(2024, 9, 1), "25.5")),
    "FR": ((_D(2014, 1, 1), "20"),),
    "GR": ((_D(2016, 6, 1), "24"),),
    "HR": ((_D(2013, 7, 1), "25"),),
    "HU": ((_D(2012, 1, 1), "27"),),
    "IE": ((_D(2012, 1, 1), "23"), (_D(2020, 9, 1), "21"), (_D(2021, 3, 1), "23")),
    "IT": ((_D(2013, 10, 1), "22"),),
    "LT": ((_D(2009, 9, 1), "21"),),
    "LU": ((_D(2015, 1, 1), "17"), (_D(2023, 1, 1), "16"), (_D(2024, 1, 1), "17")),
    "LV": ((_D(2012, 7, 1), "21"),),
    "MT": ((_D(2004, 1, 1), "18"),),
    "NL": ((_D(2012, 10, 1), "21"),),
    "PL": ((_D(2011, 1, 1), "23"),),
    "PT": ((_D(2011, 1, 1), "23"),),
    "RO": ((_D(2017, 1, 1), "19"), (_D(2025, 8, 1), "21")),
    "SE": ((_D(1990, 7, 1), "25"),),
    "SI": ((_D(2013, 7, 1), "22"),),
    "SK": ((_D(2011, 1, 1), "20"), (_D(2025, 1, 1), "23")),
}
MEMBERS = tuple(STANDARD_RATES)
#: Who acceded when the common rules of 1993 were in force already.
ACCEDED = {
    **dict.fromkeys(("AT", "FI", "SE"), _D(1995, 1, 1)),
    **dict.fromkeys(("CY", "CZ", "EE", "HU", "LT", "LV", "MT", "PL", "SI", "SK"), _D(2004, 5, 1)),
    **dict.fromkeys(("BG", "RO"), _D(2007, 1, 1)),
    "HR": _D(2013, 7, 1),
}


def law(country: str) -> Jurisdiction:
    found = jurisdiction(country)
    assert found is not None
    return found


def percent(place: str, name: str, on: date) -> str | None:
    row = SHIPPED.rate(place, None, name, on)
    return None if row is None else str(row[1].percent)


def rules() -> Iterator[tuple[str, TaxRule]]:
    return ((country, rule) for country in countries() for _, rule in SHIPPED.rules(country, _MIDYEAR))


class TestTheFiles:
    """Each is read, and is of the country that names it."""

    def test_of_all_members_and_eight_others(self) -> None:
        assert {*MEMBERS, "GB", "CH", "NO", "CN", "US", "JP", "AU", "NZ"} == set(countries())

    def test_each_is_of_its_country(self) -> None:
        assert list(countries()) == [law(country).country for country in countries()]

    def test_a_number_is_named_as_the_library_names_it(self) -> None:
        """By a country's module and one in it; of two countries the library has none."""
        numbers = {country: law(country).forms_of_number for country in countries()}
        assert {"US", "JP"} == {country for country, forms in numbers.items() if not forms}
        named = [(country, form) for country, forms in numbers.items() for form in forms]
        assert not [form for of, form in named if not re.fullmatch(rf"{of.lower()}\.[a-z]+", form)]

    def test_no_row_ends_before_it_begins(self) -> None:
        of_all = [law(country) for country in countries()]
        dated = [row for of in of_all for row in (*of.rates, *of.rules, *of.documents, *of.memberships, *of.reliefs)]
        assert not [row for row in dated if row.after_last is not None and row.after_last <= row.first]

    def test_no_two_rates_are_as_near_since_the_same_day(self) -> None:
        keys = [(of, rate.name, rate.place, rate.first) for of in countries() for rate in law(of).rates]
        assert len(keys) == len(set(keys))

    def test_a_rate_that_a_rule_gives_is_one_of_the_country(self) -> None:
        given_by_rules = {(of, rule.rate) for of, rule in rules() if rule.rate is not None}
        assert {("US", "standard")} == {
            (of, name) for of, name in given_by_rules if percent(of, name, _MIDYEAR) is None
        }

    def test_a_customer_that_owes_the_tax_is_at_the_place(self) -> None:
        owed = [rule for _, rule in rules() if rule.treatment is Treatment.REVERSE_CHARGE]
        assert {(Where.HERE,)} == {rule.customers for rule in owed}

    def test_documents_of_members_give_the_reason_a_code(self) -> None:
        untaxed = [(of, rule.code) for of, rule in rules() if rule.text and of in MEMBERS]
        assert set(MEMBERS) == {of for of, _ in untaxed}
        assert all(code.startswith("VATEX-EU-") for _, code in untaxed)


class TestStandardRates:
    """The files against the table that the code had: the same answer on the day before each change, on it, and after."""

    @pytest.mark.parametrize("country", MEMBERS)
    def test_each_day_of_a_change(self, country: str) -> None:
        table = STANDARD_RATES[country]
        days = {first + shift for first, _ in table for shift in (-_A_DAY, timedelta(0), _A_DAY)}
        for on in sorted({*days, *(_D(year, 12, 31) for year in range(1990, 2031))}):
            held = [rate for first, rate in table if first <= on]
            assert (held[-1] if held else None) == percent(country, "standard", on), on


@pytest.mark.parametrize(("place", "name", "on", "rate"), [
    pytest.param("AT", "second reduced", _D(2016, 1, 1), "13", id="AT: 13 % since 2016"),
    pytest.param("AT", "hospitality and culture", _D(2021, 12, 31), "5", id="AT: 5 % in the pandemic"),
    pytest.param("AT", "hospitality and culture", _D(2022, 1, 1), None, id="AT: … and no longer"),
    pytest.param("AT", "super reduced", _D(2026, 6, 30), None, id="AT: basic foods, before"),
    pytest.param("AT", "super reduced", _D(2026, 7, 1), "4.9", id="AT: … and since July 2026"),
    pytest.param("BE", "household electricity", _D(2022, 3, 1), "6", id="BE: electricity of households"),
    pytest.param("BE", "gas and heat", _D(2023, 6, 30), "6", id="BE: gas and heat of all customers"),
    pytest.param("BE", "gas and heat", _D(2023, 7, 1), None, id="BE: … and of households alone"),
    pytest.param("BE", "household gas and heat", _D(2023, 7, 1), "6", id="BE: which keep it"),
    pytest.param("BG", "gas and heat", _D(2022, 7, 9), "9", id="BG: heating in 2022"),
    pytest.param("BG", "gas and heat", _D(2023, 7, 1), None, id="BG: … for a year"),
    pytest.param("CY", "super reduced", _D(2023, 7, 20), None, id="CY: before the third rate"),
    pytest.param("CY", "super reduced", _D(2023, 7, 21), "3", id="CY: the third rate"),
    pytest.param("CY", "household electricity", _D(2025, 4, 1), "9", id="CY: electricity of households"),
    pytest.param("CZ", "reduced", _D(2023, 12, 31), "15", id="CZ: two reduced rates until 2023"),
    pytest.param("CZ", "second reduced", _D(2023, 12, 31), "10", id="CZ: … the lower"),
    pytest.param("CZ", "reduced", _D(2024, 1, 1), "12", id="CZ: one since 2024"),
    pytest.param("CZ", "second reduced", _D(2024, 1, 1), None, id="CZ: … and no other"),
    pytest.param("CZ", "heat", _D(2019, 12, 31), "15", id="CZ: heat in 2019"),
    pytest.param("CZ", "heat", _D(2020, 1, 1), "10", id="CZ: heat in 2020"),
    pytest.param("CZ", "heat", _D(2024, 1, 1), "12", id="CZ: heat in 2024"),
    pytest.param("DE", "reduced", _D(2020, 7, 1), "5", id="DE: half a year of 5 %"),
    pytest.param("DE", "reduced", _D(2021, 1, 1), "7", id="DE: and back"),
    pytest.param("DE", "heat and gas", _D(2022, 9, 30), None, id="DE: before October 2022"),
    pytest.param("DE", "heat and gas", _D(2024, 3, 31), "7", id="DE: heat and gas until March 2024"),
    pytest.param("DE", "heat and gas", _D(2024, 4, 1), None, id="DE: and no longer"),
    pytest.param("EE", "second reduced", _D(2024, 12, 31), "5", id="EE: the press"),
    pytest.param("EE", "second reduced", _D(2025, 1, 1), "13", id="EE: accommodation"),
    pytest.param("ES", "electricity", _D(2021, 6, 26), "10", id="ES: electricity since June 2021"),
    pytest.param("ES", "electricity", _D(2022, 7, 1), "5", id="ES: … 5 % since July 2022"),
    pytest.param("ES", "electricity", _D(2024, 1, 1), "10", id="ES: … 10 % in 2024"),
    pytest.param("ES", "electricity", _D(2025, 1, 1), None, id="ES: … none in 2025"),
    pytest.param("ES", "electricity", _D(2026, 3, 22), "10", id="ES: … again in March 2026"),
    pytest.param("ES", "gas", _D(2024, 4, 1), None, id="ES: gas, until March 2024"),
    pytest.param("FI", "reduced", _D(2025, 12, 31), "14", id="FI: 14 % until 2025"),
    pytest.param("FI", "reduced", _D(2026, 1, 1), "13.5", id="FI: 13.5 % since 2026"),
    pytest.param("FI", "electricity", _D(2023, 4, 30), "10", id="FI: electricity in a winter"),
    pytest.param("FI", "electricity", _D(2023, 5, 1), None, id="FI: and no longer"),
    pytest.param("FR", "standing charge of power and gas", _D(2025, 7, 31), "5.5", id="FR: standing charges"),
    pytest.param("FR", "standing charge of power and gas", _D(2025, 8, 1), None, id="FR: and no longer"),
    pytest.param("FR-20R", "low-voltage electricity", _MIDYEAR, "10", id="FR: electricity in Corsica"),
    pytest.param("FR", "low-voltage electricity", _MIDYEAR, None, id="FR: and nowhere else"),
    pytest.param("GR", "electricity, gas and heat", _D(2019, 5, 20), "6", id="GR: energy since May 2019"),
    pytest.param("HR", "heat", _D(2022, 9, 30), "13", id="HR: heat, before"),
    pytest.param("HR", "heat", _D(2022, 10, 1), "5", id="HR: … and since October 2022"),
    pytest.param("HR", "gas", _D(2022, 4, 1), "5", id="HR: gas since April 2022"),
    pytest.param("IE", "gas and electricity", _D(2022, 4, 30), "13.5", id="IE: energy, before"),
    pytest.param("IE", "gas and electricity", _D(2022, 5, 1), "9", id="IE: … and since May 2022"),
    pytest.param("IE", "gas and electricity", _D(2030, 12, 31), "9", id="IE: … until 2030"),
    pytest.param("IE", "gas and electricity", _D(2031, 1, 1), "13.5", id="IE: … and then as before"),
    pytest.param("IT", "gas", _D(2021, 10, 1), "5", id="IT: gas since October 2021"),
    pytest.param("IT", "energy service contract", _D(2022, 10, 1), "5", id="IT: heat as a service"),
    pytest.param("IT", "district heating", _D(2023, 1, 1), "5", id="IT: heat out of a network"),
    pytest.param("IT", "district heating", _D(2024, 1, 1), None, id="IT: until 2023"),
    pytest.param("LT", "reduced", _D(2025, 12, 31), "9", id="LT: 9 % until 2025"),
    pytest.param("LT", "reduced", _D(2026, 1, 1), "12", id="LT: 12 % since 2026"),
    pytest.param("LT", "heat", _D(2025, 12, 31), "9", id="LT: heat until 2025"),
    pytest.param("LT", "heat", _D(2026, 1, 1), None, id="LT: and then the standard rate"),
    pytest.param("LU", "reduced", _D(2022, 12, 31), "8", id="LU: before 2023"),
    pytest.param("LU", "reduced", _D(2023, 12, 31), "7", id="LU: in 2023"),
    pytest.param("LU", "parking", _D(2023, 1, 1), "13", id="LU: in 2023, the parking rate too"),
    pytest.param("LU", "reduced", _D(2024, 1, 1), "8", id="LU: and back"),
    pytest.param("LU", "super reduced", _D(2023, 6, 1), "3", id="LU: but not the lowest"),
    pytest.param("LV", "second reduced", _D(2018, 1, 1), "5", id="LV: 5 % since 2018"),
    pytest.param("MT", "third reduced", _D(2024, 1, 1), "12", id="MT: 12 % since 2024"),
    pytest.param("NL", "reduced", _D(2018, 12, 31), "6", id="NL: 6 % until 2018"),
    pytest.param("NL", "reduced", _D(2019, 1, 1), "9", id="NL: 9 % since 2019"),
    pytest.param("NL", "electricity, gas and heat", _D(2022, 12, 31), "9", id="NL: energy in half of 2022"),
    pytest.param("NL", "electricity, gas and heat", _D(2023, 1, 1), None, id="NL: and no longer"),
    pytest.param("PL", "heat", _D(2022, 1, 31), "8", id="PL: heat in January 2022"),
    pytest.param("PL", "heat", _D(2022, 2, 1), "5", id="PL: since February"),
    pytest.param("PL", "electricity", _D(2022, 12, 31), "5", id="PL: electricity in 2022"),
    pytest.param("PL", "electricity", _D(2023, 1, 1), None, id="PL: and no longer"),
    pytest.param("PT", "first kWh of electricity", _D(2022, 9, 30), "13", id="PT: the first kWh"),
    pytest.param("PT", "first kWh of electricity", _D(2022, 10, 1), "6", id="PT: since October 2022"),
    pytest.param("PT-30", "standard", _MIDYEAR, "22", id="PT: Madeira"),
    pytest.param("PT-30", "second reduced", _D(2024, 9, 30), "5", id="PT: Madeira until September 2024"),
    pytest.param("PT-30", "second reduced", _D(2024, 10, 1), "4", id="PT: Madeira since October 2024"),
    pytest.param("PT-20", "standard", _D(2021, 6, 30), "18", id="PT: the Azores until June 2021"),
    pytest.param("PT-20", "standard", _D(2021, 7, 1), "16", id="PT: the Azores since July 2021"),
    pytest.param("RO", "reduced", _D(2025, 7, 31), "9", id="RO: 9 and 5 % until July 2025"),
    pytest.param("RO", "second reduced", _D(2025, 7, 31), "5", id="RO: … the lower"),
    pytest.param("RO", "reduced", _D(2025, 8, 1), "11", id="RO: 11 % since August"),
    pytest.param("RO", "second reduced", _D(2025, 8, 1), None, id="RO: … alone"),
    pytest.param("SI", "electricity, gas and heat", _D(2023, 5, 31), "9.5", id="SI: energy in a winter"),
    pytest.param("SI", "electricity, gas and heat", _D(2023, 6, 1), None, id="SI: and no longer"),
    pytest.param("SK", "reduced", _D(2024, 12, 31), "10", id="SK: 10 % until 2024"),
    pytest.param("SK", "reduced", _D(2025, 1, 1), "19", id="SK: 19 % since 2025"),
    pytest.param("SK", "second reduced", _D(2025, 1, 1), "5", id="SK: and 5"),
    pytest.param("GB", "standard", _D(2011, 1, 4), "20", id="GB: 20 % since 2011"),
    pytest.param("GB", "hospitality", _D(2021, 10, 1), "12.5", id="GB: half way back"),
    pytest.param("GB", "hospitality", _D(2022, 4, 1), None, id="GB: and back"),
    pytest.param("CH", "standard", _D(2023, 12, 31), "7.7", id="CH: until 2023"),
    pytest.param("CH", "standard", _D(2024, 1, 1), "8.1", id="CH: since 2024"),
    pytest.param("CH", "reduced", _D(2024, 1, 1), "2.6", id="CH: … reduced"),
    pytest.param("CH", "special", _D(2023, 12, 31), "3.7", id="CH: accommodation until 2023"),
    pytest.param("CH", "special", _D(2024, 1, 1), "3.8", id="CH: … since 2024"),
    pytest.param("NO", "second reduced", _D(2020, 4, 1), "6", id="NO: in the pandemic"),
    pytest.param("NO", "second reduced", _D(2021, 10, 1), "12", id="NO: and back"),
    pytest.param("CN", "standard", _D(2018, 4, 30), "17", id="CN: 17 %"),
    pytest.param("CN", "standard", _D(2018, 5, 1), "16", id="CN: 16 %"),
    pytest.param("CN", "standard", _D(2019, 4, 1), "13", id="CN: 13 %"),
    pytest.param("CN", "reduced", _D(2019, 4, 1), "9", id="CN: 9 %"),
    pytest.param("JP", "standard", _D(2014, 3, 31), "5", id="JP: 5 %"),
    pytest.param("JP", "standard", _D(2019, 9, 30), "8", id="JP: 8 %"),
    pytest.param("JP", "reduced", _D(2019, 9, 30), None, id="JP: one rate"),
    pytest.param("JP", "standard", _D(2019, 10, 1), "10", id="JP: 10 %"),
    pytest.param("NZ", "standard", _D(2010, 9, 30), "12.5", id="NZ: 12.5 %"),
    pytest.param("NZ", "standard", _D(2010, 10, 1), "15", id="NZ: 15 %"),
    pytest.param("AU", "standard", _D(2000, 6, 30), None, id="AU: no such tax"),
    pytest.param("AU", "standard", _D(2000, 7, 1), "10", id="AU: 10 %"),
    pytest.param("JP", "reduced", _D(2019, 10, 1), "8", id="JP: and 8"),
])  # fmt: skip
def test_a_rate_that_changed(place: str, name: str, on: date, rate: str | None) -> None:
    assert rate == percent(place, name, on)


@pytest.mark.parametrize(("country", "rates"), [
    ("AT", "parking 13, reduced 10, second reduced 13, standard 20"),
    ("BE", "household electricity 6, household gas and heat 6, parking 12, reduced 12, second reduced 6, standard 21"),
    ("BG", "reduced 9, standard 20"),
    ("CH", "reduced 2.6, special 3.8, standard 8.1"),
    ("CN", "reduced 9, services 6, simplified 3, standard 13"),
    ("CY", "household electricity 9, reduced 9, second reduced 5, standard 19, super reduced 3"),
    ("CZ", "heat 12, reduced 12, standard 21"),
    ("DE", "reduced 7, standard 19"),
    ("DK", "standard 25"),
    ("EE", "reduced 9, second reduced 13, standard 24"),
    ("ES", "electricity 10, gas 10, reduced 10, standard 21, super reduced 4"),
    ("FI", "reduced 13.5, second reduced 10, standard 25.5"),
    ("FR", "reduced 10, second reduced 5.5, standard 20, super reduced 2.1"),
    ("GB", "reduced 5, standard 20"),
    ("GR", "electricity, gas and heat 6, reduced 13, second reduced 6, standard 24"),
    ("HR", "electricity 13, gas 5, heat 5, reduced 13, second reduced 5, standard 25"),
    ("HU", "district heating 5, reduced 18, second reduced 5, standard 27"),
    ("IE", "gas and electricity 9, parking 13.5, reduced 13.5, second reduced 9, standard 23, super reduced 4.8"),
    ("IT", "reduced 10, second reduced 5, standard 22, super reduced 4"),
    ("JP", "reduced 8, standard 10"),
    ("AU", "standard 10"),
    ("NZ", "standard 15"),
    ("LT", "reduced 12, second reduced 5, standard 21"),
    ("LU", "parking 14, reduced 8, standard 17, super reduced 3"),
    ("LV", "reduced 12, second reduced 5, standard 21"),
    ("MT", "reduced 7, second reduced 5, standard 18, third reduced 12"),
    ("NL", "reduced 9, standard 21"),
    ("NO", "reduced 15, second reduced 12, standard 25"),
    ("PL", "reduced 8, second reduced 5, standard 23"),
    ("PT", "first kWh of electricity 6, parking 13, reduced 13, second reduced 6, standard 23"),
    ("RO", "reduced 11, standard 21"),
    ("SE", "reduced 12, second reduced 6, standard 25"),
    ("SI", "reduced 9.5, second reduced 5, standard 22"),
    ("SK", "electricity 19, reduced 19, second reduced 5, standard 23"),
    ("US", ""),
])  # fmt: skip
def test_all_rates_of_a_country_in_june_2026(country: str, rates: str) -> None:
    names = [name for name in SHIPPED.names_of_rates(country, _MIDYEAR) if percent(country, name, _MIDYEAR) is not None]
    assert rates == ", ".join(f"{name} {percent(country, name, _MIDYEAR)}" for name in names)


class TestMemberships:
    """Who belongs to the union, on which days."""

    @pytest.mark.parametrize("country", MEMBERS)
    def test_a_member_since_its_accession(self, country: str) -> None:
        first = ACCEDED.get(country, _D(1993, 1, 1))
        assert "EU" in law(country).unions_on(first)
        assert country not in ACCEDED or "EU" not in law(country).unions_on(first - _A_DAY)

    def test_the_united_kingdom_until_the_transition_ended(self) -> None:
        assert SHIPPED.shared_union("GB", "DE", _D(2020, 12, 31))
        assert not SHIPPED.shared_union("GB", "DE", _D(2021, 1, 1))

    @pytest.mark.parametrize("country", ["CH", "NO", "CN", "US", "JP", "AU", "NZ"])
    def test_no_other_belongs_to_any(self, country: str) -> None:
        assert not law(country).memberships


@pytest.mark.parametrize(("country", "correction", "years"), [
    ("AT", "adjustment_line", 7),
    ("AU", "credit_note", 5),
    ("BE", "credit_note", 10),
    ("BG", "credit_note", 10),
    ("CH", "adjustment_line", 10),
    ("CN", "red_letter", 30),
    ("CY", "credit_note", 6),
    ("CZ", "credit_note", 10),
    ("DE", "adjustment_line", 8),
    ("DK", "credit_note", 5),
    ("EE", "credit_note", 7),
    ("ES", "corrective_series", 6),
    ("FI", "credit_note", 6),
    ("FR", "credit_note", 10),
    ("GB", "credit_note", 6),
    ("GR", "credit_note", 5),
    ("HR", "credit_note", 11),
    ("HU", "credit_note", 8),
    ("IE", "credit_note", 6),
    ("IT", "credit_note", 10),
    ("JP", "adjustment_line", 7),
    ("LT", "credit_note", 10),
    ("LU", "adjustment_line", 10),
    ("LV", "credit_note", 5),
    ("MT", "credit_note", 6),
    ("NL", "adjustment_line", 7),
    ("NO", "credit_note", 5),
    ("NZ", "credit_note", 7),
    ("PL", "credit_note", 5),
    ("PT", "corrective_series", 10),
    ("RO", "credit_note_and_replacement", 10),
    ("SE", "credit_note", 7),
    ("SI", "credit_note", 10),
    ("SK", "credit_note", 10),
    ("US", "adjustment_line", 7),
])  # fmt: skip
def test_documents_in_june_2026(country: str, correction: str, years: int) -> None:
    found = SHIPPED.documents(country, _MIDYEAR)
    assert found is not None
    rounding = TaxRounding.LINE if country == "CN" else TaxRounding.RATE
    forms = ("special", "ordinary") if country == "CN" else ()
    assert (CorrectionManner(correction), years, rounding, forms) == (
        found.correction,
        found.retention_years,
        found.tax_rounding,
        found.forms,
    )


@pytest.mark.parametrize(("country", "on", "years"), [
    pytest.param("DE", _D(2024, 12, 31), 10, id="DE: ten years until 2024"),
    pytest.param("DE", _D(2025, 1, 1), 8, id="DE: eight since 2025"),
    pytest.param("BE", _D(2022, 12, 31), 7, id="BE: seven until 2022"),
    pytest.param("BE", _D(2023, 1, 1), 10, id="BE: ten since 2023"),
])  # fmt: skip
def test_how_long_documents_are_kept_changed(country: str, on: date, years: int) -> None:
    found = SHIPPED.documents(country, on)
    assert found is not None
    assert years == found.retention_years


def taxed(
    supplier: str,
    customer: str,
    terms: TaxTerms | None = None,
    *,
    registered: tuple[bool, bool] = (True, True),
    on: date = _MIDYEAR,
    book: LawBook = SHIPPED,
) -> Decision:
    supply = Supply(TaxedSide(supplier, registered[0]), TaxedSide(customer, registered[1]), terms or TaxTerms())
    return decide(supply, on=on, book=book)


_BOTH, _SUPPLIER, _CUSTOMER, _NEITHER = (True, True), (True, False), (False, True), (False, False)
_ENERGY = TaxTerms(supply=SupplyKind.NETWORK_ENERGY)
_TO_RESELLER = TaxTerms(supply=SupplyKind.NETWORK_ENERGY, reseller=True)
_PROVEN = TaxTerms(supply=SupplyKind.NETWORK_ENERGY, reseller=True, evidence=_PAPER)
_GOODS = TaxTerms(supply=SupplyKind.GOODS)
_SENT = TaxTerms(supply=SupplyKind.GOODS, treatment=Treatment.INTRA_COMMUNITY)
_SENT_PROVEN = TaxTerms(supply=SupplyKind.GOODS, treatment=Treatment.INTRA_COMMUNITY, evidence=_PAPER)


@pytest.mark.parametrize(("terms", "at", "registered", "domestic", "across"), [
    pytest.param(TaxTerms(), None, _BOTH, "S", "AE", id="a service"),
    pytest.param(TaxTerms(), None, _SUPPLIER, "S", "NoTaxRule", id="a service, to one without a number"),
    pytest.param(TaxTerms(), None, _CUSTOMER, "S", "NoTaxRule", id="a service, by one without a number"),
    pytest.param(TaxTerms(), None, _NEITHER, "S", "NoTaxRule", id="a service, between two without"),
    pytest.param(_TO_RESELLER, None, _BOTH, "S", "TaxEvidenceMissing", id="energy to a reseller, who shows no paper"),
    pytest.param(_PROVEN, None, _BOTH, "S", "AE", id="energy to a reseller"),
    pytest.param(_PROVEN, None, _CUSTOMER, "S", "AE", id="energy to a reseller, by one without a number"),
    pytest.param(_ENERGY, None, _BOTH, "S", "TaxPlaceMissing", id="energy to its user, who knows where"),
    pytest.param(_ENERGY, "customer", _BOTH, "S", "AE", id="energy to its user"),
    pytest.param(_ENERGY, "customer", _SUPPLIER, "S", "NoTaxRule", id="energy to a user without a number"),
    pytest.param(_GOODS, None, _BOTH, "S", "TaxPlaceMissing", id="goods, wherever they are"),
    pytest.param(_GOODS, "supplier", _BOTH, "S", "S", id="goods, handed over at the supplier's"),
    pytest.param(_GOODS, "customer", _BOTH, "S", "NoTaxRule", id="goods, set up at the customer's: register there"),
    pytest.param(_SENT, "supplier", _BOTH, "TaxEvidenceMissing", "TaxEvidenceMissing", id="goods sent, without a paper"),
    pytest.param(_SENT_PROVEN, "supplier", _BOTH, "K", "K", id="goods sent"),
    pytest.param(_SENT_PROVEN, "supplier", _SUPPLIER, "NoTaxRule", "NoTaxRule", id="goods sent to one without a number"),
])  # fmt: skip
def test_every_pair_of_members(
    terms: TaxTerms, at: str | None, registered: tuple[bool, bool], domestic: str, across: str
) -> None:
    """All 27 within one country, all 702 across a border: one answer each, taxed at the standard rate of the place."""
    by_place = {country: terms.model_copy(update={"place": country}) for country in MEMBERS}
    answers: dict[bool, set[str]] = {True: set(), False: set()}
    for supplier, customer in product(MEMBERS, MEMBERS):
        stated = terms if at is None else by_place[{"supplier": supplier, "customer": customer}[at]]
        try:
            decided = taxed(supplier, customer, stated, registered=registered)
        except _REFUSALS as refusal:
            answers[supplier == customer].add(type(refusal).__name__)
        else:
            answers[supplier == customer].add(decided.tax.category.value)
            standard = Decimal(STANDARD_RATES[decided.place][-1][1])
            assert decided.tax.rate == (standard if decided.tax.category is TaxCategory.STANDARD else 0)
    assert {True: {domestic}, False: {across}} == answers


def test_a_customer_that_is_not_at_the_place_does_not_owe_its_tax() -> None:
    """A building in one country, both sides in another: no reverse charge there, to one with a number from home."""
    for home, place in product(MEMBERS, MEMBERS):
        if home != place:
            with pytest.raises(NoTaxRule):
                taxed(home, home, TaxTerms(place=place))


_PLACES = (*countries(), "ZZ", "ES-CN", "FR-974", "PT-20", "CN-HK", "US-CA")
_TERMS = st.builds(
    TaxTerms,
    supply=st.none() | st.sampled_from(SupplyKind),
    place=st.none() | st.sampled_from(_PLACES),
    rate=st.none() | st.sampled_from(["standard", "reduced", "heat", "no such rate"]),
    treatment=st.none() | st.sampled_from(Treatment),
    relief=st.none() | st.sampled_from(["energy performance contract", "no such relief"]),
    reseller=st.none() | st.booleans(),
    evidence=st.sampled_from([(), _PAPER]),
)
_SIDES = st.builds(TaxedSide, country=st.sampled_from((*countries(), "ZZ")), is_registered=st.booleans())


@given(_SIDES, _SIDES, _TERMS, st.dates(_D(1980, 1, 1), _D(2040, 12, 31)))
def test_a_decision_or_a_named_refusal(supplier: TaxedSide, customer: TaxedSide, terms: TaxTerms, on: date) -> None:
    """Whatever is supplied between whomever on whichever day."""
    try:
        decided = decide(Supply(supplier, customer, terms), on=on, book=SHIPPED)
    except _REFUSALS:
        return
    taxes = decided.tax.category is TaxCategory.STANDARD
    assert taxes == bool(decided.tax.rate) == bool(decided.rate)
    assert decided.rule
    assert decided.tax.reason or decided.tax.category in (TaxCategory.STANDARD, TaxCategory.ZERO)


@pytest.mark.parametrize(("supplier", "customer", "terms", "on", "category"), [
    pytest.param("DE", "GB", TaxTerms(), _D(2020, 12, 31), "AE", id="to the United Kingdom, a member"),
    pytest.param("DE", "GB", TaxTerms(), _D(2021, 1, 1), "AE", id="to the United Kingdom, by its own law"),
    pytest.param("GB", "DE", TaxTerms(), _MIDYEAR, "AE", id="from outside the union"),
    pytest.param("ZZ", "DE", TaxTerms(), _MIDYEAR, "AE", id="from a country of which nothing is known"),
    pytest.param("GB", "GB", TaxTerms(), _MIDYEAR, "S", id="within the United Kingdom"),
    pytest.param("DE", "CH", TaxTerms(treatment=Treatment.OUT_OF_SCOPE), _MIDYEAR, "O", id="to Switzerland, a service"),
    pytest.param("DE", "CH", TaxTerms(supply=SupplyKind.NETWORK_ENERGY, place="CH"), _MIDYEAR, "O", id="to Switzerland, heat"),
    pytest.param("DE", "NO", TaxTerms(treatment=Treatment.REVERSE_CHARGE), _MIDYEAR, "AE", id="to Norway, from afar"),
    pytest.param("DE", "JP", TaxTerms(treatment=Treatment.REVERSE_CHARGE), _MIDYEAR, "AE", id="to Japan, electronic"),
    pytest.param("NZ", "NZ", TaxTerms(), _MIDYEAR, "S", id="within New Zealand"),
    pytest.param("AU", "NZ", TaxTerms(treatment=Treatment.REVERSE_CHARGE), _MIDYEAR, "AE", id="to New Zealand"),
    pytest.param("NZ", "AU", TaxTerms(treatment=Treatment.OUT_OF_SCOPE), _MIDYEAR, "O", id="to Australia, to a business"),
    pytest.param("DE", "CN", TaxTerms(treatment=Treatment.OUT_OF_SCOPE), _MIDYEAR, "O", id="to China, withheld there"),
    pytest.param("CN", "CN", TaxTerms(rate="services"), _MIDYEAR, "S", id="within China, at the rate that is named"),
    pytest.param("DE", "US", TaxTerms(treatment=Treatment.OUT_OF_SCOPE), _MIDYEAR, "O", id="to the United States"),
    pytest.param("US", "US", TaxTerms(treatment=Treatment.EXEMPT, evidence=_PAPER), _MIDYEAR, "E", id="resale by certificate"),
    pytest.param("DE", "US", TaxTerms(supply=SupplyKind.GOODS, place="DE", treatment=Treatment.EXPORT, evidence=_PAPER), _MIDYEAR, "G", id="an export"),
    pytest.param("IE", "IE", TaxTerms(treatment=Treatment.ZERO, evidence=_PAPER), _MIDYEAR, "Z", id="zero-rated in Ireland"),
    pytest.param("FR", "FR", TaxTerms(treatment=Treatment.EXEMPT, evidence=_PAPER), _MIDYEAR, "E", id="exempt in France"),
    *(
        pytest.param(country, country, TaxTerms(supply=SupplyKind.NETWORK_ENERGY, reseller=True, treatment=Treatment.REVERSE_CHARGE, evidence=_PAPER), _MIDYEAR, "AE", id=f"gas to a reseller within {country}")
        for country in ("AT", "CZ", "DE", "DK", "FR", "GB", "HU", "IE", "IT", "PL", "RO")
    ),
])  # fmt: skip
def test_a_supply(supplier: str, customer: str, terms: TaxTerms, on: date, category: str) -> None:
    assert category == taxed(supplier, customer, terms, on=on).tax.category.value


@pytest.mark.parametrize(("supplier", "customer", "terms", "on", "refusal"), [
    pytest.param("DE", "CH", TaxTerms(), _MIDYEAR, NoTaxRule, id="Switzerland: a hired machine is a supply of goods there"),
    pytest.param("DE", "NO", TaxTerms(), _MIDYEAR, NoTaxRule, id="Norway: nothing says that it is done from afar"),
    pytest.param("CN", "CN", TaxTerms(), _MIDYEAR, UnknownTaxRate, id="China: the contract names the rate"),
    pytest.param("US", "US", TaxTerms(place="US-CA"), _MIDYEAR, UnknownTaxRate, id="United States: a tenant's table"),
    pytest.param("US", "US", TaxTerms(treatment=Treatment.EXEMPT), _MIDYEAR, TaxEvidenceMissing, id="no certificate"),
    pytest.param("DE", "ZZ", TaxTerms(), _MIDYEAR, NoTaxRule, id="a country of which nothing is known"),
    pytest.param("ES", "ES", TaxTerms(treatment=Treatment.ZERO, evidence=_PAPER), _MIDYEAR, NoTaxRule, id="a zero rate that Spain has not"),
    pytest.param("NL", "NL", TaxTerms(supply=SupplyKind.NETWORK_ENERGY, reseller=True, treatment=Treatment.REVERSE_CHARGE, evidence=_PAPER), _MIDYEAR, NoTaxRule, id="gas to a reseller where no such law is known"),
    pytest.param("DE", "DE", TaxTerms(supply=SupplyKind.NETWORK_ENERGY, treatment=Treatment.REVERSE_CHARGE, evidence=_PAPER), _MIDYEAR, NoTaxRule, id="gas to one who uses it"),
    pytest.param("IT", "IT", TaxTerms(supply=SupplyKind.NETWORK_ENERGY, reseller=True, treatment=Treatment.REVERSE_CHARGE, evidence=_PAPER), _D(2027, 1, 1), NoTaxRule, id="gas to a reseller, when the law has ended"),
    pytest.param("DE", "DE", TaxTerms(rate="heat and gas"), _MIDYEAR, UnknownTaxRate, id="a rate that has ended"),
    pytest.param("CN", "CN", TaxTerms(relief="energy performance contract"), _MIDYEAR, TaxEvidenceMissing, id="a relief that nobody elected"),
])  # fmt: skip
def test_a_refusal(supplier: str, customer: str, terms: TaxTerms, on: date, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        taxed(supplier, customer, terms, on=on)


class TestPartsOutside:
    """Where the law of the country does not hold, nor that of its union, but a tenant's own rows do."""

    def test_nothing_is_presumed_of_any(self) -> None:
        outside = {country: law(country).outside for country in countries()}
        for country, place in ((country, place) for country, places in outside.items() for place in places):
            assert place.startswith(f"{country}-")
            for supplier in (country, "DE", "US"):
                with pytest.raises(NoTaxRule):
                    taxed(supplier, country, TaxTerms(place=place))

    @pytest.mark.parametrize("place", ["ES-CN", "FR-974", "FI-01", "CN-HK", "NO-21"])
    def test_the_best_known_are_named(self, place: str) -> None:
        assert place in law(place[:2]).outside

    def test_a_tenants_rows_hold_there(self) -> None:
        canaries = parse(TenantLaw, read("""
            country: ES
            rates: [{name: standard, percent: 7, place: ES-CN, first: 2020-01-01, source: Ley 20/1991}]
            rules:
              - {name: IGIC, first: 2020-01-01, source: Ley 20/1991, suppliers: [here], supplies: [service],
                 place: ES-CN, treatment: standard, rate: standard}
        """))  # fmt: skip
        decided = taxed("ES", "ES", TaxTerms(place="ES-CN"), book=LawBook({"ES": canaries}))
        assert (Decimal(7), "ES-CN") == (decided.tax.rate, decided.place)
        assert Decimal(21) == taxed("ES", "ES", book=LawBook({"ES": canaries})).tax.rate


class TestReliefs:
    """China's relief for energy performance contracts: never presumed, and not confirmed by the law in force."""

    def test_says_what_it_waives_and_that_it_is_not_confirmed(self) -> None:
        relief = SHIPPED.relief("CN", "energy performance contract", _MIDYEAR)
        assert relief is not None
        assert not relief.confirmed
        assert "input tax" in relief.waives

    def test_is_had_by_an_election(self) -> None:
        elected = parse(TenantLaw, read("""
            country: CN
            elections:
              - {relief: energy performance contract, evidence: GB/T 24915 contract and filing of 2026,
                 waived: special invoices, first: 2026-01-01, source: the filing}
        """))  # fmt: skip
        decided = taxed("CN", "CN", TaxTerms(relief="energy performance contract"), book=LawBook({"CN": elected}))
        assert TaxCategory.EXEMPT is decided.tax.category
