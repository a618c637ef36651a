"""Commands about who may call: identities, and the keys that they hold."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, instant, now, say, table, workplace

if TYPE_CHECKING:
    from api.access.identities import Identity
    from api.access.keys import Key, MadeKey

user = typer.Typer(help="People and programs that may call, each in its role.", no_args_is_help=True)
key = typer.Typer(help="API keys: an identity holds any number of them.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(user, name="user")
    app.add_typer(key, name="key")


@user.command("create")
def create_user(
    name: Annotated[str, typer.Argument(help="One person or program; what it does is recorded under this.")],
    *,
    role: Annotated[str, typer.Option(help="owner, contract_manager, finance, meter, customer, auditor …")],
    party: Annotated[str | None, typer.Option(help="For who speaks for a party: its name.")] = None,
    contract: Annotated[str | None, typer.Option(help="For a verifier or a lender: the contract that it sees.")] = None,
    program: Annotated[bool, typer.Option("--program", help="A program, which releases nothing.")] = False,
    administers: Annotated[bool, typer.Option("--administers", help="A customer's: manages its people.")] = False,
    keyless: Annotated[bool, typer.Option("--no-key", help="Without a key, as for who signs in elsewhere.")] = False,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make an identity and its first key, which is said once; a person is one person whichever key it holds."""
    from api.access.caller import IdentityKind
    from api.access.identities import NewIdentity
    from api.access.roles import Role
    from api.operations.people import create_identity, enrol, people_wait

    if role not in set(Role):
        raise typer.BadParameter(f"{role} is none of {', '.join(Role)}")
    kind = IdentityKind.PROGRAM if program else IdentityKind.PERSON
    new = NewIdentity(name, Role(role), kind, party, contract, administers)
    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        if people_wait(session):
            place.person()
        made = None if keyless else enrol(session, new, at=now())
        waits = create_identity(session, new, at=now()).waits if made is None else made.waits
    facts = {"name": name, "role": role, "id": None, "key": None, "waits": waits}
    facts |= {} if made is None else asdict(made)
    released = f": another owner releases it: usufruct user release {name!r}" if waits else ""
    say(facts, f"{name}, {role}{released}" if made is None else _said_once(made), as_json=as_json)


@user.command("list")
def list_users(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List who may call, by name; who waits is released by another owner than made it."""
    from api.operations.people import list_identities

    with workplace(tenant, Permission.PEOPLE_READ) as place, place.transaction() as session:
        listed = list_identities(session)
    _show("name kind role party contract since until waits", map(_facts, listed), as_json=as_json)


@user.command("release")
def release_user(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release somebody whom another owner made, or a key that another made for them: now their keys work."""
    from api.operations.people import release_identity

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        place.person()
        released = release_identity(session, name, by=place.caller.identity, at=now())
    say(_facts(released), f"{released.name} may act", as_json=as_json)


@user.command("disable")
def disable_user(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Let none of somebody's keys work any more; what they did stays theirs, and so does the name."""
    from api.operations.people import disable_identity

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        disabled = disable_identity(session, name, at=now(), by=place.caller.identity)
    say(_facts(disabled), f"{disabled.name} acts no more", as_json=as_json)


@user.command("bind")
def bind_user(
    name: Annotated[str, typer.Argument(help="Whom the subject is here.")],
    *,
    issuer: Annotated[str, typer.Option(help="An issuer that is trusted; `usufruct openid add` trusts one.")],
    subject: Annotated[str, typer.Option(help="As the issuer's tokens name it: a number or a code, no address.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Say who a subject of an OpenID issuer is: from now on its tokens speak for this person."""
    from api.operations.issuers import bind_subject

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        bound = bind_subject(session, place.caller, name, issuer, subject, at=now())
    say(asdict(bound), f"{bound.subject} of {bound.issuer} is {bound.name}", as_json=as_json)


@user.command("unbind")
def unbind_user(
    *,
    issuer: Annotated[str, typer.Option(help="The issuer.")],
    subject: Annotated[str, typer.Option(help="The subject, as `usufruct openid subjects` lists it.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Let a subject of an OpenID issuer be nobody here; its tokens and sessions end at once."""
    from api.operations.issuers import unbind_subject

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        bound = unbind_subject(session, issuer, subject, at=now())
    say(asdict(bound), f"{bound.subject} of {bound.issuer} is nobody here any more", as_json=as_json)


@user.command("erase")
def erase_user(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Write a number where a disabled one's name stands; what issued documents hold is kept by law."""
    from api.operations.audit import erase_identity

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.transaction() as session:
        erased = erase_identity(session, name)
    say({"name": erased}, f"{erased!r} stands for the name from now on", as_json=as_json)


@key.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key it is; `usufruct user create` makes an identity.")],
    *,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do at most, as readings:write; again for more.")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends by itself, as 2027-01-01.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key and say it, once; only its hash is kept."""
    from api.operations import people

    unknown = set(scope or ()) - set(Permission)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: none of {', '.join(Permission)}")
    scoped, ends = None if not scope else list(map(Permission, scope)), instant(expires) if expires else None
    with workplace(tenant, Permission.KEYS_WRITE) as place, place.transaction() as session:
        if people.people_wait(session):
            place.person()
        made = people.create_key(session, name, scope=scoped, expires_at=ends, at=now())
    say(asdict(made), _said_once(made), as_json=as_json)


@key.command("list")
def list_keys(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List keys by whose they are; a key is named by its first characters."""
    from api.operations import people

    with workplace(tenant, Permission.PEOPLE_READ) as place, place.transaction() as session:
        listed = people.list_keys(session)
    _show("id name scope since expires revoked waits", map(_key_facts, listed), as_json=as_json)


@key.command("revoke")
def revoke_key(key_id: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End a key, named by its first characters as `key list` shows them."""
    from api.operations import people

    with workplace(tenant, Permission.KEYS_WRITE) as place, place.transaction() as session:
        revoked = people.revoke_key(session, key_id, at=now())
    say(_key_facts(revoked), f"{revoked.id} of {revoked.name} is revoked", as_json=as_json)


@key.command("rotate")
def rotate_key(
    key_id: str,
    *,
    overlap: Annotated[int, typer.Option(min=0, help="For how many hours both keys work.")] = 24,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make a key in the place of another, which works on for a while, so that there is no gap."""
    from api.operations import people

    with workplace(tenant, Permission.KEYS_WRITE) as place, place.transaction() as session:
        if people.people_wait(session):
            place.person()
        made = people.rotate_key(session, key_id, overlap=timedelta(hours=overlap), at=now())
    sentence = f"{made.key}\nIt is said once. {key_id} works for {overlap} hours more."
    say(asdict(made), sentence, as_json=as_json)


def _said_once(made: "MadeKey") -> str:
    uses = f"Use it as: Authorization: Bearer {made.key}\nor give it to: usufruct login"
    waits = "\nIt works once another owner has released it: usufruct user release NAME" if made.waits else ""
    return f"{made.key}\nIt is said once. {uses}{waits}"


def _facts(identity: "Identity") -> dict[str, object]:
    return {
        "name": identity.name,
        "kind": identity.kind.value,
        "role": identity.role.value,
        "party": identity.party,
        "contract": identity.contract,
        "since": identity.created_at,
        "until": None if identity.waits else identity.disabled_at,
        "waits": "for a release" if identity.waits else None,
    }


def _key_facts(shown: "Key") -> dict[str, object]:
    return {
        "id": shown.id,
        "name": shown.name,
        "scope": None if shown.scope is None else list(map(str, shown.scope)),
        "since": shown.created_at,
        "expires": shown.expires_at,
        "revoked": None if shown.waits else shown.revoked_at,
        "waits": "for a release" if shown.waits else None,
    }


def _show(columns: str, facts: Iterable[dict[str, object]], *, as_json: bool) -> None:
    from rich.markup import escape

    listed, names = list(facts), columns.split()
    rows = [["" if row[name] is None else escape(str(row[name])) for name in names] for row in listed]
    say(listed, table(names, rows), as_json=as_json)
