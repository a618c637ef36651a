"""Stops an embedded PostgreSQL that nobody has used for a while: a small process of its own, started with the server.

Run as a script: ``python -I -S keeper.py HOME SECONDS``. It imports nothing but a few modules of the standard library,
writes nothing, and holds one lock beside those that ``api/server/embedded.py`` draws:

    keeper.lock   held by the keeper; beside it a second process waits for the lock, and takes over if the keeper is
                  killed

All is decided under ``start.lock``: a command that arrives while the server is stopped waits, and starts it anew. The
keeper lets ``keeper.lock`` go only under ``start.lock``, and only where no server runs: so whoever finds it held there
may rely on it.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LOOKS = 10  # in the time that the server is kept
_LOOK_S_MAX = 5.0
_POLL_S = 0.02
_STOP_S_MAX = 60.0


def keep(home: str, seconds: float) -> None:
    """Be the keeper of a server until it is gone, unless it has one.

    Args:
        home: the folder of the server, with its locks.
        seconds: how long the server runs on after its last user. It is looked after ten times in that, and at least
            every five seconds.
    """
    lock = os.open(os.path.join(home, "keeper.lock"), os.O_RDWR)
    if not _takes(lock):
        return
    goes_on = True
    while goes_on:
        second = os.fork()
        if second == 0:
            os.close(lock)  # a copy of the keeper's own, which would keep its lock alive
            lock = os.open(os.path.join(home, "keeper.lock"), os.O_RDWR)
            goes_on = _takes_over(home, lock)
        else:
            goes_on = _watch(home, seconds, lock, second)


def _takes_over(home: str, lock: int) -> bool:
    """Wait, as the second process, until the keeper has ended; tell whether there is a server left to look after."""
    fcntl.flock(lock, fcntl.LOCK_EX)
    with _opened(home, "start.lock") as decision:
        fcntl.flock(decision, fcntl.LOCK_EX)
        if _is_gone(home):
            os.close(lock)
            return False
    return True


def _watch(home: str, seconds: float, lock: int, second: int) -> bool:
    """Look after the server until it is gone, or until the second process has ended, which is told by True."""
    touched, idle_since = 0, time.monotonic()
    while os.path.samestat(os.fstat(lock), os.stat(os.path.join(home, "keeper.lock"))):
        if os.waitpid(second, os.WNOHANG)[0]:
            return True
        with _opened(home, "start.lock") as decision:
            if _takes(decision):  # else another decides at this moment: look again later
                if _is_gone(home):
                    os.close(lock)
                    return False
                last_touched = os.stat(os.path.join(home, "users.lock")).st_mtime_ns
                if last_touched != touched or _is_used(home):
                    touched, idle_since = last_touched, time.monotonic()
                elif time.monotonic() - idle_since >= seconds:
                    _stop(home)
        time.sleep(min(seconds / _LOOKS, _LOOK_S_MAX))
    return False  # the folder was deleted and made anew: its server has another keeper


def _stop(home: str) -> None:
    """Tell PostgreSQL to end, as ``pg_ctl stop -m fast`` does, and wait for it."""
    cluster = os.path.join(home, "cluster")
    try:
        with open(os.path.join(cluster, "data", "postmaster.pid"), encoding="ascii") as file:
            number = int(file.readline())
    except (OSError, ValueError):
        return  # it ends already, or has only begun to start: look again later
    owner = os.stat(cluster)
    child = os.fork()
    if child == 0:
        try:  # as its own account: were the number another's by now, the kernel would refuse
            if owner.st_uid != os.geteuid():
                os.setgroups([])
                os.setgid(owner.st_gid)
                os.setuid(owner.st_uid)
            os.kill(number, signal.SIGINT)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    deadline = time.monotonic() + _STOP_S_MAX
    while not _is_gone(home) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _is_gone(home: str) -> bool:
    with _opened(home, "alive.lock") as alive:
        return _takes(alive)


def _is_used(home: str) -> bool:
    with _opened(home, "users.lock") as users:
        return not _takes(users)


@contextmanager
def _opened(home: str, name: str) -> Iterator[int]:
    descriptor = os.open(os.path.join(home, name), os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _takes(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    with suppress(FileNotFoundError):  # the folder was deleted; PostgreSQL notices that by itself, within a minute
        keep(sys.argv[1], float(sys.argv[2]))
