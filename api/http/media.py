"""In which media types a body may come, and in which encoding; what comes otherwise is refused before it is read."""

from typing import Any, Final

from starlette.datastructures import Headers

from api.refusals import UnsupportedMediaType

JSON: Final = ("application/json",)
#: A document that people write. YAML's first name is the registered one (RFC 9512).
DOCUMENT: Final = ("application/yaml", *JSON)
#: Many documents: a list, or one a line.
DOCUMENTS: Final = (*JSON, "application/x-ndjson")
_ALSO_OF_A_DOCUMENT = (
    "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain", "application/octet-stream", "application/jsonl",
)  # fmt: skip
#: What a program says that was told nothing about the body, curl among them.
_UNSTATED = ("", "application/x-www-form-urlencoded")


class WrongMediaType(UnsupportedMediaType):
    """The body is of a media type that is not read here."""


class WrongContentEncoding(UnsupportedMediaType):
    """The body is encoded in a way that is not read here."""


def accepted(media_types: tuple[str, ...]) -> frozenset[str]:
    """All that is accepted where some media types are documented; JSON alone has to be named by the sender."""
    if media_types == JSON:
        return frozenset(JSON)
    return frozenset((*media_types, *_ALSO_OF_A_DOCUMENT, *_UNSTATED))


def refuse_wrong_media(
    headers: Headers, expected: tuple[str, ...], accepted: frozenset[str], encodings: tuple[str, ...] = ()
) -> None:
    """Refuse a body by what its headers say of it.

    Args:
        headers: of the request.
        expected: the media types that are documented.
        accepted: all that are read.
        encodings: the content encodings that are undone.

    Raises:
        WrongMediaType: the body is of another type.
        WrongContentEncoding: it is encoded otherwise.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding and encoding != "identity" and encoding not in encodings:
        read = ["identity", *encodings]
        detail = f"a body encoded as {encoding[:100]!r} is not read here"
        raise WrongContentEncoding(detail, place="/header/content-encoding", found=encoding[:100], expected=read)
    media = media_type_of(headers)
    if media not in accepted and not (media.startswith("application/") and media.endswith("+json")):
        stated = f"the body is {media[:100]!r}" if media else "the request does not say what its body is"
        raise WrongMediaType(stated, place="/header/content-type", found=media[:100], expected=expected)


def schema_of_media(media_type: str) -> dict[str, Any]:
    """Describe what is no JSON document: a text, or bytes."""
    is_text = media_type.startswith("text/") or media_type.endswith(("json", "xml"))
    return {"schema": {"type": "string"} if is_text else {"type": "string", "format": "binary"}}


def media_type_of(headers: Headers) -> str:
    """The media type that a body is said to have, without its parameters; empty where nothing is said."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def has_body(headers: Headers) -> bool:
    """Whether a request has a body, by its headers."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
