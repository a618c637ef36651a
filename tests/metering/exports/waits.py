"""What does not work yet, by check and file or drawn kind of file, and why. Each fails; whoever mends it takes it out."""

from collections.abc import Mapping
from typing import Any

import pytest

WAITS: Mapping[str, Mapping[str, str]] = {
    "said": {
        "44-bms-trend-log": "EST and EDT behind a time are not read: the rows are refused, not_a_time",
        "47-verbundene-kopfzellen": "a header of two rows with merged cells: asked for its line, and then two columns have one name",
    },
}


def waiting(check: str, name: str) -> list[Any]:
    """The marks of a test that waits for something, or none."""
    why = WAITS.get(check, {}).get(name)
    return [pytest.mark.xfail(strict=True, reason=why)] if why else []
