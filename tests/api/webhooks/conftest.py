"""Transactions are numbered for the whole server: what happened settles once those of other tests have ended as well."""

import time
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest
from sqlmodel import Session

from api.server.embedded import SUPERUSER, EmbeddedServer
from api.webhooks import outbox

_OF_OTHERS = "select pid, backend_xid::text from pg_stat_activity where backend_xid is not null and datname <> %s"
_WITHIN_S = 60


@pytest.fixture(scope="package", autouse=True)
def others_have_ended(server: EmbeddedServer) -> Iterator[None]:
    """Before each settling, wait for the transactions that are in flight in other tests' databases."""
    address = server.url("postgres", SUPERUSER).set(drivername="postgresql").render_as_string(hide_password=False)
    settle = outbox.settle_portion
    with psycopg.connect(address, autocommit=True) as watching, pytest.MonkeyPatch.context() as patched:

        def settle_alone(session: Session, now: datetime) -> int:
            own = session.connection().engine.url.database
            ends = time.monotonic() + _WITHIN_S
            begun = set(watching.execute(_OF_OTHERS, (own,)))
            while begun & set(watching.execute(_OF_OTHERS, (own,))) and time.monotonic() < ends:
                time.sleep(0.01)
            return settle(session, now)

        patched.setattr(outbox, "settle_portion", settle_alone)
        yield
