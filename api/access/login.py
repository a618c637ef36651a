"""Who sits at the command line: the bearer of the API key that is logged in, or the account that runs the command.

A key is kept in a file that only this user of the operating system may read, one for each tenant of each database. It
is looked up in the database by each command, so that a revoked key no longer speaks for anybody. No name is taken from
the environment (LOGNAME, USER): whoever types the command can write it as well.
"""

import hashlib
import json
import os
import pwd
import tempfile
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import URL
from sqlmodel import Session

from api.access.caller import Caller, IdentityKind
from api.access.identities import account as account_identity
from api.access.identities import owners
from api.access.keys import BEARER, KeyEnded, KeyWaits, UnknownKey, caller_in, hashed, why_ended
from api.access.roles import Role
from api.refusals import Unauthenticated
from metering.log.transaction import fetch
from metering.tenants.store import keeps_four_eyes
from quantities.errors import Conflict, Invalid

_OF_OTHERS = 0o077
_ID_CHARACTERS = 12  # of a key, as lists show it
_OWN_FOLDER = "a folder that you may write to"
_POSTGRESQL_PORT = 5432


class NotLoggedIn(Conflict):
    """Nobody is logged in, and two people must be told apart."""


class KeyOfAnotherTenant(Invalid):
    """The key belongs to another tenant."""


class KeyOfAnOutsider(Invalid):
    """The command line takes no key of an outsider."""


class ExposedKeyFile(Invalid):
    """Others may read or replace the file that keeps the key."""


class DamagedKeyFile(Invalid):
    """The file that keeps the key cannot be read."""


class NoFolderForKeys(Invalid):
    """There is no folder for the file that keeps the key."""


def account() -> str:
    """Name the account that runs this process, by the user id that the kernel knows."""
    try:
        return unicodedata.normalize("NFC", pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:  # as in a container that is given any number
        return f"user {os.getuid()}"


def at_the_keyboard(session: Session, tenant: int, file: "KeyFile", now: datetime) -> Caller:
    """Say who is at the command line: the bearer of the key that is logged in, else the account.

    Args:
        session: states the tenant.
        tenant: the same.
        file: where the key is kept.
        now: the instant at which the key must be valid.

    Raises:
        UnknownKey, KeyOfAnotherTenant, KeyOfAnOutsider: the key that is kept does not speak for anybody here.
        ExposedKeyFile, DamagedKeyFile: the key that is kept is not to be trusted.
    """
    key = file.read()
    if key is not None:
        return bearer(session, tenant, key, now)
    name = account()
    return Caller(tenant, account_identity(session, name, now), name, IdentityKind.ACCOUNT, Role.OWNER)


def refuse_account(session: Session, caller: Caller, *, even_off: bool = False) -> None:
    """Refuse an account what two must see.

    Args:
        session: states the tenant.
        caller: who is at the keyboard.
        even_off: whether two must see it while four eyes are off, too.

    Raises:
        NotLoggedIn: nobody is logged in.
    """
    if caller.kind is IdentityKind.ACCOUNT and (even_off or keeps_four_eyes(session)):
        are_two = owners(session) > 1
        first = "log in with your own key" if are_two else "get a key, and log in with it"
        lost = "\nif it is lost:\n  usufruct user recover NAME --reason TEXT" if are_two else ""
        makes = "" if are_two else "  usufruct user create NAME --role owner\n"
        raise NotLoggedIn(
            f"an account such as {caller.name!r} does not tell people apart; {first}:\n{makes}  usufruct login{lost}",
            found=caller.name,
            expected="a person's own key",
        )


def bearer(session: Session, tenant: int, key: str, now: datetime, *, of_outsiders: bool = False) -> Caller:
    """Look up who bears a key of the command line; ``of_outsiders``: of a command that is for outsiders.

    Raises:
        UnknownKey: the database has none such.
        KeyWaits, KeyEnded: it does not work yet, or no more.
        KeyOfAnotherTenant: it does not speak for this tenant.
        KeyOfAnOutsider: it speaks for a party, or sees one contract alone.
    """
    try:
        caller = caller_in(fetch(session, BEARER, {"key_sha256": hashed(key)}), now)
    except Unauthenticated as error:
        ended = why_ended(partial(fetch, session), key, now)
        refusal = UnknownKey if ended is None else KeyWaits if ended.why == "waits" else KeyEnded
        detail = f"{ended or error}; `usufruct login` takes another, `usufruct logout` forgets it"
        raise refusal(detail, place="the key", found=key[:_ID_CHARACTERS], expected="a key that works") from error
    if caller.tenant != tenant:
        detail = f"the key of {caller.name!r} is not one of this tenant; --tenant names another"
        raise KeyOfAnotherTenant(detail, place="--tenant", found=caller.name, expected="a key of this tenant")
    if caller.is_customer and not of_outsiders:
        expected = "a key of the tenant's own"
        detail = f"{caller.name!r} is a {caller.role}, whose key works over HTTP: `Authorization: Bearer KEY`"
        raise KeyOfAnOutsider(detail, found=caller.role.value, expected=expected)
    return caller


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Where the key for one tenant of one database is kept.

    Attributes:
        folder: of all such files, of this user alone; None where the user has no folder at all.
        database: its address, without who connects.
        tenant: by its number.
    """

    folder: Path | None
    database: str
    tenant: int

    @property
    def _path(self) -> Path | None:
        """The file's path; its name holds a digest of the address, which itself is no file name."""
        digest = hashlib.sha256(f"{self.database}#{self.tenant}".encode()).hexdigest()[:24]
        return None if self.folder is None else self.folder / f"login-{digest}.json"

    def read(self) -> str | None:
        """Read the key, if one is kept.

        Raises:
            ExposedKeyFile: others may read the file, or put another in its place.
            DamagedKeyFile: it is there and cannot be read.
        """
        path = self._path
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                _refuse_exposed(path.parent, path.parent.stat())
                _refuse_exposed(path, os.fstat(file.fileno()))
                key = json.loads(file.read())["key"]
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            detail, expected = f"{path}: {error}; `usufruct login` writes it anew", "what `usufruct login` writes"
            raise DamagedKeyFile(detail, place=str(path), found=str(error), expected=expected) from error
        return str(key)

    def write(self, key: str) -> None:
        """Keep a key in the place of the one before; a process that is killed leaves either the old or the new one.

        Raises:
            NoFolderForKeys: it cannot be written.
            ExposedKeyFile: the folder belongs to somebody else.
        """
        path = self._path
        if path is None:
            detail = "this user has no home; name a folder with XDG_CONFIG_HOME"
            raise NoFolderForKeys(detail, place="XDG_CONFIG_HOME", found="not set", expected=_OWN_FOLDER)
        content = json.dumps({"database": self.database, "tenant": self.tenant, "key": key}, indent=1)
        aside = None
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.parent.stat().st_uid == os.geteuid():
                path.parent.chmod(0o700)
            _refuse_exposed(path.parent, path.parent.stat())
            descriptor, name = tempfile.mkstemp(prefix=".login-", dir=path.parent)  # of mode 0600
            aside = Path(name)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            aside.replace(path)
        except OSError as error:
            if aside is not None:
                with suppress(OSError):
                    aside.unlink()
            raise NoFolderForKeys(
                f"{path}: {error.strerror}", place="XDG_CONFIG_HOME", found=str(path), expected=_OWN_FOLDER
            ) from error

    def forget(self) -> bool:
        """Delete the file, whatever it holds; say whether there was one."""
        path = self._path
        if path is None:
            return False
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise NoFolderForKeys(
                f"{path}: {error.strerror}", place="XDG_CONFIG_HOME", found=str(path), expected=_OWN_FOLDER
            ) from error
        return True


def key_file(address: URL, tenant: int) -> KeyFile:
    """Name the file for a tenant of the database at an address; the user who connects is no part of the name."""
    host, port = address.host or address.query.get("host", ""), address.port or address.query.get("port")
    return KeyFile(_folder(), f"{host}:{port or _POSTGRESQL_PORT}/{address.database}", tenant)


def _folder() -> Path | None:
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if named.is_absolute():  # others are to be ignored, says the XDG specification
        return named / "usufruct"
    try:
        return Path.home() / ".config" / "usufruct"
    except RuntimeError:
        return None


def _refuse_exposed(path: Path, status: os.stat_result) -> None:
    """Refuse a file or a folder that belongs to another user, or that others may use."""
    if status.st_uid != os.geteuid():
        detail = f"{path} belongs to user {status.st_uid}"
        raise ExposedKeyFile(detail, place=str(path), found=status.st_uid, expected=os.geteuid())
    mode = status.st_mode & 0o777
    if mode & _OF_OTHERS:
        right = mode & ~_OF_OTHERS
        detail = f"others may use {path}: `chmod {right:o} {path}`, and revoke the key if somebody has read it"
        raise ExposedKeyFile(detail, place=str(path), found=f"{mode:o}", expected=f"{right:o}")
