"""The columns of a table: recognised by their names in several languages, joined, or asked for."""

from decimal import Decimal

import pytest

from metering.fleet.meter import Register, RegisterKind
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister, UnreadableFile
from metering.ingest.role_names import suffixed
from metering.ingest.roles import match
from metering.ingest.table_roles import Header, Roles
from quantities.period import zone


def known(*keys: str) -> RegisterLookup:
    registers = [Register(key=key, kind=RegisterKind.INTERVAL, unit="kWh", resolution=Decimal("0.001")) for key in keys]
    return RegisterLookup({register.key: TargetRegister(register, zone("Europe/Berlin")) for register in registers})


def columns(header: str, units: str = "", register: str | None = "k", keys: str = "k", **said: str) -> Roles:
    options = IngestOptions(said, register)
    return match(Header(tuple(header.split("|")), tuple(units.split("|"))), options, known(*keys.split("|")))


def typed(roles: Roles) -> dict[str, str]:
    return {role: roles.typed(role) for role in roles.at}


@pytest.mark.parametrize(("header", "expected", "stamp"), [
    pytest.param("Datum|Uhrzeit von|Uhrzeit bis|Verbrauch", {"time": "Datum+Uhrzeit von", "end": "Datum+Uhrzeit bis", "value": "Verbrauch"}, "start", id="German, from and to"),
    pytest.param("Datum|Zeit|Messwert|Einheit", {"time": "Datum+Zeit", "value": "Messwert", "unit": "Einheit"}, "", id="German, date and time"),
    pytest.param("MPAN core|Period ending|Consumption", {"row_register": "MPAN core", "end": "Period ending", "value": "Consumption"}, "end", id="English, ends alone"),
    pytest.param("DeliveryDate|HourEnding|Load_MWh|Price", {"end": "DeliveryDate+HourEnding", "value": "Load_MWh"}, "end", id="words without blanks, unit behind the name"),
    pytest.param("Date|Heure|Valeur|unité", {"time": "Date+Heure", "value": "Valeur", "unit": "unité"}, "", id="French"),
    pytest.param("Data e ora|Valore|Unità", {"time": "Data e ora", "value": "Valore", "unit": "Unità"}, "", id="Italian"),
    pytest.param("Fecha|Hora|Consumo|Unidad", {"time": "Fecha+Hora", "value": "Consumo", "unit": "Unidad"}, "", id="Spanish"),
    pytest.param("Datum|Tijd|Verbruik|Eenheid", {"time": "Datum+Tijd", "value": "Verbruik", "unit": "Eenheid"}, "", id="Dutch"),
    pytest.param("Data|Hora|Valor|Unidade", {"time": "Data+Hora", "value": "Valor", "unit": "Unidade"}, "", id="Portuguese"),
    pytest.param("Data|Godzina|Zużycie|Jednostka", {"time": "Data+Godzina", "value": "Zużycie", "unit": "Jednostka"}, "", id="Polish"),
    pytest.param("Datum|Čas|Spotřeba|Jednotka", {"time": "Datum+Čas", "value": "Spotřeba", "unit": "Jednotka"}, "", id="Czech"),
    pytest.param("时间|有功电量|单位", {"time": "时间", "value": "有功电量", "unit": "单位"}, "", id="Chinese"),
    pytest.param("日時|使用量|単位", {"time": "日時", "value": "使用量", "unit": "単位"}, "", id="Japanese"),
    pytest.param("Profil|Datum|Zeit von|Zeit bis|Profilwert|ME", {"row_register": "Profil", "time": "Datum+Zeit von", "end": "Datum+Zeit bis", "value": "Profilwert", "unit": "ME"}, "start", id="a list of abbreviations"),
    pytest.param("date|hour|kwh", {"time": "date+hour", "value": "kwh"}, "", id="a column called after its unit"),
    pytest.param("Start|Stop|Energy", {"time": "Start", "end": "Stop", "value": "Energy"}, "start", id="start and stop"),
])  # fmt: skip
def test_columns_are_known_by_their_names(header: str, expected: dict[str, str], stamp: str) -> None:
    roles = columns(header)
    assert (typed(roles), roles.stamp, roles.is_own, roles.questions) == (expected, stamp, False, ())


@pytest.mark.parametrize(("header", "is_own"), [
    ("time|value", True), ("key|start|end|value|unit|quality", True), ("Time|Value", False), ("time|value|note", False),
    ("time|value|units", False), ("timestamp|value", False), ("time|reading", False),
])  # fmt: skip
def test_only_our_own_names_are_our_own_format(header: str, *, is_own: bool) -> None:
    assert columns(header, register=None if "key" in header else "k").is_own is is_own


def test_a_unit_row_or_a_line_above_the_header_is_not_our_own_format() -> None:
    options = IngestOptions(register="k")
    assert match(Header(("time", "value"), ("", "kWh")), options, known("k")).unit == "kWh"
    for header in (Header(("time", "value"), ("", "kWh")), Header(("time", "value"), has_more_above=True)):
        assert not match(header, options, known("k")).is_own
        assert match(header, options, known("k")).stamp == ""


class TestWhatTheSenderSays:
    def test_columns_that_a_plus_joins(self) -> None:
        roles = columns("a|b|d", start="a+b", value="d")
        assert typed(roles) == {"time": "a+b", "value": "d"}
        assert roles.stamp == "start"

    def test_an_end_alone(self) -> None:
        roles = columns("Datum|Stunde|Wert", end="Datum+Stunde")
        assert (typed(roles), roles.stamp) == ({"end": "Datum+Stunde", "value": "Wert"}, "end")

    def test_a_date_and_an_hour_say_no_stamp(self) -> None:
        roles = columns("x|y|value", date="x", hour="y")
        assert (roles.typed("time"), roles.stamp, roles.is_hour) == ("x+y", "", True)
        with pytest.raises(UnreadableFile, match="without its date"):
            columns("x|y|value", hour="y")

    def test_a_column_by_its_name_with_the_unit_or_by_its_position(self) -> None:
        assert columns("time|Q", "|kWh", value="Q [kWh]").typed("value") == "Q"
        assert columns("time|Q|Q", value="#3").at["value"] == (2,)
        with pytest.raises(UnreadableFile, match="2 columns are called 'Q'"):
            columns("time|Q|Q", value="Q")

    def test_an_end_that_is_not_said_is_not_read_beside_a_time_that_is(self) -> None:
        assert "end" not in columns("_start|_stop|_time|value", time="_time").at
        assert columns("von|end|value", time="von").typed("end") == "end"


class TestWhatIsAsked:
    @pytest.mark.parametrize(("header", "answers"), [
        ("timestamp|reading|usage", ["value=reading", "value=usage"]),
        ("_start|_stop|_time|value", ["start=_start", "start=_time", "end=_time"]),
        ("timestamp|date|value", ["start=timestamp", "end=timestamp", "start=date", "end=date"]),
        ("time|P|Q", ["value=P", "value=Q"]),
        ("time|Wert|Wert", ["value=#2", "value=#3"]),
    ])  # fmt: skip
    def test_two_candidates_or_none_are_a_question_with_what_to_type(self, header: str, answers: list[str]) -> None:
        (question,) = columns(header).questions
        assert [answer.value for answer in question.answers] == answers

    def test_the_register(self) -> None:
        (question,) = columns("time|value", register=None).questions
        assert question.answers[0].option == "register"
        (question,) = columns("time|Zähler|OBIS|value", register=None).questions
        assert [answer.value for answer in question.answers] == [
            "register=Zähler+OBIS",
            "register=Zähler",
            "register=OBIS",
        ]

    def test_everything_at_once(self) -> None:
        assert len(columns("a|b|c", register=None).questions) == 3


class TestWideTables:
    def test_headers_that_name_registers(self) -> None:
        roles = columns("Time stamp|A kWh|B|C", "||MWh|", register=None, keys="A|B [MWh]")
        assert (roles.wide, roles.units) == ({1: "A", 2: "B [MWh]"}, {1: "kWh", 2: "MWh"})
        assert "value" not in roles.at

    def test_the_register_that_is_said_is_its_column(self) -> None:
        roles = columns("Time stamp|A kWh|B kWh", register="B", keys="A|B")
        assert (roles.typed("value"), roles.unit, roles.wide) == ("B kWh", "kWh", {})

    def test_a_unit_that_is_said(self) -> None:
        options = IngestOptions(unit_of={"B": "MWh"})
        roles = match(Header(("Time stamp", "A", "B")), options, known("A", "B"))
        assert roles.units == {2: "MWh"}

    def test_paths_of_members_are_known_by_their_last_part(self) -> None:
        header = Header(("ts", "values.A", "values.B", "other.B"), are_paths=True)
        assert match(header, IngestOptions(), known("A", "B")).wide == {1: "A"}


def test_each_column_is_in_the_record() -> None:
    roles = columns("Datum|Zeit|Wert|Stat", "||kWh|")
    assert [(how.aspect, how.taken, how.basis, how.column) for how in roles.how_read] == [
        ("time", "time", "stated", "Datum+Zeit"),
        ("value", "value", "stated", "Wert"),
        ("unit", "kWh", "stated", "Wert"),
        ("table", "not read", "assumed", "Stat"),
    ]


@pytest.mark.parametrize(("name", "rest", "stated"), [
    pytest.param("Feeder A kWh", "Feeder A", "kWh", id="a unit"),
    pytest.param("Load_MWh", "Load", "MWh", id="behind an underscore"),
    pytest.param("Hall 1", "Hall 1", "", id="a number is no number of pieces"),
    pytest.param("Hall K", "Hall K", "", id="a letter is no kelvin"),
])  # fmt: skip
def test_a_unit_stands_behind_a_name(name: str, rest: str, stated: str) -> None:
    assert suffixed(name) == (rest, stated)
