"""numpy, loaded when it is first used: a contract is read, checked and priced with its baseline, but without numpy.

A module of statistics imports numpy for the type checker and takes ``np`` from here at run time.
"""

from importlib import import_module
from typing import Any


class _LoadedOnUse:
    """Stands for a module; what was asked for once is an attribute of its own, as quick as the module's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        value = getattr(import_module(self._name), name)
        setattr(self, name, value)
        return value


np = _LoadedOnUse("numpy")
