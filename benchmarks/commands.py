"""What a command costs to start, and what the embedded server adds: CPU seconds and wall seconds of each, best of some.

Run: ``python benchmarks/commands.py [TREE] [TIMES]``; TREE is the checkout that is measured, this one unless named.
The commands that read a database find the demo there, on a server of their own that runs already; the last row is of a
server that is stopped before the first command.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from api.server.embedded import EmbeddedServer

ROOT = Path(__file__).parents[1]
_START = "from api.cli.main import main; main()"
WITHOUT_DATABASE: tuple[tuple[str, ...], ...] = (
    ("--help",),
    ("version",),
    ("baseline", "--help"),
    ("contract", "--help"),
    ("price", "--terms", "{examples}/offers/air-utility.yaml", "--usage", "{examples}/offers/air-utility.usage.yaml"),
    ("contract", "check", "--alone", "{examples}/air.yaml"),
)
WITH_DATABASE: tuple[tuple[str, ...], ...] = (
    ("contract", "show"),
    ("contract", "show", "AIR-KOELN"),
    ("invoice", "list"),
    ("invoice", "show", "2026-000004"),
    ("fleet", "show"),
    ("db", "status"),
)


class Tree:
    """A checkout, and the environment that its commands run in."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        # As for a user, whose Python keeps what it has compiled; here beside the database, and not in the tree.
        self.environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self.environment |= {
            "USUFRUCT_HOME": str(home / "server"),
            "USUFRUCT_DATABASE": "usufruct_demo",
            "PYTHONPYCACHEPREFIX": str(home / "compiled"),
        }

    def seconds(self, *words: str) -> tuple[float, float]:
        """Run a command once; CPU seconds (user and system) and wall seconds."""
        arguments = [word.format(examples=self.root / "examples") for word in words]
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", _START, *arguments],
            cwd=self.root, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(words)}: {(process.stderr or sys.stderr).read()!r}")
        return used.ru_utime + used.ru_stime, wall

    def best(self, words: tuple[str, ...], times: int) -> None:
        """Print the least CPU and the least wall time of a command."""
        self.seconds(*words)  # what is compiled now is there afterwards
        runs = [self.seconds(*words) for _ in range(times)]
        name = " ".join(word.rpartition("/")[2] for word in words)
        print(f"{name:<75} CPU {min(cpu for cpu, _ in runs):5.2f} s   wall {min(wall for _, wall in runs):5.2f} s")


def measure(tree: Tree, times: int) -> None:
    """Measure every command, then the first and the second one on a server that is stopped before."""
    for words in WITHOUT_DATABASE:
        tree.best(words, times)
    server = EmbeddedServer(home=Path(tree.environment["USUFRUCT_HOME"]))
    tree.seconds("demo")
    with server:
        for words in WITH_DATABASE:
            tree.best(words, times)
    firsts, seconds = [], []
    for _ in range(times):
        server.stop()
        firsts.append(tree.seconds("invoice", "list")[1])
        seconds.append(tree.seconds("invoice", "list")[1])
    server.stop()
    print(f"invoice list, the server stopped: first {min(firsts):.2f} s, second {min(seconds):.2f} s")


def main() -> None:
    """Measure a tree on a database of its own, thrown away afterwards."""
    root = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else ROOT
    home = Path(tempfile.mkdtemp(prefix="usufruct-commands-"))
    home.chmod(0o711)
    try:
        measure(Tree(root, home), int(sys.argv[2]) if len(sys.argv) > 2 else 7)  # noqa: PLR2004 a second word
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
