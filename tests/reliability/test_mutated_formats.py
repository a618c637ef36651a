"""Files of every format with bytes changed at random are parsed or refused in bounded time and memory, without a server.

As ``test_mutated_files.py`` does over HTTP, and many more of each format: no file takes longer than ``CPU_SECONDS_MAX``
to parse, and the process grows by no more than ``GROWN_MB_MAX``.
"""

import random
import resource
import time
from collections import Counter
from decimal import Decimal

import pytest

from metering.fleet.lookup import RegisterLookup, TargetRegister
from metering.fleet.meter import MachineState, Register, RegisterKind
from metering.ingest import IngestOptions, parse
from quantities.errors import UsufructError
from quantities.period import zone
from tests.metering.ingest.tables.xlsx import workbook
from tests.reliability.test_mutated_files import MUTATIONS, ROWS, SEEDS

CPU_SECONDS_MAX, GROWN_MB_MAX = 2, 300
STATES = tuple(MachineState(code=at, name=name) for at, name in enumerate(("READY", "ACTIVE", "UNAVAILABLE"), 1))
REGISTERS = (
    Register(key="kwh", kind=RegisterKind.INTERVAL, unit="kWh", resolution=Decimal("0.001"), interval_minutes=60, aliases=("NMI/E1", "DE1/1-1:1.29.0")),
    Register(key="hours", kind=RegisterKind.CUMULATIVE, unit="machine_hour", resolution=Decimal("0.1"), aliases=("EX-12/CumulativeOperatingHours", "L7/hours")),
    Register(key="counter", kind=RegisterKind.CUMULATIVE, unit="kWh", resolution=Decimal("0.1"), aliases=("EX-12/1-0:1.8.0",)),
    Register(key="parts", kind=RegisterKind.CUMULATIVE, unit="part", resolution=Decimal(1), aliases=("L7/partcount",)),
    Register(key="exec", kind=RegisterKind.STATE, unit="s", resolution=Decimal(1), states=STATES, aliases=("L7/exec",)),
    Register(key="doors", kind=RegisterKind.EVENT, unit="each", resolution=Decimal(1), dimensions=("shift",)),
)  # fmt: skip
BERLIN = zone("Europe/Berlin")
LOOKUP = RegisterLookup(
    {name: TargetRegister(register, BERLIN) for register in REGISTERS for name in (register.key, *register.aliases)}
)
LOCAL = [f"{time_[:10]} {time_[11:16]}" for time_, _ in ROWS]
OVER_A_CHANGE = [f"2026-10-25 {hour:02}:{minute:02}" for hour in (0, 1, 2, 2, 3, 4) for minute in (0,)]
DAY_ROWS = "".join(f"{day:02}.03.2026;{';'.join(f'{day},{hour}' for hour in range(24))}\n" for day in range(1, 20))
ALL_SEEDS = SEEDS | {
    "day rows": f"Datum;{';'.join(f'{hour:02}:00' for hour in range(24))}\n{DAY_ROWS}".encode(),
    "names of zones": ("Zeit,Wert\n" + "".join(f"{at} CET,{n}.5\n" for n, at in enumerate(LOCAL)) + "".join(f"{at} EST,1.5\n" for at in LOCAL)).encode(),
    "seasons": ("Zeit;Wert;DST\n" + "".join(f"{at};{n},5;{'SW'[n > 2]}\n" for n, at in enumerate(OVER_A_CHANGE))).encode(),
    "repeated hour": ("Zeit;Wert\n" + "".join(f"{at};{n},5\n" for n, at in enumerate(OVER_A_CHANGE))).encode(),
    "numbered hours": ("Datum;Stunde;kWh\n" + "".join(f"2026-10-{day};{hour};{hour},5\n" for day in (24, 25) for hour in range(1, day + 1))).encode(),
    "two lines of names": ("Bericht;;\nZeit;Werk;\n;NMI/E1;L7/hours\n" + "".join(f"{at};{n},5;{n}\n" for n, at in enumerate(LOCAL))).encode(),
    "qualities": ("Zeit;Wert;Ableseart\n" + "".join(f"{at};1,23,{n:03}.5;{'gemessen' if n % 3 else 'Schätzung'}\n" for n, at in enumerate(LOCAL))).encode(),
    "workbook of texts": workbook({"Jan": [["Bericht", "", ""], ["Zeit", "Werk", ""], ["", "NMI/E1", "L7/hours"], *([at, f"{n},5", str(n)] for n, at in enumerate(LOCAL))]}),
}  # fmt: skip
#: What settles as much as can be, so that the rows are read and not only asked about.
SAID = {
    "unit": "kWh", "zone": "local", "session_resets": frozenset({"partcount"}),
    "quality_of": {"gemessen": "valid", "Schätzung": "estimated"},
}  # fmt: skip
FOREIGN = {name for name, raw in ALL_SEEDS.items() if name not in SEEDS or b"Zeit" in raw or raw[:2] == b"PK"}
TIMED = FOREIGN - {"day rows", "numbered hours"}
FOR_ONE = ("green button", "quoted csv", "parquet", "arrow", "csv")


@pytest.mark.parametrize("name", ALL_SEEDS)
@pytest.mark.parametrize(
    "count", [pytest.param(30, id="short"), pytest.param(10_000, id="long", marks=pytest.mark.long)]
)
def test_no_file_takes_long_or_much(name: str, count: int) -> None:
    chance = random.Random(f"20260301 {name}")
    outcomes: Counter[str] = Counter()
    slowest, before = 0.0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    is_wide = name in ("wide csv", "two lines of names", "workbook of texts")
    stated = {option: value for option, value in SAID.items() if option != "unit" or name in FOREIGN}
    for number in range(count):
        raw = ALL_SEEDS[name]
        for _ in range(chance.choice([1, 1, 2]) if number else 0):  # the first one is as it should be
            raw = chance.choice(MUTATIONS)(raw, chance) or b"x"
        register = (
            None if is_wide or (name not in FOR_ONE and name in SEEDS) or (number and chance.random() < 0.1) else "kwh"
        )
        stamps = [{"start": "Zeit"}, {"start": "Zeit"}, {"end": "Zeit"}, {}] if name in TIMED else [{}]
        stamp = chance.choice(stamps) if number else stamps[0]
        options = IngestOptions(columns=stamp, register=register, **stated)  # type: ignore[arg-type] # of several types
        started = time.process_time()
        try:
            parsed = parse(
                raw, LOOKUP, options if chance.random() < 0.8 or not number else IngestOptions(register=register)
            )
            outcomes["read" if len(parsed.readings) else "no row"] += 1
        except UsufructError as error:
            outcomes[type(error).__name__] += 1
        took = time.process_time() - started
        slowest = max(slowest, took)
        assert took < CPU_SECONDS_MAX, (number, took, raw[:300])
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"\n{name}: {count} files, {dict(outcomes)}; the slowest took {slowest:.2f} s; memory grew by {grown} MB")
    assert grown < GROWN_MB_MAX
    assert outcomes["read"]
