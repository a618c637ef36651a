"""What a sender says: of a profile, what the delivery does not say; each option refused by name where it is wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operations.reading_options import NotAPair, SaidTwice, sender_options
from metering.ingest import UnknownFormat
from metering.ingest.option_values import ImpossibleHeaderLine, UnfitOption, UnknownDecimalMark, UnknownEncoding
from metering.ingest.options import ImpossibleTimeFormat
from metering.records.sender_options import SenderOptions
from quantities.errors import Invalid
from quantities.period import UnknownZone
from quantities.quantity import UnknownUnit


def options(**said: Any) -> SenderOptions:
    return SenderOptions.model_validate(said)


@pytest.mark.parametrize(("profile", "delivery", "together"), [
    pytest.param({"decimal": "comma"}, {}, {"decimal": "comma"}, id="nothing is said: the profile counts"),
    pytest.param({"decimal": "comma"}, {"decimal": "point"}, {"decimal": "point"}, id="the delivery counts first"),
    pytest.param({"keep_totals": True}, {"keep_totals": False}, {"keep_totals": False}, id="also where it says no"),
    pytest.param({"sheet": ["Jan", "Feb"]}, {"sheet": ["Mar"]}, {"sheet": ["Mar"]}, id="a list as a whole"),
    pytest.param(
        {"unit_of": {"A": "kWh", "B": "kWh"}}, {"unit_of": {"B": "MWh"}}, {"unit_of": {"A": "kWh", "B": "MWh"}},
        id="units column by column",
    ),
    pytest.param(
        {"column": {"time": "Datum", "value": "W"}}, {"column": {"value": "V"}}, {"column": {"time": "Datum", "value": "V"}},
        id="columns role by role",
    ),
    pytest.param(
        {"column": {"date": "D", "hour": "H", "value": "W"}}, {"column": {"start": "S"}},
        {"column": {"value": "W", "start": "S"}}, id="a start in place of date and hour",
    ),
    pytest.param(
        {"column": {"date": "D", "hour": "H"}}, {"column": {"hour": "Stunde"}}, {"column": {"date": "D", "hour": "Stunde"}},
        id="another hour leaves the date",
    ),
    pytest.param(
        {"column": {"register": "R", "value": "W"}}, {"register": "a"}, {"column": {"value": "W"}, "register": "a"},
        id="a register in place of a column of registers",
    ),
    pytest.param(
        {"register": "a"}, {"column": {"register": "R"}}, {"column": {"register": "R"}},
        id="a column of registers in place of a register",
    ),
    pytest.param(
        {"column": {"time": "T"}}, {"column": {"date": "D"}}, {"column": {"date": "D"}}, id="a date in place of a time"
    ),
])  # fmt: skip
def test_a_delivery_counts_before_its_profile(
    profile: dict[str, Any], delivery: dict[str, Any], together: dict[str, Any]
) -> None:
    assert options(**delivery).over(options(**profile)) == options(**together)


_SOME = st.fixed_dictionaries(
    {},
    optional={
        "decimal": st.sampled_from(["comma", "point"]),
        "column": st.dictionaries(
            st.sampled_from(["time", "start", "end", "date", "hour", "value"]), st.sampled_from("AB")
        ),
        "sheet": st.lists(st.sampled_from("XY"), min_size=1),
        "keep_totals": st.booleans(),
    },
)


@given(_SOME, _SOME)
def test_what_a_delivery_says_always_counts(profile: dict[str, Any], delivery: dict[str, Any]) -> None:
    said, together = options(**delivery), options(**delivery).over(options(**profile))
    assert {**together.column, **said.column} == together.column
    assert {name: together.said()[name] for name in said.said() if name != "column"} == {
        name: value for name, value in said.said().items() if name != "column"
    }
    assert said.over(said) == said.over(options()) == options().over(said) == said


@pytest.mark.parametrize(("said", "refusal", "expected"), [
    ({"decimal": "Komma"}, UnknownDecimalMark, "comma"),
    ({"zone": "Europe/Berln"}, UnknownZone, "Europe/Berlin"),
    ({"zone": "+25:00"}, UnknownZone, "-14:00"),
    ({"zone": "+01"}, UnknownZone, "+01:00"),
    ({"encoding": "utf-9"}, UnknownEncoding, "utf-8"),
    ({"encoding": "base64"}, UnknownEncoding, "utf-8"),
    ({"encoding": "idna"}, UnknownEncoding, "utf-8"),
    ({"encoding": "a\x00"}, UnfitOption, "text"),
    ({"format": "xslx"}, UnknownFormat, "csv"),
    ({"header_line": 0}, ImpossibleHeaderLine, "from 1"),
    ({"unit": "kWhh"}, UnknownUnit, "kWh"),
    ({"unit_of": ["A=kWhh"]}, UnknownUnit, "kWh"),
    ({"unit_of": ["kWh"]}, NotAPair, "Wirkarbeit=kWh"),
    ({"unit_of": ["A=kWh", "A=MWh"]}, SaidTwice, "one of them"),
    ({"column": ["time"]}, NotAPair, "time=Datum"),
    ({"column": ["time=A", "time=B"]}, SaidTwice, "one of them"),
    ({"time_format": "%Q"}, ImpossibleTimeFormat, "strptime"),
    ({"sheet": [""]}, UnfitOption, "1 to 1000"),
    ({"not_available": ["x" * 1001]}, UnfitOption, "1 to 1000"),
    ({"register": "\udc80"}, UnfitOption, "text"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(said: dict[str, Any], refusal: type[Invalid], expected: str) -> None:
    with pytest.raises(refusal) as refused:
        sender_options(**{"column": [], "unit_of": [], **said})
    assert expected in str(refused.value.members["expected"])


@pytest.mark.parametrize("said", [
    {"zone": "local"}, {"zone": "UTC"}, {"zone": "-03:30"}, {"zone": "Europe/Berlin"}, {"encoding": "GB18030"},
    {"encoding": "windows-1252"}, {"decimal": "comma"}, {"header_line": 9}, {"unit_of": ["a=b=kWh"]},
    {"column": ["value=Verbrauch=x", "value=Verbrauch=x"]}, {"sheet": ["Januar"]}, {"json_numbers": False},
])  # fmt: skip
def test_what_can_be_meant_is_taken(said: dict[str, Any]) -> None:
    taken = sender_options(**{"column": [], "unit_of": [], **said}).said()
    assert list(taken) == list(said)


def test_what_is_said_is_shown_as_it_is_typed() -> None:
    said = options(register="a", column={"time": "Datum"}, decimal="comma", sheet=["1", "2"], keep_totals=False)
    assert said.words() == [
        "--register a", "--column time=Datum", "--decimal comma", "--sheet 1", "--sheet 2", "--no-keep-totals",
    ]  # fmt: skip
