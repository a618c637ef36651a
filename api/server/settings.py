"""The environment, read once, at the door; nothing below asks it. Every fault of it is named at once."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from contracts.delivery_terms import DeliveryWay, is_address
from quantities.errors import Invalid

PREFIX = "USUFRUCT_"
#: Variables of our prefix that are no settings of the server, but of commands and of the Python client: their meaning.
OF_COMMANDS: Mapping[str, str] = MappingProxyType({
    "USUFRUCT_TENANT": "Whose data a command works with, unless it says `--tenant`. Not needed while there is one.",
    "USUFRUCT_LISTEN_SECRET": "By which secret `usufruct listen` has what is told it signed, as `--secret` says.",
    "USUFRUCT_ADDRESS": "The address of the server, for the Python client.",
    "USUFRUCT_KEY": "The key that the Python client shows.",
})  # fmt: skip
_TOKEN_LENGTH_MIN = 16


def _postgresql(address: str) -> str:
    """Rewrite the addresses people have to the one that SQLAlchemy takes: psycopg 3, whatever the scheme says."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the second names what stands where a port would, which may be a password
        raise ValueError("an address is postgresql://user:password@host/database") from None
    if url.drivername.split("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError(f"{url.drivername} is no PostgreSQL")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _hard_to_guess(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < _TOKEN_LENGTH_MIN:
        raise ValueError(f"a token has at least {_TOKEN_LENGTH_MIN} characters")
    return token


def _mail_address(address: str) -> str:
    if not is_address(DeliveryWay.MAIL, address):
        raise ValueError("a mail address is name@domain")
    return address


def _web_address(address: str) -> str:
    parts = urlsplit(address)
    if (
        parts.scheme not in {"https", "http"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError("an address is https://host, with a path at most")
    return address.rstrip("/")


MailAddress = Annotated[str, AfterValidator(_mail_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
PostgresAddress = Annotated[str, AfterValidator(_postgresql)]
MetricsToken = Annotated[SecretStr, AfterValidator(_hard_to_guess)]


def _origins(listed: object) -> object:
    """Read a list of origins, separated by commas: ``https://console.example, https://app.example:8443``."""
    return tuple(filter(None, map(str.strip, listed.split(",")))) if isinstance(listed, str) else listed


#: Scheme, host and port, as a browser states it; or ``*`` for every one.
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)$")]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_origins)]


class InvalidEnvironment(Invalid):
    """A variable of the environment has an invalid value."""


class Settings(BaseSettings):
    """What the environment may say. Nothing of it is needed: without any, the embedded server is used.

    Each field has its meaning beside it, which ``usufruct settings`` and docs/operating/settings.md show.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", populate_by_name=True)

    database_url: PostgresAddress | None = Field(
        default=None,
        validation_alias="database_url",
        repr=False,
        description="The database, a PostgreSQL 15 or newer, as the application connects to it: "
        "`postgresql://usufruct_app:PASSWORD@HOST/DATABASE`. Without it, the embedded server is used.",
    )
    database_admin_url: PostgresAddress | None = Field(
        default=None,
        validation_alias="database_admin_url",
        repr=False,
        description="The same server, as somebody who may create roles and databases: for `usufruct db upgrade`, "
        "`backup`, `restore` and `tenant create`. What serves needs it not.",
    )
    home: Path | None = Field(
        default=None,
        description="The folder of the embedded server. Without it: `~/.local/share/usufruct`, and "
        "`/var/lib/usufruct` for root.",
    )
    keep_server_s: float = Field(
        default=300,
        ge=0,
        le=86400,
        description="How many seconds the embedded server runs on after the last command; 0 stops it with that.",
    )
    database: str = Field(default="usufruct", description="The embedded server's database.")
    pool_size: int = Field(
        default=40,
        gt=0,
        description="How many requests are worked on at once, each on a connection to the database; the workers of one "
        "`serve` share them.",
    )
    pool_timeout_s: float = Field(
        default=10.0,
        gt=0,
        description="How many seconds a request waits for its turn before it is answered 503.",
    )
    receive_s: float = Field(
        default=20,
        gt=0,
        le=600,
        description="How many seconds a client has to send the head of a request, and as many for its body, with one "
        "more for each 4 KiB of that. Then the answer is 408, and the connection is closed.",
    )
    requests_per_minute: int = Field(
        default=30_000,
        ge=0,
        description="How many requests of one identity each process lets through in a minute; 0: all.",
    )
    tick_s: int = Field(
        default=60,
        ge=0,
        description="Every how many seconds `serve` looks for due work; 0 leaves it to workers.",
    )
    stop_s: float = Field(
        default=125,
        gt=0,
        le=3600,
        description="How many seconds requests that are under way have to end, once `serve` is told to stop. The "
        "default is what a request may wait for a lock and take for a statement.",
    )
    openid_loopback: bool = Field(
        default=False,
        description="Whether OpenID issuers on this machine are asked for their keys, over http too; for trying one "
        "out. Else a tenant could let the program ask what only this machine may.",
    )
    cors_origins: Origins = Field(
        default=(),
        description="The origins whose pages may read answers, separated by commas, such as "
        "`https://console.example`; never by somebody's cookie.",
    )
    webhook_loopback: bool = Field(
        default=False,
        description="Whether webhooks may send to this machine, over http too; for trying one out.",
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="The address at which customers reach this server, as `https://billing.example`: links to "
        "documents begin with it. Without it, none is made.",
    )
    link_days: int = Field(
        default=30,
        gt=0,
        le=400,
        description="For how many days a link to a document opens it, unless whoever makes it says otherwise.",
    )
    ksef: Literal["production", "demo", "test"] = Field(
        default="production",
        description="Which KSeF Polish documents are handed in to: the codes on their pages lead there "
        "(docs/clearance.md). `demo` and `test` are for trying it out; what they clear is no invoice.",
    )
    mail_host: str | None = Field(
        default=None,
        description="The mail server that documents are given to. Without it, none is sent by mail.",
    )
    mail_port: int = Field(
        default=587, gt=0, lt=65536, description="Its port: 587, or 465 for TLS from the first byte."
    )
    mail_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the connection to it is secured; a server that does not offer it is given nothing. `none` is "
        "for one on the same machine.",
    )
    mail_from: MailAddress | None = Field(
        default=None,
        description="The address that mails are from; the name beside it is the supplier's.",
    )
    mail_user: str | None = Field(default=None, description="Who logs in to the mail server; without it, nobody does.")
    mail_password_file: Path | None = Field(default=None, description="The file with the password of `mail_user`.")
    mail_authorities_file: Path | None = Field(
        default=None,
        description="The file with the certificates by which the mail server is trusted. Without it: the system's.",
    )
    access_point_url: WebAddress | None = Field(
        default=None,
        description="The access point of Peppol that documents are given to (docs/delivery.md). Without it, none is.",
    )
    access_point_token_file: Path | None = Field(
        default=None, description="The file with the token by which the access point knows this server."
    )
    access_point_loopback: bool = Field(
        default=False,
        description="Whether the access point may be on this machine, over http too; for trying one out.",
    )
    portal_folder: Path | None = Field(
        default=None,
        description="The folder in which documents for buyers' portals are put, one below it for each tenant. Without "
        "it, none is.",
    )
    gateways_file: Path | None = Field(
        default=None,
        description="The file with the accounts at gateways by which money is collected (docs/collecting.md). Without "
        "it, none is.",
    )
    log: Literal["json", "plain"] | None = Field(
        default=None,
        description="How `serve` and `worker` log: a line of JSON for each event, or plain lines. Without it: plain "
        "lines at a terminal, JSON elsewhere.",
    )
    metrics_token: MetricsToken | None = Field(
        default=None,
        description="Who shows it as `Authorization: Bearer TOKEN` may read the metrics, from wherever. Without it, "
        "only programs on the same machine may.",
    )
    metrics_by_tenant: bool = Field(
        default=False,
        description="Whether metrics of due work, of findings and of the audit tell tenants apart, by number. A series "
        "for each tenant costs the monitoring system; and a number says which customer is large.",
    )

    def app_address(self) -> URL | None:
        """The server's address for the application, if a server is named."""
        return make_url(self.database_url) if self.database_url else None

    def admin_address(self) -> URL | None:
        """The server's address for migrations, if one is named."""
        return make_url(self.database_admin_url) if self.database_admin_url else None


def variable(field: str) -> str:
    """The variable of a field of ``Settings``."""
    return str(Settings.model_fields[field].validation_alias or f"{PREFIX}{field}").upper()


def from_environment() -> Settings:
    """Read the environment.

    Raises:
        InvalidEnvironment: with every fault at once.
    """
    settings, faults = read_environment()
    if settings is None or faults:
        raise InvalidEnvironment("; ".join(faults), faults=faults)
    return settings


def read_environment() -> tuple[Settings | None, list[str]]:
    """Read the environment, and say what is wrong with it; of a value that is wrong, nothing is repeated.

    Returns:
        The settings, where each has a valid value; and a sentence for each fault, which begins with its variable.
    """
    settings, faults = None, list[str]()
    try:
        settings = Settings()
    except ValidationError as error:  # its input may be a password
        said = ((_named(fault["loc"][0]), fault["msg"].removeprefix("Value error, ")) for fault in error.errors())
        faults = [f"{name}: {fault}" for name, fault in said]
    return settings, [*faults, *_unknown(os.environ), *_conflicting(os.environ)]


def _named(place: object) -> str:
    """The variable at a fault's place, which pydantic names by field or by alias."""
    field = str(place).lower().removeprefix(PREFIX.lower())
    return variable(field) if field in Settings.model_fields else str(place).upper()


def _unknown(environment: Mapping[str, str]) -> Iterator[str]:
    """Name the variables of our prefix that nobody reads: mostly a known one that is misspelt."""
    known = {variable(field) for field in Settings.model_fields} | OF_COMMANDS.keys()
    ours = sorted(name.removeprefix(PREFIX) for name in known if name.startswith(PREFIX))
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = get_close_matches(name.upper().removeprefix(PREFIX), ours, n=1)
            yield f"{name}: no such setting" + (f"; is {PREFIX}{nearest[0]} meant?" if nearest else "")


def _conflicting(environment: Mapping[str, Any]) -> Iterator[str]:
    """Name variables that are of no use, or mean something else, beside what the others say."""
    given = {name.upper() for name, value in environment.items() if value}
    if "DATABASE_ADMIN_URL" in given and "DATABASE_URL" not in given:
        yield "DATABASE_ADMIN_URL: stands without DATABASE_URL, so that the embedded server would be used"
    if f"{PREFIX}MAIL_HOST" in given and f"{PREFIX}MAIL_FROM" not in given:
        yield f"{PREFIX}MAIL_HOST: stands without {PREFIX}MAIL_FROM, so that mails would be from nobody"
    if f"{PREFIX}MAIL_USER" in given and f"{PREFIX}MAIL_PASSWORD_FILE" not in given:
        yield f"{PREFIX}MAIL_USER: stands without {PREFIX}MAIL_PASSWORD_FILE"
