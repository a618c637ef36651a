"""Every date of a contract is a day that readings can be from: from 1900 to 2199, in its zone and in UTC."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, ValidationError

from api.server.database import Database
from contracts.contract import Contract
from contracts.recording.store import read_checked
from quantities.document import Fault, FaultyDocument, faults_of, parse, read
from quantities.errors import Invalid
from quantities.names import Name
from quantities.period import Period, nearest_supported, zone
from quantities.terms import Terms

EXAMPLES = Path(__file__).parents[3] / "examples"
BERLIN, NEW_YORK, AUCKLAND = "Europe/Berlin", "America/New_York", "Pacific/Auckland"

DOCUMENT = """
contract: C-1
supplier: {name: S, country: DE}
customer: {name: K, country: DE}
currency: EUR
zone: Europe/Berlin
starts: 2026-01-01
ends: 2030-01-01
in_force_from: 2026-06-01
extension: {months: "12", notice: 2026-03-01}
milestones: {quoted: 2025-10-01, signed: 2025-11-01, installed: 2025-12-01, accepted: 2025-12-15, ramp_until: 2026-02-01}
suspensions: [{first: 2026-08-01, after_last: 2026-08-15}]
billing: {every: custom, calendar: [2026-01-01, 2026-02-01, 2027-01-01, 2030-01-01]}
charges:
  - name: fee
    rule: {kind: fixed_fee, amount: "100"}
    allocation: [{first: 2026-01-01, weights: {a: "1"}}, {first: 2027-01-01, weights: {b: "1"}}]
  - name: credit
    rule: {kind: discount, percent: "5", first: 2026-01-01, after_last: 2027-01-01}
  - name: energy
    register: kwh
    rule: {kind: prepaid, unit: kWh, unit_price: "1", blocks: [{name: a, units: "9", cost: "9", bought: 2026-01-01, expires: 2027-01-01}]}
"""

FIRSTS = [
    "/starts", "/milestones/quoted", "/suspensions/0/first", "/billing/calendar/0", "/charges/0/allocation/0/first",
    "/charges/1/rule/first", "/charges/2/rule/blocks/0/bought",
]  # fmt: skip
LASTS = [
    "/ends", "/in_force_from", "/milestones/ramp_until", "/suspensions/0/after_last",
    "/billing/calendar/3", "/charges/0/allocation/1/first", "/charges/1/rule/after_last",
    "/charges/2/rule/blocks/0/expires",
]  # fmt: skip


def set_at(document: Any, pointer: str, value: str) -> Any:
    document, (*steps, last) = deepcopy(document), pointer.strip("/").split("/")
    part = document
    for step in steps:
        part = part[int(step) if isinstance(part, list) else step]
    part[int(last) if isinstance(part, list) else last] = value
    return document


def faults(document: Any, kind: type[Contract] = Contract) -> list[Fault]:
    try:
        kind.model_validate(document)
    except ValidationError as error:
        return list(faults_of(error, Terms))  # of no particular kind: no nearest spelling is looked for, which is slow
    return []


def out_of_range(document: Any) -> list[tuple[str, str, str]]:
    return [(fault.path, fault.found, fault.expected) for fault in faults(document) if fault.code == "out-of-range"]


class TestADate:
    """Too early or too late it is a fault, at its own place, with the nearest that would be right."""

    @pytest.mark.parametrize("place", FIRSTS)
    @pytest.mark.parametrize(("day", "where", "nearest"), [
        ("0001-01-01", BERLIN, "1900-01-02"),
        ("1899-12-31", NEW_YORK, "1900-01-01"),
        ("1900-01-01", BERLIN, "1900-01-02"),  # its midnight is in 1899 by UTC
        ("1900-01-01", AUCKLAND, "1900-01-02"),
        ("1900-01-01", NEW_YORK, None),
        ("1900-01-01", "Etc/UTC", None),
        ("1900-01-02", AUCKLAND, None),
    ])  # fmt: skip
    def test_too_early(self, place: str, day: str, where: str, nearest: str | None) -> None:
        document = set_at(read(DOCUMENT) | {"zone": where}, place, day)
        assert out_of_range(document) == ([] if nearest is None else [(place, day, nearest)])

    @pytest.mark.parametrize("place", LASTS)
    @pytest.mark.parametrize(("day", "where", "nearest"), [
        ("2199-12-30", BERLIN, None),
        ("2199-12-30", NEW_YORK, None),
        ("2199-12-31", NEW_YORK, "2199-12-30"),  # it ends when 2200 begins
        ("2200-01-01", BERLIN, "2199-12-30"),
        ("2226-01-01", AUCKLAND, "2199-12-30"),
        ("9999-12-31", BERLIN, "2199-12-30"),
    ])  # fmt: skip
    def test_too_late(self, place: str, day: str, where: str, nearest: str | None) -> None:
        document = set_at(read(DOCUMENT) | {"zone": where}, place, day)
        assert out_of_range(document) == ([] if nearest is None else [(place, day, nearest)])


@pytest.mark.parametrize(
    "where", [BERLIN, NEW_YORK, AUCKLAND, "Etc/UTC", "Pacific/Apia", "Pacific/Kiritimati", "Etc/GMT+12"]
)
def test_a_date_is_supported_as_far_as_its_whole_day_is_a_period(where: str) -> None:
    days = [day + timedelta(days=n) for day in (date(1900, 1, 1), date(2200, 1, 1)) for n in range(-3, 4)]
    for day in days:
        try:
            Period.of_days(day, day + timedelta(days=1), zone(where))
        except Invalid:
            assert nearest_supported(day, zone(where)) != day
        else:
            assert nearest_supported(day, zone(where)) == day


class TestNoDateIsForgotten:
    @pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda path: path.stem)
    def test_each_date_of_each_example_is_looked_at_and_none_raises(self, path: Path) -> None:
        document = read(path.read_text())
        if "charges" not in document:  # a fleet, or what was used
            return
        contract = parse(Contract, document)
        terms = contract.model_dump(mode="json")
        for place in dates(terms):
            for day in ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"):
                refused = faults(set_at(terms, place, day))
                # a part that is out of order in itself is refused before the contract is looked at as a whole
                assert [fault for fault in refused if (fault.path, fault.code) == (place, "out-of-range")] or {
                    fault.code for fault in refused
                } == {"value_error"}

    def test_of_a_field_that_is_added_later_under_another_key(self) -> None:
        class Later(Contract):
            visited_on: Mapping[Name, tuple[date, ...]] = Field(default={}, alias="visits")

        document = read(DOCUMENT) | {"visits": {"Halle": ["2026-01-01", "2226-01-01"]}}
        (fault,) = faults(document, Later)
        assert (fault.path, fault.code, fault.found) == ("/visits/Halle/1", "out-of-range", "2226-01-01")


def dates(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, dict | list):
        for step, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from dates(value, f"{path}/{step}")
    elif isinstance(node, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", node):
        yield path


class TestWhatFollowsFromDates:
    @pytest.mark.parametrize(("terms", "expected"), [
        pytest.param({"starts": "0001-01-01"}, [("/starts", "0001-01-01", "1900-01-02")], id="from the first day there is"),
        pytest.param({"ends": "9999-12-31"}, [("/ends", "9999-12-31", "2199-12-30")], id="until the last day there is"),
        pytest.param({"starts": "9999-12-31", "billing": {"every": "year"}}, [("/starts", "9999-12-31", "2199-12-30")], id="from the last day there is"),
        pytest.param({"ends": "2199-12-30", "extension": {"months": "120", "notice": "2199-12-30", "notice_days": "1"}}, [("/extension", "2209-12-30", "2199-12-30")], id="extended beyond the range"),
        pytest.param({"ends": "2199-12-31", "extension": {"months": "120", "notice": "2199-12-31", "notice_days": "730"}},
                     [("/ends", "2199-12-31", "2199-12-30"), ("/extension/notice", "2199-12-31", "2199-12-30")], id="extended from beyond the range"),
        pytest.param({"ends": "9999-12-31", "extension": {"months": "120", "notice": "9999-12-31", "notice_days": "730"}},
                     [("/ends", "9999-12-31", "2199-12-30"), ("/extension/notice", "9999-12-31", "2199-12-30")], id="extended beyond the last year there is"),
        pytest.param({"ends": "2030-01-01", "extension": {"months": "12", "notice": "2199-12-30"}}, [("/extension", "2200-01-01", "2199-12-30")], id="with a notice on the last day of the range"),
        pytest.param({"ends": "2030-01-01", "extension": {"months": "1", "notice": "9999-12-31"}}, [("/extension/notice", "9999-12-31", "2199-12-30")], id="with a notice in the last year there is"),
        pytest.param({"starts": "2199-12-15"}, [("/starts", "2199-12-15", "")], id="its first month ends in 2200"),
        pytest.param({"starts": "2199-06-01", "billing": {"every": "year"}}, [("/starts", "2199-06-01", "")], id="its first year ends in 2200"),
        pytest.param({"starts": "2199-10-01", "settings": {"bill_after_days": "90"}}, [("/starts", "2199-10-01", "")], id="its first month is billed in 2200"),
        pytest.param({"starts": "2199-09-01"}, [], id="its first month is billed in time"),
        pytest.param({"starts": "1900-01-02", "billing": {"every": "year", "leading_part_of": "counted_back"}}, [], id="the year it starts in begins before the range"),
    ])  # fmt: skip
    def test_it_is_a_fault_and_never_a_traceback(
        self, terms: Mapping[str, Any], expected: list[tuple[str, str, str]]
    ) -> None:
        plain = {name: value for name, value in read(DOCUMENT).items() if name in
                 ("contract", "supplier", "customer", "currency", "zone", "starts")}  # fmt: skip
        fee = {"charges": [{"name": "fee", "rule": {"kind": "fixed_fee", "amount": "100"}}]}
        assert out_of_range(plain | fee | dict(terms)) == expected

    def test_other_faults_are_told_as_well(self) -> None:
        document = set_at(read(DOCUMENT), "/charges/1/name", "fee") | {"starts": "2226-01-01"}
        assert [(fault.path, fault.code) for fault in faults(document)] == [
            ("/starts", "out-of-range"),
            ("/charges/0/name", "named-twice"),
        ]


def test_a_check_against_the_fleet_finds_it_too(database: Database) -> None:
    document = read(DOCUMENT) | {"starts": "0001-01-01", "ends": "9999-12-31"}
    with pytest.raises(FaultyDocument) as refused, database.transaction(1) as session:
        read_checked(session, document)
    assert [fault.path for fault in refused.value.faults if fault.code == "out-of-range"] == ["/starts", "/ends"]
