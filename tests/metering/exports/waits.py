"""What does not work yet, by check and file or drawn kind of file, and why. Each fails; whoever mends it takes it out."""

from collections.abc import Mapping
from typing import Any

import pytest

WAITS: Mapping[str, Mapping[str, str]] = {}


def waiting(check: str, name: str) -> list[Any]:
    """The marks of a test that waits for something, or none."""
    why = WAITS.get(check, {}).get(name)
    return [pytest.mark.xfail(strict=True, reason=why)] if why else []
