"""The environment, read once, at the door; nothing below asks it."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from quantities.errors import Invalid


def _postgresql(address: str) -> str:
    """Rewrite the addresses people have to the one that SQLAlchemy takes: psycopg 3, whatever the scheme says."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the second names what stands where a port would, which may be a password
        raise ValueError("an address is postgresql://user:password@host/database") from None
    if url.drivername.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError(f"{url.drivername} is no PostgreSQL")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


PostgresAddress = Annotated[str, AfterValidator(_postgresql)]


class InvalidEnvironment(Invalid):
    """A variable of the environment has an invalid value."""


class Settings(BaseSettings):
    """What the environment may say. Nothing of it is needed: without any, the embedded server is used.

    Attributes:
        database_url: ``DATABASE_URL``, a PostgreSQL 15 or newer; connects as ``usufruct_app``.
        database_admin_url: ``DATABASE_ADMIN_URL``, may create roles and databases; for ``usufruct db upgrade``.
        home: ``USUFRUCT_HOME``, the embedded server's folder.
        keep_server_s: ``USUFRUCT_KEEP_SERVER_S``, how many seconds the embedded server runs on after the last command;
            0 stops it with that.
        database: ``USUFRUCT_DATABASE``, the embedded server's database.
        pool_size: ``USUFRUCT_POOL_SIZE``, how many requests are worked on at once, each on a connection; the workers of
            one ``serve`` share them.
        tick_s: ``USUFRUCT_TICK_S``, how often ``serve`` looks for due work; 0 leaves it to workers.
        pool_timeout_s: ``USUFRUCT_POOL_TIMEOUT_S``, how long a request may wait for its turn before it is answered 503.
        requests_per_minute: ``USUFRUCT_REQUESTS_PER_MINUTE``, how many requests of one identity each process lets
            through in a minute; 0: all.
        openid_loopback: ``USUFRUCT_OPENID_LOOPBACK``, whether OpenID issuers on this machine are asked for their keys,
            over http too; for trying one out. Else a tenant could let the program ask what only this machine may.
    """

    model_config = SettingsConfigDict(env_prefix="usufruct_", extra="ignore", populate_by_name=True)

    database_url: PostgresAddress | None = Field(default=None, validation_alias="database_url", repr=False)
    database_admin_url: PostgresAddress | None = Field(default=None, validation_alias="database_admin_url", repr=False)
    home: Path | None = None
    keep_server_s: float = Field(default=300, ge=0, le=86400)
    database: str = "usufruct"
    pool_size: int = Field(default=40, gt=0)
    tick_s: int = Field(default=60, ge=0)
    pool_timeout_s: float = Field(default=10.0, gt=0)
    openid_loopback: bool = False
    requests_per_minute: int = Field(default=30_000, ge=0)

    def app_address(self) -> URL | None:
        """The server's address for the application, if a server is named."""
        return make_url(self.database_url) if self.database_url else None

    def admin_address(self) -> URL | None:
        """The server's address for migrations, if one is named."""
        return make_url(self.database_admin_url) if self.database_admin_url else None


def from_environment() -> Settings:
    """Read the environment.

    Raises:
        InvalidEnvironment: with every fault at once.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise InvalidEnvironment("; ".join(faults), faults=faults) from None  # its cause quotes what was given
