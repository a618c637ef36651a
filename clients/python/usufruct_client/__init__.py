"""A typed client for the HTTP interface of Usufruct.

Each operation is a module of its own below ``usufruct_client.api``, named as in the interface: ``sync`` asks and
returns, ``asyncio`` is awaited, ``sync_detailed`` and ``asyncio_detailed`` return the headers besides. A list has
``every``, which iterates over all its pages; work that may take long has ``finished``, which waits for its answer, and
``begin``.
"""

from usufruct_client.client import Usufruct
from usufruct_client.patience import Patience
from usufruct_client.refusal import CutShort, Refusal, UnexpectedAnswer
from usufruct_client.types import UNSET, File, Response, Unset, a_file

__all__ = [
    "UNSET",
    "CutShort",
    "File",
    "Patience",
    "Refusal",
    "Response",
    "UnexpectedAnswer",
    "Unset",
    "Usufruct",
    "a_file",
]
