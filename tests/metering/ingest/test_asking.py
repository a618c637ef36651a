"""What a table does not say is asked: it is read as somebody who knows it would, or refused with what to type."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metering import ingest
from metering.fleet.meter import Register
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister
from metering.ingest.how_read import Unsaid
from metering.ingest.stamps import OtherInterval
from quantities.period import zone
from tests.build import rows
from tests.metering.ingest.test_formats import a_register, codes, values

BERLIN, CHICAGO = zone("Europe/Berlin"), zone("America/Chicago")


def known(*registers: Register, where: str = "Europe/Berlin") -> RegisterLookup:
    return RegisterLookup({register.key: TargetRegister(register, zone(where)) for register in registers})


K = known(a_register())
#: What settles everything but the times and the numbers of a table with the columns Zeit and Wert.
SAID = IngestOptions({"time": "Zeit"}, "k", "kWh", zone="local")


def read(text: str, options: IngestOptions = SAID, registers: RegisterLookup = K, name: str = "csv") -> ingest.Parsed:
    return ingest.parse(text.encode(), registers, options, name)


def asked(text: str, options: IngestOptions = SAID, registers: RegisterLookup = K, name: str = "csv") -> list[str]:
    with pytest.raises(Unsaid) as refusal:
        read(text, options, registers, name)
    expected = refusal.value.members["expected"]
    assert isinstance(expected, list)
    return expected


def hours(parsed: ingest.Parsed) -> list[str]:
    return [f"{reading.start:%d.%m. %H:%M}" for reading in sorted(rows(parsed.readings), key=lambda row: row.line)]


def day(*cells: str) -> str:
    return "Zeit;Wert\n" + "".join(f"2026-06-01 {hour:02}:00;{cell}\n" for hour, cell in enumerate(cells))


class TestDecimalMarks:
    @pytest.mark.parametrize(("cells", "read_as"), [
        (["1.648,90", "949,44"], ["1648.90", "949.44"]), (["5,243.54", "1,861.46"], ["5243.54", "1861.46"]),
        (["4.078", "0.310"], ["4.078", "0.310"]), (["4,078", "12,5"], ["4.078", "12.5"]), (["1.234.567", "4.078"], ["1234567", "4078"]),
        (["2 031,5", "463,1"], ["2031.5", "463.1"]), (["2\u202f031,5", "1\u00a0000,25"], ["2031.5", "1000.25"]), (["1'234.50", "12’345.5"], ["1234.50", "12345.5"]),
        (["1,23,456.78", "4,078"], ["123456.78", "4078"]), (["12,34,56,789", "1,23,456"], ["123456789", "123456"]),
        (["   12,79 ", "+3,5"], ["12.79", "3.5"]), (["1 234", "985"], ["1234", "985"]),
    ])  # fmt: skip
    def test_one_value_that_can_only_be_read_in_one_way_settles_a_column(
        self, cells: list[str], read_as: list[str]
    ) -> None:
        parsed = read(day(*cells))
        assert [Decimal(value) for value in values(parsed)] == [Decimal(text) for text in read_as]
        assert codes(parsed) == []

    def test_a_sign_behind(self) -> None:
        level = known(a_register(kind="instantaneous", unit="kW"))
        parsed = read(day("12,50-", "−3,5", "1.012,50-"), replace(SAID, unit="kW"), level)
        assert [Decimal(value) for value in values(parsed)] == [Decimal("-12.5"), Decimal("-3.5"), Decimal("-1012.5")]

    @pytest.mark.parametrize("cells", [["4.078", "4.424"], ["4,328", "10,323"], ["985", "1.020"], ["1.500", "-2.500"]])
    def test_a_column_that_can_be_read_in_two_ways_is_asked_about(self, cells: list[str]) -> None:
        assert asked(day(*cells)) == ["decimal=comma", "decimal=point"]

    @pytest.mark.parametrize(("said", "read_as"), [("comma", "4078"), ("point", "4.078")])
    def test_the_answer_is_enough(self, said: str, read_as: str) -> None:
        assert [Decimal(value) for value in values(read(day("4.078"), replace(SAID, decimal=said)))] == [
            Decimal(read_as)
        ]

    def test_our_own_format_is_no_exception_but_json_has_points(self) -> None:
        own = IngestOptions(register="k")
        assert asked("time,value\n2026-06-01T10:00Z,4.078\n", own) == ["decimal=comma", "decimal=point"]
        assert values(read('[{"time": "2026-06-01T10:00Z", "value": "4.078"}]', own, name="json")) == ["4.078"]

    @settings(max_examples=60)
    @given(
        st.lists(st.decimals(0, 10**7, places=3), min_size=1, max_size=6),
        st.integers(0, 3),
        st.sampled_from([(".", ","), (".", " "), (".", ""), (",", "."), (",", "'"), (",", "")]),
    )
    def test_a_total_is_right_or_asked_for(self, numbers: list[Decimal], places: int, marks: tuple[str, str]) -> None:
        mark, group = marks
        exact = [number.quantize(Decimal(1).scaleb(-places)) for number in numbers]
        cells = [f"{number:,f}".replace(",", "G").replace(".", mark).replace("G", group) for number in exact]
        try:
            parsed = read(day(*cells))
        except Unsaid:
            return
        assert sum(Decimal(value) for value in values(parsed)) == sum(exact)
        assert codes(parsed) == []


class TestTimes:
    @pytest.mark.parametrize(("cells", "first"), [
        (["31.10.2025 00:00", "01.11.2025 00:00"], "30.10. 23:00"), (["3/16/2026 12:00:00 AM", "3/16/2026 1:00:00 PM"], "15.03. 23:00"),
        (["06-Jul-2026 00:30"], "05.07. 22:30"), (["2026年3月9日 00:00"], "08.03. 23:00"), (["25.10.25 00:15"], "24.10. 22:15"),
        (["12/01/2026 8h00", "13/01/2026 18h00"], "12.01. 07:00"), (["20260601 1000"], "01.06. 08:00"), (["202606011000"], "01.06. 08:00"),
        (["1785966900"], "05.08. 21:55"), (["1785966900000"], "05.08. 21:55"), (["31/12/2025 10:00 +0000"], "31.12. 10:00"), (["1. Mai 2026 10:00"], "01.05. 08:00"),
    ])  # fmt: skip
    def test_the_only_form_that_fits(self, cells: list[str], first: str) -> None:
        parsed = read("Zeit;Wert\n" + "".join(f"{cell};1,5\n" for cell in cells))
        assert (hours(parsed)[0], codes(parsed)) == (first, [])

    def test_an_order_that_fits_all_dates_beside_another_is_asked_for(self) -> None:
        text = "Zeit;Wert\n03/04/2026 10:00;1,5\n04/05/2026 10:00;1,5\n"
        assert asked(text) == ["time_format=%d/%m/%Y %H:%M", "time_format=%m/%d/%Y %H:%M"]
        assert hours(read(text, replace(SAID, time_format="%m/%d/%Y %H:%M"))) == ["04.03. 09:00", "05.04. 08:00"]

    def test_dates_that_contradict_each_other_are_asked_about(self) -> None:
        assert len(asked("Zeit;Wert\n31/10/2026 10:00;1,5\n10/31/2026 10:00;1,5\n")) == 2

    def test_a_cell_without_a_clock_time_is_no_midnight(self) -> None:
        parsed = read(
            "Datum;Stunde;Wert\n23/03/2026;00:00;14.2\n23/03/2026;;14.2\n",
            replace(SAID, columns={"start": "Datum+Stunde"}),
        )
        assert codes(parsed) == [(3, "half_a_time")]

    @settings(max_examples=60)
    @given(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), min_size=1, max_size=5, unique=True), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%d-%m-%y", "%y-%m-%d"]))  # fmt: skip
    def test_days_are_right_or_asked_for(self, days: list[date], pattern: str) -> None:
        text = "Zeit;Wert\n" + "".join(f"{one:{pattern}} 12:00;1,5\n" for one in days)
        try:
            parsed = read(text)
        except Unsaid:
            return
        assert [reading.start.astimezone(BERLIN).date() for reading in rows(parsed.readings)] == sorted(days)


class TestStampsAndZones:
    BARE = IngestOptions(register="k")

    def test_everything_is_asked_in_one_refusal_and_the_answers_are_enough(self) -> None:
        text = "Zeit;Wert\n03/04/2026 10:00;4.078\n"
        assert asked(text, self.BARE) == [
            "time_format=%d/%m/%Y %H:%M", "time_format=%m/%d/%Y %H:%M", "decimal=comma", "decimal=point",
            "column=start=Zeit", "column=end=Zeit", "zone=local", "zone=UTC", "zone=+01:00", "unit=kWh",
        ]  # fmt: skip
        answered = IngestOptions(
            {"end": "Zeit"}, "k", "kWh", time_format="%d/%m/%Y %H:%M", decimal="comma", zone="+01:00"
        )
        assert (hours(read(text, answered)), values(read(text, answered))) == (["03.04. 08:00"], ["4078"])

    def test_a_counter_has_no_stamp_to_ask_for(self) -> None:
        assert asked("Zeit;Wert\n2026-06-01 10:00;1,5\n", self.BARE, known(a_register(kind="cumulative"))) == [
            "zone=local", "zone=UTC", "zone=+01:00", "unit=kWh",
        ]  # fmt: skip

    @pytest.mark.parametrize(("hours_of_day", "stamp"), [(range(1, 25), "end"), (range(24), "start")])
    def test_hour_24_or_hour_0_tells_how_hours_are_numbered(self, hours_of_day: range, stamp: str) -> None:
        text = "date,hour,kwh\n" + "".join(f"2026-03-01,{hour},{hour}.5\n" for hour in hours_of_day)
        parsed = read(text, IngestOptions(register="k", zone="-06:00"))
        assert (hours(parsed)[0], len(parsed.readings)) == ("01.03. 06:00", 24)
        assert [how.taken for how in parsed.how_read if how.aspect == "stamp"] == [f"{stamp} of the interval"]
        middle = "date,hour,kwh\n2026-03-01,7,1.5\n2026-03-01,8,1.5\n"
        assert asked(middle, IngestOptions(register="k", zone="UTC")) == [
            "column=start=date+hour",
            "column=end=date+hour",
        ]

    def test_ends_by_the_clock_around_a_clock_change(self) -> None:
        quarter = known(a_register(minutes=15))
        ends = ["01:45", "02:00", "02:15", "02:30", "02:45", "02:00", "02:15", "02:30", "02:45", "03:00", "03:15"]
        text = "Zeit;Wert\n" + "".join(f"2026-10-25 {end};{at},5\n" for at, end in enumerate(ends))
        parsed = read(text, replace(SAID, columns={"end": "Zeit"}), quarter)
        assert (len(parsed.readings), codes(parsed)) == (11, [])
        assert hours(parsed)[0] == "24.10. 23:30"
        assert hours(parsed)[-1] == "25.10. 02:00"

    def test_hours_ending_are_labels_around_a_clock_change(self) -> None:
        ends = ["01:00", "02:00", "02:00", "03:00", "04:00", "24:00"]
        text = "DeliveryDate,HourEnding,Load_MWh\n" + "".join(
            f"11/01/2026,{end},{at}.5\n" for at, end in enumerate(ends)
        )
        options = IngestOptions(register="k", zone="local", time_format="%m/%d/%Y %H:%M")
        parsed = read(text, options, known(a_register(unit="MWh"), where="America/Chicago"))
        assert (hours(parsed), codes(parsed)) == (
            ["01.11. 05:00", "01.11. 06:00", "01.11. 07:00", "01.11. 08:00", "01.11. 09:00", "02.11. 05:00"],
            [],
        )

    @pytest.mark.parametrize("cell", ["{}", "{} 00:00", "{} 00:00:00"])
    @pytest.mark.parametrize(
        ("first", "rest"), [("2026-03-01", ["2026-03-02", "2026-03-03"]), ("01.03.2026", ["02.03.2026", "28.03.2026"])]
    )
    @pytest.mark.parametrize("name", ["Datum", "Tag", "Zeitstempel", "Date", "Reading Date"])
    def test_of_daily_totals_it_is_asked_which_day_a_midnight_is_of(
        self, cell: str, first: str, rest: Sequence[str], name: str
    ) -> None:
        text = f"{name};kWh\n" + "".join(f"{cell.format(date_)};7,5\n" for date_ in [first, *rest])
        daily, options = known(a_register(minutes=1440)), IngestOptions(register="k", zone="local")
        assert asked(text, options, daily) == [f"column=start={name}", f"column=end={name}"]
        with pytest.raises(Unsaid, match="the first is 2026-02-28 00:00 to 2026-03-01 00:00"):
            read(text, options, daily)
        of_start, of_end = (
            [reading.start for reading in rows(read(text, replace(options, columns={role: name}), daily).readings)]
            for role in ("start", "end")
        )
        assert (len(of_start), of_end) == (3, [start - timedelta(days=1) for start in of_start])

    def test_an_end_in_the_repeated_hour_is_the_first_after_its_start(self) -> None:
        text = "Datum;von;bis;kWh\n25.10.2026;01:45;02:00;1,5\n25.10.2026;02:45;02:00;2,5\n25.10.2026;02:45;03:00;3,5\n25.10.2026;23:45;00:00;4,5\n"
        parsed = read(text, IngestOptions(register="k", zone="local"), known(a_register(minutes=15)))
        assert codes(parsed) == []
        assert {reading.end - reading.start for reading in rows(parsed.readings)} == {timedelta(minutes=15)}

    def test_inclusive_ends(self) -> None:
        text = "DATE,START TIME,END TIME,USAGE,UNITS\n" + "".join(
            f"2026-03-08,{start},{end},1.5,kWh\n" for start, end in [("01:30", "01:44"), ("01:45", "01:59"), ("03:00", "03:14")]
        )  # fmt: skip
        quarter = known(a_register(minutes=None), where="America/Los_Angeles")
        parsed = read(text, IngestOptions(register="k", zone="local"), quarter)
        assert {reading.end - reading.start for reading in rows(parsed.readings)} == {timedelta(minutes=15)}

    def test_a_grid_that_does_not_fit_names_the_one_that_would(self) -> None:
        text = "Zeit;Wert\n" + "".join(f"2026-06-01 {10 + at // 4}:{at % 4 * 15:02};1,5\n" for at in range(12))
        with pytest.raises(OtherInterval, match='interval_minutes: "15"'):
            read(text)

    def test_our_own_times_that_look_like_ends_are_asked_about(self) -> None:
        start = datetime(2026, 5, 31, 23, tzinfo=UTC)
        text = "time,value\n" + "".join(f"{start + timedelta(hours=at):%Y-%m-%dT%H:%MZ},1.5\n" for at in range(24))
        assert asked(text, self.BARE) == ["column=start=time", "column=end=time"]
        assert len(read(text, IngestOptions({"start": "time"}, "k")).readings) == 24

    def test_a_level_at_the_end_of_its_mean_holds_from_before(self) -> None:
        power = known(a_register(kind="instantaneous", unit="kW"))
        text = "Zeit;P kW\n" + "".join(f"2026-06-01 10:{minute:02};56,6\n" for minute in (0, 15, 30, 45))
        parsed = read(text, IngestOptions({"end": "Zeit", "value": "P kW"}, "k", zone="UTC"), power)
        assert hours(parsed) == ["01.06. 09:45", "01.06. 10:00", "01.06. 10:15", "01.06. 10:30"]


class TestRegistersAndUnits:
    def test_one_register_for_rows_that_name_several_is_asked_about(self) -> None:
        text = "Zähler;Zeit;Wert\nA;2026-06-01 10:00;1,5\nB;2026-06-01 11:00;1,5\n"
        assert asked(text) == ["column=register=Zähler"]

    @pytest.mark.parametrize(("name", "kind"), [("Zählerstand", "interval"), ("usage", "cumulative")])
    def test_a_name_that_states_another_kind_is_asked_about(self, name: str, kind: str) -> None:
        text = f"Zeit;{name}\n2026-06-01 10:00;1,5\n"
        assert asked(text, registers=known(a_register(kind=kind))) == ["register=KEY", f"column=value={name}"]

    def test_another_unit_than_the_header_states(self) -> None:
        text = "Zeit;Wert [MWh]\n2026-06-01 00:00;0,5\n2026-06-01 01:00;0,6\n"
        assert asked(text) == ["unit_of=Wert=MWh", "unit_of=Wert=kWh"]
        assert [Decimal(value) for value in values(read(text, replace(SAID, unit_of={"Wert": "kWh"})))] == [Decimal("0.5"), Decimal("0.6")]  # fmt: skip

    def test_units_of_several_registers(self) -> None:
        two = known(a_register("a", kind="cumulative"), a_register("b", kind="instantaneous", unit="W"))
        text = "entity_id,state,last_changed\na,1.5,2026-06-01T10:00Z\nb,2.5,2026-06-01T10:00Z\n"
        assert asked(text, IngestOptions(), two) == ["unit_of=a=kWh", "unit_of=b=W"]
        said = IngestOptions(unit_of={"a": "MWh", "b": "W"})
        assert values(read(text, said, two)) == ["1500", "2.5"]

    def test_ten_thousand_kilowatt_hours(self) -> None:
        text = "时间,有功电量,单位\n2026年3月9日 00:00,0.1480,万kWh\n2026年3月9日 01:00,42.37,kWh\n"
        parsed = read(text, IngestOptions({"start": "时间"}, "k", zone="local"))
        assert [Decimal(value) for value in values(parsed)] == [1480, Decimal("42.37")]

    def test_cells_that_say_that_there_was_no_value(self) -> None:
        parsed = read(
            day("1,5", "Bad", "", "4294967295", "2,5"), replace(SAID, not_available=frozenset({"Bad", "4294967295"}))
        )
        assert codes(parsed) == [(3, "no_value"), (4, "no_value"), (5, "no_value")]
        assert len(parsed.readings) == 2


class TestJson:
    NUMBERS = '[{"ts": 1785966900000, "values": {"a": 3.3979483E+07, "b": null}}, {"ts": 1785967200000, "values": {"a": 3.3979490E+07}}]'

    def test_wide_objects_with_numbers(self) -> None:
        two = known(a_register("a", kind="cumulative"), a_register("b", kind="cumulative"))
        parsed = read(
            self.NUMBERS, IngestOptions(unit_of={"values.a": "kWh", "values.b": "kWh"}, json_numbers=True), two, "json"
        )
        assert (values(parsed), codes(parsed)) == (["33979483", "33979490"], [(1, "no_value")])

    def test_numbers_that_nobody_says_are_exact_are_refused_with_what_to_type(self) -> None:
        text = '[{"time": "2026-06-01T10:00Z", "value": 1.5}]'
        (verdict,) = read(text, IngestOptions(register="k"), name="json").verdicts
        assert (verdict.code, "--json-numbers" in verdict.expected) == ("not_a_string", True)

    def test_members_by_path(self) -> None:
        text = '{"at": {"measured": "2026-06-01T10:00Z"}, "object": {"volume": "7.5"}}\n'
        options = IngestOptions({"time": "at.measured", "value": "object.volume"}, "k", "kWh")
        assert values(read(text, options, name="ndjson")) == ["7.5"]
