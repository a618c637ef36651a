"""Credentials that speak for nobody: logged, counted by the address that they come from, and limited.

A minute's twenty different ones from one address are guesses, and further ones are not looked up. The same one again
and again is none: a gateway whose key was revoked does not lock out those beside it. Nor is a credential refused that
has let somebody in before, whoever guesses behind the same address.

Each process counts for itself, and forgets the address that it has not heard of for longest beyond ten thousand.
"""

import hashlib
import logging
import math
from collections import OrderedDict
from datetime import datetime, timedelta

from api.refusals import TooMany
from quantities.errors import UsufructError

log = logging.getLogger(__name__)

GUESSES_MAX = 20
WITHIN = timedelta(minutes=1)
_KEPT_MAX = 10_000
#: How our own credentials begin; of others, which may be somebody's password, no character is written down.
_PREFIXES = ("usu_", "uto_")


class TooManyGuesses(TooMany):
    """Too many wrong keys came from this address."""


class Guesses:
    """What was guessed lately, by address. It is used on one thread."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, dict[bytes, datetime]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def admit(self, address: str, shown: str, now: datetime) -> None:
        """Let a credential be looked up.

        Raises:
            TooManyGuesses: too many from its address have spoken for nobody, and it has not let anybody in before.
        """
        failed = self._lately(address, now)
        if len(failed) < GUESSES_MAX or _digest(shown) in self._good:
            return
        seconds = max(1, math.ceil((min(failed.values()) + WITHIN - now).total_seconds()))
        expected = f"fewer than {GUESSES_MAX} in {WITHIN.total_seconds():.0f} s"
        raise TooManyGuesses(f"try again in {seconds} s", found=len(failed), expected=expected, retry_after_s=seconds)

    def note(self, address: str, kind: str, shown: str, error: UsufructError, now: datetime) -> None:
        """Write down that a credential speaks for nobody.

        Args:
            address: where it comes from.
            kind: what it seems to be.
            shown: the credential; of it no more than a prefix of ours is logged.
            error: why it is refused.
            now: the instant.
        """
        digest, failed = _digest(shown), self._lately(address, now)
        self._good.pop(digest, None)
        if digest not in failed:
            prefix = shown[:4] if shown.startswith(_PREFIXES) else ""
            log.warning("%s %s from %s is refused: %s", kind, prefix, address, getattr(error, "reason", error))
        failed[digest] = now
        self._failed[address] = failed
        self._failed.move_to_end(address)
        if len(self._failed) > _KEPT_MAX:
            self._failed.popitem(last=False)
        if len(failed) == GUESSES_MAX:
            log.warning("%s has shown %d that speak for nobody; no further one is looked up", address, GUESSES_MAX)

    def let_in(self, shown: str) -> None:
        """Remember that a credential speaks for somebody."""
        digest = _digest(shown)
        self._good[digest] = None
        self._good.move_to_end(digest)
        if len(self._good) > _KEPT_MAX:
            self._good.popitem(last=False)

    def _lately(self, address: str, now: datetime) -> dict[bytes, datetime]:
        failed = self._failed.get(address, {})
        return {digest: at for digest, at in failed.items() if at > now - WITHIN}


def _digest(shown: str) -> bytes:
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).digest()[:16]
