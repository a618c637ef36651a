"""Files for states: recorded once, written as a whole, and written again byte for byte, whatever became of the disk."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.context import UnwritablePath
from api.cli.file_folder import writable_folder, write_whole
from api.cli.main import app
from api.server.database import Access, Database
from billing.clearance.life import Authority
from tests.api.cli.test_commands import set_environment
from tests.billing.clearance.states import POLISH, file_of, statuses
from tests.billing.scene import Scene

JANUARY = "2026-000001"


@pytest.fixture
def scene(access: Access, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene(access, database).declared(POLISH)
    scene.delivers("2026-01-05 10 140\n2026-02-05 10 10")
    scene.bills("2026-02-01")
    set_environment(access, tmp_path, monkeypatch)
    return scene


def types(*words: str) -> Result:
    return CliRunner().invoke(app, ["clearance", *words])


def files(scene: Scene) -> list[int]:
    with scene.database.transaction(1) as session:
        return list(session.connection().exec_driver_sql("select id from clearance_file order by id").scalars())


class TestTheFolder:
    def test_that_is_not_there_is_made(self, scene: Scene, tmp_path: Path) -> None:
        done = types("export", "ksef", "--to", str(tmp_path / "a" / "b"))
        assert done.exit_code == 0, done.output
        assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == [f"{JANUARY}.xml"]

    def test_that_is_a_file_is_refused_before_anything_is_claimed(self, scene: Scene, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        refused = types("export", "ksef", "--to", str(tmp_path / "file"))

        assert isinstance(refused.exception, UnwritablePath)
        assert (statuses(scene), files(scene)) == ([], [])
        types("export", "ksef", "--to", str(tmp_path / "files"))
        assert files(scene) == [1]  # no number was used up

    def test_that_can_be_written_to_stays_as_it_is(self, tmp_path: Path) -> None:
        assert writable_folder(tmp_path) == tmp_path
        assert list(tmp_path.iterdir()) == []


class TestWhatFailsHalfWay:
    """A full disk, or a kill, between the record and the file."""

    @pytest.fixture
    def failed(self, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("api.cli.file_folder.os.fsync", full)
            return types("export", "ksef", "--to", str(tmp_path / "files"))

    def test_leaves_no_half_file_and_says_how_it_is_written_again(
        self, scene: Scene, failed: Result, tmp_path: Path
    ) -> None:
        assert isinstance(failed.exception, UnwritablePath)
        assert "`usufruct clearance write-again ksef 1 --to FOLDER`" in str(failed.exception)
        assert failed.exception.members["files"] == [1]
        assert list((tmp_path / "files").iterdir()) == []

    def test_the_very_file_is_written_again_under_its_number(
        self, scene: Scene, failed: Result, tmp_path: Path
    ) -> None:
        again = types("write-again", "ksef", "1", "--to", str(tmp_path / "files"), "--json")

        assert again.exit_code == 0, again.output
        known: dict[str, Any] = json.loads(again.output)
        written = (tmp_path / "files" / f"{JANUARY}.xml").read_bytes()
        assert written == file_of(scene, Authority.KSEF, 1)
        assert (known["file"], known["statuses"]) == (1, ["asked"])
        assert (files(scene), len(statuses(scene))) == ([1], 1)

    def test_whoever_exports_next_is_told(self, scene: Scene, failed: Result, tmp_path: Path) -> None:
        done = types("export", "ksef", "--to", str(tmp_path / "files"))
        assert "nothing is due" in done.output
        assert "`usufruct clearance write-again ksef 1 --to FOLDER`" in " ".join(done.output.split())
        assert "1" in types("list", "ksef").output
        assert files(scene) == [1]

    def test_the_file_that_was_there_stays_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        place = tmp_path / "a.xml"
        place.write_bytes(b"before")
        monkeypatch.setattr(
            "api.cli.file_folder.os.fsync", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error"))
        )
        with pytest.raises(UnwritablePath):
            write_whole("a", place, b"after" * 100_000)
        assert (place.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (b"before", ["a.xml"])


def test_a_withdrawn_file_says_so(scene: Scene, tmp_path: Path) -> None:
    types("export", "ksef", "--to", str(tmp_path))
    types("withdraw", "ksef", "1")
    assert "it is withdrawn: do not hand it in" in " ".join(
        types("write-again", "ksef", "1", "--to", str(tmp_path)).output.split()
    )


def test_an_answer_is_no_file_to_be_handed_in(scene: Scene, tmp_path: Path) -> None:
    refused = types("write-again", "ksef", "7", "--to", str(tmp_path))
    assert type(refused.exception).__name__ == "UnknownClearanceFile"
