"""Commands for whoever integrates: what happens, as it does, forwarded to a program at hand; and things to happen."""

import json
import time
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from api.access.roles import Permission
from api.cli.context import TRIAL_TENANT, AsJson, TenantName, now, out, workplace
from api.webhooks.notification import NotificationType

if TYPE_CHECKING:
    from api.operations.listening import Forwarder
    from api.webhooks.notification import Notification

_EVERY_S = 1.0
#: What can be triggered.
TRIGGERS = {
    "late-reading": "A reading of a month that is billed is corrected: the next invoice carries the difference.",
}

ForwardTo = Annotated[
    str | None, typer.Option("--forward", help="Post each there, signed; this machine too, as http://localhost:3000.")
]
Secret = Annotated[
    str | None,
    typer.Option(envvar="USUFRUCT_LISTEN_SECRET", help="By which it is signed; without, one is drawn and said."),
]


def add_to(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.command()(listen)
    app.command()(trigger)


def listen(
    *,
    forward: ForwardTo = None,
    secret: Secret = None,
    types: Annotated[list[NotificationType] | None, typer.Option("--type", help="These alone, again for more.")] = None,
    after: Annotated[UUID | None, typer.Option(help="Begin after this notification, and not with what comes.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="End after so many; else when interrupted.")] = None,
    tenant: TenantName = None,
    as_json: AsJson = False,
) -> None:
    """Print what happens, as it does, without a webhook; and forward it to a program at hand."""
    from api.operations.listening import NotificationFeed

    forwarder = _forwarder(forward, secret, as_json=as_json)
    with workplace(tenant, Permission.WEBHOOKS_READ) as place:
        _refuse_outsiders(place.caller.party)
        feed = NotificationFeed(place.database, place.tenant, now(), types=types or (), after=after)
        printed = 0
        while most is None or printed < most:
            came = feed.more(now())[: None if most is None else most - printed]
            for notification in came:
                _tell(notification, forwarder, as_json=as_json)
            printed += len(came)
            if not came:
                time.sleep(_EVERY_S)


def trigger(
    what: Annotated[str | None, typer.Argument(help="What is to happen.")] = None,
    *,
    listed: Annotated[bool, typer.Option("--list", help="Say what can be triggered.")] = False,
    forward: ForwardTo = None,
    secret: Secret = None,
    tenant: Annotated[
        str, typer.Option("--tenant", help="In which it happens; made where there is none.")
    ] = TRIAL_TENANT,
    as_json: AsJson = False,
) -> None:
    """Let something really happen, in a tenant of its own: its webhooks and `listen --tenant trial` are told."""
    if listed or what not in TRIGGERS:
        if not listed:
            raise typer.BadParameter(f"{what or 'nothing'}: none of {', '.join(TRIGGERS)}")
        _say_triggers(as_json=as_json)
        return
    from api.demo.late_reading import play
    from api.operations.listening import NotificationFeed
    from api.server.database import Database
    from api.server.provision import ready_database
    from api.server.settings import from_environment

    forwarder = _forwarder(forward, secret, as_json=as_json)
    with ready_database(from_environment()) as access:
        database = Database(access.app)
        try:
            stage = play(access, database, tenant, now())
            feed = NotificationFeed(database, stage.tenant, now())
            for step in stage.steps:
                step(now())
                for notification in feed.more(now()):
                    _tell(notification, forwarder, as_json=as_json)
        finally:
            database.close()


def _say_triggers(*, as_json: bool) -> None:
    if as_json:
        print(json.dumps(TRIGGERS))  # noqa: T201 a pipe wants no markup
    else:
        out.print("\n".join(f"{name}  {says}" for name, says in TRIGGERS.items()), soft_wrap=True)


def _refuse_outsiders(party: int | None) -> None:
    """Refuse whoever speaks for a party: what is settled is read as the product's own.

    Raises:
        Forbidden: the caller does.
    """
    from api.refusals import Forbidden

    if party is not None:
        raise Forbidden("`usufruct notifications` lists what is of a party", found=party)


def _forwarder(url: str | None, secret: str | None, *, as_json: bool) -> "Forwarder | None":
    from api.operations.listening import Forwarder

    if url is None:
        return None
    forwarder = Forwarder(url, secret)
    if secret is None and not as_json:
        out.print(f"signed by {forwarder.secret}", soft_wrap=True)
    return forwarder


def _tell(notification: "Notification", forwarder: "Forwarder | None", *, as_json: bool) -> None:
    outcome = None if forwarder is None else forwarder.forward(notification, now())
    answered = None if outcome is None else outcome.status if outcome.status is not None else str(outcome.failure)
    if as_json:
        facts = {"id": str(notification.id), **notification.content}
        print(json.dumps(facts | ({} if outcome is None else {"answered": answered})), flush=True)  # noqa: T201 as above
        return
    at = f"{notification.at:%H:%M:%S}"
    came = "" if outcome is None else f"  → {answered}"
    out.print(f"{at}  {notification.type.value:<18}  {notification.path}{came}", markup=False, soft_wrap=True)
