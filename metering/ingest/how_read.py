"""How a file was read, and what is asked where the file does not say it.

Whatever is assumed, and would change a value, an instant or a register if it were assumed otherwise, is not assumed: it
is a question, and the file is refused until its sender answers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from metering.ingest.unreadable import UnreadableFile


class Aspect(StrEnum):
    """What there is to know of a file before its cells are readings."""

    REGISTER = "register"
    TIME = "time"
    ZONE = "zone"
    STAMP = "stamp"
    VALUE = "value"
    UNIT = "unit"
    QUANTITY_KIND = "quantity_kind"
    QUALITY = "quality"
    SEPARATORS = "separators"
    ENCODING = "encoding"
    TABLE = "table"


class Basis(StrEnum):
    """On whose word something of a file is read as it is."""

    SAID = "said"  # by the sender, for this delivery or in a profile
    STATED = "stated"  # by the file, or by the definition of its format
    ASSUMED = "assumed"  # by us; any other assumption would give the same readings


@dataclass(frozen=True, slots=True)
class HowRead:
    """One aspect of how a file was read.

    Attributes:
        aspect: what of the file.
        taken: what it was taken for, as ``decimal comma`` or ``start of the interval``.
        basis: on whose word.
        where: where that is said or stated, as ``--decimal comma``, ``line 9`` or ``the format``.
        column: the column that it is about; empty: the whole file.
    """

    aspect: Aspect
    taken: str
    basis: Basis
    where: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to read what a file does not say.

    Attributes:
        option: the name of the option that says it, as ``decimal``.
        value: what the option is to be, as ``comma``.
        means: what it comes to, as ``4.078 is 4078``.
    """

    option: str
    value: str
    means: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Something that a file does not say, and the ways in which it can be read.

    Attributes:
        aspect: what of the file.
        why: what is there, with its place.
        answers: the ways to read it, each with what to type.
    """

    aspect: Aspect
    why: str
    answers: tuple[Answer, ...]


class Unsaid(UnreadableFile):
    """The file can be read in several ways; its sender says which."""

    @classmethod
    def of(cls, questions: Sequence[OpenQuestion]) -> "Unsaid":
        """The refusal that asks all of them at once."""
        asked = [
            f"{question.aspect.replace('_', ' ')}: {question.why}; say "
            + " or ".join(
                f"--{answer.option.replace('_', '-')} {answer.value!r} ({answer.means})" for answer in question.answers
            )
            for question in questions
        ]
        return cls(
            "the file does not say how it is to be read: " + "; ".join(asked),
            found=[question.why for question in questions],
            expected=[f"{answer.option}={answer.value}" for question in questions for answer in question.answers],
            questions=[asdict(question) for question in questions],
        )
