"""A payment bears the number of its document as a creditor reference (ISO 11649), and is found again by it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iso11649

from billing.documents.model.payment_reference import numbers_of_reference, payment_reference
from billing.invoices.invoice import invoice_number, series_name

SERIES = st.from_regex(r"[A-Z0-9]{0,12}", fullmatch=True)
LETTERS = st.sampled_from(["", "K", "R", "KOR", "GS", "PRO"])
YEARS = st.integers(2000, 2099)
PLACES = st.integers(1, 9_999_999)


@pytest.mark.parametrize(("number", "reference"), [
    pytest.param("2026-000001", "RF422026000001", id="of the first issuer, which has no series"),
    pytest.param("NORD26-2026-000123", "RF62NORD262026000123", id="with a series"),
    pytest.param("NORD26-K-2026-1000123", "RF10NORD26K20261000123", id="of a credit note, past a million"),
    pytest.param("ABCDEFGHIJKL-KOR-2026-000009", "RF17EFGHIJKLKOR2026000009", id="too long: the issuer's letters give way"),
])  # fmt: skip
def test_worked_references(number: str, reference: str) -> None:
    assert payment_reference(number) == reference


@settings(max_examples=30)
@given(SERIES, LETTERS, YEARS, PLACES)
def test_every_number_has_one_that_leads_back_to_it(own: str, letters: str, year: int, place: int) -> None:
    number = invoice_number(year, place, series_name(own, letters))
    reference = payment_reference(number)
    assert iso11649.is_valid(reference)
    assert number in numbers_of_reference(iso11649.format(reference), own)
    assert number in numbers_of_reference(reference.lower(), own)


@settings(max_examples=30)
@given(SERIES, st.lists(st.tuples(LETTERS, YEARS, PLACES), min_size=2, max_size=6, unique=True))
def test_no_two_documents_of_an_issuer_have_the_same(own: str, documents: list[tuple[str, int, int]]) -> None:
    numbers = [invoice_number(year, place, series_name(own, letters)) for letters, year, place in documents]
    assert len({payment_reference(number) for number in numbers}) == len(numbers)


@pytest.mark.parametrize("reference", [
    pytest.param("RF432026000001", id="its check digits are wrong"),
    pytest.param("2026-000001", id="a number as it is"),
    pytest.param("RF18539007547034", id="of somebody else"),
    pytest.param("", id="none"),
])  # fmt: skip
def test_what_is_no_reference_of_ours_leads_nowhere(reference: str) -> None:
    assert numbers_of_reference(reference, "") == ()


def test_of_another_issuer_is_not_found() -> None:
    assert numbers_of_reference(payment_reference("NORD26-2026-000123"), "SUED26") == ()
