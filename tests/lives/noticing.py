"""Lives until one finds a fault: run beside a copy of the product, to say whether what is broken there is noticed.

    python -m tests.lives.noticing 12 "event,late" "per_unit" 8 net

The arguments: how many steps a life has, what may happen, the kinds of rules, how many lives are lived at most, and with
what a fault begins that counts; all of them count without it. The
server is that of the tests. Prints the seed of the first life that finds something, with what it finds, and ends with 1.
"""

import os
import sys
from pathlib import Path

import billing
from api.server.embedded import EmbeddedServer
from tests.conftest import HOME, fresh_database
from tests.lives.repertoire import Repertoire
from tests.lives.run import lives_on


def first_found(repertoire: Repertoire, most: int, begins: str) -> str | None:
    """Live lives of the seeds from 1 on; describe the first with a fault that begins so."""
    server = EmbeddedServer(home=Path(os.environ[HOME]))
    with fresh_database(server, f"noticing {os.getpid()}") as access, lives_on(access) as lives:
        for seed in range(1, most + 1):
            outcome = lives.drawn(seed, repertoire, ["oracle"])
            faults = [fault for faults in outcome.faults.values() for fault in faults if fault.startswith(begins)]
            if faults:
                return f"seed {seed}: {faults[0]}\n{outcome}"
    return None


def main(steps: str, allowed: str, kinds: str, most: str, begins: str = "") -> int:
    """Look, and say what was found."""
    copied = {str(Path(path).parent) for path in billing.__path__}
    print("the product of", *copied)
    repertoire = Repertoire(frozenset(allowed.split(",")), frozenset(kinds.split(",")), int(steps))
    found = first_found(repertoire, int(most), begins)
    print(found or "nothing was found")
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
