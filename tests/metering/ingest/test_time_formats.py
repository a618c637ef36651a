"""A time format that no time can be read by is refused once, before any row; the others read what they always read."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.server.database import Access
from metering import ingest
from metering.ingest import IngestOptions, RegisterLookup, TargetRegister
from metering.ingest.options import ImpossibleTimeFormat
from quantities.period import zone
from tests.build import rows
from tests.metering.ingest.test_formats import a_register
from tests.scenarios.world import World, a_world

KNOWN = RegisterLookup({"k": TargetRegister(a_register(), zone("Europe/Berlin"))})
#: What a sender says of a table whose times are not in ISO 8601, and which is not in our own format therefore.
SAID = IngestOptions({"time": "time"}, "k", "kWh", zone="local")
IMPOSSIBLE = [
    pytest.param("%d%d", id="a directive twice: re.error"),
    pytest.param("%c %Y", id="a directive twice, once inside another"),
    pytest.param("%", id="a stray percent sign"),
    pytest.param("%Y-%m-%d %", id="a stray percent sign at the end"),
    pytest.param("%Q", id="no directive of strptime"),
    pytest.param("%-d.%-m.%Y", id="a directive of the C library alone"),
    pytest.param("%999999999Y", id="a width, which only the C library has"),
    pytest.param("%G-%V", id="an ISO week without its day"),
    pytest.param("", id="empty, which would read an empty cell as the year 1900"),
    pytest.param(" \t\n", id="only blanks"),
    pytest.param(" %Y-%m-%d", id="a blank before, which no cell keeps"),
    pytest.param("%Y" + "-" * 99, id="101 characters"),
    pytest.param("%Y\udcff", id="a lone surrogate, as a terminal hands over a byte"),
    pytest.param("%Y\x00", id="a zero byte"),
]


@pytest.mark.parametrize("time_format", IMPOSSIBLE)
def test_a_time_format_that_raised_re_error_or_refused_every_row_is_refused_once(time_format: str) -> None:
    with pytest.raises(ImpossibleTimeFormat) as refusal:
        ingest.parse(b"time,value\n1,2\n", KNOWN, IngestOptions(register="k", time_format=time_format))
    assert "strptime" in str(refusal.value.members["expected"])
    assert str(refusal.value.members["found"]).encode().decode().startswith(time_format[:2])


@pytest.mark.parametrize(("time_format", "cell", "instant"), [
    ("%d.%m.%Y %H:%M", "01.03.2026 12:00", "2026-03-01T11:00:00+00:00"),
    ("%d.%m.%Y\t%I:%M %p", "01.03.2026\t01:00 PM", "2026-03-01T12:00:00+00:00"),
    ("%Y%m%d%H%M%S", "20260301120000", "2026-03-01T11:00:00+00:00"),
    ("%Y-%m-%dT%H:%M:%S.%f%z", "2026-03-01T12:00:00.5+02:00", "2026-03-01T10:00:00.500000+00:00"),
    ("%G-W%V-%u %H", "2026-W09-7 12", "2026-03-01T11:00:00+00:00"),
    ("%Y %j", "2026 060", "2026-02-28T23:00:00+00:00"),
    ("%a %d %b %Y", "Sun 01 Mar 2026", "2026-02-28T23:00:00+00:00"),
    ("%Y年%m月%d日", "2026年03月01日", "2026-02-28T23:00:00+00:00"),
    ("100 %% %Y-%m-%d", "100 % 2026-03-01", "2026-02-28T23:00:00+00:00"),
    ("unix", "1772362800", "2026-03-01T11:00:00+00:00"),
    ("unix_ms", "1772362800250", "2026-03-01T11:00:00.250000+00:00"),
])  # fmt: skip
def test_a_time_format_that_reads_times_reads_them_as_before(time_format: str, cell: str, instant: str) -> None:
    (reading,) = rows(
        ingest.parse(f"time,value\n{cell},7\n".encode(), KNOWN, replace(SAID, time_format=time_format)).readings
    )
    assert instant == reading.start.isoformat()


def test_a_time_format_without_a_date_still_reads_its_times_as_of_1900() -> None:
    (reading,) = rows(ingest.parse(b"time,value\n12,7\n", KNOWN, replace(SAID, time_format="%H")).readings)
    assert reading.start.isoformat() == "1900-01-01T11:00:00+00:00"


@pytest.fixture
def world(access: Access) -> Iterator[World]:
    with a_world(access) as declared:
        yield declared


def test_percent_d_percent_d_over_http_is_a_422_and_not_a_500(world: World) -> None:
    asked = {"register": "kwh", "time_format": "%d%d"}
    answer = world.ask("maker", "POST", "/v1/readings", params=asked, content=b"time,value\n1,2\n")
    problem = answer.json()
    assert (answer.status_code, problem["type"], problem["found"]) == (422, "/problems/impossible-time-format", "%d%d")
    assert world.done("maker", "GET", "/v1/batches") == []


def test_percent_d_percent_d_on_the_command_line_is_a_refusal_and_no_traceback(
    world: World, access: Access, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("desk") / "a.csv"
    path.write_text("time,value\n1,2\n", encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", access.app.render_as_string(hide_password=False))
    monkeypatch.setenv("USUFRUCT_TENANT", "Nordluft")
    done = CliRunner().invoke(app, ["ingest", str(path), "--register", "kwh", "--time-format", "%d%d"])
    assert isinstance(done.exception, ImpossibleTimeFormat), done.exception  # api.cli.main.main shows it in a few lines
