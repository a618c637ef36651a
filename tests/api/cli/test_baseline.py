"""The baseline commands as a person types them, on files alone: no database is reached."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from api.demo import office
from quantities.errors import UsufructError
from savings.avoided import NothingCounts
from savings.csv_table import UnknownQuality

MODES = "modes={working: {calendar: {bands: [{name: working, days: [mon, tue, wed, thu, fri]}], otherwise: off}, band: working}}"


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, raw: bytes) -> str:
        (self.folder / name).write_bytes(raw)
        return str(self.folder / name)

    def types(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["baseline", *words])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def asks(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")  # whoever asks for one is refused
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def year() -> bytes:
    return office.year_for_a_baseline()


def table(first: date, after_last: date) -> bytes:
    """Energy and temperature in one table, as the baseline year has it."""
    energy = [line.split(",")[:2] for line in office.energy(first, after_last).decode().splitlines()[1:]]
    degrees = [line.split(",")[1] for line in office.weather(first, after_last).decode().splitlines()[1:]]
    rows = [f"{at},{kwh},{degree}" for (at, kwh), degree in zip(energy, degrees, strict=True)]
    return ("time,kwh,temperature\n" + "\n".join(rows) + "\n").encode()


FIT = ("--zone", "Europe/Berlin")


def test_several_models_side_by_side(desk: Desk, year: bytes) -> None:
    said = desk.types(
        "fit",
        desk.file("year.csv", year),
        *FIT,
        "--model",
        "caltrack_daily",
        "--model",
        "change_point",
        "--set",
        "form=5P",
        "--model",
        "mean",
        "--set",
        MODES,
    )
    for word in ("caltrack_daily", "change_point", "mean", "working", "2014 candidates"):
        assert word in said
    both = desk.asks("fit", str(desk.folder / "year.csv"), *FIT, "--model", "caltrack_daily", "--model", "mean")
    assert [each["method"]["kind"] for each in both] == ["caltrack_daily", "mean"]
    assert "warning: cv_rmse" in desk.types("fit", str(desk.folder / "year.csv"), *FIT, "--model", "caltrack_daily")


def test_from_a_year_to_what_the_next_one_saved(desk: Desk, year: bytes) -> None:
    frozen = str(desk.folder / "baseline.json")
    fitted = desk.asks(
        "fit", desk.file("year.csv", year), *FIT, "--model", "caltrack_daily", "--set", MODES, "--out", frozen
    )
    assert json.loads(Path(frozen).read_text(encoding="utf-8")) == fitted
    this_year = desk.file("2020.csv", table(date(2020, 1, 1), date(2021, 1, 1)))
    found = desk.asks("savings", frozen, this_year)
    assert (found["rows"], found["coverage"]) == (366, "1.000000")
    assert float(found["expected"]) - float(found["measured"]) == pytest.approx(float(found["avoided"]))
    masked = desk.asks("savings", frozen, this_year, "--mask", "2020-07-01/2020-07-11=shutdown", "--rows")
    assert masked["tiers"]["masked"] == 10
    assert [each["why"] for each in masked["each"] if each["tier"] == "masked"] == ["shutdown"] * 10
    assert float(masked["measured"]) < float(found["measured"])
    assert "uncertainty, caltrack" in desk.types("savings", frozen, this_year)


def test_a_typical_year_before_and_after(desk: Desk, year: bytes) -> None:
    before, after, weather = (str(desk.folder / f"{name}.json") for name in ("before", "after", "weather"))
    desk.types("fit", desk.file("year.csv", year), *FIT, "--model", "caltrack_daily", "--set", MODES, "--out", before)
    changed = desk.file("2020.csv", table(date(2020, 1, 1), date(2021, 1, 1)))
    desk.types("fit", changed, *FIT, "--model", "caltrack_daily", "--set", MODES, "--out", after)
    typical = (
        "time,temperature\n"
        + "\n".join(line.split(",")[0] + "," + line.split(",")[2] for line in year.decode().splitlines()[1:])
        + "\n"
    )
    weather = desk.file("typical.csv", typical.encode())
    found = desk.asks("normalize", before, after, "--weather", weather)
    assert float(found["before"]) == pytest.approx(217_053, abs=200)  # the baseline year under its own weather
    assert 35_000 < float(found["saved"]) < 42_000
    assert desk.asks("normalize", before, before, "--weather", weather)["saved"] == "0.000"


def test_weather_in_another_file_and_in_fahrenheit(desk: Desk, year: bytes) -> None:
    rows = [line.split(",") for line in year.decode().splitlines()[1:]]
    energy = desk.file("e.csv", ("time;kwh\n" + "\n".join(f"{at};{kwh}" for at, kwh, _ in rows)).encode())
    degrees = desk.file(
        "w.csv", ("time,f\n" + "\n".join(f"{at},{float(c) * 1.8 + 32:.2f}" for at, _, c in rows)).encode()
    )
    apart = desk.asks(
        "fit", energy, "--weather", degrees, "--temperature-unit", "degF", *FIT, "--model", "caltrack_daily"
    )
    together = desk.asks("fit", desk.file("year.csv", year), *FIT, "--model", "caltrack_daily")
    for leg in ("heating", "cooling"):
        assert apart["model"][leg]["balance_point"] == together["model"][leg]["balance_point"]
        assert float(apart["model"][leg]["slope"]) == pytest.approx(float(together["model"][leg]["slope"]), rel=1e-9)


@pytest.mark.parametrize(
    ("raw", "words", "says"),
    [
        pytest.param(b"time,kwh,temperature\n2025-01-01,5,3\n2025-01-02,6,4\n", (), "too_few_days|too few", id="two days"),
        pytest.param(b"time,kwh\n2025-01-01,5\n2025-01-02,6\n", (), "temperature is not there", id="no weather"),
        pytest.param(b"kwh\n", (), "there are no rows", id="nothing"),
        pytest.param(b"time,kwh,temperature\n2025-01-01,NaN,3\n2025-01-02,inf,4\n", (), "energy_missing", id="not a number"),
        pytest.param(b"time,kwh,temperature\n2025-01-01,5,3\n2025-01-02,6,4\n", ("--energy", "load"), "no column 'load'", id="no such column"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name(desk: Desk, raw: bytes, words: tuple[str, ...], says: str) -> None:
    done = CliRunner().invoke(app, ["baseline", "fit", desk.file("x.csv", raw), "--model", "caltrack_daily", *words])
    assert isinstance(done.exception, UsufructError)
    assert any(each in str(done.exception) for each in says.split("|")), str(done.exception)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("--model", "caltrack_weekly"), id="no such model"),
        pytest.param(("--model", "mean", "--set", "form=5P"), id="no such setting"),
        pytest.param(("--model", "mean", "--from", "2025-01-01"), id="half a period"),
    ],
)
def test_a_wrong_command_line(desk: Desk, year: bytes, words: tuple[str, ...]) -> None:
    desk.types("fit", desk.file("year.csv", year), *words, code=2)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--unit", "kwhh"), "'kwhh' is no listed unit", id="of the energy"),
        pytest.param(("--temperature-unit", "degX"), "'degX' is no listed unit", id="of the temperature"),
        pytest.param(("--temperature-unit", "kWh"), "kWh is a unit of energy", id="of the temperature, an energy"),
    ],
)
def test_an_unknown_unit_is_refused(desk: Desk, year: bytes, words: tuple[str, ...], says: str) -> None:
    path = desk.file("year.csv", year)
    done = CliRunner().invoke(app, ["baseline", "fit", path, *FIT, "--model", "mean", *words])
    assert done.exit_code != 0
    assert isinstance(done.exception, UsufructError)
    assert re.search(says, str(done.exception))


def test_how_much_data_there_must_be_is_stated(desk: Desk, year: bytes) -> None:
    path, words = desk.file("year.csv", year), ("--model", "mean")
    assert desk.asks("fit", path, *FIT, *words)["sufficiency"]["profile"] == "caltrack"
    agreed = desk.asks("fit", path, *FIT, *words, "--require", "days=366")
    assert (agreed["sufficiency"]["profile"], agreed["sufficiency"]["days"]) == ("agreed", 366)
    assert any(finding["code"] == "too_few_days" for finding in agreed["findings"])


class TestEstimates:
    """Twelve bills of which four are estimates: by CalTRACK eight are too few, whatever the parties do with them."""

    BILLS = ("--model", "mean", "--set", "row=billing")

    @staticmethod
    def bills(word: str = "8", column: str = "quality") -> bytes:
        lines = [
            f"{date(2025, 1, 1) + timedelta(30 * at)},{word if 2 <= at < 6 else 0},{400 - at % 4}" for at in range(13)
        ]
        return "\n".join([f"time,{column},kwh", *lines]).encode()

    @pytest.mark.parametrize(
        ("column", "words", "estimated", "unfit"),
        [
            pytest.param("quality", (), "4", ["too_few_periods"], id="a column called so"),
            pytest.param("how", ("--quality", "how"), "4", ["too_few_periods"], id="one that is named"),
            pytest.param("quality", ("--require", "estimates=measured"), "4", [], id="agreed otherwise"),
        ],
    )  # fmt: skip
    def test_count_as_missing(
        self, desk: Desk, column: str, words: tuple[str, ...], estimated: str, unfit: list[str]
    ) -> None:
        baseline = str(desk.folder / "b.json")
        path = desk.file("bills.csv", self.bills(column=column))
        fitted = desk.asks("fit", path, *self.BILLS, *words, "--out", baseline)
        found = {finding["code"]: finding for finding in fitted["findings"]}
        assert found["estimated_rows"]["found"] == estimated
        assert [code for code, each in found.items() if each["severity"] == "disqualification"] == unfit
        saved = desk.asks("savings", baseline, path, *(words if "--quality" in words else ()))
        assert (saved["avoided"], saved["energy"]["estimated"]) == ("0.000000", 4)
        assert "estimated_rows" in [finding["code"] for finding in saved["findings"]]

    def test_a_word_that_is_none_is_refused(self, desk: Desk) -> None:
        path = desk.file("bills.csv", self.bills("guess"))
        done = CliRunner().invoke(app, ["baseline", "fit", path, *self.BILLS])
        assert isinstance(done.exception, UnknownQuality)
        assert "line 4: 'guess' is no quality" in str(done.exception)


def test_a_period_of_which_every_day_is_declined_is_no_success(desk: Desk, year: bytes) -> None:
    """Thirty days of 55 °C."""
    baseline, path = str(desk.folder / "baseline.json"), desk.file("year.csv", year)
    desk.types("fit", path, *FIT, "--model", "caltrack_daily", "--out", baseline)
    hot = desk.file(
        "hot.csv", b"time,kwh,temperature\n" + b"".join(b"2026-01-%02d,500,55\n" % day for day in range(1, 31))
    )
    done = CliRunner().invoke(app, ["baseline", "savings", baseline, hot])
    assert done.exit_code != 0
    assert isinstance(done.exception, NothingCounts)
    assert "30 declined; most of all: temperature" in str(done.exception)


def test_missing_weather_shows_as_coverage(desk: Desk, year: bytes) -> None:
    """Of 31 days ten have no temperature: 21 count, 67.74 %."""
    baseline, path = str(desk.folder / "baseline.json"), desk.file("year.csv", year)
    desk.types("fit", path, *FIT, "--model", "caltrack_daily", "--out", baseline)
    lines = [b"2026-01-%02d,500,%s\n" % (day, b"" if day <= 10 else b"3") for day in range(1, 32)]
    saved = desk.asks("savings", baseline, desk.file("january.csv", b"time,kwh,temperature\n" + b"".join(lines)))
    assert (saved["tiers"]["missing"], saved["coverage"]) == (10, "0.677419")
    (coverage,) = [finding for finding in saved["findings"] if finding["code"] == "coverage"]
    assert (coverage["severity"], coverage["found"]) == ("disqualification", "67.74 %")


def test_what_can_be_promised_before_there_is_a_reporting_year(desk: Desk, year: bytes) -> None:
    path = desk.file("year.csv", year)
    baseline = str(desk.folder / "baseline.json")
    desk.types("fit", path, *FIT, "--model", "caltrack_daily", "--out", baseline)
    tenth = desk.asks("planned", baseline, "--saved", "0.10", "--months", "12", "--confidence", "0.68")
    assert (tenth["rows"], tenth["unit"], tenth["confidence"]) == (365, "kWh", "0.68")
    twentieth = desk.asks("planned", baseline, "--saved", "0.05", "--confidence", "0.68")
    for name, stated in tenth["uncertainty"].items():
        half = twentieth["uncertainty"][name]
        assert float(half["fraction"]) == pytest.approx(2 * float(stated["fraction"]), abs=1e-5)
        assert half["least_fraction"] == stated["least_fraction"]
    assert "least saving" in desk.types("planned", baseline)


def test_the_savings_of_sites_add_up(desk: Desk, year: bytes) -> None:
    baseline = str(desk.folder / "baseline.json")
    desk.types("fit", desk.file("year.csv", year), *FIT, "--model", "caltrack_daily", "--out", baseline)
    quarter = desk.file("quarter.csv", table(date(2026, 1, 1), date(2026, 4, 1)))
    one = desk.types("savings", baseline, quarter, "--json").encode()
    total = desk.asks("portfolio", desk.file("north.json", one), desk.file("south.json", one))
    alone = json.loads(one)
    assert float(total["avoided"]) == pytest.approx(2 * float(alone["avoided"]))
    for name, half_width in alone["uncertainty"].items():
        assert float(total["uncertainty"][name]) == pytest.approx(2**0.5 * float(half_width), abs=1e-5)
    assert "sites" in desk.types("portfolio", desk.file("north.json", one))


def test_a_baseline_on_paper_tells_what_a_file_saved_and_what_it_cannot_tell(desk: Desk) -> None:
    """31 × 1,000 − 31 × 900; an uncertainty to plan with does not follow from it."""
    paper = {
        "kind": "agreed", "unit": "kWh", "zone": "UTC", "first": "2026-01-01", "uncertainty": {"none_agreed": "true"},
        "source": {"document": "Audit report", "clause": "annex 3", "on": "2025-11-30", "parties": ["Nordluft", "Hanse"]},
        "model": {"kind": "months", "energies": ["31000"] * 12},
    }  # fmt: skip
    frozen = desk.file("paper.json", json.dumps(paper).encode())
    rows = "\n".join(f"2026-01-{number:02d}T00:00+00:00,900" for number in range(1, 32))
    january = desk.file("january.csv", f"time,kwh\n{rows}\n2026-02-01T00:00+00:00,\n".encode())
    within = ("--from", "2026-01-01", "--to", "2026-01-31")
    facts = desk.asks("savings", frozen, january, *within)
    assert (facts["avoided"], facts["baseline"]["kind"], facts["own_period"]) == ("3100.000000", "agreed", None)
    said = desk.types("savings", frozen, january, *within)
    assert (
        "agreed on paper, and not fitted (found Audit report, annex 3, signed on 2025-11-30 by Nordluft and Hanse)"
        in said
    )
    assert "not_computed: it follows from figures of merit, and none was agreed (found uncertainty)" in said
    refused = CliRunner().invoke(app, ["baseline", "planned", frozen])
    assert isinstance(refused.exception, UsufructError)
    assert refused.exception.members == {"place": "baseline", "found": "agreed", "expected": "fitted"}
