"""Dates of a contract: supported, in order, and with a period to bill; test_supported_range.py has every date field."""

import pytest

from tests.contracts.checks.documents import Provoked, faults, rows

CALENDAR = {"every": "custom", "calendar": ["2026-03-01", "2026-04-01"]}
SUSPENDED = [{"first": "2026-03-01", "after_last": "2026-04-01"}, {"first": "2026-03-15", "after_last": "2026-05-01"}]

PROVOKED = [
    Provoked("out-of-range", "/starts", {"starts": "1899-12-31"}),
    Provoked(
        "out-of-range", "/extension", {"ends": "2199-12-01", "extension": {"months": "12", "notice": "2199-12-02"}}
    ),
    Provoked("out-of-range", "/starts", {"starts": "2199-12-15"}),
    Provoked("ends-before-it-starts", "/ends", {"ends": "2026-01-01"}),
    Provoked("out-of-life", "/in_force_from", {"in_force_from": "2025-12-15"}),
    Provoked("out-of-life", "/in_force_from", {"in_force_from": "2027-01-01", "ends": "2027-01-01"}),
    Provoked("nothing-to-extend", "/extension", {"extension": {"months": "12"}}),
    Provoked("no-period", "/billing/calendar", {"billing": CALENDAR}),
    Provoked("overlapping", "/suspensions/1", {"suspensions": SUSPENDED}),
]


@pytest.mark.parametrize("row", rows(PROVOKED))
def test_a_date_that_cannot_be_is_a_fault_at_its_place(row: Provoked) -> None:
    assert (row.code, row.path) in faults(**row.parts)
