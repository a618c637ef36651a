"""The core form of the lives beside a copy of the product: whether a fault there changes what anything comes to.

    python -m tests.mutation.lives demand,percentage
    python -m tests.mutation.lives "" "whole periods 14"

The arguments: the kinds of rules in the lives, all of them where none is named; the lives that are known to differ in the
product itself. Prints the first that differs besides them, and ends with 1 then.
"""

import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import billing
from tests.lives import core
from tests.lives.charges import OVER_AMOUNTS
from tests.lives.core import Repertoire
from tests.lives.test_core import REPERTOIRES
from tests.lives.test_neutral_amendment import changes_nothing

_FEW, _MANY = 40, 120
_NEUTRAL = "neutral amendment"
#: What a rule over the amounts of others is computed from.
_SEEN = ("per_unit", "fixed_fee")


def lives(kinds: Sequence[str]) -> Iterator[tuple[str, int, Repertoire]]:
    """Those of some kinds of rules; without any, of all kinds: label, seed and repertoire."""
    wanted = {*kinds, *(_SEEN if set(kinds) & {*OVER_AMOUNTS} else ())}
    for name, repertoire in REPERTOIRES.items():
        drawn = tuple(kind for kind in repertoire.kinds if kind in wanted or not kinds)
        if drawn:
            of_them = replace(repertoire, kinds=drawn)
            yield from ((name, seed, of_them) for seed in range(1, (_FEW if kinds else _MANY) + 1))
            yield from ((f"{_NEUTRAL} in {name}", seed, of_them) for seed in range(1, _FEW + 1))


def is_off(label: str, seed: int, repertoire: Repertoire) -> bool:
    """Whether product and oracle differ in a life; of a neutral amendment, whether it changes anything."""
    try:
        if label.startswith(_NEUTRAL):
            changes_nothing(range(seed, seed + 1), replace(repertoire, inside=True, periods=6))
            return False
        return core.compare(core.life_of(seed, repertoire)) is not None
    except Exception:  # noqa: BLE001 whatever a fault raises
        return True


def first_differing(kinds: str, known: Collection[str]) -> str | None:
    """The first life that differs besides the known ones."""
    of_kinds = ((f"{label} {seed}", (label, seed, drawn)) for label, seed, drawn in lives(_listed(kinds)))
    return next((name for name, life in of_kinds if name not in known and is_off(*life)), None)


def differs_here(kinds: str, name: str) -> bool:
    """Whether a life differs by the product of this process."""
    return any(f"{label} {seed}" == name and is_off(label, seed, drawn) for label, seed, drawn in lives(_listed(kinds)))


def _listed(kinds: str) -> list[str]:
    return kinds.split(",") if kinds else []


def main(kinds: str, *known: str) -> int:
    print("the product of", *{str(Path(path).parent) for path in billing.__path__}, flush=True)
    name = first_differing(kinds, known)
    print(name or "no life differs")
    return 0 if name is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
