"""Commands about who did what: listed, sealed, verified against an anchor that is kept outside, pruned."""

import json
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, file, now, say, table, workplace
from api.cli.documents import LEAVES_OPTIONS
from quantities.counted import counted
from quantities.errors import Invalid

if TYPE_CHECKING:
    from api.audit.store import AuditAnchor

_FAULTY = 1
_SHOWN = 20

audit = typer.Typer(help="Who did what, sealed so that a change of it shows.", no_args_is_help=True)


class NotAnAnchor(Invalid):
    """The file is not an anchor."""


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(audit, name="audit")


@audit.command("list", context_settings=LEAVES_OPTIONS)
def list_entries(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = _SHOWN,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """List who did what, the newest first.

    --from a day or an instant, --to a day that counts or an instant that does not; of --who by name, of an --operation
    by a part of its name, as release or /v1/readings; --sort at lists the oldest first.
    """
    from rich.markup import escape

    from api.audit.audit_query import AuditQuery
    from api.audit.views import entry_out
    from api.cli.lists import list_asked, rows_asked, say_more
    from api.operations.audit import list_entries as listed

    query = list_asked(AuditQuery, context.args)
    with workplace(tenant, Permission.AUDIT_READ) as place, place.transaction() as session:
        entries, more = rows_asked(lambda asked: listed(session, place.tenant, asked), query, limit, as_json=as_json)
        shown = [entry_out(entry) for entry in entries]
    rows = [
        (
            entry.position or "not sealed",
            entry.at.astimezone(UTC).isoformat(timespec="seconds"),
            escape(entry.who or ("the schedule" if entry.identity is None else str(entry.identity))),
            entry.door,
            escape(entry.operation),
            escape(entry.object),
        )
        for entry in shown
    ]
    facts = [entry.model_dump(mode="json") for entry in shown]
    columns = ("position", "at", "who", "door", "operation", "of")
    say(facts, table(columns, rows, right=("position",)) if rows else "there is no entry", as_json=as_json)
    say_more(more)


@audit.command("seal")
def seal(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Seal what is not sealed yet, as `serve` and `worker` do at each tick."""
    from api.operations.audit import seal_all

    with workplace(tenant, Permission.AUDIT_READ) as place:
        sealed = seal_all(place.database, place.tenant)
    say({"sealed": sealed}, f"{counted(sealed, 'entry')} sealed", as_json=as_json)


@audit.command("anchor")
def anchor(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Print the newest seal, to be kept where nobody of this database can change it; `verify --anchor` reads it."""
    from api.operations.audit import newest_anchor

    with workplace(tenant, Permission.AUDIT_READ) as place, place.transaction() as session:
        newest = newest_anchor(session, place.tenant)
    facts = {"position": newest.position, "hash": newest.hash.hex()}
    say(facts, f"position {newest.position}\nhash     {newest.hash.hex()}", as_json=as_json)


@audit.command("verify")
def verify(
    *,
    anchor_file: Annotated[
        Path | None, typer.Option("--anchor", help="What `audit anchor --json` has printed once.")
    ] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the chain; exit 1 and name what was changed, removed, swapped, added, or cut off."""
    from api.audit.views import verified_out
    from api.operations.audit import verify_chain

    anchored = None if anchor_file is None else _anchor(file(anchor_file))
    with workplace(tenant, Permission.AUDIT_READ) as place, place.transaction() as session:
        verified = verified_out(*verify_chain(session, place.tenant, anchored))
    rows = [(fault.kind, fault.position or "", fault.entry or "") for fault in verified.faults]
    whole = f"{counted(verified.sealed, 'entry')}, and the chain is whole"
    say(
        verified.model_dump(mode="json"),
        table(("fault", "position", "entry"), rows) if rows else whole,
        as_json=as_json,
    )
    if rows:
        raise typer.Exit(_FAULTY)


@audit.command("prune")
def prune(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Remove what is past its retention, as `serve` and `worker` do once a day; the chain goes on from there."""
    from api.operations.audit import prune as pruned

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        addresses, position = pruned(session, now())
    gone = f"; the chain is removed up to position {position}" if position else ""
    say(
        {"addresses": addresses, "position": position}, f"{counted(addresses, 'address')} erased{gone}", as_json=as_json
    )


def _anchor(content: bytes) -> "AuditAnchor":
    """Read an anchor.

    Raises:
        NotAnAnchor: the file is none.
    """
    from api.audit.store import AuditAnchor

    try:
        kept = json.loads(content)
        return AuditAnchor(int(kept["position"]), bytes.fromhex(kept["hash"]))
    except (ValueError, KeyError, TypeError) as error:
        expected, begins = "what `usufruct audit anchor --json` has printed", repr(content[:100])[2:-1]
        raise NotAnAnchor(f"an anchor is {expected}", place="--anchor", found=begins, expected=expected) from error
