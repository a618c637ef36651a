"""Make a dump that the tests beside this keep for ever: a database of a release, small, with something of everything.

    python tests/upgrade/make_old_database.py                        of this release
    python tests/upgrade/make_old_database.py --release COMMIT       of an earlier one, by its own code
    python tests/upgrade/make_old_database.py --life missed ...      of another life than ``plant``

writes tests/golden/databases/REVISION/, named after the newest migration (and the life, unless that is ``plant``):

    database.sql      every row (dump.py says how), made over HTTP, with a clock that stands and keys that are no secret
    expected.json     the keys; what is issued and drafted, with each total; what is in dispute, and stated
    what_follows.json of ``plant``: some more months as requests, corrections of what is issued among them, and the
                      invoices that come of each

A release that changes the shape of the database, or what stands in its JSON, adds its own folder: run this on it, look
at the numbers, commit. A folder that is there is never written again once its release is out: it is what customers have.
What the release can do that no dump has yet goes into a module beside this, as rated.py was for 0007; LIVES names them.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]

from sqlalchemy import text  # noqa: E402 a script finds the product beside it

from api.server.database import Access  # noqa: E402
from api.server.embedded import SUPERUSER, EmbeddedServer  # noqa: E402
from api.server.provision import administering, shape, upgrade  # noqa: E402
from tests.upgrade import missed, plant, rated  # noqa: E402
from tests.upgrade.dump import written  # noqa: E402
from tests.upgrade.maker import OFFICES, Maker  # noqa: E402
from tests.upgrade.played import DATABASES, agreed, invoices, play  # noqa: E402

#: From when on ratings are rows.
RATED = "0007"


@dataclass(frozen=True)
class DumpedLife:
    """What a dump holds.

    Attributes:
        lived: what is done, by the revision of the release.
        follows: what is asked of it afterwards, by the revision; empty where a test says that itself.
    """

    lived: Callable[[Maker, str], None]
    follows: Callable[[str], list[dict[str, Any]]]


def _of_plant(made: Maker, revision: str) -> None:
    plant.build(made)
    if revision >= RATED:
        rated.build(made)


def _after_plant(revision: str) -> list[dict[str, Any]]:
    steps = plant.what_follows()
    return rated.what_follows(steps[:3]) if revision >= RATED else steps  # two months: it takes seconds for each


LIVES: Mapping[str, DumpedLife] = {
    "plant": DumpedLife(_of_plant, _after_plant),
    "missed": DumpedLife(lambda made, _: missed.build(made), lambda _: []),
}


def main() -> None:
    """Make the folder, unless it is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--life", choices=LIVES, default="plant", help="what the database holds")
    parser.add_argument("--release", metavar="COMMIT", help="made by the code of another commit")
    parser.add_argument("--into", type=Path, default=DATABASES, help="where the folder goes")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="usufruct-old-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)  # as root, PostgreSQL's own account must be able to pass
        if told.release:
            make_by(told.release, Path(home) / "release", ["--life", told.life, "--into", str(told.into.resolve())])
        else:
            make(Path(home), told.into, told.life)


def make_by(commit: str, tree: Path, arguments: list[str]) -> None:
    """Make it by the code of another commit, in a tree of its own, and by the lives that are written here."""
    subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", str(tree), commit], check=True)
    try:
        beside = tree / "tests" / "upgrade"
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(Path(__file__).parent, beside)
        subprocess.run([sys.executable, str(beside / Path(__file__).name), *arguments], check=True)
    finally:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)], check=True)


def make(home: Path, into: Path, life: str) -> None:
    """Make it on a server of its own."""
    with EmbeddedServer(home=home, durable=False) as server:
        access = Access(server.url("old"), server.url("old", SUPERUSER))
        upgrade(access)
        revision = str(shape(access).found)
        folder = into / (revision if life == "plant" else f"{revision}_{life}")
        folder.mkdir(parents=True)  # what stands there is for ever
        names = ["Nordluft", "Südpresse", *(["Westkraft"] if revision >= RATED else [])]
        with administering(access.administrator) as connection:
            connection.execute(text("insert into tenant (name) values (:name)"), [{"name": name} for name in names])
        made = Maker(access)
        with made.world.client:
            LIVES[life].lived(made, revision)
            (folder / "database.sql").write_bytes(written(access))
            offices = {who: office for who, office in OFFICES.items() if who in made.world.keys}
            tenants = {
                who: {"office": office, "invoices": invoices(made.world, who), **agreed(made.world, who, office)}
                for who, office in offices.items()
            }
            expected = {"keys": made.world.keys, "clock": made.world.now.isoformat(), "tenants": tenants}
            put(folder / "expected.json", expected)
            steps = LIVES[life].follows(revision)
            for step, seen in zip(steps, play(made.world, steps), strict=True):
                step["seen"] = seen
            if steps:
                afterwards = {who: agreed(made.world, who, office) for who, office in offices.items()}
                put(folder / "what_follows.json", {"steps": steps, "afterwards": afterwards})


def put(path: Path, content: object) -> None:
    """Write JSON to be read."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
