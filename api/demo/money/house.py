"""The product at work on a clock of simulated days: its scheduler, a Stripe of our own, and a mailbox."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.collecting.accounts_file import gateways_set_up
from api.collecting.runner import CollectingRules
from api.collecting.setup import GatewaysSetUp
from api.delivering.sender import DeliveryRules
from api.delivering.setup import WaysSetUp, ways_set_up
from api.demo.money.mailbox import Mailbox, open_mailbox
from api.demo.stripe_server.accounts import write_accounts
from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.server import StripeServer, stripe_server
from api.due_work.tick import Ticker
from api.operations.webhook_delivery import SendingRules, WebhookSender
from api.server.database import Database
from api.server.scheduler import works_of
from api.server.settings import Settings
from billing.payments.stripe import StripeGateway

PUBLIC_URL = "https://billing.nordluft.example"
_LOOKS_EVERY, _TICKS_AT_ONCE = timedelta(hours=12), 8


@dataclass(frozen=True, slots=True)
class SimulatedHouse:
    """A house that works by itself while its clock is moved.

    Attributes:
        database: the application's.
        stripe: the gateway, whose clock is everybody's.
        mailbox: where its mails go.
        gateways: its account, as a file of accounts sets it up.
        ways: the way of its mails, as the environment sets it up.
        ticker: its scheduler.
    """

    database: Database
    stripe: StripeServer
    mailbox: Mailbox
    gateways: GatewaysSetUp
    ways: WaysSetUp
    ticker: Ticker

    @property
    def now(self) -> datetime:
        """The instant at which the clock stands."""
        return self.stripe.clock.now

    def live_until(self, instant: datetime) -> None:
        """Let time go by, and the scheduler tick twice a day, until nothing is due; nobody else does anything."""
        while self.now < instant:
            self.move_to(min(instant, self.now + _LOOKS_EVERY))
            ticks = 0
            while self.ticker.tick_through() and ticks < _TICKS_AT_ONCE:  # what one has done makes other things due
                ticks += 1

    def move_to(self, instant: datetime) -> None:
        """Let time go by in which nothing is done."""
        self.stripe.move(seconds=(instant - self.now).total_seconds())


@contextmanager
def simulated_house(database: Database, tenant: str, supplier: str, starts: datetime) -> Iterator[SimulatedHouse]:
    """Set a house up as a user does, and run it until the block ends.

    Args:
        database: the application's.
        tenant: whose account at the gateway it is, by name.
        supplier: whose money it takes, by name.
        starts: where its clock begins.
    """
    with (
        stripe_server(GatewayClock(starts)) as stripe,
        open_mailbox() as mailbox,
        TemporaryDirectory(prefix="usufruct-demo-") as folder,
    ):
        settings = environment(Path(folder), stripe, mailbox, tenant, supplier)
        gateways, ways = gateways_set_up(settings), ways_set_up(settings)
        with _scheduler(database, stripe, gateways, ways) as ticker:
            yield SimulatedHouse(database, stripe, mailbox, gateways, ways, ticker)
        for account in gateways.accounts:
            if isinstance(account.gateway, StripeGateway):
                account.gateway.close()


@contextmanager
def _scheduler(database: Database, stripe: StripeServer, gateways: GatewaysSetUp, ways: WaysSetUp) -> Iterator[Ticker]:
    def now() -> datetime:
        return stripe.clock.now

    ending = threading.Event()
    with closing(WebhookSender(database, SendingRules(clock=now))) as sender:
        works = works_of(
            database, ending, sender, DeliveryRules(ways, clock=now), CollectingRules(gateways, now), clock=now
        )
        with closing(Ticker(database, works, ending=ending, clock=now)) as ticker:
            yield ticker


def environment(folder: Path, stripe: StripeServer, mailbox: Mailbox, tenant: str, supplier: str) -> Settings:
    """What a user would state, in a folder of secrets and a file of accounts; nothing is read of the real environment.

    So a demonstration on a machine that has a mail server and an account at a gateway uses neither.
    """
    stated: dict[str, Any] = {
        "gateways_file": write_accounts(stripe, folder, tenant, supplier), "public_url": PUBLIC_URL,
        "mail_host": "127.0.0.1", "mail_port": mailbox.port, "mail_security": "none",
        "mail_from": "rechnung@nordluft.example",
    }  # fmt: skip
    return Settings.model_construct(**stated)
