"""The distribution's dependencies are ``requirements/runtime.in``, so that they are written once."""

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Requirements(MetadataHookInterface):
    """Reads the runtime requirements into the metadata, comments left out."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``dependencies`` from the requirement file beside this one."""
        lines = (Path(self.root) / "requirements" / "runtime.in").read_text(encoding="utf-8").splitlines()
        requirements = (line.split("#")[0].strip() for line in lines)
        metadata["dependencies"] = [requirement for requirement in requirements if requirement]
