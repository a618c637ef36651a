"""The generated client, made of docs/openapi.json as it is now before anything of it is imported."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from make_client import up_to_date

up_to_date()


@cache
def operations() -> dict[str, ModuleType]:
    """The module of each operation."""
    import usufruct_client.api

    modules = dict[str, ModuleType]()
    for tag in pkgutil.iter_modules(usufruct_client.api.__path__):
        package = importlib.import_module(f"usufruct_client.api.{tag.name}")
        for operation in pkgutil.iter_modules(package.__path__):
            assert operation.name not in modules, "an operation has one place"
            modules[operation.name] = importlib.import_module(f"{package.__name__}.{operation.name}")
    return modules


def plain(answer: Any) -> Any:
    """What a function of the client returned, as JSON has it."""
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    return answer.to_dict() if hasattr(answer, "to_dict") else answer
