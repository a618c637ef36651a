"""What is known of the work that goes on: of which request it is, who sent it, and of which billing run it is.

Each line that is logged meanwhile has it, and so has each problem that is answered. What is known is one object, which
whoever learns more adds to: a request's thread and its watcher have copies of the context, and the same object.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from uuid import uuid4


@dataclass(slots=True)
class WorkFacts:
    """What is known of some work.

    Attributes:
        request_id: of the request that it is done for.
        tenant: whose data, by number.
        key: by which key the caller came, as lists of keys name it; never the key itself.
        run: of the billing run.
    """

    request_id: str | None = None
    tenant: int | None = None
    key: str | None = None
    run: str | None = None

    def known(self) -> dict[str, object]:
        """What is known, by name."""
        facts = {"request_id": self.request_id, "tenant": self.tenant, "key": self.key, "run": self.run}
        return {name: fact for name, fact in facts.items() if fact not in (None, "")}


_NOTHING = WorkFacts()
_FACTS: ContextVar[WorkFacts] = ContextVar("facts", default=_NOTHING)


def facts() -> WorkFacts:
    """What is known of the work that goes on here."""
    return _FACTS.get()


def begin_request(request_id: str) -> tuple[WorkFacts, Token[WorkFacts]]:
    """Begin to know something of a request; ``end_request`` takes the second."""
    known = WorkFacts(request_id)
    return known, _FACTS.set(known)


def end_request(token: Token[WorkFacts]) -> None:
    """Know what was known before the request."""
    _FACTS.reset(token)


def note_caller(tenant: int, key: str) -> None:
    """Note who sent the request that is served here."""
    known = _FACTS.get()
    if known is not _NOTHING:
        known.tenant, known.key = tenant, key


def new_run() -> str:
    """Give a billing run its id."""
    return uuid4().hex[:16]


@contextmanager
def in_run(tenant: int, run: str) -> Iterator[None]:
    """While inside, lines are of a billing run."""
    before = _FACTS.get()
    token = _FACTS.set(WorkFacts(before.request_id, tenant, before.key, run))
    try:
        yield
    finally:
        _FACTS.reset(token)
