"""Runs migrations on a connection handed over by ``api.server.provision``, or on one of its own for ``alembic``."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection

from api.server.provision import as_owner, ready_database
from api.server.settings import from_environment
from metering.tables import UtcInstant
from migrations.models import METADATA


def as_plain_type(kind: str, found: object, _: object) -> str | Literal[False]:
    """Write our own column types as what they are in the database: history does not import the program."""
    return "sa.TIMESTAMP(timezone=True)" if kind == "type" and isinstance(found, UtcInstant) else False


def run(connection: Connection) -> None:
    """Migrate in one transaction, so that a failed step leaves nothing."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_server_default=True,
        render_item=as_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    with ready_database(from_environment()) as access, as_owner(access.administrator) as connection:
        run(connection)
