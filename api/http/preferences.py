"""What a request would rather have: an answer later (RFC 7240), or in another media type (RFC 9110, 12.5.1)."""

from collections.abc import Iterator, Sequence


def prefers_later(prefer: str) -> bool:
    """Whether a ``Prefer`` header asks for the answer later: what is asked is then written down as an operation."""
    preferences = (preference.partition(";")[0].strip().lower() for preference in prefer.split(","))
    return "respond-async" in preferences


def preferred_media_type(accept: str, offered: Sequence[str]) -> str:
    """Choose the media type that an ``Accept`` header asks for most.

    Args:
        accept: the header; empty: anything.
        offered: in the order of our own preference; the first is answered too where none of them is accepted.
    """
    ranges = list(_ranges(accept))

    def weight(media_type: str) -> float:
        wanted = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        return next((quality for name in wanted for stated, quality in ranges if stated == name), 0.0)

    return max(offered, key=weight)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        stated = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            yield name, float(stated)
        except ValueError:  # a weight that is no number asks for nothing
            yield name, 0.0
