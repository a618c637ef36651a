"""What is told of a party: every number by its check digits, and all faults at once, each with its place."""

from typing import Any

import pytest

from contracts.party_profile import PartyProfile
from contracts.party_profiles import schemes
from contracts.party_profiles.party_profile_document import read_profile
from quantities.document import FaultyDocument, document_of, read
from tests.contracts.party_profiles.told import NORDLUFT


def faults(**fields: Any) -> list[tuple[str, str]]:
    """What is refused of Nordluft's profile with other fields: places and codes."""
    with pytest.raises(FaultyDocument) as refused:
        read_profile({**NORDLUFT, **fields})
    return [(fault.path, fault.code) for fault in refused.value.faults]


def test_all_faults_come_at_once() -> None:
    assert faults(
        register_number={"scheme": "0002", "value": "732829321"},
        electronic={"scheme": "9930", "value": "136695976"},
        contact={"phone": "12", "email": "a@@b"},
        banks=[{"account": "DE89370400440532013001", "bic": "COBA"}, {"account": "12-345"}],
        creditor_id="DE97ZZZ09999999999",
        adress=["Werft"],
    ) == [
        ("/register_number/value", "not-of-its-scheme"),
        ("/electronic/value", "not-of-its-scheme"),
        ("/contact/phone", "not-a-phone"),
        ("/contact/email", "not-an-email"),
        ("/banks/0/account", "not-an-iban"),
        ("/banks/0/bic", "not-a-bic"),
        ("/creditor_id", "not-a-creditor-id"),
        ("/adress", "extra_forbidden"),
        ("/banks/1", "two-accounts"),
    ]


def test_numbers_are_kept_without_the_blanks_between_their_groups() -> None:
    told = read_profile({
        **NORDLUFT, "register_number": {"scheme": "0002", "value": "732 829 320"}, "creditor_id": "de98 zzz 09999999999",
        "banks": [{"account": "de89 3704 0044 0532 0130 00", "bic": "cobadeffxxx"}, {"currency": "CHF", "account": "12-345 6"}],
    })  # fmt: skip
    assert told.register_number is not None
    assert told.register_number.value == "732829320"
    assert told.creditor_id == "DE98ZZZ09999999999"
    assert [bank.account for bank in told.banks] == ["DE89370400440532013000", "12-345 6"]
    assert read_profile({**NORDLUFT, "register_number": {"value": "HRB 4711"}}).register_number.value == "HRB 4711"  # type: ignore[union-attr]


#: By scheme, an identifier that is right, and one whose form or check digits are not.
IDENTIFIERS = {
    "0002": ("732829320", "732829321"), "0007": ("1234567897", "1234567891"), "0009": ("73282932000074", "73282932000073"),
    "0088": ("4000001000005", "4000001000006"), "0106": ("12345678", "1234567"), "0151": ("83914571673", "83914571674"),
    "0184": ("13585628", "13585629"), "0192": ("988077917", "988077918"), "0195": ("00192200M", "00192200N"),
    "0199": ("213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D16"), "0204": ("04011000-1234512345-06", "04011000-1234512345-07"),
    "0208": ("0403019261", "0403019262"), "0211": ("IT00743110157", "00743110157"), "9918": ("DE89370400440532013000", "DE1"),
    "9925": ("BE0403019261", "0403019261"), "9930": ("DE136695976", "136695976"), "9945": ("PL8567346215", "PL8567346216"),
    "9957": ("FR40303265045", "FR41303265045"), "EM": ("bills@nordluft.example", "nordluft.example"),
}  # fmt: skip


@pytest.mark.parametrize(("scheme", "right", "wrong"), [(scheme, *both) for scheme, both in IDENTIFIERS.items()])
def test_an_identifier_is_one_of_its_scheme(scheme: str, right: str, wrong: str) -> None:
    assert schemes.takes(scheme, right)
    assert not schemes.takes(scheme, wrong)
    assert faults(electronic={"scheme": scheme, "value": wrong}) == [("/electronic/value", "not-of-its-scheme")]


def test_every_scheme_that_python_stdnum_checks_refuses_nonsense() -> None:
    assert [code for code, scheme in schemes.EAS.items() if scheme.form and schemes.takes(code, "x")] == []


@pytest.mark.parametrize(("field", "scheme"), [
    pytest.param("electronic", "0008", id="a register that has no electronic addresses"),
    pytest.param("register_number", "0092", id="a code that no register has"),
    pytest.param("register_number", "9930", id="a code of addresses alone"),
])  # fmt: skip
def test_a_scheme_that_is_none_is_named(field: str, scheme: str) -> None:
    assert faults(**{field: {"scheme": scheme, "value": "1"}}) == [(f"/{field}/scheme", "unknown-scheme")]


def test_a_currency_has_one_account() -> None:
    accounts = [{"currency": "EUR", "account": "1"}, {"account": "2"}, {"currency": "EUR", "account": "3"}]
    assert faults(banks=accounts) == [("/banks/2", "two-accounts")]
    told = read_profile({**NORDLUFT, "banks": accounts[:2]})
    paid_to = [bank.account for currency in ("EUR", "CHF") if (bank := told.bank_for(currency)) is not None]
    assert paid_to == ["1", "2"]
    assert read_profile({**NORDLUFT, "banks": accounts[:1]}).bank_for("CHF") is None


def test_what_is_stored_is_read_whatever_a_later_release_checks() -> None:
    """The stored type takes what the one of the door refuses: a document of then must be read for ever."""
    stored = {
        **NORDLUFT,
        "banks": [{"account": "DE89370400440532013001"}],
        "electronic": {"scheme": "0001", "value": "1"},
    }
    assert PartyProfile.model_validate(stored).banks[0].account == "DE89370400440532013001"


def test_it_is_shown_as_the_file_that_tells_it() -> None:
    told = read_profile(NORDLUFT)
    assert read_profile(document_of(told)) == told
    assert set(document_of(told)) == set(NORDLUFT)


def test_a_file_of_yaml_is_read_without_guessing() -> None:
    text = "party: Nordluft\nin_force_from: 2026-01-01\npost_code: 01067\nelectronic: {scheme: 0204, value: 04011000-12345-03}\n"
    told = read_profile(read(text))
    assert (told.post_code, told.electronic.scheme if told.electronic else "") == ("01067", "0204")
