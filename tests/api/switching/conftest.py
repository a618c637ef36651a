"""Where Lago's client lies (requirements/clients.in): behind everything else, for its wheel has a package ``tests``."""

import sys
from pathlib import Path

sys.path.append(str(Path(sys.prefix) / "clients"))
