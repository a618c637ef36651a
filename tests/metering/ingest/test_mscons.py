"""MSCONS: each trap of the format, files that are damaged, exchanges of devices, and a property over generated files."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import ingest
from metering.ingest import IngestOptions, StatedExchange, UnreadableFile
from metering.log.reading import Quality
from tests.build import rows
from tests.metering.ingest.test_formats import a_register, codes, read, targets, values

KNOWN = targets(
    a_register("use", minutes=None, aliases=("DE1/1-1:1.29.0",)),
    a_register("fed", minutes=None, aliases=("DE1/1-1:2.29.0",)),
    a_register("other", minutes=None, aliases=("DE2/1-1:1.29.0",)),
    a_register("counter", "cumulative", aliases=("DE1/1-0:1.8.0",)),
    a_register("peak", "instantaneous", unit="kW", aliases=("DE1/1-1:1.6.0",)),
)
FREE = IngestOptions()
KWH = IngestOptions(unit="kWh")
UNB, PLACE = "UNB+UNOC:3+S:500+R:500+260401:0412+REF", "LOC+172+DE1"
USE, COUNTER = ["LIN+1", "PIA+5+1-1?:1.29.0:SRW"], ["LIN+1", "PIA+5+1-0?:1.8.0:SRW"]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def time(code: str, at: datetime = NOON, form: str = "303") -> str:
    return f"DTM+{code}:{at:%Y%m%d%H%M}{'?+00' if form == '303' else ''}:{form}"


def quarter(value: str = "1.5", code: str = "220", unit: str = ":KWH", at: datetime = NOON) -> list[str]:
    return [f"QTY+{code}:{value}{unit}", time("163", at), time("164", at + timedelta(minutes=15))]


def a_read(value: str, at: datetime = NOON, unit: str = ":KWH", code: str = "9") -> list[str]:
    return [f"QTY+220:{value}{unit}", time(code, at)]


def message(*segments: str, reference: str = "1", function: str = "9", count: int | None = None) -> list[str]:
    body = [f"UNH+{reference}+MSCONS:D:04B:UN:2.4c", f"BGM+7+DOC-1+{function}", *segments]
    return [*body, f"UNT+{len(body) + 1 if count is None else count}+{reference}"]


def interchange(*messages: list[str], una: str = "UNA:+.? ", end: str = "'", count: int | None = None) -> bytes:
    segments = [UNB, *(segment for body in messages for segment in body)]
    segments.append(f"UNZ+{len(messages) if count is None else count}+REF")
    return (f"{una}{end[0]}" if una else "").encode() + "".join(segment + end for segment in segments).encode()


def got(*segments: str, options: IngestOptions = FREE) -> ingest.Parsed:
    return read(interchange(message(PLACE, *segments)), KNOWN, options)


def test_a_value_is_for_the_interval_of_its_begin_and_end() -> None:
    (reading,) = rows(got(*USE, *quarter()).readings)
    assert (reading.start, reading.end, reading.value) == (NOON, NOON + timedelta(minutes=15), Decimal("1.5"))
    assert reading.line == 8, "its QTY among the segments, the service string included"


@pytest.mark.parametrize("raw", [
    pytest.param(interchange(message(PLACE, *USE, *quarter())), id="one line"),
    pytest.param(interchange(message(PLACE, *USE, *quarter()), end="'\r\n"), id="a segment a line"),
    pytest.param(interchange(message(PLACE, *USE, *quarter()), una=""), id="no service string"),
    pytest.param(interchange(message(PLACE, *USE, *quarter())).replace(b"UNA:+.? '", b"UNA*+.? '").replace(b":", b"*").replace(b"?*", b":"), id="another mark of components"),
    pytest.param(interchange(message(PLACE, *USE, *quarter("1,5")), una="UNA:+,? "), id="a decimal comma that UNA states"),
    pytest.param(interchange(message("CTA+IC+:Me?'ss?+stelle??", PLACE, *USE, *quarter())), id="released marks in a name"),
    pytest.param(b"\r\n" + interchange(message(PLACE, *USE, *quarter())), id="a blank line before it"),
])  # fmt: skip
def test_marks_and_line_ends_change_nothing(raw: bytes) -> None:
    assert ingest.detect_format(raw) == "mscons"
    parsed = read(raw, KNOWN, FREE)
    assert (values(parsed), codes(parsed)) == (["1.5"], [])


@pytest.mark.parametrize(("stated", "instant"), [
    ("202603011200?+00", NOON), ("202603011300?+01", NOON), ("202603010630-0530", NOON),
])  # fmt: skip
def test_a_time_states_its_offset(stated: str, instant: datetime) -> None:
    (reading,) = rows(got(*COUNTER, "QTY+220:5:KWH", f"DTM+9:{stated}:303").readings)
    assert reading.start == instant


def test_a_read_counts_from_when_it_is_used() -> None:
    """DTM+7, the instant of use, goes before DTM+9, when it was read."""
    used = NOON - timedelta(hours=12)
    (reading,) = rows(got(*COUNTER, *a_read("5"), time("7", used)).readings)
    assert reading.start == reading.end == used


@pytest.mark.parametrize(("code", "extra", "quality"), [
    ("220", [], Quality.VALID), ("67", [], Quality.ESTIMATED_REFERENCE_DAY),
    ("67", ["STS+Z32++Z92"], Quality.ESTIMATED_INTERPOLATION), ("187", [], Quality.PROJECTED),
    ("201", [], Quality.PROJECTED), ("Z18", [], Quality.QUESTIONABLE), ("79", [], Quality.DERIVED),
])  # fmt: skip
def test_qualities(code: str, extra: list[str], quality: Quality) -> None:
    (reading,) = rows(got(*USE, *quarter(code=code), *extra).readings)
    assert reading.quality is quality


@pytest.mark.parametrize(("unit", "value"), [(":KWH", "1.5"), (":MWH", "0.0015"), (":WHR", "1500")])
def test_units(unit: str, value: str) -> None:
    assert values(got(*USE, *quarter(value, unit=unit))) == ["1.5"]


def test_a_unit_that_is_not_written_is_asked_for() -> None:
    asked = got(*USE, *quarter(unit=""))
    assert (codes(asked), asked.verdicts[0].expected[-10:]) == ([(8, "no_unit")], "--unit kWh")
    assert values(got(*USE, *quarter(unit=""), options=KWH)) == ["1.5"]


def test_a_time_without_an_offset_is_asked_for() -> None:
    """Form 203 states none; told to be local, 12:00 in Berlin in winter is 11:00 in UTC."""
    segments = [*COUNTER, "QTY+220:5:KWH", time("9", form="203")]
    asked = got(*segments)
    assert codes(asked) == [(8, "no_zone")]
    assert asked.verdicts[0].expected.endswith("--time-format %Y%m%d%H%M")
    (reading,) = rows(got(*segments, options=IngestOptions(time_format="%Y%m%d%H%M")).readings)
    assert reading.start == NOON - timedelta(hours=1)


class TestWhatIsRefused:
    """Nothing is lost: a value that is no reading has a verdict with its segment, and the others are read."""

    @pytest.mark.parametrize(("segments", "code"), [
        pytest.param(quarter(code="20"), "no_data", id="not usable"),
        pytest.param(quarter(code="Z30"), "no_data", id="missing"),
        pytest.param(quarter(code="999"), "unknown_quality", id="an unknown quality"),
        pytest.param(quarter(unit=":XYZ"), "unknown_unit", id="an unknown unit"),
        pytest.param(quarter(unit=":MTQ"), "incompatible_unit", id="a unit of something else"),
        pytest.param(quarter(unit=":KWT"), "other_kind", id="a level for a register of use"),
        pytest.param(a_read("1"), "other_kind", id="a read for a register of use"),
        pytest.param(["QTY+220:1:KWH"], "no_time", id="no time"),
        pytest.param(["QTY+220:1:KWH", time("163")], "no_time", id="no end"),
        pytest.param(["QTY+220:1:KWH", "DTM+163:202603011200+00:303", time("164")], "not_a_time", id="a plus that is not released"),
        pytest.param(["QTY+220:1:KWH", "DTM+163:202613011200?+00:303", time("164")], "not_a_time", id="no such month"),
        pytest.param(["QTY+220:1:KWH", "DTM+163:000101011200?+00:303", time("164")], "implausible_instant", id="the year 1"),
        pytest.param(quarter("1,5"), "not_a_number", id="a comma where UNA states a point"),
        pytest.param(quarter("-1"), "negative_value", id="below zero"),
        pytest.param(["QTX+220:1:KWH"], "unknown_segment", id="an unknown segment"),
    ])  # fmt: skip
    def test_a_value(self, segments: list[str], code: str) -> None:
        parsed = got(*USE, *segments, *quarter("2", at=NOON + timedelta(hours=1)))
        assert (codes(parsed), values(parsed)) == ([(8, code)], ["2"])

    @pytest.mark.parametrize(("position", "code"), [
        pytest.param(["LIN+1", "PIA+5+1-1:1.29.0:SRW"], "not_an_obis", id="a colon that is not released"),
        pytest.param(["LIN+1", "PIA+5+energy:SRW"], "not_an_obis", id="no OBIS number"),
        pytest.param(["LIN+1", "PIA+5+1-1?:9.29.0:SRW"], "unknown_register", id="a register that nobody declared"),
        pytest.param(["LIN+1"], "unnamed_register", id="no PIA"),
        pytest.param(["LOC+107+DE1", *USE], "unnamed_register", id="no metering location"),
    ])  # fmt: skip
    def test_a_position_has_one_verdict(self, position: list[str], code: str) -> None:
        parsed = got(*position, *quarter(), *quarter(at=NOON + timedelta(hours=1)), PLACE, *USE, *quarter("2"))
        line = 6 + position.index("LIN+1")
        assert (codes(parsed), values(parsed)) == ([(line, code)], ["2"])

    def test_a_cancellation(self) -> None:
        raw = interchange(message(PLACE, *USE, *quarter(), function="1"))
        assert codes(read(raw, KNOWN, FREE)) == [(6, "no_original")]

    def test_a_value_before_any_position(self) -> None:
        assert codes(got(*quarter(), *USE, *quarter("2"))) == [(6, "misplaced_segment")]

    body = (PLACE, *USE, *quarter())

    @pytest.mark.parametrize(("raw", "expected"), [
        pytest.param(interchange(message(*body, count=8)), "is not whole", id="UNT counts other segments"),
        pytest.param(interchange(message(*body)).replace(b"UNT+9+1", b"UNT+9+2"), "is not whole", id="UNT of another message"),
        pytest.param(interchange(message(*body), count=2), "interchange is not whole", id="UNZ counts other messages"),
        pytest.param(interchange(message(*body)).replace(b"UNZ+1+REF", b"UNZ+1+REX"), "interchange is not whole", id="UNZ of another interchange"),
        pytest.param(interchange(message(*body)).replace(b"UNZ+1+REF'", b""), "no UNZ", id="cut off"),
        pytest.param(interchange(message(*body)).replace(b"UNT+9+1'", b""), "interchange is not whole", id="a message without UNT"),
        pytest.param(interchange(message(*body))[:-1], "within a segment", id="cut off in a segment"),
        pytest.param(interchange(message("CTA+IC+:O'Brien", *body)), "is not whole", id="an apostrophe that is not released"),
        pytest.param(interchange(message(*body)).replace(b"MSCONS", b"UTILMD"), "UTILMD", id="another message"),
        pytest.param(interchange(message(*body)) + b"LIN+1'", "outside of a message", id="behind the end"),
        pytest.param(b"UNA::.? 'UNB+'", "service string", id="one mark for two purposes"),
        pytest.param(b"UNB+" + b"x" * 70_000, "more than 65536", id="no end of a segment"),
        pytest.param(interchange(message(*body)) * 2, "outside of a message|second UNB", id="two interchanges"),
    ])  # fmt: skip
    def test_a_file_that_is_not_whole(self, raw: bytes, expected: str) -> None:
        with pytest.raises(UnreadableFile, match=expected):
            read(raw, KNOWN, FREE)


class TestTwoLocations:
    """The same OBIS number of two locations is two registers."""

    both = (PLACE, *USE, *quarter("1"), "LOC+172+DE2", *USE, *quarter("2"))

    def test_each_has_its_register(self) -> None:
        parsed = read(interchange(message(*self.both)), KNOWN, FREE)
        assert ([key.register for key in parsed.series], values(parsed)) == (["use", "other"], ["1", "2"])

    def test_one_register_for_both_is_refused(self) -> None:
        with pytest.raises(UnreadableFile, match="several registers") as refusal:
            read(interchange(message(*self.both)), KNOWN, IngestOptions(register="use"))
        assert refusal.value.members["found"] == ["DE1/1-1:1.29.0", "DE2/1-1:1.29.0"]


class TestAnExchange:
    """From the read of another device (RFF+MG) on the figures begin anew; both reads are of the exchange."""

    old, new = "RFF+MG:OLD", "RFF+MG:NEW"

    def of_devices(self, *segments: str) -> ingest.Parsed:
        return got(*segments, options=FREE)

    def test_at_one_instant(self) -> None:
        later = NOON + timedelta(days=1)
        parsed = self.of_devices(
            self.new, *COUNTER, *a_read("0"), *a_read("3", later),
            PLACE, self.old, *COUNTER, *a_read("90", NOON - timedelta(days=1)), *a_read("95"),
        )  # fmt: skip
        assert (values(parsed), codes(parsed)) == (["90", "95", "3"], [])
        assert parsed.exchanges == (
            StatedExchange(
                line=9, register="counter", closed_at=NOON, closing=Decimal(95), opened_at=NOON, opening=Decimal(0), serial="NEW"
            ),
        )  # fmt: skip

    def test_the_same_device_is_none(self) -> None:
        parsed = self.of_devices(self.old, *COUNTER, *a_read("90"), PLACE, self.old, *COUNTER, *a_read("90"))
        assert (values(parsed), parsed.repeated, parsed.exchanges) == (["90"], 1, ())

    def test_devices_that_count_at_once_are_refused(self) -> None:
        day = timedelta(days=1)
        parsed = self.of_devices(
            self.old, *COUNTER, *a_read("90"), *a_read("95", NOON + 2 * day),
            PLACE, self.new, *COUNTER, *a_read("1", NOON + day),
        )  # fmt: skip
        assert (values(parsed), codes(parsed)) == (["90", "95"], [(17, "two_devices")])


NUMBERS = st.tuples(
    st.sampled_from(["1-1:1.29.0", "1-1:2.29.0"]), st.integers(0, 30), st.integers(0, 10**6), st.booleans()
)


@given(st.lists(NUMBERS, max_size=30), st.booleans())
def test_every_value_is_a_reading_or_a_repeat_or_has_a_verdict(
    sent: list[tuple[str, int, int, bool]],
    comma: bool,  # noqa: FBT001 generated
) -> None:
    """The total is that of the first value of each quarter with a value; readings, repeats and verdicts are all values."""
    names = {"1-1:1.29.0": "use", "1-1:2.29.0": "fed"}
    segments = [PLACE]
    first: dict[tuple[str, int], Decimal] = {}
    for obis, number, thousandths, has_data in sent:
        value = Decimal(thousandths).scaleb(-3)
        text = f"{value:f}".replace(".", "," if comma else ".")
        segments += ["LIN+1", f"PIA+5+{obis.replace(':', '?:')}:SRW"]
        segments += quarter(text, "220" if has_data else "Z30", at=NOON + number * timedelta(minutes=15))
        if has_data:
            first.setdefault((obis, number), value)
    parsed = read(interchange(message(*segments), una="UNA:+,? " if comma else "UNA:+.? "), KNOWN, FREE)
    by_register: dict[str, Decimal] = defaultdict(Decimal)
    for reading in rows(parsed.readings):
        by_register[parsed.series[reading.series].register] += reading.value or 0
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for (obis, _), value in first.items():
        expected[names[obis]] += value
    assert dict(by_register) == dict(expected)
    assert len(parsed.readings) + parsed.repeated + len(parsed.verdicts) == len(sent)
