"""Commands about who may call: identities, and the keys that they hold."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.access.roles import Permission
from api.cli.context import AsJson, TenantName, instant, is_asked, now, out, say, table, workplace
from quantities.counted import counted
from quantities.errors import Conflict

if TYPE_CHECKING:
    from api.access.identities import Identity
    from api.access.keys import Key, MadeKey
    from api.access.releases import Release

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
    from api.operations.people import create_identity, enrol

    if role not in set(Role):
        raise typer.BadParameter(f"{role} is none of {', '.join(Role)}")
    kind = IdentityKind.PROGRAM if program else IdentityKind.PERSON
    new = NewIdentity(name, Role(role), kind, party, contract, administers)
    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
        made = None if keyless else enrol(session, new, at=now())
        waits = create_identity(session, new, at=now()).waits if made is None else made.waits
    facts = {"name": name, "role": role, "id": None, "key": None, "waits": waits}
    facts |= {} if made is None else asdict(made)
    released = f": another owner releases it: usufruct user release {name!r}" if waits else ""
    say(facts, f"{name}, {role}{released}" if made is None else _said_once(made, name), as_json=as_json)


@user.command("list")
def list_users(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List who may call, by name; who waits is released by another owner than made it."""
    from api.operations.people import list_identities

    with workplace(tenant, Permission.PEOPLE_READ) as place, place.transaction() as session:
        listed = list_identities(session)
    _show("name kind role party contract since by until waits", map(_facts, listed), as_json=as_json)


class NotAgreed(Conflict):
    """Nobody has agreed to letting them in."""


Yes = Annotated[bool, typer.Option("--yes", help="Let in what is named, unasked.")]


@user.command("release")
def release_user(name: str, *, yes: Yes = False, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release somebody whom another owner made, and the keys that others made for them; each is named, then asked."""
    from api.operations import people

    with workplace(tenant, Permission.PEOPLE_WRITE) as place:
        place.person()
        with place.transaction() as session:
            asked = people.releasable(session, name, by=place.caller.identity, at=now())
        _agree(asked, yes=yes, as_json=as_json)
        shown = [shown.id for shown in asked.keys]
        with place.transaction() as session:
            released = people.release_identity(session, name, by=place.caller.identity, at=now(), only=shown)
    facts = {**_facts(released.identity), "released": [_key_facts(shown) for shown in released.keys]}
    ids = f"; released: {', '.join(key.id for key in released.keys)}" if released.keys else ""
    say(facts, f"{released.identity.name} may act{ids}", as_json=as_json)


def _agree(asked: "Release", *, yes: bool, as_json: bool) -> None:
    """Name what would be let in, and ask; who is not at a terminal says so by ``--yes``."""
    words = "\n".join(_release_words(asked))
    if yes:
        if not as_json:
            out.print(words, markup=False)
        return
    if as_json or not is_asked():
        raise NotAgreed(
            f"{words}\n--yes lets in what is named",
            place="--yes",
            found=[shown.id for shown in asked.keys],
            expected="a yes",
        )
    typer.confirm(f"{words}\nLet in?", abort=True)


def _release_words(asked: "Release") -> Iterator[str]:
    identity = asked.identity
    if asked.is_new:
        of = identity.party or identity.contract
        which = f"{identity.kind}, {identity.role}{f' of {of}' if of else ''}"
        yield f"{identity.name} ({which}): made by {_made(identity)}"
    for shown in asked.keys:
        scope = "all of its role" if shown.scope is None else ", ".join(map(str, shown.scope))
        ends = "does not expire" if shown.expires_at is None else f"until {_second(shown.expires_at)}"
        yield f"key {shown.id} of {shown.name} ({scope}; {ends}): made by {_made(shown)}"


def _made(what: "Identity | Key") -> str:
    return f"{what.created_by or 'nobody who is known'} at {_second(what.created_at)}"


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


@user.command("disable")
def disable_user(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Let none of somebody's keys work any more; what they did stays theirs, and so does the name."""
    from api.operations.people import disable_identity

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
        disabled = disable_identity(session, name, at=now(), by=place.caller.identity)
    say(_facts(disabled), f"{disabled.name} acts no more", as_json=as_json)


@user.command("recover")
def recover_user(
    name: Annotated[str, typer.Argument(help="An owner, whose key is lost.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; every owner is shown it.")],
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Make a new key for an owner who has lost theirs, and end the old ones: by the administrator of the database."""
    from api.operations.people import recover_owner

    with workplace(tenant) as place, place.administrators_transaction() as session:
        made, ended = recover_owner(session, name, reason=reason, at=now())
    ends = f"\nEnded: {', '.join(ended)}." if ended else ""
    shown = "\nEvery owner is shown this for 30 days, or until another has released it."
    say(asdict(made) | {"ended": ended}, f"{_said_once(made, name)}{ends}{shown}", as_json=as_json)


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

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
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

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
        bound = unbind_subject(session, issuer, subject, at=now())
    say(asdict(bound), f"{bound.subject} of {bound.issuer} is nobody here any more", as_json=as_json)


@user.command("erase")
def erase_user(name: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Write a number where a disabled one's name stands; what issued documents hold is kept by law."""
    from api.operations.audit import erase_identity

    with workplace(tenant, Permission.PEOPLE_WRITE) as place, place.changing_people() as session:
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
    with workplace(tenant, Permission.KEYS_WRITE) as place, place.changing_people() as session:
        made = people.create_key(session, name, scope=scoped, expires_at=ends, at=now())
    say(asdict(made), _said_once(made, name), as_json=as_json)


@key.command("list")
def list_keys(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """List keys by whose they are; a key is named by its first characters."""
    from api.operations import people

    with workplace(tenant, Permission.PEOPLE_READ) as place, place.transaction() as session:
        listed = people.list_keys(session)
    _show("id name scope since by expires revoked waits", map(_key_facts, listed), as_json=as_json)


@key.command("revoke")
def revoke_key(key_id: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """End a key, named by its first characters as `key list` shows them."""
    from api.operations import people

    with workplace(tenant, Permission.KEYS_WRITE) as place, place.changing_people() as session:
        revoked = people.revoke_key(session, key_id, at=now())
    say(_key_facts(revoked), f"{revoked.id} of {revoked.name} is revoked", as_json=as_json)


@key.command("release")
def release_key(key_id: str, *, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Release one key that another owner made, named by its first characters as `key list` shows them."""
    from api.operations import people

    with workplace(tenant, Permission.KEYS_WRITE) as place:
        place.person()
        with place.transaction() as session:
            released = people.release_key(session, key_id, by=place.caller.identity, at=now())
    say(_key_facts(released), f"{released.id} of {released.name} is released", as_json=as_json)


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

    with workplace(tenant, Permission.KEYS_WRITE) as place, place.changing_people() as session:
        made = people.rotate_key(session, key_id, overlap=timedelta(hours=overlap), at=now())
        is_own = key_id == place.caller.key
    works = f"{key_id} works for {counted(overlap, 'hour')} more."
    waits = f"\nIt works once another owner has released it: usufruct key release {made.id}" if made.waits else ""
    next_ = f"\nYou are logged in with {key_id}: next, `usufruct login` with this one." if is_own else ""
    say(asdict(made), f"{made.key}\nIt is said once. {works}{waits}{next_}", as_json=as_json)


def _said_once(made: "MadeKey", name: str) -> str:
    uses = f"Use it as: Authorization: Bearer {made.key}\nor give it to: usufruct login"
    waits = f"\nIt works once another owner has released it: usufruct user release {name!r}" if made.waits else ""
    return f"{made.key}\nIt is said once. {uses}{waits}"


def _facts(identity: "Identity") -> dict[str, object]:
    return {
        "name": identity.name,
        "kind": identity.kind.value,
        "role": identity.role.value,
        "party": identity.party,
        "contract": identity.contract,
        "since": identity.created_at,
        "by": identity.created_by,
        "until": None if identity.waits else identity.disabled_at,
        "waits": "for a release" if identity.waits else None,
    }


def _key_facts(shown: "Key") -> dict[str, object]:
    return {
        "id": shown.id,
        "name": shown.name,
        "scope": None if shown.scope is None else list(map(str, shown.scope)),
        "since": shown.created_at,
        "by": shown.created_by,
        "expires": shown.expires_at,
        "revoked": None if shown.waits else shown.revoked_at,
        "waits": "for a release" if shown.waits else None,
    }


def _show(columns: str, facts: Iterable[dict[str, object]], *, as_json: bool) -> None:
    from rich.markup import escape

    listed, names = list(facts), columns.split()
    rows = [["" if row[name] is None else escape(str(row[name])) for name in names] for row in listed]
    say(listed, table(names, rows), as_json=as_json)
