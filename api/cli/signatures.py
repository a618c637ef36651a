"""Commands about signatures: verifiers and lenders sign what they see, by their own keys, and all are listed."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, now, say, table, workplace
from api.cli.login import asked_key

if TYPE_CHECKING:
    from billing.signatures.store import RecordedSignature

Note = Annotated[str, typer.Option(help="What the signatory adds.")]


def add_to(contract: typer.Typer) -> None:
    """Give the commands of contracts these."""
    contract.command("sign")(sign_contract)
    contract.command("signatures")(list_signatures)


def sign_contract(
    reference: str,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="A released version; the newest, unless named.")] = None,
    note: Note = "",
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Sign a released version as it is stored; the signatory's key is asked for, or read from standard input."""
    from api.operations import signatures

    with (
        workplace(tenant, Permission.CONTRACTS_SIGN, shown=asked_key()) as place,
        place.transaction() as session,
    ):
        who = place.caller.name
        signed = signatures.sign_contract(session, reference, version, who=who, at=now(), note=note)
    sentence = f"{signed.name} has signed version {signed.version}, {_digest(signed)}…"
    say(asdict(signed), sentence, as_json=as_json)


def list_signatures(reference: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List the signatures of a contract's versions and statements, the oldest first."""
    from rich.markup import escape

    from api.operations import signatures

    with workplace(tenant, Permission.CONTRACTS_READ) as place, place.transaction() as session:
        listed = signatures.list_signatures(session, reference)
    rows = [
        (
            escape(row.name),
            row.signed_at,
            row.version or "",
            row.statement or "",
            row.content_sha256[:12],
            escape(row.note),
        )
        for row in listed
    ]
    columns = ("who", "at", "version", "statement", "digest", "note")
    say(list(map(asdict, listed)), table(columns, rows), as_json=as_json)


def _digest(signed: "RecordedSignature") -> str:
    """The beginning of what was signed, enough to tell one version from another."""
    return signed.content_sha256[:12]
