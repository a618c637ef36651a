"""What a period opened with, and what it had to open with: the newest closing of the period before, as of then."""

from datetime import UTC, date, datetime
from typing import Any, cast

import pytest

from billing.proof.chain import compared_opening
from billing.rated.store import Predecessors
from billing.records.inputs import Days, RatingInputs, SegmentRecord
from billing.tables import RatingRow
from contracts.contract import Contract
from contracts.store import Version
from tests.billing.rating.billed import agreed, priced

PRICE = priced("energy", {"kind": "per_unit", "unit": "kWh", "unit_price": "1"})
YEARLY = priced("energy", {"kind": "per_unit", "unit": "kWh", "unit_price": "1", "per": "year"})
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def used(quantity: str) -> dict[str, Any]:
    """What the charge carries of its year."""
    values = {"window": "2026-01-01", "used": quantity}
    state = {"kind": "per_unit", "arithmetic": 1, "unit": "kWh", "schema": 1, "per": "year", "values": values}
    return {"energy": {"rule": state}}


class KnownVersion:
    """A version, as far as a chain asks for it."""

    def __init__(self, contract: Contract) -> None:
        self.id, self.number, self.contract, self.released_by = 1, 1, contract, "bert"


def rating(
    key: int, first: date, after_last: date, opening: Any, closing: Any, document: int | None = None
) -> RatingRow:
    days = Days(first, after_last)
    inputs = RatingInputs(
        tzdata="",
        whole_period=days,
        rules={},
        segments=(SegmentRecord(version_id=1, days=days, whole=days, charges=("energy",)),),
        opening=opening,
        closing=closing,
        index_values=(),
        disputed=(),
    )
    return RatingRow(
        id=key, contract_id=1, customer_id=1, invoice_id=1, document_id=document or key, first=first,
        after_last=after_last, watermark=1, rated_at=datetime(2026, 3, 1, tzinfo=UTC), inputs=inputs,
    )  # fmt: skip


def february(key: int, opening: Any, document: int | None = None) -> RatingRow:
    return rating(key, FEBRUARY, MARCH, opening, {}, document)


def january(key: int, closing: Any, after_last: date = FEBRUARY, document: int | None = None) -> RatingRow:
    return rating(key, JANUARY, after_last, {}, closing, document)


def named(of: RatingRow, before: Predecessors, charge: dict[str, Any] = YEARLY) -> list[tuple[object, object]]:
    version = cast("Version", KnownVersion(agreed(charge)))
    return [(was, due) for _, was, due in compared_opening(of, before, lambda _: version, (1,)) if was != due]


NOTHING: dict[str, Any] = {}
TEN, TWENTY = used("10"), used("20")
BARE_TEN = {"energy": {"rule": {"window": "2026-01-01", "used": "10"}}}


@pytest.mark.parametrize(("opening", "faults"), [
    pytest.param(TEN, 0, id="what it carried on"),
    pytest.param(BARE_TEN, 0, id="the same, as an earlier release wrote it"),
    pytest.param(TWENTY, 1, id="something else"),
    pytest.param(NOTHING, 1, id="nothing"),
])  # fmt: skip
def test_a_period_opens_with_what_the_one_before_carried_on(opening: Any, faults: int) -> None:
    assert len(named(february(2, opening), Predecessors(january(1, TEN)))) == faults


def test_the_first_period_opens_with_nothing() -> None:
    assert named(january(1, TEN), Predecessors()) == []
    assert named(february(1, TEN), Predecessors()) == [(TEN["energy"], None)]


def test_where_no_version_that_was_known_carries_anything_a_period_may_open_with_nothing() -> None:
    """A version that comes into force later may carry all the same, so the closing is right as well."""
    assert named(february(2, NOTHING), Predecessors(january(1, TEN)), PRICE) == []
    assert named(february(2, TEN), Predecessors(january(1, TEN)), PRICE) == []
    assert named(february(2, TWENTY), Predecessors(january(1, TEN)), PRICE) != []


class TestAPeriodThatIsRatedAgain:
    @pytest.mark.parametrize(("opening", "faults"), [
        pytest.param(NOTHING, 0, id="as the last time"),
        pytest.param(TEN, 0, id="or with what the period before carried on: it was not asked for it the last time"),
        pytest.param(TWENTY, 1, id="but with nothing else"),
    ])  # fmt: skip
    def test_for_reasons_of_its_own_opens_as_it_did(self, opening: Any, faults: int) -> None:
        before = Predecessors(january(1, TEN), february(2, NOTHING))
        assert len(named(february(3, opening), before)) == faults

    @pytest.mark.parametrize(("opening", "faults"), [
        pytest.param(TEN, 1, id="not as the last time"),
        pytest.param(TWENTY, 0, id="but with the newest closing"),
    ])  # fmt: skip
    def test_after_the_one_before_it_was_opens_with_its_new_closing(self, opening: Any, faults: int) -> None:
        before = Predecessors(january(3, TWENTY), february(2, TEN))
        assert len(named(february(4, opening), before)) == faults

    def test_what_its_own_document_made_of_the_one_before_is_known_to_it(self) -> None:
        """A document saves the rating of its own period first, though it makes it last."""
        before = Predecessors(january(3, TWENTY, document=9), february(2, TWENTY, document=9))
        assert named(february(4, TWENTY), before) == []

    def test_after_a_period_that_does_not_end_where_it_begins_opens_as_it_did(self) -> None:
        before = Predecessors(january(1, TEN, after_last=date(2026, 1, 15)), february(2, TWENTY))
        assert named(february(3, TWENTY), before) == []
        assert named(february(3, TEN), before) == [(TEN["energy"], TWENTY["energy"])]


def test_where_the_days_between_are_being_made_anew_nothing_is_said() -> None:
    assert named(february(2, TWENTY), Predecessors(january(1, TEN, after_last=date(2026, 1, 15)))) == []
