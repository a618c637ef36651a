"""What a cold start costs: each wheel that the product needs, downloaded, unpacked and compiled; and `make demo`.

Of each wheel its size as it comes, its size and files once unpacked, and the seconds of CPU that pip takes to install
it alone from a file that is there already, with compiling and without, less what the cheapest of them takes.
With `--demo`, a fresh clone runs `make demo` under a home of its own, with nothing kept of earlier downloads.

    python benchmarks/wheels.py [--demo]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements" / "runtime.txt"
#: So many wheels have a line of their own; the others have one together.
SHOWN = 10
_TURNS = 2
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Wheel:
    """What a wheel costs: bytes as it comes and unpacked, its files, and CPU seconds with compiling and without."""

    name: str
    packed: int
    unpacked: int
    files: int
    seconds: float
    without_compiling: float

    def less(self, start: float) -> "Wheel":
        """The same without what pip takes to start."""
        return replace(self, seconds=self.seconds - start, without_compiling=self.without_compiling - start)


def run(command: list[str | Path], **environment: str) -> tuple[float, float]:
    """Run a command and say nothing of its output, which names where things come from.

    Returns:
        Its seconds, and those of CPU that it and its children took.
    """
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | environment)
    if done.returncode:
        raise SystemExit(f"{Path(str(command[0])).name} {command[1]} … failed ({done.returncode})")
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, used


def installed(wheels: list[Path], *, compiling: bool) -> tuple[float, float]:
    """Seconds to install wheels from their files in one run of pip, and those of CPU."""
    pip: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    with tempfile.TemporaryDirectory() as folder:
        return run([*pip, *([] if compiling else ["--no-compile"]), "--target", folder, *wheels])


def measured(wheel: Path) -> Wheel:
    """Measure a wheel, with what pip takes for any."""
    with zipfile.ZipFile(wheel) as packed:
        members = [member for member in packed.infolist() if not member.is_dir()]
    seconds, without = (
        min(installed([wheel], compiling=compiling)[1] for _ in range(_TURNS)) for compiling in (True, False)
    )
    unpacked = sum(member.file_size for member in members)
    name = re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()
    return Wheel(name, wheel.stat().st_size, unpacked, len(members), seconds, without)


def wheels() -> None:
    """Download all wheels once, and print what each costs."""
    with tempfile.TemporaryDirectory() as folder:
        target = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "-r"]
        downloaded, _ = run([*target, REQUIREMENTS, "-d", folder])
        paths = sorted(Path(folder).glob("*.whl"))
        measurements = [measured(path) for path in paths]
        start = min(wheel.without_compiling for wheel in measurements)
        costs = sorted((wheel.less(start) for wheel in measurements), key=lambda wheel: -wheel.seconds)
        whole, bare = (installed(paths, compiling=compiling) for compiling in (True, False))
    print(f"{len(costs)} wheels downloaded in {downloaded:.0f} s; pip's start takes {start:.1f} s of CPU")
    print("| wheel | MB as it comes | MB unpacked | files | CPU s to install | of these to compile |")
    print("|---|---|---|---|---|---|")
    for wheel in costs[:SHOWN]:
        print(_line(wheel.name, [wheel]))
    print(_line(f"{len(costs) - SHOWN} others", costs[SHOWN:]))
    print(_line("together, each alone", costs))
    for name, (seconds, used) in (("", whole), (", without compiling", bare)):
        print(f"all in one run of pip{name}: {seconds:.1f} s, {used:.1f} of CPU")


def _line(name: str, of: list[Wheel]) -> str:
    packed, unpacked = (sum(getattr(wheel, size) for wheel in of) / MEGABYTE for size in ("packed", "unpacked"))
    seconds = sum(wheel.seconds for wheel in of)
    compiling = max(seconds - sum(wheel.without_compiling for wheel in of), 0)
    files = sum(wheel.files for wheel in of)
    return f"| {name} | {packed:.1f} | {unpacked:.1f} | {files:,} | {seconds:.1f} | {compiling:.1f} |"


def demo() -> None:
    """Time `make demo` in a fresh clone, and of it the steps that come before the demo."""
    with tempfile.TemporaryDirectory() as folder:
        clone, home = Path(folder) / "clone", Path(folder) / "home"
        home.mkdir()
        for place in (Path(folder), home):
            place.chmod(0o711)  # the database of an administrator runs as another account
        run(["git", "clone", "--quiet", ROOT, clone])
        fresh = {"HOME": str(home), "PIP_NO_CACHE_DIR": "1", "USUFRUCT_KEEP_SERVER_S": "0"}
        steps = {step: run(["make", "-C", clone, step], **fresh) for step in (".venv/made", ".venv/runtime", "demo")}
        shutil.rmtree(clone / ".venv")
    for step, (seconds, used) in steps.items():
        print(f"cold make {step}: {seconds:.0f} s, {used:.1f} of CPU besides the database's")
    print(f"together {sum(seconds for seconds, _ in steps.values()):.0f} s")


if __name__ == "__main__":
    demo() if sys.argv[1:] == ["--demo"] else wheels()
