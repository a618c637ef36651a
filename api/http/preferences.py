"""What a request would rather have (RFC 7240)."""


def prefers_later(prefer: str) -> bool:
    """Whether a ``Prefer`` header asks for the answer later: what is asked is then written down as an operation."""
    preferences = (preference.partition(";")[0].strip().lower() for preference in prefer.split(","))
    return "respond-async" in preferences
