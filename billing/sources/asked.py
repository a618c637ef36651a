"""What a rating asks of its sources, and how it is answered: a token that another answer would not have.

    readings    a series over some instants, misses included; the token is the rating's watermark
    versions    the released versions of a contract up to a day
    disputes    the accepted disputes of a contract up to a day
    index       a month of a series, or its links
    registers   what a register's declaration says of its counting
    tax         how a supply between two countries is taxed on a day
    zones       which instants some local days are
    holidays    the public holidays of a year
    units       a factor between two units

The last four ship with the code, and have no row of their own. Evidence, staleness and the reasons of a correction are
derived from these; nothing else lists what a rating depends on.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from metering.consumption.reach import EVER, Reach
from quantities.values import value_class


class SourceName(StrEnum):
    """Where a rating asks."""

    READINGS = "readings"
    VERSIONS = "versions"
    DISPUTES = "disputes"
    INDEX = "index"
    REGISTERS = "registers"
    TAX = "tax"
    ZONES = "zones"
    HOLIDAYS = "holidays"
    UNITS = "units"


#: Those of which the answer ships with the code.
SHIPPED = frozenset({SourceName.TAX, SourceName.ZONES, SourceName.HOLIDAYS, SourceName.UNITS})


@value_class(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        source: of whom.
        subject: the key of a row of the source; 0 of what ships with the code.
        about: what of it: a month, the days; empty for all of it.
    """

    source: SourceName
    subject: int
    about: str = ""


@value_class(frozen=True, slots=True)
class Asked:
    """A question with its answer.

    Attributes:
        question: as it was asked.
        token: of the answer.
        reach: of readings, the instants in which another one may change it.
    """

    question: Question
    token: str = field(hash=False)  # questions tell nearly all apart
    reach: Reach = field(default=EVER, hash=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """An answer that is another one today.

    Attributes:
        question: as it was asked.
        was: the token then.
        now: the token today; of readings the batches since, each followed by a comma but the last.
    """

    question: Question
    was: str
    now: str
