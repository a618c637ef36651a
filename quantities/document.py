"""Documents that people write: YAML or JSON, read without guessing types; all faults are returned at once.

Every scalar stays the text that it is written as (``quantities/plain_yaml.py``); the model that the document is parsed
into decides the type.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import cache
from itertools import islice
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails, PydanticCustomError

from quantities.errors import Invalid, UsufructError, page_address, slug
from quantities.places import Location, Schema, part_at, place_of
from quantities.plain_yaml import DOCUMENT_BYTES_MAX, NoDocument, read_text
from quantities.unseen import unseen_in
from quantities.worded import words_of

Model = TypeVar("Model", bound=BaseModel)

_LINE_WIDTH = 120
#: More faults than that are of one cause; a megabyte of them would take seconds to be written down.
_FAULTS_MAX = 1000
_FIRST = 20
_SEEN = "signs that are printed as they stand"
_NO_KIND = "union_tag_invalid"
#: What the library says of its own types, and not of documents.
_IN_WORDS = {
    "tuple_type": "a list is needed, as [a, b]",
    "list_type": "a list is needed, as [a, b]",
    "dict_type": "named members are needed, as {name: value}",
    "model_type": "named members are needed, as {name: value}",
}
#: Faults of a misspelt name, beside all that are called unknown.
_NAMES = frozenset({"extra_forbidden"})


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at one place of a document.

    Attributes:
        path: the place, as a JSON pointer.
        code: the kind of fault, for programs.
        detail: the fault in a sentence, for people.
        found: the text at this place.
        expected: what would be right: of a name the nearest that there is, else how it is written.
    """

    path: str
    code: str
    detail: str
    found: str = ""
    expected: str = ""

    def __str__(self) -> str:
        actual = f" (found {self.found!r})" if self.found else ""
        is_name = self.code in _NAMES or self.code.startswith("unknown-")
        expected = f"; did you mean {self.expected}?" if is_name else f"; expected {self.expected}"
        hint = expected if self.expected else ""
        return f"{self.path or '/'}: {self.detail}{actual}{hint}"


class FaultyDocument(Invalid):
    """The document has faults."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Collect the faults: a line of text per fault for people, an object per fault for programs."""
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)), faults=[told_fault(fault) for fault in self.faults])


def told_fault(fault: Fault) -> dict[str, str]:
    """A fault as programs are told it: its members, and as ``type`` where the page of its code stands."""
    return {**asdict(fault), "type": page_address(fault.code)}


def checked(check: Callable[[str], str]) -> AfterValidator:
    """Use a check that raises ``UsufructError`` in a pydantic model: its error becomes a fault, coded by the slug."""

    def validate(text: str) -> str:
        try:
            return check(text)
        except UsufructError as error:
            raise custom_error(error) from error

    return AfterValidator(validate)


def custom_error(error: UsufructError) -> PydanticCustomError:
    """Turn a refusal into what a model's validator raises, with its name as code and what would be right."""
    expected = error.members.get("expected")
    right = " or ".join(map(str, expected)) if isinstance(expected, list) else str(expected or "")
    return PydanticCustomError(slug(type(error)), "{detail}", {"detail": str(error), "expected": right})


def refuse(faults: Iterable[Fault]) -> None:
    """Call in a model's validator: each of these faults becomes a fault of the document, at its own path."""
    listed = [asdict(fault) for fault in faults]
    if listed:
        raise PydanticCustomError("faults", "it has faults", {"faults": listed})


def whole_number(value: object) -> object:
    """Turn a whole number written as text into an ``int``; return anything else unchanged."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10 else value  # noqa: PLR2004 longer than any number meant here


def yes_or_no(value: object) -> object:
    """Turn the text true or false into a ``bool``; return anything else unchanged."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


#: A whole number in a document: 14 or "14".
WholeNumber = Annotated[
    int,
    BeforeValidator(whole_number),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,9}$"}]}),
]
#: Text that may be empty; a document cannot tell empty text from none.
OptionalText = Annotated[str, BeforeValidator(lambda text: "" if text is None else text)]

#: True or false in a document.
YesOrNo = Annotated[bool, BeforeValidator(yes_or_no)]


def read(raw: bytes | str, bytes_max: int = DOCUMENT_BYTES_MAX) -> Any:
    """Read YAML (JSON is a subset of it). Every scalar is returned as text; an empty one is ``None``.

    Args:
        raw: the document.
        bytes_max: how large it may be, as sent and with every alias written out; 4 MiB, where no more is stated.

    Raises:
        FaultyDocument: it is not YAML; it is too large; an anchor contains itself; a key of a mapping is not text, is
            repeated, or is a merge key; a text has a sign that nobody sees (``quantities/unseen.py``).
    """
    if len(raw) > bytes_max:
        detail = f"a document has at most {bytes_max} bytes"
        raise FaultyDocument([Fault("", "too-large", detail, str(len(raw)))])
    try:
        document = read_text(raw, bytes_max)
    except NoDocument as error:
        raise FaultyDocument([Fault("", error.code, error.detail, error.read)]) from error
    unseen = list(islice(unseen_in(document), _FIRST))
    if unseen:
        detail = "a sign stands here that nobody sees, or that turns what follows"
        raise FaultyDocument([Fault(path, "unseen-sign", detail, sign, _SEEN) for path, sign in unseen])
    return document


def write(document: Any) -> str:
    """Write a document as YAML that ``read`` reads as the same; text that looks like a number or a day is quoted."""
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=_LINE_WIDTH)


def document_of(model: BaseModel) -> Any:
    """Turn a model into the document that ``parse`` reads as the same model.

    Left out is what stands for nothing and would be nothing without being written: null, an empty text, list or
    mapping. Every other default is written, for it may be another in a later release.
    """
    return _written(model, model.model_dump(mode="json", by_alias=True))


def _written(value: Any, dumped: Any) -> Any:
    if isinstance(value, BaseModel):
        parts = {}
        for name, field in type(value).model_fields.items():
            key = field.serialization_alias or field.alias or name
            part = getattr(value, name)
            if key not in dumped:
                continue  # the model itself leaves it out
            written = _written(part, dumped[key])
            if written not in (None, "", [], {}) or part != field.get_default(call_default_factory=True):
                parts[key] = written
        return parts
    if isinstance(dumped, dict) and isinstance(value, Mapping):
        return {
            key: _written(part, written) for part, (key, written) in zip(value.values(), dumped.items(), strict=True)
        }
    if isinstance(dumped, list) and isinstance(value, Sequence):
        return [_written(part, written) for part, written in zip(value, dumped, strict=True)]
    return dumped


def parse(kind: type[Model], document: Any) -> Model:
    """Parse a document into its model.

    Raises:
        FaultyDocument: lists every fault with its path, and for a misspelt key the nearest valid key of its place.
            Where a ``kind`` is no kind, the rest of its part is held against the kind that is most like it.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise FaultyDocument(_told(error, kind, document)) from error


def _told(error: ValidationError, kind: type[BaseModel], document: Any) -> Sequence[Fault]:
    """Choose which faults are told: all of them, or of more than a person reads those of each list's first entries."""
    if error.error_count() <= _FAULTS_MAX:
        faults = faults_of(error, kind)
        return *faults, *_faults_of_nearest(error, kind, document, faults)
    detail = (
        f"the document has {error.error_count()} faults; of each list, those of the first {_FIRST} entries are told"
    )
    faults_told = [Fault("", "too-many-faults", detail)]
    try:
        kind.model_validate(_first_entries(document))
    except ValidationError as fewer:
        faults_told += faults_of(fewer, kind)[:_FAULTS_MAX] if fewer.error_count() <= _FAULTS_MAX**2 else ()
    return faults_told


def _first_entries(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _first_entries(part) for key, part in islice(document.items(), _FIRST)}
    return [_first_entries(part) for part in document[:_FIRST]] if isinstance(document, list) else document


def faults_of(error: ValidationError, kind: type[BaseModel]) -> tuple[Fault, ...]:
    """Convert pydantic's errors into faults."""
    schema, faults = _schema(kind), list[Fault]()
    for refusal in error.errors():
        path, parents = place_of(schema, refusal["loc"])
        if refusal["type"] == "faults":
            faults += [Fault(path + fault.pop("path"), **fault) for fault in map(dict, refusal["ctx"]["faults"])]
        elif refusal["type"] == _NO_KIND:
            faults.append(_no_kind(path, refusal["ctx"]))
        else:
            nearest = _nearest_to(refusal, parents)
            words = words_of(refusal.get("ctx", {}).get("pattern"))
            detail = (words and f"needed is {words}") or _IN_WORDS.get(refusal["type"]) or refusal["msg"]
            detail = detail.removeprefix("Value error, ")
            faults.append(Fault(path, refusal["type"], detail, _shown(refusal.get("input")), nearest or words))
    # Where a list's items have faults, pydantic also calls the list too short; that second fault is dropped.
    return tuple(
        fault
        for fault in faults
        if fault.code != "too_short" or not any(other.path.startswith(f"{fault.path}/") for other in faults)
    )


@cache
def _schema(kind: type[BaseModel]) -> Schema:
    """The schema of a kind of document, to be read only; that of a contract takes 0.1 s and more to write out."""
    return kind.model_json_schema()


def _no_kind(path: str, refused: Mapping[str, Any]) -> Fault:
    """Say that a kind is none, and which one is most like it; all of them where none is."""
    name, tag, kinds = refused["discriminator"].strip("'"), str(refused["tag"]), _kinds(refused)
    nearest = next(iter(get_close_matches(tag, kinds, n=1)), "")
    detail = "there is no such kind" if nearest else f"there is no such kind; there are {', '.join(kinds)}"
    return Fault(f"{path}/{name}", "unknown-kind", detail, tag[:100], nearest)


def _kinds(refused: Mapping[str, Any]) -> list[str]:
    return [tag.strip(" '") for tag in refused["expected_tags"].split(",")]


def _faults_of_nearest(
    error: ValidationError, kind: type[BaseModel], document: Any, faults: Sequence[Fault]
) -> tuple[Fault, ...]:
    """Find the further faults of parts whose kind is none, as if they were of the kind that is most like it."""
    meant = deepcopy(document)
    corrected = [
        _correct(meant, refusal["loc"], refusal["ctx"]) for refusal in error.errors() if refusal["type"] == _NO_KIND
    ]
    if not any(corrected):
        return ()
    try:
        kind.model_validate(meant)
    except ValidationError as further:
        known = {(fault.path, fault.code) for fault in faults}
        return tuple(fault for fault in faults_of(further, kind) if (fault.path, fault.code) not in known)
    return ()


def _correct(document: Any, location: Location, refused: Mapping[str, Any]) -> bool:
    """Put the nearest kind where one is none; False where none is near, or the place is not of the document."""
    nearest, part = get_close_matches(str(refused["tag"]), _kinds(refused), n=1), part_at(document, location)
    if not nearest or not isinstance(part, dict):
        return False
    part[refused["discriminator"].strip("'")] = nearest[0]
    return True


def _nearest_to(refusal: ErrorDetails, parents: Sequence[Schema]) -> str:
    """What is nearest to a part that is refused: a key of its place, or what its check has named."""
    if refusal["type"] == "extra_forbidden":
        return _nearest(str(refusal["loc"][-1]), parents)
    return str(refusal.get("ctx", {}).get("expected", "")) if "detail" in refusal.get("ctx", {}) else ""


def nearest_name(schema: Schema, location: Location) -> str:
    """Find, of the names that a place of a schema knows, the one that is most like the last step of a location."""
    return _nearest(str(location[-1]), place_of(schema, location)[1])


def _nearest(name: str, parents: Sequence[Schema]) -> str:
    known = sorted({key for schema in parents for key in schema.get("properties", {})})
    return next(iter(get_close_matches(name, known, n=1)), "")


def _shown(value: object) -> str:
    return "" if isinstance(value, dict | list | BaseModel) or value is None else str(value)[:100]
