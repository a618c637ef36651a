"""What machines observe: MTConnect streams and SHDR logs, each of their traps, and what is damaged."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import ingest
from metering.fleet.meter import MachineState, Register
from metering.ingest import IngestOptions, RegisterLookup, UnreadableFile
from tests.build import rows
from tests.metering.ingest.test_formats import a_register, codes, targets, values

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
STATES = tuple(MachineState(code=str(code), name=name) for code, name in enumerate(("READY", "ACTIVE", "UNAVAILABLE")))
PARTS = a_register("parts", "cumulative", "part", "1", aliases=("L7/partcount",))
ENERGY = a_register("ee", "cumulative", "J", "1", aliases=("L7/ee",))
EXEC = a_register("exec", "state", "s", "1", aliases=("L7/exec",), states=STATES)
POWER = a_register("pw", "instantaneous", "kW", "0.001", aliases=("L7/pw",))
FAULTS = a_register("faults", "event", "each", "1", aliases=("L7/system", "L7/msg"), dimensions=("level",))
ALL = targets(PARTS, ENERGY, EXEC, POWER, FAULTS)


def read(raw: bytes, known: RegisterLookup = ALL, **options: Any) -> ingest.Parsed:
    return ingest.parse(raw, known, IngestOptions(**options))


def stamp(second: int) -> str:
    return (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def log(*lines: str) -> bytes:
    """Lines of which each has its second before its pairs: ``"5|L7:exec|READY"``."""
    return "".join(line + "\n" if line.startswith("*") else f"{stamp(int(line.partition('|')[0]))}|{line.partition('|')[2]}\n" for line in lines).encode()  # fmt: skip


def streams(*observations: str, version: str = "1.8", device: str = '<DeviceStream name="L7" uuid="u7">') -> bytes:
    """Observations, each in a component of its own; those of conditions are ``Normal`` and ``Fault``."""
    parts = "".join(
        f'<ComponentStream component="C" componentId="c"><{group}>{observation}</{group}></ComponentStream>'
        for observation in observations
        for group in ["Condition" if observation.startswith(("<Normal", "<Fault")) else "Events"]
    )
    return f'<?xml version="1.0"?><MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:{version}"><Header instanceId="1" nextSequence="9"/><Streams>{device}{parts}</DeviceStream></Streams></MTConnectStreams>'.encode()  # fmt: skip


def shown(kind: str, id_: str, value: str, second: int = 0, sequence: int = 1, more: str = "") -> str:
    return f'<{kind} dataItemId="{id_}" sequence="{sequence}" timestamp="{stamp(second)}" {more}>{value}</{kind}>'


class TestALine:
    @pytest.mark.parametrize(("line", "read_as"), [
        pytest.param("0|L7:partcount|5", ["5"], id="a pair"),
        pytest.param("0|L7:partcount|5|L7:exec|ACTIVE|L7:ee|7", ["5", "1", "7"], id="pairs of several registers"),
        pytest.param("0|L7/partcount|5", ["5"], id="a key with a slash is its own alias"),
        pytest.param("0|L7:system|FAULT|417|100|HIGH|Bar | feeder", ["1"], id="a condition ends its line, whatever its text"),
        pytest.param("0|L7:partcount|5|L7:system|NORMAL||||", ["5", "1"], id="a condition behind a pair"),
        pytest.param("0|L7:msg|OP12|Material fehlt", ["1"], id="a message"),
        pytest.param("0|L7:partcount|UNAVAILABLE|L7:ee|7|L7:exec|UNAVAILABLE", ["7", "2"], id="of six cells, and no condition"),
        pytest.param("0|L7:ee|1.5e3", ["1500"], id="an exponent is read exactly"),
        pytest.param("0|L7:partcount|5|@ASSET@|x", ["5"], id="what is asked for by nobody is counted"),
    ])  # fmt: skip
    def test_has_pairs_and_what_is_none(self, line: str, read_as: list[str]) -> None:
        parsed = read(log(line))
        by_line = sorted(rows(parsed.readings), key=lambda reading: reading.series)
        assert (sorted(f"{reading.value:f}" for reading in by_line), codes(parsed)) == (sorted(read_as), [])

    @pytest.mark.parametrize(("line", "code"), [
        pytest.param("0|L7:partcount", "no_value", id="a key without a value"),
        pytest.param("0|L7:partcount|five", "not_a_number", id="a word for a count"),
        pytest.param("0|L7:partcount|5.5", "finer_than_resolution", id="half a part"),
        pytest.param("0|L7:exec|DANCING", "unknown_state", id="a state that is not declared"),
        pytest.param("0|L7:pw|UNAVAILABLE", "unavailable", id="a level would go on"),
        pytest.param("0|L7:partcount|5|L7:ee", "no_value", id="a pair that lost its value is like a message, and no count"),
    ])  # fmt: skip
    def test_is_refused_with_its_number(self, line: str, code: str) -> None:
        assert codes(read(log("9|L7:ee|1", line))) == [(2, code)]

    @pytest.mark.parametrize(("text", "code"), [
        (b"2026-03-02T06:00:00|L7:ee|1\n", "no_offset"), (b"yesterday|L7:ee|1\n", "not_a_time"), (b"|L7:ee|1\n", "not_a_time"),
        (b"2026-03-02T06:00:00Z@100|L7:ee|1\n", "statistic"), (b"2026-03-02T06:00:00Z|L7:ee|1", "cut_off"),
    ])  # fmt: skip
    def test_says_when_in_utc_and_is_whole(self, text: bytes, code: str) -> None:
        assert codes(read(log("0|L7:partcount|1") + text)) == [(2, code)]

    def test_of_the_protocol_or_of_an_asset_is_no_observation(self) -> None:
        asset = b"2026-03-02T06:00:01Z|@ASSET@|T1|CuttingTool|--multiline--A\n<Tool>\n2026-03-02T06:00:01Z|L7:ee|9\n--multiline--A\n"
        parsed = read(b"* PING\n" + asset + log("2|L7:ee|5", "* PONG 10000"))
        assert (values(parsed), parsed.dialect["assets"], parsed.verdicts) == (["5"], "1", ())

    def test_without_a_register_is_counted_and_named(self) -> None:
        parsed = read(log("0|L7:ee|5|L9:partcount|1", "1|L9:partcount|2|L9:msg|A|text"))
        assert parsed.dialect["unmapped"] == "L9/msg (1), L9/partcount (2)"

    def test_a_log_of_which_nothing_is_a_registers_is_refused_by_what_it_has(self) -> None:
        with pytest.raises(UnreadableFile, match="aliases") as refusal:
            read(log("0|L9:ee|5"))
        assert refusal.value.members["found"] == ["L9/ee"]

    def test_a_register_told_is_that_of_the_only_item(self) -> None:
        assert values(read(log("0|L9:ee|5"), register="ee")) == ["5"]
        with pytest.raises(UnreadableFile, match="several data items"):
            read(log("0|L9:ee|5|L9:x|5"), register="ee")


class TestASession:
    LOG = log("* adapterVersion: 2.2.0", "0|L7:partcount|0", "9|L7:partcount|7", "* adapterVersion: 2.2.0", "20|L7:partcount|UNAVAILABLE",
              "21|L7:partcount|0", "29|L7:partcount|3")  # fmt: skip

    @pytest.mark.parametrize(
        ("told", "to_say"),
        [("partcount", ""), ("L7/partcount", ""), ("parts", ""), ("ee", "--session-reset partcount")],
    )
    def test_that_opens_at_zero_counts_anew_where_it_is_told(self, told: str, to_say: str) -> None:
        resets = read(self.LOG, session_resets=frozenset({told})).resets
        assert [(reset.line, reset.to_say) for reset in resets.values()] == [(2, to_say), (6, to_say)]

    @pytest.mark.parametrize("lines", [
        pytest.param(["0|L7:partcount|7", "9|L7:partcount|0"], id="a fall in no session"),
        pytest.param(["* adapterVersion: 1", "0|L7:partcount|7", "9|L7:partcount|0"], id="a fall within one"),
        pytest.param(["0|L7:partcount|7", "* adapterVersion: 1", "9|L7:partcount|2"], id="a session that does not open at 0"),
        pytest.param(["0|L7:partcount|7", "* PONG 10000", "9|L7:partcount|0"], id="another line of the protocol"),
    ])  # fmt: skip
    def test_is_never_guessed_from_a_fall(self, lines: list[str]) -> None:
        assert read(log(*lines), session_resets=frozenset({"partcount"})).resets == {}

    def test_a_trigger_says_so_by_itself(self) -> None:
        parsed = read(log("0|L7:partcount|7", "9|L7:partcount|0:SHIFT"))
        assert (values(parsed), [reset.to_say for reset in parsed.resets.values()]) == (["7", "0"], [""])


class TestOneInstant:
    def test_the_last_in_sequence_holds(self) -> None:
        """An agent groups by item, not by time; ACTIVE (2) came after READY (1)."""
        parsed = read(streams(shown("Execution", "exec", "ACTIVE", sequence=2), shown("Execution", "exec", "READY")))
        assert (values(parsed), parsed.repeated, parsed.verdicts) == (["1"], 1, ())

    def test_the_same_value_twice_repeats(self) -> None:
        parsed = read(log("0|L7:partcount|5", "0|L7:partcount|5"))
        assert (values(parsed), parsed.repeated) == (["5"], 1)

    @pytest.mark.parametrize(("register", "word", "code"), [
        pytest.param(a_register("pw", "instantaneous", "kW", aliases=("L7/pw",), between="linear"), "pw", "contradicts_line", id="a line would go elsewhere"),
        pytest.param(a_register("n", "event", "each", "1", aliases=("L7/n",)), "n", "several_events", id="events are not replaced"),
    ])  # fmt: skip
    def test_where_a_value_would_be_lost_it_is_refused(self, register: Register, word: str, code: str) -> None:
        assert codes(read(log(f"0|L7:{word}|1", f"0|L7:{word}|2"), targets(register))) == [(2, code)]

    def test_a_reset_at_the_instant_of_its_closing_read_is_refused(self) -> None:
        parsed = read(log("0|L7:partcount|7", "5|L7:partcount|8", "5|L7:partcount|0:DAY"))
        assert (values(parsed), codes(parsed)) == (["7", "8"], [(3, "contradicts_line")])


class TestAStream:
    @pytest.mark.parametrize("version", ["1.1", "1.8", "2.3"])
    def test_of_any_version_is_found_by_itself(self, version: str) -> None:
        raw = streams(shown("PartCount", "partcount", "5"), version=version)
        assert ingest.detect_format(raw) == "mtconnect"
        assert values(read(raw)) == ["5"]

    @pytest.mark.parametrize("name", ["L7/i1", "u7/i1", "L7/energy", "u7/energy"])
    def test_the_alias_is_the_device_and_the_item_by_id_or_name(self, name: str) -> None:
        raw = streams(shown("ElectricalEnergy", "i1", "7200000", more='name="energy"'))
        known = targets(a_register("kwh", "cumulative", "kWh", aliases=(name,)))
        assert values(read(raw, known)) == ["2"]  # 7,200,000 W·s of the norm are 2 kWh

    def test_two_items_of_one_name_are_not_one_register(self) -> None:
        raw = streams(*(shown("Wattage", id_, "5", more='name="power"') for id_ in ("i1", "i2")))
        with pytest.raises(UnreadableFile, match="several data items") as refusal:
            read(raw, targets(a_register("pw", "instantaneous", "W", aliases=("L7/power",))))
        assert refusal.value.members["found"] == ["L7/i1", "L7/i2"]

    def test_accumulated_time_is_machine_time_where_the_register_counts_that(self) -> None:
        for unit, seconds in (("machine_hour", "7200"), ("h", "7200")):
            known = targets(a_register("t", "cumulative", unit, aliases=("L7/t",)))
            assert values(read(streams(shown("AccumulatedTime", "t", seconds)), known)) == ["2"]

    def test_what_the_norm_measures_otherwise_is_refused(self) -> None:
        known = targets(a_register("m", "cumulative", "kg", aliases=("L7/e",)))
        assert codes(read(streams(shown("ElectricalEnergy", "e", "1")), known)) == [(1, "incompatible_unit")]

    def test_a_reset_is_what_it_says(self) -> None:
        raw = streams(
            shown("PartCount", "partcount", "7"), shown("PartCount", "partcount", "0", 9, 2, 'resetTriggered="DAY"')
        )
        assert [(reset.line, reset.to_say) for reset in read(raw).resets.values()] == [(2, "")]

    @pytest.mark.parametrize(("observation", "code"), [
        (shown("PartCount", "ee", '<Entry key="a">1</Entry>', more='count="1"'), "not_one_value"),
        (shown("WattageTimeSeries", "ee", "1 2 3", more='sampleCount="3"'), "not_one_value"),
        (shown("Wattage", "ee", "3", more='statistic="AVERAGE" duration="10"'), "statistic"),
        ('<Fault dataItemId="ee" sequence="1" timestamp="2026-03-02T06:00:00Z" type="SYSTEM"/>', "no_value"),
        (shown("PartCount", "ee", ""), "no_value"),
    ])  # fmt: skip
    def test_what_is_not_one_value_from_its_instant_on_is_refused(self, observation: str, code: str) -> None:
        assert codes(read(streams(observation))) == [(1, code)]

    def test_an_interval_register_takes_no_observation(self) -> None:
        known = targets(a_register("k", aliases=("L7/ee",)))
        assert codes(read(streams(shown("ElectricalEnergy", "ee", "1")), known)) == [(1, "other_kind")]

    def test_conditions_and_messages_are_events(self) -> None:
        fault = '<Fault dataItemId="system" sequence="1" timestamp="2026-03-02T06:00:00Z" type="SYSTEM">Bar</Fault>'
        parsed = read(
            streams(fault, shown("Message", "msg", "Bar", 1, more='nativeCode="OP12"')),
            targets(FAULTS.model_copy(update={"aliases": ("L7/system",)})),
        )
        assert [key.dimensions for key in parsed.series] == [(("level", "FAULT"),)]
        assert parsed.dialect["unmapped"] == "L7/msg (1)"

    @pytest.mark.parametrize(("raw", "shown_as"), [
        (b'<MTConnectError xmlns="urn:x"><Errors><Error errorCode="OUT_OF_RANGE">too far</Error></Errors></MTConnectError>', "OUT_OF_RANGE too far"),
        (b'<MTConnectDevices xmlns="urn:x"><Devices/></MTConnectDevices>', "MTConnectDevices"),
        (streams(), "none"),
    ])  # fmt: skip
    def test_another_document_or_an_empty_one_is_refused_by_name(self, raw: bytes, shown_as: str) -> None:
        with pytest.raises(UnreadableFile) as refusal:
            read(raw)
        assert refusal.value.members["found"] == shown_as

    def test_one_that_was_cut_off_is_refused_whole(self) -> None:
        raw = streams(*(shown("PartCount", "partcount", str(n), n, n) for n in range(1, 9)))
        for size in range(100, len(raw) - 1, 97):
            with pytest.raises(UnreadableFile):
                read(raw[:size], register=None)


SESSIONS = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=5)


def sessions_log(sessions: list[list[int]]) -> tuple[bytes, int]:
    """A log of sessions that each open at 0, rise by what is listed, and the parts that were made in all of them."""
    lines, second = [], 0
    for rises in sessions:
        lines.append("* adapterVersion: 2.2.0")
        count = 0
        for rise in (0, *rises):
            count, second = count + rise, second + 7
            lines.append(f"{second}|L7:partcount|{count}|L7:exec|ACTIVE")
    return log(*lines), sum(map(sum, sessions))


class TestWhateverSessions:
    @given(SESSIONS)
    def test_each_counts_from_zero(self, sessions: list[list[int]]) -> None:
        """The rises between reads, leaving out the one at each reset, are the parts that were made."""
        raw, made = sessions_log(sessions)
        parsed = read(raw, targets(PARTS), session_resets=frozenset({"partcount"}))
        reads = [(int(parsed.readings.start[at]), value) for at, value in enumerate(parsed.readings.value.to_pylist())]
        opened = {start for _, start in parsed.resets}
        rises = [after - before for (_, before), (start, after) in pairwise(reads) if start not in opened]
        assert (sum(rises), len(opened), parsed.verdicts) == (Decimal(made), len(sessions), ())

    @given(SESSIONS, st.data())
    def test_a_log_cut_anywhere_reads_nothing_that_the_whole_one_has_not(
        self, sessions: list[list[int]], data: st.DataObject
    ) -> None:
        raw, _ = sessions_log(sessions)
        first = raw.index(b"\n", raw.index(b"partcount")) + 1
        cut = raw[: data.draw(st.integers(first, len(raw)))]
        whole, part = ({(reading.start, reading.value) for reading in rows(read(text, targets(PARTS)).readings)} for text in (raw, cut))  # fmt: skip
        assert part <= whole
