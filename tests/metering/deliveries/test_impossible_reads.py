"""A read above the modulus, or reached at an impossible rate, is a verdict and does not poison what follows.

Hourly reads from 0 h of 5 January 2026 on unless their hours are said; the counter's modulus is 10,000, its resolution 0.1.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from api.server.embedded import EmbeddedServer
from metering.deliveries.falls import explain_falls
from metering.deliveries.impossible_reads import impossible_reads
from metering.fleet.meter import Register, RegisterKind
from metering.log.reading import Reading
from tests.billing.scene import Scene
from tests.build import fewer_examples
from tests.conftest import application_pool, world_copy
from tests.metering.deliveries.test_exchanges import Counter, agree, hour, of

EXPORTS = Path(__file__).parents[1] / "exports"
#: All ones of a counter whose modulus is 10,000.
ONES = "9999.9"


@pytest.fixture
def counter(server: EmbeddedServer, request: pytest.FixtureRequest) -> Iterator[Counter]:
    copied = world_copy(server, "a fleet and a contract", agree, request.node.nodeid)
    with copied as (access, _), application_pool(access) as database:
        yield Counter(Scene(access, database))


def a_counter(modulus: str | None = "10000", resolution: str = "0.1") -> Register:
    return Register(
        key="c",
        kind=RegisterKind.CUMULATIVE,
        unit="kWh",
        resolution=Decimal(resolution),
        modulus=None if modulus is None else Decimal(modulus),
    )


def reads(*values: str) -> list[Reading]:
    return [Reading(1, hour(at), hour(at), Decimal(value)) for at, value in enumerate(values)]


def value(read: Reading) -> Decimal:
    return read.value or Decimal(0)


def judged(*values: str, modulus: str | None = "10000", new: range | None = None) -> list[str]:
    """The impossible ones of hourly reads, all of them new unless their hours are said."""
    shown = reads(*values)
    starts = {read.start for read in shown} if new is None else {hour(at) for at in new}
    runs = impossible_reads(shown, starts, [], a_counter(modulus))
    return [f"{read.value}" for read in shown for run in runs if read.start in run.starts]


@pytest.mark.parametrize(("values", "modulus", "impossible"), [
    pytest.param(("100", "110", ONES, "120", "130"), "10000", [ONES], id="all ones would be a rollover"),
    pytest.param(("9600", "9610", ONES, "9620", "9630"), "10000", [ONES], id="all ones near them would refuse all that follow"),
    pytest.param(("100", "110", "4294967295", "120", "130"), None, ["4294967295"], id="without a modulus"),
    pytest.param(("100", "110", ONES, ONES, ONES, "140", "150", "160"), "10000", [ONES] * 3, id="three in a row"),
    pytest.param(("9600", "9610", "0", "9620", "9630"), "10000", ["0"], id="zeros near the modulus would be a rollover"),
    pytest.param(("9600", "9610", "0", "0", "9630", "9640"), "10000", ["0", "0"], id="two of them"),
    pytest.param(("100", "110", ONES, "120", ONES, "130", "140"), "10000", [ONES] * 2, id="twice"),
    pytest.param(("100", "100", "100", ONES, "100", "100"), "10000", [ONES], id="of a counter that stands still"),
    pytest.param(("100", ONES, "110"), "10000", [ONES], id="far beyond anything, of few reads"),
])  # fmt: skip
def test_a_read_that_its_neighbours_go_on_without_is_impossible(values: tuple[str, ...], modulus: str | None, impossible: list[str]) -> None:  # fmt: skip
    assert judged(*values, modulus=modulus) == impossible
    # and without it nothing falls and nothing rolls over
    rest = [read for read in reads(*values) if f"{read.value}" not in impossible]
    falls = explain_falls(rest, [read.start for read in rest], {}, None if modulus is None else Decimal(modulus))
    assert (falls.rollovers, falls.refused) == ({}, {})


@pytest.mark.parametrize("values", [
    pytest.param(("9970", "9980", "9990", "0", "10", "20"), id="a rollover"),
    pytest.param(("9970", "9980", "9990", "0", "2000", "4000", "6000", "8000", "9995", "5"), id="two of a fast counter"),
    pytest.param(("100", "200", "150", "210"), id="a slip of the pen: either may be wrong"),
    pytest.param(("0", "500", "0", "40"), id="a new device that nobody declared"),
    pytest.param(("100", "100", "100.3", "100", "100", "100"), id="within ten steps of its resolution"),
    pytest.param(("100", "100", "100", "500", "100"), id="it stood still, and one read only goes on"),
    pytest.param(("1000", "1010", "1020", "0", "10", "20"), id="a reset: nothing goes on from before"),
    pytest.param(("10", "20", "900", "910", "920", "930", "30", "40"), id="as many reads on as off"),
])  # fmt: skip
def test_what_may_be_right_is_left_to_the_rules_on_falls(values: tuple[str, ...]) -> None:
    assert judged(*values) == []


def test_what_nothing_new_stands_beside_is_not_judged_again() -> None:
    assert judged("100", "110", ONES, "120", "130", "140", new=range(5, 6)) == []


def test_reads_are_not_compared_across_an_exchange() -> None:
    shown = reads("100", "110", ONES, "120", "130")
    assert impossible_reads(shown, {read.start for read in shown}, [hour(2.5)], a_counter()) == []


@fewer_examples(3)
@given(
    st.integers(0, 9000),
    st.lists(st.integers(1, 9), min_size=8, max_size=40),
    st.lists(st.integers(1, 4), min_size=40, max_size=40),
    st.data(),
)
def test_no_read_of_an_honest_counter_is_impossible_and_an_inserted_one_always_is(
    begins: int, steps: list[int], hours: list[int], data: st.DataObject
) -> None:
    """… whether or not it rolls over, and however long it was not read."""
    values, at = [begins], [0]
    for step, waited in zip(steps, hours, strict=False):
        values.append(values[-1] + step * waited)
        at.append(at[-1] + waited)
    shown = [Reading(1, hour(when), hour(when), Decimal(value % 10000)) for when, value in zip(at, values, strict=True)]
    starts = {read.start for read in shown}
    assert impossible_reads(shown, starts, [], a_counter()) == []
    place = data.draw(st.integers(1, len(shown) - 1))
    before, after = shown[place - 1], shown[place]
    assume(value(before) <= value(after))
    middle = before.start + (after.start - before.start) / 2
    code = data.draw(st.sampled_from(["9999.9", "0"]))
    assume(code != "0" or value(before) >= 9000)
    assume(code == "0" or value(after) < 9800)
    inserted = Reading(1, middle, middle, Decimal(code))
    (run,) = impossible_reads([*shown[:place], inserted, *shown[place:]], {*starts, middle}, [], a_counter())
    assert run.starts == (middle,)


class TestAboveTheModulus:
    def test_is_a_verdict_and_what_follows_is_stored(self, counter: Counter) -> None:
        receipt = counter.delivers("0=100 1=110 2=10000 3=120 4=130")
        assert of(receipt) == (4, 0, 1)
        (verdict,) = receipt.verdicts
        assert (verdict.line, verdict.code, verdict.found) == (4, "above_modulus", "10000")
        assert verdict.expected == "below 10000, the modulus of hours"
        assert counter.used(0, 5) == "30"

    def test_is_refused_as_a_read_of_an_exchange_and_as_an_edit_too(self, counter: Counter) -> None:
        counter.delivers("0=100")
        with pytest.raises(Exception, match="cannot show 10000"):
            counter.exchanged(closing="10000", opening="0")
        with pytest.raises(Exception, match="below 10000"):
            counter.set(1, "10001")


class TestAtAnImpossibleRate:
    def test_is_a_verdict_and_what_follows_is_stored(self, counter: Counter) -> None:
        receipt = counter.delivers(f"0=100 1=110 2={ONES} 3=120 4=130")
        assert (of(receipt), counter.used(0, 5)) == ((4, 0, 1), "30")
        (verdict,) = receipt.verdicts
        assert (verdict.line, verdict.code, verdict.found) == (4, "impossible_rate", ONES)
        assert verdict.expected.startswith("between 110 before and 120 after it, or a declared exchange")
        # the same file again, and then what the counter showed
        again = counter.delivers(f"0=100 1=110 2={ONES} 3=120 4=130")
        assert of(again) == (0, 4, 1)
        assert of(counter.delivers("2=115")) == (1, 0, 0)
        assert counter.used(0, 2) == "15"

    @pytest.mark.parametrize("files", [
        pytest.param([f"-1=90 0=100 1=110 2={ONES}", "3=120 4=130"], id="last in its file"),
        pytest.param([f"-1=90 0=100 1=110 2={ONES}", "3=120", "4=130"], id="and the others come one by one"),
        pytest.param(["-1=90", "0=100", "1=110", f"2={ONES}", "3=120", "4=130"], id="all come one by one"),
        pytest.param(["-1=90 0=100 1=110", f"2={ONES} 3=120 4=130"], id="first in its file"),
        pytest.param(["3=120 4=130", f"-1=90 0=100 1=110 2={ONES}"], id="late"),
        pytest.param(["-1=90 0=100 1=110 3=120 4=130", f"2={ONES}"], id="late, alone"),
        pytest.param([f"-1=90 0=100 1=110 2={ONES}", "3=120 4=130", f"0=100 1=110 2={ONES}"], id="sent again"),
    ])  # fmt: skip
    def test_over_several_files_likewise(self, counter: Counter, files: list[str]) -> None:
        for file in files:
            counter.delivers(file)
        live = {at: value for at, value in counter.log().items() if value is not None}
        assert live == {-1: "90", 0: "100", 1: "110", 3: "120", 4: "130"}
        assert [counter.used(*edges) for edges in ((0, 5), (0, 2), (2, 5))] == ["30", "10", "20"]

    def test_the_receipt_says_what_was_withdrawn(self, counter: Counter) -> None:
        first = counter.delivers(f"-1=90 0=100 1=110 2={ONES}")
        receipt = counter.delivers("3=120 4=130")
        assert (receipt.stored, receipt.corrected, receipt.refused) == (3, 1, 0)
        assert first.withdrawn == ()
        (withdrawn,) = receipt.withdrawn
        assert (withdrawn.register_key, withdrawn.value) == ("hours", ONES)
        assert withdrawn.at == hour(2).isoformat()

    def test_zeros_near_the_modulus_are_no_rollover_when_the_next_file_goes_on(self, counter: Counter) -> None:
        counter.delivers("-1=9590 0=9600 1=9610 2=0")
        assert counter.used(0, 3) == "400"  # as long as nothing else is known
        counter.delivers("3=9620 4=9630")
        assert counter.used(0, 5) == "30"

    def test_what_a_person_has_verified_is_not_withdrawn(self, counter: Counter) -> None:
        counter.delivers(f"0=100 1=110 2={ONES}")
        counter.verified(2, 3)
        receipt = counter.delivers("3=1120 4=1130")
        assert (receipt.stored, [verdict.code for verdict in receipt.verdicts]) == (0, ["falling_register"] * 2)


def test_a_logger_that_answers_all_ones_comes_to_what_somebody_else_computed() -> None:
    """Export 20: one poll of all ones, and one true rollover at 2^32."""
    rows = (EXPORTS / "files/20-modbus-logger-uint32.csv").read_text().splitlines()[2:]
    expected = json.loads((EXPORTS / "expected/20-modbus-logger-uint32.json").read_text())["registers"][0]
    cells = [row.split(",")[:2] for row in rows]
    shown = [Reading(1, at, at, Decimal(value) / 10) for epoch, value in cells if value for at in [hour(0) + timedelta(milliseconds=int(epoch))]]  # fmt: skip
    modulus = Decimal(2**32) / 10
    runs = impossible_reads(shown, {read.start for read in shown}, [], a_counter(str(modulus)))
    assert [len(run.starts) for run in runs] == [1]
    rest = [read for read in shown if read.start not in runs[0].starts]
    falls = explain_falls(rest, {read.start for read in rest}, {}, modulus)
    assert (len(rest), len(falls.rollovers), falls.refused) == (expected["rows"], expected["rollovers"], {})
    assert value(rest[-1]) - value(rest[0]) + modulus == Decimal(expected["total"])
    assert sum(value(one) > value(other) for one, other in pairwise(rest)) == expected["falls"]
