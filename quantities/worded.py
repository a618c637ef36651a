"""Patterns of texts, each with what it asks for in words: who writes a document reads no regular expression."""

_WORDS: dict[str, str] = {}


def worded(pattern: str, words: str) -> str:
    """Give a pattern for a field, and keep the words that a text which does not match is refused with.

    Args:
        pattern: as the schema has it.
        words: what is expected, with an example.
    """
    _WORDS[pattern] = words
    return pattern


def words_of(pattern: object) -> str:
    """What a pattern asks for, in words; empty where nobody has said it."""
    return _WORDS.get(str(pattern), "")
