"""``python -m api.demo.stripe_server``: a Stripe of our own, to try collecting by hand without an account at Stripe."""

import argparse
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from api.demo.stripe_server.accounts import write_accounts
from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.pages import PAGES
from api.demo.stripe_server.server import StripeServer, stripe_server

_CLOCK_EVERY_S = 1.0


def main() -> None:
    """Write the file of accounts into a folder, and run on the real clock until Ctrl-C; what it knows ends with it."""
    parser = argparse.ArgumentParser(prog="python -m api.demo.stripe_server", description=__doc__)
    parser.add_argument("folder", type=Path, help="where gateways.yaml and its two files of secrets are written")
    parser.add_argument("--tenant", required=True, help="whose account it is")
    parser.add_argument("--supplier", required=True, help="whose money it takes, as the contracts name it")
    parser.add_argument("--port", type=int, default=4242, help="of this machine")
    parser.add_argument(
        "--serving", default="http://127.0.0.1:8000", help="where `usufruct serve` is, to be told events"
    )
    asked, out = parser.parse_args(), Console()
    with stripe_server(GatewayClock(datetime.now(UTC)), asked.port) as server:
        server.books.number_from(server.clock.seconds)
        server.sessions.address = server.address + PAGES.rstrip("/")
        name = f"trial-{server.clock.seconds}"
        file = write_accounts(server, asked.folder, asked.tenant, asked.supplier, name)
        out.print(f"A Stripe of our own is at {server.address}: no money moves. In other windows:", soft_wrap=True)
        out.print(f"  export USUFRUCT_GATEWAYS_FILE={file} USUFRUCT_PUBLIC_URL={asked.serving}", soft_wrap=True)
        server.webhooks.send_to(f"{asked.serving}/v1/gateway-events/{name}")
        with suppress(KeyboardInterrupt):
            run(server, threading.Event())


def run(server: StripeServer, ending: threading.Event) -> None:
    """Let the server's clock go as the real one does, and tell what happens, until the end."""
    while not ending.wait(_CLOCK_EVERY_S):
        server.move(seconds=max(0.0, (datetime.now(UTC) - server.clock.now).total_seconds()))
        tell_events(server)


def tell_events(server: StripeServer) -> None:
    """Send what has happened, each once; as long as nobody listens, it waits."""
    with suppress(OSError):
        while server.webhooks.waiting:
            server.webhooks.send(server.webhooks.waiting[0])
            server.webhooks.drop(1)


if __name__ == "__main__":
    main()
