"""NEM12: each trap of the format, files that are damaged, and a property over generated files."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import ingest
from metering.ingest import IngestOptions, UnreadableFile
from metering.log.reading import Quality
from tests.build import rows
from tests.metering.ingest.test_formats import a_register, codes, read, targets, values

HEAD, END = "100,NEM12,202604100400,MDPX,RETX", "900"
E1 = "200,NMI1,E1B1,1,E1,N1,SERIAL,kWh,30,20260701"
KNOWN = targets(
    a_register("e1", minutes=None, aliases=("NMI1/E1",)),
    a_register("b1", minutes=None, unit="Wh", resolution="1", aliases=("NMI1/B1",)),
    a_register("other", minutes=None, aliases=("NMI2/E1",)),
    a_register("counter", "cumulative", aliases=("NMI3/E1",)),
)
FREE = IngestOptions()


def day(on: str = "20260401", value: str = "1.5", count: int = 48, quality: str = "A", updated: str = "20260402120000") -> str:  # fmt: skip
    return ",".join(["300", on, *[value] * count, quality, "", "", updated, ""])


def file(*lines: str, end: str = "\r\n") -> bytes:
    return (end.join(lines) + end).encode()


def got(*lines: str, options: IngestOptions = FREE) -> ingest.Parsed:
    return read(file(HEAD, *lines, END), KNOWN, options)


def total(parsed: ingest.Parsed) -> Decimal:
    return sum((Decimal(value) for value in values(parsed)), Decimal(0))


def test_value_1_begins_at_midnight_in_market_time() -> None:
    """UTC+10 all year: 00:00 of 1 April is 14:00 of 31 March in UTC; the 48th half hour ends 24 hours later."""
    readings = rows(got(E1, day()).readings)
    assert (readings[0].start, readings[0].end) == (
        datetime(2026, 3, 31, 14, tzinfo=UTC), datetime(2026, 3, 31, 14, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (len(readings), readings[-1].end) == (48, datetime(2026, 4, 1, 14, tzinfo=UTC))


@pytest.mark.parametrize(("minutes", "count"), [("5", 288), ("15", 96), ("30", 48)])
def test_the_length_of_an_interval_is_the_streams(minutes: str, count: int) -> None:
    parsed = got(E1.replace(",30,", f",{minutes},"), day(count=count))
    assert (len(parsed.readings), codes(parsed)) == (count, [])


@pytest.mark.parametrize(("uom", "value", "expected"), [
    ("kWh", "1.5", "1.5"), ("KWH", "1.5", "1.5"), ("Wh", "1500", "1.5"), ("MWh", "0.0015", "1.5"),
])  # fmt: skip
def test_the_unit_stands_in_the_record_200(uom: str, value: str, expected: str) -> None:
    assert {Decimal(expected)} == {Decimal(shown) for shown in values(got(E1.replace("kWh", uom), day(value=value)))}


@pytest.mark.parametrize(("quality", "meaning"), [
    ("A", Quality.VALID), ("S14", Quality.ESTIMATED_REFERENCE_DAY), ("F14", Quality.ESTIMATED_REFERENCE_DAY),
    ("E52", Quality.ESTIMATED_REFERENCE_DAY), ("S17", Quality.ESTIMATED_INTERPOLATION), ("E", Quality.ESTIMATED_REFERENCE_DAY),
])  # fmt: skip
def test_qualities(quality: str, meaning: Quality) -> None:
    assert {reading.quality for reading in rows(got(E1, day(quality=quality)).readings)} == {meaning}


def test_a_day_of_several_qualities_has_them_in_records_400() -> None:
    parsed = got(E1, day(quality="V"), "400,1,20,A,,", "400,21,24,N,,", '400,25,48,S14,0,"a, quoted"')
    readings = rows(parsed.readings)
    assert (len(readings), codes(parsed)) == (44, [(4 + 1, "no_data")])
    assert [reading.quality.estimated for reading in readings] == [False] * 20 + [True] * 24


@pytest.mark.parametrize("events", [
    pytest.param([], id="none"),
    pytest.param(["400,1,20,A,,", "400,22,48,A,,"], id="interval 21 left out"),
    pytest.param(["400,1,20,A,,", "400,20,48,A,,"], id="interval 20 twice"),
    pytest.param(["400,1,49,A,,"], id="49 of 48"),
    pytest.param(["400,x,48,A,,"], id="no number"),
    pytest.param(["400,1,20,A,,", "400,30,21,A,,"], id="backwards"),
])  # fmt: skip
def test_records_400_that_do_not_cover_the_day_refuse_it(events: list[str]) -> None:
    parsed = got(E1, day(quality="V"), *events, day("20260402"))
    assert (codes(parsed), len(parsed.readings)) == ([(3, "uncovered_intervals")], 48)


class TestADayThatComesTwice:
    """The latest UpdateDateTime counts, in any order; what it replaces is said; what cannot be decided is refused."""

    early, late = day(value="1", updated="20260402000000"), day(value="2", updated="20260403000000")

    @pytest.mark.parametrize(("lines", "refused"), [((early, late), 3), ((late, early), 4)])
    def test_the_later_update_counts(self, lines: tuple[str, ...], refused: int) -> None:
        parsed = got(E1, *lines)
        assert (total(parsed), codes(parsed)) == (Decimal(96), [(refused, "superseded")])

    def test_the_same_day_again_repeats(self) -> None:
        parsed = got(E1, self.early, E1, self.early.replace("20260402000000", "20260405000000"))
        assert (total(parsed), parsed.repeated, codes(parsed)) == (Decimal(48), 48, [])

    @pytest.mark.parametrize("other", ["20260402000000", ""])
    def test_equal_or_missing_stamps_decide_nothing(self, other: str) -> None:
        parsed = got(E1, self.early, day(value="2", updated=other))
        assert (total(parsed), codes(parsed)) == (Decimal(0), [(3, "undecided_update"), (4, "undecided_update")])

    def test_a_later_day_without_data_takes_it_back(self) -> None:
        parsed = got(E1, self.early, day(value="0", quality="N", updated="20260403000000"))
        assert (total(parsed), codes(parsed)) == (Decimal(0), [(3, "superseded"), (4, "no_data")])


class TestWhatIsRefused:
    """Nothing is lost: a record that is no reading has a verdict with its line, and other days are read."""

    @pytest.mark.parametrize(("record", "code"), [
        pytest.param(day(count=47), "wrong_interval_count", id="a value too few"),
        pytest.param(day(count=49), "wrong_interval_count", id="a value too many"),
        pytest.param(day(count=288), "wrong_interval_count", id="of another interval length"),
        pytest.param(day(quality="X"), "unknown_quality", id="an unknown quality"),
        pytest.param("300,20260401," + "1," * 48, "wrong_interval_count", id="no quality"),
        pytest.param(day("20260431"), "not_a_time", id="no such day"),
        pytest.param(day("2026041"), "not_a_time", id="a short date"),
        pytest.param(day("00010101"), "implausible_instant", id="the year 1"),
        pytest.param(day(updated="yesterday"), "not_a_time", id="an update that is no time"),
        pytest.param("350,20260401", "unknown_record", id="an unknown record"),
        pytest.param("400,1,48,A,,", "misplaced_record", id="a 400 without its 300"),
    ])  # fmt: skip
    def test_a_record(self, record: str, code: str) -> None:
        parsed = got(E1, record, day("20260402"))
        assert (codes(parsed), len(parsed.readings)) == ([(3, code)], 48)

    def test_a_value(self) -> None:
        parsed = got(E1, day().replace("1.5", "1,5", 0).replace(",1.5", ",-1", 1).replace(",1.5", ",?", 1))
        assert (codes(parsed), len(parsed.readings)) == ([(3, "negative_value"), (3, "not_a_number")], 46)

    @pytest.mark.parametrize(("stream", "code"), [
        pytest.param(E1.replace("NMI1", "NMI9"), "unknown_register", id="a stream without a register"),
        pytest.param(E1.replace("NMI1", "NMI3"), "other_kind", id="intervals for a counter"),
        pytest.param(E1.replace("kWh", "pf"), "unknown_unit", id="an unknown unit"),
        pytest.param(E1.replace("kWh", ""), "no_unit", id="no unit"),
        pytest.param(E1.replace("kWh", "kW"), "other_kind", id="a level for a register of use"),
        pytest.param(E1.replace(",30,", ",7,"), "unknown_interval_length", id="seven minutes"),
        pytest.param("200,NMI1", "unknown_register", id="a short record 200"),
    ])  # fmt: skip
    def test_a_stream_is_refused_a_day_a_verdict(self, stream: str, code: str) -> None:
        parsed = got(stream, day(), day("20260402"), "200,NMI2,E1,1,E1,N1,SERIAL,kWh,30,", day("20260403"))
        assert codes(parsed) == [(3, code), (4, code)]
        assert [key.register for key in parsed.series] == ["other"]

    def test_a_unit_may_be_told(self) -> None:
        parsed = got(E1.replace("kWh", ""), day(value="1500"), options=IngestOptions(unit="Wh"))
        assert total(parsed) == Decimal(72)

    def test_a_day_before_any_stream(self) -> None:
        assert codes(got(day(), E1, day())) == [(2, "misplaced_record")]

    @pytest.mark.parametrize(("raw", "expected"), [
        pytest.param(file(HEAD, E1, day()), "no record 900", id="cut off"),
        pytest.param(file(HEAD, E1, day(), HEAD, E1, day("20260402"), END), "900 is missing before line 4", id="a 900 in the middle is missing"),
        pytest.param(file(HEAD, E1, END, day()), "line 4 stands outside", id="a day behind the end"),
        pytest.param(file("100,NEM13,x"), "no NEM12", id="accumulated reads"),
    ])  # fmt: skip
    def test_a_file_that_is_not_whole(self, raw: bytes, expected: str) -> None:
        with pytest.raises(UnreadableFile, match=expected):
            read(raw, KNOWN, FREE)


class TestTwoPoints:
    """Streams are registers of their own and are never added up."""

    both = (E1, day(value="1"), E1.replace("NMI1", "NMI2"), day(value="2"))

    def test_each_has_its_register(self) -> None:
        parsed = got(*self.both)
        assert [key.register for key in parsed.series] == ["e1", "other"]
        assert total(parsed) == 48 * 1 + 48 * 2

    def test_one_register_for_both_is_refused(self) -> None:
        with pytest.raises(UnreadableFile, match="several streams") as refusal:
            got(*self.both, options=IngestOptions(register="e1"))
        assert refusal.value.members["found"] == ["NMI1/E1", "NMI2/E1"]

    def test_one_stream_may_have_its_register_told(self) -> None:
        assert total(got(E1.replace("NMI1", "NMI9"), day(), options=IngestOptions(register="e1"))) == Decimal(72)


@pytest.mark.parametrize("raw", [
    file(HEAD, E1, day(), END, end="\n"),
    b"\xef\xbb\xbf" + file(HEAD, E1, day(), END),
    file(HEAD, E1, day(), "500,O,,20260401000000,018744.251", END),
    file(HEAD, E1, day(), "", END, HEAD, END),
    file(HEAD, E1, day(), END).rstrip(),
])  # fmt: skip
def test_line_ends_marks_and_index_reads_change_nothing(raw: bytes) -> None:
    assert ingest.detect_format(raw) == "nem12"
    parsed = read(raw, KNOWN, FREE)
    assert (total(parsed), codes(parsed)) == (Decimal(72), [])


POINTS: Mapping[str, str] = {"NMI1/E1": "e1", "NMI2/E1": "other"}
DAYS = st.tuples(
    st.sampled_from(sorted(POINTS)), st.integers(0, 5), st.integers(0, 9), st.integers(0, 10**6), st.booleans()
)


@given(st.lists(DAYS, max_size=12), st.sampled_from([(5, 288), (15, 96), (30, 48)]))
def test_every_interval_is_a_reading_or_a_repeat_or_has_a_verdict(
    sent: list[tuple[str, int, int, int, bool]], grid: tuple[int, int]
) -> None:
    """The total is that of the latest update of each day; rows add up to all that were sent.

    A stamp is unique to a (day, number, value), so that equal stamps say the same and every other pair is decided.
    """
    minutes, count = grid
    lines = []
    newest: dict[tuple[str, int], tuple[str, Decimal | None]] = {}
    for point, number, stamp, thousandths, has_data in sent:
        nmi, suffix = point.split("/")
        on = (date(2026, 4, 1) + timedelta(days=number)).strftime("%Y%m%d")
        value = Decimal(thousandths).scaleb(-3)
        updated = f"2026{stamp:03}{thousandths % 10**6:06}{int(has_data)}"
        lines += [
            f"200,{nmi},E1,1,{suffix},N1,S,kWh,{minutes},",
            day(on, f"{value:f}", count, "A" if has_data else "N", updated),
        ]
        known = newest.get((point, number))
        if known is None or updated > known[0]:
            newest[point, number] = updated, value if has_data else None
    parsed = got(*lines)
    by_register: dict[str, Decimal] = defaultdict(Decimal)
    for reading in rows(parsed.readings):
        by_register[parsed.series[reading.series].register] += reading.value or 0
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for (point, _), (_, latest) in newest.items():
        if latest is not None:
            expected[POINTS[point]] += latest * count
    assert dict(by_register) == dict(expected)
    refused = len(parsed.verdicts)  # of a day each
    assert len(parsed.readings) + parsed.repeated + refused * count == len(sent) * count
