"""What machines send, MTConnect streams and SHDR logs, comes to what somebody else computed of it.

``expected/`` counts states from the first observation to the last own one; the last state is open, and here it goes on to
the end of the last local day. A value that another one replaces at its own instant is a row there, and no reading here.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from api.access.roles import Role
from api.server.database import Access
from metering import ingest
from metering.fleet.meter import Register
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister
from metering.log.columns import instant_of
from quantities.period import zone
from tests.metering.exports import scene
from tests.scenarios.world import World

DAY, LAST = {"21": "2026-03-03", "22": "2026-03-02"}, {"21": "2026-03-03", "22": "2026-03-02"}
#: Files, by their number, with the days that they are of.
STEMS = {"21": "21-mtconnect-streams", "22": "22-mtconnect-shdr-adapter"}
RAW = {number: scene.path_of(stem).read_bytes() for number, stem in STEMS.items()}
EXPECTED = {number: list(scene.expected(stem).values()) for number, stem in STEMS.items()}
UNITS = {"pieces": "part", "W·s": "J", "s": "machine_second"}
RESOLUTIONS = {"kWh": "0.1"}


def alias(key: str) -> str:
    """``Execution pth_exec`` is of the only device of its file; ``LATHE7:exec`` names its own."""
    return key if ":" in key else f"MILL-3/{key.rsplit(maxsplit=1)[-1]}"


def declared(expected: dict[str, Any]) -> Register:
    """The register that a person who knows the machine declares for what a file says of it."""
    kind = {"counter": "cumulative", "level": "instantaneous"}.get(expected["kind"], expected["kind"])
    names = [*expected.get("seconds_by_state", {}), *expected.get("open_state", [])[:1], "UNAVAILABLE"]
    states = [{"code": str(code), "name": name} for code, name in enumerate(dict.fromkeys(names), start=1)]
    unit = {"state": "s", "event": "each"}.get(kind) or UNITS.get(expected["unit"], expected["unit"])
    return Register.model_validate(
        {"key": alias(expected["key"]).replace("/", ".").replace(":", "."), "kind": kind, "unit": unit}
        | {"resolution": RESOLUTIONS.get(unit, "1"), "aliases": [alias(expected["key"])]}
        | ({"states": states} if kind == "state" else {})
        | ({"holds_minutes": "10"} if kind == "instantaneous" else {})
    )


CASES = [
    pytest.param(number, register, id=f"{number} {register['key']}")
    for number, registers in EXPECTED.items()
    for register in registers
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(("number", "expected"), CASES)
def test_every_observation_of_a_register_is_a_reading_or_gives_way_at_its_own_instant(
    number: str, expected: dict[str, Any]
) -> None:
    register = declared(expected)
    target = TargetRegister(register, zone(expected["zone"]))
    lookup = RegisterLookup(dict.fromkeys((register.key, *register.aliases), target))
    parsed = ingest.parse(RAW[number], lookup, IngestOptions(session_resets=frozenset({"partcount"})))
    unavailable = {state.code for state in register.states if state.name == "UNAVAILABLE"}
    values = parsed.readings.value.to_pylist()
    shown = [at for at, value in enumerate(values) if value not in unavailable or register.kind != "state"]
    assert not parsed.verdicts
    # expected counts no UNAVAILABLE among the rows, whose time it has nevertheless
    assert len(shown) + parsed.repeated == expected["rows"]
    starts = parsed.readings.start
    assert instant_of(starts[shown[0]]) == utc(expected["first"])
    assert instant_of(starts[shown[-1]]) == utc(expected["last"])
    if "first_value" in expected:
        assert (values[0], values[-1]) == (Decimal(expected["first_value"]), Decimal(expected["last_value"]))


@pytest.fixture
def world(access: Access) -> Iterator[World]:
    """Both sites, with a register for everything that their machines send."""
    sites = [
        {
            "name": number,
            "zone": EXPECTED[number][0]["zone"],
            "assets": [{"name": number, "meters": [{"name": number, "registers": [declared(register).model_dump(mode="json", exclude_none=True) for register in EXPECTED[number]]}]}],
        }
        for number in STEMS
    ]  # fmt: skip
    world = World(access)
    world.now = datetime(2026, 4, 1, 8, tzinfo=UTC)
    with world.client:
        world.key("maker", Role.OWNER)
        world.done("maker", "PUT", "/v1/fleet", content=json.dumps({"sites": sites}))
        yield world


def counted(world: World, number: str, key: str, aggregation: str = "sum") -> Any:
    days = {"from": DAY[number], "to": LAST[number], "every": "whole", "aggregation": aggregation}
    (row,) = world.done("maker", "GET", f"/v1/registers/{key}/usage", params=days)
    return row


def lasted(world: World, number: str, key: str) -> tuple[dict[str, Decimal], datetime]:
    days = {"from": DAY[number], "to": LAST[number], "every": "whole"}
    (part,) = world.done("maker", "GET", f"/v1/registers/{key}/states", params=days)
    return {state["state"]: Decimal(state["lasted"]) for state in part["states"]}, utc(part["period_to"])


@pytest.mark.parametrize("number", STEMS)
def test_a_file_comes_to_what_somebody_else_computed(world: World, number: str) -> None:
    receipt = world.done("maker", "POST", "/v1/readings", params={"session_reset": "partcount"}, content=RAW[number])
    assert receipt["refused"] == 0
    for expected in EXPECTED[number]:
        register = declared(expected)
        if expected["kind"] == "counter":
            assert Decimal(counted(world, number, register.key)["quantity"]) == Decimal(expected["total"]), register.key
        elif expected["kind"] == "event":
            assert Decimal(counted(world, number, register.key)["quantity"]) == expected["rows"], register.key
        elif expected["kind"] == "state":
            by_state, end = lasted(world, number, register.key)
            wanted = {state: Decimal(seconds) for state, seconds in expected["seconds_by_state"].items()}
            state, since = expected["open_state"]
            open_for = Decimal((end - utc(since)) // (utc(since).resolution)) / 1_000_000
            wanted[state] = wanted.get(state, Decimal(0)) + open_for
            assert by_state == wanted, register.key
    # the same file again changes nothing, and its resets are known
    again = world.done("maker", "POST", "/v1/readings", params={"session_reset": "partcount"}, content=RAW[number])
    assert (again["stored"], again["refused"], again["resets"]) == (0, 0, [])


def test_a_reset_that_the_file_states_is_in_the_receipt(world: World) -> None:
    """ "PartCount goes to 0 with resetTriggered="SHIFT" after 13:00 UTC": 348 were counted, and 25 more after it."""
    (reset,) = world.done("maker", "POST", "/v1/readings", content=RAW["21"])["resets"]
    assert reset == {"register_key": "MILL-3.pth_pc", "at": "2026-03-03T13:00:11.519000+00:00", "closing": "348", "opening": "0"}  # fmt: skip


class TestASession:
    """ "Whether partcount 0 after the reconnect means «since power-on»" is told, or asked."""

    RESETS: ClassVar = [
        {"register_key": "LATHE7.partcount", "at": "2026-03-02T11:26:31+00:00", "closing": "120", "opening": "0"},
        {"register_key": "LATHE8.partcount", "at": "2026-03-02T11:26:31+00:00", "closing": "76", "opening": "0"},
    ]

    def test_that_counts_anew_is_a_reset(self, world: World) -> None:
        receipt = world.done("maker", "POST", "/v1/readings", params={"session_reset": "partcount"}, content=RAW["22"])
        assert receipt["resets"] == self.RESETS

    def test_of_which_nothing_is_told_is_refused_with_what_to_type(self, world: World) -> None:
        receipt = world.done("maker", "POST", "/v1/readings", content=RAW["22"])
        first = receipt["verdicts"][0]
        assert (first["code"], first["found"], receipt["resets"]) == ("falling_register", "0", [])
        assert first["expected"] == "at least 120, a declared exchange, --session-reset partcount if each session counts anew, or a rollover near the modulus"  # fmt: skip
        # what was counted before it stands: 120 and 76 parts
        assert [counted(world, "22", f"LATHE{n}.partcount")["quantity"] for n in (7, 8)] == ["120", "76"]
        # told so, the same file is read whole
        again = world.done(
            "maker", "POST", "/v1/readings", params={"session_reset": "LATHE7/partcount"}, content=RAW["22"]
        )
        assert again["resets"] == self.RESETS[:1]
        assert [counted(world, "22", f"LATHE{n}.partcount")["quantity"] for n in (7, 8)] == ["180", "76"]

    def test_is_corrected_by_a_person_and_the_file_does_not_undo_it(self, world: World) -> None:
        """Two parts more were made before power went: 122 + 60 = 182."""
        asked = {"params": {"session_reset": "partcount"}, "content": RAW["22"]}
        world.done("maker", "POST", "/v1/readings", **asked)
        reset = {"at": "2026-03-02T11:26:31Z", "closing": "122", "opening": "0", "reason": "read at the machine"}
        world.done("maker", "POST", "/v1/registers/LATHE7.partcount/resets", json=reset)
        assert counted(world, "22", "LATHE7.partcount")["quantity"] == "182"
        assert world.done("maker", "POST", "/v1/readings", **asked)["stored"] == 0
        assert counted(world, "22", "LATHE7.partcount")["quantity"] == "182"

    def test_that_comes_as_a_file_of_its_own_closes_at_what_is_stored(self, world: World) -> None:
        """The log cut at the second session: its counters close at the last read of the first file."""
        at = RAW["22"].index(b"* adapterVersion", 1)
        asked = {"params": {"session_reset": "partcount"}}
        assert world.done("maker", "POST", "/v1/readings", content=RAW["22"][:at], **asked)["resets"] == []
        assert world.done("maker", "POST", "/v1/readings", content=RAW["22"][at:], **asked)["resets"] == self.RESETS
        assert counted(world, "22", "LATHE7.partcount")["quantity"] == "180"

    def test_that_came_before_the_one_before_it_is_one_when_both_come(self, world: World) -> None:
        """The second session alone opens nothing; the whole log then finds what closed before it."""
        at = RAW["22"].index(b"* adapterVersion", 1)
        asked = {"params": {"session_reset": "partcount"}}
        assert world.done("maker", "POST", "/v1/readings", content=RAW["22"][at:], **asked)["resets"] == []
        whole = world.done("maker", "POST", "/v1/readings", content=RAW["22"], **asked)
        assert (whole["refused"], whole["resets"]) == (0, self.RESETS)
        assert counted(world, "22", "LATHE7.partcount")["quantity"] == "180"
        assert world.done("maker", "POST", "/v1/readings", content=RAW["22"], **asked)["stored"] == 0

    def test_is_answered_again_by_the_key_of_its_request(self, world: World) -> None:
        asked = {"params": {"session_reset": "partcount"}, "content": RAW["22"], "headers": {"Idempotency-Key": "a"}}
        first, again = (world.done("maker", "POST", "/v1/readings", **asked) for _ in range(2))
        assert again["repeated"]
        assert again["resets"] == first["resets"] == self.RESETS
