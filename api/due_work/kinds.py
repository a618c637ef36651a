"""The kinds of due work: one table of them as data. Whoever adds work that falls due adds a row here, and no job.

A kind either is looked for by ``due_kinds``, the function of the database over partial indexes, or names a statement of
its own, which answers the same columns. Kinds of one lane are done one after the other, in the order of this table;
lanes are done side by side, so that a long run of bills keeps no document and no webhook waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Lane(StrEnum):
    """What is done one after the other."""

    BOOKS = "books"  # planned, billed, corrected, issued
    SENDING = "sending"  # documents
    MONEY = "money"  # asked for, polled, dunned
    TELLING = "telling"  # webhooks
    UPKEEP = "upkeep"  # what keeps the rest right


@dataclass(frozen=True, slots=True)
class DueKind:
    """A kind of due work.

    Attributes:
        name: of the kind, as a pause names it.
        lane: with which it takes turns.
        says: what is due, and who does it, in words.
        work: the name of the work that does it; several kinds may be one, as a run plans, bills and corrects.
        paused_by: besides its own name, the kinds whose pause holds it as well.
        of_contracts: whether a pause of a contract holds it.
        anyway: it is done this often, whether or not something of it is known to be due; None: never.
        look: a statement that answers ``tenant, many, earliest`` of what is due at ``%(now)s``; empty where
            ``due_kinds`` does.
        after: kinds that have to have nothing due for a tenant before this one is done for it.
    """

    name: str
    lane: Lane
    says: str
    work: str
    paused_by: tuple[str, ...] = ()
    of_contracts: bool = False
    anyway: timedelta | None = None
    look: str = ""
    after: tuple[str, ...] = field(default=())


_HOURLY = timedelta(hours=1)
#: In the order in which they are done: estimate, bill, correct, issue, deliver, collect, dun.
KINDS: tuple[DueKind, ...] = (
    DueKind(
        "rerate", Lane.BOOKS,
        "An index has new values: what moves by it is rated again, and what waited for them is tried.", "rerate",
    ),
    DueKind(
        "estimate", Lane.BOOKS,
        "A contract's period lacks readings, and the day has come from which on its terms let them be estimated.",
        "estimate", of_contracts=True,
    ),
    DueKind(
        "plan", Lane.BOOKS, "A contract's next period is written down, with the instant at which it is billed.", "bill",
        of_contracts=True,
    ),
    DueKind(
        "bill", Lane.BOOKS, "A period, or an opening, of a contract that issues automatically is rated and issued.",
        "bill", paused_by=("issue",), of_contracts=True,
    ),
    DueKind(
        "correct", Lane.BOOKS,
        "Something billed is otherwise by now: it is found, and has a document of its own unless a period has it.",
        "bill", paused_by=("issue",), of_contracts=True,
    ),
    DueKind(
        "spend", Lane.BOOKS,
        "What a contract has spent is looked at: thresholds told, credit topped up, use billed on account.", "spend",
        look="select tenant, 1 as many, %(now)s::timestamptz as earliest from spending_due(%(now)s) own_of (tenant)",
        of_contracts=True,
    ),
    DueKind(
        "deliver", Lane.SENDING, "An issued document is sent, and its way asked what became of it.", "deliver",
        of_contracts=True,
    ),
    DueKind(
        "collect", Lane.MONEY, "A gateway is asked for money, and what it told is fetched and recorded.", "collect",
        of_contracts=True,
    ),
    DueKind(
        "pay out", Lane.MONEY, "What customers have paid is ordered to be paid to payees.", "pay out",
        look="select tenant, 1 as many, %(now)s::timestamptz as earliest from payouts_due(%(now)s) own_of (tenant)",
    ),
    DueKind(
        "dun", Lane.MONEY, "What is late has the next step of its terms: a letter, a claim, a service to be stopped.",
        "dun",
        look="select tenant, 1 as many, %(now)s::timestamptz as earliest from dunning_due(%(now)s) own_of (tenant)",
        of_contracts=True,
    ),
    DueKind(
        "detach", Lane.MONEY, "A saved method that was ended here is removed at the gateway that keeps it.", "detach",
        look="select tenant, 1 as many, %(now)s::timestamptz as earliest from method_removals_due(%(now)s) o (tenant)",
    ),
    DueKind("poll", Lane.MONEY, "A gateway's account is read for what no event told.", "poll", anyway=_HOURLY),
    DueKind("webhooks", Lane.TELLING, "What happened is told to whoever integrates.", "webhooks"),
    DueKind("operations", Lane.UPKEEP, "Long work that was asked for is done.", "operations", anyway=_HOURLY),
    DueKind("remind", Lane.UPKEEP, "A finding that nobody has answered is told again.", "remind"),
    DueKind("seal", Lane.UPKEEP, "Entries of the audit are sealed.", "seal", anyway=_HOURLY),
)  # fmt: skip
#: By name.
BY_NAME: Mapping[str, DueKind] = MappingProxyType({kind.name: kind for kind in KINDS})
#: What may be paused: the kinds, and ``issue``, by which no document gets a number while all else goes on.
PAUSABLE: tuple[str, ...] = (*BY_NAME, "issue")


def look_statement(kinds: Sequence[DueKind] = KINDS) -> str:
    """Write the one statement by which a tick looks: ``tenant, kind, many, earliest``, in no order."""
    own = [
        f"select tenant, '{kind.name}', many, earliest from ({kind.look}) own"  # noqa: S608 statements of our own
        for kind in kinds
        if kind.look
    ]
    base = "select tenant, kind, many, earliest from due_kinds(%(now)s, %(prints)s::jsonb)"
    return " union all ".join([base, *own])
