"""What `serve` and `worker` write while they run: an event a line, on standard output.

JSON has for each event ``event``, ``level``, ``logger``, ``timestamp`` (UTC), what is known of the work
(``log_context.py``), and what the event itself states. uvicorn's own lines and those of other libraries come the same
way. What looks like a secret is taken out of every line, whoever wrote it; nothing of ours writes one.
"""

import logging
import re
import sys
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from api.server.log_context import facts
from api.server.settings import Settings

LogKind: TypeAlias = Literal["json", "plain"]

#: Keys and tokens of ours, links to documents, issuers' tokens, cookies of sessions, the password within an address.
_SECRETS = (
    (re.compile(r"\b(usu|uto)_[A-Za-z0-9_-]{43}"), r"\1_…"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), "TOKEN"),
    (re.compile(r"(usufruct_session=)[^;,\s\"']+"), r"\1…"),
    (re.compile(r"((?:postgres(?:ql)?)(?:\+\w+)?://[^\s:/@]*:)[^\s@]+@"), r"\1***@"),
    (re.compile(r"(/d/)[A-Za-z0-9_-]{43}"), r"\1…"),
    (re.compile(r"(?i)(\bbearer\s+)[^\s\"',}]+"), r"\1…"),
    (re.compile(r"(?i)(\bpassword\s*=\s*)(?:'[^']*'|\S+)"), r"\1***"),
)
#: What every one of them has: looked for first, for hardly a line has it.
_SUSPECT = re.compile(r"usu_|uto_|eyJ|/d/|_session=|://|bearer|password", re.IGNORECASE)


def kind_of(settings: Settings) -> LogKind:
    """How to log: as the settings say, else plain lines at a terminal and JSON elsewhere."""
    return settings.log or ("plain" if sys.stdout.isatty() else "json")


def log_config(kind: LogKind) -> dict[str, Any]:
    """The configuration of Python's logging; workers of uvicorn are sent it, so it names everything by its place."""
    through_root = {"handlers": [], "propagate": True, "level": "INFO"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "api.server.logs.line_formatter", "kind": kind}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stdout"}},
        "root": {"handlers": ["out"], "level": "INFO"},
        "loggers": {
            "uvicorn": through_root,
            "uvicorn.error": through_root,
            "apscheduler": {"level": "WARNING"},  # at INFO it says each time that it ran what it runs all day
            "alembic.runtime.plugins": {"level": "WARNING"},  # and this one, which parts of itself it has loaded
        },
    }


def line_formatter(kind: LogKind) -> logging.Formatter:
    """Write events as lines of JSON, or plain for a person."""
    first: Sequence[Processor] = (
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _with_what_is_known,
    )
    written: Processor = structlog.processors.JSONRenderer(default=str)
    if kind == "plain":
        at_terminal, traceback = sys.stdout.isatty(), structlog.dev.plain_traceback
        written = structlog.dev.ConsoleRenderer(colors=at_terminal, exception_formatter=traceback)
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    last = (meta, structlog.processors.format_exc_info, without_secrets, written)
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=last)


def _with_what_is_known(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn's own, the event once more
    return {**facts().known(), **event}


def without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Take out of an event what looks like a secret."""
    return {name: redacted(value) if isinstance(value, str) else value for name, value in event.items()}


def redacted(text: str) -> str:
    """The text without what looks like a secret."""
    if _SUSPECT.search(text) is None:
        return text
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
