"""Connections that outlive the pool that made them, so that the next pool of the database finds them warm.

A process of PostgreSQL that serves a connection learns each table, policy, trigger and plan when it first meets them,
which takes it longer than most tests take to run their statements. A test opens a pool, the application under test six,
a command another one: all of them take up what the one before has put down. What a session has set is forgotten; what
it has learned stays. Only databases of the run's own server are treated so, and only by the process that opened them.
"""

import atexit
import os
import select
from collections import defaultdict
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus

HOME = "TESTED_USUFRUCT_SERVER"
_MOST = 8
#: Everything that ``discard all`` forgets, but what has been prepared and planned.
_FORGET = (
    b"reset session authorization; reset all; select pg_advisory_unlock_all();"
    b"close all; unlisten *; discard temp; discard sequences"
)
_process = os.getpid()
#: By folder of the socket, database and user.
_kept: defaultdict[tuple[str, ...], list["psycopg.Connection[Any]"]] = defaultdict(list)


def taken(parameters: dict[str, Any]) -> "psycopg.Connection[Any] | None":
    """One that was put down and is as good as new; None: whoever asks opens one."""
    where = tuple(str(parameters.get(name)) for name in ("host", "dbname", "user"))
    is_plain = parameters.keys() <= {"host", "port", "dbname", "user", "connect_timeout", "context"}
    idle = _kept.get(where, []) if is_plain and os.getpid() == _process else []
    while idle:
        try:
            connection = idle.pop()
        except IndexError:  # another thread was faster
            return None
        if _is_idle(connection) and not select.select([connection.fileno()], [], [], 0)[0]:
            return connection
        connection.close()  # its process has ended, or says something that nobody has asked
    return None


def put_down(connection: "psycopg.Connection[Any]") -> bool:
    """Keep a connection that its pool closes, if it can be; else it is to be closed."""
    if os.getpid() != _process or not _is_idle(connection):
        return False
    info = connection.info
    home = os.environ.get(HOME)
    if home is None or not info.host.startswith(home) or not info.dbname.startswith(("test_", "copy_", "world_")):
        return False
    idle = _kept[info.host, info.dbname, info.user]
    if len(idle) >= _MOST or not _forgotten(connection):
        return False
    idle.append(connection)
    return True


def process_numbers(database: str) -> set[int]:
    """Which processes of the server serve those that are put down."""
    return {each.info.backend_pid for (_, name, _), idle in list(_kept.items()) if name == database for each in idle}


def close_all(database: str) -> None:
    """Close those of a database that goes, or that is copied: nobody else may be connected then."""
    for where in [each for each in list(_kept) if each[1] == database]:
        for connection in _kept.pop(where):
            connection.close()


def _is_idle(connection: "psycopg.Connection[Any]") -> bool:
    return not connection.closed and connection.info.transaction_status is TransactionStatus.IDLE


def _forgotten(connection: "psycopg.Connection[Any]") -> bool:
    """Take back what a session and its driver have been set to; False: the connection broke over it."""
    try:
        connection.autocommit = False
        connection.read_only = connection.isolation_level = connection.deferrable = None
        return connection.pgconn.exec_(_FORGET).status == ExecStatus.COMMAND_OK
    except psycopg.Error:
        return False


@atexit.register
def _close_each() -> None:
    if os.getpid() == _process:
        for _, database, _ in list(_kept):
            close_all(database)
