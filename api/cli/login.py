"""Commands about who one is: a key is given once, kept, and forgotten."""

import sys

import typer

from api.cli.context import AsJson, TenantName, now, say, workplace

_LINE_BYTES_MAX = 1000


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(login)
    app.command()(logout)
    app.command()(whoami)


def login(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Say who you are by an API key, asked for or read from standard input; whose it is, is recorded."""
    from rich.markup import escape

    from api.access.login import key_file
    from api.operations.people import log_in

    key = asked_key()
    # whoever was here before may bear a key that has ended: that one is not asked
    with workplace(tenant) as place, place.database.transaction(place.tenant) as session:
        caller = log_in(session, key_file(place.access.app, place.tenant), key, at=now())
    facts = {"person": caller.name, "role": caller.role.value}
    say(facts, f"logged in as {escape(caller.name)}, in the role {caller.role.value}", as_json=as_json)


def logout(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Forget the key that `login` has kept; the key itself stays valid until it is revoked."""
    from api.access.login import account, key_file
    from api.operations.people import log_out

    with workplace(tenant) as place:
        forgotten = log_out(key_file(place.access.app, place.tenant))
    sentence = "logged out" if forgotten else "nobody was logged in"
    facts = {"person": account(), "logged_out": forgotten}
    say(facts, f"{sentence}; you are the account {account()}", as_json=as_json)


def whoami(*, tenant: TenantName = None, as_json: AsJson = False) -> None:
    """Say who is at the keyboard, by which key, and what one may do."""
    from rich.markup import escape

    from api.operations.people import recoveries

    with workplace(tenant) as place, place.transaction() as session:
        caller, recovered = place.caller, recoveries(session, place.caller, now=now())
    permissions = sorted(map(str, caller.permissions))
    facts = {
        "name": caller.name,
        "kind": caller.kind.value,
        "role": caller.role.value,
        "key": caller.key or None,
        "permissions": permissions,
        "recoveries": [
            {"name": made.name, "key": made.key, "made_at": made.made_at, "reason": made.reason} for made in recovered
        ],
    }
    by_key = f", by the key {caller.key}" if caller.key else ""
    sentence = f"{escape(caller.name)}, {caller.kind}, in the role {caller.role}{by_key}\nmay {', '.join(permissions)}"
    say(facts, "\n".join([sentence, *(escape(made.in_words()) for made in recovered)]), as_json=as_json)


def asked_key() -> str:
    """Read the key: typed without echo at a terminal, else one line; never an argument, which all processes may see."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("API key", hide_input=True, err=True)
        return typed.strip()
    line = sys.stdin.buffer.readline(_LINE_BYTES_MAX).decode("ascii", "replace").strip()
    if not line:
        raise typer.BadParameter("standard input holds no key")
    return line
