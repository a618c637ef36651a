"""What is raised: a refusal with its reason, an answer that nobody described, and work that ended without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import httpx

from usufruct_client.models.fault_out import FaultOut
from usufruct_client.models.operation_out import OperationOut
from usufruct_client.models.problem import Problem
from usufruct_client.patience import retry_after_s

__all__ = ["CutShort", "Refusal", "UnexpectedAnswer", "refused"]


class Refusal(Exception):
    """The server refuses a request, and says why (RFC 9457)."""

    def __init__(self, response: httpx.Response, problem: Problem, document: Any = None) -> None:
        """Keep what was answered.

        Args:
            response: the whole answer.
            problem: what it says.
            document: the same as the operation describes it, where that is more than a problem (``RefusedFileOut``).
        """
        super().__init__(": ".join(part for part in (problem.title, problem.detail) if part))
        self.response, self.problem, self.document = response, problem, document

    @property
    def status(self) -> int:
        """The status of the answer, as 404."""
        return self.response.status_code

    @property
    def type(self) -> str:
        """The name of the fault, which never changes: `/problems/already-issued`."""
        return self.problem.type_

    @property
    def title(self) -> str:
        """The fault in a sentence."""
        return self.problem.title

    @property
    def detail(self) -> str:
        """What it is in this request."""
        return self.problem.detail

    @property
    def faults(self) -> list[FaultOut]:
        """Each fault of what was sent, with its place as a JSON pointer, what was found and what is expected."""
        return [fault for fault in self.problem.faults or () if isinstance(fault, FaultOut)]

    @property
    def request_id(self) -> str | None:
        """Under which the server's log has the request."""
        stated: str | None = self.response.headers.get("X-Request-Id")
        return stated

    @property
    def retry_after_s(self) -> float | None:
        """When to come again; None: the server does not say."""
        return retry_after_s(self.response)


class UnexpectedAnswer(Exception):
    """An answer that the interface does not describe: another server's, or a newer one's."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"{response.status_code} {response.reason_phrase} is not described: {response.text[:200]}")
        self.response = response


class CutShort(Exception):
    """Work that was begun has ended without an answer: it was cancelled, or broke."""

    def __init__(self, operation: OperationOut) -> None:
        super().__init__(f"operation {operation.operation} is {operation.state.value}")
        self.operation = operation


def refused(
    response: httpx.Response, describe: Callable[[Mapping[str, Any]], Any] | None = None
) -> Refusal | UnexpectedAnswer:
    """Say of an answer that is not what was asked for what it is.

    Args:
        response: the answer.
        describe: reads the document as the operation describes it.
    """
    if not response.is_error:
        return UnexpectedAnswer(response)
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    document = response.json() if media_type in ("application/problem+json", "application/json") else None
    described = None if describe is None or not isinstance(document, dict) else describe(document)
    if isinstance(document, dict) and media_type == "application/problem+json":
        return Refusal(response, Problem.from_dict(document), described)
    # A gateway before the server refuses in its own way, and so do the doors that speak as others do.
    phrase = HTTPStatus(response.status_code).phrase if response.status_code in set(HTTPStatus) else "Refused"
    return Refusal(response, Problem("about:blank", phrase, response.status_code, response.text[:500]), described)
