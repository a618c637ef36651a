"""Another release of the law of a country, as a process sees it that was started with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest

from billing.sources import shipped
from billing.sources.asked import SourceName
from billing.tax import decision, law_book
from billing.tax.jurisdiction import RateRow

CACHES = (shipped.answer, decision.decide_as_shipped)


def forget_answers() -> None:
    """Forget what the release before has answered."""
    for cached in CACHES:
        cached.cache_clear()


def with_rates(patched: pytest.MonkeyPatch, country: str, rates: Sequence[tuple[date, str]]) -> None:
    """Ship other standard rates of a country."""
    read = law_book.jurisdiction
    law = read(country)
    assert law is not None
    rows = [RateRow(name="standard", percent=Decimal(rate), first=first, source="test") for first, rate in rates]
    others = [row for row in law.rates if row.name != "standard"]
    other = law.model_copy(update={"rates": (*rows, *others)})
    patched.setattr(law_book, "jurisdiction", lambda asked: other if asked == country else read(asked))
    patched.setitem(shipped._FINGERPRINTS, SourceName.TAX, lambda: f"with {rates}")
    forget_answers()


def without(patched: pytest.MonkeyPatch, country: str) -> None:
    """Ship no law of a country."""
    read, known = law_book.jurisdiction, law_book.countries()
    patched.setattr(law_book, "jurisdiction", lambda asked: None if asked == country else read(asked))
    patched.setattr(law_book, "countries", lambda: tuple(name for name in known if name != country))
    patched.setitem(shipped._FINGERPRINTS, SourceName.TAX, lambda: f"without {country}")
    forget_answers()


@contextmanager
def released() -> Iterator[None]:
    """Another release; then the one before again."""
    forget_answers()
    try:
        yield
    finally:
        forget_answers()
