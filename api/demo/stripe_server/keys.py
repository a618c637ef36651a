"""Idempotency keys: what was answered to a key is answered again, also an error of the server, for 24 hours."""

from dataclasses import dataclass
from typing import Any

from api.demo.stripe_server.clock import GatewayClock
from api.demo.stripe_server.parameters import Refusal

REMEMBERED_S = 24 * 3600
_KEY_CHARACTERS_MAX = 255


@dataclass
class _Remembered:
    asked: tuple[str, str, str]
    at: int
    answer: tuple[int, dict[str, Any]] | None = None


class Keys:
    """By key: what was asked, and what was answered once the work had begun."""

    def __init__(self, clock: GatewayClock) -> None:
        self._clock = clock
        self._known: dict[str, _Remembered] = {}

    def begin(self, key: str, asked: tuple[str, str, str]) -> tuple[int, dict[str, Any]] | None:
        """Say what is answered again, or None where the work is to be done.

        Raises:
            Refusal: the key is in use by a request that is not answered yet, or was used for something else.
        """
        if len(key) > _KEY_CHARACTERS_MAX:
            raise Refusal(400, "idempotency_error", "Idempotency keys are at most 255 characters long.")
        known = self._known.get(key)
        if known is None or self._clock.seconds - known.at >= REMEMBERED_S:
            self._known[key] = _Remembered(asked, self._clock.seconds)
            return None
        if known.asked != asked:
            raise Refusal(
                400, "idempotency_error", "Keys for idempotent requests can only be used with the same parameters."
            )
        if known.answer is None:
            message = "There is currently another in-progress request using this idempotency key."
            raise Refusal(409, "idempotency_error", message, code="idempotency_key_in_use")
        return known.answer

    def keep(self, key: str, answer: tuple[int, dict[str, Any]]) -> None:
        """Keep what was answered, to be answered again."""
        self._known[key].answer = answer

    def drop(self, key: str) -> None:
        """Forget a key whose request was refused before its work began."""
        self._known.pop(key, None)
