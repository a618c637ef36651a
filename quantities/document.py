"""Documents that people write: YAML or JSON read without guessing, all their faults returned at once.

YAML's own guesses are what a contract cannot bear (``0.10`` a float, ``no`` false, ``12:30`` the number 750), so every
scalar stays the text it was; the model that reads it says what it should have been.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from quantities.errors import Invalid, UsufructError, slug

Model = TypeVar("Model", bound=BaseModel)

_BYTES_MAX = 4 << 20
_ALIASES_MAX = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a document.

    Attributes:
        path: the place, as a JSON pointer.
        code: what is wrong, for a program.
        detail: the same for a person.
        found: what stands there.
        expected: the nearest that would be right, where there is one.
    """

    path: str
    code: str
    detail: str
    found: str = ""
    expected: str = ""

    def __str__(self) -> str:
        found = f" (found {self.found!r})" if self.found else ""
        hint = f"; did you mean {self.expected}?" if self.expected else ""
        return f"{self.path or '/'}: {self.detail}{found}{hint}"


class FaultyDocument(Invalid):
    """A document is accepted when it has no fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Gather the faults; one line each for a person, one object each for a program."""
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)), faults=[asdict(fault) for fault in self.faults])


class _TextLoader(yaml.BaseLoader):
    """YAML whose scalars stay text, without the aliases that let a kilobyte stand for a gigabyte.

    The size with every alias written out is counted while the nodes are composed: an alias adds the size of its anchor,
    which is known by then. So a document that expands too far is refused before anything is built of it, and in time
    proportional to what was sent. A document without aliases is bounded by its bytes.
    """

    def __init__(self, raw: bytes | str) -> None:
        super().__init__(raw)
        self.aliases = 0
        self.expanded = 0
        self.size_of_anchor: dict[str, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        is_alias, before = isinstance(event, yaml.events.AliasEvent), self.expanded
        if is_alias:
            self.aliases += 1
            if self.aliases > _ALIASES_MAX:
                raise yaml.YAMLError(f"more than {_ALIASES_MAX} aliases")
            if event.anchor in self.anchors and event.anchor not in self.size_of_anchor:
                detail = f"an anchor contains itself{_place(event.start_mark)}"
                raise FaultyDocument([Fault("", "contains-itself", detail, f"*{event.anchor}")])
        node = super().compose_node(parent, index)
        if is_alias:
            self.expanded += self.size_of_anchor[event.anchor]
        else:
            self.expanded += 1 + (len(event.value) if isinstance(event, yaml.events.ScalarEvent) else 0)
            if event.anchor is not None:
                self.size_of_anchor[event.anchor] = self.expanded - before
        if self.aliases and self.expanded > _BYTES_MAX:
            detail = f"with every alias written out (expanded) a document has at most {_BYTES_MAX} bytes"
            detail += f"; this one has more{_place(event.start_mark)}"
            raise FaultyDocument([Fault("", "too-large", detail, str(self.expanded))])
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 as PyYAML calls it
        names: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # is refused below: it is no key
            if key.value == "<<" and key.style is None:
                detail = f"a merge key is not read; write its entries out{_place(key.start_mark)}"
                raise FaultyDocument([Fault("", "merge-key", detail, "<<")])
            name = str(_empty_is_none(key.value))
            if name in names:
                detail = f"a mapping has the same key twice{_place(key.start_mark)}"
                raise FaultyDocument([Fault("", "duplicate-key", detail, _shown(key.value))])
            names.add(name)
        return super().construct_mapping(node, deep)


def _place(mark: Any) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def checked(check: Callable[[str], str]) -> AfterValidator:
    """Make a check of ours a part of a model: what it refuses becomes a fault among the others, by its own name."""

    def validate(found: str) -> str:
        try:
            return check(found)
        except UsufructError as error:
            name = slug(type(error))
            raise PydanticCustomError(name, "{detail}", {"detail": str(error)}) from error

    return AfterValidator(validate)


def refuse(faults: Iterable[Fault]) -> None:
    """Refuse, in a validator of a model, what has faults: each becomes one of the document's, with its own place."""
    found = [asdict(fault) for fault in faults]
    if found:
        raise PydanticCustomError("faults", "it has faults", {"faults": found})


def whole_number(found: object) -> object:
    """Read a whole number, which a document has as text."""
    return int(found) if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < 10 else found  # noqa: PLR2004 far above any that is meant


def yes_or_no(found: object) -> object:
    """Read true or false, which a document has as text."""
    return {"true": True, "false": False}.get(found, found) if isinstance(found, str) else found


#: A whole number in a document: 14 or "14".
WholeNumber = Annotated[
    int,
    BeforeValidator(whole_number),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,9}$"}]}),
]
#: True or false in a document.
YesOrNo = Annotated[bool, BeforeValidator(yes_or_no)]


def read(raw: bytes | str) -> Any:
    """Read YAML, and so JSON too, every scalar as the text it is; an empty one is ``None``.

    Raises:
        FaultyDocument: it is neither, or larger than 4 MiB, as it was sent or with every alias written out; an anchor
            contains itself, a key of a mapping is no text or stands there twice, or it is a merge key.
    """
    if len(raw) > _BYTES_MAX:
        raise FaultyDocument([Fault("", "too-large", f"a document has at most {_BYTES_MAX} bytes", str(len(raw)))])
    try:
        return _empty_is_none(yaml.load(raw, _TextLoader))  # noqa: S506 builds nothing but text, lists and mappings
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        place = _place(getattr(error, "problem_mark", None))
        raise FaultyDocument([Fault("", "not-yaml", f"{getattr(error, 'problem', None) or error}{place}")]) from error


def _empty_is_none(node: Any) -> Any:
    """Walk a document; an escape may stand for half a character, which nothing can write down again."""
    if isinstance(node, dict):
        return {str(_empty_is_none(key)): _empty_is_none(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_empty_is_none(value) for value in node]
    if node in (None, "", "null", "~"):
        return None
    node.encode()
    return node


def parse(kind: type[Model], document: Any) -> Model:
    """Read a document into its model.

    Raises:
        FaultyDocument: with every fault, each with its path, and the nearest key where one is misspelt.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise FaultyDocument(faults_of(error, kind)) from error


def faults_of(error: ValidationError, kind: type[BaseModel]) -> tuple[Fault, ...]:
    """Say what a model refused, in our own form."""
    known = _keys_of(kind.model_json_schema())
    faults = []
    for each in error.errors():
        path = "".join(f"/{step}" for step in each["loc"])
        if each["type"] == "faults":
            faults += [Fault(path + fault.pop("path"), **fault) for fault in map(dict, each["ctx"]["faults"])]
            continue
        found = each.get("input")
        nearest = ""
        if each["type"] == "extra_forbidden":
            nearest = next(iter(get_close_matches(str(each["loc"][-1]), known, n=1)), "")
        detail = each["msg"].removeprefix("Value error, ")
        faults.append(Fault(path, each["type"], detail, _shown(found), nearest))
    # A list whose items are all faulty is not too short besides.
    return tuple(
        fault
        for fault in faults
        if fault.code != "too_short" or not any(other.path.startswith(f"{fault.path}/") for other in faults)
    )


def _shown(found: object) -> str:
    return "" if isinstance(found, dict | list | BaseModel) or found is None else str(found)[:100]


def _keys_of(schema: dict[str, Any]) -> list[str]:
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({key for part in parts for key in part.get("properties", {})})
