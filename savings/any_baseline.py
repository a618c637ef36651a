"""A baseline as a contract, a request or a file has it: fitted and frozen, or agreed on paper."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, RootModel

from quantities.document import Fault, parse, refuse
from savings.agreed import AgreedBaseline
from savings.baseline import Baseline


def _with_kind(document: object) -> object:
    """A fitted baseline never says its kind; one that was agreed does."""
    if not isinstance(document, Mapping) or "kind" in document:
        return document
    if "source" in document:
        detail = "a baseline with a source was agreed on paper, and says so"
        refuse([Fault("/kind", "no-kind", detail, expected="agreed")])
    return {"kind": "fitted", **document}


#: The union is at once the registry, the stored plans' schema and the API's discriminator.
AnyBaseline: TypeAlias = Annotated[
    Annotated[Baseline | AgreedBaseline, Field(discriminator="kind")], BeforeValidator(_with_kind)
]


class _BaselineFile(RootModel[AnyBaseline]):
    """A file that holds nothing but a baseline."""


def parse_baseline(document: Any) -> Baseline | AgreedBaseline:
    """Parse a document into the baseline that it is.

    Raises:
        FaultyDocument: lists every fault with its path.
    """
    return parse(_BaselineFile, document).root
