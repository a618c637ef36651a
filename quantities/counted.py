"""So many of something, in words: ``1 site``, ``2 sites``, ``0 entries``."""

_ADDS_ES = ("s", "x", "ch", "sh")
_VOWELS = "aeiou"


def counted(number: int, noun: str) -> str:
    """Say how many there are of something.

    Args:
        number: how many.
        noun: one of them, as ``site``, ``entry`` or ``tax rate``; its last word is put into the plural.
    """
    return f"{number} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Put an English noun into its regular plural: ``sites``, ``entries``, ``boxes``, ``days``."""
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(_ADDS_ES) else f"{noun}s"


def agrees(number: int, one: str, several: str) -> str:
    """Choose the word that agrees with a number: ``is`` or ``are``, ``waits`` or ``wait``."""
    return one if number == 1 else several
