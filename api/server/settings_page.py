"""The settings as a table: what each is now, what it is unless it is set, and what it means; secrets are hidden."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL

from api.server.settings import OF_COMMANDS, Settings, variable

_HIDDEN = "***"
_ADDRESSES = ("database_url", "database_admin_url")


@dataclass(frozen=True, slots=True)
class ListedSetting:
    """A setting as it is shown; ``value`` and ``default`` are empty where nothing is set."""

    variable: str
    value: str
    default: str
    meaning: str


def listed_settings(settings: Settings) -> Iterator[ListedSetting]:
    """List all settings, in the order in which they are declared."""
    addresses = dict(zip(_ADDRESSES, (settings.app_address(), settings.admin_address()), strict=True))
    for field, described in Settings.model_fields.items():
        value = addresses[field] if field in addresses else getattr(settings, field)
        yield ListedSetting(variable(field), _shown(value), _shown(described.default), described.description or "")


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return _HIDDEN
        case URL():  # what else libpq takes may be a password too
            public = {name: given for name, given in value.query.items() if "password" not in name}
            return value.set(query=public).render_as_string(hide_password=True)
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def settings_page() -> str:
    """Write docs/operating/settings.md, from the fields themselves."""
    rows = [
        f"| `{setting.variable}` | {f'`{setting.default}`' if setting.default else ''} | {setting.meaning} |"
        for setting in listed_settings(Settings.model_construct())
    ]
    of_commands = [f"| `{name}` | {meaning} |" for name, meaning in OF_COMMANDS.items()]
    return "\n".join([*_HEAD, *rows, *_HEAD_OF_COMMANDS, *of_commands, ""])


_HEAD = (
    "# Settings",
    "",
    "All of them are variables of the environment, and none is needed: without any, an embedded PostgreSQL is used.",
    "`usufruct settings` shows what they are on a machine. A variable that begins with `USUFRUCT_` and is none of",
    "these is refused, with the nearest one that there is; so are wrong values, all at once, before anything starts.",
    "",
    "This page is written by `make golden` from `api/server/settings.py`.",
    "",
    "| variable | unless set | what it means |",
    "|---|---|---|",
)
_HEAD_OF_COMMANDS = (
    "",
    "## Of commands and of the Python client",
    "",
    "These are read by whoever types a command, or by a program of theirs; a server does nothing by them.",
    "",
    "| variable | what it means |",
    "|---|---|",
)
