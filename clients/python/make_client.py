"""Make ``usufruct_client/api`` and ``usufruct_client/models`` of docs/openapi.json, unless they are made of it already.

What they are made of is remembered by a digest. A lock lets one process make them while others wait, so that tests side
by side need not know of each other. A warning of the generator is a fault: what it warns of, it leaves out.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE / "usufruct_client"
INTERFACE = HERE.parents[1] / "docs" / "openapi.json"
#: Where the generator lies with all that it needs, apart from what the product needs (requirements/generator.in).
GENERATOR = Path(sys.prefix) / "generator"
_PINNED = HERE.parents[1] / "requirements" / "generator.txt"
_MADE = HERE / ".made"
_PARTS = ("api", "models")
#: Imports that an operation does not need, and their order.
_TIDY = ("check", "--quiet", "--fix", "--select", "F401,I")


class Warned(Exception):
    """The generator warns of something in the interface that it leaves out."""


def generate(interface: Path = INTERFACE, package: Path = PACKAGE) -> None:
    """Make both parts anew.

    Args:
        interface: the OpenAPI document.
        package: in whose folder they are put, in place of those that are there.

    Raises:
        Warned: by anything.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "usufruct_client"
        options = ("--meta", "none", "--fail-on-warning", "--path", str(interface), "--output-path", str(made))
        ours = ("--config", str(HERE / "generator.yaml"), "--custom-template-path", str(HERE / "templates"))
        done = _python("openapi_python_client", "generate", *options, *ours)
        # It ends well after some warnings (of a hook that it skips), so that its words are looked at too.
        if done.returncode or "arning" in done.stdout + done.stderr:
            raise Warned(done.stdout + done.stderr)
        for name in _PARTS:
            tidied = (
                _python("ruff", *_TIDY, "--isolated", str(made / name)),
                _python("ruff", "format", "--quiet", "--isolated", "--line-length", "120", str(made / name)),
            )
            if any(one.returncode for one in tidied):
                raise Warned("".join(one.stdout + one.stderr for one in tidied))
            shutil.rmtree(package / name, ignore_errors=True)
            shutil.move(made / name, package / name)


def up_to_date() -> Path:
    """Make both parts if they are not made of what is there now, and return the folder that Python imports from."""
    digest = _digest()
    with _MADE.open("a+", encoding="utf-8") as made:
        fcntl.flock(made, fcntl.LOCK_EX)
        made.seek(0)
        if made.read() != digest or not all((PACKAGE / name).is_dir() for name in _PARTS):
            generate()
            made.truncate(0)
            made.write(digest)
    return HERE


def _python(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(GENERATOR)}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def _digest() -> str:
    """What decides what is made: the interface, this folder's configuration, and the generator."""
    digest = hashlib.sha256()
    ours = (Path(__file__), HERE / "generator.yaml", *sorted((HERE / "templates").rglob("*.jinja")))
    for path in (INTERFACE, _PINNED, *ours):
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    up_to_date()
