"""What commands share: answering a person or a program, and the database with the tenant at hand."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from api.cli.running import running
from api.refusals import Forbidden, Gone, Stale, TooLarge, TooMany, Unauthenticated, UnsupportedMediaType
from metering.limits import FILE_BYTES_MAX
from quantities.counted import counted
from quantities.errors import Conflict, Invalid, NotFound, Unavailable, UsufructError

if TYPE_CHECKING:  # loading them would cost what a quick start forbids
    from rich.console import Console
    from rich.table import Table
    from sqlmodel import Session

    from api.access.caller import Caller
    from api.access.roles import Permission
    from api.audit.note import AuditNote
    from api.server.database import Access, Database
    from metering.quality.edits.store import Edit
    from quantities.period import Period

#: By kind of refusal; 1 is left to what is found (``replay``, ``audit verify``) and to what nobody foresaw.
EXIT_CODES: dict[type[UsufructError], int] = {
    Invalid: 3,
    TooLarge: 3,
    UnsupportedMediaType: 3,
    NotFound: 4,
    Gone: 4,
    Conflict: 5,
    Stale: 5,
    Unavailable: 6,
    TooMany: 6,
    Forbidden: 7,
    Unauthenticated: 7,
}
FIRST_TENANT = "main"

_PIPED_WIDTH = 132
_VERDICTS_SHOWN = 20


class Screen:
    """One of the two outputs, as rich prints on it; rich is loaded at the first print."""

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    @cached_property
    def console(self) -> "Console":
        """The console itself; the standard output is wide where nobody looks at it."""
        from rich.console import Console

        console = Console(stderr=self._stderr, highlight=False)
        is_piped = not self._stderr and not console.is_terminal
        return Console(highlight=False, width=_PIPED_WIDTH) if is_piped else console

    @property
    def is_terminal(self) -> bool:
        """Whether a person looks at it."""
        return self.console.is_terminal

    def print(self, *objects: object, **options: Any) -> None:
        """Print as ``rich.console.Console.print`` does."""
        self.console.print(*objects, **options)

    def print_json(self, text: str) -> None:
        """Print JSON for a person, indented."""
        self.console.print_json(text)


out, err = Screen(stderr=False), Screen(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
TenantName = Annotated[
    str | None, typer.Option("--tenant", envvar="USUFRUCT_TENANT", help="Whose; not needed while there is one.")
]


#: So many rows of a list are shown to a person who does not say how many.
_ROWS_SHOWN = 100
RowLimit = Annotated[
    int | None,
    typer.Option("--limit", min=1, help=f"At most so many: {_ROWS_SHOWN}, unless it is said; with --json all."),
]


def rows_shown(limit: int | None, *, as_json: bool) -> int | None:
    """How many rows of a list are shown at most; None: all."""
    return limit or (None if as_json else _ROWS_SHOWN)


#: Where `usufruct trigger` lets things happen; it is nobody's unless it is named.
TRIAL_TENANT = "trial"


class WhichTenant(Invalid):
    """The tenant is not named, or there is none of that name."""


@dataclass(frozen=True)
class Workplace:
    """A database with one tenant stated, and who works there; ``shown`` is a key that a command takes for itself."""

    access: "Access"
    database: "Database"
    tenant: int
    needs: "tuple[Permission, ...]" = ()
    shown: str | None = None

    @cached_property
    def caller(self) -> "Caller":
        """Who is at the keyboard: the bearer of the key that is logged in, else the account that runs this.

        Raises:
            UsufructError: the key that is kept speaks for nobody, or is not to be trusted (api/access/login.py).
        """
        from api.access.login import at_the_keyboard, bearer, key_file

        with self.database.transaction(self.tenant) as session:
            if self.shown is not None:
                return bearer(session, self.tenant, self.shown, now(), of_outsiders=True)
            return at_the_keyboard(session, self.tenant, key_file(self.access.app, self.tenant), now())

    def person(self, *, even_off: bool = False) -> str:
        """Name who is at the keyboard where two must see what is recorded: then only a key says who this is.

        Args:
            even_off: whether two must see it while four eyes are off, too, as a release of the switch itself.

        Raises:
            NotLoggedIn: nobody is logged in.
        """
        from api.access.login import refuse_account

        with self.database.transaction(self.tenant) as session:
            refuse_account(session, self.caller, even_off=even_off)
        return self.caller.name

    def one_of_the_owners(self, *, even_off: bool = False) -> None:
        """Refuse an account where there are two owners: they are told apart by their keys.

        Args:
            even_off: as for ``person``.

        Raises:
            NotLoggedIn: nobody is logged in.
        """
        from api.access.identities import owners

        with self.database.transaction(self.tenant) as session:
            are_two = owners(session) > 1
        if are_two:
            self.person(even_off=even_off)

    @contextmanager
    def administrators_transaction(self) -> Iterator["Session"]:
        """Open one transaction of the tenant by the administrator of the database, whoever is logged in; it is noted.

        Raises:
            NoAdministrator: no address of one is named.
        """
        from contextlib import closing

        from api.audit.note import note
        from api.server.database import Database

        with (
            closing(Database(self.access.administrator)) as database,
            database.transaction(self.tenant) as session,
        ):
            yield session
            note(session, self._noted("", always=True))

    @contextmanager
    def changing_people(self) -> Iterator["Session"]:
        """As ``transaction``, where somebody, or a way in, is made or ended: with two owners, no account does either.

        Raises:
            NotLoggedIn: nobody is logged in.
        """
        self.one_of_the_owners()
        with self.transaction() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator["Session"]:
        """Open one transaction of the tenant, in which whoever is at the keyboard acts; what it writes is noted."""
        from api.audit.note import note

        who = self.caller
        with self.database.transaction(self.tenant, who.party, acting=who.acting) as session:
            yield session
            note(session, self._noted_of_caller())

    def note_now(self) -> None:
        """Leave the command's entry in a transaction of its own, before work that is done in many."""
        from dataclasses import replace

        from api.audit.note import note

        with self.database.transaction(self.tenant, acting=self.caller.acting) as session:
            note(session, replace(self._noted_of_caller(), always=True))

    def _noted_of_caller(self) -> "AuditNote":
        from api.audit.note import is_always_noted

        return self._noted(self.caller.key, always=is_always_noted(self.caller.role, self.needs))

    def _noted(self, key: str, *, always: bool) -> "AuditNote":
        import socket

        from api.access.login import account
        from api.audit.note import AuditNote, Door
        from api.audit.personal import PERSONAL_ARGUMENTS

        command = running()
        return AuditNote(
            at=now(),
            door=Door.COMMAND_LINE,
            operation="" if command is None else command.name,
            object="" if command is None else command.written(PERSONAL_ARGUMENTS),
            key=key,
            address=f"{socket.gethostname()}/{account()}",
            body_sha256=None if command is None else command.files_sha256,
            always=always,
        )


@contextmanager
def workplace(tenant: str | None, *needs: "Permission", shown: str | None = None) -> Iterator[Workplace]:
    """Reach the database and find the tenant; an embedded database without any gets its first.

    Args:
        tenant: its name; None where there is one.
        needs: what whoever is at the keyboard must be allowed, one of them; none where anybody may.
        shown: the key of who acts by this command alone, as a customer does or a lender; None: who is logged in.

    Raises:
        WhichTenant: there are several and none is named, or none of that name.
        Forbidden: whoever is logged in may not.
        Unavailable: the database cannot be reached.
    """
    from api.server.database import Database
    from api.server.provision import ready_database
    from api.server.settings import from_environment

    settings = from_environment()
    with ready_database(settings) as access:
        database = Database(access.app, ksef=settings.ksef)
        try:
            place = Workplace(access, database, _tenant(access, database, tenant), needs, shown)
            if needs:
                place.caller.needs(*needs)
            yield place
        finally:
            database.close()


def _tenant(access: "Access", database: "Database", name: str | None) -> int:
    from api.operations import tenants
    from api.server.provision import administering

    with database.transaction() as session:
        known = tenants.tenants(session)
    own = [key for called, key in known.items() if called != TRIAL_TENANT]
    if name is None and len(own) == 1:
        return own[0]
    if name in known:
        return known[name]
    if not own and name is None and access.admin is not None:
        with administering(access.administrator) as administrator:
            return tenants.create(administrator, FIRST_TENANT)
    detail = (
        f"there is no tenant {name!r}" if name else "there are several tenants" if own else "there is no tenant yet"
    )
    raise WhichTenant(detail, found=name, expected=sorted(known) or "usufruct tenant create NAME")


def say(facts: object, sentence: object, *, as_json: bool) -> None:
    """Answer a person in a sentence or a table, or a program in facts."""
    if as_json:
        print(json.dumps(facts, default=str))  # noqa: T201 a pipe wants no markup and no wrapping
    else:
        out.print(sentence)


def say_waits(edit: "Edit", *, as_json: bool) -> None:
    """Answer that nothing is written yet, because bills rest on it."""
    sentence = f"bills rest on it, so edit {edit.id} waits for another person: usufruct edit release {edit.id}"
    say({"edit": edit.id, "kind": edit.kind.value, "register": edit.register}, sentence, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Rows:
    """A table for a person; rich lays it out when it is printed."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    right: Sequence[str]

    def __rich__(self) -> "Table":
        """Lay the rows out."""
        from rich.table import Table

        laid = Table(box=None, header_style="bold", pad_edge=False)
        for column in self.columns:
            laid.add_column(column, justify="right" if column in self.right else "left", overflow="fold")
        for row in self.rows:
            laid.add_row(*(str(cell) for cell in row))
        return laid


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()) -> Rows:
    """Lay rows out for a person; ``right`` names the columns of numbers."""
    return Rows(columns, list(rows), right)


def show_verdicts(verdicts: Sequence[tuple[int, str, str, str]], refused: int, screen: Screen | None = None) -> None:
    """Show a person why rows are not stored: how many for which reason, and the first of them."""
    if not verdicts:
        return
    screen = screen or out
    counts = Counter(code for _, code, _, _ in verdicts)
    screen.print(", ".join(f"{count} {code}" for code, count in counts.most_common()))
    screen.print(table(("line", "verdict", "found", "expected"), verdicts[:_VERDICTS_SHOWN], right=("line",)))
    if refused > _VERDICTS_SHOWN:
        screen.print(f"… and {refused - _VERDICTS_SHOWN} more; --json has a thousand")


def show_refused_rows(error: UsufructError) -> None:
    """Show the rows for which a delivery of all or none is refused; nothing for any other refusal."""
    verdicts, refused = error.members.get("verdicts"), error.members.get("refused")
    if isinstance(verdicts, list) and isinstance(refused, int):
        rows = [(row["line"], row["code"], row["found"], row["expected"]) for row in verdicts]
        show_verdicts(rows, refused, err)


def is_asked() -> bool:
    """Tell whether a person types, who can be asked."""
    return sys.stdin.isatty()


@contextmanager
def progressing(what: str, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a person at a terminal how far a long work is; hand out what is told so."""
    from rich.progress import Progress

    with Progress(console=err.console, transient=True, disable=not (shown and err.is_terminal)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def file(path: Path) -> bytes:
    """Read a file that a person named.

    Raises:
        UnreadablePath: it is not there, or not theirs to read.
        FileTooLarge: it is larger than any that is read.
    """
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            detail = f"{path} has {counted(size, 'byte')}; send it in parts"
            raise FileTooLarge(detail, place=str(path), found=size, expected=f"at most {FILE_BYTES_MAX} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadablePath(f"{path}: {error.strerror}", found=str(path)) from error
    if (command := running()) is not None:
        command.reads(content)
    return content


class WrittenFile(NamedTuple):
    """A file that a command has written: what it holds, and where it stands."""

    what: str
    path: Path


def write_file(what: str, path: Path, content: bytes) -> WrittenFile:
    """Write a file that a person named.

    Raises:
        UnwritablePath: the folder is not there, or not theirs to write to, or has no room.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        expected = "a path where a file can be written"
        raise UnwritablePath(f"{path}: {error.strerror}", found=str(path), expected=expected) from error
    return WrittenFile(what, path)


def say_written(files: Sequence[WrittenFile], *, as_json: bool = False) -> None:
    """Show a person what was written where; a program knows what it asked for."""
    from rich.markup import escape

    if files and not as_json:
        out.print(table(("written", "file"), [(escape(what), escape(str(path))) for what, path in files]))


def contract_document(path: Path) -> Any:
    """Read a contract's document; a baseline that it names as a file stands beside it, and is read into its place.

    Raises:
        FaultyDocument: one of both is no document.
        UnreadablePath: one of both is not there.
    """
    from quantities.document import read

    document = read(file(path))
    for option in options_with_baselines(document):
        option["baseline"] = read(file(path.parent / option["baseline"]))
    return document


def options_with_baselines(document: Any) -> list[dict[str, Any]]:
    """List the options of a contract's document that name their baseline as a file."""
    plans = document.get("savings") if isinstance(document, dict) else None
    options = [plan.get("option") for plan in plans if isinstance(plan, dict)] if isinstance(plans, list) else []
    return [option for option in options if isinstance(option, dict) and isinstance(option.get("baseline"), str)]


class UnwritablePath(Invalid):
    """The file cannot be written."""


class UnreadablePath(Invalid):
    """The file is missing or cannot be read."""


class FileTooLarge(Invalid):
    """The file is too large."""


def instant(text: str) -> datetime:
    """Read from when on, from the command line: an instant, or a day, which begins with its first instant in UTC.

    Raises:
        NotATime: it is neither, or an instant states no offset.
    """
    from quantities.days import begins, day_or_instant

    return begins(day_or_instant(text))


def span(session: "Session", register: str, first: str, last: str) -> "Period":
    """Read a time of a register from the command line: days are those of its site, and the last one counts.

    Raises:
        NotATime: an end is neither a day nor an instant, or an instant states no offset.
        NoSuchRegister: there is no register of that key.
        EmptyPeriod: it does not end after it starts.
    """
    from api.operations.fleet import span_of
    from quantities.days import day_or_instant

    return span_of(session, register, day_or_instant(first), day_or_instant(last))


def day(text: str) -> date:
    """Read a day from a command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no day, as 2026-01-01") from error


def after(text: str) -> date:
    """Read a last day from a command line: say which day follows it."""
    from quantities.days import day_after

    return day_after(day(text))


def now() -> datetime:
    """Read the clock, here at the door; everything below gets the instant as an argument."""
    return datetime.now(UTC)


def public_address() -> str:
    """At which customers reach the server, as the environment says; empty where it does not."""
    from api.server.settings import from_environment

    return from_environment().public_url or ""
