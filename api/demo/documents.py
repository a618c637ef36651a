"""The example documents: out of the wheel, or in a checkout where they stand."""

from importlib import resources
from pathlib import Path

import api


def document(name: str) -> bytes:
    """Read one of them."""
    packed = resources.files("api.demo").joinpath("examples", f"{name}.yaml")
    if packed.is_file():
        return packed.read_bytes()
    return (Path(api.__file__).parents[1] / "examples" / f"{name}.yaml").read_bytes()
