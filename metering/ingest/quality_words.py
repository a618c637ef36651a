"""What the words of a column of qualities mean: ours by name, others as the sender says, and the rest is asked."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from metering.ingest.how_read import Answer, Aspect, Basis, HowRead, OpenQuestion
from metering.log.reading import Quality

#: Of a row that has no reading, whatever stands in the cell of its value.
NO_VALUE = "no_value"
_ESTIMATED = "estimated"
_WORDS_MAX = 12
_CHARACTERS_SHOWN = 60


def meaning(name: str) -> str | None:
    """The name of a quality, or ``no_value``; ``estimated`` is an estimate by an unknown method; None for others."""
    plain = name.strip().casefold()
    if plain == NO_VALUE:
        return NO_VALUE
    quality = Quality.ESTIMATED_REFERENCE_DAY if plain == _ESTIMATED else Quality.named(plain) if plain else None
    return None if quality is None else quality.name.lower()


def meanings() -> list[str]:
    """All that a word can mean."""
    return [_ESTIMATED, NO_VALUE, *(quality.name.lower() for quality in Quality)]


def _own_meaning(word: str) -> str | None:
    """What a word means of which the sender says nothing: no word nothing, and a number is a code that nobody knows."""
    if not word:
        return ""
    return None if word.isdigit() else meaning(word)


def mapped(
    column: pa.Array, quality_of: Mapping[str, str], name: str
) -> tuple[pa.Array, list[HowRead], list[OpenQuestion]]:
    """The column in words of ours.

    Args:
        column: as written.
        quality_of: what words mean, as the sender says.
        name: of the column.

    Returns:
        The column; how its words were read; and a question for each word that nobody knows, or that is a number: a
        code of somebody else's is none of ours.
    """
    encoded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    words = [str(word or "").strip() for word in encoded.dictionary.to_pylist()]
    by_word = {word.strip().casefold(): (word, means) for word, means in quality_of.items()}
    ours: dict[str, str] = {}
    how_read, unknown = [], []
    for word in dict.fromkeys(words):
        option = by_word.get(word.casefold())
        known = meaning(option[1]) if option else _own_meaning(word)
        ours[word] = word if known is None else known
        if known is None:
            unknown.append(word)
        elif option:
            where = f"--quality-of {option[0]}={option[1]}"
            how_read.append(HowRead(Aspect.QUALITY, f"{word[:_CHARACTERS_SHOWN]} is {known}", Basis.SAID, where, name))
    texts = pa.array([ours[word] for word in words], pa.string())
    questions = [_question(word, name, unknown) for word in unknown[:_WORDS_MAX]]
    return pa.DictionaryArray.from_arrays(encoded.indices, texts), how_read, questions


def _question(word: str, name: str, unknown: Sequence[str]) -> OpenQuestion:
    shown = word[:_CHARACTERS_SHOWN]
    more = f", and {len(unknown) - _WORDS_MAX} other words" if len(unknown) > _WORDS_MAX else ""
    answers = (
        Answer("quality_of", f"{shown}=valid", "the value was measured"),
        Answer("quality_of", f"{shown}={_ESTIMATED}", "it was not"),
        Answer("quality_of", f"{shown}={NO_VALUE}", "there is no reading"),
    )
    return OpenQuestion(Aspect.QUALITY, f"column {name!r} has {shown!r}, which is no quality of ours{more}", answers)
