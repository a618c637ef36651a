"""The limits that the README and docs/readings.md state are those of the program."""

from pathlib import Path

from api.http.routes.readings import READINGS_BYTES_MAX
from api.http.work_route import BODY_BYTES_MAX
from metering.limits import FILE_BYTES_MAX

ROOT = Path(__file__).parents[2]


def test_how_large_a_body_may_be() -> None:
    stated = f"at most {READINGS_BYTES_MAX >> 20} MiB of readings, {BODY_BYTES_MAX >> 20} MiB otherwise"
    assert stated in (ROOT / "README.md").read_text(encoding="utf-8")


def test_how_large_a_file_of_readings_may_be() -> None:
    stated = f"A file has at most {FILE_BYTES_MAX >> 20} MiB, unpacked too; one sent over HTTP at most {READINGS_BYTES_MAX >> 20} MiB"
    assert stated in " ".join((ROOT / "docs/readings.md").read_text(encoding="utf-8").split())
