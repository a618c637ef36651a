"""A saving's line says its figures in words: without a hash, and which statement it settles."""

import re
from datetime import UTC, date, datetime

import pytest

from billing.documents.model.facts import StatementOfWindow
from billing.documents.model.of_saving import saving_sentences, statement_words
from billing.documents.words.words import words_in
from billing.records.proof import UseProof
from contracts.invoicing import Language
from savings.options.option_b import RetrofitIsolation
from savings.plan import savings_result
from tests.savings.options.test_option_b import option
from tests.savings.test_plan import plan, whole

FITTED = "22100 expected + 4464 adjusted − 22267 measured kWh; 31 in_range, 2 missing; by caltrack_daily of 2019-01-01, rows sha256 e10277e22dfa"


def of(calculation: str) -> UseProof:
    return UseProof(
        name="electricity saved", quantity="4297", unit="kWh", calculation=calculation, count=1, total="1", estimated=0,
        registers=(),
    )  # fmt: skip


@pytest.mark.parametrize(("language", "sentences"), [
    (Language.ENGLISH, (
        "Saved: 22,100 expected + 4,464 non-routine − 22,267 measured = 4,297 kWh",
        "Rows: 31 within the range, 2 missing",
        "Baseline: CalTRACK by day, of the days from 1 Jan 2019 on",
    )),
    (Language.GERMAN, (
        "Eingespart: 22.100 erwartet + 4.464 nicht routinemäßig − 22.267 gemessen = 4.297 kWh",
        "Zeilen: 31 im Bereich, 2 fehlend",
        "Basislinie: CalTRACK je Tag, aus den Tagen ab 01.01.2019",
    )),
])  # fmt: skip
def test_figures_rows_and_baseline(language: Language, sentences: tuple[str, ...]) -> None:
    written = saving_sentences(of(FITTED), words_in(language))
    assert tuple(sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in written) == sentences


def test_what_savings_write_is_what_is_read() -> None:
    """The summary of a real result, and of a real option: were either written otherwise, the line would say nothing."""
    result = savings_result(plan(), [whole("2026-01-01", "10")])
    said = saving_sentences(of(result.summary), words_in(Language.ENGLISH))
    assert len(said) == 3
    assert said[0].startswith("Saved: ")
    fitted = result.summary.rpartition("; ")[0] + "; " + option(RetrofitIsolation).summary
    (*_, basis) = saving_sentences(of(fitted), words_in(Language.ENGLISH))
    assert basis.startswith("Baseline: CalTRACK by day")
    assert not re.search("sha256|[0-9a-f]{12}", " ".join(said))


def test_a_formula_is_no_saving() -> None:
    assert saving_sentences(of("rest = all - day = 105 kWh, with all = 165 kWh"), words_in(Language.ENGLISH)) == ()


def test_a_statement_is_named_with_its_window_and_its_version() -> None:
    statement = StatementOfWindow(5, 2, date(2023, 1, 1), date(2024, 1, 1), datetime(2024, 1, 11, tzinfo=UTC))
    assert statement_words(statement, words_in(Language.GERMAN)) == (
        "Nach Einsparnachweis 5 für 01.01.2023 – 31.12.2023, Fassung 2"
    )
