"""Files of every format with bytes changed at random: no crash, no hang, no bare 500, and memory stays bounded."""

import gzip
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

import pyarrow as pa
import pytest

from api.server.database import Access
from tests.metering.ingest.tables.xlsx import DATE, Stored, workbook
from tests.metering.ingest.test_formats import HOURS, a_feed, a_fleet, a_machine, an_interval, arrow, parquet
from tests.metering.ingest.test_observations import sessions_log, shown, streams
from tests.scenarios.world import World, a_world

FLEET = """
sites:
  - name: Werk
    zone: Europe/Berlin
    assets:
      - name: Press
        meters:
          - name: M
            registers:
              - {key: kwh, kind: interval, unit: kWh, resolution: "0.001", interval_minutes: "60", checks: [{kind: spike}, {kind: gap}, {kind: frozen}, {kind: history}], aliases: [NMI/E1, "DE1/1-1:1.29.0"]}
              - {key: hours, kind: cumulative, unit: machine_hour, resolution: "0.1", modulus: "10000", aliases: [EX-12/CumulativeOperatingHours, L7/hours], checks: [{kind: beyond_clock}]}
              - {key: counter, kind: cumulative, unit: kWh, resolution: "0.1", aliases: ["EX-12/1-0:1.8.0"]}
              - {key: parts, kind: cumulative, unit: part, resolution: "1", aliases: [L7/partcount]}
              - {key: exec, kind: state, unit: s, resolution: "1", aliases: [L7/exec], states: [{code: "1", name: READY}, {code: "2", name: ACTIVE, used: "true"}, {code: "3", name: UNAVAILABLE}]}
              - {key: doors, kind: event, unit: each, resolution: "1", dimensions: [shift]}
"""
ROWS = [(f"2026-03-{1 + n // 24:02}T{n % 24:02}:00Z", f"{n % 7}.{n % 10}") for n in range(60)]
TABLE = pa.table({"time": [time_ for time_, _ in ROWS], "value": pa.array([Decimal(value) for _, value in ROWS]), "register": ["kwh"] * len(ROWS)})  # fmt: skip
NEM12_DAYS = [
    f"300,2026030{day},{'0.5,' * 48}{quality},,,20260304120000,\n{events}"
    for day, quality, events in (
        (1, "A", ""),
        (2, "V", "400,1,20,S14,0,\n400,21,24,N,,\n400,25,48,A,,\n"),
        (1, "A", ""),
    )
]
MSCONS_READS = [f"QTY+220:{n}.5:KWH'DTM+9:202603{1 + n:02}0000?+00:303'" for n in range(20)]
MSCONS_VALUES = [
    f"QTY+{67 if n == 3 else 220}:{n}.5:KWH'DTM+163:20260301{n:02}00?+00:303'DTM+164:20260301{n + 1:02}00?+00:303'"
    for n in range(20)
]
MSCONS_BODY = [
    "UNH+1+MSCONS:D:04B:UN:2.4c'",
    "BGM+7+D+9'",
    "LOC+172+DE1'",
    "RFF+MG:OLD'",
    "LIN+1'",
    "PIA+5+1-1?:1.29.0:SRW'",
    *MSCONS_VALUES,
    "LOC+172+EX-12'",
    "RFF+MG:OLD'",
    "LIN+2'",
    "PIA+5+1-0?:1.8.0:SRW'",
    *MSCONS_READS[:10],
    "RFF+MG:NEW'",
    *MSCONS_READS[9:],
]
MSCONS_MESSAGE = "".join(MSCONS_BODY) + f"UNT+{''.join(MSCONS_BODY).count(chr(39)) + 1}+1'"
SHEET_ROWS: list[list[Stored]] = [["kwh", (46082 + n / 24, DATE), float(value)] for n, (_, value) in enumerate(ROWS)]
SEEDS: dict[str, bytes] = {
    "csv": b"register,time,value\n" + b"".join(f"kwh,{time_},{value}\n".encode() for time_, value in ROWS),
    "quoted csv": b'"time";"value";"register";"shift"\n' + b"".join(f'"{time_[:-1]}";"{value.replace(".", ",")}";"kwh";"a"\n'.encode() for time_, value in ROWS),
    "events": b"time,register,shift\n" + b"".join(f"{time_},doors,{n % 3}\n".encode() for n, (time_, _) in enumerate(ROWS)),
    "json": json.dumps({"readings": [{"register": "kwh", "time": time_, "value": value} for time_, value in ROWS]}).encode(),
    "ndjson": b"".join(json.dumps({"register": "hours", "time": time_, "value": str(n)}).encode() + b"\n" for n, (time_, _) in enumerate(ROWS)),
    "parquet": parquet(TABLE),
    "arrow": arrow(TABLE),
    "arrow stream": arrow(TABLE, stream=True),
    "green button": a_feed(readings="".join(an_interval(str(n), start=str(1772366400 + 3600 * n)) for n in range(20))),
    "iso15143": a_fleet(*(a_machine(HOURS.replace("1234.5", f"{1000 + n}.5").replace("T12", f"T{n:02}")) for n in range(20))),
    "iso15143 json": json.dumps({"Equipment": [{"EquipmentHeader": {"EquipmentID": "EX-12"}, "CumulativeOperatingHours": {"Hour": 1.5, "datetime": "2026-03-01T12:00:00Z"}}]}).encode(),
    "mtconnect": streams(*(shown("PartCount", "partcount", str(n % 9), n, n, 'resetTriggered="DAY"' if n % 9 == 0 else "") for n in range(30)), *(shown("Execution", "exec", state, 40 + n, 40 + n) for n, state in enumerate(("READY", "ACTIVE", "UNAVAILABLE")))),
    "shdr": sessions_log([[1, 2, 0], [3, 1], [5, 5, 1]])[0],
    "nem12": f"100,NEM12,202603040400,MDP,RET\n200,NMI,E1,1,E1,N1,S,kWh,30,\n{''.join(NEM12_DAYS)}500,O,,20260304000000,1.5\n900\n".encode(),
    "mscons": ("UNA:+.? 'UNB+UNOC:3+S:500+R:500+260401:0412+REF'" + MSCONS_MESSAGE + "UNZ+1+REF'").encode(),
    "wide csv": ("Werk;Nord\n\nZeit;kwh [kWh];hours\n" + "".join(f"{time_[:-1].replace('T', ' ')};{value.replace('.', ',')};{n}\n" for n, (time_, value) in enumerate(ROWS)) + "Summe;1;2\n").encode("cp1252"),
    "xlsx": workbook({"Jan": [["Werk", "Nord"], ["register", "Zeit", "Wert"], *SHEET_ROWS], "Summe": [["a", 1.0]]}),
    "gzip": gzip.compress(b"register,time,value\n" + b"".join(f"kwh,{time_},{value}\n".encode() for time_, value in ROWS), mtime=0),
}  # fmt: skip
TOKENS = [b"\x00", b"\xff", b"\xf0\x9f\x98\x80", b"-", b"e999", b"9" * 40, b"NaN", b'"', b"\n", b"\r", b",", b";", b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"<", b"&x;", b"]", b"{", b"2026-03-29 02:30", b"Infinity", b"\xed\xa0\x80"]  # fmt: skip


def flipped(raw: bytes, chance: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(chance.choice([1, 1, 2, 5, 30])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(raw: bytes, chance: random.Random) -> bytes:
    low, high = sorted((chance.randrange(len(raw)), chance.randrange(len(raw))))
    return raw[:low] + raw[high:]


def repeated(raw: bytes, chance: random.Random) -> bytes:
    low, high = sorted((chance.randrange(len(raw)), chance.randrange(len(raw))))
    return raw[:high] + raw[low:high] * chance.randrange(1, 4) + raw[high:]


def planted(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 3])):
        at = chance.randrange(len(raw))
        raw = raw[:at] + chance.choice(TOKENS) + raw[at + chance.randrange(3) :]
    return raw


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [flipped, flipped, planted, planted, cut, repeated]


@pytest.fixture
def world(access: Access) -> Iterator[World]:
    with a_world(access, FLEET) as found:
        yield found


@pytest.mark.parametrize(
    "count", [pytest.param(120, id="short"), pytest.param(10_000, id="long", marks=pytest.mark.long)]
)
def test_no_file_is_too_broken_to_be_answered(world: World, count: int) -> None:
    chance = random.Random(20260301)
    answers: Counter[int] = Counter()
    slowest, before = 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        name = list(SEEDS)[number % len(SEEDS)]
        raw = SEEDS[name]
        for _ in range(chance.choice([1, 1, 2])):
            raw = chance.choice(MUTATIONS)(raw, chance) or b"x"
        asked = {"source": f"{name} {number}"} | (
            {"register": "kwh"} if name == "green button" else {"session_reset": "partcount"} if name == "shdr" else {}
        )
        started = time.monotonic()
        answer = world.ask("maker", "POST", "/v1/readings", params=asked, content=raw)
        slowest = max(slowest, time.monotonic() - started)
        answers[answer.status_code] += 1
        assert answer.status_code in (201, 413, 422), (number, name, answer.text, raw[:300])
        if answer.status_code == 201:
            said = answer.json()
            assert said["stored"] + said["unchanged"] + said["refused"] >= len(said["verdicts"])
        else:
            assert answer.headers["content-type"] == "application/problem+json"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"\n{count} files: answered {dict(answers)}; the slowest took {slowest:.2f} s; memory grew by {grown} MB")
    assert slowest < 30
    assert grown < 700
    assert answers[201], "some are still good enough to be stored"
    assert world.done("maker", "GET", "/v1/registers/kwh/usage", params={"from": "2026-03-01", "to": "2026-03-31"})
